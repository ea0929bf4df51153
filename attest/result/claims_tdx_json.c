/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of a TDX quote as JSON, decoded, and raw where decoding loses something. */
#include <stdlib.h>

#include "attest/evidence/tdx_bits.h"
#include "attest/result/claims_json.h"
#include "attest/result/json_build.h"
#include "common/hex.h"
#include "common/timefmt.h"

/* Numbers that nobody counts with are shown as Intel prints them. */
static void add_hex64(json_t *obj, const char *name, uint64_t value, bool *bad)
{
	json_add_format(obj, name, bad, "0x%016llx", (unsigned long long)value);
}

static void add_bits(
	json_t *obj, const char *name, uint64_t value, const struct evidence_bit *bit, bool *bad)
{
	json_t *out = json_add_object(obj, name, bad);
	uint64_t named = 0;

	add_hex64(out, "raw", value, bad);
	for (; bit->mask; bit++) {
		named |= bit->mask;
		json_add_bool(out, bit->name, value & bit->mask, bad);
	}
	if (value & ~named)
		add_hex64(out, "unnamed", value & ~named, bad);
}

/* The components by name; the other bytes are in `raw`, and zero on every platform so far. */
static void add_svn(json_t *obj, const char *name, const uint8_t svn[16], bool *bad)
{
	json_t *out = json_add_object(obj, name, bad);

	json_add_hex(out, "raw", svn, 16, bad);
	json_add_int(out, "module_minor", svn[0], bad);
	json_add_int(out, "module_major", svn[1], bad);
	json_add_int(out, "microcode", svn[2], bad);
}

static void add_header(json_t *obj, const struct tdx_quote *q, bool *bad)
{
	json_add_int(obj, "version", q->version, bad);
	json_add_int(obj, "att_key_type", q->att_key_type, bad);
	json_add_format(obj, "tee_type", bad, "0x%08x", q->tee_type);
	json_add_hex(obj, "header_reserved", q->reserved, sizeof(q->reserved), bad);
	json_add_hex(obj, "qe_vendor_id", q->qe_vendor_id, sizeof(q->qe_vendor_id), bad);
	json_add_hex(obj, "user_data", q->user_data, sizeof(q->user_data), bad);
}

static void add_ex(json_t *obj, const struct tdx_body_ex *ex, bool *bad)
{
	json_add_int(obj, "vm_id", ex->vm_id, bad);
	json_add_hex(obj, "td_id", ex->td_id, sizeof(ex->td_id), bad);
	json_add_hex(obj, "device_info", ex->device_info, sizeof(ex->device_info), bad);
	json_add_hex(obj, "init_servtd_hash", ex->init_servtd_hash, TDX_MR_SIZE, bad);
	add_hex64(obj, "init_servtd_attributes", ex->init_servtd_attributes, bad);
	json_add_hex(obj, "init_cpusvn", ex->init_cpusvn, sizeof(ex->init_cpusvn), bad);
	add_svn(obj, "init_tee_tcb_svn", ex->init_tee_tcb_svn, bad);
	json_add_hex(obj, "init_fmspc", ex->init_fmspc, sizeof(ex->init_fmspc), bad);
	json_add_hex(obj, "cur_servtd_hash", ex->cur_servtd_hash, TDX_MR_SIZE, bad);
	add_hex64(obj, "cur_servtd_attributes", ex->cur_servtd_attributes, bad);
}

static void add_body(json_t *obj, const struct tdx_body *b, bool *bad)
{
	static const char *const rtmrs[TDX_RTMRS] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};

	json_add_string(obj, "body", tdx_body_type_name(b->type), bad);
	add_svn(obj, "tee_tcb_svn", b->tee_tcb_svn, bad);
	json_add_hex(obj, "mrseam", b->mrseam, TDX_MR_SIZE, bad);
	json_add_hex(obj, "mrsignerseam", b->mrsignerseam, TDX_MR_SIZE, bad);
	add_hex64(obj, "seamattributes", b->seamattributes, bad);
	add_bits(obj, "tdattributes", b->tdattributes, tdx_td_attributes, bad);
	add_bits(obj, "xfam", b->xfam, tdx_xfam, bad);
	json_add_hex(obj, "mrtd", b->mrtd, TDX_MR_SIZE, bad);
	json_add_hex(obj, "mrconfigid", b->mrconfigid, TDX_MR_SIZE, bad);
	json_add_hex(obj, "mrowner", b->mrowner, TDX_MR_SIZE, bad);
	json_add_hex(obj, "mrownerconfig", b->mrownerconfig, TDX_MR_SIZE, bad);
	for (size_t i = 0; i < TDX_RTMRS; i++)
		json_add_hex(obj, rtmrs[i], b->rtmr[i], TDX_MR_SIZE, bad);
	json_add_hex(obj, "report_data", b->report_data, sizeof(b->report_data), bad);
	if (b->has_td15) {
		add_svn(obj, "tee_tcb_svn2", b->tee_tcb_svn2, bad);
		json_add_hex(obj, "mrservicetd", b->mrservicetd, TDX_MR_SIZE, bad);
	}
	if (b->has_ex)
		add_ex(obj, &b->ex, bad);
}

/* Of any length: authentication data may be long. */
static void add_range(
	json_t *obj, const char *name, const struct tdx_quote *q, struct tdx_range range, bool *bad)
{
	char *text = malloc(2 * (size_t)range.len + 1);

	if (!text) {
		*bad = true;
		return;
	}
	hex_encode(text, q->raw + range.off, range.len);
	json_add_string(obj, name, text, bad);
	free(text);
}

static void add_qe(json_t *obj, const struct tdx_quote *q, bool *bad)
{
	json_t *out = json_add_object(obj, "qe_report", bad);

	json_add_hex(out, "cpusvn", q->qe.cpusvn, sizeof(q->qe.cpusvn), bad);
	json_add_format(out, "miscselect", bad, "0x%08x", q->qe.miscselect);
	json_add_hex(out, "attributes", q->qe.attributes, sizeof(q->qe.attributes), bad);
	json_add_hex(out, "mrenclave", q->qe.mrenclave, sizeof(q->qe.mrenclave), bad);
	json_add_hex(out, "mrsigner", q->qe.mrsigner, sizeof(q->qe.mrsigner), bad);
	json_add_int(out, "isvprodid", q->qe.isvprodid, bad);
	json_add_int(out, "isvsvn", q->qe.isvsvn, bad);
	json_add_hex(out, "report_data", q->qe.report_data, sizeof(q->qe.report_data), bad);
	add_range(out, "signature", q, q->qe_report_signature, bad);
	add_range(out, "raw", q, q->qe_report, bad);
}

/* A chain is text, and long: its length is enough. The other kinds are shown. */
static void add_cert(json_t *obj, const struct tdx_quote *q, bool *bad)
{
	json_t *out = json_add_object(obj, "certification_data", bad);

	json_add_int(out, "type", q->cert_type, bad);
	json_add_string(out, "kind", tdx_cert_type_name(q->cert_type), bad);
	json_add_int(out, "size", q->cert_data.len, bad);
	if (q->cert_type <= TDX_CERT_PPID_RSA3072)
		add_range(out, "raw", q, q->cert_data, bad);
}

static void add_auth(json_t *obj, const struct tdx_quote *q, bool *bad)
{
	add_range(obj, "signature", q, q->signature, bad);
	add_range(obj, "attestation_key", q, q->att_key, bad);
	add_qe(obj, q, bad);
	add_range(obj, "qe_auth", q, q->qe_auth, bad);
	add_cert(obj, q, bad);
	json_add_int(obj, "quote_size", (int64_t)q->size, bad);
	json_add_int(obj, "trailing_bytes", (int64_t)q->trailing, bad);
}

static void add_flag(json_t *obj, const char *name, enum tdx_flag flag, bool *bad)
{
	if (flag != TDX_FLAG_UNKNOWN)
		json_add_bool(obj, name, flag == TDX_FLAG_TRUE, bad);
}

static void add_platform(json_t *obj, const struct tdx_platform *p, bool *bad)
{
	json_t *out;

	if (!p->known)
		return;
	out = json_add_object(obj, "platform", bad);
	json_add_hex(out, "fmspc", p->fmspc, sizeof(p->fmspc), bad);
	json_add_hex(out, "pceid", p->pceid, sizeof(p->pceid), bad);
	json_add_hex(out, "ppid", p->ppid, sizeof(p->ppid), bad);
	if (p->has_piid)
		json_add_hex(out, "platform_instance_id", p->piid, sizeof(p->piid), bad);
	json_add_hex(out, "cpusvn", p->cpusvn, sizeof(p->cpusvn), bad);
	json_add_hex(out, "sgx_tcb_components", p->svn, sizeof(p->svn), bad);
	json_add_int(out, "pcesvn", p->pcesvn, bad);
	add_flag(out, "dynamic_platform", p->dynamic_platform, bad);
	add_flag(out, "cached_keys", p->cached_keys, bad);
	add_flag(out, "smt_enabled", p->smt_enabled, bad);
}

static void add_time(json_t *obj, const char *name, int64_t at, bool *bad)
{
	char text[TIMEFMT_SIZE];

	timefmt_rfc3339(text, at, -1);
	json_add_string(obj, name, text, bad);
}

static void add_status(json_t *obj, const char *name, enum tdx_tcb_status status, bool *bad)
{
	json_add_string(obj, name, tdx_tcb_status_name(status), bad);
}

static void add_advisories(json_t *obj, const struct tdx_tcb *tcb, bool *bad)
{
	json_t *array = json_array();

	if (json_object_set_new(obj, "advisory_ids", array))
		*bad = true;
	for (size_t i = 0; i < tcb->advisory_count && !*bad; i++)
		if (json_array_append_new(array, json_string(tcb->advisory[i])))
			*bad = true;
}

static void add_tcb(json_t *obj, const struct tdx_tcb *tcb, bool *bad)
{
	json_t *out;

	if (tcb->status == TDX_TCB_UNKNOWN)
		return;
	out = json_add_object(obj, "tcb", bad);
	add_status(out, "status", tcb->status, bad);
	add_status(out, "platform", tcb->platform, bad);
	add_status(out, "module", tcb->module, bad);
	add_status(out, "qe", tcb->qe, bad);
	if (tcb->has_current) {
		add_status(out, "at_launch", tcb->launch, bad);
		add_status(out, "current", tcb->current, bad);
	}
	if (tcb->tcb_date)
		add_time(out, "tcb_date", tcb->tcb_date, bad);
	if (tcb->platform_date)
		add_time(out, "platform_date", tcb->platform_date, bad);
	json_add_int(out, "evaluation_number", tcb->evaluation_number, bad);
	if (tcb->earliest_expiry)
		add_time(out, "earliest_expiry", tcb->earliest_expiry, bad);
	add_advisories(out, tcb, bad);
}

void claims_tdx_json(json_t *obj, const struct claims *claims, bool *bad)
{
	const struct tdx_quote *q = &claims->tdx.quote;

	add_header(obj, q, bad);
	add_body(obj, &q->body, bad);
	add_auth(obj, q, bad);
	add_platform(obj, &claims->tdx.platform, bad);
	add_tcb(obj, &claims->tdx.tcb, bad);
}
