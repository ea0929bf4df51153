/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a configuration that are TDX's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/config.h"
#include "vmm/launch_identity.h"

#define HEX48                                                                                      \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                         \
	"202122232425262728292a2b2c2d2e2f"

static struct vm_config config;
static struct error err;

static int fresh(void **state)
{
	(void)state;
	memset(&err, 0, sizeof(err));
	vm_config_init(&config);
	assert_int_equal(vm_config_set(&config, "kernel", "k", &err), 0);
	return vm_config_set(&config, "platform", "tdx", &err);
}

static int done(void **state)
{
	(void)state;
	vm_config_fini(&config);
	return 0;
}

static int parse(const char *members)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"{\"boot-source\": {\"kernel_image_path\": \"k\"}, \"confidential\": "
		"{\"platform\": \"tdx\", %s}}",
		members);
	return vm_config_parse(&config, text, strlen(text), "test", &err);
}

static void attribute_that_no_guest_may_have_is_refused(void **state)
{
	static const char *const lists[] = {
		"migratable", "pks,", ",pks", "", "PKS", "pks perfmon", "pks,,perfmon"};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		assert_int_equal(
			vm_config_set(&config, "td-attributes", lists[i], &err), HC_EUNSUPPORTED);
	assert_int_equal(parse("\"td_attributes\": \"tpa\""), HC_EUNSUPPORTED);
	assert_string_equal(err.where, "confidential.td_attributes");
}

static void attributes_are_bits_of_the_module(void **state)
{
	(void)state;
	assert_int_equal(parse("\"td_attributes\": \"pks,perfmon,sept_ve_disable\""), 0);
	assert_int_equal(config.tdx.attributes, 1ULL << 63 | 1ULL << 30 | 1ULL << 28);
	assert_int_equal(vm_config_check(&config, &err), 0);
	/* The command line's word replaces the file's. */
	assert_int_equal(vm_config_set(&config, "td-attributes", "pks", &err), 0);
	assert_int_equal(config.tdx.attributes, 1ULL << 30);
}

static void debug_has_to_be_said_twice(void **state)
{
	(void)state;
	assert_int_equal(vm_config_set(&config, "td-attributes", "debug", &err), 0);
	assert_int_equal(vm_config_check(&config, &err), HC_EDENIED);
	assert_non_null(strstr(err.remedy, "allowed"));
	assert_int_equal(vm_config_set(&config, "debug", "allowed", &err), 0);
	assert_int_equal(vm_config_check(&config, &err), 0);
}

static void registers_are_48_bytes_of_hex(void **state)
{
	static const char *const names[] = {"mrconfigid", "mrowner", "mrownerconfig"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_not_equal(vm_config_set(&config, names[i], "00", &err), 0);
		assert_string_equal(err.where, names[i]);
		assert_int_not_equal(vm_config_set(&config, names[i], HEX48 "00", &err), 0);
		assert_int_not_equal(vm_config_set(&config, names[i], HEX48 "zz" + 2, &err), 0);
		assert_int_equal(vm_config_set(&config, names[i], HEX48, &err), 0);
	}
	assert_int_equal(config.tdx.mrconfigid[47], 0x2f);
	assert_int_equal(config.tdx.mrowner[1], 1);
	assert_int_equal(config.tdx.mrownerconfig[47], 0x2f);
	assert_int_equal(vm_config_check(&config, &err), 0);
}

static void same_members_in_the_file(void **state)
{
	(void)state;
	assert_int_equal(parse("\"mrconfigid\": \"" HEX48 "\", \"mrowner\": \"" HEX48
			       "\", \"mrownerconfig\": \"" HEX48 "\""),
		0);
	assert_true(config.tdx.has_mrconfigid && config.tdx.has_owner);
	assert_int_equal(config.tdx.mrownerconfig[2], 2);
}

static void one_mrconfigid_has_one_source(void **state)
{
	(void)state;
	assert_int_equal(vm_config_set(&config, "mrconfigid", HEX48, &err), 0);
	assert_int_equal(vm_config_set(&config, "tenant-policy", "policy.json", &err), 0);
	assert_int_equal(vm_config_check(&config, &err), HC_EFORMAT);
	assert_string_equal(err.where, "confidential.mrconfigid");
}

static void mrconfigid_as_configured_goes_into_the_launch(void **state)
{
	static struct launch_identity identity;

	(void)state;
	assert_int_equal(vm_config_set(&config, "mrconfigid", HEX48, &err), 0);
	assert_int_equal(launch_identity_read(&identity, &config, &err), 0);
	assert_memory_equal(identity.mrconfigid, config.tdx.mrconfigid, SHA384_SIZE);
}

static void no_other_platform_takes_them(void **state)
{
	static const char *const options[][2] = {
		{"td-attributes", "pks"},
		{"mrconfigid", HEX48},
		{"mrowner", HEX48},
		{"mrownerconfig", HEX48},
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		done(state);
		fresh(state);
		assert_int_equal(vm_config_set(&config, options[i][0], options[i][1], &err), 0);
		assert_int_equal(vm_config_check(&config, &err), 0);
		assert_int_equal(vm_config_set(&config, "platform", "sev-snp", &err), 0);
		assert_int_equal(vm_config_check(&config, &err), HC_EUNSUPPORTED);
	}
}

static void option_of_nobody_is_refused(void **state)
{
	(void)state;
	assert_int_equal(vm_config_set(&config, "mrowner_", HEX48, &err), HC_EUSAGE);
	assert_int_equal(vm_config_set(&config, "mrownerconfigs", HEX48, &err), HC_EUSAGE);
	assert_int_equal(vm_config_set(&config, "td", "pks", &err), HC_EUSAGE);
}

/* The firmware compares what it runs with against what was measured. */
static void manifest_has_the_attributes_exactly(void **state)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs inputs;

	(void)state;
	assert_int_equal(vm_config_inputs(&config, cmdline, &inputs, &err), 0);
	assert_int_equal(inputs.features, TDX_ATTRIBUTES);
	assert_int_equal(inputs.features_mask, UINT64_MAX);
	assert_int_equal(vm_config_set(&config, "td-attributes", "perfmon", &err), 0);
	assert_int_equal(vm_config_inputs(&config, cmdline, &inputs, &err), 0);
	assert_int_equal(inputs.features, TDX_ATTRIBUTES | 1ULL << 63);
	assert_int_equal(vm_config_set(&config, "platform", "sev-snp", &err), 0);
	assert_int_equal(vm_config_inputs(&config, cmdline, &inputs, &err), 0);
	assert_int_equal(inputs.features_mask, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			attribute_that_no_guest_may_have_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(attributes_are_bits_of_the_module, fresh, done),
		cmocka_unit_test_setup_teardown(debug_has_to_be_said_twice, fresh, done),
		cmocka_unit_test_setup_teardown(registers_are_48_bytes_of_hex, fresh, done),
		cmocka_unit_test_setup_teardown(same_members_in_the_file, fresh, done),
		cmocka_unit_test_setup_teardown(one_mrconfigid_has_one_source, fresh, done),
		cmocka_unit_test_setup_teardown(
			mrconfigid_as_configured_goes_into_the_launch, fresh, done),
		cmocka_unit_test_setup_teardown(no_other_platform_takes_them, fresh, done),
		cmocka_unit_test_setup_teardown(option_of_nobody_is_refused, fresh, done),
		cmocka_unit_test_setup_teardown(manifest_has_the_attributes_exactly, fresh, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
