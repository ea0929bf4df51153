/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "common/timefmt.h"

static void agrees_with_the_c_library_over_four_centuries(void **state)
{
	(void)state;
	for (int64_t t = -4000000000; t < 9000000000; t += 86400 * 13 + 12345) {
		char ours[TIMEFMT_SIZE], theirs[TIMEFMT_SIZE];
		time_t libc_time = (time_t)t;
		struct tm tm;
		int64_t back;

		gmtime_r(&libc_time, &tm);
		strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ", &tm);
		timefmt_rfc3339(ours, t, -1);
		assert_string_equal(ours, theirs);
		assert_int_equal(timefmt_parse(&back, ours, NULL), 0);
		assert_true(back == t);
	}
}

static void rejects_what_is_no_time(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-13-01", "2026-02-29", "2026-00-10",
		"2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
		"2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
		"2026-01-01T00:00:00+24:00", " 2026-01-01", "-026-01-01"};
	struct error err;
	int64_t t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(timefmt_parse(&t, bad[i], &err), HC_EFORMAT);
		assert_string_equal(err.where, "time");
	}
}

static void reads_offsets_fractions_and_dates(void **state)
{
	int64_t a, b;

	(void)state;
	assert_int_equal(timefmt_parse(&a, "2026-11-22T14:05:09.250+01:30", NULL), 0);
	assert_int_equal(timefmt_parse(&b, "2026-11-22T12:35:09Z", NULL), 0);
	assert_true(a == b);
	assert_int_equal(timefmt_parse(&a, "2026-11-22", NULL), 0);
	assert_true(a == timefmt_civil(2026, 11, 22, 0, 0, 0));
}

static void says_when_a_year_has_no_four_digits(void **state)
{
	char out[TIMEFMT_SIZE];

	(void)state;
	timefmt_rfc3339(out, INT64_MAX, -1);
	assert_string_equal(out, "outside-years-0-9999");
	timefmt_rfc3339(out, INT64_MIN, -1);
	assert_string_equal(out, "outside-years-0-9999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_what_is_no_time),
		cmocka_unit_test(agrees_with_the_c_library_over_four_centuries),
		cmocka_unit_test(reads_offsets_fractions_and_dates),
		cmocka_unit_test(says_when_a_year_has_no_four_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
