/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID of TDs: which leaves may be configured, which of a list KVM takes, and what the guest then
 * sees. The leaves and masks are the model's choice, after those of a module of version 1.5; what
 * is done with them is Linux's (arch/x86/kvm/vmx/tdx.c) and the module's (base specification,
 * "CPUID virtualization").
 */
#include <errno.h>
#include <string.h>

#include "tests/model/tdx_module_internal.h"

#define WIDTH_MASK 0x00ff0000u
#define EBX_TSX    (1u << 4 | 1u << 11)                                    /* HLE, RTM of leaf 7 */
#define ECX_WAIT   (1u << 5)                                               /* WAITPKG of leaf 7 */
#define VENDOR     .ebx = 0x756e6547, .ecx = 0x6c65746e, .edx = 0x49656e69 /* GenuineIntel */
#define EXTENDED   0x80000000u

struct regs {
	uint32_t eax, ebx, ecx, edx;
};

/* Ascending. `fixed` is what the module gives; bits of `config` are as they were configured. */
static const struct leaf {
	uint32_t function, index;
	bool indexed;
	struct regs fixed, config;
} leaves[] = {
	{0x0, .fixed = {.eax = 0x21, VENDOR}},
	{0x1, .fixed = {0x000806f8, 0x00000800, 0x80200000, 0x0f8bfbff},
		.config = {0x0fff3fff, 0x00ff0000, 0x7f5b620b, 0x00000000}},
	{0x4, 0, true, .config = {~0u, ~0u, ~0u, 0x7}},
	{0x4, 1, true, .config = {~0u, ~0u, ~0u, 0x7}},
	{0x4, 2, true, .config = {~0u, ~0u, ~0u, 0x7}},
	{0x4, 3, true, .config = {~0u, ~0u, ~0u, 0x7}},
	{0x5, .config = {0xffff, 0xffff, 0x3, 0xffffffff}},
	{0x7, 0, true, .fixed = {2, 0x218c0421, 0, 0x24000000},
		.config = {0, 0xd02fbb5e, 0x1b415f6e, 0xa9c9dd1c}},
	{0x7, 1, true, .config = {0x1c30, 0, 0, 0}},
	{0x7, 2, true, .config = {0, 0, 0, 0x11}},
	{0xb, 0, true, .fixed = {0, 1, 0x100, 0}},
	{0xd, 0, true, .fixed = {0x3, 0x240, 0x240, 0}},
	{0xd, 1, true, .fixed = {0xf, 0x240, 0, 0}},
	{0x15, .fixed = {1, 84, 25000000, 0}},
	{0x1f, 0, true, .config = {0x1f, 0xffff, 0xffff, 0}},
	{0x1f, 1, true, .config = {0x1f, 0xffff, 0xffff, 0}},
	{0x1f, 2, true, .config = {0x1f, 0xffff, 0xffff, 0}},
	{0x21, .fixed = {0, 0x65746e49, 0x20202020, 0x5844546c}}, /* IntelTDX */
	{EXTENDED, .fixed = {.eax = 0x80000008}},
	{0x80000001, .fixed = {0, 0, 0x121, 0x2c100000}},
	{0x80000006, .fixed = {0, 0, 0x08007040, 0}},
	{0x80000007, .fixed = {0, 0, 0, 0x100}},
	{0x80000008, .fixed = {.eax = 0x3934}, .config = {0, 0x200, 0, 0}},
};

#define LEAVES (sizeof(leaves) / sizeof(leaves[0]))

static bool is_configurable(const struct leaf *l)
{
	return l->config.eax | l->config.ebx | l->config.ecx | l->config.edx;
}

/* td_init_cpuid_entry2: no flag that the index counts, and what KVM does not let through is gone.
 */
uint32_t tdx_cpuid_configurable(const struct tdx_module *t, struct kvm_cpuid_entry2 *out)
{
	const uint32_t most = t->leaves ? t->leaves : LEAVES;
	uint32_t n = 0;

	/* From the end: the leaf with the width has to stay, whatever else a test takes away. */
	for (size_t i = LEAVES; i-- > 0 && n < most;) {
		const struct leaf *l = &leaves[i];

		if (!is_configurable(l))
			continue;
		out[n] = (struct kvm_cpuid_entry2){.function = l->function,
			.index = l->index,
			.eax = l->config.eax,
			.ebx = l->config.ebx,
			.ecx = l->config.ecx,
			.edx = l->config.edx};
		if (l->function == 0x80000008)
			out[n].eax |= WIDTH_MASK;
		if (l->function == 7 && l->index == 0) {
			out[n].ebx &= ~EBX_TSX;
			out[n].ecx &= ~ECX_WAIT;
		}
		n++;
	}
	return n;
}

/* kvm_find_cpuid_entry2 (cpuid.c): an entry without the flag is the one for every index */
static const struct kvm_cpuid_entry2 *find(
	const struct kvm_cpuid2 *in, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < in->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &in->entries[i];

		if (e->function == function &&
			(!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == index))
			return e;
	}
	return NULL;
}

/* tdx_unsupported_cpuid */
static bool is_refused(const struct kvm_cpuid_entry2 *e)
{
	return e->function == 7 && e->index == 0 && ((e->ebx & EBX_TSX) || (e->ecx & ECX_WAIT));
}

/* setup_tdparams_cpuids */
static int consume(const struct tdx_module *t, const struct kvm_cpuid2 *in)
{
	struct kvm_cpuid_entry2 list[LEAVES];
	const uint32_t count = tdx_cpuid_configurable(t, list);
	uint32_t consumed = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct kvm_cpuid_entry2 *e = find(in, list[i].function, list[i].index);

		if (e && is_refused(e))
			return -EINVAL;
		consumed += e != NULL;
	}
	return consumed == in->nent ? 0 : -EINVAL;
}

static uint32_t merge(uint32_t value, uint32_t fixed, uint32_t config, bool *bad)
{
	*bad |= (value & ~config) != 0;
	return fixed | (value & config);
}

/* What the guest sees of a leaf; false for a bit that may not be configured. */
static bool show(const struct leaf *l, const struct kvm_cpuid_entry2 *in, const struct tdx_td *td,
	struct kvm_cpuid_entry2 *out)
{
	static const struct kvm_cpuid_entry2 none;
	const struct kvm_cpuid_entry2 *e = in ? in : &none;
	const bool width = l->function == 0x80000008;
	bool bad = false;

	*out = (struct kvm_cpuid_entry2){.function = l->function,
		.index = l->index,
		.flags = l->indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0,
		.eax = merge(
			width ? e->eax & ~WIDTH_MASK : e->eax, l->fixed.eax, l->config.eax, &bad),
		.ebx = merge(e->ebx, l->fixed.ebx, l->config.ebx, &bad),
		.ecx = merge(e->ecx, l->fixed.ecx, l->config.ecx, &bad),
		.edx = merge(e->edx, l->fixed.edx, l->config.edx, &bad)};
	/* tdx_read_cpuid: KVM writes the width in, since old modules do not. */
	if (width)
		out->eax |= (uint32_t)(__builtin_ctzll(td->shared_bit) + 1) << 16;
	if (l->function == 0xd && l->index == 0) {
		out->eax = (uint32_t)td->xfam & 0x602e7;
		out->edx = (uint32_t)(td->xfam >> 32);
	}
	return !bad;
}

int tdx_cpuid_init(const struct tdx_module *t, struct tdx_td *td, const struct kvm_cpuid2 *in,
	uint64_t *status)
{
	if (!status)
		return consume(t, in);
	td->cpuid.head.nent = 0;
	for (size_t i = 0; i < LEAVES; i++) {
		const struct leaf *l = &leaves[i];
		const struct kvm_cpuid_entry2 *e =
			is_configurable(l) ? find(in, l->function, l->index) : NULL;

		if (show(l, e, td, &td->cpuid.entry[td->cpuid.head.nent++]))
			continue;
		*status = TDX_OPERAND_INVALID | TDX_OPERAND_CPUID;
		return 0;
	}
	return 0;
}

int tdx_cpuid_get(const struct tdx_td *td, struct kvm_cpuid2 *out)
{
	const uint32_t room = out->nent;

	out->nent = td->cpuid.head.nent;
	if (room < td->cpuid.head.nent)
		return -E2BIG;
	memcpy(out->entries, td->cpuid.entry, td->cpuid.head.nent * sizeof(out->entries[0]));
	return 0;
}

/* A Sapphire Rapids as KVM shows it to ordinary guests, in rough. */
static const struct kvm_cpuid_entry2 host[] = {
	{.function = 0x0, .eax = 0x20, VENDOR},
	{.function = 0x1,
		.eax = 0x000806f8,
		.ebx = 0x00000800,
		.ecx = 0x7ffa3203,
		.edx = 0x0f8bfbff},
	{.function = 0x4, .flags = 1, .eax = 0x121, .ebx = 0x02c0003f, .ecx = 0x3f},
	{.function = 0x4, .index = 1, .flags = 1, .eax = 0x122, .ebx = 0x01c0003f, .ecx = 0x3f},
	{.function = 0x4, .index = 2, .flags = 1, .eax = 0x143, .ebx = 0x03c0003f, .ecx = 0x7ff},
	{.function = 0x4,
		.index = 3,
		.flags = 1,
		.eax = 0x163,
		.ebx = 0x0380003f,
		.ecx = 0xffff,
		.edx = 4},
	{.function = 0x7,
		.flags = 1,
		.eax = 2,
		.ebx = 0xf1bf07ab,
		.ecx = 0x1b415f6e,
		.edx = 0xbc814410},
	{.function = 0x7, .index = 1, .flags = 1, .eax = 0x1c30},
	{.function = 0x7, .index = 2, .flags = 1, .edx = 0x11},
	{.function = 0xb, .flags = 1, .ebx = 1, .ecx = 0x100},
	{.function = 0xb, .index = 1, .flags = 1, .eax = 6, .ebx = 0x40, .ecx = 0x201},
	{.function = 0xd, .flags = 1, .eax = 0x602e7, .ebx = 0x2b00, .ecx = 0x2b00},
	{.function = 0xd, .index = 1, .flags = 1, .eax = 0x1f, .ebx = 0x2b00},
	{.function = 0xd, .index = 2, .flags = 1, .eax = 0x100, .ebx = 0x240},
	{.function = 0x15, .eax = 2, .ebx = 168, .ecx = 25000000},
	{.function = 0x40000000,
		.eax = 0x40000001,
		.ebx = 0x4b4d564b,
		.ecx = 0x564b4d56,
		.edx = 0x4d},
	{.function = 0x40000001, .eax = 0x01007efb},
	{.function = EXTENDED, .eax = 0x80000008, VENDOR},
	{.function = 0x80000001, .ecx = 0x121, .edx = 0x2c100800},
	{.function = 0x80000006, .ecx = 0x08007040},
	{.function = 0x80000007, .edx = 0x100},
	{.function = 0x80000008, .eax = 0x00343934, .ebx = 0x200},
};

void tdx_cpuid_supported(struct kvm_model *m, struct kvm_cpuid_table *t)
{
	t->head.nent = sizeof(host) / sizeof(host[0]);
	memcpy(t->entry, host, sizeof(host));
	/* kvm_cpuid's g_phys_as: 52 bits with 5-level EPT, 48 without */
	if (!tdx_module(m)->five_levels)
		t->entry[t->head.nent - 1].eax = 0x00303934;
}
