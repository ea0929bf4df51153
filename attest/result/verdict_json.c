/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict as the JSON object that programs read. */
#include <stdio.h>

#include "attest/result/json_build.h"
#include "attest/result/verdict.h"
#include "common/timefmt.h"

static void add_check(json_t *array, const struct verdict *v, const struct check *check, bool *bad)
{
	json_t *obj = json_object();
	char text[256];

	/* The array takes the reference; it also refuses NULL. */
	if (json_array_append_new(array, obj)) {
		*bad = true;
		return;
	}
	json_add_string(obj, "id", check->def->id, bad);
	json_add_string(obj, "group", check_group_name(check->def->group), bad);
	if (check->block)
		json_add_string(obj, "block", v->block[check->block - 1].name, bad);
	json_add_string(obj, "outcome", check_outcome_name(check->outcome), bad);
	if (check_warned(check))
		json_add_bool(obj, "warning", true, bad);
	json_add_string(obj, "found", check->found, bad);
	json_add_string(obj, "expected", check->expected, bad);
	json_add_string(obj, "section", check->def->section, bad);
	check_text(check, MESSAGES_EN, text, sizeof(text));
	json_add_string(obj, "text", text, bad);
	check_text(check, MESSAGES_FR, text, sizeof(text));
	json_add_string(obj, "text_fr", text, bad);
}

static void add_root(json_t *obj, const struct verdict *v, bool *bad)
{
	json_t *root;

	json_add_bool(obj, "simulated", v->has_root && v->root.simulated, bad);
	if (!v->has_root)
		return;
	root = json_add_object(obj, "root", bad);
	json_add_string(root, "name", v->root.name, bad);
	json_add_string(root, "subject", v->root.subject, bad);
	json_add_hex(root, "sha256", v->root.sha256, 32, bad);
	json_add_bool(root, "builtin", v->root.builtin, bad);
	json_add_bool(root, "simulated", v->root.simulated, bad);
	if (v->root.simulated)
		json_add_string(root, "warning",
			"SIMULATED ROOT - NOT HARDWARE: this evidence protects nothing", bad);
}

static void add_time(json_t *obj, const char *name, int64_t seconds, bool *bad)
{
	char text[TIMEFMT_SIZE];

	timefmt_rfc3339(text, seconds, -1);
	json_add_string(obj, name, text, bad);
}

static void add_link(json_t *array, const struct verdict_link *link, bool *bad)
{
	json_t *obj = json_object();

	if (json_array_append_new(array, obj)) {
		*bad = true;
		return;
	}
	json_add_string(obj, "kind", link->kind, bad);
	json_add_bool(obj, "present", link->present, bad);
	if (link->listed_by_crl)
		json_add_string(obj, "revocation", verdict_revocation_name(link->revocation), bad);
	if (link->list_from)
		add_time(obj, "list_from", link->list_from, bad);
	if (link->list_to)
		add_time(obj, "list_to", link->list_to, bad);
	if (!link->present)
		return;
	json_add_string(obj, "name", link->name, bad);
	json_add_string(obj, "serial", link->serial, bad);
	add_time(obj, "not_before", link->not_before, bad);
	add_time(obj, "not_after", link->not_after, bad);
	json_add_hex(obj, "sha256", link->sha256, sizeof(link->sha256), bad);
	json_add_string(obj, "signs", link_signature_name(link->signs), bad);
	if (link->anchor)
		json_add_string(obj, "anchor", link_anchor_name(link->anchor), bad);
}

static void add_chain(json_t *obj, const struct verdict *v, bool *bad)
{
	json_t *chain = json_array();

	if (json_object_set_new(obj, "chain", chain))
		*bad = true;
	for (size_t i = 0; i < v->chain.count && !*bad; i++)
		add_link(chain, &v->chain.link[i], bad);
}

static void add_block(json_t *array, const struct verdict_block *block, bool *bad)
{
	json_t *obj = json_object();

	if (json_array_append_new(array, obj)) {
		*bad = true;
		return;
	}
	json_add_string(obj, "name", block->name, bad);
	json_add_string(obj, "outcome", check_outcome_name(block->outcome), bad);
}

static void add_policy(json_t *obj, const struct verdict *v, bool *bad)
{
	json_t *policy = json_add_object(obj, "policy", bad), *blocks = json_array();

	json_add_string(policy, "name", v->policy_name, bad);
	if (!bytes_all_zero(v->policy_sha384, sizeof(v->policy_sha384)))
		json_add_hex(policy, "sha384", v->policy_sha384, sizeof(v->policy_sha384), bad);
	if (json_object_set_new(policy, "blocks", blocks))
		*bad = true;
	for (size_t i = 0; i < v->block_count && !*bad; i++)
		add_block(blocks, &v->block[i], bad);
	if (v->accepted_by)
		json_add_string(policy, "accepted_by", v->block[v->accepted_by - 1].name, bad);
}

static void add_head(json_t *obj, const struct verdict *v, bool *bad)
{
	json_add_string(obj, "tee", claims_tee_name(v->claims.tee), bad);
	json_add_string(obj, "authentic", verdict_authentic_name(v->authentic), bad);
	json_add_string(obj, "revocation", verdict_revocation_name(v->revocation), bad);
	json_add_string(obj, "verdict", verdict_name(v->value), bad);
	add_root(obj, v, bad);
	add_chain(obj, v, bad);
	add_time(obj, "at", v->at, bad);
	json_add_hex(obj, "evidence_sha384", v->evidence_sha384, 48, bad);
	add_policy(obj, v, bad);
}

static int build(json_t *obj, const struct verdict *v, struct error *err)
{
	json_t *claims, *checks = json_array();
	bool bad = false;
	int rc;

	add_head(obj, v, &bad);
	rc = claims_to_json(&v->claims, &claims, err);
	if (json_object_set_new(obj, "claims", claims))
		bad = true;
	if (json_object_set_new(obj, "checks", checks))
		bad = true;
	for (size_t i = 0; i < v->check_count && !bad; i++)
		add_check(checks, v, &v->check[i], &bad);
	return rc ? rc : bad ? HC_ENOMEM : 0;
}

int verdict_to_json(const struct verdict *v, json_t **out, struct error *err)
{
	int rc = HC_ENOMEM;

	*out = json_object();
	if (*out)
		rc = build(*out, v, err);
	if (!rc)
		return 0;
	json_decref(*out);
	*out = NULL;
	return error_fail(err, rc, "verdict", "no JSON for it");
}
