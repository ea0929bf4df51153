/* SPDX-License-Identifier: Apache-2.0 */
/* Strict reading of JSON objects on top of jansson. */
#include "common/json.h"
#include "common/messages.h"

#include <stdio.h>
#include <string.h>

int json_parse_object(
	json_t **out, const char *text, size_t len, const char *what, struct error *err)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);

	*out = NULL;
	if (!root && json_error_code(&where) == json_error_out_of_memory)
		return error_fail(err, HC_ENOMEM, what, "%zu bytes", len);
	if (!root) {
		error_fail(err, HC_EFORMAT, what, N_("line %d, column %d: %s"), where.line,
			where.column, where.text);
		error_expected(err, "one JSON object");
		return HC_EFORMAT;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		error_fail(err, HC_EFORMAT, what, N_("JSON that is no object"));
		error_expected(err, "one JSON object");
		return HC_EFORMAT;
	}
	*out = root;
	return 0;
}

int json_only(const json_t *obj, const char *path, const char *const *names, struct error *err)
{
	const char *key;
	json_t *value;

	/* jansson's iterator takes a non-const object, and does not change it. */
	json_object_foreach((json_t *)(uintptr_t)obj, key, value)
	{
		const char *const *n = names;

		while (*n && strcmp(*n, key))
			n++;
		if (*n)
			continue;
		error_fail(err, HC_EFORMAT, path, N_("unknown member \"%s\""), key);
		error_remedy(err, "remove it or correct its name");
		return HC_EFORMAT;
	}
	return 0;
}

static int wrong(const char *path, const char *name, const json_t *value, const char *expected,
	struct error *err)
{
	static const char *const types[] = {"an object", "an array", "a string", "an integer",
		"a real", "true", "false", "null"};
	char where[96];

	snprintf(where, sizeof(where), "%s.%s", path, name);
	error_fail(err, HC_EFORMAT, where, "%s", types[json_typeof(value)]);
	error_expected(err, "%s", expected);
	return HC_EFORMAT;
}

static int missing(const char *path, const char *name, struct error *err)
{
	char where[96];

	snprintf(where, sizeof(where), "%s.%s", path, name);
	return error_fail(err, HC_EMISSING, where, N_("no such member"));
}

int json_opt_string(
	const json_t *obj, const char *path, const char *name, const char **out, struct error *err)
{
	const json_t *value = json_object_get(obj, name);

	if (!value)
		return 0;
	if (!json_is_string(value))
		return wrong(path, name, value, "a string", err);
	if (strlen(json_string_value(value)) != json_string_length(value))
		return wrong(path, name, value, "a string without NUL", err);
	*out = json_string_value(value);
	return 0;
}

int json_get_string(
	const json_t *obj, const char *path, const char *name, const char **out, struct error *err)
{
	*out = NULL;
	if (!json_object_get(obj, name))
		return missing(path, name, err);
	return json_opt_string(obj, path, name, out, err);
}

int json_opt_u64(const json_t *obj, const char *path, const char *name, uint64_t min, uint64_t max,
	uint64_t *out, struct error *err)
{
	const json_t *value = json_object_get(obj, name);
	char expected[64], where[96];
	json_int_t v;

	if (!value)
		return 0;
	snprintf(expected, sizeof(expected), "an integer from %llu to %llu",
		(unsigned long long)min, (unsigned long long)max);
	if (!json_is_integer(value))
		return wrong(path, name, value, expected, err);
	v = json_integer_value(value);
	if (v < 0 || (uint64_t)v < min || (uint64_t)v > max) {
		snprintf(where, sizeof(where), "%s.%s", path, name);
		error_fail(err, HC_ERANGE, where, "%lld", (long long)v);
		error_expected(err, "%s", expected);
		return HC_ERANGE;
	}
	*out = (uint64_t)v;
	return 0;
}

int json_get_u64(const json_t *obj, const char *path, const char *name, uint64_t min, uint64_t max,
	uint64_t *out, struct error *err)
{
	if (!json_object_get(obj, name))
		return missing(path, name, err);
	return json_opt_u64(obj, path, name, min, max, out, err);
}

int json_opt_bool(
	const json_t *obj, const char *path, const char *name, bool *out, struct error *err)
{
	const json_t *value = json_object_get(obj, name);

	if (!value)
		return 0;
	if (!json_is_boolean(value))
		return wrong(path, name, value, "true or false", err);
	*out = json_is_true(value);
	return 0;
}

int json_opt_object(const json_t *obj, const char *path, const char *name, const json_t **out,
	struct error *err)
{
	const json_t *value = json_object_get(obj, name);

	if (!value)
		return 0;
	if (!json_is_object(value))
		return wrong(path, name, value, "an object", err);
	*out = value;
	return 0;
}

int json_opt_array(const json_t *obj, const char *path, const char *name, const json_t **out,
	struct error *err)
{
	const json_t *value = json_object_get(obj, name);

	if (!value)
		return 0;
	if (!json_is_array(value))
		return wrong(path, name, value, "an array", err);
	*out = value;
	return 0;
}
