/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON strictly and to the end: a problem is noted and reading goes on, so that hc-check
 * policy lint can tell all of them. Nothing that was read is of use once rc is negative. Private to
 * attest/policy.
 */
#ifndef HC_ATTEST_POLICY_POLICY_READ_H
#define HC_ATTEST_POLICY_POLICY_READ_H

#include <jansson.h>

#include "attest/evidence/bits.h"
#include "attest/policy/policy.h"

struct policy_reader {
	int rc;            /* of the first problem */
	struct error *err; /* detail of the first problem; may be NULL */
	void (*problem)(void *ctx, const struct error *err); /* may be NULL */
	void *ctx;
};

/* "accept[0].snp": the place of a member or of an item. */
struct policy_place {
	char text[96];
};
struct policy_place policy_place_of(const char *path, const char *name);
struct policy_place policy_place_at(const char *path, size_t index);

/* Note a problem. */
void policy_read_note(struct policy_reader *r, const struct error *err);
void policy_read_bad(
	struct policy_reader *r, const char *path, const char *found, const char *expected);
void policy_read_no_memory(struct policy_reader *r, const char *path);

/* Notes every member that is not among `names` (NULL-terminated). */
void policy_read_only(
	struct policy_reader *r, const json_t *obj, const char *path, const char *const *names);

/*
 * Members that may be absent: NULL or false then, and after a problem. Objects have at least one
 * member, arrays 1 to `max` items.
 */
const json_t *policy_read_object(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name);
const json_t *policy_read_array(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name, size_t max);
const char *policy_read_text(
	struct policy_reader *r, const json_t *obj, const char *path, const char *name);
bool policy_read_number(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, uint64_t max, uint64_t *out);

/* An array of numbers up to 31, as bits; false if absent. */
bool policy_read_numbers(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, uint32_t allowed, const char *expected, uint32_t *out);

/* An array of hex strings of out->size bytes each. */
void policy_read_list(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, size_t max, struct policy_list *out);

/* A string that is there, not empty, shorter than `cap` bytes, and shown as it stands. */
void policy_read_string(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, char *out, size_t cap);

/* Item `i` of an array of strings; NULL after a problem. */
const char *policy_read_item(
	struct policy_reader *r, const json_t *array, const char *path, size_t i);

/* Which of `names` (NULL-terminated) the text is, or -1 and a problem that shows `expected`. */
int policy_read_choice(struct policy_reader *r, const char *text, const char *path,
	const char *const *names, const char *expected);

/*
 * Names of roots: those of `builtin` (NULL-terminated), or "sha256:" and 64 lower-case hex digits.
 * Returns how many there are in `out`.
 */
size_t policy_read_roots(struct policy_reader *r, const json_t *obj, const char *path,
	const char *const *builtin, const char *expected, char (*out)[ROOT_NAME_SIZE], size_t max);

/* An object of bits of the table, each "required-0", "required-1" or "any". */
void policy_read_bits(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, const struct evidence_bit *table, struct policy_bits *out);
/* "refuse", "warn", "ignore". */
enum policy_unknown_bits policy_read_unknown_bits(
	struct policy_reader *r, const json_t *obj, const char *path);

/* "1.55.29": `parts` (at most 3) numbers from 0 to 255, as AMD writes them. */
bool policy_read_version(struct policy_reader *r, const char *text, const char *path,
	unsigned parts, uint8_t out[3]);

/* An array of { what, reason, owner, until }. */
void policy_read_loosen(
	struct policy_reader *r, const json_t *block, const char *path, struct policy_block *out);

/* Notes a problem unless the block has an entry for `what`, lapsed or not. */
void policy_read_weakens(struct policy_reader *r, const struct policy_block *block,
	enum policy_loosening what, const char *path, const char *found);

#endif
