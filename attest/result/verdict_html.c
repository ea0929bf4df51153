/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict as one page for people who file it: no script, nothing fetched, one style sheet that
 * the page's own security policy allows by its digest. It shows what the verdict holds and judges
 * nothing.
 */
#include "attest/result/verdict_html.h"

#include <stdio.h>

#include "attest/crypto.h"
#include "common/base64.h"
#include "common/hex.h"
#include "common/timefmt.h"

struct page {
	struct html *h;
	const struct verdict *v;
	const struct verdict_style *style;
};

static bool simulated(const struct verdict *v)
{
	return v->has_root && v->root.simulated;
}

static const enum check_outcome outcome_of_value[] = {CHECK_UNDECIDED, CHECK_PASS, CHECK_FAIL};

/* CSP level 3: a style element is allowed by the digest of its text. */
static int put_head(const struct page *p)
{
	struct view css = verdict_style_sheet();
	uint8_t digest[SHA256_SIZE];
	char text[64];
	int rc = crypto_hash(CRYPTO_SHA256, css, digest);

	if (rc)
		return rc;
	base64_encode(BASE64_STD, text, digest, sizeof(digest));
	html_markup(p->h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		p->h->lang == MESSAGES_FR ? "fr" : "en");
	html_markup(p->h,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'sha256-%s'; base-uri 'none'; form-action 'none'\">\n",
		text);
	html_markup(p->h,
		"<meta name=\"viewport\" content=\"width=device-width, "
		"initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta "
		"name=\"color-scheme\" content=\"light dark\">\n<title>");
	if (simulated(p->v)) {
		html_say(p->h, N_("SIMULATED, NOT HARDWARE"));
		html_textf(p->h, " - ");
	}
	html_textf(p->h, "%s - ", verdict_name(p->v->value));
	if (!verdict_has_policy(p->v))
		html_say(p->h, N_("built-in defaults"));
	else
		html_text(p->h, p->v->policy_name);
	html_markup(p->h, "</title>\n<style>");
	html_bytes(p->h, css);
	html_markup(p->h, "</style>\n</head>\n<body%s>\n",
		simulated(p->v) ? " class=\"is-simulated\"" : "");
	return 0;
}

static void put_time(struct html *h, int64_t at)
{
	char text[TIMEFMT_SIZE];

	timefmt_rfc3339(text, at, -1);
	html_markup(h, "<time datetime=\"%s\">", text);
	text[10] = ' ';
	text[19] = '\0';
	html_textf(h, "%s UTC", text);
	html_markup(h, "</time>");
}

static void put_hex(struct html *h, const uint8_t *data, size_t len)
{
	char hex[129];

	hex_encode(hex, data, len);
	html_markup(h, "<span class=\"hex\">%s</span>", hex);
}

static void put_top(const struct page *p)
{
	html_markup(p->h, "<header class=\"top\"><h1>");
	html_say(p->h, N_("Attestation report"));
	html_markup(p->h, "</h1><p class=\"soft\">");
	html_say(p->h, N_("Huis Clos, judged as of"));
	html_markup(p->h, " ");
	put_time(p->h, p->v->at);
	html_markup(p->h, "</p></header>\n<main>\n");
}

/* Besides these, the style sheet says it in the margin of every printed page. */
static void put_simulated(const struct page *p)
{
	if (!simulated(p->v))
		return;
	html_markup(p->h, "<svg class=\"watermark\" viewBox=\"0 0 100 140\" "
			  "aria-hidden=\"true\"><text x=\"50\" y=\"72\" font-size=\"7.4\" "
			  "text-anchor=\"middle\" transform=\"rotate(-52 50 70)\">");
	html_say(p->h, N_("SIMULATED, NOT HARDWARE"));
	html_markup(p->h, "</text></svg>\n<div class=\"simulated\" role=\"alert\"><strong>");
	html_say(p->h, N_("SIMULATED, NOT HARDWARE"));
	html_markup(p->h, "</strong><p>");
	html_say(p->h, N_("The chain ends in the root of a simulated processor. This evidence "
			  "protects nothing, whatever the verdict below."));
	html_markup(p->h, "</p></div>\n");
}

static size_t count_warnings(const struct verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->check_count; i++)
		n += check_warned(&v->check[i]);
	return n;
}

static void begin_answer(struct html *h, const char *question)
{
	html_markup(h, "<li><span class=\"soft\">");
	html_say(h, question);
	html_markup(h, "</span><br><strong>");
}

static void end_answer(struct html *h, const char *text)
{
	html_markup(h, " ");
	html_text(h, text);
	html_markup(h, "</strong></li>");
}

static void put_answer(
	struct html *h, const char *question, enum check_outcome outcome, const char *text)
{
	begin_answer(h, question);
	verdict_html_icon(h, outcome);
	end_answer(h, text);
}

/* What a block accepts by a loosening is not a plain yes. */
static void put_policy_answer(const struct page *p)
{
	const char *question = N_("Does the policy accept it?");
	enum check_outcome policy = verdict_policy_outcome(p->v);

	if (policy == CHECK_PASS && count_warnings(p->v)) {
		begin_answer(p->h, question);
		verdict_html_warning_icon(p->h);
		end_answer(p->h, messages_text(p->h->lang, N_("yes, with warnings")));
		return;
	}
	put_answer(p->h, question, policy,
		verdict_authentic_text(policy == CHECK_PASS   ? AUTHENTIC_YES
				       : policy == CHECK_FAIL ? AUTHENTIC_NO
							      : AUTHENTIC_UNDECIDED,
			p->h->lang));
}

static void put_answers(const struct page *p)
{
	static const enum check_outcome revocation[] = {CHECK_UNDECIDED, CHECK_PASS, CHECK_FAIL};
	const struct verdict *v = p->v;

	html_markup(p->h, "<ul class=\"three\">");
	put_answer(p->h, N_("Is it genuine?"), outcome_of_value[v->authentic],
		verdict_authentic_text(v->authentic, p->h->lang));
	put_answer(p->h, N_("Is anything revoked?"), revocation[v->revocation],
		verdict_revocation_text(v->revocation, p->h->lang));
	put_policy_answer(p);
	html_markup(p->h, "</ul>\n");
}

static void put_reason(const struct page *p, const struct check *check)
{
	char text[256];

	check_text(check, p->h->lang, text, sizeof(text));
	html_markup(p->h, "<li>");
	verdict_html_check_icon(p->h, check);
	html_markup(p->h, "<a href=\"#");
	verdict_html_anchor(p->h, p->v, check);
	html_markup(p->h, "\">");
	if (check->block)
		html_sayf(
			p->h, "Block \"%s\": ", verdict_block_text(p->v, check->block, p->h->lang));
	html_text(p->h, text);
	html_markup(p->h, "</a>");
	if (check_warned(check)) {
		html_markup(p->h, "<span class=\"soft\"><bdi>");
		html_text(p->h, check->found);
		html_markup(p->h, "</bdi></span>");
	}
	html_markup(p->h, "</li>\n");
}

/*
 * The checks that keep the verdict from being better, each with a way to its row. Where one thing
 * is missing, many are undecided; the first ones say why.
 */
static void put_reasons(const struct page *p, enum check_outcome outcome, size_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < p->v->check_count; i++)
		if (p->v->check[i].outcome == outcome && count++ < most)
			put_reason(p, &p->v->check[i]);
	if (count <= most)
		return;
	html_markup(p->h, "<li class=\"more\">");
	html_sayf(p->h, "and %zu more below", count - most);
	html_markup(p->h, "</li>\n");
}

static bool has(const struct verdict *v, enum check_outcome outcome)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].outcome == outcome)
			return true;
	return false;
}

/* Each of them: somebody answers for it, and a reader has to see all. */
static void put_warnings(const struct page *p)
{
	size_t count = count_warnings(p->v);

	if (p->v->value != VERDICT_TRUSTED || !count)
		return;
	html_markup(p->h, "<p class=\"sentence\">");
	verdict_html_warning_icon(p->h);
	html_markup(p->h, " ");
	if (count == 1)
		html_say(p->h, N_("Accepted, with 1 warning:"));
	else
		html_sayf(p->h, "Accepted, with %zu warnings:", count);
	html_markup(p->h, "</p>\n<ul class=\"why\">\n");
	for (size_t i = 0; i < p->v->check_count; i++)
		if (check_warned(&p->v->check[i]))
			put_reason(p, &p->v->check[i]);
	html_markup(p->h, "</ul>");
}

static void put_verdict(const struct page *p)
{
	const struct verdict *v = p->v;

	html_markup(p->h, "<div class=\"verdict %s\"><p class=\"word\">",
		simulated(v) ? "sim" : check_outcome_name(outcome_of_value[v->value]));
	verdict_html_icon(p->h, outcome_of_value[v->value]);
	html_text(p->h, verdict_value_text(v->value, p->h->lang));
	if (simulated(v))
		html_say(p->h, N_(" (simulated)"));
	if (p->h->lang != MESSAGES_EN)
		html_markup(p->h, " <code>%s</code>", verdict_name(v->value));
	html_markup(p->h, "</p><p class=\"sentence\">");
	html_text(p->h, verdict_sentence(v, p->h->lang));
	html_markup(p->h, "</p>\n");
	put_answers(p);
	put_warnings(p);
	if (has(v, CHECK_FAIL) || has(v, CHECK_UNDECIDED)) {
		html_markup(p->h, "<ul class=\"why\">\n");
		put_reasons(p, CHECK_FAIL, 12);
		put_reasons(p, CHECK_UNDECIDED, 5);
		html_markup(p->h, "</ul>");
	}
	html_markup(p->h, "</div>\n");
}

/* --- what was judged --- */

static void begin_fact(struct html *h, const char *name)
{
	html_markup(h, "<dt>");
	html_say(h, name);
	html_markup(h, "</dt><dd>");
}

static void end_fact(struct html *h)
{
	html_markup(h, "</dd>\n");
}

static void put_policy(const struct page *p)
{
	const struct verdict *v = p->v;

	begin_fact(p->h, N_("Policy"));
	if (!verdict_has_policy(v)) {
		html_say(p->h, N_("built-in defaults, which accept no guest"));
	} else {
		html_markup(p->h, "<bdi>");
		html_text(p->h, v->policy_name);
		html_markup(p->h, "</bdi><br><span class=\"soft\">SHA-384</span> ");
		put_hex(p->h, v->policy_sha384, sizeof(v->policy_sha384));
	}
	end_fact(p->h);
	for (size_t i = 0; i < v->block_count; i++) {
		begin_fact(p->h, N_("Block of the policy"));
		verdict_html_icon(p->h, v->block[i].outcome);
		html_markup(p->h, " <bdi>");
		html_text(p->h, verdict_block_text(v, i + 1, p->h->lang));
		html_markup(p->h, "</bdi> ");
		html_say(p->h, i + 1 == v->accepted_by                  ? N_("(accepts)")
			       : v->block[i].outcome == CHECK_UNDECIDED ? N_("(undecided)")
			       : v->block[i].outcome == CHECK_FAIL      ? N_("(refuses)")
									: N_("(would accept)"));
		end_fact(p->h);
	}
}

/* A judgement of another time than now has to say so. */
static void put_when(const struct page *p)
{
	int64_t at = p->v->at, made = p->style->made_at;

	begin_fact(p->h, N_("Judged as of"));
	put_time(p->h, at);
	if (made && (at > made + VERDICT_NOW_SECONDS || at < made - VERDICT_NOW_SECONDS)) {
		html_markup(p->h, "<br><strong class=\"undecided\">");
		html_say(p->h, at < made ? N_("in the past, by request (--at)")
					 : N_("in the future, by request (--at)"));
		html_markup(p->h, "</strong>");
	}
	end_fact(p->h);
	if (!made)
		return;
	begin_fact(p->h, N_("Page made"));
	put_time(p->h, made);
	end_fact(p->h);
}

static void put_judged(const struct page *p)
{
	const struct verdict *v = p->v;

	html_markup(p->h, "<section><h2>");
	html_say(p->h, N_("What was judged"));
	html_markup(p->h, "</h2><dl class=\"facts\">\n");
	begin_fact(p->h, N_("Evidence"));
	html_text(p->h, claims_tee_text(v->claims.tee, p->h->lang));
	html_markup(p->h, "<br><span class=\"soft\">SHA-384</span> ");
	put_hex(p->h, v->evidence_sha384, sizeof(v->evidence_sha384));
	end_fact(p->h);
	if (v->claims.measurement_len) {
		begin_fact(p->h, N_("What was started (measurement)"));
		put_hex(p->h, v->claims.measurement, v->claims.measurement_len);
		end_fact(p->h);
	}
	put_policy(p);
	put_when(p);
	html_markup(p->h, "</dl></section>\n");
}

static void begin_section(struct html *h, const char *title)
{
	html_markup(h, "<section><h2>");
	html_say(h, title);
	html_markup(h, "</h2>\n");
}

static void put_sentence(struct html *h, const char *text)
{
	html_markup(h, "<li>");
	html_text(h, text);
	html_markup(h, "</li>\n");
}

static void put_foot(const struct page *p)
{
	static const char *const limits[] = {
		N_("It speaks of what was started, not of what the guest has done since."),
		N_("Hands on the machine, such as an interposer on the memory bus, are not "
		   "excluded by "
		   "the processor: its custody and the register of chips answer for that."),
		N_("This page is not signed, and anybody can edit it. Whoever doubts it runs "
		   "hc-check "
		   "again over the files with the digests above."),
	};

	html_markup(p->h, "</main>\n<footer><h2>");
	html_say(p->h, N_("What this report does not say"));
	html_markup(p->h, "</h2><ul>\n");
	put_sentence(p->h, verdict_freshness(p->v, p->h->lang));
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		put_sentence(p->h, messages_text(p->h->lang, limits[i]));
	html_markup(p->h, "</ul>\n");
	if (p->style->program) {
		html_markup(p->h, "<p class=\"soft\">");
		html_text(p->h, p->style->program);
		html_markup(p->h, "</p>\n");
	}
	html_markup(p->h, "</footer>\n</body>\n</html>\n");
}

static int put_page(const struct page *p)
{
	int rc = put_head(p);

	if (rc)
		return rc;
	verdict_html_icons(p->h);
	put_simulated(p);
	put_top(p);
	put_verdict(p);
	put_judged(p);
	begin_section(p->h, N_("Chain of trust"));
	verdict_html_chain(p->h, p->v);
	html_markup(p->h, "</section>\n");
	begin_section(p->h, N_("Every check"));
	verdict_html_checks(p->h, p->v);
	html_markup(p->h, "</section>\n");
	begin_section(p->h, N_("What the evidence says"));
	verdict_html_claims(p->h, p->v);
	html_markup(p->h, "</section>\n");
	put_foot(p);
	return p->h->rc;
}

int verdict_to_html(const struct verdict *v, const struct verdict_style *style, struct bytes *out)
{
	struct html h = {.bytes = out, .lang = style->lang};
	const struct page page = {&h, v, style};

	return put_page(&page);
}
