/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 in one shot and SHA-384 in pieces. Allocates nothing, so the run loop may use it. */
#include "attest/crypto/mbed.h"

_Static_assert(sizeof(mbedtls_sha512_context) <= sizeof(struct crypto_sha384), "room for SHA-384");
_Static_assert(_Alignof(mbedtls_sha512_context) <= _Alignof(struct crypto_sha384), "aligned");

mbedtls_md_type_t mbed_md(enum crypto_hash hash)
{
	switch (hash) {
	case CRYPTO_SHA256:
		return MBEDTLS_MD_SHA256;
	case CRYPTO_SHA384:
		return MBEDTLS_MD_SHA384;
	case CRYPTO_SHA512:
		return MBEDTLS_MD_SHA512;
	}
	return MBEDTLS_MD_NONE;
}

/* mbedTLS adds the number's error (low seven bits) to that of RSA or EC (the bits above). */
#define LOW(ret) (-(-(ret)&0x7f))

int mbed_code(int ret, int otherwise)
{
	if (ret == 0)
		return 0;
	if (LOW(ret) == MBEDTLS_ERR_MPI_ALLOC_FAILED || ret == MBEDTLS_ERR_PK_ALLOC_FAILED ||
		ret == MBEDTLS_ERR_ECP_ALLOC_FAILED || ret == MBEDTLS_ERR_MD_ALLOC_FAILED)
		return HC_ENOMEM;
	return otherwise;
}

size_t crypto_hash_size(enum crypto_hash hash)
{
	switch (hash) {
	case CRYPTO_SHA256:
		return SHA256_SIZE;
	case CRYPTO_SHA384:
		return SHA384_SIZE;
	case CRYPTO_SHA512:
		return SHA512_SIZE;
	}
	return 0;
}

int crypto_hash(enum crypto_hash hash, struct view data, uint8_t *out)
{
	const mbedtls_md_info_t *info = mbedtls_md_info_from_type(mbed_md(hash));

	if (!info)
		return HC_EUNSUPPORTED;
	return mbed_code(mbedtls_md(info, data.data, data.len, out), HC_EINTERNAL);
}

int crypto_sha384(uint8_t out[SHA384_SIZE], const void *data, size_t len)
{
	return crypto_hash(CRYPTO_SHA384, (struct view){data, len}, out);
}

static mbedtls_sha512_context *sha512_of(struct crypto_sha384 *ctx)
{
	return (mbedtls_sha512_context *)(void *)ctx->opaque;
}

int crypto_sha384_init(struct crypto_sha384 *ctx)
{
	mbedtls_sha512_init(sha512_of(ctx));
	return mbed_code(compat_sha512_starts(sha512_of(ctx), 1), HC_EINTERNAL);
}

int crypto_sha384_update(struct crypto_sha384 *ctx, const void *data, size_t len)
{
	return mbed_code(compat_sha512_update(sha512_of(ctx), data, len), HC_EINTERNAL);
}

int crypto_sha384_final(struct crypto_sha384 *ctx, uint8_t out[SHA384_SIZE])
{
	uint8_t wide[SHA512_SIZE]; /* mbedTLS 2.28 declares 64 bytes for both hashes */
	int ret = compat_sha512_finish(sha512_of(ctx), wide);

	if (ret == 0)
		memcpy(out, wide, SHA384_SIZE);
	bytes_wipe(wide, sizeof(wide));
	return mbed_code(ret, HC_EINTERNAL);
}

int crypto_sha384_peek(const struct crypto_sha384 *ctx, uint8_t out[SHA384_SIZE])
{
	struct crypto_sha384 copy = {0};
	int ret;

	mbedtls_sha512_init(sha512_of(&copy));
	mbedtls_sha512_clone(
		sha512_of(&copy), (const mbedtls_sha512_context *)(const void *)ctx->opaque);
	ret = crypto_sha384_final(&copy, out);
	crypto_sha384_fini(&copy);
	return ret;
}

void crypto_sha384_fini(struct crypto_sha384 *ctx)
{
	mbedtls_sha512_free(sha512_of(ctx));
	bytes_wipe(ctx, sizeof(*ctx));
}
