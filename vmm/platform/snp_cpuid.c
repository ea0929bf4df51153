/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID for SNP guests. Must never tell a guest more than KVM carries out, nor take more from the
 * secure processor than it takes away. Leaves: AMD64 APM volume 3, appendix E.
 */
#include "vmm/platform/snp_cpuid.h"

#include <string.h>

#define LEAF_SEV  0x8000001fu
#define SEV       (1u << 1)
#define SEV_ES    (1u << 3)
#define SEV_SNP   (1u << 4)
#define CBIT_MASK 0x3fu
#define REDUCED   (1u << 6) /* one bit of physical address is the C-bit */

/* Bits of one leaf's register that go. */
static const struct {
	uint32_t function, reg, bits;
	const char *why;
} hidden[] = {
	{0x1, 2, 1u << 24, "TSC_DEADLINE: intercepted, so refused"},
	{0x7, 1, 1u << 1, "TSC_ADJUST: an MSR of the host's"},
	{0x7, 3, 0xfc000000, "SPEC_CTRL, STIBP, L1D_FLUSH, ARCH_CAP, CORE_CAP, SSBD: Intel's ways"},
	{0x80000008, 1, 1u << 25, "VIRT_SSBD: an MSR that KVM emulates"},
	{0x80000021, 0, 1u << 9, "NO_SMM_CTL_MSR: KVM's invention on older parts"},
	{0x80000021, 2, ~0u, "reserved"},
};

#define LEAF1_ECX_HYPERVISOR (1u << 31)

/* The area of XSAVE with XCR0 = 1, as a guest starts: it asks again once it has set XCR0. */
#define XSAVE_SIZE 0x240u

static uint32_t *reg_of(struct kvm_cpuid_entry2 *e, uint32_t reg)
{
	uint32_t *const regs[] = {&e->eax, &e->ebx, &e->ecx, &e->edx};

	return regs[reg];
}

static void hide(struct kvm_cpuid_entry2 *e)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (e->function == hidden[i].function && e->index == 0)
			*reg_of(e, hidden[i].reg) &= ~hidden[i].bits;
	if (e->function == 0x1)
		e->ecx |= LEAF1_ECX_HYPERVISOR;
}

static int fit_sev(struct kvm_cpuid_entry2 *e, struct error *err)
{
	if (!e || !(e->eax & SEV)) {
		error_fail(err, HC_EPLATFORM, "CPUID 0x8000001f", "no SEV");
		error_remedy(err, "SEV-SNP needs an EPYC of the third generation or later with SEV "
				  "enabled in the BIOS and in kvm_amd; see hc-vmm check");
		return HC_EPLATFORM;
	}
	if ((e->ebx & CBIT_MASK) != HC_SNP_CBIT) {
		error_fail(err, HC_EPLATFORM, "CPUID 0x8000001f",
			"the C-bit is bit %u of an address", e->ebx & CBIT_MASK);
		error_expected(err, "bit %d, which is in the measured page tables", HC_SNP_CBIT);
		return HC_EPLATFORM;
	}
	e->eax = SEV | SEV_ES | SEV_SNP;
	e->ebx = HC_SNP_CBIT | REDUCED;
	e->ecx = e->edx = 0;
	return 0;
}

int snp_cpuid_fit(struct kvm_cpuid_table *table, struct error *err)
{
	struct kvm_cpuid_entry2 *sev = NULL;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < table->head.nent; i++) {
		/* AMD's extended topology: the host's, and refused. */
		if (table->entry[i].function == 0x80000026)
			continue;
		table->entry[kept] = table->entry[i];
		hide(&table->entry[kept]);
		if (table->entry[kept].function == LEAF_SEV)
			sev = &table->entry[kept];
		kept++;
	}
	table->head.nent = kept;
	return fit_sev(sev, err);
}

static bool listed(const struct kvm_cpuid_entry2 *e)
{
	/* Standard, KVM's own, extended: no other range means anything to an AMD guest. */
	return (e->eax || e->ebx || e->ecx || e->edx) &&
	       (e->function <= 0xffff || (e->function >= 0x40000000 && e->function <= 0x4000ffff) ||
		       (e->function >= 0x80000000 && e->function <= 0x8000ffff));
}

static struct snp_cpuid_entry entry_of(const struct kvm_cpuid_entry2 *e)
{
	struct snp_cpuid_entry out = {
		.eax_in = e->function,
		.ecx_in = e->index,
		.reg = {e->eax, e->ebx, e->ecx, e->edx},
	};

	if (e->function == 0xd && e->index <= 1) {
		out.xcr0_in = 1;
		out.reg[1] = XSAVE_SIZE;
	}
	return out;
}

int snp_cpuid_build(
	struct snp_cpuid_page *out, const struct kvm_cpuid_table *table, struct error *err)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < table->head.nent && i < KVM_CPUID_MAX; i++) {
		const struct kvm_cpuid_entry2 *e = &table->entry[i];

		if (!listed(e))
			continue;
		if (out->count == SNP_CPUID_MAX) {
			error_fail(err, HC_ERANGE, "CPUID page",
				"no room for function 0x%08x, index %u", e->function, e->index);
			error_expected(
				err, "at most %d functions that are not zero", SNP_CPUID_MAX);
			error_remedy(err, "report this with the output of cpuid -r of this host");
			return HC_ERANGE;
		}
		out->entry[out->count++] = entry_of(e);
	}
	return 0;
}

static int denied(const char *found, struct error *err)
{
	error_fail(err, HC_EDENIED, "CPUID page as the secure processor left it", "%s", found);
	error_expected(err, "bits taken away, and nothing else");
	error_remedy(err,
		"update microcode, SNP firmware and kernel of this host; the log has what "
		"was changed");
	return HC_EDENIED;
}

static bool same_question(const struct snp_cpuid_entry *a, const struct snp_cpuid_entry *b)
{
	return a->eax_in == b->eax_in && a->ecx_in == b->ecx_in && a->xcr0_in == b->xcr0_in &&
	       a->xss_in == b->xss_in && !b->reserved;
}

/* Registers of one function: sets *changed, returns whether any got a bit more. */
static bool compare(const struct snp_cpuid_entry *ours, const struct snp_cpuid_entry *theirs,
	const struct log *log, bool *changed)
{
	static const char *const names[] = {"EAX", "EBX", "ECX", "EDX"};
	bool more = false;

	for (size_t r = 0; r < 4; r++) {
		if (ours->reg[r] == theirs->reg[r])
			continue;
		*changed = true;
		more |= (theirs->reg[r] & ~ours->reg[r]) != 0;
		log_line(log, LOG_LEVEL_WARN,
			"the secure processor corrects CPUID 0x%08x.%u %s: 0x%08x to 0x%08x%s",
			ours->eax_in, ours->ecx_in, names[r], ours->reg[r], theirs->reg[r],
			theirs->reg[r] & ~ours->reg[r] ? ", which has bits more" : "");
	}
	return more;
}

int snp_cpuid_corrected(const struct snp_cpuid_page *ours, const struct snp_cpuid_page *theirs,
	const struct log *log, struct error *err)
{
	bool changed = false, more = false;

	if (ours->count > SNP_CPUID_MAX || theirs->count != ours->count || theirs->reserved0 ||
		theirs->reserved1 || memcmp(ours->rest, theirs->rest, sizeof(ours->rest)))
		return denied("another layout or number of functions", err);
	for (uint32_t i = 0; i < SNP_CPUID_MAX; i++) {
		const struct snp_cpuid_entry *a = &ours->entry[i], *b = &theirs->entry[i];

		if (!same_question(a, b) || (i >= ours->count && memcmp(a, b, sizeof(*a))))
			return denied("another list of functions", err);
		more |= compare(a, b, log, &changed);
	}
	if (more)
		return denied("bits that hc-vmm had not set", err);
	return changed ? 0 : denied("no difference", err);
}
