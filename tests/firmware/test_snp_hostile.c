/* SPDX-License-Identifier: Apache-2.0 */
/*
 * huisclos-snp under a hostile host: every byte of the device tree, the blobs by sample, each
 * answer that memory instructions can give, pages taken and swapped and exceptions injected at any
 * time. Each run ends in the measured kernel, in a refusal of firmware/abi/codes.h, or in a
 * standstill that the host made; softsnp.h says what would be a violation on the way.
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
#include "tests/firmware/softsnp.h"
#include "tests/unit/fw_samples.h"

#define MIB          (1ULL << 20)
#define GIB          (1ULL << 30)
#define RAM          (64 * MIB)
#define SMALL_PAGES  (512 - (HC_LAUNCH_END - HC_TEXT_GPA) / HC_PAGE_SIZE)
#define LARGE_PAGES  (RAM / (2 * MIB) - 1)
#define REASON_SET   HC_REFUSE_SNP_REASON_SET
#define VECTOR_SET   HC_REFUSE_SNP_VECTOR_SET
#define NEVER        UINT64_MAX
#define CPUID_LEAVES (guest_memory(&guest, HC_CPUID_GPA) + 16)

static struct guest guest;
static struct softsnp machine;
static enum softcpu_stop stop;

/* What happens at the `at`-th event of `kind`. */
static struct {
	enum softsnp_event kind;
	uint64_t at;
	void (*act)(struct softsnp *m, uint64_t gpa);
	uint64_t arg; /* of act */
	uint32_t eax;
	bool carry, done;
} plot;

static void host(struct softsnp *m, enum softsnp_event kind, uint64_t gpa)
{
	if (plot.act && !plot.done && kind == plot.kind && m->events[kind] == plot.at) {
		plot.done = true;
		plot.act(m, gpa);
	}
}

static void begin_with(const struct guest_plan *plan)
{
	guest_init(&guest, plan);
	softsnp_init(&machine, &guest);
	machine.watch.bent = true;
	machine.host = host;
	memset(&plot, 0, sizeof(plot));
}

static void begin(void)
{
	struct guest_plan plan;

	guest_plan_small(&plan, "snp", RAM, 2);
	begin_with(&plan);
}

/* The same with memory that Linux has to accept, on both sides of the window. */
static void begin_lazy(void)
{
	static const struct range ram[] = {{0, RAM}, {GIB, GIB + RAM}, {5 * GIB, 5 * GIB + RAM}};
	struct guest_plan plan;

	guest_plan_small(&plan, "snp", RAM, 2);
	memcpy(plan.ram, ram, sizeof(ram));
	plan.ram_count = sizeof(ram) / sizeof(ram[0]);
	plan.lazy = true;
	begin_with(&plan);
}

static void end(void)
{
	softsnp_fini(&machine);
	guest_fini(&guest);
}

static bool known(unsigned int set, unsigned int reason)
{
#define IS(number, name, meaning, remedy) || reason == (number)
	if (set == VECTOR_SET)
		return reason < 32;
	return set == REASON_SET && (false HC_REFUSALS(IS));
#undef IS
}

static const char *told(void)
{
	static char text[400];

	snprintf(text, sizeof(text), "stop %d, %s reason set %u reason 0x%x; %s", (int)stop,
		machine.terminated ? "terminated" : "no request", machine.reason_set,
		machine.reason, softcpu_violation_text(machine.bsp));
	return text;
}

/* The three ways a boot may end; a standstill only where the host withholds something. */
static void run(const char *what, uint64_t n, bool may_stand_still)
{
	const char *wrong = NULL;

	stop = softsnp_boot(&machine);
	if (stop == SOFTCPU_ENTERED)
		wrong = softsnp_handover_wrong(&machine);
	else if (stop == SOFTCPU_HALTED && (machine.terminated || !may_stand_still))
		wrong = known(machine.reason_set, machine.reason) ? NULL : "unknown refusal";
	else if (!may_stand_still || (stop != SOFTCPU_BLOCKED && stop != SOFTCPU_SHUTDOWN &&
					     stop != SOFTCPU_BUDGET && stop != SOFTCPU_HALTED))
		wrong = "neither booted nor refused";
	if (wrong)
		fail_msg("%s %llu: %s: %s", what, (unsigned long long)n, wrong, told());
}

static void refuses(const char *what, uint64_t n, unsigned int set, unsigned int reason)
{
	run(what, n, false);
	if (stop != SOFTCPU_HALTED || machine.reason_set != set || machine.reason != reason)
		fail_msg("%s %llu: expected set %u reason 0x%x: %s", what, (unsigned long long)n,
			set, reason, told());
}

static void refuses_code(const char *what, uint64_t n, enum hc_refusal code)
{
	refuses(what, n, REASON_SET, code);
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
		guest.hostfdt[at] ^= (uint8_t)(1u << at * 3 % 8);
		softsnp_launch(&machine, true);
		run("byte", at, true);
		booted += stop == SOFTCPU_ENTERED;
		refused += stop == SOFTCPU_HALTED;
		stood += stop == SOFTCPU_BLOCKED;
		assert_int_not_equal(stop, SOFTCPU_SHUTDOWN);
		end();
	}
	print_message("# %zu changes: %zu refused, %zu booted, %zu waited for memory\n", used,
		refused, booted, stood);
	assert_true(refused > used / 2 && booted + stood < used / 4);
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
		softsnp_launch(&machine, true);
		run("property", i, false);
		assert_int_equal(stop, SOFTCPU_HALTED);
		assert_in_range(machine.reason, HC_REFUSE_FDT_FORMAT, HC_REFUSE_FDT_BLOBS);
		end();
	}
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
		softsnp_launch(&machine, true);
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
	for (size_t at = 0; at < FW_SAMPLE_BZIMAGE; at += 131) {
		begin();
		softsnp_launch(&machine, true);
		guest.window[at] ^= 1;
		refuses_code("kernel byte", at, HC_REFUSE_KERNEL_DIGEST);
		end();
	}
	for (size_t at = 0; at < 0x1235; at += 131) {
		begin();
		softsnp_launch(&machine, true);
		guest.window[0x4000000 + at] ^= 0x80;
		refuses_code("initrd byte", at, HC_REFUSE_INITRD_DIGEST);
		end();
	}
}

/* The window under the firmware's eyes: what is ahead of the read, what is behind it. */
static void spoil_ahead(struct softsnp *m, uint64_t gpa)
{
	*guest_memory(m->watch.guest, gpa) ^= 1;
}

static void spoil_behind(struct softsnp *m, uint64_t gpa)
{
	memset(m->watch.guest->window, 0xee, gpa - HC_STAGING_GPA);
}

static void the_window_changed_while_it_is_read(void **state)
{
	(void)state;
	for (uint64_t at = 0; at < 1024 + 500; at += 61) {
		begin();
		softsnp_launch(&machine, true);
		plot.kind = SOFTSNP_EV_WINDOW_READ;
		plot.at = at;
		plot.act = spoil_ahead;
		refuses_code(
			"read", at, at < 1024 ? HC_REFUSE_KERNEL_DIGEST : HC_REFUSE_INITRD_DIGEST);
		end();
		begin();
		softsnp_launch(&machine, true);
		plot.kind = SOFTSNP_EV_WINDOW_READ;
		plot.at = at;
		plot.act = spoil_behind;
		run("read", at, false);
		assert_int_equal(stop, SOFTCPU_ENTERED);
		end();
	}
}

static void force(struct softsnp *m, uint64_t gpa)
{
	(void)gpa;
	m->forced = true;
	m->forced_eax = plot.eax;
	m->forced_carry = plot.carry;
}

static void answer_pvalidate(uint64_t at, uint32_t eax, bool carry)
{
	begin();
	softsnp_launch(&machine, true);
	plot.kind = SOFTSNP_EV_PVALIDATE;
	plot.at = at;
	plot.act = force;
	plot.eax = eax;
	plot.carry = carry;
}

static void every_answer_of_pvalidate(void **state)
{
	static const uint32_t bad[] = {1, 2, 3, 5, 7, 0x10006, 0xffffffff};
	const uint64_t last = SMALL_PAGES + LARGE_PAGES - 1;

	(void)state;
	for (uint64_t at = 0; at <= last; at += at < 4 || at > last - 3 ? 1 : 29) {
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			answer_pvalidate(at, bad[i], i % 2);
			refuses_code("pvalidate", at, HC_REFUSE_ACCEPT);
			end();
		}
		answer_pvalidate(at, 0, true);
		refuses_code("pvalidate", at, HC_REFUSE_ACCEPTED_BEFORE);
		end();
		answer_pvalidate(at, 6, true);
		if (at < SMALL_PAGES)
			refuses_code("pvalidate", at, HC_REFUSE_ACCEPT);
		else
			run("pvalidate", at, false);
		assert_int_equal(stop, at < SMALL_PAGES ? SOFTCPU_HALTED : SOFTCPU_ENTERED);
		end();
	}
}

/* The host had the secure processor load one page more, where the guest expects fresh memory. */
static void pages_that_are_valid_already(void **state)
{
	static const uint64_t pages[] = {0, 0x1000, 0xff000, HC_ACPI_GPA, HC_BOOTPARAM_GPA,
		0x1000000, 0x2001000, RAM - 0x1000};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		begin();
		softsnp_launch(&machine, true);
		rmp_launch(&machine.rmp, pages[i]);
		rmp_at(&machine.rmp, pages[i])->launched = false;
		refuses_code("page", pages[i], HC_REFUSE_ACCEPTED_BEFORE);
		end();
	}
}

static void memory_that_the_host_withholds(void **state)
{
	static const uint64_t pages[] = {0, 0x5000, HC_ACPI_GPA, 0x200000, RAM - 0x1000};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		begin();
		softsnp_launch(&machine, true);
		rmp_take(&machine.rmp, pages[i]);
		run("page", pages[i], true);
		assert_int_equal(stop, SOFTCPU_BLOCKED);
		end();
	}
}

static void any_other_vmpl(void **state)
{
	(void)state;
	for (unsigned int vmpl = 1; vmpl < 4; vmpl++) {
		begin();
		softsnp_launch(&machine, true);
		machine.rmp.vmpl = vmpl;
		refuses_code("vmpl", vmpl, HC_REFUSE_NOT_VMPL0);
		end();
	}
	for (uint32_t eax = 1; eax < 8; eax++) {
		begin();
		softsnp_launch(&machine, true);
		plot.kind = SOFTSNP_EV_RMPADJUST;
		plot.act = force;
		plot.eax = eax;
		refuses_code("rmpadjust", eax, HC_REFUSE_NOT_VMPL0);
		end();
	}
}

static void every_bit_of_sev_status(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		begin();
		softsnp_launch(&machine, true);
		machine.sev_status ^= 1ULL << bit;
		refuses_code(
			"bit", bit, bit < 3 ? HC_REFUSE_NOT_GENUINE_PLATFORM : HC_REFUSE_FEATURES);
		end();
	}
	/* Named in the manifest: only what changes nothing for the firmware. */
	for (unsigned int bit = 1; bit < 62; bit++) {
		const uint64_t allowed =
			1 << 5 | 1 << 6 | 1 << 7 | 1 << 9 | 1 << 12 | 1 << 15 | 1 << 21;

		begin();
		guest.manifest.features |= 1ULL << bit;
		softsnp_launch(&machine, true);
		machine.sev_status |= 4ULL << bit;
		run("feature", bit, false);
		assert_int_equal(stop, allowed >> bit & 1 ? SOFTCPU_ENTERED : SOFTCPU_HALTED);
		end();
	}
}

static void secrets_of_another_kind_of_guest(void **state)
{
	(void)state;
	for (uint32_t version = 0; version < 5; version++) {
		begin();
		machine.secrets_version = version;
		softsnp_launch(&machine, true);
		run("version", version, false);
		assert_int_equal(stop, version < 2 ? SOFTCPU_HALTED : SOFTCPU_ENTERED);
		end();
	}
	for (unsigned int byte = 0; byte < 8; byte++) {
		begin();
		softsnp_launch(&machine, true);
		guest_memory(&guest, HC_SECRETS_GPA)[0x148 + byte] = 1;
		refuses_code("svsm size", byte, HC_REFUSE_SECRETS_PAGE);
		end();
	}
}

static void bend_cpuid(unsigned int how)
{
	uint8_t *page = guest_memory(&guest, HC_CPUID_GPA);

	if (how == 0)
		put_le32(page, 65);
	else if (how == 1)
		put_le32(page, 1); /* without the leaf */
	else if (how == 2)
		put_le32(page, UINT32_MAX);
	else if (how == 3)
		page[4] = 1;
	else if (how == 4)
		page[15] = 0x80;
	else if (how == 5)
		CPUID_LEAVES[48 + 28] ^= 1; /* another C-bit */
	else
		put_le32(CPUID_LEAVES, 0x8000001f); /* a second one, with C-bit 0 */
}

static void a_cpuid_page_that_does_not_fit(void **state)
{
	(void)state;
	for (unsigned int how = 0; how < 7; how++) {
		begin();
		softsnp_launch(&machine, true);
		bend_cpuid(how);
		refuses_code("cpuid page", how, HC_REFUSE_CPUID_PAGE);
		end();
	}
}

static void swap(struct softsnp *m, uint64_t gpa)
{
	(void)gpa;
	m->tampered = true;
	rmp_swap(&m->rmp, plot.arg);
}

static void take(struct softsnp *m, uint64_t gpa)
{
	(void)gpa;
	m->tampered = true;
	rmp_take(&m->rmp, plot.arg);
}

static void pages_swapped_and_taken_during_the_boot(void **state)
{
	static const uint64_t pages[] = {HC_TEXT_GPA, HC_TEXT_GPA + 0x1000, HC_TEXT_GPA + 0x2000,
		HC_TEXT_GPA + 0x3000, HC_RODATA_GPA, HC_BSS_GPA, HC_STACK_GPA,
		HC_STACK_GPA + 0x1000, PAGING_PML4, PAGING_PDPT, PAGING_PDPT + 0x1000,
		PAGING_PDPT + 0x2000, PAGING_PD, PAGING_PT, PAGING_PD_STAGING, HC_MANIFEST_GPA,
		HC_SECRETS_GPA, HC_CPUID_GPA, HC_HOSTFDT_GPA, 0, 0x1000, HC_ACPI_GPA,
		HC_BOOTPARAM_GPA, HC_CMDLINE_GPA, HC_SETUP_DATA_GPA, HC_EFI_GPA, 0x1000000,
		RAM - 0x2000, RAM - 0x1000};
	static const struct {
		enum softsnp_event kind;
		uint64_t at;
	} times[] = {{SOFTSNP_EV_RMPADJUST, 0}, {SOFTSNP_EV_PVALIDATE, 0},
		{SOFTSNP_EV_PVALIDATE, 300}, {SOFTSNP_EV_PVALIDATE, SMALL_PAGES + 3},
		{SOFTSNP_EV_PVALIDATE, SMALL_PAGES + LARGE_PAGES - 1}, {SOFTSNP_EV_WINDOW_READ, 0},
		{SOFTSNP_EV_WINDOW_READ, 777}, {SOFTSNP_EV_WINDOW_READ, 1400}};
	size_t ends[SOFTCPU_VIOLATION + 1] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		for (size_t k = 0; k < 2 * sizeof(times) / sizeof(times[0]); k++) {
			begin();
			softsnp_launch(&machine, true);
			plot.kind = times[k / 2].kind;
			plot.at = times[k / 2].at;
			plot.act = k % 2 ? swap : take;
			plot.arg = pages[i];
			run("page", pages[i], true);
			ends[stop == SOFTCPU_HALTED && !machine.terminated ? SOFTCPU_BUDGET
									   : stop]++;
			end();
		}
	}
	print_message("# %zu booted, %zu refused, %zu stood still, %zu shut down, %zu without a "
		      "word\n",
		ends[SOFTCPU_ENTERED], ends[SOFTCPU_HALTED], ends[SOFTCPU_BLOCKED],
		ends[SOFTCPU_SHUTDOWN], ends[SOFTCPU_BUDGET]);
	assert_true(ends[SOFTCPU_ENTERED] && ends[SOFTCPU_HALTED] && ends[SOFTCPU_BLOCKED]);
}

static void inject(struct softsnp *m, uint64_t gpa)
{
	(void)gpa;
	softcpu_raise(m->watch.cpu, (int)plot.arg);
}

/* Any vector at any time: NMI, #HV, #VC with an exit code of the host's choice, int 0x80. */
static void exceptions_injected_at_any_time(void **state)
{
	static const enum softsnp_event kinds[] = {
		SOFTSNP_EV_RMPADJUST, SOFTSNP_EV_PVALIDATE, SOFTSNP_EV_WINDOW_READ};

	(void)state;
	for (int vector = 0; vector < 256; vector += vector < 33 ? 1 : 19) {
		for (size_t i = 0; i < 3; i++) {
			begin();
			softsnp_launch(&machine, true);
			plot.kind = kinds[i];
			plot.at = i ? 17 : 0;
			plot.act = inject;
			plot.arg = (uint64_t)vector;
			refuses("vector", (uint64_t)vector, VECTOR_SET,
				vector < 32 ? (unsigned int)vector : 13);
			end();
		}
	}
}

/* Each second one while the others boot. */
static void launched_for_another_number_of_vcpus(void **state)
{
	(void)state;
	for (uint32_t vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++) {
		begin();
		guest.plan.vcpus = vcpus;
		guest_hostfdt(&guest);
		softsnp_launch(&machine, true);
		if (vcpus == 2)
			run("vcpus", vcpus, false);
		else
			refuses_code("vcpus", vcpus, HC_REFUSE_FDT_CPUS);
		end();
	}
}

static void images_and_manifests_of_other_platforms(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < 7; id++) {
		begin();
		guest.manifest.platform = id;
		softsnp_launch(&machine, true);
		if (id == HC_PLATFORM_SNP)
			run("platform", id, false);
		else
			refuses_code("platform", id, HC_REFUSE_WRONG_PLATFORM);
		end();
	}
	begin();
	guest.manifest.features_mask = 1;
	softsnp_launch(&machine, true);
	refuses_code("features that are left open", 0, HC_REFUSE_MANIFEST_RANGE);
	end();
}

/* The MSRs are not there, so that not even the refusal gets out: it halts, and nothing else. */
static void another_kind_of_machine(void **state)
{
	(void)state;
	begin();
	machine.other = true;
	softsnp_launch(&machine, true);
	stop = softsnp_boot(&machine);
	if (stop != SOFTCPU_HALTED)
		fail_msg("%s", told());
	assert_int_equal(machine.events[SOFTSNP_EV_PVALIDATE], 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_the_device_tree_changed),
		cmocka_unit_test(every_property_removed),
		cmocka_unit_test(every_byte_of_the_device_tree_where_linux_accepts_memory),
		cmocka_unit_test(blobs_changed_by_sample),
		cmocka_unit_test(the_window_changed_while_it_is_read),
		cmocka_unit_test(every_answer_of_pvalidate),
		cmocka_unit_test(pages_that_are_valid_already),
		cmocka_unit_test(memory_that_the_host_withholds),
		cmocka_unit_test(any_other_vmpl),
		cmocka_unit_test(every_bit_of_sev_status),
		cmocka_unit_test(secrets_of_another_kind_of_guest),
		cmocka_unit_test(a_cpuid_page_that_does_not_fit),
		cmocka_unit_test(pages_swapped_and_taken_during_the_boot),
		cmocka_unit_test(exceptions_injected_at_any_time),
		cmocka_unit_test(launched_for_another_number_of_vcpus),
		cmocka_unit_test(images_and_manifests_of_other_platforms),
		cmocka_unit_test(another_kind_of_machine),
	};

	return cmocka_run_group_tests_name("snp_hostile", tests, NULL, NULL);
}
