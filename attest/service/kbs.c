/* SPDX-License-Identifier: Apache-2.0 */
/* The KBS attestation protocol, server side. */
#include "attest/service/kbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jwe.h"
#include "attest/kbs/binding.h"
#include "attest/kbs/message.h"
#include "attest/service/token.h"
#include "common/base64.h"
#include "common/hex.h"

#define RESOURCE_PREFIX "/kbs/v0/resource/"
#define ID_SIZE         16 /* of an appraisal: jti, archive folder, log */

/* --- answers --- */

void kbs_refuse(
	struct kbs_response *response, unsigned int status, const char *variant, const char *detail)
{
	char text[256];

	/* Both texts are constants of this program: nothing to escape. */
	snprintf(text, sizeof(text), "{\"type\":\"" KBS_ERROR_TYPE_BASE "%s\",\"detail\":\"%s\"}",
		variant, detail);
	bytes_free(&response->body);
	response->status = status;
	response->content_type = "application/json";
	response->set_cookie[0] = '\0';
	/* Without memory the answer is its status alone. */
	(void)!bytes_append(&response->body, text, strlen(text));
}

static void refuse_request(struct kbs_response *r)
{
	kbs_refuse(r, 400, "InvalidRequest", "the request is not understood");
}

static void refuse_session(struct kbs_response *r)
{
	kbs_refuse(r, 401, "InvalidSession", "no such session");
}

static void refuse_attestation(struct kbs_response *r)
{
	kbs_refuse(r, 401, "AttestationFailed", "attestation failed");
}

static void refuse_busy(struct kbs_response *r)
{
	kbs_refuse(r, 503, "Unavailable", "try again later");
}

void kbs_response_fini(struct kbs_response *response)
{
	bytes_free(&response->body);
}

/* --- the log --- */

static void log_refusal(const struct kbs *kbs, const struct kbs_request *req, const char *id,
	const struct error *err)
{
	char text[900];

	error_format(err, text, sizeof(text));
	log_line(kbs->log, LOG_LEVEL_WARN, "%s %.160s from %s%s%s refused: %s", req->method,
		req->path, req->peer, id[0] ? " appraisal " : "", id, text);
}

static void log_checks(const struct kbs *kbs, const char *id, const struct verdict *v)
{
	for (size_t i = 0; i < v->check_count; i++) {
		const struct check *c = &v->check[i];
		char text[240];

		if (c->outcome != CHECK_FAIL && c->outcome != CHECK_UNDECIDED && !c->warning)
			continue;
		check_text(c, MESSAGES_EN, text, sizeof(text));
		log_line(kbs->log, LOG_LEVEL_WARN,
			"appraisal %s: %s %s%s%s%s: %s; found \"%s\", expected \"%s\" (%s)", id,
			c->def ? c->def->id : "?",
			c->warning ? "warning" : check_outcome_name(c->outcome),
			c->block ? " in block \"" : "", c->block ? v->block[c->block - 1].name : "",
			c->block ? "\"" : "", text, c->found, c->expected,
			c->def ? c->def->section : "");
	}
}

static void log_verdict(const struct kbs *kbs, const struct kbs_request *req, const char *id,
	const struct verdict *v, const char *archived)
{
	char measurement[2 * 64 + 1] = "";

	hex_encode(measurement, v->claims.measurement, v->claims.measurement_len);
	log_line(kbs->log, v->value == VERDICT_TRUSTED ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
		"POST %s from %s appraisal %s verdict %s authentic %s revocation %s root %s%s "
		"measurement %s policy \"%s\" evidence %s",
		req->path, req->peer, id, verdict_name(v->value),
		verdict_authentic_name(v->authentic), verdict_revocation_name(v->revocation),
		v->has_root ? v->root.name : "none",
		v->has_root && v->root.simulated ? " (SIMULATED - NOT HARDWARE)" : "", measurement,
		v->policy_name, archived[0] ? archived : "not kept");
	log_checks(kbs, id, v);
}

/* --- sessions --- */

static int session_id(const struct kbs_request *req, uint8_t id[SESSION_ID_SIZE], struct error *err)
{
	if (!req->cookie)
		return error_fail(err, HC_EMISSING, "cookie", "none");
	/* The text is a bearer secret: hex_decode's own error would quote it. */
	if (strlen(req->cookie) != 2 * SESSION_ID_SIZE ||
		hex_decode(id, SESSION_ID_SIZE, req->cookie, "cookie", NULL))
		return error_fail(err, HC_EFORMAT, "cookie", "%zu characters", strlen(req->cookie));
	return 0;
}

static void set_cookie(const struct kbs *kbs, const struct session *s, struct kbs_response *r)
{
	char id[2 * SESSION_ID_SIZE + 1];

	hex_encode(id, s->id, SESSION_ID_SIZE);
	snprintf(r->set_cookie, sizeof(r->set_cookie),
		KBS_COOKIE "=%s; Path=/kbs; Max-Age=%lld; Secure; HttpOnly", id,
		(long long)(kbs->session_seconds + kbs->token_seconds));
	bytes_wipe(id, sizeof(id));
}

static int append_text(struct bytes *out, const char *text)
{
	return bytes_append(out, text, strlen(text));
}

/* --- POST auth --- */

static void refuse_auth(int rc, struct kbs_response *r)
{
	if (rc == HC_EMISMATCH)
		kbs_refuse(r, 401, "ProtocolVersion",
			KBS_VERSION_MISMATCH ": this server speaks " KBS_VERSION);
	else if (rc == HC_EUNSUPPORTED)
		kbs_refuse(r, 401, "UnsupportedTee", "TEE or hash algorithm not supported");
	else
		refuse_request(r);
}

static void handle_auth(struct kbs *kbs, const struct kbs_request *req, struct kbs_response *r)
{
	char nonce[KBS_NONCE_TEXT_SIZE], text[128];
	struct session session;
	struct error err = {0};
	int rc = kbs_auth_parse(req->body, &err);

	if (rc) {
		refuse_auth(rc, r);
		log_refusal(kbs, req, "", &err);
		return;
	}
	rc = kbs->sessions->ops->create(kbs->sessions, kbs->ops->now(kbs->ctx), &session, &err);
	if (!rc) {
		base64_encode(BASE64_STD, nonce, session.nonce, SESSION_NONCE_SIZE);
		snprintf(text, sizeof(text), "{\"nonce\":\"%s\",\"extra-params\":\"\"}", nonce);
		rc = append_text(&r->body, text);
	}
	if (rc) {
		refuse_busy(r);
		log_refusal(kbs, req, "", &err);
		return;
	}
	set_cookie(kbs, &session, r);
	bytes_wipe(&session, sizeof(session));
	log_line(kbs->log, LOG_LEVEL_INFO, "POST %s from %s challenge sent", req->path, req->peer);
}

/* --- POST attest --- */

/* One attempt to attest, from the claimed session to the token. */
struct attempt {
	struct session session;
	struct kbs_attest message;
	struct bytes runtime_data, token;
	uint8_t report_data[KBS_REPORT_DATA_SIZE];
	char id[2 * ID_SIZE + 1], archived[ARCHIVE_NAME_SIZE];
	int64_t now;
	struct verdict verdict;
};

static int check_nonce(const struct attempt *a, struct error *err)
{
	char expected[KBS_NONCE_TEXT_SIZE];

	base64_encode(BASE64_STD, expected, a->session.nonce, SESSION_NONCE_SIZE);
	if (bytes_equal_ct((const uint8_t *)expected, (const uint8_t *)a->message.nonce,
		    KBS_NONCE_TEXT_SIZE))
		return 0;
	return error_fail(err, HC_EMISMATCH, "runtime-data.nonce", "not this session's nonce");
}

static int appraise_attempt(struct kbs *kbs, struct attempt *a, struct error *err)
{
	const struct snp_evidence *e = &a->message.evidence;
	struct endorsements *set = NULL;
	int rc = mirror_with(kbs->mirror, e->cert, e->cert_count, &set, err);
	const struct appraise_input in = {
		.evidence = {e->report, sizeof(e->report)},
		.endorsements = set,
		.roots = kbs->roots,
		.policy = kbs->policy,
		.at = a->now,
		.report_data = a->report_data,
	};

	if (!rc)
		rc = kbs->ops->appraise(kbs->ctx, &in, &a->verdict, err);
	endorsements_free(set);
	return rc;
}

static int new_id(struct attempt *a, struct error *err)
{
	uint8_t raw[ID_SIZE];

	if (crypto_random(raw, sizeof(raw)))
		return error_fail(err, HC_EINTERNAL, "appraisal", "no randomness");
	hex_encode(a->id, raw, sizeof(raw));
	return 0;
}

static int issue_token(struct kbs *kbs, struct attempt *a, struct error *err)
{
	const struct token_input in = {
		.verdict = &a->verdict,
		.issuer = kbs->issuer,
		.id = a->id,
		.nonce = a->message.nonce,
		.runtime_data = bytes_view(&a->runtime_data),
		.issued = a->now,
		.expires = a->now + kbs->token_seconds,
	};
	struct bytes payload = {0};
	int rc = token_build(&in, &payload, err);

	if (!rc)
		rc = kbs->ops->sign(kbs->ctx, bytes_view(&payload), &a->token, err);
	bytes_free(&payload);
	if (rc)
		return rc;
	a->session.key = a->message.key;
	a->session.created = a->now;
	a->session.expires = in.expires;
	return kbs->sessions->ops->put_attested(kbs->sessions, a->now, &a->session, err);
}

static int write_token(const struct attempt *a, struct kbs_response *r, struct error *err)
{
	if (append_text(&r->body, "{\"token\":\"") ||
		bytes_append(&r->body, a->token.data, a->token.len) || append_text(&r->body, "\"}"))
		return error_fail(err, HC_ENOMEM, "token", "%zu bytes", a->token.len);
	return 0;
}

/* From here on the nonce is burned, and every failure is one of attestation or of ours. */
static void judge(
	struct kbs *kbs, const struct kbs_request *req, struct attempt *a, struct kbs_response *r)
{
	struct error err = {0};
	int rc = check_nonce(a, &err);

	if (rc) {
		refuse_attestation(r);
		log_refusal(kbs, req, a->id, &err);
		return;
	}
	rc = kbs_binding(
		&a->message.key, a->message.nonce, "", a->report_data, &a->runtime_data, &err);
	if (!rc)
		rc = appraise_attempt(kbs, a, &err);
	if (!rc)
		rc = archive_save(kbs->archive, a->id, &a->message.evidence,
			bytes_view(&a->runtime_data), &a->verdict, a->archived, &err);
	if (!rc)
		log_verdict(kbs, req, a->id, &a->verdict, a->archived);
	if (!rc && a->verdict.value != VERDICT_TRUSTED) {
		refuse_attestation(r);
		return;
	}
	if (!rc)
		rc = issue_token(kbs, a, &err);
	if (!rc)
		rc = write_token(a, r, &err);
	if (!rc)
		return;
	/* Not the guest's fault, and not on record: no secret, and the operator hears of it. */
	refuse_busy(r);
	log_refusal(kbs, req, a->id, &err);
}

static void free_attempt(struct attempt *a)
{
	if (!a)
		return;
	kbs_attest_fini(&a->message);
	bytes_free(&a->runtime_data);
	bytes_free(&a->token);
	bytes_wipe(&a->session, sizeof(a->session));
	free(a);
}

static void handle_attest(struct kbs *kbs, const struct kbs_request *req, struct kbs_response *r)
{
	struct attempt *a = calloc(1, sizeof(*a));
	uint8_t id[SESSION_ID_SIZE];
	struct error err = {0};
	int rc = a ? new_id(a, &err) : error_fail(&err, HC_ENOMEM, "attest", "no memory");

	if (!a || rc) {
		refuse_busy(r);
		log_refusal(kbs, req, "", &err);
		free_attempt(a);
		return;
	}
	a->now = kbs->ops->now(kbs->ctx);
	rc = session_id(req, id, &err);
	if (!rc)
		rc = kbs->sessions->ops->claim(kbs->sessions, a->now, id, &a->session, &err);
	if (rc) {
		refuse_session(r);
		log_refusal(kbs, req, a->id, &err);
	} else if (kbs_attest_parse(req->body, &a->message, &err)) {
		refuse_request(r);
		log_refusal(kbs, req, a->id, &err);
	} else {
		judge(kbs, req, a, r);
	}
	bytes_wipe(id, sizeof(id));
	free_attempt(a);
}

/* --- GET resource --- */

static void refuse_resource(int rc, struct kbs_response *r)
{
	if (rc == HC_EMISSING)
		kbs_refuse(r, 404, "ResourceNotFound", "no such resource");
	else
		refuse_busy(r);
}

static void release(struct kbs *kbs, const struct kbs_request *req,
	const struct crypto_ec_public *guest, const char *name_text, struct kbs_response *r)
{
	struct resource_name name;
	struct bytes plain = {0};
	struct error err = {0};
	int rc;

	if (resource_name_parse(name_text, &name, &err)) {
		kbs_refuse(r, 404, "InvalidRequestPath", "no such path");
		log_refusal(kbs, req, "", &err);
		return;
	}
	rc = kbs->resources->ops->get(kbs->resources, &name, &plain, &err);
	if (!rc)
		rc = jwe_seal(guest, bytes_view(&plain), &r->body, &err);
	bytes_free(&plain);
	if (rc) {
		refuse_resource(rc, r);
		log_refusal(kbs, req, "", &err);
		return;
	}
	log_line(kbs->log, LOG_LEVEL_INFO, "GET %s from %s released", req->path, req->peer);
}

/* The key of an attested session. */
static int session_key(struct kbs *kbs, const struct kbs_request *req,
	struct crypto_ec_public *guest, struct error *err)
{
	uint8_t id[SESSION_ID_SIZE];
	struct session session = {0};
	int rc = session_id(req, id, err);

	if (!rc)
		rc = kbs->sessions->ops->find_attested(
			kbs->sessions, kbs->ops->now(kbs->ctx), id, &session, err);
	*guest = session.key;
	bytes_wipe(&session, sizeof(session));
	bytes_wipe(id, sizeof(id));
	return rc;
}

static int bearer_key(struct kbs *kbs, const struct kbs_request *req,
	struct crypto_ec_public *guest, struct error *err)
{
	const struct token_expected expected = {
		kbs->token_key, kbs->issuer, kbs->policy->sha384, kbs->ops->now(kbs->ctx)};
	struct view token = {(const uint8_t *)req->bearer, strlen(req->bearer)};

	return token_check(token, &expected, guest, err);
}

static void handle_resource(struct kbs *kbs, const struct kbs_request *req, struct kbs_response *r)
{
	struct crypto_ec_public guest;
	struct error err = {0};
	int rc;

	/* Who sends a cookie is judged by it alone: one way in at a time. */
	if (req->bearer && !req->cookie)
		rc = bearer_key(kbs, req, &guest, &err);
	else
		rc = session_key(kbs, req, &guest, &err);
	if (!rc) {
		release(kbs, req, &guest, req->path + strlen(RESOURCE_PREFIX), r);
		return;
	}
	refuse_session(r);
	log_refusal(kbs, req, "", &err);
}

/* --- routes --- */

static void handle_health(struct kbs *kbs, const struct kbs_request *req, struct kbs_response *r)
{
	(void)kbs;
	(void)req;
	r->content_type = "text/plain";
	if (append_text(&r->body, "ok\n"))
		refuse_busy(r);
}

static const struct route {
	const char *method, *path;
	bool prefix;
	void (*handle)(
		struct kbs *kbs, const struct kbs_request *req, struct kbs_response *response);
} routes[] = {
	{"POST", "/kbs/v0/auth", false, handle_auth},
	{"POST", "/kbs/v0/attest", false, handle_attest},
	{"GET", RESOURCE_PREFIX, true, handle_resource},
	{"GET", "/healthz", false, handle_health},
};

static const struct route *find_route(const struct kbs_request *req, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *r = &routes[i];

		if (r->prefix ? strncmp(req->path, r->path, strlen(r->path)) != 0
			      : strcmp(req->path, r->path) != 0)
			continue;
		*path_known = true;
		if (!strcmp(req->method, r->method))
			return r;
	}
	return NULL;
}

void kbs_handle(struct kbs *kbs, const struct kbs_request *request, struct kbs_response *response)
{
	bool path_known;
	const struct route *route = find_route(request, &path_known);
	struct error err;

	memset(response, 0, sizeof(*response));
	response->status = 200;
	response->content_type = "application/json";
	if (!route) {
		error_fail(&err, HC_EUNSUPPORTED, "route", "no such method or path");
		log_refusal(kbs, request, "", &err);
		if (path_known)
			kbs_refuse(response, 405, "MethodNotAllowed", "method not allowed");
		else
			kbs_refuse(response, 404, "InvalidRequestPath", "no such path");
		return;
	}
	pthread_mutex_lock(&kbs->lock);
	route->handle(kbs, request, response);
	pthread_mutex_unlock(&kbs->lock);
}
