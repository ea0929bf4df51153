/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch carries beside its pages: files of the right size, HOST_DATA of the right file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "vmm/launch_identity.h"

static char dir[32], block_path[64], auth_path[64], policy_path[64];
static uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
static struct vm_config config;
static struct launch_identity got;
static struct error err;

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/hc-identity-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(block_path, sizeof(block_path), "%s/block", dir);
	snprintf(auth_path, sizeof(auth_path), "%s/auth", dir);
	snprintf(policy_path, sizeof(policy_path), "%s/policy", dir);
	memset(block, 0xb1, sizeof(block));
	memset(auth, 0, sizeof(auth));
	auth[0] = 1;
	assert_int_equal(file_write(block_path, block, sizeof(block), 0600, NULL), 0);
	assert_int_equal(file_write(auth_path, auth, sizeof(auth), 0600, NULL), 0);
	vm_config_init(&config);
	memset(&err, 0, sizeof(err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(block_path);
	unlink(auth_path);
	unlink(policy_path);
	rmdir(dir);
	vm_config_fini(&config);
	return 0;
}

static void set(const char *option, const char *value)
{
	assert_int_equal(vm_config_set(&config, option, value, NULL), 0);
}

static void refuses_files_of_another_size_by_name(void **state)
{
	(void)state;
	set("id-block", block_path);
	set("id-auth", auth_path);
	assert_int_equal(file_write(block_path, block, sizeof(block) - 1, 0600, NULL), 0);
	assert_int_equal(launch_identity_read(&got, &config, &err), HC_EFORMAT);
	assert_string_equal(err.where, block_path);
	assert_int_equal(file_write(block_path, block, sizeof(block), 0600, NULL), 0);
	assert_int_equal(file_write(auth_path, auth, 96, 0600, NULL), 0);
	assert_int_equal(launch_identity_read(&got, &config, &err), HC_EFORMAT);
	assert_string_equal(err.where, auth_path);
	unlink(auth_path);
	assert_int_not_equal(launch_identity_read(&got, &config, &err), 0);
	assert_false(got.has_id_block);
}

static void refuses_a_tenants_policy_that_is_empty_or_absent(void **state)
{
	(void)state;
	set("tenant-policy", policy_path);
	assert_int_not_equal(launch_identity_read(&got, &config, &err), 0);
	assert_int_equal(file_write(policy_path, "", 0, 0600, NULL), 0);
	assert_int_equal(launch_identity_read(&got, &config, &err), HC_EFORMAT);
	assert_string_equal(err.where, policy_path);
}

static void nothing_configured_is_nothing(void **state)
{
	(void)state;
	memset(&got, 0xff, sizeof(got));
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_false(got.has_id_block);
	assert_false(got.author_key);
	assert_true(bytes_all_zero(got.host_data, sizeof(got.host_data)));
}

/* SHA-256 of "abc" is FIPS 180's example. */
static void host_data_is_the_sha256_of_the_tenants_policy_or_what_is_given(void **state)
{
	static const uint8_t abc[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41,
		0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
	static const uint8_t abc384[] = {0xcb, 0x00, 0x75, 0x3f, 0x45, 0xa3, 0x5e, 0x8b};
	char hex[65];

	(void)state;
	assert_int_equal(file_write(policy_path, "abc", 3, 0600, NULL), 0);
	set("tenant-policy", policy_path);
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_memory_equal(got.host_data, abc, sizeof(abc));
	assert_memory_equal(got.mrconfigid, abc384, sizeof(abc384));
	memset(hex, '5', 64);
	hex[64] = '\0';
	set("host-data", hex);
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_int_equal(got.host_data[31], 0x55);
}

static void the_author_key_counts_if_the_file_has_one_unless_told_otherwise(void **state)
{
	(void)state;
	set("id-block", block_path);
	set("id-auth", auth_path);
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_true(got.has_id_block);
	assert_false(got.author_key);
	assert_memory_equal(got.id_block, block, sizeof(block));
	config.author_key = VM_AUTHOR_KEY_YES;
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_true(got.author_key);
	auth[0x880] = 2; /* the curve of an author key */
	assert_int_equal(file_write(auth_path, auth, sizeof(auth), 0600, NULL), 0);
	config.author_key = VM_AUTHOR_KEY_IF_THERE;
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_true(got.author_key);
	config.author_key = VM_AUTHOR_KEY_NO;
	assert_int_equal(launch_identity_read(&got, &config, &err), 0);
	assert_false(got.author_key);
	assert_memory_equal(got.id_auth, auth, sizeof(auth));
}

int main(void)
{
#define IDENTITY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IDENTITY_TEST(refuses_files_of_another_size_by_name),
		IDENTITY_TEST(refuses_a_tenants_policy_that_is_empty_or_absent),
		IDENTITY_TEST(nothing_configured_is_nothing),
		IDENTITY_TEST(host_data_is_the_sha256_of_the_tenants_policy_or_what_is_given),
		IDENTITY_TEST(the_author_key_counts_if_the_file_has_one_unless_told_otherwise),
	};

	return cmocka_run_group_tests_name("launch_identity", tests, NULL, NULL);
}
