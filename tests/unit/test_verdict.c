/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/result/verdict.h"

static struct verdict v;

/* Every check there is, passed, but for `missing`; `outcome` for `odd`. */
/* The kind of evidence that fill is about. */
static enum claims_tee tee = CLAIMS_SEV_SNP;

static bool concerns(const struct check_def *def)
{
	return def->tee == CLAIMS_NONE || def->tee == tee;
}

static void fill(const char *missing, const char *odd, enum check_outcome outcome)
{
	const struct check_def *def;

	memset(&v, 0, sizeof(v));
	v.claims.tee = tee;
	v.has_root = true;
	v.revocation = REVOCATION_GOOD;
	for (size_t i = 0; (def = check_def_at(i)); i++)
		if (concerns(def) && (!missing || strcmp(missing, def->id)))
			verdict_add(
				&v, def->id, odd && !strcmp(odd, def->id) ? outcome : CHECK_PASS);
	verdict_decide(&v);
}

static void trusts_nothing_that_is_zero(void **state)
{
	(void)state;
	memset(&v, 0, sizeof(v));
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
}

static void trusts_only_if_every_mandatory_check_was_made(void **state)
{
	const struct check_def *def;

	(void)state;
	for (tee = CLAIMS_SEV_SNP; tee <= CLAIMS_TDX; tee++) {
		fill(NULL, NULL, CHECK_PASS);
		assert_int_equal(v.value, VERDICT_TRUSTED);
		for (size_t i = 0; (def = check_def_at(i)); i++) {
			bool needed = def->mandatory && concerns(def);

			fill(def->id, NULL, CHECK_PASS);
			assert_int_equal(v.value, needed ? VERDICT_UNDECIDED : VERDICT_TRUSTED);
			if (needed && def->group == CHECK_GROUP_AUTHENTICITY)
				assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
		}
	}
	tee = CLAIMS_SEV_SNP;
}

static void rejects_if_any_check_failed(void **state)
{
	const struct check_def *def;

	(void)state;
	for (size_t i = 0; (def = check_def_at(i)); i++) {
		if (!concerns(def))
			continue;
		fill(NULL, def->id, CHECK_FAIL);
		assert_int_equal(v.value, VERDICT_REJECTED);
		assert_int_equal(v.authentic,
			def->group == CHECK_GROUP_AUTHENTICITY ? AUTHENTIC_NO : AUTHENTIC_YES);
	}
}

static void does_not_trust_if_a_mandatory_check_is_undecided_or_skipped(void **state)
{
	const struct check_def *def;

	(void)state;
	for (size_t i = 0; (def = check_def_at(i)); i++) {
		if (!def->mandatory || !concerns(def))
			continue;
		fill(NULL, def->id, CHECK_UNDECIDED);
		assert_int_equal(v.value, VERDICT_UNDECIDED);
		fill(NULL, def->id, CHECK_SKIPPED);
		assert_int_equal(v.value, VERDICT_UNDECIDED);
	}
	/* Report data that was asked for and could not be compared. */
	fill(NULL, "policy.report_data", CHECK_UNDECIDED);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
}

static void is_spoilt_by_unknown_repeated_and_too_many_checks(void **state)
{
	struct check *check;

	(void)state;
	fill(NULL, NULL, CHECK_PASS);
	check = verdict_add(&v, "no.such.check", CHECK_PASS);
	assert_non_null(check);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	fill(NULL, NULL, CHECK_PASS);
	verdict_add(&v, "snp.signature", CHECK_PASS);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	assert_true(v.check_count < VERDICT_CHECKS_MAX);
}

static void needs_a_root_and_claims_to_be_authentic(void **state)
{
	(void)state;
	fill(NULL, NULL, CHECK_PASS);
	v.has_root = false;
	verdict_decide(&v);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	fill(NULL, NULL, CHECK_PASS);
	v.claims.tee = CLAIMS_NONE;
	verdict_decide(&v);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	fill(NULL, NULL, CHECK_PASS);
	v.revocation = REVOCATION_REVOKED;
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_REJECTED);
}

static void has_two_sentences_in_two_languages_and_a_section_for_every_check(void **state)
{
	const struct check_def *def;

	(void)state;
	for (size_t i = 0; (def = check_def_at(i)); i++) {
		const char *pass = messages_text(MESSAGES_FR, def->pass);
		const char *fail = messages_text(MESSAGES_FR, def->fail);

		assert_ptr_equal(check_def_find(def->id), def);
		assert_true(def->section && def->section[0]);
		assert_string_not_equal(def->pass, def->fail);
		assert_string_not_equal(pass, fail);
		assert_string_not_equal(def->pass, pass);
		assert_string_not_equal(def->fail, fail);
		assert_true(strlen(pass) < 200 && strlen(fail) < 200);
	}
}

static void says_what_it_found_in_the_language_asked_for(void **state)
{
	struct check *check;

	(void)state;
	verdict_reset(&v, MESSAGES_FR);
	check = verdict_add(&v, "policy.product", CHECK_FAIL);
	check_set_found(check, "VMPL %u", 1);
	check_set_expected(check, "a product on the policy's list");
	assert_string_equal(check->expected, "un produit de la liste de la politique");
	verdict_reset(&v, MESSAGES_EN);
	check = verdict_add(&v, "policy.product", CHECK_FAIL);
	check_set_expected(check, "a product on the policy's list");
	assert_string_equal(check->expected, "a product on the policy's list");
}

/* --- blocks --- */

/* The policy checks of one more block, passed but for `missing` and `odd`. */
static void add_block(
	const char *name, const char *missing, const char *odd, enum check_outcome outcome)
{
	const struct check_def *def;

	verdict_block_begin(&v, name);
	for (size_t i = 0; (def = check_def_at(i)); i++)
		if (def->group == CHECK_GROUP_POLICY && (!missing || strcmp(missing, def->id)))
			verdict_add(
				&v, def->id, odd && !strcmp(odd, def->id) ? outcome : CHECK_PASS);
}

static void fill_without_policy(void)
{
	const struct check_def *def;

	verdict_reset(&v, MESSAGES_EN);
	v.claims.tee = CLAIMS_SEV_SNP;
	v.has_root = true;
	v.revocation = REVOCATION_GOOD;
	for (size_t i = 0; (def = check_def_at(i)); i++)
		if (def->group != CHECK_GROUP_POLICY)
			verdict_add(&v, def->id, CHECK_PASS);
}

static void trusts_if_one_block_accepts_whatever_the_others_say(void **state)
{
	(void)state;
	for (int good = 0; good < 3; good++) {
		fill_without_policy();
		for (int i = 0; i < 3; i++)
			add_block("b", NULL, i == good ? NULL : "policy.vmpl",
				i == 1 ? CHECK_UNDECIDED : CHECK_FAIL);
		verdict_decide(&v);
		assert_int_equal(v.value, VERDICT_TRUSTED);
		assert_int_equal(v.accepted_by, good + 1);
		assert_int_equal(v.block[good].outcome, CHECK_PASS);
	}
}

static void rejects_only_if_every_block_failed(void **state)
{
	(void)state;
	fill_without_policy();
	add_block("a", NULL, "policy.vmpl", CHECK_FAIL);
	add_block("b", NULL, "policy.debug", CHECK_FAIL);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_REJECTED);
	add_block("c", NULL, "policy.debug", CHECK_UNDECIDED);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	assert_int_equal(v.accepted_by, 0);
}

static void trusts_no_block_that_lacks_a_mandatory_check(void **state)
{
	const struct check_def *def;

	(void)state;
	for (size_t i = 0; (def = check_def_at(i)); i++) {
		if (def->group != CHECK_GROUP_POLICY || !def->mandatory || !concerns(def))
			continue;
		fill_without_policy();
		/* That another block has it is no help. */
		add_block("full", NULL, "policy.root", CHECK_FAIL);
		add_block("lacks", def->id, NULL, CHECK_PASS);
		assert_int_equal(verdict_block_outcome(&v), CHECK_UNDECIDED);
		verdict_decide(&v);
		assert_int_equal(v.value, VERDICT_UNDECIDED);
	}
}

static void rejects_what_fails_outside_of_all_blocks(void **state)
{
	(void)state;
	fill_without_policy();
	verdict_add(&v, "policy.report_data", CHECK_FAIL);
	add_block("a", "policy.report_data", NULL, CHECK_PASS);
	assert_int_equal(verdict_block_outcome(&v), CHECK_PASS);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_REJECTED);
}

static void keeps_only_the_checks_of_the_block_that_accepts(void **state)
{
	size_t without;

	(void)state;
	fill_without_policy();
	without = v.check_count;
	add_block("a", NULL, "policy.vmpl", CHECK_FAIL);
	add_block("b", NULL, NULL, CHECK_PASS);
	assert_int_equal(verdict_block_outcome(&v), CHECK_PASS);
	verdict_block_keep(&v);
	verdict_decide(&v);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	assert_int_equal(v.accepted_by, 2);
	assert_int_equal(v.block[0].outcome, CHECK_FAIL);
	assert_true(v.check_count > without);
	for (size_t i = without; i < v.check_count; i++)
		assert_int_equal(v.check[i].block, 2);
}

static void never_trusts_a_block_whose_checks_were_dropped(void **state)
{
	(void)state;
	fill_without_policy();
	add_block("a", NULL, NULL, CHECK_PASS);
	add_block("b", NULL, "policy.vmpl", CHECK_FAIL);
	verdict_block_keep(&v);
	verdict_decide(&v);
	assert_int_not_equal(v.value, VERDICT_TRUSTED);
}

static void is_spoilt_by_more_blocks_than_there_is_room_for(void **state)
{
	(void)state;
	fill_without_policy();
	for (int i = 0; i <= VERDICT_BLOCKS_MAX; i++)
		verdict_block_begin(&v, "b");
	assert_true(v.overflow);
	assert_int_equal(v.block_count, VERDICT_BLOCKS_MAX);
}

static void lets_no_escape_sequence_of_others_reach_a_terminal(void **state)
{
	struct bytes text = {0};
	struct check *check;

	(void)state;
	memset(&v, 0, sizeof(v));
	check = verdict_add(&v, "snp.vek", CHECK_FAIL);
	check_set_found(check, "\033[2Jhello\r\b");
	assert_int_equal(
		verdict_to_text(&v, &(struct verdict_style){.lang = MESSAGES_FR}, &text), 0);
	assert_null(memchr(text.data, 0x1b, text.len));
	assert_null(memchr(text.data, '\r', text.len));
	bytes_free(&text);
}

/* A cut inside a character would make the whole verdict unprintable. */
static void cuts_long_text_between_characters(void **state)
{
	static const char *const chars[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x92"};
	char long_text[512];

	(void)state;
	for (size_t c = 0; c < 4; c++) {
		for (int shift = 0; shift < 4; shift++) {
			struct check *check;
			json_t *string;

			memset(&v, 0, sizeof(v));
			snprintf(long_text, sizeof(long_text), "%.*s", shift, "aaaa");
			while (strlen(long_text) < 300)
				strncat(long_text, chars[c], 4);
			check = verdict_add(&v, "snp.vek", CHECK_FAIL);
			check_set_found(check, "%s", long_text);
			assert_in_range(strlen(check->found), sizeof(check->found) - 4,
				sizeof(check->found) - 1);
			assert_string_equal(check->found + strlen(check->found) - 3, "...");
			string = json_string(check->found);
			assert_non_null(string);
			json_decref(string);
			check_set_found(check, "a%s", chars[c]);
			assert_int_equal(strlen(check->found), 1 + strlen(chars[c]));
		}
	}
}

static void writes_json_with_every_member_the_readers_need(void **state)
{
	static const char *const names[] = {"tee", "authentic", "revocation", "verdict",
		"simulated", "at", "evidence_sha384", "policy", "claims", "checks"};
	static const char *const members[] = {
		"id", "group", "outcome", "found", "expected", "section", "text", "text_fr"};
	json_t *obj, *check;

	(void)state;
	fill(NULL, "snp.signature", CHECK_FAIL);
	assert_int_equal(verdict_to_json(&v, &obj, NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(json_object_get(obj, names[i]));
	assert_string_equal(json_string_value(json_object_get(obj, "verdict")), "REJECTED");
	assert_string_equal(json_string_value(json_object_get(obj, "authentic")), "no");
	check = json_array_get(json_object_get(obj, "checks"), 0);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		assert_non_null(json_object_get(check, members[i]));
	json_decref(obj);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_nothing_that_is_zero),
		cmocka_unit_test(trusts_only_if_every_mandatory_check_was_made),
		cmocka_unit_test(rejects_if_any_check_failed),
		cmocka_unit_test(does_not_trust_if_a_mandatory_check_is_undecided_or_skipped),
		cmocka_unit_test(is_spoilt_by_unknown_repeated_and_too_many_checks),
		cmocka_unit_test(needs_a_root_and_claims_to_be_authentic),
		cmocka_unit_test(has_two_sentences_in_two_languages_and_a_section_for_every_check),
		cmocka_unit_test(says_what_it_found_in_the_language_asked_for),
		cmocka_unit_test(trusts_if_one_block_accepts_whatever_the_others_say),
		cmocka_unit_test(rejects_only_if_every_block_failed),
		cmocka_unit_test(trusts_no_block_that_lacks_a_mandatory_check),
		cmocka_unit_test(rejects_what_fails_outside_of_all_blocks),
		cmocka_unit_test(keeps_only_the_checks_of_the_block_that_accepts),
		cmocka_unit_test(never_trusts_a_block_whose_checks_were_dropped),
		cmocka_unit_test(is_spoilt_by_more_blocks_than_there_is_room_for),
		cmocka_unit_test(lets_no_escape_sequence_of_others_reach_a_terminal),
		cmocka_unit_test(cuts_long_text_between_characters),
		cmocka_unit_test(writes_json_with_every_member_the_readers_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
