/* SPDX-License-Identifier: Apache-2.0 */
/* The described edits of synthetic.json, done to the files of a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/hex.h"
#include "common/timefmt.h"
#include "tests/unit/vectors.h"

/* n - s for the order n of P-384, on the little-endian S of a report. */
static void negate_s(uint8_t *s)
{
	static const uint8_t n[48] = {0x73, 0x29, 0xc5, 0xcc, 0x6a, 0x19, 0xec, 0xec, 0x7a, 0xa7,
		0xb0, 0x48, 0xb2, 0x0d, 0x1a, 0x58, 0xdf, 0x2d, 0x37, 0xf4, 0x81, 0x4d, 0x63, 0xc7,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	int borrow = 0;

	for (int i = 0; i < 48; i++) {
		int d = n[i] - s[i] - borrow;

		borrow = d < 0;
		s[i] = (uint8_t)d;
	}
}

static void swap_r_and_s(uint8_t *report)
{
	uint8_t r[72];

	memcpy(r, report + 0x2a0, 72);
	memcpy(report + 0x2a0, report + 0x2e8, 72);
	memcpy(report + 0x2e8, r, 72);
}

static size_t number(json_t *edit, const char *name)
{
	return (size_t)json_integer_value(json_object_get(edit, name));
}

static void append(struct bytes *b, const void *data, size_t len)
{
	assert_int_equal(bytes_append(b, data, len), 0);
}

/* The first one. */
static void replace_text(struct bytes *b, const char *old, const char *new)
{
	const uint8_t *at = memmem(b->data, b->len, old, strlen(old));
	struct bytes out = {0};
	size_t before;

	assert_non_null(at);
	before = (size_t)(at - b->data);
	append(&out, b->data, before);
	append(&out, new, strlen(new));
	append(&out, at + strlen(old), b->len - before - strlen(old));
	bytes_free(b);
	*b = out;
}

static void contents(struct bytes *b, const char *hex, size_t times)
{
	uint8_t byte;

	assert_int_equal(hex_decode(&byte, 1, hex, "hex", NULL), 0);
	bytes_free(b);
	while (times--)
		append(b, &byte, 1);
}

static void edit_bytes(struct bytes *b, json_t *edit)
{
	const char *op = json_string_value(json_object_get(edit, "op"));
	const char *hex = json_string_value(json_object_get(edit, "hex"));
	size_t at = number(edit, "byte");

	if (!strcmp(op, "flip"))
		b->data[at] ^= (uint8_t)(1u << number(edit, "bit"));
	else if (!strcmp(op, "set"))
		assert_int_equal(hex_decode(b->data + at, strlen(hex) / 2, hex, "hex", NULL), 0);
	else if (!strcmp(op, "truncate"))
		b->len = number(edit, "size");
	else if (!strcmp(op, "negate s"))
		negate_s(b->data + 0x2e8);
	else if (!strcmp(op, "swap r and s"))
		swap_r_and_s(b->data);
	else if (!strcmp(op, "replace text"))
		replace_text(b, json_string_value(json_object_get(edit, "old")),
			json_string_value(json_object_get(edit, "new")));
	else if (!strcmp(op, "contents"))
		contents(b, hex, number(edit, "times"));
	else
		fail_msg("unknown edit %s", op);
}

/* "with": a file of the base case, or the path of one of another case. */
static struct bytes other_file(const char *base, const char *with)
{
	char path[256];

	if (strchr(with, '/'))
		snprintf(path, sizeof(path), "%s", with);
	else
		snprintf(path, sizeof(path), "%s/%s", base, with);
	return vectors_read(path);
}

struct bytes vectors_edited(const char *base, const char *file, json_t *edits, bool *removed)
{
	struct bytes bytes = other_file(base, file);
	json_t *edit;
	size_t i;

	*removed = false;
	json_array_foreach(edits, i, edit)
	{
		const char *with = json_string_value(json_object_get(edit, "with"));

		if (strcmp(json_string_value(json_object_get(edit, "file")), file))
			continue;
		if (with) {
			bytes_free(&bytes);
			bytes = other_file(base, with);
		} else if (!strcmp(json_string_value(json_object_get(edit, "op")), "remove")) {
			bytes_free(&bytes);
			*removed = true;
		} else {
			edit_bytes(&bytes, edit);
		}
	}
	return bytes;
}

static void add_edited(struct vectors_case *out, const char *base, const char *file, json_t *edits)
{
	bool removed;
	struct bytes bytes = vectors_edited(base, file, edits, &removed);

	if (vectors_is_evidence(file)) {
		out->report = bytes;
		return;
	}
	/* What is broken beyond recognition is left out, as hc-check does. */
	if (!removed && endorsements_add(out->endorsements, bytes_view(&bytes), NULL, NULL))
		printf("# left out: %s\n", file);
	bytes_free(&bytes);
}

void vectors_entry_open(struct vectors_case *out, json_t *entry)
{
	const char *base = json_string_value(json_object_get(entry, "base")), *file;
	json_t *what;
	char path[256];

	memset(out, 0, sizeof(*out));
	snprintf(path, sizeof(path), "%s/case.json", base);
	out->json = vectors_json(path);
	assert_int_equal(endorsements_new(&out->endorsements), 0);
	assert_int_equal(roots_init(&out->roots), 0);
	json_object_foreach(json_object_get(out->json, "files"), file, what)
		add_edited(out, base, file, json_object_get(entry, "edits"));
	assert_int_equal(
		timefmt_parse(&out->at, json_string_value(json_object_get(entry, "at_time")), NULL),
		0);
}
