/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is an SEV-SNP report genuine? Structure first, then the VEK at hand that fits best, its chain,
 * its bindings to the report, and the signature over the bytes as received. Says nothing about
 * whether anybody wants such a guest.
 */
#include "attest/verify/snp.h"

#include <stdio.h>

static bool recognise(struct view evidence)
{
	/* VERSION, 32 bits. A TDX quote starts with two 16-bit numbers that are not small as one.
	 */
	return evidence.len >= 4 && get_le32(evidence.data) < 0x100;
}

static void check_version(const struct snp_report *r, struct verdict *v)
{
	static const enum check_outcome outcome[] = {
		[SNP_VERSION_UNKNOWN] = CHECK_FAIL,
		[SNP_VERSION_PARSED] = CHECK_UNDECIDED,
		[SNP_VERSION_FULL] = CHECK_PASS,
	};
	struct check *check =
		verdict_add(v, "snp.version", outcome[snp_report_version_support(r->version)]);

	check_set_found(check, "%u", r->version);
	check_set_expected(check, "2, 3, 5 or 6");
}

static void check_key_info(const struct snp_report *r, struct verdict *v)
{
	uint32_t key = SNP_KEY_INFO_SIGNING_KEY(r->key_info);
	bool good = !(r->key_info & (SNP_KEY_INFO_RESERVED | SNP_KEY_INFO_MASK_CHIP_KEY)) &&
		    (key == SNP_SIGNING_KEY_VCEK || key == SNP_SIGNING_KEY_VLEK);
	struct check *check = verdict_add(v, "snp.key_info", good ? CHECK_PASS : CHECK_FAIL);

	check_set_found(check, "0x%08x", r->key_info);
	check_set_expected(
		check, "SIGNING_KEY 0 (VCEK) or 1 (VLEK), MASK_CHIP_KEY and bits 31 to 5 zero");
}

static void check_structure(const struct snp_report *r, struct verdict *v)
{
	struct error err;
	struct check *check;
	bool good = r->signature_algo == SNP_SIGNATURE_ECDSA_P384_SHA384;

	check_version(r, v);
	check = verdict_add(v, "snp.signature_algo", good ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%u", r->signature_algo);
	check_set_expected(check, "1");
	check_key_info(r, v);
	if (snp_report_reserved_valid(r, &err))
		verdict_add_error(v, "snp.reserved", &err);
	else
		verdict_add(v, "snp.reserved", CHECK_PASS);
	check = verdict_add(v, "snp.vmpl", r->vmpl <= SNP_VMPL_MAX ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%u", r->vmpl);
	check_set_expected(check, "0 to 3");
}

void snp_set_product(struct claims *claims, enum snp_product product)
{
	const struct snp_report *r = &claims->snp.report;

	claims->snp.product = product;
	snp_tcb_decode(&claims->snp.current, r->current_tcb, product);
	snp_tcb_decode(&claims->snp.reported, r->reported_tcb, product);
	snp_tcb_decode(&claims->snp.committed, r->committed_tcb, product);
	snp_tcb_decode(&claims->snp.launch, r->launch_tcb, product);
}

static int parse(struct view evidence, struct verdict *v)
{
	struct claims *claims = &v->claims;
	struct snp_report *r = &claims->snp.report;
	struct error err;
	struct check *check;
	int rc = snp_report_parse(r, evidence, &err);

	if (rc) {
		check = verdict_add(v, "snp.size", CHECK_FAIL);
		check_set_found(check, "%s", err.found);
		check_set_expected(check, "%s", err.expected);
		return rc;
	}
	check = verdict_add(v, "snp.size", CHECK_PASS);
	claims->tee = CLAIMS_SEV_SNP;
	claims->snp.signing_key = (enum snp_signing_key)SNP_KEY_INFO_SIGNING_KEY(r->key_info);
	claims->measurement_len = sizeof(r->measurement);
	memcpy(claims->measurement, r->measurement, sizeof(r->measurement));
	memcpy(claims->report_data, r->report_data, sizeof(r->report_data));
	snp_set_product(claims, snp_report_product(r));
	check_structure(r, v);
	return 0;
}

const struct evidence_ops snp_evidence_ops = {
	.tee = "sev-snp",
	.recognise = recognise,
	.parse = parse,
	.verify = snp_verify,
};
