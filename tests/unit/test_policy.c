/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/policy/policy.h"
#include "common/timefmt.h"

#define M96                                                                                        \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                         \
	"202122232425262728292a2b2c2d2e2f"
#define HEAD "\"version\":1,\"name\":\"n\""
#define L(what, until)                                                                             \
	"{\"what\":\"" what "\",\"reason\":\"r\",\"owner\":\"o\",\"until\":\"" until "\"}"

static int parse(struct policy *out, const char *text, struct error *err)
{
	return policy_parse(out, (struct view){(const uint8_t *)text, strlen(text)}, err);
}

static void refuses_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"version\":1}",
		"{\"name\":\"n\"}",
		"{\"version\":2,\"name\":\"n\"}",
		"{\"version\":\"1\",\"name\":\"n\"}",
		"{\"version\":1.0,\"name\":\"n\"}",
		"{\"version\":1,\"name\":\"\"}",
		"{\"version\":1,\"name\":\"n\\nverdict TRUSTED\"}",
		"{\"version\":1,\"name\":\"\\u001b[2J\"}",
		"{\"version\":1,\"name\":\"\\u009b2J\"}",
		"{" HEAD ",\"version\":1}",
		"{" HEAD ",\"debug\":true}",
		"{" HEAD "} x",
		"{" HEAD ",\"snp\":[]}",
		"{" HEAD ",\"snp\":null}",
		"{" HEAD ",\"snp\":{\"measurement\":[\"" M96 "\"]}}",
		"{" HEAD ",\"snp\":{\"measurements\":\"" M96 "\"}}",
		"{" HEAD ",\"snp\":{\"measurements\":[]}}",
		"{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "00\"]}}",
		"{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "\\u0000\"]}}",
		"{" HEAD ",\"snp\":{\"measurements\":[\"x\"]}}",
		"{" HEAD ",\"snp\":{\"measurements\":[1]}}",
		"{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "\",null]}}",
		"{" HEAD ",\"snp\":{\"roots\":[]}}",
		"{" HEAD ",\"snp\":{\"roots\":[\"amd\"]}}",
		"{" HEAD ",\"snp\":{\"roots\":[\"AMD-Genoa\"]}}",
		"{" HEAD ",\"snp\":{\"roots\":[\"sha256:00\"]}}",
		"{" HEAD ",\"snp\":{\"roots\":[7]}}",
		"{" HEAD ",\"snp\":{\"products\":[]}}",
		"{" HEAD ",\"snp\":{\"products\":[\"rome\"]}}",
		"{" HEAD ",\"snp\":{\"products\":[\"unknown\"]}}",
		"{" HEAD ",\"loosen\":{}}",
		"{" HEAD ",\"loosen\":[1]}",
		"{" HEAD ",\"loosen\":[" L("signature", "2030-01-01") "]}",
		"{" HEAD ",\"loosen\":[" L("debug", "never") "]}",
		"{" HEAD ",\"loosen\":[" L("debug", "2030-01-01") "," L("debug", "2031-01-01") "]}",
		"{" HEAD ",\"loosen\":[{\"what\":\"debug\",\"reason\":\"r\",\"owner\":\"o\"}]}",
		"{" HEAD ",\"loosen\":[{\"what\":\"debug\",\"reason\":\"r\",\"until\":"
		"\"2030-01-01\"}]}",
		"{" HEAD ",\"loosen\":[{\"what\":\"debug\",\"owner\":\"o\",\"until\":"
		"\"2030-01-01\"}]}",
		"{" HEAD ",\"loosen\":[{\"what\":\"debug\",\"reason\":\"\",\"owner\":\"o\","
		"\"until\":\"2030-01-01\"}]}",
		"{" HEAD ",\"loosen\":[{\"what\":\"debug\",\"reason\":\"r\",\"owner\":\"o\","
		"\"until\":\"2030-01-01\",\"until\":\"2031-01-01\"}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct policy p;
		struct error err = {0};

		if (!parse(&p, bad[i], &err))
			fail_msg("accepted: %s", bad[i]);
		assert_true(err.code < 0 && err.where[0]);
		policy_free(&p);
	}
}

static void refuses_every_truncation(void **state)
{
	static const char text[] = "{" HEAD ",\"snp\":{\"measurements\":[\"" M96
				   "\"]},\"loosen\":[" L("debug", "2030-01-01") "]}";
	struct policy p;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		assert_true(policy_parse(&p, (struct view){(const uint8_t *)text, len}, NULL) < 0);
		policy_free(&p);
	}
	assert_int_equal(parse(&p, text, NULL), 0);
	policy_free(&p);
}

static void reads_every_member(void **state)
{
	struct policy p;

	(void)state;
	assert_int_equal(parse(&p,
				 "{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "\",\"" M96
				 "\"],\"roots\":[\"amd-genoa\",\"sha256:" M96 "\"],"
				 "\"products\":[\"genoa\"]}}",
				 NULL),
		HC_EFORMAT);
	policy_free(&p);
	assert_int_equal(parse(&p,
				 "{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "\",\"" M96
				 "\"],\"roots\":[\"amd-genoa\"],\"products\":[\"genoa\"]}}",
				 NULL),
		0);
	assert_string_equal(p.name, "n");
	assert_int_equal(p.measurement_count, 2);
	assert_int_equal(p.measurement[1][47], 0x2f);
	assert_true(p.has_roots && p.root_count == 1);
	assert_string_equal(p.root[0], "amd-genoa");
	assert_true(p.has_products && p.product[SNP_PRODUCT_GENOA]);
	assert_false(p.product[SNP_PRODUCT_MILAN] || p.product[SNP_PRODUCT_TURIN]);
	policy_free(&p);
}

static void lets_each_loosening_lapse_at_its_time(void **state)
{
	static const char *const names[] = {"debug", "migration", "milan", "revocation", "vmpl",
		"masked-chip", "report-version-2", "unknown-bits"};
	const int64_t until = timefmt_civil(2027, 1, 1, 0, 0, 0);

	(void)state;
	for (int i = 0; i < POLICY_LOOSEN_COUNT; i++) {
		struct policy p;
		char text[256];

		snprintf(text, sizeof(text), "{" HEAD ",\"loosen\":[" L("%s", "2027-01-01") "]}",
			names[i]);
		assert_int_equal(parse(&p, text, NULL), 0);
		for (int k = 0; k < POLICY_LOOSEN_COUNT; k++) {
			enum policy_loosening what = (enum policy_loosening)k;

			assert_int_equal(policy_loosened(&p, what, until - 1), k == i);
			assert_false(policy_loosened(&p, what, until));
			assert_false(policy_loosened(NULL, what, until - 1));
		}
		assert_string_equal(policy_loosening_name((enum policy_loosening)i), names[i]);
		policy_free(&p);
	}
}

static void refuses_milan_unless_it_is_loosened_by_name(void **state)
{
	static const struct {
		const char *text;
		enum check_outcome outcome;
	} cases[] = {
		{"{" HEAD "}", CHECK_FAIL},
		{"{" HEAD ",\"snp\":{\"products\":[\"milan\"]}}", CHECK_FAIL},
		{"{" HEAD
		 ",\"snp\":{\"products\":[\"genoa\"]},\"loosen\":[" L("milan", "2030-01-01") "]}",
			CHECK_FAIL},
		{"{" HEAD ",\"loosen\":[" L("milan", "2030-01-01") "]}", CHECK_PASS},
		{"{" HEAD ",\"loosen\":[" L("milan", "2020-01-01") "]}", CHECK_FAIL},
	};
	static struct verdict v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy p;

		memset(&v, 0, sizeof(v));
		v.at = timefmt_civil(2026, 1, 1, 0, 0, 0);
		v.claims.tee = CLAIMS_SEV_SNP;
		v.claims.snp.product = SNP_PRODUCT_MILAN;
		assert_int_equal(parse(&p, cases[i].text, NULL), 0);
		policy_check(&p, NULL, &v);
		assert_int_equal(verdict_find(&v, "policy.product")->outcome, cases[i].outcome);
		policy_free(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_does_not_understand),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(reads_every_member),
		cmocka_unit_test(lets_each_loosening_lapse_at_its_time),
		cmocka_unit_test(refuses_milan_unless_it_is_loosened_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
