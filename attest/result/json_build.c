/* SPDX-License-Identifier: Apache-2.0 */
/* Building JSON objects with one sticky flag for failed allocations. */
#include "attest/result/json_build.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/hex.h"

#define HEX_MAX 128 /* bytes */

static void add(json_t *obj, const char *name, json_t *value, bool *bad)
{
	/* json_object_set_new takes the reference also when it fails, and refuses NULL. */
	if (json_object_set_new(obj, name, value))
		*bad = true;
}

json_t *json_add_object(json_t *obj, const char *name, bool *bad)
{
	add(obj, name, json_object(), bad);
	return json_object_get(obj, name);
}

void json_add_string(json_t *obj, const char *name, const char *value, bool *bad)
{
	add(obj, name, json_string(value), bad);
}

void json_add_hex(json_t *obj, const char *name, const uint8_t *data, size_t len, bool *bad)
{
	char text[2 * HEX_MAX + 1];

	if (len > HEX_MAX) {
		*bad = true;
		return;
	}
	hex_encode(text, data, len);
	json_add_string(obj, name, text, bad);
}

void json_add_int(json_t *obj, const char *name, int64_t value, bool *bad)
{
	add(obj, name, json_integer(value), bad);
}

void json_add_bool(json_t *obj, const char *name, bool value, bool *bad)
{
	add(obj, name, json_boolean(value), bad);
}

void json_add_format(json_t *obj, const char *name, bool *bad, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_add_string(obj, name, text, bad);
}
