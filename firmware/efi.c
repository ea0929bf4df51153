/* SPDX-License-Identifier: Apache-2.0 */
/* Unaccepted memory for Linux: see efi.h. Made of the zero page's memory map, and of nothing else.
 */
#include "firmware/efi.h"

#include <stddef.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/range.h"
#include "firmware/zeropage.h"

/* In the first page of the area; the bitmap's table is behind it. */
enum {
	SYSTEM_AT = 0x000,
	VENDOR_AT = 0x080,
	CONFIG_AT = 0x0c0,
	MAP_AT = 0x100,
	UNACCEPTED_AT = HC_PAGE_SIZE
};

/* EFI_SYSTEM_TABLE (UEFI 2.10, 4.3) */
enum {
	SYSTEM_REVISION = 8,
	SYSTEM_HEADER_SIZE = 12,
	SYSTEM_VENDOR = 24,
	SYSTEM_TABLE_COUNT = 104,
	SYSTEM_TABLES = 112,
	SYSTEM_SIZE = 120
};
#define SYSTEM_SIGNATURE 0x5453595320494249ULL /* "IBI SYST" */
#define REVISION_2_10    (2u << 16 | 100)

/* EFI_MEMORY_DESCRIPTOR (7.2.3) */
enum { DESC_START = 8, DESC_PAGES = 24, DESC_ATTRIBUTE = 32, DESC_SIZE = 40, DESC_VERSION = 1 };
#define DESC_MAX     ((UNACCEPTED_AT - MAP_AT) / DESC_SIZE)
#define ATTRIBUTE_WB 8
#define LOADER_64    0x34364c45 /* "EL64" */

enum efi_type { EFI_RESERVED = 0, EFI_CONVENTIONAL = 7, EFI_ACPI_RECLAIM = 9, EFI_UNACCEPTED = 15 };

/* struct efi_unaccepted_memory of Linux (include/linux/efi.h) */
enum { UNACCEPTED_UNIT = 4, UNACCEPTED_BASE = 8, UNACCEPTED_SIZE = 16, UNACCEPTED_BITMAP = 24 };
#define UNACCEPTED_VERSION 1
#define BITMAP_WORD        64 /* bits: Linux reads whole words */

/* LINUX_EFI_UNACCEPTED_MEM_TABLE_GUID, d5d1de3c-105c-44f9-9ea9-bcef98120031 */
static const uint8_t unaccepted_guid[16] = {0x3c, 0xde, 0xd1, 0xd5, 0x5c, 0x10, 0xf9, 0x44, 0x9e,
	0xa9, 0xbc, 0xef, 0x98, 0x12, 0x00, 0x31};
static const uint8_t vendor[] = "H\0u\0i\0s\0 \0C\0l\0o\0s\0\0"; /* UTF-16 */

_Static_assert(VENDOR_AT - SYSTEM_AT >= (int)SYSTEM_SIZE && CONFIG_AT - VENDOR_AT >= sizeof(vendor),
	"no overlap");
_Static_assert(DESC_MAX > ZP_FIXED_MAX + HC_RAM_RANGES_MAX, "one RAM range may become two");
_Static_assert(HC_EAGER_END % EFI_UNIT == 0 && HC_RAM_ALIGN % EFI_UNIT == 0,
	"all unaccepted memory is whole units");
_Static_assert(UNACCEPTED_AT + UNACCEPTED_BITMAP + BITMAP_WORD / 8 +
			       (HC_RAM_HIGH_END - HC_EAGER_END) / EFI_UNIT / 8 <=
		       HC_EFI_SIZE,
	"the bitmap of the largest guest has its place");

static struct range e820_entry(const uint8_t *page, size_t i, uint32_t *type)
{
	const uint8_t *entry = page + ZP_E820_TABLE + i * ZP_E820_ENTRY;
	const uint64_t start = get_le64(entry);

	*type = get_le32(entry + 16);
	return (struct range){start, start + get_le64(entry + 8)};
}

/* The part of `r` that Linux has to accept, empty where it is no RAM or lies below. */
static struct range unaccepted(struct range r, uint32_t type)
{
	if (type != E820_RAM || r.end <= HC_EAGER_END)
		return (struct range){r.end, r.end};
	return (struct range){r.start > HC_EAGER_END ? r.start : HC_EAGER_END, r.end};
}

static uint8_t *descriptor_add(uint8_t *at, struct range r, enum efi_type type)
{
	if (range_len(r) == 0)
		return at;
	put_le32(at, type);
	put_le64(at + DESC_START, r.start);
	put_le64(at + DESC_PAGES, range_len(r) / HC_PAGE_SIZE);
	put_le64(at + DESC_ATTRIBUTE, ATTRIBUTE_WB);
	return at + DESC_SIZE;
}

static enum efi_type accepted_type(uint32_t e820)
{
	if (e820 == E820_RAM)
		return EFI_CONVENTIONAL;
	return e820 == E820_ACPI ? EFI_ACPI_RECLAIM : EFI_RESERVED;
}

/* Gives its size in bytes. */
static uint32_t map_build(uint8_t *map, const uint8_t *page)
{
	uint8_t *at = map;

	for (size_t i = 0; i < page[ZP_E820_COUNT]; i++) {
		uint32_t type;
		const struct range r = e820_entry(page, i, &type);
		const struct range rest = unaccepted(r, type);

		at = descriptor_add(at, (struct range){r.start, rest.start}, accepted_type(type));
		at = descriptor_add(at, rest, EFI_UNACCEPTED);
	}
	return (uint32_t)(at - map);
}

/* Gives the end of what has to be accepted, 0 if there is nothing. */
static uint64_t bitmap_build(uint8_t *bitmap, const uint8_t *page)
{
	uint64_t end = 0;

	for (size_t i = 0; i < page[ZP_E820_COUNT]; i++) {
		uint32_t type;
		const struct range e820 = e820_entry(page, i, &type);
		const struct range r = unaccepted(e820, type);

		for (uint64_t at = r.start; at < r.end; at += EFI_UNIT) {
			const uint64_t bit = (at - HC_EAGER_END) / EFI_UNIT;

			bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
			end = r.end;
		}
	}
	return end;
}

static void unaccepted_build(uint8_t *table, uint64_t end)
{
	const uint64_t units = (end - HC_EAGER_END) / EFI_UNIT;

	put_le32(table, UNACCEPTED_VERSION);
	put_le32(table + UNACCEPTED_UNIT, EFI_UNIT);
	put_le64(table + UNACCEPTED_BASE, HC_EAGER_END);
	put_le64(table + UNACCEPTED_SIZE,
		(units + BITMAP_WORD - 1) / BITMAP_WORD * (BITMAP_WORD / 8));
}

/* No services, no console: those fields stay zero, and so does the checksum, which Linux does not
 * ask for. */
static void system_build(uint8_t *area)
{
	uint8_t *system = area + SYSTEM_AT, *config = area + CONFIG_AT;

	memcpy(area + VENDOR_AT, vendor, sizeof(vendor));
	memcpy(config, unaccepted_guid, sizeof(unaccepted_guid));
	put_le64(config + sizeof(unaccepted_guid), HC_EFI_GPA + UNACCEPTED_AT);
	put_le64(system, SYSTEM_SIGNATURE);
	put_le32(system + SYSTEM_REVISION, REVISION_2_10);
	put_le32(system + SYSTEM_HEADER_SIZE, SYSTEM_SIZE);
	put_le64(system + SYSTEM_VENDOR, HC_EFI_GPA + VENDOR_AT);
	put_le32(system + SYSTEM_TABLE_COUNT, 1);
	put_le64(system + SYSTEM_TABLES, HC_EFI_GPA + CONFIG_AT);
}

void efi_build(uint8_t area[HC_EFI_SIZE], uint8_t page[HC_PAGE_SIZE])
{
	uint8_t *table = area + UNACCEPTED_AT;
	const uint64_t end = bitmap_build(table + UNACCEPTED_BITMAP, page);

	if (end == 0)
		return;
	unaccepted_build(table, end);
	system_build(area);
	put_le32(page + ZP_EFI_MAP_SIZE, map_build(area + MAP_AT, page));
	put_le32(page + ZP_EFI_MAP, HC_EFI_GPA + MAP_AT);
	put_le32(page + ZP_EFI_DESCRIPTOR_SIZE, DESC_SIZE);
	put_le32(page + ZP_EFI_DESCRIPTOR_VERSION, DESC_VERSION);
	put_le32(page + ZP_EFI_SYSTEM_TABLE, HC_EFI_GPA + SYSTEM_AT);
	put_le32(page + ZP_EFI_SIGNATURE, LOADER_64);
}
