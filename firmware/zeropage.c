/* SPDX-License-Identifier: Apache-2.0 */
/* The zero page: see zeropage.h. Nothing of the host gets in but numbers that hostfdt.c bounded. */
#include "firmware/zeropage.h"

#include <string.h>

#include "common/bytes.h"

struct e820_fixed {
	struct range range;
	enum e820_type type;
};

/* The first RAM range up to where free memory starts. */
static const struct e820_fixed fixed[] = {
	{{0, HC_PAGE_SIZE}, E820_RESERVED},
	{{HC_PAGE_SIZE, HC_LOW_RAM_END}, E820_RAM},
	{{HC_LOW_RAM_END, HC_ACPI_GPA}, E820_RESERVED},
	{{HC_ACPI_GPA, HC_ACPI_GPA + HC_ACPI_SIZE}, E820_ACPI},
	{{HC_BOOTPARAM_GPA, HC_FIRMWARE_END}, E820_RESERVED},
};
#define FIXED_COUNT (sizeof(fixed) / sizeof(fixed[0]))
_Static_assert(FIXED_COUNT == ZP_FIXED_MAX, "zeropage.h");
_Static_assert(FIXED_COUNT + HC_RAM_RANGES_MAX <= ZP_E820_MAX, "all ranges fit into the zero page");
_Static_assert(HC_ACPI_GPA + HC_ACPI_SIZE == HC_BOOTPARAM_GPA, "no gap in the fixed part");
_Static_assert(HC_BOOTPARAM_GPA + HC_BOOTPARAM_SIZE == HC_FIRMWARE_END, "no gap at its end");
_Static_assert(HC_EFI_GPA + HC_EFI_SIZE == HC_FIRMWARE_END, "the last part of it");

static void e820_add(uint8_t *page, struct range r, enum e820_type type)
{
	const uint8_t n = page[ZP_E820_COUNT];
	uint8_t *entry = page + ZP_E820_TABLE + (size_t)n * ZP_E820_ENTRY;

	put_le64(entry, r.start);
	put_le64(entry + 8, range_len(r));
	put_le32(entry + 16, type);
	page[ZP_E820_COUNT] = (uint8_t)(n + 1);
}

static void e820_build(uint8_t *page, const struct hostinfo *info)
{
	for (size_t i = 0; i < FIXED_COUNT; i++)
		e820_add(page, fixed[i].range, fixed[i].type);
	for (size_t i = 0; i < info->ram_count; i++) {
		struct range r = info->ram[i];

		if (r.start < HC_FIRMWARE_END)
			r.start = HC_FIRMWARE_END;
		e820_add(page, r, E820_RAM);
	}
}

/* The kernel's own header with the fields that a boot loader has to write (boot.rst). */
static void header_build(uint8_t *page, const struct loaded *loaded)
{
	const struct bzimage *bz = &loaded->bzimage;

	memcpy(page + BZ_HEADER_START, bz->header, bz->header_end - BZ_HEADER_START);
	page[BZ_TYPE_OF_LOADER] = BZ_LOADER_UNDEFINED;
	page[BZ_LOADFLAGS] = BZ_LOADED_HIGH;
	/* Both end below 4 GiB: initrd_addr_max has 32 bits, and so has the first RAM range. */
	put_le32(page + BZ_RAMDISK_IMAGE, (uint32_t)loaded->initrd.start);
	put_le32(page + BZ_RAMDISK_SIZE, (uint32_t)range_len(loaded->initrd));
	put_le32(page + BZ_CMD_LINE_PTR, HC_CMDLINE_GPA);
}

void zeropage_build(uint8_t page[HC_PAGE_SIZE], const struct loaded *loaded,
	const struct hostinfo *info, uint64_t rsdp, uint64_t setup_data)
{
	memset(page, 0, HC_PAGE_SIZE);
	header_build(page, loaded);
	put_le64(page + ZP_ACPI_RSDP, rsdp);
	put_le64(page + BZ_SETUP_DATA, setup_data);
	e820_build(page, info);
}
