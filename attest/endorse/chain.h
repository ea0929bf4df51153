/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain from a VEK over its ASK or ASVK to an ARK, built from a set of certificates that may hold
 * anything (AMD 57230, section 2). Which roots count is the caller's list and nothing else.
 */
#ifndef HC_ATTEST_ENDORSE_CHAIN_H
#define HC_ATTEST_ENDORSE_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/endorse/endorsements.h"
#include "attest/endorse/memo.h"
#include "attest/endorse/roots.h"
#include "attest/endorse/x509.h"

/* How far a chain goes, in the order in which one attempt is better than another. */
enum chain_state {
	CHAIN_NO_INTERMEDIATE,            /* none with the issuer's name at hand */
	CHAIN_BAD_LEAF_SIGNATURE,         /* or the issuer may not issue */
	CHAIN_NO_ARK,                     /* leaf good; none with the issuer's name at hand */
	CHAIN_BAD_INTERMEDIATE_SIGNATURE, /* or the ARK may not issue, or is not self-signed */
	CHAIN_UNKNOWN_ROOT,               /* all signatures good, ARK not among the roots */
	CHAIN_UNPINNED_INTERMEDIATE,      /* root good, and it pins another intermediate */
	CHAIN_COMPLETE,
};

struct chain {
	enum chain_state state;
	const struct x509_cert *leaf, *intermediate, *ark; /* NULL where there is none */
	const struct root *root; /* CHAIN_UNPINNED_INTERMEDIATE and CHAIN_COMPLETE only */
};

/*
 * Looking for the chains of several leaves in one set: which of its CAs a root has signed is found
 * out once. However many look-alikes the set holds, a leaf costs one signature for each genuine
 * intermediate of its issuer's name, and the CAs together one each; look-alikes of roots cost
 * nothing. Borrows set and roots.
 */
struct chain_ca {
	const struct x509_cert *cert, *ark; /* ark: the root that signed it; NULL: not yet known */
};

struct chain_finder {
	const struct endorsements *set;
	const struct roots *roots;
	int64_t at;
	struct memo *memo; /* borrowed; NULL after _init: set it for chain_find to use it */
	size_t ark_count;  /* roots whose certificate is at hand */
	const struct x509_cert *ark[ROOTS_MAX];
	size_t ca_count; /* of the set, by name below one of these; forged ones go when found out */
	struct chain_ca *ca;
};
HC_MUST_USE int chain_finder_init(struct chain_finder *out, const struct endorsements *set,
	const struct roots *roots, int64_t at);
void chain_finder_fini(struct chain_finder *finder);

/*
 * The best chain from `leaf` to a root; among equals one whose certificates are valid at the
 * finder's time. CHAIN_NO_INTERMEDIATE if there is none. Negative only where no answer is possible
 * (HC_ENOMEM, HC_EINTERNAL).
 */
HC_MUST_USE int chain_find(
	struct chain_finder *finder, const struct x509_cert *leaf, struct chain *out);

/*
 * Where chain_find found none: how far one goes. For a message; of very many look-alikes only the
 * first ones are tried.
 */
HC_MUST_USE int chain_explain(
	struct chain_finder *finder, const struct x509_cert *leaf, struct chain *out);

/* For one leaf: find, and explain where that is needed. */
HC_MUST_USE int chain_build(struct chain *out, const struct x509_cert *leaf,
	const struct endorsements *set, const struct roots *roots, int64_t at);

/* The first certificate of the chain that is not valid at `at`, or NULL. */
const struct x509_cert *chain_outside_window(const struct chain *chain, int64_t at);

#endif
