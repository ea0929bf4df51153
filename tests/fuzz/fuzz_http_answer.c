/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an HTTP answer: where it ends does not depend on what follows it. */
#include <stdlib.h>
#include <string.h>

#include "attest/guest/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer answer, again;
	struct error err = {0};

	if (http_answer_parse((struct view){data, size}, &answer, &err)) {
		if (!err.code || answer.body.data)
			abort();
		return 0;
	}
	if (answer.consumed > size || answer.status < 200 || answer.status > 599)
		abort();
	if (http_answer_parse((struct view){data, answer.consumed}, &again, &err) ||
		again.consumed != answer.consumed || again.body.len != answer.body.len ||
		strcmp(again.cookie, answer.cookie) != 0)
		abort();
	http_answer_fini(&again);
	if (answer.consumed && http_answer_parse((struct view){data, answer.consumed - 1}, &again,
				       &err) != HC_ETRUNCATED)
		abort();
	http_answer_fini(&answer);
	return 0;
}
