/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal text to bytes and back. */
#include "common/hex.h"
#include "common/messages.h"

#include <string.h>

void hex_encode(char *out, const uint8_t *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[data[i] >> 4];
		out[2 * i + 1] = digits[data[i] & 15];
	}
	out[2 * len] = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int hex_decode(uint8_t *out, size_t len, const char *text, const char *what, struct error *err)
{
	size_t got = strlen(text);

	if (got != 2 * len) {
		error_fail(err, HC_EFORMAT, what, N_("%zu characters"), got);
		return error_expected(err, "%zu hex digits", 2 * len), HC_EFORMAT;
	}
	for (size_t i = 0; i < len; i++) {
		int hi = digit(text[2 * i]), lo = digit(text[2 * i + 1]);

		if (hi < 0 || lo < 0) {
			error_fail(err, HC_EFORMAT, what, N_("a character that is no hex digit"));
			return error_at(err, hi < 0 ? 2 * i : 2 * i + 1), HC_EFORMAT;
		}
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}
