/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that are made of bits: each bit with its name, as it is called in the claims of a verdict
 * and in a policy. Which value of a bit is the safe one differs from bit to bit, so it stands
 * beside each. The tables are in snp_bits.h and tdx_bits.h.
 */
#ifndef HC_ATTEST_EVIDENCE_BITS_H
#define HC_ATTEST_EVIDENCE_BITS_H

#include <stddef.h>
#include <stdint.h>

enum evidence_bit_kind {
	EVIDENCE_BIT_NEUTRAL,  /* neither value is the safe one */
	EVIDENCE_BIT_PROTECTS, /* 1 is safer */
	EVIDENCE_BIT_WEAKENS,  /* 0 is safer */
	EVIDENCE_BIT_FIXED,    /* has one legal value; no rule may be written about it */
};

struct evidence_bit {
	uint64_t mask; /* one bit; 0 ends a table */
	const char *name;
	enum evidence_bit_kind kind;
	const char *meaning; /* of the value 1, a message in English; NULL where nobody shows it */
};

/* The entry of that name, or NULL. */
const struct evidence_bit *evidence_bit_find(const struct evidence_bit *table, const char *name);

/*
 * The names of the bits set in `value`, in order, with ", " between; bits without a name as
 * "bit 40". Cut at `cap`; "none" if no bit is set.
 */
void evidence_bits_format(const struct evidence_bit *table, uint64_t value, char *buf, size_t cap);

#endif
