/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical JSON (RFC 8785). Refuses what it cannot be sure of. */
#include "attest/jose/jcs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTEGER_MAX_SAFE 9007199254740991LL /* RFC 8785 section 3.2.2.3: IEEE 754 doubles */

static int write_value(const json_t *value, int depth, struct bytes *out, struct error *err);

static int unsupported(struct error *err, const char *what)
{
	error_fail(err, HC_EUNSUPPORTED, "canonical JSON", "%s", what);
	error_section(err, "RFC 8785 3.2");
	return HC_EUNSUPPORTED;
}

static int put(struct bytes *out, const char *text, size_t len, struct error *err)
{
	if (bytes_append(out, text, len))
		return error_fail(err, HC_ENOMEM, "canonical JSON", "%zu bytes", len);
	return 0;
}

/* RFC 8785 3.2.2.2: two-character escapes where there are any, else \u00xx in lower case. */
static int write_char(unsigned char c, struct bytes *out, struct error *err)
{
	static const char from[] = "\b\t\n\f\r\"\\", to[] = "btnfr\"\\";
	const char *at = c ? strchr(from, c) : NULL;
	char text[8];
	int len = 1;

	if (at)
		len = snprintf(text, sizeof(text), "\\%c", to[at - from]);
	else if (c < 0x20)
		len = snprintf(text, sizeof(text), "\\u%04x", c);
	else
		text[0] = (char)c;
	return put(out, text, (size_t)len, err);
}

static int write_string(const char *s, size_t len, struct bytes *out, struct error *err)
{
	int rc = put(out, "\"", 1, err);

	for (size_t i = 0; !rc && i < len; i++)
		rc = write_char((unsigned char)s[i], out, err);
	return rc ? rc : put(out, "\"", 1, err);
}

static int write_integer(json_int_t v, struct bytes *out, struct error *err)
{
	char text[32];
	int len;

	if (v > INTEGER_MAX_SAFE || v < -INTEGER_MAX_SAFE)
		return unsupported(err, "an integer that a double does not hold");
	len = snprintf(text, sizeof(text), "%lld", (long long)v);
	return put(out, text, (size_t)len, err);
}

static int write_array(const json_t *array, int depth, struct bytes *out, struct error *err)
{
	int rc = put(out, "[", 1, err);

	for (size_t i = 0; !rc && i < json_array_size(array); i++) {
		rc = i ? put(out, ",", 1, err) : 0;
		if (!rc)
			rc = write_value(json_array_get(array, i), depth + 1, out, err);
	}
	return rc ? rc : put(out, "]", 1, err);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names, sorted; for printable ASCII, byte order is the order of UTF-16 code units. */
static int sorted_names(const json_t *object, const char ***out, struct error *err)
{
	const char **names = calloc(json_object_size(object) + 1, sizeof(*names));
	const char *key;
	json_t *value;
	size_t n = 0;

	if (!names)
		return error_fail(err, HC_ENOMEM, "canonical JSON", "member names");
	/* jansson's iterator takes a non-const object, and does not change it. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		for (const char *c = key; *c; c++)
			if (*c < 0x20 || *c > 0x7e) {
				free(names);
				return unsupported(
					err, "a member name that is not printable ASCII");
			}
		names[n++] = key;
	}
	qsort(names, n, sizeof(*names), by_bytes);
	*out = names;
	return 0;
}

static int write_member(
	const json_t *object, const char *name, int depth, struct bytes *out, struct error *err)
{
	int rc = write_string(name, strlen(name), out, err);

	if (!rc)
		rc = put(out, ":", 1, err);
	return rc ? rc : write_value(json_object_get(object, name), depth + 1, out, err);
}

static int write_object(const json_t *object, int depth, struct bytes *out, struct error *err)
{
	const char **names = NULL;
	int rc = sorted_names(object, &names, err);

	if (rc)
		return rc;
	rc = put(out, "{", 1, err);
	for (size_t i = 0; !rc && names[i]; i++) {
		rc = i ? put(out, ",", 1, err) : 0;
		if (!rc)
			rc = write_member(object, names[i], depth, out, err);
	}
	free(names);
	return rc ? rc : put(out, "}", 1, err);
}

static int write_value(const json_t *value, int depth, struct bytes *out, struct error *err)
{
	if (depth > JCS_DEPTH_MAX)
		return unsupported(err, "nesting too deep");
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(value, depth, out, err);
	case JSON_ARRAY:
		return write_array(value, depth, out, err);
	case JSON_STRING:
		return write_string(json_string_value(value), json_string_length(value), out, err);
	case JSON_INTEGER:
		return write_integer(json_integer_value(value), out, err);
	case JSON_TRUE:
		return put(out, "true", 4, err);
	case JSON_FALSE:
		return put(out, "false", 5, err);
	case JSON_NULL:
		return put(out, "null", 4, err);
	case JSON_REAL:
	default:
		return unsupported(err, "a number that is no integer");
	}
}

int jcs_write(const json_t *value, struct bytes *out, struct error *err)
{
	return write_value(value, 0, out, err);
}
