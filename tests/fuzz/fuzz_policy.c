/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy: whatever is accepted names itself, and every loosening has what it needs.
 */
#include <stdlib.h>

#include "attest/policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verdict v;
	struct policy policy;
	struct error err;

	if (!policy_parse(&policy, (struct view){data, size}, &err)) {
		if (!policy.name[0] || (policy.has_roots && !policy.root_count))
			abort();
		for (int i = 0; i < POLICY_LOOSEN_COUNT; i++)
			if (policy.loosen[i].present &&
				(!policy.loosen[i].reason[0] || !policy.loosen[i].owner[0]))
				abort();
		memset(&v, 0, sizeof(v));
		v.claims.tee = CLAIMS_SEV_SNP;
		policy_check(&policy, NULL, &v);
		verdict_decide(&v);
		if (v.value == VERDICT_TRUSTED)
			abort();
	} else if (!err.code) {
		abort();
	}
	policy_free(&policy);
	return 0;
}
