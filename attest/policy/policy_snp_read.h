/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SEV-SNP rules share. Private to attest/policy. */
#ifndef HC_ATTEST_POLICY_POLICY_SNP_READ_H
#define HC_ATTEST_POLICY_POLICY_SNP_READ_H

#include "attest/policy/policy_snp.h"
#include "attest/policy/policy_tee.h"

extern const char *const policy_snp_products[]; /* from SNP_PRODUCT_MILAN on; NULL-terminated */

bool policy_snp_read_products(struct policy_reader *r, const json_t *obj, const char *path,
	bool product[POLICY_SNP_PRODUCTS]);
void policy_snp_read_floors(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out);
void policy_snp_read_chips(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_snp *out);
void policy_snp_read_deny(
	struct policy_reader *r, const json_t *obj, const char *path, struct policy_deny *out);

void policy_snp_judge_all(const struct policy *policy, struct verdict *v);
void policy_snp_judge(const struct judge *j);
void policy_snp_judge_floors(const struct judge *j, const struct policy_snp *s);

#endif
