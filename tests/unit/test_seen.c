/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen last: no way back, as text and in appraisals of TDX quotes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/seen.h"
#include "tests/unit/tdx_scene.h"

static struct fake_intel intel;
static struct verdict v;

static struct seen_item item(const char *name, uint8_t number, int64_t date)
{
	struct seen_item out = {.date = date};

	snprintf(out.name, sizeof(out.name), "%s", name);
	out.number[SEEN_NUMBER_SIZE - 1] = number;
	return out;
}

static void neither_number_nor_date_may_go_back(void **state)
{
	const struct seen_item first = item("a", 5, 100);
	static const struct {
		uint8_t number;
		int64_t date;
		bool older;
	} cases[] = {{5, 100, false}, {6, 100, false}, {5, 101, false}, {6, 101, false},
		{4, 100, true}, {5, 99, true}, {4, 200, true}, {9, 99, true}};
	struct seen *seen = calloc(1, sizeof(*seen));

	(void)state;
	assert_non_null(seen);
	assert_false(seen_is_older(seen, &first));
	seen_note(seen, &first);
	assert_true(seen->changed);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen copy = *seen;
		struct seen_item now = item("a", cases[i].number, cases[i].date),
				 other = item("b", cases[i].number, cases[i].date);

		assert_int_equal(seen_is_older(&copy, &now), cases[i].older);
		assert_false(seen_is_older(&copy, &other));
		copy.changed = false;
		seen_note(&copy, &now);
		assert_int_equal(copy.changed, !cases[i].older && i > 0);
		assert_int_equal(copy.count, 1);
		assert_int_equal(copy.item[0].number[SEEN_NUMBER_SIZE - 1],
			cases[i].older ? 5 : cases[i].number);
	}
	/* The first byte of a number weighs more than the last. */
	seen->item[0].number[0] = 1;
	assert_true(seen_is_older(seen, &first));
	free(seen);
}

static void a_full_state_drops_the_earliest(void **state)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	(void)state;
	assert_non_null(seen);
	for (int i = 0; i <= SEEN_MAX; i++) {
		char name[16];
		struct seen_item now;

		snprintf(name, sizeof(name), "%d", i);
		now = item(name, 1, i == 7 ? 3 : 1000 + i);
		seen_note(seen, &now);
	}
	assert_int_equal(seen->count, SEEN_MAX);
	assert_string_equal(seen->item[7].name, "256");
	assert_string_equal(seen->item[0].name, "0");
	free(seen);
}

static void reads_back_what_it_wrote(void **state)
{
	struct seen *seen = calloc(2, sizeof(*seen)), *again = seen + 1;
	struct seen_item a = item("tcb-info \"x\"", 19, 1760000000), b = item("é", 255, 0);
	struct bytes text = {0};

	(void)state;
	assert_non_null(seen);
	seen_note(seen, &a);
	seen_note(seen, &b);
	assert_int_equal(seen_write(seen, &text, NULL), 0);
	assert_int_equal(seen_parse(again, bytes_view(&text), NULL), 0);
	seen->changed = false;
	assert_memory_equal(seen, again, sizeof(*seen));
	for (size_t len = 0; len + 2 < text.len; len++)
		assert_true(seen_parse(again, (struct view){text.data, len}, NULL) < 0);
	bytes_free(&text);
	free(seen);
}

static void refuses_text_that_is_not_exactly_its_own(void **state)
{
#define NUMBER "\"number\":\"0000000000000000000000000000000000000001\""
#define DATE   "\"date\":\"2026-01-01T00:00:00Z\""
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"seen\":[]}",
		"{\"version\":2,\"seen\":[]}",
		"{\"version\":1,\"seen\":{}}",
		"{\"version\":1,\"seen\":[1]}",
		"{\"version\":1,\"x\":1}",
		"{\"version\":1,\"seen\":[{}]}",
		"{\"version\":1,\"seen\":[{" NUMBER "," DATE "}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"\"," NUMBER "," DATE "}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"a\"," NUMBER "}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"a\",\"number\":\"01\"," DATE "}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"a\"," NUMBER ",\"date\":\"x\"}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"a\"," NUMBER "," DATE ",\"x\":1}]}",
		"{\"version\":1,\"seen\":[{\"name\":\"a\"," NUMBER "," DATE
		"},{\"name\":\"a\"," NUMBER "," DATE "}]}",
	};
	struct seen *seen = calloc(1, sizeof(*seen));

	(void)state;
	assert_non_null(seen);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (seen_parse(seen, (struct view){(const uint8_t *)bad[i], strlen(bad[i])},
			    NULL) >= 0)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(seen->count, 0);
	}
	free(seen);
}

/* --- in appraisals --- */

static enum check_outcome judge(struct seen *seen, void (*edit)(struct tdx_scene *s))
{
	struct tdx_scene s;
	struct tdx_built built;
	enum check_outcome outcome;

	tdx_scene_open(&s, &intel, 4);
	if (edit)
		edit(&s);
	tdx_scene_build(&s, &built);
	built.in.seen = seen;
	assert_int_equal(appraise(&built.in, &v, NULL), 0);
	outcome = verdict_find(&v, "tdx.not_older")->outcome;
	tdx_built_free(&built);
	tdx_scene_close(&s);
	return outcome;
}

static void newer_info(struct tdx_scene *s)
{
	fake_replace(&s->info, "Number\":19", "Number\":20");
}

static void newer_qe(struct tdx_scene *s)
{
	fake_replace(&s->qe, "Number\":19", "Number\":20");
}

static void newer_root_crl(struct tdx_scene *s)
{
	s->root_crl.number = 2;
}

/* Intel gives all its lists number 1: the date has to do. */
static void newer_pck_crl(struct tdx_scene *s)
{
	s->pck_crl.this_update = FAKE_INTEL_AT - 3600;
}

static void nobody_goes_back_to_an_older_statement_or_list(void **state)
{
	static void (*const newer[])(struct tdx_scene *) = {
		newer_info, newer_qe, newer_root_crl, newer_pck_crl};

	(void)state;
	for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++) {
		struct seen *seen = calloc(1, sizeof(*seen));

		assert_non_null(seen);
		assert_int_equal(judge(seen, NULL), CHECK_PASS);
		assert_int_equal(seen->count, 4);
		assert_true(seen->changed);
		seen->changed = false;
		assert_int_equal(judge(seen, NULL), CHECK_PASS);
		assert_false(seen->changed);
		assert_int_equal(judge(seen, newer[i]), CHECK_PASS);
		assert_true(seen->changed);
		seen->changed = false;
		assert_int_equal(judge(seen, NULL), CHECK_FAIL);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
		assert_false(seen->changed);
		free(seen);
	}
	assert_int_equal(judge(NULL, NULL), CHECK_SKIPPED);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
}

static void forged(struct tdx_scene *s)
{
	newer_info(s);
	s->info_key = intel.other;
}

static void what_is_not_genuine_is_not_remembered(void **state)
{
	struct seen *seen = calloc(1, sizeof(*seen));

	(void)state;
	assert_non_null(seen);
	judge(seen, forged);
	assert_int_equal(seen->count, 3);
	assert_int_equal(judge(seen, NULL), CHECK_PASS);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	free(seen);
}

static int setup(void **state)
{
	(void)state;
	fake_intel_init(&intel);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_intel_fini(&intel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_text_that_is_not_exactly_its_own),
		cmocka_unit_test(neither_number_nor_date_may_go_back),
		cmocka_unit_test(a_full_state_drops_the_earliest),
		cmocka_unit_test(nobody_goes_back_to_an_older_statement_or_list),
		cmocka_unit_test(what_is_not_genuine_is_not_remembered),
		cmocka_unit_test(reads_back_what_it_wrote),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
