/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's result as an EAT attestation result (EAR) with the member names deployed by
 * Veraison and Trustee. A token exists for TRUSTED verdicts only, and says where its root is
 * simulated: such a token claims nothing about hardware.
 */
#ifndef HC_SERVICE_TOKEN_H
#define HC_SERVICE_TOKEN_H

#include <stdint.h>

#include "attest/crypto.h"
#include "attest/result/verdict.h"
#include "common/bytes.h"
#include "common/error.h"

#define TOKEN_PROFILE "tag:github.com,2023:veraison/ear"
/* Every payload begins so; the signer signs nothing else. */
#define TOKEN_PREFIX "{\"eat_profile\":\"" TOKEN_PROFILE "\","

struct token_input {
	const struct verdict *verdict;
	const char *issuer, *id, *nonce; /* id: jti; nonce as the guest got it */
	struct view runtime_data;        /* canonical JSON whose digest the report binds */
	int64_t issued, expires;
};

/* Append the payload. HC_EDENIED for a verdict other than TRUSTED. */
HC_MUST_USE int token_build(const struct token_input *in, struct bytes *out, struct error *err);

/*
 * A token that comes back, in place of a session (KBS clients that attest in one process and fetch
 * in another). Good is: signed by `key`, of our profile and `issuer`, judged by the policy with
 * this digest, and in date. `guest` gets the key that the evidence bound.
 */
struct token_expected {
	const struct crypto_ec_public *key;
	const char *issuer;
	const uint8_t *policy_sha384;
	int64_t now;
};
HC_MUST_USE int token_check(struct view token, const struct token_expected *expected,
	struct crypto_ec_public *guest, struct error *err);

#endif
