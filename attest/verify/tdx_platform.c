/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform by Intel's statements: are they about this platform, is the quoting enclave Intel's,
 * is the TDX module, and which TCB level do they make. Only statements that are genuine count for
 * the level; whether it is good enough is for the policy.
 */
#include <stdio.h>

#include "attest/verify/tdx_level.h"
#include "attest/verify/tdx_work.h"
#include "common/hex.h"

static void check_equal(
	struct tdx_work *w, const char *id, const uint8_t *info, const uint8_t *pck, size_t len)
{
	bool good = w->has_pck && w->tcb_info && !memcmp(info, pck, len);
	struct check *check = verdict_add(w->v, id,
		good                        ? CHECK_PASS
		: w->has_pck && w->tcb_info ? CHECK_FAIL
					    : CHECK_UNDECIDED);
	char hex[13];

	if (w->tcb_info) {
		hex_encode(hex, info, len);
		check_set_found(check, "TCB info: %s", hex);
	}
	if (w->has_pck) {
		hex_encode(hex, pck, len);
		check_set_expected(check, "PCK certificate: %s", hex);
	}
}

/* Under the identity's masks, as Intel's verifier compares them. */
static bool qe_matches(
	const struct tdx_qe_report *qe, const struct tdx_qe_identity *id, const char **what)
{
	*what = "miscselect";
	if ((qe->miscselect & get_le32(id->miscselect_mask)) != get_le32(id->miscselect))
		return false;
	*what = "attributes";
	for (size_t i = 0; i < sizeof(qe->attributes); i++)
		if ((qe->attributes[i] & id->attributes_mask[i]) != id->attributes[i])
			return false;
	*what = "mrsigner";
	if (memcmp(qe->mrsigner, id->mrsigner, sizeof(qe->mrsigner)))
		return false;
	*what = "isvprodid";
	return qe->isvprodid == id->isvprodid;
}

static void check_qe(struct tdx_work *w)
{
	bool known = w->qe_identity && w->qe_identity_by.genuine;
	const char *what = "";
	bool good = known && qe_matches(&w->quote->qe, &w->qe_identity->identity, &what);
	struct check *check = verdict_add(w->v, "tdx.qe",
		good    ? CHECK_PASS
		: known ? CHECK_FAIL
			: CHECK_UNDECIDED);

	if (known && !good)
		check_set_found(check, "another %s", what);
}

static void check_zero(struct tdx_work *w, const char *id, const uint8_t *bytes, size_t len)
{
	struct check *check =
		verdict_add(w->v, id, bytes_all_zero(bytes, len) ? CHECK_PASS : CHECK_FAIL);
	char hex[97];

	if (check->outcome == CHECK_PASS)
		return;
	hex_encode(hex, bytes, len);
	check_set_found(check, "%s", hex);
	check_set_expected(check, "all zero");
}

/* The TCB info, if it is Intel's word on this very platform. */
static const struct tdx_tcb_info *info_that_counts(const struct tdx_work *w)
{
	const struct tdx_tcb_info *info = w->tcb_info ? &w->tcb_info->info : NULL;

	if (!info || !w->tcb_info_by.genuine || !w->has_pck ||
		memcmp(info->fmspc, w->pck.fmspc, sizeof(info->fmspc)) ||
		memcmp(info->pceid, w->pck.pceid, sizeof(info->pceid)))
		return NULL;
	return info;
}

static bool signer_matches(
	const struct tdx_body *body, const struct tdx_module_signer *signer, const char **what)
{
	*what = "MRSIGNERSEAM";
	if (memcmp(body->mrsignerseam, signer->mrsigner, sizeof(signer->mrsigner)))
		return false;
	*what = "SEAMATTRIBUTES";
	return (body->seamattributes & signer->attributes_mask) == signer->attributes;
}

/* Modules of major version 0 have one identity, the others one for each major version. */
static void check_module(struct tdx_work *w, const struct tdx_tcb_info *info)
{
	const struct tdx_body *body = &w->quote->body;
	const struct tdx_module_identity *identity = NULL;
	const struct tdx_module_signer *signer = NULL;
	const char *what = "";
	struct check *check;
	bool good;

	if (info && body->tee_tcb_svn[1])
		identity = tdx_tcb_info_module(info, body->tee_tcb_svn[1]);
	if (info)
		signer = !body->tee_tcb_svn[1] ? &info->module
			 : identity            ? &identity->signer
					       : NULL;
	good = signer && signer_matches(body, signer, &what);
	check = verdict_add(w->v, "tdx.module",
		good   ? CHECK_PASS
		: info ? CHECK_FAIL
		       : CHECK_UNDECIDED);
	if (info && !signer)
		check_set_found(check, "TDX_%02X, which Intel does not list", body->tee_tcb_svn[1]);
	else if (info && !good)
		check_set_found(check, "TDX_%02X, another %s", body->tee_tcb_svn[1], what);
	else
		check_set_found(check, "TDX_%02X", body->tee_tcb_svn[1]);
}

/* "TDX_01: ISV SVN 4, UpToDate from 6": what would have to be updated. */
static void say_module(
	const struct tdx_work *w, const struct tdx_level_match *match, struct check *check)
{
	const uint8_t *svn = w->quote->body.tee_tcb_svn;
	const struct tdx_tcb *tcb = &w->v->claims.tdx.tcb;

	if (match->identity && tcb->module != TDX_TCB_UP_TO_DATE)
		check_set_expected(check, "module TDX_%02X: SVN %u is %s; the highest known is %u",
			svn[1], svn[0], tdx_tcb_status_name(tcb->module),
			match->identity->level[0].isvsvn);
}

static void check_level(struct tdx_work *w, const struct tdx_tcb_info *info)
{
	const struct tdx_body *body = &w->quote->body;
	struct tdx_tcb *tcb = &w->v->claims.tdx.tcb;
	struct tdx_level_match match;
	const struct tdx_level_input in = {
		.info = info,
		.qe_identity = w->qe_identity_by.genuine ? &w->qe_identity->identity : NULL,
		.pck_svn = w->pck.svn,
		.pcesvn = w->pck.pcesvn,
		.tee_tcb_svn = body->tee_tcb_svn,
		.tee_tcb_svn2 = body->has_td15 ? body->tee_tcb_svn2 : NULL,
		.qe_isvsvn = w->quote->qe.isvsvn,
	};
	struct check *check;
	bool bad;

	tdx_level_evaluate(&in, tcb, &match);
	bad = tcb->status == TDX_TCB_REVOKED || tcb->status == TDX_TCB_NOT_SUPPORTED;
	check = verdict_add(w->v, "tdx.tcb_level",
		bad                              ? CHECK_FAIL
		: tcb->status == TDX_TCB_UNKNOWN ? CHECK_UNDECIDED
						 : CHECK_PASS);
	check_set_found(check, "%s (platform %s, module %s, quoting enclave %s)",
		tdx_tcb_status_name(tcb->status), tdx_tcb_status_name(tcb->platform),
		tdx_tcb_status_name(tcb->module), tdx_tcb_status_name(tcb->qe));
	say_module(w, &match, check);
}

void tdx_check_platform(struct tdx_work *w)
{
	static const uint8_t none[6];
	const struct tdx_body *body = &w->quote->body;
	const struct tdx_tcb_info *info = info_that_counts(w);
	uint8_t attributes[8];

	check_equal(w, "tdx.fmspc", w->tcb_info ? w->tcb_info->info.fmspc : none, w->pck.fmspc, 6);
	check_equal(w, "tdx.pceid", w->tcb_info ? w->tcb_info->info.pceid : none, w->pck.pceid, 2);
	check_qe(w);
	check_module(w, info);
	check_zero(w, "tdx.mrsignerseam", body->mrsignerseam, sizeof(body->mrsignerseam));
	put_le64(attributes, body->seamattributes);
	check_zero(w, "tdx.seamattributes", attributes, sizeof(attributes));
	check_level(w, info);
}
