/* SPDX-License-Identifier: Apache-2.0 */
/* wolfSSL's wolfCrypt. */
#include <stdlib.h>
#include <string.h>
#include <wolfssl/options.h>
#include <wolfssl/version.h>
#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return LIBWOLFSSL_VERSION_STRING;
}

struct ec {
	ecc_key key;
	mp_int r, s;
};

static void *ec_key(const struct bare_ec *in)
{
	struct ec *ec = calloc(1, sizeof(*ec));
	uint8_t x[48], y[48];

	if (!ec || wc_ecc_init(&ec->key) || mp_init(&ec->r) || mp_init(&ec->s))
		return NULL;
	memcpy(x, in->x, in->size);
	memcpy(y, in->y, in->size);
	mp_read_unsigned_bin(&ec->r, in->r, (word32)in->size);
	mp_read_unsigned_bin(&ec->s, in->s, (word32)in->size);
	return wc_ecc_import_unsigned(
		       &ec->key, x, y, NULL, in->size == 32 ? ECC_SECP256R1 : ECC_SECP384R1)
		       ? NULL
		       : ec;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;
	int good = 0, ret = wc_ecc_verify_hash_ex(
			      &ec->r, &ec->s, in->digest, (word32)in->size, &good, &ec->key);

	return ret || !good;
}

static void *rsa_key(const struct bare_rsa *in)
{
	RsaKey *key = calloc(1, sizeof(*key));

	if (!key || wc_InitRsaKey(key, NULL) ||
		wc_RsaPublicKeyDecodeRaw(in->n, (word32)in->n_len, in->e, (word32)in->e_len, key))
		return NULL;
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	uint8_t copy[512], out[512];

	memcpy(copy, in->signature, in->n_len);
	return wc_RsaPSS_VerifyCheck(copy, (word32)in->n_len, out, sizeof(out), in->digest, 48,
		       WC_HASH_TYPE_SHA384, WC_MGF1SHA384, key) <= 0;
}

const struct bare_ops bare_ops = {
	.name = "wolfssl",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
