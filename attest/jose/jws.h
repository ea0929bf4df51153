/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed tokens: JWS in compact form (RFC 7515 section 7.1), ES384 (RFC 7518 section 3.4) and
 * nothing else: the algorithm is never taken from the token.
 */
#ifndef HC_ATTEST_JOSE_JWS_H
#define HC_ATTEST_JOSE_JWS_H

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define JWS_PAYLOAD_MAX (64U << 10) /* bytes */
#define JWS_TEXT_MAX    (96U << 10)

/*
 * Append header.payload.signature. The header is {"alg":"ES384","kid":KID,"typ":"JWT"}; `kid` is
 * the thumbprint of the key (jwk.h). The payload's bytes are signed as they are.
 */
HC_MUST_USE int jws_sign(const struct crypto_ec_key *key, const char *kid, struct view payload,
	struct bytes *out, struct error *err);

/*
 * Verify with `key` (P-384) and append the payload. HC_ESIGNATURE if it does not verify; the header
 * must have exactly alg ES384, typ JWT and a kid.
 */
HC_MUST_USE int jws_verify(const struct crypto_ec_public *key, struct view text,
	struct bytes *payload, struct error *err);

#endif
