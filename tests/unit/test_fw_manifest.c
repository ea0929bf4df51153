/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest as the firmware reads it: which refusal each wrong field gets, and every single bit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "attest/measure/measure.h"
#include "firmware/manifest.h"
#include "tests/unit/fw_samples.h"

static int check(const struct hc_manifest *m)
{
	return manifest_check(m, FW_SAMPLE_PLATFORM);
}

/* A copy of the right manifest with one statement applied ends in `refusal`. */
#define REFUSES(refusal, change)                                                                   \
	do {                                                                                       \
		struct hc_manifest m;                                                              \
		fw_sample_manifest(&m);                                                            \
		change;                                                                            \
		assert_int_equal(check(&m), refusal);                                              \
	} while (0)

static void refuses_another_magic_version_or_length(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_MAGIC, m.magic[7] = 2);
	REFUSES(HC_REFUSE_MANIFEST_MAGIC, m.version = 2);
	REFUSES(HC_REFUSE_MANIFEST_MAGIC, m.total_len = 4095);
	REFUSES(HC_REFUSE_MANIFEST_MAGIC, memset(&m, 0, sizeof(m)));
	REFUSES(HC_REFUSE_MANIFEST_MAGIC, memset(&m, 0xff, sizeof(m)));
}

static void refuses_every_other_platform(void **state)
{
	(void)state;
	for (uint32_t p = 0; p < 10; p++) {
		if (p != FW_SAMPLE_PLATFORM)
			REFUSES(HC_REFUSE_WRONG_PLATFORM, m.platform = p);
	}
}

static void refuses_a_packed_range_that_no_guest_can_have(void **state)
{
	(void)state;
	REFUSES(0, (m.packed_base = HC_KERNEL_GPA, m.packed_size = HC_PAGE_SIZE));
	REFUSES(0, (m.packed_base = HC_KERNEL_GPA, m.packed_size = HC_BLOBS_END - HC_KERNEL_GPA));
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.packed_base = HC_KERNEL_GPA);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.packed_size = HC_PAGE_SIZE);
	REFUSES(HC_REFUSE_MANIFEST_RANGE,
		(m.packed_base = HC_KERNEL_GPA + HC_PAGE_SIZE, m.packed_size = HC_PAGE_SIZE));
	REFUSES(HC_REFUSE_MANIFEST_RANGE, (m.packed_base = HC_KERNEL_GPA, m.packed_size = 1));
	REFUSES(HC_REFUSE_MANIFEST_RANGE,
		(m.packed_base = HC_KERNEL_GPA,
			m.packed_size = HC_BLOBS_END - HC_KERNEL_GPA + HC_PAGE_SIZE));
	REFUSES(HC_REFUSE_MANIFEST_RANGE,
		(m.packed_base = HC_BLOBS_END + HC_RAM_ALIGN, m.packed_size = HC_PAGE_SIZE));
	REFUSES(HC_REFUSE_MANIFEST_RANGE,
		(m.packed_base = HC_RAM_ALIGN, m.packed_size = (uint64_t)0 - HC_PAGE_SIZE));
}

static void refuses_bytes_without_a_meaning(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.flags = 2);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.flags = 1u << 31 | 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.reserved0 = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.reserved1[279] = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.reserved2[0] = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.reserved2[1023] = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.device[1].reserved = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.device[2].slot = 1);
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.cmdline[m.cmdline_len] = 'x');
	REFUSES(HC_REFUSE_MANIFEST_RESERVED, m.cmdline[2047] = 'x');
}

static void refuses_counts_out_of_bounds(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.vcpu_count = 0);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.vcpu_count = HC_VCPUS_MAX + 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device_count = HC_DEVICES_MAX + 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device_count = UINT32_MAX);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.cmdline_len = HC_CMDLINE_MAX + 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.cmdline_len = UINT32_MAX);
}

static void refuses_blobs_that_cannot_be(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.kernel.size = HC_STAGING_SIZE + 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.initrd.size = UINT64_MAX);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, memset(&m.kernel, 0, sizeof(m.kernel)));
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.initrd.size = 0); /* with a digest */
}

static void refuses_ram_and_windows_out_of_bounds(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.ram_min = HC_RAM_MIN - 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.ram_max = HC_RAM_MAX + 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.ram_max = m.ram_min - 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.mmio32_base += 4096);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.mmio32_size -= 4096);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.mmio64_base = 1ull << 40);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.mmio64_size = 1ull << 30);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.features = 1);
}

static void refuses_devices_out_of_order_or_range(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[0].slot = 0);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[1].slot = 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[1].slot = 32);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[0].function = 1);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[0].virtio_id = 0);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.device[0].flags = 2);
}

static void refuses_a_nul_in_the_command_line(void **state)
{
	(void)state;
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.cmdline[0] = 0);
	REFUSES(HC_REFUSE_MANIFEST_RANGE, m.cmdline[m.cmdline_len - 1] = 0);
}

/* Flip every bit of `m`: how many flips are accepted. */
static size_t accepted_flips(struct hc_manifest m)
{
	uint8_t page[sizeof(m)];
	size_t accepted = 0;

	memcpy(page, &m, sizeof(page));
	assert_int_equal(check(&m), 0);
	assert_null(fw_manifest_wrong(page, FW_SAMPLE_PLATFORM));
	for (size_t bit = 0; bit < 8 * sizeof(page); bit++) {
		page[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memcpy(&m, page, sizeof(m));
		assert_int_equal(
			check(&m) == 0, fw_manifest_wrong(page, FW_SAMPLE_PLATFORM) == NULL);
		accepted += check(&m) == 0;
		page[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	return accepted;
}

static void accepts_a_manifest_exactly_if_the_checker_does_for_every_bit(void **state)
{
	struct hc_manifest m;
	size_t plain;

	(void)state;
	fw_sample_manifest(&m);
	plain = accepted_flips(m);
	/* Digests, sizes, text and the like may differ: those bits are the tenant's to choose. */
	assert_in_range(plain, 900, 1300);
	m.packed_base = 0x3c000000;
	m.packed_size = 0x3000;
	/* Another place below 1 GiB, in steps of 2 MiB, and another size up to there. */
	assert_in_range(accepted_flips(m) - plain, 10, 40);
}

static void accepts_what_the_builder_makes(void **state)
{
	static const uint8_t bytes[64] = {1};
	struct guest_inputs in = {
		.platform = HC_PLATFORM_SIM_SNP,
		.kernel = {bytes, sizeof(bytes)},
		.cmdline = "",
		.features = 0x21,
		.features_mask = UINT64_MAX,
		.device_count = HC_DEVICES_MAX - 1,
	};
	char cmdline[HC_CMDLINE_MAX + 1] = {0};
	struct hc_manifest m;

	(void)state;
	for (size_t i = 0; i < in.device_count; i++)
		in.device[i] = (struct hc_manifest_device){
			.slot = (uint8_t)(i + 1), .virtio_id = 2, .flags = i & 1};
	for (in.vcpu_count = 1; in.vcpu_count <= HC_VCPUS_MAX; in.vcpu_count++) {
		assert_int_equal(manifest_build(&m, &in, NULL), 0);
		assert_int_equal(manifest_check(&m, HC_PLATFORM_SIM_SNP), 0);
		in.initrd = (struct view){bytes, in.vcpu_count};
		memset(cmdline, 'a', HC_CMDLINE_MAX);
		in.cmdline = cmdline;
		in.ram_min = in.ram_max = HC_RAM_MIN;
	}
	in.vcpu_count = HC_VCPUS_MAX;
	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	assert_int_equal(manifest_check(&m, HC_PLATFORM_SIM_SNP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_another_magic_version_or_length),
		cmocka_unit_test(refuses_every_other_platform),
		cmocka_unit_test(refuses_a_packed_range_that_no_guest_can_have),
		cmocka_unit_test(refuses_bytes_without_a_meaning),
		cmocka_unit_test(refuses_counts_out_of_bounds),
		cmocka_unit_test(refuses_blobs_that_cannot_be),
		cmocka_unit_test(refuses_ram_and_windows_out_of_bounds),
		cmocka_unit_test(refuses_devices_out_of_order_or_range),
		cmocka_unit_test(refuses_a_nul_in_the_command_line),
		cmocka_unit_test(accepts_a_manifest_exactly_if_the_checker_does_for_every_bit),
		cmocka_unit_test(accepts_what_the_builder_makes),
	};

	return cmocka_run_group_tests_name("fw_manifest", tests, NULL, NULL);
}
