/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that verify SEV-SNP reports share; the seam to the rest is verify.h. */
#ifndef HC_ATTEST_VERIFY_SNP_H
#define HC_ATTEST_VERIFY_SNP_H

#include "attest/endorse/chain.h"
#include "attest/endorse/vek.h"
#include "attest/verify/verify.h"

/* Set the product, and decode the four TCBs in its layout. */
void snp_set_product(struct claims *claims, enum snp_product product);

/* evidence_ops.verify. */
HC_MUST_USE int snp_verify(const struct appraise_input *in, struct verdict *v, struct error *err);

/*
 * Record every check that needs the VEK, for this VEK. Checks of structure must be in `v` already.
 * Sets v->root where the chain ends in one of the caller's roots; `chain` is filled.
 */
HC_MUST_USE int snp_verify_with(const struct appraise_input *in, const struct vek *vek,
	struct chain *chain, struct verdict *v);

/* Revocation of the chain's intermediate by the root's CRLs: snp.crl, snp.revoked, v->revocation.
 */
HC_MUST_USE int snp_verify_revocation(
	const struct appraise_input *in, const struct chain *chain, struct verdict *v);

/* v->chain for people; after every check of the chain and of the signature was recorded. */
void snp_links_fill(const struct chain *chain, struct verdict *v);
/* What is known of the intermediate's revocation, and by which list (NULL: by none). */
void snp_links_revocation(
	enum revocation_value revocation, const struct x509_crl *list, struct verdict *v);

/*
 * `before` and the address where AMD publishes the VCEK of this report, or "crl" or "cert_chain" of
 * its product; empty where the report does not tell (a VLEK comes from the provider). Hints for a
 * person: a simulated report gets them too, and AMD knows nothing of it.
 */
#define SNP_KDS_SIZE 300
void snp_kds_vcek(char out[SNP_KDS_SIZE], const char *before, const struct claims *claims);
void snp_kds_file(
	char out[SNP_KDS_SIZE], const char *before, const struct claims *claims, const char *file);

#endif
