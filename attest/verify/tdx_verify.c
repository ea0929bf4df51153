/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a TDX quote genuine? The PCK certificate and its chain, the three signatures inside the quote
 * and what binds them, then Intel's collateral: each is a check of its own, and none is left out
 * because another failed. What Intel's statements amount to is for the policy to accept or not.
 */
#include "attest/verify/tdx_work.h"
#include "common/hex.h"

bool tdx_no_answer(int rc)
{
	return rc == HC_ENOMEM || rc == HC_EINTERNAL;
}

int tdx_check_signature(const struct crypto_ec_public *key, struct view data, const uint8_t rs[64])
{
	uint8_t digest[SHA256_SIZE];
	int rc = crypto_hash(CRYPTO_SHA256, data, digest);

	if (!rc)
		rc = crypto_ecdsa_verify(key, digest, sizeof(digest), rs, rs + 32);
	return rc && !tdx_no_answer(rc) ? HC_ESIGNATURE : rc;
}

void tdx_expires(struct tdx_work *w, int64_t at)
{
	int64_t *expiry = &w->v->claims.tdx.tcb.earliest_expiry;

	if (!*expiry || at < *expiry)
		*expiry = at;
}

static int check_qe_signature(struct tdx_work *w)
{
	const struct tdx_quote *q = w->quote;
	int rc;

	if (!w->has_pck) {
		verdict_add(w->v, "tdx.qe_report_signature", CHECK_UNDECIDED);
		return 0;
	}
	rc = tdx_check_signature(&w->pck.cert->ec, tdx_quote_view(q, q->qe_report),
		q->raw + q->qe_report_signature.off);
	if (tdx_no_answer(rc))
		return rc;
	verdict_add(w->v, "tdx.qe_report_signature", rc ? CHECK_FAIL : CHECK_PASS);
	return 0;
}

/* The QE's word for the attestation key: SHA-256(key || authentication data), then 32 zeros. */
static int check_qe_report_data(struct tdx_work *w)
{
	const struct tdx_quote *q = w->quote;
	uint8_t want[64] = {0};
	struct bytes both = {0};
	struct check *check;
	char hex[129];
	int rc = bytes_append(&both, q->raw + q->att_key.off, q->att_key.len);

	if (!rc)
		rc = bytes_append(&both, q->raw + q->qe_auth.off, q->qe_auth.len);
	if (!rc)
		rc = crypto_hash(CRYPTO_SHA256, bytes_view(&both), want);
	bytes_free(&both);
	if (rc)
		return rc;
	rc = memcmp(q->qe.report_data, want, sizeof(want));
	check = verdict_add(w->v, "tdx.qe_report_data", rc ? CHECK_FAIL : CHECK_PASS);
	if (!rc)
		return 0;
	hex_encode(hex, q->qe.report_data, sizeof(want));
	check_set_found(check, "%s", hex);
	hex_encode(hex, want, sizeof(want));
	check_set_expected(check, "%s", hex);
	return 0;
}

/* The attestation key is an input like any other: whether it is a point is a check of its own. */
static int check_quote_signature(struct tdx_work *w)
{
	const struct tdx_quote *q = w->quote;
	const uint8_t *rs = q->raw + q->signature.off;
	struct crypto_ec_public key = {.curve = CRYPTO_P256};
	uint8_t digest[SHA256_SIZE];
	int rc = crypto_hash(CRYPTO_SHA256, tdx_quote_view(q, q->signed_part), digest);

	memcpy(key.x, q->raw + q->att_key.off, 32);
	memcpy(key.y, q->raw + q->att_key.off + 32, 32);
	if (!rc)
		rc = crypto_ecdsa_verify(&key, digest, sizeof(digest), rs, rs + 32);
	if (tdx_no_answer(rc))
		return rc;
	verdict_add(w->v, "tdx.attestation_key", rc == HC_EFORMAT ? CHECK_FAIL : CHECK_PASS);
	verdict_add(w->v, "tdx.signature", rc ? CHECK_FAIL : CHECK_PASS);
	return 0;
}

static int verify(struct tdx_work *w)
{
	int rc = tdx_find_pck(w);

	if (!rc)
		rc = tdx_check_chain(w);
	if (!rc)
		rc = check_qe_signature(w);
	if (!rc)
		rc = check_qe_report_data(w);
	if (!rc)
		rc = check_quote_signature(w);
	if (!rc)
		rc = tdx_find_collateral(w);
	if (!rc)
		tdx_check_platform(w);
	if (!rc)
		rc = tdx_check_revocation(w);
	if (!rc)
		tdx_check_seen(w);
	return rc;
}

int tdx_verify(const struct appraise_input *in, struct verdict *v, struct error *err)
{
	struct tdx_work w = {.in = in, .v = v, .quote = &v->claims.tdx.quote};
	int rc = endorsements_new(&w.certs);

	if (!rc)
		rc = verify(&w);
	endorsements_free(w.certs);
	return rc ? error_fail(err, rc, "verify", "the cryptography gave no answer") : 0;
}
