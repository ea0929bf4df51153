/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-2 of what is verified, by the backend this build was made with. */
#include "attest/crypto/verify.h"

int crypto_digest(enum crypto_hash hash, struct view data, uint8_t *out)
{
#if HC_CRYPTO_NETTLE
	return digest_nettle(hash, data, out);
#else
	return crypto_hash(hash, data, out);
#endif
}
