/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing guests as IGVM files (version 1): the launch pages of a firmware image in launch order,
 * kernel and initrd as shared pages of the staging window, entry state of the vCPUs. The file says
 * the same launch as hc-vmm makes, so its digest is that of measure_snp or measure_tdx. No I/O, no
 * globals.
 */
#ifndef HC_ATTEST_MEASURE_IGVM_PACK_H
#define HC_ATTEST_MEASURE_IGVM_PACK_H

#include "attest/measure/igvm.h"

/* Everything is borrowed. */
struct igvm_guest {
	const struct fw_image *image;
	const struct hc_manifest *manifest;    /* NULL: the firmware alone, a manifest of zeros */
	const uint8_t *hostfdt;                /* HC_HOSTFDT_SIZE bytes; NULL: zeros */
	struct view kernel, initrd;            /* shared pages; len 0: none */
	uint64_t kernel_offset, initrd_offset; /* in the staging window, page aligned */
	uint64_t policy;                       /* SNP guest policy */
	const uint8_t *id_block, *id_auth;     /* as in id_block.h, or both NULL; SNP only */
};

/*
 * Append the file to `out`. Platform sev-snp or sim-snp gives an IGVM file for SEV-SNP with a save
 * area per vCPU of the manifest (one without), plain one for native x86-64 with the registers of
 * the first vCPU, tdx one for TDX. The same guest gives the same bytes. HC_EUNSUPPORTED for an
 * image with pages of type ZERO: loaders of IGVM files do not agree on those. HC_ERANGE for blobs
 * that do not fit into the window, HC_EMISMATCH for a manifest of another platform or an ID block
 * of another policy than the guest's, HC_ENOMEM.
 */
HC_MUST_USE int igvm_pack(struct bytes *out, const struct igvm_guest *guest, struct error *err);

#endif
