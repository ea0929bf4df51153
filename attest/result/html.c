/* SPDX-License-Identifier: Apache-2.0 */
/* Markup and text kept apart (HTML standard, section 13.3, escaping a string). */
#include "attest/result/html.h"

#include <stdarg.h>
#include <stdio.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void append(struct html *h, const char *data, size_t len)
{
	if (!h->rc)
		h->rc = bytes_append(h->bytes, data, len);
}

void html_markup(struct html *h, const char *fmt, ...)
{
	char text[2048];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(text))
		h->rc = HC_EINTERNAL;
	append(h, text, strlen(text));
}

void html_bytes(struct html *h, struct view bytes)
{
	append(h, (const char *)bytes.data, bytes.len);
}

/* The character at `p` and its length in bytes; 0 bytes where none starts (RFC 3629, section 4). */
static size_t take(const uint8_t *p, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	*out = p[0];
	if (len == 1)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*out = c;
	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

/* Controls (C0, DEL, C1), and what changes the direction in which a name is read (UAX 9). */
static int unwanted(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

static const char *escaped(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return unwanted(c) ? REPLACEMENT : NULL;
	}
}

void html_text(struct html *h, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		uint32_t c;
		size_t len = take(p, &c);
		const char *instead = len ? escaped(c) : REPLACEMENT;

		if (instead)
			append(h, instead, strlen(instead));
		else
			append(h, (const char *)p, len);
		p += len ? len : 1;
	}
}

void html_textf(struct html *h, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	html_text(h, text);
}

void html_say(struct html *h, const char *msgid)
{
	html_text(h, messages_text(h->lang, msgid));
}

void html_sayf(struct html *h, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), messages_text(h->lang, fmt), ap);
	va_end(ap);
	html_text(h, text);
}
