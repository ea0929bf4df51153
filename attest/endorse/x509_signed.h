/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What certificates and revocation lists have in common, for x509.c and x509_crl.c alone: the
 * signed SEQUENCE, the two signature algorithms, Names and Extensions.
 */
#ifndef HC_ATTEST_ENDORSE_X509_SIGNED_H
#define HC_ATTEST_ENDORSE_X509_SIGNED_H

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"

#define OID_IS(found, ...)                                                                         \
	der_equal(found, (struct view){(const uint8_t[]){__VA_ARGS__},                             \
				 sizeof((const uint8_t[]){__VA_ARGS__})})

/* 1.2.840.113549.1.1.* (PKCS #1), 1.2.840.10045.* (ANSI X9.62), 2.5.29.* */
#define OID_PKCS1(n)  0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n
#define OID_X962(...) 0x2a, 0x86, 0x48, 0xce, 0x3d, __VA_ARGS__
#define OID_CE(n)     0x55, 0x1d, n

/* SEQUENCE { tbs, signatureAlgorithm, signatureValue } */
struct x509_signed {
	enum x509_profile profile; /* told by the algorithm */
	struct view tbs;           /* whole */
	struct view content;       /* of tbs */
	struct view alg;           /* content of the outer AlgorithmIdentifier */
	struct view signature;     /* INTEL: checked to be the DER of two numbers below 2^256 */
};

HC_MUST_USE int x509_signed_open(struct x509_signed *out, struct view der, struct error *err);

/* The AlgorithmIdentifier inside the tbs must be the outer one, byte for byte. */
HC_MUST_USE int x509_signed_same_algorithm(
	const struct x509_signed *obj, struct view *tbs, struct error *err);

/* 0 if the key of `issuer`, a certificate of the same profile, signed `tbs`. */
HC_MUST_USE int x509_signed_verify(enum x509_profile profile, struct view tbs,
	struct view signature, const struct x509_cert *issuer);

/* A Name that is whole; `name` includes tag and length. */
HC_MUST_USE bool x509_take_name(struct view *in, struct view *name);
HC_MUST_USE bool x509_take_extension(struct view *in, struct x509_extension *out);

/* HC_EFORMAT, with the first bytes of what was found. */
int x509_bad(struct error *err, struct view at, const char *field, const char *expected,
	const char *section);

#endif
