/* SPDX-License-Identifier: Apache-2.0 */
/* Building a VEK's chain. Names only find candidates; signatures and fingerprints decide. */
#include "attest/endorse/chain.h"

#include "attest/endorse/der.h"

/* A set full of look-alikes must not buy more work than this from us. */
#define SIGNATURES_MAX 64

struct search {
	const struct endorsements *set;
	const struct roots *roots;
	int64_t at;
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
	rc = x509_cert_verify(cert, issuer);
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
	if (!rc) {
		chain.root = roots_find(s->roots, ark->sha256);
		chain.state = chain.root ? CHAIN_COMPLETE : CHAIN_UNKNOWN_ROOT;
	}
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

int chain_build(struct chain *out, const struct x509_cert *leaf, const struct endorsements *set,
	const struct roots *roots, int64_t at)
{
	struct search s = {.set = set, .roots = roots, .at = at, .signatures_left = SIGNATURES_MAX};
	const struct chain start = {.leaf = leaf};
	int rc = 0;

	s.best = start;
	for (size_t i = 0; i < endorsements_cert_count(set) && !rc; i++)
		rc = try_intermediate(&s, start, endorsements_cert(set, i));
	*out = s.best;
	return rc;
}
