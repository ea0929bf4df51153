/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building JSON objects with one sticky flag in place of a check after each member: a failed
 * allocation sets *bad, and the object is then thrown away as a whole, never sent cut short.
 */
#ifndef HC_ATTEST_RESULT_JSON_BUILD_H
#define HC_ATTEST_RESULT_JSON_BUILD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* `obj` NULL sets *bad. Member objects are borrowed from `obj`. */
json_t *json_add_object(json_t *obj, const char *name, bool *bad);
void json_add_string(json_t *obj, const char *name, const char *value, bool *bad);
void json_add_hex(json_t *obj, const char *name, const uint8_t *data, size_t len, bool *bad);
void json_add_int(json_t *obj, const char *name, int64_t value, bool *bad);
void json_add_bool(json_t *obj, const char *name, bool value, bool *bad);
void json_add_format(json_t *obj, const char *name, bool *bad, const char *fmt, ...)
	HC_PRINTF(4, 5);

#endif
