/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing older than what was seen before: whoever fills the folder may not go back to a list
 * without the last revocation, or to a TCB info from before the last advisory, while it is still in
 * date. Only what is genuine is compared and remembered.
 */
#include <stdio.h>

#include "attest/verify/tdx_work.h"
#include "common/hex.h"

/* `what` under the key of this root: other roots have their own. */
static void name(struct seen_item *out, const struct tdx_work *w, const char *what)
{
	char root[17];

	hex_encode(root, w->root->ec.x, 8);
	snprintf(out->name, sizeof(out->name), "%s, root %s", what, root);
}

static void of_statement(struct seen_item *out, const struct tdx_work *w, const char *what,
	const struct tdx_statement *s)
{
	memset(out, 0, sizeof(*out));
	name(out, w, what);
	put_be32(out->number + SEEN_NUMBER_SIZE - 4, s->evaluation_number);
	out->date = s->issued;
}

static void of_list(struct seen_item *out, const struct tdx_work *w, const struct x509_crl *crl)
{
	char issuer[64], what[80];

	memset(out, 0, sizeof(*out));
	x509_common_name(crl->issuer, issuer, sizeof(issuer));
	snprintf(what, sizeof(what), "crl %s", issuer);
	name(out, w, what);
	memcpy(out->number, crl->number, sizeof(out->number));
	out->date = crl->this_update;
}

_Static_assert(SEEN_NUMBER_SIZE == X509_CRL_NUMBER_SIZE, "a CRL number fits");

/* What was used and is genuine; returns how many. */
static size_t collect(const struct tdx_work *w, struct seen_item out[4])
{
	char what[40], fmspc[13], pceid[5];
	size_t n = 0;

	if (!w->root)
		return 0;
	if (w->tcb_info && w->tcb_info_by.genuine) {
		hex_encode(fmspc, w->tcb_info->info.fmspc, 6);
		hex_encode(pceid, w->tcb_info->info.pceid, 2);
		snprintf(what, sizeof(what), "tcb-info %s %s", fmspc, pceid);
		of_statement(&out[n++], w, what, &w->tcb_info->info.statement);
	}
	if (w->qe_identity && w->qe_identity_by.genuine)
		of_statement(&out[n++], w, "td-qe-identity", &w->qe_identity->identity.statement);
	if (w->root_crl)
		of_list(&out[n++], w, w->root_crl);
	if (w->pck_crl)
		of_list(&out[n++], w, w->pck_crl);
	return n;
}

void tdx_check_seen(struct tdx_work *w)
{
	struct seen_item now[4];
	const struct seen_item *older = NULL;
	size_t count;
	struct check *check;

	if (!w->in->seen) {
		verdict_add(w->v, "tdx.not_older", CHECK_SKIPPED);
		return;
	}
	count = collect(w, now);
	for (size_t i = 0; i < count; i++) {
		if (seen_is_older(w->in->seen, &now[i]))
			older = &now[i];
		seen_note(w->in->seen, &now[i]);
	}
	check = verdict_add(w->v, "tdx.not_older", older ? CHECK_FAIL : CHECK_PASS);
	if (older)
		check_set_found(check, "%s", older->name);
}
