/* SPDX-License-Identifier: Apache-2.0 */
/* The TCB of a TDX platform by a policy: status, date, evaluation number, advisories. */
#include <stdio.h>

#include "attest/policy/policy_tdx.h"
#include "common/messages.h"
#include "common/timefmt.h"

#define DAY 86400

/* What mends it, by the part that is behind. */
static const char *remedy(const struct verdict *v, const struct tdx_tcb *tcb)
{
	switch (tcb->status) {
	case TDX_TCB_TD_RELAUNCH_ADVISED:
	case TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED:
		return verdict_text(
			v, N_("the TDX module was updated since: start the guest anew"));
	case TDX_TCB_REVOKED:
		return verdict_text(v, N_("Intel does not vouch for this TCB any more"));
	case TDX_TCB_NOT_SUPPORTED:
		return verdict_text(v, N_("the platform is below every level that Intel lists"));
	case TDX_TCB_SW_HARDENING_NEEDED:
		return verdict_text(v, N_("Intel asks for mitigations in the guest's software"));
	case TDX_TCB_CONFIGURATION_NEEDED:
	case TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return verdict_text(v, N_("Intel asks for other firmware settings"));
	default:
		break;
	}
	if (tcb->module == TDX_TCB_OUT_OF_DATE)
		return verdict_text(v, N_("update the TDX module"));
	if (tcb->qe == TDX_TCB_OUT_OF_DATE)
		return verdict_text(v, N_("update the quoting enclave"));
	return verdict_text(v, N_("update the platform's firmware and microcode"));
}

/* The status, and the parts' where it is not the best one. */
static void describe(const struct verdict *v, char *out, size_t cap)
{
	const struct tdx_tcb *tcb = &v->claims.tdx.tcb;

	snprintf(out, cap, verdict_text(v, N_("%s (platform %s, module %s, quoting enclave %s)")),
		tdx_tcb_status_name(tcb->status), tdx_tcb_status_name(tcb->platform),
		tdx_tcb_status_name(tcb->module), tdx_tcb_status_name(tcb->qe));
}

static bool out_of_date(enum tdx_tcb_status status)
{
	return status == TDX_TCB_OUT_OF_DATE || status == TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* An update came out, and there is time to install it: counted from the level that is reached. */
static bool in_grace(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_tcb *tcb = &j->v->claims.tdx.tcb;

	return t->has_grace && out_of_date(tcb->status) && tcb->tcb_date > 0 &&
	       j->v->at < tcb->tcb_date + (int64_t)t->grace_days * DAY;
}

/* Revoked is final: neither a list nor a grace period can hold it. */
static void judge_status(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_tcb *tcb = &j->v->claims.tdx.tcb;
	uint32_t accepted = t->statuses ? t->statuses : 1U << TDX_TCB_UP_TO_DATE;
	bool final = tcb->status == TDX_TCB_REVOKED || tcb->status == TDX_TCB_NOT_SUPPORTED;
	struct check *check;
	char text[200];

	describe(j->v, text, sizeof(text));
	if (tcb->status == TDX_TCB_UNKNOWN) {
		check = verdict_add(j->v, "policy.tcb_status", CHECK_UNDECIDED);
		check_set_expected(check, "TCB info and QE identity, genuine and in date");
	} else if (tcb->status == TDX_TCB_UP_TO_DATE && accepted >> TDX_TCB_UP_TO_DATE & 1) {
		check = verdict_add(j->v, "policy.tcb_status", CHECK_PASS);
		check_set_found(check, "%s", tdx_tcb_status_name(tcb->status));
	} else if (!final && accepted >> tcb->status & 1) {
		policy_judge_broken(j, "policy.tcb_status", POLICY_LOOSEN_TCB_STATUS, text);
	} else if (!final && in_grace(j, t)) {
		policy_judge_broken(j, "policy.tcb_status", POLICY_LOOSEN_TCB_GRACE, text);
	} else {
		check = verdict_add(j->v, "policy.tcb_status", CHECK_FAIL);
		check_set_found(check, "%s: %s", text, remedy(j->v, tcb));
		check_set_expected(check, "%s",
			t->statuses ? verdict_text(j->v, N_("a status on the policy's list"))
				    : "UpToDate");
	}
}

static void judge_date(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_tcb *tcb = &j->v->claims.tdx.tcb;
	char found[TIMEFMT_SIZE], least[TIMEFMT_SIZE];
	struct check *check;

	if (!t->has_tcb_date)
		return;
	timefmt_rfc3339(least, t->tcb_date, -1);
	if (tcb->status == TDX_TCB_UNKNOWN || tcb->tcb_date <= 0) {
		check = verdict_add(j->v, "policy.tcb_date", CHECK_UNDECIDED);
		check_set_expected(check, "at least %s", least);
		return;
	}
	timefmt_rfc3339(found, tcb->tcb_date, -1);
	check = verdict_add(
		j->v, "policy.tcb_date", tcb->tcb_date >= t->tcb_date ? CHECK_PASS : CHECK_FAIL);
	if (check->outcome == CHECK_FAIL)
		check_set_found(check, "%s, %lld days before the floor", found,
			(long long)((t->tcb_date - tcb->tcb_date + DAY - 1) / DAY));
	check_set_expected(check, "at least %s", least);
}

static void judge_evaluation(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_tcb *tcb = &j->v->claims.tdx.tcb;
	struct check *check;

	if (!t->has_evaluation)
		return;
	check = verdict_add(j->v, "policy.tcb_evaluation",
		tcb->status == TDX_TCB_UNKNOWN            ? CHECK_UNDECIDED
		: tcb->evaluation_number >= t->evaluation ? CHECK_PASS
							  : CHECK_FAIL);
	if (check->outcome == CHECK_FAIL)
		check_set_found(check, "%u, floor %u: fetch newer TCB info and QE identity",
			tcb->evaluation_number, t->evaluation);
	check_set_expected(check, "at least %u", t->evaluation);
}

static bool denies(const struct policy_tdx *t, const char *advisory)
{
	for (size_t i = 0; i < t->advisory_count; i++)
		if (!strcmp(t->advisory[i], advisory))
			return true;
	return false;
}

static void judge_advisories(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_tcb *tcb = &j->v->claims.tdx.tcb;
	struct check *check;
	char text[180] = "";
	size_t len = 0;

	if (!t->advisory_count)
		return;
	for (size_t i = 0; i < tcb->advisory_count; i++)
		if (denies(t, tcb->advisory[i]) && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
				len ? ", " : "", tcb->advisory[i]);
	check = verdict_add(j->v, "policy.advisories",
		tcb->status == TDX_TCB_UNKNOWN ? CHECK_UNDECIDED
		: len || tcb->advisories_cut   ? CHECK_FAIL
					       : CHECK_PASS);
	if (len)
		check_set_found(check, "%s: %s", text, remedy(j->v, tcb));
	else if (tcb->advisories_cut)
		check_set_found(check, "more advisories than are kept");
	check_set_expected(
		check, "none of the %zu advisories that the policy denies", t->advisory_count);
}

void policy_tdx_judge_tcb(const struct judge *j, const struct policy_tdx *t)
{
	judge_status(j, t);
	judge_date(j, t);
	judge_evaluation(j, t);
	judge_advisories(j, t);
}
