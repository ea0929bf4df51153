/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over NUL-terminated text; a NUL is never part of a sequence, so the end is never passed.
 */
#include "common/text.h"

#include <stddef.h>
#include <stdint.h>

/* Length of the character at `p` if it is one to keep, else 0 (RFC 3629 section 4, without C1). */
static size_t keep(const unsigned char *p)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t least = len == 2 ? 0xa0 : len == 3 ? 0x800 : 0x10000, c;

	if (len == 1)
		return p[0] >= 0x20 && p[0] != 0x7f;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	c = p[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	return c >= least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff) ? len : 0;
}

void text_clean(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p) {
		size_t len = keep(p);

		if (!len)
			*p = '?';
		p += len ? len : 1;
	}
}
