/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading TCB info and TD QE identity, strictly: what is used has to be there and of its exact
 * form. Levels are sorted here, since nothing says that they come in order.
 */
#include "attest/endorse/tdx_tcb_info.h"

#include <stdio.h>
#include <strings.h>

#include "common/hex.h"
#include "common/json.h"
#include "common/messages.h"
#include "common/timefmt.h"

#define SECTION "Intel PCS v4"

static int bad(
	struct error *err, int code, const char *where, const char *found, const char *expected)
{
	error_fail(err, code, where, "%s", found);
	error_expected(err, "%s", expected);
	error_section(err, SECTION);
	return code;
}

static int get_hex(const json_t *obj, const char *path, const char *name, uint8_t *out, size_t len,
	struct error *err)
{
	const char *text;
	int rc = json_get_string(obj, path, name, &text, err);

	return rc ? rc : hex_decode(out, len, text, name, err);
}

static int get_le64_hex(
	const json_t *obj, const char *path, const char *name, uint64_t *out, struct error *err)
{
	uint8_t bytes[8];
	int rc = get_hex(obj, path, name, bytes, sizeof(bytes), err);

	if (!rc)
		*out = get_le64(bytes);
	return rc;
}

static int get_time(
	const json_t *obj, const char *path, const char *name, int64_t *out, struct error *err)
{
	const char *text;
	int rc = json_get_string(obj, path, name, &text, err);

	return rc ? rc : timefmt_parse(out, text, err);
}

static int get_u16(
	const json_t *obj, const char *path, const char *name, uint16_t *out, struct error *err)
{
	uint64_t value = 0;
	int rc = json_get_u64(obj, path, name, 0, UINT16_MAX, &value, err);

	*out = (uint16_t)value;
	return rc;
}

static int get_object(const json_t *obj, const char *path, const char *name, const json_t **out,
	struct error *err)
{
	int rc;

	*out = NULL;
	rc = json_opt_object(obj, path, name, out, err);
	if (!rc && !*out)
		rc = bad(err, HC_EMISSING, name, "no such member", N_("an object"));
	return rc;
}

static int get_array(const json_t *obj, const char *path, const char *name, const json_t **out,
	struct error *err)
{
	int rc;

	*out = NULL;
	rc = json_opt_array(obj, path, name, out, err);
	if (!rc && !*out)
		rc = bad(err, HC_EMISSING, name, "no such member", N_("an array"));
	return rc;
}

/* "advisoryIDs" is optional, and an array of short strings of printable ASCII where it is there. */
static int get_advisories(
	struct tdx_level *out, const json_t *obj, const char *path, struct error *err)
{
	size_t i;
	json_t *id;
	int rc = json_opt_array(obj, path, "advisoryIDs", &out->advisories, err);

	if (rc || !out->advisories)
		return rc;
	json_array_foreach(out->advisories, i, id)
	{
		const char *text = json_string_value(id);

		if (!text || !json_string_length(id) ||
			json_string_length(id) >= TDX_ADVISORY_SIZE ||
			strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") !=
				json_string_length(id))
			return bad(err, HC_EFORMAT, "advisoryIDs", "another value",
				N_("INTEL-SA- and a number"));
	}
	return 0;
}

/* Status, date and advisories. `part`: of a module or enclave, which know three statuses. */
static int get_level(
	struct tdx_level *out, const json_t *obj, const char *path, bool part, struct error *err)
{
	const char *status;
	int rc;

	if (!json_is_object(obj))
		return bad(err, HC_EFORMAT, path, "no object", N_("an object"));
	rc = json_get_string(obj, path, "tcbStatus", &status, err);
	if (!rc)
		rc = get_time(obj, path, "tcbDate", &out->date, err);
	if (!rc)
		rc = get_advisories(out, obj, path, err);
	if (rc)
		return rc;
	out->status = tdx_tcb_status_from_name(status);
	if (out->status == TDX_TCB_UNKNOWN || out->status == TDX_TCB_TD_RELAUNCH_ADVISED ||
		out->status == TDX_TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED)
		return bad(err, HC_EFORMAT, "tcbStatus", status, N_("a status of Intel's"));
	if (part && out->status != TDX_TCB_UP_TO_DATE && out->status != TDX_TCB_OUT_OF_DATE &&
		out->status != TDX_TCB_REVOKED)
		return bad(
			err, HC_EFORMAT, "tcbStatus", status, N_("UpToDate, OutOfDate or Revoked"));
	return 0;
}

static int get_components(uint8_t out[TDX_SVN_COUNT], const json_t *tcb, const char *path,
	const char *name, struct error *err)
{
	const json_t *array;
	int rc = get_array(tcb, path, name, &array, err);

	if (rc)
		return rc;
	if (json_array_size(array) != TDX_SVN_COUNT)
		return bad(err, HC_EFORMAT, name, "another number of them", N_("16 components"));
	for (size_t i = 0; i < TDX_SVN_COUNT; i++) {
		const json_t *item = json_array_get(array, i);
		uint64_t svn = 0;

		if (!json_is_object(item))
			return bad(err, HC_EFORMAT, name, "no object", N_("an object"));
		rc = json_get_u64(item, name, "svn", 0, UINT8_MAX, &svn, err);
		if (rc)
			return rc;
		out[i] = (uint8_t)svn;
	}
	return 0;
}

static int platform_level(struct tdx_level *out, const json_t *obj, struct error *err)
{
	static const char path[] = "tcbInfo.tcbLevels";
	const json_t *tcb = NULL;
	int rc = get_level(out, obj, path, false, err);

	if (!rc)
		rc = get_object(obj, path, "tcb", &tcb, err);
	if (!rc)
		rc = get_components(out->sgx, tcb, path, "sgxtcbcomponents", err);
	if (!rc)
		rc = get_components(out->tdx, tcb, path, "tdxtcbcomponents", err);
	return rc ? rc : get_u16(tcb, path, "pcesvn", &out->pcesvn, err);
}

static int part_level(struct tdx_level *out, const json_t *obj, struct error *err)
{
	static const char path[] = "tcbLevels";
	const json_t *tcb = NULL;
	int rc = get_level(out, obj, path, true, err);

	if (!rc)
		rc = get_object(obj, path, "tcb", &tcb, err);
	return rc ? rc : get_u16(tcb, path, "isvsvn", &out->isvsvn, err);
}

static int order(const struct tdx_level *a, const struct tdx_level *b)
{
	int diff = memcmp(a->sgx, b->sgx, sizeof(a->sgx));

	if (!diff)
		diff = a->pcesvn - b->pcesvn;
	if (!diff)
		diff = memcmp(a->tdx, b->tdx, sizeof(a->tdx));
	return diff ? diff : a->isvsvn - b->isvsvn;
}

/* Highest first; of equals, the one that came first stays first, as in Intel's verifier. */
static void insert(struct tdx_level *levels, size_t *count, const struct tdx_level *level)
{
	size_t at = (*count)++;

	for (; at && order(&levels[at - 1], level) < 0; at--)
		levels[at] = levels[at - 1];
	levels[at] = *level;
}

/* "tcbLevels": at least one. */
static int get_levels(const json_t *obj, const char *path, struct tdx_level *levels, size_t max,
	size_t *count, int (*read)(struct tdx_level *, const json_t *, struct error *),
	struct error *err)
{
	const json_t *array;
	int rc = get_array(obj, path, "tcbLevels", &array, err);

	if (rc)
		return rc;
	if (!json_array_size(array) || json_array_size(array) > max)
		return bad(err, HC_ERANGE, "tcbLevels", "none, or very many", N_("levels"));
	for (size_t i = 0; i < json_array_size(array) && !rc; i++) {
		struct tdx_level level = {0};

		rc = read(&level, json_array_get(array, i), err);
		if (!rc)
			insert(levels, count, &level);
	}
	return rc;
}

static int get_signer(
	struct tdx_module_signer *out, const json_t *obj, const char *path, struct error *err)
{
	int rc = get_hex(obj, path, "mrsigner", out->mrsigner, sizeof(out->mrsigner), err);

	if (!rc)
		rc = get_le64_hex(obj, path, "attributes", &out->attributes, err);
	return rc ? rc : get_le64_hex(obj, path, "attributesMask", &out->attributes_mask, err);
}

/* "TDX_" and two hex digits, in either case. */
static int get_major(uint8_t *out, const json_t *obj, const char *path, struct error *err)
{
	const char *id;
	int rc = json_get_string(obj, path, "id", &id, err);

	if (rc)
		return rc;
	if (strlen(id) != 6 || strncasecmp(id, "TDX_", 4) || hex_decode(out, 1, id + 4, path, NULL))
		return bad(err, HC_EFORMAT, path, id, N_("TDX_ and two hex digits"));
	return 0;
}

static int get_identity(struct tdx_tcb_info *out, const json_t *obj, struct error *err)
{
	static const char path[] = "tcbInfo.tdxModuleIdentities";
	struct tdx_module_identity *id = &out->identity[out->module_count];
	int rc;

	if (!json_is_object(obj))
		return bad(err, HC_EFORMAT, path, "no object", N_("an object"));
	rc = get_major(&id->major, obj, path, err);
	if (!rc && tdx_tcb_info_module(out, id->major))
		rc = bad(err, HC_EFORMAT, path, "the same id twice", N_("each module once"));
	if (!rc)
		rc = get_signer(&id->signer, obj, path, err);
	if (!rc)
		rc = get_levels(obj, path, id->level, TDX_MODULE_LEVELS_MAX, &id->level_count,
			part_level, err);
	if (!rc)
		out->module_count++;
	return rc;
}

/* "tdxModule" is of modules 1.0; "tdxModuleIdentities", of the others, came later. */
static int get_modules(struct tdx_tcb_info *out, const json_t *obj, struct error *err)
{
	const json_t *module = NULL, *array = NULL;
	int rc = get_object(obj, "tcbInfo", "tdxModule", &module, err);

	if (!rc)
		rc = get_signer(&out->module, module, "tcbInfo.tdxModule", err);
	if (!rc)
		rc = json_opt_array(obj, "tcbInfo", "tdxModuleIdentities", &array, err);
	if (!rc && json_array_size(array) > TDX_MODULES_MAX)
		rc = bad(err, HC_ERANGE, "tdxModuleIdentities", "very many", N_("at most 16"));
	for (size_t i = 0; i < json_array_size(array) && !rc; i++)
		rc = get_identity(out, json_array_get(array, i), err);
	return rc;
}

/* id, version, dates, evaluation number. */
static int get_statement(struct tdx_statement *out, const json_t *obj, const char *path,
	const char *want_id, uint64_t want_version, struct error *err)
{
	uint64_t version = 0, number = 0;
	const char *id;
	char found[64];
	int rc = json_get_string(obj, path, "id", &id, err);

	if (!rc)
		rc = json_get_u64(obj, path, "version", 0, UINT32_MAX, &version, err);
	if (rc)
		return rc;
	if (strcmp(id, want_id) || version != want_version) {
		snprintf(found, sizeof(found), "id %.16s, version %llu", id,
			(unsigned long long)version);
		return bad(err, HC_EUNSUPPORTED, path, found,
			N_("TCB info of id TDX, version 3, or an identity of id TD_QE, version 2"));
	}
	rc = get_time(obj, path, "issueDate", &out->issued, err);
	if (!rc)
		rc = get_time(obj, path, "nextUpdate", &out->next_update, err);
	if (!rc)
		rc = json_get_u64(
			obj, path, "tcbEvaluationDataNumber", 0, UINT32_MAX, &number, err);
	out->evaluation_number = (uint32_t)number;
	return rc;
}

static int read_tcb_info(struct tdx_tcb_info *out, const json_t *obj, struct error *err)
{
	uint64_t type = 0;
	int rc = get_statement(&out->statement, obj, "tcbInfo", "TDX", 3, err);

	/* It says how components compare; 0 is the only way there is. */
	if (!rc)
		rc = json_get_u64(obj, "tcbInfo", "tcbType", 0, 0, &type, err);
	if (!rc)
		rc = get_hex(obj, "tcbInfo", "fmspc", out->fmspc, sizeof(out->fmspc), err);
	if (!rc)
		rc = get_hex(obj, "tcbInfo", "pceId", out->pceid, sizeof(out->pceid), err);
	if (!rc)
		rc = get_modules(out, obj, err);
	return rc ? rc
		  : get_levels(obj, "tcbInfo", out->level, TDX_LEVELS_MAX, &out->level_count,
			    platform_level, err);
}

int tdx_tcb_info_parse(struct tdx_tcb_info *out, struct view text, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = json_parse_object(
		&out->statement.json, (const char *)text.data, text.len, "tcbInfo", err);
	if (!rc)
		rc = read_tcb_info(out, out->statement.json, err);
	if (rc)
		tdx_tcb_info_fini(out);
	return rc;
}

void tdx_tcb_info_fini(struct tdx_tcb_info *info)
{
	json_decref(info->statement.json);
	memset(info, 0, sizeof(*info));
}

static int read_qe_identity(struct tdx_qe_identity *out, const json_t *obj, struct error *err)
{
	static const char path[] = "enclaveIdentity";
	int rc = get_statement(&out->statement, obj, path, "TD_QE", 2, err);

	if (!rc)
		rc = get_hex(obj, path, "miscselect", out->miscselect, 4, err);
	if (!rc)
		rc = get_hex(obj, path, "miscselectMask", out->miscselect_mask, 4, err);
	if (!rc)
		rc = get_hex(obj, path, "attributes", out->attributes, 16, err);
	if (!rc)
		rc = get_hex(obj, path, "attributesMask", out->attributes_mask, 16, err);
	if (!rc)
		rc = get_hex(obj, path, "mrsigner", out->mrsigner, 32, err);
	if (!rc)
		rc = get_u16(obj, path, "isvprodid", &out->isvprodid, err);
	return rc ? rc
		  : get_levels(obj, path, out->level, TDX_MODULE_LEVELS_MAX, &out->level_count,
			    part_level, err);
}

int tdx_qe_identity_parse(struct tdx_qe_identity *out, struct view text, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = json_parse_object(
		&out->statement.json, (const char *)text.data, text.len, "enclaveIdentity", err);
	if (!rc)
		rc = read_qe_identity(out, out->statement.json, err);
	if (rc)
		tdx_qe_identity_fini(out);
	return rc;
}

void tdx_qe_identity_fini(struct tdx_qe_identity *identity)
{
	json_decref(identity->statement.json);
	memset(identity, 0, sizeof(*identity));
}

const struct tdx_module_identity *tdx_tcb_info_module(
	const struct tdx_tcb_info *info, uint8_t major)
{
	for (size_t i = 0; i < info->module_count; i++)
		if (info->identity[i].major == major)
			return &info->identity[i];
	return NULL;
}
