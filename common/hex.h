/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text to bytes and back. */
#ifndef HC_COMMON_HEX_H
#define HC_COMMON_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Lower-case hex and a NUL; `out` holds 2 * len + 1 bytes. */
void hex_encode(char *out, const uint8_t *data, size_t len);

/*
 * Exactly 2 * len hex digits of either case, nothing before, between or after. HC_EFORMAT
 * otherwise, with `what` named in the error.
 */
HC_MUST_USE int hex_decode(
	uint8_t *out, size_t len, const char *text, const char *what, struct error *err);

#endif
