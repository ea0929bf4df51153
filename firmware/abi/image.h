/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file a firmware image is built into: a header with the page list, then raw pages. The list is
 * in launch order and is what the launch digest is computed over; the vCPU states follow it.
 */
#ifndef HC_ABI_IMAGE_H
#define HC_ABI_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define HC_IMAGE_MAGIC       "HCFWIMG\x01"
#define HC_IMAGE_VERSION     1
#define HC_IMAGE_REGIONS_MAX 16

/* SEV-SNP PAGE_TYPE values (SNP firmware ABI, SNP_LAUNCH_UPDATE). */
enum hc_page_type {
	HC_PAGE_NORMAL = 1,
	HC_PAGE_VMSA = 2,
	HC_PAGE_ZERO = 3,
	HC_PAGE_UNMEASURED = 4,
	HC_PAGE_SECRETS = 5,
	HC_PAGE_CPUID = 6,
};

/* Who fills the pages of a region. */
enum hc_image_role {
	HC_ROLE_IMAGE = 0,    /* content is in the file (or zero, for HC_PAGE_ZERO) */
	HC_ROLE_MANIFEST = 1, /* the manifest page */
	HC_ROLE_HOSTFDT = 2,  /* the host's device tree */
	HC_ROLE_SECRETS = 3,
	HC_ROLE_CPUID = 4,
};

struct hc_image_region {
	uint64_t gpa;         /* page aligned */
	uint64_t file_offset; /* of the first page; 0 where nothing is in the file */
	uint32_t pages;
	uint32_t page_type; /* enum hc_page_type */
	uint32_t role;      /* enum hc_image_role */
	uint32_t reserved;
};

struct hc_image_header {
	uint8_t magic[8];
	uint32_t version;
	uint32_t platform; /* enum hc_platform of manifest.h */
	uint32_t region_count;
	uint32_t reserved;
	uint64_t file_size;
	struct hc_image_region region[HC_IMAGE_REGIONS_MAX];
	/* zero to 4096; raw pages from there on */
};

_Static_assert(sizeof(struct hc_image_region) == 32, "one region is 32 bytes");
_Static_assert(offsetof(struct hc_image_header, region) == 32, "regions follow 32 bytes");

#endif
