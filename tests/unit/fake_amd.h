/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An AMD of our own for tests: certificates, lists and reports that are correctly signed and wrong
 * in any way asked for. Its root has to be named like any other; nothing of it is in a program.
 */
#ifndef HC_TESTS_FAKE_AMD_H
#define HC_TESTS_FAKE_AMD_H

#include <stdbool.h>

#include "attest/crypto.h"
#include "attest/evidence/snp_report.h"
#include "common/bytes.h"
#include "tests/unit/fake_der.h"

#define FAKE_FROM 1750000000 /* certificates are valid from here, */
#define FAKE_AT   1760000000 /* the tests are at this time, */
#define FAKE_TO   1790000000 /* and certificates are valid to here */

struct fake_amd {
	struct crypto_rsa_key *ark, *ask, *other;
	struct crypto_ec_key *vek;
};
void fake_amd_init(struct fake_amd *amd); /* takes seconds */
void fake_amd_fini(struct fake_amd *amd);

/* One non-critical extension of AMD's arc: arc.a, or arc.a.b where b is not 0. */
void fake_vek_extension(struct bytes *out, uint8_t a, uint8_t b, const void *value, size_t len);
void fake_vek_integer(struct bytes *out, uint8_t a, uint8_t b, unsigned int value);
/* The extensions of a good Genoa VCEK for the report that fake_report makes. */
void fake_vek_extensions(struct bytes *out, const char *product, const uint8_t *hwid, size_t len);

struct fake_cert {
	const char *issuer, *subject; /* common names */
	uint8_t serial;
	int64_t from, to;           /* 0: FAKE_FROM, FAKE_TO */
	struct crypto_rsa_key *key; /* of the subject; NULL: amd->vek */
	struct crypto_rsa_key *signer;
	bool ca, no_usage;
	int path_len;                   /* with ca; -1: none */
	const struct bytes *extensions; /* content of Extensions, besides those of a CA */
	bool write_trailer;             /* the default trailerField written out */
	bool full_names;                /* AMD's other attributes before the common names, */
	bool short_subject;             /* but not in the subject */
	uint8_t salt;                   /* 0: 48 */
};
struct bytes fake_cert(const struct fake_amd *amd, const struct fake_cert *spec);

struct fake_crl {
	const char *issuer;
	struct crypto_rsa_key *signer;
	int64_t this_update, next_update; /* next 0: absent */
	const uint8_t *serials;           /* one byte each */
	size_t serial_count;
	bool critical; /* with a critical extension */
	bool full_names;
};
struct bytes fake_crl(const struct fake_crl *spec);

/* A good Genoa report of `version`, unsigned, for chip id 01 02 .. 40; then edit, then sign. */
void fake_report(uint8_t report[SNP_REPORT_SIZE], uint32_t version);
void fake_sign(const struct fake_amd *amd, uint8_t report[SNP_REPORT_SIZE]);

#endif
