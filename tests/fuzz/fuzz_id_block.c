/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a key file, and as ID block with ID authentication information after it. */
#include <stdlib.h>

#include "attest/measure/id_block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crypto_ec_public key;
	struct snp_id_keys keys;
	struct error err;
	uint8_t digest[SHA384_SIZE];

	if (snp_key_read(&key, (struct view){data, size}, &err) == 0 && key.curve == CRYPTO_P384 &&
		snp_key_digest(digest, &key, &err))
		abort();
	if (size < SNP_ID_BLOCK_SIZE)
		return 0;
	if (snp_id_auth_verify(&keys, (struct view){data, SNP_ID_BLOCK_SIZE},
		    (struct view){data + SNP_ID_BLOCK_SIZE, size - SNP_ID_BLOCK_SIZE}, &err) &&
		!bytes_all_zero(keys.id_key_digest, SHA384_SIZE))
		abort();
	return 0;
}
