/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public elliptic-curve keys as JSON Web Keys (RFC 7517, RFC 7518 section 6.2), strictly: the
 * members named here and no others, coordinates of exactly the curve's size. Never holds a private
 * key: a "d" member is refused.
 */
#ifndef HC_ATTEST_JOSE_JWK_H
#define HC_ATTEST_JOSE_JWK_H

#include <jansson.h>

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

/* RFC 7518 section 4.6: the algorithm of a KBS client's key. */
#define JWK_ALG_KBS "ECDH-ES+A256KW"

/*
 * Read a key. `alg` NULL: the member may be absent, and must be absent in an "epk"; else it must be
 * there with this value. That the point is on its curve is checked where the key is used
 * (crypto.h).
 */
HC_MUST_USE int jwk_parse_ec(const json_t *jwk, const char *path, const char *alg,
	struct crypto_ec_public *out, struct error *err);

/* Append the canonical form (RFC 8785): alg (if not NULL), crv, kty, x, y. */
HC_MUST_USE int jwk_write_ec(
	const struct crypto_ec_public *key, const char *alg, struct bytes *out, struct error *err);

/* RFC 7638 thumbprint with SHA-256, as base64url: 43 characters and a NUL. */
#define JWK_THUMBPRINT_SIZE 44
HC_MUST_USE int jwk_thumbprint(
	const struct crypto_ec_public *key, char out[JWK_THUMBPRINT_SIZE], struct error *err);

#endif
