/* SPDX-License-Identifier: Apache-2.0 */
/* Bits by name and names of bits, whatever the table. */
#include "attest/evidence/bits.h"

#include <stdio.h>
#include <string.h>

const struct evidence_bit *evidence_bit_find(const struct evidence_bit *table, const char *name)
{
	for (; table->mask; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static const char *name_of(const struct evidence_bit *table, uint64_t mask)
{
	for (; table->mask; table++)
		if (table->mask == mask)
			return table->name;
	return NULL;
}

void evidence_bits_format(const struct evidence_bit *table, uint64_t value, char *buf, size_t cap)
{
	size_t used = 0;

	snprintf(buf, cap, "none");
	for (unsigned int bit = 0; bit < 64 && used < cap; bit++) {
		const char *name = name_of(table, 1ULL << bit), *comma = used ? ", " : "";
		int n;

		if (!(value >> bit & 1))
			continue;
		n = name ? snprintf(buf + used, cap - used, "%s%s", comma, name)
			 : snprintf(buf + used, cap - used, "%sbit %u", comma, bit);
		used += n > 0 ? (size_t)n : 0;
	}
}
