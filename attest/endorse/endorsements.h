/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vendors say about their chips: certificates and revocation lists, in one set, each
 * recognised by its content and never by the name of its file. Nothing in the set is trusted: a
 * chain has to be built from it to a root of roots.h. Adding a hostile piece can use up room,
 * nothing else.
 */
#ifndef HC_ATTEST_ENDORSE_ENDORSEMENTS_H
#define HC_ATTEST_ENDORSE_ENDORSEMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define ENDORSEMENTS_MAX       16384       /* certificates and CRLs in a set */
#define ENDORSEMENTS_BYTES_MAX (1U << 20)  /* of one call of endorsements_add */
#define ENDORSEMENTS_TOTAL_MAX (64U << 20) /* of all pieces of a set */

struct endorsements;
struct tdx_collateral;
struct x509_cert;
struct x509_crl;

HC_MUST_USE int endorsements_new(struct endorsements **out);
void endorsements_free(struct endorsements *set); /* NULL is fine */

/*
 * Add what `bytes` holds; copied, duplicates are kept once. Accepted: one DER certificate or CRL,
 * PEM text with any number of both, a certificate table (cert_table.h), Intel's collateral in any
 * of the forms of tdx_collateral.h. In PEM, tables and bundles a piece
 * that is none of these, or not of the profile in x509.h, is left out if at least one other is
 * good. `added` (may be NULL) is the number of pieces recognised. HC_EUNSUPPORTED: nothing
 * recognised; HC_EBUSY: the set is full; the set is then as far as it got.
 */
HC_MUST_USE int endorsements_add(
	struct endorsements *set, struct view bytes, size_t *added, struct error *err);

/* Borrowed from the set, in the order added. */
size_t endorsements_cert_count(const struct endorsements *set);
const struct x509_cert *endorsements_cert(const struct endorsements *set, size_t index);
size_t endorsements_crl_count(const struct endorsements *set);
const struct x509_crl *endorsements_crl(const struct endorsements *set, size_t index);
/* NULL if there is none. */
const struct tdx_collateral *endorsements_tdx(const struct endorsements *set);

#endif
