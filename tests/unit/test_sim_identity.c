/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID blocks at the end of a simulated launch: accepted as signed, refused after any change, and in
 * the report then. HOST_DATA too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#if HC_SIM
#include "attest/evidence/snp_report.h"
#include "tests/unit/sim_state.h"
#include "vmm/sim/sim_psp.h"

static struct crypto_ec_key *id_key, *author_key;
static struct sim_psp *psp;
static uint8_t page[4096];
static uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
static struct error err;

static int group_setup(void **state)
{
	if (sim_state_setup(state) || crypto_ec_generate(&id_key, CRYPTO_P384))
		return -1;
	return crypto_ec_generate(&author_key, CRYPTO_P384);
}

static int group_teardown(void **state)
{
	crypto_ec_free(id_key);
	crypto_ec_free(author_key);
	return sim_state_teardown(state);
}

/* A launch of one page, still to be finished, and an ID block signed for it. */
static void sign(const struct crypto_ec_key *author)
{
	struct snp_id_block b = {.guest_svn = 7, .policy = SIM_PSP_POLICY_DEFAULT};

	memset(b.family_id, 0xf1, sizeof(b.family_id));
	memset(b.image_id, 0x1a, sizeof(b.image_id));
	sim_psp_digest(psp, b.ld);
	assert_int_equal(snp_id_block_encode(block, &b, NULL), 0);
	assert_int_equal(snp_id_auth_build(auth, block, id_key, author, NULL), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	assert_int_equal(sim_psp_new(&psp, sim_state_dir(), NULL), 0);
	assert_int_equal(sim_psp_launch_start(psp, SIM_PSP_POLICY_DEFAULT, NULL), 0);
	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_TEXT_GPA, page, NULL), 0);
	sign(author_key);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_psp_free(psp);
	return 0;
}

static int finish(bool author)
{
	const struct sim_psp_finish f = {
		.id_block_en = true, .author_key_en = author, .id_block = block, .id_auth = auth};

	return sim_psp_launch_finish(psp, &f, &err);
}

static struct snp_report report(void)
{
	uint8_t request[HC_SIM_REQUEST_SIZE] = {0}, response[SIM_PSP_RESPONSE_SIZE];
	struct snp_report r;

	assert_int_equal(sim_psp_report(psp, request, response), 0);
	assert_int_equal(get_le32(response), 0);
	assert_int_equal(
		snp_report_parse(&r,
			(struct view){response + HC_SIM_RESPONSE_HEADER, SIM_PSP_REPORT_SIZE},
			NULL),
		0);
	assert_int_equal(snp_report_reserved_valid(&r, NULL), 0);
	return r;
}

static void digest_of(uint8_t out[SHA384_SIZE], const struct crypto_ec_key *key)
{
	struct crypto_ec_public public;

	assert_int_equal(crypto_ec_public(key, &public), 0);
	assert_int_equal(snp_key_digest(out, &public, NULL), 0);
}

static void refuses_a_block_for_another_launch_and_says_for_which(void **state)
{
	uint8_t other[4096] = {1};

	(void)state;
	assert_int_equal(sim_psp_launch_update(psp, HC_PAGE_NORMAL, HC_RODATA_GPA, other, NULL), 0);
	assert_int_equal(finish(true), HC_EMISMATCH);
	assert_string_equal(err.where, "ID block: launch digest");
	assert_non_null(strstr(err.remedy, "--measurement"));
}

static void refuses_a_block_for_another_policy(void **state)
{
	(void)state;
	put_le64(block + 0x58, SIM_PSP_POLICY_DEFAULT | 1ULL << 19); /* debugging allowed */
	assert_int_equal(snp_id_auth_build(auth, block, id_key, author_key, NULL), 0);
	assert_int_equal(finish(true), HC_EMISMATCH);
	assert_string_equal(err.where, "ID block: policy");
	assert_non_null(strstr(err.remedy, "--policy"));
}

static void refuses_another_key_than_the_one_that_signed(void **state)
{
	struct crypto_ec_key *other;
	uint8_t foreign[SNP_ID_AUTH_SIZE];

	(void)state;
	assert_int_equal(crypto_ec_generate(&other, CRYPTO_P384), 0);
	assert_int_equal(snp_id_auth_build(foreign, block, other, author_key, NULL), 0);
	memcpy(auth + 0x240, foreign + 0x240, SNP_KEY_SIZE); /* its ID key, our signatures */
	assert_int_equal(finish(false), HC_ESIGNATURE);
	crypto_ec_free(other);
}

static void refuses_an_author_key_that_is_not_there(void **state)
{
	(void)state;
	sign(NULL);
	assert_int_equal(finish(true), HC_EMISSING);
	assert_non_null(strstr(err.remedy, "--author-key"));
	assert_int_equal(
		sim_psp_launch_finish(psp, &(struct sim_psp_finish){.author_key_en = true}, &err),
		HC_EUSAGE);
	assert_int_equal(finish(false), 0);
}

static void refuse_flip(uint8_t *bytes, size_t bit)
{
	int ret;

	bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	ret = finish(true);
	if (ret == 0)
		print_error("bit %zu flipped, and accepted\n", bit);
	assert_int_not_equal(ret, 0);
	assert_string_not_equal(err.where, "");
	bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
}

/* Every bit of the block: digest, family, image, version, SVN, policy. */
static void refuses_the_block_after_every_flipped_bit_and_takes_it_unflipped(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < sizeof(block) * 8; bit++)
		refuse_flip(block, bit);
	assert_int_equal(finish(true), 0);
}

/* A bit of every third byte: algorithms, reserved, signatures, keys, curves, padding of both. */
static void refuses_the_authentication_after_flips_all_over_it(void **state)
{
	(void)state;
	for (size_t at = 0; at < sizeof(auth); at += 3)
		refuse_flip(auth, at * 8 + at % 8);
	assert_int_equal(finish(true), 0);
}

static void the_report_carries_what_the_block_says(void **state)
{
	uint8_t id[SHA384_SIZE], author[SHA384_SIZE];
	struct snp_report r;

	(void)state;
	assert_int_equal(finish(true), 0);
	r = report();
	digest_of(id, id_key);
	digest_of(author, author_key);
	assert_int_equal(r.guest_svn, 7);
	assert_int_equal(r.family_id[15], 0xf1);
	assert_int_equal(r.image_id[0], 0x1a);
	assert_int_equal(r.key_info, 1);
	assert_memory_equal(r.id_key_digest, id, SHA384_SIZE);
	assert_memory_equal(r.author_key_digest, author, SHA384_SIZE);
}

static void an_author_key_that_is_not_enabled_is_not_in_the_report(void **state)
{
	struct snp_report r;

	(void)state;
	assert_int_equal(finish(false), 0);
	r = report();
	assert_int_equal(r.key_info, 0);
	assert_false(bytes_all_zero(r.id_key_digest, SHA384_SIZE));
	assert_true(bytes_all_zero(r.author_key_digest, SHA384_SIZE));
}

static void without_a_block_nothing_of_it_is_in_the_report(void **state)
{
	struct snp_report r;

	(void)state;
	assert_int_equal(sim_psp_launch_finish(psp, NULL, &err), 0);
	r = report();
	assert_int_equal(r.guest_svn, 0);
	assert_int_equal(r.key_info, 0);
	assert_true(bytes_all_zero(r.family_id, 16));
	assert_true(bytes_all_zero(r.image_id, 16));
	assert_true(bytes_all_zero(r.id_key_digest, SHA384_SIZE));
	assert_true(bytes_all_zero(r.author_key_digest, SHA384_SIZE));
}

int main(void)
{
#define IDENTITY_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		IDENTITY_TEST(refuses_a_block_for_another_launch_and_says_for_which),
		IDENTITY_TEST(refuses_a_block_for_another_policy),
		IDENTITY_TEST(refuses_another_key_than_the_one_that_signed),
		IDENTITY_TEST(refuses_an_author_key_that_is_not_there),
		IDENTITY_TEST(refuses_the_block_after_every_flipped_bit_and_takes_it_unflipped),
		IDENTITY_TEST(refuses_the_authentication_after_flips_all_over_it),
		IDENTITY_TEST(the_report_carries_what_the_block_says),
		IDENTITY_TEST(an_author_key_that_is_not_enabled_is_not_in_the_report),
		IDENTITY_TEST(without_a_block_nothing_of_it_is_in_the_report),
	};

	return cmocka_run_group_tests_name("sim_identity", tests, group_setup, group_teardown);
}
#else
int main(void)
{
	puts("1..1\nok 1 - sim_identity # SKIP built with SIM=0");
	return 0;
}
#endif
