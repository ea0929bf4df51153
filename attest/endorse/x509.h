/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates and revocation lists (RFC 5280) of exactly two profiles, version 3:
 *
 *   AMD    signed with RSASSA-PSS over SHA-384 with MGF1-SHA-384 and a salt of 48 bytes (RFC 4055);
 *          keys RSA of 3072 bits and more, or EC P-384
 *   Intel  signed with ECDSA over SHA-256, r and s in strict DER (RFC 5758); keys EC P-256 alone
 *
 * Everything else is refused while parsing, and no certificate of one profile vouches for one of
 * the other. There is no clock here: windows are compared by the caller with the time of the
 * appraisal.
 */
#ifndef HC_ATTEST_ENDORSE_X509_H
#define HC_ATTEST_ENDORSE_X509_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define X509_EXTENSIONS_MAX 32
#define X509_REVOKED_MAX    32768

#define X509_CRL_NUMBER_SIZE 20

enum x509_profile { X509_PROFILE_AMD, X509_PROFILE_INTEL };
enum x509_key_kind { X509_KEY_RSA, X509_KEY_P384, X509_KEY_P256 };

#define X509_USAGE_DIGITAL_SIGNATURE 0x80 /* keyUsage bit 0, in its first byte */
#define X509_USAGE_CERT_SIGN         0x04 /* bit 5 */
#define X509_USAGE_CRL_SIGN          0x02 /* bit 6 */

struct x509_extension {
	struct view oid;   /* content of the OBJECT IDENTIFIER */
	struct view value; /* content of extnValue */
	bool critical;
};

/* All views point into the bytes that were parsed, which must outlive this. */
struct x509_cert {
	struct view der, tbs, serial, issuer, subject, signature;
	uint8_t sha256[32]; /* of der */
	enum x509_profile profile;
	int64_t not_before, not_after;
	struct view spki; /* SubjectPublicKeyInfo, with its header */
	enum x509_key_kind key_kind;
	struct view modulus, exponent; /* X509_KEY_RSA; big-endian, no leading zero */
	struct crypto_ec_public ec;    /* P-384 or P-256; not yet checked to be on the curve */
	bool ca;
	int path_len; /* -1: no limit */
	bool has_key_usage;
	uint8_t key_usage;
	struct view extensions; /* content of Extensions; walked and found well formed */
};

struct x509_crl {
	struct view der, tbs, issuer, signature;
	uint8_t sha256[32];
	enum x509_profile profile;
	int64_t this_update, next_update;
	bool has_next_update, has_number;
	uint8_t number[X509_CRL_NUMBER_SIZE]; /* big-endian; Intel's lists always have one */
	struct view revoked; /* content of revokedCertificates; walked and found well formed */
};

/* Exactly one certificate, no trailing bytes. Critical extensions that are not understood: refused.
 */
HC_MUST_USE int x509_cert_parse(struct x509_cert *out, struct view der, struct error *err);
/* Exactly one complete, direct CRL: any critical extension is refused. */
HC_MUST_USE int x509_crl_parse(struct x509_crl *out, struct view der, struct error *err);

/* May it sign certificates with `below` CA certificates between it and the leaf? */
bool x509_may_issue(const struct x509_cert *ca, int below);

/* HC_ESIGNATURE unless `issuer`, of the same profile, signed it. Names, flags: the caller's. */
HC_MUST_USE int x509_cert_verify(const struct x509_cert *cert, const struct x509_cert *issuer);
HC_MUST_USE int x509_crl_verify(const struct x509_crl *crl, const struct x509_cert *issuer);

/* Is this serial on the list? */
bool x509_crl_lists(const struct x509_crl *crl, struct view serial);

/* The last common name of a Name, printable characters only; "" if there is none. */
void x509_common_name(struct view name, char *out, size_t cap);

/* Take the next of cert->extensions; false at the end. No OID comes twice. */
bool x509_extension_next(struct view *list, struct x509_extension *out);
/* The extension with this OID (DER content). False, and *out zeroed, if there is none. */
bool x509_extension_find(const struct x509_cert *cert, const uint8_t *oid, size_t oid_len,
	struct x509_extension *out);

#endif
