/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has Intel taken its word back? The root's list names CAs and TCB signing certificates, the CA's
 * list the PCK certificates of platforms. A list that is missing, stale or without an end is
 * "unknown", never "good".
 */
#include <stdio.h>

#include "attest/endorse/der.h"
#include "attest/verify/tdx_work.h"
#include "common/hex.h"
#include "common/timefmt.h"

/* The lists of one issuer at hand. */
struct lists {
	size_t seen, forged;
	const struct x509_crl *fresh; /* in date, the newest; NULL: none */
	const struct x509_crl *stale; /* genuine, and not in date */
};

/* A certificate that may be on them. */
struct subject {
	const struct x509_cert *cert;
	bool listed;
};

/* A genuine list that names the serial counts for good, in date or not. */
static int look_at(struct lists *lists, const struct x509_crl *crl, const struct x509_cert *issuer,
	struct subject *subjects, size_t count, const struct appraise_input *in)
{
	int rc;

	if (!der_equal(crl->issuer, issuer->subject))
		return 0;
	lists->seen++;
	rc = memo_crl_verify(in->memo, crl, issuer);
	if (tdx_no_answer(rc))
		return rc;
	if (rc) {
		lists->forged++;
		return 0;
	}
	for (size_t i = 0; i < count; i++)
		if (subjects[i].cert && x509_crl_lists(crl, subjects[i].cert->serial))
			subjects[i].listed = true;
	if (crl->this_update > in->at || !crl->has_next_update || in->at > crl->next_update)
		lists->stale = crl;
	else if (!lists->fresh || lists->fresh->this_update < crl->this_update)
		lists->fresh = crl;
	return 0;
}

static int scan(struct tdx_work *w, struct lists *lists, const struct x509_cert *issuer,
	struct subject *subjects, size_t count)
{
	const struct endorsements *set = w->in->endorsements;
	int rc = 0;

	for (size_t i = 0; i < endorsements_crl_count(set) && issuer && !rc; i++)
		rc = look_at(lists, endorsements_crl(set, i), issuer, subjects, count, w->in);
	if (lists->fresh)
		tdx_expires(w, lists->fresh->next_update);
	return rc;
}

static void check_list(
	struct tdx_work *w, const char *id, const struct lists *lists, const char *where)
{
	bool forged = lists->seen && lists->forged == lists->seen;
	struct check *check = verdict_add(w->v, id,
		lists->fresh ? CHECK_PASS
		: forged     ? CHECK_FAIL
			     : CHECK_UNDECIDED);
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE] = "-", at[TIMEFMT_SIZE];

	if (lists->fresh)
		return;
	timefmt_rfc3339(at, w->in->at, -1);
	check_set_expected(
		check, "a list of its issuer that is in date at %s; Intel's is at %s", at, where);
	if (forged) {
		check_set_found(check, "a list that its issuer did not sign");
	} else if (lists->stale) {
		timefmt_rfc3339(from, lists->stale->this_update, -1);
		if (lists->stale->has_next_update)
			timefmt_rfc3339(to, lists->stale->next_update, -1);
		check_set_found(check, "a list for %s to %s", from, to);
	} else {
		check_set_found(check, "none given");
	}
}

/* `subjects` are of one kind; those without a certificate do not count. */
static bool check_revoked(struct tdx_work *w, const char *id, const struct lists *lists,
	const struct subject *subjects, size_t count)
{
	const struct x509_cert *shown = NULL;
	bool listed = false;
	struct check *check;
	char serial[41] = "";

	for (size_t i = 0; i < count; i++) {
		if (!subjects[i].cert || listed)
			continue;
		shown = subjects[i].cert;
		listed = subjects[i].listed;
	}
	check = verdict_add(w->v, id,
		listed                  ? CHECK_FAIL
		: shown && lists->fresh ? CHECK_PASS
					: CHECK_UNDECIDED);
	if (shown) {
		hex_encode(serial, shown->serial.data,
			shown->serial.len < 20 ? shown->serial.len : 20);
		check_set_found(
			check, listed ? N_("serial 0x%s, listed") : N_("serial 0x%s"), serial);
	}
	check_set_expected(check, "not listed");
	return listed;
}

int tdx_check_revocation(struct tdx_work *w)
{
	/* Lists of a CA that no root vouches for prove nothing. */
	const struct x509_cert *ca = w->chain.root ? w->chain.intermediate : NULL;
	struct subject of_root[3] = {
		{ca, false}, {w->tcb_info_by.signer, false}, {w->qe_identity_by.signer, false}};
	struct subject of_ca[1] = {{ca ? w->chain.leaf : NULL, false}};
	struct lists root = {0}, pck = {0};
	bool revoked;
	char where[120];
	int rc = scan(w, &root, w->root, of_root, 3);

	if (!rc)
		rc = scan(w, &pck, ca, of_ca, 1);
	if (rc)
		return rc;
	snprintf(where, sizeof(where), TDX_PCS "sgx/certification/v4/pckcrl?ca=%s&encoding=der",
		w->has_pck && w->pck.ca == PCK_CA_PROCESSOR ? "processor" : "platform");
	check_list(w, "tdx.root_crl", &root,
		"https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
	check_list(w, "tdx.pck_crl", &pck, where);
	revoked = check_revoked(w, "tdx.ca_revoked", &root, of_root, 1);
	revoked |= check_revoked(w, "tdx.tcb_signer_revoked", &root, of_root + 1, 2);
	revoked |= check_revoked(w, "tdx.pck_revoked", &pck, of_ca, 1);
	w->v->revocation =
		revoked ? REVOCATION_REVOKED
		: ca && w->tcb_info_by.signer && w->qe_identity_by.signer && root.fresh && pck.fresh
			? REVOCATION_GOOD
			: REVOCATION_UNKNOWN;
	w->root_crl = root.fresh;
	w->pck_crl = pck.fresh;
	tdx_links_fill(w);
	return 0;
}
