/* SPDX-License-Identifier: Apache-2.0 */
/* Genuine reports with a bit changed or bytes missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/flips.h"
#include "tests/unit/vectors.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define REPORT_BITS (8 * SNP_REPORT_SIZE)
#define REPORTS_MAX 128

static size_t share, shares;
static struct memo *memo; /* of what is the same in every flip; else these take twice as long */
static struct verdict v;

/* One case for each genuine report there is; one in which it is authentic, if there is such a one.
 */
struct genuine {
	char name[80];
	uint8_t sha384[48];
	bool authentic;
};
static struct genuine genuine[REPORTS_MAX];
static size_t genuine_count;

static struct genuine *place_of(const uint8_t sha384[48])
{
	for (size_t i = 0; i < genuine_count; i++)
		if (!memcmp(genuine[i].sha384, sha384, 48))
			return &genuine[i];
	assert_true(genuine_count < REPORTS_MAX);
	return &genuine[genuine_count++];
}

static void note(const char *name)
{
	struct vectors_case c;
	struct genuine *at;

	vectors_case_open(&c, name, false);
	if (!strcmp(json_string_value(json_object_get(c.json, "kind")), "real")) {
		vectors_appraise(&c, NULL, &v);
		at = place_of(v.evidence_sha384);
		if (!at->name[0] || (!at->authentic && v.authentic == AUTHENTIC_YES)) {
			snprintf(at->name, sizeof(at->name), "%s", name);
			memcpy(at->sha384, v.evidence_sha384, 48);
			at->authentic = v.authentic == AUTHENTIC_YES;
		}
	}
	vectors_case_close(&c);
}

static size_t step(void)
{
	const char *wanted = getenv("HC_FLIPS");

	if (wanted && !strcmp(wanted, "all"))
		return 1;
	/* Coprime to 8, so that every bit of a byte has its turn. */
	return HC_CRYPTO_NETTLE ? 1 : 17;
}

static void assert_refused(const char *name, const char *what, size_t at)
{
	if (v.authentic == AUTHENTIC_YES || v.value == VERDICT_TRUSTED || v.overflow)
		fail_msg("%s: authentic with %s %zu", name, what, at);
}

static void no_flipped_bit_of_a_genuine_report_stays_authentic(void **state)
{
	size_t flips = 0, reports = 0;

	(void)state;
	vectors_needed();
	for (size_t i = share; i < genuine_count; i += shares, reports++) {
		struct vectors_case c;

		vectors_case_open(&c, genuine[i].name, false);
		c.memo = memo;
		assert_int_equal(c.report.len, SNP_REPORT_SIZE);
		for (size_t bit = 0; bit < REPORT_BITS; bit += step(), flips++) {
			c.report.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			vectors_appraise(&c, NULL, &v);
			c.report.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_refused(genuine[i].name, "a change of bit", bit);
		}
		/* Which was so before, and is again: else the flips have shown nothing. */
		vectors_appraise(&c, NULL, &v);
		assert_int_equal(v.authentic == AUTHENTIC_YES, genuine[i].authentic);
		vectors_case_close(&c);
	}
	printf("# %zu flips in %zu reports%s\n", flips, reports,
		step() > 1 ? ", a sample: make flips does them all" : "");
	assert_true(flips >= reports * REPORT_BITS / step());
}

static void no_truncated_or_lengthened_report_is_authentic(void **state)
{
	(void)state;
	vectors_needed();
	for (size_t i = share; i < genuine_count; i += shares) {
		struct vectors_case c;

		vectors_case_open(&c, genuine[i].name, false);
		for (size_t len = 0; len < SNP_REPORT_SIZE; len++) {
			c.report.len = len;
			vectors_appraise(&c, NULL, &v);
			assert_refused(genuine[i].name, "the length", len);
			assert_int_equal(v.value, VERDICT_REJECTED);
		}
		c.report.len = SNP_REPORT_SIZE;
		assert_int_equal(bytes_append(&c.report, "", 1), 0);
		vectors_appraise(&c, NULL, &v);
		assert_refused(genuine[i].name, "the length", c.report.len);
		vectors_case_close(&c);
	}
}

static int find_genuine(void **state)
{
	size_t authentic = 0;
	char **cases;

	(void)state;
	if (memo_new(&memo))
		return -1;
	if (!vectors_dir())
		return 0;
	cases = vectors_snp_cases();
	for (size_t i = 0; cases[i]; i++) {
		note(cases[i]);
		free(cases[i]);
	}
	free(cases);
	for (size_t i = 0; i < genuine_count; i++)
		authentic += genuine[i].authentic;
	return authentic < 20 ? -1 : 0;
}

static int forget(void **state)
{
	(void)state;
	memo_free(memo);
	return 0;
}

int flips_main(size_t this_share, size_t of_shares)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_truncated_or_lengthened_report_is_authentic),
		cmocka_unit_test(no_flipped_bit_of_a_genuine_report_stays_authentic),
	};

	share = this_share;
	shares = of_shares;
	return cmocka_run_group_tests(tests, find_genuine, forget);
}
