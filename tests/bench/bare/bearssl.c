/* SPDX-License-Identifier: Apache-2.0 */
/* BearSSL, whose code is constant-time in verification too. Debian's release has no RSA-PSS. */
#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return "0.6";
}

struct ec {
	br_ec_public_key key;
	uint8_t point[97], sig[96];
};

static void *ec_key(const struct bare_ec *in)
{
	struct ec *ec = calloc(1, sizeof(*ec));

	if (!ec)
		return NULL;
	ec->point[0] = 4;
	memcpy(ec->point + 1, in->x, in->size);
	memcpy(ec->point + 1 + in->size, in->y, in->size);
	memcpy(ec->sig, in->r, in->size);
	memcpy(ec->sig + in->size, in->s, in->size);
	ec->key.curve = in->size == 32 ? BR_EC_secp256r1 : BR_EC_secp384r1;
	ec->key.q = ec->point;
	ec->key.qlen = 1 + 2 * in->size;
	return ec;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;

	return br_ecdsa_i31_vrfy_raw(br_ec_get_default(), in->digest, in->size, &ec->key, ec->sig,
		       2 * in->size) != 1;
}

static void *rsa_key(const struct bare_rsa *in)
{
	(void)in;
	return NULL;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	(void)key;
	(void)in;
	return -1;
}

const struct bare_ops bare_ops = {
	.name = "bearssl",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
