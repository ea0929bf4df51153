/* SPDX-License-Identifier: Apache-2.0 */
/* BoringSSL as Android's tools use it. */
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return "of Android 13";
}

struct ec {
	EC_KEY *key;
	ECDSA_SIG *sig;
};

static void *ec_key(const struct bare_ec *in)
{
	struct ec *ec = calloc(1, sizeof(*ec));

	if (!ec)
		return NULL;
	ec->key = EC_KEY_new_by_curve_name(in->size == 32 ? NID_X9_62_prime256v1 : NID_secp384r1);
	ec->sig = ECDSA_SIG_new();
	if (!EC_KEY_set_public_key_affine_coordinates(
		    ec->key, BN_bin2bn(in->x, in->size, NULL), BN_bin2bn(in->y, in->size, NULL)))
		return NULL;
	ECDSA_SIG_set0(ec->sig, BN_bin2bn(in->r, in->size, NULL), BN_bin2bn(in->s, in->size, NULL));
	return ec;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;

	return ECDSA_do_verify(in->digest, in->size, ec->sig, ec->key) != 1;
}

static void *rsa_key(const struct bare_rsa *in)
{
	RSA *rsa = RSA_new();

	if (!RSA_set0_key(rsa, BN_bin2bn(in->n, in->n_len, NULL), BN_bin2bn(in->e, in->e_len, NULL),
		    NULL))
		return NULL;
	return rsa;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	return RSA_verify_pss_mgf1(key, in->digest, 48, EVP_sha384(), EVP_sha384(), 48,
		       in->signature, in->n_len) != 1;
}

const struct bare_ops bare_ops = {
	.name = "boringssl",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
