/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX quotes: the walk from header to certification data, each length checked against what is left
 * of the part it lies in. Decides nothing about trust.
 */
#include "attest/evidence/tdx_quote.h"

#include "attest/evidence/tdx_quote_abi.h"
#include "common/hex.h"
#include "common/messages.h"

#define SECTION "TDX DCAP API A.3, A.4"

static const uint8_t intel_qe[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a,
	0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

struct walk {
	struct tdx_quote *q;
	size_t at, end; /* in q->raw: the next byte, and where the part it lies in ends */
	struct error *err;
};

/* The number `found` at `at` is not what it should be; `expected` is added by the caller. */
static int refuse(struct walk *w, int code, const char *field, uint32_t found, size_t at)
{
	error_fail(w->err, code, field, "%u", found);
	error_section(w->err, SECTION);
	return error_at(w->err, at);
}

/* The next `len` bytes of the part. */
static int take(struct walk *w, size_t len, const char *field, struct tdx_range *out)
{
	if (len > w->end - w->at) {
		error_fail(w->err, HC_ETRUNCATED, field, "%zu bytes left", w->end - w->at);
		error_expected(w->err, "%zu bytes", len);
		error_section(w->err, SECTION);
		error_at(w->err, w->at);
		return HC_ETRUNCATED;
	}
	*out = (struct tdx_range){(uint32_t)w->at, (uint32_t)len};
	w->at += len;
	return 0;
}

static int take_u16(struct walk *w, const char *field, uint16_t *out)
{
	struct tdx_range range;
	int rc = take(w, 2, field, &range);

	if (!rc)
		*out = get_le16(w->q->raw + range.off);
	return rc;
}

static int take_u32(struct walk *w, const char *field, uint32_t *out)
{
	struct tdx_range range;
	int rc = take(w, 4, field, &range);

	if (!rc)
		*out = get_le32(w->q->raw + range.off);
	return rc;
}

/* A 32-bit length that must name exactly what is left of the part: nothing may be left over. */
static int take_rest(struct walk *w, const char *field, struct tdx_range *out)
{
	size_t at = w->at;
	uint32_t len;
	int rc = take_u32(w, field, &len);

	if (rc)
		return rc;
	if (len != w->end - w->at) {
		rc = refuse(w, len > w->end - w->at ? HC_ETRUNCATED : HC_EFORMAT, field, len, at);
		error_expected(w->err, "%zu, what is left of the part it lies in", w->end - w->at);
		return rc;
	}
	return take(w, len, field, out);
}

static int check_vendor(struct walk *w)
{
	char found[33], expected[33];

	if (!memcmp(w->q->qe_vendor_id, intel_qe, sizeof(intel_qe)))
		return 0;
	hex_encode(found, w->q->qe_vendor_id, sizeof(intel_qe));
	hex_encode(expected, intel_qe, sizeof(intel_qe));
	error_fail(w->err, HC_EUNSUPPORTED, "header.qe_vendor_id", "%s", found);
	error_expected(w->err, "%s, which is Intel's", expected);
	error_section(w->err, SECTION);
	return error_at(w->err, TDX_OFF_QE_VENDOR_ID);
}

static int check_header(struct walk *w)
{
	const struct tdx_quote *q = w->q;
	int rc;

	if (q->version != 4 && q->version != 5) {
		rc = refuse(w, HC_EUNSUPPORTED, "header.version", q->version, TDX_OFF_VERSION);
		error_expected(w->err, q->version == 3
					       ? N_("4 or 5; version 3 is an SGX enclave's quote")
					       : N_("4 or 5"));
		return rc;
	}
	if (q->att_key_type != TDX_ATT_KEY_ECDSA_P256) {
		rc = refuse(w, HC_EUNSUPPORTED, "header.att_key_type", q->att_key_type,
			TDX_OFF_ATT_KEY_TYPE);
		error_expected(w->err, "2, ECDSA with P-256 and SHA-256");
		return rc;
	}
	if (q->tee_type != TDX_TEE_TYPE) {
		rc = refuse(w, HC_EUNSUPPORTED, "header.tee_type", q->tee_type, TDX_OFF_TEE_TYPE);
		error_expected(w->err, q->tee_type ? N_("129, TDX") : N_("129, TDX; 0 is SGX"));
		return rc;
	}
	return check_vendor(w);
}

static int parse_header(struct walk *w)
{
	struct tdx_quote *q = w->q;
	const uint8_t *p = q->raw;
	struct tdx_range header;
	int rc = take(w, TDX_HEADER_SIZE, "header", &header);

	if (rc)
		return rc;
	q->version = get_le16(p + TDX_OFF_VERSION);
	q->att_key_type = get_le16(p + TDX_OFF_ATT_KEY_TYPE);
	q->tee_type = get_le32(p + TDX_OFF_TEE_TYPE);
	memcpy(q->reserved, p + TDX_OFF_RESERVED, sizeof(q->reserved));
	memcpy(q->qe_vendor_id, p + TDX_OFF_QE_VENDOR_ID, sizeof(q->qe_vendor_id));
	memcpy(q->user_data, p + TDX_OFF_USER_DATA, sizeof(q->user_data));
	return check_header(w);
}

/* 0 for a type that is no TD's. */
static uint32_t body_size(unsigned int type)
{
	switch (type) {
	case TDX_BODY_TD10:
		return TDX_BODY_TD10_SIZE;
	case TDX_BODY_TD15:
		return TDX_BODY_TD15_SIZE;
	case TDX_BODY_TD15_EX:
		return TDX_BODY_TD15_EX_SIZE;
	default:
		return 0;
	}
}

/* Version 5 says what follows; both numbers must agree. */
static int take_body_type(struct walk *w)
{
	uint16_t type;
	uint32_t size;
	int rc = take_u16(w, "body.type", &type);

	if (!rc)
		rc = take_u32(w, "body.size", &size);
	if (rc)
		return rc;
	if (!body_size(type)) {
		rc = refuse(w, HC_EUNSUPPORTED, "body.type", type, TDX_OFF_BODY_TYPE);
		error_expected(w->err, type == 1 ? N_("2, 3 or 4; 1 is an SGX enclave's report")
						 : N_("2 (TD 1.0), 3 (TD 1.5) or 4 (TD 1.5 Ex)"));
		return rc;
	}
	if (size != body_size(type)) {
		rc = refuse(w, HC_EFORMAT, "body.size", size, TDX_OFF_BODY_SIZE);
		error_expected(w->err, "%u for body type %u", body_size(type), type);
		return rc;
	}
	w->q->body.type = (enum tdx_body_type)type;
	return 0;
}

static void load_td10(struct tdx_body *b, const uint8_t *p)
{
	memcpy(b->tee_tcb_svn, p + TDX_BODY_TEE_TCB_SVN, sizeof(b->tee_tcb_svn));
	memcpy(b->mrseam, p + TDX_BODY_MRSEAM, TDX_MR_SIZE);
	memcpy(b->mrsignerseam, p + TDX_BODY_MRSIGNERSEAM, TDX_MR_SIZE);
	b->seamattributes = get_le64(p + TDX_BODY_SEAMATTRIBUTES);
	b->tdattributes = get_le64(p + TDX_BODY_TDATTRIBUTES);
	b->xfam = get_le64(p + TDX_BODY_XFAM);
	memcpy(b->mrtd, p + TDX_BODY_MRTD, TDX_MR_SIZE);
	memcpy(b->mrconfigid, p + TDX_BODY_MRCONFIGID, TDX_MR_SIZE);
	memcpy(b->mrowner, p + TDX_BODY_MROWNER, TDX_MR_SIZE);
	memcpy(b->mrownerconfig, p + TDX_BODY_MROWNERCONFIG, TDX_MR_SIZE);
	memcpy(b->rtmr, p + TDX_BODY_RTMR, sizeof(b->rtmr));
	memcpy(b->report_data, p + TDX_BODY_REPORTDATA, sizeof(b->report_data));
}

static void load_td15(struct tdx_body *b, const uint8_t *p)
{
	b->has_td15 = true;
	memcpy(b->tee_tcb_svn2, p + TDX_BODY_TEE_TCB_SVN2, sizeof(b->tee_tcb_svn2));
	memcpy(b->mrservicetd, p + TDX_BODY_MRSERVICETD, TDX_MR_SIZE);
}

static void load_ex(struct tdx_body *b, const uint8_t *p)
{
	struct tdx_body_ex *ex = &b->ex;

	b->has_ex = true;
	ex->vm_id = p[TDX_BODY_VM_ID];
	memcpy(ex->td_id, p + TDX_BODY_TD_ID, sizeof(ex->td_id));
	memcpy(ex->device_info, p + TDX_BODY_DEVICE_INFO, sizeof(ex->device_info));
	memcpy(ex->init_servtd_hash, p + TDX_BODY_INIT_SERVTD, sizeof(ex->init_servtd_hash));
	ex->init_servtd_attributes = get_le64(p + TDX_BODY_INIT_SERVTD_A);
	memcpy(ex->init_cpusvn, p + TDX_BODY_INIT_CPUSVN, sizeof(ex->init_cpusvn));
	memcpy(ex->init_tee_tcb_svn, p + TDX_BODY_INIT_TCB_SVN, sizeof(ex->init_tee_tcb_svn));
	memcpy(ex->init_fmspc, p + TDX_BODY_INIT_FMSPC, sizeof(ex->init_fmspc));
	memcpy(ex->cur_servtd_hash, p + TDX_BODY_CUR_SERVTD, sizeof(ex->cur_servtd_hash));
	ex->cur_servtd_attributes = get_le64(p + TDX_BODY_CUR_SERVTD_A);
}

static int parse_body(struct walk *w)
{
	struct tdx_body *body = &w->q->body;
	struct tdx_range range;
	int rc = 0;

	body->type = TDX_BODY_TD10;
	if (w->q->version == 5)
		rc = take_body_type(w);
	if (!rc)
		rc = take(w, body_size(body->type), "body", &range);
	if (rc)
		return rc;
	load_td10(body, w->q->raw + range.off);
	if (body->type != TDX_BODY_TD10)
		load_td15(body, w->q->raw + range.off);
	if (body->type == TDX_BODY_TD15_EX)
		load_ex(body, w->q->raw + range.off);
	w->q->signed_part = (struct tdx_range){0, (uint32_t)w->at};
	return 0;
}

/* Where the quote ends. What was received after it is forgotten here, so that nothing can use it.
 */
static int take_auth_size(struct walk *w)
{
	struct tdx_quote *q = w->q;
	size_t at = w->at, left;
	uint32_t size;
	int rc = take_u32(w, "auth_data.size", &size);

	if (rc)
		return rc;
	left = w->end - w->at;
	if (size > left) {
		rc = refuse(w, HC_ETRUNCATED, "auth_data.size", size, at);
		error_expected(w->err, "at most %zu, the bytes left", left);
		return rc;
	}
	w->end = w->at + size;
	q->size = w->end;
	q->trailing = left - size;
	memset(q->raw + q->size, 0, q->trailing);
	return 0;
}

static void load_qe_report(struct tdx_quote *q)
{
	const uint8_t *p = q->raw + q->qe_report.off;
	struct tdx_qe_report *qe = &q->qe;

	memcpy(qe->cpusvn, p + TDX_QE_CPUSVN, sizeof(qe->cpusvn));
	qe->miscselect = get_le32(p + TDX_QE_MISCSELECT);
	memcpy(qe->attributes, p + TDX_QE_ATTRIBUTES, sizeof(qe->attributes));
	memcpy(qe->mrenclave, p + TDX_QE_MRENCLAVE, sizeof(qe->mrenclave));
	memcpy(qe->mrsigner, p + TDX_QE_MRSIGNER, sizeof(qe->mrsigner));
	qe->isvprodid = get_le16(p + TDX_QE_ISVPRODID);
	qe->isvsvn = get_le16(p + TDX_QE_ISVSVN);
	memcpy(qe->report_data, p + TDX_QE_REPORTDATA, sizeof(qe->report_data));
}

/* Signature, key, and the length of what certifies the key. */
static int take_signature(struct walk *w)
{
	struct tdx_quote *q = w->q;
	struct tdx_range outer;
	size_t at;
	uint16_t type;
	int rc = take(w, TDX_SIGNATURE_SIZE, "auth_data.signature", &q->signature);

	if (!rc)
		rc = take(w, TDX_ATT_KEY_SIZE, "auth_data.attestation_key", &q->att_key);
	at = w->at;
	if (!rc)
		rc = take_u16(w, "certification_data.type", &type);
	if (rc)
		return rc;
	if (type != TDX_CERT_QE_REPORT) {
		rc = refuse(w, HC_EUNSUPPORTED, "certification_data.type", type, at);
		error_expected(w->err, "6, QE report certification data");
		return rc;
	}
	rc = take_rest(w, "certification_data.size", &outer);
	w->at = rc ? w->at : outer.off;
	return rc;
}

static int parse_auth(struct walk *w)
{
	struct tdx_quote *q = w->q;
	uint16_t len;
	int rc = take_auth_size(w);

	if (!rc)
		rc = take_signature(w);
	if (!rc)
		rc = take(w, TDX_QE_REPORT_SIZE, "qe.report", &q->qe_report);
	if (!rc)
		rc = take(w, TDX_SIGNATURE_SIZE, "qe.report_signature", &q->qe_report_signature);
	if (!rc)
		rc = take_u16(w, "qe.auth_size", &len);
	if (!rc)
		rc = take(w, len, "qe.auth", &q->qe_auth);
	if (!rc)
		load_qe_report(q);
	return rc;
}

/* The sizes of the types that are one structure; 0: of any size. */
static uint32_t cert_size(unsigned int type)
{
	switch (type) {
	case TDX_CERT_PPID_CLEAR:
		return 16 + 16 + 2 + 2;
	case TDX_CERT_PPID_RSA2048:
		return 256 + 16 + 2 + 2;
	case TDX_CERT_PPID_RSA3072:
		return 384 + 16 + 2 + 2;
	default:
		return 0;
	}
}

static int check_cert_size(struct walk *w, size_t at)
{
	const struct tdx_quote *q = w->q;
	uint32_t expected = cert_size(q->cert_type);
	int rc;

	if (q->cert_data.len && (!expected || q->cert_data.len == expected))
		return 0;
	rc = refuse(w, HC_EFORMAT, "qe.certification_data.size", q->cert_data.len, at);
	if (expected)
		error_expected(
			w->err, "%u for certification data type %d", expected, (int)q->cert_type);
	else
		error_expected(w->err, "a certificate");
	return rc;
}

static int parse_cert(struct walk *w)
{
	struct tdx_quote *q = w->q;
	size_t at = w->at;
	uint16_t type;
	int rc = take_u16(w, "qe.certification_data.type", &type);

	if (!rc && (type < TDX_CERT_PPID_CLEAR || type > TDX_CERT_PCK_CHAIN)) {
		rc = refuse(w, HC_EUNSUPPORTED, "qe.certification_data.type", type, at);
		error_expected(w->err, "5 (a PCK certificate chain), or 1 to 4");
	}
	if (rc)
		return rc;
	q->cert_type = (enum tdx_cert_type)type;
	rc = take_rest(w, "qe.certification_data.size", &q->cert_data);
	if (rc)
		return rc;
	/* Most quoting libraries end the PEM text as C ends a string, some do not. */
	while (type == TDX_CERT_PCK_CHAIN && q->cert_data.len &&
		!q->raw[q->cert_data.off + q->cert_data.len - 1])
		q->cert_data.len--;
	return check_cert_size(w, at + 2);
}

static int check_size(struct view bytes, struct error *err)
{
	if (bytes.len <= TDX_QUOTE_SIZE_MAX)
		return 0;
	error_fail(err, HC_ERANGE, "quote", "%zu bytes", bytes.len);
	error_expected(err, "at most %u bytes", TDX_QUOTE_SIZE_MAX);
	return HC_ERANGE;
}

int tdx_quote_parse(struct tdx_quote *out, struct view bytes, struct error *err)
{
	static int (*const parts[])(struct walk * w) = {
		[TDX_PART_HEADER] = parse_header,
		[TDX_PART_BODY] = parse_body,
		[TDX_PART_AUTH] = parse_auth,
		[TDX_PART_CERT] = parse_cert,
	};
	struct error unused = {0};
	struct walk w = {.q = out, .end = bytes.len, .err = err ? err : &unused};
	int rc = check_size(bytes, w.err);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	if (bytes.len)
		memcpy(out->raw, bytes.data, bytes.len);
	for (out->part = TDX_PART_HEADER; out->part < TDX_PART_DONE; out->part++) {
		rc = parts[out->part](&w);
		if (rc)
			return rc;
	}
	return 0;
}

int tdx_quote_reserved_valid(const struct tdx_quote *quote, struct error *err)
{
	char found[2 * sizeof(quote->reserved) + 1];

	if (bytes_all_zero(quote->reserved, sizeof(quote->reserved)))
		return 0;
	hex_encode(found, quote->reserved, sizeof(quote->reserved));
	error_fail(err, HC_EFORMAT, "header bytes 8 to 11", "%s", found);
	error_expected(err, "zero");
	error_section(err, SECTION);
	error_at(err, TDX_OFF_RESERVED);
	return HC_EFORMAT;
}

const char *tdx_body_type_name(enum tdx_body_type type)
{
	switch (type) {
	case TDX_BODY_TD10:
		return "TD 1.0";
	case TDX_BODY_TD15:
		return "TD 1.5";
	case TDX_BODY_TD15_EX:
		return "TD 1.5 Ex";
	}
	return N_("unknown");
}

const char *tdx_cert_type_name(unsigned int type)
{
	static const char *const names[] = {
		[TDX_CERT_PPID_CLEAR] = N_("PPID in the clear, CPUSVN, PCESVN, PCEID"),
		[TDX_CERT_PPID_RSA2048] = N_("PPID encrypted with RSA-2048, CPUSVN, PCESVN, PCEID"),
		[TDX_CERT_PPID_RSA3072] = N_("PPID encrypted with RSA-3072, CPUSVN, PCESVN, PCEID"),
		[TDX_CERT_PCK_LEAF] = N_("PCK certificate"),
		[TDX_CERT_PCK_CHAIN] = N_("PCK certificate chain in PEM"),
		[TDX_CERT_QE_REPORT] = N_("QE report certification data"),
		[TDX_CERT_PLATFORM_MANIFEST] = N_("platform manifest"),
	};

	return type && type < sizeof(names) / sizeof(names[0]) ? names[type] : N_("unknown");
}
