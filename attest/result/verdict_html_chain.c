/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of trust as a drawing: the root on top, the evidence at the bottom, an arrow for each
 * signature. What is missing is an empty place, what is broken a broken line with a cross.
 */
#include <stdio.h>

#include "attest/result/verdict_html.h"
#include "common/hex.h"
#include "common/timefmt.h"

#define WIDTH  820
#define HEIGHT 104 /* of a box */
#define GAP    58  /* between two boxes */
#define TEXT   104 /* where the text of a box starts */
#define REMARK 584 /* where the remarks of a box start */

struct drawing {
	struct html *h;
	const struct verdict *v;
};

static bool in_window(const struct verdict_link *link, int64_t at)
{
	return link->not_before <= at && at <= link->not_after;
}

static bool revoked(const struct verdict_link *link)
{
	return link->listed_by_crl && link->revocation == REVOCATION_REVOKED;
}

static bool is_simulated_root(const struct verdict *v, const struct verdict_link *link)
{
	return v->has_root && v->root.simulated && link->anchor == LINK_ANCHOR_NAMED;
}

static bool spoilt(const struct verdict_link *link, int64_t at)
{
	return link->present && (link->signs == LINK_SIGNATURE_BAD || !in_window(link, at) ||
					revoked(link) || link->anchor == LINK_ANCHOR_UNKNOWN);
}

static void begin_text(struct html *h, const char *class, int x, int y)
{
	html_markup(h, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
}

static void end_text(struct html *h)
{
	html_markup(h, "</text>\n");
}

struct days {
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE];
};

static struct days days(int64_t from, int64_t to)
{
	struct days out;

	timefmt_rfc3339(out.from, from, -1);
	timefmt_rfc3339(out.to, to, -1);
	out.from[10] = out.to[10] = '\0';
	return out;
}

/* --- the remarks of a box: who vouches for it, its window, its revocation --- */

struct remarks {
	struct html *h;
	int y;
};

static void begin_remark(struct remarks *r, enum check_outcome outcome)
{
	html_markup(r->h,
		"<use class=\"%s\" href=\"#i%d\" x=\"%d\" y=\"%d\" width=\"14\" height=\"14\"/>",
		check_outcome_name(outcome), (int)outcome, REMARK, r->y - 11);
	begin_text(r->h, "small", REMARK + 20, r->y);
	r->y += 20;
}

static void put_anchor(struct remarks *r, enum link_anchor anchor, bool simulated)
{
	static const struct {
		enum check_outcome outcome;
		const char *text;
	} by_anchor[] = {
		[LINK_ANCHOR_NONE] = {CHECK_UNDECIDED, NULL},
		[LINK_ANCHOR_BUILTIN] = {CHECK_PASS, N_("built in: pinned")},
		[LINK_ANCHOR_NAMED] = {CHECK_PASS, N_("named by the caller")},
		[LINK_ANCHOR_UNKNOWN] = {CHECK_FAIL, N_("neither built in nor named")},
	};

	if (!by_anchor[anchor].text)
		return;
	begin_remark(r, simulated ? CHECK_FAIL : by_anchor[anchor].outcome);
	html_say(r->h, simulated ? N_("SIMULATED, named by the caller") : by_anchor[anchor].text);
	end_text(r->h);
}

static void put_window(struct remarks *r, const struct verdict_link *link, int64_t at)
{
	bool good = in_window(link, at);

	begin_remark(r, good ? CHECK_PASS : CHECK_FAIL);
	html_say(r->h, good ? N_("within its validity") : N_("outside its validity"));
	end_text(r->h);
}

static void put_revocation(struct remarks *r, const struct verdict_link *link)
{
	static const enum check_outcome outcome[] = {CHECK_UNDECIDED, CHECK_PASS, CHECK_FAIL};
	static const char *const texts[] = {
		N_("revocation not known"), N_("not revoked"), N_("revoked")};
	struct days list;

	if (!link->listed_by_crl)
		return;
	begin_remark(r, outcome[link->revocation]);
	html_say(r->h, texts[link->revocation]);
	end_text(r->h);
	if (!link->list_from)
		return;
	list = days(link->list_from, link->list_to);
	begin_text(r->h, "small", REMARK + 20, r->y - 3);
	if (link->list_to)
		html_sayf(r->h, "list %s to %s", list.from, list.to);
	else
		html_say(r->h, N_("list without an end"));
	end_text(r->h);
}

/* --- boxes --- */

static void put_box(struct html *h, const char *class, const char *kind, int y)
{
	html_markup(h,
		"<rect class=\"box%s\" x=\"2\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n",
		class, y, WIDTH - 4, HEIGHT);
	begin_text(h, "kind", 20, y + 28);
	html_text(h, kind);
	end_text(h);
}

static void put_fingerprint(
	struct html *h, const char *name, const uint8_t *digest, size_t len, int x, int y)
{
	char hex[129];

	hex_encode(hex, digest, len);
	begin_text(h, "mono", x, y);
	html_textf(h, "%s %s", name, hex);
	end_text(h);
}

static void put_certificate(const struct drawing *d, const struct verdict_link *link, int y)
{
	struct remarks remarks = {d->h, y + 28};
	struct days valid = days(link->not_before, link->not_after);

	put_box(d->h, spoilt(link, d->v->at) || is_simulated_root(d->v, link) ? " fail" : "",
		link->kind, y);
	begin_text(d->h, "name", TEXT, y + 28);
	html_text(d->h, link->name[0] ? link->name : "-");
	end_text(d->h);
	begin_text(d->h, "small", TEXT, y + 49);
	html_sayf(d->h, "serial number %s", link->serial[0] ? link->serial : "-");
	end_text(d->h);
	begin_text(d->h, "small", TEXT, y + 68);
	html_sayf(d->h, "valid from %s to %s", valid.from, valid.to);
	end_text(d->h);
	put_fingerprint(d->h, "SHA-256", link->sha256, sizeof(link->sha256), TEXT, y + 90);
	put_anchor(&remarks, link->anchor, is_simulated_root(d->v, link));
	put_window(&remarks, link, d->v->at);
	put_revocation(&remarks, link);
}

static void put_absent(const struct drawing *d, const struct verdict_link *link, int y)
{
	put_box(d->h, " absent", link->kind, y);
	begin_text(d->h, "name", TEXT, y + 28);
	html_say(d->h, N_("missing"));
	end_text(d->h);
	begin_text(d->h, "small", TEXT, y + 49);
	html_say(d->h, N_("No such certificate that fits was given."));
	end_text(d->h);
}

static void put_evidence(const struct drawing *d, int y)
{
	bool bad = d->v->chain.link[0].signs == LINK_SIGNATURE_BAD;

	put_box(d->h, bad ? " fail" : "", "", y);
	begin_text(d->h, "name", 20, y + 28);
	html_say(d->h, N_("The evidence"));
	end_text(d->h);
	begin_text(d->h, "small", 20, y + 49);
	html_text(d->h, claims_tee_text(d->v->claims.tee, d->h->lang));
	end_text(d->h);
	put_fingerprint(d->h, "SHA-384", d->v->evidence_sha384, 48, 20, y + 76);
}

/* --- the signatures between them --- */

static const struct {
	enum check_outcome outcome;
	const char *text;
} signatures[] = {
	[LINK_SIGNATURE_UNKNOWN] = {CHECK_UNDECIDED, N_("signature not established")},
	[LINK_SIGNATURE_GOOD] = {CHECK_PASS, N_("signs: the signature verifies")},
	[LINK_SIGNATURE_BAD] = {CHECK_FAIL, N_("broken: the signature does not verify")},
};

static void put_arrow(struct html *h, enum link_signature signs, int y)
{
	enum check_outcome outcome = signatures[signs].outcome;
	const char *class = check_outcome_name(outcome);

	html_markup(h, "<g class=\"%s\"><path class=\"%s arrow\" d=\"M52 %dV%d\"/>", class, class,
		y + 3, y + GAP - 9);
	html_markup(h, "<path class=\"head\" d=\"M45.5 %dh13l-6.5 10z\"/>", y + GAP - 12);
	if (outcome != CHECK_PASS)
		html_markup(h, "<circle cx=\"52\" cy=\"%d\" r=\"13\" fill=\"var(--paper)\"/>",
			y + GAP / 2 - 3);
	html_markup(h, "<use href=\"#i%d\" x=\"%d\" y=\"%d\" width=\"18\" height=\"18\"/>",
		(int)outcome, outcome == CHECK_PASS ? 76 : 43, y + GAP / 2 - 12);
	begin_text(h, "says", TEXT, y + GAP / 2 + 2);
	html_say(h, signatures[signs].text);
	html_markup(h, "</text></g>\n");
}

/* The drawing in words, for who does not see it. */
static void put_words(const struct drawing *d)
{
	const struct verdict_chain *chain = &d->v->chain;

	html_say(d->h, N_("The chain of trust, from the root to the evidence"));
	for (size_t i = chain->count; i-- > 0;) {
		const struct verdict_link *link = &chain->link[i];

		html_textf(d->h, ". %s%s%s: ", link->kind, link->present ? " " : "", link->name);
		html_say(d->h, link->present ? signatures[link->signs].text : N_("missing"));
	}
	html_textf(d->h, ".");
}

void verdict_html_chain(struct html *h, const struct verdict *v)
{
	const struct drawing d = {h, v};
	int count = (int)v->chain.count;

	if (!count) {
		html_markup(h, "<p>");
		html_say(h, N_("There is no chain: the evidence is of no known kind, or not well "
			       "formed."));
		html_markup(h, "</p>\n");
		return;
	}
	html_markup(h,
		"<div class=\"scroll\"><svg class=\"chain\" viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"",
		WIDTH, count * (HEIGHT + GAP) + HEIGHT + 4);
	put_words(&d);
	html_markup(h, "\">\n");
	for (int i = count; i-- > 0;) {
		const struct verdict_link *link = &v->chain.link[i];
		int y = 2 + (count - 1 - i) * (HEIGHT + GAP);

		if (link->present)
			put_certificate(&d, link, y);
		else
			put_absent(&d, link, y);
		put_arrow(h, link->signs, y + HEIGHT);
	}
	put_evidence(&d, 2 + count * (HEIGHT + GAP));
	html_markup(h, "</svg></div>\n");
}
