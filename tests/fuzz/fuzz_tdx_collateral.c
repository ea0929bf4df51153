/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as collateral, in whatever wrapping: the set holds what it counted, and each statement
 * points at bytes of its own.
 */
#include <stdlib.h>

#include "attest/endorse/endorsements.h"
#include "attest/endorse/tdx_collateral.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct tdx_collateral *tdx;
	struct endorsements *set;
	struct error err;
	size_t added = 0;

	if (endorsements_new(&set))
		return 0;
	if (!endorsements_add(set, (struct view){data, size}, &added, &err) && !added)
		abort();
	tdx = endorsements_tdx(set);
	for (size_t i = 0; i < tdx_collateral_tcb_info_count(tdx); i++) {
		struct view text = tdx_collateral_tcb_info(tdx, i)->as_received.text;

		if (!text.len || text.data[0] != '{' || text.data[text.len - 1] != '}')
			abort();
	}
	endorsements_free(set);
	return 0;
}
