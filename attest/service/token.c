/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of an EAR token. */
#include "attest/service/token.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "attest/jose/jws.h"
#include "common/hex.h"
#include "common/json.h"

/* Values of the trustworthiness vector, draft-ietf-rats-ar4si section 2.3. */
#define AR4SI_NONE                   0
#define AR4SI_CONFIGURATION_APPROVED 2
#define AR4SI_BOOT_APPROVED          3
#define AR4SI_HARDWARE_GENUINE       2
#define AR4SI_MEMORY_ENCRYPTED       2

static json_t *hex(const uint8_t *data, size_t len)
{
	char text[2 * 64 + 1];

	hex_encode(text, data, len);
	return json_string(text);
}

static json_t *flag(uint64_t word, uint64_t bit)
{
	return json_boolean(word & bit);
}

/* Of a simulated root nothing is known about hardware or memory: "no claim". */
static json_t *vector(bool simulated)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "instance-identity",
		AR4SI_NONE, "configuration", AR4SI_CONFIGURATION_APPROVED, "executables",
		AR4SI_BOOT_APPROVED, "file-system", AR4SI_NONE, "hardware",
		simulated ? AR4SI_NONE : AR4SI_HARDWARE_GENUINE, "runtime-opaque",
		simulated ? AR4SI_NONE : AR4SI_MEMORY_ENCRYPTED, "storage-opaque", AR4SI_NONE,
		"sourced-data", AR4SI_NONE);
}

/* The names under which Trustee shows the claims to resource policies. */
static json_t *snp_claims(const struct claims *c)
{
	const struct snp_report *r = &c->snp.report;

	return json_pack("{s:o, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:i, "
			 "s:i, s:i, s:i}",
		"measurement", hex(r->measurement, sizeof(r->measurement)), "report_data",
		hex(r->report_data, sizeof(r->report_data)), "init_data",
		hex(r->host_data, sizeof(r->host_data)), "chip_id",
		hex(r->chip_id, sizeof(r->chip_id)), "policy_abi_major",
		(int)(r->policy >> 8 & 255), "policy_abi_minor", (int)(r->policy & 255),
		"policy_smt_allowed", flag(r->policy, SNP_POLICY_SMT), "policy_migrate_ma",
		flag(r->policy, SNP_POLICY_MIGRATE_MA), "policy_debug_allowed",
		flag(r->policy, SNP_POLICY_DEBUG), "policy_single_socket",
		flag(r->policy, SNP_POLICY_SINGLE_SOCKET), "platform_smt_enabled",
		flag(r->platform_info, SNP_PLATFORM_SMT_EN), "platform_tsme_enabled",
		flag(r->platform_info, SNP_PLATFORM_TSME_EN), "reported_tcb_bootloader",
		c->snp.reported.bootloader, "reported_tcb_tee", c->snp.reported.tee,
		"reported_tcb_snp", c->snp.reported.snp, "reported_tcb_microcode",
		c->snp.reported.microcode, "vmpl", (int)r->vmpl);
}

static json_t *evidence(const struct token_input *in)
{
	const struct verdict *v = in->verdict;
	json_t *runtime = NULL;

	if (json_parse_object(&runtime, (const char *)in->runtime_data.data, in->runtime_data.len,
		    "runtime data", NULL))
		return NULL;
	return json_pack("{s:o, s:o, s:b, s:s, s:o, s:s}", "runtime_data_claims", runtime, "snp",
		snp_claims(&v->claims), "simulated", v->root.simulated, "root", v->root.name,
		"evidence_sha384", hex(v->evidence_sha384, sizeof(v->evidence_sha384)),
		"revocation", verdict_revocation_name(v->revocation));
}

#define POLICY_ID_SIZE (7 + 2 * 48 + 1)

static void policy_id(char out[POLICY_ID_SIZE], const uint8_t *sha384)
{
	memcpy(out, "sha384:", 7);
	hex_encode(out + 7, sha384, 48);
}

static json_t *submod(const struct token_input *in)
{
	char policy[POLICY_ID_SIZE];

	policy_id(policy, in->verdict->policy_sha384);
	return json_pack("{s:s, s:o, s:s, s:o}", "ear.status", "affirming",
		"ear.trustworthiness-vector", vector(in->verdict->root.simulated),
		"ear.appraisal-policy-id", policy, "ear.veraison.annotated-evidence", evidence(in));
}

int token_build(const struct token_input *in, struct bytes *out, struct error *err)
{
	const char *build = in->verdict->root.simulated
				    ? "hc-verifierd (SIMULATED ROOT - NOT HARDWARE)"
				    : "hc-verifierd";
	json_t *token;
	char *text;
	int rc = 0;

	if (in->verdict->value != VERDICT_TRUSTED || !in->verdict->has_root)
		return error_fail(err, HC_EDENIED, "token", "a verdict that is not TRUSTED");
	token = json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:o}}", "eat_profile",
		TOKEN_PROFILE, "iat", (json_int_t)in->issued, "exp", (json_int_t)in->expires, "iss",
		in->issuer, "jti", in->id, "eat_nonce", in->nonce, "ear.verifier-id", "developer",
		"Huis Clos", "build", build, "submods", "cpu0", submod(in));
	text = token ? json_dumps(token, JSON_COMPACT) : NULL;
	if (!text || bytes_append(out, text, strlen(text)))
		rc = error_fail(err, HC_ENOMEM, "token", "not written");
	else if (strncmp(text, TOKEN_PREFIX, strlen(TOKEN_PREFIX)) != 0)
		rc = error_fail(err, HC_EINTERNAL, "token", "members out of order");
	free(text);
	json_decref(token);
	return rc;
}

/* HC_EMISMATCH unless the member is this text. */
static int expect(const json_t *obj, const char *name, const char *value, struct error *err)
{
	const char *found;
	int rc = json_get_string(obj, "token", name, &found, err);

	if (rc || !strcmp(found, value))
		return rc;
	return error_fail(err, HC_EMISMATCH, "token", "%s \"%.100s\"", name, found);
}

static int check_dates(const json_t *token, int64_t now, struct error *err)
{
	uint64_t iat, exp;
	int rc = json_get_u64(token, "token", "iat", 0, INT64_MAX, &iat, err);

	if (!rc)
		rc = json_get_u64(token, "token", "exp", 0, INT64_MAX, &exp, err);
	if (!rc && (now < (int64_t)iat || now >= (int64_t)exp))
		rc = error_fail(err, HC_EEXPIRED, "token", "out of date");
	return rc;
}

static int check_claims(const json_t *token, const struct token_expected *expected,
	struct crypto_ec_public *guest, struct error *err)
{
	const json_t *cpu = json_object_get(json_object_get(token, "submods"), "cpu0");
	const json_t *evidence = json_object_get(cpu, "ear.veraison.annotated-evidence");
	const json_t *runtime = json_object_get(evidence, "runtime_data_claims");
	char policy[POLICY_ID_SIZE];
	int rc = expect(token, "eat_profile", TOKEN_PROFILE, err);

	policy_id(policy, expected->policy_sha384);
	if (!rc)
		rc = expect(token, "iss", expected->issuer, err);
	if (!rc)
		rc = check_dates(token, expected->now, err);
	if (!rc)
		rc = expect(cpu, "ear.status", "affirming", err);
	if (!rc)
		rc = expect(cpu, "ear.appraisal-policy-id", policy, err);
	if (!rc)
		rc = jwk_parse_ec(json_object_get(runtime, "tee-pubkey"), "token.tee-pubkey",
			JWK_ALG_KBS, guest, err);
	return rc;
}

int token_check(struct view token, const struct token_expected *expected,
	struct crypto_ec_public *guest, struct error *err)
{
	struct bytes payload = {0};
	json_t *json = NULL;
	int rc = jws_verify(expected->key, token, &payload, err);

	memset(guest, 0, sizeof(*guest));
	if (!rc)
		rc = json_parse_object(
			&json, (const char *)payload.data, payload.len, "token", err);
	if (!rc)
		rc = check_claims(json, expected, guest, err);
	if (rc)
		memset(guest, 0, sizeof(*guest));
	json_decref(json);
	bytes_free(&payload);
	return rc;
}
