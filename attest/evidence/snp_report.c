/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of the SEV-SNP attestation report at their offsets (SEV-SNP Firmware ABI, section 7.3).
 * Decides nothing about trust.
 */
#include "attest/evidence/snp_report.h"

#include <strings.h>

#include "attest/evidence/snp_report_abi.h"
#include "common/messages.h"

static void load_ids(struct snp_report *out)
{
	const uint8_t *p = out->raw;

	memcpy(out->family_id, p + SNP_OFF_FAMILY_ID, sizeof(out->family_id));
	memcpy(out->image_id, p + SNP_OFF_IMAGE_ID, sizeof(out->image_id));
	memcpy(out->report_data, p + SNP_OFF_REPORT_DATA, sizeof(out->report_data));
	memcpy(out->measurement, p + SNP_OFF_MEASUREMENT, sizeof(out->measurement));
	memcpy(out->host_data, p + SNP_OFF_HOST_DATA, sizeof(out->host_data));
	memcpy(out->id_key_digest, p + SNP_OFF_ID_KEY_DIGEST, sizeof(out->id_key_digest));
	memcpy(out->author_key_digest, p + SNP_OFF_AUTHOR_KEY_DIGEST,
		sizeof(out->author_key_digest));
	memcpy(out->report_id, p + SNP_OFF_REPORT_ID, sizeof(out->report_id));
	memcpy(out->report_id_ma, p + SNP_OFF_REPORT_ID_MA, sizeof(out->report_id_ma));
	memcpy(out->chip_id, p + SNP_OFF_CHIP_ID, sizeof(out->chip_id));
}

static struct snp_version load_version(const uint8_t *p)
{
	return (struct snp_version){.build = p[0], .minor = p[1], .major = p[2]};
}

static void load_tcb(struct snp_report *out)
{
	const uint8_t *p = out->raw;

	memcpy(out->current_tcb, p + SNP_OFF_CURRENT_TCB, 8);
	memcpy(out->reported_tcb, p + SNP_OFF_REPORTED_TCB, 8);
	memcpy(out->committed_tcb, p + SNP_OFF_COMMITTED_TCB, 8);
	memcpy(out->launch_tcb, p + SNP_OFF_LAUNCH_TCB, 8);
	out->current = load_version(p + SNP_OFF_CURRENT_VERSION);
	out->committed = load_version(p + SNP_OFF_COMMITTED_VERSION);
}

static void load_by_version(struct snp_report *out)
{
	const uint8_t *p = out->raw;

	out->has_cpuid = out->version >= 3;
	if (out->has_cpuid) {
		out->cpuid_fam_id = p[SNP_OFF_CPUID_FAM_ID];
		out->cpuid_mod_id = p[SNP_OFF_CPUID_MOD_ID];
		out->cpuid_step = p[SNP_OFF_CPUID_STEP];
	}
	out->has_mit_vector = out->version >= 5;
	if (out->has_mit_vector) {
		out->launch_mit_vector = get_le64(p + SNP_OFF_LAUNCH_MIT_VECTOR);
		out->current_mit_vector = get_le64(p + SNP_OFF_CURRENT_MIT_VECTOR);
	}
	out->has_etcb = out->version >= 6;
	if (out->has_etcb) {
		memcpy(out->current_etcb, p + SNP_OFF_CURRENT_ETCB, SNP_ETCB_SIZE);
		memcpy(out->launch_etcb, p + SNP_OFF_LAUNCH_ETCB, SNP_ETCB_SIZE);
		memcpy(out->committed_etcb, p + SNP_OFF_COMMITTED_ETCB, SNP_ETCB_SIZE);
	}
}

int snp_report_parse(struct snp_report *out, struct view bytes, struct error *err)
{
	const uint8_t *p = out->raw;

	memset(out, 0, sizeof(*out));
	if (bytes.len != SNP_REPORT_SIZE) {
		int code = bytes.len < SNP_REPORT_SIZE ? HC_ETRUNCATED : HC_ERANGE;

		error_fail(err, code, "report", N_("%zu bytes"), bytes.len);
		error_expected(err, "%d bytes", SNP_REPORT_SIZE);
		error_section(err, "SNP ABI 7.3");
		return code;
	}
	memcpy(out->raw, bytes.data, SNP_REPORT_SIZE);
	out->version = get_le32(p + SNP_OFF_VERSION);
	out->guest_svn = get_le32(p + SNP_OFF_GUEST_SVN);
	out->policy = get_le64(p + SNP_OFF_POLICY);
	out->vmpl = get_le32(p + SNP_OFF_VMPL);
	out->signature_algo = get_le32(p + SNP_OFF_SIGNATURE_ALGO);
	out->platform_info = get_le64(p + SNP_OFF_PLATFORM_INFO);
	out->key_info = get_le32(p + SNP_OFF_KEY_INFO);
	load_ids(out);
	load_tcb(out);
	load_by_version(out);
	bytes_reverse(out->signature_r, p + SNP_OFF_SIGNATURE_R, sizeof(out->signature_r));
	bytes_reverse(out->signature_s, p + SNP_OFF_SIGNATURE_S, sizeof(out->signature_s));
	out->signature_fits = bytes_all_zero(p + SNP_OFF_SIGNATURE_R + 48, 24) &&
			      bytes_all_zero(p + SNP_OFF_SIGNATURE_S + 48, 24);
	return 0;
}

enum snp_version_support snp_report_version_support(uint32_t version)
{
	switch (version) {
	case 2:
	case 3:
	case 5:
	case 6:
		return SNP_VERSION_FULL;
	case 4:
		return SNP_VERSION_PARSED;
	default:
		return SNP_VERSION_UNKNOWN;
	}
}

/*
 * Byte ranges [from, to) that are zero in reports of version `min` to `max`; with `known_only`, on
 * the products known here, which have no extended TCB.
 */
static const struct {
	uint16_t from, to;
	uint32_t min, max;
	bool known_only;
	const char *name;
} reserved[] = {
	{0x04c, 0x050, 0, UINT32_MAX, false, "reserved 0x04C"},
	{0x188, 0x1a0, 0, 2, false, "reserved 0x188"},
	{0x18b, 0x1a0, 3, UINT32_MAX, false, "reserved 0x18B"},
	{0x1eb, 0x1ec, 0, UINT32_MAX, false, "reserved 0x1EB"},
	{0x1ef, 0x1f0, 0, UINT32_MAX, false, "reserved 0x1EF"},
	{0x1f8, 0x208, 0, 4, false, "reserved 0x1F8"},
	{0x208, 0x220, 0, UINT32_MAX, false, "reserved 0x208"},
	{0x220, 0x280, 0, 5, false, "reserved 0x220"},
	{0x220, 0x280, 6, UINT32_MAX, true, "extended TCB on a product without one"},
	{0x280, 0x2a0, 0, UINT32_MAX, false, "reserved 0x280"},
	{0x2d0, 0x2e8, 0, UINT32_MAX, false, "upper bytes of SIGNATURE.R"},
	{0x318, 0x330, 0, UINT32_MAX, false, "upper bytes of SIGNATURE.S"},
	{0x330, 0x4a0, 0, UINT32_MAX, false, "reserved after the signature"},
};

static int range_zero(const struct snp_report *report, size_t from, size_t to, const char *name,
	struct error *err)
{
	for (size_t at = from; at < to; at++) {
		if (!report->raw[at])
			continue;
		error_fail(err, HC_EFORMAT, name, N_("0x%02x at 0x%03zx"), report->raw[at], at);
		error_expected(err, "zero");
		error_at(err, at);
		return HC_EFORMAT;
	}
	return 0;
}

/*
 * Bytes that the product's layout of TCB_VERSION reserves, where the report tells the product.
 * REPORTED_TCB is compared whole with the certificate (snp.tcb).
 */
static int tcbs_zero(const struct snp_report *report, enum snp_product product, struct error *err)
{
	static const struct {
		uint16_t at;
		const char *name;
	} tcbs[] = {
		{SNP_OFF_CURRENT_TCB, "reserved in CURRENT_TCB"},
		{SNP_OFF_COMMITTED_TCB, "reserved in COMMITTED_TCB"},
		{SNP_OFF_LAUNCH_TCB, "reserved in LAUNCH_TCB"},
	};
	size_t from = product == SNP_PRODUCT_TURIN ? 4 : 2;
	size_t len = product == SNP_PRODUCT_TURIN ? 3 : 4;
	int rc = 0;

	for (size_t i = 0; i < sizeof(tcbs) / sizeof(tcbs[0]) && !rc; i++)
		rc = range_zero(
			report, tcbs[i].at + from, tcbs[i].at + from + len, tcbs[i].name, err);
	return rc;
}

int snp_report_reserved_valid(const struct snp_report *report, struct error *err)
{
	enum snp_product product = snp_report_product(report);
	bool known = product != SNP_PRODUCT_UNKNOWN;
	int rc = known ? tcbs_zero(report, product, err) : 0;

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]) && !rc; i++)
		if (report->version >= reserved[i].min && report->version <= reserved[i].max &&
			(known || !reserved[i].known_only))
			rc = range_zero(
				report, reserved[i].from, reserved[i].to, reserved[i].name, err);
	return rc;
}

/* Combined family and model ranges of AMD's product lines (CPUID Fn0000_0001_EAX). */
static const struct {
	uint8_t family, from, to;
	enum snp_product product;
} models[] = {
	{0x19, 0x00, 0x0f, SNP_PRODUCT_MILAN},
	{0x19, 0x10, 0x1f, SNP_PRODUCT_GENOA},
	{0x19, 0xa0, 0xaf, SNP_PRODUCT_GENOA}, /* Bergamo, Siena */
	{0x1a, 0x00, 0x1f, SNP_PRODUCT_TURIN},
};

enum snp_product snp_report_product(const struct snp_report *report)
{
	if (!report->has_cpuid)
		return SNP_PRODUCT_UNKNOWN;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (report->cpuid_fam_id == models[i].family &&
			report->cpuid_mod_id >= models[i].from &&
			report->cpuid_mod_id <= models[i].to)
			return models[i].product;
	return SNP_PRODUCT_UNKNOWN;
}

static const char *const product_names[] = {
	[SNP_PRODUCT_UNKNOWN] = "unknown",
	[SNP_PRODUCT_MILAN] = "milan",
	[SNP_PRODUCT_GENOA] = "genoa",
	[SNP_PRODUCT_TURIN] = "turin",
};

const char *snp_product_name(enum snp_product product)
{
	return product_names[product <= SNP_PRODUCT_TURIN ? product : SNP_PRODUCT_UNKNOWN];
}

enum snp_product snp_product_from_name(const char *name, size_t len)
{
	for (int p = SNP_PRODUCT_MILAN; p <= SNP_PRODUCT_TURIN; p++)
		if (len == strlen(product_names[p]) && !strncasecmp(name, product_names[p], len))
			return (enum snp_product)p;
	return SNP_PRODUCT_UNKNOWN;
}

void snp_tcb_decode(struct snp_tcb *out, const uint8_t raw[8], enum snp_product product)
{
	*out = (struct snp_tcb){.has_layout = product != SNP_PRODUCT_UNKNOWN};
	memcpy(out->raw, raw, sizeof(out->raw));
	if (!out->has_layout)
		return;
	out->microcode = raw[7];
	if (product == SNP_PRODUCT_TURIN) {
		out->has_fmc = true;
		out->fmc = raw[0];
		out->bootloader = raw[1];
		out->tee = raw[2];
		out->snp = raw[3];
		out->reserved_zero = bytes_all_zero(raw + 4, 3);
		return;
	}
	out->bootloader = raw[0];
	out->tee = raw[1];
	out->snp = raw[6];
	out->reserved_zero = bytes_all_zero(raw + 2, 4);
}

bool snp_tcb_at_least(const struct snp_tcb *a, const struct snp_tcb *b)
{
	return a->has_layout && b->has_layout && a->has_fmc == b->has_fmc && a->fmc >= b->fmc &&
	       a->bootloader >= b->bootloader && a->tee >= b->tee && a->snp >= b->snp &&
	       a->microcode >= b->microcode;
}

size_t snp_chip_id_size(enum snp_product product)
{
	return product == SNP_PRODUCT_TURIN ? 8 : SNP_CHIP_ID_SIZE;
}
