/* SPDX-License-Identifier: Apache-2.0 */
/* Telling text forms of certificates and lists apart, and undoing them. */
#include "attest/endorse/armour.h"

#include "common/base64.h"

static bool contains(struct view text, const char *what)
{
	return text.len >= strlen(what) && memmem(text.data, text.len, what, strlen(what));
}

struct view armour_trim(struct view text)
{
	while (text.len && memchr(" \t\r\n", text.data[0], 4)) {
		text.data++;
		text.len--;
	}
	while (text.len && memchr(" \t\r\n", text.data[text.len - 1], 4))
		text.len--;
	return text;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20; /* small letters */
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool armour_is_pem(struct view text)
{
	return contains(text, "-----BEGIN ");
}

bool armour_is_url(struct view text)
{
	return contains(text, "-----BEGIN%20") || contains(text, "-----BEGIN+");
}

bool armour_is_hex(struct view text)
{
	if (text.len < 4 || text.len % 2 || memcmp(text.data, "30", 2))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (hex_digit(text.data[i]) < 0)
			return false;
	return true;
}

int armour_url_decode(struct bytes *out, struct view text)
{
	bool plus_is_blank = contains(text, "-----BEGIN+");
	int rc = 0;

	for (size_t i = 0; i < text.len && !rc; i++) {
		uint8_t c = text.data[i];

		if (c == '%' && text.len - i > 2 && hex_digit(text.data[i + 1]) >= 0 &&
			hex_digit(text.data[i + 2]) >= 0) {
			c = (uint8_t)(hex_digit(text.data[i + 1]) << 4 |
				      hex_digit(text.data[i + 2]));
			i += 2;
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		rc = bytes_append(out, &c, 1);
	}
	return rc;
}

int armour_hex_decode(struct bytes *out, struct view text)
{
	int rc = armour_is_hex(text) ? 0 : HC_EFORMAT;

	for (size_t i = 0; i < text.len && !rc; i += 2) {
		uint8_t byte =
			(uint8_t)(hex_digit(text.data[i]) << 4 | hex_digit(text.data[i + 1]));

		rc = bytes_append(out, &byte, 1);
	}
	return rc;
}

int armour_base64_decode(struct bytes *out, struct view text)
{
	if (text.len < 4 || memcmp(text.data, "MI", 2))
		return HC_EFORMAT;
	return base64_decode(BASE64_STD, out, (const char *)text.data, text.len, NULL);
}
