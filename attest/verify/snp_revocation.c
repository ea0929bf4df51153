/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has AMD taken its word back? The ARK's CRL lists ASKs and ASVKs. VCEKs all have serial 0, so no
 * list can name a chip. A list that is missing, stale or without an end is "unknown", never "good".
 */
#include <stdio.h>

#include "attest/endorse/der.h"
#include "attest/verify/snp.h"
#include "common/timefmt.h"

struct lists {
	size_t seen, forged;
	bool revoked;
	const struct x509_crl *fresh; /* one that is genuine and in date */
	const struct x509_crl *stale; /* one that is genuine and not in date */
};

/* A genuine list that names the serial counts for good, in date or not. */
static int look_at(struct lists *lists, const struct x509_crl *crl, const struct chain *chain,
	const struct appraise_input *in)
{
	int rc;

	if (!der_equal(crl->issuer, chain->ark->subject))
		return 0;
	lists->seen++;
	rc = memo_crl_verify(in->memo, crl, chain->ark);
	if (rc == HC_ENOMEM || rc == HC_EINTERNAL)
		return rc;
	if (rc) {
		lists->forged++;
		return 0;
	}
	if (x509_crl_lists(crl, chain->intermediate->serial))
		lists->revoked = true;
	if (crl->this_update <= in->at && crl->has_next_update && in->at <= crl->next_update)
		lists->fresh = crl;
	else
		lists->stale = crl;
	return 0;
}

static void report_no_list(const struct lists *lists, struct verdict *v)
{
	bool forged = lists->seen && lists->forged == lists->seen;
	struct check *check = verdict_add(v, "snp.crl", forged ? CHECK_FAIL : CHECK_UNDECIDED);
	char from[TIMEFMT_SIZE], to[TIMEFMT_SIZE], at[TIMEFMT_SIZE];
	char where[SNP_KDS_SIZE] = "";

	timefmt_rfc3339(at, v->at, -1);
	if (v->root.builtin)
		snp_kds_file(where, verdict_text(v, N_("; AMD's is at ")), &v->claims, "crl");
	check_set_expected(check, "a list of the root that is in date at %s%s", at, where);
	if (forged) {
		check_set_found(check, "a list that the root did not sign");
	} else if (lists->stale) {
		timefmt_rfc3339(from, lists->stale->this_update, -1);
		timefmt_rfc3339(to, lists->stale->next_update, -1);
		if (lists->stale->has_next_update)
			check_set_found(check, "a list for %s to %s", from, to);
		else
			check_set_found(check, "a list for %s to no end", from);
	} else {
		check_set_found(check, "none given");
	}
}

static void report(const struct lists *lists, const struct chain *chain, struct verdict *v)
{
	struct check *check;
	char serial[41] = "";

	for (size_t i = 0; i < chain->intermediate->serial.len && i < 20; i++)
		snprintf(serial + 2 * i, 3, "%02x", chain->intermediate->serial.data[i]);
	if (lists->fresh)
		verdict_add(v, "snp.crl", CHECK_PASS);
	else
		report_no_list(lists, v);
	check = verdict_add(v, "snp.revoked",
		lists->revoked ? CHECK_FAIL
		: lists->fresh ? CHECK_PASS
			       : CHECK_UNDECIDED);
	if (lists->revoked)
		check_set_found(check, "serial 0x%s, listed", serial);
	else
		check_set_found(check, "serial 0x%s", serial);
	check_set_expected(check, "not listed");
	if (lists->revoked)
		v->revocation = REVOCATION_REVOKED;
	else if (lists->fresh)
		v->revocation = REVOCATION_GOOD;
	snp_links_revocation(v->revocation, lists->fresh ? lists->fresh : lists->stale, v);
}

int snp_verify_revocation(
	const struct appraise_input *in, const struct chain *chain, struct verdict *v)
{
	struct lists lists = {0};
	int rc = 0;

	v->revocation = REVOCATION_UNKNOWN;
	if (!chain->root) {
		verdict_add(v, "snp.crl", CHECK_UNDECIDED);
		verdict_add(v, "snp.revoked", CHECK_UNDECIDED);
		return 0;
	}
	for (size_t i = 0; i < endorsements_crl_count(in->endorsements) && !rc; i++)
		rc = look_at(&lists, endorsements_crl(in->endorsements, i), chain, in);
	if (rc)
		return rc;
	report(&lists, chain, v);
	return 0;
}
