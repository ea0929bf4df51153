/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The "zero page" of a Linux kernel, struct boot_params (Linux
 * Documentation/arch/x86/zero-page.rst), and the memory map in it.
 */
#ifndef HC_FIRMWARE_ZEROPAGE_H
#define HC_FIRMWARE_ZEROPAGE_H

#include <stdint.h>

#include "firmware/hostfdt.h"
#include "firmware/load.h"

/* Offsets besides those of the header in bzimage.h. */
enum {
	ZP_ACPI_RSDP = 0x070,  /* u64 */
	ZP_E820_COUNT = 0x1e8, /* u8 */
	ZP_E820_TABLE = 0x2d0, /* entries of 20 bytes: u64 address, u64 size, u32 type */
	ZP_E820_ENTRY = 20,
	ZP_E820_MAX = 128,
	ZP_FIXED_MAX = 5, /* entries besides those of the RAM ranges */
};

enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3,
};

/*
 * Fill all of `page`; `rsdp` is a guest-physical address, and so is `setup_data`, 0 if there is
 * none. The command line is at HC_CMDLINE_GPA.
 */
void zeropage_build(uint8_t page[HC_PAGE_SIZE], const struct loaded *loaded,
	const struct hostinfo *info, uint64_t rsdp, uint64_t setup_data);

#endif
