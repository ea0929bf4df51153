/* SPDX-License-Identifier: Apache-2.0 */
/* RSASSA-PSS verification by mbedTLS. */
#include "attest/crypto/mbed.h"
#include "attest/crypto/verify.h"

static int rsa_load(mbedtls_rsa_context *rsa, struct view modulus, struct view exponent)
{
	int ret = mbedtls_rsa_import_raw(rsa, modulus.data, modulus.len, NULL, 0, NULL, 0, NULL, 0,
		exponent.data, exponent.len);

	if (ret == 0)
		ret = mbedtls_rsa_complete(rsa);
	return ret ? ret : mbedtls_rsa_check_pubkey(rsa);
}

int rsa_verify_mbed(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, const uint8_t *signature)
{
	mbedtls_md_type_t md = mbed_md(hash);
	mbedtls_rsa_context rsa;
	int code;

	compat_rsa_init(&rsa);
	code = mbed_code(rsa_load(&rsa, modulus, exponent), HC_EFORMAT);
	if (code == 0)
		code = mbed_code(compat_rsa_pss(&rsa, md), HC_EINTERNAL);
	if (code == 0)
		code = mbed_code(
			compat_rsa_pss_verify(&rsa, md, digest, crypto_hash_size(hash), signature),
			HC_ESIGNATURE);
	mbedtls_rsa_free(&rsa);
	return code;
}
