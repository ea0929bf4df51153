/* SPDX-License-Identifier: Apache-2.0 */
/* What an IGVM file launches to: its pages for one platform, in the file's order. */
#include "attest/measure/igvm.h"

/* The page's bytes, or zeros. */
static const uint8_t *page_of(const struct igvm_header *h)
{
	static const uint8_t zeros[HC_PAGE_SIZE];

	return h->data.len ? h->data.data : zeros;
}

static int find_mask(
	const struct igvm *igvm, enum igvm_platform_type type, uint32_t *mask, struct error *err)
{
	unsigned int found = 0;

	for (size_t i = 0; i < igvm->platforms; i++) {
		if (igvm->platform[i].type != type)
			continue;
		*mask = igvm->platform[i].mask;
		found++;
	}
	if (found == 1)
		return 0;
	error_fail(err, HC_EUNSUPPORTED, "IGVM file: platforms", "%u of type %s", found,
		igvm_platform_name(type));
	error_expected(err, "one");
	return HC_EUNSUPPORTED;
}

static int large_page(const struct igvm_header *h, struct error *err)
{
	error_fail(err, HC_EUNSUPPORTED, "IGVM file: page data", "a page of 2 MiB");
	error_at(err, h->offset);
	return HC_EUNSUPPORTED;
}

struct snp_run {
	struct launch_digest ld;
	measure_explain_fn *explain;
	void *ctx;
};

static int snp_page(struct snp_run *r, enum hc_page_type type, uint64_t gpa, const uint8_t *page)
{
	int ret = launch_digest_page(&r->ld, type, gpa, page);

	if (ret == 0 && r->explain)
		r->explain(r->ctx, type, gpa, r->ld.value);
	return ret;
}

static enum hc_page_type snp_type(const struct igvm_header *h)
{
	if (h->page_type == IGVM_PAGE_SECRETS)
		return HC_PAGE_SECRETS;
	if (h->page_type == IGVM_PAGE_CPUID || h->page_type == IGVM_PAGE_CPUID_XF)
		return HC_PAGE_CPUID;
	return h->flags & IGVM_PAGE_UNMEASURED ? HC_PAGE_UNMEASURED : HC_PAGE_NORMAL;
}

static int snp_header(struct snp_run *r, const struct igvm_header *h)
{
	int ret = 0;

	if (h->type == IGVM_PAGE_DATA && !(h->flags & IGVM_PAGE_SHARED))
		return snp_page(r, snp_type(h), h->gpa, page_of(h));
	if (h->type == IGVM_VP_CONTEXT)
		return snp_page(r, HC_PAGE_VMSA, h->gpa, page_of(h));
	for (uint64_t off = 0; h->type == IGVM_PARAMETER_INSERT && ret == 0 && off < h->size;
		off += HC_PAGE_SIZE)
		ret = snp_page(r, HC_PAGE_UNMEASURED, h->gpa + off, NULL);
	return ret;
}

int igvm_measure_snp(uint8_t out[SHA384_SIZE], const struct igvm *igvm, measure_explain_fn *explain,
	void *ctx, struct error *err)
{
	struct snp_run run = {.explain = explain, .ctx = ctx};
	struct igvm_header h;
	uint32_t mask = 0;
	int ret = find_mask(igvm, IGVM_SEV_SNP, &mask, err);

	if (ret)
		return ret;
	launch_digest_init(&run.ld);
	for (size_t at = 0; ret == 0 && igvm_next(igvm, &at, &h);) {
		if (!(h.mask & mask))
			continue;
		if (h.flags & IGVM_PAGE_2MB)
			return large_page(&h, err);
		ret = snp_header(&run, &h);
	}
	if (ret)
		return error_fail(err, ret, "launch digest", "a page that cannot be measured");
	memcpy(out, run.ld.value, SHA384_SIZE);
	return 0;
}

/* `page` NULL: added, not measured. */
static int tdx_page(struct mrtd_launch *r, uint64_t gpa, const uint8_t *page)
{
	int ret = mrtd_launch_add(r, gpa);

	return ret || !page ? ret : mrtd_launch_extend(r, gpa, page);
}

static int tdx_header(struct mrtd_launch *r, const struct igvm_header *h)
{
	int ret = 0;

	if (h->type == IGVM_PAGE_DATA && !(h->flags & IGVM_PAGE_SHARED))
		return tdx_page(r, h->gpa, h->flags & IGVM_PAGE_UNMEASURED ? NULL : page_of(h));
	for (uint64_t off = 0; h->type == IGVM_PARAMETER_INSERT && ret == 0 && off < h->size;
		off += HC_PAGE_SIZE)
		ret = tdx_page(r, h->gpa + off, NULL);
	return ret;
}

int igvm_measure_tdx(uint8_t out[SHA384_SIZE], const struct igvm *igvm, tdvf_explain_fn *explain,
	void *ctx, struct error *err)
{
	struct mrtd_launch run = {.explain = explain, .ctx = ctx};
	struct igvm_header h;
	uint32_t mask = 0;
	int ret = find_mask(igvm, IGVM_TDX, &mask, err);

	if (ret)
		return ret;
	ret = mrtd_init(&run.mrtd);
	for (size_t at = 0; ret == 0 && igvm_next(igvm, &at, &h);) {
		if (!(h.mask & mask))
			continue;
		if (h.flags & IGVM_PAGE_2MB) {
			mrtd_fini(&run.mrtd);
			return large_page(&h, err);
		}
		ret = tdx_header(&run, &h);
	}
	if (ret == 0)
		ret = mrtd_peek(&run.mrtd, out);
	mrtd_fini(&run.mrtd);
	return ret ? error_fail(err, ret, "MRTD", "hashing failed") : 0;
}
