/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory has to be accepted, and accepting it: see accept.h. */
#include "firmware/accept.h"

/* What is left of `r` without both holes, to `out`; the number of ranges. */
static size_t without(struct range *out, struct range r, struct range launch, struct range packed)
{
	struct range part[2];
	const size_t parts = range_subtract(part, r, launch);
	size_t n = 0;

	for (size_t i = 0; i < parts; i++)
		n += range_subtract(&out[n], part[i], packed);
	return n;
}

int accept_list_make(
	struct accept_list *out, const struct hostinfo *info, const struct hc_manifest *manifest)
{
	static const struct range launch = {HC_TEXT_GPA, HC_LAUNCH_END};
	static const struct range fixed = {0, HC_FIRMWARE_END};
	const struct range packed = {
		manifest->packed_base, manifest->packed_base + manifest->packed_size};
	const uint64_t end = manifest->flags & HC_MANIFEST_LAZY ? HC_EAGER_END : HC_RAM_HIGH_END;

	out->count = 0;
	if (info->ram_count == 0 || !range_inside(fixed, info->ram[0]) ||
		!range_inside(packed, info->ram[0]))
		return HC_REFUSE_FDT_RAM;
	for (size_t i = 0; i < info->ram_count && info->ram[i].start < end; i++) {
		struct range r = info->ram[i];

		if (r.end > end)
			r.end = end;
		out->count += without(&out->range[out->count], r, launch, packed);
	}
	return 0;
}

int accept_list_run(const struct accept_list *list, const struct platform *on)
{
	int refusal;

	for (size_t i = 0; i < list->count; i++) {
		refusal = on->accept(list->range[i].start, range_len(list->range[i]));
		if (refusal)
			return refusal;
	}
	return 0;
}

static int accept_small(uint64_t gpa, uint64_t end, accept_page_fn *accept_page)
{
	for (; gpa < end; gpa += HC_PAGE_SIZE) {
		const int refusal = accept_page(gpa, false);

		if (refusal)
			return refusal == ACCEPT_MISMATCH ? HC_REFUSE_ACCEPT : refusal;
	}
	return 0;
}

int accept_pages(uint64_t gpa, uint64_t len_bytes, accept_page_fn *accept_page)
{
	const uint64_t end = gpa + len_bytes;

	while (gpa < end) {
		const bool large = gpa % ACCEPT_LARGE == 0 && end - gpa >= ACCEPT_LARGE;
		const uint64_t next = gpa + (large ? ACCEPT_LARGE : HC_PAGE_SIZE);
		int refusal = large ? accept_page(gpa, true) : ACCEPT_MISMATCH;

		if (refusal == ACCEPT_MISMATCH)
			refusal = accept_small(gpa, next, accept_page);
		if (refusal)
			return refusal;
		gpa = next;
	}
	return 0;
}
