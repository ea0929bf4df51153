/* SPDX-License-Identifier: Apache-2.0 */
/* Launches on platform sev-snp, whole, on the model of KVM and the secure processor. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attest/measure/id_block.h"
#include "attest/measure/measure.h"
#include "common/file.h"
#include "common/hex.h"
#include "tests/unit/snp_scene.h"
#include "vmm/exit.h"

static struct snp_scene s;

static int set_up(void **state)
{
	(void)state;
	snp_scene_open(&s, KVM_MODEL_7_3, 1, 128, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	snp_scene_close(&s);
	return 0;
}

/* Runs, powers off, and the model, hc-measure and the log agree on the launch digest. */
static void launches(void)
{
	const struct psp_guest *g;
	char text[2 * SHA384_SIZE + 1];
	uint8_t want[SHA384_SIZE];

	if (snp_scene_run(&s) != VMM_EXIT_OFF)
		fail_msg("%s", tiny_guest_log(&s.guest));
	g = psp_model_guest(s.m, 0);
	assert_non_null(g);
	snp_scene_predict(&s, want);
	assert_memory_equal(g->digest, want, sizeof(want));
	hex_encode(text, want, sizeof(want));
	assert_true(snp_scene_logged(&s, text));
}

static void a_launch_has_the_digest_that_was_predicted_for_every_number_of_vcpus(void **state)
{
	(void)state;
	for (unsigned int vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++) {
		snp_scene_again(&s, KVM_MODEL_7_3, vcpus, 128, "");
		launches();
		assert_int_equal(psp_model_guest(s.m, 0)->vmsas, vcpus);
	}
}

static void every_kernel_from_6_11_launches_it_alike(void **state)
{
	(void)state;
	for (int kernel = KVM_MODEL_6_11; kernel <= KVM_MODEL_7_3; kernel++) {
		snp_scene_again(&s, (enum kvm_model_kernel)kernel, 2, 128, "");
		launches();
	}
}

static void memory_from_64_mib_to_1_tib_makes_no_difference_to_the_digest(void **state)
{
	static const uint64_t mib[] = {64, 128, 3072, 3074, 8192, 262144, 1048576};
	uint8_t first[SHA384_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(mib) / sizeof(mib[0]); i++) {
		snp_scene_again(&s, KVM_MODEL_7_3, 1, mib[i], "");
		launches();
		if (!i)
			memcpy(first, psp_model_guest(s.m, 0)->digest, sizeof(first));
		assert_memory_equal(first, psp_model_guest(s.m, 0)->digest, sizeof(first));
	}
}

static void the_save_area_is_that_of_attest_measure_to_the_byte(void **state)
{
	uint8_t want[4096];

	(void)state;
	for (unsigned int vcpus = 1; vcpus <= 2; vcpus++) {
		snp_scene_again(&s, KVM_MODEL_7_3, vcpus, 128, "");
		launches();
		vmsa_build(want, vcpus - 1, SNP_SEV_FEATURES, true);
		assert_memory_equal(psp_model_guest(s.m, 0)->last_vmsa, want, sizeof(want));
	}
}

static void pages_by_ones_and_busy_answers_change_nothing(void **state)
{
	(void)state;
	s.m->chunk = 1;
	s.m->again = 2;
	s.m->interrupt = 3;
	launches();
}

/* Each call that hc-vmm makes before the guest runs, with each of these answers. */
static void every_call_that_fails_ends_in_an_error_and_no_leak(void **state)
{
	static const int errors[] = {EIO, ENOMEM, EPERM, EBUSY};
	unsigned int calls;

	(void)state;
	launches();
	calls = s.m->calls;
	for (unsigned int i = 1; i <= calls; i++) {
		int status;

		snp_scene_again(&s, KVM_MODEL_7_3, 2, 128, "");
		s.m->fail_at = i;
		s.m->fail_with = errors[i % 4];
		status = snp_scene_run(&s);
		if (!s.m->running && status != VMM_EXIT_ERROR)
			fail_msg("call %u (%s): status %d", i, s.m->failed, status);
		if (status == VMM_EXIT_ERROR &&
			(!snp_scene_logged(&s, "ERROR") || !snp_scene_logged(&s, "Do: ")))
			fail_msg("call %u (%s): %s", i, s.m->failed, tiny_guest_log(&s.guest));
	}
}

/* Each command of the secure processor, refused with each status it has. */
static void every_status_of_the_processor_is_told_by_name(void **state)
{
	static const struct {
		uint32_t status;
		const char *name;
	} statuses[] = {{PSP_INVALID_PLATFORM_STATE, "INVALID_PLATFORM_STATE"},
		{PSP_INVALID_GUEST_STATE, "INVALID_GUEST_STATE"},
		{PSP_POLICY_FAILURE, "POLICY_FAILURE"},
		{PSP_INVALID_PAGE_STATE, "INVALID_PAGE_STATE"}, {0x17, "RESOURCE_LIMIT"},
		{0x7fff, "unknown"}};
	uint8_t want[SHA384_SIZE];
	uint32_t commands, passed = 0;
	int status;

	(void)state;
	launches();
	commands = s.psp->commands;
	assert_true(commands > 10);
	for (uint32_t i = 1; i <= commands; i++) {
		const size_t which = i % (sizeof(statuses) / sizeof(statuses[0]));

		snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, "");
		s.psp->fail_in = i;
		s.psp->fail_status = statuses[which].status;
		status = snp_scene_run(&s);
		/*
		 * In the middle of a region KVM answers with what it has done, and the page is
		 * asked for once more: that may pass, and then nothing may be missing.
		 */
		if (status == VMM_EXIT_OFF) {
			snp_scene_predict(&s, want);
			assert_memory_equal(psp_model_guest(s.m, 0)->digest, want, sizeof(want));
			passed++;
		} else if (status != VMM_EXIT_ERROR ||
			   !snp_scene_logged(&s, statuses[which].name) ||
			   !snp_scene_logged(&s, "KVM_SEV_SNP_LAUNCH_")) {
			fail_msg("command %u: %s", i, tiny_guest_log(&s.guest));
		}
	}
	/* Pages of the tables after the first, of the device tree, of zeros. */
	assert_int_equal(passed, 3 + 1 + 1);
}

static void an_error_names_the_page(void **state)
{
	(void)state;
	/* GCTX_CREATE, START, ACTIVATE; then pages: text, page tables. */
	s.psp->fail_in = 3 + 1 + 1;
	s.psp->fail_status = PSP_INVALID_PAGE_STATE;
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	if (!snp_scene_logged(&s, "a NORMAL page at 0x110000"))
		fail_msg("%s", tiny_guest_log(&s.guest));
}

static void without_an_asid_it_is_said_what_to_do(void **state)
{
	(void)state;
	s.psp->asids = 0;
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "KVM_SEV_INIT2"));
	assert_true(snp_scene_logged(&s, "no ASID is free"));
}

static void a_host_whose_snp_is_off_is_told_apart(void **state)
{
	(void)state;
	s.psp->not_initialized = true;
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "INVALID_PLATFORM_STATE"));
	assert_true(snp_scene_logged(&s, "enable it in the BIOS"));
}

/* The model's processor corrects one leaf of what KVM offers: cache leaf 3's EDX. */
static void a_correction_of_the_cpuid_page_is_logged_and_taken_once(void **state)
{
	(void)state;
	launches();
	assert_int_equal(s.psp->cpuid_refused, 1);
	assert_true(
		snp_scene_logged(&s, "corrects CPUID 0x8000001d.3 EDX: 0x00000009 to 0x00000001"));
	assert_false(snp_scene_logged(&s, "corrects CPUID 0x00000007"));
}

static void strict_takes_no_correction(void **state)
{
	(void)state;
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, ",\"cpuid\":\"strict\"");
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "corrects CPUID 0x8000001d.3"));
	assert_true(snp_scene_logged(&s, "strict"));
	assert_int_equal(s.psp->cpuid_refused, 1);
}

static void a_second_refusal_ends_the_launch(void **state)
{
	(void)state;
	s.psp->cpuid_stubborn = 1;
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_int_equal(s.psp->cpuid_refused, 2);
	assert_true(snp_scene_logged(&s, "a CPUID page at 0x"));
	assert_true(snp_scene_logged(&s, "INVALID_PARAM"));
}

static void the_policy_of_the_configuration_is_that_of_the_guest(void **state)
{
	static const struct {
		enum kvm_model_kernel kernel;
		const char *members;
		uint64_t policy; /* 0: refused */
		const char *why;
	} cases[] = {
		{KVM_MODEL_6_11, "", 0x30000, ""},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0x1830000\"", 0x1830000, ""},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0x3013a\"", 0x3013a, ""},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0xb0000\",\"debug\":\"allowed\"", 0xb0000, ""},
		{KVM_MODEL_6_11, ",\"guest_policy\":\"0x1830000\"", 0, "RAPL_DIS"},
		{KVM_MODEL_6_11, ",\"guest_policy\":\"0x20000\"", 0, "without SMT"},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0x20000\"", 0, "POLICY_FAILURE"},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0x3013b\"", 0, "POLICY_FAILURE"},
		{KVM_MODEL_7_3, ",\"guest_policy\":\"0x70000\",\"migration\":\"allowed\"", 0,
			"MIGRATE_MA"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snp_scene_again(&s, cases[i].kernel, 1, 128, cases[i].members);
		if (cases[i].policy) {
			launches();
			assert_int_equal(psp_model_guest(s.m, 0)->policy, cases[i].policy);
		} else if (snp_scene_run(&s) != VMM_EXIT_ERROR ||
			   !snp_scene_logged(&s, cases[i].why)) {
			fail_msg("case %zu: %s", i, tiny_guest_log(&s.guest));
		}
	}
}

static void huge_pages_of_the_shared_side_are_refused(void **state)
{
	char *at = strstr(s.guest.config, "\"mem_size_mib\"");

	(void)state;
	assert_non_null(at);
	memmove(at + 27, at, strlen(at) + 1);
	memcpy(at, "\"huge_pages\":\"Transparent\",", 27);
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "machine-config.huge_pages"));
}

static void certificates_need_a_kernel_that_asks_for_them(void **state)
{
	char members[128], path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/none", s.guest.dir);
	snprintf(members, sizeof(members), ",\"certificates\":\"%s\"", path);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, members);
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "confidential.certificates"));
}

static char block_path[96], auth_path[96], members[512];

/* An ID block for `digest` and `policy`, signed, as files and as members of the configuration. */
static void sign(const uint8_t digest[SHA384_SIZE], uint64_t policy)
{
	uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
	struct snp_id_block b = {.guest_svn = 7, .policy = policy};
	struct crypto_ec_key *id, *author;
	struct error err;

	memcpy(b.ld, digest, sizeof(b.ld));
	assert_int_equal(crypto_ec_generate(&id, CRYPTO_P384), 0);
	assert_int_equal(crypto_ec_generate(&author, CRYPTO_P384), 0);
	assert_int_equal(snp_id_block_encode(block, &b, &err), 0);
	assert_int_equal(snp_id_auth_build(auth, block, id, author, &err), 0);
	crypto_ec_free(id);
	crypto_ec_free(author);
	snprintf(block_path, sizeof(block_path), "%s/block", s.guest.dir);
	snprintf(auth_path, sizeof(auth_path), "%s/auth", s.guest.dir);
	assert_int_equal(file_write(block_path, block, sizeof(block), 0600, &err), 0);
	assert_int_equal(file_write(auth_path, auth, sizeof(auth), 0600, &err), 0);
	snprintf(members, sizeof(members),
		",\"id_block\":\"%s\",\"id_auth\":\"%s\",\"host_data\":\"%064d\",\"vcek\":"
		"\"disabled\"",
		block_path, auth_path, 7);
}

static void an_identity_goes_into_the_launch_and_is_checked_by_the_processor(void **state)
{
	const struct psp_guest *g;
	uint8_t digest[SHA384_SIZE];

	(void)state;
	snp_scene_predict(&s, digest);
	sign(digest, 0x30000);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, members);
	s.psp->vlek = true;
	launches();
	g = psp_model_guest(s.m, 0);
	assert_true(g->has_id_block && g->author_key && g->vcek_disabled);
	assert_int_equal(g->host_data[31], 7);

	digest[0] ^= 1;
	sign(digest, 0x30000);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, members);
	s.psp->vlek = true;
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "BAD_MEASUREMENT"));
	assert_true(snp_scene_logged(&s, "another launch digest"));

	sign(digest, 0x1030000);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, members);
	assert_int_equal(snp_scene_run(&s), VMM_EXIT_ERROR);
	assert_true(snp_scene_logged(&s, "ID block: policy"));
	assert_true(s.psp->commands == 0);
	unlink(block_path);
	unlink(auth_path);
}

static void host_data_is_the_digest_of_the_tenants_policy(void **state)
{
	uint8_t want[32];
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/policy", s.guest.dir);
	assert_int_equal(file_write(path, "{}", 2, 0600, NULL), 0);
	assert_int_equal(
		crypto_hash(CRYPTO_SHA256, (struct view){(const uint8_t *)"{}", 2}, want), 0);
	snprintf(members, sizeof(members), ",\"tenant_policy\":\"%s\"", path);
	snp_scene_again(&s, KVM_MODEL_7_3, 1, 128, members);
	launches();
	assert_memory_equal(psp_model_guest(s.m, 0)->host_data, want, sizeof(want));
	unlink(path);
}

static void the_log_says_that_no_hardware_was_ever_used(void **state)
{
	(void)state;
	launches();
	assert_true(snp_scene_logged(&s, "never on SEV-SNP hardware"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_launch_has_the_digest_that_was_predicted_for_every_number_of_vcpus),
		TEST(every_kernel_from_6_11_launches_it_alike),
		TEST(memory_from_64_mib_to_1_tib_makes_no_difference_to_the_digest),
		TEST(the_save_area_is_that_of_attest_measure_to_the_byte),
		TEST(pages_by_ones_and_busy_answers_change_nothing),
		TEST(every_call_that_fails_ends_in_an_error_and_no_leak),
		TEST(every_status_of_the_processor_is_told_by_name),
		TEST(an_error_names_the_page),
		TEST(without_an_asid_it_is_said_what_to_do),
		TEST(a_host_whose_snp_is_off_is_told_apart),
		TEST(a_correction_of_the_cpuid_page_is_logged_and_taken_once),
		TEST(strict_takes_no_correction),
		TEST(a_second_refusal_ends_the_launch),
		TEST(the_policy_of_the_configuration_is_that_of_the_guest),
		TEST(huge_pages_of_the_shared_side_are_refused),
		TEST(certificates_need_a_kernel_that_asks_for_them),
		TEST(an_identity_goes_into_the_launch_and_is_checked_by_the_processor),
		TEST(host_data_is_the_digest_of_the_tenants_policy),
		TEST(the_log_says_that_no_hardware_was_ever_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
