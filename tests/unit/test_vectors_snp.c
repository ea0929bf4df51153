/* SPDX-License-Identifier: Apache-2.0 */
/* Every SEV-SNP vector, at its time, through the library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto.h"
#include "common/hex.h"
#include "common/timefmt.h"
#include "tests/unit/vectors.h"

static struct verdict v;

/* Which of our checks answers to a check of the vectors, and which other one may. */
static const struct {
	const char *theirs, *ours, * or ;
} names[] = {
	{"version", "snp.version", "policy.report_version"},
	{"signature_algo", "snp.signature_algo", NULL},
	{"size", "snp.size", NULL},
	{"signature", "snp.signature", NULL},
	{"leaf_issuer", "snp.chain", NULL},
	{"ask_issuer", "snp.chain", NULL},
	{"dates", "snp.validity", NULL},
	{"tcb_match", "snp.tcb", NULL},
	{"crl_signature", "snp.crl", NULL},
	{"crl_time", "snp.crl", NULL},
	{"not_revoked", "snp.revoked", NULL},
	{"policy_no_debug", "policy.debug", NULL},
};

static bool held(const struct verdict *verdict)
{
	return verdict->authentic == AUTHENTIC_YES && verdict->revocation != REVOCATION_REVOKED;
}

static bool passed(const char *id)
{
	const struct check *check = verdict_find(&v, id);

	return check && check->outcome == CHECK_PASS;
}

static void assert_failing(const char *id, json_t *failing)
{
	size_t i;
	json_t *name;

	json_array_foreach(failing, i, name)
	{
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (strcmp(names[k].theirs, json_string_value(name)))
				continue;
			if (passed(names[k].ours) && (!names[k].or || passed(names[k].or)))
				fail_msg("%s: %s passed, %s should not", id, names[k].ours,
					names[k].theirs);
		}
	}
}

static void assert_expected(const char *id, json_t *expect)
{
	bool accept = !strcmp(json_string_value(json_object_get(expect, "verdict")), "accept");

	if (accept && !held(&v))
		fail_msg("%s: should be accepted: %s, %s", id, verdict_authentic_name(v.authentic),
			verdict_revocation_name(v.revocation));
	if (!accept && held(&v) && v.value != VERDICT_REJECTED)
		fail_msg("%s: should be rejected: %s", id, verdict_name(v.value));
	assert_int_not_equal(v.value, VERDICT_TRUSTED);
	assert_failing(id, json_object_get(expect, "failing_checks"));
}

static void comes_to_the_measured_verdict_in_every_case(void **state)
{
	char **cases;
	size_t n = 0;

	(void)state;
	vectors_needed();
	cases = vectors_snp_cases();
	for (; cases[n]; n++) {
		struct vectors_case c;

		vectors_case_open(&c, cases[n], true);
		vectors_appraise(&c, NULL, &v);
		assert_expected(cases[n], json_object_get(c.json, "expect"));
		vectors_case_close(&c);
		free(cases[n]);
	}
	free(cases);
	assert_true(n >= 33);
}

static void rejects_every_lab_case_under_the_pinned_roots(void **state)
{
	char **cases;
	int labs = 0;

	(void)state;
	vectors_needed();
	cases = vectors_snp_cases();
	for (size_t i = 0; cases[i]; i++) {
		struct vectors_case c;

		vectors_case_open(&c, cases[i], false);
		if (json_object_get(c.json, "trust_anchor")) {
			labs++;
			vectors_appraise(&c, NULL, &v);
			assert_int_equal(v.authentic, AUTHENTIC_NO);
			assert_int_equal(v.value, VERDICT_REJECTED);
			assert_false(v.has_root);
			assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
		}
		vectors_case_close(&c);
		free(cases[i]);
	}
	free(cases);
	assert_true(labs >= 5);
}

static void assert_field(json_t *fields, const char *name, const uint8_t *data, size_t len)
{
	const char *want = json_string_value(json_object_get(fields, name));
	char hex[2 * 72 + 1];

	if (!want)
		return;
	hex_encode(hex, data, len);
	assert_string_equal(hex, want);
}

static void assert_number(json_t *fields, const char *name, uint64_t value)
{
	json_t *want = json_object_get(fields, name);

	if (json_is_string(want))
		assert_true(strtoull(json_string_value(want), NULL, 16) == value);
	else if (want)
		assert_true((uint64_t)json_integer_value(want) == value);
}

static void assert_fields(const struct snp_report *r, json_t *f)
{
	assert_number(f, "version", r->version);
	assert_number(f, "guest_svn", r->guest_svn);
	assert_number(f, "policy", r->policy);
	assert_number(f, "vmpl", r->vmpl);
	assert_number(f, "signature_algo", r->signature_algo);
	assert_number(f, "platform_info", r->platform_info);
	assert_field(f, "family_id", r->family_id, 16);
	assert_field(f, "image_id", r->image_id, 16);
	assert_field(f, "report_data", r->report_data, 64);
	assert_field(f, "measurement", r->measurement, 48);
	assert_field(f, "host_data", r->host_data, 32);
	assert_field(f, "id_key_digest", r->id_key_digest, 48);
	assert_field(f, "author_key_digest", r->author_key_digest, 48);
	assert_field(f, "report_id", r->report_id, 32);
	assert_field(f, "report_id_ma", r->report_id_ma, 32);
	assert_field(f, "current_tcb", r->current_tcb, 8);
	assert_field(f, "reported_tcb", r->reported_tcb, 8);
	assert_field(f, "committed_tcb", r->committed_tcb, 8);
	assert_field(f, "launch_tcb", r->launch_tcb, 8);
	assert_field(f, "chip_id", r->chip_id, 64);
	assert_field(f, "signature_r", r->signature_r, 48);
	assert_field(f, "signature_s", r->signature_s, 48);
	if (r->has_cpuid) {
		assert_number(f, "cpuid_fam_id", r->cpuid_fam_id);
		assert_number(f, "cpuid_mod_id", r->cpuid_mod_id);
		assert_number(f, "cpuid_step", r->cpuid_step);
	}
}

static void decodes_every_field_as_an_independent_program_did(void **state)
{
	char **cases;

	(void)state;
	vectors_needed();
	cases = vectors_snp_cases();
	for (size_t i = 0; cases[i]; i++) {
		struct snp_report r;
		struct vectors_case c;
		json_t *fields, *tcb;
		struct snp_tcb decoded;
		enum snp_product product;
		const char *name;

		vectors_case_open(&c, cases[i], false);
		fields = json_object_get(c.json, "fields");
		assert_int_equal(snp_report_parse(&r, bytes_view(&c.report), NULL), 0);
		assert_fields(&r, fields);
		name = json_string_value(json_object_get(c.json, "product"));
		product = snp_product_from_name(name, strlen(name));
		if (r.has_cpuid)
			assert_int_equal(snp_report_product(&r), product);
		snp_tcb_decode(&decoded, r.reported_tcb, product);
		tcb = decoded.has_layout ? json_object_get(fields, "reported_tcb_decoded") : NULL;
		assert_number(tcb, "bootloader", decoded.bootloader);
		assert_number(tcb, "tee", decoded.tee);
		assert_number(tcb, "snp", decoded.snp);
		assert_number(tcb, "microcode", decoded.microcode);
		assert_number(tcb, "fmc", decoded.fmc);
		vectors_case_close(&c);
		free(cases[i]);
	}
	free(cases);
}

/* n - s for the order n of P-384, on the little-endian S of a report. */
static void negate_s(uint8_t *s)
{
	static const uint8_t n[48] = {0x73, 0x29, 0xc5, 0xcc, 0x6a, 0x19, 0xec, 0xec, 0x7a, 0xa7,
		0xb0, 0x48, 0xb2, 0x0d, 0x1a, 0x58, 0xdf, 0x2d, 0x37, 0xf4, 0x81, 0x4d, 0x63, 0xc7,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	int borrow = 0;

	for (int i = 0; i < 48; i++) {
		int d = n[i] - s[i] - borrow;

		borrow = d < 0;
		s[i] = (uint8_t)d;
	}
}

static void swap_r_and_s(uint8_t *report)
{
	uint8_t r[72];

	memcpy(r, report + 0x2a0, 72);
	memcpy(report + 0x2a0, report + 0x2e8, 72);
	memcpy(report + 0x2e8, r, 72);
}

static size_t number(json_t *edit, const char *name)
{
	return (size_t)json_integer_value(json_object_get(edit, name));
}

static void edit_bytes(struct bytes *b, json_t *edit)
{
	const char *op = json_string_value(json_object_get(edit, "op"));
	const char *hex = json_string_value(json_object_get(edit, "hex"));
	size_t at = number(edit, "byte");

	if (!strcmp(op, "flip"))
		b->data[at] ^= (uint8_t)(1u << number(edit, "bit"));
	else if (!strcmp(op, "set"))
		assert_int_equal(hex_decode(b->data + at, strlen(hex) / 2, hex, "hex", NULL), 0);
	else if (!strcmp(op, "truncate"))
		b->len = number(edit, "size");
	else if (!strcmp(op, "negate s"))
		negate_s(b->data + 0x2e8);
	else if (!strcmp(op, "swap r and s"))
		swap_r_and_s(b->data);
	else
		fail_msg("unknown edit %s", op);
}

/* A file of the base case with the entry's edits done to it. */
static struct bytes edited_file(const char *base, const char *file, json_t *edits)
{
	struct bytes bytes;
	char path[256];
	json_t *edit;
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", base, file);
	bytes = vectors_read(path);
	json_array_foreach(edits, i, edit)
	{
		const char *with = json_string_value(json_object_get(edit, "with"));

		if (strcmp(json_string_value(json_object_get(edit, "file")), file))
			continue;
		if (!with) {
			edit_bytes(&bytes, edit);
			continue;
		}
		bytes_free(&bytes);
		if (strchr(with, '/'))
			snprintf(path, sizeof(path), "%s", with);
		else
			snprintf(path, sizeof(path), "%s/%s", base, with);
		bytes = vectors_read(path);
	}
	return bytes;
}

static void run_synthetic(json_t *entry)
{
	const char *base = json_string_value(json_object_get(entry, "base"));
	json_t *edits = json_object_get(entry, "edits"), *what;
	struct vectors_case c, blank = {0};
	const char *file;

	vectors_case_open(&c, base + strlen("snp/"), false);
	blank.json = c.json;
	assert_int_equal(endorsements_new(&blank.endorsements), 0);
	assert_int_equal(roots_init(&blank.roots), 0);
	json_object_foreach(json_object_get(c.json, "files"), file, what)
	{
		struct bytes bytes = edited_file(base, file, edits);

		if (!strcmp(file, "report.bin")) {
			blank.report = bytes;
			continue;
		}
		/* What is broken beyond recognition is left out, as hc-check does. */
		if (endorsements_add(blank.endorsements, bytes_view(&bytes), NULL, NULL))
			printf("# left out: %s\n", file);
		bytes_free(&bytes);
	}
	assert_int_equal(timefmt_parse(&blank.at,
				 json_string_value(json_object_get(entry, "at_time")), NULL),
		0);
	vectors_appraise(&blank, NULL, &v);
	assert_expected(
		json_string_value(json_object_get(entry, "id")), json_object_get(entry, "expect"));
	json_incref(blank.json);
	vectors_case_close(&blank);
	vectors_case_close(&c);
}

static void comes_to_the_measured_verdict_on_every_described_edit(void **state)
{
	json_t *all, *entry;
	size_t i, n = 0;

	(void)state;
	vectors_needed();
	all = vectors_json("synthetic.json");
	json_array_foreach(json_object_get(all, "entries"), i, entry)
	{
		if (strncmp(json_string_value(json_object_get(entry, "base")), "snp/", 4))
			continue;
		run_synthetic(entry);
		n++;
	}
	json_decref(all);
	assert_true(n >= 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_to_the_measured_verdict_in_every_case),
		cmocka_unit_test(rejects_every_lab_case_under_the_pinned_roots),
		cmocka_unit_test(comes_to_the_measured_verdict_on_every_described_edit),
		cmocka_unit_test(decodes_every_field_as_an_independent_program_did),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
