/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of a report as JSON, decoded, and raw where decoding loses something. */
#include <stdio.h>

#include "attest/evidence/snp_bits.h"
#include "attest/result/claims_json.h"
#include "attest/result/json_build.h"
#include "attest/result/verdict.h"
#include "common/hex.h"

static void add_tcb(json_t *obj, const char *name, const struct snp_tcb *tcb, bool *bad)
{
	json_t *out = json_add_object(obj, name, bad);

	json_add_hex(out, "raw", tcb->raw, sizeof(tcb->raw), bad);
	/* Without the product there is no layout: version 2 reports say it in the certificate only.
	 */
	if (!tcb->has_layout)
		return;
	if (tcb->has_fmc)
		json_add_int(out, "fmc", tcb->fmc, bad);
	json_add_int(out, "bootloader", tcb->bootloader, bad);
	json_add_int(out, "tee", tcb->tee, bad);
	json_add_int(out, "snp", tcb->snp, bad);
	json_add_int(out, "microcode", tcb->microcode, bad);
	json_add_bool(out, "reserved_zero", tcb->reserved_zero, bad);
}

static json_t *add_bits(
	json_t *obj, const char *name, uint64_t value, const struct evidence_bit *bits, bool *bad)
{
	json_t *out = json_add_object(obj, name, bad);

	json_add_format(out, "raw", bad, "0x%016llx", (unsigned long long)value);
	for (; bits->mask; bits++)
		json_add_bool(out, bits->name, value & bits->mask, bad);
	return out;
}

/* The numbers of the bits that are set, or "none". */
static void add_bit_numbers(json_t *obj, const char *name, uint64_t value, bool *bad)
{
	char text[256] = "none";
	size_t used = 0;

	for (unsigned int i = 0; i < 64; i++)
		if (value >> i & 1)
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s%u", used ? ", " : "", i);
	json_add_string(obj, name, text, bad);
}

/* AMD gives each bit a number and a bulletin, no name. */
static void add_mit_vector(json_t *obj, const char *name, uint64_t value, bool *bad)
{
	json_t *out = json_add_object(obj, name, bad);

	json_add_format(out, "raw", bad, "0x%016llx", (unsigned long long)value);
	add_bit_numbers(out, "bits_set", value, bad);
}

static void add_key_info(json_t *obj, const struct snp_report *r, bool *bad)
{
	static const char *const keys[8] = {[SNP_SIGNING_KEY_VCEK] = "VCEK",
		[SNP_SIGNING_KEY_VLEK] = "VLEK",
		[SNP_SIGNING_KEY_CHIP_SECRET] = "VCEK of the chip secret",
		[SNP_SIGNING_KEY_NONE] = "none"};
	json_t *out = json_add_object(obj, "key_info", bad);
	const char *key = keys[SNP_KEY_INFO_SIGNING_KEY(r->key_info)];

	json_add_format(out, "raw", bad, "0x%08x", r->key_info);
	json_add_bool(out, "author_key_en", r->key_info & SNP_KEY_INFO_AUTHOR_KEY_EN, bad);
	json_add_bool(out, "mask_chip_key", r->key_info & SNP_KEY_INFO_MASK_CHIP_KEY, bad);
	json_add_string(out, "signing_key", key ? key : "reserved", bad);
	json_add_int(out, "signing_key_value", SNP_KEY_INFO_SIGNING_KEY(r->key_info), bad);
	add_bit_numbers(out, "unknown_bits", r->key_info & SNP_KEY_INFO_RESERVED, bad);
}

static void add_identity(json_t *obj, const struct snp_report *r, bool *bad)
{
	json_add_hex(obj, "report_data", r->report_data, 64, bad);
	json_add_hex(obj, "measurement", r->measurement, 48, bad);
	json_add_hex(obj, "host_data", r->host_data, 32, bad);
	json_add_hex(obj, "id_key_digest", r->id_key_digest, 48, bad);
	json_add_hex(obj, "author_key_digest", r->author_key_digest, 48, bad);
	json_add_hex(obj, "report_id", r->report_id, 32, bad);
	json_add_hex(obj, "report_id_ma", r->report_id_ma, 32, bad);
	json_add_hex(obj, "chip_id", r->chip_id, 64, bad);
	json_add_bool(obj, "chip_id_masked", bytes_all_zero(r->chip_id, 64), bad);
	json_add_hex(obj, "family_id", r->family_id, 16, bad);
	json_add_hex(obj, "image_id", r->image_id, 16, bad);
}

static void add_by_version(json_t *obj, const struct snp_report *r, bool *bad)
{
	if (r->has_cpuid) {
		json_t *cpuid = json_add_object(obj, "cpuid", bad);

		json_add_int(cpuid, "family", r->cpuid_fam_id, bad);
		json_add_int(cpuid, "model", r->cpuid_mod_id, bad);
		json_add_int(cpuid, "stepping", r->cpuid_step, bad);
	}
	if (r->has_mit_vector) {
		add_mit_vector(obj, "launch_mit_vector", r->launch_mit_vector, bad);
		add_mit_vector(obj, "current_mit_vector", r->current_mit_vector, bad);
	}
	if (r->has_etcb) {
		json_add_hex(obj, "current_etcb", r->current_etcb, SNP_ETCB_SIZE, bad);
		json_add_hex(obj, "launch_etcb", r->launch_etcb, SNP_ETCB_SIZE, bad);
		json_add_hex(obj, "committed_etcb", r->committed_etcb, SNP_ETCB_SIZE, bad);
	}
}

static void add_signature(json_t *obj, const struct snp_report *r, bool *bad)
{
	json_t *out;

	json_add_int(obj, "signature_algo", r->signature_algo, bad);
	out = json_add_object(obj, "signature", bad);
	json_add_hex(out, "r", r->signature_r, sizeof(r->signature_r), bad);
	json_add_hex(out, "s", r->signature_s, sizeof(r->signature_s), bad);
	json_add_bool(out, "upper_bytes_zero", r->signature_fits, bad);
}

static void add_version(json_t *obj, const char *name, struct snp_version v, bool *bad)
{
	json_add_format(obj, name, bad, "%u.%u.%u", v.major, v.minor, v.build);
}

/* As a policy pins it. */
static void add_endorsement_key(json_t *obj, const uint8_t sha256[32], bool *bad)
{
	char hex[65];

	hex_encode(hex, sha256, 32);
	json_add_format(obj, "endorsement_key", bad, "sha256:%s", hex);
}

static void add_snp(json_t *obj, const struct claims *claims, bool *bad)
{
	const struct snp_report *r = &claims->snp.report;
	json_t *bits;

	json_add_int(obj, "version", r->version, bad);
	json_add_string(obj, "product", snp_product_name(claims->snp.product), bad);
	if (claims->snp.product_name[0])
		json_add_string(obj, "product_name", claims->snp.product_name, bad);
	if (claims->snp.has_endorsement_key)
		add_endorsement_key(obj, claims->snp.endorsement_key_sha256, bad);
	if (claims->snp.csp_id[0])
		json_add_string(obj, "csp_id", claims->snp.csp_id, bad);
	json_add_int(obj, "guest_svn", r->guest_svn, bad);
	json_add_int(obj, "vmpl", r->vmpl, bad);
	json_add_string(obj, "requested_by", r->vmpl <= SNP_VMPL_MAX ? "guest" : "host", bad);
	bits = add_bits(obj, "policy", r->policy, snp_policy_bits, bad);
	json_add_int(bits, "abi_major", (uint8_t)(r->policy >> 8), bad);
	json_add_int(bits, "abi_minor", (uint8_t)r->policy, bad);
	add_bit_numbers(bits, "unknown_bits", r->policy & SNP_POLICY_RESERVED_ZERO, bad);
	bits = add_bits(obj, "platform_info", r->platform_info, snp_platform_bits, bad);
	add_bit_numbers(bits, "unknown_bits", r->platform_info & SNP_PLATFORM_UNKNOWN, bad);
	add_key_info(obj, r, bad);
	add_identity(obj, r, bad);
	add_by_version(obj, r, bad);
	add_tcb(obj, "current_tcb", &claims->snp.current, bad);
	add_tcb(obj, "reported_tcb", &claims->snp.reported, bad);
	add_tcb(obj, "committed_tcb", &claims->snp.committed, bad);
	add_tcb(obj, "launch_tcb", &claims->snp.launch, bad);
	add_version(obj, "current_version", r->current, bad);
	add_version(obj, "committed_version", r->committed, bad);
	add_signature(obj, r, bad);
	json_add_bool(obj, "reserved_zero", !snp_report_reserved_valid(r, NULL), bad);
}

const char *claims_tee_name(enum claims_tee tee)
{
	switch (tee) {
	case CLAIMS_SEV_SNP:
		return "sev-snp";
	case CLAIMS_TDX:
		return "tdx";
	default:
		return "unknown";
	}
}

int claims_to_json(const struct claims *claims, json_t **out, struct error *err)
{
	bool bad = false;

	*out = json_object();
	bad = !*out;
	if (!bad && claims->tee == CLAIMS_SEV_SNP)
		add_snp(*out, claims, &bad);
	else if (!bad && claims->tee == CLAIMS_TDX)
		claims_tdx_json(*out, claims, &bad);
	if (!bad)
		return 0;
	json_decref(*out);
	*out = NULL;
	return error_fail(err, HC_ENOMEM, "claims", "no memory for JSON");
}
