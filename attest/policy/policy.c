/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of a policy file: version, name, deny-list, blocks. Whatever is not understood is
 * refused: a rule that is skipped is a hole.
 */
#include <stdlib.h>

#include "attest/crypto.h"
#include "attest/policy/policy_tee.h"
#include "common/json.h"

const struct policy_tee_ops *const policy_tees[] = {&policy_snp_ops, &policy_tdx_ops, NULL};

static void read_deny(struct policy_reader *r, const json_t *root, struct policy *out)
{
	const char *names[sizeof(policy_tees) / sizeof(policy_tees[0])];
	const json_t *deny = policy_read_object(r, root, "policy", "deny");
	size_t n = 0;

	if (!deny)
		return;
	for (; policy_tees[n]; n++)
		names[n] = policy_tees[n]->member;
	names[n] = NULL;
	policy_read_only(r, deny, "policy.deny", names);
	for (size_t i = 0; i < n; i++) {
		const json_t *obj = policy_read_object(r, deny, "policy.deny", names[i]);

		if (obj)
			policy_tees[i]->read_deny(
				r, obj, policy_place_of("policy.deny", names[i]).text, &out->deny);
	}
}

/* A name shows up in verdicts, logs and file names. */
static void check_name(struct policy_reader *r, const char *name, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	if (name[strspn(name, plain)])
		policy_read_bad(r, path, name, "letters, digits, '.', '_' and '-'");
}

static void check_unique(
	struct policy_reader *r, const struct policy *policy, size_t i, const char *path)
{
	for (size_t k = 0; k < i; k++)
		if (policy->block[i].name[0] &&
			!strcmp(policy->block[k].name, policy->block[i].name))
			policy_read_bad(r, path, policy->block[i].name, "a name of its own");
}

/* The one member that is named like a technology. */
static void read_rules(
	struct policy_reader *r, const json_t *item, const char *path, struct policy_block *out)
{
	for (const struct policy_tee_ops *const *ops = policy_tees; *ops; ops++) {
		struct policy_place place = policy_place_of(path, (*ops)->member);
		const json_t *obj = json_object_get(item, (*ops)->member);

		if (!obj)
			continue;
		if (out->tee != CLAIMS_NONE)
			policy_read_bad(
				r, place.text, N_("a second technology"), "one for each block");
		else if (!json_is_object(obj))
			policy_read_bad(r, place.text, N_("no object"), "an object");
		else
			(*ops)->read(r, obj, place.text, out);
		out->tee = (*ops)->tee;
	}
	if (out->tee == CLAIMS_NONE)
		policy_read_bad(r, path, N_("no technology"), "a member \"snp\" or \"tdx\"");
}

static void read_block(struct policy_reader *r, const json_t *item, size_t i, struct policy *out)
{
	static const char *const first[] = {"name", "loosen"};
	const char *names[2 + sizeof(policy_tees) / sizeof(policy_tees[0])] = {first[0], first[1]};
	struct policy_block *block = &out->block[i];
	struct policy_place path = policy_place_at("policy.accept", i);
	struct policy_place name = policy_place_of(path.text, "name");

	if (!json_is_object(item)) {
		policy_read_bad(r, path.text, N_("no object"), "an object");
		return;
	}
	for (size_t k = 0; policy_tees[k]; k++)
		names[2 + k] = policy_tees[k]->member;
	policy_read_only(r, item, path.text, names);
	policy_read_string(r, item, path.text, "name", block->name, sizeof(block->name));
	check_name(r, block->name, name.text);
	check_unique(r, out, i, name.text);
	policy_read_loosen(r, item, path.text, block);
	read_rules(r, item, path.text, block);
}

static void read_accept(struct policy_reader *r, const json_t *root, struct policy *out)
{
	const json_t *array = policy_read_array(r, root, "policy", "accept", POLICY_BLOCKS_MAX);
	size_t count = json_array_size(array);

	if (!json_object_get(root, "accept"))
		policy_read_bad(r, "policy.accept", N_("no such member"), "a list of blocks");
	if (!count)
		return;
	out->block = calloc(count, sizeof(*out->block));
	if (!out->block) {
		policy_read_no_memory(r, "policy.accept");
		return;
	}
	out->block_count = count;
	for (size_t i = 0; i < count; i++)
		read_block(r, json_array_get(array, i), i, out);
}

static void read_root(struct policy_reader *r, const json_t *root, struct policy *out)
{
	static const char *const names[] = {"version", "name", "deny", "accept", NULL};
	uint64_t version = 0;

	policy_read_only(r, root, "policy", names);
	if (!json_object_get(root, "version"))
		policy_read_bad(r, "policy.version", N_("no such member"), "1");
	else if (policy_read_number(r, root, "policy", "version", UINT32_MAX, &version) &&
		 version != 1)
		policy_read_bad(r, "policy.version", N_("another version"), "1");
	policy_read_string(r, root, "policy", "name", out->name, sizeof(out->name));
	read_deny(r, root, out);
	read_accept(r, root, out);
}

int policy_read(struct policy *out, struct view text,
	void (*problem)(void *ctx, const struct error *err), void *ctx, struct error *err)
{
	struct policy_reader r = {.err = err, .problem = problem, .ctx = ctx};
	struct error first;
	json_t *root;

	memset(out, 0, sizeof(*out));
	if (text.len > POLICY_SIZE_MAX) {
		error_fail(&first, HC_ERANGE, "policy", "%zu bytes", text.len);
		error_expected(&first, "at most %u bytes", POLICY_SIZE_MAX);
		policy_read_note(&r, &first);
		return r.rc;
	}
	if (json_parse_object(
		    &root, text.len ? (const char *)text.data : "", text.len, "policy", &first)) {
		policy_read_note(&r, &first);
		return r.rc;
	}
	read_root(&r, root, out);
	json_decref(root);
	if (!r.rc && crypto_sha384(out->sha384, text.data, text.len))
		return error_fail(err, HC_EINTERNAL, "policy", "no digest");
	return r.rc;
}

int policy_parse(struct policy *out, struct view text, struct error *err)
{
	return policy_read(out, text, NULL, NULL, err);
}

void policy_free(struct policy *policy)
{
	for (const struct policy_tee_ops *const *ops = policy_tees; *ops; ops++) {
		(*ops)->free_deny(&policy->deny);
		for (size_t i = 0; i < policy->block_count; i++)
			(*ops)->free(&policy->block[i]);
	}
	free(policy->block);
	memset(policy, 0, sizeof(*policy));
}

bool policy_lists_measurement(const struct policy *policy)
{
	for (size_t i = 0; i < policy->block_count; i++)
		for (const struct policy_tee_ops *const *ops = policy_tees; *ops; ops++)
			if ((*ops)->tee == policy->block[i].tee &&
				(*ops)->lists_measurement(&policy->block[i]))
				return true;
	return false;
}
