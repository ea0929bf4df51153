/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs of platform tdx one by one, on the model of KVM and the TDX module. Whole launches are
 * in test_tdx_launch and test_model_launches.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <asm/kvm_para.h>
#include <cmocka.h>

#include "attest/measure/measure.h"
#include "firmware/abi/codes.h"
#include "tests/unit/tdx_vm.h"
#include "vmm/platform/tdx_td.h"

static struct tdx_vm t;
static uint8_t run_page[2 * HC_PAGE_SIZE] __attribute__((aligned(HC_PAGE_SIZE)));
static struct kvm_run *const run = (struct kvm_run *)run_page;

static int fresh(void **state)
{
	(void)state;
	memset(run_page, 0, sizeof(run_page));
	tdx_vm_open(&t);
	return 0;
}

static int done(void **state)
{
	char leaks[256];

	(void)state;
	platform_destroy(&t.vm);
	for (uint32_t i = 0; i < t.vm.vcpus; i++)
		kvm_close_vcpu(&t.vm.kvm, &t.vm.vcpu[i]);
	kvm_close(&t.vm.kvm);
	assert_string_equal(kvm_model_leaks(t.m, leaks, sizeof(leaks)), "");
	assert_string_equal(kvm_model_complaints(t.m), "");
	t.vm.vcpus = 0;
	tdx_vm_close(&t);
	return 0;
}

static void sealed(void)
{
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(tdx_vm_vcpus(&t), 0);
	assert_int_equal(tdx_vm_seal(&t), 0);
}

static const struct tdx_td *td(void)
{
	return tdx_module_td(&t.m->vm[0]);
}

static void host_without_td_vms_is_told_what_is_missing(void **state)
{
	static struct kvm_model *none;

	(void)state;
	none = kvm_model_new(KVM_MODEL_7_3, NULL);
	kvm_close(&t.vm.kvm);
	assert_int_equal(kvm_open(&t.vm.kvm, &kvm_model_sys, none, &t.err), 0);
	assert_int_equal(tdx_vm_create(&t), HC_EUNSUPPORTED);
	assert_string_equal(t.err.where, "KVM_CAP_VM_TYPES");
	assert_non_null(strstr(t.err.remedy, "kvm_intel.tdx=1"));
	kvm_close(&t.vm.kvm);
	kvm_model_free(none);
}

static void no_more_vcpus_than_the_host_has(void **state)
{
	(void)state;
	tdx_module(t.m)->cpus = 2;
	t.config.vcpu_count = 3;
	assert_int_equal(tdx_vm_create(&t), HC_ERANGE);
	assert_string_equal(
		t.err.expected, "at most 2: a TD has no more vCPUs than its host has CPUs");
}

static void attribute_that_kvm_has_not_is_named(void **state)
{
	(void)state;
	t.config.tdx.attributes = 1ULL << 63;
	assert_int_equal(tdx_vm_create(&t), HC_EUNSUPPORTED);
	assert_string_equal(t.err.where, "TD attributes");
	assert_non_null(strstr(t.err.found, "0x8000000000000000 of 0x8000000010000000"));
}

static void host_without_avx512_is_told_so(void **state)
{
	(void)state;
	tdx_module(t.m)->supported_xfam = 0x207;
	assert_int_equal(tdx_vm_create(&t), HC_EUNSUPPORTED);
	assert_string_equal(t.err.where, "XFAM");
	assert_non_null(strstr(t.err.found, "0xe0 of 0x2e7"));
}

static void td_has_what_was_configured_whatever_the_host_has(void **state)
{
	uint8_t owner[SHA384_SIZE], config[SHA384_SIZE], id[SHA384_SIZE];

	(void)state;
	memset(owner, 2, sizeof(owner));
	memset(config, 3, sizeof(config));
	memset(id, 4, sizeof(id));
	memcpy(t.config.tdx.mrowner, owner, sizeof(owner));
	memcpy(t.config.tdx.mrownerconfig, config, sizeof(config));
	memcpy(t.vm.identity.mrconfigid, id, sizeof(id));
	tdx_module(t.m)->supported_xfam = ~0ULL;
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(td()->attributes, TDX_ATTRIBUTES);
	assert_int_equal(td()->xfam, TDX_XFAM);
	assert_memory_equal(td()->mrowner, owner, sizeof(owner));
	assert_memory_equal(td()->mrownerconfig, config, sizeof(config));
	assert_memory_equal(td()->mrconfigid, id, sizeof(id));
}

static void reset_page_has_private_memory_of_its_own(void **state)
{
	const struct model_slot *slot;

	(void)state;
	assert_int_equal(tdx_vm_create(&t), 0);
	slot = kvm_model_slot_at(&t.m->vm[0], HC_TDX_RESET_GPA);
	assert_non_null(slot);
	assert_int_equal(slot->size, HC_PAGE_SIZE);
	assert_true(slot->gmem && slot->host);
	assert_true(kvm_model_is_private(&t.m->vm[0], HC_TDX_RESET_GPA, HC_PAGE_SIZE, true));
}

static const struct kvm_cpuid_entry2 *leaf(
	const struct kvm_cpuid_table *table, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < table->head.nent; i++)
		if (table->entry[i].function == function && table->entry[i].index == index)
			return &table->entry[i];
	return NULL;
}

/* Linux, intel-tdx.rst: KVM_SET_CPUID2 should agree with what the module shows. */
static void kvm_thinks_of_cpuid_what_the_guest_sees(void **state)
{
	const struct kvm_cpuid_table *guest, *kvm;
	unsigned int compared = 0;

	(void)state;
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(tdx_vm_vcpus(&t), 0);
	guest = &td()->cpuid;
	kvm = &t.m->vm[0].vcpu[1].cpuid;
	for (uint32_t i = 0; i < guest->head.nent; i++) {
		const struct kvm_cpuid_entry2 *g = &guest->entry[i];
		const struct kvm_cpuid_entry2 *k = leaf(kvm, g->function, g->index);

		if (g->function != 7 && g->function != 4 && g->function != 0x80000008)
			continue;
		assert_non_null(k);
		assert_int_equal(k->eax, g->eax);
		assert_int_equal(k->ebx, g->ebx);
		assert_int_equal(k->ecx & ~(1u << 4), g->ecx & ~(1u << 4));
		assert_int_equal(k->edx, g->edx);
		compared++;
	}
	assert_true(compared > 2);
	/* Each vCPU is itself, and has x2APIC. */
	assert_int_equal(leaf(kvm, 1, 0)->ebx >> 24, 1);
	assert_true(leaf(kvm, 1, 0)->ecx & 1u << 21);
	assert_int_equal(leaf(kvm, 0x1f, 1)->edx, 1);
}

static void memory_is_added_only_with_vcpus_there(void **state)
{
	(void)state;
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(tdx_vm_vcpus(&t), 0);
	/* A vCPU whose CPUID was never set cannot be initialised: no x2APIC. */
	t.m->vm[0].vcpu[1].cpuid.head.nent = 0;
	assert_int_equal(tdx_vm_seal(&t), HC_EPLATFORM);
	assert_string_equal(t.err.where, "KVM_TDX_INIT_VCPU of vCPU 1");
}

static void pages_of_snp_are_refused(void **state)
{
	struct fw_region region = {.gpa = HC_SECRETS_GPA, .pages = 1, .type = HC_PAGE_SECRETS};

	(void)state;
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(tdx_vm_vcpus(&t), 0);
	assert_int_equal(platform_load(&t.vm, &region, NULL, &t.err), HC_EUNSUPPORTED);
	region.type = HC_PAGE_NORMAL;
	region.pages = HC_LAUNCH_MAX_PAGES + 1;
	assert_int_equal(platform_load(&t.vm, &region, NULL, &t.err), HC_EUNSUPPORTED);
}

static void page_outside_memory_is_an_error_with_its_address(void **state)
{
	const struct fw_region region = {.gpa = HC_STAGING_GPA, .pages = 1, .type = HC_PAGE_ZERO};

	(void)state;
	assert_int_equal(tdx_vm_create(&t), 0);
	assert_int_equal(tdx_vm_vcpus(&t), 0);
	assert_int_equal(platform_load(&t.vm, &region, NULL, &t.err), HC_EPLATFORM);
	assert_string_equal(t.err.where, "KVM_TDX_INIT_MEM_REGION");
	assert_true(t.err.has_offset && t.err.offset == HC_STAGING_GPA);
}

static enum platform_exit exits(uint32_t reason, int *status)
{
	run->exit_reason = reason;
	return platform_handle_exit(&t.vm, 1, run, status);
}

static void call_that_nobody_knows_keeps_kvms_answer_and_is_logged_once(void **state)
{
	struct kvm_run_tdx *tdx = &KVM_RUN_EXIT(run)->tdx;
	int status = 99;

	(void)state;
	sealed();
	for (uint64_t nr = 0x10005; nr < 0x10015; nr++) {
		*tdx = (struct kvm_run_tdx){.nr = nr, .ret = TDVMCALL_UNSUPPORTED};
		assert_int_equal(exits(KVM_EXIT_TDX, &status), PLATFORM_EXIT_DONE);
		assert_int_equal(tdx->ret, TDVMCALL_UNSUPPORTED);
	}
	assert_int_equal(tdx_vm_logged(&t, "call 0x10005"), 1);
	assert_int_equal(tdx_vm_logged(&t, "does not know"), 1);
	assert_int_equal(status, 99);
}

static void optional_calls_are_those_of_kvm_and_ours(void **state)
{
	struct kvm_run_tdx *tdx = &KVM_RUN_EXIT(run)->tdx;
	int status;

	(void)state;
	sealed();
	*tdx = (struct kvm_run_tdx){.nr = TDVMCALL_GET_TD_VM_CALL_INFO};
	tdx->get_tdvmcall_info.leaf = 1;
	assert_int_equal(exits(KVM_EXIT_TDX, &status), PLATFORM_EXIT_DONE);
	assert_int_equal(tdx->ret, TDVMCALL_SUCCESS);
	assert_int_equal(tdx->get_tdvmcall_info.r11, 2);
	assert_int_equal(tdx->get_tdvmcall_info.r12, 0);
}

static void refusal_of_the_firmware_ends_with_its_status(void **state)
{
	struct kvm_run_system_event *event = &KVM_RUN_EXIT(run)->system_event;
	int status = 99;

	(void)state;
	sealed();
	t.vm.staging.host = run_page; /* the firmware is at work */
	*event = (struct kvm_run_system_event){.type = KVM_SYSTEM_EVENT_TDX_FATAL, .ndata = 16};
	event->data[12] = (uint64_t)HC_REFUSE_MAGIC << 16 | 0x40;
	assert_int_equal(exits(KVM_EXIT_SYSTEM_EVENT, &status), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_REFUSED);
	assert_int_equal(tdx_vm_logged(&t, "KERNEL_DIGEST"), 1);
	assert_int_equal(tdx_vm_logged(&t, "not by the firmware"), 0);
	t.vm.staging.host = NULL;
	assert_int_equal(exits(KVM_EXIT_SYSTEM_EVENT, &status), PLATFORM_EXIT_STOP);
	assert_int_equal(tdx_vm_logged(&t, "not by the firmware"), 1);
}

static void last_word_of_a_kernel_is_a_crash(void **state)
{
	struct kvm_run_system_event *event = &KVM_RUN_EXIT(run)->system_event;
	int status = 99;

	(void)state;
	sealed();
	*event = (struct kvm_run_system_event){.type = KVM_SYSTEM_EVENT_TDX_FATAL, .ndata = 16};
	event->data[1] = 1u << 14;
	memcpy(&event->data[14], "TD misco", 8);
	assert_int_equal(exits(KVM_EXIT_SYSTEM_EVENT, &status), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_CRASHED);
	assert_int_equal(tdx_vm_logged(&t, "\"TD misco\""), 1);
}

/* More registers than there are, or fewer: nothing is read past either end. */
static void count_of_registers_is_not_believed(void **state)
{
	struct kvm_run_system_event *event = &KVM_RUN_EXIT(run)->system_event;
	int status;

	(void)state;
	sealed();
	for (uint32_t ndata = 0; ndata < 40; ndata++) {
		memset(event, 0xff, sizeof(*event));
		event->type = KVM_SYSTEM_EVENT_TDX_FATAL;
		event->ndata = ndata < 39 ? ndata : UINT32_MAX;
		assert_int_equal(exits(KVM_EXIT_SYSTEM_EVENT, &status), PLATFORM_EXIT_STOP);
	}
}

static void status_of_the_module_is_told_where_it_ends_a_vcpu(void **state)
{
	int status = 99;

	(void)state;
	sealed();
	run->internal.suberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
	run->internal.ndata = 2;
	run->internal.data[0] = 0x6000000200000000;
	assert_int_equal(exits(KVM_EXIT_INTERNAL_ERROR, &status), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_CRASHED);
	assert_int_equal(tdx_vm_logged(&t, "vCPU 1: the TDX module does not run it any more: "
					   "TDX_NON_RECOVERABLE_TD (0x6000000200000000)"),
		1);
}

static void other_exits_are_left_to_the_common_code(void **state)
{
	static const uint32_t reasons[] = {KVM_EXIT_IO, KVM_EXIT_MMIO, KVM_EXIT_SHUTDOWN,
		KVM_EXIT_FAIL_ENTRY, KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_SYSTEM_EVENT, 250};
	int status = 99;

	(void)state;
	sealed();
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		assert_int_equal(exits(reasons[i], &status), PLATFORM_EXIT_NOT_MINE);
	assert_int_equal(status, 99);
}

/* Its page is no RAM: sharing it would take the firmware's entry away from under it. */
static void reset_page_cannot_be_converted(void **state)
{
	struct kvm_run_hypercall *call = &KVM_RUN_EXIT(run)->hypercall;
	int status;

	(void)state;
	sealed();
	*call = (struct kvm_run_hypercall){
		.nr = KVM_HC_MAP_GPA_RANGE, .args = {HC_TDX_RESET_GPA, 1, 0}};
	assert_int_equal(exits(KVM_EXIT_HYPERCALL, &status), PLATFORM_EXIT_DONE);
	assert_int_equal(call->ret, EINVAL);
	assert_true(kvm_model_is_private(&t.m->vm[0], HC_TDX_RESET_GPA, HC_PAGE_SIZE, true));
	*call = (struct kvm_run_hypercall){.nr = KVM_HC_MAP_GPA_RANGE, .args = {0x4000000, 2, 0}};
	assert_int_equal(exits(KVM_EXIT_HYPERCALL, &status), PLATFORM_EXIT_DONE);
	assert_int_equal(call->ret, 0);
	assert_true(kvm_model_is_private(&t.m->vm[0], 0x4000000, 2 * HC_PAGE_SIZE, false));
	assert_int_equal(platform_convert(&t.vm, 0x4000000, 2 * HC_PAGE_SIZE, true, &t.err), 0);
	assert_true(kvm_model_is_private(&t.m->vm[0], 0x4000000, 2 * HC_PAGE_SIZE, true));
}

static void log_says_what_was_never_done(void **state)
{
	(void)state;
	sealed();
	assert_int_equal(tdx_vm_logged(&t, "never on TDX hardware"), 1);
	assert_int_equal(tdx_vm_logged(&t, "no quote service is configured"), 1);
	assert_int_equal(tdx_vm_logged(&t, "MRTD "), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)
	const struct CMUnitTest tests[] = {
		TEST(host_without_td_vms_is_told_what_is_missing),
		TEST(no_more_vcpus_than_the_host_has),
		TEST(attribute_that_kvm_has_not_is_named),
		TEST(host_without_avx512_is_told_so),
		TEST(td_has_what_was_configured_whatever_the_host_has),
		TEST(reset_page_has_private_memory_of_its_own),
		TEST(kvm_thinks_of_cpuid_what_the_guest_sees),
		TEST(memory_is_added_only_with_vcpus_there),
		TEST(pages_of_snp_are_refused),
		TEST(page_outside_memory_is_an_error_with_its_address),
		TEST(call_that_nobody_knows_keeps_kvms_answer_and_is_logged_once),
		TEST(optional_calls_are_those_of_kvm_and_ours),
		TEST(refusal_of_the_firmware_ends_with_its_status),
		TEST(last_word_of_a_kernel_is_a_crash),
		TEST(count_of_registers_is_not_believed),
		TEST(status_of_the_module_is_told_where_it_ends_a_vcpu),
		TEST(other_exits_are_left_to_the_common_code),
		TEST(reset_page_cannot_be_converted),
		TEST(log_says_what_was_never_done),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
