/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which VMMs would load an IGVM file, by their sources as read in November 2026: QEMU
 * (backends/igvm.c, target/i386/sev.c), Cloud Hypervisor (vmm/src/igvm) and OpenVMM
 * (openvmm_core/src/worker/vm_loaders/igvm.rs). What is said of a file is the first thing that such
 * a loader would refuse; the machine that the guest then finds is no part of it.
 */
#include <stdio.h>

#include "attest/check/measure_loaders.h"
#include "attest/measure/measure.h"

#define TYPE(n)      (1ULL << ((n)-IGVM_PARAMETER_AREA))
#define PLATFORM(n)  (1U << (n))
#define PAGES        (TYPE(IGVM_PAGE_DATA) | TYPE(IGVM_PARAMETER_AREA) | TYPE(IGVM_PARAMETER_INSERT))
#define VP_COUNT     0x307
#define MADT         0x309
#define SNP_ID_BLOCK 0x30b
#define MEMORY_MAP   0x30c
#define COMMAND_LINE 0x30e
#define ENVIRONMENT  0x313

struct facts {
	unsigned int platforms;
	enum igvm_platform_type first;
	uint64_t types; /* of directives */
	bool shared, cpuid_xf, relocated;
	bool vmsa_kvm, vmsa_elsewhere; /* where KVM measures save areas; where not */
	bool native_others;            /* native contexts of others than the first vCPU */
	unsigned int vmsas;
};

static const char *qemu(const struct facts *f)
{
	const uint64_t known = PAGES | TYPE(IGVM_VP_CONTEXT) | TYPE(IGVM_REQUIRED_MEMORY) |
			       TYPE(MEMORY_MAP) | TYPE(VP_COUNT) | TYPE(ENVIRONMENT) |
			       TYPE(SNP_ID_BLOCK) | TYPE(MADT);

	if (!(f->platforms & (PLATFORM(IGVM_SEV_SNP) | PLATFORM(IGVM_NATIVE))))
		return "no: knows neither TDX nor VSM files";
	if ((f->types & ~known) || f->relocated)
		return "no: has a header that it does not know";
	if ((f->platforms & PLATFORM(IGVM_SEV_SNP)) && f->vmsa_elsewhere)
		return "no: wants save areas where KVM measures them";
	return f->native_others ? "no: sets the first vCPU only" : NULL;
}

static const char *cloud_hypervisor(const struct facts *f)
{
	const uint64_t known = PAGES | TYPE(IGVM_VP_CONTEXT) | TYPE(IGVM_REQUIRED_MEMORY) |
			       TYPE(MEMORY_MAP) | TYPE(VP_COUNT) | TYPE(COMMAND_LINE) |
			       TYPE(SNP_ID_BLOCK);

	if (f->first != IGVM_SEV_SNP)
		return "no: takes a file whose first platform is SEV-SNP";
	if ((f->types & ~known) || f->cpuid_xf)
		return "no: has a header that it does not know";
	return f->vmsa_kvm ? "no: writes the save area to its address, where KVM has no memory"
			   : NULL;
}

static const char *openvmm(const struct facts *f)
{
	if (!(f->platforms & (PLATFORM(IGVM_SEV_SNP) | PLATFORM(IGVM_VSM))))
		return "no: takes files for SEV-SNP and VSM only";
	return f->vmsas > 1 ? "versions differ: some take the first vCPU's save area only" : NULL;
}

static void note(struct facts *f, const struct igvm *igvm, const struct igvm_header *h)
{
	const bool context = h->type == IGVM_VP_CONTEXT;
	bool snp = false;

	for (size_t i = 0; i < igvm->platforms; i++)
		snp |= (igvm->platform[i].mask & h->mask) && igvm->platform[i].type == IGVM_SEV_SNP;
	if (!h->ignorable && h->type >= IGVM_PARAMETER_AREA)
		f->types |= TYPE(h->type);
	f->relocated |= h->type > IGVM_GUEST_POLICY && h->type < IGVM_PARAMETER_AREA;
	f->shared |= h->type == IGVM_PAGE_DATA && (h->flags & IGVM_PAGE_SHARED);
	f->cpuid_xf |= h->type == IGVM_PAGE_DATA && h->page_type == IGVM_PAGE_CPUID_XF;
	f->vmsas += context && snp;
	f->vmsa_kvm |= context && snp && h->gpa == SNP_VMSA_GPA;
	f->vmsa_elsewhere |= context && snp && h->gpa != SNP_VMSA_GPA;
	f->native_others |= context && !snp && h->vp_index != 0;
}

void measure_show_loaders(const struct igvm *igvm)
{
	static const struct {
		const char *name;
		const char *(*answer)(const struct facts *f);
	} loaders[] = {
		{"QEMU", qemu}, {"Cloud Hypervisor", cloud_hypervisor}, {"OpenVMM", openvmm}};
	struct facts f = {.first = igvm->platform[0].type};
	struct igvm_header h;

	for (size_t i = 0; i < igvm->platforms; i++)
		f.platforms |= PLATFORM(igvm->platform[i].type);
	for (size_t at = 0; igvm_next(igvm, &at, &h);)
		note(&f, igvm, &h);
	puts("which loaders take it, by their sources of November 2026 (none was run with it):");
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++) {
		const char *why = loaders[i].answer(&f);

		printf("  %-17s %s\n", loaders[i].name, why ? why : "yes");
	}
	if (f.shared)
		puts("  pages marked shared are private ones to QEMU and Cloud Hypervisor");
}
