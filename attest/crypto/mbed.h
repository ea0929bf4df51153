/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of attest/crypto share, and the only place that knows which mbedTLS it is: 2.28
 * and 3.x differ in a few signatures and in which fields are public. Never included from elsewhere.
 */
#ifndef HC_ATTEST_CRYPTO_MBED_H
#define HC_ATTEST_CRYPTO_MBED_H

#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>
#include <mbedtls/sha512.h>
#include <mbedtls/version.h>

#include "attest/crypto.h"

/* f_rng of mbedTLS on top of crypto_random(). */
int mbed_rng(void *ctx, unsigned char *out, size_t len);

/* A return value of mbedTLS as ours: HC_ENOMEM where it says so, `otherwise` for any other failure.
 */
int mbed_code(int ret, int otherwise);

mbedtls_md_type_t mbed_md(enum crypto_hash hash);
mbedtls_ecp_group_id mbed_group(enum crypto_curve curve);

/* The uncompressed point, 0x04 X Y, of at most 1 + 2 * 48 bytes. */
#define MBED_POINT_MAX 97
int mbed_point_read(
	const mbedtls_ecp_group *grp, mbedtls_ecp_point *point, const struct crypto_ec_public *key);
int mbed_point_write(
	const mbedtls_ecp_group *grp, const mbedtls_ecp_point *point, struct crypto_ec_public *key);

/* Append the PEM text of a key, without NUL. The buffer in between is wiped. */
int mbed_pk_to_pem(mbedtls_pk_context *pk, struct bytes *out);
/* Parse an unencrypted PEM key of `len` bytes that need not end in NUL. */
int mbed_pk_from_pem(mbedtls_pk_context *pk, const char *pem, size_t len, struct error *err);

#if MBEDTLS_VERSION_MAJOR < 3

static inline int compat_pk_parse(mbedtls_pk_context *pk, const unsigned char *key, size_t len)
{
	return mbedtls_pk_parse_key(pk, key, len, NULL, 0);
}

static inline int compat_ec_export(
	mbedtls_ecp_keypair *key, mbedtls_ecp_group *grp, mbedtls_mpi *d, mbedtls_ecp_point *q)
{
	int ret = mbedtls_ecp_group_load(grp, key->grp.id);

	if (ret == 0)
		ret = mbedtls_mpi_copy(d, &key->d);
	return ret ? ret : mbedtls_ecp_copy(q, &key->Q);
}

static inline void compat_rsa_init(mbedtls_rsa_context *rsa)
{
	mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_NONE);
}

static inline int compat_rsa_pss(mbedtls_rsa_context *rsa, mbedtls_md_type_t md)
{
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, (int)md);
	return 0;
}

static inline int compat_rsa_pss_verify(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
	const uint8_t *digest, size_t len, const uint8_t *signature)
{
	return mbedtls_rsa_rsassa_pss_verify_ext(rsa, NULL, NULL, MBEDTLS_RSA_PUBLIC, md,
		(unsigned int)len, digest, md, (int)len, signature);
}

#define compat_sha512_starts mbedtls_sha512_starts_ret
#define compat_sha512_update mbedtls_sha512_update_ret
#define compat_sha512_finish mbedtls_sha512_finish_ret

#else

static inline int compat_pk_parse(mbedtls_pk_context *pk, const unsigned char *key, size_t len)
{
	return mbedtls_pk_parse_key(pk, key, len, NULL, 0, mbed_rng, NULL);
}

static inline int compat_ec_export(
	mbedtls_ecp_keypair *key, mbedtls_ecp_group *grp, mbedtls_mpi *d, mbedtls_ecp_point *q)
{
	return mbedtls_ecp_export(key, grp, d, q);
}

static inline void compat_rsa_init(mbedtls_rsa_context *rsa)
{
	mbedtls_rsa_init(rsa);
}

static inline int compat_rsa_pss(mbedtls_rsa_context *rsa, mbedtls_md_type_t md)
{
	return mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, md);
}

static inline int compat_rsa_pss_verify(mbedtls_rsa_context *rsa, mbedtls_md_type_t md,
	const uint8_t *digest, size_t len, const uint8_t *signature)
{
	return mbedtls_rsa_rsassa_pss_verify_ext(
		rsa, md, (unsigned int)len, digest, md, (int)len, signature);
}

#define compat_sha512_starts mbedtls_sha512_starts
#define compat_sha512_update mbedtls_sha512_update
#define compat_sha512_finish mbedtls_sha512_finish

#endif

#endif
