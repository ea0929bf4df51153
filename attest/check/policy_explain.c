/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check policy explain: a policy in sentences, for the person who signs it. Every rule that
 * holds is said, also those that hold by default, and who loosened what until when.
 */
#include <stdarg.h>

#include "attest/check/policy_command.h"
#include "common/file.h"
#include "common/hex.h"
#include "common/text.h"
#include "common/timefmt.h"

void explain_say(const struct policy_job *job, const char *fmt, ...)
{
	char text[2048]; /* 16 roots are the longest: nothing of a policy may be left unsaid */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), messages_text(job->lang, fmt), ap);
	va_end(ap);
	text_clean(text);
	puts(text);
}

static const char *const allows[POLICY_LOOSEN_COUNT] = {
	[POLICY_LOOSEN_DEBUG] =
		N_("the host may debug the guest: it reads and writes all of its memory"),
	[POLICY_LOOSEN_MIGRATION] = N_("a migration agent may take the guest to another machine"),
	[POLICY_LOOSEN_MILAN] = N_("Milan processors are accepted, though the root of their keys "
				   "can be extracted in software"),
	[POLICY_LOOSEN_REVOCATION] = N_(
		"no revocation list in date is needed: what AMD has withdrawn lately goes unseen"),
	[POLICY_LOOSEN_VMPL] = N_("reports may come from less privileged code of the guest"),
	[POLICY_LOOSEN_MASKED_CHIP] = N_("reports need not say which machine they come from"),
	[POLICY_LOOSEN_REPORT_VERSION_2] =
		N_("version 2 reports are accepted: the product is not in what they sign"),
	[POLICY_LOOSEN_REPORT_VERSION_6] =
		N_("version 6 reports are accepted: they have fields that no rule speaks of"),
	[POLICY_LOOSEN_UNKNOWN_BITS] = N_("bits whose meaning is not known today are accepted"),
	[POLICY_LOOSEN_TCB_STATUS] =
		N_("platforms are accepted that Intel does not call up to date"),
	[POLICY_LOOSEN_TCB_GRACE] = N_("platforms may be out of date for some days"),
	[POLICY_LOOSEN_PROFILING] = N_("the host may profile the guest"),
	[POLICY_LOOSEN_SEPT_VE] =
		N_("the host may raise exceptions in the guest by taking pages away"),
	[POLICY_LOOSEN_SERVICE_TD] = N_("a service TD that the block names may serve the guest"),
	[POLICY_LOOSEN_QUOTE_BODY_EX] = N_(
		"quotes with a TD 1.5 Ex body are accepted: it has fields that no rule speaks of"),
};

static void say_loosening(
	const struct policy_job *job, const struct policy_block *block, enum policy_loosening what)
{
	const struct policy_loosened *entry = &block->loosen[what];
	const char *meaning = messages_text(job->lang, allows[what]);
	char until[TIMEFMT_SIZE];

	timefmt_rfc3339(until, entry->until, -1);
	if (job->at < entry->until)
		explain_say(job, "  - until %s: %s. Reason: %s. Answers for it: %s.", until,
			meaning, entry->reason, entry->owner);
	else
		explain_say(job, "  - LAPSED at %s, refused again: %s. (%s, %s)", until, meaning,
			entry->reason, entry->owner);
}

static void say_loosenings(const struct policy_job *job, const struct policy_block *block)
{
	bool any = false;

	for (int i = 0; i < POLICY_LOOSEN_COUNT; i++) {
		if (!block->loosen[i].present)
			continue;
		if (!any)
			explain_say(job, "  Loosened here, against the defaults:");
		any = true;
		say_loosening(job, block, (enum policy_loosening)i);
	}
	if (!any)
		explain_say(job, "  Nothing is loosened: all defaults hold.");
}

static void say_block(const struct policy_job *job, const struct policy_block *block)
{
	putchar('\n');
	if (block->tee == CLAIMS_SEV_SNP) {
		explain_say(job,
			"Block \"%s\" accepts an SEV-SNP guest if all of this holds:", block->name);
		explain_snp(job, block);
	} else {
		explain_say(
			job, "Block \"%s\" accepts a TDX guest if all of this holds:", block->name);
		explain_tdx(job, block);
	}
	say_loosenings(job, block);
}

static void say_policy(const struct policy_job *job, const struct policy *policy)
{
	char hex[97], at[TIMEFMT_SIZE];

	hex_encode(hex, policy->sha384, sizeof(policy->sha384));
	timefmt_rfc3339(at, job->at, -1);
	explain_say(job, "Policy \"%s\", as of %s", policy->name, at);
	explain_say(job, "SHA-384 of the file: %s", hex);
	putchar('\n');
	explain_say(job, "Evidence is trusted if it is genuine, nothing is revoked, nothing of it "
			 "is denied, and");
	explain_say(job, "one of these blocks accepts it. Blocks: %zu.", policy->block_count);
	if (policy->deny.snp)
		explain_snp_deny(job, policy->deny.snp);
	if (policy->deny.tdx)
		explain_tdx_deny(job, policy->deny.tdx);
	for (size_t i = 0; i < policy->block_count; i++)
		say_block(job, &policy->block[i]);
}

int policy_explain(const struct policy_job *job)
{
	struct policy policy = {0};
	struct bytes text = {0};
	struct error err;
	int rc = file_read(&text, job->file, POLICY_SIZE_MAX, &err), status;

	if (!rc)
		rc = policy_parse(&policy, bytes_view(&text), &err);
	if (rc) {
		status = command_fail(&err, job->lang);
	} else {
		say_policy(job, &policy);
		status = command_flush(COMMAND_TRUSTED, job->lang);
	}
	policy_free(&policy);
	bytes_free(&text);
	return status;
}
