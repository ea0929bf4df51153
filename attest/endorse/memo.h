/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were found good before, so that a service which sees the same chips again does
 * not verify the same chains again. What is remembered is arithmetic alone: that these bytes carry
 * a good signature of that key. Whether the certificate is in date, revoked, pinned or bound to the
 * evidence is judged at every appraisal.
 *
 * Only good signatures are remembered, each under two SHA-256 digests which together fix every
 * byte that was verified: of the issuer's certificate (so of its key), and of the certificate or
 * list (so of what is signed, the algorithm and the signature). An entry that speaks for anything
 * else would be a collision of SHA-256, on which the pins of the roots rest as well.
 *
 * Bounded: MEMO_SIZE entries in sets of MEMO_WAYS, the set chosen by the digest of what is signed;
 * in a full set the oldest goes. Somebody who has many genuine certificates can push entries out,
 * which costs time and nothing else. No globals, no locks: one object is for one thread at a time.
 */
#ifndef HC_ATTEST_ENDORSE_MEMO_H
#define HC_ATTEST_ENDORSE_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "attest/endorse/x509.h"

#define MEMO_SIZE 4096
#define MEMO_WAYS 8

struct memo;

/* Empty; about 270 KiB. Pair: memo_free (NULL is fine). */
HC_MUST_USE int memo_new(struct memo **out);
void memo_free(struct memo *memo);

/*
 * As x509_cert_verify, x509_crl_verify and crypto_ecdsa_verify; if this very signature was verified
 * before with this memo, the answer is 0 at once. With NULL for a memo they are the same.
 */
HC_MUST_USE int memo_cert_verify(
	struct memo *memo, const struct x509_cert *cert, const struct x509_cert *issuer);
HC_MUST_USE int memo_crl_verify(
	struct memo *memo, const struct x509_crl *crl, const struct x509_cert *issuer);
HC_MUST_USE int memo_ecdsa_verify(struct memo *memo, const struct crypto_ec_public *key,
	const uint8_t *digest, size_t digest_len, const uint8_t *r, const uint8_t *s);

/* For tests and figures: signatures looked for and found, and not found. NULL for a memo: zeros. */
struct memo_counts {
	uint64_t hits, misses;
};
struct memo_counts memo_counts(const struct memo *memo);

#endif
