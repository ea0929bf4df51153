/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware images with the OVMF footer: the GUIDed table at their end, the SEV and TDX metadata it
 * points to, and what QEMU, EC2 and Google's VMM launch of such an image. Such images are loaded
 * so that they end at 4 GiB. They come from anybody: nothing is used before it was checked. No
 * I/O, no globals. "offset" in errors is that of the image file.
 */
#ifndef HC_ATTEST_MEASURE_OVMF_H
#define HC_ATTEST_MEASURE_OVMF_H

#include "attest/measure/measure.h"

#define OVMF_IMAGE_MAX    (64U << 20) /* bytes of an image */
#define OVMF_SECTIONS_MAX 64
#define OVMF_MEMORY_MAX   (512U << 20) /* bytes of all sections that are not in the image */
#define OVMF_VCPUS_MAX    512

struct ovmf_image {
	struct view file; /* borrowed */
	uint64_t gpa;     /* of its first byte: 4 GiB less its size */
	size_t table;     /* offset and length of the GUIDed table, footer not counted */
	size_t table_len;
};

/*
 * Find and walk the GUIDed table. HC_ERANGE for a size that is no multiple of 4 KiB or too large,
 * HC_EFORMAT "no firmware GUID table" without the footer, HC_EFORMAT for lengths that do not add
 * up.
 */
HC_MUST_USE int ovmf_parse(struct ovmf_image *out, struct view file, struct error *err);

/* Is the footer's GUID where it has to be? False also for files too small or uneven to be images.
 */
bool ovmf_has_footer(struct view file);

/* The data of the last table entry with this GUID (16 bytes as in the file), nearest the end. */
bool ovmf_find(const struct ovmf_image *image, const uint8_t guid[16], struct view *out);

/* Sections of the SEV metadata, OVMF's OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm. */
enum ovmf_sev_type {
	OVMF_SEV_SEC_MEM = 1,
	OVMF_SEV_SECRETS = 2,
	OVMF_SEV_CPUID = 3,
	OVMF_SEV_SVSM_CAA = 4,
	OVMF_SEV_KERNEL_HASHES = 0x10,
};

struct ovmf_sev_section {
	uint64_t gpa, size; /* multiples of 4 KiB, size not zero */
	enum ovmf_sev_type type;
};

struct ovmf_sev {
	struct ovmf_image image;
	size_t count;
	struct ovmf_sev_section section[OVMF_SECTIONS_MAX]; /* in file order, disjoint */
	uint32_t ap_eip;       /* SEV-ES reset block; 0: the image has none */
	uint64_t hashes_table; /* GPA where the kernel's hashes go; 0: the image has no place */
};

/*
 * Everything an SNP launch needs of an image. HC_EMISSING without SEV metadata; HC_EFORMAT
 * "metadata outside the image", for a section of unknown type, unaligned, empty or over another
 * (or over the image), more than one page of secrets or CPUID.
 */
HC_MUST_USE int ovmf_sev_parse(struct ovmf_sev *out, struct view file, struct error *err);

/* Whose launch: they differ in page order, page types and save areas. */
enum snp_vmm { SNP_VMM_QEMU, SNP_VMM_EC2, SNP_VMM_GCE };

/* "qemu", "ec2", "gce"; HC_EUSAGE for others. */
HC_MUST_USE int snp_vmm_by_name(enum snp_vmm *out, const char *name, struct error *err);

/*
 * CPUID 1 EAX of a CPU model of QEMU ("EPYC-Milan"), which QEMU leaves in RDX at reset and thereby
 * in the digest. HC_EUSAGE for a name that is not in the table.
 */
HC_MUST_USE int snp_vcpu_signature(uint32_t *out, const char *type, struct error *err);

struct ovmf_snp_launch {
	enum snp_vmm vmm;
	uint32_t vcpu_sig;     /* QEMU only */
	uint64_t sev_features; /* as in the save area: 0x1 SNP, 0x20 debug swap, ... */
	bool kernel_hashes;    /* QEMU's kernel-hashes=on; then the three below count */
	struct view kernel, initrd;
	const char *cmdline; /* NULL: empty */
};

/*
 * The digest of everything before the save areas: flash, then the sections. HC_EUNSUPPORTED for
 * kernel hashes where VMM or image have no place for them.
 */
HC_MUST_USE int ovmf_snp_pages(struct launch_digest *ld, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, measure_explain_fn *explain, void *ctx,
	struct error *err);

/*
 * Extend by the save area of vCPU `index`, in ascending order from 0; the digest of N vCPUs stands
 * in `ld` after index N - 1. HC_EMISSING for index > 0 where the image has no reset block.
 */
HC_MUST_USE int ovmf_snp_vcpu(struct launch_digest *ld, const struct ovmf_sev *sev,
	const struct ovmf_snp_launch *launch, uint32_t index, measure_explain_fn *explain,
	void *ctx, struct error *err);

/* The 4096 bytes of that save area. */
void ovmf_vmsa(uint8_t page[4096], const struct ovmf_sev *sev, const struct ovmf_snp_launch *launch,
	uint32_t index);

#endif
