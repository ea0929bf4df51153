/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict for a person, in English or French. A simulated root is said before everything else.
 */
#include <stdarg.h>
#include <stdio.h>

#include "attest/result/verdict.h"
#include "common/hex.h"
#include "common/timefmt.h"

struct out {
	struct bytes *bytes;
	enum messages_lang lang;
	bool colour;
	int rc;
};

/* The format is a message; foreign words among its arguments come out without escapes. */
static void put(struct out *o, const char *fmt, ...) HC_PRINTF(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), messages_text(o->lang, fmt), ap);
	va_end(ap);
	/* Parts of a line come from foreign bytes: no escapes but our own. */
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 && *c != '\n')
			*c = '?';
	if (!o->rc)
		o->rc = bytes_append(o->bytes, line, strlen(line));
}

static void paint(struct out *o, const char *escape)
{
	if (o->colour && !o->rc)
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
	if (bytes_all_zero(v->policy_sha384, sizeof(v->policy_sha384)))
		put(o, "policy       built-in defaults\n");
	else
		put(o, "policy       %s\n", v->policy_name);
	if (v->accepted_by)
		put(o, "accepted by  %s\n", v->block[v->accepted_by - 1].name);
}

static void put_head(struct out *o, const struct verdict *v)
{
	static const char *const colour[] = {YELLOW, GREEN, RED};
	char at[TIMEFMT_SIZE];

	timefmt_rfc3339(at, v->at, -1);
	put(o, "verdict      ");
	paint(o, colour[v->value]);
	put(o, "%s", verdict_name(v->value));
	paint(o, PLAIN);
	put(o, "\nauthentic    %s\n", verdict_authentic_text(v->authentic, o->lang));
	put(o, "revocation   %s\n", verdict_revocation_text(v->revocation, o->lang));
	put_root(o, v);
	put_policy(o, v);
	put(o, "as of        %s\n\n", at);
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
	static const char *const label[] = {"  ?   ", "  ok  ", " FAIL ", "  -   "};
	static const char *const colour[] = {YELLOW, GREEN, RED, PLAIN};
	bool warned = check->outcome == CHECK_PASS && check->warning;
	char text[256];

	check_text(check, o->lang, text, sizeof(text));
	paint(o, warned ? YELLOW : colour[check->outcome]);
	put(o, "%s", warned ? " warn " : label[check->outcome]);
	paint(o, PLAIN);
	put(o, "%-22s %s\n", check->def->id, text);
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
	put(o, "\nmeasurement  %s\n", hex);
}

/* The checks of a block that does not accept come under its name. */
static void put_block(struct out *o, const struct verdict *v, size_t block)
{
	if (block && !v->accepted_by)
		put(o, "\nblock \"%s\" of the policy does not accept:\n", v->block[block - 1].name);
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].block == block)
			put_check(o, &v->check[i]);
}

int verdict_to_text(
	const struct verdict *v, enum messages_lang lang, bool colour, struct bytes *out)
{
	struct out o = {.bytes = out, .colour = colour, .lang = lang};

	put_simulated(&o, v);
	put_head(&o, v);
	for (size_t i = 0; i <= v->block_count; i++)
		put_block(&o, v, i);
	put_measurement(&o, v);
	return o.rc;
}
