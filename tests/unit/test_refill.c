/* SPDX-License-Identifier: Apache-2.0 */
/* Text made from a format and made again from the format's translation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/messages.h"
#include "common/refill.h"

static void assert_refilled(
	const char *filled, const char *format, const char *translation, const char *expected)
{
	char out[200];

	memset(out, 'x', sizeof(out));
	refill(out, sizeof(out), filled, format, translation);
	assert_string_equal(out, expected);
}

static void text_that_does_not_fit_its_format_stays_as_it_is(void **state)
{
	(void)state;
	assert_refilled("at most", "at most %d", "au plus %d", "at most");
	assert_refilled("", "at most %d", "au plus %d", "");
	assert_refilled("another 3", "at most %d", "au plus %d", "another 3");
	assert_refilled("3 byte", "%d bytes", "%d octets", "3 byte");
	assert_refilled("3 bytes.", "%d bytes", "%d octets", "3 bytes.");
	assert_refilled("one", "two", "deux", "one");
	/* Nobody can tell where one ends and the other starts. */
	assert_refilled("abcd", "%s%s", "%s-%s", "abcd");
	assert_refilled("123456789", "%d,%d,%d,%d,%d,%d,%d,%d,%d", "", "123456789");
}

static void arguments_are_found_and_put_in(void **state)
{
	(void)state;
	assert_refilled("at most 3", "at most %d", "au plus %d", "au plus 3");
	assert_refilled(
		"7 of 9 files", "%zu of %zu files", "%zu fichiers sur %zu", "7 fichiers sur 9");
	assert_refilled("x", "%s", "« %s »", "« x »");
	assert_refilled("\"\" besides another", "\"%.60s\" besides another", "« %.60s » de trop",
		"«  » de trop");
	assert_refilled("0x0f at 0x003", "0x%02x at 0x%03zx", "0x%02x à 0x%03zx", "0x0f à 0x003");
	assert_refilled("plain", "plain", "simple", "simple");
}

static void numbered_arguments_change_places(void **state)
{
	(void)state;
	assert_refilled("a of b", "%s of %s", "%2$s: %1$s", "b: a");
	assert_refilled("a of b", "%s of %s", "%2$s %9$s!", "b !");
}

static void the_last_words_are_those_at_the_end(void **state)
{
	(void)state;
	assert_refilled("bytes bytes", "%s bytes", "%s octets", "bytes octets");
	assert_refilled(" a, b", "%s, %s", "%s; %s", " a; b");
}

static void percent_signs_are_text(void **state)
{
	(void)state;
	assert_refilled("50% of 7", "%d%% of %d", "%d %% de %d", "50 % de 7");
	assert_refilled("100%", "100%%", "cent %%", "cent %");
	/* What was put in is never a format. */
	assert_refilled("at %s%n", "at %s", "à %s", "à %s%n");
}

static void is_cut_at_the_end_of_the_room(void **state)
{
	char out[4] = "xxx";

	(void)state;
	refill(out, sizeof(out), "at 123456", "at %d", "à %d");
	assert_int_equal(out[3], '\0');
	refill(out, 1, "at 1", "at %d", "à %d");
	assert_string_equal(out, "");
	out[0] = 'x';
	refill(out, 0, "at 1", "at %d", "à %d");
	assert_int_equal(out[0], 'x');
}

static void every_text_of_an_error_is_in_the_readers_language(void **state)
{
	struct error err;
	char text[512];

	(void)state;
	error_fail(&err, HC_EFORMAT, "report", N_("%zu bytes"), (size_t)12);
	error_expected(&err, "%d bytes", 1184);
	error_remedy(&err, "give a self-signed root certificate, not %.100s", "a%sb");
	error_format_with(&err, messages_in_french, text, sizeof(text));
	assert_string_equal(text, "report\u00a0: n'est pas au format attendu\u00a0; trouvé\u00a0: "
				  "12 octets, attendu\u00a0: 1184 octets. À faire\u00a0: donner un "
				  "certificat racine auto-signé, et non a%sb");
	error_found_with(&err, messages_in_english, text, sizeof(text));
	assert_string_equal(text, "12 bytes");
	error_expected_with(&err, messages_in_french, text, 5);
	assert_string_equal(text, "1184");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_does_not_fit_its_format_stays_as_it_is),
		cmocka_unit_test(arguments_are_found_and_put_in),
		cmocka_unit_test(numbered_arguments_change_places),
		cmocka_unit_test(the_last_words_are_those_at_the_end),
		cmocka_unit_test(percent_signs_are_text),
		cmocka_unit_test(is_cut_at_the_end_of_the_room),
		cmocka_unit_test(every_text_of_an_error_is_in_the_readers_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
