/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for TDX as they stand in a block, read and bounded. Zeroed: no rule but defaults. */
#ifndef HC_ATTEST_POLICY_POLICY_TDX_H
#define HC_ATTEST_POLICY_POLICY_TDX_H

#include "attest/policy/policy_tee.h"

#define POLICY_TDX_LIST_MAX       256  /* of registers */
#define POLICY_TDX_PLATFORMS_MAX  4096 /* of FMSPCs, PPIDs, platform instance ids */
#define POLICY_TDX_ROOTS_MAX      16
#define POLICY_TDX_ADVISORIES_MAX 64
#define POLICY_TDX_GRACE_DAYS_MAX 3650

/* Registers and labels of 48 bytes, in the order of policy_tdx_registers. */
enum policy_tdx_register {
	POLICY_TDX_MRTD,
	POLICY_TDX_RTMR0,
	POLICY_TDX_RTMR1,
	POLICY_TDX_RTMR2,
	POLICY_TDX_RTMR3,
	POLICY_TDX_MRSEAM,
	POLICY_TDX_MRSIGNERSEAM,
	POLICY_TDX_MRCONFIGID,
	POLICY_TDX_MROWNER,
	POLICY_TDX_MROWNERCONFIG,
	POLICY_TDX_MRSERVICETD,
	POLICY_TDX_REGISTERS,
};

/* Sets of platforms: of an allow-list or of the deny-list. */
struct policy_tdx_platforms {
	struct policy_list fmspcs, ppids, instances;
};

struct policy_tdx {
	size_t root_count; /* 0: the built-in one */
	char root[POLICY_TDX_ROOTS_MAX][ROOT_NAME_SIZE];
	struct policy_list registers[POLICY_TDX_REGISTERS];

	uint32_t statuses; /* bit n: enum tdx_tcb_status n; 0: UpToDate */
	bool has_tcb_date, has_evaluation, has_grace;
	int64_t tcb_date;      /* at least */
	uint32_t evaluation;   /* at least */
	uint32_t grace_days;   /* an out-of-date platform may be so old, by its tcbDate */
	size_t advisory_count; /* denied */
	char advisory[POLICY_TDX_ADVISORIES_MAX][TDX_ADVISORY_SIZE];

	struct policy_bits td_attributes, xfam;
	enum policy_unknown_bits unknown_bits;
	bool has_seamattributes;
	uint64_t seamattributes; /* exactly */
	uint32_t bodies;         /* bit n: enum tdx_body_type n; 0: TD 1.0 and TD 1.5 */
	struct policy_tdx_platforms platforms;
};

struct policy_tdx_deny {
	struct policy_tdx_platforms platforms;
};

/* Members of a block, by register: "mrtd"; NULL at the end. */
extern const char *const policy_tdx_registers[POLICY_TDX_REGISTERS + 1];

/* The bytes of that register in the quote; NULL for one that its body does not have. */
const uint8_t *policy_tdx_register(const struct tdx_body *body, enum policy_tdx_register which);

void policy_tdx_judge_all(const struct policy *policy, struct verdict *v);
void policy_tdx_judge(const struct judge *j);
/* policy_check_tdx_tcb.c: status, date, evaluation number, advisories. */
void policy_tdx_judge_tcb(const struct judge *j, const struct policy_tdx *t);

#endif
