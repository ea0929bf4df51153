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
#include <sys/mman.h>

#include "tests/model/fake_kvm.h"
#include "tests/unit/tiny_guest.h"
#include "vmm/exit.h"

#define POWER_OFF                                                                                  \
	{                                                                                          \
		.reason = KVM_EXIT_IO, .out = true, .port = HC_PORT_SLEEP_CTRL, .size = 1,         \
		.value = HC_SLEEP_S5                                                               \
	}

/* Shared with the child. */
static struct fake_kvm *fake;
static char log_text[8192];

static int setup(void **state)
{
	(void)state;
	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return fake == MAP_FAILED;
}

static int run_fake(const char *more_config)
{
	static const uint8_t code[] = {0xf4};
	struct tiny_guest t;
	struct tiny_run run;
	char output[64];
	int status;

	tiny_guest_make(&t, HC_PLATFORM_PLAIN, code, sizeof(code), more_config);
	tiny_guest_start(&run, &t, &fake_kvm_sys, fake);
	status = tiny_guest_wait(&run, output, sizeof(output));
	snprintf(log_text, sizeof(log_text), "%s", tiny_guest_log(&t));
	tiny_guest_remove(&t);
	return status;
}

static int run_script(const struct fake_exit *script, size_t steps)
{
	memset(fake, 0, sizeof(*fake));
	memcpy(fake->script, script, steps * sizeof(*script));
	return run_fake("},\"machine-config\":{\"vcpu_count\":2}");
}

static const struct {
	unsigned long request;
	const char *name;
} names[] = {
	{1, "/dev/kvm"},
	{2, "mmap of a vCPU"},
	{KVM_GET_API_VERSION, "KVM_GET_API_VERSION"},
	{KVM_CHECK_EXTENSION, "KVM_CAP_"},
	{KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE"},
	{KVM_CREATE_VM, "KVM_CREATE_VM"},
	{KVM_SET_TSS_ADDR, "KVM_SET_TSS_ADDR"},
	{KVM_ENABLE_CAP, "KVM_CAP_"},
	{KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION"},
	{KVM_GET_SUPPORTED_CPUID, "KVM_GET_SUPPORTED_CPUID"},
	{KVM_CREATE_VCPU, "KVM_CREATE_VCPU"},
	{KVM_SET_CPUID2, "KVM_SET_CPUID2"},
	{KVM_GET_SREGS, "KVM_GET_SREGS"},
	{KVM_SET_SREGS, "KVM_SET_SREGS"},
	{KVM_SET_REGS, "KVM_SET_REGS"},
	{KVM_SET_MSRS, "KVM_SET_MSRS"},
	{KVM_SET_MP_STATE, "KVM_SET_MP_STATE"},
};

static const char *name_of(unsigned long request)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].request == request)
			return names[i].name;
	fail_msg("call 0x%lx is new: name it here", request);
	return "";
}

static void check_failure(int status)
{
	/* Some extensions are only made use of where they are. */
	if (fake->failed == KVM_CHECK_EXTENSION && status == VMM_EXIT_OFF)
		return;
	assert_int_equal(status, VMM_EXIT_ERROR);
	assert_non_null(strstr(log_text, name_of(fake->failed)));
	if (fake->failed != KVM_CHECK_EXTENSION && fake->failed != KVM_GET_API_VERSION)
		assert_non_null(strstr(log_text, "Cannot allocate memory"));
}

static void every_call_that_fails_ends_in_an_error_that_names_it(void **state)
{
	static const struct fake_exit off = POWER_OFF;
	unsigned int n = 0;

	(void)state;
	do {
		int status;

		memset(fake, 0, sizeof(*fake));
		fake->script[0] = off;
		fake->fail_at = ++n;
		fake->fail_with = ENOMEM;
		status = run_fake("},\"machine-config\":{\"vcpu_count\":2}");
		assert_int_equal(fake->open_fds, 0);
		if (fake->failed)
			check_failure(status);
		else
			assert_int_equal(status, VMM_EXIT_OFF);
	} while (fake->failed);
	assert_true(n > 30);
}

static void calls_that_are_interrupted_are_made_again(void **state)
{
	static const struct fake_exit off = POWER_OFF;
	unsigned int n = 0;

	(void)state;
	do {
		memset(fake, 0, sizeof(*fake));
		fake->script[0] = off;
		/* Opening and mapping are not interrupted. */
		fake->fail_at = (n += 3);
		fake->fail_with = EINTR;
		if (run_fake("}") != VMM_EXIT_OFF && fake->failed > 2)
			fail_msg("call %u, 0x%lx", n, fake->failed);
	} while (fake->failed);
}

static void vcpus_are_given_the_state_of_the_contract(void **state)
{
	static const struct fake_exit off[] = {POWER_OFF};

	(void)state;
	assert_int_equal(run_script(off, 1), VMM_EXIT_OFF);
	assert_int_equal(fake->vcpus, 2);
	assert_int_equal(fake->regs[0].rip, HC_ENTRY_BSP);
	assert_int_equal(fake->regs[1].rip, HC_ENTRY_AP);
	assert_int_equal(fake->sregs[0].cr3, HC_PAGETABLE_GPA);
	assert_int_equal(fake->mp_state[0], KVM_MP_STATE_RUNNABLE);
	assert_int_equal(fake->mp_state[1], KVM_MP_STATE_UNINITIALIZED);
}

static void ram_has_its_hole_and_the_window_goes_at_the_first_access(void **state)
{
	static const struct fake_exit off = POWER_OFF;

	(void)state;
	memset(fake, 0, sizeof(*fake));
	fake->script[0] = off;
	assert_int_equal(run_fake("},\"machine-config\":{\"mem_size_mib\":5120}"), VMM_EXIT_OFF);
	assert_int_equal(fake->slot[0].gpa, 0);
	assert_int_equal(fake->slot[0].size, HC_RAM_LOW_END);
	assert_int_equal(fake->slot[1].gpa, HC_RAM_HIGH_BASE);
	assert_int_equal(fake->slot[1].size, 2ULL << 30);
	assert_int_equal(fake->slot[HC_RAM_RANGES_MAX].gpa, HC_STAGING_GPA);
	assert_int_equal(fake->slot[HC_RAM_RANGES_MAX].size, 0);
}

static void a_refusal_leaves_the_window_alone(void **state)
{
	static const struct fake_exit refuse[] = {{.reason = KVM_EXIT_IO,
		.out = true,
		.port = HC_PORT_REFUSE,
		.size = 4,
		.value = 0x48430051}};

	(void)state;
	assert_int_equal(run_script(refuse, 1), VMM_EXIT_REFUSED);
	assert_non_null(strstr(log_text, "KERNEL_CMDLINE"));
	assert_true(fake->slot[HC_RAM_RANGES_MAX].size > 0);
	assert_int_equal(fake->slot[HC_RAM_RANGES_MAX].flags, KVM_MEM_READONLY);
}

static void every_exit_has_its_status(void **state)
{
	static const struct {
		struct fake_exit exit;
		int status;
	} cases[] = {
		{{.reason = KVM_EXIT_SHUTDOWN}, VMM_EXIT_CRASHED},
		{{.reason = KVM_EXIT_FAIL_ENTRY}, VMM_EXIT_CRASHED},
		{{.reason = KVM_EXIT_INTERNAL_ERROR}, VMM_EXIT_CRASHED},
		{{.reason = KVM_EXIT_SYSTEM_EVENT}, VMM_EXIT_CRASHED},
		{{.reason = KVM_EXIT_HLT}, VMM_EXIT_CRASHED},
		{{.reason = 9999}, VMM_EXIT_CRASHED},
		{{.error = EFAULT}, VMM_EXIT_ERROR},
		{{.error = ENOMEM}, VMM_EXIT_ERROR},
		/* These go on, to the power-off after them. */
		{{.error = EINTR}, VMM_EXIT_OFF},
		{{.error = EAGAIN}, VMM_EXIT_OFF},
		{{.reason = KVM_EXIT_INTR}, VMM_EXIT_OFF},
		{{.reason = KVM_EXIT_IOAPIC_EOI}, VMM_EXIT_OFF},
		{{.reason = KVM_EXIT_IO, .port = 0x1234, .size = 4}, VMM_EXIT_OFF},
		{{.reason = KVM_EXIT_MMIO}, VMM_EXIT_OFF},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fake_exit script[] = {cases[i].exit, POWER_OFF};
		int status = run_script(script, 2);

		if (status != cases[i].status)
			fail_msg("case %zu: status %d, not %d: %s", i, status, cases[i].status,
				log_text);
	}
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
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
