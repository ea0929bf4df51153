/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bits of TDATTRIBUTES and XFAM by name, as they are called in the claims of a verdict and in a
 * policy (Intel TDX Module ABI 348551-007, table 3.22; Intel SDM volume 1, 13.1). Which value of a
 * bit is the safe one differs from bit to bit, so it stands beside each.
 */
#ifndef HC_ATTEST_EVIDENCE_TDX_BITS_H
#define HC_ATTEST_EVIDENCE_TDX_BITS_H

#include <stddef.h>
#include <stdint.h>

#define TDX_ATTR_DEBUG           (1ULL << 0)
#define TDX_ATTR_TUD             (0xfULL << 0) /* TD under debug: DEBUG and bits kept for its like */
#define TDX_ATTR_HGS_PLUS_PROF   (1ULL << 4)
#define TDX_ATTR_PERF_PROF       (1ULL << 5)
#define TDX_ATTR_PMT_PROF        (1ULL << 6)
#define TDX_ATTR_PROFILING       (7ULL << 4) /* TD under profiling */
#define TDX_ATTR_ICSSD           (1ULL << 16)
#define TDX_ATTR_SERVTD_EXT      (1ULL << 17)
#define TDX_ATTR_IGNORED         (0x1fULL << 18) /* RESERVED_P: no meaning */
#define TDX_ATTR_LASS            (1ULL << 27)
#define TDX_ATTR_SEPT_VE_DISABLE (1ULL << 28)
#define TDX_ATTR_MIGRATABLE      (1ULL << 29)
#define TDX_ATTR_PKS             (1ULL << 30)
#define TDX_ATTR_KL              (1ULL << 31)
#define TDX_ATTR_TPA             (1ULL << 62)
#define TDX_ATTR_PERFMON         (1ULL << 63)
/* Bits 3:1, 15:7, 26:23, 61:32: must be zero. */
#define TDX_ATTR_RESERVED 0x3fffffff0780ff8eULL

#define TDX_XFAM_FIXED_1 0x3ULL /* x87 and SSE: always set */
/* Bits without a state component that a TD can have: must be zero. */
#define TDX_XFAM_RESERVED (~0x000edbe7ULL)

enum tdx_bit_kind {
	TDX_BIT_NEUTRAL,  /* neither value is the safe one */
	TDX_BIT_PROTECTS, /* 1 is safer */
	TDX_BIT_WEAKENS,  /* 0 is safer */
	TDX_BIT_FIXED,    /* has one legal value; no rule may be written about it */
};

struct tdx_bit {
	uint64_t mask; /* one bit; 0 ends a table */
	const char *name;
	enum tdx_bit_kind kind;
	const char *meaning; /* of the value 1: a message in English */
};

extern const struct tdx_bit tdx_td_attributes[];
extern const struct tdx_bit tdx_xfam[];

/* The entry of that name, or NULL. */
const struct tdx_bit *tdx_bit_find(const struct tdx_bit *table, const char *name);

/*
 * The names of the bits set in `value`, in order, with ", " between; bits without a name as
 * "bit 40". Cut at `cap`; "none" if no bit is set.
 */
void tdx_bits_format(const struct tdx_bit *table, uint64_t value, char *buf, size_t cap);

#endif
