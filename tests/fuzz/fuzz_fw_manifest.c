/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a manifest: the firmware accepts a page exactly if the independent checker does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/manifest.h"
#include "tests/unit/fw_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t page[HC_PAGE_SIZE] = {0};
	struct hc_manifest manifest;
	const char *wrong;

	if (size > sizeof(page))
		return 0;
	memcpy(page, data, size);
	memcpy(&manifest, page, sizeof(manifest));
	wrong = fw_manifest_wrong(page, FW_SAMPLE_PLATFORM);
	if ((manifest_check(&manifest, FW_SAMPLE_PLATFORM) == 0) != (wrong == NULL)) {
		fprintf(stderr, "the two disagree: %s\n", wrong ? wrong : "nothing wrong");
		abort();
	}
	return 0;
}
