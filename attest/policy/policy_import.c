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

#define HEX_SIZE  (2 * POLICY_DIGEST_SIZE + 1)
#define LISTS_MAX 2

/* A list of the rules, and what goes into it. */
struct list {
	const char *name;
	const uint8_t (*digest)[POLICY_DIGEST_SIZE];
	size_t count;
};

static const char *member_of(const struct policy_import *import)
{
	return import->tdx ? "tdx" : "snp";
}

static size_t lists_of(struct list out[LISTS_MAX], const struct policy_import *import)
{
	out[0] = (struct list){
		import->tdx ? "mrtd" : "measurements", import->measurement, import->count};
	out[1] = (struct list){"rtmr1", import->rtmr1, import->rtmr1_count};
	return import->tdx ? 2 : 1;
}

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

/* Give `obj` this list; nothing for an empty one. */
static bool set_list(json_t *obj, const struct list *list)
{
	json_t *array = json_array();
	bool ok = array && append(array, list->digest, list->count) >= 0;

	if (!ok || list->count == 0) {
		json_decref(array);
		return ok;
	}
	return json_object_set_new(obj, list->name, array) == 0;
}

static bool set_lists(json_t *rules, const struct policy_import *import)
{
	const struct list ids = {"id_key_digests", import->id_key, import->id_key_count};
	const struct list authors = {
		"author_key_digests", import->author_key, import->author_key_count};
	struct list list[LISTS_MAX];
	size_t count = lists_of(list, import);

	for (size_t i = 0; i < count; i++)
		if (!set_list(rules, &list[i]))
			return false;
	return set_list(rules, &ids) && set_list(rules, &authors);
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
	json_t *block = json_pack("{s:s, s:O}", "name", import->block, member_of(import), rules);
	int ret = block && set_lists(rules, import)
			  ? check_block(block, err)
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
static int find_rules(
	json_t **out, json_t *root, const struct policy_import *import, struct error *err)
{
	const char *name = import->block;
	json_t *blocks = json_object_get(root, "accept");

	for (size_t i = 0; i < json_array_size(blocks); i++) {
		json_t *block = json_array_get(blocks, i);

		if (strcmp(json_string_value(json_object_get(block, "name")), name) != 0)
			continue;
		*out = json_object_get(block, member_of(import));
		if (*out)
			return 0;
		error_fail(err, HC_EUNSUPPORTED, "policy.accept", "%.60s", name);
		error_expected(err, import->tdx ? N_("a block with rules for TDX")
						: N_("a block with rules for SEV-SNP"));
		return HC_EUNSUPPORTED;
	}
	return no_block(blocks, name, err);
}

/* The list as it is to be, in the rules; `done` grows. */
static bool change_list(
	json_t *rules, const struct list *with, bool replace, struct policy_import_done *done)
{
	json_t *old = json_object_get(rules, with->name);
	json_t *list = replace || !old ? json_array() : json_copy(old);
	bool ok = list && append(list, with->digest, with->count) >= 0;
	size_t before = json_array_size(old), kept = 0;

	for (size_t i = 0; ok && i < json_array_size(list); i++)
		kept += old && listed(old, json_string_value(json_array_get(list, i)));
	done->added += json_array_size(list) - kept;
	done->kept += kept;
	done->dropped += before - kept;
	ok = ok && json_object_set(rules, with->name, list) == 0;
	json_decref(list);
	return ok;
}

/* A first list of RTMR1 is a new rule: guests that the block accepts today would fail it. */
static int check_first_rtmr1(const json_t *rules, struct error *err)
{
	if (!json_object_get(rules, "mrtd") || json_object_get(rules, "rtmr1"))
		return 0;
	error_fail(err, HC_EUNSUPPORTED, "policy.accept.tdx", N_("mrtd without rtmr1"));
	error_expected(err, N_("both lists, or neither"));
	error_remedy(err, N_("a first rtmr1 would refuse the guests that are listed: give the "
			     "block theirs, take --replace, or paste a block of its own"));
	return HC_EUNSUPPORTED;
}

static int change(json_t *rules, const struct policy_import *import, bool replace,
	struct policy_import_done *done, struct error *err)
{
	struct list list[LISTS_MAX];
	size_t count = lists_of(list, import);
	int ret = import->tdx && !replace ? check_first_rtmr1(rules, err) : 0;

	*done = (struct policy_import_done){0};
	for (size_t i = 0; ret == 0 && i < count; i++)
		if (!change_list(rules, &list[i], replace, done))
			ret = error_fail(err, HC_ENOMEM, "policy", N_("no memory"));
	return ret;
}

/* Is all the rest what it was? Both are taken apart for it. */
static bool rest_unchanged(json_t *before, json_t *after, const struct policy_import *import)
{
	json_t *a = NULL, *b = NULL;
	struct list list[LISTS_MAX];
	size_t count = lists_of(list, import);

	if (find_rules(&a, before, import, NULL) || find_rules(&b, after, import, NULL))
		return false;
	for (size_t i = 0; i < count; i++) {
		json_object_del(a, list[i].name);
		json_object_del(b, list[i].name);
	}
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
	if (ret == 0 && !rest_unchanged(before, after, import))
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
		ret = find_rules(&rules, root, import, err);
	if (ret == 0)
		ret = change(rules, import, replace, done, err);
	if (ret == 0)
		ret = write_checked(out, root, before, import, err);
	json_decref(root);
	json_decref(before);
	return ret;
}
