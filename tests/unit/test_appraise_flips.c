/* SPDX-License-Identifier: Apache-2.0 */
/* Genuine reports with a bit changed or bytes missing: never authentic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/vectors.h"

static struct verdict v;
static size_t flips;

static void flip(struct vectors_case *c, size_t bit)
{
	c->report.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	vectors_appraise(c, NULL, &v);
	c->report.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	flips++;
	if (v.authentic == AUTHENTIC_YES || v.value == VERDICT_TRUSTED)
		fail_msg("authentic with bit %zu of byte 0x%zx changed", bit % 8, bit / 8);
}

static void every_step(const char *name, size_t step)
{
	struct vectors_case c;

	vectors_case_open(&c, name, false);
	vectors_appraise(&c, NULL, &v);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	for (size_t bit = 0; bit < c.report.len * 8; bit += step)
		flip(&c, bit);
	vectors_case_close(&c);
}

/*
 * Bytes that must be zero whatever is signed: one bit of each is enough here, since test_snp_report
 * tries them at the parser. Every bit of all others.
 */
static bool worth_it(size_t bit)
{
	size_t at = bit / 8;
	bool zero = (at >= 0x2d0 && at < 0x2e8) || at >= 0x318;

	return !zero || bit % 8 == at % 8;
}

/* Half of the bits in a second process: there are two processors nearly everywhere. */
static void no_flipped_bit_of_a_turin_report_stays_authentic(void **state)
{
	struct vectors_case c;
	int status = -1;
	pid_t child;

	(void)state;
	vectors_needed();
	vectors_case_open(&c, "turin-v5-vcek-oak", false);
	child = fork();
	assert_true(child >= 0);
	for (size_t bit = child ? 0 : 1; bit < c.report.len * 8; bit += 2)
		if (worth_it(bit))
			flip(&c, bit);
	vectors_case_close(&c);
	if (!child)
		_exit(flips > 3000 ? 0 : 1);
	assert_true(flips > 3000);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Steps that are coprime to 8, so that every bit of a byte has its turn. */
static void nor_of_reports_of_other_products_versions_and_keys_sampled(void **state)
{
	(void)state;
	vectors_needed();
	every_step("genoa-v3-vcek-azure", 37);
	every_step("milan-v2-vcek-virtee", 41);
	every_step("milan-v5-vlek-aws", 43);
}

static void no_truncated_or_lengthened_report_is_authentic(void **state)
{
	struct vectors_case c;

	(void)state;
	vectors_needed();
	vectors_case_open(&c, "genoa-v5-vcek-yaxi", false);
	for (size_t len = 0; len < SNP_REPORT_SIZE; len++) {
		c.report.len = len;
		vectors_appraise(&c, NULL, &v);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
		assert_int_equal(v.value, VERDICT_REJECTED);
	}
	c.report.len = SNP_REPORT_SIZE;
	assert_int_equal(bytes_append(&c.report, "", 1), 0);
	vectors_appraise(&c, NULL, &v);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	vectors_case_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_truncated_or_lengthened_report_is_authentic),
		cmocka_unit_test(nor_of_reports_of_other_products_versions_and_keys_sampled),
		cmocka_unit_test(no_flipped_bit_of_a_turin_report_stays_authentic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
