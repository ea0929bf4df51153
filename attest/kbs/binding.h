/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What REPORT_DATA must hold so that a report vouches for a guest's key and answers one nonce:
 * SHA-384 over the canonical JSON {"additional-evidence", "nonce", "tee-pubkey"}, padded with
 * zeros to 64 bytes (KBS attestation protocol 0.4.0, attestation evidence). Guest and verifier
 * compute it with this one function.
 */
#ifndef HC_ATTEST_KBS_BINDING_H
#define HC_ATTEST_KBS_BINDING_H

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define KBS_REPORT_DATA_SIZE 64

/* `nonce` as text, exactly as the verifier sent it. `runtime_data` (may be NULL) gets the JSON. */
HC_MUST_USE int kbs_binding(const struct crypto_ec_public *key, const char *nonce,
	const char *additional_evidence, uint8_t report_data[KBS_REPORT_DATA_SIZE],
	struct bytes *runtime_data, struct error *err);

#endif
