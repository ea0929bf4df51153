/* SPDX-License-Identifier: Apache-2.0 */
/*
 * huisclos-tdx, byte for byte, on a software TDX machine: from the reset vector to the kernel's
 * first instruction, and the other vCPUs from the reset vector to where Linux calls them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest/measure/measure_tdx.h"
#include "tests/firmware/softtdx.h"

#define MIB    (1ULL << 20)
#define GIB    (1ULL << 30)
#define VECTOR 0x9c000 /* below the first MiB, where Linux has its trampoline */

#define STACK_BOUND (HC_STACK_MAX / 4) /* bytes: what a boot may take of the stack */

static struct guest guest;
static struct softtdx machine;

static void begin(const struct guest_plan *plan)
{
	guest_init(&guest, plan);
	softtdx_init(&machine, &guest);
}

static void end(void)
{
	softtdx_fini(&machine);
	guest_fini(&guest);
}

static void boots(bool large)
{
	enum softcpu_stop stop;
	const char *wrong;

	softtdx_launch(&machine, large);
	stop = softtdx_boot(&machine);
	if (stop != SOFTCPU_ENTERED)
		fail_msg("stop %d: %s; %s 0x%llx", (int)stop,
			softcpu_violation_text(machine.cpu[0]), machine.fatal_text,
			(unsigned long long)machine.fatal_code);
	wrong = softtdx_handover_wrong(&machine);
	if (wrong)
		fail_msg("%s", wrong);
	assert_in_range(
		HC_STACK_GPA + HC_STACK_MAX - softcpu_stack_lowest(machine.cpu[0]), 1, STACK_BOUND);
}

static void boots_with_ram(const struct range *ram, size_t count, bool large)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "tdx", 0, 1);
	memcpy(plan.ram, ram, count * sizeof(ram[0]));
	plan.ram_count = count;
	begin(&plan);
	boots(large);
}

static void is_null(const char *wrong)
{
	if (wrong)
		fail_msg("%s", wrong);
}

/* Some start before the first one, some when Linux is there: it makes no difference. */
static void reaches_linux_with_1_to_16_vcpus_that_linux_wakes(void **state)
{
	(void)state;
	for (uint32_t vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++) {
		struct guest_plan plan;

		guest_plan_small(&plan, "tdx", 64 * MIB, vcpus);
		begin(&plan);
		softtdx_launch(&machine, true);
		for (uint32_t i = 1; i < vcpus; i += 2)
			is_null(softtdx_wait_wrong(&machine, i));
		assert_int_equal(softtdx_boot(&machine), SOFTCPU_ENTERED);
		is_null(softtdx_handover_wrong(&machine));
		for (uint32_t i = 1; i < vcpus; i++)
			is_null(softtdx_wait_wrong(&machine, i));
		for (uint32_t i = vcpus - 1; i > 0; i--)
			is_null(softtdx_wake_wrong(&machine, i, VECTOR));
		end();
	}
}

static void reaches_linux_without_an_initrd(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 128 * MIB, 1);
	plan.initrd = (struct view){0};
	begin(&plan);
	boots(true);
	end();
}

static void both_widths_of_guest_addresses(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 64 * MIB, 1);
	begin(&plan);
	machine.gpaw = 52;
	boots(true);
	end();
}

static void takes_large_pages_where_the_host_has_them(void **state)
{
	const struct range ram[] = {{0, 128 * MIB}};

	(void)state;
	boots_with_ram(ram, 1, true);
	assert_int_equal(machine.sept.accepts[1], 63);
	assert_int_equal(machine.sept.mismatches, 0);
	end();
	boots_with_ram(ram, 1, false);
	assert_int_equal(machine.sept.accepts[1], 0);
	assert_int_equal(machine.sept.mismatches, 63);
	end();
}

static void holes_are_never_touched(void **state)
{
	const struct range ram[] = {{0, 64 * MIB}, {66 * MIB, 68 * MIB}, {512 * MIB, 700 * MIB},
		{3 * GIB - 2 * MIB, 3 * GIB}, {4 * GIB, 4 * GIB + 2 * MIB},
		{4 * GIB + 4 * MIB, 4 * GIB + 300 * MIB}, {6 * GIB, 6 * GIB + 2 * MIB},
		{7 * GIB, 7 * GIB + 64 * MIB}};

	(void)state;
	boots_with_ram(ram, sizeof(ram) / sizeof(ram[0]), true);
	end();
}

static void takes_the_last_memory_of_a_guest_of_1_tib(void **state)
{
	const struct range ram[] = {{0, 128 * MIB}, {512 * GIB - 4 * MIB, 512 * GIB + 2 * MIB},
		{HC_RAM_HIGH_END - 64 * MIB, HC_RAM_HIGH_END}};

	(void)state;
	boots_with_ram(ram, sizeof(ram) / sizeof(ram[0]), true);
	end();
}

static void memory_above_1_gib_is_left_to_linux(void **state)
{
	static const struct range ram[] = {{0, GIB + 4 * MIB}, {2 * GIB, 2 * GIB + 2 * MIB},
		{4 * GIB, 6 * GIB}, {512 * GIB - 2 * MIB, 512 * GIB + 2 * MIB},
		{HC_RAM_HIGH_END - 2 * MIB, HC_RAM_HIGH_END}};
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 0, 1);
	memcpy(plan.ram, ram, sizeof(ram));
	plan.ram_count = sizeof(ram) / sizeof(ram[0]);
	plan.lazy = true;
	begin(&plan);
	boots(true);
	assert_int_equal(machine.sept.accepts[1], 511);
	end();
}

/* Nothing is left over: Linux hears nothing of EFI. */
static void a_small_guest_is_accepted_whole_lazy_or_not(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", GIB, 1);
	plan.lazy = true;
	begin(&plan);
	boots(true);
	assert_int_equal(get_le32(guest_memory(&guest, HC_BOOTPARAM_GPA) + 0x1c0), 0);
	end();
}

static void several_gib_on_both_sides_of_the_window(void **state)
{
	const struct range ram[] = {{0, 3 * GIB}, {4 * GIB, 7 * GIB}};

	(void)state;
	boots_with_ram(ram, 2, true);
	end();
	boots_with_ram(ram, 1, false);
	assert_true(machine.sept.accepts[0] > 780000);
	end();
}

static void run_them_all(struct softtdx *m, enum softtdx_event kind, uint64_t gpa)
{
	(void)gpa;
	if (m->events[kind] % 50 == 0)
		for (uint32_t i = 1; i < m->watch.guest->plan.vcpus; i++)
			is_null(softtdx_wait_wrong(m, i));
}

static void vcpus_that_run_all_the_time_wait(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 64 * MIB, 4);
	begin(&plan);
	machine.host = run_them_all;
	boots(true);
	for (uint32_t i = 1; i < 4; i++)
		is_null(softtdx_wake_wrong(&machine, i, VECTOR));
	end();
}

/* A vCPU more than the manifest has would have been refused; one that is there all the same waits.
 */
static void a_vcpu_that_linux_does_not_name_waits_for_ever(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 64 * MIB, 2);
	begin(&plan);
	boots(true);
	is_null(softtdx_wait_wrong(&machine, 15));
	is_null(softtdx_wake_wrong(&machine, 1, VECTOR));
	is_null(softtdx_wait_wrong(&machine, 15));
	end();
}

/* TDX module 1.5: one stream over all pages, each added, and measured in pieces of 256 bytes. */
static void mrtd(struct crypto_sha384 *h, const struct fw_region *r)
{
	static const uint8_t zeros[HC_PAGE_SIZE];

	for (uint32_t i = 0; i < r->pages; i++) {
		const uint64_t gpa = r->gpa + (uint64_t)i * HC_PAGE_SIZE;
		const uint8_t *page = guest_page(&guest, r, i);
		uint8_t block[128] = "MEM.PAGE.ADD";

		put_le64(block + 16, gpa);
		assert_int_equal(crypto_sha384_update(h, block, sizeof(block)), 0);
		for (uint64_t at = 0; r->type != HC_PAGE_UNMEASURED && at < 4096; at += 256) {
			memset(block, 0, sizeof(block));
			memcpy(block, "MR.EXTEND", 9);
			put_le64(block + 16, gpa + at);
			assert_int_equal(crypto_sha384_update(h, block, sizeof(block)), 0);
			assert_int_equal(
				crypto_sha384_update(h, (page ? page : zeros) + at, 256), 0);
		}
	}
}

static void the_predicted_mrtd_is_that_of_the_launch(void **state)
{
	uint8_t predicted[48], launched[48];
	struct crypto_sha384 h;
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "tdx", 64 * MIB, 3);
	begin(&plan);
	assert_int_equal(crypto_sha384_init(&h), 0);
	for (size_t i = 0; i < guest.image.region_count; i++)
		mrtd(&h, &guest.image.region[i]);
	assert_int_equal(crypto_sha384_peek(&h, launched), 0);
	crypto_sha384_fini(&h);
	assert_int_equal(
		measure_tdx(predicted, &guest.image, &guest.manifest, NULL, NULL, NULL), 0);
	assert_memory_equal(predicted, launched, 48);
	end();
}

static void debians_kernel_is_entered(void **state)
{
	struct bytes kernel = {0};
	struct guest_plan plan;

	(void)state;
	if (!guest_plan_debian(&plan, "tdx", &kernel))
		skip();
	begin(&plan);
	boots(true);
	print_message("# stack: %llu of %d bytes; %llu blocks\n",
		(unsigned long long)(HC_STACK_GPA + HC_STACK_MAX -
				     softcpu_stack_lowest(machine.cpu[0])),
		HC_STACK_MAX, (unsigned long long)softcpu_blocks(machine.cpu[0]));
	end();
	bytes_free(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reaches_linux_with_1_to_16_vcpus_that_linux_wakes),
		cmocka_unit_test(reaches_linux_without_an_initrd),
		cmocka_unit_test(both_widths_of_guest_addresses),
		cmocka_unit_test(takes_large_pages_where_the_host_has_them),
		cmocka_unit_test(holes_are_never_touched),
		cmocka_unit_test(takes_the_last_memory_of_a_guest_of_1_tib),
		cmocka_unit_test(memory_above_1_gib_is_left_to_linux),
		cmocka_unit_test(a_small_guest_is_accepted_whole_lazy_or_not),
		cmocka_unit_test(several_gib_on_both_sides_of_the_window),
		cmocka_unit_test(vcpus_that_run_all_the_time_wait),
		cmocka_unit_test(a_vcpu_that_linux_does_not_name_waits_for_ever),
		cmocka_unit_test(the_predicted_mrtd_is_that_of_the_launch),
		cmocka_unit_test(debians_kernel_is_entered),
	};

	return cmocka_run_group_tests_name("tdx_boot", tests, NULL, NULL);
}
