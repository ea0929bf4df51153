/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPUID page of an SNP guest (SNP firmware ABI 1.57, "CPUID Page"): what the guest is told of
 * its processor, which the secure processor checks against the hardware and which is not in the
 * launch digest. It comes from the table that KVM itself goes by, so that both views agree.
 */
#ifndef HC_VMM_PLATFORM_SNP_CPUID_H
#define HC_VMM_PLATFORM_SNP_CPUID_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/log.h"
#include "firmware/abi/layout.h"
#include "vmm/kvm.h"

#define SNP_CPUID_MAX 64

struct snp_cpuid_entry {
	uint32_t eax_in, ecx_in;
	uint64_t xcr0_in, xss_in;
	uint32_t reg[4]; /* EAX, EBX, ECX, EDX */
	uint64_t reserved;
};

struct snp_cpuid_page {
	uint32_t count, reserved0;
	uint64_t reserved1;
	struct snp_cpuid_entry entry[SNP_CPUID_MAX];
	uint8_t rest[HC_PAGE_SIZE - 16 - SNP_CPUID_MAX * 48]; /* zero */
};
_Static_assert(sizeof(struct snp_cpuid_entry) == 48, "one function is 48 bytes");
_Static_assert(offsetof(struct snp_cpuid_entry, reg) == 24, "results follow four inputs");
_Static_assert(sizeof(struct snp_cpuid_page) == HC_PAGE_SIZE, "one page");

/*
 * What an SNP guest must not be told goes from a vCPU's table, before KVM gets it: timers and
 * speculation controls that the secure processor refuses. Leaf 0x8000001f gets SEV, SEV-ES, SNP and
 * the C-bit; without it there, KVM refuses a CR3 with that bit. HC_EPLATFORM where the host has no
 * SEV, or its C-bit is not the one that the firmware's page tables are built with.
 */
HC_MUST_USE int snp_cpuid_fit(struct kvm_cpuid_table *table, struct error *err);

/*
 * The page of the table that KVM_GET_CPUID2 gave. Functions that are all zero are left out: the
 * guest takes absent ones for zero. HC_ERANGE where more than 64 are left; nothing is cut off.
 */
HC_MUST_USE int snp_cpuid_build(
	struct snp_cpuid_page *out, const struct kvm_cpuid_table *table, struct error *err);

/*
 * The secure processor refused `ours` and left `theirs`. Logs every register that differs. 0 if all
 * it did was to take bits away; HC_EDENIED if it adds any or changes what is listed, and where
 * nothing differs, so that a second try would end as the first.
 */
HC_MUST_USE int snp_cpuid_corrected(const struct snp_cpuid_page *ours,
	const struct snp_cpuid_page *theirs, const struct log *log, struct error *err);

#endif
