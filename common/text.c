/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over NUL-terminated text; a NUL is never part of a sequence, so the end is never passed.
 */
#include "common/text.h"

size_t text_take(const uint8_t *p, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c;

	*out = p[0];
	if (len == 1)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	*out = c;
	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

bool text_unwanted(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff ||
	       (c & 0xfffe) == 0xfffe;
}

void text_clean(char *text)
{
	uint8_t *p = (uint8_t *)text;

	while (*p) {
		uint32_t c;
		size_t len = text_take(p, &c);

		if (!len || text_unwanted(c)) {
			*p = '?';
			len = 1;
		}
		p += len;
	}
}
