/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of an SEV-SNP report as plain values: report, VCEK or VLEK, ASK or ASVK, ARK. */
#include "attest/verify/links.h"
#include "attest/verify/snp.h"

/* What kind a certificate is: by the name that AMD gives it, else as the report has it. */
static bool is_vlek(const struct chain *chain, const struct verdict *v)
{
	char name[64] = "";

	if (chain->leaf)
		x509_common_name(chain->leaf->subject, name, sizeof(name));
	return name[0] ? !strncmp(name, "SEV-VLEK", 8)
		       : v->claims.snp.signing_key == SNP_SIGNING_KEY_VLEK;
}

void snp_links_fill(const struct chain *chain, struct verdict *v)
{
	struct verdict_link *link = v->chain.link;
	bool vlek = is_vlek(chain, v);

	memset(&v->chain, 0, sizeof(v->chain));
	v->chain.count = 3;
	link[0].kind = vlek ? "VLEK" : "VCEK";
	link[1].kind = vlek ? "ASVK" : "ASK";
	link[2].kind = "ARK";
	links_fill(&link[0], chain->leaf);
	links_fill(&link[1], chain->intermediate);
	links_fill(&link[2], chain->ark);
	link[0].signs = links_signed(v, "snp.signature");
	link[1].signs = links_reached(chain, CHAIN_BAD_LEAF_SIGNATURE);
	link[2].signs = links_reached(chain, CHAIN_BAD_INTERMEDIATE_SIGNATURE);
	link[1].listed_by_crl = true;
	if (chain->root && chain->root->pins_intermediates)
		link[1].anchor =
			chain->state == CHAIN_COMPLETE ? LINK_ANCHOR_BUILTIN : LINK_ANCHOR_UNKNOWN;
	if (!chain->ark)
		return;
	link[2].anchor = links_anchor(chain);
}

void snp_links_revocation(
	enum revocation_value revocation, const struct x509_crl *list, struct verdict *v)
{
	struct verdict_link *link = &v->chain.link[1];

	link->revocation = revocation;
	if (!list)
		return;
	link->list_from = list->this_update;
	link->list_to = list->has_next_update ? list->next_update : 0;
}
