/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648): two alphabets, two codecs, each strict: no white space, no stray bits. */
#ifndef HC_COMMON_BASE64_H
#define HC_COMMON_BASE64_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

enum base64_kind {
	BASE64_STD, /* section 4, with padding */
	BASE64_URL, /* section 5, without padding */
};

/* Bytes that base64_encode writes for `len`, its NUL included. */
size_t base64_encoded_size(size_t len);
void base64_encode(enum base64_kind kind, char *out, const uint8_t *data, size_t len);

/* Appends to `out`. HC_EFORMAT (with offset) for anything but the one canonical encoding. */
HC_MUST_USE int base64_decode(
	enum base64_kind kind, struct bytes *out, const char *text, size_t len, struct error *err);

#endif
