/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bits of GUEST_POLICY and PLATFORM_INFO by name (SEV-SNP Firmware ABI, sections 4.3 and 7.3),
 * as they are called in the claims of a verdict and in a policy. Which value of a bit is the safe
 * one differs from bit to bit, so it stands beside each.
 */
#ifndef HC_ATTEST_EVIDENCE_SNP_BITS_H
#define HC_ATTEST_EVIDENCE_SNP_BITS_H

#include <stddef.h>
#include <stdint.h>

enum snp_bit_kind {
	SNP_BIT_NEUTRAL,  /* says something about the platform; neither value is the safe one */
	SNP_BIT_PROTECTS, /* 1 is safer */
	SNP_BIT_WEAKENS,  /* 0 is safer */
	SNP_BIT_FIXED,    /* has one legal value; no rule may be written about it */
};

struct snp_bit {
	uint64_t mask; /* one bit; 0 ends a table */
	const char *name;
	enum snp_bit_kind kind;
};

extern const struct snp_bit snp_policy_bits[];
extern const struct snp_bit snp_platform_bits[];

/* The entry of that name, or NULL. */
const struct snp_bit *snp_bit_find(const struct snp_bit *table, const char *name);

#endif
