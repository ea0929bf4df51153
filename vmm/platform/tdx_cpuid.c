/* SPDX-License-Identifier: Apache-2.0 */
/* Must give the TDX module only what it lets be configured, and KVM what the guest will see. */
#include "vmm/platform/tdx_cpuid.h"

#include <asm/kvm_para.h>

#define LEAF_KVM_FEATURES 0x40000001
#define TOPOLOGY_1        0xb
#define TOPOLOGY_2        0x1f

/* Those that are hypercalls or MSRs: KVM cannot write to a TD's memory. */
#define KVM_FEATURES                                                                               \
	(1u << KVM_FEATURE_NOP_IO_DELAY | 1u << KVM_FEATURE_PV_UNHALT |                            \
		1u << KVM_FEATURE_PV_SEND_IPI | 1u << KVM_FEATURE_POLL_CONTROL |                   \
		1u << KVM_FEATURE_PV_SCHED_YIELD | 1u << KVM_FEATURE_MSI_EXT_DEST_ID)

static const struct kvm_cpuid_entry2 *look(
	const struct kvm_cpuid_table *t, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < t->head.nent && i < KVM_CPUID_MAX; i++)
		if (t->entry[i].function == function && t->entry[i].index == index)
			return &t->entry[i];
	return NULL;
}

static struct kvm_cpuid_entry2 *find(struct kvm_cpuid_table *t, uint32_t function, uint32_t index)
{
	const struct kvm_cpuid_entry2 *e = look(t, function, index);

	return e ? &t->entry[e - t->entry] : NULL;
}

static int add(struct kvm_cpuid_table *t, const struct kvm_cpuid_entry2 *e, struct error *err)
{
	if (t->head.nent >= KVM_CPUID_MAX)
		return error_fail(err, HC_ERANGE, "CPUID", "more than %d leaves", KVM_CPUID_MAX);
	t->entry[t->head.nent++] = *e;
	return 0;
}

static int missing(const char *where, struct error *err)
{
	error_fail(err, HC_EMISSING, where, "no leaf 0x80000008");
	error_expected(err, "the leaf that has the width of guest-physical addresses");
	error_remedy(err, "update the host's kernel and TDX module; see hc-vmm check");
	return HC_EMISSING;
}

static int copy_topology(struct kvm_cpuid_table *t, struct error *err)
{
	const uint32_t had = t->head.nent;
	int rc = 0;

	for (uint32_t i = 0; i < had && !rc; i++) {
		struct kvm_cpuid_entry2 e = t->entry[i];

		if (e.function != TOPOLOGY_1 || look(t, TOPOLOGY_2, e.index))
			continue;
		e.function = TOPOLOGY_2;
		rc = add(t, &e, err);
	}
	return rc;
}

static void raise_limit(struct kvm_cpuid_table *t)
{
	struct kvm_cpuid_entry2 *e = find(t, 0, 0);

	if (e && e->eax < TOPOLOGY_2 && look(t, TOPOLOGY_2, 0))
		e->eax = TOPOLOGY_2;
}

/* KVM says in bits 23:16 how far a guest's addresses may reach: 52 only with 5-level EPT. */
static void set_width(struct kvm_cpuid_entry2 *e)
{
	uint32_t guest = (e->eax & TDX_EAX_GPAW) >> 16;
	uint32_t width = guest >= TDX_GPAW_5_LEVELS ? TDX_GPAW_5_LEVELS : TDX_GPAW_4_LEVELS;

	e->eax = (e->eax & ~TDX_EAX_GPAW) | width << 16;
}

int tdx_cpuid_want(struct kvm_cpuid_table *table, struct error *err)
{
	struct kvm_cpuid_entry2 *e = find(table, TDX_LEAF_ADDRESSES, 0);
	int rc;

	if (!e)
		return missing("KVM_GET_SUPPORTED_CPUID", err);
	set_width(e);
	rc = copy_topology(table, err);
	if (rc)
		return rc;
	raise_limit(table);
	e = find(table, LEAF_KVM_FEATURES, 0);
	if (e) {
		e->eax &= KVM_FEATURES;
		e->edx = 0; /* hints */
	}
	return 0;
}

int tdx_cpuid_configure(struct kvm_cpuid_table *out, const struct kvm_cpuid_table *wanted,
	const struct kvm_cpuid_table *configurable, struct error *err)
{
	int rc = 0;

	out->head = (struct kvm_cpuid2){0};
	for (uint32_t i = 0; i < configurable->head.nent && i < KVM_CPUID_MAX && !rc; i++) {
		const struct kvm_cpuid_entry2 *mask = &configurable->entry[i];
		const struct kvm_cpuid_entry2 *want = look(wanted, mask->function, mask->index);

		if (!want || look(out, mask->function, mask->index))
			continue;
		rc = add(out,
			&(struct kvm_cpuid_entry2){
				.function = mask->function,
				.index = mask->index,
				.flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
				.eax = want->eax & mask->eax,
				.ebx = want->ebx & mask->ebx,
				.ecx = want->ecx & mask->ecx,
				.edx = want->edx & mask->edx,
			},
			err);
	}
	if (!rc && !look(out, TDX_LEAF_ADDRESSES, 0))
		return missing("KVM_TDX_CAPABILITIES", err);
	return rc;
}

/* Bits that stay as they are in the table: they say which vCPU this is, or follow its registers. */
static const struct {
	uint32_t function, index;
	uint32_t eax, ebx, ecx, edx;
} kept[] = {
	/* APIC id; x2APIC, which every TD has; OSXSAVE, as CR4 has it */
	{.function = 1, .ebx = 0xff000000, .ecx = 1u << 21 | 1u << 27},
	{.function = 7, .ecx = 1u << 4},           /* OSPKE */
	{.function = 0xd, .ebx = ~0u},             /* size for XCR0 as it is */
	{.function = 0xd, .index = 1, .ebx = ~0u}, /* and for XSS */
	{.function = 0x80000001, .edx = 1u << 11}, /* SYSCALL: in 64-bit mode only */
};

static void change(uint32_t *was, uint32_t is, uint32_t keep, struct tdx_cpuid_change *c,
	const char *reg, tdx_cpuid_note *note, void *ctx)
{
	is = (*was & keep) | (is & ~keep);
	if (*was == is)
		return;
	c->reg = reg;
	c->was = *was;
	c->is = is;
	if (note)
		note(ctx, c);
	*was = is;
}

static void correct(struct kvm_cpuid_entry2 *e, const struct kvm_cpuid_entry2 *actual,
	tdx_cpuid_note *note, void *ctx)
{
	struct tdx_cpuid_change c = {.function = e->function, .index = e->index};
	uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (kept[i].function == e->function && kept[i].index == e->index) {
			eax = kept[i].eax;
			ebx = kept[i].ebx;
			ecx = kept[i].ecx;
			edx = kept[i].edx;
		}
	change(&e->eax, actual->eax, eax, &c, "eax", note, ctx);
	change(&e->ebx, actual->ebx, ebx, &c, "ebx", note, ctx);
	change(&e->ecx, actual->ecx, ecx, &c, "ecx", note, ctx);
	change(&e->edx, actual->edx, edx, &c, "edx", note, ctx);
}

int tdx_cpuid_correct(struct kvm_cpuid_table *table, const struct kvm_cpuid_table *actual,
	tdx_cpuid_note *note, void *ctx, struct error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < actual->head.nent && i < KVM_CPUID_MAX && !rc; i++) {
		const struct kvm_cpuid_entry2 *a = &actual->entry[i];
		struct kvm_cpuid_entry2 *e = find(table, a->function, a->index);

		if (a->function == TOPOLOGY_1 || a->function == TOPOLOGY_2)
			continue;
		if (!e) {
			const struct kvm_cpuid_entry2 empty = {
				.function = a->function,
				.index = a->index,
				.flags = a->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
			};

			rc = add(table, &empty, err);
			e = &table->entry[table->head.nent - 1];
		}
		if (!rc)
			correct(e, a, note, ctx);
	}
	return rc;
}
