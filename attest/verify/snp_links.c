/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of an SEV-SNP report as plain values: report, VCEK or VLEK, ASK or ASVK, ARK. */
#include "attest/verify/snp.h"
#include "common/hex.h"

/* What kind a certificate is: by the name that AMD gives it, else as the report has it. */
static bool is_vlek(const struct chain *chain, const struct verdict *v)
{
	char name[64] = "";

	if (chain->leaf)
		x509_common_name(chain->leaf->subject, name, sizeof(name));
	return name[0] ? !strncmp(name, "SEV-VLEK", 8)
		       : v->claims.snp.signing_key == SNP_SIGNING_KEY_VLEK;
}

static void fill(struct verdict_link *link, const struct x509_cert *cert)
{
	size_t serial = sizeof(link->serial) / 2;

	if (!cert)
		return;
	link->present = true;
	x509_common_name(cert->subject, link->name, sizeof(link->name));
	hex_encode(link->serial, cert->serial.data,
		cert->serial.len < serial ? cert->serial.len : serial);
	link->not_before = cert->not_before;
	link->not_after = cert->not_after;
	memcpy(link->sha256, cert->sha256, sizeof(link->sha256));
}

static enum link_signature signed_report(const struct verdict *v)
{
	const struct check *check = verdict_find(v, "snp.signature");

	if (!check)
		return LINK_SIGNATURE_UNKNOWN;
	return check->outcome == CHECK_PASS   ? LINK_SIGNATURE_GOOD
	       : check->outcome == CHECK_FAIL ? LINK_SIGNATURE_BAD
					      : LINK_SIGNATURE_UNKNOWN;
}

/* A chain that got past `bad` has a good signature there. */
static enum link_signature reached(const struct chain *chain, enum chain_state bad)
{
	return chain->state > bad    ? LINK_SIGNATURE_GOOD
	       : chain->state == bad ? LINK_SIGNATURE_BAD
				     : LINK_SIGNATURE_UNKNOWN;
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
	fill(&link[0], chain->leaf);
	fill(&link[1], chain->intermediate);
	fill(&link[2], chain->ark);
	link[0].signs = signed_report(v);
	link[1].signs = reached(chain, CHAIN_BAD_LEAF_SIGNATURE);
	link[2].signs = reached(chain, CHAIN_BAD_INTERMEDIATE_SIGNATURE);
	link[1].listed_by_crl = true;
	if (!chain->ark)
		return;
	link[2].anchor = !chain->root           ? LINK_ANCHOR_UNKNOWN
			 : chain->root->builtin ? LINK_ANCHOR_BUILTIN
						: LINK_ANCHOR_NAMED;
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
