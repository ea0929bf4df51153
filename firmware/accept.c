/* SPDX-License-Identifier: Apache-2.0 */
/* Which memory has to be accepted, and accepting it: see accept.h. */
#include "firmware/accept.h"

int accept_list_make(struct accept_list *out, const struct hostinfo *info)
{
	static const struct range launch = {HC_TEXT_GPA, HC_LAUNCH_END};
	static const struct range fixed = {0, HC_FIRMWARE_END};

	out->count = 0;
	if (info->ram_count == 0 || !range_inside(fixed, info->ram[0]))
		return HC_REFUSE_FDT_RAM;
	for (size_t i = 0; i < info->ram_count; i++)
		out->count += range_subtract(&out->range[out->count], info->ram[i], launch);
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
