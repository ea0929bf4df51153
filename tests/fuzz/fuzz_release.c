/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the manifest of a release; what is read has to be written, and read back the same.
 */
#include <stdlib.h>

#include "attest/measure/release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct release first, second;
	struct bytes text = {0};
	struct error err;

	if (release_parse(&first, (struct view){data, size}, &err))
		return 0;
	if (release_write(&text, &first, &err) || release_parse(&second, bytes_view(&text), &err) ||
		memcmp(&first, &second, sizeof(first)) != 0)
		abort();
	bytes_free(&text);
	return 0;
}
