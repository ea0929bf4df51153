/* SPDX-License-Identifier: Apache-2.0 */
/* The order of an appraisal: recognise, parse, verify, judge, decide. */
#include "attest/crypto.h"
#include "attest/verify/verify.h"
#include "common/messages.h"

static const struct evidence_ops *const kinds[] = {&snp_evidence_ops, &tdx_evidence_ops};

const struct evidence_ops *evidence_recognise(struct view evidence)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i]->recognise(evidence))
			return kinds[i];
	return NULL;
}

static int run(const struct appraise_input *in, struct verdict *out, struct error *err)
{
	const struct evidence_ops *ops = NULL;
	struct check *check;
	int rc = crypto_digest(CRYPTO_SHA384, in->evidence, out->evidence_sha384);

	if (rc)
		return error_fail(err, rc, "evidence", N_("no digest"));
	if (in->evidence.len <= EVIDENCE_SIZE_MAX)
		ops = evidence_recognise(in->evidence);
	check = verdict_add(out, "evidence.kind", ops ? CHECK_PASS : CHECK_FAIL);
	if (ops)
		check_set_found(check, "%s", ops->tee);
	else
		check_set_found(check, "%zu bytes of another kind", in->evidence.len);
	check_set_expected(check, "an SEV-SNP report of 1184 bytes, or a TDX quote");
	if (ops && ops != &tdx_evidence_ops && in->event_log)
		return error_fail(err, HC_EUSAGE, "event log", "with %s evidence", ops->tee);
	if (ops && !ops->parse(in->evidence, out))
		rc = ops->verify(in, out, err);
	if (rc)
		return rc;
	policy_check(in->policy, in->report_data, out);
	verdict_decide(out);
	return 0;
}

int appraise(const struct appraise_input *in, struct verdict *out, struct error *err)
{
	int rc;

	verdict_reset(out, in->lang);
	if (!in->roots || (in->evidence.len && !in->evidence.data))
		return error_fail(err, HC_EUSAGE, "appraise", N_("no roots, or no evidence"));
	out->at = in->at;
	rc = run(in, out, err);
	if (rc)
		verdict_reset(out, in->lang);
	return rc;
}
