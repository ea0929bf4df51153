/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL 3, by EVP. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

struct key {
	EVP_PKEY_CTX *ctx;
	uint8_t der[128];
	size_t der_len;
};

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *pkey = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) <= 0 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		return NULL;
	return pkey;
}

static size_t to_der(uint8_t *out, const struct bare_ec *in)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int len;

	ECDSA_SIG_set0(
		sig, BN_bin2bn(in->r, (int)in->size, NULL), BN_bin2bn(in->s, (int)in->size, NULL));
	len = i2d_ECDSA_SIG(sig, &out);
	ECDSA_SIG_free(sig);
	return (size_t)len;
}

static void *ec_key(const struct bare_ec *in)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	struct key *key = calloc(1, sizeof(*key));
	uint8_t point[97] = {4};
	EVP_PKEY *pkey;

	memcpy(point + 1, in->x, in->size);
	memcpy(point + 1 + in->size, in->y, in->size);
	OSSL_PARAM_BLD_push_utf8_string(
		bld, OSSL_PKEY_PARAM_GROUP_NAME, in->size == 32 ? "P-256" : "P-384", 0);
	OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * in->size);
	pkey = from_params("EC", bld);
	if (!key || !pkey)
		return NULL;
	key->ctx = EVP_PKEY_CTX_new(pkey, NULL);
	key->der_len = to_der(key->der, in);
	return EVP_PKEY_verify_init(key->ctx) > 0 ? key : NULL;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct key *k = key;

	return EVP_PKEY_verify(k->ctx, k->der, k->der_len, in->digest, in->size) != 1;
}

static void *rsa_key(const struct bare_rsa *in)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	struct key *key = calloc(1, sizeof(*key));
	EVP_PKEY *pkey;

	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, BN_bin2bn(in->n, (int)in->n_len, NULL));
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, BN_bin2bn(in->e, (int)in->e_len, NULL));
	pkey = from_params("RSA", bld);
	if (!key || !pkey)
		return NULL;
	key->ctx = EVP_PKEY_CTX_new(pkey, NULL);
	if (EVP_PKEY_verify_init(key->ctx) <= 0 ||
		EVP_PKEY_CTX_set_rsa_padding(key->ctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
		EVP_PKEY_CTX_set_signature_md(key->ctx, EVP_sha384()) <= 0 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(key->ctx, 48) <= 0)
		return NULL;
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	struct key *k = key;

	return EVP_PKEY_verify(k->ctx, in->signature, in->n_len, in->digest, 48) != 1;
}

const struct bare_ops bare_ops = {
	.name = "openssl",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
