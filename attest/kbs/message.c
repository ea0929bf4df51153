/* SPDX-License-Identifier: Apache-2.0 */
/* The bodies of the KBS attestation protocol. */
#include "attest/kbs/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "common/json.h"

static int parse(struct view body, const char *what, json_t **out, struct error *err)
{
	return json_parse_object(
		out, body.data ? (const char *)body.data : "", body.len, what, err);
}

static int check_hashes(const json_t *extra, struct error *err)
{
	const json_t *list = json_object_get(extra, "supported-hash-algorithms");
	bool found = !list;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));

		found = found || (name && !strcmp(name, "sha384"));
	}
	if (found)
		return 0;
	error_fail(err, HC_EUNSUPPORTED, "auth.extra-params", "hashes without sha384");
	return HC_EUNSUPPORTED;
}

static int check_auth(const json_t *obj, struct error *err)
{
	static const char *const names[] = {"version", "tee", "extra-params", NULL};
	const char *version, *tee;
	int rc = json_only(obj, "auth", names, err);

	if (!rc)
		rc = json_get_string(obj, "auth", "version", &version, err);
	if (!rc && strcmp(version, KBS_VERSION)) {
		rc = error_fail(err, HC_EMISMATCH, "auth.version", "\"%.40s\"", version);
		error_expected(err, "%s", KBS_VERSION);
	}
	if (!rc)
		rc = json_get_string(obj, "auth", "tee", &tee, err);
	if (!rc && strcmp(tee, "snp")) {
		rc = error_fail(err, HC_EUNSUPPORTED, "auth.tee", "\"%.40s\"", tee);
		error_expected(err, "snp");
	}
	return rc ? rc : check_hashes(json_object_get(obj, "extra-params"), err);
}

int kbs_auth_parse(struct view body, struct error *err)
{
	json_t *obj = NULL;
	int rc = parse(body, "auth", &obj, err);

	if (!rc)
		rc = check_auth(obj, err);
	json_decref(obj);
	return rc;
}

static int parse_runtime(const json_t *obj, struct kbs_attest *out, struct error *err)
{
	static const char *const names[] = {"nonce", "tee-pubkey", NULL};
	const json_t *runtime = json_object_get(obj, "runtime-data");
	const char *nonce;
	int rc;

	if (!json_is_object(runtime))
		return error_fail(err, HC_EFORMAT, "attest.runtime-data", "no object");
	rc = json_only(runtime, "attest.runtime-data", names, err);
	if (!rc)
		rc = json_get_string(runtime, "attest.runtime-data", "nonce", &nonce, err);
	if (!rc && strlen(nonce) != KBS_NONCE_TEXT_SIZE - 1)
		rc = error_fail(err, HC_EFORMAT, "attest.runtime-data.nonce", "%zu characters",
			strlen(nonce));
	if (rc)
		return rc;
	memcpy(out->nonce, nonce, KBS_NONCE_TEXT_SIZE);
	rc = jwk_parse_ec(json_object_get(runtime, "tee-pubkey"), "attest.runtime-data.tee-pubkey",
		JWK_ALG_KBS, &out->key, err);
	if (!rc && out->key.curve != CRYPTO_P256)
		rc = error_fail(err, HC_EUNSUPPORTED, "tee-pubkey", "a curve other than P-256");
	return rc;
}

static int parse_evidence(const json_t *obj, struct kbs_attest *out, struct error *err)
{
	static const char *const names[] = {"primary_evidence", "additional_evidence", NULL};
	const json_t *evidence = json_object_get(obj, "tee-evidence");
	const char *additional;
	int rc;

	if (!json_is_object(evidence))
		return error_fail(err, HC_EFORMAT, "attest.tee-evidence", "no object");
	rc = json_only(evidence, "attest.tee-evidence", names, err);
	if (!rc)
		rc = json_get_string(
			evidence, "attest.tee-evidence", "additional_evidence", &additional, err);
	if (!rc && additional[0])
		rc = error_fail(err, HC_EUNSUPPORTED, "attest.tee-evidence.additional_evidence",
			"evidence of devices");
	return rc ? rc
		  : snp_json_parse(
			    json_object_get(evidence, "primary_evidence"), &out->evidence, err);
}

int kbs_attest_parse(struct view body, struct kbs_attest *out, struct error *err)
{
	static const char *const names[] = {"init-data", "runtime-data", "tee-evidence", NULL};
	const json_t *init;
	json_t *obj = NULL;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = parse(body, "attest", &obj, err);
	if (!rc)
		rc = json_only(obj, "attest", names, err);
	init = json_object_get(obj, "init-data");
	if (!rc && init && !json_is_null(init))
		rc = error_fail(err, HC_EUNSUPPORTED, "attest.init-data", "init data");
	if (!rc)
		rc = parse_runtime(obj, out, err);
	if (!rc)
		rc = parse_evidence(obj, out, err);
	json_decref(obj);
	return rc;
}

void kbs_attest_fini(struct kbs_attest *attest)
{
	snp_evidence_fini(&attest->evidence);
}

/* Takes `obj` over; NULL is a failed build. */
static int dump(json_t *obj, struct bytes *out, struct error *err)
{
	char *text = obj ? json_dumps(obj, JSON_COMPACT) : NULL;
	int rc = text ? bytes_append(out, text, strlen(text)) : HC_ENOMEM;

	free(text);
	json_decref(obj);
	return rc ? error_fail(err, HC_ENOMEM, "KBS message", "not written") : 0;
}

int kbs_auth_build(struct bytes *out, struct error *err)
{
	return dump(json_pack("{s:s, s:s, s:{s:[s]}}", "version", KBS_VERSION, "tee", "snp",
			    "extra-params", "supported-hash-algorithms", "sha384"),
		out, err);
}

int kbs_attest_build(const struct crypto_ec_public *key, const char *nonce, struct view report,
	struct view table, struct bytes *out, struct error *err)
{
	json_t *evidence = NULL, *key_json = NULL;
	struct bytes jwk = {0};
	int rc = jwk_write_ec(key, JWK_ALG_KBS, &jwk, err);

	if (!rc)
		rc = parse(bytes_view(&jwk), "tee-pubkey", &key_json, err);
	if (!rc)
		rc = snp_json_build(report, table, &evidence, err);
	if (!rc)
		rc = dump(
			json_pack("{s:n, s:{s:s, s:O}, s:{s:O, s:s}}", "init-data", "runtime-data",
				"nonce", nonce, "tee-pubkey", key_json, "tee-evidence",
				"primary_evidence", evidence, "additional_evidence", ""),
			out, err);
	json_decref(evidence);
	json_decref(key_json);
	bytes_free(&jwk);
	return rc;
}

int kbs_challenge_parse(struct view body, char *nonce, size_t cap, struct error *err)
{
	static const char *const names[] = {"nonce", "extra-params", NULL};
	const char *text;
	json_t *obj = NULL;
	int rc = parse(body, "challenge", &obj, err);

	if (!rc)
		rc = json_only(obj, "challenge", names, err);
	if (!rc)
		rc = json_get_string(obj, "challenge", "nonce", &text, err);
	if (!rc && (!text[0] || strlen(text) >= cap))
		rc = error_fail(err, HC_ERANGE, "challenge.nonce", "%zu bytes", strlen(text));
	if (!rc)
		memcpy(nonce, text, strlen(text) + 1);
	json_decref(obj);
	return rc;
}

void kbs_error_text(struct view body, char *out, size_t cap)
{
	const char *type = NULL, *detail = NULL, *short_type;
	json_t *obj = NULL;

	out[0] = '\0';
	if (!parse(body, "error", &obj, NULL) &&
		!json_opt_string(obj, "error", "type", &type, NULL) &&
		!json_opt_string(obj, "error", "detail", &detail, NULL)) {
		short_type = type ? strrchr(type, '/') : NULL;
		snprintf(
			out, cap, "%s: %s", short_type ? short_type + 1 : "", detail ? detail : "");
	}
	for (char *c = out; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
	json_decref(obj);
}
