/* SPDX-License-Identifier: Apache-2.0 */
/* What Linux is handed: the zero page, its memory map, and the ACPI tables for every number of
 * vCPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest/measure/measure_tdx.h"
#include "common/bytes.h"
#include "firmware/acpi.h"
#include "firmware/ccel.h"
#include "firmware/zeropage.h"
#include "tests/unit/fw_samples.h"

static uint8_t page[HC_PAGE_SIZE], area[HC_ACPI_SIZE];
static struct hostinfo info;
static struct acpi_extra extra;
static uint64_t setup_data; /* what the platform leaves for the kernel */

static void build_page(size_t ranges)
{
	static uint8_t file[FW_SAMPLE_BZIMAGE];
	struct loaded loaded = {.initrd = {0x7000000, 0x7001234}};

	fw_sample_bzimage(file);
	file[0x210] = 0x55;
	file[0x211] = 0xe3;
	put_le64(file + 0x250, 0xdeadbeef);
	put_le32(file + 0x218, 0xdeadbeef);
	assert_int_equal(bzimage_parse(&loaded.bzimage, file, sizeof(file), 0), 0);
	info = (struct hostinfo){.ram_count = ranges};
	for (size_t i = 0; i < ranges; i++)
		info.ram[i] = (struct range){i << 32, (i << 32) + FW_SAMPLE_RAM};
	memset(page, 0xee, sizeof(page));
	zeropage_build(page, &loaded, &info, HC_ACPI_GPA, setup_data);
}

/* Every byte outside the header and the fields named below is zero. */
static void writes_the_loaders_fields_and_leaves_the_rest_zero(void **state)
{
	(void)state;
	build_page(1);
	assert_int_equal(get_le64(page + 0x70), HC_ACPI_GPA);
	assert_int_equal(page[0x210], 0xff);
	assert_int_equal(page[0x211], 1);
	assert_int_equal(get_le32(page + 0x218), 0x7000000);
	assert_int_equal(get_le32(page + 0x21c), 0x1234);
	assert_int_equal(get_le32(page + 0x228), HC_CMDLINE_GPA);
	assert_int_equal(get_le64(page + 0x250), 0);
	assert_int_equal(get_le32(page + 0x202), 0x53726448);
	assert_int_equal(get_le64(page + 0x258), 0x1000000);
	assert_true(bytes_all_zero(page, 0x70));
	assert_true(bytes_all_zero(page + 0x78, 0x1e8 - 0x78));
	assert_true(bytes_all_zero(page + 0x1e9, 0x1f1 - 0x1e9));
	assert_true(bytes_all_zero(page + 0x26c, 0x2d0 - 0x26c));
	assert_true(bytes_all_zero(page + 0x2d0 + 20 * 6, HC_PAGE_SIZE - 0x2d0 - 20 * 6));
}

static void names_what_the_platform_leaves_for_the_kernel(void **state)
{
	(void)state;
	setup_data = 0x1234567890;
	build_page(1);
	setup_data = 0;
	assert_int_equal(get_le64(page + 0x250), 0x1234567890);
}

/* What the boot loader does not write is the kernel's own: no other byte of the header differs. */
static void takes_the_rest_of_the_header_from_the_kernel(void **state)
{
	static const struct {
		size_t at, len;
	} ours[] = {{0x210, 1}, {0x211, 1}, {0x218, 8}, {0x228, 4}, {0x250, 8}};
	static uint8_t file[FW_SAMPLE_BZIMAGE];

	(void)state;
	build_page(1);
	fw_sample_bzimage(file);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		memcpy(file + ours[i].at, page + ours[i].at, ours[i].len);
	assert_memory_equal(page + 0x1f1, file + 0x1f1, 0x202 + 0x6a - 0x1f1);
}

struct entry {
	uint64_t start, len;
	uint32_t type;
};

static struct entry entry(unsigned int i)
{
	const uint8_t *p = page + 0x2d0 + 20 * (size_t)i;

	return (struct entry){get_le64(p), get_le64(p + 8), get_le32(p + 16)};
}

static void the_memory_map_covers_ram_once_and_in_order(void **state)
{
	(void)state;
	for (size_t ranges = 1; ranges <= HC_RAM_RANGES_MAX; ranges++) {
		uint64_t covered = 0, last = 0;

		build_page(ranges);
		assert_int_equal(page[0x1e8], 5 + ranges);
		for (unsigned int i = 0; i < page[0x1e8]; i++) {
			assert_true(entry(i).start >= last && entry(i).len > 0);
			last = entry(i).start + entry(i).len;
			covered += entry(i).len;
		}
		assert_int_equal(covered, ranges * FW_SAMPLE_RAM);
	}
}

static void no_byte_of_the_firmware_is_given_to_linux_as_ram(void **state)
{
	(void)state;
	build_page(1);
	for (unsigned int i = 0; i < page[0x1e8]; i++) {
		const struct range r = {entry(i).start, entry(i).start + entry(i).len};

		if (entry(i).type == 1)
			assert_false(
				range_overlap(r, (struct range){HC_LOW_RAM_END, HC_FIRMWARE_END}));
		if (entry(i).type == 3)
			assert_true(r.start == HC_ACPI_GPA && r.end == HC_ACPI_GPA + HC_ACPI_SIZE);
	}
}

static const uint8_t *at(uint64_t gpa, size_t len)
{
	assert_true(gpa >= HC_ACPI_GPA && gpa - HC_ACPI_GPA <= sizeof(area) - len);
	return area + (gpa - HC_ACPI_GPA);
}

static void sums_to_zero(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	assert_int_equal(sum, 0);
}

static const uint8_t *table(uint64_t gpa, const char *signature)
{
	const uint8_t *t = at(gpa, 36);

	assert_memory_equal(t, signature, 4);
	at(gpa, get_le32(t + 4));
	sums_to_zero(t, get_le32(t + 4));
	return t;
}

static const uint8_t *xsdt_of(uint32_t vcpus)
{
	const uint8_t *rsdp;

	memset(area, 0, sizeof(area));
	rsdp = at(acpi_build(area, HC_ACPI_GPA, vcpus, &extra), 36);
	assert_memory_equal(rsdp, "RSD PTR ", 8);
	sums_to_zero(rsdp, 20);
	sums_to_zero(rsdp, 36);
	assert_int_equal(rsdp[15], 2);
	return table(get_le64(rsdp + 24), "XSDT");
}

static void every_table_has_its_sum_and_is_found_from_the_first(void **state)
{
	const uint8_t *xsdt = xsdt_of(1), *fadt, *dsdt;

	(void)state;
	assert_int_equal(get_le32(xsdt + 4), 36 + 2 * 8);
	fadt = table(get_le64(xsdt + 36), "FACP");
	table(get_le64(xsdt + 44), "APIC");
	dsdt = table(get_le64(fadt + 140), "DSDT");
	assert_int_equal(get_le32(fadt + 40), get_le64(fadt + 140));
	assert_int_equal(dsdt[8], 2);
}

/* An address in port space, one byte wide (ACPI 6.4, 5.2.3.2). */
static void put_port(uint8_t *at, uint16_t port)
{
	at[0] = 1;
	at[1] = 8;
	at[3] = 1;
	put_le64(at + 4, port);
}

/* Every byte of the FADT (ACPI 6.4, 5.2.9), and so no legacy block, no SCI, no FACS. */
static void describes_hardware_reduced_acpi_with_our_ports_and_nothing_else(void **state)
{
	const uint8_t *fadt = table(get_le64(xsdt_of(1) + 36), "FACP");
	uint8_t expected[276] = {0};

	(void)state;
	assert_int_equal(get_le32(fadt + 4), sizeof(expected));
	assert_int_equal(fadt[8], 6);
	memcpy(expected, fadt, 36);
	memcpy(expected + 40, fadt + 40, 4);   /* DSDT: checked above */
	put_le16(expected + 109, 0x34);        /* no VGA, no ASPM, no CMOS clock */
	put_le32(expected + 112, 0x00100431);  /* WBINVD, no buttons, reset register, reduced */
	put_port(expected + 116, 0x600);       /* reset register */
	expected[128] = 1;                     /* its value */
	expected[131] = 4;                     /* minor version: of 6.4 */
	memcpy(expected + 140, fadt + 140, 8); /* X_DSDT: checked above */
	put_port(expected + 244, 0x601);       /* sleep control */
	put_port(expected + 256, 0x602);       /* sleep status */
	assert_memory_equal(fadt, expected, sizeof(expected));
}

static void lists_exactly_the_vcpus_there_are(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= HC_VCPUS_MAX; n++) {
		const uint8_t *madt = table(get_le64(xsdt_of(n) + 44), "APIC");

		assert_int_equal(get_le32(madt + 4), 44 + 8 * n);
		assert_int_equal(get_le32(madt + 36), HC_LAPIC_GPA);
		assert_int_equal(get_le32(madt + 40), 0);
		for (uint32_t i = 0; i < n; i++) {
			const uint8_t expected[8] = {0, 8, (uint8_t)i, (uint8_t)i, 1, 0, 0, 0};

			assert_memory_equal(madt + 44 + 8 * (size_t)i, expected, 8);
		}
	}
}

/* AML opcodes that would make the tables more than data (ACPI 6.4, 20.3). */
static void the_dsdt_has_neither_method_nor_operation_region(void **state)
{
	const uint8_t *fadt = table(get_le64(xsdt_of(1) + 36), "FACP");
	const uint8_t *dsdt = table(get_le64(fadt + 140), "DSDT");
	const size_t len = get_le32(dsdt + 4);

	(void)state;
	for (size_t i = 36; i + 1 < len; i++) {
		assert_false(dsdt[i] == 0x5b && dsdt[i + 1] == 0x80); /* OperationRegion */
		assert_false(dsdt[i] == 0x14);                        /* Method */
	}
	assert_true(len < 512);
}

static const uint8_t *find(const char *signature)
{
	const uint8_t *xsdt = area + (get_le64(area + 24) - HC_ACPI_GPA);

	for (uint32_t at = 36; at < get_le32(xsdt + 4); at += 8) {
		const uint8_t *table = area + (get_le64(xsdt + at) - HC_ACPI_GPA);

		if (memcmp(table, signature, 4) == 0)
			return table;
	}
	return NULL;
}

static void a_mailbox_is_in_the_madt_and_a_log_in_a_ccel_table(void **state)
{
	const struct acpi_extra both = {.mailbox = 0x1122000, .log = 0x3344000, .log_len = 0x2000};

	(void)state;
	for (uint32_t vcpus = 1; vcpus <= HC_VCPUS_MAX; vcpus++) {
		const uint8_t *madt, *ccel, *wakeup;
		uint8_t sum = 0;

		memset(area, 0, sizeof(area));
		acpi_build(area, HC_ACPI_GPA, vcpus, &both);
		madt = find("APIC");
		ccel = find("CCEL");
		assert_true(madt && ccel && find("FACP"));
		assert_int_equal(get_le32(madt + 4), 44 + 8 * vcpus + 16);
		wakeup = madt + 44 + 8 * (size_t)vcpus;
		assert_int_equal(get_le64(wakeup), 0x1010); /* type, length, version, reserved */
		assert_int_equal(get_le64(wakeup + 8), 0x1122000);
		assert_int_equal(get_le32(ccel + 4), 56);
		assert_int_equal(get_le32(ccel + 36), 2); /* TDX */
		assert_int_equal(get_le64(ccel + 40), 0x2000);
		assert_int_equal(get_le64(ccel + 48), 0x3344000);
		for (uint32_t i = 0; i < get_le32(madt + 4); i++)
			sum = (uint8_t)(sum + madt[i]);
		for (uint32_t i = 0; i < 56; i++)
			sum = (uint8_t)(sum + ccel[i]);
		assert_int_equal(sum, 0);
	}
}

static void other_guests_have_neither(void **state)
{
	(void)state;
	memset(area, 0, sizeof(area));
	acpi_build(area, HC_ACPI_GPA, 3, &extra);
	assert_null(find("CCEL"));
	assert_int_equal(get_le32(find("APIC") + 4), 44 + 8 * 3);
}

/* hc-measure writes the same log, from code of its own. */
static void the_log_is_the_one_that_is_predicted(void **state)
{
	static uint8_t log[HC_CCEL_LOG_SIZE];
	struct hc_manifest manifest;
	struct bytes predicted = {0};
	uint8_t digest[48];

	(void)state;
	fw_sample_manifest(&manifest);
	assert_int_equal(crypto_sha384(digest, &manifest, sizeof(manifest)), 0);
	ccel_log_build(log, &manifest, digest);
	assert_int_equal(measure_tdx_log(&predicted, &manifest, NULL), 0);
	assert_int_equal(predicted.len, sizeof(log));
	assert_memory_equal(predicted.data, log, sizeof(log));
	bytes_free(&predicted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_loaders_fields_and_leaves_the_rest_zero),
		cmocka_unit_test(names_what_the_platform_leaves_for_the_kernel),
		cmocka_unit_test(takes_the_rest_of_the_header_from_the_kernel),
		cmocka_unit_test(the_memory_map_covers_ram_once_and_in_order),
		cmocka_unit_test(no_byte_of_the_firmware_is_given_to_linux_as_ram),
		cmocka_unit_test(every_table_has_its_sum_and_is_found_from_the_first),
		cmocka_unit_test(describes_hardware_reduced_acpi_with_our_ports_and_nothing_else),
		cmocka_unit_test(lists_exactly_the_vcpus_there_are),
		cmocka_unit_test(the_dsdt_has_neither_method_nor_operation_region),
		cmocka_unit_test(a_mailbox_is_in_the_madt_and_a_log_in_a_ccel_table),
		cmocka_unit_test(other_guests_have_neither),
		cmocka_unit_test(the_log_is_the_one_that_is_predicted),
	};

	return cmocka_run_group_tests_name("fw_tables", tests, NULL, NULL);
}
