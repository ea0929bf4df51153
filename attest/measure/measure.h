/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expected measurements: from the inputs of a guest to the manifest page and the launch digest.
 * Used by hc-measure, by hc-vmm (which must launch exactly this) and by the simulated secure
 * processor. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_H
#define HC_ATTEST_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"
#include "firmware/abi/image.h"
#include "firmware/abi/manifest.h"

/* As in a configuration: "plain", "sev-snp", "tdx", "sim-snp", "sim-tdx"; "unknown" for others. */
const char *fw_platform_name(enum hc_platform platform);

/* SEV_FEATURES of every SNP guest here: SNPActive, nothing else. */
#define SNP_SEV_FEATURES 0x1ULL
/* TDATTRIBUTES of every TDX guest here: SEPT_VE_DISABLE, nothing else. */
#define TDX_ATTRIBUTES 0x10000000ULL

/* A parsed firmware image. `pages` of a region point into the file given, which must outlive this.
 */
struct fw_region {
	uint64_t gpa;
	uint32_t pages;
	enum hc_page_type type;
	enum hc_image_role role;
	const uint8_t *data; /* pages * 4096 bytes, or NULL where nothing is in the file */
};

struct fw_image {
	enum hc_platform platform;
	size_t region_count;
	struct fw_region region[HC_IMAGE_REGIONS_MAX];
	uint32_t total_pages;
};

/*
 * Strict: magic, version, reserved zero, file_size exact, regions page aligned, inside the launch
 * area of layout.h, disjoint, exactly one manifest and one device-tree region where layout.h has
 * them, at most HC_LAUNCH_MAX_PAGES pages.
 */
HC_MUST_USE int fw_image_parse(struct fw_image *out, struct view file, struct error *err);

/* What a guest is made of. Views are borrowed. */
struct guest_inputs {
	enum hc_platform platform;
	struct view kernel;
	struct view initrd; /* len 0: none */
	const char *cmdline;
	uint32_t vcpu_count;
	uint64_t ram_min, ram_max;         /* 0, 0: wide (HC_RAM_MIN to HC_RAM_MAX) */
	uint64_t features, features_mask;  /* mask 0 on SNP and TDX: those above, exactly */
	uint64_t packed_base, packed_size; /* as in the manifest (igvm_place); 0, 0: not packed */
	size_t device_count;
	struct hc_manifest_device device[HC_DEVICES_MAX];
};

/*
 * Is it a bzImage with a 64-bit entry, by its header? HC_EFORMAT, HC_ETRUNCATED or HC_EUNSUPPORTED
 * with field, offset and what to do. manifest_build does not ask: any bytes have a digest.
 */
HC_MUST_USE int kernel_check(struct view kernel, struct error *err);

/* Fill the manifest page. HC_ERANGE for a value the firmware would refuse. */
HC_MUST_USE int manifest_build(
	struct hc_manifest *out, const struct guest_inputs *inputs, struct error *err);

/* The running SNP launch digest (SNP firmware ABI 8.17.2, PAGE_INFO), as the processor keeps it. */
struct launch_digest {
	uint8_t value[SHA384_SIZE];
};
void launch_digest_init(struct launch_digest *ld);
/* `page` is 4096 bytes for NORMAL and VMSA, ignored (may be NULL) for the other types. */
HC_MUST_USE int launch_digest_page(
	struct launch_digest *ld, enum hc_page_type type, uint64_t gpa, const uint8_t *page);

/* The guest-physical address at which KVM measures every VMSA. */
#define SNP_VMSA_GPA 0xfffffffff000ULL

/* The save area of a vCPU at entry as KVM builds it, 4096 bytes: BSP for index 0, parked AP else.
 */
void vmsa_build(uint8_t page[4096], uint32_t vcpu_index, uint64_t sev_features, bool c_bit);

/*
 * The whole launch digest of an image with a manifest: all regions in order, then `vcpu_count`
 * VMSAs. Each step is reported to `explain` if given (type, gpa, running digest).
 */
typedef void measure_explain_fn(
	void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);
HC_MUST_USE int measure_snp(uint8_t out[SHA384_SIZE], const struct fw_image *image,
	const struct hc_manifest *manifest, uint64_t sev_features, measure_explain_fn *explain,
	void *ctx, struct error *err);

#endif
