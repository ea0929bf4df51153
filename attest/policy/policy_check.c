/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging claims by a policy. The claims may be forged: nothing here makes evidence genuine, and no
 * function of this file sees a signature or writes a verdict. Every rule is judged, also after one
 * that failed, so that a refusal tells all there is to mend.
 */
#include "attest/policy/policy_check.h"

#include <stdio.h>

#include "attest/policy/policy_tee.h"
#include "common/hex.h"
#include "common/timefmt.h"

struct check *policy_judge_broken(
	const struct judge *j, const char *id, enum policy_loosening what, const char *found)
{
	const struct policy_loosened *entry = j->block ? &j->block->loosen[what] : NULL;
	char until[TIMEFMT_SIZE] = "";
	struct check *check;

	if (entry && entry->present)
		timefmt_rfc3339(until, entry->until, -1);
	if (policy_loosened(j->block, what, j->v->at)) {
		check = verdict_add(j->v, id, CHECK_PASS);
		check_warn(check);
		check_set_found(check, "%s; loosened until %s by %s: %s", found, until,
			entry->owner, entry->reason);
		return check;
	}
	check = verdict_add(j->v, id, CHECK_FAIL);
	check_set_found(check, "%s", found);
	if (until[0])
		check_set_expected(check, "the loosening \"%s\" lapsed at %s",
			policy_loosening_name(what), until);
	else
		check_set_expected(check, "no such thing, or a loosening \"%s\" in the policy",
			policy_loosening_name(what));
	return check;
}

void policy_judge_flag(const struct judge *j, const char *id, bool set, enum policy_loosening what,
	const char *found)
{
	if (set)
		policy_judge_broken(j, id, what, found);
	else
		verdict_add(j->v, id, CHECK_PASS);
}

static bool root_accepted(
	const struct root *root, const char (*names)[ROOT_NAME_SIZE], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], root->name))
			return true;
	return !count && root->builtin;
}

void policy_judge_root(const struct judge *j, const char (*names)[ROOT_NAME_SIZE], size_t count)
{
	const struct verdict *v = j->v;
	struct check *check;

	if (!v->has_root) {
		verdict_add(j->v, "policy.root", CHECK_UNDECIDED);
		return;
	}
	check = verdict_add(j->v, "policy.root",
		root_accepted(&v->root, names, count) ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s%s%s%s", v->root.name,
		v->root.simulated ? verdict_text(v, N_(", SIMULATED")) : "",
		v->root.subject[0] ? ", " : "", v->root.subject);
	check_set_expected(check, "%s",
		count ? verdict_text(v, N_("a root on the policy's list"))
		      : verdict_text(v, N_("a built-in vendor root")));
}

void policy_judge_revocation(const struct judge *j)
{
	enum revocation_value state = j->v->revocation;
	struct check *check;

	if (state == REVOCATION_UNKNOWN &&
		policy_loosened(j->block, POLICY_LOOSEN_REVOCATION, j->v->at)) {
		policy_judge_broken(j, "policy.revocation", POLICY_LOOSEN_REVOCATION,
			verdict_revocation_text(state, j->v->lang));
		return;
	}
	check = verdict_add(j->v, "policy.revocation",
		state == REVOCATION_GOOD      ? CHECK_PASS
		: state == REVOCATION_REVOKED ? CHECK_FAIL
					      : CHECK_UNDECIDED);
	check_set_found(check, "%s", verdict_revocation_text(state, j->v->lang));
	check_set_expected(check, "good, by a list in date");
}

static bool listed(const struct policy_list *list, const uint8_t *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(list->data + i * list->size, value, list->size))
			return true;
	return false;
}

static struct check *judge_list(
	const struct judge *j, const char *id, const struct policy_list *list, const uint8_t *value)
{
	struct check *check = verdict_add(j->v, id, listed(list, value) ? CHECK_PASS : CHECK_FAIL);
	char hex[129];

	hex_encode(hex, value, list->size);
	check_set_found(check, "%s", hex);
	check_set_expected(check, "one of %zu", list->count);
	return check;
}

void policy_judge_list(
	const struct judge *j, const char *id, const struct policy_list *list, const uint8_t *value)
{
	if (list->count)
		judge_list(j, id, list, value);
}

void policy_judge_measurement(const struct judge *j, const struct policy_list *list)
{
	const struct claims *c = &j->v->claims;
	struct check *check;
	char hex[129];

	if (list && list->count && list->size == c->measurement_len) {
		judge_list(j, "policy.measurement", list, c->measurement);
		return;
	}
	check = verdict_add(j->v, "policy.measurement", CHECK_UNDECIDED);
	hex_encode(hex, c->measurement, c->measurement_len);
	check_set_found(check, "%s", hex);
	check_set_expected(check, "a policy that lists measurements");
}

static void judge_report_data(const uint8_t *expected, struct verdict *v)
{
	const struct claims *c = &v->claims;
	struct check *check;
	char hex[129];
	bool equal;

	if (!expected) {
		verdict_add(v, "policy.report_data", CHECK_SKIPPED);
		return;
	}
	equal = bytes_equal_ct(c->report_data, expected, sizeof(c->report_data));
	check = verdict_add(v, "policy.report_data", equal ? CHECK_PASS : CHECK_FAIL);
	hex_encode(hex, c->report_data, sizeof(c->report_data));
	check_set_found(check, "%s", hex);
	hex_encode(hex, expected, sizeof(c->report_data));
	check_set_expected(check, "%s", hex);
}

/* A policy that says nothing of this technology accepts none of it. */
static void judge_technology(
	const struct policy *policy, const struct policy_tee_ops *ops, struct verdict *v)
{
	bool any = !policy;
	struct check *check;

	for (size_t i = 0; policy && i < policy->block_count; i++)
		any = any || policy->block[i].tee == ops->tee;
	check = verdict_add(v, "policy.technology", any ? CHECK_PASS : CHECK_FAIL);
	check_set_expected(check, "a block with \"%s\"", ops->member);
}

/* False once a block accepts: the others have nothing to add then. */
static bool judge_block(const struct policy_tee_ops *ops, const struct policy_block *block,
	const char *name, struct verdict *v)
{
	const struct judge j = {block, v};

	verdict_block_begin(v, name);
	ops->judge(&j);
	if (verdict_block_outcome(v) != CHECK_PASS)
		return true;
	verdict_block_keep(v);
	return false;
}

static void judge_blocks(
	const struct policy *policy, const struct policy_tee_ops *ops, struct verdict *v)
{
	if (!policy) {
		judge_block(ops, NULL, "built-in defaults", v);
		return;
	}
	for (size_t i = 0; i < policy->block_count; i++) {
		const struct policy_block *block = &policy->block[i];

		if (block->tee == ops->tee && !judge_block(ops, block, block->name, v))
			return;
	}
}

void policy_check(const struct policy *policy, const uint8_t *report_data, struct verdict *v)
{
	snprintf(v->policy_name, sizeof(v->policy_name), "%s",
		policy ? policy->name : "built-in defaults");
	if (policy)
		memcpy(v->policy_sha384, policy->sha384, sizeof(v->policy_sha384));
	for (const struct policy_tee_ops *const *ops = policy_tees; *ops; ops++) {
		if ((*ops)->tee != v->claims.tee)
			continue;
		(*ops)->judge_all(policy, v);
		judge_report_data(report_data, v);
		judge_technology(policy, *ops, v);
		judge_blocks(policy, *ops, v);
	}
}
