/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy: everything that is not understood is refused, and all of it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/timefmt.h"
#include "tests/unit/policy_sample.h"

#define HEAD "\"version\":1,\"name\":\"n\""
#define OK   "\"accept\":[{\"name\":\"b\",\"snp\":{}}]"

static void refused(const char *text)
{
	struct policy p;
	struct error err = {0};

	if (!policy_sample_parse(&p, text, &err))
		fail_msg("accepted: %s", text);
	assert_true(err.code < 0 && err.where[0]);
	policy_free(&p);
}

static void refuses_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"version\":1," OK "}",
		"{\"name\":\"n\"," OK "}",
		"{" HEAD "}",
		"{\"version\":2,\"name\":\"n\"," OK "}",
		"{\"version\":0,\"name\":\"n\"," OK "}",
		"{\"version\":-1,\"name\":\"n\"," OK "}",
		"{\"version\":1,\"name\":\"\"," OK "}",
		"{\"version\":1,\"name\":\"n\\nverdict TRUSTED\"," OK "}",
		"{\"version\":1,\"name\":\"\\u001b[2J\"," OK "}",
		"{\"version\":1,\"name\":\"\\u009b2J\"," OK "}",
		"{" HEAD "," OK ",\"debug\":true}",
		"{" HEAD "," OK "} x",
		/* the format of before */
		"{" HEAD ",\"snp\":{\"measurements\":[\"" M96 "\"]}}",
		POLICY("{\"name\":\"b\"}"),
		POLICY("{\"snp\":{}}"),
		POLICY("{\"name\":\"b c\",\"snp\":{}}"),
		POLICY("{\"name\":\"b/c\",\"snp\":{}}"),
		POLICY("{\"name\":\"b\",\"snp\":{}},{\"name\":\"b\",\"snp\":{}}"),
		POLICY("{\"name\":\"b\",\"tdx9\":{}}"),
		POLICY("1"),
		POLICY(""),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(bad[i]);
}

static void refuses_bad_values(void **state)
{
	static const char *const bad[] = {
		"\"measurements\":[\"" M96 "00\"]",
		"\"measurements\":[\"" M96 "\\u0000\"]",
		"\"measurements\":[\"" M96 "\",null]",
		"\"roots\":[\"amd\"]",
		"\"roots\":[\"AMD-Genoa\"]",
		"\"roots\":[\"sha256:00\"]",
		"\"roots\":[\"sha256:"
		"A0A1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf\"]",
		"\"products\":[\"rome\"]",
		"\"products\":[\"unknown\"]",
		"\"products\":[\"Genoa\"]",
		"\"tcb\":{\"bergamo\":{\"all\":{\"snp\":1}}}",
		"\"tcb\":{\"genoa\":{\"all\":{\"fmc\":1}}}",
		"\"tcb\":{\"milan\":{\"launch\":{\"fmc\":0}}}",
		"\"tcb\":{\"genoa\":{\"all\":{\"snp\":256}}}",
		"\"tcb\":{\"genoa\":{\"all\":{\"snp\":-1}}}",
		"\"tcb\":{\"genoa\":{\"all\":{\"snp\":1.0}}}",
		"\"tcb\":{\"genoa\":{\"all\":{}}}",
		"\"tcb\":{\"genoa\":{}}",
		"\"tcb\":{}",
		"\"products\":[\"genoa\",\"turin\"],\"tcb\":{\"genoa\":{\"all\":{\"snp\":1}}}",
		"\"firmware\":{\"current\":\"1.55\"}",
		"\"firmware\":{\"current\":\"1.55.256\"}",
		"\"firmware\":{\"current\":\"1.55.029\"}",
		"\"firmware\":{\"current\":\"1.55.29.1\"}",
		"\"firmware\":{\"current\":\"1.55.29 \"}",
		"\"firmware\":{\"current\":\"1..29\"}",
		"\"firmware\":{\"current\":\"\"}",
		"\"mitigations\":{\"launch\":\"0x\"}",
		"\"mitigations\":{\"launch\":\"\"}",
		"\"mitigations\":{\"launch\":\"0\"}",
		"\"mitigations\":{\"launch\":\"0b\"}",
		"\"mitigations\":{\"launch\":\"0xg\"}",
		"\"mitigations\":{\"launch\":\"1x1\"}",
		"\"mitigations\":{\"launch\":\"0xx1\"}",
		"\"mitigations\":{\"launch\":\"0x11111111111111111\"}",
		"\"mitigations\":{\"launch\":11}",
		"\"guest_policy\":{\"smt_allowed\":true}",
		"\"guest_policy\":{\"smt_allowed\":\"required\"}",
		"\"guest_policy\":{\"reserved_bit_17\":\"any\"}",
		"\"platform_info\":{\"smt_allowed\":\"any\"}",
		"\"unknown_bits\":\"allow\"",
		"\"abi\":{\"min\":\"1.55.1\"}",
		"\"abi\":{\"min\":1}",
		"\"report_versions\":[4]",
		"\"report_versions\":[1]",
		"\"report_versions\":[7]",
		"\"report_versions\":[35]",
		"\"report_versions\":[-3]",
		"\"report_versions\":[\"3\"]",
		"\"vmpl\":[4]",
		"\"vmpl\":[32]",
		"\"signing_key\":[\"VCEK\"]",
		"\"id_key_digests\":[\"" M96
		"\",\"0000000000000000000000000000000000000000000000000000"
		"00000000000000000000000000000000000000000000\"]",
		"\"guest_svn\":{\"min\":4294967296}",
		"\"guest_svn\":{\"min\":\"2\"}",
		"\"chips\":[\"a0a1a2a3a4a5a6a7\"]",
		"\"chips\":[{\"note\":\"n\"}]",
		"\"chips\":[{\"id\":\"a0a1a2a3a4a5a6\"}]",
		"\"chips\":[{\"id\":\"0000000000000000\"}]",
		"\"chips\":[{\"id\":\"a0a1a2a3a4a5a6a7\",\"endorsement_keys\":[\"a0\"]}]",
		"\"chips\":[{\"id\":\"a0a1a2a3a4a5a6a7\",\"note\":\"\"}]",
		"\"chips\":[{\"id\":\"a0a1a2a3a4a5a6a7\"},{\"id\":\"b0a1a2a3a4a5a6a7\"},"
		"{\"id\":\"A0A1A2A3A4A5A6A7\"}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text), POLICY(BLOCK("%s")), bad[i]);
		refused(text);
	}
}

static void refuses_loosenings_that_say_too_little(void **state)
{
	static const char *const bad[] = {
		"1",
		LOOSEN("signature", "2030-01-01"),
		LOOSEN("debug", "never"),
		LOOSEN("debug", "2030-02-30"),
		LOOSEN("debug", "2030-01-01") "," LOOSEN("debug", "2031-01-01"),
		"{\"what\":\"debug\",\"reason\":\"r\",\"owner\":\"o\"}",
		"{\"what\":\"debug\",\"reason\":\"r\",\"until\":\"2030-01-01\"}",
		"{\"what\":\"debug\",\"owner\":\"o\",\"until\":\"2030-01-01\"}",
		"{\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2030-01-01\"}",
		"{\"what\":\"debug\",\"reason\":\"\",\"owner\":\"o\",\"until\":\"2030-01-01\"}",
		"{\"what\":\"debug\",\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2030-01-01\","
		"\"until\":\"2031-01-01\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text), POLICY(BLOCK_LOOSENED("", "%s")), bad[i]);
		refused(text);
	}
}

static void refuses_a_weaker_value_without_its_loosening(void **state)
{
	static const struct {
		const char *rules, *what;
	} cases[] = {
		{"\"products\":[\"genoa\",\"milan\"]", "milan"},
		{"\"report_versions\":[2,3]", "report-version-2"},
		{"\"report_versions\":[5,6]", "report-version-6"},
		{"\"vmpl\":[0,1]", "vmpl"},
		{"\"vmpl\":[3]", "vmpl"},
		{"\"signing_key\":[\"vcek\",\"vlek\"]", "masked-chip"},
		{"\"unknown_bits\":\"warn\"", "unknown-bits"},
		{"\"unknown_bits\":\"ignore\"", "unknown-bits"},
		{"\"guest_policy\":{\"debug\":\"any\"}", "debug"},
		{"\"guest_policy\":{\"debug\":\"required-1\"}", "debug"},
		{"\"guest_policy\":{\"migrate_ma\":\"any\"}", "migration"},
		{"\"guest_policy\":{\"migrate_ma\":\"required-1\"}", "migration"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy p;
		char text[512];

		snprintf(text, sizeof(text), POLICY(BLOCK("%s")), cases[i].rules);
		refused(text);
		snprintf(text, sizeof(text),
			POLICY(BLOCK_LOOSENED("%s", LOOSEN("revocation", "2030-01-01"))),
			cases[i].rules);
		refused(text);
		/* One that has lapsed leaves the file as good as it was: it refuses by itself. */
		snprintf(text, sizeof(text),
			POLICY(BLOCK_LOOSENED("%s", LOOSEN("%s", "2020-01-01"))), cases[i].rules,
			cases[i].what);
		policy_sample_good(&p, text);
		policy_free(&p);
	}
	refused(POLICY("{\"name\":\"a\",\"snp\":{},\"loosen\":[" LOOSEN(
		"vmpl", "2030-01-01") "]}," BLOCK("\"vmpl\":[1]")));
}

static void refuses_every_truncation(void **state)
{
	struct policy p;

	(void)state;
	for (size_t len = 0; len < strlen(policy_sample_full); len++) {
		assert_true(
			policy_parse(&p, (struct view){(const uint8_t *)policy_sample_full, len},
				NULL) < 0);
		policy_free(&p);
	}
	policy_sample_good(&p, policy_sample_full);
	policy_free(&p);
}

static void survives_every_flipped_bit(void **state)
{
	static char text[8192];
	struct policy p;
	size_t len = strlen(policy_sample_full);

	(void)state;
	assert_true(len < sizeof(text));
	memcpy(text, policy_sample_full, len);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct error err = {0};

		text[bit / 8] ^= (char)(1 << bit % 8);
		if (policy_parse(&p, (struct view){(const uint8_t *)text, len}, &err))
			assert_true(err.code < 0 && err.where[0]);
		else
			assert_true(p.block_count == 2 && p.block[0].snp && p.name[0]);
		policy_free(&p);
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
}

/* --- every object, by machine --- */

static json_t *root;

static void root_refused(const char *why)
{
	char *text = json_dumps(root, JSON_COMPACT);
	struct policy p;

	if (!policy_sample_parse(&p, text, NULL))
		fail_msg("%s accepted: %s", why, text);
	policy_free(&p);
	free(text);
}

/* jansson keeps no duplicate: it is written in place of a marker. */
static void duplicate_refused(json_t *obj, const char *key)
{
	char *text, *member, *at, *with;
	json_t *one = json_pack("{s:O}", key, json_object_get(obj, key));

	json_object_set_new(obj, "marker", json_null());
	text = json_dumps(root, JSON_COMPACT);
	json_object_del(obj, "marker");
	member = json_dumps(one, JSON_COMPACT);
	at = strstr(text, "\"marker\":null");
	assert_non_null(at);
	with = malloc(strlen(text) + strlen(member) + 1);
	member[strlen(member) - 1] = '\0';
	sprintf(with, "%.*s%s%s", (int)(at - text), text, member + 1, at + 13);
	refused(with);
	free(with);
	free(member);
	free(text);
	json_decref(one);
}

static void try_every_member(json_t *obj, void (*try)(json_t *obj, const char *key))
{
	json_t *value, *copy = json_copy(obj);
	const char *key;
	size_t i;

	json_object_foreach(copy, key, value)
	{
		try(obj, key);
		if (json_is_object(value))
			try_every_member(value, try);
		for (i = 0; i < json_array_size(value); i++)
			if (json_is_object(json_array_get(value, i)))
				try_every_member(json_array_get(value, i), try);
	}
	json_decref(copy);
}

static void unknown(json_t *obj, const char *key)
{
	(void)key;
	json_object_set_new(obj, "surprise", json_true());
	root_refused("unknown member");
	json_object_del(obj, "surprise");
}

/* A value of each type but its own, and an empty or a wrong one of its own. */
static void mistyped(json_t *obj, const char *key)
{
	static const char *const texts[] = {"null", "true", "false", "4294967297", "0.5", "\"x/y\"",
		"\"\"", "[]", "[null]", "{}", "[{}]", "[[]]", "\"caf\\u0007\""};
	json_t *value = json_incref(json_object_get(obj, key));

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *other = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		bool text = json_is_string(other) &&
			    (!strcmp(key, "note") || !strcmp(key, "reason") ||
				    !strcmp(key, "owner") || (obj == root && !strcmp(key, "name")));

		assert_non_null(other);
		json_object_set_new(obj, key, other);
		/* Rules may be none at all; free text may be anything but empty, or not text. */
		if (!(text && !strcmp(texts[i], "\"x/y\"")) &&
			!(json_object_get(obj, "loosen") && !strcmp(key, "snp") &&
				!strcmp(texts[i], "{}")) &&
			!(!strcmp(key, "snp") && json_object_size(obj) == 2 &&
				!strcmp(texts[i], "{}")))
			root_refused(key);
	}
	json_object_set_new(obj, key, value);
}

static void for_every_member(void (*try)(json_t *obj, const char *key))
{
	root = json_loads(policy_sample_full, 0, NULL);
	assert_non_null(root);
	try_every_member(root, try);
	json_decref(root);
}

static void refuses_an_unknown_member_of_every_object(void **state)
{
	(void)state;
	for_every_member(unknown);
}

static void refuses_a_duplicate_of_every_member(void **state)
{
	(void)state;
	for_every_member(duplicate_refused);
}

static void refuses_other_types_for_every_member(void **state)
{
	(void)state;
	for_every_member(mistyped);
}

/* --- what is read --- */

static void reads_every_rule(void **state)
{
	const struct policy_snp *s;
	struct policy p;

	(void)state;
	policy_sample_good(&p, policy_sample_full);
	assert_string_equal(p.name, "full");
	assert_int_equal(p.block_count, 2);
	assert_string_equal(p.block[0].name, "genoa-paris");
	s = p.block[0].snp;
	assert_true(s->has_products && s->product[SNP_PRODUCT_MILAN] && s->product[3]);
	assert_int_equal(s->root_count, 4);
	assert_string_equal(s->root[1], "amd-genoa");
	assert_int_equal(s->measurements.count, 1);
	assert_int_equal(s->measurements.data[47], 0x2f);
	assert_int_equal(s->firmware_current.at_least.build, 29);
	assert_int_equal(s->firmware_committed.at_least.minor, 55);
	assert_true(s->mitigations_launch.set == 0xb && s->mitigations_current.set == 0xb);
	assert_true(s->guest_policy.one == (SNP_POLICY_DEBUG | SNP_POLICY_SINGLE_SOCKET));
	assert_true(s->guest_policy.zero == SNP_POLICY_CXL_ALLOW);
	assert_true(s->platform_info.one == SNP_PLATFORM_ALIAS_CHECK_COMPLETE);
	assert_true(s->platform_info.zero == SNP_PLATFORM_TIO_EN);
	assert_int_equal(s->unknown_bits, POLICY_UNKNOWN_WARN);
	assert_true(s->has_abi && s->abi[0] == 1 && s->abi[1] == 51);
	assert_int_equal(s->report_versions, 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6);
	assert_int_equal(s->vmpls, 15);
	assert_true(s->vcek && s->vlek && s->has_guest_svn && s->guest_svn == 2);
	assert_true(s->id_keys.count && s->author_keys.count && s->host_data.count);
	assert_true(s->family_ids.count && s->image_ids.count);
	policy_free(&p);
}

static void reads_floors_by_product_and_takes_the_higher_one(void **state)
{
	const struct policy_floor *f;
	struct policy p;

	(void)state;
	policy_sample_good(&p, policy_sample_full);
	f = p.block[0].snp->floor[SNP_PRODUCT_GENOA];
	assert_int_equal(f[POLICY_TCB_LAUNCH].value[POLICY_TCB_BOOTLOADER], 9);
	assert_int_equal(f[POLICY_TCB_REPORTED].value[POLICY_TCB_BOOTLOADER], 8);
	assert_int_equal(f[POLICY_TCB_REPORTED].value[POLICY_TCB_MICROCODE], 72);
	assert_int_equal(
		f[POLICY_TCB_COMMITTED].named, 1 << POLICY_TCB_BOOTLOADER | 1 << POLICY_TCB_SNP);
	f = p.block[0].snp->floor[SNP_PRODUCT_TURIN];
	assert_int_equal(f[POLICY_TCB_CURRENT].value[POLICY_TCB_FMC], 1);
	assert_int_equal(f[POLICY_TCB_LAUNCH].named, 0x1f);
	policy_free(&p);
}

static void finds_chips_in_both_lists(void **state)
{
	const struct policy_chip *chip;
	uint8_t id[64] = {0xb0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7};
	struct policy p;

	(void)state;
	policy_sample_good(&p, policy_sample_full);
	chip = policy_snp_chip(p.block[0].snp, id);
	assert_true(chip && !chip->key_count);
	assert_false(policy_snp_denies_chip(p.deny.snp, id));
	id[0] = 0xa0;
	assert_null(policy_snp_chip(p.block[0].snp, id));
	assert_true(policy_snp_denies_chip(p.deny.snp, id));
	for (size_t i = 0; i < 64; i++)
		id[i] = (uint8_t)(0xa0 + i % 32);
	chip = policy_snp_chip(p.block[0].snp, id);
	assert_true(chip && chip->key_count == 1 && chip->key[0][31] == 0xbf);
	assert_string_equal(chip->note, "rack 3");
	assert_null(policy_snp_chip(p.block[1].snp, id));
	policy_free(&p);
}

static void lets_each_loosening_lapse_at_its_time(void **state)
{
	static const char *const names[] = {"debug", "migration", "milan", "revocation", "vmpl",
		"masked-chip", "report-version-2", "report-version-6", "unknown-bits", "tcb-status",
		"tcb-grace", "profiling", "sept-ve", "service-td", "quote-body-ex"};
	const int64_t until = timefmt_civil(2027, 1, 1, 0, 0, 0);

	(void)state;
	assert_int_equal(sizeof(names) / sizeof(names[0]), POLICY_LOOSEN_COUNT);
	for (int i = 0; i < POLICY_LOOSEN_COUNT; i++) {
		struct policy p;
		char text[256];

		snprintf(text, sizeof(text), POLICY(BLOCK_LOOSENED("", LOOSEN("%s", "2027-01-01"))),
			names[i]);
		policy_sample_good(&p, text);
		for (int k = 0; k < POLICY_LOOSEN_COUNT; k++) {
			enum policy_loosening what = (enum policy_loosening)k;

			assert_int_equal(policy_loosened(&p.block[0], what, until - 1), k == i);
			assert_int_equal(policy_any_loosened(&p, what, until - 1), k == i);
			assert_false(policy_loosened(&p.block[0], what, until));
			assert_false(policy_loosened(NULL, what, until - 1));
		}
		assert_string_equal(policy_loosening_name((enum policy_loosening)i), names[i]);
		policy_free(&p);
	}
}

static void refuses_more_than_there_is_room_for(void **state)
{
	static const struct {
		const char *head, *item, *tail;
		int max;
	} cases[] = {
		{"{" HEAD ",\"accept\":[", "{\"name\":\"b%03d\",\"snp\":{}}", "]}",
			POLICY_BLOCKS_MAX},
		{"{" HEAD ",\"accept\":[{\"name\":\"b\",\"snp\":{\"host_data\":[", "\"%064d\"",
			"]}}]}", POLICY_LIST_MAX},
		{"{" HEAD ",\"accept\":[{\"name\":\"b\",\"snp\":{\"measurements\":[", "\"%096d\"",
			"]}}]}", POLICY_MEASUREMENTS_MAX},
		{"{" HEAD ",\"accept\":[{\"name\":\"b\",\"snp\":{\"chips\":[",
			"{\"id\":\"%0128d\"}", "]}}]}", POLICY_CHIPS_MAX},
		{"{" HEAD "," OK ",\"deny\":{\"snp\":{\"chips\":[", "\"%0128d\"", "]}}}",
			POLICY_CHIPS_MAX},
		{"{" HEAD "," OK ",\"deny\":{\"snp\":{\"firmware_builds\":[", "\"1.55.%d\"", "]}}}",
			POLICY_BUILDS_MAX},
	};
	char *text = malloc(POLICY_SIZE_MAX);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct policy p;
		size_t len = 0;

		/* The format of one item is in the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		for (int n = 1; n <= cases[i].max + 1; n++) {
			if (n == cases[i].max + 1) {
				sprintf(text + len, "%s", cases[i].tail);
				policy_sample_good(&p, text);
				policy_free(&p);
			}
			len += (size_t)sprintf(text + len, "%s", n == 1 ? cases[i].head : ",");
			len += (size_t)sprintf(text + len, cases[i].item, n);
		}
#pragma GCC diagnostic pop
		sprintf(text + len, "%s", cases[i].tail);
		refused(text);
	}
	memset(text, ' ', POLICY_SIZE_MAX);
	free(text);
}

static void refuses_a_file_that_is_too_large(void **state)
{
	char *text = malloc(POLICY_SIZE_MAX + 1);
	size_t len = strlen(policy_sample_full);
	struct policy p;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', POLICY_SIZE_MAX + 1);
	memcpy(text, policy_sample_full, len);
	assert_int_equal(
		policy_parse(&p, (struct view){(uint8_t *)text, POLICY_SIZE_MAX}, NULL), 0);
	policy_free(&p);
	assert_int_equal(
		policy_parse(&p, (struct view){(uint8_t *)text, POLICY_SIZE_MAX + 1}, NULL),
		HC_ERANGE);
	policy_free(&p);
	free(text);
}

static void count(void *ctx, const struct error *err)
{
	assert_true(err->code < 0 && err->where[0] && err->found[0]);
	++*(int *)ctx;
}

static void tells_every_problem_and_returns_the_first(void **state)
{
	static const char text[] =
		"{\"version\":1,\"name\":\"n\",\"extra\":1,\"more\":2,\"accept\":["
		"{\"name\":\"a b\",\"snp\":{\"vmpl\":[7,9],\"products\":[\"rome\"],"
		"\"guest_svn\":{\"min\":-1}}},{\"name\":\"c\"}]}";
	struct error err = {0};
	struct policy p;
	int problems = 0;

	(void)state;
	assert_int_equal(policy_read(&p, (struct view){(const uint8_t *)text, strlen(text)}, count,
				 &problems, &err),
		HC_EFORMAT);
	assert_int_equal(problems, 8);
	assert_string_equal(err.where, "policy");
	assert_non_null(strstr(err.found, "extra"));
	policy_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_does_not_understand),
		cmocka_unit_test(refuses_bad_values),
		cmocka_unit_test(refuses_loosenings_that_say_too_little),
		cmocka_unit_test(refuses_a_weaker_value_without_its_loosening),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(survives_every_flipped_bit),
		cmocka_unit_test(refuses_an_unknown_member_of_every_object),
		cmocka_unit_test(refuses_a_duplicate_of_every_member),
		cmocka_unit_test(refuses_other_types_for_every_member),
		cmocka_unit_test(reads_every_rule),
		cmocka_unit_test(reads_floors_by_product_and_takes_the_higher_one),
		cmocka_unit_test(finds_chips_in_both_lists),
		cmocka_unit_test(lets_each_loosening_lapse_at_its_time),
		cmocka_unit_test(refuses_more_than_there_is_room_for),
		cmocka_unit_test(refuses_a_file_that_is_too_large),
		cmocka_unit_test(tells_every_problem_and_returns_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
