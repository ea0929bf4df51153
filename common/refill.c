/* SPDX-License-Identifier: Apache-2.0 */
/* Matching text with its format. Nothing here is used as a format. */
#include "common/refill.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 8

struct piece {
	const char *text;
	size_t len;
};

/* The conversion at `p`, which is a '%': its length, and the argument's number if it has one. */
static size_t conversion(const char *p, size_t *number)
{
	size_t digits = strspn(p + 1, "0123456789"), len;

	if (digits == 1 && p[2] == '$')
		*number = (size_t)(p[1] - '0') - 1;
	len = 1 + strspn(p + 1, "0123456789$-+ #.*hlzjt");
	return p[len] ? len + 1 : len;
}

/* The literal text of a format up to its next conversion or its end; "%%" is written twice in it.
 */
static size_t literal(const char *format)
{
	size_t n = 0;

	while (format[n] && (format[n] != '%' || format[n + 1] == '%'))
		n += format[n] == '%' ? 2 : 1;
	return n;
}

/* Length of `literal` in `text` if it stands there, as it was printed ("%%" as "%"); else -1. */
static long printed(const char *text, const char *format, size_t len)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++, at++) {
		if (text[at] != format[i])
			return -1;
		i += format[i] == '%';
	}
	return (long)at;
}

/* Where the literal stands first at or after `text`; NULL: nowhere. The last one ends the text. */
static const char *find(const char *text, const char *format, size_t len, bool last, long *size)
{
	for (;; text++) {
		*size = printed(text, format, len);
		if (*size >= 0 && (!last || !text[*size]))
			return text;
		if (!*text)
			return NULL;
	}
}

/* What went into the conversions of `format`; false if the text is not of that form. */
static bool take_apart(struct piece *out, size_t *count, const char *text, const char *format)
{
	size_t len = literal(format), unused;
	long size = printed(text, format, len);

	*count = 0;
	if (size < 0)
		return false;
	text += size;
	format += len;
	while (*format) {
		const char *start = text;

		if (*count == ARGUMENTS_MAX)
			return false;
		format += conversion(format, &unused);
		len = literal(format);
		if (!len && *format)
			return false; /* two conversions side by side: no telling them apart */
		text = find(text, format, len, !format[len], &size);
		if (!text)
			return false;
		out[(*count)++] = (struct piece){start, (size_t)(text - start)};
		text += size;
		format += len;
	}
	return !*text;
}

struct line {
	char *out;
	size_t cap, len;
};

static void put(struct line *line, const char *text, size_t len)
{
	for (size_t i = 0; i < len && line->len + 1 < line->cap; i++)
		line->out[line->len++] = text[i];
}

static void put_translation(
	struct line *line, const char *translation, const struct piece *piece, size_t count)
{
	for (size_t next = 0; *translation;) {
		size_t number = next;

		if (*translation != '%' || translation[1] == '%') {
			put(line, translation, 1);
			translation += *translation == '%' ? 2 : 1;
			continue;
		}
		translation += conversion(translation, &number);
		next++;
		if (number < count)
			put(line, piece[number].text, piece[number].len);
	}
}

void refill(char *out, size_t cap, const char *filled, const char *format, const char *translation)
{
	struct piece piece[ARGUMENTS_MAX];
	struct line line = {out, cap, 0};
	size_t count;

	if (!cap)
		return;
	if (take_apart(piece, &count, filled, format))
		put_translation(&line, translation, piece, count);
	else
		put(&line, filled, strlen(filled));
	out[line.len] = '\0';
}
