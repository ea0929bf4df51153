/* SPDX-License-Identifier: Apache-2.0 */
/* Loosenings: their names, what each entry must say, and when it is in force. */
#include <stdio.h>

#include "attest/policy/policy_read.h"
#include "common/timefmt.h"

static const char *const names[POLICY_LOOSEN_COUNT + 1] = {
	[POLICY_LOOSEN_DEBUG] = "debug",
	[POLICY_LOOSEN_MIGRATION] = "migration",
	[POLICY_LOOSEN_MILAN] = "milan",
	[POLICY_LOOSEN_REVOCATION] = "revocation",
	[POLICY_LOOSEN_VMPL] = "vmpl",
	[POLICY_LOOSEN_MASKED_CHIP] = "masked-chip",
	[POLICY_LOOSEN_REPORT_VERSION_2] = "report-version-2",
	[POLICY_LOOSEN_REPORT_VERSION_6] = "report-version-6",
	[POLICY_LOOSEN_UNKNOWN_BITS] = "unknown-bits",
	[POLICY_LOOSEN_TCB_STATUS] = "tcb-status",
	[POLICY_LOOSEN_TCB_GRACE] = "tcb-grace",
	[POLICY_LOOSEN_PROFILING] = "profiling",
	[POLICY_LOOSEN_SEPT_VE] = "sept-ve",
	[POLICY_LOOSEN_SERVICE_TD] = "service-td",
	[POLICY_LOOSEN_QUOTE_BODY_EX] = "quote-body-ex",
};

const char *policy_loosening_name(enum policy_loosening what)
{
	return names[what];
}

bool policy_loosened(const struct policy_block *block, enum policy_loosening what, int64_t at)
{
	return block && block->loosen[what].present && at < block->loosen[what].until;
}

bool policy_any_loosened(const struct policy *policy, enum policy_loosening what, int64_t at)
{
	for (size_t i = 0; i < policy->block_count; i++)
		if (policy_loosened(&policy->block[i], what, at))
			return true;
	return false;
}

static void read_until(struct policy_reader *r, const json_t *item, const char *path, int64_t *out)
{
	char text[TIMEFMT_SIZE] = "";
	struct error err;

	policy_read_string(r, item, path, "until", text, sizeof(text));
	if (!text[0] || !timefmt_parse(out, text, &err))
		return;
	snprintf(err.where, sizeof(err.where), "%s", policy_place_of(path, "until").text);
	policy_read_note(r, &err);
}

static void read_one(
	struct policy_reader *r, const json_t *item, const char *path, struct policy_block *out)
{
	static const char *const members[] = {"what", "reason", "owner", "until", NULL};
	struct policy_loosened scratch = {0}, *entry = &scratch;
	struct policy_place place = policy_place_of(path, "what");
	char what[32] = "";
	int i;

	policy_read_only(r, item, path, members);
	policy_read_string(r, item, path, "what", what, sizeof(what));
	i = what[0] ? policy_read_choice(
			      r, what, place.text, names, "one of those in docs/POLICY.md")
		    : -1;
	if (i >= 0 && out->loosen[i].present)
		policy_read_bad(r, place.text, what, "each one once in a block");
	else if (i >= 0)
		entry = &out->loosen[i];
	policy_read_string(r, item, path, "reason", entry->reason, sizeof(entry->reason));
	policy_read_string(r, item, path, "owner", entry->owner, sizeof(entry->owner));
	read_until(r, item, path, &entry->until);
	entry->present = true;
}

void policy_read_loosen(
	struct policy_reader *r, const json_t *block, const char *path, struct policy_block *out)
{
	struct policy_place place = policy_place_of(path, "loosen");
	const json_t *array = policy_read_array(r, block, path, "loosen", POLICY_LOOSEN_COUNT);

	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);
		struct policy_place at = policy_place_at(place.text, i);

		if (json_is_object(item))
			read_one(r, item, at.text, out);
		else
			policy_read_bad(r, at.text, N_("no object"), "an object");
	}
}

void policy_read_weakens(struct policy_reader *r, const struct policy_block *block,
	enum policy_loosening what, const char *path, const char *found)
{
	char expected[96];

	if (block->loosen[what].present)
		return;
	snprintf(expected, sizeof(expected), "the loosening \"%s\" in the same block", names[what]);
	policy_read_bad(r, path, found, expected);
}
