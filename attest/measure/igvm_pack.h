/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing guests as IGVM files (version 1): the launch pages of a firmware image, kernel and
 * initrd, entry state of the vCPUs. Loaders know nothing of a staging window, and most take no
 * notice of the flag "shared"; so kernel and initrd become unmeasured private pages of the guest's
 * RAM, at a place that the manifest names (packed_base), after the launch pages. In a file for
 * SEV-SNP addresses ascend, so that loaders that sort pages measure the same. Such a guest has a
 * digest of its own, that of the file: the places of these pages are in it, and what is in them is
 * in the manifest. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_IGVM_PACK_H
#define HC_ATTEST_MEASURE_IGVM_PACK_H

#include "attest/measure/igvm.h"

/* Everything is borrowed. */
struct igvm_guest {
	const struct fw_image *image;
	const struct hc_manifest *manifest; /* NULL: the firmware alone, a manifest of zeros */
	const uint8_t *hostfdt;             /* HC_HOSTFDT_SIZE bytes; NULL: zeros */
	struct view kernel, initrd;         /* len 0: none */
	uint64_t policy;                    /* SNP guest policy */
	const uint8_t *id_block, *id_auth;  /* as in id_block.h, or both NULL; SNP only */
};

/*
 * Choose packed_base and packed_size for the kernel (that kernel_check has passed) and initrd of
 * `in`: kernel first, the initrd from the next page on, at the top of `ram_bytes` of RAM as the
 * firmware can use it. HC_ERANGE where they, and what the kernel needs besides, do not fit.
 */
HC_MUST_USE int igvm_place(struct guest_inputs *in, uint64_t ram_bytes, struct error *err);

/* Where the initrd begins, in bytes from packed_base: what the device tree has to say. */
uint64_t igvm_initrd_offset(struct view kernel);

/*
 * Append the file to `out`. Platform sev-snp or sim-snp gives an IGVM file for SEV-SNP with a save
 * area per vCPU of the manifest (one without), plain one for native x86-64 with the registers of
 * the first vCPU, tdx one for TDX. The same guest gives the same bytes. HC_EUNSUPPORTED for an
 * image with pages of type ZERO: loaders of IGVM files do not agree on those. HC_EMISMATCH for a
 * manifest of another platform, a packed range that is not that of kernel and initrd, or an ID
 * block of another policy than the guest's; HC_ERANGE for blobs that no guest can have; HC_ENOMEM.
 */
HC_MUST_USE int igvm_pack(struct bytes *out, const struct igvm_guest *guest, struct error *err);

#endif
