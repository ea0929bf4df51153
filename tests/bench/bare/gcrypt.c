/* SPDX-License-Identifier: Apache-2.0 */
/* libgcrypt. */
#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return gcry_check_version(NULL);
}

struct key {
	gcry_sexp_t pub, data, sig;
};

static void *ec_key(const struct bare_ec *in)
{
	struct key *key = calloc(1, sizeof(*key));
	uint8_t point[97] = {4};

	if (!key)
		return NULL;
	memcpy(point + 1, in->x, in->size);
	memcpy(point + 1 + in->size, in->y, in->size);
	if (gcry_sexp_build(&key->pub, NULL, "(public-key(ecc(curve %s)(q %b)))",
		    in->size == 32 ? "NIST P-256" : "NIST P-384", (int)(1 + 2 * in->size), point) ||
		gcry_sexp_build(&key->sig, NULL, "(sig-val(ecdsa(r %b)(s %b)))", (int)in->size,
			in->r, (int)in->size, in->s) ||
		gcry_sexp_build(
			&key->data, NULL, "(data(flags raw)(value %b))", (int)in->size, in->digest))
		return NULL;
	return key;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct key *k = key;

	(void)in;
	return gcry_pk_verify(k->sig, k->data, k->pub) != 0;
}

static void *rsa_key(const struct bare_rsa *in)
{
	struct key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	if (gcry_sexp_build(&key->pub, NULL, "(public-key(rsa(n %b)(e %b)))", (int)in->n_len, in->n,
		    (int)in->e_len, in->e) ||
		gcry_sexp_build(
			&key->sig, NULL, "(sig-val(rsa(s %b)))", (int)in->n_len, in->signature) ||
		gcry_sexp_build(&key->data, NULL,
			"(data(flags pss)(hash sha384 %b)(salt-length 2:48))", 48, in->digest))
		return NULL;
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	struct key *k = key;

	(void)in;
	return gcry_pk_verify(k->sig, k->data, k->pub) != 0;
}

const struct bare_ops bare_ops = {
	.name = "libgcrypt",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
