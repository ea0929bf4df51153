/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Linux makes of the EFI that it finds (arch/x86/boot/compressed/mem.c and kaslr.c,
 * drivers/firmware/efi/unaccepted_memory.c): see guest_efi_wrong in guest.h.
 */
#include <string.h>

#include "tests/firmware/guest.h"

#define UNIT          0x200000ULL
#define MAP_ENTRIES   64
#define CONVENTIONAL  7
#define ACPI_RECLAIM  9
#define UNACCEPTED    15
#define ENTRIES_TYPES 3

struct found {
	const uint8_t *map, *table;
	uint32_t entries;
	uint64_t base, units;
};

/* Memory of the guest that Linux does not give away: reserved in its memory map. */
static const uint8_t *reserved(const struct guest *g, uint64_t rsi, uint64_t gpa, uint64_t len)
{
	for (uint64_t at = gpa; at < gpa + len; at += at + 4096 < gpa + len ? 4096 : 1) {
		if (at >= HC_LAUNCH_END && at < HC_FIRMWARE_END && guest_e820_type(g, rsi, at) == 2)
			continue;
		return NULL;
	}
	return guest_memory(g, gpa);
}

static const char *find(const struct guest *g, uint64_t rsi, struct found *out)
{
	static const uint8_t guid[16] = {0x3c, 0xde, 0xd1, 0xd5, 0x5c, 0x10, 0xf9, 0x44, 0x9e, 0xa9,
		0xbc, 0xef, 0x98, 0x12, 0x00, 0x31};
	const uint8_t *info = guest_memory(g, rsi) + 0x1c0;
	const uint8_t *system = reserved(g, rsi, get_le32(info + 4), 120), *config;
	uint64_t table;

	if (!system || memcmp(system, "IBI SYST", 8) != 0 || get_le32(system + 12) != 120)
		return "no EFI system table";
	if (get_le64(system + 88) || get_le64(system + 96))
		return "an EFI with services";
	config = reserved(g, rsi, get_le64(system + 112), 24);
	if (!config || get_le32(system + 104) != 1 || memcmp(config, guid, 16) != 0)
		return "not one configuration table";
	if (get_le32(info + 8) != 40 || get_le32(info + 12) != 1 || get_le64(info + 24) != 0)
		return "an EFI memory map of another version";
	out->entries = get_le32(info + 20) / 40;
	out->map = reserved(g, rsi, get_le32(info + 16), get_le32(info + 20));
	table = get_le64(config + 16);
	out->table = reserved(g, rsi, table, 24);
	if (!out->map || out->entries > MAP_ENTRIES || !out->table || table % 8 != 0)
		return "tables outside the firmware's reserved memory";
	out->base = get_le64(out->table + 8);
	out->units = get_le64(out->table + 16) * 8;
	if (get_le32(out->table) != 1 || get_le32(out->table + 4) != UNIT || out->base % UNIT)
		return "the table of unaccepted memory";
	return out->units % 64 || !reserved(g, rsi, table, 24 + out->units / 8)
		       ? "the bitmap's size"
		       : NULL;
}

static bool bit(const struct found *f, uint64_t gpa)
{
	const uint64_t n = (gpa - f->base) / UNIT;

	return gpa >= f->base && n < f->units && f->table[24 + n / 8] >> n % 8 & 1;
}

/* UINT32_MAX: in two entries, or in none. */
static uint32_t type_of(const struct found *f, uint64_t gpa)
{
	uint32_t type = UINT32_MAX, times = 0;

	for (uint32_t i = 0; i < f->entries; i++) {
		const uint8_t *e = f->map + 40 * (size_t)i;

		if (gpa < get_le64(e + 8) || gpa - get_le64(e + 8) >= get_le64(e + 24) * 4096)
			continue;
		type = get_le32(e);
		times++;
	}
	return times == 1 ? type : UINT32_MAX;
}

static const char *place_wrong(
	const struct guest *g, uint64_t rsi, const struct found *f, uint64_t gpa)
{
	static const uint32_t efi[ENTRIES_TYPES] = {CONVENTIONAL, 0, ACPI_RECLAIM};
	const uint32_t e820 = guest_e820_type(g, rsi, gpa);
	const bool left = e820 == 1 && guest_is_lazy(g, gpa);

	if (bit(f, gpa) != left)
		return left ? "memory that Linux would use before it accepts it"
			    : "memory that Linux would accept and should not";
	if (e820 == 0)
		return type_of(f, gpa) == UINT32_MAX ? NULL : "the EFI memory map has more";
	if (e820 > ENTRIES_TYPES || type_of(f, gpa) != (left ? UNACCEPTED : efi[e820 - 1]))
		return "the two memory maps differ";
	return NULL;
}

const char *guest_efi_wrong(const struct guest *g, uint64_t rsi)
{
	const uint8_t *info = guest_memory(g, rsi) + 0x1c0;
	const char *wrong = NULL;
	struct found f;
	bool any = false;

	for (uint64_t at = HC_EAGER_END; at < g->end; at += UNIT)
		any |= guest_e820_type(g, rsi, at) == 1;
	if (!any || !(g->manifest.flags & HC_MANIFEST_LAZY))
		return bytes_all_zero(info, 32) ? NULL : "an EFI that is not called for";
	if (memcmp(info, "EL64", 4) != 0)
		return "no EFI";
	wrong = find(g, rsi, &f);
	for (uint64_t at = 0; !wrong && at < g->end; at += at < UNIT ? 4096 : UNIT)
		wrong = place_wrong(g, rsi, &f, at);
	return wrong;
}
