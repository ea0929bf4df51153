/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TCB level of a TDX platform: of the platform itself, of its TDX module and of the quoting
 * enclave, and what they amount to, exactly as Intel's own verifier counts it (Intel SGX and TDX
 * DCAP quote verification library, TcbLevelCheck and TDRelaunchCheck). Pure: no signatures, no
 * times, no policy. What is compared must have been found genuine by the caller.
 */
#ifndef HC_ATTEST_VERIFY_TDX_LEVEL_H
#define HC_ATTEST_VERIFY_TDX_LEVEL_H

#include "attest/endorse/tdx_tcb_info.h"
#include "attest/evidence/tdx_tcb.h"

struct tdx_level_input {
	const struct tdx_tcb_info *info;           /* NULL: none, and everything by it is UNKNOWN */
	const struct tdx_qe_identity *qe_identity; /* NULL: none, and the QE's status is UNKNOWN */
	const uint8_t *pck_svn;                    /* of the PCK certificate: 16 components, */
	uint16_t pcesvn;                           /* and its PCESVN */
	const uint8_t *tee_tcb_svn;                /* 16: of the module that launched the TD */
	const uint8_t *tee_tcb_svn2; /* 16: of the module loaded now; NULL: not told */
	uint16_t qe_isvsvn;
};

/* The levels that matched; NULL where none did, or where none is asked for. */
struct tdx_level_match {
	const struct tdx_level *platform, *module, *qe;
	const struct tdx_module_identity *identity; /* of modules of major version > 0 */
};

/*
 * Fills statuses, dates, evaluation number and advisories of `out`, and nothing else of it.
 * A module of major version 0 has no levels of its own: its SVN is compared with the platform's,
 * and out->module is UP_TO_DATE.
 */
void tdx_level_evaluate(
	const struct tdx_level_input *in, struct tdx_tcb *out, struct tdx_level_match *match);

/*
 * What a platform's status and its module's amount to; and that with the quoting enclave's. The
 * second operand is UP_TO_DATE, OUT_OF_DATE, REVOKED, NOT_SUPPORTED or UNKNOWN. REVOKED wins over
 * NOT_SUPPORTED, where Intel's verifier names whichever it meets first; both are final.
 */
enum tdx_tcb_status tdx_level_converge(enum tdx_tcb_status status, enum tdx_tcb_status part);

#endif
