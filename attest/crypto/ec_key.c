/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private EC keys: generation, PEM, ECDSA signatures, ECDH. Every operation on the scalar is given
 * a generator for its blinding. The scalar leaves only as PEM, on explicit request.
 */
#include <stdlib.h>

#include "attest/crypto/mbed.h"

struct crypto_ec_key {
	enum crypto_curve curve;
	mbedtls_pk_context pk; /* for PEM */
	struct crypto_ec_public pub;
	mbedtls_mpi d;
};

static struct crypto_ec_key *key_new(void)
{
	struct crypto_ec_key *key = calloc(1, sizeof(*key));

	if (!key)
		return NULL;
	mbedtls_pk_init(&key->pk);
	mbedtls_mpi_init(&key->d);
	return key;
}

void crypto_ec_free(struct crypto_ec_key *key)
{
	if (!key)
		return;
	mbedtls_mpi_free(&key->d);
	mbedtls_pk_free(&key->pk);
	bytes_wipe(key, sizeof(*key));
	free(key);
}

/* d in range, and Q = d G: a PEM file can claim any public key. */
static int key_consistent(
	mbedtls_ecp_group *grp, const mbedtls_mpi *d, const mbedtls_ecp_point *claimed)
{
	mbedtls_ecp_point q;
	int ret = mbedtls_ecp_check_privkey(grp, d);

	mbedtls_ecp_point_init(&q);
	if (ret == 0)
		ret = mbedtls_ecp_mul(grp, &q, d, &grp->G, mbed_rng, NULL);
	if (ret == 0 && mbedtls_ecp_point_cmp(&q, claimed) != 0)
		ret = MBEDTLS_ERR_ECP_INVALID_KEY;
	mbedtls_ecp_point_free(&q);
	return ret;
}

static int curve_of(mbedtls_ecp_group_id id, enum crypto_curve *curve)
{
	*curve = id == MBEDTLS_ECP_DP_SECP256R1 ? CRYPTO_P256 : CRYPTO_P384;
	return mbed_group(*curve) == id ? 0 : MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE;
}

/* Fill curve, pub and d from the key in pk. */
static int key_adopt(struct crypto_ec_key *key)
{
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q;
	int ret;

	mbedtls_ecp_group_init(&grp);
	mbedtls_ecp_point_init(&q);
	ret = compat_ec_export(mbedtls_pk_ec(key->pk), &grp, &key->d, &q);
	if (ret == 0)
		ret = curve_of(grp.id, &key->curve);
	if (ret == 0)
		ret = key_consistent(&grp, &key->d, &q);
	if (ret == 0) {
		key->pub.curve = key->curve;
		ret = mbed_point_write(&grp, &q, &key->pub);
	}
	mbedtls_ecp_point_free(&q);
	mbedtls_ecp_group_free(&grp);
	return ret;
}

int crypto_ec_generate(struct crypto_ec_key **out, enum crypto_curve curve)
{
	struct crypto_ec_key *key;
	int ret;

	*out = NULL;
	if (mbed_group(curve) == MBEDTLS_ECP_DP_NONE)
		return HC_EUNSUPPORTED;
	key = key_new();
	if (!key)
		return HC_ENOMEM;
	ret = mbedtls_pk_setup(&key->pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY));
	if (ret == 0)
		ret = mbedtls_ecp_gen_key(
			mbed_group(curve), mbedtls_pk_ec(key->pk), mbed_rng, NULL);
	if (ret == 0)
		ret = key_adopt(key);
	if (ret) {
		crypto_ec_free(key);
		return mbed_code(ret, HC_EINTERNAL);
	}
	*out = key;
	return 0;
}

int crypto_ec_from_pem(struct crypto_ec_key **out, const char *pem, size_t len, struct error *err)
{
	struct crypto_ec_key *key = key_new();
	int code;

	*out = NULL;
	if (!key)
		return error_fail(err, HC_ENOMEM, "private key", "no memory");
	code = mbed_pk_from_pem(&key->pk, pem, len, err);
	if (code)
		goto fail;
	code = HC_EFORMAT;
	if (mbedtls_pk_get_type(&key->pk) != MBEDTLS_PK_ECKEY) {
		error_fail(err, code, "private key", "a key of another kind");
		error_expected(err, "an EC key on P-256 or P-384");
		goto fail;
	}
	if (key_adopt(key)) {
		error_fail(err, code, "private key", "a key that is not consistent");
		error_expected(err, "an EC key on P-256 or P-384");
		goto fail;
	}
	*out = key;
	return 0;
fail:
	crypto_ec_free(key);
	return code;
}

int crypto_ec_to_pem(struct crypto_ec_key *key, struct bytes *out)
{
	return mbed_pk_to_pem(&key->pk, out);
}

int crypto_ec_public(const struct crypto_ec_key *key, struct crypto_ec_public *out)
{
	*out = key->pub;
	return 0;
}

static int sign_with_group(mbedtls_ecp_group *grp, const struct crypto_ec_key *key,
	const uint8_t *digest, size_t digest_len, uint8_t *r, uint8_t *s)
{
	size_t size = crypto_curve_size(key->curve);
	mbedtls_mpi mr, ms;
	int ret;

	mbedtls_mpi_init(&mr);
	mbedtls_mpi_init(&ms);
	ret = mbedtls_ecdsa_sign(grp, &mr, &ms, &key->d, digest, digest_len, mbed_rng, NULL);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&mr, r, size);
	if (ret == 0)
		ret = mbedtls_mpi_write_binary(&ms, s, size);
	mbedtls_mpi_free(&ms);
	mbedtls_mpi_free(&mr);
	return ret;
}

int crypto_ecdsa_sign(const struct crypto_ec_key *key, const uint8_t *digest, size_t digest_len,
	uint8_t *r, uint8_t *s)
{
	mbedtls_ecp_group grp;
	int ret;

	if (digest_len < SHA256_SIZE || digest_len > SHA512_SIZE)
		return HC_EUNSUPPORTED;
	mbedtls_ecp_group_init(&grp);
	ret = mbedtls_ecp_group_load(&grp, mbed_group(key->curve));
	if (ret == 0)
		ret = sign_with_group(&grp, key, digest, digest_len, r, s);
	mbedtls_ecp_group_free(&grp);
	return mbed_code(ret, HC_EINTERNAL);
}

/* z = x(d * peer) */
static int shared_x(mbedtls_ecp_group *grp, const struct crypto_ec_key *key,
	const mbedtls_ecp_point *peer, uint8_t *z)
{
	struct crypto_ec_public shared = {.curve = key->curve};
	mbedtls_ecp_point p;
	int ret;

	mbedtls_ecp_point_init(&p);
	ret = mbedtls_ecp_mul(grp, &p, &key->d, peer, mbed_rng, NULL);
	if (ret == 0)
		ret = mbed_point_write(grp, &p, &shared);
	if (ret == 0)
		memcpy(z, shared.x, crypto_curve_size(key->curve));
	bytes_wipe(&shared, sizeof(shared));
	mbedtls_ecp_point_free(&p);
	return ret;
}

int crypto_ecdh(const struct crypto_ec_key *key, const struct crypto_ec_public *peer, uint8_t *z)
{
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q;
	int code;

	if (peer->curve != key->curve)
		return HC_EMISMATCH;
	mbedtls_ecp_group_init(&grp);
	mbedtls_ecp_point_init(&q);
	code = mbed_code(mbedtls_ecp_group_load(&grp, mbed_group(key->curve)), HC_EINTERNAL);
	if (code == 0)
		code = mbed_code(mbed_point_read(&grp, &q, peer), HC_EFORMAT);
	if (code == 0)
		code = mbed_code(shared_x(&grp, key, &q, z), HC_EINTERNAL);
	mbedtls_ecp_point_free(&q);
	mbedtls_ecp_group_free(&grp);
	return code;
}
