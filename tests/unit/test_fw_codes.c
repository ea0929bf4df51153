/* SPDX-License-Identifier: Apache-2.0 */
/* The refusals: numbers that do not collide and fit their channel, and docs/FIRMWARE.md says the
 * same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/file.h"
#include "firmware/abi/codes.h"

#define DOC     "docs/FIRMWARE.md"
#define DOC_MAX (1u << 20)

struct refusal {
	unsigned int number;
	const char *name, *meaning, *remedy;
};

#define ROW(number, name, meaning, remedy) {number, #name, meaning, remedy},
static const struct refusal refusals[] = {HC_REFUSALS(ROW)};
#define COUNT (sizeof(refusals) / sizeof(refusals[0]))

static void numbers_ascend_and_fit_into_seven_bits(void **state)
{
	unsigned int last = 0;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		assert_in_range(refusals[i].number, last + 1, 0x7f);
		last = refusals[i].number;
	}
}

static void the_table_of_the_documentation_is_the_headers(void **state)
{
	struct bytes doc = {0};
	struct error err = {0};
	size_t rows = 0;

	(void)state;
	assert_int_equal(file_read(&doc, DOC, DOC_MAX, &err), 0);
	assert_int_equal(bytes_append(&doc, "", 1), 0);
	for (size_t i = 0; i < COUNT; i++) {
		const struct refusal *r = &refusals[i];
		char row[512];

		snprintf(row, sizeof(row), "\n| 0x%02x | %s | %s | %s |\n", r->number, r->name,
			r->meaning, r->remedy);
		if (!strstr((const char *)doc.data, row))
			fail_msg("%s has no row: %s", DOC, row);
	}
	for (const char *p = (const char *)doc.data; (p = strstr(p, "\n| 0x")) != NULL; p++)
		rows++;
	assert_int_equal(rows, COUNT);
	bytes_free(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_ascend_and_fit_into_seven_bits),
		cmocka_unit_test(the_table_of_the_documentation_is_the_headers),
	};

	return cmocka_run_group_tests_name("fw_codes", tests, NULL, NULL);
}
