/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-vmm's whole life on a KVM of software: each call fails in turn, and each exit that KVM_RUN can
 * return is answered. Every case is a process of its own, for the sandbox is real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "tests/model/kvm_model.h"
#include "tests/unit/tiny_guest.h"
#include "vmm/exit.h"

static char log_text[8192], leaks[512];

/* One life on a model, which is the caller's to look at and to free. */
static int run_model(struct kvm_model *m, const char *more_config)
{
	static const uint8_t code[] = {0xf4};
	struct tiny_guest t;
	struct tiny_run run;
	char output[64];
	int status;

	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, sizeof(code), more_config);
	tiny_guest_start(&run, &t, &kvm_model_sys, m);
	status = tiny_guest_wait(&run, output, sizeof(output));
	snprintf(log_text, sizeof(log_text), "%s", tiny_guest_log(&t));
	tiny_guest_remove(&t);
	return status;
}

static const struct kvm_model_step off[] = {MODEL_OFF};

static struct kvm_model *model_with(const struct kvm_model_step *steps, size_t count)
{
	struct kvm_model *m = kvm_model_new(KVM_MODEL_7_3, NULL);

	assert_non_null(m);
	m->script[0][0].steps = steps;
	m->script[0][0].count = count;
	return m;
}

#define TWO_VCPUS "},\"machine-config\":{\"vcpu_count\":2}"

static const char *name_of(const char *failed)
{
	if (!strcmp(failed, "KVM_CHECK_EXTENSION") || !strcmp(failed, "KVM_ENABLE_CAP"))
		return "KVM_CAP_";
	return strcmp(failed, "mmap") ? failed : "mmap of a vCPU";
}

static void check_failure(const struct kvm_model *m, int status)
{
	/* Some extensions are only made use of where they are. */
	if (!strcmp(m->failed, "KVM_CHECK_EXTENSION") && status == VMM_EXIT_OFF)
		return;
	assert_int_equal(status, VMM_EXIT_ERROR);
	assert_non_null(strstr(log_text, name_of(m->failed)));
	if (strcmp(m->failed, "KVM_CHECK_EXTENSION") && strcmp(m->failed, "KVM_GET_API_VERSION"))
		assert_non_null(strstr(log_text, "Cannot allocate memory"));
}

static void every_call_that_fails_ends_in_an_error_that_names_it(void **state)
{
	unsigned int n = 0;
	bool failed;

	(void)state;
	do {
		struct kvm_model *m = model_with(off, 1);
		int status;

		m->fail_at = ++n;
		m->fail_with = ENOMEM;
		status = run_model(m, TWO_VCPUS);
		assert_string_equal(kvm_model_leaks(m, leaks, sizeof(leaks)), "");
		assert_string_equal(kvm_model_complaints(m), "");
		failed = m->failed[0];
		if (failed)
			check_failure(m, status);
		else
			assert_int_equal(status, VMM_EXIT_OFF);
		kvm_model_free(m);
	} while (failed);
	assert_true(n > 30);
}

static void calls_that_are_interrupted_are_made_again(void **state)
{
	(void)state;
	/* Opening and mapping are not interrupted: the intervals miss them. */
	for (unsigned int n = 2; n < 6; n++) {
		struct kvm_model *m = model_with(off, 1);

		m->interrupt = n;
		assert_int_equal(run_model(m, "}"), VMM_EXIT_OFF);
		kvm_model_free(m);
	}
}

static void vcpus_are_given_the_state_of_the_contract(void **state)
{
	struct kvm_model *m = model_with(off, 1);
	const struct model_vcpu *v = m->vm[0].vcpu;

	(void)state;
	assert_int_equal(run_model(m, TWO_VCPUS), VMM_EXIT_OFF);
	assert_int_equal(m->vm[0].vcpus, 2);
	assert_int_equal(v[0].regs.rip, HC_ENTRY_BSP);
	assert_int_equal(v[1].regs.rip, HC_ENTRY_AP);
	assert_int_equal(v[0].sregs.cr3, HC_PAGETABLE_GPA);
	assert_int_equal(v[0].mp_state, KVM_MP_STATE_RUNNABLE);
	assert_int_equal(v[1].mp_state, KVM_MP_STATE_UNINITIALIZED);
	kvm_model_free(m);
}

static void ram_has_its_hole_and_the_window_goes_at_the_first_access(void **state)
{
	struct kvm_model *m = model_with(off, 1);
	const struct model_slot *slot = m->vm[0].slot;

	(void)state;
	assert_int_equal(
		run_model(m, "},\"machine-config\":{\"mem_size_mib\":5120}"), VMM_EXIT_OFF);
	assert_int_equal(slot[0].gpa, 0);
	assert_int_equal(slot[0].size, HC_RAM_LOW_END);
	assert_int_equal(slot[1].gpa, HC_RAM_HIGH_BASE);
	assert_int_equal(slot[1].size, 2ULL << 30);
	assert_non_null(strstr(kvm_model_transcript(m),
		"KVM_SET_USER_MEMORY_REGION slot=8 flags=2 gpa=0xc0000000+"));
	assert_int_equal(slot[HC_RAM_RANGES_MAX].size, 0);
	kvm_model_free(m);
}

static void a_refusal_leaves_the_window_alone(void **state)
{
	static const struct kvm_model_step refuse[] = {
		{.fn = kvm_model_out, .gpa = HC_PORT_REFUSE, .size = 4, .value = 0x48430051}};
	struct kvm_model *m = model_with(refuse, 1);
	const struct model_slot *slot = &m->vm[0].slot[HC_RAM_RANGES_MAX];

	(void)state;
	assert_int_equal(run_model(m, "}"), VMM_EXIT_REFUSED);
	assert_non_null(strstr(log_text, "KERNEL_CMDLINE"));
	assert_true(slot->size > 0);
	assert_int_equal(slot->flags, KVM_MEM_READONLY);
	kvm_model_free(m);
}

#define EXIT(number)                                                                               \
	{                                                                                          \
		.fn = kvm_model_exit, .reason = (number)                                           \
	}
#define ERROR(number)                                                                              \
	{                                                                                          \
		.fn = kvm_model_error, .error = (number)                                           \
	}

static void every_exit_has_its_status(void **state)
{
	static const struct {
		struct kvm_model_step exit;
		int status;
	} cases[] = {
		{EXIT(KVM_EXIT_SHUTDOWN), VMM_EXIT_CRASHED},
		{EXIT(KVM_EXIT_FAIL_ENTRY), VMM_EXIT_CRASHED},
		{EXIT(KVM_EXIT_INTERNAL_ERROR), VMM_EXIT_CRASHED},
		{EXIT(KVM_EXIT_SYSTEM_EVENT), VMM_EXIT_CRASHED},
		{EXIT(KVM_EXIT_HLT), VMM_EXIT_CRASHED},
		{EXIT(9999), VMM_EXIT_CRASHED},
		{ERROR(EFAULT), VMM_EXIT_ERROR},
		{ERROR(ENOMEM), VMM_EXIT_ERROR},
		/* These go on, to the power-off after them. */
		{ERROR(EINTR), VMM_EXIT_OFF},
		{ERROR(EAGAIN), VMM_EXIT_OFF},
		{EXIT(KVM_EXIT_INTR), VMM_EXIT_OFF},
		{EXIT(KVM_EXIT_IOAPIC_EOI), VMM_EXIT_OFF},
		{{.fn = kvm_model_in, .gpa = 0x1234, .size = 4}, VMM_EXIT_OFF},
		{EXIT(KVM_EXIT_MMIO), VMM_EXIT_OFF},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct kvm_model_step script[] = {cases[i].exit, MODEL_OFF};
		struct kvm_model *m = model_with(script, 2);
		int status = run_model(m, TWO_VCPUS);

		if (status != cases[i].status)
			fail_msg("case %zu: status %d, not %d: %s", i, status, cases[i].status,
				log_text);
		kvm_model_free(m);
	}
}

static void a_crash_is_logged_with_where_the_vcpu_was(void **state)
{
	static const struct kvm_model_step script[] = {EXIT(KVM_EXIT_INTERNAL_ERROR)};
	struct kvm_model *m = model_with(script, 1);
	char rip[32];

	(void)state;
	assert_int_equal(run_model(m, "}"), VMM_EXIT_CRASHED);
	snprintf(rip, sizeof(rip), "RIP %llx ", (unsigned long long)HC_ENTRY_BSP);
	assert_non_null(strstr(log_text, rip));
	assert_non_null(strstr(log_text, "CR3 "));
	/* What a guest computes with is nobody's business. */
	assert_null(strstr(log_text, "RAX"));
	kvm_model_free(m);
}

/* shutdown_interception() of arch/x86/kvm/svm/svm.c */
static int shut_down_as_on_amd(
	struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	v->regs = (struct kvm_regs){.rip = 0xfff0, .rflags = 2};
	v->sregs = (struct kvm_sregs){.cr0 = 0x60000010};
	v->sregs.cs.base = 0xffff0000;
	return kvm_model_exit(m, v, s);
}

static void a_state_that_kvm_has_reset_is_not_taken_for_the_crash(void **state)
{
	static const struct kvm_model_step script[] = {
		{.fn = shut_down_as_on_amd, .reason = KVM_EXIT_SHUTDOWN}};
	struct kvm_model *m = model_with(script, 1);

	(void)state;
	assert_int_equal(run_model(m, "}"), VMM_EXIT_CRASHED);
	assert_non_null(strstr(log_text, "its state is gone"));
	assert_null(strstr(log_text, "RIP fff0"));
	kvm_model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_that_fails_ends_in_an_error_that_names_it),
		cmocka_unit_test(calls_that_are_interrupted_are_made_again),
		cmocka_unit_test(vcpus_are_given_the_state_of_the_contract),
		cmocka_unit_test(ram_has_its_hole_and_the_window_goes_at_the_first_access),
		cmocka_unit_test(a_refusal_leaves_the_window_alone),
		cmocka_unit_test(every_exit_has_its_status),
		cmocka_unit_test(a_crash_is_logged_with_where_the_vcpu_was),
		cmocka_unit_test(a_state_that_kvm_has_reset_is_not_taken_for_the_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
