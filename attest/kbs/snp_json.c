/* SPDX-License-Identifier: Apache-2.0 */
/* SEV-SNP evidence as JSON, both ways, from one table of fields. */
#include "attest/kbs/snp_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attest/evidence/cert_table.h"
#include "common/json.h"

#define WHERE "attestation_report"

enum kind {
	NUMBER,   /* little-endian integer */
	BYTES,    /* array of numbers */
	TCB,      /* object by component */
	FIRMWARE, /* {"major", "minor", "build"} */
};

/* SEV-SNP Firmware ABI 7.3. `since`: the first report version that has the field. */
static const struct field {
	const char *name;
	enum kind kind;
	uint16_t offset, size;
	uint8_t since;
} fields[] = {
	{"version", NUMBER, 0x000, 4, 2},
	{"guest_svn", NUMBER, 0x004, 4, 2},
	{"policy", NUMBER, 0x008, 8, 2},
	{"family_id", BYTES, 0x010, 16, 2},
	{"image_id", BYTES, 0x020, 16, 2},
	{"vmpl", NUMBER, 0x030, 4, 2},
	{"sig_algo", NUMBER, 0x034, 4, 2},
	{"current_tcb", TCB, 0x038, 8, 2},
	{"plat_info", NUMBER, 0x040, 8, 2},
	{"key_info", NUMBER, 0x048, 4, 2},
	{"report_data", BYTES, 0x050, 64, 2},
	{"measurement", BYTES, 0x090, 48, 2},
	{"host_data", BYTES, 0x0c0, 32, 2},
	{"id_key_digest", BYTES, 0x0e0, 48, 2},
	{"author_key_digest", BYTES, 0x110, 48, 2},
	{"report_id", BYTES, 0x140, 32, 2},
	{"report_id_ma", BYTES, 0x160, 32, 2},
	{"reported_tcb", TCB, 0x180, 8, 2},
	{"cpuid_fam_id", NUMBER, 0x188, 1, 3},
	{"cpuid_mod_id", NUMBER, 0x189, 1, 3},
	{"cpuid_step", NUMBER, 0x18a, 1, 3},
	{"chip_id", BYTES, 0x1a0, 64, 2},
	{"committed_tcb", TCB, 0x1e0, 8, 2},
	{"current", FIRMWARE, 0x1e8, 3, 2},
	{"committed", FIRMWARE, 0x1ec, 3, 2},
	{"launch_tcb", TCB, 0x1f0, 8, 2},
	{"launch_mit_vector", NUMBER, 0x1f8, 8, 5},
	{"current_mit_vector", NUMBER, 0x200, 8, 5},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

#define OFFSET_FAMILY  0x188
#define OFFSET_R       0x2a0
#define OFFSET_S       0x2e8
#define OFFSET_AFTER_S 0x330
#define COMPONENT_SIZE 72
#define FAMILY_ZEN5    0x1a
#define VERSION_MIN    2
#define VERSION_MAX    5
#define MEMBERS_MAX    (FIELDS + 2)

/* Byte of each component in TCB_VERSION, by layout; 0xff: not in this layout. */
static const struct tcb_member {
	const char *name;
	uint8_t genoa, turin;
} tcb_members[] = {
	{"fmc", 0xff, 0},
	{"bootloader", 0, 1},
	{"tee", 1, 2},
	{"snp", 6, 3},
	{"microcode", 7, 7},
};

static int wrong(struct error *err, int code, const char *name, const char *found)
{
	char where[96];

	snprintf(where, sizeof(where), WHERE ".%s", name);
	return error_fail(err, code, where, "%s", found);
}

static int parse_byte(const json_t *value, uint8_t *out)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < 0 || v > 255)
		return HC_EFORMAT;
	*out = (uint8_t)v;
	return 0;
}

static int parse_bytes(
	const json_t *value, const char *name, uint8_t *out, size_t size, struct error *err)
{
	if (!json_is_array(value) || json_array_size(value) != size) {
		wrong(err, HC_EFORMAT, name, "no array of the right size");
		error_expected(err, "%zu numbers", size);
		return HC_EFORMAT;
	}
	for (size_t i = 0; i < size; i++)
		if (parse_byte(json_array_get(value, i), out + i))
			return wrong(err, HC_EFORMAT, name, "an element that is no byte");
	return 0;
}

static int parse_number(
	const json_t *value, const char *name, uint8_t *out, size_t size, struct error *err)
{
	uint64_t v = (uint64_t)json_integer_value(value);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return wrong(err, HC_EFORMAT, name, "no positive integer");
	if (size < 8 && v >> (8 * size))
		return wrong(err, HC_ERANGE, name, "a number too large");
	for (size_t i = 0; i < size; i++)
		out[i] = (uint8_t)(v >> (8 * i));
	return 0;
}

static int parse_tcb(
	const json_t *value, const char *name, uint8_t *out, bool turin, struct error *err)
{
	static const char *const names[] = {"fmc", "bootloader", "tee", "snp", "microcode", NULL};
	int rc;

	if (!json_is_object(value))
		return wrong(err, HC_EFORMAT, name, "no object");
	rc = json_only(value, name, names, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < sizeof(tcb_members) / sizeof(tcb_members[0]); i++) {
		const json_t *member = json_object_get(value, tcb_members[i].name);
		uint8_t at = turin ? tcb_members[i].turin : tcb_members[i].genoa;

		if (at == 0xff && (!member || json_is_null(member)))
			continue;
		if (at == 0xff || parse_byte(member, out + at))
			return wrong(err, HC_EFORMAT, name, "components that this product lacks");
	}
	return 0;
}

static int parse_firmware(const json_t *value, const char *name, uint8_t *out, struct error *err)
{
	static const char *const names[] = {"build", "minor", "major", NULL};
	int rc;

	if (!json_is_object(value))
		return wrong(err, HC_EFORMAT, name, "no object");
	rc = json_only(value, name, names, err);
	for (size_t i = 0; !rc && i < 3; i++)
		if (parse_byte(json_object_get(value, names[i]), out + i))
			rc = wrong(err, HC_EFORMAT, name, "no build, minor and major");
	return rc;
}

static int parse_field(const json_t *report, const struct field *f, uint64_t version, bool turin,
	uint8_t *raw, struct error *err)
{
	const json_t *value = json_object_get(report, f->name);
	bool absent = !value || json_is_null(value);

	if (version < f->since)
		return absent ? 0 : wrong(err, HC_EFORMAT, f->name, "a field of later versions");
	if (absent)
		return wrong(err, HC_EMISSING, f->name, "no such member");
	switch (f->kind) {
	case NUMBER:
		return parse_number(value, f->name, raw + f->offset, f->size, err);
	case BYTES:
		return parse_bytes(value, f->name, raw + f->offset, f->size, err);
	case TCB:
		return parse_tcb(value, f->name, raw + f->offset, turin, err);
	case FIRMWARE:
	default:
		return parse_firmware(value, f->name, raw + f->offset, err);
	}
}

static int parse_signature(const json_t *report, uint8_t *raw, struct error *err)
{
	static const char *const names[] = {"r", "s", "_reserved", NULL};
	const json_t *sig = json_object_get(report, "signature"), *rest;
	int rc;

	if (!json_is_object(sig))
		return wrong(err, HC_EFORMAT, "signature", "no object");
	rc = json_only(sig, WHERE ".signature", names, err);
	if (!rc)
		rc = parse_bytes(json_object_get(sig, "r"), "signature.r", raw + OFFSET_R,
			COMPONENT_SIZE, err);
	if (!rc)
		rc = parse_bytes(json_object_get(sig, "s"), "signature.s", raw + OFFSET_S,
			COMPONENT_SIZE, err);
	rest = json_object_get(sig, "_reserved");
	if (!rc && rest)
		rc = parse_bytes(rest, "signature._reserved", raw + OFFSET_AFTER_S,
			SNP_JSON_REPORT_SIZE - OFFSET_AFTER_S, err);
	return rc;
}

static int check_names(const json_t *report, struct error *err)
{
	const char *names[MEMBERS_MAX];

	for (size_t i = 0; i < FIELDS; i++)
		names[i] = fields[i].name;
	names[FIELDS] = "signature";
	names[FIELDS + 1] = NULL;
	return json_only(report, WHERE, names, err);
}

/* The TCB layout: by the family the report claims; version 2 has none, there FMC tells. */
static bool turin_layout(const json_t *report, uint64_t version)
{
	const json_t *tcb = json_object_get(report, "reported_tcb");

	if (version >= 3)
		return json_integer_value(json_object_get(report, "cpuid_fam_id")) == FAMILY_ZEN5;
	return json_is_integer(json_object_get(tcb, "fmc"));
}

static int parse_report(const json_t *report, uint8_t *raw, struct error *err)
{
	uint64_t version;
	bool turin;
	int rc;

	if (!json_is_object(report))
		return error_fail(err, HC_EFORMAT, WHERE, "no object");
	rc = check_names(report, err);
	if (!rc)
		rc = json_get_u64(report, WHERE, "version", 0, UINT32_MAX, &version, err);
	if (rc)
		return rc;
	if (version < VERSION_MIN || version > VERSION_MAX) {
		error_fail(err, HC_EUNSUPPORTED, WHERE ".version", "%llu",
			(unsigned long long)version);
		error_expected(err, "2 to 5 in this encoding");
		return HC_EUNSUPPORTED;
	}
	turin = turin_layout(report, version);
	for (size_t i = 0; !rc && i < FIELDS; i++)
		rc = parse_field(report, &fields[i], version, turin, raw, err);
	return rc ? rc : parse_signature(report, raw, err);
}

/* Certificates worth keeping: those of the kinds a chain is made of. */
static int wanted_type(const json_t *type, bool *wanted)
{
	static const char *const known[] = {"ARK", "ASK", "VCEK", "VLEK", "CRL"};

	*wanted = false;
	if (json_is_object(type) && json_object_size(type) == 1)
		return json_is_string(json_object_get(type, "OTHER")) ? 0 : HC_EFORMAT;
	if (!json_is_string(type))
		return HC_EFORMAT;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		*wanted |= !strcmp(json_string_value(type), known[i]);
	return *wanted || !strcmp(json_string_value(type), "Empty") ? 0 : HC_EFORMAT;
}

static int parse_cert(const json_t *entry, struct snp_evidence *out, struct error *err)
{
	static const char *const names[] = {"cert_type", "data", NULL};
	const json_t *data = json_object_get(entry, "data");
	struct bytes *cert = &out->cert[out->cert_count];
	size_t size = json_array_size(data);
	bool wanted;
	int rc;

	if (!json_is_object(entry) || !json_is_array(data) ||
		wanted_type(json_object_get(entry, "cert_type"), &wanted))
		return error_fail(err, HC_EFORMAT, "cert_chain", "an entry of unknown form");
	rc = json_only(entry, "cert_chain[]", names, err);
	if (rc || !wanted)
		return rc;
	if (size > SNP_JSON_CERT_SIZE || out->cert_count == SNP_JSON_CERTS_MAX)
		return error_fail(err, HC_ERANGE, "cert_chain", "more than is accepted");
	out->cert_count++;
	for (size_t i = 0; !rc && i < size; i++) {
		uint8_t byte;

		if (parse_byte(json_array_get(data, i), &byte))
			return error_fail(err, HC_EFORMAT, "cert_chain", "data that is no byte");
		rc = bytes_append(cert, &byte, 1);
	}
	return rc ? error_fail(err, rc, "cert_chain", "%zu bytes", size) : 0;
}

int snp_json_parse(const json_t *evidence, struct snp_evidence *out, struct error *err)
{
	static const char *const names[] = {"attestation_report", "cert_chain", NULL};
	const json_t *chain = json_object_get(evidence, "cert_chain");
	int rc;

	memset(out, 0, sizeof(*out));
	if (!json_is_object(evidence))
		return error_fail(err, HC_EFORMAT, "primary_evidence", "no object");
	rc = json_only(evidence, "primary_evidence", names, err);
	if (!rc)
		rc = parse_report(
			json_object_get(evidence, "attestation_report"), out->report, err);
	if (rc || !chain || json_is_null(chain))
		return rc;
	if (!json_is_array(chain))
		return error_fail(err, HC_EFORMAT, "cert_chain", "no array");
	for (size_t i = 0; !rc && i < json_array_size(chain); i++)
		rc = parse_cert(json_array_get(chain, i), out, err);
	return rc;
}

void snp_evidence_fini(struct snp_evidence *evidence)
{
	for (size_t i = 0; i < SNP_JSON_CERTS_MAX; i++)
		bytes_free(&evidence->cert[i]);
	evidence->cert_count = 0;
}

static json_t *build_bytes(const uint8_t *data, size_t size)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < size; i++)
		if (json_array_append_new(array, json_integer(data[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static json_t *build_tcb(const uint8_t *raw, bool turin)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < sizeof(tcb_members) / sizeof(tcb_members[0]); i++) {
		uint8_t at = turin ? tcb_members[i].turin : tcb_members[i].genoa;
		json_t *v = at == 0xff ? json_null() : json_integer(raw[at]);

		if (json_object_set_new(object, tcb_members[i].name, v)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

static json_t *build_field(const struct field *f, const uint8_t *raw, bool turin)
{
	const uint8_t *at = raw + f->offset;
	uint64_t v = 0;

	switch (f->kind) {
	case NUMBER:
		for (size_t i = 0; i < f->size; i++)
			v |= (uint64_t)at[i] << (8 * i);
		/* jansson has no unsigned integers; the caller takes NULL as a refusal. */
		return v >> 63 ? NULL : json_integer((json_int_t)v);
	case BYTES:
		return build_bytes(at, f->size);
	case TCB:
		return build_tcb(at, turin);
	case FIRMWARE:
	default:
		return json_pack("{s:i, s:i, s:i}", "major", at[2], "minor", at[1], "build", at[0]);
	}
}

static json_t *build_report(const uint8_t *raw, uint32_t version)
{
	json_t *report = json_object();
	bool turin = version >= 3 && raw[OFFSET_FAMILY] == FAMILY_ZEN5;
	int rc = report ? 0 : -1;

	for (size_t i = 0; !rc && i < FIELDS; i++) {
		const struct field *f = &fields[i];

		rc = json_object_set_new(report, f->name,
			version < f->since ? json_null() : build_field(f, raw, turin));
	}
	if (!rc)
		rc = json_object_set_new(report, "signature",
			json_pack("{s:o, s:o}", "r", build_bytes(raw + OFFSET_R, COMPONENT_SIZE),
				"s", build_bytes(raw + OFFSET_S, COMPONENT_SIZE)));
	if (rc) {
		json_decref(report);
		return NULL;
	}
	return report;
}

static json_t *build_chain(const struct cert_table *table)
{
	static const char *const names[] = {
		[CERT_TABLE_OTHER] = NULL,
		[CERT_TABLE_VCEK] = "VCEK",
		[CERT_TABLE_VLEK] = "VLEK",
		[CERT_TABLE_ASK] = "ASK",
		[CERT_TABLE_ARK] = "ARK",
		[CERT_TABLE_CRL] = "CRL",
	};
	json_t *chain = json_array();

	for (size_t i = 0; chain && i < table->count; i++) {
		const struct cert_table_entry *e = &table->entry[i];
		json_t *entry;

		if (!names[e->kind] || e->data.len > SNP_JSON_CERT_SIZE)
			continue;
		entry = json_pack("{s:s, s:o}", "cert_type", names[e->kind], "data",
			build_bytes(e->data.data, e->data.len));
		if (json_array_append_new(chain, entry)) {
			json_decref(chain);
			return NULL;
		}
	}
	return chain;
}

int snp_json_build(struct view report, struct view table, json_t **out, struct error *err)
{
	struct cert_table certs = {0};
	json_t *r, *chain;
	uint32_t version;
	int rc;

	*out = NULL;
	if (report.len != SNP_JSON_REPORT_SIZE)
		return error_fail(err, HC_EFORMAT, "SNP report", "%zu bytes", report.len);
	version = get_le32(report.data);
	if (version < VERSION_MIN || version > VERSION_MAX)
		return error_fail(err, HC_EUNSUPPORTED, "SNP report", "version %u", version);
	rc = table.len ? cert_table_parse(&certs, table, err) : 0;
	if (rc)
		return rc;
	r = build_report(report.data, version);
	chain = table.len ? build_chain(&certs) : json_null();
	/* json_pack takes both over, also when it fails. */
	*out = json_pack("{s:o, s:o}", "attestation_report", r, "cert_chain", chain);
	return *out ? 0 : error_fail(err, HC_ENOMEM, "SNP report", "not expressible as JSON");
}
