/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an IGVM file, with size and checksum made right; what parses is measured. */
#include <stdlib.h>

#include "attest/measure/igvm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t crc(uint32_t c, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len * 8; i++) {
		c ^= (uint32_t)(p[i / 8] >> i % 8 & 1);
		c = c >> 1 ^ (c & 1 ? 0xedb88320U : 0);
	}
	return c;
}

static void repair(uint8_t *file, size_t size)
{
	size_t at = get_le32(file + 8), len = get_le32(file + 12);
	uint32_t c;

	put_le32(file + 16, (uint32_t)size);
	put_le32(file + 20, 0);
	if (at > size || len > size - at)
		return;
	c = crc(UINT32_MAX, file, 24);
	put_le32(file + 20, ~crc(c, file + at, len));
}

static void measure(const struct igvm *igvm)
{
	uint8_t digest[SHA384_SIZE];
	struct igvm_header h;
	struct error err = {0};
	uint64_t total = 0;

	for (size_t at = 0; igvm_next(igvm, &at, &h);)
		total += h.type == IGVM_PARAMETER_INSERT ? h.size : 0;
	if (total > 1U << 20) /* only slower */
		return;
	if (igvm_measure_snp(digest, igvm, NULL, NULL, &err) && err.code != HC_EUNSUPPORTED)
		abort();
	if (igvm_measure_tdx(digest, igvm, NULL, NULL, &err) && err.code != HC_EUNSUPPORTED)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file = malloc(size ? size : 1);
	struct igvm igvm;
	struct error err;

	if (!file)
		return 0;
	memcpy(file, data, size);
	if (size >= 24)
		repair(file, size);
	if (igvm_parse(&igvm, (struct view){file, size}, &err) == 0)
		measure(&igvm);
	free(file);
	return 0;
}
