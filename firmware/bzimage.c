/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a bzImage: see bzimage.h. */
#include "firmware/bzimage.h"

#include <stdbool.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/abi/layout.h"

static bool is_bzimage(const uint8_t *file)
{
	return get_le16(file + BZ_BOOT_FLAG) == BZ_BOOT_FLAG_VALUE &&
	       get_le32(file + BZ_MAGIC) == BZ_MAGIC_VALUE &&
	       get_le16(file + BZ_VERSION) >= BZ_VERSION_MIN &&
	       (file[BZ_LOADFLAGS] & BZ_LOADED_HIGH) != 0 &&
	       (get_le16(file + BZ_XLOADFLAGS) & BZ_KERNEL_64) != 0;
}

/* Where header and protected-mode part lie in the file. */
static bool split(struct bzimage *out, const uint8_t *file, size_t len_bytes)
{
	size_t sects = file[BZ_SETUP_SECTS];

	if (sects == 0)
		sects = BZ_SETUP_SECTS_UNSET;
	out->code_offset = (sects + 1) * BZ_SECTOR;
	out->header_end = (size_t)BZ_MAGIC + file[BZ_JUMP_LENGTH];
	if (out->header_end < BZ_HEADER_NEEDED || out->header_end > BZ_HEADER_END_MAX)
		return false;
	return out->header_end <= out->code_offset && out->code_offset < len_bytes;
}

/* The compressed kernel must lie in the part that is kept. */
static bool payload_valid(const uint8_t *file, uint64_t code_len)
{
	const uint64_t offset = get_le32(file + BZ_PAYLOAD_OFFSET);
	const uint64_t len = get_le32(file + BZ_PAYLOAD_LENGTH);

	return len != 0 && offset <= code_len && len <= code_len - offset;
}

/* Above everything of ours, so that it can be made executable without anything else. */
static bool addresses_valid(const struct bzimage *bz, const uint8_t *file, uint64_t code_len)
{
	const uint64_t align = get_le32(file + BZ_KERNEL_ALIGNMENT);

	if (align == 0 || (align & (align - 1)) != 0 || bz->load % align != 0)
		return false;
	return bz->load >= HC_FIRMWARE_END && bz->load % HC_RAM_ALIGN == 0 &&
	       code_len > BZ_ENTRY_64 && bz->init_size >= code_len;
}

int bzimage_parse(struct bzimage *out, const uint8_t *file, size_t len_bytes, uint32_t cmdline_len)
{
	uint64_t code_len;

	memset(out, 0, sizeof(*out));
	if (len_bytes < BZ_HEADER_END_MAX || !is_bzimage(file) || !split(out, file, len_bytes))
		return HC_REFUSE_KERNEL_FORMAT;
	code_len = len_bytes - out->code_offset;
	out->load = get_le64(file + BZ_PREF_ADDRESS);
	out->init_size = get_le32(file + BZ_INIT_SIZE);
	out->initrd_end = (uint64_t)get_le32(file + BZ_INITRD_ADDR_MAX) + 1;
	if (!addresses_valid(out, file, code_len) || !payload_valid(file, code_len))
		return HC_REFUSE_KERNEL_FORMAT;
	memcpy(out->header, file + BZ_HEADER_START, out->header_end - BZ_HEADER_START);
	return cmdline_len <= get_le32(file + BZ_CMDLINE_SIZE) ? 0 : HC_REFUSE_KERNEL_CMDLINE;
}
