/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's device tree: from hostile bytes to a few bounded numbers, once. The schema is in
 * firmware/abi/hostfdt.h. What the manifest says the tree may only repeat.
 */
#ifndef HC_FIRMWARE_HOSTFDT_H
#define HC_FIRMWARE_HOSTFDT_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/manifest.h"
#include "firmware/range.h"
#include "firmware/refusal.h"

struct hostinfo {
	struct range ram[HC_RAM_RANGES_MAX]; /* ascending, disjoint; the first starts at 0 */
	size_t ram_count;
	uint32_t vcpu_count;
	uint64_t kernel_offset; /* bytes, in the staging window or the packed range */
	uint64_t initrd_offset; /* 0 if there is no initrd */
};

/*
 * Reads `len_bytes` at `fdt` (8-byte aligned, private: nobody may change them meanwhile) by a
 * manifest that manifest_check has passed. 0, or HC_REFUSE_FDT_FORMAT, _FDT_SCHEMA, _FDT_RAM,
 * _FDT_CPUS or _FDT_BLOBS; then `out` is not to be used. Never reads outside the buffer.
 */
FW_MUST_USE int hostfdt_parse(struct hostinfo *out, const void *fdt, size_t len_bytes,
	const struct hc_manifest *manifest);

#endif
