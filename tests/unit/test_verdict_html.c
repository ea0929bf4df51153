/* SPDX-License-Identifier: Apache-2.0 */
/* The page for people: foreign text stays text, the policy of the page allows its own style only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto.h"
#include "attest/result/html.h"
#include "attest/result/verdict.h"
#include "common/base64.h"

static struct verdict v;

/* Every check there is, passed, and a chain of three. */
static void fill(void)
{
	static const char *const kinds[] = {"VCEK", "ASK", "ARK"};
	const struct check_def *def;

	verdict_reset(&v, MESSAGES_EN);
	v.claims.tee = CLAIMS_SEV_SNP;
	v.claims.measurement_len = 48;
	v.has_root = true;
	v.revocation = REVOCATION_GOOD;
	v.at = 1760000000;
	snprintf(v.policy_name, sizeof(v.policy_name), "clinic");
	v.policy_sha384[0] = 1;
	v.chain.count = 3;
	for (size_t i = 0; i < 3; i++)
		v.chain.link[i] = (struct verdict_link){.kind = kinds[i],
			.present = true,
			.signs = LINK_SIGNATURE_GOOD,
			.not_before = 1,
			.not_after = 1900000000,
			.name = "a name"};
	for (size_t i = 0; (def = check_def_at(i)); i++)
		if (def->tee == CLAIMS_NONE || def->tee == CLAIMS_SEV_SNP)
			verdict_add(&v, def->id, CHECK_PASS);
}

static char *page(const struct verdict_style *style)
{
	struct bytes out = {0};
	char *text;

	verdict_decide(&v);
	assert_int_equal(verdict_to_html(&v, style, &out), 0);
	text = malloc(out.len + 1);
	assert_non_null(text);
	memcpy(text, out.data, out.len);
	text[out.len] = '\0';
	assert_int_equal(strlen(text), out.len);
	bytes_free(&out);
	return text;
}

static char *page_in(enum messages_lang lang)
{
	return page(&(struct verdict_style){.lang = lang, .program = "test 1"});
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void assert_in(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("the page lacks: %s", what);
}

static void assert_not_in(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("the page has: %s", what);
}

static const char hostile[] = "</text><script>alert('x')</script>\"&\x1b[31m\xff\xc0\xaf";
static const char harmless[] = "&lt;/text&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;"
			       "&amp;\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd";

static void escapes_text_and_replaces_what_is_none(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"plain, é, \xf0\x9f\x94\x92", "plain, é, \xf0\x9f\x94\x92"},
		{"<>&\"'", "&lt;&gt;&amp;&quot;&#39;"},
		{"\x01\t\n\x7f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc2\x9b", "\xef\xbf\xbd"}, /* CSI */
		{"a\xe2\x80\xae"
		 "b",
			"a\xef\xbf\xbd"
			"b"},                             /* right-to-left override */
		{"\xe2\x81\xa6", "\xef\xbf\xbd"},         /* left-to-right isolate */
		{"\xc3", "\xef\xbf\xbd"},                 /* cut */
		{"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"}, /* cut */
		{"\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"}, /* '<' in two bytes */
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf5\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{hostile, harmless},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes out = {0};
		struct html h = {.bytes = &out};

		html_text(&h, cases[i].in);
		assert_int_equal(h.rc, 0);
		assert_int_equal(out.len, strlen(cases[i].out));
		assert_memory_equal(out.data, cases[i].out, out.len);
		bytes_free(&out);
	}
}

static void refuses_markup_that_does_not_fit(void **state)
{
	static char large[4000];
	struct bytes out = {0};
	struct html h = {.bytes = &out};

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	html_markup(&h, "%s", large);
	assert_int_equal(h.rc, HC_EINTERNAL);
	html_markup(&h, "<p>");
	assert_int_equal(h.rc, HC_EINTERNAL);
	bytes_free(&out);
}

static void text_from_outside_stays_text_wherever_it_stands(void **state)
{
	struct check *check;
	char *text;

	(void)state;
	for (enum messages_lang lang = MESSAGES_EN; lang <= MESSAGES_FR; lang++) {
		fill();
		snprintf(v.policy_name, sizeof(v.policy_name), "%s", hostile);
		snprintf(v.chain.link[0].name, sizeof(v.chain.link[0].name), "%s", hostile);
		snprintf(v.chain.link[1].serial, sizeof(v.chain.link[1].serial), "%s", hostile);
		snprintf(v.claims.snp.csp_id, sizeof(v.claims.snp.csp_id), "<script>csp\"'");
		snprintf(v.claims.snp.product_name, sizeof(v.claims.snp.product_name), "<b>&");
		verdict_block_begin(&v, hostile);
		check = verdict_add(&v, "policy.measurement", CHECK_FAIL);
		/* As if nobody had cleaned it. */
		snprintf(check->found, sizeof(check->found), "%s", hostile);
		snprintf(check->expected, sizeof(check->expected), "%s", hostile);
		text = page_in(lang);
		assert_not_in(text, "<script");
		assert_not_in(text, "alert('");
		assert_not_in(text, "<b>");
		assert_not_in(text, "\x1b");
		/* Title, policy, reason, block, drawing twice, serial, caption, a check twice. */
		assert_int_equal(occurrences(text, harmless), 10);
		assert_in(text, "&lt;script&gt;csp&quot;&#39;");
		free(text);
	}
}

static void fetches_nothing_and_runs_nothing(void **state)
{
	static const char *const never[] = {"<script", "<link", "<img", "<iframe", "<object",
		"<form", "http:", "https:", "url(", "@import",
		"javascript:", " src=", " style=", " onclick="};
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_FR);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_not_in(text, never[i]);
	assert_int_equal(strncmp(text, "<!DOCTYPE html>\n<html lang=\"fr\">", 32), 0);
	free(text);
}

static void allows_its_own_style_by_its_digest(void **state)
{
	uint8_t digest[SHA256_SIZE];
	char name[96], encoded[64], *text;
	const char *css, *end;

	(void)state;
	fill();
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "<style"), 1);
	css = strstr(text, "<style>") + 7;
	end = strstr(css, "</style>");
	assert_true(end - css > 1000);
	assert_null(memchr(css, '<', (size_t)(end - css)));
	assert_int_equal(crypto_hash(CRYPTO_SHA256,
				 (struct view){(const uint8_t *)css, (size_t)(end - css)}, digest),
		0);
	base64_encode(BASE64_STD, encoded, digest, sizeof(digest));
	snprintf(name, sizeof(name), "style-src 'sha256-%s';", encoded);
	assert_in(text, name);
	assert_in(text, "default-src 'none'");
	free(text);
}

static const char *body(const char *text)
{
	const char *at = strstr(text, "</style>");

	assert_non_null(at);
	return at;
}

static void a_simulated_root_is_said_first_and_on_every_page(void **state)
{
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_EN);
	assert_not_in(body(text), "SIMULATED");
	assert_not_in(text, "class=\"watermark\"");
	assert_in(text, "<body>");
	free(text);
	v.root.simulated = true;
	text = page_in(MESSAGES_EN);
	assert_in(text, "<title>SIMULATED, NOT HARDWARE - TRUSTED - clinic</title>");
	/* Watermark and banner; and the page's name, to which the margin of each page belongs. */
	assert_int_equal(occurrences(body(text), "SIMULATED, NOT HARDWARE"), 2);
	assert_in(text, "<body class=\"is-simulated\">");
	assert_in(text, ".is-simulated { page: simulated; }");
	assert_true(strstr(text, "class=\"simulated\"") < strstr(text, "Trusted"));
	assert_in(text, "Trusted (simulated)");
	assert_not_in(text, "class=\"verdict pass\"");
	free(text);
	text = page_in(MESSAGES_FR);
	assert_int_equal(occurrences(body(text), "SIMULÉ, PAS DE MATÉRIEL"), 2);
	free(text);
}

static void a_page_without_a_policy_is_in_its_readers_language(void **state)
{
	char *text;

	(void)state;
	fill();
	snprintf(v.policy_name, sizeof(v.policy_name), "built-in defaults");
	memset(v.policy_sha384, 0, sizeof(v.policy_sha384));
	text = page_in(MESSAGES_FR);
	assert_in(text, " - règles par défaut</title>");
	assert_not_in(text, "built-in defaults");
	free(text);
	text = page_in(MESSAGES_EN);
	assert_in(text, " - built-in defaults</title>");
	free(text);
}

static void says_the_verdict_and_why_it_is_not_better(void **state)
{
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_FR);
	assert_in(text, "De confiance");
	assert_in(text, "<code>TRUSTED</code>");
	assert_not_in(text, "class=\"why\"");
	free(text);
	v.check[3].outcome = CHECK_FAIL;
	v.check[4].outcome = CHECK_UNDECIDED;
	text = page_in(MESSAGES_EN);
	assert_in(text, "<title>REJECTED - clinic</title>");
	assert_in(text, ">Rejected</p>");
	assert_in(text, "href=\"#c3\"");
	assert_in(text, "href=\"#c4\"");
	assert_not_in(text, "href=\"#c5\"");
	free(text);
}

static void a_pass_with_a_warning_has_a_sign_and_a_word_of_its_own(void **state)
{
	char *text;

	(void)state;
	fill();
	check_warn(&v.check[3]);
	check_warn(&v.check[4]);
	check_set_found(&v.check[3], "%s", hostile);
	for (size_t i = 0; i < v.check_count; i++)
		if (!strcmp(v.check[i].def->id, "snp.other_veks")) {
			check_warn(&v.check[i]);
			v.check[i].outcome = CHECK_SKIPPED; /* no pass, so no warning */
		}
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, " id=\"c3\"><td class=\"outcome warning\">"), 1);
	assert_int_equal(occurrences(text, " passed, with a warning</td>"), 2);
	/* Two rows, two lines on top, their heading, and what the policy answers. */
	assert_int_equal(occurrences(text, "<svg class=\"icon warning\""), 6);
	assert_int_equal(occurrences(text, "href=\"#i4\""), 6);
	assert_int_equal(occurrences(text, "id=\"i4\""), 1);
	assert_in(text, "<span class=\"soft\"><bdi>&lt;/text&gt;&lt;script&gt;");
	assert_not_in(text, "<script");
	free(text);
	text = page_in(MESSAGES_FR);
	assert_int_equal(occurrences(text, " réussi, avec avertissement</td>"), 2);
	free(text);
}

static void trusted_with_warnings_says_so_on_top_and_names_each(void **state)
{
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_EN);
	assert_not_in(text, "icon warning");
	assert_not_in(text, " warning");
	free(text);
	check_warn(&v.check[3]);
	text = page_in(MESSAGES_EN);
	assert_in(text, "<title>TRUSTED - clinic</title>");
	assert_in(text, "Accepted, with 1 warning:");
	assert_in(text, " yes, with warnings</strong>");
	assert_in(text, "href=\"#c3\"");
	free(text);
	for (size_t i = 4; i < 20; i++)
		check_warn(&v.check[i]);
	text = page_in(MESSAGES_FR);
	assert_in(text, "Acceptée, avec 17 avertissements\xc2\xa0:");
	assert_in(text, " oui, avec avertissements</strong>");
	assert_int_equal(occurrences(text, "href=\"#c"), 17);
	free(text);
}

static void warnings_do_not_make_a_refusal_look_accepted(void **state)
{
	char *text;

	(void)state;
	fill();
	check_warn(&v.check[3]);
	v.check[4].outcome = CHECK_FAIL;
	verdict_block_begin(&v, "one");
	check_warn(verdict_add(&v, "policy.debug", CHECK_PASS));
	verdict_add(&v, "policy.measurement", CHECK_FAIL);
	text = page_in(MESSAGES_EN);
	assert_in(text, "<title>REJECTED - clinic</title>");
	assert_not_in(text, "Accepted");
	assert_not_in(text, "yes, with warnings");
	assert_not_in(text, "href=\"#c3\"");
	assert_int_equal(occurrences(text, " passed, with a warning</td>"), 2);
	free(text);
}

static void only_the_first_of_many_undecided_checks_are_named_on_top(void **state)
{
	char *text;

	(void)state;
	fill();
	for (size_t i = 5; i < 15; i++)
		v.check[i].outcome = CHECK_UNDECIDED;
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "href=\"#c"), 5);
	assert_in(text, "and 5 more below");
	free(text);
}

static void every_check_has_a_row_with_its_own_place(void **state)
{
	char *text, id[32];

	(void)state;
	fill();
	verdict_block_begin(&v, "one");
	verdict_add(&v, "policy.measurement", CHECK_FAIL);
	verdict_block_begin(&v, "two");
	verdict_add(&v, "policy.measurement", CHECK_UNDECIDED);
	text = page_in(MESSAGES_EN);
	for (size_t i = 0; i < v.check_count; i++) {
		snprintf(id, sizeof(id), " id=\"c%zu\"", i);
		assert_int_equal(occurrences(text, id), 1);
		assert_in(text, v.check[i].def->id);
	}
	assert_in(text, "Block &quot;one&quot; of the policy: failed");
	assert_in(text, "Block &quot;two&quot; of the policy: undecided");
	free(text);
}

static void draws_what_is_missing_and_what_is_broken(void **state)
{
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "class=\"pass arrow\""), 3);
	assert_not_in(text, "class=\"box absent\"");
	assert_not_in(text, "class=\"box fail\"");
	free(text);
	v.chain.link[2] = (struct verdict_link){.kind = "ARK"};
	v.chain.link[0].signs = LINK_SIGNATURE_BAD;
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "class=\"box absent\""), 1);
	/* The key's box and the evidence's. */
	assert_int_equal(occurrences(text, "class=\"box fail\""), 2);
	assert_int_equal(occurrences(text, "class=\"fail arrow\""), 1);
	assert_int_equal(occurrences(text, "class=\"undecided arrow\""), 1);
	assert_in(text, ". ARK: missing. ASK a name: ");
	free(text);
}

static void draws_certificates_that_are_not_valid_revoked_or_nobodys_as_broken(void **state)
{
	char *text;

	(void)state;
	fill();
	v.chain.link[0].not_after = v.at - 1;
	v.chain.link[1].listed_by_crl = true;
	v.chain.link[1].revocation = REVOCATION_REVOKED;
	v.chain.link[1].list_from = 1;
	v.chain.link[2].anchor = LINK_ANCHOR_UNKNOWN;
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "class=\"box fail\""), 3);
	assert_in(text, "outside its validity");
	assert_in(text, ">revoked<");
	assert_in(text, "list without an end");
	assert_in(text, "neither built in nor named");
	free(text);
	fill();
	v.root.simulated = true;
	v.chain.link[2].anchor = LINK_ANCHOR_NAMED;
	text = page_in(MESSAGES_EN);
	assert_int_equal(occurrences(text, "class=\"box fail\""), 1);
	assert_in(text, "SIMULATED, named by the caller");
	free(text);
}

static void says_that_there_is_no_chain(void **state)
{
	char *text;

	(void)state;
	verdict_reset(&v, MESSAGES_EN);
	verdict_add(&v, "evidence.kind", CHECK_FAIL);
	text = page_in(MESSAGES_EN);
	assert_in(text, "There is no chain");
	assert_not_in(text, "class=\"chain\"");
	assert_in(text, "Nothing shows that the evidence is fresh");
	free(text);
}

static void says_when_it_judges_another_time_than_now(void **state)
{
	struct verdict_style style = {.made_at = 1760000000 + VERDICT_NOW_SECONDS};
	char *text;

	(void)state;
	fill();
	text = page(&style);
	assert_in(text, "2025-10-09 08:53:20 UTC");
	assert_not_in(text, "by request");
	free(text);
	style.made_at++;
	text = page(&style);
	assert_in(text, "in the past, by request");
	free(text);
	style.made_at = 1760000000 - VERDICT_NOW_SECONDS - 1;
	text = page(&style);
	assert_in(text, "in the future, by request");
	free(text);
}

static void says_what_it_does_not_say(void **state)
{
	char *text;

	(void)state;
	fill();
	text = page_in(MESSAGES_EN);
	assert_in(text, "as fresh as that data");
	assert_in(text, "Hands on the machine");
	assert_in(text, "test 1</p>");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_text_and_replaces_what_is_none),
		cmocka_unit_test(refuses_markup_that_does_not_fit),
		cmocka_unit_test(text_from_outside_stays_text_wherever_it_stands),
		cmocka_unit_test(fetches_nothing_and_runs_nothing),
		cmocka_unit_test(allows_its_own_style_by_its_digest),
		cmocka_unit_test(a_simulated_root_is_said_first_and_on_every_page),
		cmocka_unit_test(a_page_without_a_policy_is_in_its_readers_language),
		cmocka_unit_test(says_the_verdict_and_why_it_is_not_better),
		cmocka_unit_test(a_pass_with_a_warning_has_a_sign_and_a_word_of_its_own),
		cmocka_unit_test(trusted_with_warnings_says_so_on_top_and_names_each),
		cmocka_unit_test(warnings_do_not_make_a_refusal_look_accepted),
		cmocka_unit_test(only_the_first_of_many_undecided_checks_are_named_on_top),
		cmocka_unit_test(every_check_has_a_row_with_its_own_place),
		cmocka_unit_test(draws_what_is_missing_and_what_is_broken),
		cmocka_unit_test(
			draws_certificates_that_are_not_valid_revoked_or_nobodys_as_broken),
		cmocka_unit_test(says_that_there_is_no_chain),
		cmocka_unit_test(says_when_it_judges_another_time_than_now),
		cmocka_unit_test(says_what_it_does_not_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
