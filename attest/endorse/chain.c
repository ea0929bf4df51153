/* SPDX-License-Identifier: Apache-2.0 */
/* Building a VEK's chain. Names only find candidates; signatures and fingerprints decide. */
#include "attest/endorse/chain.h"

#include <stdlib.h>

#include "attest/endorse/der.h"

/* Where no chain leads to a root: how much work it is worth to say how far one goes. */
#define SIGNATURES_MAX 64

struct search {
	const struct endorsements *set;
	const struct roots *roots;
	int64_t at;
	struct memo *memo; /* only what leads to a root is put there */
	int signatures_left;
	struct chain best;
	bool best_in_window;
};

static bool in_window(const struct x509_cert *cert, int64_t at)
{
	return cert->not_before <= at && at <= cert->not_after;
}

const struct x509_cert *chain_outside_window(const struct chain *chain, int64_t at)
{
	const struct x509_cert *const certs[] = {chain->leaf, chain->intermediate, chain->ark};

	for (size_t i = 0; i < 3; i++)
		if (certs[i] && !in_window(certs[i], at))
			return certs[i];
	return NULL;
}

static void offer(struct search *s, const struct chain *chain)
{
	bool window = !chain_outside_window(chain, s->at);

	if (chain->state < s->best.state ||
		(chain->state == s->best.state && (s->best_in_window || !window)))
		return;
	s->best = *chain;
	s->best_in_window = window;
}

/* 0 good, 1 not good, negative: no answer. */
static int signed_by(struct search *s, const struct x509_cert *cert, const struct x509_cert *issuer)
{
	int rc;

	if (s->signatures_left-- <= 0)
		return 1;
	rc = memo_cert_verify(s->memo, cert, issuer);
	return rc == HC_ENOMEM || rc == HC_EINTERNAL ? rc : rc != 0;
}

static int try_ark(struct search *s, struct chain chain, const struct x509_cert *ark)
{
	int rc;

	if (!der_equal(ark->subject, chain.intermediate->issuer))
		return 0;
	chain.ark = ark;
	chain.state = CHAIN_BAD_INTERMEDIATE_SIGNATURE;
	rc = x509_may_issue(ark, 1) && der_equal(ark->subject, ark->issuer) ? 0 : 1;
	if (!rc)
		rc = signed_by(s, chain.intermediate, ark);
	if (!rc)
		rc = signed_by(s, ark, ark);
	if (rc < 0)
		return rc;
	if (!rc)
		chain.state = CHAIN_UNKNOWN_ROOT;
	offer(s, &chain);
	return 0;
}

static int try_arks(struct search *s, const struct chain *chain, const struct endorsements *from)
{
	int rc = 0;

	for (size_t i = 0; i < endorsements_cert_count(from) && !rc; i++)
		rc = try_ark(s, *chain, endorsements_cert(from, i));
	return rc;
}

static int try_intermediate(struct search *s, struct chain chain, const struct x509_cert *ca)
{
	int rc;

	/* A self-issued certificate is an ARK; the chain has exactly one CA below it. */
	if (!der_equal(ca->subject, chain.leaf->issuer) || der_equal(ca->subject, ca->issuer))
		return 0;
	chain.intermediate = ca;
	chain.state = CHAIN_BAD_LEAF_SIGNATURE;
	rc = x509_may_issue(ca, 0) ? signed_by(s, chain.leaf, ca) : 1;
	if (rc < 0)
		return rc;
	if (rc) {
		offer(s, &chain);
		return 0;
	}
	chain.state = CHAIN_NO_ARK;
	offer(s, &chain);
	rc = try_arks(s, &chain, s->roots->certs);
	return rc ? rc : try_arks(s, &chain, s->set);
}

/* 0 if `ark`, one of the roots, signed `ca`; 1 if not; negative: no answer. */
static int root_signed(struct search *s, const struct x509_cert *ca, const struct x509_cert *ark)
{
	const struct root *root = roots_find(s->roots, ark->sha256);
	int rc;

	if (!der_equal(ark->subject, ca->issuer))
		return 1;
	/*
	 * Pins of ours fix every byte of both, the two signatures included: those are verified in
	 * the tests (test_memo.c, test_x509_intel.c), once and for all, and not here at each call.
	 */
	if (root->builtin && root->pins_intermediates && root_allows(root, ca->sha256))
		return 0;
	s->signatures_left = 2;
	rc = signed_by(s, ca, ark);
	return rc || root->builtin ? rc : signed_by(s, ark, ark);
}

/* The root that signed it, which is remembered; 1 if none did. */
static int find_ark(struct chain_finder *finder, struct search *s, struct chain_ca *ca)
{
	int rc = ca->ark ? 0 : 1;

	for (size_t i = 0; i < finder->ark_count && rc == 1; i++) {
		rc = root_signed(s, ca->cert, finder->ark[i]);
		if (!rc)
			ca->ark = finder->ark[i];
	}
	return rc;
}

static int try_genuine(struct search *s, struct chain chain, const struct chain_ca *ca)
{
	int rc;

	s->signatures_left = 1;
	rc = signed_by(s, chain.leaf, ca->cert);
	if (rc)
		return rc < 0 ? rc : 0;
	chain.intermediate = ca->cert;
	chain.ark = ca->ark;
	chain.root = roots_find(s->roots, ca->ark->sha256);
	chain.state = root_allows(chain.root, ca->cert->sha256) ? CHAIN_COMPLETE
								: CHAIN_UNPINNED_INTERMEDIATE;
	offer(s, &chain);
	return 0;
}

int chain_find(struct chain_finder *finder, const struct x509_cert *leaf, struct chain *out)
{
	struct search s = {
		.set = finder->set, .roots = finder->roots, .at = finder->at, .memo = finder->memo};
	const struct chain start = {.leaf = leaf};
	size_t kept = 0;
	int rc = 0;

	s.best = start;
	for (size_t i = 0; i < finder->ca_count; i++) {
		struct chain_ca *ca = &finder->ca[i];
		bool done = rc < 0 || (s.best.state == CHAIN_COMPLETE && s.best_in_window);

		if (!done && der_equal(ca->cert->subject, leaf->issuer)) {
			rc = find_ark(finder, &s, ca);
			if (rc == 1)
				continue; /* of no root: for good */
			if (!rc)
				rc = try_genuine(&s, start, ca);
		}
		finder->ca[kept++] = *ca;
	}
	finder->ca_count = kept;
	*out = s.best;
	return rc < 0 ? rc : 0;
}

int chain_explain(struct chain_finder *finder, const struct x509_cert *leaf, struct chain *out)
{
	struct search s = {.set = finder->set,
		.roots = finder->roots,
		.at = finder->at,
		.signatures_left = SIGNATURES_MAX};
	const struct chain start = {.leaf = leaf};
	int rc = 0;

	s.best = start;
	for (size_t i = 0; i < endorsements_cert_count(finder->set) && !rc; i++)
		rc = try_intermediate(&s, start, endorsements_cert(finder->set, i));
	*out = s.best;
	return rc;
}

/* The certificates of roots that are at hand: one for each at most. */
static void collect_arks(struct chain_finder *finder, const struct endorsements *from)
{
	for (size_t i = 0; i < endorsements_cert_count(from); i++) {
		const struct x509_cert *cert = endorsements_cert(from, i);
		bool there = false;

		if (!roots_find(finder->roots, cert->sha256) || !x509_may_issue(cert, 1) ||
			!der_equal(cert->subject, cert->issuer))
			continue;
		for (size_t k = 0; k < finder->ark_count; k++)
			there = there || !memcmp(finder->ark[k]->sha256, cert->sha256, 32);
		if (!there)
			finder->ark[finder->ark_count++] = cert;
	}
}

static bool names_an_ark(const struct chain_finder *finder, const struct x509_cert *ca)
{
	for (size_t i = 0; i < finder->ark_count; i++)
		if (der_equal(finder->ark[i]->subject, ca->issuer))
			return true;
	return false;
}

/* A self-issued certificate is an ARK; the chain has exactly one CA below it. */
static void collect_cas(struct chain_finder *finder)
{
	for (size_t i = 0; i < endorsements_cert_count(finder->set); i++) {
		const struct x509_cert *ca = endorsements_cert(finder->set, i);

		if (x509_may_issue(ca, 0) && !der_equal(ca->subject, ca->issuer) &&
			names_an_ark(finder, ca))
			finder->ca[finder->ca_count++] = (struct chain_ca){.cert = ca};
	}
}

int chain_finder_init(struct chain_finder *out, const struct endorsements *set,
	const struct roots *roots, int64_t at)
{
	*out = (struct chain_finder){.set = set, .roots = roots, .at = at};
	out->ca = calloc(endorsements_cert_count(set) + 1, sizeof(*out->ca));
	if (!out->ca)
		return HC_ENOMEM;
	collect_arks(out, roots->certs);
	collect_arks(out, set);
	collect_cas(out);
	return 0;
}

void chain_finder_fini(struct chain_finder *finder)
{
	free(finder->ca);
	*finder = (struct chain_finder){0};
}

int chain_build(struct chain *out, const struct x509_cert *leaf, const struct endorsements *set,
	const struct roots *roots, int64_t at)
{
	struct chain_finder finder;
	int rc = chain_finder_init(&finder, set, roots, at);

	if (!rc)
		rc = chain_find(&finder, leaf, out);
	if (!rc && !out->root)
		rc = chain_explain(&finder, leaf, out);
	chain_finder_fini(&finder);
	return rc;
}
