/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 by nettle, which uses the processor's instructions for SHA-256. Allocates nothing. */
#include <nettle/sha2.h>

#include "attest/crypto/verify.h"

int digest_nettle(enum crypto_hash hash, struct view data, uint8_t *out)
{
	union {
		struct sha256_ctx sha256;
		struct sha512_ctx sha512; /* of SHA-384 too */
	} ctx;

	switch (hash) {
	case CRYPTO_SHA256:
		sha256_init(&ctx.sha256);
		sha256_update(&ctx.sha256, data.len, data.data);
		sha256_digest(&ctx.sha256, SHA256_SIZE, out);
		return 0;
	case CRYPTO_SHA384:
		sha384_init(&ctx.sha512);
		sha384_update(&ctx.sha512, data.len, data.data);
		sha384_digest(&ctx.sha512, SHA384_SIZE, out);
		return 0;
	case CRYPTO_SHA512:
		sha512_init(&ctx.sha512);
		sha512_update(&ctx.sha512, data.len, data.data);
		sha512_digest(&ctx.sha512, SHA512_SIZE, out);
		return 0;
	}
	return HC_EUNSUPPORTED;
}
