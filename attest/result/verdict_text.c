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
	bool colour, fr;
	int rc;
};

static void put(struct out *o, const char *fmt, ...) HC_PRINTF(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
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

static const char *authentic_fr(enum authentic_value value)
{
	static const char *const names[] = {"indéterminé", "oui", "non"};

	return names[value];
}

static const char *revocation_fr(enum revocation_value value)
{
	static const char *const names[] = {"état inconnu", "rien de révoqué", "révoqué"};

	return names[value];
}

/* A certificate can bear any name, "ARK-Genoa" too: who vouches for it is said beside it. */
static void put_root(struct out *o, const struct verdict *v)
{
	put(o, "%s", o->fr ? "racine       " : "root         ");
	if (!v->has_root)
		put(o, "%s\n", o->fr ? "aucune" : "none");
	else if (v->root.builtin)
		put(o, "%s (%s)\n", v->root.name, o->fr ? "intégrée" : "built in");
	else
		put(o, "%s (%s \"%s\")\n", v->root.name,
			o->fr ? "nommée par l'appelant, non intégrée ; se dit"
			      : "named by the caller, not built in; calls itself",
			v->root.subject);
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
	put(o, "\n%s %s\n", o->fr ? "authentique " : "authentic   ",
		o->fr ? authentic_fr(v->authentic) : verdict_authentic_name(v->authentic));
	put(o, "%s %s\n", o->fr ? "révocation  " : "revocation  ",
		o->fr ? revocation_fr(v->revocation) : verdict_revocation_name(v->revocation));
	put_root(o, v);
	put(o, "%s %s\n", o->fr ? "politique   " : "policy      ",
		o->fr && bytes_all_zero(v->policy_sha384, sizeof(v->policy_sha384))
			? "règles par défaut"
			: v->policy_name);
	put(o, "%s %s\n\n", o->fr ? "à la date du" : "as of       ", at);
}

static void put_simulated(struct out *o, const struct verdict *v)
{
	if (!v->has_root || !v->root.simulated)
		return;
	paint(o, YELLOW);
	put(o, "%s\n\n",
		o->fr ? "*** RACINE SIMULÉE, PAS DE MATÉRIEL : cette preuve ne protège rien. ***"
		      : "*** SIMULATED ROOT, NOT HARDWARE: this evidence protects nothing. ***");
	paint(o, PLAIN);
}

static void put_check(struct out *o, const struct check *check)
{
	static const char *const label[] = {"  ?   ", "  ok  ", " FAIL ", "  -   "};
	static const char *const colour[] = {YELLOW, GREEN, RED, PLAIN};
	char text[256];

	check_text(check, o->fr ? VERDICT_FR : VERDICT_EN, text, sizeof(text));
	paint(o, colour[check->outcome]);
	put(o, "%s", label[check->outcome]);
	paint(o, PLAIN);
	put(o, "%-22s %s\n", check->def->id, text);
	if (check->outcome == CHECK_PASS && !check->found[0])
		return;
	if (check->found[0])
		put(o, "%29s%s %s\n", "", o->fr ? "trouvé  " : "found   ", check->found);
	if (check->expected[0] && check->outcome != CHECK_PASS)
		put(o, "%29s%s %s [%s]\n", "", o->fr ? "attendu " : "expected", check->expected,
			check->def->section);
}

static void put_measurement(struct out *o, const struct verdict *v)
{
	char hex[129];

	if (!v->claims.measurement_len)
		return;
	hex_encode(hex, v->claims.measurement, v->claims.measurement_len);
	put(o, "\n%s  %s\n", o->fr ? "mesure     " : "measurement", hex);
}

int verdict_to_text(const struct verdict *v, enum verdict_lang lang, bool colour, struct bytes *out)
{
	struct out o = {.bytes = out, .colour = colour, .fr = lang == VERDICT_FR};

	put_simulated(&o, v);
	put_head(&o, v);
	for (size_t i = 0; i < v->check_count; i++)
		put_check(&o, &v->check[i]);
	put_measurement(&o, v);
	return o.rc;
}
