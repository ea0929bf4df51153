/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an encrypted resource for a key that is in this file and nowhere else. */
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jwe.h"

static const char pem[] = "-----BEGIN EC PRIVATE KEY-----\n"
			  "MHcCAQEEIFnxsO5rA33DX6dMAk4W/v3lpPPq+8Nhk0XA5dBbLjENoAoGCCqGSM49\n"
			  "AwEHoUQDQgAEZKshUh2fCVc7PWHwTv623SvjWvECw0rmqfiBlaGASpzHgf7xh74o\n"
			  "6qVFzbKq2EHTB6pihfpQllrHxCXyfDj1ow==\n"
			  "-----END EC PRIVATE KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto_ec_key *key;
	struct bytes plain = {0};
	struct error err = {0};

	if (!key && crypto_ec_from_pem(&key, pem, strlen(pem), &err))
		abort();
	if (jwe_open(key, (struct view){data, size}, &plain, &err) && (plain.len || !err.code))
		abort();
	bytes_free(&plain);
	return 0;
}
