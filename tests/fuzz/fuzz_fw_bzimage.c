/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a kernel: what is accepted has its parts where the independent checker finds them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fw_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzimage bz;
	const char *wrong;

	if (bzimage_parse(&bz, data, size, 100))
		return 0;
	wrong = fw_bzimage_wrong(&bz, data, size);
	if (wrong) {
		fprintf(stderr, "accepted, but: %s\n", wrong);
		abort();
	}
	return 0;
}
