/* SPDX-License-Identifier: Apache-2.0 */
/* The reverse map table as a guest meets it: see rmp.h. */
#include "tests/model/rmp.h"

#include <stdlib.h>

bool rmp_init(struct rmp *rmp, uint64_t end_gpa)
{
	*rmp = (struct rmp){.pages = (size_t)(end_gpa / RMP_PAGE)};
	rmp->entry = calloc(rmp->pages, sizeof(*rmp->entry));
	return rmp->entry != NULL;
}

void rmp_fini(struct rmp *rmp)
{
	free(rmp->entry);
	*rmp = (struct rmp){0};
}

struct rmp_entry *rmp_at(const struct rmp *rmp, uint64_t gpa)
{
	return gpa / RMP_PAGE < rmp->pages ? &rmp->entry[gpa / RMP_PAGE] : NULL;
}

void rmp_assign(struct rmp *rmp, uint64_t gpa, uint64_t len_bytes, bool large)
{
	const uint64_t end = gpa + len_bytes;

	for (uint64_t at = gpa; at < end && rmp_at(rmp, at); at += RMP_PAGE) {
		const uint64_t start = at & ~(RMP_LARGE - 1);

		*rmp_at(rmp, at) = (struct rmp_entry){
			.assigned = true,
			.large = large && start >= gpa && start + RMP_LARGE <= end,
		};
	}
}

void rmp_share(struct rmp *rmp, uint64_t gpa, uint64_t len_bytes)
{
	for (uint64_t at = gpa; at < gpa + len_bytes && rmp_at(rmp, at); at += RMP_PAGE)
		*rmp_at(rmp, at) = (struct rmp_entry){.shared = true};
}

void rmp_smash(struct rmp *rmp, uint64_t gpa)
{
	const uint64_t start = gpa & ~(RMP_LARGE - 1);

	for (uint64_t at = start; at < start + RMP_LARGE && rmp_at(rmp, at); at += RMP_PAGE)
		rmp_at(rmp, at)->large = false;
}

void rmp_launch(struct rmp *rmp, uint64_t gpa)
{
	rmp_smash(rmp, gpa);
	*rmp_at(rmp, gpa) =
		(struct rmp_entry){.assigned = true, .validated = true, .launched = true};
}

void rmp_swap(struct rmp *rmp, uint64_t gpa)
{
	struct rmp_entry *e = rmp_at(rmp, gpa);

	rmp_smash(rmp, gpa);
	e->assigned = true;
	e->validated = false;
	e->shared = false;
}

void rmp_take(struct rmp *rmp, uint64_t gpa)
{
	rmp_swap(rmp, gpa);
	rmp_at(rmp, gpa)->assigned = false;
}

static void validate(struct rmp_entry *e, bool to)
{
	if (to && !e->validated && e->validations < UINT8_MAX)
		e->validations++;
	if (to && !e->validated)
		e->lines_read = 0;
	e->validated = to;
}

static enum rmp_result pvalidate_large(struct rmp *rmp, uint64_t gpa, bool to, bool *unchanged)
{
	if (!rmp_at(rmp, gpa + RMP_LARGE - RMP_PAGE) || !rmp_at(rmp, gpa)->large) {
		rmp->mismatches++;
		return RMP_FAIL_SIZEMISMATCH;
	}
	*unchanged = rmp_at(rmp, gpa)->validated == to;
	for (uint64_t at = gpa; at < gpa + RMP_LARGE; at += RMP_PAGE)
		validate(rmp_at(rmp, at), to);
	rmp->pvalidates[1]++;
	return RMP_SUCCESS;
}

enum rmp_result rmp_pvalidate(struct rmp *rmp, uint64_t gpa, bool large, bool to, bool *unchanged)
{
	struct rmp_entry *e = rmp_at(rmp, gpa);

	*unchanged = false;
	if (gpa % (large ? RMP_LARGE : RMP_PAGE) != 0)
		return RMP_FAIL_INPUT;
	if (!e || !e->assigned)
		return RMP_NESTED_FAULT;
	if (large)
		return pvalidate_large(rmp, gpa, to, unchanged);
	if (e->large)
		return RMP_NESTED_FAULT;
	*unchanged = e->validated == to;
	validate(e, to);
	rmp->pvalidates[0]++;
	return RMP_SUCCESS;
}

enum rmp_result rmp_adjust(struct rmp *rmp, uint64_t gpa, bool large, unsigned int target_vmpl)
{
	const struct rmp_entry *e = rmp_at(rmp, gpa);

	if (target_vmpl <= rmp->vmpl)
		return RMP_FAIL_PERMISSION;
	if (gpa % (large ? RMP_LARGE : RMP_PAGE) != 0)
		return RMP_FAIL_INPUT;
	if (!e || !e->assigned)
		return RMP_NESTED_FAULT;
	if (large != e->large)
		return RMP_FAIL_SIZEMISMATCH;
	return e->validated ? RMP_SUCCESS : RMP_FAIL_INPUT;
}

enum rmp_access rmp_access(const struct rmp *rmp, uint64_t gpa, bool private_mapping)
{
	const struct rmp_entry *e = rmp_at(rmp, gpa);

	if (!e || (!e->assigned && !e->shared))
		return RMP_NOT_ASSIGNED;
	if (e->shared != !private_mapping)
		return e->shared ? RMP_NOT_ASSIGNED : RMP_CIPHERTEXT;
	return e->shared || e->validated ? RMP_OK : RMP_NOT_VALIDATED;
}
