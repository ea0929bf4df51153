/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a policy file, each with what was expected where it is something else. */
#include "attest/policy/policy_read.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"
#include "common/json.h"
#include "common/text.h"

struct policy_place policy_place_of(const char *path, const char *name)
{
	struct policy_place out;

	snprintf(out.text, sizeof(out.text), "%.60s.%.32s", path, name);
	return out;
}

struct policy_place policy_place_at(const char *path, size_t index)
{
	struct policy_place out;

	snprintf(out.text, sizeof(out.text), "%.72s[%zu]", path, index);
	return out;
}

void policy_read_note(struct policy_reader *r, const struct error *err)
{
	if (!r->rc) {
		r->rc = err->code;
		if (r->err)
			*r->err = *err;
	}
	if (r->problem)
		r->problem(r->ctx, err);
}

void policy_read_bad(
	struct policy_reader *r, const char *path, const char *found, const char *expected)
{
	struct error err;

	error_fail(&err, HC_EFORMAT, path, "%s", found);
	error_expected(&err, "%s", expected);
	error_section(&err, "docs/POLICY.md");
	policy_read_note(r, &err);
}

void policy_read_no_memory(struct policy_reader *r, const char *path)
{
	struct error err;

	error_fail(&err, HC_ENOMEM, path, "no memory");
	policy_read_note(r, &err);
}

static bool among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

void policy_read_only(
	struct policy_reader *r, const json_t *obj, const char *path, const char *const *names)
{
	struct error err;
	const char *key;
	json_t *value;

	/* jansson's iterator takes a non-const object, and does not change it. */
	json_object_foreach((json_t *)(uintptr_t)obj, key, value)
	{
		if (among(key, names))
			continue;
		error_fail(&err, HC_EFORMAT, path, N_("unknown member \"%.60s\""), key);
		error_remedy(&err, "remove it or correct its name");
		error_section(&err, "docs/POLICY.md");
		policy_read_note(r, &err);
	}
}

const json_t *policy_read_object(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name)
{
	struct policy_place place = policy_place_of(path, name);
	const json_t *out = json_object_get(obj, name);

	if (!out)
		return NULL;
	if (json_is_object(out) && json_object_size(out))
		return out;
	policy_read_bad(r, place.text,
		json_is_object(out) ? N_("an empty object") : N_("no object"),
		"an object with at least one member");
	return NULL;
}

const json_t *policy_read_array(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name, size_t max)
{
	struct policy_place place = policy_place_of(path, name);
	const json_t *out = json_object_get(obj, name);
	char expected[48];

	if (!out)
		return NULL;
	if (json_array_size(out) && json_array_size(out) <= max)
		return out;
	snprintf(expected, sizeof(expected), "a list of 1 to %zu", max);
	policy_read_bad(r, place.text,
		!json_is_array(out)    ? N_("no list")
		: json_array_size(out) ? N_("a longer list")
				       : N_("an empty list"),
		expected);
	return NULL;
}

const char *policy_read_text(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name)
{
	const char *out = NULL;
	struct error err;

	if (!json_opt_string(obj, path, name, &out, &err))
		return out;
	policy_read_note(r, &err);
	return NULL;
}

bool policy_read_number(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, uint64_t max, uint64_t *out)
{
	struct error err;

	if (!json_object_get(obj, name))
		return false;
	if (!json_opt_u64(obj, path, name, 0, max, out, &err))
		return true;
	policy_read_note(r, &err);
	return false;
}

bool policy_read_numbers(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, uint32_t allowed, const char *expected, uint32_t *out)
{
	struct policy_place place = policy_place_of(path, name);
	const json_t *array = policy_read_array(r, obj, path, name, 32);

	*out = 0;
	for (size_t i = 0; i < json_array_size(array); i++) {
		const json_t *item = json_array_get(array, i);
		json_int_t n = json_integer_value(item);

		if (json_is_integer(item) && n >= 0 && n < 32 && allowed >> n & 1)
			*out |= 1U << n;
		else
			policy_read_bad(r, policy_place_at(place.text, i).text,
				N_("something else"), expected);
	}
	return array;
}

void policy_read_list(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, size_t max, struct policy_list *out)
{
	struct policy_place place = policy_place_of(path, name);
	const json_t *array = policy_read_array(r, obj, path, name, max);
	size_t count = json_array_size(array);

	if (!count)
		return;
	out->data = calloc(count, out->size);
	if (!out->data) {
		policy_read_no_memory(r, place.text);
		return;
	}
	out->count = count;
	for (size_t i = 0; i < count; i++) {
		const char *text = policy_read_item(r, array, place.text, i);
		struct policy_place at = policy_place_at(place.text, i);
		struct error err;

		if (text && hex_decode(out->data + i * out->size, out->size, text, at.text, &err))
			policy_read_note(r, &err);
	}
}

void policy_read_string(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, char *out, size_t cap)
{
	struct policy_place place = policy_place_of(path, name);
	const char *text = policy_read_text(r, obj, path, name);
	char expected[64];

	snprintf(expected, sizeof(expected), "text of 1 to %zu bytes", cap - 1);
	if (!json_object_get(obj, name)) {
		policy_read_bad(r, place.text, N_("no such member"), expected);
	} else if (text && (!text[0] || strlen(text) >= cap)) {
		policy_read_bad(
			r, place.text, text[0] ? N_("longer text") : N_("empty text"), expected);
	} else if (text) {
		memcpy(out, text, strlen(text) + 1);
		text_clean(out);
		if (strcmp(out, text))
			policy_read_bad(r, place.text, N_("control characters"), "text without");
	}
}

const char *policy_read_item(
	struct policy_reader *r, const json_t *array, const char *path, size_t i)
{
	const char *text = json_string_value(json_array_get(array, i));

	if (!text)
		policy_read_bad(r, policy_place_at(path, i).text, N_("no text"), "text");
	return text;
}

int policy_read_choice(struct policy_reader *r, const char *text, const char *path,
	const char *const *names, const char *expected)
{
	char found[96];

	for (int i = 0; names[i]; i++)
		if (!strcmp(text, names[i]))
			return i;
	snprintf(found, sizeof(found), "\"%.80s\"", text);
	policy_read_bad(r, path, found, expected);
	return -1;
}

/* One number without sign, space or leading zero; *text moves behind it. */
static bool take_number(const char **text, uint8_t *out)
{
	unsigned n = 0;
	size_t digits = strspn(*text, "0123456789");

	if (!digits || digits > 3 || (digits > 1 && **text == '0'))
		return false;
	for (size_t i = 0; i < digits; i++)
		n = 10 * n + (unsigned)((*text)[i] - '0');
	*text += digits;
	*out = (uint8_t)n;
	return n <= UINT8_MAX;
}

bool policy_read_version(
	struct policy_reader *r, const char *text, const char *path, unsigned parts, uint8_t out[3])
{
	const char *rest = text;
	bool good = true;
	char found[96];

	for (unsigned i = 0; good && i < parts; i++) {
		good = !i || *rest++ == '.';
		good = good && take_number(&rest, &out[i]);
	}
	if (good && !*rest)
		return true;
	snprintf(found, sizeof(found), "\"%.80s\"", text);
	policy_read_bad(r, path, found,
		parts == 3 ? N_("a version like \"1.55.29\"") : N_("a version like \"1.55\""));
	return false;
}

static bool root_name_valid(const char *name, const char *const *builtin)
{
	uint8_t digest[32];
	char lower[65];

	if (among(name, builtin))
		return true;
	if (strncmp(name, "sha256:", 7) || hex_decode(digest, 32, name + 7, "root", NULL))
		return false;
	/* Roots are named in lower case; another case would never match. */
	hex_encode(lower, digest, 32);
	return !strcmp(lower, name + 7);
}

size_t policy_read_roots(struct policy_reader *r, const json_t *obj, const char *path,
	const char *const *builtin, const char *expected, char (*out)[ROOT_NAME_SIZE], size_t max)
{
	struct policy_place place = policy_place_of(path, "roots");
	const json_t *array = policy_read_array(r, obj, path, "roots", max);
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(array); i++) {
		const char *name = policy_read_item(r, array, place.text, i);

		if (name && !root_name_valid(name, builtin))
			policy_read_bad(r, policy_place_at(place.text, i).text, name, expected);
		else if (name)
			snprintf(out[count++], sizeof(out[0]), "%s", name);
	}
	return count;
}
