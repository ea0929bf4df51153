/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one gate from guest-physical addresses to host memory. Every device and loader goes through
 * it; nothing else in hc-vmm adds a guest's number to a host pointer. Guest memory changes under us
 * at any time: read each field once, with the copying functions, then check the copy.
 */
#ifndef HC_VMM_GUEST_MEMORY_H
#define HC_VMM_GUEST_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "firmware/abi/layout.h"

struct guest_ram {
	uint64_t gpa, size; /* bytes, page aligned, not 0 */
	uint8_t *host;
};

struct guest_memory {
	size_t count; /* ascending by gpa, disjoint */
	struct guest_ram ram[HC_RAM_RANGES_MAX];
	/*
	 * May the host touch this range? The platform's answer (private pages of SNP and TDX: no).
	 * NULL means that the platform has no private memory.
	 */
	int (*is_shared)(void *ctx, uint64_t gpa, uint64_t len);
	void *is_shared_ctx;
};

/*
 * Host pointer to [gpa, gpa + len), len > 0, if all of it lies in one range of RAM and is shared;
 * else NULL. The pointer is good for the life of the VM.
 */
void *guest_memory_at(const struct guest_memory *mem, uint64_t gpa, uint64_t len);

/* Copy out of or into the guest. HC_ERANGE, with nothing copied, where guest_memory_at is NULL. */
HC_MUST_USE int guest_memory_read(
	const struct guest_memory *mem, uint64_t gpa, void *out, size_t len);
HC_MUST_USE int guest_memory_write(
	const struct guest_memory *mem, uint64_t gpa, const void *data, size_t len);

#endif
