/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an image with the OVMF footer. The fuzzer's bytes are its end (footers of images are
 * there), padded in front to whole pages; what parses is measured.
 */
#include <stdlib.h>

#include "attest/measure/ovmf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void measure(const struct ovmf_sev *sev)
{
	static const uint8_t kernel[1] = {1};
	struct ovmf_snp_launch launch = {.kernel_hashes = true, .kernel = {kernel, 1}};
	struct launch_digest ld;
	struct error err;
	uint64_t total = 0;

	for (size_t i = 0; i < sev->count; i++)
		total += sev->section[i].size;
	if (total > OVMF_MEMORY_MAX)
		abort();
	if (total > 1U << 20) /* only slower */
		return;
	if (ovmf_snp_pages(&ld, sev, &launch, NULL, NULL, &err) && err.code == HC_EINTERNAL)
		abort();
	if (ovmf_snp_vcpu(&ld, sev, &launch, 1, NULL, NULL, &err) && sev->ap_eip != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = (size + HC_PAGE_SIZE - 1) / HC_PAGE_SIZE * HC_PAGE_SIZE;
	uint8_t *image;
	struct ovmf_sev sev;
	struct error err;

	if (size > 1U << 16)
		return 0;
	image = calloc(1, len ? len : 1);
	if (!image)
		return 0;
	memcpy(image + len - size, data, size);
	if (ovmf_sev_parse(&sev, (struct view){image, len}, &err) == 0)
		measure(&sev);
	free(image);
	return 0;
}
