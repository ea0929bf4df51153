/* SPDX-License-Identifier: Apache-2.0 */
/* Finding TCB levels and converging their statuses. Levels come sorted, highest first. */
#include "attest/verify/tdx_level.h"

#include <stdio.h>
#include <stdlib.h>

#define MODULE_MINOR 0 /* TEE_TCB_SVN[0]: SVN of the module */
#define MODULE_MAJOR 1 /* [1]: major version of the module */
#define MICROCODE    2 /* [2]: SVN of the late microcode update */

enum tdx_tcb_status tdx_level_converge(enum tdx_tcb_status status, enum tdx_tcb_status part)
{
	/* What nothing can mend, the worst first; then what nobody knows. */
	static const enum tdx_tcb_status dominant[] = {
		TDX_TCB_REVOKED, TDX_TCB_NOT_SUPPORTED, TDX_TCB_UNKNOWN};

	for (size_t i = 0; i < sizeof(dominant) / sizeof(dominant[0]); i++)
		if (status == dominant[i] || part == dominant[i])
			return dominant[i];
	if (part == TDX_TCB_UP_TO_DATE)
		return status;
	switch (status) {
	case TDX_TCB_UP_TO_DATE:
	case TDX_TCB_SW_HARDENING_NEEDED:
		return TDX_TCB_OUT_OF_DATE;
	case TDX_TCB_CONFIGURATION_NEEDED:
	case TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	default:
		return status;
	}
}

static bool all_at_least(const uint8_t *svn, const uint8_t *floor, size_t from)
{
	for (size_t i = from; i < TDX_SVN_COUNT; i++)
		if (svn[i] < floor[i])
			return false;
	return true;
}

/* `svn` NULL: by the SGX part alone. */
static const struct tdx_level *platform_level(const struct tdx_level_input *in, const uint8_t *svn)
{
	for (size_t i = 0; i < in->info->level_count; i++) {
		const struct tdx_level *level = &in->info->level[i];

		if (!all_at_least(in->pck_svn, level->sgx, 0) || in->pcesvn < level->pcesvn)
			continue;
		/* Modules that have an identity of their own count there, not in [0] and [1]. */
		if (!svn || all_at_least(svn, level->tdx, svn[MODULE_MAJOR] ? MICROCODE : 0))
			return level;
	}
	return NULL;
}

static const struct tdx_level *part_level(
	const struct tdx_level *levels, size_t count, uint16_t isvsvn)
{
	for (size_t i = 0; i < count; i++)
		if (levels[i].isvsvn <= isvsvn)
			return &levels[i];
	return NULL;
}

static enum tdx_tcb_status status_of(const struct tdx_level *level)
{
	return level ? level->status : TDX_TCB_NOT_SUPPORTED;
}

/* The levels by one of the two SVNs, and platform and module converged. */
struct by_svn {
	const struct tdx_level *platform, *module;
	const struct tdx_module_identity *identity;
	enum tdx_tcb_status platform_status, module_status, both;
};

static struct by_svn evaluate(const struct tdx_level_input *in, const uint8_t *svn)
{
	struct by_svn out = {.platform = platform_level(in, svn)};

	out.platform_status = status_of(out.platform);
	out.module_status = TDX_TCB_UP_TO_DATE;
	if (svn[MODULE_MAJOR]) {
		out.identity = tdx_tcb_info_module(in->info, svn[MODULE_MAJOR]);
		if (out.identity)
			out.module = part_level(
				out.identity->level, out.identity->level_count, svn[MODULE_MINOR]);
		out.module_status = status_of(out.module);
	}
	out.both = tdx_level_converge(out.platform_status, out.module_status);
	return out;
}

static bool configuration_needed(enum tdx_tcb_status status)
{
	return status == TDX_TCB_CONFIGURATION_NEEDED ||
	       status == TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       status == TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* Is the module that is loaded now at the highest level there is? One not listed: no answer. */
static enum tdx_tcb_status current_module(const struct tdx_level_input *in)
{
	const uint8_t *svn2 = in->tee_tcb_svn2, *top = in->info->level[0].tdx;
	const struct tdx_module_identity *identity;

	if (!svn2[MODULE_MAJOR])
		return svn2[MODULE_MINOR] >= top[MODULE_MINOR] && svn2[MICROCODE] >= top[MICROCODE]
			       ? TDX_TCB_UP_TO_DATE
			       : TDX_TCB_OUT_OF_DATE;
	identity = tdx_tcb_info_module(in->info, svn2[MODULE_MAJOR]);
	if (!identity)
		return TDX_TCB_NOT_SUPPORTED;
	return svn2[MODULE_MINOR] >= identity->level[0].isvsvn && svn2[MICROCODE] >= top[MICROCODE]
		       ? TDX_TCB_UP_TO_DATE
		       : TDX_TCB_OUT_OF_DATE;
}

/*
 * The module is what made the launch out of date, and it has been updated since: a relaunch is all
 * it takes (Intel: TDRelaunchCheck).
 */
static enum tdx_tcb_status with_relaunch(
	const struct tdx_level_input *in, const struct by_svn *launch, enum tdx_tcb_status qe)
{
	enum tdx_tcb_status sgx = status_of(platform_level(in, NULL)), now;

	if (!in->tee_tcb_svn2 || qe != TDX_TCB_UP_TO_DATE ||
		launch->module_status != TDX_TCB_OUT_OF_DATE)
		return launch->both;
	if (sgx < TDX_TCB_UP_TO_DATE || sgx > TDX_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED)
		return launch->both;
	if (launch->both != TDX_TCB_OUT_OF_DATE &&
		launch->both != TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED)
		return launch->both;
	now = current_module(in);
	if (now == TDX_TCB_NOT_SUPPORTED)
		return now;
	if (now != TDX_TCB_UP_TO_DATE)
		return launch->both;
	return configuration_needed(sgx) || configuration_needed(launch->both)
		       ? TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED
		       : TDX_TCB_TD_RELAUNCH_ADVISED;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool has_advisory(const struct tdx_tcb *tcb, const char *id)
{
	for (size_t i = 0; i < tcb->advisory_count; i++)
		if (!strcmp(tcb->advisory[i], id))
			return true;
	return false;
}

static void add_advisories(struct tdx_tcb *out, const struct tdx_level *level)
{
	size_t i;
	json_t *item;

	if (!level || !level->advisories)
		return;
	json_array_foreach(level->advisories, i, item)
	{
		const char *id = json_string_value(item);

		if (has_advisory(out, id))
			continue;
		if (out->advisory_count == TDX_ADVISORIES_MAX) {
			out->advisories_cut = true;
			return;
		}
		snprintf(out->advisory[out->advisory_count++], TDX_ADVISORY_SIZE, "%s", id);
	}
}

/* The earliest date of the levels that count; none at all if one of them is missing. */
static int64_t earliest(const struct tdx_level_match *match, enum tdx_tcb_status module)
{
	int64_t date;

	if (!match->platform || !match->qe || module == TDX_TCB_NOT_SUPPORTED)
		return 0;
	date = match->platform->date < match->qe->date ? match->platform->date : match->qe->date;
	return match->module && match->module->date < date ? match->module->date : date;
}

static void evaluate_platform(
	const struct tdx_level_input *in, struct tdx_tcb *out, struct tdx_level_match *match)
{
	struct by_svn launch = evaluate(in, in->tee_tcb_svn);

	match->platform = launch.platform;
	match->module = launch.module;
	match->identity = launch.identity;
	out->platform = launch.platform_status;
	out->platform_date = launch.platform ? launch.platform->date : 0;
	out->module = launch.module_status;
	out->launch = tdx_level_converge(launch.both, out->qe);
	out->status = tdx_level_converge(with_relaunch(in, &launch, out->qe), out->qe);
	out->evaluation_number = in->info->statement.evaluation_number;
	if (!in->tee_tcb_svn2)
		return;
	out->has_current = true;
	out->current = tdx_level_converge(evaluate(in, in->tee_tcb_svn2).both, out->qe);
}

void tdx_level_evaluate(
	const struct tdx_level_input *in, struct tdx_tcb *out, struct tdx_level_match *match)
{
	const struct tdx_qe_identity *qe = in->qe_identity;

	*match = (struct tdx_level_match){0};
	if (qe) {
		match->qe = part_level(qe->level, qe->level_count, in->qe_isvsvn);
		out->qe = status_of(match->qe);
	}
	if (in->info)
		evaluate_platform(in, out, match);
	if (qe && in->info && qe->statement.evaluation_number < out->evaluation_number)
		out->evaluation_number = qe->statement.evaluation_number;
	out->tcb_date = earliest(match, out->module);
	add_advisories(out, match->platform);
	add_advisories(out, match->module);
	add_advisories(out, match->qe);
	qsort(out->advisory, out->advisory_count, TDX_ADVISORY_SIZE, by_text);
}
