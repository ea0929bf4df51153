/* SPDX-License-Identifier: Apache-2.0 */
/* Markup and text kept apart (HTML standard, section 13.3, escaping a string). */
#include "attest/result/html.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

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
		return text_unwanted(c) ? REPLACEMENT : NULL;
	}
}

void html_text(struct html *h, const char *text)
{
	const uint8_t *p = (const uint8_t *)text;

	while (*p) {
		uint32_t c;
		size_t len = text_take(p, &c);
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
