/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX quotes: which bytes are one, and whether its structure is what it should be. What nobody
 * could take apart fails at the part in question; that it is genuine is for tdx_verify to find out.
 */
#include "attest/verify/tdx.h"

#include "common/hex.h"

_Static_assert(EVIDENCE_SIZE_MAX <= TDX_QUOTE_SIZE_MAX, "a quote that is let in fits");

/*
 * Version and attestation key type, 16 bits each. Version 3 is let in to be told apart from noise.
 * An SEV-SNP report starts with a 32-bit version: its bytes 2 and 3 are zero.
 */
static bool recognise(struct view evidence)
{
	uint16_t version, key_type;

	if (evidence.len < 4)
		return false;
	version = get_le16(evidence.data);
	key_type = get_le16(evidence.data + 2);
	return version >= 3 && version <= 5 && key_type >= 1 && key_type <= 4;
}

/* The checks of structure, by the part that each is about. */
static const char *const part_checks[] = {
	[TDX_PART_SIZE] = "tdx.header",
	[TDX_PART_HEADER] = "tdx.header",
	[TDX_PART_BODY] = "tdx.body",
	[TDX_PART_AUTH] = "tdx.auth_data",
	[TDX_PART_CERT] = "tdx.certification_data",
};

static void check_parts(const struct tdx_quote *q, struct verdict *v)
{
	struct check *check;

	for (int part = TDX_PART_HEADER; part < TDX_PART_DONE && part < (int)q->part; part++) {
		check = verdict_add(v, part_checks[part], CHECK_PASS);
		if (part == TDX_PART_HEADER)
			check_set_found(check, "version %u", q->version);
		else if (part == TDX_PART_BODY)
			check_set_found(
				check, "%s", verdict_text(v, tdx_body_type_name(q->body.type)));
		else if (part == TDX_PART_CERT)
			check_set_found(
				check, "%s", verdict_text(v, tdx_cert_type_name(q->cert_type)));
	}
}

static int parse(struct view evidence, struct verdict *v)
{
	struct claims *claims = &v->claims;
	struct tdx_quote *q = &claims->tdx.quote;
	struct error err;
	int rc = tdx_quote_parse(q, evidence, &err);

	check_parts(q, v);
	if (rc) {
		verdict_add_error(v, part_checks[q->part], &err);
		return rc;
	}
	if (tdx_quote_reserved_valid(q, &err))
		verdict_add_error(v, "tdx.reserved", &err);
	else
		verdict_add(v, "tdx.reserved", CHECK_PASS);
	claims->tee = CLAIMS_TDX;
	claims->measurement_len = sizeof(q->body.mrtd);
	memcpy(claims->measurement, q->body.mrtd, sizeof(q->body.mrtd));
	memcpy(claims->report_data, q->body.report_data, sizeof(q->body.report_data));
	return 0;
}

/* The first register that the log gives another value for. */
static void check_event_log(const struct appraise_input *in, struct verdict *v)
{
	const struct appraise_event_log *log = in->event_log;
	char replayed[2 * TDX_MR_SIZE + 1], quoted[2 * TDX_MR_SIZE + 1];
	struct check *check;

	if (!log) {
		verdict_add(v, "tdx.event_log", CHECK_SKIPPED);
		return;
	}
	if (log->code) {
		verdict_add_error(v, "tdx.event_log", &log->why);
		return;
	}
	for (int i = 0; i < TDX_RTMRS; i++) {
		if (!memcmp(log->rtmr[i], v->claims.tdx.quote.body.rtmr[i], TDX_MR_SIZE))
			continue;
		hex_encode(replayed, log->rtmr[i], TDX_MR_SIZE);
		hex_encode(quoted, v->claims.tdx.quote.body.rtmr[i], TDX_MR_SIZE);
		check = verdict_add(v, "tdx.event_log", CHECK_FAIL);
		check_set_found(check, "RTMR%d of the log %s", i, replayed);
		check_set_expected(check, "RTMR%d of the quote %s", i, quoted);
		return;
	}
	verdict_add(v, "tdx.event_log", CHECK_PASS);
}

static int verify(const struct appraise_input *in, struct verdict *v, struct error *err)
{
	int rc = tdx_verify(in, v, err);

	if (!rc)
		check_event_log(in, v);
	return rc;
}

const struct evidence_ops tdx_evidence_ops = {
	.tee = "tdx",
	.recognise = recognise,
	.parse = parse,
	.verify = verify,
};
