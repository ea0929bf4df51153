/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSASSA-PSS verification (RFC 8017, 8.1.2) by nettle. Its numbers are GMP's: see verify.h for
 * memory.
 */
#include <nettle/rsa.h>

#include "attest/crypto/verify.h"

static int verify(const struct rsa_public_key *key, enum crypto_hash hash, const mpz_t signature,
	const uint8_t *digest)
{
	switch (hash) {
	case CRYPTO_SHA256:
		return rsa_pss_sha256_verify_digest(key, SHA256_SIZE, digest, signature);
	case CRYPTO_SHA384:
		return rsa_pss_sha384_verify_digest(key, SHA384_SIZE, digest, signature);
	case CRYPTO_SHA512:
		return rsa_pss_sha512_verify_digest(key, SHA512_SIZE, digest, signature);
	}
	return 0;
}

int rsa_verify_nettle(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, const uint8_t *signature)
{
	struct rsa_public_key key;
	int rc = HC_EFORMAT;
	mpz_t s;

	rsa_public_key_init(&key);
	nettle_mpz_set_str_256_u(key.n, modulus.len, modulus.data);
	nettle_mpz_set_str_256_u(key.e, exponent.len, exponent.data);
	nettle_mpz_init_set_str_256_u(s, modulus.len, signature);
	/* An even modulus is none, and GMP's power has no answer for it. */
	if (mpz_odd_p(key.n) && mpz_odd_p(key.e) && mpz_cmp_ui(key.e, 3) >= 0 &&
		rsa_public_key_prepare(&key))
		rc = verify(&key, hash, s, digest) == 1 ? 0 : HC_ESIGNATURE;
	mpz_clear(s);
	rsa_public_key_clear(&key);
	return rc;
}
