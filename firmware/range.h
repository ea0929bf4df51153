/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges of guest-physical addresses. No sum of untrusted numbers is formed before it is bounded.
 */
#ifndef HC_FIRMWARE_RANGE_H
#define HC_FIRMWARE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t start, end; /* bytes, [start, end); start <= end */
};

/* False, and `out` untouched, if start + len_bytes wraps. */
bool range_make(struct range *out, uint64_t start, uint64_t len_bytes);

static inline uint64_t range_len(struct range r)
{
	return r.end - r.start;
}

/* Is all of `inner` in `outer`? */
bool range_inside(struct range inner, struct range outer);

/* Have the two a byte in common? An empty range has none. */
bool range_overlap(struct range a, struct range b);

/* What is left of `r` without `hole`: 0 to 2 ranges, ascending, none of them empty. */
size_t range_subtract(struct range out[2], struct range r, struct range hole);

/* Down to a multiple of `align`, a power of two. */
static inline uint64_t align_down(uint64_t value, uint64_t align)
{
	return value & ~(align - 1);
}

#endif
