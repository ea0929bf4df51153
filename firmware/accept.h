/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which memory has to be accepted here: RAM without the launch area, to where Linux takes over if
 * the manifest says that it does, each page in exactly one range. A page accepted twice at one
 * address is how a host swaps memory under a guest, so the list comes first and is walked once. The
 * packed range of the manifest is launch pages too. The part of the launch area that holds no
 * launch page is never accepted and never touched, neither by the firmware nor, being reserved, by
 * Linux.
 */
#ifndef HC_FIRMWARE_ACCEPT_H
#define HC_FIRMWARE_ACCEPT_H

#include "firmware/hostfdt.h"
#include "firmware/platform.h"

#define ACCEPT_RANGES_MAX (HC_RAM_RANGES_MAX + 2) /* a hole cuts one range in two */

struct accept_list {
	struct range range[ACCEPT_RANGES_MAX]; /* ascending, disjoint, page aligned, none empty */
	size_t count;
};

/*
 * By a manifest that manifest_check has passed. HC_REFUSE_FDT_RAM if the launch area or the packed
 * range is not in the first RAM range.
 */
FW_MUST_USE int accept_list_make(
	struct accept_list *out, const struct hostinfo *info, const struct hc_manifest *manifest);

/* Accept all of it; the refusal of the platform, if there is one. */
FW_MUST_USE int accept_list_run(const struct accept_list *list, const struct platform *on);

/*
 * One page of 4 KiB or, `large`, of 2 MiB: 0, the refusal, or ACCEPT_MISMATCH if the host has it in
 * another size.
 */
#define ACCEPT_MISMATCH (-1)
#define ACCEPT_LARGE    HC_U64(0x200000) /* bytes */
typedef int accept_page_fn(uint64_t gpa, bool large);

/*
 * Accept [gpa, gpa + len_bytes), multiples of the page size, ascending and each page once: in 2 MiB
 * where both ends allow it, and where the host has smaller pages there, in 4 KiB.
 */
FW_MUST_USE int accept_pages(uint64_t gpa, uint64_t len_bytes, accept_page_fn *accept_page);

#endif
