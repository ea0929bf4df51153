/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of a TDX quote as plain values: PCK, PCK CA, root. Judges nothing. */
#include "attest/verify/links.h"
#include "attest/verify/tdx_work.h"

static enum revocation_value revocation_of(const struct tdx_work *w, const char *id)
{
	const struct check *check = verdict_find(w->v, id);

	if (!check || check->outcome == CHECK_UNDECIDED)
		return REVOCATION_UNKNOWN;
	return check->outcome == CHECK_FAIL ? REVOCATION_REVOKED : REVOCATION_GOOD;
}

static void list(struct verdict_link *link, const struct x509_crl *crl)
{
	link->listed_by_crl = true;
	if (!crl)
		return;
	link->list_from = crl->this_update;
	link->list_to = crl->has_next_update ? crl->next_update : 0;
}

void tdx_links_fill(struct tdx_work *w)
{
	struct verdict_chain *out = &w->v->chain;
	struct verdict_link *link = out->link;

	memset(out, 0, sizeof(*out));
	out->count = 3;
	link[0].kind = "PCK";
	link[1].kind = "PCK CA";
	link[2].kind = "SGX root";
	if (w->has_pck)
		links_fill(&link[0], w->pck.cert);
	links_fill(&link[1], w->chain.intermediate);
	links_fill(&link[2], w->chain.ark);
	link[0].signs = links_signed(w->v, "tdx.qe_report_signature");
	link[1].signs = links_reached(&w->chain, CHAIN_BAD_LEAF_SIGNATURE);
	link[2].signs = links_reached(&w->chain, CHAIN_BAD_INTERMEDIATE_SIGNATURE);
	list(&link[0], w->pck_crl);
	list(&link[1], w->root_crl);
	link[0].revocation = revocation_of(w, "tdx.pck_revoked");
	link[1].revocation = revocation_of(w, "tdx.ca_revoked");
	if (w->chain.ark)
		link[2].anchor = links_anchor(&w->chain);
}
