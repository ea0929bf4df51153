/* SPDX-License-Identifier: Apache-2.0 */
/* Host memory behind the guest's RAM, in the ranges of firmware/abi/layout.h. */
#ifndef HC_VMM_RAM_H
#define HC_VMM_RAM_H

#include <stdbool.h>

#include "common/error.h"
#include "vmm/guest_memory.h"

/*
 * Map `bytes` of RAM (a multiple of HC_RAM_ALIGN): below 3 GiB, the rest from 4 GiB. Pages are
 * taken from the host as the guest touches them, and never appear in a core file.
 */
HC_MUST_USE int ram_open(
	struct guest_memory *mem, uint64_t bytes, bool huge_pages, struct error *err);
void ram_close(struct guest_memory *mem);

#endif
