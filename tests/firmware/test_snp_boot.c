/* SPDX-License-Identifier: Apache-2.0 */
/*
 * huisclos-snp, byte for byte, on a software SNP machine: from the first instruction to the
 * kernel's first. That nothing else happened is what softcpu.h and softsnp.h watch over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/firmware/softsnp.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

#define STACK_BOUND (HC_STACK_MAX / 4) /* bytes: what a boot may take of the stack */

static struct guest guest;
static struct softsnp machine;

static void begin(const struct guest_plan *plan)
{
	guest_init(&guest, plan);
	softsnp_init(&machine, &guest);
}

static void end(void)
{
	softsnp_fini(&machine);
	guest_fini(&guest);
}

static void boots(bool large)
{
	enum softcpu_stop stop;
	const char *wrong;

	softsnp_launch(&machine, large);
	stop = softsnp_boot(&machine);
	if (stop != SOFTCPU_ENTERED)
		fail_msg("stop %d: %s; terminated %d set %u reason 0x%x", (int)stop,
			softcpu_violation_text(machine.bsp), machine.terminated, machine.reason_set,
			machine.reason);
	wrong = softsnp_handover_wrong(&machine);
	if (wrong)
		fail_msg("%s", wrong);
	assert_in_range(
		HC_STACK_GPA + HC_STACK_MAX - softcpu_stack_lowest(machine.bsp), 1, STACK_BOUND);
}

static void boots_with_ram(const struct range *ram, size_t count, bool large)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "snp", 0, 1);
	memcpy(plan.ram, ram, count * sizeof(ram[0]));
	plan.ram_count = count;
	begin(&plan);
	boots(large);
}

static void reaches_linux_with_1_to_16_vcpus(void **state)
{
	(void)state;
	for (uint32_t vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++) {
		struct guest_plan plan;

		guest_plan_small(&plan, "snp", 64 * MIB, vcpus);
		begin(&plan);
		boots(true);
		for (uint32_t i = 1; i < vcpus; i++)
			assert_null(softsnp_ap_wrong(&machine, i));
		end();
	}
}

static void reaches_linux_without_an_initrd(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "snp", 128 * MIB, 1);
	plan.initrd = (struct view){0};
	begin(&plan);
	boots(true);
	end();
}

static void takes_large_pages_where_the_host_has_them(void **state)
{
	const struct range ram[] = {{0, 128 * MIB}};

	(void)state;
	boots_with_ram(ram, 1, true);
	assert_int_equal(machine.rmp.pvalidates[1], 63);
	assert_int_equal(machine.rmp.pvalidates[0], 512 - (HC_LAUNCH_END - HC_TEXT_GPA) / 4096);
	assert_int_equal(machine.rmp.mismatches, 0);
	end();
}

static void falls_back_to_small_pages_where_it_has_not(void **state)
{
	const struct range ram[] = {{0, 128 * MIB}};

	(void)state;
	boots_with_ram(ram, 1, false);
	assert_int_equal(machine.rmp.pvalidates[1], 0);
	assert_int_equal(machine.rmp.mismatches, 63);
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
	guest_plan_small(&plan, "snp", 0, 1);
	memcpy(plan.ram, ram, sizeof(ram));
	plan.ram_count = sizeof(ram) / sizeof(ram[0]);
	plan.lazy = true;
	begin(&plan);
	boots(true);
	assert_int_equal(machine.rmp.pvalidates[1], 511);
	end();
}

/* Nothing is left over: Linux hears nothing of EFI. */
static void a_small_guest_is_accepted_whole_lazy_or_not(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "snp", GIB, 1);
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
	boots_with_ram(ram, 1, false); /* 3 GiB in pages of 4 KiB */
	assert_true(machine.rmp.pvalidates[0] > 780000);
	end();
}

/* A host may start a parked vCPU whenever it likes. */
static void start_them_all(struct softsnp *m, enum softsnp_event kind, uint64_t gpa)
{
	(void)gpa;
	if (m->events[kind] % 40 == 0)
		for (uint32_t i = 1; i < m->watch.guest->plan.vcpus; i++)
			assert_null(softsnp_ap_wrong(m, i));
}

static void vcpus_that_are_started_early_do_nothing(void **state)
{
	struct guest_plan plan;

	(void)state;
	guest_plan_small(&plan, "snp", 64 * MIB, 3);
	begin(&plan);
	machine.host = start_them_all;
	boots(true);
	assert_true(machine.events[SOFTSNP_EV_PVALIDATE] > 400);
	end();
}

static void the_predicted_digest_is_that_of_the_launch(void **state)
{
	uint8_t predicted[48], launched[48];

	(void)state;
	for (uint32_t vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus += 5) {
		struct guest_plan plan;

		guest_plan_small(&plan, "snp", 64 * MIB, vcpus);
		begin(&plan);
		softsnp_launch(&machine, true);
		softsnp_digest(&machine, launched);
		assert_int_equal(measure_snp(predicted, &guest.image, &guest.manifest,
					 SNP_SEV_FEATURES, NULL, NULL, NULL),
			0);
		assert_memory_equal(predicted, launched, 48);
		end();
	}
}

static void debians_kernel_is_entered(void **state)
{
	struct bytes kernel = {0};
	struct guest_plan plan;

	(void)state;
	if (!guest_plan_debian(&plan, "snp", &kernel))
		skip();
	begin(&plan);
	boots(true);
	print_message("# stack: %llu of %d bytes; %llu blocks\n",
		(unsigned long long)(HC_STACK_GPA + HC_STACK_MAX -
				     softcpu_stack_lowest(machine.bsp)),
		HC_STACK_MAX, (unsigned long long)softcpu_blocks(machine.bsp));
	end();
	bytes_free(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reaches_linux_with_1_to_16_vcpus),
		cmocka_unit_test(reaches_linux_without_an_initrd),
		cmocka_unit_test(takes_large_pages_where_the_host_has_them),
		cmocka_unit_test(falls_back_to_small_pages_where_it_has_not),
		cmocka_unit_test(holes_are_never_touched),
		cmocka_unit_test(takes_the_last_memory_of_a_guest_of_1_tib),
		cmocka_unit_test(memory_above_1_gib_is_left_to_linux),
		cmocka_unit_test(a_small_guest_is_accepted_whole_lazy_or_not),
		cmocka_unit_test(several_gib_on_both_sides_of_the_window),
		cmocka_unit_test(vcpus_that_are_started_early_do_nothing),
		cmocka_unit_test(the_predicted_digest_is_that_of_the_launch),
		cmocka_unit_test(debians_kernel_is_entered),
	};

	return cmocka_run_group_tests_name("snp_boot", tests, NULL, NULL);
}
