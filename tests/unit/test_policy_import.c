/* SPDX-License-Identifier: Apache-2.0 */
/* Launch digests into a policy: the list of one block changes, or nothing does. */
#include "attest/policy/policy_import.h" /* first: cmocka has a macro check_expected */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "attest/policy/policy_snp.h"
#include "attest/policy/policy_tdx.h"

#define A48 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A   A48 A48
#define B48 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define B   B48 B48

static const char policy_text[] =
	"{\"version\": 1, \"name\": \"clinic\", \"accept\": [\n"
	" {\"name\": \"other\", \"snp\": {\"measurements\": [\"" B
	"\"], \"guest_svn\": {\"min\": 2}}},\n"
	" {\"name\": \"gateway\", \"snp\": {\"products\": [\"genoa\"], \"measurements\": [\"" A
	"\"],\n"
	"   \"roots\": [\"amd-genoa\"]}},\n"
	" {\"name\": \"empty\", \"snp\": {\"products\": [\"turin\"]}}]}";

static uint8_t digests[POLICY_MEASUREMENTS_MAX + 1][48];
static struct policy_import import;
static struct policy_import_done done;
static struct bytes out;
static struct policy policy;
static struct error err;

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < POLICY_MEASUREMENTS_MAX + 1; i++) {
		memset(digests[i], 0x11, 48);
		digests[i][0] = (uint8_t)i;
		digests[i][1] = (uint8_t)(i >> 8);
	}
	memset(digests[0], 0xaa, 48);
	import = (struct policy_import){
		.block = "gateway", .count = 3, .measurement = (const uint8_t(*)[48])digests};
	err = (struct error){0};
	memset(&done, 0, sizeof(done));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&out);
	policy_free(&policy);
	memset(&policy, 0, sizeof(policy));
	return 0;
}

static int into(const char *text, bool replace)
{
	return policy_import_into(&out, (struct view){(const uint8_t *)text, strlen(text)}, &import,
		replace, &done, &err);
}

static const struct policy_snp *block(size_t i)
{
	assert_int_equal(policy_parse(&policy, bytes_view(&out), &err), 0);
	assert_true(i < policy.block_count);
	return policy.block[i].snp;
}

static void refuses_a_policy_that_is_no_good(void **state)
{
	(void)state;
	assert_int_not_equal(into("{}", false), 0);
	assert_int_not_equal(into("", false), 0);
	assert_int_not_equal(into("{\"version\": 1, \"name\": \"n\", \"accept\": []}", false), 0);
	assert_int_equal(out.len, 0);
}

static void refuses_every_truncation_of_a_policy(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(policy_text) - 1; len++)
		assert_int_not_equal(
			policy_import_into(&out, (struct view){(const uint8_t *)policy_text, len},
				&import, false, &done, NULL),
			0);
	assert_int_equal(out.len, 0);
}

static void a_block_that_is_not_there_is_not_added(void **state)
{
	(void)state;
	import.block = "gateways";
	assert_int_equal(into(policy_text, false), HC_EMISSING);
	assert_string_equal(err.found, "other, gateway, empty");
	assert_non_null(strstr(err.remedy, "--block"));
	assert_int_equal(out.len, 0);
}

static void refuses_more_than_a_block_may_have(void **state)
{
	(void)state;
	import.count = POLICY_MEASUREMENTS_MAX + 1;
	assert_int_not_equal(into(policy_text, false), 0);
	assert_int_equal(out.len, 0);
}

static void adds_what_is_not_there_and_keeps_the_rest(void **state)
{
	const struct policy_snp *rules;

	(void)state;
	assert_int_equal(into(policy_text, false), 0);
	assert_int_equal(done.added, 2);
	assert_int_equal(done.kept, 1);
	assert_int_equal(done.dropped, 0);
	rules = block(1);
	assert_int_equal(rules->measurements.count, 3);
	assert_true(rules->has_products && rules->product[SNP_PRODUCT_GENOA]);
	assert_int_equal(rules->root_count, 1);
	assert_int_equal(policy.block[0].snp->measurements.count, 1);
	assert_true(policy.block[0].snp->has_guest_svn);
	assert_null(policy.block[2].snp->measurements.data);
	assert_string_equal(policy.name, "clinic");
}

static void importing_again_changes_nothing(void **state)
{
	struct bytes first;

	(void)state;
	assert_int_equal(into(policy_text, false), 0);
	first = out;
	out = (struct bytes){0};
	assert_int_equal(
		policy_import_into(&out, bytes_view(&first), &import, false, &done, &err), 0);
	assert_int_equal(done.added, 0);
	assert_int_equal(done.kept, 3);
	assert_int_equal(out.len, first.len);
	assert_memory_equal(out.data, first.data, out.len);
	bytes_free(&first);
}

static void replaces_only_when_asked(void **state)
{
	(void)state;
	import.measurement = (const uint8_t(*)[48])digests[1];
	import.count = 1;
	assert_int_equal(into(policy_text, true), 0);
	assert_int_equal(done.added, 1);
	assert_int_equal(done.kept, 0);
	assert_int_equal(done.dropped, 1);
	assert_int_equal(block(1)->measurements.count, 1);
	assert_null(memmem(out.data, out.len, A, 96));
	assert_non_null(memmem(out.data, out.len, B, 96));
}

static void a_block_without_measurements_gets_its_first(void **state)
{
	(void)state;
	import.block = "empty";
	assert_int_equal(into(policy_text, false), 0);
	assert_int_equal(done.added, 3);
	assert_int_equal(block(2)->measurements.count, 3);
}

static void digests_in_capitals_are_the_same_digests(void **state)
{
	char text[sizeof(policy_text)];

	(void)state;
	memcpy(text, policy_text, sizeof(text));
	memset(strstr(text, A), 'A', 96);
	assert_int_equal(into(text, false), 0);
	assert_int_equal(done.added, 2);
	assert_int_equal(block(1)->measurements.count, 3);
}

static void a_new_block_is_one_that_policies_read(void **state)
{
	static const char head[] = "{\"version\": 1, \"name\": \"n\", \"accept\": [";
	const struct policy_snp *rules;

	(void)state;
	assert_int_equal(bytes_append(&out, head, sizeof(head) - 1), 0);
	import.id_key = (const uint8_t(*)[48])digests;
	import.id_key_count = 2;
	import.author_key = (const uint8_t(*)[48])digests;
	import.author_key_count = 1;
	assert_int_equal(policy_import_new(&out, &import, &err), 0);
	assert_int_equal(bytes_append(&out, "]}", 2), 0);
	rules = block(0);
	assert_string_equal(policy.block[0].name, "gateway");
	assert_int_equal(rules->measurements.count, 3);
	assert_int_equal(rules->id_keys.count, 2);
	assert_int_equal(rules->author_keys.count, 1);
}

static void a_name_that_no_block_may_have_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "a b", "a\"b", "\xff", "01234567890123456789012345678901234567890123456789"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		import.block = bad[i];
		assert_int_equal(policy_import_new(&out, &import, &err), HC_EFORMAT);
		assert_int_equal(out.len, 0);
	}
}

static const char tdx_text[] =
	"{\"version\": 1, \"name\": \"clinic\", \"accept\": [\n"
	" {\"name\": \"gateway\", \"tdx\": {\"mrtd\": [\"" A "\"], \"rtmr1\": [\"" B
	"\"], \"rtmr0\": [\"" B "\"], \"min_evaluation_number\": 19}},\n"
	" {\"name\": \"bare\", \"tdx\": {\"mrtd\": [\"" A "\"]}},\n"
	" {\"name\": \"empty\", \"tdx\": {\"grace_days\": 0}, \"loosen\": [{\"what\": "
	"\"tcb-grace\",\n"
	"   \"reason\": \"r\", \"owner\": \"o\", \"until\": \"2027-01-01T00:00:00Z\"}]},\n"
	" {\"name\": \"amd\", \"snp\": {\"measurements\": [\"" A "\"]}}]}";

/* Three MRTDs, the first of which is A, and two RTMR1 that are none of them. */
static int setup_tdx(void **state)
{
	setup(state);
	import.tdx = true;
	import.rtmr1 = (const uint8_t(*)[48])digests[5];
	import.rtmr1_count = 2;
	return 0;
}

static const struct policy_tdx *tdx_block(size_t i)
{
	assert_int_equal(policy_parse(&policy, bytes_view(&out), &err), 0);
	assert_true(i < policy.block_count);
	return policy.block[i].tdx;
}

static bool holds(const struct policy_list *list, const uint8_t digest[48])
{
	for (size_t i = 0; i < list->count; i++)
		if (memcmp(list->data + i * list->size, digest, 48) == 0)
			return true;
	return false;
}

static void a_block_of_the_other_tee_is_refused(void **state)
{
	(void)state;
	import.block = "amd";
	assert_int_equal(into(tdx_text, true), HC_EUNSUPPORTED);
	assert_non_null(strstr(err.expected, "TDX"));
	import.block = "gateway";
	import.tdx = false;
	assert_int_equal(into(tdx_text, true), HC_EUNSUPPORTED);
	assert_non_null(strstr(err.expected, "SEV-SNP"));
	assert_int_equal(out.len, 0);
}

static void a_first_rtmr1_for_guests_that_are_listed_is_refused(void **state)
{
	(void)state;
	import.block = "bare";
	assert_int_equal(into(tdx_text, false), HC_EUNSUPPORTED);
	assert_string_equal(err.found, "mrtd without rtmr1");
	assert_int_equal(out.len, 0);
	assert_int_equal(into(tdx_text, true), 0);
	assert_int_equal(tdx_block(1)->registers[POLICY_TDX_RTMR1].count, 2);
}

static void refuses_more_registers_than_a_block_may_have(void **state)
{
	(void)state;
	import.rtmr1 = (const uint8_t(*)[48])digests;
	import.rtmr1_count = POLICY_TDX_LIST_MAX + 1;
	assert_int_not_equal(into(tdx_text, true), 0);
	assert_int_not_equal(policy_import_new(&out, &import, &err), 0);
	assert_int_equal(out.len, 0);
}

static void keys_have_no_place_in_rules_for_tdx(void **state)
{
	(void)state;
	import.id_key = (const uint8_t(*)[48])digests;
	import.id_key_count = 1;
	assert_int_not_equal(policy_import_new(&out, &import, &err), 0);
	assert_int_equal(out.len, 0);
}

static void adds_mrtd_and_rtmr1_each_to_its_list(void **state)
{
	const struct policy_tdx *rules;

	(void)state;
	assert_int_equal(into(tdx_text, false), 0);
	assert_int_equal(done.added, 4);
	assert_int_equal(done.kept, 2);
	assert_int_equal(done.dropped, 0);
	rules = tdx_block(0);
	assert_int_equal(rules->registers[POLICY_TDX_MRTD].count, 3);
	assert_int_equal(rules->registers[POLICY_TDX_RTMR1].count, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(holds(&rules->registers[POLICY_TDX_MRTD], digests[i]));
	for (size_t i = 0; i < 2; i++)
		assert_true(holds(&rules->registers[POLICY_TDX_RTMR1], digests[5 + i]));
	assert_int_equal(rules->registers[POLICY_TDX_RTMR0].count, 1);
	assert_int_equal(rules->evaluation, 19);
	assert_int_equal(policy.block[1].tdx->registers[POLICY_TDX_MRTD].count, 1);
}

static void replaces_mrtd_and_rtmr1_and_no_other_register(void **state)
{
	const struct policy_tdx *rules;

	(void)state;
	assert_int_equal(into(tdx_text, true), 0);
	assert_int_equal(done.added, 4);
	assert_int_equal(done.kept, 1);
	assert_int_equal(done.dropped, 1);
	rules = tdx_block(0);
	assert_int_equal(rules->registers[POLICY_TDX_MRTD].count, 3);
	assert_int_equal(rules->registers[POLICY_TDX_RTMR1].count, 2);
	assert_int_equal(rules->registers[POLICY_TDX_RTMR0].count, 1);
}

static void a_tdx_block_without_mrtd_gets_both_lists(void **state)
{
	const struct policy_tdx *rules;

	(void)state;
	import.block = "empty";
	assert_int_equal(into(tdx_text, false), 0);
	rules = tdx_block(2);
	assert_int_equal(rules->registers[POLICY_TDX_MRTD].count, 3);
	assert_int_equal(rules->registers[POLICY_TDX_RTMR1].count, 2);
}

static void a_new_tdx_block_lists_mrtd_and_rtmr1_alone(void **state)
{
	static const char head[] = "{\"version\": 1, \"name\": \"n\", \"accept\": [";
	const struct policy_tdx *rules;

	(void)state;
	assert_int_equal(bytes_append(&out, head, sizeof(head) - 1), 0);
	assert_int_equal(policy_import_new(&out, &import, &err), 0);
	assert_int_equal(bytes_append(&out, "]}", 2), 0);
	rules = tdx_block(0);
	assert_null(policy.block[0].snp);
	for (int i = 0; i < POLICY_TDX_REGISTERS; i++)
		assert_int_equal(rules->registers[i].count, i == POLICY_TDX_MRTD    ? 3
							    : i == POLICY_TDX_RTMR1 ? 2
										    : 0);
}

int main(void)
{
#define IMPORT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TDX_TEST(f)    cmocka_unit_test_setup_teardown(f, setup_tdx, teardown)
	const struct CMUnitTest tests[] = {
		IMPORT_TEST(refuses_a_policy_that_is_no_good),
		IMPORT_TEST(refuses_every_truncation_of_a_policy),
		IMPORT_TEST(a_block_that_is_not_there_is_not_added),
		IMPORT_TEST(refuses_more_than_a_block_may_have),
		IMPORT_TEST(adds_what_is_not_there_and_keeps_the_rest),
		IMPORT_TEST(importing_again_changes_nothing),
		IMPORT_TEST(replaces_only_when_asked),
		IMPORT_TEST(a_block_without_measurements_gets_its_first),
		IMPORT_TEST(digests_in_capitals_are_the_same_digests),
		IMPORT_TEST(a_new_block_is_one_that_policies_read),
		IMPORT_TEST(a_name_that_no_block_may_have_is_refused),
		TDX_TEST(a_block_of_the_other_tee_is_refused),
		TDX_TEST(a_first_rtmr1_for_guests_that_are_listed_is_refused),
		TDX_TEST(refuses_more_registers_than_a_block_may_have),
		TDX_TEST(keys_have_no_place_in_rules_for_tdx),
		TDX_TEST(adds_mrtd_and_rtmr1_each_to_its_list),
		TDX_TEST(replaces_mrtd_and_rtmr1_and_no_other_register),
		TDX_TEST(a_tdx_block_without_mrtd_gets_both_lists),
		TDX_TEST(a_new_tdx_block_lists_mrtd_and_rtmr1_alone),
	};

	return cmocka_run_group_tests_name("policy_import", tests, NULL, NULL);
}
