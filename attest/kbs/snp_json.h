/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP evidence as KBS clients send it: the report's fields as JSON members with the names of
 * virtee's sev crate (4 and later), byte arrays as arrays of numbers, the certificate table as a
 * list. The signature covers bytes, so the 1184 bytes are rebuilt; reserved bytes are lost on the
 * way and come out as zero, which is why versions above 5 (they use some of them) are refused.
 *
 * Strict: no unknown member (older crates named fields otherwise: refused), every member the
 * version has, none that it does not have.
 */
#ifndef HC_ATTEST_KBS_SNP_JSON_H
#define HC_ATTEST_KBS_SNP_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define SNP_JSON_REPORT_SIZE 1184
#define SNP_JSON_CERTS_MAX   8
#define SNP_JSON_CERT_SIZE   16384 /* bytes of one certificate or list */

struct snp_evidence {
	uint8_t report[SNP_JSON_REPORT_SIZE];
	size_t cert_count;
	struct bytes cert[SNP_JSON_CERTS_MAX]; /* DER, as sent; owned */
};

/*
 * Read {"attestation_report": {...}, "cert_chain": null | [...]}. Entries of cert_chain with type
 * Empty or OTHER are left out. Pair: snp_evidence_fini, also after an error.
 */
HC_MUST_USE int snp_json_parse(const json_t *evidence, struct snp_evidence *out, struct error *err);
void snp_evidence_fini(struct snp_evidence *evidence);

/*
 * The inverse, for the guest: `report` is 1184 bytes of version 2 to 5, `table` a certificate table
 * (attest/evidence/cert_table.h) or empty. The caller json_decref()s.
 */
HC_MUST_USE int snp_json_build(
	struct view report, struct view table, json_t **out, struct error *err);

#endif
