/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Appraisal of correctly signed evidence that is wrong in one way at a time, which only somebody
 * who holds the keys can make: here an AMD of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/snp_report_abi.h"
#include "attest/policy/policy_snp.h"
#include "attest/verify/verify.h"
#include "common/hex.h"
#include "tests/unit/fake_amd.h"

static struct fake_amd amd;
static struct bytes ark, ask, vcek, crl; /* good ones */
static uint8_t hwid[64];
static struct verdict v;

/* One appraisal: starts good and TRUSTED, is then spoilt by a test. */
struct scene {
	uint8_t report[SNP_REPORT_SIZE];
	struct endorsements *set;
	struct roots roots;
	struct policy policy;
	uint8_t report_data[64];
	int64_t at;
};

static void add(struct endorsements *set, const struct bytes *bytes)
{
	assert_int_equal(endorsements_add(set, bytes_view(bytes), NULL, NULL), 0);
}

static void set_policy(struct scene *s, const char *loosen)
{
	char text[1600], measurement[97];
	uint8_t m[48];

	memset(m, 0x4d, sizeof(m));
	hex_encode(measurement, m, sizeof(m));
	snprintf(text, sizeof(text),
		"{\"version\":1,\"name\":\"test\",\"accept\":[{\"name\":\"b\","
		"\"snp\":{\"measurements\":[\"%s\"],\"roots\":[\"%s\"]}%s%s%s}]}",
		measurement, s->roots.item[ROOTS_BUILTIN].name, loosen ? ",\"loosen\":[" : "",
		loosen ? loosen : "", loosen ? "]" : "");
	policy_free(&s->policy);
	assert_int_equal(
		policy_parse(&s->policy, (struct view){(const uint8_t *)text, strlen(text)}, NULL),
		0);
}

static void open_bare(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	s->at = FAKE_AT;
	fake_report(s->report, 5);
	fake_sign(&amd, s->report);
	memcpy(s->report_data, s->report + SNP_OFF_REPORT_DATA, 64);
	assert_int_equal(endorsements_new(&s->set), 0);
	assert_int_equal(roots_init(&s->roots), 0);
	assert_int_equal(roots_add(&s->roots, bytes_view(&ark), NULL), 0);
	set_policy(s, NULL);
}

static void open_scene(struct scene *s)
{
	open_bare(s);
	add(s->set, &ask);
	add(s->set, &vcek);
	add(s->set, &crl);
}

static void judge(struct scene *s)
{
	const struct appraise_input in = {
		.evidence = {s->report, sizeof(s->report)},
		.endorsements = s->set,
		.roots = &s->roots,
		.policy = &s->policy,
		.at = s->at,
		.report_data = s->report_data,
	};

	assert_int_equal(appraise(&in, &v, NULL), 0);
}

static void close_scene(struct scene *s)
{
	endorsements_free(s->set);
	roots_fini(&s->roots);
	policy_free(&s->policy);
}

static void assert_outcome(const char *id, enum check_outcome outcome)
{
	const struct check *check = verdict_find(&v, id);

	if (!check)
		fail_msg("no check %s", id);
	if (check->outcome != outcome)
		fail_msg("%s: %s, not %s (found %s)", id, check_outcome_name(check->outcome),
			check_outcome_name(outcome), check->found);
}

/* Only these checks did not pass (report data is always asked for here). */
static void assert_only(const char *a, const char *b)
{
	for (size_t i = 0; i < v.check_count; i++) {
		const char *id = v.check[i].def->id;

		if (v.check[i].outcome == CHECK_PASS)
			continue;
		if (strcmp(id, a) && (!b || strcmp(id, b)))
			fail_msg("%s: %s, found %s", id, check_outcome_name(v.check[i].outcome),
				v.check[i].found);
	}
}

static void trusts_what_is_good_in_every_respect(void **state)
{
	static const uint32_t versions[] = {3, 5};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene s;

		open_scene(&s);
		fake_report(s.report, versions[i]);
		fake_sign(&amd, s.report);
		judge(&s);
		assert_only("", NULL);
		assert_int_equal(v.authentic, AUTHENTIC_YES);
		assert_int_equal(v.revocation, REVOCATION_GOOD);
		assert_int_equal(v.value, VERDICT_TRUSTED);
		close_scene(&s);
	}
}

/* Correctly signed reports that no hardware should write. */
static const struct {
	size_t at;
	uint8_t value;
	const char *id, *also;
	bool wide; /* changes how other fields are read */
} edits[] = {
	{SNP_OFF_VERSION, 1, "snp.version", NULL, true},
	{SNP_OFF_VERSION, 7, "snp.version", NULL, true},
	{SNP_OFF_VERSION, 0xff, "snp.version", NULL, true},
	{SNP_OFF_SIGNATURE_ALGO, 2, "snp.signature_algo", NULL, false},
	{SNP_OFF_KEY_INFO, 7 << 2, "snp.key_info", NULL, true},
	{SNP_OFF_KEY_INFO, 2 << 2, "snp.key_info", NULL, true},
	{SNP_OFF_KEY_INFO, 1 << 5, "snp.key_info", NULL, false},
	{SNP_OFF_KEY_INFO, 1 << 2, "snp.signing_key", "policy.chip_identity", false},
	{SNP_OFF_KEY_INFO, 2, "snp.key_info", "policy.chip_identity", false},
	{0x4c, 1, "snp.reserved", NULL, false},
	{0x18b, 1, "snp.reserved", NULL, false},
	{0x1eb, 1, "snp.reserved", NULL, false},
	{0x1ef, 1, "snp.reserved", NULL, false},
	{0x208, 1, "snp.reserved", NULL, false},
	{0x220, 1, "snp.reserved", NULL, false},
	{0x29f, 1, "snp.reserved", NULL, false},
	{SNP_OFF_VMPL, 4, "snp.vmpl", "policy.vmpl", false},
	{SNP_OFF_VMPL + 3, 0xff, "snp.vmpl", "policy.vmpl", false},
	{SNP_OFF_VMPL, 1, "policy.vmpl", NULL, false},
	{SNP_OFF_CPUID_FAM_ID, 0x1a, "snp.product", NULL, true},
	{SNP_OFF_CPUID_MOD_ID, 0x01, "snp.product", "policy.product", true},
	{SNP_OFF_CPUID_MOD_ID, 0x50, "snp.product", "policy.product", true},
	{SNP_OFF_REPORTED_TCB, 9, "snp.tcb", NULL, false},
	{SNP_OFF_REPORTED_TCB + 7, 216, "snp.tcb", NULL, false},
	{SNP_OFF_REPORTED_TCB + 2, 1, "snp.tcb", NULL, false},
	{SNP_OFF_LAUNCH_TCB, 11, "policy.tcb_order", NULL, false},
	{SNP_OFF_COMMITTED_TCB + 6, 24, "policy.tcb_order", NULL, false},
	{SNP_OFF_CHIP_ID + 63, 0, "snp.chip_id", NULL, false},
	{SNP_OFF_POLICY + 2, 0x0b, "policy.debug", NULL, false},
	{SNP_OFF_POLICY + 2, 0x07, "policy.migration", NULL, false},
	{SNP_OFF_POLICY + 2, 0x01, "policy.guest_policy", NULL, false},
	{SNP_OFF_POLICY + 7, 0x80, "policy.guest_policy", NULL, false},
	{SNP_OFF_REPORT_ID_MA, 0, "policy.migration", NULL, false},
	{SNP_OFF_PLATFORM_INFO + 1, 1, "policy.platform_info", NULL, false},
	{SNP_OFF_REPORT_DATA + 63, 0, "policy.report_data", NULL, false},
	{SNP_OFF_MEASUREMENT, 0, "policy.measurement", NULL, false},
};

static void rejects_each_signed_field_that_is_wrong_by_its_own_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct scene s;

		open_scene(&s);
		s.report[edits[i].at] = edits[i].value;
		fake_sign(&amd, s.report);
		judge(&s);
		assert_outcome(edits[i].id, CHECK_FAIL);
		assert_int_equal(v.value, VERDICT_REJECTED);

		if (!edits[i].wide)
			assert_only(edits[i].id, edits[i].also);
		assert_int_equal(v.authentic,
			strncmp(edits[i].id, "snp.", 4) ? AUTHENTIC_YES : AUTHENTIC_NO);
		close_scene(&s);
	}
}

static void does_not_vouch_for_version_4(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.report[SNP_OFF_VERSION] = 4;
	fake_sign(&amd, s.report);
	judge(&s);
	assert_only("snp.version", NULL);
	assert_outcome("snp.version", CHECK_UNDECIDED);
	assert_int_equal(v.authentic, AUTHENTIC_UNDECIDED);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	close_scene(&s);
}

static void leaves_version_6_to_the_policy_which_refuses_it(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.report[SNP_OFF_VERSION] = 6;
	fake_sign(&amd, s.report);
	judge(&s);
	assert_only("policy.report_version", NULL);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(v.value, VERDICT_REJECTED);
	/* The word given for version 2 does not hold for 6. */
	set_policy(&s, "{\"what\":\"report-version-2\",\"reason\":\"r\",\"owner\":\"o\","
		       "\"until\":\"2030-01-01\"}");
	judge(&s);
	assert_only("policy.report_version", NULL);
	set_policy(&s, "{\"what\":\"report-version-6\",\"reason\":\"r\",\"owner\":\"o\","
		       "\"until\":\"2030-01-01\"}");
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	close_scene(&s);
}

static void rejects_bytes_set_in_the_unsigned_tail(void **state)
{
	static const size_t at[] = {0x2d0, 0x2e7, 0x318, 0x32f, 0x330, 0x49f};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct scene s;

		open_scene(&s);
		s.report[at[i]] = 1;
		judge(&s);
		assert_outcome("snp.reserved", CHECK_FAIL);
		assert_outcome("snp.signature", at[i] < 0x330 ? CHECK_FAIL : CHECK_PASS);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
		close_scene(&s);
	}
}

static void is_undecided_without_a_piece_that_is_needed(void **state)
{
	const struct {
		const struct bytes *given[3];
		const char *id;
	} cases[] = {
		{{&ask, &crl}, "snp.vek"},
		{{&vcek, &crl}, "snp.chain"},
		{{&vcek, &ask}, "snp.crl"},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scene s;

		open_bare(&s);
		for (size_t k = 0; k < 3 && cases[i].given[k]; k++)
			add(s.set, cases[i].given[k]);
		judge(&s);
		assert_outcome(cases[i].id, CHECK_UNDECIDED);
		assert_int_equal(v.value, VERDICT_UNDECIDED);
		assert_int_equal(v.authentic, i < 2 ? AUTHENTIC_UNDECIDED : AUTHENTIC_YES);
		assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
		close_scene(&s);
	}
}

static void rejects_a_root_that_nobody_named(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	roots_fini(&s.roots);
	assert_int_equal(roots_init(&s.roots), 0);
	add(s.set, &ark);
	judge(&s);
	assert_outcome("snp.chain", CHECK_PASS);
	assert_outcome("snp.root", CHECK_FAIL);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
	assert_false(v.has_root);
	close_scene(&s);
}

static void rejects_a_named_root_that_the_policy_does_not_list(void **state)
{
	static const char text[] = "{\"version\":1,\"name\":\"amd only\",\"accept\":"
				   "[{\"name\":\"b\",\"snp\":{}}]}";
	struct scene s;

	(void)state;
	open_scene(&s);
	policy_free(&s.policy);
	assert_int_equal(
		policy_parse(&s.policy, (struct view){(const uint8_t *)text, strlen(text)}, NULL),
		0);
	judge(&s);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_outcome("policy.root", CHECK_FAIL);
	assert_int_equal(v.value, VERDICT_REJECTED);
	close_scene(&s);
}

/* Replace one certificate of the good set. */
static void judge_with(struct scene *s, const struct bytes *the_ask, struct bytes vek)
{
	open_bare(s);
	add(s->set, the_ask);
	add(s->set, &crl);
	if (!endorsements_add(s->set, bytes_view(&vek), NULL, NULL))
		judge(s);
	else
		memset(&v, 0, sizeof(v));
	bytes_free(&vek);
}

static struct bytes make_vcek(const struct bytes *extensions, struct crypto_rsa_key *signer)
{
	return fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-Genoa",
				       .subject = "SEV-VCEK",
				       .signer = signer,
				       .extensions = extensions});
}

static void rejects_a_vcek_that_another_key_signed(void **state)
{
	struct bytes extensions = {0};
	struct scene s;

	(void)state;
	fake_vek_extensions(&extensions, "Genoa", hwid, 64);
	judge_with(&s, &ask, make_vcek(&extensions, amd.other));
	assert_outcome("snp.chain", CHECK_FAIL);
	assert_outcome("snp.signature", CHECK_PASS);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	close_scene(&s);
	judge_with(&s, &ask, make_vcek(&extensions, amd.ark));
	assert_outcome("snp.chain", CHECK_FAIL);
	close_scene(&s);
	bytes_free(&extensions);
}

static void rejects_an_intermediate_that_may_not_issue(void **state)
{
	const struct fake_cert wrong[] = {
		{.issuer = "ARK-Genoa",
			.subject = "SEV-Genoa",
			.serial = 9,
			.key = amd.ask,
			.signer = amd.ark},
		{.issuer = "ARK-Genoa",
			.subject = "SEV-Genoa",
			.serial = 9,
			.key = amd.ask,
			.signer = amd.ark,
			.ca = true,
			.no_usage = true},
		{.issuer = "ARK-Genoa",
			.subject = "SEV-Genoa",
			.serial = 9,
			.key = amd.ask,
			.signer = amd.other,
			.ca = true},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bytes bad = fake_cert(&amd, &wrong[i]);
		struct scene s;

		open_bare(&s);
		add(s.set, &bad);
		add(s.set, &vcek);
		add(s.set, &crl);
		judge(&s);
		assert_outcome("snp.chain", CHECK_FAIL);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
		close_scene(&s);
		bytes_free(&bad);
	}
}

static void rejects_certificates_outside_their_window(void **state)
{
	const int64_t times[] = {FAKE_FROM - 1, FAKE_TO + 1};
	struct scene s;

	(void)state;
	open_scene(&s);
	for (size_t i = 0; i < 2; i++) {
		s.at = times[i];
		judge(&s);
		assert_outcome("snp.validity", CHECK_FAIL);
		assert_int_equal(v.authentic, AUTHENTIC_NO);
	}
	s.at = FAKE_TO;
	judge(&s);
	assert_outcome("snp.validity", CHECK_PASS);
	close_scene(&s);
}

static void passes_over_veks_of_other_chips_and_levels(void **state)
{
	uint8_t other_hwid[64] = {9};
	struct bytes extensions = {0}, cert;
	struct scene s;

	(void)state;
	open_bare(&s);
	fake_vek_extensions(&extensions, "Genoa", other_hwid, 64);
	for (uint8_t serial = 1; serial <= 10; serial++) {
		cert = fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-Genoa",
					       .subject = "SEV-VCEK",
					       .serial = serial,
					       .signer = amd.ask,
					       .extensions = &extensions});
		add(s.set, &cert);
		bytes_free(&cert);
	}
	add(s.set, &ask);
	add(s.set, &crl);
	judge(&s);
	assert_outcome("snp.chip_id", CHECK_FAIL);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	add(s.set, &vcek);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	close_scene(&s);
	bytes_free(&extensions);
}

/* A VCEK of these names with the microcode level `ucode`, and one extension more or not. */
static void add_vcek(struct scene *s, const char *product, const uint8_t *chip, unsigned int ucode,
	struct crypto_rsa_key *signer)
{
	struct bytes extensions = {0}, cert;
	bool broken = !product;

	fake_vek_extensions(&extensions, broken ? "Genoa" : product, chip, 64);
	if (broken)
		fake_vek_integer(&extensions, 9, 0, 0);
	if (ucode) {
		/* The last INTEGER before the HWID: 02 02 00 d9. */
		uint8_t *at = memmem(extensions.data, extensions.len, "\x02\x02\x00\xd9", 4);

		assert_non_null(at);
		at[3] = (uint8_t)ucode;
	}
	cert = make_vcek(&extensions, signer);
	add(s->set, &cert);
	bytes_free(&cert);
	bytes_free(&extensions);
}

static void assert_found(const char *id, const char *text)
{
	const struct check *check = verdict_find(&v, id);

	if (!check || !strstr(check->found, text))
		fail_msg("%s: found \"%s\", not \"%s\"", id, check ? check->found : "no check",
			text);
}

static void names_the_veks_it_passed_over_and_why(void **state)
{
	uint8_t other[64] = {9};
	struct scene s;

	(void)state;
	open_scene(&s);
	judge(&s);
	assert_null(verdict_find(&v, "snp.other_veks"));
	add_vcek(&s, "Genoa", hwid, 216, amd.ask);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	assert_found("snp.other_veks", "1 passed over: 1 other TCB; sha256:");
	assert_found("snp.other_veks", "other TCB: microcode 216, not 217");
	add_vcek(&s, "Genoa", other, 0, amd.ask);
	add_vcek(&s, "Milan", hwid, 0, amd.ask);
	add_vcek(&s, NULL, hwid, 0, amd.ask);
	for (unsigned int i = 1; i < 60; i++)
		add_vcek(&s, "Genoa", (uint8_t[64]){(uint8_t)i}, 0, amd.ask);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	/* The one of this chip comes before the sixty of others. */
	assert_found("snp.other_veks", "unreadable; sha256:");
	assert_found("snp.other_veks", "other TCB: microcode 216, not 217");
	assert_found("snp.other_veks",
		"63 passed over: 1 other TCB, 60 other chip, 1 other product, 1 unreadable; ");
	close_scene(&s);
}

static void says_that_none_of_many_veks_fits(void **state)
{
	uint8_t other[64] = {9};
	struct scene s;

	(void)state;
	open_bare(&s);
	add(s.set, &ask);
	add(s.set, &crl);
	add_vcek(&s, "Genoa", other, 0, amd.ask);
	add_vcek(&s, "Genoa", hwid, 216, amd.ask);
	judge(&s);
	assert_only("snp.tcb", NULL); /* the closest */
	assert_found("snp.other_veks", "none of 2 fits: 1 other TCB, 1 other chip");
	close_scene(&s);
}

/* All that can be said of the right one without a signature can be said of these too. */
static void finds_the_vek_among_forged_ones_that_claim_the_same(void **state)
{
	struct scene s;

	(void)state;
	open_bare(&s);
	add(s.set, &ask);
	add(s.set, &crl);
	for (int i = 0; i < 20; i++)
		add_vcek(&s, "Genoa", hwid, 0, amd.other);
	judge(&s);
	assert_outcome("snp.chain", CHECK_FAIL);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	add(s.set, &vcek);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	assert_found("snp.other_veks", "not vouched for");
	close_scene(&s);
}

static void takes_the_vek_that_is_in_date_among_reissued_ones(void **state)
{
	struct bytes extensions = {0}, old;
	struct scene s;

	(void)state;
	open_bare(&s);
	fake_vek_extensions(&extensions, "Genoa", hwid, 64);
	old = fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-Genoa",
				      .subject = "SEV-VCEK",
				      .signer = amd.ask,
				      .from = FAKE_FROM - 1000,
				      .to = FAKE_AT - 1,
				      .extensions = &extensions});
	add(s.set, &old);
	add(s.set, &vcek);
	add(s.set, &ask);
	add(s.set, &crl);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	close_scene(&s);
	bytes_free(&old);
	bytes_free(&extensions);
}

static void judge_crl(struct scene *s, const struct fake_crl *spec)
{
	struct bytes list = fake_crl(spec);

	open_bare(s);
	add(s->set, &ask);
	add(s->set, &vcek);
	assert_int_equal(endorsements_add(s->set, bytes_view(&list), NULL, NULL),
		spec->critical ? HC_EUNSUPPORTED : 0);
	judge(s);
	bytes_free(&list);
}

static void never_calls_revocation_good_without_a_genuine_fresh_list(void **state)
{
	const struct fake_crl lists[] = {
		{"ARK-Genoa", amd.ark, FAKE_AT - 10, 0, NULL, 0, false, false}, /* no end */
		{"ARK-Genoa", amd.ark, FAKE_AT - 10, FAKE_AT - 1, NULL, 0, false,
			false},                                                      /* stale */
		{"ARK-Genoa", amd.ark, FAKE_AT + 1, FAKE_TO, NULL, 0, false, false}, /* future */
		{"ARK-Milan", amd.ark, FAKE_AT - 10, FAKE_TO, NULL, 0, false,
			false}, /* other name */
		{"ARK-Genoa", amd.ark, FAKE_AT - 10, FAKE_TO, NULL, 0, true, false}, /* critical */
		{"ARK-Genoa", amd.ask, FAKE_AT - 10, FAKE_TO, NULL, 0, false,
			false}, /* by the ASK */
		{"ARK-Genoa", amd.other, FAKE_AT - 10, FAKE_TO, NULL, 0, false, false}, /* forged */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct scene s;

		judge_crl(&s, &lists[i]);
		assert_int_equal(v.authentic, AUTHENTIC_YES);
		assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
		assert_int_equal(v.value, i < 5 ? VERDICT_UNDECIDED : VERDICT_REJECTED);
		close_scene(&s);
	}
}

static void rejects_a_revoked_intermediate_even_by_a_stale_list(void **state)
{
	const uint8_t serials[] = {7, 2, 9};
	const struct fake_crl lists[] = {
		{"ARK-Genoa", amd.ark, FAKE_AT - 10, FAKE_TO, serials, 3, false, false},
		{"ARK-Genoa", amd.ark, FAKE_AT - 10, FAKE_AT - 1, serials, 3, false, false},
	};
	struct scene s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		judge_crl(&s, &lists[i]);
		assert_int_equal(v.revocation, REVOCATION_REVOKED);
		assert_int_equal(v.value, VERDICT_REJECTED);
		/* A good list beside it does not help. */
		add(s.set, &crl);
		judge(&s);
		assert_int_equal(v.revocation, REVOCATION_REVOKED);
		assert_int_equal(v.value, VERDICT_REJECTED);
		/* Nor does a policy that does without lists. */
		set_policy(&s, "{\"what\":\"revocation\",\"reason\":\"r\",\"owner\":\"o\","
			       "\"until\":\"2030-01-01\"}");
		judge(&s);
		assert_int_equal(v.value, VERDICT_REJECTED);
		close_scene(&s);
	}
}

static void loosens_only_what_is_named_and_only_until_it_lapses(void **state)
{
	static const char loosen[] = "{\"what\":\"debug\",\"reason\":\"lab\",\"owner\":\"o\","
				     "\"until\":\"2025-12-01\"}";
	struct scene s;

	(void)state;
	open_scene(&s);
	s.report[SNP_OFF_POLICY + 2] = 0x0b;
	fake_sign(&amd, s.report);
	set_policy(&s, loosen);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	s.at = s.policy.block[0].loosen[POLICY_LOOSEN_DEBUG].until;
	judge(&s);
	assert_outcome("policy.debug", CHECK_FAIL);
	assert_int_equal(v.value, VERDICT_REJECTED);
	s.at = FAKE_AT;
	s.report[SNP_OFF_POLICY + 2] = 0x0f;
	fake_sign(&amd, s.report);
	judge(&s);
	assert_only("policy.migration", NULL);
	assert_int_equal(v.value, VERDICT_REJECTED);
	close_scene(&s);
}

static void never_trusts_without_a_list_of_measurements(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s);
	s.policy.block[0].snp->measurements.count = 0;
	judge(&s);
	assert_only("policy.measurement", NULL);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
	close_scene(&s);
}

static void says_that_a_simulated_root_is_simulated_also_when_trusted(void **state)
{
	struct bytes root = fake_cert(&amd, &(struct fake_cert){.issuer = ROOT_SIMULATED_MARK,
						    .subject = ROOT_SIMULATED_MARK,
						    .serial = 1,
						    .key = amd.ark,
						    .signer = amd.ark,
						    .ca = true,
						    .path_len = 1});
	struct bytes text = {0},
		     sub = fake_cert(&amd, &(struct fake_cert){.issuer = ROOT_SIMULATED_MARK,
						   .subject = "SEV-Genoa",
						   .serial = 2,
						   .key = amd.ask,
						   .signer = amd.ark,
						   .ca = true});
	struct bytes list = fake_crl(&(struct fake_crl){
		ROOT_SIMULATED_MARK, amd.ark, FAKE_FROM, FAKE_TO, NULL, 0, false, false});
	struct scene s;
	json_t *obj;

	(void)state;
	open_bare(&s);
	roots_fini(&s.roots);
	assert_int_equal(roots_init(&s.roots), 0);
	assert_int_equal(roots_add(&s.roots, bytes_view(&root), NULL), 0);
	set_policy(&s, NULL);
	add(s.set, &sub);
	add(s.set, &vcek);
	add(s.set, &list);
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	assert_int_equal(verdict_to_text(&v, &(struct verdict_style){0}, &text), 0);
	assert_int_equal(bytes_append(&text, "", 1), 0);
	assert_non_null(strstr((char *)text.data, "SIMULATED ROOT, NOT HARDWARE"));
	assert_int_equal(verdict_to_json(&v, &obj, NULL), 0);
	assert_true(json_is_true(json_object_get(obj, "simulated")));
	json_decref(obj);
	close_scene(&s);
	bytes_free(&text);
	bytes_free(&root);
	bytes_free(&sub);
	bytes_free(&list);
}

static void accepts_a_vlek_only_with_its_own_intermediate_and_loosening(void **state)
{
	struct bytes extensions = {0}, csp = {0}, asvk, vlek;
	struct scene s;

	(void)state;
	fake_vek_extensions(&extensions, "Genoa", NULL, 0);
	fake_der(&csp, 0x16, "CN=cloud.example", 16);
	fake_vek_extension(&extensions, 5, 0, csp.data, csp.len);
	asvk = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				       .subject = "SEV-VLEK-Genoa",
				       .serial = 3,
				       .key = amd.ask,
				       .signer = amd.ark,
				       .ca = true});
	vlek = fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-VLEK-Genoa",
				       .subject = "SEV-VLEK",
				       .signer = amd.ask,
				       .extensions = &extensions});
	open_bare(&s);
	s.report[SNP_OFF_KEY_INFO] = SNP_SIGNING_KEY_VLEK << 2;
	memset(s.report + SNP_OFF_CHIP_ID, 0, 64);
	fake_sign(&amd, s.report);
	add(s.set, &asvk);
	add(s.set, &vlek);
	add(s.set, &crl);
	judge(&s);
	assert_only("policy.chip_identity", NULL);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(v.value, VERDICT_REJECTED);
	assert_string_equal(v.claims.snp.csp_id, "CN=cloud.example");
	set_policy(&s, "{\"what\":\"masked-chip\",\"reason\":\"r\",\"owner\":\"o\","
		       "\"until\":\"2030-01-01\"}");
	judge(&s);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	/* The same key and identity from an ASK is no VLEK. */
	bytes_free(&vlek);
	vlek = make_vcek(&extensions, amd.ask);
	endorsements_free(s.set);
	assert_int_equal(endorsements_new(&s.set), 0);
	add(s.set, &ask);
	add(s.set, &vlek);
	add(s.set, &crl);
	judge(&s);
	assert_only("snp.signing_key", NULL);
	assert_int_equal(v.authentic, AUTHENTIC_NO);
	close_scene(&s);
	bytes_free(&asvk);
	bytes_free(&vlek);
	bytes_free(&csp);
	bytes_free(&extensions);
}

static void refuses_a_call_without_roots(void **state)
{
	const struct appraise_input in = {.at = FAKE_AT};
	struct error err;

	(void)state;
	memset(&v, 0x5a, sizeof(v));
	assert_int_equal(appraise(&in, &v, &err), HC_EUSAGE);
	assert_int_equal(v.value, VERDICT_UNDECIDED);
}

static int setup(void **state)
{
	struct bytes extensions = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(hwid); i++)
		hwid[i] = (uint8_t)(i + 1);
	fake_amd_init(&amd);
	ark = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "ARK-Genoa",
				      .serial = 1,
				      .key = amd.ark,
				      .signer = amd.ark,
				      .ca = true,
				      .path_len = 1,
				      .write_trailer = true});
	ask = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK-Genoa",
				      .subject = "SEV-Genoa",
				      .serial = 2,
				      .key = amd.ask,
				      .signer = amd.ark,
				      .ca = true});
	fake_vek_extensions(&extensions, "Genoa", hwid, sizeof(hwid));
	vcek = make_vcek(&extensions, amd.ask);
	crl = fake_crl(&(struct fake_crl){"ARK-Genoa", amd.ark, FAKE_FROM, FAKE_TO,
		(const uint8_t *)"\x07", 1, false, false});
	bytes_free(&extensions);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&ark);
	bytes_free(&ask);
	bytes_free(&vcek);
	bytes_free(&crl);
	fake_amd_fini(&amd);
	return 0;
}

static void assert_expects(const char *id, const char *text, bool there)
{
	const struct check *check = verdict_find(&v, id);

	assert_non_null(check);
	assert_int_equal(strlen(check->expected) < sizeof(check->expected) - 1, 1);
	if (there != (strstr(check->expected, text) != NULL))
		fail_msg("%s expects \"%s\"", id, check->expected);
}

/* What is missing is named with the place where AMD publishes it, by what the report says. */
static void says_where_the_missing_can_be_had(void **state)
{
	struct scene s;

	(void)state;
	open_bare(&s);
	judge(&s);
	assert_expects("snp.vek",
		"https://kdsintf.amd.com/vcek/v1/Genoa/0102030405060708090a0b0c0d0e0f10", true);
	assert_expects("snp.vek", "3d3e3f40?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=217", true);
	add(s.set, &vcek);
	judge(&s);
	assert_expects("snp.chain", "https://kdsintf.amd.com/vcek/v1/Genoa/cert_chain", true);
	add(s.set, &ask);
	judge(&s);
	/* A root of the caller's own: AMD has no list of it. */
	assert_expects("snp.crl", "kdsintf", false);
	close_scene(&s);

	open_bare(&s);
	s.report[SNP_OFF_KEY_INFO] = 1 << 2; /* a VLEK comes from the provider */
	judge(&s);
	assert_expects("snp.vek", "kdsintf", false);
	fake_report(s.report, 5);
	memset(s.report + SNP_OFF_CHIP_ID, 0, 64); /* masked */
	judge(&s);
	assert_expects("snp.vek", "kdsintf", false);
	fake_report(s.report, 2); /* no product in it */
	judge(&s);
	assert_expects("snp.vek", "kdsintf", false);
	close_scene(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_where_the_missing_can_be_had),
		cmocka_unit_test(rejects_each_signed_field_that_is_wrong_by_its_own_check),
		cmocka_unit_test(rejects_bytes_set_in_the_unsigned_tail),
		cmocka_unit_test(does_not_vouch_for_version_4),
		cmocka_unit_test(leaves_version_6_to_the_policy_which_refuses_it),
		cmocka_unit_test(is_undecided_without_a_piece_that_is_needed),
		cmocka_unit_test(rejects_a_root_that_nobody_named),
		cmocka_unit_test(rejects_a_named_root_that_the_policy_does_not_list),
		cmocka_unit_test(rejects_a_vcek_that_another_key_signed),
		cmocka_unit_test(rejects_an_intermediate_that_may_not_issue),
		cmocka_unit_test(rejects_certificates_outside_their_window),
		cmocka_unit_test(passes_over_veks_of_other_chips_and_levels),
		cmocka_unit_test(names_the_veks_it_passed_over_and_why),
		cmocka_unit_test(says_that_none_of_many_veks_fits),
		cmocka_unit_test(finds_the_vek_among_forged_ones_that_claim_the_same),
		cmocka_unit_test(takes_the_vek_that_is_in_date_among_reissued_ones),
		cmocka_unit_test(never_calls_revocation_good_without_a_genuine_fresh_list),
		cmocka_unit_test(rejects_a_revoked_intermediate_even_by_a_stale_list),
		cmocka_unit_test(loosens_only_what_is_named_and_only_until_it_lapses),
		cmocka_unit_test(never_trusts_without_a_list_of_measurements),
		cmocka_unit_test(accepts_a_vlek_only_with_its_own_intermediate_and_loosening),
		cmocka_unit_test(says_that_a_simulated_root_is_simulated_also_when_trusted),
		cmocka_unit_test(refuses_a_call_without_roots),
		cmocka_unit_test(trusts_what_is_good_in_every_respect),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
