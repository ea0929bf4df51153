/* SPDX-License-Identifier: Apache-2.0 */
/* RSASSA-PSS verification. One hash for message and mask, salt as long as it: nothing else passes.
 */
#include "attest/crypto/mbed.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096

static int rsa_load(mbedtls_rsa_context *rsa, struct view modulus, struct view exponent)
{
	int ret = mbedtls_rsa_import_raw(rsa, modulus.data, modulus.len, NULL, 0, NULL, 0, NULL, 0,
		exponent.data, exponent.len);

	if (ret == 0)
		ret = mbedtls_rsa_complete(rsa);
	return ret ? ret : mbedtls_rsa_check_pubkey(rsa);
}

int crypto_rsa_pss_verify(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, struct view signature)
{
	mbedtls_md_type_t md = mbed_md(hash);
	mbedtls_rsa_context rsa;
	int code;

	if (md == MBEDTLS_MD_NONE)
		return HC_EUNSUPPORTED;
	while (modulus.len > 0 && modulus.data[0] == 0) {
		modulus.data++;
		modulus.len--;
	}
	if (modulus.len < RSA_BITS_MIN / 8 || modulus.len > RSA_BITS_MAX / 8)
		return HC_EUNSUPPORTED;
	if (exponent.len == 0 || exponent.len > 8)
		return HC_EUNSUPPORTED;
	if (signature.len != modulus.len)
		return HC_ESIGNATURE;
	compat_rsa_init(&rsa);
	code = mbed_code(rsa_load(&rsa, modulus, exponent), HC_EFORMAT);
	if (code == 0)
		code = mbed_code(compat_rsa_pss(&rsa, md), HC_EINTERNAL);
	if (code == 0)
		code = mbed_code(compat_rsa_pss_verify(
					 &rsa, md, digest, crypto_hash_size(hash), signature.data),
			HC_ESIGNATURE);
	mbedtls_rsa_free(&rsa);
	return code;
}
