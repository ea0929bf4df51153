/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a certificate table: every entry lies inside it, and outside the list of entries. */
#include <stdlib.h>

#include "attest/evidence/cert_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cert_table table;
	struct error err;
	volatile uint8_t sum = 0;

	if (cert_table_parse(&table, (struct view){data, size}, &err))
		return 0;
	for (size_t i = 0; i < table.count; i++) {
		struct view v = table.entry[i].data;

		if (v.data < data + (table.count + 1) * CERT_TABLE_ENTRY_SIZE || !v.len)
			abort();
		sum = (uint8_t)(sum + v.data[0] + v.data[v.len - 1]);
	}
	return 0;
}
