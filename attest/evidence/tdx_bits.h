/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bits of TDATTRIBUTES and XFAM by name: Intel TDX Module ABI 348551-007, table 3.22; Intel
 * SDM volume 1, 13.1.
 */
#ifndef HC_ATTEST_EVIDENCE_TDX_BITS_H
#define HC_ATTEST_EVIDENCE_TDX_BITS_H

#include "attest/evidence/bits.h"

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

extern const struct evidence_bit tdx_td_attributes[], tdx_xfam[];

#endif
