/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest policy of an SNP launch (SNP firmware ABI 1.57, 4.3), bit by bit: what hc-vmm lets
 * through, and what a host's KVM does. The secure processor enforces it and reports carry it.
 */
#ifndef HC_VMM_PLATFORM_SNP_POLICY_H
#define HC_VMM_PLATFORM_SNP_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

#define SNP_POLICY_ABI           0xffffULL
#define SNP_POLICY_SMT           (1ULL << 16)
#define SNP_POLICY_MUST_BE_ONE   (1ULL << 17)
#define SNP_POLICY_MIGRATE_MA    (1ULL << 18)
#define SNP_POLICY_DEBUG         (1ULL << 19)
#define SNP_POLICY_SINGLE_SOCKET (1ULL << 20)
#define SNP_POLICY_CXL           (1ULL << 21)
#define SNP_POLICY_MEM_AES_256   (1ULL << 22)
#define SNP_POLICY_RAPL_DIS      (1ULL << 23)
#define SNP_POLICY_CIPHERTEXT    (1ULL << 24)
#define SNP_POLICY_PAGE_SWAP_DIS (1ULL << 25)

/* What KVM takes before Linux 6.19, which has no attribute to ask (arch/x86/kvm/svm/sev.c). */
#define SNP_POLICY_OLD_KVM                                                                         \
	(SNP_POLICY_ABI | SNP_POLICY_SMT | SNP_POLICY_MUST_BE_ONE | SNP_POLICY_DEBUG)

/*
 * For the launch of a production guest: bit 17 set, no bit that is not of the ABI (HC_ERANGE); and
 * HC_EDENIED for DEBUG (the host may decrypt the guest) or MIGRATE_MA (a migration agent may export
 * it) unless the caller names it.
 */
HC_MUST_USE int snp_policy_check(
	uint64_t policy, bool debug_allowed, bool migration_allowed, struct error *err);

/*
 * Does this host's KVM take it? `bits` as KVM_X86_SNP_POLICY_BITS says; `old`: there is no such
 * attribute, and SMT has to be allowed. HC_EPLATFORM, naming the bits it does not.
 */
HC_MUST_USE int snp_policy_host(uint64_t policy, uint64_t bits, bool old, struct error *err);

#endif
