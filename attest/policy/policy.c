/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy file. Whatever is not understood is refused: a rule that is skipped is a hole.
 */
#include "attest/policy/policy.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto.h"
#include "common/hex.h"
#include "common/json.h"
#include "common/text.h"
#include "common/timefmt.h"

static const char *const loosening_names[POLICY_LOOSEN_COUNT] = {
	[POLICY_LOOSEN_DEBUG] = "debug",
	[POLICY_LOOSEN_MIGRATION] = "migration",
	[POLICY_LOOSEN_MILAN] = "milan",
	[POLICY_LOOSEN_REVOCATION] = "revocation",
	[POLICY_LOOSEN_VMPL] = "vmpl",
	[POLICY_LOOSEN_MASKED_CHIP] = "masked-chip",
	[POLICY_LOOSEN_REPORT_VERSION] = "report-version-2",
	[POLICY_LOOSEN_UNKNOWN_BITS] = "unknown-bits",
};

const char *policy_loosening_name(enum policy_loosening what)
{
	return loosening_names[what];
}

static int bad(struct error *err, const char *where, const char *found, const char *expected)
{
	error_fail(err, HC_EFORMAT, where, "%s", found);
	error_expected(err, "%s", expected);
	error_section(err, "docs/POLICY.md");
	return HC_EFORMAT;
}

/* A string that is neither empty nor cut, and is shown as it stands. */
static int copy_string(char *out, size_t cap, const json_t *obj, const char *path, const char *name,
	struct error *err)
{
	const char *text;
	int rc = json_get_string(obj, path, name, &text, err);

	if (rc)
		return rc;
	if (!text[0] || strlen(text) >= cap) {
		char where[96];

		snprintf(where, sizeof(where), "%s.%s", path, name);
		return bad(err, where, text[0] ? "a long string" : "an empty string",
			"a short string");
	}
	snprintf(out, cap, "%s", text);
	text_clean(out);
	return strcmp(out, text) ? bad(err, path, "control characters", "text without") : 0;
}

/* Entry `i` of an array of strings; NULL if it is none, or holds a NUL. */
static const char *string_at(const json_t *array, size_t i)
{
	const json_t *item = json_array_get(array, i);

	if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item))
		return NULL;
	return json_string_value(item);
}

static int parse_measurements(struct policy *out, const json_t *snp, struct error *err)
{
	const json_t *array = NULL;
	size_t count;
	int rc = json_opt_array(snp, "policy.snp", "measurements", &array, err);

	if (rc || !array)
		return rc;
	count = json_array_size(array);
	if (!count || count > POLICY_MEASUREMENTS_MAX)
		return bad(err, "policy.snp.measurements", "an empty or very long list",
			"1 to 256 measurements");
	out->measurement = calloc(count, sizeof(*out->measurement));
	if (!out->measurement)
		return error_fail(err, HC_ENOMEM, "policy.snp.measurements", "no memory");
	for (size_t i = 0; i < count; i++) {
		const char *text = string_at(array, i);

		if (!text)
			return bad(err, "policy.snp.measurements", "something else than a string",
				"96 hex digits");
		rc = hex_decode(out->measurement[i], 48, text, "policy.snp.measurements", err);
		if (rc)
			return rc;
	}
	out->measurement_count = count;
	return 0;
}

static bool root_name_valid(const char *name)
{
	static const char *const builtin[] = {"amd-milan", "amd-genoa", "amd-turin"};
	uint8_t digest[32];
	char lower[65];

	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (!strcmp(name, builtin[i]))
			return true;
	if (strncmp(name, "sha256:", 7) || hex_decode(digest, 32, name + 7, "root", NULL))
		return false;
	/* Roots are named in lower case; another case would never match. */
	hex_encode(lower, digest, 32);
	return !strcmp(lower, name + 7);
}

static int parse_roots(struct policy *out, const json_t *snp, struct error *err)
{
	const json_t *array = NULL;
	size_t count;
	int rc = json_opt_array(snp, "policy.snp", "roots", &array, err);

	if (rc || !array)
		return rc;
	count = json_array_size(array);
	if (!count || count > POLICY_ROOTS_MAX)
		return bad(err, "policy.snp.roots", "an empty or very long list", "1 to 16 roots");
	for (size_t i = 0; i < count; i++) {
		const char *name = string_at(array, i);

		if (!name || !root_name_valid(name))
			return bad(err, "policy.snp.roots", name ? name : "no string",
				"amd-milan, amd-genoa, amd-turin or sha256:<64 lower-case hex>");
		snprintf(out->root[i], sizeof(out->root[i]), "%s", name);
	}
	out->has_roots = true;
	out->root_count = count;
	return 0;
}

static int parse_products(struct policy *out, const json_t *snp, struct error *err)
{
	const json_t *array = NULL;
	int rc = json_opt_array(snp, "policy.snp", "products", &array, err);

	if (rc || !array)
		return rc;
	if (!json_array_size(array))
		return bad(err, "policy.snp.products", "an empty list", "at least one product");
	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = string_at(array, i);
		enum snp_product product =
			name ? snp_product_from_name(name, strlen(name)) : SNP_PRODUCT_UNKNOWN;

		if (product == SNP_PRODUCT_UNKNOWN)
			return bad(err, "policy.snp.products", name ? name : "no string",
				"milan, genoa or turin");
		out->product[product] = true;
	}
	out->has_products = true;
	return 0;
}

static int parse_snp(struct policy *out, const json_t *root, struct error *err)
{
	static const char *const names[] = {"measurements", "roots", "products", NULL};
	const json_t *snp = NULL;
	int rc = json_opt_object(root, "policy", "snp", &snp, err);

	if (rc || !snp)
		return rc;
	rc = json_only(snp, "policy.snp", names, err);
	if (!rc)
		rc = parse_measurements(out, snp, err);
	if (!rc)
		rc = parse_roots(out, snp, err);
	return rc ? rc : parse_products(out, snp, err);
}

static int find_loosening(const char *what, enum policy_loosening *out, struct error *err)
{
	for (int i = 0; i < POLICY_LOOSEN_COUNT; i++) {
		if (strcmp(loosening_names[i], what))
			continue;
		*out = (enum policy_loosening)i;
		return 0;
	}
	return bad(err, "policy.loosen.what", what, "one of those in docs/POLICY.md");
}

static int parse_loosening(struct policy *out, const json_t *item, struct error *err)
{
	static const char *const names[] = {"what", "reason", "owner", "until", NULL};
	enum policy_loosening what = POLICY_LOOSEN_COUNT;
	char name[32], until[TIMEFMT_SIZE];
	int rc;

	if (!json_is_object(item))
		return bad(err, "policy.loosen", "something else", "an object");
	rc = json_only(item, "policy.loosen", names, err);
	if (!rc)
		rc = copy_string(name, sizeof(name), item, "policy.loosen", "what", err);
	if (!rc)
		rc = find_loosening(name, &what, err);
	if (rc)
		return rc;
	if (out->loosen[what].present)
		return bad(err, "policy.loosen.what", name, "each one once");
	rc = copy_string(out->loosen[what].reason, sizeof(out->loosen[what].reason), item,
		"policy.loosen", "reason", err);
	if (!rc)
		rc = copy_string(out->loosen[what].owner, sizeof(out->loosen[what].owner), item,
			"policy.loosen", "owner", err);
	if (!rc)
		rc = copy_string(until, sizeof(until), item, "policy.loosen", "until", err);
	if (!rc)
		rc = timefmt_parse(&out->loosen[what].until, until, err);
	out->loosen[what].present = !rc;
	return rc;
}

static int parse_loosen(struct policy *out, const json_t *root, struct error *err)
{
	const json_t *array = NULL;
	int rc = json_opt_array(root, "policy", "loosen", &array, err);

	for (size_t i = 0; !rc && i < json_array_size(array); i++)
		rc = parse_loosening(out, json_array_get(array, i), err);
	return rc;
}

static int parse_object(struct policy *out, const json_t *root, struct error *err)
{
	static const char *const names[] = {"version", "name", "snp", "loosen", NULL};
	uint64_t version;
	int rc = json_only(root, "policy", names, err);

	if (!rc)
		rc = json_get_u64(root, "policy", "version", 1, 1, &version, err);
	if (!rc)
		rc = copy_string(out->name, sizeof(out->name), root, "policy", "name", err);
	if (!rc)
		rc = parse_snp(out, root, err);
	return rc ? rc : parse_loosen(out, root, err);
}

int policy_parse(struct policy *out, struct view text, struct error *err)
{
	json_t *root;
	int rc;

	memset(out, 0, sizeof(*out));
	if (text.len > POLICY_SIZE_MAX)
		return error_fail(err, HC_ERANGE, "policy", "%zu bytes", text.len);
	rc = json_parse_object(
		&root, text.len ? (const char *)text.data : "", text.len, "policy", err);
	if (rc)
		return rc;
	rc = parse_object(out, root, err);
	json_decref(root);
	if (!rc && crypto_sha384(out->sha384, text.data, text.len))
		return error_fail(err, HC_EINTERNAL, "policy", "no digest");
	return rc;
}

void policy_free(struct policy *policy)
{
	free(policy->measurement);
	memset(policy, 0, sizeof(*policy));
}

bool policy_loosened(const struct policy *policy, enum policy_loosening what, int64_t at)
{
	return policy && policy->loosen[what].present && at < policy->loosen[what].until;
}
