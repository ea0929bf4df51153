/* SPDX-License-Identifier: Apache-2.0 */
/*
 * huisclos-tdx under a hostile host, as test_snp_hostile.c does it for SNP: what differs is how
 * memory is accepted, what the TDX module tells, and vCPUs that run at any time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "firmware/abi/codes.h"
#include "firmware/paging.h"
#include "tests/firmware/softtdx.h"
#include "tests/unit/fw_samples.h"

#define MIB         (1ULL << 20)
#define GIB         (1ULL << 30)
#define RAM         (64 * MIB)
#define SMALL_PAGES (512 - (HC_LAUNCH_END - HC_TEXT_GPA) / HC_PAGE_SIZE)
#define LARGE_PAGES (RAM / (2 * MIB) - 1)
#define VCPUS       2
#define STATUS(s)   ((uint64_t)(s) << 32)

static struct guest guest;
static struct softtdx machine;
static enum softcpu_stop stop;

/* What happens at the `at`-th event of `kind`, and `times` more. */
static struct {
	enum softtdx_event kind;
	uint64_t at, times;
	void (*act)(struct softtdx *m, uint64_t gpa);
	uint64_t arg; /* of act */
} plot;

static void host(struct softtdx *m, enum softtdx_event kind, uint64_t gpa)
{
	if (plot.act && kind == plot.kind && m->events[kind] >= plot.at &&
		m->events[kind] <= plot.at + plot.times)
		plot.act(m, gpa);
}

static void begin_with(const struct guest_plan *plan)
{
	guest_init(&guest, plan);
	softtdx_init(&machine, &guest);
	machine.watch.bent = true;
	machine.host = host;
	memset(&plot, 0, sizeof(plot));
}

static void begin(void)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "tdx", RAM, VCPUS);
	begin_with(&plan);
}

/* The same with memory that Linux has to accept, on both sides of the window. */
static void begin_lazy(void)
{
	static const struct range ram[] = {{0, RAM}, {GIB, GIB + RAM}, {5 * GIB, 5 * GIB + RAM}};
	struct guest_plan plan;

	guest_plan_small(&plan, "tdx", RAM, 2);
	memcpy(plan.ram, ram, sizeof(ram));
	plan.ram_count = sizeof(ram) / sizeof(ram[0]);
	plan.lazy = true;
	begin_with(&plan);
}

static void end(void)
{
	softtdx_fini(&machine);
	guest_fini(&guest);
}

static const char *told(void)
{
	static char text[400];

	snprintf(text, sizeof(text), "stop %d, \"%s\" 0x%llx; %s", (int)stop, machine.fatal_text,
		(unsigned long long)machine.fatal_code, softcpu_violation_text(machine.cpu[0]));
	return text;
}

/* The code that was reported, with its name as text: 0 if there is none of ours. */
static unsigned int refusal(void)
{
	const unsigned int code = machine.fatal_code & 0xff;
	const char *name = "";
	char text[65];

	switch (code) {
#define NAME(number, name_of, meaning, remedy)                                                     \
	case number:                                                                               \
		name = #name_of;                                                                   \
		break;
		HC_REFUSALS(NAME)
#undef NAME
	}
	snprintf(text, sizeof(text), "huisclos: %s", name);
	if (machine.fatal_calls == 0 || machine.fatal_code >> 16 != HC_REFUSE_MAGIC || !name[0] ||
		strcmp(text, machine.fatal_text) != 0)
		return 0;
	return code;
}

static void run(const char *what, uint64_t n, bool may_stand_still)
{
	const char *wrong = NULL;

	stop = softtdx_boot(&machine);
	if (stop == SOFTCPU_ENTERED)
		wrong = softtdx_handover_wrong(&machine);
	else if (stop == SOFTCPU_HALTED && machine.fatal_calls)
		wrong = refusal() ? NULL : "unknown refusal";
	else if (!may_stand_still || stop == SOFTCPU_VIOLATION)
		wrong = "neither booted nor refused";
	if (!wrong)
		wrong = softtdx_wait_wrong(&machine, 1);
	if (wrong)
		fail_msg("%s %llu: %s: %s", what, (unsigned long long)n, wrong, told());
}

static void refuses(const char *what, uint64_t n, enum hc_refusal code)
{
	run(what, n, false);
	if (stop != SOFTCPU_HALTED || refusal() != code)
		fail_msg("%s %llu: expected 0x%x: %s", what, (unsigned long long)n, code, told());
}

static void every_byte_of_the_device_tree_changed(void **state)
{
	size_t used, refused = 0, booted = 0, stood = 0;

	(void)state;
	begin();
	used = (size_t)get_be32(guest.hostfdt + 4);
	end();
	for (size_t at = 0; at < used; at++) {
		begin();
		guest.hostfdt[at] ^= (uint8_t)(1u << at * 5 % 8);
		softtdx_launch(&machine, true);
		run("byte", at, true);
		booted += stop == SOFTCPU_ENTERED;
		refused += stop == SOFTCPU_HALTED;
		stood += stop == SOFTCPU_BLOCKED;
		end();
	}
	print_message("# %zu changes: %zu refused, %zu booted, %zu waited for memory\n", used,
		refused, booted, stood);
	assert_true(refused > used / 2 && booted + stood < used / 4);
	assert_int_equal(refused + booted + stood, used);
}

static void every_byte_of_the_device_tree_where_linux_accepts_memory(void **state)
{
	size_t used, booted = 0;

	(void)state;
	begin_lazy();
	used = (size_t)get_be32(guest.hostfdt + 4);
	end();
	for (size_t at = 0; at < used; at++) {
		begin_lazy();
		guest.hostfdt[at] ^= (uint8_t)(1u << at * 7 % 8);
		softtdx_launch(&machine, true);
		run("byte", at, true);
		booted += stop == SOFTCPU_ENTERED;
		end();
	}
	print_message("# %zu changes, %zu booted\n", used, booted);
	assert_in_range(booted, 1, used / 4);
}

static void blobs_changed_by_sample(void **state)
{
	(void)state;
	for (size_t at = 0; at < FW_SAMPLE_BZIMAGE; at += 263) {
		begin();
		softtdx_launch(&machine, true);
		guest.window[at] ^= 1;
		refuses("kernel byte", at, HC_REFUSE_KERNEL_DIGEST);
		end();
	}
	for (size_t at = 0; at < 0x1235; at += 263) {
		begin();
		softtdx_launch(&machine, true);
		guest.window[0x4000000 + at] ^= 0x80;
		refuses("initrd byte", at, HC_REFUSE_INITRD_DIGEST);
		end();
	}
}

static void every_property_removed(void **state)
{
	static const struct {
		const char *node, *name;
	} props[] = {{"/", "#address-cells"}, {"/", "#size-cells"}, {"/", "compatible"},
		{"/memory@0", "device_type"}, {"/memory@0", "reg"}, {"/cpus", "#address-cells"},
		{"/cpus", "#size-cells"}, {"/cpus/cpu@0", "device_type"}, {"/cpus/cpu@0", "reg"},
		{"/cpus/cpu@1", "device_type"}, {"/cpus/cpu@1", "reg"},
		{"/chosen", "huisclos,kernel-offset"}, {"/chosen", "huisclos,initrd-offset"}};

	(void)state;
	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		begin();
		guest_tree_remove(&guest, props[i].node, props[i].name);
		softtdx_launch(&machine, true);
		run("property", i, false);
		assert_in_range(refusal(), HC_REFUSE_FDT_FORMAT, HC_REFUSE_FDT_BLOBS);
		end();
	}
}

static void spoil_ahead(struct softtdx *m, uint64_t gpa)
{
	*guest_memory(m->watch.guest, gpa) ^= 1;
}

static void the_window_changed_before_the_read(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < 1024 + 500; at += 131) {
		begin();
		softtdx_launch(&machine, true);
		plot.kind = SOFTTDX_EV_WINDOW_READ;
		plot.at = at;
		plot.act = spoil_ahead;
		refuses("read", at, at < 1024 ? HC_REFUSE_KERNEL_DIGEST : HC_REFUSE_INITRD_DIGEST);
		end();
	}
}

static void spoil_behind(struct softtdx *m, uint64_t gpa)
{
	memset(m->watch.guest->window, 0xee, gpa - HC_STAGING_GPA);
}

static void the_window_changed_behind_the_read(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < 1500; at += 131) {
		begin();
		softtdx_launch(&machine, true);
		plot.kind = SOFTTDX_EV_WINDOW_READ;
		plot.at = at;
		plot.act = spoil_behind;
		run("read", at, false);
		assert_int_equal(stop, SOFTCPU_ENTERED);
		end();
	}
}

static void force(struct softtdx *m, uint64_t gpa)
{
	(void)gpa;
	m->forced = true;
	m->forced_rax = plot.arg;
}

static void answer(enum softtdx_event kind, uint64_t at, uint64_t times, uint64_t rax)
{
	begin();
	softtdx_launch(&machine, true);
	plot.kind = kind;
	plot.at = at;
	plot.times = times;
	plot.act = force;
	plot.arg = rax;
}

static void every_answer_to_accept(void **state)
{
	static const uint32_t bad[] = {0xc0000100, 0xc0000b0c, 0x80000000, 1, 0x00000b0b};
	const uint64_t last = SMALL_PAGES + LARGE_PAGES - 1;

	(void)state;
	for (uint64_t at = 0; at <= last; at += at < 3 || at > last - 2 ? 1 : 61) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			answer(SOFTTDX_EV_ACCEPT, at, 0, STATUS(bad[i]) | 1);
			refuses("accept", at, HC_REFUSE_ACCEPT);
			end();
		}
		answer(SOFTTDX_EV_ACCEPT, at, 0, STATUS(0x00000b0a));
		refuses("accept", at, HC_REFUSE_ACCEPTED_BEFORE);
		end();
		answer(SOFTTDX_EV_ACCEPT, at, 0, STATUS(0xc0000b0b));
		run("accept", at, false);
		/* Small pages where the module says so; it does not take them, since they are
		 * large. */
		assert_int_equal(refusal(), HC_REFUSE_ACCEPT);
		end();
	}
}

static void a_busy_module_is_asked_again_but_not_for_ever(void **state)
{
	(void)state;
	answer(SOFTTDX_EV_ACCEPT, 7, 998, STATUS(0x80000200));
	run("busy", 999, false);
	assert_int_equal(stop, SOFTCPU_ENTERED);
	end();
	answer(SOFTTDX_EV_ACCEPT, 7, 999, STATUS(0x80000200));
	refuses("busy", 1000, HC_REFUSE_ACCEPT);
	end();
}

static void other_answers_of_the_module(void **state)
{
	(void)state;
	answer(SOFTTDX_EV_INFO, 0, 0, STATUS(0xc0000100));
	refuses("info", 0, HC_REFUSE_NOT_GENUINE_PLATFORM);
	end();
	answer(SOFTTDX_EV_EXTEND, 0, 0, STATUS(0x80000200));
	refuses("extend", 0, HC_REFUSE_MEASURE);
	end();
	for (unsigned int gpaw = 0; gpaw < 64; gpaw++) {
		begin();
		softtdx_launch(&machine, true);
		if (gpaw == 48 || gpaw == 52) {
			machine.gpaw = gpaw;
			run("gpaw", gpaw, false);
			assert_int_equal(stop, SOFTCPU_ENTERED);
		} else {
			machine.gpaw = gpaw;
			refuses("gpaw", gpaw, HC_REFUSE_NOT_GENUINE_PLATFORM);
		}
		end();
	}
}

static void every_bit_of_the_attributes(void **state)
{
	const uint64_t allowed = 1ULL << 28 | 1ULL << 30 | 1ULL << 63;

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		begin();
		softtdx_launch(&machine, true);
		machine.attributes ^= 1ULL << bit;
		refuses("attribute", bit, HC_REFUSE_FEATURES);
		end();
		/* Named in the manifest: DEBUG and its like are refused all the same. */
		begin();
		guest.manifest.features ^= 1ULL << bit;
		softtdx_launch(&machine, true);
		machine.attributes ^= 1ULL << bit;
		run("feature", bit, false);
		assert_int_equal(
			stop, bit != 28 && allowed >> bit & 1 ? SOFTCPU_ENTERED : SOFTCPU_HALTED);
		end();
	}
	begin();
	guest.manifest.features_mask = 1 << 28;
	softtdx_launch(&machine, true);
	refuses("features that are left open", 0, HC_REFUSE_MANIFEST_RANGE);
	end();
}

static void another_number_of_vcpus(void **state)
{
	(void)state;
	for (uint32_t vcpus = 0; vcpus <= HC_VCPUS_MAX + 1; vcpus++) {
		begin();
		softtdx_launch(&machine, true);
		machine.vcpus = vcpus;
		if (vcpus == VCPUS)
			run("vcpus", vcpus, false);
		else
			refuses("vcpus", vcpus, HC_REFUSE_FDT_CPUS);
		end();
	}
}

static void pages_that_are_accepted_or_withheld_beforehand(void **state)
{
	static const uint64_t pages[] = {0, 0x1000, 0xff000, HC_MAILBOX_GPA, HC_ACPI_GPA,
		HC_CCEL_LOG_GPA, 0x1000000, RAM - 0x1000};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		begin();
		softtdx_launch(&machine, true);
		sept_launch(&machine.sept, pages[i]);
		sept_at(&machine.sept, pages[i])->launched = false;
		refuses("page", pages[i], HC_REFUSE_ACCEPTED_BEFORE);
		end();
		begin();
		softtdx_launch(&machine, true);
		sept_take(&machine.sept, pages[i]);
		run("page", pages[i], true);
		assert_int_equal(stop, SOFTCPU_BLOCKED);
		end();
	}
}

static void take(struct softtdx *m, uint64_t gpa)
{
	(void)gpa;
	m->tampered = true;
	sept_take(&m->sept, plot.arg);
}

static void swap(struct softtdx *m, uint64_t gpa)
{
	(void)gpa;
	m->tampered = true;
	sept_swap(&m->sept, plot.arg);
}

/* With SEPT_VE_DISABLE the first touch is the end of the guest. */
static void pages_swapped_and_taken_during_the_boot(void **state)
{
	static const uint64_t pages[] = {HC_TEXT_GPA, HC_TEXT_GPA + 0x2000, HC_RODATA_GPA,
		HC_BSS_GPA, HC_STACK_GPA + 0x1000, PAGING_PML4, PAGING_PDPT, PAGING_PT,
		HC_MANIFEST_GPA, HC_HOSTFDT_GPA, 0x1000, HC_MAILBOX_GPA, HC_ACPI_GPA,
		HC_BOOTPARAM_GPA, HC_CCEL_LOG_GPA, HC_EFI_GPA, 0x1000000, RAM - 0x1000};
	static const struct {
		enum softtdx_event kind;
		uint64_t at;
	} times[] = {{SOFTTDX_EV_INFO, 0}, {SOFTTDX_EV_ACCEPT, 0},
		{SOFTTDX_EV_ACCEPT, SMALL_PAGES + LARGE_PAGES - 1}, {SOFTTDX_EV_WINDOW_READ, 0},
		{SOFTTDX_EV_WINDOW_READ, 1400}, {SOFTTDX_EV_EXTEND, 0}};
	size_t booted = 0, ended = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		for (size_t k = 0; k < 2 * sizeof(times) / sizeof(times[0]); k++) {
			begin();
			softtdx_launch(&machine, true);
			plot.kind = times[k / 2].kind;
			plot.at = times[k / 2].at;
			plot.act = k % 2 ? swap : take;
			plot.arg = pages[i];
			stop = softtdx_boot(&machine);
			if (stop == SOFTCPU_ENTERED)
				assert_null(softtdx_handover_wrong(&machine));
			else if (stop != SOFTCPU_BLOCKED && refusal() == 0)
				fail_msg("page 0x%llx: %s", (unsigned long long)pages[i], told());
			booted += stop == SOFTCPU_ENTERED;
			ended += stop == SOFTCPU_BLOCKED;
			end();
		}
	}
	print_message("# %zu booted, %zu ended by the module\n", booted, ended);
	assert_true(booted && ended);
}

static void inject(struct softtdx *m, uint64_t gpa)
{
	(void)gpa;
	softcpu_raise(m->watch.cpu, (int)plot.arg);
}

static void exceptions_at_any_time(void **state)
{
	(void)state;
	for (int vector = 0; vector < 256; vector += vector < 33 ? 1 : 19) {
		for (int i = 0; i < 2; i++) {
			begin();
			softtdx_launch(&machine, true);
			plot.kind = i ? SOFTTDX_EV_ACCEPT : SOFTTDX_EV_WINDOW_READ;
			plot.at = 17;
			plot.act = inject;
			plot.arg = (uint64_t)vector;
			refuses("vector", (uint64_t)vector, HC_REFUSE_EXCEPTION);
			assert_int_equal(machine.fatal_code >> 8 & 0xff, vector < 32 ? vector : 13);
			end();
		}
	}
}

static void manifests_of_other_platforms(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 7; id++) {
		begin();
		guest.manifest.platform = id;
		softtdx_launch(&machine, true);
		if (id == HC_PLATFORM_TDX)
			run("platform", id, false);
		else
			refuses("platform", id, HC_REFUSE_WRONG_PLATFORM);
		end();
	}
}

/* Not even the refusal gets out: it halts, and nothing else. */
static void another_kind_of_machine(void **state)
{
	(void)state;
	begin();
	machine.other = true;
	softtdx_launch(&machine, true);
	stop = softtdx_boot(&machine);
	if (stop != SOFTCPU_HALTED)
		fail_msg("%s", told());
	assert_int_equal(machine.events[SOFTTDX_EV_ACCEPT], 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_the_device_tree_changed),
		cmocka_unit_test(every_byte_of_the_device_tree_where_linux_accepts_memory),
		cmocka_unit_test(blobs_changed_by_sample),
		cmocka_unit_test(every_property_removed),
		cmocka_unit_test(the_window_changed_before_the_read),
		cmocka_unit_test(the_window_changed_behind_the_read),
		cmocka_unit_test(every_answer_to_accept),
		cmocka_unit_test(a_busy_module_is_asked_again_but_not_for_ever),
		cmocka_unit_test(other_answers_of_the_module),
		cmocka_unit_test(every_bit_of_the_attributes),
		cmocka_unit_test(another_number_of_vcpus),
		cmocka_unit_test(pages_that_are_accepted_or_withheld_beforehand),
		cmocka_unit_test(pages_swapped_and_taken_during_the_boot),
		cmocka_unit_test(exceptions_at_any_time),
		cmocka_unit_test(manifests_of_other_platforms),
		cmocka_unit_test(another_kind_of_machine),
	};

	return cmocka_run_group_tests_name("tdx_hostile", tests, NULL, NULL);
}
