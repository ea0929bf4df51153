/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intel's signed statements about TDX platforms (tdx_tcb_info.h) in the forms in which they come,
 * each recognised by its content:
 *
 *   - the body of an answer of Intel's service or of a PCCS: {"tcbInfo": .., "signature": ..} or
 *     {"enclaveIdentity": .., "signature": ..}
 *   - a dump of an answer, "HTTP/" first, headers and body; or a file of headers alone: issuer
 * chains in them are url-encoded PEM
 *   - a JSON bundle that holds any of these as members, at any depth up to TDX_COLLATERAL_DEPTH, as
 *     objects or as strings: statements with their wrapper, or without it and with a member
 *     NAME_signature beside them; certificates and lists as PEM, url-encoded PEM, hex or base64
 *   - the hex text of a certificate or list
 *
 * What is signed is kept as the exact bytes received. Nothing in the set is trusted.
 */
#ifndef HC_ATTEST_ENDORSE_TDX_COLLATERAL_H
#define HC_ATTEST_ENDORSE_TDX_COLLATERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/endorse/tdx_tcb_info.h"
#include "common/bytes.h"
#include "common/error.h"

#define TDX_COLLATERAL_MAX       256 /* statements in a set */
#define TDX_COLLATERAL_DEPTH     8
#define TDX_COLLATERAL_SIGNATURE 64 /* r, s: 32 bytes each, big-endian */

/* A statement as received. */
struct tdx_signed_text {
	uint8_t *bytes;   /* owned */
	struct view text; /* of them: value of "tcbInfo" or "enclaveIdentity", what is signed */
	uint8_t sha256[32];
	uint8_t signature[TDX_COLLATERAL_SIGNATURE];
};

struct tdx_signed_tcb_info {
	struct tdx_signed_text as_received;
	struct tdx_tcb_info info;
};

struct tdx_signed_qe_identity {
	struct tdx_signed_text as_received;
	struct tdx_qe_identity identity;
};

struct tdx_collateral;
HC_MUST_USE int tdx_collateral_new(struct tdx_collateral **out);
void tdx_collateral_free(struct tdx_collateral *set); /* NULL is fine */

/* Are these bytes of one of the forms above? Plain PEM and DER are not: endorsements.h reads them.
 */
bool tdx_collateral_recognise(struct view bytes);

/* Where certificates and lists go that are found on the way: DER or PEM. */
struct tdx_collateral_sink {
	int (*take)(void *ctx, struct view bytes, size_t *added, struct error *err);
	void *ctx;
};

/*
 * Add what `bytes` holds; copied, duplicates are kept once. `added` counts statements, and what the
 * sink counted. A piece that is none of these, or not well formed, is left out; `err` says why of
 * the last one. HC_EUNSUPPORTED or HC_EFORMAT if there was no other; HC_EBUSY: the set is full.
 */
HC_MUST_USE int tdx_collateral_add(struct tdx_collateral *set, struct view bytes,
	const struct tdx_collateral_sink *sink, size_t *added, struct error *err);

/* Borrowed from the set, in the order added. NULL for a set is an empty one. */
size_t tdx_collateral_tcb_info_count(const struct tdx_collateral *set);
const struct tdx_signed_tcb_info *tdx_collateral_tcb_info(
	const struct tdx_collateral *set, size_t index);
size_t tdx_collateral_qe_identity_count(const struct tdx_collateral *set);
const struct tdx_signed_qe_identity *tdx_collateral_qe_identity(
	const struct tdx_collateral *set, size_t index);

#endif
