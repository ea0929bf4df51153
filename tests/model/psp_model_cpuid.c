/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPUID page (SEV-SNP firmware ABI, 8.17.2.6): the processor compares what the guest shall be
 * told with what it is itself, and puts its own values where more is claimed. And the CPUID of KVM
 * on such a machine, which claims more: what KVM emulates, and what it offers to ordinary guests.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/model/psp_model_internal.h"

#define ENTRY_LEN 48
#define ENTRIES   64
#define ANY       1u /* not compared */
#define EXACT     2u
/* otherwise: a subset of the processor's bits */

enum { EAX, EBX, ECX, EDX };

struct leaf {
	uint32_t function, index;
	bool any_index;
	uint32_t value[4];
	uint8_t rule[4];
};

static const struct leaf hardware[] = {
	{0x0, 0, false, {0x10, 0x68747541, 0x444d4163, 0x69746e65}, {0, EXACT, EXACT, EXACT}},
	/* EBX: APIC id and count; ECX without TSC_DEADLINE (24), with HYPERVISOR (31). */
	{0x1, 0, false, {0x00a10f11, 0, 0xfefa3203u & ~(1u << 24), 0x178bfbff}, {EXACT, ANY, 0, 0}},
	{0x5, 0, false, {0x40, 0x40, 0x3, 0x11}, {0, 0, 0, 0}},
	{0x6, 0, false, {0x4, 0, 0x1, 0}, {0, 0, 0, 0}},
	/* Without TSC_ADJUST, and without the speculation controls of EDX. */
	{0x7, 0, false, {0x1, 0xf1bf97a9, 0x00405fce, 0x00000010}, {0, 0, 0, 0}},
	{0x7, 1, false, {0x30, 0, 0, 0}, {0, 0, 0, 0}},
	{0xb, 0, true, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0xd, 0, false, {0x2e7, 0, 0x988, 0}, {0, ANY, ANY, 0}},
	{0xd, 1, false, {0xf, 0, 0x1800, 0}, {0, ANY, 0, 0}},
	{0xd, 0, true, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000000, 0, false, {0x80000028, 0x68747541, 0x444d4163, 0x69746e65},
		{ANY, EXACT, EXACT, EXACT}},
	{0x80000001, 0, false, {0x00a10f11, 0x40000000, 0x75c237ff, 0x2fd3fbff},
		{EXACT, ANY, 0, 0}},
	{0x80000002, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000003, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000004, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000005, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000006, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	{0x80000007, 0, false, {0, 0x3b, 0, 0x6799}, {0, 0, 0, 0}},
	/* EBX without VIRT_SSBD (25). */
	{0x80000008, 0, false, {0, 0x9971d25d, 0, 0x10007}, {ANY, 0, ANY, 0}},
	{0x8000000a, 0, false, {0x1, 0x8000, 0, 0x1ebfbcff}, {0, ANY, 0, 0}},
	{0x80000019, 0, false, {0xf040f040, 0, 0, 0}, {0, 0, 0, 0}},
	{0x8000001a, 0, false, {0x6, 0, 0, 0}, {0, 0, 0, 0}},
	{0x8000001d, 0, true, {0, 0, 0, 0}, {ANY, ANY, ANY, 0xff}},
	{0x8000001e, 0, false, {0, 0, 0, 0}, {ANY, ANY, ANY, ANY}},
	/* EBX: the place of the C-bit, and one bit of address space less; ECX and EDX: ASIDs. */
	{0x8000001f, 0, false, {0x0101fd3f, 0x00004073, 0, 0}, {0, 0, ANY, ANY}},
	/* EAX without NO_SMM_CTL_MSR (9). */
	{0x80000021, 0, false, {0x00010d4f, 0, 0, 0}, {0, 0, 0, 0}},
	{0x80000022, 0, false, {0x7, 0x00014106, 0, 0}, {0, 0, 0, 0}},
};

static bool is_checked(uint32_t function)
{
	return function <= 0xffff || (function >= 0x80000000 && function <= 0x8000ffff);
}

static const struct leaf *find(uint32_t function, uint32_t index)
{
	for (size_t i = 0; i < sizeof(hardware) / sizeof(hardware[0]); i++)
		if (hardware[i].function == function &&
			(hardware[i].any_index || hardware[i].index == index))
			return &hardware[i];
	return NULL;
}

/* The value the processor lets stand. */
static uint32_t allowed(const struct leaf *leaf, int reg, uint32_t claimed)
{
	if (!leaf)
		return 0;
	if (leaf->rule[reg] == ANY)
		return claimed;
	if (leaf->rule[reg] == 0xff) /* cache properties: WBINVD, inclusive */
		return claimed & 0x3;
	if (leaf->rule[reg] == EXACT)
		return leaf->value[reg];
	/* The highest function is a number. */
	if (leaf->function == 0 && reg == EAX)
		return claimed <= leaf->value[EAX] ? claimed : leaf->value[EAX];
	return claimed & leaf->value[reg];
}

static bool validate_entry(struct psp_model *psp, uint8_t *e)
{
	const uint32_t function = get_le32(e), index = get_le32(e + 4);
	const struct leaf *leaf = find(function, index);
	bool good = true;

	if (!is_checked(function))
		return true;
	for (int reg = EAX; reg <= EDX; reg++) {
		uint32_t claimed = get_le32(e + 24 + 4 * reg);
		uint32_t value = allowed(leaf, reg, claimed);

		if (value != claimed && function == 1 && reg == ECX)
			value |= psp->cpuid_extra;
		if (value != claimed)
			good = false;
		put_le32(e + 24 + 4 * reg, value);
	}
	return good;
}

bool psp_cpuid_validate(struct psp_model *psp, uint8_t page[4096])
{
	const uint32_t count = get_le32(page);
	bool good = true;

	/* More than fit, and reserved bytes: refused as it is. */
	if (count > ENTRIES || !bytes_all_zero(page + 4, 12))
		good = false;
	for (uint32_t i = 0; i < count && good; i++)
		good = bytes_all_zero(page + 16 + (size_t)i * ENTRY_LEN + 40, 8);
	if (good)
		for (uint32_t i = 0; i < count; i++)
			if (!validate_entry(psp, page + 16 + (size_t)i * ENTRY_LEN))
				good = false;
	if (good && psp->cpuid_stubborn) {
		psp->cpuid_stubborn--;
		good = false;
	}
	psp->cpuid_refused += !good;
	return good;
}

static struct kvm_cpuid_entry2 *entry(struct kvm_cpuid_table *t, uint32_t function)
{
	for (uint32_t i = 0; i < t->head.nent; i++)
		if (t->entry[i].function == function)
			return &t->entry[i];
	return NULL;
}

/* kvm_initialize_cpu_caps, __do_cpuid_func of Linux: what KVM adds to what the processor has. */
void psp_cpuid_supported(struct kvm_model *m, struct kvm_cpuid_table *t)
{
	struct kvm_cpuid_entry2 *e = entry(t, 0x80000021);

	e->eax |= 1u << 9;           /* NO_SMM_CTL_MSR */
	entry(t, 7)->ebx |= 1u << 1; /* TSC_ADJUST */
	/* The C-bit at 51; ASIDs in ECX and EDX. */
	t->entry[t->head.nent++] = (struct kvm_cpuid_entry2){
		.function = 0x8000001f,
		.eax = 0x1a,
		.ebx = 51,
		.ecx = psp_model_of(m)->asids,
		.edx = psp_model_of(m)->asids + 1,
	};
}
