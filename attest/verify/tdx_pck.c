/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which PCK certificate signed the quoting enclave's report, and its chain. Most quotes bring it
 * along with its chain; others only say which one it is, and it has to be among the endorsements.
 */
#include <stdio.h>

#include "attest/endorse/armour.h"
#include "attest/endorse/der.h"
#include "attest/verify/links.h"
#include "attest/verify/tdx_work.h"
#include "common/timefmt.h"

#define SECTION "TDX DCAP API A.3.9"

/* What certification data of types 1 to 3 say about the certificate (Intel: PPID, CPUSVN, ...). */
struct wanted {
	const uint8_t *ppid; /* NULL: encrypted, for Intel to read */
	const uint8_t *cpusvn, *pceid;
	uint16_t pcesvn;
};

static bool read_wanted(struct wanted *out, const struct tdx_quote *q)
{
	static const size_t ppid_size[] = {
		[TDX_CERT_PPID_CLEAR] = 16,
		[TDX_CERT_PPID_RSA2048] = 256,
		[TDX_CERT_PPID_RSA3072] = 384,
	};
	struct view data = tdx_quote_view(q, q->cert_data);
	size_t ppid = ppid_size[q->cert_type];

	if (data.len != ppid + 20)
		return false;
	out->ppid = q->cert_type == TDX_CERT_PPID_CLEAR ? data.data : NULL;
	out->cpusvn = data.data + ppid;
	out->pcesvn = get_le16(data.data + ppid + 16);
	out->pceid = data.data + ppid + 18;
	return true;
}

static bool fits(const struct pck *pck, const struct wanted *want)
{
	return (!want->ppid || !memcmp(pck->ppid, want->ppid, sizeof(pck->ppid))) &&
	       !memcmp(pck->cpusvn, want->cpusvn, sizeof(pck->cpusvn)) &&
	       pck->pcesvn == want->pcesvn && !memcmp(pck->pceid, want->pceid, sizeof(pck->pceid));
}

/* The first that fits, and of several the one whose key signed the report. */
static int search(struct tdx_work *w, const struct wanted *want, struct error *err)
{
	const struct endorsements *set = w->in->endorsements;
	const struct tdx_quote *q = w->quote;

	error_fail(err, HC_EMISSING, "", "none given that the quote names");
	for (size_t i = 0; i < endorsements_cert_count(set); i++) {
		const struct x509_cert *cert = endorsements_cert(set, i);
		struct pck pck;
		int rc;

		if (!pck_recognise(cert) || pck_parse(&pck, cert, NULL) || !fits(&pck, want))
			continue;
		rc = tdx_check_signature(&cert->ec, tdx_quote_view(q, q->qe_report),
			q->raw + q->qe_report_signature.off);
		if (tdx_no_answer(rc))
			return rc;
		if (rc && w->has_pck)
			continue;
		w->pck = pck;
		w->has_pck = true;
		if (!rc)
			break;
	}
	return 0;
}

/* Types 4 and 5: the quote has the certificate, first in what it has. */
static int take_from_quote(struct tdx_work *w, struct error *err)
{
	struct view data = tdx_quote_view(w->quote, w->quote->cert_data);
	const struct x509_cert *leaf;
	int rc;

	/* A folder may hold other forms; a quote holds PEM, or of a certificate alone its DER. */
	if (!armour_is_pem(data) && der_peek(data) != DER_SEQUENCE)
		return error_fail(err, HC_EFORMAT, "", "neither PEM nor DER");
	rc = endorsements_add(w->certs, data, NULL, err);
	if (rc)
		return rc;
	if (!endorsements_cert_count(w->certs))
		return error_fail(err, HC_EFORMAT, "", "no certificate");
	leaf = endorsements_cert(w->certs, 0);
	rc = pck_parse(&w->pck, leaf, err);
	w->has_pck = !rc;
	return rc;
}

int tdx_find_pck(struct tdx_work *w)
{
	const struct tdx_quote *q = w->quote;
	struct wanted want;
	struct error err = {0};
	struct check *check;
	int rc = 0;

	if (q->cert_type == TDX_CERT_PCK_LEAF || q->cert_type == TDX_CERT_PCK_CHAIN)
		rc = take_from_quote(w, &err);
	else if (read_wanted(&want, q))
		rc = search(w, &want, &err);
	else
		error_fail(&err, HC_EFORMAT, "", "another size");
	if (tdx_no_answer(rc))
		return rc;
	if (!w->has_pck) {
		error_expected(&err, "the PCK certificate that certifies the quoting enclave");
		verdict_add_error(w->v, "tdx.pck", &err);
		return 0;
	}
	check = verdict_add(w->v, "tdx.pck", CHECK_PASS);
	check_set_found(check, "%s",
		w->pck.ca == PCK_CA_PLATFORM ? PCK_PLATFORM_CA_NAME : PCK_PROCESSOR_CA_NAME);
	return 0;
}

static enum tdx_flag flag_of(enum pck_flag flag)
{
	static const enum tdx_flag flags[] = {
		[PCK_FLAG_UNKNOWN] = TDX_FLAG_UNKNOWN,
		[PCK_FLAG_FALSE] = TDX_FLAG_FALSE,
		[PCK_FLAG_TRUE] = TDX_FLAG_TRUE,
	};

	return flags[flag];
}

static void fill_platform(struct tdx_platform *out, const struct pck *pck)
{
	out->known = true;
	memcpy(out->ppid, pck->ppid, sizeof(out->ppid));
	memcpy(out->cpusvn, pck->cpusvn, sizeof(out->cpusvn));
	memcpy(out->svn, pck->svn, sizeof(out->svn));
	out->pcesvn = pck->pcesvn;
	memcpy(out->pceid, pck->pceid, sizeof(out->pceid));
	memcpy(out->fmspc, pck->fmspc, sizeof(out->fmspc));
	out->has_piid = pck->has_piid;
	memcpy(out->piid, pck->piid, sizeof(out->piid));
	out->dynamic_platform = flag_of(pck->dynamic_platform);
	out->cached_keys = flag_of(pck->cached_keys);
	out->smt_enabled = flag_of(pck->smt_enabled);
}

static void check_links(struct tdx_work *w)
{
	static const struct {
		enum check_outcome outcome;
		const char *found, *expected;
	} by_state[] = {
		[CHAIN_NO_INTERMEDIATE] = {CHECK_UNDECIDED,
			N_("no certificate of the PCK's issuer"),
			N_("the Platform or Processor CA")},
		[CHAIN_BAD_LEAF_SIGNATURE] = {CHECK_FAIL,
			N_("the PCK is not signed by the CA given"), N_("a good signature")},
		[CHAIN_NO_ARK] = {CHECK_UNDECIDED, N_("no certificate of the issuer of the CA"),
			N_("the root CA")},
		[CHAIN_BAD_INTERMEDIATE_SIGNATURE] = {CHECK_FAIL,
			N_("the CA is not signed by the root given, or that is no root"),
			N_("a good signature")},
		[CHAIN_UNKNOWN_ROOT] = {CHECK_PASS, "", ""},
		[CHAIN_UNPINNED_INTERMEDIATE] = {CHECK_FAIL,
			N_("the CA is none of those that the root pins"), N_("a pinned CA")},
		[CHAIN_COMPLETE] = {CHECK_PASS, "", ""},
	};
	struct check *check = verdict_add(w->v, "tdx.chain", by_state[w->chain.state].outcome);

	check_set_found(check, "%s", verdict_text(w->v, by_state[w->chain.state].found));
	check_set_expected(check, "%s", verdict_text(w->v, by_state[w->chain.state].expected));
}

static void check_root(struct tdx_work *w)
{
	const struct chain *chain = &w->chain;
	struct check *check;

	if (chain->state < CHAIN_UNKNOWN_ROOT) {
		verdict_add(w->v, "tdx.root", CHECK_UNDECIDED);
		return;
	}
	check = verdict_add(w->v, "tdx.root", chain->root ? CHECK_PASS : CHECK_FAIL);
	links_describe_root(chain, w->v, check);
	if (!chain->root)
		return;
	w->root = chain->ark;
	fill_platform(&w->v->claims.tdx.platform, &w->pck);
}

static void check_validity(struct tdx_work *w)
{
	const struct chain *chain = &w->chain;
	const struct x509_cert *const certs[] = {chain->leaf, chain->intermediate, chain->ark};
	const struct x509_cert *outside = chain_outside_window(chain, w->v->at);
	bool all = chain->intermediate && chain->ark;
	struct check *check = verdict_add(w->v, "tdx.validity",
		outside ? CHECK_FAIL
		: all   ? CHECK_PASS
			: CHECK_UNDECIDED);

	for (size_t i = 0; i < 3; i++)
		if (certs[i])
			tdx_expires(w, certs[i]->not_after);
	if (outside)
		links_describe_window(outside, w->v, check);
}

/* CAs that were given complete a chain of which the quote has only a part. */
static int add_given_cas(struct tdx_work *w)
{
	const struct endorsements *set = w->in->endorsements;
	int rc = 0;

	for (size_t i = 0; i < endorsements_cert_count(set) && !rc; i++) {
		const struct x509_cert *cert = endorsements_cert(set, i);

		if (cert->profile == X509_PROFILE_INTEL && cert->ca)
			rc = endorsements_add(w->certs, cert->der, NULL, NULL);
	}
	return rc == HC_EBUSY ? 0 : rc;
}

static int find_chain(struct tdx_work *w, bool explain)
{
	struct chain_finder finder;
	int rc = chain_finder_init(&finder, w->certs, w->in->roots, w->in->at);

	finder.memo = w->in->memo;
	if (!rc)
		rc = chain_find(&finder, w->pck.cert, &w->chain);
	if (!rc && !w->chain.root && explain)
		rc = chain_explain(&finder, w->pck.cert, &w->chain);
	chain_finder_fini(&finder);
	return rc;
}

/* By what the quote brings along; if that is not enough, with the CAs that were given. */
static int build_chain(struct tdx_work *w)
{
	int rc = find_chain(w, false);

	if (rc || w->chain.root)
		return rc;
	rc = add_given_cas(w);
	return rc ? rc : find_chain(w, true);
}

int tdx_check_chain(struct tdx_work *w)
{
	int rc;

	if (!w->has_pck) {
		verdict_add(w->v, "tdx.chain", CHECK_UNDECIDED);
		verdict_add(w->v, "tdx.root", CHECK_UNDECIDED);
		verdict_add(w->v, "tdx.validity", CHECK_UNDECIDED);
		return 0;
	}
	rc = build_chain(w);
	if (rc)
		return rc;
	check_links(w);
	check_root(w);
	check_validity(w);
	return 0;
}
