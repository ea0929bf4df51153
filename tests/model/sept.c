/* SPDX-License-Identifier: Apache-2.0 */
/* The Secure EPT as a guest meets it: see sept.h. */
#include "tests/model/sept.h"

#include <stdlib.h>

#define LEVEL_MASK 7u
#define LEVEL_MAX  1u /* 2 MiB; 1 GiB is not modelled */

bool sept_init(struct sept *sept, uint64_t end_gpa)
{
	*sept = (struct sept){.pages = (size_t)(end_gpa / SEPT_PAGE)};
	sept->entry = calloc(sept->pages, sizeof(*sept->entry));
	return sept->entry != NULL;
}

void sept_fini(struct sept *sept)
{
	free(sept->entry);
	*sept = (struct sept){0};
}

struct sept_entry *sept_at(const struct sept *sept, uint64_t gpa)
{
	return gpa / SEPT_PAGE < sept->pages ? &sept->entry[gpa / SEPT_PAGE] : NULL;
}

void sept_map(struct sept *sept, uint64_t gpa, uint64_t len_bytes, bool large)
{
	const uint64_t end = gpa + len_bytes;

	for (uint64_t at = gpa; at < end && sept_at(sept, at); at += SEPT_PAGE) {
		const uint64_t start = at & ~(SEPT_LARGE - 1);

		*sept_at(sept, at) = (struct sept_entry){
			.mapped = true,
			.large = large && start >= gpa && start + SEPT_LARGE <= end,
		};
	}
}

void sept_share(struct sept *sept, uint64_t gpa, uint64_t len_bytes)
{
	for (uint64_t at = gpa; at < gpa + len_bytes && sept_at(sept, at); at += SEPT_PAGE)
		*sept_at(sept, at) = (struct sept_entry){.shared = true};
}

static void split(struct sept *sept, uint64_t gpa)
{
	const uint64_t start = gpa & ~(SEPT_LARGE - 1);

	for (uint64_t at = start; at < start + SEPT_LARGE && sept_at(sept, at); at += SEPT_PAGE)
		sept_at(sept, at)->large = false;
}

void sept_launch(struct sept *sept, uint64_t gpa)
{
	split(sept, gpa);
	*sept_at(sept, gpa) =
		(struct sept_entry){.mapped = true, .accepted = true, .launched = true};
}

void sept_swap(struct sept *sept, uint64_t gpa)
{
	split(sept, gpa);
	sept_at(sept, gpa)->mapped = true;
	sept_at(sept, gpa)->accepted = false;
}

void sept_take(struct sept *sept, uint64_t gpa)
{
	sept_swap(sept, gpa);
	sept_at(sept, gpa)->mapped = false;
}

uint32_t sept_accept(struct sept *sept, uint64_t rcx)
{
	const bool large = (rcx & LEVEL_MASK) == 1;
	const uint64_t gpa = rcx & ~(SEPT_PAGE - 1), len = large ? SEPT_LARGE : SEPT_PAGE;
	const struct sept_entry *e = sept_at(sept, gpa);

	if ((rcx & (SEPT_PAGE - 1)) > LEVEL_MAX || gpa % len != 0 || rcx >> 52 != 0)
		return SEPT_OPERAND_INVALID;
	if (!e || !e->mapped)
		return SEPT_VIOLATION;
	if (e->large != large) {
		sept->mismatches++;
		return SEPT_SIZE_MISMATCH;
	}
	if (e->accepted)
		return SEPT_ALREADY_ACCEPTED;
	for (uint64_t at = gpa; at < gpa + len; at += SEPT_PAGE) {
		sept_at(sept, at)->accepted = true;
		if (sept_at(sept, at)->accepts < UINT8_MAX)
			sept_at(sept, at)->accepts++;
	}
	sept->accepts[large]++;
	return SEPT_SUCCESS;
}

enum sept_access sept_access(const struct sept *sept, uint64_t gpa, bool private_mapping)
{
	const struct sept_entry *e = sept_at(sept, gpa);

	if (!e || (!e->mapped && !e->shared))
		return SEPT_ABSENT;
	if (e->shared == private_mapping)
		return SEPT_KIND;
	return e->shared || e->accepted ? SEPT_OK : SEPT_PENDING;
}
