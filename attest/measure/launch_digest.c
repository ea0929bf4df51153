/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running SNP launch digest: a chain of SHA-384 over PAGE_INFO structures (SNP firmware ABI
 * 8.17.2). What a page holds enters it only where the type says that it is measured.
 */
#include "attest/measure/measure.h"

/* PAGE_INFO: offsets and size. IMI and the three VMPL permission bytes are zero under KVM. */
enum {
	INFO_DIGEST_CUR = 0,
	INFO_CONTENTS = 48,
	INFO_LENGTH = 96,
	INFO_PAGE_TYPE = 98,
	INFO_GPA = 104,
	INFO_SIZE = 112,
};

void launch_digest_init(struct launch_digest *ld)
{
	memset(ld, 0, sizeof(*ld));
}

static int contents(uint8_t out[SHA384_SIZE], enum hc_page_type type, const uint8_t *page)
{
	switch (type) {
	case HC_PAGE_NORMAL:
	case HC_PAGE_VMSA:
		return page ? crypto_sha384(out, page, HC_PAGE_SIZE) : HC_EMISSING;
	case HC_PAGE_ZERO:
	case HC_PAGE_UNMEASURED:
	case HC_PAGE_SECRETS:
	case HC_PAGE_CPUID:
		memset(out, 0, SHA384_SIZE);
		return 0;
	}
	return HC_ERANGE;
}

int launch_digest_page(
	struct launch_digest *ld, enum hc_page_type type, uint64_t gpa, const uint8_t *page)
{
	uint8_t info[INFO_SIZE] = {0};
	int ret;

	if (gpa % HC_PAGE_SIZE)
		return HC_ERANGE;
	ret = contents(info + INFO_CONTENTS, type, page);
	if (ret)
		return ret;
	memcpy(info + INFO_DIGEST_CUR, ld->value, SHA384_SIZE);
	put_le16(info + INFO_LENGTH, INFO_SIZE);
	info[INFO_PAGE_TYPE] = (uint8_t)type;
	put_le64(info + INFO_GPA, gpa);
	return crypto_sha384(ld->value, info, sizeof(info));
}
