/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX quotes made up for tests: every length adds up, every field of the bodies holds bytes of its
 * own, and nothing is signed.
 */
#ifndef HC_TESTS_FAKE_QUOTE_H
#define HC_TESTS_FAKE_QUOTE_H

#include "attest/evidence/tdx_quote.h"

/* A zeroed shape is a version 4 quote with an empty certificate chain of one byte. */
struct fake_quote_shape {
	uint16_t version;       /* 0: 4 */
	unsigned int body_type; /* version 5 only; 0: TD 1.0 */
	unsigned int cert_type; /* 0: 5 */
	struct view cert;       /* NULL: bytes of the size that the type has */
	struct view qe_auth;
	size_t trailing; /* bytes 0xa5 after the quote */
};

/* Where the lengths and types of a made quote are; 0 for what a version 4 quote does not have. */
struct fake_quote_places {
	size_t body_type, body_size, body, auth_size, signature, att_key, outer_type, outer_size;
	size_t qe_report, qe_signature, qe_auth_size, qe_auth, inner_type, inner_size, cert, end;
};

/* Appends to `out`; `places` may be NULL. Fails the test without memory. */
void fake_quote(
	struct bytes *out, const struct fake_quote_shape *shape, struct fake_quote_places *places);

#endif
