/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict reading of JSON objects on top of jansson: duplicate members are refused by the parser,
 * unknown ones by json_only(), and every getter says what was expected, with the member's path.
 */
#ifndef HC_COMMON_JSON_H
#define HC_COMMON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Parse `len` bytes: one object, no duplicates, nothing after it. The caller json_decref()s. */
HC_MUST_USE int json_parse_object(
	json_t **out, const char *text, size_t len, const char *what, struct error *err);
HC_MUST_USE int json_load_object(json_t **out, const char *path, size_t max, struct error *err);

/* HC_EFORMAT if `obj` has a member that is not among `names` (NULL-terminated list). */
HC_MUST_USE int json_only(
	const json_t *obj, const char *path, const char *const *names, struct error *err);

/*
 * Getters. `path` is the object's place, for the error text. A missing member is HC_EMISSING, or,
 * in the _opt forms, leaves *out alone and returns 0. Strings are borrowed from the object.
 */
HC_MUST_USE int json_get_string(
	const json_t *obj, const char *path, const char *name, const char **out, struct error *err);
HC_MUST_USE int json_opt_string(
	const json_t *obj, const char *path, const char *name, const char **out, struct error *err);
HC_MUST_USE int json_get_u64(const json_t *obj, const char *path, const char *name, uint64_t min,
	uint64_t max, uint64_t *out, struct error *err);
HC_MUST_USE int json_opt_u64(const json_t *obj, const char *path, const char *name, uint64_t min,
	uint64_t max, uint64_t *out, struct error *err);
HC_MUST_USE int json_opt_bool(
	const json_t *obj, const char *path, const char *name, bool *out, struct error *err);
HC_MUST_USE int json_opt_object(const json_t *obj, const char *path, const char *name,
	const json_t **out, struct error *err);
HC_MUST_USE int json_opt_array(const json_t *obj, const char *path, const char *name,
	const json_t **out, struct error *err);

#endif
