/* SPDX-License-Identifier: Apache-2.0 */
/* See policy_import.h. Works on the text's JSON, and asks the policy's own reader before and after.
 */
#include "attest/policy/policy_import.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"
#include "common/json.h"
#include "common/messages.h"

#define LIST     "measurements"
#define HEX_SIZE (2 * POLICY_DIGEST_SIZE + 1)

static bool listed(const json_t *list, const char *hex)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcasecmp(json_string_value(json_array_get(list, i)), hex) == 0)
			return true;
	return false;
}

/* Those that are not there yet, at the end; how many, or -1 without memory. */
static long append(json_t *list, const uint8_t (*digest)[POLICY_DIGEST_SIZE], size_t count)
{
	long added = 0;

	for (size_t i = 0; i < count; i++) {
		char hex[HEX_SIZE];

		hex_encode(hex, digest[i], POLICY_DIGEST_SIZE);
		if (listed(list, hex))
			continue;
		if (json_array_append_new(list, json_string(hex)))
			return -1;
		added++;
	}
	return added;
}

/* Give `obj` a list of these; nothing for none of them. */
static bool set_list(
	json_t *obj, const char *name, const uint8_t (*digest)[POLICY_DIGEST_SIZE], size_t count)
{
	json_t *list = json_array();
	bool ok = list && append(list, digest, count) >= 0;

	if (!ok || count == 0) {
		json_decref(list);
		return ok;
	}
	return json_object_set_new(obj, name, list) == 0;
}

static int write_json(struct bytes *out, const json_t *root, struct error *err)
{
	char *text = json_dumps(root, JSON_INDENT(2));
	int ret = text ? bytes_append(out, text, strlen(text)) : HC_ENOMEM;

	if (ret == 0)
		ret = bytes_append(out, "\n", 1);
	free(text);
	return ret ? error_fail(err, ret, "policy", N_("no memory")) : 0;
}

/* Whatever a block may be called, a policy of it alone has to be read. */
static int check_block(const json_t *block, struct error *err)
{
	json_t *whole =
		json_pack("{s:i, s:s, s:[O]}", "version", 1, "name", "import", "accept", block);
	struct bytes text = {0};
	struct policy policy = {0};
	int ret = whole ? write_json(&text, whole, err)
			: error_fail(err, HC_ENOMEM, "policy", N_("no memory"));

	if (ret == 0) {
		ret = policy_parse(&policy, bytes_view(&text), err);
		policy_free(&policy);
	}
	bytes_free(&text);
	json_decref(whole);
	return ret;
}

int policy_import_new(struct bytes *out, const struct policy_import *import, struct error *err)
{
	json_t *rules = json_object();
	json_t *block = json_pack("{s:s, s:O}", "name", import->block, "snp", rules);
	bool ok =
		block && set_list(rules, LIST, import->measurement, import->count) &&
		set_list(rules, "id_key_digests", import->id_key, import->id_key_count) &&
		set_list(rules, "author_key_digests", import->author_key, import->author_key_count);
	int ret = ok ? check_block(block, err)
		     : error_fail(err, HC_EFORMAT, "block", "\"%.60s\"", import->block);

	if (ret == 0)
		ret = write_json(out, block, err);
	json_decref(block);
	json_decref(rules);
	return ret;
}

static int no_block(const json_t *blocks, const char *name, struct error *err)
{
	char names[160] = "";

	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *b = json_array_get(blocks, i);
		size_t at = strlen(names);

		snprintf(names + at, sizeof(names) - at, "%s%s", at ? ", " : "",
			json_string_value(json_object_get(b, "name")));
	}
	error_fail(err, HC_EMISSING, "policy.accept", "%s", names);
	error_expected(err, N_("a block \"%.60s\""), name);
	error_remedy(err, N_("name one of those with --block; a new block is a new way to be "
			     "accepted, and is for you to paste: import without --into prints it"));
	return HC_EMISSING;
}

/* The rules of the block; they belong to `root`. */
static int find_rules(json_t **out, json_t *root, const char *name, struct error *err)
{
	json_t *blocks = json_object_get(root, "accept");

	for (size_t i = 0; i < json_array_size(blocks); i++) {
		json_t *block = json_array_get(blocks, i);

		if (strcmp(json_string_value(json_object_get(block, "name")), name) != 0)
			continue;
		*out = json_object_get(block, "snp");
		if (*out)
			return 0;
		error_fail(err, HC_EUNSUPPORTED, "policy.accept", "%.60s", name);
		error_expected(err, N_("a block with rules for SEV-SNP"));
		return HC_EUNSUPPORTED;
	}
	return no_block(blocks, name, err);
}

static int change(json_t *rules, const struct policy_import *import, bool replace,
	struct policy_import_done *done, struct error *err)
{
	json_t *old = json_object_get(rules, LIST);
	json_t *list = replace || !old ? json_array() : json_copy(old);
	size_t before = json_array_size(old), kept = 0;
	long added = list ? append(list, import->measurement, import->count) : -1;

	for (size_t i = 0; added >= 0 && i < json_array_size(list); i++)
		kept += old && listed(old, json_string_value(json_array_get(list, i)));
	*done = (struct policy_import_done){
		.added = json_array_size(list) - kept,
		.kept = kept,
		.dropped = before - kept,
	};
	if (added < 0 || json_object_set(rules, LIST, list))
		added = -1;
	json_decref(list);
	return added < 0 ? error_fail(err, HC_ENOMEM, "policy", N_("no memory")) : 0;
}

/* Is all the rest what it was? Both are taken apart for it. */
static bool rest_unchanged(json_t *before, json_t *after, const char *block)
{
	json_t *a = NULL, *b = NULL;

	if (find_rules(&a, before, block, NULL) || find_rules(&b, after, block, NULL))
		return false;
	json_object_del(a, LIST);
	json_object_del(b, LIST);
	return json_equal(before, after);
}

static int parse(json_t **out, struct view text, struct error *err)
{
	struct policy policy;
	int ret = policy_parse(&policy, text, err);

	policy_free(&policy);
	return ret ? ret : json_parse_object(out, (const char *)text.data, text.len, "policy", err);
}

static int write_checked(struct bytes *out, json_t *changed, json_t *before,
	const struct policy_import *import, struct error *err)
{
	struct bytes text = {0};
	json_t *after = NULL;
	int ret = write_json(&text, changed, err);

	if (ret == 0)
		ret = parse(&after, bytes_view(&text), err);
	if (ret == 0 && !rest_unchanged(before, after, import->block))
		ret = error_fail(err, HC_EINTERNAL, "policy", "more than a list changed");
	if (ret == 0)
		ret = bytes_append(out, text.data, text.len);
	json_decref(after);
	bytes_free(&text);
	return ret;
}

int policy_import_into(struct bytes *out, struct view policy, const struct policy_import *import,
	bool replace, struct policy_import_done *done, struct error *err)
{
	json_t *root = NULL, *before = NULL, *rules = NULL;
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	ret = parse(&root, policy, err);
	if (ret == 0) {
		before = json_deep_copy(root);
		if (!before)
			ret = error_fail(err, HC_ENOMEM, "policy", N_("no memory"));
	}
	if (ret == 0)
		ret = find_rules(&rules, root, import->block, err);
	if (ret == 0)
		ret = change(rules, import, replace, done, err);
	if (ret == 0)
		ret = write_checked(out, root, before, import, err);
	json_decref(root);
	json_decref(before);
	return ret;
}
