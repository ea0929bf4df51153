/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running MRTD: one stream of SHA-384 over 128-byte blocks that name the operation and the
 * address, each EXTEND followed by the 256 bytes it measures (TDX module 1.5 base specification,
 * TDH.MEM.PAGE.ADD, TDH.MR.EXTEND).
 */
#include "attest/measure/tdvf.h"

#define CHUNK 256

int mrtd_init(struct mrtd *mrtd)
{
	return crypto_sha384_init(&mrtd->hash);
}

static int block(struct mrtd *mrtd, const char *name, uint64_t gpa)
{
	uint8_t b[128] = {0};

	memcpy(b, name, strlen(name));
	put_le64(b + 16, gpa);
	return crypto_sha384_update(&mrtd->hash, b, sizeof(b));
}

int mrtd_add(struct mrtd *mrtd, uint64_t gpa)
{
	return gpa % HC_PAGE_SIZE ? HC_ERANGE : block(mrtd, "MEM.PAGE.ADD", gpa);
}

int mrtd_extend(struct mrtd *mrtd, uint64_t gpa, const uint8_t page[4096])
{
	int ret = gpa % HC_PAGE_SIZE ? HC_ERANGE : 0;

	for (size_t off = 0; ret == 0 && off < HC_PAGE_SIZE; off += CHUNK) {
		ret = block(mrtd, "MR.EXTEND", gpa + off);
		if (ret == 0)
			ret = crypto_sha384_update(&mrtd->hash, page + off, CHUNK);
	}
	return ret;
}

int mrtd_peek(const struct mrtd *mrtd, uint8_t out[SHA384_SIZE])
{
	return crypto_sha384_peek(&mrtd->hash, out);
}

void mrtd_fini(struct mrtd *mrtd)
{
	crypto_sha384_fini(&mrtd->hash);
}

static int explain(const struct mrtd_launch *launch, bool measured, uint64_t gpa)
{
	uint8_t digest[SHA384_SIZE];
	int ret;

	if (!launch->explain)
		return 0;
	ret = mrtd_peek(&launch->mrtd, digest);
	if (ret == 0)
		launch->explain(launch->ctx, measured, gpa, digest);
	return ret;
}

int mrtd_launch_add(struct mrtd_launch *launch, uint64_t gpa)
{
	int ret = mrtd_add(&launch->mrtd, gpa);

	return ret ? ret : explain(launch, false, gpa);
}

int mrtd_launch_extend(struct mrtd_launch *launch, uint64_t gpa, const uint8_t page[4096])
{
	int ret = mrtd_extend(&launch->mrtd, gpa, page);

	return ret ? ret : explain(launch, true, gpa);
}
