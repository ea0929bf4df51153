/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a TDVF image. The fuzzer's bytes are its end (footers of images are
 * there), padded in front to whole pages; what parses is measured.
 */
#include <stdlib.h>

#include "attest/measure/tdvf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void measure(const struct tdvf *tdvf)
{
	uint8_t digest[SHA384_SIZE];
	struct error err;
	uint64_t total = 0;

	for (size_t i = 0; i < tdvf->count; i++)
		if (!(tdvf->section[i].attributes & TDVF_PAGE_AUG))
			total += tdvf->section[i].size;
	if (total > OVMF_MEMORY_MAX)
		abort();
	if (total > 1U << 20) /* only slower */
		return;
	if (tdvf_measure(digest, tdvf, TDVF_ORDER_PAGE, NULL, NULL, &err) ||
		tdvf_measure(digest, tdvf, TDVF_ORDER_REGION, NULL, NULL, &err))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = (size + HC_PAGE_SIZE - 1) / HC_PAGE_SIZE * HC_PAGE_SIZE;
	uint8_t *image;
	struct tdvf tdvf;
	struct error err;

	if (size > 1U << 16)
		return 0;
	image = calloc(1, len ? len : 1);
	if (!image)
		return 0;
	memcpy(image + len - size, data, size);
	if (tdvf_parse(&tdvf, (struct view){image, len}, &err) == 0)
		measure(&tdvf);
	free(image);
	return 0;
}
