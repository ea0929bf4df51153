/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token: none verifies with a key nobody signed with. And any bytes as JSON to
 * canonicalise: what comes out is canonical already. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jcs.h"
#include "attest/jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void canonical(const uint8_t *data, size_t size)
{
	json_t *value = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL), *again;
	struct bytes first = {0}, second = {0};

	if (value && !jcs_write(value, &first, NULL)) {
		again = json_loadb(
			(const char *)first.data, first.len, JSON_REJECT_DUPLICATES, NULL);
		if (!again || !json_equal(value, again) || jcs_write(again, &second, NULL) ||
			first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
			abort();
		json_decref(again);
	}
	bytes_free(&first);
	bytes_free(&second);
	json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto_ec_public public;
	static struct crypto_ec_key *key;
	struct bytes payload = {0};

	if (!key && (crypto_ec_generate(&key, CRYPTO_P384) || crypto_ec_public(key, &public)))
		abort();
	if (!jws_verify(&public, (struct view){data, size}, &payload, NULL))
		abort();
	bytes_free(&payload);
	canonical(data, size);
	return 0;
}
