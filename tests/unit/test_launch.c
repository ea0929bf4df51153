/* SPDX-License-Identifier: Apache-2.0 */
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
#include "vmm/launch.h"

struct fixture {
	char dir[32], path[64];
	struct vm_config config;
	struct staging staging;
	struct hc_manifest made;
};

static const uint8_t kernel[4096] = {1}, initrd[512] = {2};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/hc-launch-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/manifest", f->dir);
	vm_config_init(&f->config);
	assert_int_equal(vm_config_set(&f->config, "kernel", "k", NULL), 0);
	assert_int_equal(vm_config_set(&f->config, "cmdline", "quiet", NULL), 0);
	assert_int_equal(vm_config_set(&f->config, "vcpus", "2", NULL), 0);
	f->staging.kernel = (struct view){kernel, sizeof(kernel)};
	f->staging.initrd = (struct view){initrd, sizeof(initrd)};
	assert_int_equal(launch_manifest(&f->config, &f->staging, &f->made, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	vm_config_fini(&f->config);
	free(f);
	return 0;
}

static int with_file(struct fixture *f, const void *data, size_t len, struct error *err)
{
	struct hc_manifest got;
	int rc;

	assert_int_equal(file_write(f->path, data, len, 0600, NULL), 0);
	assert_int_equal(vm_config_set(&f->config, "manifest", f->path, NULL), 0);
	rc = launch_manifest(&f->config, &f->staging, &got, err);
	if (!rc)
		assert_memory_equal(&got, data, sizeof(got));
	return rc;
}

static void a_vmlinux_is_told_from_a_bzimage_before_the_guest_starts(void **state)
{
	static const uint8_t elf[4096] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	struct fixture *f = *state;
	struct hc_manifest got;
	struct error err = {0};

	f->staging.kernel = (struct view){elf, sizeof(elf)};
	assert_int_equal(launch_manifest(&f->config, &f->staging, &got, &err), HC_EFORMAT);
	assert_string_equal(err.where, "k");
	assert_non_null(strstr(err.remedy, "vmlinuz"));
	/* With a manifest of other making too, whose kernel hc-vmm does not hash. */
	assert_int_equal(with_file(f, &f->made, sizeof(f->made), &err), HC_EFORMAT);
	f->staging.kernel.len = 3;
	assert_int_equal(with_file(f, &f->made, sizeof(f->made), &err), 0);
}

static void refuses_a_manifest_of_another_length(void **state)
{
	struct fixture *f = *state;
	uint8_t longer[4097] = {0};
	struct error err;

	memcpy(longer, &f->made, 4096);
	assert_int_equal(with_file(f, longer, 0, &err), HC_EFORMAT);
	assert_int_equal(with_file(f, longer, 4095, &err), HC_EFORMAT);
	assert_int_equal(with_file(f, longer, 4097, &err), HC_ERANGE);
	assert_int_equal(with_file(f, longer, 4096, &err), 0);
}

static void refuses_a_manifest_of_another_guest_and_says_which_part(void **state)
{
	static const struct {
		size_t offset;
		const char *says;
	} cases[] = {
		{offsetof(struct hc_manifest, magic), "release"},
		{offsetof(struct hc_manifest, version), "release"},
		{offsetof(struct hc_manifest, platform), "platform"},
		{offsetof(struct hc_manifest, vcpu_count), "vCPUs"},
		{offsetof(struct hc_manifest, cmdline) + 4, "command line"},
		{offsetof(struct hc_manifest, device) + 17, "devices"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hc_manifest other = f->made;
		struct error err;

		((uint8_t *)&other)[cases[i].offset] ^= 1;
		assert_int_equal(with_file(f, &other, sizeof(other), &err), HC_EMISMATCH);
		assert_non_null(strstr(err.found, cases[i].says));
	}
}

static void leaves_kernel_and_initrd_to_the_firmware(void **state)
{
	struct fixture *f = *state;
	struct hc_manifest other = f->made;

	other.kernel.sha384[0] ^= 1;
	other.initrd.size++;
	assert_int_equal(with_file(f, &other, sizeof(other), NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_vmlinux_is_told_from_a_bzimage_before_the_guest_starts, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			refuses_a_manifest_of_another_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			refuses_a_manifest_of_another_guest_and_says_which_part, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			leaves_kernel_and_initrd_to_the_firmware, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
