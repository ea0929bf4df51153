/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and revocation lists in the shape of AMD's (57230, chapter 3; RFC 5280): names of
 * six parts, RSASSA-PSS with SHA-384, MGF1-SHA-384 and salt 48, under names that say what they are.
 */
#ifndef HC_VMM_SIM_SIM_X509_H
#define HC_VMM_SIM_SIM_X509_H

#include <stdint.h>

#include "attest/crypto.h"
#include "vmm/sim/sim_der.h"
#include "vmm/sim/sim_pki.h"

struct sim_x509_cert {
	uint64_t serial;
	const char *issuer, *subject; /* the common name's first word: "ARK-Sim" */
	int64_t not_before, not_after;
	struct view spki; /* SubjectPublicKeyInfo, DER */
	/* Writes the Extension elements. */
	void (*extensions)(struct sim_der *der, const void *ctx);
	const void *ctx;
};

/* Appends the certificate, signed by `key`. */
HC_MUST_USE int sim_x509_certificate(
	struct bytes *out, const struct sim_x509_cert *cert, struct crypto_rsa_key *key);

/* Appends a version 2 list without entries, CRL number 1. `key_id` is the issuer's, 20 bytes. */
HC_MUST_USE int sim_x509_crl(struct bytes *out, const char *issuer, int64_t this_update,
	int64_t next_update, const uint8_t key_id[20], struct crypto_rsa_key *key);

/* Append the SubjectPublicKeyInfo of a key. */
HC_MUST_USE int sim_x509_rsa_spki(struct bytes *out, const struct crypto_rsa_key *key);
HC_MUST_USE int sim_x509_ec_spki(struct bytes *out, const struct crypto_ec_key *key);

/* Subject key identifier: the first 160 bits of the key's SHA-256 (RFC 7093, 2, method 1). */
HC_MUST_USE int sim_x509_key_id(uint8_t out[20], struct view spki);

/* Extension elements, for sim_x509_cert.extensions. */
void sim_x509_ca(struct sim_der *der, bool path_len_zero);
void sim_x509_key_usage(struct sim_der *der, uint8_t bits, uint8_t unused_bits);
void sim_x509_subject_key(struct sim_der *der, const uint8_t key_id[20]);
void sim_x509_authority_key(struct sim_der *der, const uint8_t key_id[20]);
/* Not critical, `value` as it is inside the OCTET STRING. */
void sim_x509_plain(struct sim_der *der, const char *oid, const void *value, size_t len);

#endif
