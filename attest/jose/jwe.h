/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret for one public key: JWE in flattened JSON (RFC 7516 section 7.2.2), key agreement
 * ECDH-ES+A256KW on P-256 (RFC 7518 section 4.6), content A256GCM (section 5.3). The protected
 * header has one fixed spelling, since KBS clients recompute it to get the additional
 * authenticated data. Plaintext is never written unless it is genuine.
 */
#ifndef HC_ATTEST_JOSE_JWE_H
#define HC_ATTEST_JOSE_JWE_H

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define JWE_PLAIN_MAX (1U << 20)     /* bytes */
#define JWE_TEXT_MAX  (1536U * 1024) /* bytes of JSON */

/* Append the JSON object to `out`. `peer` is P-256; a point off the curve is refused. */
HC_MUST_USE int jwe_seal(const struct crypto_ec_public *peer, struct view plain, struct bytes *out,
	struct error *err);

/*
 * Append the plaintext to `plain`; the caller wipes it. Strict: exactly the five members, exactly
 * these algorithms, no member in the header beyond alg, enc, epk. HC_ESIGNATURE if it was not made
 * for this key or was changed.
 */
HC_MUST_USE int jwe_open(
	const struct crypto_ec_key *key, struct view text, struct bytes *plain, struct error *err);

/*
 * Concat KDF of NIST SP 800-56A as RFC 7518 section 4.6.2 uses it, one block of SHA-256: key_bits
 * is at most 256 and a multiple of 8; `out` holds key_bits / 8 bytes.
 */
HC_MUST_USE int jwe_concat_kdf(struct view z, const char *alg, struct view apu, struct view apv,
	uint32_t key_bits, uint8_t *out);

#endif
