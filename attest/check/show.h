/* SPDX-License-Identifier: Apache-2.0 */
/* What hc-check prints: a verdict, or the fields of evidence that nobody has verified. */
#ifndef HC_ATTEST_CHECK_SHOW_H
#define HC_ATTEST_CHECK_SHOW_H

#include <stdio.h>

#include "attest/check/inputs.h"

HC_MUST_USE int show_verdict(
	const struct verdict *v, const struct inputs *in, FILE *to, struct error *err);

/* Parse and print every field; `scratch` is the caller's storage. Verifies nothing and says so. */
HC_MUST_USE int show_evidence(struct view evidence, struct verdict *scratch,
	const struct inputs *in, FILE *to, struct error *err);

#endif
