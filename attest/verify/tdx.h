/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that verify TDX quotes share; the seam to the rest is verify.h. */
#ifndef HC_ATTEST_VERIFY_TDX_H
#define HC_ATTEST_VERIFY_TDX_H

#include "attest/verify/verify.h"

/*
 * evidence_ops.verify: signatures, chain, collateral, TCB level, revocation. v->claims.tdx.quote
 * holds a parsed quote, and the checks of its structure are recorded. Fills v->claims.tdx.platform
 * and .tcb, v->root and v->revocation.
 */
HC_MUST_USE int tdx_verify(const struct appraise_input *in, struct verdict *v, struct error *err);

#endif
