/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA verification by nettle, which checks that the point is on its curve (ecc_point_set) and
 * that r and s are in [1, n) (ecdsa_verify). Its numbers are GMP's: see verify.h for memory.
 *
 * One case is answered otherwise than by mbedTLS: where the two products u1 G and u2 Q are the same
 * point, nettle's addition has no answer, and the signature is refused though it would verify. Only
 * the holder of the private key can make such a signature.
 */
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>

#include "attest/crypto/verify.h"

static bool point_set(struct ecc_point *point, const struct crypto_ec_public *key)
{
	size_t size = crypto_curve_size(key->curve);
	bool on_curve;
	mpz_t x, y;

	nettle_mpz_init_set_str_256_u(x, size, key->x);
	nettle_mpz_init_set_str_256_u(y, size, key->y);
	on_curve = ecc_point_set(point, x, y);
	mpz_clear(y);
	mpz_clear(x);
	return on_curve;
}

int ec_verify_nettle(const struct crypto_ec_public *key, const uint8_t *digest, size_t digest_len,
	const uint8_t *r, const uint8_t *s)
{
	size_t size = crypto_curve_size(key->curve);
	struct dsa_signature signature;
	struct ecc_point point;
	int rc = HC_EFORMAT;

	ecc_point_init(&point,
		key->curve == CRYPTO_P256 ? nettle_get_secp_256r1() : nettle_get_secp_384r1());
	dsa_signature_init(&signature);
	nettle_mpz_set_str_256_u(signature.r, size, r);
	nettle_mpz_set_str_256_u(signature.s, size, s);
	if (point_set(&point, key))
		rc = ecdsa_verify(&point, digest_len, digest, &signature) == 1 ? 0 : HC_ESIGNATURE;
	dsa_signature_clear(&signature);
	ecc_point_clear(&point);
	return rc;
}
