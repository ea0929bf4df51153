/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a page of HTML. What comes from outside goes through html_text and nothing else; markup
 * is written in the code. A failed allocation sticks in `rc`, and the page is thrown away.
 */
#ifndef HC_ATTEST_RESULT_HTML_H
#define HC_ATTEST_RESULT_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"
#include "common/messages.h"

struct html {
	struct bytes *bytes; /* the caller's */
	enum messages_lang lang;
	int rc; /* 0 or HC_ENOMEM */
};

/*
 * Markup, as it stands. Arguments of the format are numbers and words of this program: never
 * anything from outside.
 */
void html_markup(struct html *h, const char *fmt, ...) HC_PRINTF(2, 3);

/* Bytes of this program, as they stand. */
void html_bytes(struct html *h, struct view bytes);

/*
 * Text from anywhere, for content and for attributes in double quotes: markup characters are
 * escaped; bytes that are not UTF-8, controls and those that turn the direction of writing become
 * U+FFFD.
 */
void html_text(struct html *h, const char *text);
/* The same of a format that is the same in every language; at most 1023 bytes. */
void html_textf(struct html *h, const char *fmt, ...) HC_PRINTF(2, 3);

/* A message in the page's language, and one with arguments; escaped as a whole. */
void html_say(struct html *h, const char *msgid);
void html_sayf(struct html *h, const char *fmt, ...) HC_PRINTF(2, 3);

#endif
