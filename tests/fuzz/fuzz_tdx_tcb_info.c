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
	/* Above everything, by a module that has an identity of its own. */
	uint8_t pck[TDX_SVN_COUNT], svn[TDX_SVN_COUNT];
	const struct tdx_level_input in = {.info = &info,
		.pck_svn = pck,
		.pcesvn = 65535,
		.tee_tcb_svn = svn,
		.tee_tcb_svn2 = svn};
	struct tdx_tcb tcb = {0};
	struct tdx_level_match match;
	struct error err;

	memset(pck, 255, sizeof(pck));
	memset(svn, 255, sizeof(svn));
	svn[1] = 1;
	if (tdx_tcb_info_parse(&info, (struct view){data, size}, &err))
		return 0;
	if (!info.level_count || info.level_count > TDX_LEVELS_MAX)
		abort();
	for (size_t i = 1; i < info.level_count; i++)
		if (memcmp(info.level[i - 1].sgx, info.level[i].sgx, 16) < 0)
			abort();
	tdx_level_evaluate(&in, &tcb, &match);
	if (match.platform != &info.level[0])
		abort();
	tdx_tcb_info_fini(&info);
	return 0;
}
