/* SPDX-License-Identifier: Apache-2.0 */
/* MRTD and boot log of our TDX guests. Must stay what firmware and hc-vmm do. */
#include "attest/measure/measure_tdx.h"

#include "firmware/abi/ccel.h"

#define ALG_SHA384 0x000c

static int add_region(
	struct mrtd_launch *run, const struct fw_region *region, const struct hc_manifest *manifest)
{
	static const uint8_t zeros[HC_PAGE_SIZE];
	const uint8_t *data = region->data;
	int ret = 0;

	if (region->role == HC_ROLE_MANIFEST)
		data = (const uint8_t *)manifest;
	for (uint32_t i = 0; ret == 0 && i < region->pages; i++) {
		const size_t off = (size_t)i * HC_PAGE_SIZE;

		ret = mrtd_launch_add(run, region->gpa + off);
		if (ret == 0 && region->type != HC_PAGE_UNMEASURED)
			ret = mrtd_launch_extend(run, region->gpa + off, data ? data + off : zeros);
	}
	return ret;
}

static int check(
	const struct fw_image *image, const struct hc_manifest *manifest, struct error *err)
{
	if (image->platform != HC_PLATFORM_TDX && image->platform != HC_PLATFORM_SIM_TDX) {
		error_fail(err, HC_EUNSUPPORTED, "firmware.platform", "%s",
			fw_platform_name(image->platform));
		error_expected(err, "tdx or sim-tdx: other guests have no MRTD");
		return HC_EUNSUPPORTED;
	}
	for (size_t i = 0; i < image->region_count; i++)
		if (image->region[i].type == HC_PAGE_SECRETS ||
			image->region[i].type == HC_PAGE_CPUID)
			return error_fail(err, HC_EUNSUPPORTED, "firmware image",
				"region %zu: a page of SNP's own", i);
	if (manifest->platform == (uint32_t)image->platform)
		return 0;
	error_fail(err, HC_EMISMATCH, "manifest.platform", "%u", manifest->platform);
	error_expected(err, "%u, as in the image", image->platform);
	return HC_EMISMATCH;
}

int measure_tdx(uint8_t out[SHA384_SIZE], const struct fw_image *image,
	const struct hc_manifest *manifest, tdvf_explain_fn *note, void *ctx, struct error *err)
{
	struct mrtd_launch run = {.explain = note, .ctx = ctx};
	int ret = check(image, manifest, err);

	if (ret)
		return ret;
	ret = mrtd_init(&run.mrtd);
	for (size_t i = 0; ret == 0 && i < image->region_count; i++)
		ret = add_region(&run, &image->region[i], manifest);
	if (ret == 0)
		ret = mrtd_peek(&run.mrtd, out);
	mrtd_fini(&run.mrtd);
	return ret ? error_fail(err, ret, "MRTD", "hashing failed") : 0;
}

static void first_event(uint8_t e[HC_CCEL_FIRST_SIZE])
{
	static const char signature[] = "Spec ID Event03";

	memset(e, 0, HC_CCEL_FIRST_SIZE);
	put_le32(e, 1);
	put_le32(e + 4, CCEL_EV_NO_ACTION);
	put_le32(e + 28, HC_CCEL_FIRST_SIZE - 32);
	memcpy(e + 32, signature, sizeof(signature));
	e[32 + 21] = 2; /* specification 2.0; platform class 0, errata 0 before and after it */
	e[32 + 23] = 2; /* size of UINTN: 64 bits */
	put_le32(e + 32 + 24, 1);
	put_le16(e + 32 + 28, ALG_SHA384);
	put_le16(e + 32 + 30, SHA384_SIZE);
}

int measure_tdx_log(struct bytes *out, const struct hc_manifest *manifest, struct error *err)
{
	uint8_t e[HC_CCEL_LOG_SIZE], *p = e + HC_CCEL_FIRST_SIZE;
	int ret = crypto_sha384(p + 14, manifest, sizeof(*manifest));

	if (ret)
		return error_fail(err, ret, "event log", "hashing failed");
	first_event(e);
	put_le32(p, HC_CCEL_MR_INDEX);
	put_le32(p + 4, HC_CCEL_EVENT_TYPE);
	put_le32(p + 8, 1);
	put_le16(p + 12, ALG_SHA384);
	put_le32(p + 62, sizeof(*manifest));
	memcpy(p + 66, manifest, sizeof(*manifest));
	ret = bytes_append(out, e, sizeof(e));
	return ret ? error_fail(err, ret, "event log", "%zu bytes", sizeof(e)) : 0;
}

int measure_tdx_rtmrs(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], const struct hc_manifest *manifest,
	struct error *err)
{
	uint8_t both[2 * SHA384_SIZE] = {0};
	int ret = crypto_sha384(both + SHA384_SIZE, manifest, sizeof(*manifest));

	memset(rtmr, 0, CCEL_RTMRS * SHA384_SIZE);
	if (ret == 0)
		ret = crypto_sha384(rtmr[HC_CCEL_RTMR], both, sizeof(both));
	return ret ? error_fail(err, ret, "RTMR1", "hashing failed") : 0;
}
