/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as TCB info. What is taken has levels, highest first, and every level can be evaluated.
 */
#include <stdlib.h>

#include "attest/verify/tdx_level.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tdx_tcb_info info;
	static const uint8_t high[16] = {
		255, 1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
	const struct tdx_level_input in = {.info = &info,
		.pck_svn = high,
		.pcesvn = 65535,
		.tee_tcb_svn = high,
		.tee_tcb_svn2 = high};
	struct tdx_tcb tcb = {0};
	struct tdx_level_match match;
	struct error err;

	if (tdx_tcb_info_parse(&info, (struct view){data, size}, &err))
		return 0;
	if (!info.level_count || info.level_count > TDX_LEVELS_MAX)
		abort();
	for (size_t i = 1; i < info.level_count; i++)
		if (memcmp(info.level[i - 1].sgx, info.level[i].sgx, 16) < 0)
			abort();
	tdx_level_evaluate(&in, &tcb, &match);
	/* Nothing is above this platform, so that its level is the first. */
	if (match.platform != &info.level[0])
		abort();
	tdx_tcb_info_fini(&info);
	return 0;
}
