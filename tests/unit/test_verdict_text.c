/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict as text: wrapped to a terminal and nowhere else, digests whole, colours on request.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/result/verdict.h"

static struct verdict v;

static const char digest[] = "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
			     "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d";

static int fill(void **state)
{
	const struct check_def *def;

	(void)state;
	verdict_reset(&v, MESSAGES_FR);
	v.claims.tee = CLAIMS_SEV_SNP;
	v.claims.measurement_len = 48;
	memset(v.claims.measurement, 0x4d, 48);
	v.at = 1760000000;
	snprintf(v.policy_name, sizeof(v.policy_name), "clinic");
	v.policy_sha384[0] = 1;
	for (size_t i = 0; (def = check_def_at(i)); i++) {
		struct check *check;

		if (def->tee != CLAIMS_NONE && def->tee != CLAIMS_SEV_SNP)
			continue;
		check = verdict_add(&v, def->id, (enum check_outcome)(i % 4));
		check_set_found(check, "%s", digest);
		check_set_expected(check, "%s",
			"several words that are more than one line long, and "
			"after them some that are not so very long");
	}
	verdict_decide(&v);
	return 0;
}

static char *text(struct verdict_style style)
{
	struct bytes out = {0};
	char *s;

	assert_int_equal(verdict_to_text(&v, &style, &out), 0);
	assert_int_equal(bytes_append(&out, "", 1), 0);
	s = strdup((const char *)out.data);
	assert_non_null(s);
	bytes_free(&out);
	return s;
}

static size_t columns(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((uint8_t)line[i] & 0xc0) != 0x80;
	return n;
}

/* Runs of spaces and ends of lines are one space. */
static void flatten(char *s)
{
	char *to = s;

	for (; *s; s++)
		if (*s != ' ' && *s != '\n')
			*to++ = *s;
		else if (to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
}

static void no_line_is_longer_than_the_terminal_but_for_a_digest(void **state)
{
	(void)state;
	for (unsigned int width = 60; width <= 120; width++) {
		char *s = text((struct verdict_style){.lang = MESSAGES_FR, .width = width});

		for (char *line = s; *line; line += strcspn(line, "\n") + 1) {
			size_t len = strcspn(line, "\n");

			if (columns(line, len) > width && !memmem(line, len, digest, 96))
				fail_msg("%u columns: %.*s", width, (int)len, line);
		}
		free(s);
	}
}

static void says_the_same_at_every_width(void **state)
{
	char *whole = text((struct verdict_style){.lang = MESSAGES_FR});

	(void)state;
	assert_null(strstr(whole, "  \n"));
	flatten(whole);
	for (unsigned int width = 60; width <= 120; width += 20) {
		char *s = text((struct verdict_style){.lang = MESSAGES_FR, .width = width});

		flatten(s);
		assert_string_equal(s, whole);
		free(s);
	}
	free(whole);
}

static void a_digest_is_never_cut_and_has_a_line_where_one_is_wide_enough(void **state)
{
	char *s = text((struct verdict_style){.lang = MESSAGES_FR, .width = 100}), *at = s;
	size_t n = 0;

	(void)state;
	for (; (at = strstr(at, digest)); at++, n++)
		assert_memory_equal(at - 3, "\n  ", 3);
	/* One for each check, and the measurement. */
	assert_int_equal(n, v.check_count + 1);
	free(s);
}

static void a_fact_is_one_line_where_there_is_no_terminal(void **state)
{
	char *s = text((struct verdict_style){.lang = MESSAGES_EN});
	const char *at = strstr(s, "snp.chain");

	(void)state;
	assert_non_null(at);
	at = strchr(at, '\n');
	assert_memory_equal(at, "\n                             found    4d4d", 43);
	assert_non_null(strstr(s, "not so very long [AMD 57230 2]\n"));
	free(s);
}

static void colours_are_on_request_only(void **state)
{
	char *plain = text((struct verdict_style){.lang = MESSAGES_FR, .width = 80});
	char *coloured =
		text((struct verdict_style){.lang = MESSAGES_FR, .width = 80, .colour = true});
	char *to = coloured;

	(void)state;
	assert_null(strchr(plain, '\033'));
	assert_non_null(strchr(coloured, '\033'));
	/* Without its colours it is the same, to the column. */
	for (const char *from = coloured; *from; from++)
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	*to = '\0';
	assert_string_equal(coloured, plain);
	free(plain);
	free(coloured);
}

static void says_when_it_judges_another_time_than_now(void **state)
{
	struct verdict_style style = {.made_at = v.at + VERDICT_NOW_SECONDS};
	char *s = text(style);

	(void)state;
	assert_null(strstr(s, "by request"));
	free(s);
	style.made_at++;
	s = text(style);
	assert_non_null(strstr(s, "as of        2025-10-09T08:53:20Z (in the past, by request)\n"));
	free(s);
	style.made_at = v.at - VERDICT_NOW_SECONDS - 1;
	s = text(style);
	assert_non_null(strstr(s, "(in the future, by request)\n"));
	free(s);
}

static void has_a_sentence_for_every_verdict(void **state)
{
	static const struct {
		enum verdict_value value;
		enum authentic_value authentic;
		enum revocation_value revocation;
		const char *has;
	} cases[] = {
		{VERDICT_TRUSTED, AUTHENTIC_YES, REVOCATION_GOOD, "and the policy accepts it"},
		{VERDICT_REJECTED, AUTHENTIC_NO, REVOCATION_GOOD, "not genuine as it stands"},
		{VERDICT_REJECTED, AUTHENTIC_YES, REVOCATION_REVOKED, "withdrawn a certificate"},
		{VERDICT_REJECTED, AUTHENTIC_YES, REVOCATION_GOOD,
			"genuine, and the policy refuses"},
		{VERDICT_REJECTED, AUTHENTIC_UNDECIDED, REVOCATION_UNKNOWN, "genuine or not"},
		{VERDICT_UNDECIDED, AUTHENTIC_YES, REVOCATION_GOOD, "missing or stale"},
		{VERDICT_UNDECIDED, AUTHENTIC_NO, REVOCATION_REVOKED, "missing or stale"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *en, *fr;

		v.value = cases[i].value;
		v.authentic = cases[i].authentic;
		v.revocation = cases[i].revocation;
		en = verdict_sentence(&v, MESSAGES_EN);
		fr = verdict_sentence(&v, MESSAGES_FR);
		if (!strstr(en, cases[i].has))
			fail_msg("%zu: %s", i, en);
		assert_string_not_equal(en, fr);
		/* Nothing but TRUSTED sounds like it. */
		assert_true(cases[i].value == VERDICT_TRUSTED || !strstr(en, "accepts"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_line_is_longer_than_the_terminal_but_for_a_digest, fill),
		cmocka_unit_test_setup(says_the_same_at_every_width, fill),
		cmocka_unit_test_setup(
			a_digest_is_never_cut_and_has_a_line_where_one_is_wide_enough, fill),
		cmocka_unit_test_setup(a_fact_is_one_line_where_there_is_no_terminal, fill),
		cmocka_unit_test_setup(colours_are_on_request_only, fill),
		cmocka_unit_test_setup(says_when_it_judges_another_time_than_now, fill),
		cmocka_unit_test_setup(has_a_sentence_for_every_verdict, fill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
