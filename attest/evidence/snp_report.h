/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AMD SEV-SNP attestation report: its bytes as fields, and which of its bytes must be zero.
 * SEV-SNP Firmware ABI (AMD document 56860), section 7.3, table ATTESTATION_REPORT. No
 * cryptography, no policy: a parsed report has proved nothing yet.
 */
#ifndef HC_ATTEST_EVIDENCE_SNP_REPORT_H
#define HC_ATTEST_EVIDENCE_SNP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define SNP_REPORT_SIZE   1184
#define SNP_SIGNED_SIZE   0x2a0 /* the signature covers [0, SNP_SIGNED_SIZE) as received */
#define SNP_CHIP_ID_SIZE  64
#define SNP_VMPL_MAX      3
#define SNP_ETCB_SIZE     32
#define SNP_SIG_COMPONENT 72 /* bytes of R and of S, little-endian; 48 used by P-384 */

#define SNP_SIGNATURE_ECDSA_P384_SHA384 1

/* A product line is a set of keys at AMD: Bergamo and Siena are certified under Genoa's. */
enum snp_product {
	SNP_PRODUCT_UNKNOWN,
	SNP_PRODUCT_MILAN,
	SNP_PRODUCT_GENOA,
	SNP_PRODUCT_TURIN,
};

enum snp_signing_key {
	SNP_SIGNING_KEY_VCEK = 0,
	SNP_SIGNING_KEY_VLEK = 1,
	SNP_SIGNING_KEY_CHIP_SECRET = 2, /* ABI 1.59: a VCEK of the chip's own secret; not taken */
	SNP_SIGNING_KEY_NONE = 7,
};

/* GUEST_POLICY, section 4.3. */
#define SNP_POLICY_SMT               (1ULL << 16)
#define SNP_POLICY_RESERVED_ONE      (1ULL << 17) /* must be 1 */
#define SNP_POLICY_MIGRATE_MA        (1ULL << 18)
#define SNP_POLICY_DEBUG             (1ULL << 19)
#define SNP_POLICY_SINGLE_SOCKET     (1ULL << 20)
#define SNP_POLICY_CXL_ALLOW         (1ULL << 21)
#define SNP_POLICY_MEM_AES_256_XTS   (1ULL << 22)
#define SNP_POLICY_RAPL_DIS          (1ULL << 23)
#define SNP_POLICY_CIPHERTEXT_HIDING (1ULL << 24)
#define SNP_POLICY_PAGE_SWAP_DISABLE (1ULL << 25)
#define SNP_POLICY_RESERVED_ZERO     (~0ULL << 26)

/* PLATFORM_INFO, section 7.3. Bits 63:8 have no public meaning today. */
#define SNP_PLATFORM_SMT_EN               (1ULL << 0)
#define SNP_PLATFORM_TSME_EN              (1ULL << 1)
#define SNP_PLATFORM_ECC_EN               (1ULL << 2)
#define SNP_PLATFORM_RAPL_DIS             (1ULL << 3)
#define SNP_PLATFORM_CIPHERTEXT_HIDING_EN (1ULL << 4)
#define SNP_PLATFORM_ALIAS_CHECK_COMPLETE (1ULL << 5)
#define SNP_PLATFORM_IOMMU_WRITE_SAFE     (1ULL << 6)
#define SNP_PLATFORM_TIO_EN               (1ULL << 7)
#define SNP_PLATFORM_UNKNOWN              (~0ULL << 8)

/*
 * KEY_INFO. Bits 31:5 must be zero (ABI 1.58). With MASK_CHIP_KEY the firmware writes zeros in
 * place of a signature: a report that has the bit set and is signed was made by something else.
 */
#define SNP_KEY_INFO_AUTHOR_KEY_EN  (1U << 0)
#define SNP_KEY_INFO_MASK_CHIP_KEY  (1U << 1)
#define SNP_KEY_INFO_RESERVED       (~0U << 5)
#define SNP_KEY_INFO_SIGNING_KEY(k) ((k) >> 2 & 7U)

/*
 * TCB_VERSION as components (section 2.2). `raw` is the eight bytes as they stand; comparing them
 * as one integer is wrong on every product.
 */
struct snp_tcb {
	uint8_t raw[8];
	bool has_layout; /* the product is known; else the components are zero */
	bool has_fmc;    /* Turin */
	uint8_t fmc, bootloader, tee, snp, microcode;
	bool reserved_zero; /* the bytes that the product's layout reserves */
};

struct snp_version {
	uint8_t build, minor, major;
};

/* Every field. Multi-byte integers are decoded, arrays are as they stand in the report. */
struct snp_report {
	uint8_t raw[SNP_REPORT_SIZE]; /* what was received; the signature is verified over this */
	uint32_t version, guest_svn;
	uint64_t policy;
	uint8_t family_id[16], image_id[16];
	uint32_t vmpl, signature_algo;
	uint8_t current_tcb[8];
	uint64_t platform_info;
	uint32_t key_info;
	uint8_t report_data[64], measurement[48], host_data[32];
	uint8_t id_key_digest[48], author_key_digest[48];
	uint8_t report_id[32], report_id_ma[32];
	uint8_t reported_tcb[8];
	bool has_cpuid; /* version 3 and later */
	uint8_t cpuid_fam_id, cpuid_mod_id, cpuid_step;
	uint8_t chip_id[SNP_CHIP_ID_SIZE];
	uint8_t committed_tcb[8];
	struct snp_version current, committed;
	uint8_t launch_tcb[8];
	bool has_mit_vector; /* version 5 and later */
	uint64_t launch_mit_vector, current_mit_vector;
	/*
	 * Version 6 and later: TCB of products after Turin (Venice), where TCB_VERSION has no room
	 * for bootloader and microcode. Their layout is not decoded here; zero on products through
	 * Turin.
	 */
	bool has_etcb;
	uint8_t current_etcb[SNP_ETCB_SIZE], launch_etcb[SNP_ETCB_SIZE];
	uint8_t committed_etcb[SNP_ETCB_SIZE];
	/* Low 48 bytes of R and S, big-endian; the numbers only if the upper 24 bytes are zero. */
	uint8_t signature_r[48], signature_s[48];
	bool signature_fits;
};

/*
 * Copy and decode. The only refusal is a size other than 1184 (HC_ETRUNCATED, HC_ERANGE): what the
 * fields say is judged by the predicates below and by attest/verify. Decoding of a version below 1
 * or above 6 is as of the nearest known one.
 */
HC_MUST_USE int snp_report_parse(struct snp_report *out, struct view bytes, struct error *err);

/*
 * FULL: the layout is published: 2, 3, 5, and 6, which a policy has to ask for. PARSED: 4, which
 * was never published and is read as 3; not vouched for. UNKNOWN: all others.
 */
enum snp_version_support { SNP_VERSION_UNKNOWN, SNP_VERSION_PARSED, SNP_VERSION_FULL };
enum snp_version_support snp_report_version_support(uint32_t version);

/*
 * All reserved bytes of the report's version are zero, and so are the upper 24 bytes of R and S and
 * everything after S; on products through Turin the extended TCBs of version 6 too. HC_EFORMAT with
 * the offset of the first byte that is not.
 */
HC_MUST_USE int snp_report_reserved_valid(const struct snp_report *report, struct error *err);

/* Product line by the combined CPUID family and model; UNKNOWN where has_cpuid is false. */
enum snp_product snp_report_product(const struct snp_report *report);

/* "milan", "genoa", "turin" or "unknown". */
const char *snp_product_name(enum snp_product product);
/* The inverse; UNKNOWN if `name` (len bytes, any case) is none of them. */
enum snp_product snp_product_from_name(const char *name, size_t len);

/* Decode eight bytes with the layout of `product`. Unknown: nothing is guessed, has_layout false.
 */
void snp_tcb_decode(struct snp_tcb *out, const uint8_t raw[8], enum snp_product product);
/* True if every component of `a` is at least that of `b`; both of one product. False without
 * layout. */
bool snp_tcb_at_least(const struct snp_tcb *a, const struct snp_tcb *b);

/* CHIP_ID bytes in use: 8 on Turin, else 64. */
size_t snp_chip_id_size(enum snp_product product);

#endif
