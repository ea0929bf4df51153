/* SPDX-License-Identifier: Apache-2.0 */
/* GnuTLS, which calls nettle. */
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return gnutls_check_version(NULL);
}

struct key {
	gnutls_pubkey_t pub;
	gnutls_datum_t sig;
};

static gnutls_datum_t datum(const uint8_t *data, size_t len)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)data, (unsigned int)len};
}

static void *ec_key(const struct bare_ec *in)
{
	gnutls_datum_t x = datum(in->x, in->size), y = datum(in->y, in->size);
	gnutls_datum_t r = datum(in->r, in->size), s = datum(in->s, in->size);
	struct key *key = calloc(1, sizeof(*key));

	if (!key || gnutls_pubkey_init(&key->pub) || gnutls_encode_rs_value(&key->sig, &r, &s) ||
		gnutls_pubkey_import_ecc_raw(key->pub,
			in->size == 32 ? GNUTLS_ECC_CURVE_SECP256R1 : GNUTLS_ECC_CURVE_SECP384R1,
			&x, &y))
		return NULL;
	return key;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	gnutls_datum_t digest = datum(in->digest, in->size);
	struct key *k = key;

	return gnutls_pubkey_verify_hash2(k->pub,
		       in->size == 32 ? GNUTLS_SIGN_ECDSA_SHA256 : GNUTLS_SIGN_ECDSA_SHA384, 0,
		       &digest, &k->sig) < 0;
}

static void *rsa_key(const struct bare_rsa *in)
{
	gnutls_datum_t n = datum(in->n, in->n_len), e = datum(in->e, in->e_len);
	struct key *key = calloc(1, sizeof(*key));

	if (!key || gnutls_pubkey_init(&key->pub) || gnutls_pubkey_import_rsa_raw(key->pub, &n, &e))
		return NULL;
	key->sig = datum(in->signature, in->n_len);
	return key;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
	gnutls_datum_t digest = datum(in->digest, 48);
	struct key *k = key;

	return gnutls_pubkey_verify_hash2(
		       k->pub, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, 0, &digest, &k->sig) < 0;
}

const struct bare_ops bare_ops = {
	.name = "gnutls",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
