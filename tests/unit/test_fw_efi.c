/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unaccepted memory as Linux is told of it: for each 2 MiB of every memory map that the firmware
 * can make, at its bounds. tests/firmware/guestefi.c reads the same tables as Linux does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/efi.h"
#include "firmware/zeropage.h"
#include "tests/unit/fw_samples.h"

#define GIB   (1ULL << 30)
#define UNIT  0x200000ULL
#define TABLE (area + 0x1000)
#define ROOM  64 /* bytes behind the area that must stay */

static uint8_t page[HC_PAGE_SIZE], area[HC_EFI_SIZE + ROOM];

static void build(const struct range *ram, size_t count)
{
	static uint8_t file[FW_SAMPLE_BZIMAGE];
	struct loaded loaded = {.initrd = {0, 0}};
	struct hostinfo info = {.ram_count = count};

	fw_sample_bzimage(file);
	assert_int_equal(bzimage_parse(&loaded.bzimage, file, sizeof(file), 0), 0);
	memcpy(info.ram, ram, count * sizeof(ram[0]));
	zeropage_build(page, &loaded, &info, HC_ACPI_GPA, 0);
	memset(area, 0, sizeof(area));
	efi_build(area, page);
	assert_true(bytes_all_zero(area + HC_EFI_SIZE, ROOM));
}

static bool in(const struct range *ram, size_t count, uint64_t gpa)
{
	for (size_t i = 0; i < count; i++) {
		if (gpa >= ram[i].start && gpa < ram[i].end)
			return true;
	}
	return false;
}

/* The bit of every unit up to beyond the last that may be, and the size that Linux believes. */
static void bits_are(const struct range *ram, size_t count)
{
	const uint64_t base = get_le64(TABLE + 8), bytes = get_le64(TABLE + 16);

	assert_int_equal(get_le32(TABLE), 1);
	assert_int_equal(get_le32(TABLE + 4), UNIT);
	assert_int_equal(base, HC_EAGER_END);
	assert_int_equal(bytes % 8, 0);
	assert_true(24 + bytes <= HC_EFI_SIZE - 0x1000);
	for (uint64_t n = 0; n < bytes * 8; n++)
		assert_int_equal(TABLE[24 + n / 8] >> n % 8 & 1, in(ram, count, base + n * UNIT));
	assert_true(base + bytes * 8 * UNIT >= ram[count - 1].end);
	assert_true(bytes_all_zero(TABLE + 24 + bytes, HC_EFI_SIZE - 0x1000 - 24 - bytes));
}

static void no_table_where_nothing_is_left_over(void **state)
{
	static const struct range ram[] = {{0, 512ULL << 20}, {GIB - UNIT, GIB}};

	(void)state;
	for (size_t count = 1; count <= 2; count++) {
		build(ram, count);
		assert_true(bytes_all_zero(area, sizeof(area)));
		assert_true(bytes_all_zero(page + 0x1c0, 32));
	}
}

static void each_unit_of_ram_above_has_its_bit_and_no_other(void **state)
{
	static const struct range ram[] = {{0, GIB}, {GIB, GIB + UNIT},
		{GIB + 3 * UNIT, 3 * GIB - UNIT}, {4 * GIB, 4 * GIB + UNIT}, {5 * GIB, 37 * GIB},
		{512 * GIB - UNIT, 512 * GIB + UNIT},
		{HC_RAM_HIGH_END - 2 * UNIT, HC_RAM_HIGH_END - UNIT},
		{HC_RAM_HIGH_END - UNIT, HC_RAM_HIGH_END}};

	(void)state;
	for (size_t count = 2; count <= HC_RAM_RANGES_MAX; count++) {
		build(ram, count);
		bits_are(ram, count);
	}
}

static void a_guest_of_1_tib_fits(void **state)
{
	static const struct range ram[] = {
		{0, HC_RAM_LOW_END}, {HC_RAM_HIGH_BASE, HC_RAM_HIGH_END}};

	(void)state;
	build(ram, 2);
	bits_are(ram, 2);
	assert_int_equal(get_le64(TABLE + 16), 65536); /* 1 GiB to 1 TiB + 1 GiB, a bit for 2 MiB */
}

/* 8 ranges of which the first becomes two, and the fixed ones. */
static void the_memory_map_has_each_range_once_and_cuts_the_first(void **state)
{
	struct range ram[HC_RAM_RANGES_MAX] = {{0, GIB + UNIT}};
	uint64_t pages = 0, unaccepted = 0;
	uint32_t entries;

	(void)state;
	for (uint64_t i = 1; i < HC_RAM_RANGES_MAX; i++)
		ram[i] = (struct range){(i + 4) * GIB, (i + 4) * GIB + i * UNIT};
	build(ram, HC_RAM_RANGES_MAX);
	entries = get_le32(page + 0x1d4) / 40;
	assert_int_equal(entries, 5 + HC_RAM_RANGES_MAX + 1);
	assert_int_equal(get_le32(page + 0x1d0), HC_EFI_GPA + 0x100);
	for (uint32_t i = 0; i < entries; i++) {
		const uint8_t *e = area + 0x100 + 40 * i;

		assert_int_equal(get_le64(e + 16), 0);
		assert_int_equal(get_le64(e + 32), 8);
		pages += get_le64(e + 24);
		unaccepted += get_le32(e) == 15 ? get_le64(e + 24) : 0;
		assert_true(get_le32(e) != 15 || get_le64(e + 8) >= HC_EAGER_END);
	}
	assert_int_equal(unaccepted, (1 + 7 * 8 / 2) * 512);
	assert_int_equal(pages, unaccepted + GIB / 4096);
}

static void the_system_table_has_no_services(void **state)
{
	static const struct range ram[] = {{0, 2 * GIB}};
	uint8_t expected[120] = "IBI SYST";

	(void)state;
	build(ram, 1);
	put_le32(expected + 8, 2 << 16 | 100);
	put_le32(expected + 12, 120);
	put_le64(expected + 24, HC_EFI_GPA + 0x80);
	put_le32(expected + 104, 1);
	put_le64(expected + 112, HC_EFI_GPA + 0xc0);
	assert_memory_equal(area, expected, sizeof(expected));
	assert_memory_equal(page + 0x1c0, "EL64", 4);
	assert_int_equal(get_le64(area + 0xc0 + 16), HC_EFI_GPA + 0x1000);
	assert_memory_equal(area + 0x80, "H\0u\0i\0s\0 \0C\0l\0o\0s\0\0", 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_table_where_nothing_is_left_over),
		cmocka_unit_test(each_unit_of_ram_above_has_its_bit_and_no_other),
		cmocka_unit_test(a_guest_of_1_tib_fits),
		cmocka_unit_test(the_memory_map_has_each_range_once_and_cuts_the_first),
		cmocka_unit_test(the_system_table_has_no_services),
	};

	return cmocka_run_group_tests_name("fw_efi", tests, NULL, NULL);
}
