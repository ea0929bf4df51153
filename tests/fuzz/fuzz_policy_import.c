/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy that takes launch digests: it stays one, and takes them only once. */
#include <stdlib.h>

#include "attest/policy/policy_import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t digests[2][POLICY_DIGEST_SIZE] = {{1}, {2}};
	const struct policy_import import = {
		.block = "gateway",
		.count = 2,
		.measurement = digests,
	};
	struct bytes first = {0}, second = {0};
	struct policy_import_done done;
	struct error err;

	if (policy_import_into(&first, (struct view){data, size}, &import, size & 1, &done, &err) ==
		0) {
		if (policy_import_into(&second, bytes_view(&first), &import, false, &done, &err) !=
				0 ||
			done.added != 0 || done.kept < 2 || first.len != second.len ||
			memcmp(first.data, second.data, first.len) != 0)
			abort();
	} else if (first.len != 0) {
		abort();
	}
	bytes_free(&first);
	bytes_free(&second);
	return 0;
}
