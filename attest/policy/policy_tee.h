/* SPDX-License-Identifier: Apache-2.0 */
/* What the frame (policy.c, policy_check.c) knows of one technology. Private to attest/policy. */
#ifndef HC_ATTEST_POLICY_POLICY_TEE_H
#define HC_ATTEST_POLICY_POLICY_TEE_H

#include "attest/policy/policy.h"
#include "attest/policy/policy_check.h"
#include "attest/policy/policy_read.h"

/* All slots are filled. `path` is the object's place, for messages. */
struct policy_tee_ops {
	enum claims_tee tee;
	const char *member; /* of a block and of "deny": "snp" */
	/*
	 * Read the rules. The block's loosenings are there already: a value that weakens a default
	 * is refused without its loosening.
	 */
	void (*read)(struct policy_reader *r, const json_t *obj, const char *path,
		struct policy_block *out);
	void (*read_deny)(struct policy_reader *r, const json_t *obj, const char *path,
		struct policy_deny *out);
	/* Free and clear what the two have allocated. */
	void (*free)(struct policy_block *block);
	void (*free_deny)(struct policy_deny *deny);
	/* What no block can change: the deny-list (of a policy or NULL), sanity of the claims. */
	void (*judge_all)(const struct policy *policy, struct verdict *v);
	/* The rules of a block for this technology, or the built-in defaults. */
	void (*judge)(const struct judge *j);
	bool (*lists_measurement)(const struct policy_block *block);
};

extern const struct policy_tee_ops policy_snp_ops, policy_tdx_ops;

/* Every technology, NULL at the end. */
extern const struct policy_tee_ops *const policy_tees[];

#endif
