/* SPDX-License-Identifier: Apache-2.0 */
/* nettle, with GMP under it. */
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <nettle/rsa.h>
#include <nettle/version.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "%d.%d", nettle_version_major(), nettle_version_minor());
	return text;
}

struct ec {
	struct ecc_point point;
	struct dsa_signature sig;
};

static void import(mpz_t out, const uint8_t *data, size_t len)
{
	mpz_import(out, len, 1, 1, 1, 0, data);
}

static void *ec_key(const struct bare_ec *in)
{
	struct ec *key = calloc(1, sizeof(*key));
	mpz_t x, y;

	if (!key)
		return NULL;
	mpz_inits(x, y, NULL);
	import(x, in->x, in->size);
	import(y, in->y, in->size);
	ecc_point_init(
		&key->point, in->size == 32 ? nettle_get_secp_256r1() : nettle_get_secp_384r1());
	dsa_signature_init(&key->sig);
	return ecc_point_set(&key->point, x, y) ? key : NULL;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;

	import(ec->sig.r, in->r, in->size);
	import(ec->sig.s, in->s, in->size);
	return !ecdsa_verify(&ec->point, in->size, in->digest, &ec->sig);
}

struct rsa {
	struct rsa_public_key pub;
	mpz_t signature;
};

static void *rsa_key(const struct bare_rsa *in)
{
	struct rsa *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	rsa_public_key_init(&key->pub);
	mpz_init(key->signature);
	import(key->pub.n, in->n, in->n_len);
	import(key->pub.e, in->e, in->e_len);
	return rsa_public_key_prepare(&key->pub) ? key : NULL;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	struct rsa *rsa = key;

	import(rsa->signature, in->signature, in->n_len);
	return !rsa_pss_sha384_verify_digest(&rsa->pub, 48, in->digest, rsa->signature);
}

const struct bare_ops bare_ops = {
	.name = "nettle",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
