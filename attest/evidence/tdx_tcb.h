/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Intel's collateral says about the platform a TDX quote comes from: found out by
 * attest/verify, judged by attest/policy, shown by attest/result. Zeroed: nothing was found out.
 */
#ifndef HC_ATTEST_EVIDENCE_TDX_TCB_H
#define HC_ATTEST_EVIDENCE_TDX_TCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The statuses of Intel's TCB levels, those that a verifier makes of them, and two of ours. */
enum tdx_tcb_status {
	TDX_TCB_UNKNOWN, /* not evaluated: something needed for it is missing or not genuine */
	TDX_TCB_UP_TO_DATE,
	TDX_TCB_SW_HARDENING_NEEDED,
	TDX_TCB_CONFIGURATION_NEEDED,
	TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TDX_TCB_OUT_OF_DATE,
	TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TDX_TCB_TD_RELAUNCH_ADVISED, /* out of date at launch, and up to date since */
	TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	TDX_TCB_REVOKED,
	TDX_TCB_NOT_SUPPORTED, /* below every level that Intel lists */
	TDX_TCB_STATUS_COUNT,
};

#define TDX_ADVISORIES_MAX 64
#define TDX_ADVISORY_SIZE  24 /* "INTEL-SA-00615" with its NUL, and room */

struct tdx_tcb {
	enum tdx_tcb_status status; /* all parts together, as Intel's verifier converges them */
	enum tdx_tcb_status platform, module, qe; /* at launch, by TEE_TCB_SVN */
	bool has_current;                         /* the quote has TEE_TCB_SVN2: */
	enum tdx_tcb_status launch, current;      /* converged by one SVN and by the other */
	int64_t tcb_date;                         /* the earliest of the parts'; 0: not known */
	int64_t platform_date;                    /* of the platform's level alone; 0: none */
	uint32_t evaluation_number;               /* the lower of TCB info's and QE identity's */
	int64_t earliest_expiry; /* of certificates, lists and collateral used; 0: unknown */
	size_t advisory_count;
	bool advisories_cut; /* more than fit: a policy has to take it for a denied one */
	char advisory[TDX_ADVISORIES_MAX][TDX_ADVISORY_SIZE]; /* each once, sorted */
};

enum tdx_flag { TDX_FLAG_UNKNOWN, TDX_FLAG_FALSE, TDX_FLAG_TRUE };

/* From the PCK certificate. `known` only once its chain ends in a root of the caller's. */
struct tdx_platform {
	bool known;
	uint8_t ppid[16], cpusvn[16], svn[16];
	uint16_t pcesvn;
	uint8_t pceid[2], fmspc[6];
	bool has_piid;
	uint8_t piid[16]; /* platform instance id */
	enum tdx_flag dynamic_platform, cached_keys, smt_enabled;
};

/* As Intel writes them: "UpToDate"; "NotSupported" and "Unknown" are ours. Never NULL. */
const char *tdx_tcb_status_name(enum tdx_tcb_status status);
/* The inverse for the statuses of Intel's; UNKNOWN for other text. */
enum tdx_tcb_status tdx_tcb_status_from_name(const char *name);

#endif
