/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the statements at hand count, and who signed them. A folder may hold those of many
 * platforms and months, and anybody may add to it: what is not signed by Intel never stands in the
 * way of what is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/der.h"
#include "attest/verify/links.h"
#include "attest/verify/tdx_work.h"
#include "common/hex.h"
#include "common/timefmt.h"

#define SIGNERS_MAX 16

/* TCB signing certificates that the root has signed, those in date first. */
struct signers {
	size_t seen; /* of that name, whoever signed them */
	size_t count;
	const struct x509_cert *cert[SIGNERS_MAX];
};

static bool in_window(const struct x509_cert *cert, int64_t at)
{
	return cert->not_before <= at && at <= cert->not_after;
}

static const struct x509_cert *root_among(const struct endorsements *set, const struct roots *roots)
{
	for (size_t i = 0; i < endorsements_cert_count(set); i++) {
		const struct x509_cert *cert = endorsements_cert(set, i);

		if (cert->profile == X509_PROFILE_INTEL && x509_may_issue(cert, 1) &&
			der_equal(cert->subject, cert->issuer) && roots_find(roots, cert->sha256))
			return cert;
	}
	return NULL;
}

/* The root of the PCK's chain; without one, any of the caller's that is at hand. */
static const struct x509_cert *find_root(const struct tdx_work *w)
{
	const struct endorsements *const sets[] = {
		w->certs, w->in->roots->certs, w->in->endorsements};
	const struct x509_cert *root = w->root;

	for (size_t i = 0; i < 3 && !root; i++)
		root = root_among(sets[i], w->in->roots);
	return root;
}

static bool named_signer(const struct x509_cert *cert)
{
	char name[64];

	x509_common_name(cert->subject, name, sizeof(name));
	return cert->profile == X509_PROFILE_INTEL && !strcmp(name, TDX_TCB_SIGNER_NAME);
}

/* Named as Intel's, no CA, for signing; by the root. 0, 1: no; negative: no answer. */
static int genuine_signer(
	struct memo *memo, const struct x509_cert *cert, const struct x509_cert *root)
{
	int rc;

	if (cert->ca || !cert->has_key_usage || !(cert->key_usage & X509_USAGE_DIGITAL_SIGNATURE) ||
		!der_equal(cert->issuer, root->subject))
		return 1;
	rc = memo_cert_verify(memo, cert, root);
	return tdx_no_answer(rc) ? rc : rc != 0;
}

static int find_signers(const struct tdx_work *w, struct signers *out)
{
	const struct endorsements *set = w->in->endorsements;

	for (size_t i = 0; i < endorsements_cert_count(set); i++) {
		const struct x509_cert *cert = endorsements_cert(set, i);
		size_t at;
		int rc;

		if (!named_signer(cert))
			continue;
		out->seen++;
		if (!w->root || out->count == SIGNERS_MAX)
			continue;
		rc = genuine_signer(w->in->memo, cert, w->root);
		if (rc < 0)
			return rc;
		if (rc)
			continue;
		at = out->count++;
		for (; at && in_window(cert, w->in->at) && !in_window(out->cert[at - 1], w->in->at);
			at--)
			out->cert[at] = out->cert[at - 1];
		out->cert[at] = cert;
	}
	return 0;
}

/* Sets *out to the first signer whose key made it. */
static int find_signature(struct memo *memo, const struct signers *signers,
	const struct tdx_signed_text *text, struct tdx_signature *out)
{
	*out = (struct tdx_signature){0};
	for (size_t i = 0; i < signers->count; i++) {
		int rc = memo_ecdsa_verify(memo, &signers->cert[i]->ec, text->sha256,
			sizeof(text->sha256), text->signature, text->signature + 32);

		if (tdx_no_answer(rc))
			return rc;
		if (!rc) {
			*out = (struct tdx_signature){signers->cert[i], true};
			return 0;
		}
	}
	return 0;
}

/* One statement of several: what it says of itself, for picking. */
struct candidate {
	size_t index;
	int fits; /* how well it is for this platform: only the best of these are tried */
	bool in_date;
	const struct tdx_statement *statement;
	const struct tdx_signed_text *text;
};

static bool in_date(const struct tdx_statement *s, int64_t at)
{
	return s->issued <= at && at < s->next_update;
}

static bool better(const struct candidate *a, const struct candidate *b)
{
	const struct tdx_statement *x = a->statement, *y = b->statement;

	if (a->fits != b->fits)
		return a->fits > b->fits;
	if (a->in_date != b->in_date)
		return a->in_date;
	if (x->evaluation_number != y->evaluation_number)
		return x->evaluation_number > y->evaluation_number;
	return x->issued > y->issued;
}

struct candidates {
	size_t count;
	struct candidate item[TDX_COLLATERAL_MAX]; /* the best first */
};

static void offer(struct candidates *all, const struct candidate *c)
{
	size_t at = all->count++;

	for (; at && better(c, &all->item[at - 1]); at--)
		all->item[at] = all->item[at - 1];
	all->item[at] = *c;
}

/*
 * The best one that is signed, among those that fit as well as the best does; else the best of all.
 * Its index, or -1 if there is none.
 */
static int pick(struct memo *memo, const struct candidates *all, const struct signers *signers,
	struct tdx_signature *by, ptrdiff_t *index)
{
	*index = -1;
	for (size_t i = 0; i < all->count && all->item[i].fits == all->item[0].fits; i++) {
		int rc = find_signature(memo, signers, all->item[i].text, by);

		if (rc)
			return rc;
		if (by->genuine || *index < 0)
			*index = (ptrdiff_t)all->item[i].index;
		if (by->genuine)
			return 0;
	}
	return 0;
}

static int pick_tcb_info(struct tdx_work *w, struct candidates *all, const struct signers *signers)
{
	const struct tdx_collateral *set = endorsements_tdx(w->in->endorsements);
	ptrdiff_t index;
	int rc;

	all->count = 0;
	for (size_t i = 0; i < tdx_collateral_tcb_info_count(set); i++) {
		const struct tdx_signed_tcb_info *item = tdx_collateral_tcb_info(set, i);
		const struct tdx_tcb_info *info = &item->info;
		bool fmspc = w->has_pck && !memcmp(info->fmspc, w->pck.fmspc, sizeof(info->fmspc));
		bool pceid = w->has_pck && !memcmp(info->pceid, w->pck.pceid, sizeof(info->pceid));

		offer(all, &(struct candidate){i, 2 * fmspc + pceid,
				   in_date(&info->statement, w->in->at), &info->statement,
				   &item->as_received});
	}
	rc = pick(w->in->memo, all, signers, &w->tcb_info_by, &index);
	if (!rc && index >= 0)
		w->tcb_info = tdx_collateral_tcb_info(set, (size_t)index);
	return rc;
}

static int pick_qe_identity(
	struct tdx_work *w, struct candidates *all, const struct signers *signers)
{
	const struct tdx_collateral *set = endorsements_tdx(w->in->endorsements);
	ptrdiff_t index;
	int rc;

	all->count = 0;
	for (size_t i = 0; i < tdx_collateral_qe_identity_count(set); i++) {
		const struct tdx_signed_qe_identity *item = tdx_collateral_qe_identity(set, i);
		const struct tdx_statement *s = &item->identity.statement;

		offer(all, &(struct candidate){i, 0, in_date(s, w->in->at), s, &item->as_received});
	}
	rc = pick(w->in->memo, all, signers, &w->qe_identity_by, &index);
	if (!rc && index >= 0)
		w->qe_identity = tdx_collateral_qe_identity(set, (size_t)index);
	return rc;
}

/* --- checks --- */

static void check_signers(struct tdx_work *w, const struct signers *signers)
{
	const struct x509_cert *const used[] = {w->tcb_info_by.signer, w->qe_identity_by.signer};
	const struct x509_cert *outside = NULL;
	struct check *check;
	bool any = false;

	for (size_t i = 0; i < 2; i++) {
		if (!used[i])
			continue;
		any = true;
		tdx_expires(w, used[i]->not_after);
		if (!in_window(used[i], w->in->at))
			outside = used[i];
	}
	/* One that the root did not sign is no better than none, but it tells more. */
	check = verdict_add(w->v, "tdx.tcb_signer",
		outside                                       ? CHECK_FAIL
		: any                                         ? CHECK_PASS
		: w->root && signers->seen && !signers->count ? CHECK_FAIL
							      : CHECK_UNDECIDED);
	if (outside) {
		links_describe_window(outside, w->v, check);
		return;
	}
	check_set_expected(check, "\"%s\", signed by the root and in date", TDX_TCB_SIGNER_NAME);
	if (check->outcome == CHECK_FAIL)
		check_set_found(check, "one that the root did not sign");
	else if (!any)
		check_set_found(check,
			signers->count ? N_("none that signed what was given") : N_("none given"));
}

static void check_statement(struct tdx_work *w, const char *id, const struct tdx_statement *s,
	const struct tdx_signature *by, const struct signers *signers, const char *where)
{
	struct check *check = verdict_add(w->v, id,
		by->genuine           ? CHECK_PASS
		: s && signers->count ? CHECK_FAIL
				      : CHECK_UNDECIDED);

	if (s)
		check_set_found(check, "evaluation data number %u", s->evaluation_number);
	else
		check_set_found(check, "none given");
	if (!by->genuine)
		check_set_expected(check, "one signed by Intel; it is at %s", where);
}

static void check_date(
	struct tdx_work *w, const char *id, const struct tdx_statement *s, bool genuine)
{
	bool good = s && in_date(s, w->in->at);
	struct check *check = verdict_add(w->v, id, good ? CHECK_PASS : CHECK_UNDECIDED);
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE], at[TIMEFMT_SIZE];

	if (!s)
		return;
	if (genuine)
		tdx_expires(w, s->next_update);
	timefmt_rfc3339(from, s->issued, -1);
	timefmt_rfc3339(to, s->next_update, -1);
	timefmt_rfc3339(at, w->in->at, -1);
	check_set_found(check, "issued %s, next update %s", from, to);
	check_set_expected(check, "issued by %s, and next update after it", at);
}

static void check_all(struct tdx_work *w, const struct signers *signers)
{
	const struct tdx_statement *info = w->tcb_info ? &w->tcb_info->info.statement : NULL;
	const struct tdx_statement *qe =
		w->qe_identity ? &w->qe_identity->identity.statement : NULL;
	char where[120], fmspc[13] = "";

	if (w->has_pck)
		hex_encode(fmspc, w->pck.fmspc, sizeof(w->pck.fmspc));
	snprintf(where, sizeof(where), TDX_PCS "tdx/certification/v4/tcb?fmspc=%s", fmspc);
	check_signers(w, signers);
	check_statement(w, "tdx.tcb_info", info, &w->tcb_info_by, signers, where);
	check_statement(w, "tdx.qe_identity", qe, &w->qe_identity_by, signers,
		TDX_PCS "tdx/certification/v4/qe/identity");
	check_date(w, "tdx.tcb_info_date", info, w->tcb_info_by.genuine);
	check_date(w, "tdx.qe_identity_date", qe, w->qe_identity_by.genuine);
}

int tdx_find_collateral(struct tdx_work *w)
{
	struct candidates *all = malloc(sizeof(*all));
	struct signers signers = {0};
	int rc = all ? 0 : HC_ENOMEM;

	w->root = find_root(w);
	if (!rc)
		rc = find_signers(w, &signers);
	if (!rc)
		rc = pick_tcb_info(w, all, &signers);
	if (!rc)
		rc = pick_qe_identity(w, all, &signers);
	free(all);
	if (!rc)
		check_all(w, &signers);
	return rc;
}
