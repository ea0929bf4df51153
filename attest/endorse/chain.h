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
#include "attest/endorse/roots.h"
#include "attest/endorse/x509.h"

/* How far a chain goes, in the order in which one attempt is better than another. */
enum chain_state {
	CHAIN_NO_INTERMEDIATE,            /* none with the issuer's name at hand */
	CHAIN_BAD_LEAF_SIGNATURE,         /* or the issuer may not issue */
	CHAIN_NO_ARK,                     /* leaf good; none with the issuer's name at hand */
	CHAIN_BAD_INTERMEDIATE_SIGNATURE, /* or the ARK may not issue, or is not self-signed */
	CHAIN_UNKNOWN_ROOT,               /* all signatures good, ARK not among the roots */
	CHAIN_COMPLETE,
};

struct chain {
	enum chain_state state;
	const struct x509_cert *leaf, *intermediate, *ark; /* NULL where there is none */
	const struct root *root;                           /* CHAIN_COMPLETE only */
};

/*
 * The best chain for `leaf`; among equals one whose certificates are valid at `at`. Borrows from
 * `set` and `roots`. Negative only where no answer is possible (HC_ENOMEM, HC_EINTERNAL).
 */
HC_MUST_USE int chain_build(struct chain *out, const struct x509_cert *leaf,
	const struct endorsements *set, const struct roots *roots, int64_t at);

/* The first certificate of the chain that is not valid at `at`, or NULL. */
const struct x509_cert *chain_outside_window(const struct chain *chain, int64_t at);

#endif
