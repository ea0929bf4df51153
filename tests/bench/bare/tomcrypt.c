/* SPDX-License-Identifier: Apache-2.0 */
/* LibTomCrypt over GMP, the faster of its two number libraries here. */
#define GMP_DESC
#include <stdlib.h>
#include <string.h>
#include <tomcrypt.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return SCRYPT;
}

struct ec {
	ecc_key key;
	uint8_t sig[96];
};

static void *ec_key(const struct bare_ec *in)
{
	struct ec *ec = calloc(1, sizeof(*ec));
	uint8_t point[97] = {4};

	ltc_mp = gmp_desc;
	if (!ec)
		return NULL;
	memcpy(point + 1, in->x, in->size);
	memcpy(point + 1 + in->size, in->y, in->size);
	memcpy(ec->sig, in->r, in->size);
	memcpy(ec->sig + in->size, in->s, in->size);
	return ecc_ansi_x963_import(point, 1 + 2 * in->size, &ec->key) == CRYPT_OK ? ec : NULL;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;
	int good = 0;

	return ecc_verify_hash_rfc7518(
		       ec->sig, 2 * in->size, in->digest, in->size, &good, &ec->key) != CRYPT_OK ||
	       !good;
}

static void *rsa_key_new(const struct bare_rsa *in)
{
	rsa_key *key = calloc(1, sizeof(*key));

	ltc_mp = gmp_desc;
	if (!key || register_hash(&sha384_desc) < 0 || ltc_mp.init(&key->N) ||
		ltc_mp.init(&key->e) ||
		ltc_mp.unsigned_read(key->N, (unsigned char *)(uintptr_t)in->n, in->n_len) ||
		ltc_mp.unsigned_read(key->e, (unsigned char *)(uintptr_t)in->e, in->e_len))
		return NULL;
	key->type = PK_PUBLIC;
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	int good = 0;

	return rsa_verify_hash_ex(in->signature, in->n_len, in->digest, 48, LTC_PKCS_1_PSS,
		       find_hash("sha384"), 48, &good, key) != CRYPT_OK ||
	       !good;
}

const struct bare_ops bare_ops = {
	.name = "tomcrypt",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key_new,
	.rsa_verify = rsa_verify,
};
