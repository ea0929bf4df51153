/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page tables in the images as built, and after each change that the boot makes to them: what
 * the processor may do where, walked as it walks them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/measure/measure.h"
#include "common/file.h"
#include "firmware/paging.h"

/* In place of firmware/cpu.h, whose instructions need privilege. */
#define HC_FIRMWARE_CPU_H
static unsigned int flushes;
static inline void cpu_flush_tlb(void)
{
	flushes++;
}
#include "firmware/paging.c"

#define IMAGE_MAX (1u << 20)

static struct bytes file;
static struct fw_image image;
static uint64_t tables[PAGING_SIZE / 8]; /* the image's, as the boot changes them */
static uint64_t private_bits;            /* of every entry for memory of the guest */

#define ADDRESS 0x0007fffffffff000 /* of an entry, without the C-bit */

void *ram_at(uint64_t gpa, uint64_t len_bytes)
{
	assert_true(gpa >= HC_PAGETABLE_GPA && gpa - HC_PAGETABLE_GPA <= sizeof(tables));
	assert_true(len_bytes <= sizeof(tables) - (gpa - HC_PAGETABLE_GPA));
	return tables + (gpa - HC_PAGETABLE_GPA) / 8;
}

/* 8 bytes of a launch page that is in the file. */
static uint64_t launch_u64(uint64_t gpa)
{
	for (size_t i = 0; i < image.region_count; i++) {
		const struct fw_region *r = &image.region[i];
		const uint64_t off = gpa - r->gpa;

		if (r->data && gpa >= r->gpa && off < (uint64_t)r->pages * HC_PAGE_SIZE)
			return get_le64(r->data + off);
	}
	fail_msg("0x%llx is in no page of the file", (unsigned long long)gpa);
	return 0;
}

/* The leaf that maps `va`, with rights of all levels; 0 if there is none. Must be one to one. */
static uint64_t leaf(uint64_t va)
{
	uint64_t table = HC_PAGETABLE_GPA, rights = PTE_WRITE, entry;

	for (unsigned int shift = 39;; shift -= 9) {
		entry = *(uint64_t *)ram_at(table + 8 * (va >> shift & 511), 8);
		if (!(entry & PTE_PRESENT))
			return 0;
		if (shift != 21 || va < HC_STAGING_GPA || va >= HC_RAM_HIGH_BASE)
			assert_int_equal(entry & 1ull << HC_SNP_CBIT, private_bits);
		else
			assert_int_equal(entry & 1ull << HC_SNP_CBIT, 0);
		rights = (rights & (entry | ~PTE_WRITE)) | (entry & PTE_NX);
		if (shift == 12 || (entry & PTE_LEAF && shift < 39)) {
			const uint64_t size = 1ull << shift;

			assert_int_equal(entry & ADDRESS & ~(size - 1), va & ~(size - 1));
			return PTE_PRESENT | rights;
		}
		table = entry & ADDRESS;
	}
}

static void is(uint64_t start, uint64_t len, uint64_t rights)
{
	for (uint64_t at = start; at < start + len; at += HC_PAGE_SIZE)
		assert_int_equal(leaf(at), rights);
}

static void load(const char *name)
{
	char path[512];
	struct error err = {0};

	snprintf(path, sizeof(path), "%s/firmware/huisclos-%s.img", HC_BUILD, name);
	bytes_free(&file);
	if (file_read(&file, path, IMAGE_MAX, &err) ||
		fw_image_parse(&image, bytes_view(&file), &err))
		fail_msg("%s: %s", path, err.found);
	for (size_t i = 0; i < sizeof(tables) / 8; i++)
		tables[i] = launch_u64(HC_PAGETABLE_GPA + 8 * i);
	flushes = 0;
	private_bits = image.platform == HC_PLATFORM_SNP ? 1ull << HC_SNP_CBIT : 0;
}

#define RX (PTE_PRESENT)
#define R  (PTE_PRESENT | PTE_NX)
#define RW (PTE_PRESENT | PTE_NX | PTE_WRITE)

static void each_part_of_the_launch_area_has_its_rights(void **state)
{
	(void)state;
	is(0, HC_PAGE_SIZE, 0);
	is(HC_PAGE_SIZE, HC_TEXT_GPA - HC_PAGE_SIZE, RW);
	is(HC_TEXT_GPA, HC_TEXT_MAX, RX);
	is(HC_RODATA_GPA, HC_RODATA_MAX, R);
	is(HC_BSS_GPA, HC_BSS_MAX, RW);
	is(HC_STACK_GPA - HC_PAGE_SIZE, HC_PAGE_SIZE, 0);
	is(HC_STACK_GPA, HC_STACK_MAX, RW);
	is(HC_PAGETABLE_GPA, PAGING_SIZE, RW);
	is(HC_MANIFEST_GPA, HC_PAGE_SIZE, R);
	is(HC_SECRETS_GPA, 2 * HC_PAGE_SIZE, image.platform == HC_PLATFORM_SNP ? R : 0);
	is(HC_HOSTFDT_GPA, HC_HOSTFDT_SIZE, R);
	is(HC_LAUNCH_END, 0x200000 - HC_LAUNCH_END, RW);
}

static void nothing_is_writable_and_executable(void **state)
{
	size_t executable = 0;

	(void)state;
	for (uint64_t at = 0; at < 0x40000000; at += at < 0x400000 ? HC_PAGE_SIZE : 0x200000) {
		assert_int_not_equal(
			leaf(at) & (PTE_WRITE | PTE_NX | PTE_PRESENT), PTE_WRITE | PTE_PRESENT);
		executable += leaf(at) == RX;
	}
	for (uint64_t at = 0x40000000; at < 1025ull << 30; at += 0x40000000)
		assert_int_equal(leaf(at), at == HC_STAGING_GPA ? 0 : RW);
	assert_int_equal(executable, HC_TEXT_MAX / HC_PAGE_SIZE);
	for (uint64_t at = 1025ull << 30; at < 1ull << 47; at += 0x40000000)
		assert_int_equal(leaf(at), 0);
}

#define RWX (PTE_PRESENT | PTE_WRITE)

static void the_staging_window_is_there_read_only_and_goes_again(void **state)
{
	(void)state;
	paging_map_staging(private_bits, 0);
	is(HC_STAGING_GPA, HC_STAGING_SIZE, R);
	is(HC_STAGING_GPA + HC_STAGING_SIZE, HC_RAM_HIGH_BASE - HC_PCI_MMIO32_GPA, 0);
	paging_unmap_staging();
	assert_int_equal(flushes, 1);
	is(HC_STAGING_GPA, HC_RAM_HIGH_BASE - HC_STAGING_GPA, 0);
}

static void page_0_is_mapped_when_it_is_cleared_and_not_executable(void **state)
{
	(void)state;
	paging_map_page0(private_bits);
	is(0, HC_TEXT_GPA, RW);
	is(HC_TEXT_GPA, HC_TEXT_MAX, RX);
}

/* At the kernel's first instruction: the kernel's pages, the first MiB, and our own text. */
static void the_kernel_starts_with_its_own_range_executable_and_nothing_else_new(void **state)
{
	const struct range kernel = {HC_KERNEL_GPA, HC_KERNEL_GPA + 0x212345};
	size_t executable = 0;

	(void)state;
	paging_map_page0(private_bits);
	paging_map_staging(private_bits, 0);
	paging_unmap_staging();
	paging_open(kernel);
	assert_int_equal(flushes, 2);
	is(0, HC_LOW_RESERVED, RWX);
	is(HC_TEXT_GPA, HC_TEXT_MAX, RX);
	is(HC_KERNEL_GPA, 0x400000, RWX);
	for (uint64_t at = 0; at < HC_BLOBS_END; at += HC_PAGE_SIZE)
		executable += leaf(at) && !(leaf(at) & PTE_NX);
	assert_int_equal(executable, (HC_LOW_RESERVED + HC_TEXT_MAX + 0x400000) / HC_PAGE_SIZE);
	for (uint64_t at = HC_BLOBS_END; at < HC_RAM_HIGH_END; at += PAGING_1G)
		assert_int_equal(leaf(at), at == HC_STAGING_GPA ? 0 : RW);
}

static void the_secondary_entry_parks_for_ever(void **state)
{
	static const uint8_t park[] = {0xfa, 0xf4, 0xeb, 0xfd}; /* cli; 1: hlt; jmp 1b */
	uint8_t found[8];

	(void)state;
	put_le64(found, launch_u64(HC_ENTRY_AP));
	assert_memory_equal(found, park, sizeof(park));
	if (image.platform == HC_PLATFORM_TDX)
		return;
	put_le64(found, launch_u64(HC_ENTRY_TDX));
	assert_memory_equal(found, park, sizeof(park));
}

static void the_launch_order_is_that_of_the_contract(void **state)
{
	static const uint64_t order[] = {HC_TEXT_GPA, HC_RODATA_GPA, HC_BSS_GPA, HC_STACK_GPA,
		HC_PAGETABLE_GPA, HC_TDX_RESET_GPA, HC_MANIFEST_GPA, HC_SECRETS_GPA, HC_CPUID_GPA,
		HC_HOSTFDT_GPA};
	const bool tdx = image.platform == HC_PLATFORM_TDX;
	const bool snp = image.platform == HC_PLATFORM_SNP || image.platform == HC_PLATFORM_SIM_SNP;
	size_t i = 0;

	(void)state;
	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++) {
		if (!snp && (order[k] == HC_SECRETS_GPA || order[k] == HC_CPUID_GPA))
			continue;
		if (!tdx && order[k] == HC_TDX_RESET_GPA)
			continue;
		assert_int_equal(image.region[i++].gpa, order[k]);
	}
	assert_int_equal(image.region_count, i);
	assert_true(image.total_pages <= HC_LAUNCH_MAX_PAGES);
}

static int plain(void **state)
{
	(void)state;
	load("plain");
	return image.platform == HC_PLATFORM_PLAIN ? 0 : -1;
}

static int sim(void **state)
{
	(void)state;
	load("sim");
	return image.platform == HC_PLATFORM_SIM_SNP ? 0 : -1;
}

static int snp(void **state)
{
	(void)state;
	load("snp");
	return image.platform == HC_PLATFORM_SNP ? 0 : -1;
}

static int tdx(void **state)
{
	(void)state;
	load("tdx");
	return image.platform == HC_PLATFORM_TDX ? 0 : -1;
}

/* All zero but for one jump, at the reset vector, to the 32-bit entry. */
static void the_reset_page_is_one_jump(void **state)
{
	const uint64_t vector = HC_TDX_RESET_GPA + 0xff0;
	uint8_t found[8];

	(void)state;
	for (uint64_t at = HC_TDX_RESET_GPA; at < HC_RAM_HIGH_BASE; at += 8)
		assert_true(at == vector || launch_u64(at) == 0);
	put_le64(found, launch_u64(vector));
	assert_int_equal(found[0], 0xe9);
	assert_int_equal((uint32_t)(vector + 5 + get_le32(found + 1)), HC_ENTRY_TDX);
}

static int done(void **state)
{
	(void)state;
	bytes_free(&file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_part_of_the_launch_area_has_its_rights, plain),
		cmocka_unit_test_setup(nothing_is_writable_and_executable, plain),
		cmocka_unit_test_setup(the_secondary_entry_parks_for_ever, plain),
		cmocka_unit_test_setup(the_staging_window_is_there_read_only_and_goes_again, plain),
		cmocka_unit_test_setup(
			page_0_is_mapped_when_it_is_cleared_and_not_executable, plain),
		cmocka_unit_test_setup(
			the_kernel_starts_with_its_own_range_executable_and_nothing_else_new,
			plain),
		cmocka_unit_test_setup(the_launch_order_is_that_of_the_contract, plain),
		cmocka_unit_test_setup(each_part_of_the_launch_area_has_its_rights, sim),
		cmocka_unit_test_setup(nothing_is_writable_and_executable, sim),
		cmocka_unit_test_setup(the_secondary_entry_parks_for_ever, sim),
		cmocka_unit_test_setup(the_staging_window_is_there_read_only_and_goes_again, sim),
		cmocka_unit_test_setup(page_0_is_mapped_when_it_is_cleared_and_not_executable, sim),
		cmocka_unit_test_setup(
			the_kernel_starts_with_its_own_range_executable_and_nothing_else_new, sim),
		cmocka_unit_test_setup(the_launch_order_is_that_of_the_contract, sim),
		cmocka_unit_test_setup(each_part_of_the_launch_area_has_its_rights, snp),
		cmocka_unit_test_setup(nothing_is_writable_and_executable, snp),
		cmocka_unit_test_setup(the_secondary_entry_parks_for_ever, snp),
		cmocka_unit_test_setup(the_staging_window_is_there_read_only_and_goes_again, snp),
		cmocka_unit_test_setup(page_0_is_mapped_when_it_is_cleared_and_not_executable, snp),
		cmocka_unit_test_setup(
			the_kernel_starts_with_its_own_range_executable_and_nothing_else_new, snp),
		cmocka_unit_test_setup(the_launch_order_is_that_of_the_contract, snp),
		cmocka_unit_test_setup(each_part_of_the_launch_area_has_its_rights, tdx),
		cmocka_unit_test_setup(nothing_is_writable_and_executable, tdx),
		cmocka_unit_test_setup(the_secondary_entry_parks_for_ever, tdx),
		cmocka_unit_test_setup(the_staging_window_is_there_read_only_and_goes_again, tdx),
		cmocka_unit_test_setup(page_0_is_mapped_when_it_is_cleared_and_not_executable, tdx),
		cmocka_unit_test_setup(
			the_kernel_starts_with_its_own_range_executable_and_nothing_else_new, tdx),
		cmocka_unit_test_setup(the_launch_order_is_that_of_the_contract, tdx),
		cmocka_unit_test_setup(the_reset_page_is_one_jump, tdx),
	};

	return cmocka_run_group_tests_name("fw_paging", tests, NULL, done);
}
