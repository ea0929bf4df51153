/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AES-256 key wrap (RFC 3394) of a 256-bit key. Written out because distributions build mbedTLS
 * without its own. Nothing is returned from data that does not unwrap to the initial value.
 */
#include <mbedtls/aes.h>

#include "attest/crypto/mbed.h"

#define BLOCKS 4 /* 64-bit blocks of the wrapped key */
#define ROUNDS 6

static const uint8_t iv[8] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}; /* 2.2.3.1 */

/* A ^= t, t as a big-endian 64-bit number below 256. */
static void mix(uint8_t block[16], unsigned int t)
{
	block[7] ^= (uint8_t)t;
}

int crypto_keywrap(const uint8_t kek[32], const uint8_t key[32], uint8_t out[40])
{
	mbedtls_aes_context aes;
	uint8_t block[16];
	int ret;

	mbedtls_aes_init(&aes);
	ret = mbedtls_aes_setkey_enc(&aes, kek, 256);
	memcpy(block, iv, 8);
	memcpy(out + 8, key, 32);
	for (unsigned int t = 1; ret == 0 && t <= ROUNDS * BLOCKS; t++) { /* 2.2.1 */
		uint8_t *r = out + 8 + (t - 1) % BLOCKS * 8;

		memcpy(block + 8, r, 8);
		ret = mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_ENCRYPT, block, block);
		memcpy(r, block + 8, 8);
		mix(block, t);
	}
	memcpy(out, block, 8);
	mbedtls_aes_free(&aes);
	bytes_wipe(block, sizeof(block));
	if (ret)
		bytes_wipe(out, 40);
	return mbed_code(ret, HC_EINTERNAL);
}

int crypto_keyunwrap(const uint8_t kek[32], const uint8_t in[40], uint8_t key[32])
{
	mbedtls_aes_context aes;
	uint8_t block[16];
	int ret, code;

	mbedtls_aes_init(&aes);
	ret = mbedtls_aes_setkey_dec(&aes, kek, 256);
	memcpy(block, in, 8);
	memcpy(key, in + 8, 32);
	for (unsigned int t = ROUNDS * BLOCKS; ret == 0 && t >= 1; t--) { /* 2.2.2 */
		uint8_t *r = key + (t - 1) % BLOCKS * 8;

		mix(block, t);
		memcpy(block + 8, r, 8);
		ret = mbedtls_aes_crypt_ecb(&aes, MBEDTLS_AES_DECRYPT, block, block);
		memcpy(r, block + 8, 8);
	}
	code = mbed_code(ret, HC_EINTERNAL);
	if (code == 0 && !bytes_equal_ct(block, iv, sizeof(iv)))
		code = HC_ESIGNATURE;
	mbedtls_aes_free(&aes);
	bytes_wipe(block, sizeof(block));
	if (code)
		bytes_wipe(key, 32);
	return code;
}
