/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the identity of the TD quoting enclave: levels, highest first, or a refusal. */
#include <stdlib.h>

#include "attest/endorse/tdx_tcb_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tdx_qe_identity identity;
	struct error err;

	if (tdx_qe_identity_parse(&identity, (struct view){data, size}, &err))
		return 0;
	if (!identity.level_count)
		abort();
	for (size_t i = 1; i < identity.level_count; i++)
		if (identity.level[i - 1].isvsvn < identity.level[i].isvsvn)
			abort();
	tdx_qe_identity_fini(&identity);
	return 0;
}
