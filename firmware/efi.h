/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least of EFI by which a stock Linux takes over memory that nobody has accepted yet (Linux
 * drivers/firmware/efi/unaccepted_memory.c; UEFI 2.10, 4.3 and 7.2): a system table without
 * services, a memory map, and one configuration table, a bitmap of what Linux has to accept before
 * it touches it. No code of ours is reachable through it: there is none to call.
 */
#ifndef HC_FIRMWARE_EFI_H
#define HC_FIRMWARE_EFI_H

#include <stdint.h>

#include "firmware/abi/layout.h"

#define EFI_UNIT HC_U64(0x200000) /* bytes for each bit of the bitmap */

/* In the zero page: struct efi_info of Linux. All fields u32. */
enum {
	ZP_EFI_SIGNATURE = 0x1c0, /* "EL64" */
	ZP_EFI_SYSTEM_TABLE = 0x1c4,
	ZP_EFI_DESCRIPTOR_SIZE = 0x1c8,
	ZP_EFI_DESCRIPTOR_VERSION = 0x1cc,
	ZP_EFI_MAP = 0x1d0,
	ZP_EFI_MAP_SIZE = 0x1d4,
};

/*
 * Hand over RAM from HC_EAGER_END on as unaccepted: tables into `area`, which is zero and at
 * HC_EFI_GPA, and their place into the zero page `page`, whose memory map is complete and is what
 * the EFI memory map is made of. A guest that has no RAM there gets no EFI.
 */
void efi_build(uint8_t area[HC_EFI_SIZE], uint8_t page[HC_PAGE_SIZE]);

#endif
