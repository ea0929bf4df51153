/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648): two alphabets, two codecs, each strict. */
#include "common/base64.h"
#include "common/messages.h"

static const char *alphabet(enum base64_kind kind)
{
	return kind == BASE64_URL
		       ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		       : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

size_t base64_encoded_size(size_t len)
{
	return (len + 2) / 3 * 4 + 1;
}

void base64_encode(enum base64_kind kind, char *out, const uint8_t *data, size_t len)
{
	const char *abc = alphabet(kind);

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)data[i] << 16;

		v |= n > 1 ? (uint32_t)data[i + 1] << 8 : 0;
		v |= n > 2 ? data[i + 2] : 0;
		for (size_t k = 0; k < n + 1; k++)
			*out++ = abc[v >> (18 - 6 * k) & 63];
		for (size_t k = n + 1; k < 4 && kind == BASE64_STD; k++)
			*out++ = '=';
	}
	*out = '\0';
}

static int value(enum base64_kind kind, char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (kind == BASE64_URL ? '-' : '+'))
		return 62;
	return c == (kind == BASE64_URL ? '_' : '/') ? 63 : -1;
}

static int bad(struct error *err, size_t at, const char *found)
{
	error_fail(err, HC_EFORMAT, "base64", "%s", found);
	error_at(err, at);
	return HC_EFORMAT;
}

/* The number of characters before padding, or a refusal. */
static int strip_padding(
	enum base64_kind kind, const char *text, size_t len, size_t *digits, struct error *err)
{
	*digits = len;
	if (kind == BASE64_STD) {
		if (len % 4)
			return bad(err, len, "a length that is no multiple of 4");
		if (len && text[len - 1] == '=')
			*digits -= text[len - 2] == '=' ? 2 : 1;
	}
	if (*digits % 4 == 1)
		return bad(err, len, "a lone character at the end");
	return 0;
}

int base64_decode(
	enum base64_kind kind, struct bytes *out, const char *text, size_t len, struct error *err)
{
	uint8_t block[96];
	size_t digits, n = 0;
	uint32_t acc = 0;
	unsigned int bits = 0;
	int rc = strip_padding(kind, text, len, &digits, err);

	for (size_t i = 0; !rc && i < digits; i++) {
		int v = value(kind, text[i]);

		if (v < 0)
			return bad(err, i, "a character outside the alphabet");
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		block[n++] = (uint8_t)(acc >> bits);
		if (n < sizeof(block))
			continue;
		rc = bytes_append(out, block, n);
		n = 0;
	}
	if (!rc)
		rc = bytes_append(out, block, n);
	if (rc == HC_ENOMEM)
		return error_fail(err, rc, "base64", N_("%zu characters"), len);
	if (!rc && (acc & ((1u << bits) - 1)))
		return bad(err, digits, "bits set after the last byte");
	return rc;
}
