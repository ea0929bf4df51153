/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a bzImage with a 64-bit entry (Linux Documentation/arch/x86/boot.rst). Called with
 * bytes whose digest is the measured one; they are checked like any other all the same.
 */
#ifndef HC_FIRMWARE_BZIMAGE_H
#define HC_FIRMWARE_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/refusal.h"

/* Where things are, in the file and, at the same offsets, in struct boot_params. */
enum {
	BZ_SETUP_SECTS = 0x1f1,      /* u8 */
	BZ_BOOT_FLAG = 0x1fe,        /* u16 */
	BZ_JUMP_LENGTH = 0x201,      /* u8: the header ends this much behind BZ_MAGIC */
	BZ_MAGIC = 0x202,            /* u32 */
	BZ_VERSION = 0x206,          /* u16 */
	BZ_TYPE_OF_LOADER = 0x210,   /* u8 */
	BZ_LOADFLAGS = 0x211,        /* u8 */
	BZ_RAMDISK_IMAGE = 0x218,    /* u32 */
	BZ_RAMDISK_SIZE = 0x21c,     /* u32 */
	BZ_CMD_LINE_PTR = 0x228,     /* u32 */
	BZ_INITRD_ADDR_MAX = 0x22c,  /* u32 */
	BZ_KERNEL_ALIGNMENT = 0x230, /* u32 */
	BZ_XLOADFLAGS = 0x236,       /* u16 */
	BZ_CMDLINE_SIZE = 0x238,     /* u32 */
	BZ_PAYLOAD_OFFSET = 0x248,   /* u32 */
	BZ_PAYLOAD_LENGTH = 0x24c,   /* u32 */
	BZ_SETUP_DATA = 0x250,       /* u64 */
	BZ_PREF_ADDRESS = 0x258,     /* u64 */
	BZ_INIT_SIZE = 0x260,        /* u32 */
	BZ_HEADER_START = BZ_SETUP_SECTS,
	BZ_HEADER_NEEDED = 0x264, /* the fields above end here (protocol 2.12) */
	BZ_HEADER_END_MAX = 0x290 /* what struct boot_params has room for */
};

#define BZ_BOOT_FLAG_VALUE   0xaa55
#define BZ_MAGIC_VALUE       0x53726448 /* "HdrS" */
#define BZ_VERSION_MIN       0x020c
#define BZ_LOADED_HIGH       0x01  /* loadflags */
#define BZ_KERNEL_64         0x01  /* xloadflags */
#define BZ_LOADER_UNDEFINED  0xff  /* type_of_loader */
#define BZ_ENTRY_64          0x200 /* behind the load address */
#define BZ_SECTOR            512
#define BZ_SETUP_SECTS_UNSET 4 /* what 0 means */

struct bzimage {
	uint64_t load;       /* pref_address: where the protected-mode part goes */
	uint64_t init_size;  /* bytes from there that the kernel needs before it knows memory */
	uint64_t initrd_end; /* no byte of the initrd may lie at or above this address */
	size_t code_offset;  /* of the protected-mode part in the file, to the end of the file */
	size_t header_end;   /* the header is [BZ_HEADER_START, header_end) */
	uint8_t header[BZ_HEADER_END_MAX - BZ_HEADER_START];
};

/* 0, HC_REFUSE_KERNEL_FORMAT, or HC_REFUSE_KERNEL_CMDLINE if it takes fewer bytes than that. */
FW_MUST_USE int bzimage_parse(
	struct bzimage *out, const uint8_t *file, size_t len_bytes, uint32_t cmdline_len);

#endif
