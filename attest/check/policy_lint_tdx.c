/* SPDX-License-Identifier: Apache-2.0 */
/* What a block's rules for TDX come to that nobody may have meant. */
#include "attest/check/policy_command.h"
#include "attest/evidence/tdx_bits.h"
#include "attest/policy/policy_tdx.h"

struct subject {
	struct lint *l;
	const struct policy_block *block;
	const struct policy_tdx *t;
	const char *path;
};

static void never(const struct subject *b, const char *why)
{
	lint_warn(
		b->l, b->path, "this block never accepts: %s", messages_text(b->l->job->lang, why));
}

static bool loosened(const struct subject *b, enum policy_loosening what)
{
	return policy_loosened(b->block, what, b->l->job->at);
}

static bool has_zeros(const struct policy_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (bytes_all_zero(list->data + i * list->size, list->size))
			return true;
	return false;
}

static void lint_never(const struct subject *b)
{
	const struct policy_tdx *t = b->t;
	const struct policy_list *service = &t->registers[POLICY_TDX_MRSERVICETD];

	if (!t->registers[POLICY_TDX_MRTD].count)
		never(b, N_("it lists no measurement"));
	if (t->statuses && !(t->statuses >> TDX_TCB_UP_TO_DATE & 1) &&
		!loosened(b, POLICY_LOOSEN_TCB_STATUS))
		never(b,
			N_("it wants a TCB that is not up to date, and the loosening for it is not "
			   "in force"));
	if (t->bodies == 1U << TDX_BODY_TD15_EX && !loosened(b, POLICY_LOOSEN_QUOTE_BODY_EX))
		never(b, N_("it wants a body TD 1.5 Ex, and the loosening for it is not in force"));
	if (service->count && !has_zeros(service) && !loosened(b, POLICY_LOOSEN_SERVICE_TD))
		never(b, N_("it wants a service TD, and the loosening for it is not in force"));
}

static void lint_idle(const struct subject *b)
{
	const struct policy_tdx *t = b->t;
	const struct {
		enum policy_loosening what;
		bool idle;
	} cases[] = {
		{POLICY_LOOSEN_DEBUG, t->td_attributes.zero & TDX_ATTR_DEBUG},
		{POLICY_LOOSEN_MIGRATION, t->td_attributes.zero & TDX_ATTR_MIGRATABLE},
		{POLICY_LOOSEN_SEPT_VE, t->td_attributes.one & TDX_ATTR_SEPT_VE_DISABLE},
		{POLICY_LOOSEN_UNKNOWN_BITS, t->unknown_bits == POLICY_UNKNOWN_REFUSE},
		{POLICY_LOOSEN_QUOTE_BODY_EX, t->bodies && !(t->bodies >> TDX_BODY_TD15_EX & 1)},
		{POLICY_LOOSEN_TCB_STATUS, t->statuses == 0},
		{POLICY_LOOSEN_TCB_GRACE, !t->has_grace},
		{POLICY_LOOSEN_SERVICE_TD, !t->registers[POLICY_TDX_MRSERVICETD].count},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (b->block->loosen[cases[i].what].present && cases[i].idle)
			lint_warn(b->l, b->path,
				"the loosening \"%s\" does nothing: another rule of the block "
				"refuses what it allows",
				policy_loosening_name(cases[i].what));
}

static void lint_of_snp(const struct subject *b)
{
	static const enum policy_loosening of_snp[] = {POLICY_LOOSEN_MILAN, POLICY_LOOSEN_VMPL,
		POLICY_LOOSEN_MASKED_CHIP, POLICY_LOOSEN_REPORT_VERSION_2,
		POLICY_LOOSEN_REPORT_VERSION_6};

	for (size_t i = 0; i < sizeof(of_snp) / sizeof(of_snp[0]); i++)
		if (b->block->loosen[of_snp[i]].present)
			lint_warn(b->l, b->path,
				"the loosening \"%s\" does nothing: it is about SEV-SNP, and the "
				"block about TDX",
				policy_loosening_name(of_snp[i]));
}

static void lint_rules(const struct subject *b)
{
	const struct policy_tdx *t = b->t;

	if (has_zeros(&t->registers[POLICY_TDX_MRTD]))
		lint_warn(b->l, b->path, "mrtd is all zeros: put what hc-measure prints");
	if (t->has_grace && !t->grace_days)
		lint_warn(b->l, b->path, "grace_days: 0 is no grace");
	if (!t->has_evaluation)
		lint_warn(b->l, b->path,
			"no min_evaluation_number: collateral that knows fewer flaws is accepted "
			"while it is in date");
	if (t->registers[POLICY_TDX_RTMR3].count)
		lint_warn(b->l, b->path,
			"rtmr3: programs of the guest extend it while it runs, so that it changes");
}

void lint_tdx(struct lint *l, const struct policy_block *block, const char *path)
{
	const struct subject b = {l, block, block->tdx, path};

	lint_never(&b);
	lint_idle(&b);
	lint_of_snp(&b);
	lint_rules(&b);
}
