/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID block and ID authentication (SEV-SNP firmware ABI, 8.18 and its tables): the layout is read
 * here anew, signatures are verified by attest/crypto.
 */
#include <string.h>

#include "common/bytes.h"
#include "tests/model/psp_model_internal.h"

#define AUTH_ID_KEY_ALGO  0x000
#define AUTH_AUTHOR_ALGO  0x004
#define AUTH_ID_BLOCK_SIG 0x040
#define AUTH_ID_KEY       0x240
#define AUTH_ID_KEY_SIG   0x680
#define AUTH_AUTHOR_KEY   0x880
#define KEY_LEN           0x404
#define ECDSA_P384_SHA384 1
#define CURVE_P384        2
#define FIELD             72 /* bytes of a number, little-endian */

/* A number of P-384 out of its little-endian field, big-endian; false if it is longer. */
static bool number(uint8_t out[48], const uint8_t *field)
{
	for (size_t i = 0; i < 48; i++)
		out[i] = field[47 - i];
	return bytes_all_zero(field + 48, FIELD - 48);
}

static enum psp_status check_signature(
	const uint8_t *key, const uint8_t *signature, const void *data, size_t len)
{
	struct crypto_ec_public public = {.curve = CRYPTO_P384};
	uint8_t digest[SHA384_SIZE], r[48], s[48];

	if (get_le32(key) != CURVE_P384 || !number(public.x, key + 4) ||
		!number(public.y, key + 4 + FIELD))
		return PSP_INVALID_PARAM;
	if (!number(r, signature) || !number(s, signature + FIELD))
		return PSP_BAD_SIGNATURE;
	if (crypto_sha384(digest, data, len) ||
		crypto_ecdsa_verify(&public, digest, sizeof(digest), r, s))
		return PSP_BAD_SIGNATURE;
	return PSP_SUCCESS;
}

enum psp_status psp_id_check(
	struct psp_guest *g, const uint8_t block[96], const uint8_t auth[4096], bool author_key)
{
	enum psp_status status;

	if (get_le32(block + 0x50) != 1 || get_le32(auth + AUTH_ID_KEY_ALGO) != ECDSA_P384_SHA384)
		return PSP_INVALID_PARAM;
	if (author_key && get_le32(auth + AUTH_AUTHOR_ALGO) != ECDSA_P384_SHA384)
		return PSP_INVALID_PARAM;
	status = check_signature(auth + AUTH_ID_KEY, auth + AUTH_ID_BLOCK_SIG, block, 96);
	if (!status && author_key)
		status = check_signature(auth + AUTH_AUTHOR_KEY, auth + AUTH_ID_KEY_SIG,
			auth + AUTH_ID_KEY, KEY_LEN);
	if (status)
		return status;
	if (memcmp(block, g->digest, SHA384_SIZE))
		return PSP_BAD_MEASUREMENT;
	if (get_le64(block + 0x58) != g->policy)
		return PSP_POLICY_FAILURE;
	memcpy(g->id_block, block, sizeof(g->id_block));
	if (crypto_sha384(g->id_key_digest, auth + AUTH_ID_KEY, KEY_LEN))
		return PSP_INVALID_PARAM;
	if (author_key && crypto_sha384(g->author_key_digest, auth + AUTH_AUTHOR_KEY, KEY_LEN))
		return PSP_INVALID_PARAM;
	return PSP_SUCCESS;
}
