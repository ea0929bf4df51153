/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA verification: the checks on arguments, and the backend this build was made with. */
#include "attest/crypto/verify.h"

#if HC_CRYPTO_NETTLE
#define ec_verify ec_verify_nettle
#else
#define ec_verify ec_verify_mbed
#endif

int crypto_ecdsa_verify(const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s)
{
	if (crypto_curve_size(key->curve) == 0 || digest_len < SHA256_SIZE ||
		digest_len > SHA512_SIZE)
		return HC_EUNSUPPORTED;
	return ec_verify(key, digest, digest_len, r, s);
}
