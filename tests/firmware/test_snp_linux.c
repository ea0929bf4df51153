/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From huisclos-snp on into Debian 13's kernel, as it is in the package: its decompressor finds the
 * CC blob and the CPUID page, handles its #VC exceptions, speaks the GHCB protocol, accepts where
 * it unpacks the kernel by PVALIDATE, and goes there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unicorn/unicorn.h>

#include "tests/firmware/softsnp.h"
#include "tests/firmware/trixie.h"

#define VECTOR_VC  29
#define EXIT_CPUID 0x72
#define MSR_GHCB   0xc0010130u
#define MSR_STATUS 0xc0010131u
#define C_BIT      51
#define HV_SNP     3u /* SNP and creation of APs */

/* Offsets in a GHCB (GHCB specification, table 3) */
enum {
	GHCB_RAX = 0x1f8,
	GHCB_RCX = 0x308,
	GHCB_RDX = 0x310,
	GHCB_RBX = 0x318,
	GHCB_EXIT_CODE = 0x390,
	GHCB_VALID = 0x3f0
};

static struct guest guest;
static struct softsnp machine;
static struct softlinux *l;
static uint64_t ghcb, exceptions, cpuids_by_msr, conversions, shared_now;

static uint64_t reg(enum softcpu_reg r)
{
	return softlinux_get(l, r);
}

static void set(enum softcpu_reg r, uint64_t value)
{
	softlinux_set(l, r, value);
}

/*
 * Of the processor; the CPUID page has the same, as the secure processor checked. No TSC, so that
 * Linux chooses the same place in all runs.
 */
static const uint32_t leaves[][5] = {
	{0, 0x10, 0x68747541, 0x444d4163, 0x69746e65},
	{1, 0x00a10f11, 0, 1u << 30 | 1u << 31, 1u << 6 | 1u << 25 | 1u << 26},
	{7, 0, 0, 0, 0},
	{0x80000000, 0x80000028, 0x68747541, 0x444d4163, 0x69746e65},
	{0x80000001, 0, 0, 0, 1u << 20 | 1u << 29},
	{0x80000008, 0x3030, 0, 0, 0},
	{0x8000001f, 0x1a, C_BIT | 1u << 6, 0, 0},
};
#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))

static const uint32_t *leaf(uint32_t number)
{
	static const uint32_t none[5];

	for (size_t i = 0; i < LEAVES; i++) {
		if (leaves[i][0] == number)
			return leaves[i];
	}
	return none;
}

static void fill_cpuid_page(void)
{
	uint8_t *page = guest_memory(&guest, HC_CPUID_GPA);

	memset(page, 0, HC_PAGE_SIZE);
	put_le32(page, LEAVES);
	for (size_t i = 0; i < LEAVES; i++) {
		put_le32(page + 16 + 48 * i, leaves[i][0]);
		for (size_t k = 0; k < 4; k++)
			put_le32(page + 16 + 48 * i + 24 + 4 * k, leaves[i][k + 1]);
	}
}

static uint64_t page_state(uint64_t request)
{
	const uint64_t gpa = request & 0x000ffffffffff000, op = request >> 52 & 0xf;

	conversions++;
	if (rmp_at(&machine.rmp, gpa)->large)
		rmp_smash(&machine.rmp, gpa);
	if (op == 2) {
		rmp_share(&machine.rmp, gpa, HC_PAGE_SIZE);
		shared_now++;
	} else if (rmp_at(&machine.rmp, gpa)->shared) {
		rmp_assign(&machine.rmp, gpa, HC_PAGE_SIZE, false);
		shared_now--;
	}
	return 0x015;
}

/* A CPUID that Linux asks the host for, by the GHCB page: the numbers of the APIC. */
static void ghcb_page(uint64_t gpa)
{
	uint8_t *page = guest_memory(&guest, gpa);
	const uint32_t *e = leaf(get_le32(page + GHCB_RAX));
	static const unsigned int out[] = {GHCB_RAX, GHCB_RBX, GHCB_RCX, GHCB_RDX};

	if (!rmp_at(&machine.rmp, gpa)->shared || get_le64(page + GHCB_EXIT_CODE) != EXIT_CPUID) {
		softlinux_violation(l, "asks the host by a GHCB for 0x%llx",
			(unsigned long long)get_le64(page + GHCB_EXIT_CODE));
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		put_le64(page + out[i], e[i + 1]);
		page[GHCB_VALID + out[i] / 64] |= (uint8_t)(1u << out[i] / 8 % 8);
	}
	put_le64(page + GHCB_EXIT_CODE + 8, 0);
}

static void vmgexit(void)
{
	const uint64_t request = ghcb;

	switch (request & 0xfff) {
	case 0x000:
		ghcb_page(request);
		return;
	case 0x002:
		ghcb = 2ULL << 48 | 1ULL << 32 | C_BIT << 24 | 0x001;
		return;
	case 0x004:
		cpuids_by_msr++;
		ghcb = (uint64_t)leaf((uint32_t)(request >> 32))[1 + (request >> 30 & 3)] << 32 |
		       (request & 0xc0000000) | 0x005;
		return;
	case 0x012:
		ghcb = (request & ~0xfffULL) | 0x013;
		return;
	case 0x014:
		ghcb = page_state(request);
		return;
	case 0x080:
		ghcb = HV_SNP << 12 | 0x081;
		return;
	default:
		softlinux_violation(l, "asks the host for 0x%llx", (unsigned long long)request);
	}
}

static bool accepted(uint64_t gpa)
{
	return rmp_access(&machine.rmp, gpa, true) == RMP_OK;
}

/*
 * With the first of its small pages 2 MiB are there for the engine, which takes long over many
 * pieces. That Linux goes on to validate the others is seen at the end.
 */
static void appear(uint64_t gpa)
{
	const uint64_t start = gpa & ~(RMP_LARGE - 1);
	unsigned int before = 0;

	for (uint64_t at = start; at < start + RMP_LARGE; at += RMP_PAGE)
		before += at != gpa && accepted(at);
	if (before == 0)
		softlinux_map(l, start, RMP_LARGE);
}

static void pvalidate(void)
{
	const uint64_t gpa = reg(SOFTCPU_RAX), flags = reg(SOFTCPU_RFLAGS);
	const bool large = reg(SOFTCPU_RCX) & 1, valid = reg(SOFTCPU_RDX) & 1;
	enum rmp_result result;
	bool unchanged;

	result = rmp_pvalidate(&machine.rmp, gpa, large, valid, &unchanged);
	if (result == RMP_NESTED_FAULT || (result == RMP_SUCCESS && unchanged))
		softlinux_violation(l, "validates 0x%llx wrongly", (unsigned long long)gpa);
	if (result == RMP_SUCCESS && valid && guest_is_lazy(&guest, gpa))
		appear(gpa);
	set(SOFTCPU_RAX, (uint64_t)result);
	set(SOFTCPU_RFLAGS, (flags & ~1ULL) | unchanged);
}

static void rmpadjust(void)
{
	set(SOFTCPU_RAX, (uint64_t)rmp_adjust(&machine.rmp, reg(SOFTCPU_RAX), reg(SOFTCPU_RCX) & 1,
				 reg(SOFTCPU_RDX) & 0xff));
}

/* Of a large page a small part is meant: a host that plays along makes it small. */
static void smash(void)
{
	const struct rmp_entry *e = rmp_at(&machine.rmp, reg(SOFTCPU_RAX));

	if (!(reg(SOFTCPU_RCX) & 1) && e && e->large)
		rmp_smash(&machine.rmp, reg(SOFTCPU_RAX));
}

static unsigned int on_insn(void *m, const uint8_t *bytes, size_t len)
{
	(void)m;
	if (len < 4 || bytes[1] != 0x0f || bytes[2] != 0x01)
		return 0;
	if (bytes[0] == 0xf3 && bytes[3] == 0xd9) {
		vmgexit();
		return 4;
	}
	if ((bytes[0] != 0xf2 || bytes[3] != 0xff) && (bytes[0] != 0xf3 || bytes[3] != 0xfe))
		return 0;
	smash();
	if (bytes[0] == 0xf2)
		pvalidate();
	else
		rmpadjust();
	return 4;
}

static int on_trapped(void *m, uint8_t opcode, uint64_t *code)
{
	const uint32_t msr = (uint32_t)reg(SOFTCPU_RCX);
	uint64_t value = 0;

	(void)m;
	if (opcode == SOFTLINUX_CPUID) {
		exceptions++;
		*code = EXIT_CPUID;
		return VECTOR_VC;
	}
	if (opcode == SOFTLINUX_WRMSR) {
		if (msr != MSR_GHCB)
			softlinux_violation(l, "writes MSR 0x%x", msr);
		ghcb = reg(SOFTCPU_RDX) << 32 | (uint32_t)reg(SOFTCPU_RAX);
		return 0;
	}
	if (msr == MSR_GHCB)
		value = ghcb;
	else if (msr == MSR_STATUS)
		value = machine.sev_status;
	else
		softlinux_violation(l, "reads MSR 0x%x", msr);
	set(SOFTCPU_RAX, (uint32_t)value);
	set(SOFTCPU_RDX, value >> 32);
	return 0;
}

/* Each one is an exception: the engine never gets to do one itself. */
static void on_cpuid(void *m, uint32_t number, uint32_t subleaf, uint32_t out[4])
{
	(void)m;
	(void)subleaf;
	(void)out;
	softlinux_violation(l, "CPUID leaf 0x%x without an exception", number);
}

static void debian_13_unpacks_its_kernel_into_memory_that_it_validated(void **state)
{
	static const struct softlinux_ops ops = {
		.insn = on_insn, .trapped = on_trapped, .cpuid = on_cpuid};
	struct guest_plan plan;
	struct trixie kernel;
	const char *wrong;
	uint64_t at, units;

	(void)state;
	if (uc_version(NULL, NULL) >> 16 != 0x0200) {
		print_message("# SKIP Unicorn is not 2.0, where VMGEXIT done in a hook is "
			      "seen to work: Debian 12's is\n");
		skip();
	}
	if (!trixie_open(&kernel)) {
		print_message("# SKIP no kernel of Debian 13: scripts/setup unpacks it\n");
		skip();
	}
	trixie_plan(&plan, &kernel, "snp");
	guest_init(&guest, &plan);
	assert_true(guest.manifest.flags & HC_MANIFEST_LAZY);
	softsnp_init(&machine, &guest);
	softsnp_launch(&machine, true);
	fill_cpuid_page();
	assert_int_equal(softsnp_boot(&machine), SOFTCPU_ENTERED);
	assert_null(softsnp_handover_wrong(&machine));
	l = softlinux_new(&guest, machine.bsp, &ops, NULL);
	softlinux_map(l, 0, TRIXIE_LOW);
	at = softlinux_run(l, kernel.entry, TRIXIE_ENTRY);
	print_message("# %llu exceptions of CPUID, %llu CPUID registers by MSR, %llu conversions\n",
		(unsigned long long)exceptions, (unsigned long long)cpuids_by_msr,
		(unsigned long long)conversions);
	if (at == 0)
		fail_msg("%s", softlinux_violation_text(l));
	wrong = trixie_wrong(&kernel, &guest, at, accepted, &units);
	if (wrong)
		fail_msg("%s", wrong);
	assert_int_equal(shared_now, 0);
	print_message("# entered at 0x%llx; %llu of 2048 units of 2 MiB accepted\n",
		(unsigned long long)at, (unsigned long long)units);
	softlinux_free(l);
	softsnp_fini(&machine);
	guest_fini(&guest);
	trixie_close(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian_13_unpacks_its_kernel_into_memory_that_it_validated),
	};

	return cmocka_run_group_tests_name("snp_linux", tests, NULL, NULL);
}
