/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files that verify one TDX quote share. Each function records its checks whatever the
 * others found; those that return int return 0, or a negative code where the cryptography or the
 * memory gave no answer.
 */
#ifndef HC_ATTEST_VERIFY_TDX_WORK_H
#define HC_ATTEST_VERIFY_TDX_WORK_H

#include "attest/endorse/chain.h"
#include "attest/endorse/pck.h"
#include "attest/endorse/tdx_collateral.h"
#include "attest/verify/tdx.h"

/* Where Intel publishes what an appraisal lacks: text for people, nothing connects there. */
#define TDX_PCS             "https://api.trustedservices.intel.com/"
#define TDX_TCB_SIGNER_NAME "Intel SGX TCB Signing"

/* Who signed a statement, and whether that is good. */
struct tdx_signature {
	const struct x509_cert *signer; /* NULL: none whose key made it */
	bool genuine;                   /* made by a TCB signing certificate of the root's */
};

struct tdx_work {
	const struct appraise_input *in;
	struct verdict *v;
	const struct tdx_quote *quote; /* in v->claims */
	struct endorsements *certs;    /* of the quote, and the given CAs; owned */

	bool has_pck; /* the PCK certificate is at hand: */
	struct pck pck;
	struct chain chain;
	const struct x509_cert
		*root; /* of the caller's, that collateral has to come from; or NULL */

	/* The statements that fit best, or NULL. */
	const struct tdx_signed_tcb_info *tcb_info;
	const struct tdx_signed_qe_identity *qe_identity;
	struct tdx_signature tcb_info_by, qe_identity_by;
	const struct x509_crl *root_crl, *pck_crl; /* genuine and in date, or NULL */
};

/* An ECDSA P-256 signature r || s over SHA-256 of `data`: HC_ESIGNATURE, or no answer. */
HC_MUST_USE int tdx_check_signature(
	const struct crypto_ec_public *key, struct view data, const uint8_t rs[64]);
/* Is `rc` an answer? HC_ENOMEM and HC_EINTERNAL are none. */
bool tdx_no_answer(int rc);

/* tdx_pck.c: finds the PCK certificate; tdx.pck, tdx.chain, tdx.root, tdx.validity. */
HC_MUST_USE int tdx_find_pck(struct tdx_work *w);
HC_MUST_USE int tdx_check_chain(struct tdx_work *w);

/* tdx_sources.c: picks the statements; tdx.tcb_info, tdx.qe_identity, their dates and signers. */
HC_MUST_USE int tdx_find_collateral(struct tdx_work *w);

/* tdx_revocation.c: the two lists, and who is on them; v->revocation. */
HC_MUST_USE int tdx_check_revocation(struct tdx_work *w);

/* tdx_links.c: v->chain. */
void tdx_links_fill(struct tdx_work *w);

/* tdx_seen.c: tdx.not_older; notes what was used in w->in->seen. */
void tdx_check_seen(struct tdx_work *w);

/* tdx_platform.c: FMSPC, PCEID, quoting enclave, module, level; v->claims.tdx.tcb. */
void tdx_check_platform(struct tdx_work *w);

/* The time until which everything that was used is good: lower v->claims.tdx.tcb.earliest_expiry.
 */
void tdx_expires(struct tdx_work *w, int64_t at);

#endif
