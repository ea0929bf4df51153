/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The topology leaves of CPUID (Intel SDM volume 2A, CPUID; AMD64 APM volume 3, appendix E). Must
 * never leave a number of the host's topology in: guests size tables by them.
 */
#include "vmm/cpuid.h"

#define LEAF1_ECX_X2APIC       (1u << 21)
#define LEAF1_ECX_TSC_DEADLINE (1u << 24)
#define LEAF1_ECX_HYPERVISOR   (1u << 31)
#define LEAF1_EDX_HTT          (1u << 28)
#define AMD_ECX_CMP_LEGACY     (1u << 1)
#define VENDOR_AMD             0x68747541u /* leaf 0, EBX: "Auth" */
#define VENDOR_HYGON           0x6f677948u /* "Hygo" */
#define LEVEL_THREAD           1u
#define LEVEL_CORE             2u

/* Bits needed to number `count` things. */
static uint32_t width(uint32_t count)
{
	uint32_t bits = 0;

	while ((1u << bits) < count)
		bits++;
	return bits;
}

static struct kvm_cpuid_entry2 *find(struct kvm_cpuid_table *t, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < t->head.nent; i++)
		if (t->entry[i].function == function && t->entry[i].index == index)
			return &t->entry[i];
	return NULL;
}

static void drop(struct kvm_cpuid_table *t, uint32_t function)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->head.nent; i++)
		if (t->entry[i].function != function)
			t->entry[kept++] = t->entry[i];
	t->head.nent = kept;
}

static int add(struct kvm_cpuid_table *t, const struct kvm_cpuid_entry2 *e, struct error *err)
{
	if (t->head.nent >= KVM_CPUID_MAX)
		return error_fail(err, HC_ERANGE, "CPUID", "more than %d leaves", KVM_CPUID_MAX);
	t->entry[t->head.nent++] = *e;
	return 0;
}

static void fix_features(
	struct kvm_cpuid_table *t, uint32_t index, uint32_t count, bool tsc_deadline)
{
	struct kvm_cpuid_entry2 *e = find(t, 1, 0);

	if (!e)
		return;
	e->ebx = (e->ebx & 0x0000ffff) | count << 16 | index << 24;
	e->ecx |= LEAF1_ECX_HYPERVISOR | LEAF1_ECX_X2APIC;
	if (tsc_deadline)
		e->ecx |= LEAF1_ECX_TSC_DEADLINE;
	else
		e->ecx &= ~LEAF1_ECX_TSC_DEADLINE;
	if (count > 1)
		e->edx |= LEAF1_EDX_HTT;
	else
		e->edx &= ~LEAF1_EDX_HTT;
}

/* Caches: levels 1 and 2 belong to a core, 3 to all of them. Leaf 4 and AMD's 0x8000001d. */
static void fix_caches(struct kvm_cpuid_table *t, uint32_t count)
{
	for (uint32_t i = 0; i < t->head.nent; i++) {
		struct kvm_cpuid_entry2 *e = &t->entry[i];
		uint32_t level = (e->eax >> 5) & 7, sharing = level >= 3 ? count - 1 : 0;

		if (e->function != 4 && e->function != 0x8000001d)
			continue;
		if (!(e->eax & 0x1f))
			continue; /* the end of the list */
		e->eax = (e->eax & 0x00003fff) | sharing << 14;
		if (e->function == 4)
			e->eax |= ((1u << width(count)) - 1) << 26;
	}
}

/* Leaf 0xb: threads of a core, cores of the package, end. 0x1f would only repeat it. */
static int fix_topology(
	struct kvm_cpuid_table *t, uint32_t index, uint32_t count, struct error *err)
{
	const struct kvm_cpuid_entry2 levels[] = {
		{.function = 0xb,
			.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			.eax = 0,
			.ebx = 1,
			.ecx = LEVEL_THREAD << 8,
			.edx = index},
		{.function = 0xb,
			.index = 1,
			.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			.eax = width(count),
			.ebx = count,
			.ecx = LEVEL_CORE << 8 | 1,
			.edx = index},
		{.function = 0xb,
			.index = 2,
			.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			.ecx = 2,
			.edx = index},
	};
	int rc = 0;

	drop(t, 0x1f);
	/* A host without the leaf has no place for it: the guest falls back to leaf 1. */
	if (!find(t, 0xb, 0))
		return 0;
	drop(t, 0xb);
	for (size_t i = 0; !rc && i < sizeof(levels) / sizeof(levels[0]); i++)
		rc = add(t, &levels[i], err);
	return rc;
}

static void fix_amd(struct kvm_cpuid_table *t, uint32_t index, uint32_t count)
{
	struct kvm_cpuid_entry2 *e = find(t, 0, 0);

	drop(t, 0x80000026);
	if (!e || (e->ebx != VENDOR_AMD && e->ebx != VENDOR_HYGON))
		return;
	e = find(t, 0x80000008, 0);
	if (e) /* core count - 1, and the bits of an APIC id that number cores */
		e->ecx = (e->ecx & ~0xf0ffu) | width(count) << 12 | (count - 1);
	e = find(t, 0x8000001e, 0);
	if (e) {
		e->eax = index; /* extended APIC id */
		e->ebx = index; /* core id; threads of a core - 1 = 0 */
		e->ecx = 0;     /* node 0 of 1 */
		e->edx = 0;
	}
	e = find(t, 0x80000001, 0);
	if (e && count > 1)
		e->ecx |= AMD_ECX_CMP_LEGACY;
	else if (e)
		e->ecx &= ~AMD_ECX_CMP_LEGACY;
}

int cpuid_fix(struct kvm_cpuid_table *table, uint32_t index, uint32_t count, bool tsc_deadline,
	struct error *err)
{
	fix_features(table, index, count, tsc_deadline);
	fix_caches(table, count);
	fix_amd(table, index, count);
	return fix_topology(table, index, count, err);
}
