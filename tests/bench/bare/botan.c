/* SPDX-License-Identifier: Apache-2.0 */
/* Botan, by its C interface. */
#include <botan/ffi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%u.%u.%u", botan_version_major(), botan_version_minor(),
		botan_version_patch());
	return text;
}

struct key {
	botan_pk_op_verify_t op;
	uint8_t sig[96];
};

static botan_mp_t number(const uint8_t *data, size_t len)
{
	botan_mp_t n = NULL;

	if (botan_mp_init(&n) || botan_mp_from_bin(n, data, len))
		abort();
	return n;
}

static void *ec_key(const struct bare_ec *in)
{
	struct key *key = calloc(1, sizeof(*key));
	botan_pubkey_t pub;

	if (!key ||
		botan_pubkey_load_ecdsa(&pub, number(in->x, in->size), number(in->y, in->size),
			in->size == 32 ? "secp256r1" : "secp384r1") ||
		botan_pk_op_verify_create(&key->op, pub, "Raw", 0))
		return NULL;
	memcpy(key->sig, in->r, in->size);
	memcpy(key->sig + in->size, in->s, in->size);
	return key;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct key *k = key;
	int ret = botan_pk_op_verify_update(k->op, in->digest, in->size);

	return ret ? ret : botan_pk_op_verify_finish(k->op, k->sig, 2 * in->size);
}

static void *rsa_key(const struct bare_rsa *in)
{
	struct key *key = calloc(1, sizeof(*key));
	botan_pubkey_t pub;

	if (!key ||
		botan_pubkey_load_rsa(&pub, number(in->n, in->n_len), number(in->e, in->e_len)) ||
		botan_pk_op_verify_create(&key->op, pub, "PSSR_Raw(SHA-384,MGF1,48)", 0))
		return NULL;
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	struct key *k = key;
	int ret = botan_pk_op_verify_update(k->op, in->digest, 48);

	return ret ? ret : botan_pk_op_verify_finish(k->op, in->signature, in->n_len);
}

const struct bare_ops bare_ops = {
	.name = "botan",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
