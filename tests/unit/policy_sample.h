/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as text, and claims to judge by them. */
#ifndef HC_TESTS_POLICY_SAMPLE_H
#define HC_TESTS_POLICY_SAMPLE_H

#include "attest/policy/policy_snp.h"

#define M96                                                                                        \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"                         \
	"202122232425262728292a2b2c2d2e2f"
#define LOOSEN(what, until)                                                                        \
	"{\"what\":\"" what "\",\"reason\":\"r\",\"owner\":\"o\",\"until\":\"" until "\"}"
#define POLICY(blocks)                "{\"version\":1,\"name\":\"n\",\"accept\":[" blocks "]}"
#define BLOCK(rules)                  "{\"name\":\"b\",\"snp\":{" rules "}}"
#define BLOCK_LOOSENED(rules, loosen) "{\"name\":\"b\",\"snp\":{" rules "},\"loosen\":[" loosen "]}"

/* Every member there is, each with a value that is accepted. */
extern const char policy_sample_full[];

int policy_sample_parse(struct policy *out, const char *text, struct error *err);
/* Fails the test if it is refused. */
void policy_sample_good(struct policy *out, const char *text);

/*
 * Claims of a good Genoa report, version 5, measurement M96; TCBs bootloader 9, tee 1, snp 21,
 * microcode 72; firmware 1.55.29; a built-in root, nothing revoked, judged at the start of 2026.
 */
void policy_sample_claims(struct verdict *v);

#endif
