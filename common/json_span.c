/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a member's value in JSON text that is known to be well formed. */
#include "common/json_span.h"

struct scan {
	struct view in; /* what is left */
};

static int peek(const struct scan *s)
{
	return s->in.len ? s->in.data[0] : -1;
}

static void skip(struct scan *s, size_t n)
{
	n = n < s->in.len ? n : s->in.len;
	s->in.data += n;
	s->in.len -= n;
}

static void skip_blanks(struct scan *s)
{
	while (s->in.len && memchr(" \t\r\n", s->in.data[0], 4))
		skip(s, 1);
}

static bool take(struct scan *s, int c)
{
	skip_blanks(s);
	if (peek(s) != c)
		return false;
	skip(s, 1);
	return true;
}

/* Past the closing quote; *raw is what is between the two, escapes and all. */
static bool take_string(struct scan *s, struct view *raw)
{
	if (!take(s, '"'))
		return false;
	raw->data = s->in.data;
	while (s->in.len && peek(s) != '"') {
		const uint8_t *end = memchr(s->in.data, '"', s->in.len), *escape;

		if (!end)
			return false;
		escape = memchr(s->in.data, '\\', (size_t)(end - s->in.data));
		skip(s, (size_t)((escape ? escape + 2 : end) - s->in.data));
	}
	raw->len = (size_t)(s->in.data - raw->data);
	return take(s, '"');
}

/* Past a number or a literal. */
static bool skip_scalar(struct scan *s)
{
	const uint8_t *start = s->in.data;

	while (s->in.len && !memchr(",:{}[]\" \t\r\n", peek(s), 11))
		skip(s, 1);
	return s->in.data != start;
}

/* Past one value: brackets are counted, strings are stepped over. */
static bool skip_value(struct scan *s)
{
	struct view ignored;
	size_t depth = 0;

	do {
		int c;

		skip_blanks(s);
		c = peek(s);
		if (c == '"') {
			if (!take_string(s, &ignored))
				return false;
		} else if (c == '{' || c == '[') {
			depth++;
			skip(s, 1);
		} else if (depth && (c == '}' || c == ']' || c == ',' || c == ':')) {
			depth -= c == '}' || c == ']';
			skip(s, 1);
		} else if (!skip_scalar(s)) {
			return false;
		}
	} while (depth);
	return true;
}

bool json_span(struct view text, const char *name, struct view *value)
{
	struct scan s = {text};
	struct view key;

	if (!take(&s, '{'))
		return false;
	do {
		const uint8_t *start;

		if (!take_string(&s, &key) || !take(&s, ':'))
			return false;
		skip_blanks(&s);
		start = s.in.data;
		if (!skip_value(&s))
			return false;
		if (key.len == strlen(name) && !memcmp(key.data, name, key.len)) {
			*value = (struct view){start, (size_t)(s.in.data - start)};
			return true;
		}
	} while (take(&s, ','));
	return false;
}

bool json_span_item(struct view array, size_t index, struct view *value)
{
	struct scan s = {array};

	if (!take(&s, '['))
		return false;
	for (size_t i = 0;; i++) {
		const uint8_t *start;

		skip_blanks(&s);
		start = s.in.data;
		if (!skip_value(&s))
			return false;
		if (i == index) {
			*value = (struct view){start, (size_t)(s.in.data - start)};
			return true;
		}
		if (!take(&s, ','))
			return false;
	}
}

bool json_span_members(struct view text, struct json_member *out, size_t max, size_t *count)
{
	struct scan s = {text};

	*count = 0;
	if (!take(&s, '{'))
		return false;
	do {
		struct json_member *member = &out[*count];

		if (*count == max || !take_string(&s, &member->name) || !take(&s, ':'))
			return false;
		skip_blanks(&s);
		member->value.data = s.in.data;
		if (!skip_value(&s))
			return false;
		member->value.len = (size_t)(s.in.data - member->value.data);
		++*count;
	} while (take(&s, ','));
	if (!take(&s, '}'))
		return false;
	skip_blanks(&s);
	return !s.in.len;
}
