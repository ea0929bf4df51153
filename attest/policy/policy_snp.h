/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for SEV-SNP as they stand in a block, read and bounded. Zeroed: no rule but defaults.
 */
#ifndef HC_ATTEST_POLICY_POLICY_SNP_H
#define HC_ATTEST_POLICY_POLICY_SNP_H

#include "attest/policy/policy.h"

#define POLICY_MEASUREMENTS_MAX 256
#define POLICY_LIST_MAX         64 /* of digests and ids of other kinds */
#define POLICY_ROOTS_MAX        16
#define POLICY_CHIPS_MAX        4096
#define POLICY_CHIP_KEYS_MAX    8
#define POLICY_BUILDS_MAX       64

#define POLICY_SNP_PRODUCTS 4 /* by enum snp_product */

/* Components of a TCB, in the order they are named. */
enum policy_tcb_part {
	POLICY_TCB_FMC, /* Turin and later */
	POLICY_TCB_BOOTLOADER,
	POLICY_TCB_TEE,
	POLICY_TCB_SNP,
	POLICY_TCB_MICROCODE,
	POLICY_TCB_PARTS,
};

/* The four TCBs of a report. */
enum policy_tcb {
	POLICY_TCB_REPORTED,
	POLICY_TCB_COMMITTED,
	POLICY_TCB_CURRENT,
	POLICY_TCB_LAUNCH,
	POLICY_TCBS,
};

extern const char *const policy_tcb_part_names[POLICY_TCB_PARTS + 1];
extern const char *const policy_tcb_names[POLICY_TCBS + 1];

struct policy_floor {
	uint8_t named; /* bit n: part n has a floor */
	uint8_t value[POLICY_TCB_PARTS];
};

struct policy_version_floor {
	bool named;
	struct snp_version at_least;
};

struct policy_mask {
	bool named;
	uint64_t set; /* bits that must be set */
};

struct policy_chip {
	uint8_t id[SNP_CHIP_ID_SIZE];          /* as in a report: Turin's 8 bytes, then zeros */
	size_t key_count;                      /* 0: any key with a genuine certificate */
	uint8_t key[POLICY_CHIP_KEYS_MAX][32]; /* SHA-256 of SubjectPublicKeyInfo */
	char note[64];
};

struct policy_snp {
	bool has_products; /* else: all but Milan */
	bool product[POLICY_SNP_PRODUCTS];
	size_t root_count;                           /* 0: the built-in ones */
	char root[POLICY_ROOTS_MAX][ROOT_NAME_SIZE]; /* as struct root.name */
	struct policy_list measurements;

	bool has_tcb; /* then a product without floors is refused */
	bool has_floors[POLICY_SNP_PRODUCTS];
	struct policy_floor floor[POLICY_SNP_PRODUCTS][POLICY_TCBS];
	struct policy_version_floor firmware_current, firmware_committed;
	struct policy_mask mitigations_launch, mitigations_current;

	struct policy_bits guest_policy, platform_info;
	enum policy_unknown_bits unknown_bits;
	bool has_abi;
	uint8_t abi[2];           /* major, minor: at least */
	uint32_t report_versions; /* bit n: version n; 0: 3, 5 and what is loosened */
	uint32_t vmpls;           /* bit n: VMPL n; 0: 0 and what is loosened */
	bool vcek, vlek;          /* neither: VCEK, and VLEK where loosened */
	struct policy_list id_keys, author_keys, host_data, family_ids, image_ids;
	bool has_guest_svn;
	uint32_t guest_svn; /* at least */
	size_t chip_count;
	struct policy_chip *chip; /* owned; sorted by id */
};

struct policy_snp_deny {
	struct policy_list chips; /* sorted */
	bool has_products, product[POLICY_SNP_PRODUCTS];
	size_t build_count;
	struct snp_version build[POLICY_BUILDS_MAX];
};

/* The entry of the allow-list for this CHIP_ID, or NULL. */
const struct policy_chip *policy_snp_chip(
	const struct policy_snp *rules, const uint8_t id[SNP_CHIP_ID_SIZE]);
bool policy_snp_denies_chip(const struct policy_snp_deny *deny, const uint8_t id[SNP_CHIP_ID_SIZE]);

/* Component `part` of a TCB. */
uint8_t policy_tcb_part(const struct snp_tcb *tcb, enum policy_tcb_part part);

#endif
