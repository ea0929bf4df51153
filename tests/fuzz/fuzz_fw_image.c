/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a firmware image; what parses is measured, so that every page it names is read. */
#include <stdlib.h>

#include "attest/measure/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t kernel[1] = {1};
	struct guest_inputs in = {.kernel = {kernel, 1}, .vcpu_count = 1};
	struct fw_image image;
	struct hc_manifest manifest;
	uint8_t digest[SHA384_SIZE];
	struct error err;

	if (fw_image_parse(&image, (struct view){data, size}, &err))
		return 0;
	in.platform = image.platform;
	if (manifest_build(&manifest, &in, &err))
		abort();
	if (measure_snp(digest, &image, &manifest, 1, NULL, NULL, &err) &&
		err.code != HC_EUNSUPPORTED)
		abort();
	return 0;
}
