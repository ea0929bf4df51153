/* SPDX-License-Identifier: Apache-2.0 */
/* KVM's TDX commands one by one, against a KVM that answers as a script says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "firmware/abi/layout.h"
#include "vmm/platform/tdx_cpuid.h"
#include "vmm/platform/tdx_error.h"
#include "vmm/platform/tdx_td.h"

#define VM_FD   7
#define VCPU_FD 9
#define FOREVER 1000000u

static struct {
	unsigned int calls, failing; /* the first `failing` calls fail */
	int error;                   /* with this errno */
	uint64_t status;
	uint64_t progress;     /* pages that a failing INIT_MEM_REGION adds */
	uint32_t refused_leaf; /* CPUID leaf that the module takes only as zero; 0: none */
	int fd;
	struct kvm_tdx_cmd cmd; /* of the last call, as it came in */
	struct tdx_init init;
	struct kvm_tdx_init_mem_region region;
	uint32_t leaves; /* that KVM has to give */
} kvm_says;

static struct kvm kvm;
static struct kvm_vcpu vcpu;
static struct error err;
static struct kvm_cpuid_table leaves;
static struct tdx_params params;
static uint8_t page[2 * HC_PAGE_SIZE] __attribute__((aligned(HC_PAGE_SIZE)));

static void *pointer(uint64_t data)
{
	return (void *)(uintptr_t)
		data; /* NOLINT(performance-no-int-to-ptr): as the kernel takes it */
}

static int init_vm(struct kvm_tdx_cmd *cmd)
{
	const struct tdx_init *in = pointer(cmd->data);

	memcpy(&kvm_says.init, in, sizeof(*in));
	for (uint32_t i = 0; i < in->head.cpuid.nent; i++)
		if (in->entry[i].function == kvm_says.refused_leaf && in->entry[i].ebx) {
			cmd->hw_error = TDX_STATUS_OPERAND_INVALID | TDX_OPERAND_CPUID_CONFIG;
			return -EINVAL;
		}
	return 0;
}

static int mem_region(const struct kvm_tdx_cmd *cmd, bool failing)
{
	struct kvm_tdx_init_mem_region *r = pointer(cmd->data);
	uint64_t pages = failing ? kvm_says.progress : r->nr_pages;

	kvm_says.region = *r;
	r->nr_pages -= pages;
	r->gpa += pages * HC_PAGE_SIZE;
	r->source_addr += pages * HC_PAGE_SIZE;
	return failing ? -kvm_says.error : 0;
}

static int do_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct kvm_tdx_cmd *cmd = arg;
	bool failing = kvm_says.calls++ < kvm_says.failing;
	struct kvm_cpuid2 *list;

	(void)ctx;
	assert_int_equal(request, KVM_MEMORY_ENCRYPT_OP);
	/* Linux tdx_vm_ioctl, tdx_vcpu_ioctl: hw_error is for answers only. */
	assert_int_equal(cmd->hw_error, 0);
	kvm_says.fd = fd;
	kvm_says.cmd = *cmd;
	if (failing && cmd->id != KVM_TDX_INIT_MEM_REGION) {
		cmd->hw_error = kvm_says.status;
		return -kvm_says.error;
	}
	switch (cmd->id) {
	case KVM_TDX_CAPABILITIES:
		list = &((struct kvm_tdx_capabilities *)pointer(cmd->data))->cpuid;
		if (list->nent < kvm_says.leaves)
			return -E2BIG;
		list->nent = kvm_says.leaves;
		return 0;
	case KVM_TDX_GET_CPUID:
		list = pointer(cmd->data);
		list->nent = kvm_says.leaves;
		return list->nent > KVM_CPUID_MAX ? -E2BIG : 0;
	case KVM_TDX_INIT_VM:
		return init_vm(cmd);
	case KVM_TDX_INIT_MEM_REGION:
		return mem_region(cmd, failing);
	default:
		return 0;
	}
}

static const struct kvm_sys sys = {.ioctl = do_ioctl};

static int fresh(void **state)
{
	(void)state;
	memset(&kvm_says, 0, sizeof(kvm_says));
	memset(&err, 0, sizeof(err));
	memset(&leaves, 0, sizeof(leaves));
	kvm = (struct kvm){.sys = &sys, .vm_fd = VM_FD, .fd = 5};
	vcpu = (struct kvm_vcpu){.fd = VCPU_FD, .index = 0};
	params = (struct tdx_params){.attributes = 1u << 28, .xfam = TDX_XFAM, .cpuid = &leaves};
	memset(params.mrconfigid, 1, sizeof(params.mrconfigid));
	memset(params.mrowner, 2, sizeof(params.mrowner));
	memset(params.mrownerconfig, 3, sizeof(params.mrownerconfig));
	leaves.head.nent = 3;
	leaves.entry[0] = (struct kvm_cpuid_entry2){.function = 7, .ebx = 5};
	leaves.entry[1] = (struct kvm_cpuid_entry2){.function = 0x80000008, .eax = 48u << 16 | 1};
	leaves.entry[2] = (struct kvm_cpuid_entry2){.function = 0x1f, .index = 1, .ebx = 4};
	return 0;
}

static void capabilities_have_room_for_all_that_kvm_takes(void **state)
{
	static struct tdx_capabilities caps;

	(void)state;
	kvm_says.leaves = KVM_CPUID_MAX;
	assert_int_equal(tdx_td_capabilities(&kvm, &caps, &err), 0);
	assert_int_equal(caps.head.cpuid.nent, KVM_CPUID_MAX);
	assert_int_equal(kvm_says.fd, VM_FD);
	kvm_says.leaves = KVM_CPUID_MAX + 1;
	assert_int_equal(tdx_td_capabilities(&kvm, &caps, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.remedy, "newer hc-vmm"));
}

static void missing_bits_are_named(void **state)
{
	static struct tdx_capabilities caps;

	(void)state;
	caps.head.supported_attrs = 1u << 28;
	caps.head.supported_xfam = 0xe7;
	assert_int_equal(tdx_td_check(&caps, &params, &err), HC_EUNSUPPORTED);
	assert_string_equal(err.where, "XFAM");
	assert_non_null(strstr(err.found, "0x200 of 0x2e7"));
	params.attributes |= 1ULL << 30;
	assert_int_equal(tdx_td_check(&caps, &params, &err), HC_EUNSUPPORTED);
	assert_string_equal(err.where, "TD attributes");
	assert_non_null(strstr(err.found, "0x40000000 of"));
	caps.head.supported_attrs |= 1ULL << 30;
	caps.head.supported_xfam = ~0ULL;
	assert_int_equal(tdx_td_check(&caps, &params, &err), 0);
}

static void init_has_every_field_and_reserved_ones_zero(void **state)
{
	static const uint64_t zero[12];

	(void)state;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), 0);
	assert_int_equal(kvm_says.cmd.id, KVM_TDX_INIT_VM);
	assert_int_equal(kvm_says.cmd.flags, 0);
	assert_int_equal(kvm_says.fd, VM_FD);
	assert_int_equal(kvm_says.init.head.attributes, 1u << 28);
	assert_int_equal(kvm_says.init.head.xfam, TDX_XFAM);
	assert_memory_equal(kvm_says.init.head.mrconfigid, params.mrconfigid, 48);
	assert_memory_equal(kvm_says.init.head.mrowner, params.mrowner, 48);
	assert_memory_equal(kvm_says.init.head.mrownerconfig, params.mrownerconfig, 48);
	assert_memory_equal(kvm_says.init.head.reserved, zero, sizeof(zero));
	assert_int_equal(kvm_says.init.head.cpuid.nent, 3);
	assert_int_equal(kvm_says.init.head.cpuid.padding, 0);
	assert_memory_equal(kvm_says.init.entry, leaves.entry, 3 * sizeof(leaves.entry[0]));
}

static void no_entropy_is_tried_again(void **state)
{
	(void)state;
	kvm_says.failing = 150;
	kvm_says.error = EAGAIN;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), 0);
	assert_int_equal(kvm_says.calls, 151);
}

static void no_entropy_for_ever_is_an_error(void **state)
{
	(void)state;
	kvm_says.failing = FOREVER;
	kvm_says.error = EAGAIN;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), HC_EPLATFORM);
	assert_in_range(kvm_says.calls, 100, 1000);
	assert_non_null(strstr(err.remedy, "try again"));
}

static void no_key_is_not_tried_again(void **state)
{
	(void)state;
	kvm_says.failing = FOREVER;
	kvm_says.error = ENOSPC;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), HC_EPLATFORM);
	assert_int_equal(kvm_says.calls, 1);
	assert_non_null(strstr(err.remedy, "private key"));
}

static void operand_that_the_module_refuses_is_named(void **state)
{
	(void)state;
	kvm_says.failing = 1;
	kvm_says.error = EINVAL;
	kvm_says.status = TDX_STATUS_OPERAND_INVALID | 65;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.found, "operand XFAM"));
	assert_int_equal(kvm_says.calls, 1);
}

/* KVM does not hand on which one it is: the leaves are tried. The guest does not start even so. */
static void leaf_that_the_module_refuses_is_named(void **state)
{
	(void)state;
	kvm_says.refused_leaf = 0x1f;
	assert_int_equal(tdx_td_init(&kvm, &params, &err), HC_EPLATFORM);
	assert_string_equal(
		err.where, "KVM_TDX_INIT_VM: CPUID 0x1f.1 = 00000000 00000004 00000000 00000000");
	assert_non_null(strstr(err.found, "operand CPUID_CONFIG"));
	/* The width of addresses was never left out: KVM itself wants it. */
	assert_int_equal(kvm_says.init.entry[1].eax & TDX_EAX_GPAW, 48u << 16);
	assert_int_equal(tdx_td_init(&kvm, &params, NULL), HC_EPLATFORM);
}

static void vcpu_starts_with_nothing_in_rcx(void **state)
{
	(void)state;
	assert_int_equal(tdx_td_init_vcpu(&kvm, &vcpu, &err), 0);
	assert_int_equal(kvm_says.fd, VCPU_FD);
	assert_int_equal(kvm_says.cmd.data, 0);
	kvm_says.failing = FOREVER;
	kvm_says.error = EINVAL;
	vcpu.index = 3;
	assert_int_equal(tdx_td_init_vcpu(&kvm, &vcpu, &err), HC_EPLATFORM);
	assert_string_equal(err.where, "KVM_TDX_INIT_VCPU of vCPU 3");
	assert_non_null(strstr(err.remedy, "x2APIC"));
}

static void what_the_guest_sees_is_asked_of_the_vcpu(void **state)
{
	static struct kvm_cpuid_table out;

	(void)state;
	kvm_says.leaves = 40;
	assert_int_equal(tdx_td_cpuid(&kvm, &vcpu, &out, &err), 0);
	assert_int_equal(out.head.nent, 40);
	assert_int_equal(kvm_says.fd, VCPU_FD);
	kvm_says.leaves = KVM_CPUID_MAX + 1;
	assert_int_equal(tdx_td_cpuid(&kvm, &vcpu, &out, &err), HC_EPLATFORM);
	assert_string_equal(err.where, "KVM_TDX_GET_CPUID of vCPU 0");
}

static void pages_are_measured_where_they_should_be(void **state)
{
	(void)state;
	assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 2, true, &err), 0);
	assert_int_equal(kvm_says.fd, VCPU_FD);
	assert_int_equal(kvm_says.cmd.flags, KVM_TDX_MEASURE_MEMORY_REGION);
	assert_int_equal(kvm_says.region.gpa, 0x100000);
	assert_int_equal(kvm_says.region.nr_pages, 2);
	assert_int_equal(kvm_says.region.source_addr, (uintptr_t)page);
	assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 2, false, &err), 0);
	assert_int_equal(kvm_says.cmd.flags, 0);
}

/* As KVM does it: the structure says where to go on. */
static void goes_on_where_kvm_stopped(void **state)
{
	static const int passing[] = {EAGAIN, EINTR, EBUSY};

	for (size_t i = 0; i < 3; i++) {
		fresh(state);
		kvm_says.failing = 1;
		kvm_says.error = passing[i];
		kvm_says.progress = 1;
		assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 2, true, &err), 0);
		assert_int_equal(kvm_says.calls, 2);
		assert_int_equal(kvm_says.region.gpa, 0x101000);
		assert_int_equal(kvm_says.region.nr_pages, 1);
		assert_int_equal(kvm_says.region.source_addr, (uintptr_t)page + HC_PAGE_SIZE);
	}
}

static void progress_is_not_counted_as_a_try(void **state)
{
	(void)state;
	kvm_says.failing = 3000;
	kvm_says.error = EBUSY;
	kvm_says.progress = 1;
	assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 3001, true, &err), 0);
	assert_int_equal(kvm_says.calls, 3001);
}

static void standing_still_is_an_error_with_the_page(void **state)
{
	(void)state;
	kvm_says.failing = FOREVER;
	kvm_says.error = EBUSY;
	assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 2, true, &err), HC_EPLATFORM);
	assert_in_range(kvm_says.calls, 100, 1000);
	assert_true(err.has_offset);
	assert_int_equal(err.offset, 0x100000);
	assert_non_null(strstr(err.remedy, "busy"));
}

static void failure_names_the_page_it_stopped_at(void **state)
{
	(void)state;
	kvm_says.failing = FOREVER;
	kvm_says.error = EIO;
	kvm_says.progress = 1;
	assert_int_equal(tdx_td_add(&kvm, &vcpu, 0x100000, page, 2, true, &err), HC_EPLATFORM);
	assert_int_equal(kvm_says.calls, 1);
	assert_int_equal(err.offset, 0x101000);
}

static void end_of_launch_waits_for_a_busy_module(void **state)
{
	(void)state;
	kvm_says.failing = 120;
	kvm_says.error = EBUSY;
	assert_int_equal(tdx_td_finalize(&kvm, &err), 0);
	assert_int_equal(kvm_says.calls, 121);
	assert_int_equal(kvm_says.fd, VM_FD);
	assert_int_equal(kvm_says.cmd.data, 0);
}

static void end_of_launch_with_pages_pending_is_an_error(void **state)
{
	(void)state;
	kvm_says.failing = FOREVER;
	kvm_says.error = EINVAL;
	assert_int_equal(tdx_td_finalize(&kvm, &err), HC_EPLATFORM);
	assert_int_equal(kvm_says.calls, 1);
	assert_non_null(strstr(err.remedy, "never added"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(capabilities_have_room_for_all_that_kvm_takes, fresh),
		cmocka_unit_test_setup(missing_bits_are_named, fresh),
		cmocka_unit_test_setup(init_has_every_field_and_reserved_ones_zero, fresh),
		cmocka_unit_test_setup(no_entropy_is_tried_again, fresh),
		cmocka_unit_test_setup(no_entropy_for_ever_is_an_error, fresh),
		cmocka_unit_test_setup(no_key_is_not_tried_again, fresh),
		cmocka_unit_test_setup(operand_that_the_module_refuses_is_named, fresh),
		cmocka_unit_test_setup(leaf_that_the_module_refuses_is_named, fresh),
		cmocka_unit_test_setup(vcpu_starts_with_nothing_in_rcx, fresh),
		cmocka_unit_test_setup(what_the_guest_sees_is_asked_of_the_vcpu, fresh),
		cmocka_unit_test_setup(pages_are_measured_where_they_should_be, fresh),
		cmocka_unit_test_setup(goes_on_where_kvm_stopped, fresh),
		cmocka_unit_test_setup(progress_is_not_counted_as_a_try, fresh),
		cmocka_unit_test_setup(standing_still_is_an_error_with_the_page, fresh),
		cmocka_unit_test_setup(failure_names_the_page_it_stopped_at, fresh),
		cmocka_unit_test_setup(end_of_launch_waits_for_a_busy_module, fresh),
		cmocka_unit_test_setup(end_of_launch_with_pages_pending_is_an_error, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
