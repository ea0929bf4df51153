/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IGVM files (Independent Guest Virtual Machine format, version 1): one file with the pages of a
 * guest for several platforms, told apart by compatibility masks. Parsed strictly, and measured
 * as a loader that follows the file's order launches it. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_IGVM_H
#define HC_ATTEST_MEASURE_IGVM_H

#include "attest/measure/tdvf.h"

#define IGVM_FILE_MAX      (1U << 30) /* bytes */
#define IGVM_PLATFORMS_MAX 8
#define IGVM_AREAS_MAX     64
#define IGVM_AREA_MAX      (64U << 20) /* bytes of one parameter area */

enum igvm_platform_type {
	IGVM_NATIVE = 0,
	IGVM_VSM = 1,
	IGVM_SEV_SNP = 2,
	IGVM_TDX = 3,
};

/* Types of variable headers that this code looks into; others are known by size only. */
enum igvm_type {
	IGVM_SUPPORTED_PLATFORM = 0x1,
	IGVM_GUEST_POLICY = 0x101,
	IGVM_PARAMETER_AREA = 0x301,
	IGVM_PAGE_DATA = 0x302,
	IGVM_PARAMETER_INSERT = 0x303,
	IGVM_VP_CONTEXT = 0x304,
	IGVM_REQUIRED_MEMORY = 0x305,
};

enum igvm_page_type {
	IGVM_PAGE_NORMAL = 0,
	IGVM_PAGE_SECRETS = 1,
	IGVM_PAGE_CPUID = 2,
	IGVM_PAGE_CPUID_XF = 3,
};

#define IGVM_PAGE_2MB        1U
#define IGVM_PAGE_UNMEASURED 2U
#define IGVM_PAGE_SHARED     4U

struct igvm {
	struct view file;    /* borrowed */
	struct view headers; /* the variable headers, in it */
	size_t platforms;
	struct igvm_platform {
		uint32_t mask; /* one bit */
		enum igvm_platform_type type;
		uint8_t highest_vtl;
		uint16_t version;
		uint64_t shared_gpa_boundary;
	} platform[IGVM_PLATFORMS_MAX];
	size_t areas;
	struct igvm_area {
		uint32_t index;
		uint64_t size; /* bytes, multiple of 4 KiB */
	} area[IGVM_AREAS_MAX];
};

/* One variable header. What is zero does not apply to its type. */
struct igvm_header {
	size_t offset;  /* of the header in the file */
	uint32_t type;  /* enum igvm_type, or another */
	bool ignorable; /* of a type that this code does not know, and may skip */
	struct view content;
	uint32_t mask; /* of the platforms it is for; all ones: of every one */
	uint64_t gpa, size;
	uint32_t flags, page_type, vp_index, area;
	struct view data; /* in the file; empty: zeros */
};

/*
 * Check the whole file: magic, version 1, exact size, CRC-32 of the headers, known types of right
 * length in the order platform, initialisation, directives, zero padding, masks that were declared,
 * data inside the file, pages aligned and (per platform) at different addresses. HC_EFORMAT,
 * HC_ETRUNCATED, HC_ERANGE, HC_EUNSUPPORTED with the offset; HC_ENOMEM.
 */
HC_MUST_USE int igvm_parse(struct igvm *out, struct view file, struct error *err);

/* Of a parsed file, the header at `*at` (start with 0); moves `*at` on. False after the last. */
bool igvm_next(const struct igvm *igvm, size_t *at, struct igvm_header *out);

/* CRC-32 (IEEE 802.3), as the fixed header has it. */
uint32_t igvm_crc32(const uint8_t *data, size_t len);

/* "page data", ...; "unknown" for others. */
const char *igvm_type_name(uint32_t type);
const char *igvm_platform_name(enum igvm_platform_type type);

/*
 * The SNP launch digest, or MRTD (page order), of the file's only platform of that type;
 * HC_EUNSUPPORTED if there is none or more than one, or for pages of 2 MiB. Pages without data are
 * normal pages of zeros; save areas are measured where and when the file says.
 */
HC_MUST_USE int igvm_measure_snp(uint8_t out[SHA384_SIZE], const struct igvm *igvm,
	measure_explain_fn *explain, void *ctx, struct error *err);
HC_MUST_USE int igvm_measure_tdx(uint8_t out[SHA384_SIZE], const struct igvm *igvm,
	tdvf_explain_fn *explain, void *ctx, struct error *err);

#endif
