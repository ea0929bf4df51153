/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation on the way from files to a verdict made to fail in turn: an error or a verdict
 * that trusts nothing, never a crash. Replaces the C library's allocator, so not under
 * AddressSanitizer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto/verify.h"
#include "attest/endorse/x509.h"
#include "common/hex.h"
#include "tests/unit/faults.h"
#include "tests/unit/vectors.h"

#if OWN_ALLOCATOR

#define DENSE 250

/* The last one is spoilt and added first: the right VCEK then has to prove better than another. */
static const char *const files[] = {"vcek.der", "ask.der", "ark.der", "crl.der", "vcek.der"};
#define FILES (sizeof(files) / sizeof(files[0]))
static struct bytes report, endorsement[FILES];
static char policy_text[1024];
static struct verdict v;

static int collect(struct endorsements **set, struct roots *roots, struct policy *policy)
{
	int rc = endorsements_new(set);

	for (size_t i = FILES; i > 0 && !rc; i--)
		rc = endorsements_add(*set, bytes_view(&endorsement[i - 1]), NULL, NULL);
	if (!rc)
		rc = roots_init(roots);
	if (!rc)
		rc = policy_parse(policy,
			(struct view){(const uint8_t *)policy_text, strlen(policy_text)}, NULL);
	return rc;
}

/* From bytes to a verdict and to JSON. */
static int run(void)
{
	struct endorsements *set = NULL;
	struct roots roots = {0};
	struct policy policy = {0};
	struct bytes text = {0};
	json_t *obj = NULL;
	int rc = collect(&set, &roots, &policy);
	const struct appraise_input in = {
		.evidence = bytes_view(&report),
		.endorsements = set,
		.roots = &roots,
		.policy = &policy,
		.at = 1757894400, /* 2025-09-15 */
	};

	memset(&v, 0, sizeof(v));
	if (!rc)
		rc = appraise(&in, &v, NULL);
	if (!rc)
		rc = verdict_to_json(&v, &obj, NULL);
	if (!rc)
		rc = verdict_to_text(&v, &(struct verdict_style){0}, &text);
	if (!rc)
		rc = verdict_to_html(&v, &(struct verdict_style){0}, &text);
	bytes_free(&text);
	json_decref(obj);
	policy_free(&policy);
	roots_fini(&roots);
	endorsements_free(set);
	return rc;
}

static void prepare(void)
{
	struct snp_report r;
	char hex[97], chip[129], path[128];

	report = vectors_read("snp/genoa-v3-vcek-azure/report.bin");
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "snp/genoa-v3-vcek-azure/%s", files[i]);
		endorsement[i] = vectors_read(path);
	}
	endorsement[FILES - 1].data[endorsement[FILES - 1].len - 1] ^= 2;
	assert_int_equal(snp_report_parse(&r, bytes_view(&report), NULL), 0);
	hex_encode(hex, r.measurement, 48);
	hex_encode(chip, r.chip_id, 64);
	snprintf(policy_text, sizeof(policy_text),
		"{\"version\":1,\"name\":\"n\",\"deny\":{\"snp\":{\"chips\":[\"%0128d\"]}},"
		"\"accept\":[{\"name\":\"b\",\"snp\":{\"measurements\":[\"%s\"],"
		"\"chips\":[{\"id\":\"%s\"}]}}]}",
		1, hex, chip);
}

static void clean_up(void)
{
	bytes_free(&report);
	for (size_t i = 0; i < FILES; i++)
		bytes_free(&endorsement[i]);
}

/* Fail one allocation at a time; how many ended in an error. */
static long run_with_faults(bool forged)
{
	long errors = 0;

	/* Our own are among the first; the arithmetic of a signature alone makes tens of thousands.
	 */
	for (long n = 0;; n += n < DENSE ? 1 : n / 24) {
		int rc;

		allocations = 0;
		failed = false;
		fail_at = n;
		rc = run();
		fail_at = -1;
		if (!failed)
			return errors;
		errors += rc != 0;
		/* mbedTLS gets on without some of its allocations: genuine stays genuine then. */
		if (forged && v.authentic == AUTHENTIC_YES)
			fail_msg("authentic because allocation %ld failed", n);
	}
}

/* Each signature there is, spoilt in turn: report, VCEK, ASK, ARK. */
static void nothing_forged_is_authentic_because_an_allocation_failed(void **state)
{
	(void)state;
	vectors_needed();
	prepare();
	report.data[0x2a0] ^= 1;
	assert_true(run_with_faults(true) > 30);
	report.data[0x2a0] ^= 1;
	for (size_t i = 0; i < 3; i++) {
		endorsement[i].data[endorsement[i].len - 1] ^= 1;
		assert_true(run_with_faults(true) > 30);
		endorsement[i].data[endorsement[i].len - 1] ^= 1;
	}
	clean_up();
}

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	vectors_needed();
	prepare();
	assert_int_equal(run(), 0);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	assert_true(run_with_faults(false) > 100);
	assert_int_equal(run(), 0);
	assert_int_equal(v.value, VERDICT_TRUSTED);
	clean_up();
}

/*
 * "Not signed" for want of memory would turn a list that revokes into a forged one, which is passed
 * over: the answer has to be that there is none.
 */
static int by_mbed(struct view tbs, struct view signature, const struct x509_cert *issuer)
{
	uint8_t digest[SHA384_SIZE];
	int rc = crypto_sha384(digest, tbs.data, tbs.len);

	return rc ? rc
		  : rsa_verify_mbed(issuer->modulus, issuer->exponent, CRYPTO_SHA384, digest,
			    signature.data);
}

static void a_good_signature_is_never_called_bad_for_want_of_memory(void **state)
{
	struct x509_cert ask, ark;
	struct x509_crl crl;
	long errors = 0;

	(void)state;
	vectors_needed();
	prepare();
	assert_int_equal(x509_cert_parse(&ask, bytes_view(&endorsement[1]), NULL), 0);
	assert_int_equal(x509_cert_parse(&ark, bytes_view(&endorsement[2]), NULL), 0);
	assert_int_equal(x509_crl_parse(&crl, bytes_view(&endorsement[3]), NULL), 0);
	for (long n = 0;; n++) {
		int rc;

		allocations = 0;
		failed = false;
		fail_at = n;
		rc = by_mbed(
			n % 2 ? ask.tbs : crl.tbs, n % 2 ? ask.signature : crl.signature, &ark);
		fail_at = -1;
		if (!failed)
			break;
		errors += rc != 0;
		if (rc && rc != HC_ENOMEM)
			fail_msg("allocation %ld failed, and the answer was %s", n, error_name(rc));
	}
	assert_true(errors > 5);
	clean_up();
}

#else

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	printf("# SKIP the sanitizer has an allocator of its own\n");
	skip();
}

static void nothing_forged_is_authentic_because_an_allocation_failed(void **state)
{
	every_failed_allocation_is_survived(state);
}

static void a_good_signature_is_never_called_bad_for_want_of_memory(void **state)
{
	every_failed_allocation_is_survived(state);
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(nothing_forged_is_authentic_because_an_allocation_failed),
		cmocka_unit_test(a_good_signature_is_never_called_bad_for_want_of_memory),
	};

	return cmocka_run_group_tests(tests, SETUP, NULL);
}
