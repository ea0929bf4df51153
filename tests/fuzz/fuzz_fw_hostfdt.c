/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the host's device tree, in the buffer the firmware has. The first two bytes choose
 * what the manifest says. What is accepted must be what the independent reader reads.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fw_samples.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) static uint8_t pages[HC_HOSTFDT_SIZE];
	struct hc_manifest manifest;
	struct hostinfo info;
	const char *wrong;

	if (size < 2 || size - 2 > sizeof(pages))
		return 0;
	fw_sample_manifest(&manifest);
	manifest.vcpu_count = 1 + data[0] % HC_VCPUS_MAX;
	if (data[1] & 1)
		memset(&manifest.initrd, 0, sizeof(manifest.initrd));
	memset(pages, 0, sizeof(pages));
	memcpy(pages, data + 2, size - 2);
	if (hostfdt_parse(&info, pages, sizeof(pages), &manifest))
		return 0;
	wrong = fw_tree_wrong(pages, sizeof(pages), &manifest, &info);
	if (wrong) {
		fprintf(stderr, "accepted, but: %s\n", wrong);
		abort();
	}
	return 0;
}
