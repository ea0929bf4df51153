/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expected SNP launch digest of an image with a manifest. It must stay what hc-vmm launches:
 * every region in the image's order, then one save area per vCPU.
 */
#include "attest/measure/measure.h"

struct run {
	struct launch_digest ld;
	measure_explain_fn *explain;
	void *ctx;
};

static int add(struct run *run, enum hc_page_type type, uint64_t gpa, const uint8_t *page)
{
	int ret = launch_digest_page(&run->ld, type, gpa, page);

	if (ret == 0 && run->explain)
		run->explain(run->ctx, type, gpa, run->ld.value);
	return ret;
}

static int add_region(
	struct run *run, const struct fw_region *region, const struct hc_manifest *manifest)
{
	const uint8_t *data = region->data;

	if (region->role == HC_ROLE_MANIFEST)
		data = (const uint8_t *)manifest;
	for (uint32_t i = 0; i < region->pages; i++) {
		uint64_t offset = (uint64_t)i * HC_PAGE_SIZE;
		int ret = add(run, region->type, region->gpa + offset, data ? data + offset : NULL);

		if (ret)
			return ret;
	}
	return 0;
}

static int check(
	const struct fw_image *image, const struct hc_manifest *manifest, struct error *err)
{
	if (image->platform != HC_PLATFORM_SNP && image->platform != HC_PLATFORM_SIM_SNP) {
		error_fail(err, HC_EUNSUPPORTED, "firmware.platform", "%s",
			fw_platform_name(image->platform));
		return error_expected(
			err, "sev-snp or sim-snp: other guests have no SNP launch digest");
	}
	if (manifest->platform != (uint32_t)image->platform) {
		error_fail(err, HC_EMISMATCH, "manifest.platform", "%u", manifest->platform);
		return error_expected(err, "%u, as in the image", image->platform);
	}
	if (manifest->vcpu_count < 1 || manifest->vcpu_count > HC_VCPUS_MAX) {
		error_fail(err, HC_ERANGE, "manifest.vcpu_count", "%u", manifest->vcpu_count);
		return error_expected(err, "1 to %d", HC_VCPUS_MAX);
	}
	return 0;
}

int measure_snp(uint8_t out[SHA384_SIZE], const struct fw_image *image,
	const struct hc_manifest *manifest, uint64_t sev_features, measure_explain_fn *explain,
	void *ctx, struct error *err)
{
	struct run run = {.explain = explain, .ctx = ctx};
	uint8_t page[HC_PAGE_SIZE];
	struct error unused = {0};
	int ret = check(image, manifest, err ? err : &unused);

	if (ret)
		return ret;
	launch_digest_init(&run.ld);
	for (size_t i = 0; ret == 0 && i < image->region_count; i++)
		ret = add_region(&run, &image->region[i], manifest);
	for (uint32_t i = 0; ret == 0 && i < manifest->vcpu_count; i++) {
		vmsa_build(page, i, sev_features, image->platform == HC_PLATFORM_SNP);
		ret = add(&run, HC_PAGE_VMSA, SNP_VMSA_GPA, page);
	}
	if (ret)
		return error_fail(err, ret, "launch digest", "a page that cannot be measured");
	memcpy(out, run.ld.value, SHA384_SIZE);
	return 0;
}
