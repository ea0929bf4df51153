/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Intel of our own for tests: certificates, lists, collateral and quotes that are correctly
 * signed and wrong in any way asked for. Its root has to be named like any other; nothing of it is
 * in a program.
 */
#ifndef HC_TESTS_FAKE_INTEL_H
#define HC_TESTS_FAKE_INTEL_H

#include <stdbool.h>

#include "attest/crypto.h"
#include "attest/endorse/pck.h"
#include "attest/evidence/tdx_quote_abi.h"
#include "common/bytes.h"
#include "tests/unit/fake_der.h"

#define FAKE_INTEL_FROM 1750000000 /* certificates are valid from here, */
#define FAKE_INTEL_AT   1760000000 /* the tests are at this time, */
#define FAKE_INTEL_TO   1790000000 /* and certificates are valid to here */

#define FAKE_INTEL_ROOT "Intel SGX Root CA"
#define FAKE_INTEL_TCB  "Intel SGX TCB Signing"

struct fake_intel {
	struct crypto_ec_key *root, *ca, *pck, *tcb, *attestation, *other;
};
void fake_intel_init(struct fake_intel *intel);
void fake_intel_fini(struct fake_intel *intel);

struct fake_intel_cert {
	const char *issuer, *subject; /* common names */
	uint8_t serial;
	int64_t from, to; /* 0: FAKE_INTEL_FROM, FAKE_INTEL_TO */
	const struct crypto_ec_key *key, *signer;
	bool ca;
	int path_len;                   /* with ca; -1: none */
	uint8_t usage;                  /* 0: as Intel's */
	bool no_usage;                  /* no keyUsage at all */
	const struct bytes *extensions; /* content of Extensions, besides those */
};
struct bytes fake_intel_cert(const struct fake_intel_cert *spec);
/* The same tbs with another algorithm's name, or with a signature of the caller's making. */
struct bytes fake_intel_sign(struct bytes *tbs_content, const struct crypto_ec_key *signer);

struct fake_intel_crl {
	const char *issuer;
	const struct crypto_ec_key *signer;
	int64_t this_update, next_update; /* 0: a month around FAKE_INTEL_AT; -1: absent */
	const uint8_t *serials;           /* one byte each */
	size_t serial_count;
	size_t filler;  /* so many entries of other serials, of 20 bytes, before them */
	uint8_t number; /* CRL number; 0: 1 */
	bool no_number, critical;
};
struct bytes fake_intel_crl(const struct fake_intel_crl *spec);

/* What pck_parse should read; the extension for it, content of Extensions, appended. */
struct fake_pck {
	struct pck pck;
	unsigned int omit;     /* bit n: without part n of the extension */
	unsigned int omit_tcb; /* bit n: without part n of the TCB */
	uint8_t repeat;        /* part to have twice */
};
void fake_pck_default(struct fake_pck *out, enum pck_ca ca);
void fake_pck_extension(struct bytes *out, const struct fake_pck *spec);

/*
 * Text of a TCB info and of a TD QE identity that fit fake_pck_default and fake_intel_quote, and
 * are in date at FAKE_INTEL_AT; then edit, then sign. Platform levels: UpToDate, OutOfDate; modules
 * TDX_03 (level 3) and TDX_01 (6 UpToDate, 4 OutOfDate, 2 Revoked); QE levels 4 UpToDate, 2
 * OutOfDate.
 */
struct bytes fake_tcb_info(void);
struct bytes fake_qe_identity(void);
/* Replace the first `old`, which has to be there; `all` of them. */
void fake_replace(struct bytes *text, const char *old, const char *new);
void fake_replace_all(struct bytes *text, const char *old, const char *new);
/* r || s over `text`, as 128 hex digits and a NUL. */
void fake_sign_text(char hex[129], const struct bytes *text, const struct crypto_ec_key *signer);
/* {"member":TEXT,"signature":"HEX"} */
struct bytes fake_statement(
	const char *member, const struct bytes *text, const struct crypto_ec_key *signer);

/* PEM text of a certificate or list, appended. */
void fake_pem(struct bytes *out, const char *label, const struct bytes *der);

/*
 * The pieces of a quote: edit them, then have them bound, signed and put together. The default is a
 * good TD: module TDX_01 at SVN 6, QE at 4, all in the terms of fake_tcb_info.
 */
struct fake_intel_quote {
	uint8_t header[TDX_HEADER_SIZE];
	uint16_t body_type; /* written where the header says version 5; else only the size counts */
	uint32_t body_size; /* 0: the type's */
	uint8_t body[TDX_BODY_TD15_EX_SIZE];
	uint8_t qe_report[TDX_QE_REPORT_SIZE];
	uint8_t qe_auth[1024];
	size_t qe_auth_len;
	bool unbound;           /* leave the QE's report data as they are */
	uint8_t tail;           /* into the last byte of the QE's report data, after binding */
	uint16_t cert_type;     /* inner; 5 */
	struct bytes cert_data; /* borrowed */
	const struct crypto_ec_key *attestation, *qe_signer, *key_claimed;
	bool off_curve;          /* a claimed key that is no point */
	const uint8_t *trailing; /* after the quote */
	size_t trailing_len;
};
void fake_intel_quote_default(
	struct fake_intel_quote *out, const struct fake_intel *intel, uint16_t version);
struct bytes fake_intel_quote(const struct fake_intel_quote *spec);

#endif
