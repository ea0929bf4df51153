/* SPDX-License-Identifier: Apache-2.0 */
/* The installed library as a program of somebody else sees it: huisclos.h and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <huisclos.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/evidence/snp_report_abi.h"
#include "common/hex.h"
#include "tests/unit/fake_amd.h"

static struct fake_amd amd;
static struct bytes ark, ask, vcek, crl;
static uint8_t report[SNP_REPORT_SIZE];
static char policy[1600];

/* Some DER and a good report under an AMD of our own, and a policy that accepts it. */
static int make_all(void **state)
{
	struct fake_cert spec = {.issuer = "ARK-Genoa",
		.subject = "ARK-Genoa",
		.serial = 1,
		.ca = true,
		.path_len = -1};
	struct bytes extensions = {0};
	char measurement[97], root[65];
	uint8_t hwid[64], digest[32];

	(void)state;
	fake_amd_init(&amd);
	for (size_t i = 0; i < sizeof(hwid); i++)
		hwid[i] = (uint8_t)(i + 1);
	spec.key = amd.ark;
	spec.signer = amd.ark;
	ark = fake_cert(&amd, &spec);
	spec = (struct fake_cert){.issuer = "ARK-Genoa",
		.subject = "SEV-Genoa",
		.serial = 2,
		.ca = true,
		.path_len = 0};
	spec.key = amd.ask;
	spec.signer = amd.ark;
	ask = fake_cert(&amd, &spec);
	fake_vek_extensions(&extensions, "Genoa", hwid, sizeof(hwid));
	spec = (struct fake_cert){.issuer = "SEV-Genoa", .subject = "SEV-VCEK", .path_len = -1};
	spec.signer = amd.ask;
	spec.extensions = &extensions;
	vcek = fake_cert(&amd, &spec);
	bytes_free(&extensions);
	crl = fake_crl(&(struct fake_crl){.issuer = "ARK-Genoa",
		.signer = amd.ark,
		.this_update = FAKE_FROM,
		.next_update = FAKE_TO});
	fake_report(report, 5);
	fake_sign(&amd, report);
	assert_int_equal(crypto_hash(CRYPTO_SHA256, bytes_view(&ark), digest), 0);
	hex_encode(root, digest, sizeof(digest));
	hex_encode(measurement, report + SNP_OFF_MEASUREMENT, 48);
	snprintf(policy, sizeof(policy),
		"{\"version\":1,\"name\":\"test\",\"accept\":[{\"name\":\"b\","
		"\"snp\":{\"measurements\":[\"%s\"],\"roots\":[\"sha256:%s\"]}}]}",
		measurement, root);
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	bytes_free(&ark);
	bytes_free(&ask);
	bytes_free(&vcek);
	bytes_free(&crl);
	fake_amd_fini(&amd);
	return 0;
}

static struct hc_verifier *bare(void)
{
	struct hc_verifier *v = NULL;

	assert_int_equal(hc_verifier_new(&v), 0);
	return v;
}

static struct hc_verifier *ready(void)
{
	struct hc_verifier *v = bare();

	assert_int_equal(hc_verifier_add_root(v, ark.data, ark.len, NULL), 0);
	assert_int_equal(hc_verifier_add_endorsements(v, ask.data, ask.len, NULL), 0);
	assert_int_equal(hc_verifier_add_endorsements(v, vcek.data, vcek.len, NULL), 0);
	assert_int_equal(hc_verifier_add_endorsements(v, crl.data, crl.len, NULL), 0);
	assert_int_equal(hc_verifier_set_policy(v, policy, strlen(policy), NULL), 0);
	return v;
}

static struct hc_result *judge(struct hc_verifier *v, const void *evidence, size_t len)
{
	const struct hc_question q = {.evidence = evidence, .evidence_len = len, .at = FAKE_AT};
	struct hc_result *r = NULL;

	assert_int_equal(hc_verify(v, &q, &r, NULL), 0);
	assert_non_null(r);
	return r;
}

static void trusts_nothing_where_there_is_no_result(void **state)
{
	(void)state;
	assert_int_equal(hc_result_verdict(NULL), HC_UNDECIDED);
	assert_int_equal(hc_result_authentic(NULL), HC_AUTHENTIC_UNDECIDED);
	assert_int_equal(hc_result_revocation(NULL), HC_REVOCATION_UNKNOWN);
	hc_result_free(NULL);
	hc_verifier_free(NULL);
	hc_free(NULL);
}

static void explains_bytes_that_are_no_endorsement_root_or_policy(void **state)
{
	struct hc_verifier *v = bare();
	struct hc_error err = {0};

	(void)state;
	assert_int_equal(hc_verifier_add_endorsements(v, "hello", 5, &err), HC_ERROR_UNSUPPORTED);
	assert_int_equal(err.code, HC_ERROR_UNSUPPORTED);
	assert_non_null(strstr(err.text, "certificate"));
	assert_int_equal(hc_verifier_add_endorsements(v, NULL, 0, &err), HC_ERROR_UNSUPPORTED);
	assert_int_not_equal(hc_verifier_add_root(v, vcek.data, vcek.len, &err), 0);
	assert_true(err.text[0]);
	assert_int_not_equal(hc_verifier_set_policy(v, "{}", 2, &err), 0);
	assert_true(err.text[0]);
	assert_int_not_equal(hc_verifier_set_policy(v, NULL, 0, NULL), 0);
	hc_verifier_free(v);
}

static void trusts_a_good_report_and_rejects_it_with_one_bit_changed(void **state)
{
	struct hc_verifier *v = ready();
	struct hc_result *r = judge(v, report, sizeof(report));
	uint8_t altered[SNP_REPORT_SIZE];
	size_t len;

	(void)state;
	assert_int_equal(hc_result_verdict(r), HC_TRUSTED);
	assert_int_equal(hc_result_authentic(r), HC_AUTHENTIC_YES);
	assert_int_equal(hc_result_revocation(r), HC_REVOCATION_GOOD);
	assert_memory_equal(hc_result_measurement(r, &len), report + SNP_OFF_MEASUREMENT, 48);
	assert_int_equal(len, 48);
	assert_memory_equal(hc_result_report_data(r), report + SNP_OFF_REPORT_DATA, 64);
	assert_false(hc_result_simulated(r));
	hc_result_free(r);
	memcpy(altered, report, sizeof(altered));
	altered[SNP_OFF_MEASUREMENT] ^= 1;
	r = judge(v, altered, sizeof(altered));
	assert_int_equal(hc_result_verdict(r), HC_REJECTED);
	assert_int_equal(hc_result_authentic(r), HC_AUTHENTIC_NO);
	hc_result_free(r);
	hc_verifier_free(v);
}

static void keeps_its_policy_where_the_new_one_is_refused(void **state)
{
	struct hc_verifier *v = ready();
	struct hc_result *r;

	(void)state;
	assert_int_not_equal(hc_verifier_set_policy(v, "{\"version\":2}", 13, NULL), 0);
	r = judge(v, report, sizeof(report));
	assert_int_equal(hc_result_verdict(r), HC_TRUSTED);
	hc_result_free(r);
	hc_verifier_free(v);
}

static void is_undecided_without_a_policy_or_without_endorsements(void **state)
{
	struct hc_verifier *v = bare();
	struct hc_result *r;

	(void)state;
	r = judge(v, report, sizeof(report));
	assert_int_equal(hc_result_verdict(r), HC_UNDECIDED);
	hc_result_free(r);
	hc_verifier_free(v);
}

static void needs_the_report_data_that_was_asked_for(void **state)
{
	struct hc_verifier *v = ready();
	uint8_t other[64] = {1};
	struct hc_question q = {.evidence = report, .evidence_len = sizeof(report), .at = FAKE_AT};
	struct hc_result *r;

	(void)state;
	q.report_data = report + SNP_OFF_REPORT_DATA;
	assert_int_equal(hc_verify(v, &q, &r, NULL), 0);
	assert_int_equal(hc_result_verdict(r), HC_TRUSTED);
	hc_result_free(r);
	q.report_data = other;
	assert_int_equal(hc_verify(v, &q, &r, NULL), 0);
	assert_int_equal(hc_result_verdict(r), HC_REJECTED);
	hc_result_free(r);
	hc_verifier_free(v);
}

static void survives_any_size_of_evidence(void **state)
{
	struct hc_verifier *v = ready();
	size_t len;

	(void)state;
	for (size_t n = 0; n < sizeof(report); n += 37) {
		struct hc_result *r = judge(v, report, n);

		assert_int_equal(hc_result_verdict(r), HC_REJECTED);
		assert_null(hc_result_accepted_by(r));
		assert_null(hc_result_measurement(r, &len));
		assert_null(hc_result_report_data(r));
		hc_result_free(r);
	}
	hc_verifier_free(v);
}

/* A result lives on without its verifier, in the language that was asked for. */
static void gives_checks_json_and_text(void **state)
{
	struct hc_question q = {
		.evidence = report, .evidence_len = sizeof(report), .at = FAKE_TO + 1};
	struct hc_verifier *v = ready();
	struct hc_result *r;
	struct hc_check check = {0};
	char *json, *text;
	size_t failed = 0;

	(void)state;
	q.language = HC_FRENCH;
	assert_int_equal(hc_verify(v, &q, &r, NULL), 0);
	hc_verifier_free(v);
	assert_int_equal(hc_result_verdict(r), HC_REJECTED);
	for (size_t i = 0; i < hc_result_check_count(r); i++) {
		assert_int_equal(hc_result_check(r, i, &check), 0);
		assert_true(check.id[0] && check.group[0] && check.section[0] && check.text[0]);
		assert_true(check.block && check.found && check.expected);
		failed += check.outcome == HC_CHECK_FAIL;
		if (!strcmp(check.id, "snp.validity"))
			assert_string_equal(check.text,
				"Un certificat n'était pas valide à la date de l'examen.");
	}
	assert_int_equal(failed, 1);
	assert_int_equal(hc_result_check(r, hc_result_check_count(r), &check), HC_ERROR_RANGE);
	assert_int_equal(hc_result_json(r, &json, NULL), 0);
	assert_non_null(strstr(json, "\"REJECTED\""));
	hc_free(json);
	assert_int_equal(hc_result_text(r, HC_ENGLISH, &text, NULL), 0);
	assert_non_null(strstr(text, "snp.validity"));
	hc_free(text);
	assert_int_equal(hc_result_html(r, HC_FRENCH, FAKE_TO + 2, "a test", &text, NULL), 0);
	assert_ptr_equal(strstr(text, "<!DOCTYPE html>"), text);
	assert_non_null(strstr(text, "a test"));
	hc_free(text);
	hc_result_free(r);
}

static void says_its_version(void **state)
{
	(void)state;
	assert_string_equal(hc_version(), HC_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_nothing_where_there_is_no_result),
		cmocka_unit_test(explains_bytes_that_are_no_endorsement_root_or_policy),
		cmocka_unit_test(trusts_a_good_report_and_rejects_it_with_one_bit_changed),
		cmocka_unit_test(keeps_its_policy_where_the_new_one_is_refused),
		cmocka_unit_test(is_undecided_without_a_policy_or_without_endorsements),
		cmocka_unit_test(needs_the_report_data_that_was_asked_for),
		cmocka_unit_test(survives_any_size_of_evidence),
		cmocka_unit_test(gives_checks_json_and_text),
		cmocka_unit_test(says_its_version),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
