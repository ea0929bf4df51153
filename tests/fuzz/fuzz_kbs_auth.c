/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the small messages of the KBS protocol: auth, challenge, error. */
#include <stdlib.h>
#include <string.h>

#include "attest/kbs/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view body = {data, size};
	char nonce[64], text[32];
	struct error err = {0};

	if (kbs_auth_parse(body, &err) && !err.code)
		abort();
	if (!kbs_challenge_parse(body, nonce, sizeof(nonce), &err) && !memchr(nonce, 0, 64))
		abort();
	kbs_error_text(body, text, sizeof(text));
	for (const char *c = text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			abort();
	return 0;
}
