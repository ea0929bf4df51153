/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical JSON (RFC 8785) of a parsed value: the bytes two parties hash, so it never writes what
 * it is not sure of. Reals, integers beyond 2^53 - 1 and member names outside printable ASCII are
 * refused instead of guessed at (their canonical form needs number formatting as in ECMAScript and
 * sorting by UTF-16 code units).
 */
#ifndef HC_ATTEST_JOSE_JCS_H
#define HC_ATTEST_JOSE_JCS_H

#include <jansson.h>

#include "common/bytes.h"
#include "common/error.h"

#define JCS_DEPTH_MAX 32

/*
 * Append the canonical form of `value` to `out`. HC_EUNSUPPORTED for what is named above or for
 * nesting beyond JCS_DEPTH_MAX; `out` may then hold a part.
 */
HC_MUST_USE int jcs_write(const json_t *value, struct bytes *out, struct error *err);

#endif
