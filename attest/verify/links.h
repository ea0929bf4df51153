/* SPDX-License-Identifier: Apache-2.0 */
/* A chain's certificates as plain values and words, for the files that verify evidence. */
#ifndef HC_ATTEST_VERIFY_LINKS_H
#define HC_ATTEST_VERIFY_LINKS_H

#include "attest/endorse/chain.h"
#include "attest/result/verdict.h"

/* Names, serial, window and digest of `cert`; NULL leaves the link as it is: not present. */
void links_fill(struct verdict_link *link, const struct x509_cert *cert);

/* What the outcome of check `id`, about a signature, says. */
enum link_signature links_signed(const struct verdict *v, const char *id);
/* A chain that got past the state `bad` has a good signature there. */
enum link_signature links_reached(const struct chain *chain, enum chain_state bad);
/* Of the chain's root; it has one, of whatever kind. */
enum link_anchor links_anchor(const struct chain *chain);

/* Found and expected of the check on the chain's root; sets v->root where it is the caller's. */
void links_describe_root(const struct chain *chain, struct verdict *v, struct check *check);
/* Found and expected for a certificate that is not valid at v->at. */
void links_describe_window(
	const struct x509_cert *outside, const struct verdict *v, struct check *check);

#endif
