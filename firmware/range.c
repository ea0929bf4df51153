/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of guest-physical addresses: see range.h. */
#include "firmware/range.h"

bool range_make(struct range *out, uint64_t start, uint64_t len_bytes)
{
	if (len_bytes > UINT64_MAX - start)
		return false;
	*out = (struct range){start, start + len_bytes};
	return true;
}

bool range_inside(struct range inner, struct range outer)
{
	return inner.start >= outer.start && inner.end <= outer.end;
}

bool range_overlap(struct range a, struct range b)
{
	if (range_len(a) == 0 || range_len(b) == 0)
		return false;
	return a.start < b.end && b.start < a.end;
}

size_t range_subtract(struct range out[2], struct range r, struct range hole)
{
	size_t n = 0;

	if (!range_overlap(r, hole)) {
		out[0] = r;
		return range_len(r) ? 1 : 0;
	}
	if (r.start < hole.start)
		out[n++] = (struct range){r.start, hole.start};
	if (hole.end < r.end)
		out[n++] = (struct range){hole.end, r.end};
	return n;
}
