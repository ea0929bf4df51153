/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy, and claims that are judged by it: whatever is accepted has a name, blocks
 * and complete loosenings, and nothing is trusted that was not authentic.
 */
#include <stdlib.h>

#include "attest/policy/policy_snp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct policy *policy)
{
	if (!policy->name[0] || !policy->block_count || policy->block_count > POLICY_BLOCKS_MAX)
		abort();
	for (size_t i = 0; i < policy->block_count; i++) {
		const struct policy_block *block = &policy->block[i];

		if (!block->name[0] || block->tee == CLAIMS_NONE)
			abort();
		for (int k = 0; k < POLICY_LOOSEN_COUNT; k++)
			if (block->loosen[k].present &&
				(!block->loosen[k].reason[0] || !block->loosen[k].owner[0]))
				abort();
	}
}

static void decide(const struct policy *policy, struct verdict *v)
{
	policy_check(policy, NULL, v);
	verdict_decide(v);
	/* No check of authenticity was made. */
	if (v->value == VERDICT_TRUSTED || v->overflow)
		abort();
}

/* Claims that some rules meet and others do not, taken from the input's own bytes. */
static void judge(const struct policy *policy, const uint8_t *data, size_t size, bool good)
{
	static struct verdict v;
	struct claims *c = &v.claims;

	verdict_reset(&v, size & 1 ? MESSAGES_FR : MESSAGES_EN);
	c->tee = CLAIMS_SEV_SNP;
	c->measurement_len = 48;
	c->snp.report.version = 5;
	c->snp.report.has_mit_vector = true;
	c->snp.product = good ? SNP_PRODUCT_GENOA : (enum snp_product)(size % 4);
	c->snp.report.policy = SNP_POLICY_RESERVED_ONE;
	v.has_root = v.root.builtin = true;
	v.revocation = REVOCATION_GOOD;
	if (!good && size >= sizeof(c->snp.report.raw)) {
		c->snp.report.policy = get_le64(data);
		c->snp.report.platform_info = get_le64(data + 8);
		c->snp.report.vmpl = get_le32(data + 16);
		c->snp.report.version = data[20];
		c->snp.report.key_info = get_le32(data + 24);
		memcpy(c->snp.report.chip_id, data + 32, SNP_CHIP_ID_SIZE);
	}
	decide(policy, &v);
}

/* The same as a TDX quote. */
static void judge_tdx(const struct policy *policy, const uint8_t *data, size_t size)
{
	static struct verdict v;
	struct claims *c = &v.claims;

	verdict_reset(&v, size & 1 ? MESSAGES_FR : MESSAGES_EN);
	c->tee = CLAIMS_TDX;
	c->measurement_len = 48;
	c->tdx.quote.body.type = (enum tdx_body_type)(TDX_BODY_TD10 + size % 3);
	c->tdx.quote.body.has_td15 = size % 3;
	c->tdx.tcb.status = (enum tdx_tcb_status)(size % TDX_TCB_STATUS_COUNT);
	c->tdx.platform.known = size & 2;
	v.has_root = v.root.builtin = true;
	if (size >= 64) {
		c->tdx.quote.body.tdattributes = get_le64(data);
		c->tdx.quote.body.xfam = get_le64(data + 8);
		c->tdx.tcb.tcb_date = get_le32(data + 16);
		c->tdx.tcb.evaluation_number = get_le32(data + 20);
		memcpy(c->tdx.platform.ppid, data + 24, 16);
	}
	decide(policy, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy policy;
	struct error err = {0};

	if (!policy_parse(&policy, (struct view){data, size}, &err)) {
		look_at(&policy);
		judge(&policy, data, size, true);
		judge(&policy, data, size, false);
		judge_tdx(&policy, data, size);
	} else if (!err.code) {
		abort();
	}
	policy_free(&policy);
	return 0;
}
