/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of each kind of evidence as JSON; claims_to_json (verdict.h) is the way in. */
#ifndef HC_ATTEST_RESULT_CLAIMS_JSON_H
#define HC_ATTEST_RESULT_CLAIMS_JSON_H

#include "attest/result/verdict.h"

/* Adds every field of the quote to `obj`, and platform and TCB level where they are known. */
void claims_tdx_json(json_t *obj, const struct claims *claims, bool *bad);

#endif
