/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict for a person, in English or French. A simulated root is said before everything else.
 */
#include <stdarg.h>
#include <stdio.h>

#include "attest/result/verdict.h"
#include "common/hex.h"
#include "common/timefmt.h"

#define HEAD 13 /* where the values of the head start */
#define TEXT 29 /* where a check's sentence starts, */
#define PAIR 38 /* and what was found and expected */
#define LEFT 2  /* where a word starts that is longer than a line */

struct out {
	struct bytes *bytes;
	const struct verdict_style *style;
	size_t column, hang; /* where the line is; where the next one starts if it is wrapped */
	int rc;
};

static void append(struct out *o, const char *text, size_t len)
{
	if (!o->rc)
		o->rc = bytes_append(o->bytes, text, len);
	for (size_t i = 0; i < len; i++)
		o->column = text[i] == '\n' ? 0 : o->column + (((uint8_t)text[i] & 0xc0) != 0x80);
}

static void append_spaces(struct out *o, size_t count)
{
	while (count--)
		append(o, " ", 1);
}

static size_t columns(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)text[i] & 0xc0) != 0x80;
	return n;
}

/*
 * Where a word starts that does not fit on this line: under the text it belongs to, or, if it is
 * longer than that, at the left. What is longer than a line, such as a digest on a narrow terminal,
 * stays: it is never cut, so that it can be copied.
 */
static bool next_start(const struct out *o, size_t need, size_t *start)
{
	size_t width = o->style->width;

	*start = o->hang + need <= width ? o->hang : LEFT;
	return *start + need <= width && o->column > *start;
}

static void put_word(struct out *o, size_t spaces, const char *word, size_t len)
{
	size_t need = columns(word, len), start;

	if (need && o->style->width && o->column + spaces + need > o->style->width &&
		next_start(o, need, &start)) {
		append(o, "\n", 1);
		spaces = start;
	}
	append_spaces(o, spaces);
	append(o, word, len);
}

static void put_wrapped(struct out *o, const char *text)
{
	while (*text) {
		size_t spaces = strspn(text, " "), len = strcspn(text + spaces, " \n");

		put_word(o, spaces, text + spaces, len);
		text += spaces + len;
		if (*text == '\n')
			append(o, text++, 1);
	}
}

/* The format is a message; foreign words among its arguments come out without escapes. */
static void put(struct out *o, const char *fmt, ...) HC_PRINTF(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), messages_text(o->style->lang, fmt), ap);
	va_end(ap);
	/* Parts of a line come from foreign bytes: no escapes but our own. */
	for (char *c = line; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\n') || *c == 0x7f)
			*c = '?';
	put_wrapped(o, line);
}

static void paint(struct out *o, const char *escape)
{
	if (o->style->colour && !o->rc)
		o->rc = bytes_append(o->bytes, escape, strlen(escape));
}

#define RED    "\033[31;1m"
#define GREEN  "\033[32;1m"
#define YELLOW "\033[33;1m"
#define PLAIN  "\033[0m"

/* A certificate can bear any name, "ARK-Genoa" too: who vouches for it is said beside it. */
static void put_root(struct out *o, const struct verdict *v)
{
	if (!v->has_root)
		put(o, "root         none\n");
	else if (v->root.builtin)
		put(o, "root         %s (built in)\n", v->root.name);
	else
		put(o, "root         %s (named by the caller, not built in; calls itself \"%s\")\n",
			v->root.name, v->root.subject);
}

static void put_policy(struct out *o, const struct verdict *v)
{
	if (!verdict_has_policy(v))
		put(o, "policy       built-in defaults\n");
	else
		put(o, "policy       %s\n", v->policy_name);
	if (v->accepted_by)
		put(o, "accepted by  %s\n", v->block[v->accepted_by - 1].name);
}

/* A judgement of another time than now has to say so. */
static void put_when(struct out *o, const struct verdict *v)
{
	int64_t made = o->style->made_at;
	char at[TIMEFMT_SIZE];

	timefmt_rfc3339(at, v->at, -1);
	put(o, "as of        %s", at);
	if (made && v->at < made - VERDICT_NOW_SECONDS)
		put(o, " (in the past, by request)");
	if (made && v->at > made + VERDICT_NOW_SECONDS)
		put(o, " (in the future, by request)");
	put(o, "\n");
}

static void put_head(struct out *o, const struct verdict *v)
{
	static const char *const colour[] = {YELLOW, GREEN, RED};

	o->hang = HEAD;
	put(o, "verdict      ");
	paint(o, v->has_root && v->root.simulated ? YELLOW : colour[v->value]);
	put(o, "%s", verdict_name(v->value));
	paint(o, PLAIN);
	put(o, "\n%*s%s\n", HEAD, "", verdict_sentence(v, o->style->lang));
	if (v->value == VERDICT_TRUSTED)
		put(o, "%*s%s\n", HEAD, "", verdict_freshness(v, o->style->lang));
	put(o, "authentic    %s\n", verdict_authentic_text(v->authentic, o->style->lang));
	put(o, "revocation   %s\n", verdict_revocation_text(v->revocation, o->style->lang));
	put_root(o, v);
	put_policy(o, v);
	put_when(o, v);
	put(o, "\n");
}

static void put_simulated(struct out *o, const struct verdict *v)
{
	if (!v->has_root || !v->root.simulated)
		return;
	paint(o, YELLOW);
	put(o, "*** SIMULATED ROOT, NOT HARDWARE: this evidence protects nothing. ***\n\n");
	paint(o, PLAIN);
}

static void put_check(struct out *o, const struct check *check)
{
	static const char *const label[] = {"  ?   ", "  ok  ", N_(" FAIL "), "  -   "};
	static const char *const colour[] = {YELLOW, GREEN, RED, PLAIN};
	bool warned = check_warned(check);
	char text[256];

	check_text(check, o->style->lang, text, sizeof(text));
	paint(o, warned ? YELLOW : colour[check->outcome]);
	put(o, "%s", messages_text(o->style->lang, warned ? N_(" warn ") : label[check->outcome]));
	paint(o, PLAIN);
	o->hang = TEXT;
	put(o, "%-22s %s\n", check->def->id, text);
	o->hang = PAIR;
	if (check->outcome == CHECK_PASS && !check->found[0])
		return;
	if (check->found[0])
		put(o, "%29sfound    %s\n", "", check->found);
	if (check->expected[0] && check->outcome != CHECK_PASS)
		put(o, "%29sexpected %s [%s]\n", "", check->expected, check->def->section);
}

static void put_measurement(struct out *o, const struct verdict *v)
{
	char hex[129];

	if (!v->claims.measurement_len)
		return;
	hex_encode(hex, v->claims.measurement, v->claims.measurement_len);
	o->hang = HEAD;
	put(o, "\nmeasurement  %s\n", hex);
}

/* The checks of a block that does not accept come under its name. */
static void put_block(struct out *o, const struct verdict *v, size_t block)
{
	if (block && !v->accepted_by)
		put(o, "\nblock \"%s\" of the policy does not accept:\n",
			verdict_block_text(v, block, o->style->lang));
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].block == block)
			put_check(o, &v->check[i]);
}

int verdict_to_text(const struct verdict *v, const struct verdict_style *style, struct bytes *out)
{
	struct out o = {.bytes = out, .style = style};

	put_simulated(&o, v);
	put_head(&o, v);
	for (size_t i = 0; i <= v->block_count; i++)
		put_block(&o, v, i);
	put_measurement(&o, v);
	return o.rc;
}
