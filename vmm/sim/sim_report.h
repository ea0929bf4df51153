/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attestation report of the SNP firmware ABI (7.3, table 23), version 5, as the secure
 * processor lays it out; and the certificate table of an extended guest request (GHCB
 * specification, 4.1.8.1).
 */
#ifndef HC_VMM_SIM_SIM_REPORT_H
#define HC_VMM_SIM_SIM_REPORT_H

#include <stdint.h>

#include "attest/crypto.h"
#include "attest/measure/id_block.h"
#include "common/bytes.h"
#include "vmm/sim/sim_pki.h"

#define SIM_REPORT_SIZE   1184
#define SIM_REPORT_SIGNED 0x2a0 /* bytes under the signature */

/* What differs from report to report; borrowed. */
struct sim_report {
	uint64_t policy;
	uint32_t vmpl;
	const uint8_t *report_data;    /* 64 */
	const uint8_t *measurement;    /* 48 */
	const uint8_t *host_data;      /* 32 */
	const uint8_t *report_id;      /* 32 */
	const uint8_t *chip_id;        /* 64 */
	const struct snp_id_block *id; /* zeroed without an ID block, as are the keys */
	const struct snp_id_keys *id_keys;
};

/* The whole report but for its signature, which stays zero. */
void sim_report_encode(uint8_t out[SIM_REPORT_SIZE], const struct sim_report *report);

/* Sign `report` in place. */
HC_MUST_USE int sim_report_sign(uint8_t report[SIM_REPORT_SIZE], const struct crypto_ec_key *vcek);

/* Append the certificate table for VCEK, ASK and ARK, zero-padded to whole pages. */
HC_MUST_USE int sim_report_certificates(struct bytes *out, const struct sim_pki_chip *chip);

#endif
