/* SPDX-License-Identifier: Apache-2.0 */
/* The rules for TDX in sentences. */
#include "attest/check/policy_command.h"
#include "attest/evidence/tdx_bits.h"
#include "attest/policy/policy_tdx.h"
#include "common/hex.h"
#include "common/timefmt.h"

static void say_list(const struct policy_job *job, const char *what, const struct policy_list *list)
{
	char hex[2 * TDX_MR_SIZE + 1];

	if (!list->count)
		return;
	explain_say(job, "  - %s is one of these: %zu", what, list->count);
	for (size_t i = 0; i < list->count; i++) {
		hex_encode(hex, list->data + i * list->size, list->size);
		printf("      %s\n", hex);
	}
}

static void say_registers(const struct policy_job *job, const struct policy_tdx *t)
{
	static const char *const names[POLICY_TDX_REGISTERS] = {"MRTD", "RTMR0", "RTMR1", "RTMR2",
		"RTMR3", "MRSEAM", "MRSIGNERSEAM", "MRCONFIGID", "MROWNER", "MROWNERCONFIG",
		"MRSERVICETD"};

	if (!t->registers[POLICY_TDX_MRTD].count)
		explain_say(
			job, "  - NOTHING: no measurement is listed, so that no guest is accepted");
	for (int i = 0; i < POLICY_TDX_REGISTERS; i++)
		say_list(job, names[i], &t->registers[i]);
}

static void say_roots(const struct policy_job *job, const struct policy_tdx *t)
{
	if (!t->root_count)
		explain_say(job, "  - its keys come from Intel's root (default)");
	for (size_t i = 0; i < t->root_count; i++)
		explain_say(job, "  - its keys come from this root, or another one named here: %s",
			t->root[i]);
}

static void say_platforms(
	const struct policy_job *job, const struct policy_tdx_platforms *p, bool deny)
{
	if (!deny && !p->fmspcs.count && !p->ppids.count && !p->instances.count)
		explain_say(job, "  - it may run on any machine: no platforms are listed");
	say_list(job, messages_text(job->lang, N_("the platform's family (FMSPC)")), &p->fmspcs);
	say_list(job, messages_text(job->lang, N_("the processor package (PPID)")), &p->ppids);
	say_list(job, messages_text(job->lang, N_("the platform instance")), &p->instances);
}

static void say_statuses(
	const struct policy_job *job, const struct policy_block *block, const struct policy_tdx *t)
{
	bool now = policy_loosened(block, POLICY_LOOSEN_TCB_STATUS, job->at);

	if (!t->statuses)
		explain_say(job, "  - Intel calls its TCB up to date (default)");
	for (int i = TDX_TCB_UP_TO_DATE; i < TDX_TCB_STATUS_COUNT; i++)
		if (t->statuses >> i & 1 && (i == TDX_TCB_UP_TO_DATE || now))
			explain_say(job, "  - Intel says of its TCB this, or another of these: %s",
				tdx_tcb_status_name((enum tdx_tcb_status)i));
	if (t->has_grace && policy_loosened(block, POLICY_LOOSEN_TCB_GRACE, job->at))
		explain_say(job, "  - or its TCB is out of date for at most so many days: %u",
			t->grace_days);
}

static void say_tcb(const struct policy_job *job, const struct policy_tdx *t)
{
	char date[TIMEFMT_SIZE];

	if (t->has_tcb_date) {
		timefmt_rfc3339(date, t->tcb_date, -1);
		explain_say(job, "  - its TCB is of this date or later: %s", date);
	}
	if (t->has_evaluation)
		explain_say(job,
			"  - it was judged by collateral of at least this evaluation number: %u",
			t->evaluation);
	for (size_t i = 0; i < t->advisory_count; i++)
		explain_say(job, "  - this advisory does not apply to it: %s", t->advisory[i]);
}

static void say_bits(const struct policy_job *job, const struct policy_tdx *t)
{
	const struct {
		const struct policy_bits *rule;
		const struct evidence_bit *table;
	} fields[] = {{&t->td_attributes, tdx_td_attributes}, {&t->xfam, tdx_xfam}};
	char text[300];

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		evidence_bits_format(fields[i].table, fields[i].rule->one, text, sizeof(text));
		if (fields[i].rule->one)
			explain_say(job, "  - the guest was launched with: %s", text);
		evidence_bits_format(fields[i].table, fields[i].rule->zero, text, sizeof(text));
		if (fields[i].rule->zero)
			explain_say(job, "  - the guest was launched without: %s", text);
	}
	if (t->has_seamattributes)
		explain_say(job, "  - the TDX module's attributes are exactly: 0x%016llx",
			(unsigned long long)t->seamattributes);
	for (int i = TDX_BODY_TD10; i <= TDX_BODY_TD15_EX; i++)
		if (t->bodies >> i & 1)
			explain_say(job,
				"  - the quote has this body, or another one named here: %s",
				tdx_body_type_name((enum tdx_body_type)i));
}

/* Does another rule of the block refuse what this loosening lets through? */
static bool refused_anyway(const struct policy_tdx *t, enum policy_loosening what)
{
	switch (what) {
	case POLICY_LOOSEN_DEBUG:
		return t->td_attributes.zero & TDX_ATTR_DEBUG;
	case POLICY_LOOSEN_MIGRATION:
		return t->td_attributes.zero & TDX_ATTR_MIGRATABLE;
	case POLICY_LOOSEN_SEPT_VE:
		return t->td_attributes.one & TDX_ATTR_SEPT_VE_DISABLE;
	case POLICY_LOOSEN_UNKNOWN_BITS:
		return t->unknown_bits == POLICY_UNKNOWN_REFUSE;
	default:
		return false;
	}
}

/* What holds without being named, unless this block loosens it now and lets it through. */
static void say_defaults(const struct policy_job *job, const struct policy_block *block)
{
	static const struct {
		enum policy_loosening what;
		const char *text;
	} defaults[] = {
		{POLICY_LOOSEN_DEBUG, N_("  - the host cannot debug the guest (default)")},
		{POLICY_LOOSEN_PROFILING, N_("  - the host cannot profile the guest (default)")},
		{POLICY_LOOSEN_MIGRATION,
			N_("  - no migration agent can take the guest elsewhere (default)")},
		{POLICY_LOOSEN_SEPT_VE, N_("  - the host cannot raise exceptions in the guest by "
					   "taking pages away (default)")},
		{POLICY_LOOSEN_SERVICE_TD, N_("  - the guest is bound to no service TD (default)")},
		{POLICY_LOOSEN_QUOTE_BODY_EX,
			N_("  - the quote's body is TD 1.0 or TD 1.5 (default)")},
		{POLICY_LOOSEN_REVOCATION, N_("  - revocation lists of Intel, signed and in date, "
					      "are at hand (default)")},
		{POLICY_LOOSEN_UNKNOWN_BITS,
			N_("  - no bit is set whose meaning is not known (default)")},
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!policy_loosened(block, defaults[i].what, job->at) ||
			refused_anyway(block->tdx, defaults[i].what))
			explain_say(job, "%s", messages_text(job->lang, defaults[i].text));
}

void explain_tdx(const struct policy_job *job, const struct policy_block *block)
{
	const struct policy_tdx *t = block->tdx;

	say_registers(job, t);
	say_roots(job, t);
	say_platforms(job, &t->platforms, false);
	say_statuses(job, block, t);
	say_tcb(job, t);
	say_bits(job, t);
	say_defaults(job, block);
}

void explain_tdx_deny(const struct policy_job *job, const struct policy_tdx_deny *deny)
{
	putchar('\n');
	explain_say(job, "Refused whatever a block says:");
	say_platforms(job, &deny->platforms, true);
}
