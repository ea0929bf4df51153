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
 * Record every check that needs the VEK, for this VEK and the chain found for it. Checks of
 * structure must be in `v` already. Sets v->root where the chain ends in one of the caller's roots.
 */
HC_MUST_USE int snp_verify_with(
	const struct vek *vek, const struct chain *chain, struct verdict *v);

/* Why a certificate that claims to be a VEK is not the one for a report; the closest first. */
enum snp_misfit {
	SNP_FITS,
	SNP_OTHER_TCB,
	SNP_OTHER_CHIP,
	SNP_OTHER_PRODUCT,
	SNP_OTHER_KIND, /* VCEK for VLEK, or the other way round */
	SNP_UNREADABLE,
	SNP_NOT_VOUCHED, /* fits, and another one that fits passed more checks */
	SNP_MISFITS,
};

/*
 * Cheap signs only, no signature. `detail`: what is other, e.g. "microcode 71, not 72", in the
 * verdict's language.
 */
#define SNP_DETAIL_SIZE 64
enum snp_misfit snp_vek_misfit(
	const struct vek *vek, const struct verdict *v, char detail[SNP_DETAIL_SIZE]);

/*
 * Certificates that were passed over: how many for which reason, and the first few by name, of
 * which those of other chips are the least telling and come last.
 */
#define SNP_PASSED_NAMED 4
struct snp_passed {
	size_t count, by_reason[SNP_MISFITS];
	size_t named, other_chips;
	char name[SNP_PASSED_NAMED][140], other_chip[SNP_PASSED_NAMED][140];
};
void snp_passed_note(struct snp_passed *passed, const struct verdict *v,
	const struct x509_cert *cert, enum snp_misfit reason, const char *detail);
/* Records snp.other_veks; `fits`: one that fits was found. Nothing if there is nothing to say. */
void snp_passed_report(const struct snp_passed *passed, bool fits, struct verdict *v);

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
