/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict's words for a person, the same in text and on the page. */
#include "attest/result/verdict.h"

#include "common/bytes.h"

const char *verdict_value_text(enum verdict_value value, enum messages_lang lang)
{
	static const char *const names[] = {N_("Undecided"), N_("Trusted"), N_("Rejected")};

	return messages_text(lang, names[value]);
}

const char *check_outcome_text(enum check_outcome outcome, enum messages_lang lang)
{
	static const char *const names[] = {
		N_("undecided"), N_("passed"), N_("failed"), N_("not looked at")};

	return messages_text(lang, names[outcome]);
}

bool verdict_has_policy(const struct verdict *v)
{
	return !bytes_all_zero(v->policy_sha384, sizeof(v->policy_sha384));
}

const char *verdict_block_text(const struct verdict *v, size_t block, enum messages_lang lang)
{
	if (!verdict_has_policy(v))
		return messages_text(lang, N_("built-in defaults"));
	return v->block[block - 1].name;
}

const char *claims_tee_text(enum claims_tee tee, enum messages_lang lang)
{
	switch (tee) {
	case CLAIMS_SEV_SNP:
		return messages_text(lang, N_("attestation report, AMD SEV-SNP"));
	case CLAIMS_TDX:
		return messages_text(lang, N_("quote, Intel TDX"));
	default:
		return messages_text(lang, N_("of no known kind"));
	}
}

static const char *rejected(const struct verdict *v)
{
	if (v->authentic == AUTHENTIC_NO)
		return N_("The evidence is not genuine as it stands: give this machine nothing.");
	if (v->revocation == REVOCATION_REVOKED)
		return N_("The manufacturer has withdrawn a certificate of the chain: give this "
			  "machine nothing.");
	if (v->authentic == AUTHENTIC_YES)
		return N_("The evidence is genuine, and the policy refuses it: give this machine "
			  "nothing.");
	return N_("The policy refuses what the evidence says, genuine or not: give this machine "
		  "nothing.");
}

const char *verdict_sentence(const struct verdict *v, enum messages_lang lang)
{
	const char *msgid = N_("Something needed is missing or stale: until it is there, this "
			       "machine is not trusted.");

	if (v->value == VERDICT_TRUSTED)
		msgid = N_("The evidence is genuine, and the policy accepts it.");
	if (v->value == VERDICT_REJECTED)
		msgid = rejected(v);
	return messages_text(lang, msgid);
}

const char *verdict_freshness(const struct verdict *v, enum messages_lang lang)
{
	const struct check *check = verdict_find(v, "policy.report_data");

	if (check && check->outcome == CHECK_PASS)
		return messages_text(
			lang, N_("The evidence is bound to the data that the caller expected "
				 "(--report-data): it is as fresh as that data."));
	return messages_text(lang,
		N_("Nothing shows that the evidence is fresh, or that it belongs to a given key: "
		   "no expected data was given and found in it (--report-data)."));
}
