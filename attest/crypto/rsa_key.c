/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private RSA keys, for the simulated root only: generation, PEM, RSASSA-PSS signatures. Every
 * private operation is blinded. The key leaves only as PEM, on explicit request.
 */
#include <stdlib.h>

#include <mbedtls/pem.h>

#include "attest/crypto/mbed.h"

#define RSA_EXPONENT 65537
#define PEM_MAX      8192

struct crypto_rsa_key {
	mbedtls_pk_context pk;
};

int mbed_pk_to_pem(mbedtls_pk_context *pk, struct bytes *out)
{
	unsigned char buf[PEM_MAX];
	int ret = mbedtls_pk_write_key_pem(pk, buf, sizeof(buf));
	int code = mbed_code(ret, HC_EINTERNAL);

	if (code == 0)
		code = bytes_append(out, buf, strlen((const char *)buf));
	bytes_wipe(buf, sizeof(buf));
	return code;
}

int mbed_pk_from_pem(mbedtls_pk_context *pk, const char *pem, size_t len, struct error *err)
{
	unsigned char buf[PEM_MAX];
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	if (len >= sizeof(buf)) {
		error_fail(err, HC_ERANGE, "private key", "%zu bytes", len);
		return error_expected(err, "less than %zu bytes", sizeof(buf));
	}
	memcpy(buf, pem, len);
	buf[len] = '\0'; /* what tells mbedTLS that this is PEM */
	ret = compat_pk_parse(pk, buf, len + 1);
	bytes_wipe(buf, sizeof(buf));
	if (ret == 0)
		return 0;
	error_fail(err, mbed_code(ret, HC_EFORMAT), "private key", "not readable");
	return error_expected(err, "an unencrypted private key in PEM");
}

static struct crypto_rsa_key *key_new(void)
{
	struct crypto_rsa_key *key = calloc(1, sizeof(*key));

	if (key)
		mbedtls_pk_init(&key->pk);
	return key;
}

void crypto_rsa_free(struct crypto_rsa_key *key)
{
	if (!key)
		return;
	mbedtls_pk_free(&key->pk);
	bytes_wipe(key, sizeof(*key));
	free(key);
}

int crypto_rsa_generate(struct crypto_rsa_key **out, unsigned int bits)
{
	struct crypto_rsa_key *key = key_new();
	int ret;

	*out = NULL;
	if (!key)
		return HC_ENOMEM;
	ret = mbedtls_pk_setup(&key->pk, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA));
	if (ret == 0)
		ret = mbedtls_rsa_gen_key(
			mbedtls_pk_rsa(key->pk), mbed_rng, NULL, bits, RSA_EXPONENT);
	if (ret) {
		crypto_rsa_free(key);
		return mbed_code(ret, HC_EINTERNAL);
	}
	*out = key;
	return 0;
}

int crypto_rsa_from_pem(struct crypto_rsa_key **out, const char *pem, size_t len, struct error *err)
{
	struct crypto_rsa_key *key = key_new();
	int code;

	*out = NULL;
	if (!key)
		return error_fail(err, HC_ENOMEM, "private key", "no memory");
	code = mbed_pk_from_pem(&key->pk, pem, len, err);
	if (code)
		goto fail;
	if (mbedtls_pk_get_type(&key->pk) != MBEDTLS_PK_RSA ||
		mbedtls_rsa_check_privkey(mbedtls_pk_rsa(key->pk)) != 0) {
		code = error_fail(err, HC_EFORMAT, "private key", "not a sound RSA key");
		goto fail;
	}
	*out = key;
	return 0;
fail:
	crypto_rsa_free(key);
	return code;
}

int crypto_rsa_to_pem(struct crypto_rsa_key *key, struct bytes *out)
{
	return mbed_pk_to_pem(&key->pk, out);
}

static int append_mpi(const mbedtls_mpi *x, struct bytes *out)
{
	uint8_t buf[512];
	size_t len = mbedtls_mpi_size(x);

	if (len > sizeof(buf) || mbedtls_mpi_write_binary(x, buf, len))
		return HC_EINTERNAL;
	return bytes_append(out, buf, len);
}

int crypto_rsa_public(
	const struct crypto_rsa_key *key, struct bytes *modulus, struct bytes *exponent)
{
	mbedtls_mpi n, e;
	int code;

	mbedtls_mpi_init(&n);
	mbedtls_mpi_init(&e);
	code = mbed_code(mbedtls_rsa_export(mbedtls_pk_rsa(key->pk), &n, NULL, NULL, NULL, &e),
		HC_EINTERNAL);
	if (code == 0)
		code = append_mpi(&n, modulus);
	if (code == 0)
		code = append_mpi(&e, exponent);
	mbedtls_mpi_free(&e);
	mbedtls_mpi_free(&n);
	return code;
}

int crypto_rsa_pss_sign(struct crypto_rsa_key *key, enum crypto_hash hash, const uint8_t *digest,
	struct bytes *signature)
{
	mbedtls_rsa_context *rsa = mbedtls_pk_rsa(key->pk);
	size_t digest_len = crypto_hash_size(hash), len = mbedtls_rsa_get_len(rsa);
	uint8_t out[512];
	int ret;

	if (digest_len == 0 || len > sizeof(out))
		return HC_EUNSUPPORTED;
	ret = compat_rsa_pss(rsa, mbed_md(hash));
	if (ret == 0)
		ret = mbedtls_rsa_rsassa_pss_sign_ext(rsa, mbed_rng, NULL, mbed_md(hash),
			(unsigned int)digest_len, digest, (int)digest_len, out);
	if (ret)
		return mbed_code(ret, HC_EINTERNAL);
	return bytes_append(signature, out, len);
}
