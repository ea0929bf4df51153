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
#include "tests/unit/vectors.h"

static struct verdict v;

/* Which of our checks answers to a check of the vectors, and which other one may. */
static const struct {
	const char *theirs, *ours, * or ;
} names[] = {
	{"version", "snp.version", "policy.report_version"},
	{"signature_algo", "snp.signature_algo", NULL},
	{"size", "snp.size", NULL},
	{"cannot be parsed", "snp.size", "snp.vek"},
	{"signature", "snp.signature", NULL},
	{"leaf_issuer", "snp.chain", NULL},
	{"ask_issuer", "snp.chain", NULL},
	{"ark_self", "snp.chain", "snp.root"},
	{"ark_pinned", "snp.chain", "snp.root"},
	{"openssl_verify", "snp.chain", "snp.validity"},
	{"intermediate_kind", "snp.signing_key", "snp.chain"},
	{"root_product", "snp.product", "snp.chain"},
	{"dates", "snp.validity", NULL},
	{"tcb_match", "snp.tcb", NULL},
	{"chip_id", "snp.chip_id", NULL},
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

/* A refusal is worth something only if it is for the reason that the vector has been made for. */
static void assert_failing(const char *id, json_t *failing)
{
	size_t i;
	json_t *name;

	json_array_foreach(failing, i, name)
	{
		size_t k = 0, count = sizeof(names) / sizeof(names[0]);

		while (k < count && strcmp(names[k].theirs, json_string_value(name)))
			k++;
		if (k == count)
			fail_msg("%s: no check here for %s", id, json_string_value(name));
		if (passed(names[k].ours) && (!names[k].or || passed(names[k].or)))
			fail_msg(
				"%s: %s passed, %s should not", id, names[k].ours, names[k].theirs);
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
	assert_int_equal(accept, !json_array_size(json_object_get(expect, "failing_checks")));
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

static void run_synthetic(json_t *entry)
{
	struct vectors_case c;

	vectors_entry_open(&c, entry);
	vectors_appraise(&c, NULL, &v);
	assert_expected(
		json_string_value(json_object_get(entry, "id")), json_object_get(entry, "expect"));
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
