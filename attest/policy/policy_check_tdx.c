/* SPDX-License-Identifier: Apache-2.0 */
/* Judging a TDX quote by the rules of a block. The TCB is in policy_check_tdx_tcb.c. */
#include <stdio.h>

#include "attest/evidence/tdx_bits.h"
#include "attest/policy/policy_tdx.h"
#include "common/hex.h"
#include "common/messages.h"

static const struct policy_tdx no_rules;

static bool listed(const struct policy_list *list, const uint8_t *value)
{
	for (size_t i = 0; i < list->count; i++)
		if (!memcmp(list->data + i * list->size, value, list->size))
			return true;
	return false;
}

/* --- what no block can change --- */

/* The first id of the platform that is denied; NULL for none. */
static const char *denied(
	const struct policy_tdx_platforms *deny, const struct tdx_platform *p, char hex[33])
{
	hex_encode(hex, p->fmspc, sizeof(p->fmspc));
	if (listed(&deny->fmspcs, p->fmspc))
		return "FMSPC";
	hex_encode(hex, p->ppid, sizeof(p->ppid));
	if (listed(&deny->ppids, p->ppid))
		return "PPID";
	hex_encode(hex, p->piid, sizeof(p->piid));
	return p->has_piid && listed(&deny->instances, p->piid) ? "PIID" : NULL;
}

void policy_tdx_judge_all(const struct policy *policy, struct verdict *v)
{
	const struct policy_tdx_deny *deny = policy ? policy->deny.tdx : NULL;
	const struct tdx_platform *p = &v->claims.tdx.platform;
	const char *what;
	struct check *check;
	char hex[33];

	if (!deny) {
		verdict_add(v, "policy.deny", CHECK_PASS);
		return;
	}
	what = p->known ? denied(&deny->platforms, p, hex) : NULL;
	check = verdict_add(v, "policy.deny",
		what       ? CHECK_FAIL
		: p->known ? CHECK_PASS
			   : CHECK_UNDECIDED);
	if (what)
		check_set_found(check, "%s %s", what, hex);
	else if (!p->known)
		check_set_found(check, "no PCK certificate says which platform it is");
	check_set_expected(check, "none of the platforms of \"deny\"");
}

/* --- bits --- */

/* Bits kept for more ways to debug are taken for one. */
static void judge_attributes(const struct judge *j, const struct policy_tdx *t)
{
	uint64_t a = j->v->claims.tdx.quote.body.tdattributes;
	char found[64];

	evidence_bits_format(tdx_td_attributes, a & TDX_ATTR_TUD, found, sizeof(found));
	policy_judge_flag(j, "policy.debug", a & TDX_ATTR_TUD, POLICY_LOOSEN_DEBUG, found);
	evidence_bits_format(tdx_td_attributes, a & TDX_ATTR_PROFILING, found, sizeof(found));
	policy_judge_flag(
		j, "policy.profiling", a & TDX_ATTR_PROFILING, POLICY_LOOSEN_PROFILING, found);
	policy_judge_flag(j, "policy.migration", a & TDX_ATTR_MIGRATABLE, POLICY_LOOSEN_MIGRATION,
		"migratable");
	policy_judge_flag(j, "policy.sept_ve_disable", !(a & TDX_ATTR_SEPT_VE_DISABLE),
		POLICY_LOOSEN_SEPT_VE, "sept_ve_disable=0");
	policy_judge_unknown_bits(j, "policy.td_attributes", tdx_td_attributes,
		a & TDX_ATTR_RESERVED & ~TDX_ATTR_TUD, t->unknown_bits);
	policy_judge_bits(j, "policy.td_attributes_bits", &t->td_attributes, tdx_td_attributes, a);
}

/* x87 and SSE are always set; the others with a meaning are what the TD may use. */
static void judge_xfam(const struct judge *j, const struct policy_tdx *t)
{
	uint64_t xfam = j->v->claims.tdx.quote.body.xfam;
	struct check *check;

	if ((xfam & TDX_XFAM_FIXED_1) != TDX_XFAM_FIXED_1) {
		check = verdict_add(j->v, "policy.xfam", CHECK_FAIL);
		check_set_found(check, "0x%016llx", (unsigned long long)xfam);
		check_set_expected(check, "bits 0 and 1 set: no TD is without x87 and SSE");
	} else {
		policy_judge_unknown_bits(
			j, "policy.xfam", tdx_xfam, xfam & TDX_XFAM_RESERVED, t->unknown_bits);
	}
	policy_judge_bits(j, "policy.xfam_bits", &t->xfam, tdx_xfam, xfam);
}

static void judge_seamattributes(const struct judge *j, const struct policy_tdx *t)
{
	uint64_t found = j->v->claims.tdx.quote.body.seamattributes;
	struct check *check;

	if (!t->has_seamattributes)
		return;
	check = verdict_add(j->v, "policy.seamattributes",
		found == t->seamattributes ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "0x%016llx", (unsigned long long)found);
	check_set_expected(check, "0x%016llx", (unsigned long long)t->seamattributes);
}

/* --- registers --- */

const uint8_t *policy_tdx_register(const struct tdx_body *b, enum policy_tdx_register which)
{
	const uint8_t *const registers[POLICY_TDX_REGISTERS] = {
		[POLICY_TDX_MRTD] = b->mrtd,
		[POLICY_TDX_RTMR0] = b->rtmr[0],
		[POLICY_TDX_RTMR1] = b->rtmr[1],
		[POLICY_TDX_RTMR2] = b->rtmr[2],
		[POLICY_TDX_RTMR3] = b->rtmr[3],
		[POLICY_TDX_MRSEAM] = b->mrseam,
		[POLICY_TDX_MRSIGNERSEAM] = b->mrsignerseam,
		[POLICY_TDX_MRCONFIGID] = b->mrconfigid,
		[POLICY_TDX_MROWNER] = b->mrowner,
		[POLICY_TDX_MROWNERCONFIG] = b->mrownerconfig,
		[POLICY_TDX_MRSERVICETD] = b->has_td15 ? b->mrservicetd : NULL,
	};

	return registers[which];
}

/* MRTD is the measurement; MRSERVICETD has a default of its own. */
static void judge_registers(const struct judge *j, const struct policy_tdx *t)
{
	static const char *const ids[POLICY_TDX_REGISTERS] = {
		[POLICY_TDX_RTMR0] = "policy.rtmr0",
		[POLICY_TDX_RTMR1] = "policy.rtmr1",
		[POLICY_TDX_RTMR2] = "policy.rtmr2",
		[POLICY_TDX_RTMR3] = "policy.rtmr3",
		[POLICY_TDX_MRSEAM] = "policy.mrseam",
		[POLICY_TDX_MRSIGNERSEAM] = "policy.mrsignerseam",
		[POLICY_TDX_MRCONFIGID] = "policy.mrconfigid",
		[POLICY_TDX_MROWNER] = "policy.mrowner",
		[POLICY_TDX_MROWNERCONFIG] = "policy.mrownerconfig",
	};
	const struct tdx_body *body = &j->v->claims.tdx.quote.body;

	for (int i = 0; i < POLICY_TDX_REGISTERS; i++)
		if (ids[i])
			policy_judge_list(j, ids[i], &t->registers[i],
				policy_tdx_register(body, (enum policy_tdx_register)i));
}

/* None by default. One has to be loosened, and named: a loosening alone says nothing of which. */
static void judge_service_td(const struct judge *j, const struct policy_tdx *t)
{
	static const uint8_t zeros[TDX_MR_SIZE];
	const struct policy_list *list = &t->registers[POLICY_TDX_MRSERVICETD];
	const uint8_t *value =
		policy_tdx_register(&j->v->claims.tdx.quote.body, POLICY_TDX_MRSERVICETD);
	char hex[2 * TDX_MR_SIZE + 1];
	struct check *check;
	bool bound, named;

	value = value ? value : zeros; /* TD 1.0 has none */
	bound = !bytes_all_zero(value, TDX_MR_SIZE);
	named = listed(list, value);
	hex_encode(hex, value, TDX_MR_SIZE);
	if (named || (!bound && !list->count) ||
		(!list->count && !policy_loosened(j->block, POLICY_LOOSEN_SERVICE_TD, j->v->at))) {
		policy_judge_flag(j, "policy.service_td", bound, POLICY_LOOSEN_SERVICE_TD, hex);
		return;
	}
	check = verdict_add(j->v, "policy.service_td", CHECK_FAIL);
	check_set_found(check, "%s", hex);
	check_set_expected(check, "a service TD that \"mrservicetd\" names");
}

/* --- platform --- */

static void judge_platform_list(const struct judge *j, const char *id,
	const struct policy_list *list, const uint8_t *value, bool known)
{
	struct check *check;

	if (!list->count || known) {
		policy_judge_list(j, id, list, value);
		return;
	}
	/* A Processor CA's certificate has no instance id: it can be on no list of them. */
	check = verdict_add(
		j->v, id, j->v->claims.tdx.platform.known ? CHECK_FAIL : CHECK_UNDECIDED);
	check_set_found(check, "the PCK certificate does not say");
	check_set_expected(check, "one of %zu", list->count);
}

static void judge_platforms(const struct judge *j, const struct policy_tdx *t)
{
	const struct tdx_platform *p = &j->v->claims.tdx.platform;

	judge_platform_list(j, "policy.fmspc", &t->platforms.fmspcs, p->fmspc, p->known);
	judge_platform_list(j, "policy.ppid", &t->platforms.ppids, p->ppid, p->known);
	judge_platform_list(j, "policy.platform_instance", &t->platforms.instances, p->piid,
		p->known && p->has_piid);
}

static void judge_body(const struct judge *j, const struct policy_tdx *t)
{
	enum tdx_body_type type = j->v->claims.tdx.quote.body.type;
	struct check *check;

	if (t->bodies && !(t->bodies >> type & 1)) {
		check = verdict_add(j->v, "policy.quote_body", CHECK_FAIL);
		check_set_found(check, "%s", tdx_body_type_name(type));
		check_set_expected(check, "a body on the policy's list");
		return;
	}
	policy_judge_flag(j, "policy.quote_body", type == TDX_BODY_TD15_EX,
		POLICY_LOOSEN_QUOTE_BODY_EX, tdx_body_type_name(type));
}

void policy_tdx_judge(const struct judge *j)
{
	const struct policy_tdx *t = j->block ? j->block->tdx : &no_rules;

	policy_judge_root(j, t->root, t->root_count);
	policy_tdx_judge_tcb(j, t);
	judge_platforms(j, t);
	judge_body(j, t);
	judge_attributes(j, t);
	judge_xfam(j, t);
	judge_seamattributes(j, t);
	judge_registers(j, t);
	judge_service_td(j, t);
	policy_judge_revocation(j);
	policy_judge_measurement(j, &t->registers[POLICY_TDX_MRTD]);
}
