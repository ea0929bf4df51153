/* SPDX-License-Identifier: Apache-2.0 */
/* TDX quotes as evidence: told apart, structure judged part by part, every field in the claims. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/tdx_bits.h"
#include "common/hex.h"
#include "tests/unit/fake_quote.h"
#include "tests/unit/vectors.h"

static struct verdict v;
static struct roots roots;

static void judge(struct view evidence)
{
	const struct appraise_input in = {.evidence = evidence, .roots = &roots, .at = 1760000000};
	struct error err = {0};

	if (appraise(&in, &v, &err))
		fail_msg("%s: %s", err.where, err.found);
	assert_true(v.value != VERDICT_TRUSTED && v.authentic != AUTHENTIC_YES && !v.overflow);
}

static enum check_outcome outcome(const char *id)
{
	const struct check *check = verdict_find(&v, id);

	return check ? check->outcome : CHECK_SKIPPED;
}

/* --- recognising --- */

static void takes_no_sev_snp_report_for_a_quote(void **state)
{
	uint8_t report[SNP_REPORT_SIZE] = {0};

	(void)state;
	/* Version 5 and GUEST_SVN 0x81: but for bytes 2 and 3 the start of a version 5 quote. */
	report[0] = 5;
	report[4] = 0x81;
	assert_string_equal(
		evidence_recognise((struct view){report, sizeof(report)})->tee, "sev-snp");
	report[2] = 2;
	assert_string_equal(evidence_recognise((struct view){report, sizeof(report)})->tee, "tdx");
	report[0] = 6;
	assert_null(evidence_recognise((struct view){report, sizeof(report)}));
	report[0] = 4;
	assert_null(evidence_recognise((struct view){report, 3}));
	report[3] = 1;
	assert_null(evidence_recognise((struct view){report, sizeof(report)}));
}

/* --- structure --- */

static void fails_the_part_that_cannot_be_read(void **state)
{
	static const struct {
		size_t len;
		const char *passes, *fails;
	} cuts[] = {
		{10, "evidence.kind", "tdx.header"},
		{48 + 583, "tdx.header", "tdx.body"},
		{48 + 584 + 4 + 200, "tdx.body", "tdx.auth_data"},
	};
	const struct fake_quote_shape shape = {0};
	struct fake_quote_places at;
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, &at);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		judge((struct view){b.data, cuts[i].len});
		assert_int_equal(v.value, VERDICT_REJECTED);
		assert_int_equal(outcome(cuts[i].passes), CHECK_PASS);
		assert_int_equal(outcome(cuts[i].fails), CHECK_FAIL);
		assert_true(verdict_find(&v, cuts[i].fails)->expected[0]);
	}
	b.data[at.inner_type] = 7;
	judge(bytes_view(&b));
	assert_int_equal(outcome("tdx.auth_data"), CHECK_PASS);
	assert_int_equal(outcome("tdx.certification_data"), CHECK_FAIL);
	assert_int_equal(v.value, VERDICT_REJECTED);
	bytes_free(&b);
}

static void fails_a_header_with_reserved_bytes_in_use(void **state)
{
	const struct fake_quote_shape shape = {0};
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, NULL);
	judge(bytes_view(&b));
	assert_int_equal(outcome("tdx.reserved"), CHECK_PASS);
	b.data[9] = 1;
	judge(bytes_view(&b));
	assert_int_equal(outcome("tdx.reserved"), CHECK_FAIL);
	assert_int_equal(v.value, VERDICT_REJECTED);
	bytes_free(&b);
}

static void says_in_french_what_is_wrong(void **state)
{
	const struct fake_quote_shape shape = {.version = 4};
	struct appraise_input in = {.roots = &roots, .at = 1760000000, .lang = MESSAGES_FR};
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, NULL);
	b.data[0] = 3;
	in.evidence = bytes_view(&b);
	assert_int_equal(appraise(&in, &v, NULL), 0);
	assert_non_null(strstr(verdict_find(&v, "tdx.header")->expected,
		"la version 3 est un quote d'enclave SGX"));
	bytes_free(&b);
}

/* What follows the quote changes nothing but its own count, and the digest of the file. */
static void trailing_bytes_change_nothing(void **state)
{
	struct fake_quote_shape shape = {.version = 5, .body_type = TDX_BODY_TD15};
	json_t *with, *without;
	struct bytes a = {0}, b = {0};

	(void)state;
	fake_quote(&a, &shape, NULL);
	judge(bytes_view(&a));
	assert_int_equal(claims_to_json(&v.claims, &without, NULL), 0);
	shape.trailing = 70;
	fake_quote(&b, &shape, NULL);
	judge(bytes_view(&b));
	assert_int_equal(claims_to_json(&v.claims, &with, NULL), 0);
	assert_int_equal(json_integer_value(json_object_get(with, "trailing_bytes")), 70);
	json_object_set_new(with, "trailing_bytes", json_integer(0));
	assert_true(json_equal(with, without));
	json_decref(with);
	json_decref(without);
	bytes_free(&a);
	bytes_free(&b);
}

/* --- claims --- */

static void shows_long_authentication_data_whole(void **state)
{
	static uint8_t auth[60000] = {1, 2, 3};
	const struct fake_quote_shape shape = {.qe_auth = {auth, sizeof(auth)}};
	struct bytes b = {0};
	const char *text;
	json_t *obj;

	(void)state;
	fake_quote(&b, &shape, NULL);
	judge(bytes_view(&b));
	assert_int_equal(claims_to_json(&v.claims, &obj, NULL), 0);
	text = json_string_value(json_object_get(obj, "qe_auth"));
	assert_int_equal(strlen(text), 2 * sizeof(auth));
	assert_memory_equal(text, "01020300", 8);
	json_decref(obj);
	bytes_free(&b);
}

static void shows_the_fields_that_a_body_has(void **state)
{
	(void)state;
	for (unsigned int type = 2; type <= 4; type++) {
		const struct fake_quote_shape shape = {.version = 5, .body_type = type};
		struct bytes b = {0};
		json_t *obj;

		fake_quote(&b, &shape, NULL);
		judge(bytes_view(&b));
		assert_int_equal(v.claims.tee, CLAIMS_TDX);
		assert_int_equal(claims_to_json(&v.claims, &obj, NULL), 0);
		assert_int_equal(!!json_object_get(obj, "mrservicetd"), type >= 3);
		assert_int_equal(!!json_object_get(obj, "cur_servtd_hash"), type == 4);
		assert_null(json_object_get(obj, "tcb"));
		assert_null(json_object_get(obj, "platform"));
		json_decref(obj);
		bytes_free(&b);
	}
}

static void shows_platform_and_level_once_they_are_known(void **state)
{
	const struct fake_quote_shape shape = {0};
	struct bytes b = {0};
	json_t *obj, *tcb;

	(void)state;
	fake_quote(&b, &shape, NULL);
	judge(bytes_view(&b));
	v.claims.tdx.platform = (struct tdx_platform){
		.known = true, .fmspc = {0x90, 0xc0}, .smt_enabled = TDX_FLAG_TRUE};
	v.claims.tdx.tcb = (struct tdx_tcb){.status = TDX_TCB_OUT_OF_DATE,
		.platform = TDX_TCB_UP_TO_DATE,
		.tcb_date = 1731456000,
		.advisory_count = 2,
		.advisory = {"INTEL-SA-00615", "INTEL-SA-01036"}};
	assert_int_equal(claims_to_json(&v.claims, &obj, NULL), 0);
	tcb = json_object_get(obj, "tcb");
	assert_string_equal(json_string_value(json_object_get(tcb, "status")), "OutOfDate");
	assert_string_equal(
		json_string_value(json_object_get(tcb, "tcb_date")), "2024-11-13T00:00:00Z");
	assert_int_equal(json_array_size(json_object_get(tcb, "advisory_ids")), 2);
	tcb = json_object_get(obj, "platform");
	assert_string_equal(json_string_value(json_object_get(tcb, "fmspc")), "90c000000000");
	assert_true(json_is_true(json_object_get(tcb, "smt_enabled")));
	assert_null(json_object_get(tcb, "cached_keys"));
	json_decref(obj);
	bytes_free(&b);
}

static void names_statuses_as_intel_does(void **state)
{
	(void)state;
	for (int i = 0; i < TDX_TCB_STATUS_COUNT; i++) {
		const char *name = tdx_tcb_status_name((enum tdx_tcb_status)i);
		enum tdx_tcb_status back = tdx_tcb_status_from_name(name);

		assert_int_equal(back, i == TDX_TCB_NOT_SUPPORTED ? TDX_TCB_UNKNOWN : i);
	}
	assert_int_equal(tdx_tcb_status_from_name("uptodate"), TDX_TCB_UNKNOWN);
	assert_string_equal(tdx_tcb_status_name((enum tdx_tcb_status)99), "Unknown");
}

/* --- bits --- */

static void names_each_bit_once_or_keeps_it_reserved(void **state)
{
	uint64_t seen = TDX_ATTR_IGNORED;

	(void)state;
	for (const struct evidence_bit *bit = tdx_td_attributes; bit->mask; bit++) {
		assert_false(seen & bit->mask);
		assert_int_equal(__builtin_popcountll(bit->mask), 1);
		assert_ptr_equal(evidence_bit_find(tdx_td_attributes, bit->name), bit);
		seen |= bit->mask;
	}
	assert_false(seen & TDX_ATTR_RESERVED);
	assert_true((seen | TDX_ATTR_RESERVED) == ~0ULL);
	seen = 0;
	for (const struct evidence_bit *bit = tdx_xfam; bit->mask; bit++)
		seen |= bit->mask;
	assert_true(seen == ~TDX_XFAM_RESERVED);
	assert_null(evidence_bit_find(tdx_xfam, "debug"));
}

static void writes_bits_by_name_and_by_number(void **state)
{
	char text[64];

	(void)state;
	evidence_bits_format(tdx_td_attributes, 0, text, sizeof(text));
	assert_string_equal(text, "none");
	evidence_bits_format(tdx_td_attributes, 1ULL << 40 | TDX_ATTR_DEBUG | TDX_ATTR_PERFMON,
		text, sizeof(text));
	assert_string_equal(text, "debug, bit 40, perfmon");
	evidence_bits_format(tdx_td_attributes, ~0ULL, text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
}

/* --- real quotes --- */

/* The names in case.json that differ from those of the claims. */
static const char *claim_of(const char *field)
{
	static const char *const names[][2] = {{"ak_type", "att_key_type"},
		{"qe_vendor", "qe_vendor_id"}, {"header_bytes_8_11", "header_reserved"},
		/* There it is the file's. */
		{"quote_size", "file_size"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i][0], field))
			return names[i][1];
	return field;
}

/* Fields that case.json has beside a claim of the same name: `value` is hex or a number. */
static size_t compare(const char *name, json_t *claims, json_t *fields)
{
	const char *key;
	json_t *value;
	size_t same = 0;

	json_object_foreach(fields, key, value)
	{
		json_t *claim = json_object_get(claims, claim_of(key));

		if (json_is_object(value) && json_is_object(claim)) {
			same += compare(name, claim, value);
			continue;
		}
		if (json_is_object(claim))
			claim = json_object_get(claim, "raw");
		if (!claim || strstr(json_is_string(claim) ? json_string_value(claim) : "", "0x"))
			continue;
		if (!json_equal(claim, value))
			fail_msg("%s: %s", name, key);
		same++;
	}
	return same;
}

static void shows_real_quotes_as_they_are(void **state)
{
	static const char *const names[] = {"v4-spr-google-cos", "v4-spr-debug-td",
		"v5-emr-alibaba", "v5-spr-early-evaluation", "lab-v5-uptodate", NULL};

	(void)state;
	vectors_needed();
	for (size_t i = 0; names[i]; i++) {
		struct bytes quote;
		json_t *json, *obj;
		char path[128];

		snprintf(path, sizeof(path), "tdx/%s/quote.bin", names[i]);
		quote = vectors_read(path);
		snprintf(path, sizeof(path), "tdx/%s/case.json", names[i]);
		json = vectors_json(path);
		judge(bytes_view(&quote));
		assert_int_not_equal(v.authentic, AUTHENTIC_YES);
		assert_int_equal(claims_to_json(&v.claims, &obj, NULL), 0);
		assert_true(compare(names[i], obj, json_object_get(json, "fields")) >= 24);
		json_decref(obj);
		json_decref(json);
		bytes_free(&quote);
	}
}

/* --- event log --- */

/* The quote of a boot, its log, and the outcome of comparing them. */
static void judge_log(const struct bytes *quote, const struct appraise_event_log *log)
{
	const struct appraise_input in = {
		.evidence = bytes_view(quote), .roots = &roots, .at = 1760000000, .event_log = log};

	assert_int_equal(appraise(&in, &v, NULL), 0);
	assert_int_not_equal(v.value, VERDICT_TRUSTED);
}

static void compares_each_register_with_the_event_log(void **state)
{
	const struct fake_quote_shape shape = {0};
	static struct appraise_event_log log;
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, NULL);
	judge_log(&b, NULL);
	assert_int_equal(verdict_find(&v, "tdx.event_log")->outcome, CHECK_SKIPPED);
	memcpy(log.rtmr, v.claims.tdx.quote.body.rtmr, sizeof(log.rtmr));
	judge_log(&b, &log);
	assert_int_equal(verdict_find(&v, "tdx.event_log")->outcome, CHECK_PASS);
	for (int i = 0; i < TDX_RTMRS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "RTMR%d of", i);
		log.rtmr[i][47] ^= 1;
		judge_log(&b, &log);
		assert_int_equal(verdict_find(&v, "tdx.event_log")->outcome, CHECK_FAIL);
		assert_non_null(strstr(verdict_find(&v, "tdx.event_log")->found, name));
		assert_int_equal(v.value, VERDICT_REJECTED);
		log.rtmr[i][47] ^= 1;
	}
	bytes_free(&b);
}

static void rejects_with_a_log_that_cannot_be_replayed(void **state)
{
	const struct fake_quote_shape shape = {0};
	struct appraise_event_log log = {0};
	struct bytes b = {0};

	(void)state;
	fake_quote(&b, &shape, NULL);
	log.code = error_fail(&log.why, HC_ETRUNCATED, "event log: event", "3 bytes left");
	judge_log(&b, &log);
	assert_int_equal(verdict_find(&v, "tdx.event_log")->outcome, CHECK_FAIL);
	assert_string_equal(
		verdict_find(&v, "tdx.event_log")->found, "event log: event: 3 bytes left");
	/* "Missing" is no way around it either. */
	log.code = error_fail(&log.why, HC_EMISSING, "event log", "nothing");
	judge_log(&b, &log);
	assert_int_equal(verdict_find(&v, "tdx.event_log")->outcome, CHECK_UNDECIDED);
	bytes_free(&b);
}

static void takes_no_event_log_with_an_sev_snp_report(void **state)
{
	static struct appraise_event_log log;
	uint8_t report[SNP_REPORT_SIZE] = {2};
	const struct appraise_input in = {.evidence = {report, sizeof(report)},
		.roots = &roots,
		.at = 1760000000,
		.event_log = &log};
	struct error err;

	(void)state;
	assert_int_equal(appraise(&in, &v, &err), HC_EUSAGE);
	assert_string_equal(err.where, "event log");
	assert_int_equal(v.value, VERDICT_UNDECIDED);
}

static int setup(void **state)
{
	(void)state;
	return roots_init(&roots);
}

static int teardown(void **state)
{
	(void)state;
	roots_fini(&roots);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_no_sev_snp_report_for_a_quote),
		cmocka_unit_test(fails_the_part_that_cannot_be_read),
		cmocka_unit_test(fails_a_header_with_reserved_bytes_in_use),
		cmocka_unit_test(says_in_french_what_is_wrong),
		cmocka_unit_test(trailing_bytes_change_nothing),
		cmocka_unit_test(shows_long_authentication_data_whole),
		cmocka_unit_test(shows_the_fields_that_a_body_has),
		cmocka_unit_test(shows_platform_and_level_once_they_are_known),
		cmocka_unit_test(names_statuses_as_intel_does),
		cmocka_unit_test(names_each_bit_once_or_keeps_it_reserved),
		cmocka_unit_test(writes_bits_by_name_and_by_number),
		cmocka_unit_test(shows_real_quotes_as_they_are),
		cmocka_unit_test(compares_each_register_with_the_event_log),
		cmocka_unit_test(rejects_with_a_log_that_cannot_be_replayed),
		cmocka_unit_test(takes_no_event_log_with_an_sev_snp_report),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
