/* SPDX-License-Identifier: Apache-2.0 */
/* SNP evidence as JSON: genuine reports survive the way there and back, nothing odd gets in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/kbs/snp_json.h"
#include "common/file.h"

static const char *vectors(void)
{
	const char *dir = getenv("HC_VECTORS");

	return dir ? dir : "../shared/vectors";
}

/* A version 5 Turin report with every byte that travels set to something, none that does not. */
static void make_report(uint8_t raw[SNP_JSON_REPORT_SIZE])
{
	memset(raw, 0, SNP_JSON_REPORT_SIZE);
	for (size_t i = 0x50; i < 0x188; i++)
		raw[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0x1a0; i < 0x1e0; i++)
		raw[i] = (uint8_t)i;
	for (size_t i = 0x2a0; i < 0x330; i++)
		raw[i] = (uint8_t)(i * 3);
	put_le32(raw, 5);
	put_le32(raw + 0x004, 0xfffffffe);
	put_le64(raw + 0x008, 0x7fffffffffffffff);
	put_le32(raw + 0x030, 3);
	put_le32(raw + 0x034, 1);
	put_le64(raw + 0x038, 0x5100000004030201);
	put_le64(raw + 0x180, 0x5000000003020100);
	raw[0x188] = 0x1a;
	raw[0x189] = 2;
	raw[0x18a] = 1;
	put_le64(raw + 0x1e0, 0x4f00000002010000);
	memcpy(raw + 0x1e8, "\x1d\x37\x01", 3);
	memcpy(raw + 0x1ec, "\x1c\x36\x02", 3);
	put_le64(raw + 0x1f0, 0x4e00000001000000);
	put_le64(raw + 0x1f8, 0x3f);
	put_le64(raw + 0x200, 0x1122334455667788);
}

static json_t *build(const uint8_t *raw)
{
	json_t *json = NULL;

	assert_int_equal(snp_json_build((struct view){raw, SNP_JSON_REPORT_SIZE}, (struct view){0},
				 &json, NULL),
		0);
	return json;
}

static int parse(const json_t *json)
{
	struct snp_evidence out;
	int rc = snp_json_parse(json, &out, NULL);

	snp_evidence_fini(&out);
	return rc;
}

/* Takes `json` over. */
static void refused(json_t *json)
{
	assert_int_not_equal(parse(json), 0);
	json_decref(json);
}

static json_t *report_of(json_t *json)
{
	return json_object_get(json, "attestation_report");
}

static void every_missing_member_is_refused(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *whole;
	const char *key;
	json_t *value;

	(void)state;
	make_report(raw);
	whole = build(raw);
	assert_int_equal(json_object_size(report_of(whole)), 29);
	json_object_foreach(report_of(whole), key, value)
	{
		json_t *part = json_deep_copy(whole);

		json_object_del(report_of(part), key);
		refused(part);
	}
	json_decref(whole);
}

static void every_member_of_another_type_is_refused(void **state)
{
	static const char *const wrong[] = {"null", "true", "\"1\"", "-1", "1.0", "[]", "{}",
		"[256]", "18446744073709551616", "[[0]]"};
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	const char *key;
	json_t *whole, *value;

	(void)state;
	make_report(raw);
	whole = build(raw);
	json_object_foreach(report_of(whole), key, value)
	{
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			json_t *part = json_deep_copy(whole);
			json_t *other = json_loads(wrong[i], JSON_DECODE_ANY, NULL);

			if (other) {
				json_object_set_new(report_of(part), key, other);
				assert_int_not_equal(parse(part), 0);
			}
			json_decref(part);
		}
	}
	json_decref(whole);
}

static void arrays_one_short_or_one_long_are_refused(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	const char *key;
	json_t *whole, *value;
	int arrays = 0;

	(void)state;
	make_report(raw);
	whole = build(raw);
	json_object_foreach(report_of(whole), key, value)
	{
		json_t *part = json_deep_copy(whole);
		json_t *array = json_object_get(report_of(part), key);

		if (json_is_array(array)) {
			arrays++;
			json_array_append_new(array, json_integer(0));
			assert_int_not_equal(parse(part), 0);
			json_array_remove(array, 0);
			assert_int_equal(parse(part), 0);
			json_array_remove(array, 0);
			assert_int_not_equal(parse(part), 0);
		}
		json_decref(part);
	}
	assert_int_equal(arrays, 10);
	json_decref(whole);
}

static void unknown_members_are_refused_at_every_level(void **state)
{
	static const char *const places[] = {"current_tcb", "current", "signature"};
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *json;

	(void)state;
	make_report(raw);
	json = build(raw);
	json_object_set_new(json, "x", json_null());
	refused(json);
	json = build(raw);
	json_object_set_new(report_of(json), "x", json_null());
	refused(json);
	for (size_t i = 0; i < 3; i++) {
		json = build(raw);
		json_object_set_new(
			json_object_get(report_of(json), places[i]), "x", json_integer(0));
		refused(json);
	}
}

static void versions_that_do_not_fit_the_encoding_are_refused(void **state)
{
	static const int bad[] = {0, 1, 6, 7, 255};
	uint8_t raw[SNP_JSON_REPORT_SIZE];

	(void)state;
	make_report(raw);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *json = build(raw);

		json_object_set_new(report_of(json), "version", json_integer(bad[i]));
		refused(json);
	}
}

static void fields_of_later_versions_are_refused_in_earlier_ones(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *json;

	(void)state;
	make_report(raw);
	for (int version = 2; version < 5; version++) {
		json = build(raw);
		json_object_set_new(report_of(json), "version", json_integer(version));
		refused(json);
	}
}

static void a_tcb_of_the_other_layout_is_refused(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *json;

	(void)state;
	make_report(raw);
	json = build(raw);
	json_object_set_new(report_of(json), "cpuid_fam_id", json_integer(0x19));
	refused(json);
	json = build(raw);
	json_object_set_new(json_object_get(report_of(json), "launch_tcb"), "fmc", json_null());
	refused(json);
}

static void a_made_up_report_round_trips(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	struct snp_evidence out;
	json_t *json;

	(void)state;
	make_report(raw);
	json = build(raw);
	assert_int_equal(snp_json_parse(json, &out, NULL), 0);
	assert_memory_equal(out.report, raw, sizeof(raw));
	assert_int_equal(out.cert_count, 0);
	snp_evidence_fini(&out);
	json_decref(json);
}

static void a_value_json_cannot_hold_is_no_report(void **state)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *json = NULL;

	(void)state;
	make_report(raw);
	raw[0x207] = 0x80;
	assert_int_not_equal(
		snp_json_build((struct view){raw, sizeof(raw)}, (struct view){0}, &json, NULL), 0);
	assert_null(json);
	make_report(raw);
	raw[0] = 6;
	assert_int_equal(
		snp_json_build((struct view){raw, sizeof(raw)}, (struct view){0}, &json, NULL),
		HC_EUNSUPPORTED);
	assert_int_equal(
		snp_json_build((struct view){raw, sizeof(raw) - 1}, (struct view){0}, &json, NULL),
		HC_EFORMAT);
}

/* Returns whether there was a report to try. */
static bool round_trip_case(const char *name)
{
	char path[600];
	struct bytes raw = {0};
	struct snp_evidence out;
	json_t *json = NULL;
	bool tried = false;

	snprintf(path, sizeof(path), "%s/snp/%s/report.bin", vectors(), name);
	if (!file_read(&raw, path, 65536, NULL) && raw.len == SNP_JSON_REPORT_SIZE &&
		get_le32(raw.data) >= 2) {
		tried = true;
		json = build(raw.data);
		assert_int_equal(snp_json_parse(json, &out, NULL), 0);
		if (memcmp(out.report, raw.data, raw.len) != 0)
			print_error("%s comes back changed\n", name);
		assert_memory_equal(out.report, raw.data, raw.len);
		snp_evidence_fini(&out);
		json_decref(json);
	}
	bytes_free(&raw);
	return tried;
}

static void every_genuine_report_round_trips_bit_for_bit(void **state)
{
	char path[600];
	struct dirent *entry;
	int tried = 0;
	DIR *dir;

	(void)state;
	snprintf(path, sizeof(path), "%s/snp", vectors());
	dir = opendir(path);
	if (!dir)
		skip();
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			tried += round_trip_case(entry->d_name);
	closedir(dir);
	assert_true(tried >= 20);
}

static json_t *with_chain(json_t *chain)
{
	uint8_t raw[SNP_JSON_REPORT_SIZE];
	json_t *json;

	make_report(raw);
	json = build(raw);
	json_object_set_new(json, "cert_chain", chain);
	return json;
}

static void chains_of_unknown_form_are_refused(void **state)
{
	static const char *const bad[] = {"1", "{}", "[1]", "[{}]", "[{\"cert_type\":\"VCEK\"}]",
		"[{\"cert_type\":\"XXX\",\"data\":[]}]", "[{\"cert_type\":1,\"data\":[]}]",
		"[{\"cert_type\":\"VCEK\",\"data\":\"\"}]",
		"[{\"cert_type\":\"VCEK\",\"data\":[256]}]",
		"[{\"cert_type\":\"VCEK\",\"data\":[-1]}]",
		"[{\"cert_type\":\"VCEK\",\"data\":[1],\"x\":1}]",
		"[{\"cert_type\":{\"OTHER\":1},\"data\":[1]}]",
		"[{\"cert_type\":{\"OTHER\":\"a\",\"b\":\"c\"},\"data\":[1]}]"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(with_chain(json_loads(bad[i], JSON_DECODE_ANY, NULL)));
}

static void chains_are_read_and_what_is_not_needed_left_out(void **state)
{
	json_t *json = with_chain(json_loads(
		"[{\"cert_type\":\"VCEK\",\"data\":[48,1]},{\"cert_type\":\"Empty\",\"data\":[1]},"
		"{\"cert_type\":{\"OTHER\":\"92f81bc3\"},\"data\":[9]},"
		"{\"cert_type\":\"ARK\",\"data\":[48,255]}]",
		0, NULL));
	struct snp_evidence out;

	(void)state;
	assert_int_equal(snp_json_parse(json, &out, NULL), 0);
	assert_int_equal(out.cert_count, 2);
	assert_memory_equal(out.cert[0].data, "\x30\x01", 2);
	assert_memory_equal(out.cert[1].data, "\x30\xff", 2);
	snp_evidence_fini(&out);
	json_decref(json);
}

static void too_many_certificates_are_refused(void **state)
{
	json_t *chain = json_array();

	(void)state;
	for (int i = 0; i <= SNP_JSON_CERTS_MAX; i++)
		json_array_append_new(
			chain, json_pack("{s:s, s:[i]}", "cert_type", "ASK", "data", 1));
	refused(with_chain(chain));
}

static void a_certificate_table_becomes_the_chain(void **state)
{
	/* One VCEK of three bytes at offset 48, then the end of the list. */
	static const uint8_t guid[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5,
		0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd};
	uint8_t raw[SNP_JSON_REPORT_SIZE], table[51] = {0};
	struct snp_evidence out;
	json_t *json = NULL;

	(void)state;
	make_report(raw);
	memcpy(table, guid, sizeof(guid));
	put_le32(table + 16, 48);
	put_le32(table + 20, 3);
	memcpy(table + 48, "abc", 3);
	assert_int_equal(snp_json_build((struct view){raw, sizeof(raw)},
				 (struct view){table, sizeof(table)}, &json, NULL),
		0);
	assert_int_equal(snp_json_parse(json, &out, NULL), 0);
	assert_int_equal(out.cert_count, 1);
	assert_int_equal(out.cert[0].len, 3);
	assert_memory_equal(out.cert[0].data, "abc", 3);
	snp_evidence_fini(&out);
	json_decref(json);
	for (size_t len = 1; len < sizeof(table); len++)
		assert_int_not_equal(snp_json_build((struct view){raw, sizeof(raw)},
					     (struct view){table, len}, &json, NULL),
			0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_missing_member_is_refused),
		cmocka_unit_test(every_member_of_another_type_is_refused),
		cmocka_unit_test(arrays_one_short_or_one_long_are_refused),
		cmocka_unit_test(unknown_members_are_refused_at_every_level),
		cmocka_unit_test(versions_that_do_not_fit_the_encoding_are_refused),
		cmocka_unit_test(fields_of_later_versions_are_refused_in_earlier_ones),
		cmocka_unit_test(a_tcb_of_the_other_layout_is_refused),
		cmocka_unit_test(a_made_up_report_round_trips),
		cmocka_unit_test(a_value_json_cannot_hold_is_no_report),
		cmocka_unit_test(every_genuine_report_round_trips_bit_for_bit),
		cmocka_unit_test(chains_of_unknown_form_are_refused),
		cmocka_unit_test(chains_are_read_and_what_is_not_needed_left_out),
		cmocka_unit_test(too_many_certificates_are_refused),
		cmocka_unit_test(a_certificate_table_becomes_the_chain),
	};

	return cmocka_run_group_tests_name("snp_json", tests, NULL, NULL);
}
