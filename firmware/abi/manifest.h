/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: one measured page that says what the guest is. Built by attest/measure for hc-vmm
 * and hc-measure from the same inputs, consumed unparsed by the firmware. Little-endian; every byte
 * not named is zero, and the firmware checks that.
 */
#ifndef HC_ABI_MANIFEST_H
#define HC_ABI_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/layout.h"

#define HC_MANIFEST_MAGIC   "HCMANIF\x01"
#define HC_MANIFEST_VERSION 1

/*
 * The firmware accepts memory below HC_EAGER_END and tells Linux to accept the rest when it needs
 * it: the kernel has to know how.
 */
#define HC_MANIFEST_LAZY  0x1
#define HC_MANIFEST_FLAGS HC_MANIFEST_LAZY

enum hc_platform {
	HC_PLATFORM_PLAIN = 1,
	HC_PLATFORM_SNP = 2,
	HC_PLATFORM_TDX = 3,
	HC_PLATFORM_SIM_SNP = 4,
	HC_PLATFORM_SIM_TDX = 5,
};

/* A blob that the host puts into the staging window, or the launch into RAM. size 0 (and digest
 * zero): must be absent. */
struct hc_manifest_blob {
	uint64_t size;      /* bytes */
	uint8_t sha384[48]; /* of exactly these bytes */
};

#define HC_DEVICE_READ_ONLY 0x1

/* One PCI function of bus 0 that the guest may expect; ascending by slot. */
struct hc_manifest_device {
	uint8_t slot;       /* 1..31 */
	uint8_t function;   /* 0 */
	uint16_t virtio_id; /* virtio device id: 2 block, 19 vsock */
	uint32_t flags;     /* HC_DEVICE_* */
	uint64_t reserved;
};

struct hc_manifest {
	uint8_t magic[8];
	uint32_t version;
	uint32_t total_len; /* 4096 */
	uint32_t platform;  /* enum hc_platform */
	uint32_t flags;     /* HC_MANIFEST_* */
	uint32_t vcpu_count;
	uint32_t cmdline_len; /* bytes in cmdline, without NUL */
	struct hc_manifest_blob kernel;
	struct hc_manifest_blob initrd;
	uint64_t ram_min, ram_max; /* bytes of RAM, both included */
	uint64_t mmio32_base, mmio32_size;
	uint64_t mmio64_base, mmio64_size; /* 0: none */
	uint64_t features;                 /* SEV_FEATURES or TDATTRIBUTES expected */
	uint64_t features_mask;            /* bits of it that are compared */
	uint32_t device_count;
	uint32_t reserved0;
	struct hc_manifest_device device[HC_DEVICES_MAX];
	/*
	 * Packed guests: kernel and initrd are not in the staging window, but in pages of the
	 * launch that are RAM. Every page of the range is one (measured or not), and no other page
	 * outside the launch area is. Both 0: not packed.
	 */
	uint64_t packed_base; /* multiple of HC_RAM_ALIGN */
	uint64_t packed_size; /* bytes, multiple of HC_PAGE_SIZE; ends below HC_BLOBS_END */
	uint8_t reserved1[280];
	char cmdline[2048]; /* zero to the end */
	uint8_t reserved2[1024];
};

#define HC_MANIFEST_AT(field, off)                                                                 \
	_Static_assert(offsetof(struct hc_manifest, field) == (off), "manifest." #field)
HC_MANIFEST_AT(platform, 16);
HC_MANIFEST_AT(cmdline_len, 28);
HC_MANIFEST_AT(kernel, 32);
HC_MANIFEST_AT(initrd, 88);
HC_MANIFEST_AT(ram_min, 144);
HC_MANIFEST_AT(mmio32_base, 160);
HC_MANIFEST_AT(features, 192);
HC_MANIFEST_AT(device_count, 208);
HC_MANIFEST_AT(device, 216);
HC_MANIFEST_AT(packed_base, 728);
HC_MANIFEST_AT(reserved1, 744);
HC_MANIFEST_AT(cmdline, 1024);
HC_MANIFEST_AT(reserved2, 3072);
_Static_assert(sizeof(struct hc_manifest_device) == 16, "one device is 16 bytes");
_Static_assert(sizeof(struct hc_manifest) == HC_PAGE_SIZE, "the manifest is one page");

#endif
