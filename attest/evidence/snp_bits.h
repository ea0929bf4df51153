/* SPDX-License-Identifier: Apache-2.0 */
/* The bits of GUEST_POLICY and PLATFORM_INFO by name: SEV-SNP Firmware ABI, sections 4.3 and 7.3.
 */
#ifndef HC_ATTEST_EVIDENCE_SNP_BITS_H
#define HC_ATTEST_EVIDENCE_SNP_BITS_H

#include "attest/evidence/bits.h"

extern const struct evidence_bit snp_policy_bits[], snp_platform_bits[];

#endif
