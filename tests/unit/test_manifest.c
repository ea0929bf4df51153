/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware would refuse is refused when the manifest is built, with the field's name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/measure/measure.h"

static const uint8_t kernel[] = "kernel", initrd[] = "initrd";

static struct guest_inputs inputs(void)
{
	return (struct guest_inputs){
		.platform = HC_PLATFORM_SIM_SNP,
		.kernel = {kernel, sizeof(kernel)},
		.initrd = {initrd, sizeof(initrd)},
		.cmdline = "console=ttyS0 quiet",
		.vcpu_count = 2,
	};
}

static void refused(const struct guest_inputs *in, const char *where)
{
	struct hc_manifest m;
	struct error err = {0};

	assert_int_equal(manifest_build(&m, in, &err), HC_ERANGE);
	assert_string_equal(err.where, where);
	assert_int_not_equal(err.expected[0], '\0');
}

static void refuses_a_vcpu_count_outside_1_to_16(void **state)
{
	struct guest_inputs in = inputs();

	(void)state;
	in.vcpu_count = 0;
	refused(&in, "vCPUs");
	in.vcpu_count = 17;
	refused(&in, "vCPUs");
}

static void refuses_a_missing_kernel_or_blobs_that_do_not_fit(void **state)
{
	struct guest_inputs in = inputs();

	(void)state;
	in.kernel.len = 0;
	refused(&in, "kernel");
	in = inputs(); /* lengths are refused before a byte is read */
	in.kernel.len = HC_STAGING_SIZE + 1;
	refused(&in, "kernel and initrd");
	in.kernel.len = HC_STAGING_SIZE;
	refused(&in, "kernel and initrd");
	in = inputs();
	in.initrd.len = SIZE_MAX;
	refused(&in, "kernel and initrd");
}

static void refuses_a_command_line_without_room_for_its_end(void **state)
{
	struct guest_inputs in = inputs();
	char cmdline[HC_CMDLINE_MAX + 2];
	struct hc_manifest m;

	(void)state;
	memset(cmdline, 'a', sizeof(cmdline));
	cmdline[HC_CMDLINE_MAX + 1] = '\0';
	in.cmdline = cmdline;
	refused(&in, "command line");
	cmdline[HC_CMDLINE_MAX] = '\0';
	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	assert_int_equal(m.cmdline_len, HC_CMDLINE_MAX);
	assert_int_equal(m.cmdline[HC_CMDLINE_MAX], '\0');
}

static void refuses_memory_out_of_bounds_or_step(void **state)
{
	static const uint64_t bad[][2] = {{HC_RAM_MIN - HC_RAM_ALIGN, 0},
		{0, HC_RAM_MAX + HC_RAM_ALIGN}, {HC_RAM_MIN + 4096, 0}, {0, HC_RAM_MIN + 4096},
		{2 * HC_RAM_MIN, HC_RAM_MIN}, {UINT64_MAX, UINT64_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct guest_inputs in = inputs();

		in.ram_min = bad[i][0];
		in.ram_max = bad[i][1];
		refused(&in, "memory");
	}
}

static void refuses_devices_out_of_order_or_with_reserved_bits(void **state)
{
	static const struct hc_manifest_device bad[][2] = {
		{{.slot = 2, .virtio_id = 2}, {.slot = 1, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 2}, {.slot = 1, .virtio_id = 19}},
		{{.slot = 0, .virtio_id = 2}, {.slot = 1, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 2}, {.slot = 32, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 2, .function = 1}, {.slot = 2, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 0}, {.slot = 2, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 2, .flags = 2}, {.slot = 2, .virtio_id = 19}},
		{{.slot = 1, .virtio_id = 2, .reserved = 1}, {.slot = 2, .virtio_id = 19}},
	};
	struct guest_inputs in = inputs();

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		in.device_count = 2;
		memcpy(in.device, bad[i], sizeof(bad[i]));
		refused(&in, "devices");
	}
	in.device_count = HC_DEVICES_MAX + 1;
	refused(&in, "devices");
}

static void refuses_features_outside_their_mask(void **state)
{
	struct guest_inputs in = inputs();

	(void)state;
	in.features = 3;
	in.features_mask = 1;
	refused(&in, "features");
}

static void fills_every_field_and_leaves_the_rest_zero(void **state)
{
	struct guest_inputs in = inputs();
	struct hc_manifest m, want;

	(void)state;
	in.features = 1;
	in.features_mask = ~0ULL;
	in.device_count = 2;
	in.device[0] = (struct hc_manifest_device){.slot = 1, .virtio_id = 2, .flags = 1};
	in.device[1] = (struct hc_manifest_device){.slot = 3, .virtio_id = 19};
	memset(&m, 0xee, sizeof(m));
	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	memset(&want, 0, sizeof(want));
	memcpy(want.magic, "HCMANIF\x01", 8);
	want.version = 1;
	want.total_len = 4096;
	want.platform = HC_PLATFORM_SIM_SNP;
	want.vcpu_count = 2;
	want.cmdline_len = 19;
	want.kernel.size = sizeof(kernel);
	want.initrd.size = sizeof(initrd);
	assert_int_equal(crypto_sha384(want.kernel.sha384, kernel, sizeof(kernel)), 0);
	assert_int_equal(crypto_sha384(want.initrd.sha384, initrd, sizeof(initrd)), 0);
	want.ram_min = 64ULL << 20;
	want.ram_max = 1024ULL << 30;
	want.mmio32_base = 0xe0000000;
	want.mmio32_size = 0x1e000000;
	want.features = 1;
	want.features_mask = ~0ULL;
	want.device_count = 2;
	want.device[0] = in.device[0];
	want.device[1] = in.device[1];
	memcpy(want.cmdline, in.cmdline, 19);
	assert_memory_equal(&m, &want, sizeof(m));
}

static void an_absent_initrd_has_no_digest(void **state)
{
	struct guest_inputs in = inputs();
	struct hc_manifest m;

	(void)state;
	in.initrd = (struct view){0};
	in.cmdline = NULL;
	in.ram_min = in.ram_max = HC_RAM_MIN;
	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	assert_true(bytes_all_zero((const uint8_t *)&m.initrd, sizeof(m.initrd)));
	assert_int_equal(m.cmdline_len, 0);
	assert_true(m.ram_min == m.ram_max);
}

static void a_kernel_that_can_accepts_memory_itself_on_real_processors_only(void **state)
{
	static const char capable[] = "bzImage\0Cannot accept memory: unknown platform\n";
	static const struct {
		enum hc_platform platform;
		size_t len;
		uint32_t flags;
	} cases[] = {{HC_PLATFORM_SNP, sizeof(capable), HC_MANIFEST_LAZY},
		{HC_PLATFORM_TDX, sizeof(capable), HC_MANIFEST_LAZY},
		{HC_PLATFORM_SNP, sizeof(capable) - 3, 0}, {HC_PLATFORM_TDX, 8, 0},
		{HC_PLATFORM_PLAIN, sizeof(capable), 0}, {HC_PLATFORM_SIM_SNP, sizeof(capable), 0}};
	struct guest_inputs in = inputs();
	struct hc_manifest m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in.platform = cases[i].platform;
		in.kernel = (struct view){(const uint8_t *)capable, cases[i].len};
		assert_int_equal(manifest_build(&m, &in, NULL), 0);
		assert_int_equal(m.flags, cases[i].flags);
	}
}

static void features_that_are_left_open_are_the_least_on_real_processors(void **state)
{
	static const struct {
		enum hc_platform platform;
		uint64_t features, mask;
	} cases[] = {{HC_PLATFORM_PLAIN, 0, 0}, {HC_PLATFORM_SIM_SNP, 0, 0},
		{HC_PLATFORM_SNP, 1, UINT64_MAX}, {HC_PLATFORM_TDX, 1 << 28, UINT64_MAX}};
	struct guest_inputs in = inputs();
	struct hc_manifest m;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		in.platform = cases[i].platform;
		assert_int_equal(manifest_build(&m, &in, NULL), 0);
		assert_int_equal(m.features, cases[i].features);
		assert_int_equal(m.features_mask, cases[i].mask);
	}
	in.features = in.features_mask = 0x21;
	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	assert_int_equal(m.features, 0x21);
	assert_int_equal(m.features_mask, 0x21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_vcpu_count_outside_1_to_16),
		cmocka_unit_test(refuses_a_missing_kernel_or_blobs_that_do_not_fit),
		cmocka_unit_test(refuses_a_command_line_without_room_for_its_end),
		cmocka_unit_test(refuses_memory_out_of_bounds_or_step),
		cmocka_unit_test(refuses_devices_out_of_order_or_with_reserved_bits),
		cmocka_unit_test(refuses_features_outside_their_mask),
		cmocka_unit_test(fills_every_field_and_leaves_the_rest_zero),
		cmocka_unit_test(an_absent_initrd_has_no_digest),
		cmocka_unit_test(a_kernel_that_can_accepts_memory_itself_on_real_processors_only),
		cmocka_unit_test(features_that_are_left_open_are_the_least_on_real_processors),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
