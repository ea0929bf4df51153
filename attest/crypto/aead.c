/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256-GCM (NIST SP 800-38D) with 96-bit IVs and full tags only. */
#include <mbedtls/gcm.h>

#include "attest/crypto/mbed.h"

int crypto_gcm_encrypt(const uint8_t key[32], const uint8_t iv[12], struct view aad, struct view in,
	uint8_t *out, uint8_t tag[16])
{
	mbedtls_gcm_context gcm;
	int ret;

	mbedtls_gcm_init(&gcm);
	ret = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 256);
	if (ret == 0)
		ret = mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, in.len, iv, 12, aad.data,
			aad.len, in.data, out, 16, tag);
	mbedtls_gcm_free(&gcm);
	return mbed_code(ret, HC_EINTERNAL);
}

int crypto_gcm_decrypt(const uint8_t key[32], const uint8_t iv[12], struct view aad, struct view in,
	const uint8_t tag[16], uint8_t *out)
{
	mbedtls_gcm_context gcm;
	int ret, code;

	mbedtls_gcm_init(&gcm);
	ret = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, key, 256);
	code = mbed_code(ret, HC_EINTERNAL);
	if (code == 0) {
		ret = mbedtls_gcm_auth_decrypt(
			&gcm, in.len, iv, 12, aad.data, aad.len, tag, 16, in.data, out);
		code = mbed_code(ret, HC_ESIGNATURE);
	}
	mbedtls_gcm_free(&gcm);
	if (code)
		bytes_wipe(out, in.len);
	return code;
}
