/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation on the way from a TDX quote and its collateral to a verdict made to fail in
 * turn: an error or a verdict that trusts nothing, never a crash, and nothing forged becomes
 * authentic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/faults.h"
#include "tests/unit/tdx_scene.h"

#if OWN_ALLOCATOR

#define PIECES 6

static struct verdict v;
static struct fake_intel intel;
static struct bytes quote, root, piece[PIECES]; /* signer, two lists, two statements, none */

/* The pieces of a good scene, `forged` of them (SIZE_MAX: none) signed by somebody else. */
static void prepare(size_t forged)
{
	const struct crypto_ec_key *other = intel.other;
	struct bytes extensions = {0}, chain = {0}, certs[2];
	struct tdx_scene s;

	tdx_scene_open(&s, &intel, 5);
	s.tcb.signer = forged == 0 ? other : s.tcb.signer;
	s.root_crl.signer = forged == 1 ? other : s.root_crl.signer;
	s.pck_crl.signer = forged == 2 ? other : s.pck_crl.signer;
	s.pck.signer = forged == 5 ? other : s.pck.signer;
	s.quote.qe_signer = forged == 6 ? other : s.quote.qe_signer;
	s.quote.key_claimed = forged == 7 ? other : NULL;
	root = fake_intel_cert(&s.root);
	piece[0] = fake_intel_cert(&s.tcb);
	piece[1] = fake_intel_crl(&s.root_crl);
	piece[2] = fake_intel_crl(&s.pck_crl);
	piece[3] = fake_statement("tcbInfo", &s.info, forged == 3 ? other : intel.tcb);
	piece[4] = fake_statement("enclaveIdentity", &s.qe, forged == 4 ? other : intel.tcb);
	fake_pck_extension(&extensions, &s.extension);
	s.pck.extensions = &extensions;
	certs[0] = fake_intel_cert(&s.pck);
	certs[1] = fake_intel_cert(&s.ca);
	fake_pem(&chain, "CERTIFICATE", &certs[0]);
	fake_pem(&chain, "CERTIFICATE", &certs[1]);
	s.quote.cert_data = chain;
	quote = fake_intel_quote(&s.quote);
	bytes_free(&extensions);
	bytes_free(&chain);
	bytes_free(&certs[0]);
	bytes_free(&certs[1]);
	tdx_scene_close(&s);
}

static void clean_up(void)
{
	bytes_free(&quote);
	bytes_free(&root);
	for (size_t i = 0; i < PIECES; i++)
		bytes_free(&piece[i]);
}

/* From bytes to a verdict. */
static int run(void)
{
	struct endorsements *set = NULL;
	struct roots roots = {0};
	int rc = endorsements_new(&set);

	memset(&v, 0, sizeof(v));
	for (size_t i = 0; i < PIECES && !rc; i++)
		if (piece[i].len)
			rc = endorsements_add(set, bytes_view(&piece[i]), NULL, NULL);
	if (!rc)
		rc = roots_init(&roots);
	if (!rc)
		rc = roots_add(&roots, bytes_view(&root), NULL);
	if (!rc) {
		const struct appraise_input in = {.evidence = bytes_view(&quote),
			.endorsements = set,
			.roots = &roots,
			.at = FAKE_INTEL_AT};

		rc = appraise(&in, &v, NULL);
	}
	roots_fini(&roots);
	endorsements_free(set);
	return rc;
}

/* Fail one allocation at a time; how many ended in an error. */
static long run_with_faults(bool forged)
{
	long errors = 0;

	for (long n = 0;; n++) {
		int rc;

		allocations = 0;
		failed = false;
		fail_at = n;
		rc = run();
		fail_at = -1;
		if (!failed)
			return errors;
		errors += rc != 0;
		if (forged && v.authentic == AUTHENTIC_YES && v.revocation == REVOCATION_GOOD)
			fail_msg("authentic because allocation %ld failed", n);
	}
}

static void every_failed_allocation_is_survived(void **state)
{
	(void)state;
	prepare(SIZE_MAX);
	assert_int_equal(run(), 0);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	assert_int_equal(v.revocation, REVOCATION_GOOD);
	assert_true(run_with_faults(false) > 100);
	assert_int_equal(run(), 0);
	assert_int_equal(v.authentic, AUTHENTIC_YES);
	clean_up();
}

static void nothing_forged_is_authentic_because_an_allocation_failed(void **state)
{
	(void)state;
	for (size_t forged = 0; forged < 8; forged++) {
		prepare(forged);
		assert_int_equal(run(), 0);
		assert_false(v.authentic == AUTHENTIC_YES && v.revocation == REVOCATION_GOOD);
		assert_true(run_with_faults(true) > 100);
		clean_up();
	}
}

static int setup(void **state)
{
	int (*const first)(void **) = SETUP;
	int rc = first ? first(state) : 0;

	fake_intel_init(&intel);
	return rc;
}

static int teardown(void **state)
{
	(void)state;
	fake_intel_fini(&intel);
	return 0;
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

#define setup    NULL
#define teardown NULL

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(nothing_forged_is_authentic_because_an_allocation_failed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
