/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue that is linked in, and whose language a person gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/error.h"
#include "common/messages.h"

static void gives_back_what_it_does_not_know(void **state)
{
	static const char *const unknown[] = {
		"", "zzzz", "\x01", "no such message", "no erro", "no errorr"};

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_ptr_equal(messages_text(MESSAGES_FR, unknown[i]), unknown[i]);
}

static void finds_every_sentence_of_an_error_code_in_french_only(void **state)
{
	(void)state;
	for (int code = 0; code >= HC_CODE_LAST; code--) {
		const char *sentence = error_sentence(code);

		assert_ptr_equal(messages_text(MESSAGES_EN, sentence), sentence);
		assert_string_not_equal(messages_text(MESSAGES_FR, sentence), sentence);
	}
}

static void writes_a_whole_error_in_french(void **state)
{
	struct error err;
	char text[512];

	(void)state;
	error_fail(&err, HC_EUSAGE, "--report-data", "%s", "12");
	error_expected(&err, "64, 96 or 128 hex digits");
	error_format_with(&err, messages_in_french, text, sizeof(text));
	assert_string_equal(text, "--report-data\u00a0: mauvais usage\u00a0; trouvé\u00a0: 12, "
				  "attendu\u00a0: 64, 96 ou 128 chiffres hexadécimaux");
	error_format(&err, text, sizeof(text));
	assert_string_equal(
		text, "--report-data: wrong usage; found 12, expected 64, 96 or 128 hex digits");
}

static void takes_the_language_from_the_first_variable_that_says_one(void **state)
{
	(void)state;
	assert_int_equal(messages_lang_of(NULL, NULL, NULL), MESSAGES_EN);
	assert_int_equal(messages_lang_of("C", "fr_FR.UTF-8", "fr"), MESSAGES_EN);
	assert_int_equal(messages_lang_of("", "fr_FR.UTF-8", "C"), MESSAGES_FR);
	assert_int_equal(messages_lang_of(NULL, "", "fr"), MESSAGES_FR);
	assert_int_equal(messages_lang_of("fr_CA", NULL, NULL), MESSAGES_FR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_back_what_it_does_not_know),
		cmocka_unit_test(finds_every_sentence_of_an_error_code_in_french_only),
		cmocka_unit_test(writes_a_whole_error_in_french),
		cmocka_unit_test(takes_the_language_from_the_first_variable_that_says_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
