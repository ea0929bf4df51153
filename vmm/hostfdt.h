/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the host's device tree of firmware/abi/hostfdt.h, which says what is in it. */
#ifndef HC_VMM_HOSTFDT_H
#define HC_VMM_HOSTFDT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "firmware/abi/layout.h"
#include "vmm/guest_memory.h"

struct hostfdt {
	const struct guest_memory *mem;
	uint32_t vcpu_count;
	uint64_t kernel_offset; /* bytes into the staging window */
	bool has_initrd;
	uint64_t initrd_offset;
};

/* Fills all of `out`; bytes after the tree are zero. HC_EINTERNAL where it does not fit. */
HC_MUST_USE int hostfdt_build(
	uint8_t out[HC_HOSTFDT_SIZE], const struct hostfdt *in, struct error *err);

#endif
