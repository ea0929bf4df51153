/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSASSA-PSS verification: the checks on arguments, and the backend this build was made with. One
 * hash for message and mask, salt as long as it: nothing else passes.
 */
#include "attest/crypto/verify.h"

#if HC_CRYPTO_NETTLE
#define rsa_verify rsa_verify_nettle
#else
#define rsa_verify rsa_verify_mbed
#endif

int crypto_rsa_pss_verify(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, struct view signature)
{
	if (crypto_hash_size(hash) == 0)
		return HC_EUNSUPPORTED;
	while (modulus.len > 0 && modulus.data[0] == 0) {
		modulus.data++;
		modulus.len--;
	}
	if (modulus.len < RSA_BYTES_MIN || modulus.len > RSA_BYTES_MAX)
		return HC_EUNSUPPORTED;
	if (exponent.len == 0 || exponent.len > RSA_EXPONENT_BYTES_MAX)
		return HC_EUNSUPPORTED;
	if (signature.len != modulus.len)
		return HC_ESIGNATURE;
	return rsa_verify(modulus, exponent, hash, digest, signature.data);
}
