/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that every technology has, and how a broken one is said. Private to attest/policy. */
#ifndef HC_ATTEST_POLICY_POLICY_CHECK_H
#define HC_ATTEST_POLICY_POLICY_CHECK_H

#include "attest/evidence/bits.h"
#include "attest/policy/policy.h"

struct judge {
	const struct policy_block *block; /* NULL: the built-in defaults */
	struct verdict *v;
};

/*
 * A default that the evidence does not meet: a pass with a warning where the block loosens it now,
 * else a failure. `found` is data, not a message.
 */
struct check *policy_judge_broken(
	const struct judge *j, const char *id, enum policy_loosening what, const char *found);

/* The same if `set`, else a pass. */
void policy_judge_flag(const struct judge *j, const char *id, bool set, enum policy_loosening what,
	const char *found);

/* policy.root: one of `names`, or without any a built-in one. */
void policy_judge_root(const struct judge *j, const char (*names)[ROOT_NAME_SIZE], size_t count);
/* policy.revocation */
void policy_judge_revocation(const struct judge *j);
/* policy.measurement: undecided without a list; NULL is none. */
void policy_judge_measurement(const struct judge *j, const struct policy_list *list);
/* Bits without a meaning: refused, or as `rule` says while the block loosens them. */
void policy_judge_unknown_bits(const struct judge *j, const char *id,
	const struct evidence_bit *table, uint64_t bits, enum policy_unknown_bits rule);
/* Every bit is as the rule has it; no rule, no check. */
void policy_judge_bits(const struct judge *j, const char *id, const struct policy_bits *rule,
	const struct evidence_bit *table, uint64_t value);
/* An entry of the list equals `value` (list->size bytes); no list, no check. */
void policy_judge_list(const struct judge *j, const char *id, const struct policy_list *list,
	const uint8_t *value);

#endif
