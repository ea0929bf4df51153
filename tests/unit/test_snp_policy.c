/* SPDX-License-Identifier: Apache-2.0 */
/* Guest policies: nobody lets the host in by accident, and a host that cannot says which bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "attest/measure/id_block.h"
#include "vmm/config.h"
#include "vmm/platform/snp_policy.h"

#define DEFAULT SNP_POLICY_DEFAULT

static struct error err;
static struct vm_config c;

static int set_up(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	vm_config_init(&c);
	assert_int_equal(vm_config_set(&c, "kernel", "k", &err), 0);
	assert_int_equal(vm_config_set(&c, "platform", "sev-snp", &err), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vm_config_fini(&c);
	return 0;
}

/* Parse `confidential`'s members after the platform, and check. */
static int guest(const char *platform, const char *members)
{
	char text[512];
	int rc;

	vm_config_fini(&c);
	vm_config_init(&c);
	snprintf(text, sizeof(text),
		"{\"boot-source\":{\"kernel_image_path\":\"k\"},\"confidential\":{\"platform\":\"%"
		"s\""
		"%s%s}}",
		platform, *members ? "," : "", members);
	rc = vm_config_parse(&c, text, strlen(text), "test", &err);
	return rc ? rc : vm_config_check(&c, &err);
}

static void every_bit_that_is_not_of_the_abi_is_refused(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t policy = DEFAULT ^ 1ull << bit;
		const int want = bit == 17 || bit > 25    ? HC_ERANGE
				 : bit == 18 || bit == 19 ? HC_EDENIED
							  : 0;

		assert_int_equal(snp_policy_check(policy, false, false, &err), want);
	}
	assert_int_equal(snp_policy_check(0, true, true, &err), HC_ERANGE);
	assert_int_equal(snp_policy_check(UINT64_MAX, true, true, &err), HC_ERANGE);
}

static void debug_and_migration_have_to_be_named_each(void **state)
{
	const uint64_t debug = DEFAULT | SNP_POLICY_DEBUG, move = DEFAULT | SNP_POLICY_MIGRATE_MA;

	(void)state;
	assert_int_equal(snp_policy_check(debug, false, true, &err), HC_EDENIED);
	assert_non_null(strstr(err.found, "DEBUG"));
	assert_non_null(strstr(err.remedy, "\"debug\": \"allowed\""));
	assert_int_equal(snp_policy_check(move, true, false, &err), HC_EDENIED);
	assert_non_null(strstr(err.found, "MIGRATE_MA"));
	assert_int_equal(snp_policy_check(debug, true, false, &err), 0);
	assert_int_equal(snp_policy_check(move, false, true, &err), 0);
}

static void a_host_names_the_bits_it_does_not_take(void **state)
{
	const uint64_t wanted = DEFAULT | SNP_POLICY_RAPL_DIS | SNP_POLICY_CIPHERTEXT;

	(void)state;
	assert_int_equal(snp_policy_host(wanted, SNP_POLICY_OLD_KVM, true, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.found, "RAPL_DIS, CIPHERTEXT_HIDING"));
	assert_non_null(strstr(err.remedy, "6.19"));
	assert_int_equal(snp_policy_host(wanted, wanted, false, &err), 0);
	assert_int_equal(
		snp_policy_host(wanted, wanted & ~SNP_POLICY_RAPL_DIS, false, &err), HC_EPLATFORM);
	assert_null(strstr(err.found, "CIPHERTEXT"));
	assert_null(strstr(err.remedy, "6.19"));
}

static void an_old_kernel_wants_smt_allowed_and_a_new_one_does_not_care(void **state)
{
	const uint64_t no_smt = DEFAULT & ~SNP_POLICY_SMT;

	(void)state;
	assert_int_equal(snp_policy_host(no_smt, SNP_POLICY_OLD_KVM, true, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.found, "without SMT"));
	assert_int_equal(snp_policy_host(DEFAULT, SNP_POLICY_OLD_KVM, true, &err), 0);
	assert_int_equal(snp_policy_host(no_smt, SNP_POLICY_OLD_KVM, false, &err), 0);
}

static void the_default_is_a_production_guest(void **state)
{
	(void)state;
	assert_int_equal(guest("sev-snp", ""), 0);
	assert_int_equal(c.snp.policy, 0x30000);
	assert_false(c.debug_allowed || c.snp.migration_allowed || c.snp.vcek_disabled ||
		     c.snp.strict_cpuid || c.snp.certificates_path);
}

static void a_configuration_with_debug_says_it_twice(void **state)
{
	(void)state;
	assert_int_equal(guest("sev-snp", "\"guest_policy\":\"0xb0000\""), HC_EDENIED);
	assert_int_equal(guest("sev-snp", "\"guest_policy\":\"0xb0000\",\"debug\":\"allowed\""), 0);
	assert_int_equal(c.snp.policy, 0xb0000);
	/* Allowed and not asked for is no contradiction. */
	assert_int_equal(guest("sev-snp", "\"debug\":\"allowed\""), 0);
	assert_int_equal(guest("sev-snp", "\"debug\":\"yes\""), HC_EUNSUPPORTED);
	assert_int_equal(guest("sev-snp", "\"debug\":true"), HC_EFORMAT);
	assert_int_equal(guest("sev-snp", "\"guest_policy\":\"0x70000\""), HC_EDENIED);
}

static void a_policy_is_a_number_in_a_string(void **state)
{
	static const char *const bad[] = {"", "-1", "+196608", " 196608", "0x", "196608 ", "x",
		"0x30000g", "0x1ffffffffffffffff"};
	char member[64];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(member, sizeof(member), "\"guest_policy\":\"%s\"", bad[i]);
		assert_int_equal(guest("sev-snp", member), HC_EFORMAT);
	}
	assert_int_equal(guest("sev-snp", "\"guest_policy\":196608"), HC_EFORMAT);
	assert_int_equal(guest("sev-snp", "\"guest_policy\":\"196608\""), 0);
}

static void members_of_another_platform_are_refused_by_name(void **state)
{
	static const char *const members[] = {"\"guest_policy\":\"0x20000\"",
		"\"debug\":\"allowed\"", "\"migration\":\"allowed\"", "\"vcek\":\"disabled\"",
		"\"cpuid\":\"strict\"", "\"certificates\":\"p\""};

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		assert_int_equal(guest("sev-snp", members[i]), 0);
		assert_int_equal(guest("plain", members[i]), HC_EUNSUPPORTED);
		assert_non_null(strstr(err.where, "confidential."));
		assert_int_equal(guest("sim-snp", members[i]), i < 3 ? 0 : HC_EUNSUPPORTED);
		assert_int_equal(guest("tdx", members[i]), i == 1 ? 0 : HC_EUNSUPPORTED);
	}
	assert_int_equal(guest("sev-snp", "\"certificates\":\"\""), HC_EFORMAT);
}

static void options_are_the_members_with_dashes(void **state)
{
	(void)state;
	assert_int_equal(vm_config_set(&c, "guest-policy", "0x1b0000", &err), 0);
	assert_int_equal(vm_config_check(&c, &err), HC_EDENIED);
	assert_int_equal(vm_config_set(&c, "debug", "allowed", &err), 0);
	assert_int_equal(vm_config_set(&c, "cpuid", "strict", &err), 0);
	assert_int_equal(vm_config_set(&c, "vcek", "disabled", &err), 0);
	assert_int_equal(vm_config_set(&c, "certificates", "/p", &err), 0);
	assert_int_equal(vm_config_check(&c, &err), 0);
	assert_true(c.snp.strict_cpuid && c.snp.vcek_disabled);
	assert_string_equal(c.snp.certificates_path, "/p");
	assert_int_equal(vm_config_set(&c, "guest", "1", &err), HC_EUSAGE);
	assert_int_equal(vm_config_set(&c, "cpuids", "strict", &err), HC_EUSAGE);
	assert_int_equal(vm_config_set(&c, "", "strict", &err), HC_EUSAGE);
}

static void a_tds_policy_digest_has_a_place_and_an_id_block_has_none(void **state)
{
	(void)state;
	assert_int_equal(guest("tdx", "\"tenant_policy\":\"p\""), 0);
	assert_int_equal(
		guest("tdx", "\"id_block\":\"a\",\"id_auth\":\"b\",\"tenant_policy\":\"p\""),
		HC_EUNSUPPORTED);
	assert_int_equal(guest("plain", "\"tenant_policy\":\"p\""), HC_EUNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_bit_that_is_not_of_the_abi_is_refused),
		TEST(debug_and_migration_have_to_be_named_each),
		TEST(a_host_names_the_bits_it_does_not_take),
		TEST(an_old_kernel_wants_smt_allowed_and_a_new_one_does_not_care),
		TEST(the_default_is_a_production_guest),
		TEST(a_configuration_with_debug_says_it_twice),
		TEST(a_policy_is_a_number_in_a_string),
		TEST(members_of_another_platform_are_refused_by_name),
		TEST(options_are_the_members_with_dashes),
		TEST(a_tds_policy_digest_has_a_place_and_an_id_block_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
