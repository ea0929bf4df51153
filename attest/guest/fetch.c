/* SPDX-License-Identifier: Apache-2.0 */
/* Getting a secret by attestation, KBS protocol 0.4.0, client side. */
#include "attest/guest/fetch.h"

#include <stdio.h>
#include <string.h>

#include "attest/crypto.h"
#include "attest/guest/conn.h"
#include "attest/guest/http.h"
#include "attest/guest/tls.h"
#include "attest/jose/jwe.h"
#include "attest/kbs/binding.h"
#include "attest/kbs/message.h"

#define NONCE_MAX 256

struct client {
	const struct fetch_options *options;
	const char *server_name;
	struct conn conn;
	struct tls *tls;
	char cookie[HTTP_COOKIE_MAX];
	enum fetch_failure why;
};

static void disconnect(struct client *c)
{
	tls_close(c->tls);
	c->tls = NULL;
	conn_close(&c->conn);
}

static int reconnect(struct client *c, struct error *err)
{
	int rc;

	if (c->tls)
		return 0;
	rc = conn_open(&c->conn, c->options->verifier, c->options->deadline_ms, err);
	if (!rc)
		rc = tls_open(&c->tls, &c->conn, c->options->ca, c->server_name, err);
	if (rc)
		disconnect(c);
	return rc;
}

static int read_answer(struct client *c, struct http_answer *answer, struct error *err)
{
	struct bytes input = {0};
	uint8_t buf[4096];
	int rc;

	for (;;) {
		ssize_t n = tls_read(c->tls, buf, sizeof(buf), err);

		if (n <= 0) {
			rc = n < 0 ? (int)n
				   : error_fail(err, HC_ETRUNCATED, "HTTP answer",
					     "closed after %zu bytes", input.len);
			break;
		}
		if (bytes_append(&input, buf, (size_t)n)) {
			rc = error_fail(err, HC_ENOMEM, "HTTP answer", "%zu bytes", input.len);
			break;
		}
		rc = http_answer_parse(bytes_view(&input), answer, err);
		if (rc != HC_ETRUNCATED)
			break;
	}
	/* Bytes nobody asked for cannot belong to a next answer. */
	if (!rc && answer->consumed != input.len) {
		http_answer_fini(answer);
		rc = error_fail(err, HC_EFORMAT, "HTTP answer", "bytes after its end");
	}
	bytes_free(&input);
	return rc;
}

static int refused(
	struct client *c, const struct http_answer *answer, const char *path, struct error *err)
{
	char text[160];

	c->why = FETCH_REFUSED;
	kbs_error_text(bytes_view(&answer->body), text, sizeof(text));
	error_fail(err, HC_EDENIED, path, "status %u %s", answer->status, text);
	error_remedy(err, "the reason is in the verifier's log");
	return HC_EDENIED;
}

/* One request and its answer's body; anything but 200 is a refusal. */
static int exchange(struct client *c, const char *method, const char *path, struct view body,
	struct bytes *out, struct error *err)
{
	struct http_answer answer = {0};
	struct bytes request = {0};
	int rc = reconnect(c, err);

	if (!rc)
		rc = http_request_build(
			&request, method, path, c->server_name, c->cookie, body, err);
	if (!rc)
		rc = tls_write(c->tls, bytes_view(&request), err);
	if (!rc)
		rc = read_answer(c, &answer, err);
	if (!rc && answer.cookie[0])
		memcpy(c->cookie, answer.cookie, sizeof(c->cookie));
	if (rc || answer.close)
		disconnect(c);
	if (!rc && answer.status != 200)
		rc = refused(c, &answer, path, err);
	if (!rc && bytes_append(out, answer.body.data, answer.body.len))
		rc = error_fail(err, HC_ENOMEM, path, "%zu bytes", answer.body.len);
	http_answer_fini(&answer);
	bytes_free(&request);
	return rc;
}

static int get_nonce(struct client *c, char nonce[NONCE_MAX], struct error *err)
{
	struct bytes request = {0}, answer = {0};
	int rc = kbs_auth_build(&request, err);

	if (!rc)
		rc = exchange(c, "POST", "/kbs/v0/auth", bytes_view(&request), &answer, err);
	if (!rc)
		rc = kbs_challenge_parse(bytes_view(&answer), nonce, NONCE_MAX, err);
	if (!rc && !c->cookie[0])
		rc = error_fail(err, HC_EMISSING, "/kbs/v0/auth", "no session cookie");
	bytes_free(&request);
	bytes_free(&answer);
	return rc;
}

static int send_evidence(struct client *c, const struct crypto_ec_public *key, const char *nonce,
	struct view report, struct view certs, struct error *err)
{
	struct bytes request = {0}, answer = {0};
	int rc = kbs_attest_build(key, nonce, report, certs, &request, err);

	/* A table the host garbled is no reason to give up: the verifier may have the chain. */
	if (rc && rc != HC_ENOMEM && certs.len) {
		bytes_free(&request);
		rc = kbs_attest_build(key, nonce, report, (struct view){0}, &request, err);
	}
	if (!rc)
		rc = exchange(c, "POST", "/kbs/v0/attest", bytes_view(&request), &answer, err);
	bytes_free(&request);
	bytes_free(&answer);
	return rc;
}

static int attest(struct client *c, const struct crypto_ec_public *key, struct error *err)
{
	const struct source *source = &c->options->source;
	uint8_t report_data[KBS_REPORT_DATA_SIZE];
	struct bytes report = {0}, certs = {0};
	char nonce[NONCE_MAX];
	int rc = get_nonce(c, nonce, err);

	if (!rc)
		rc = kbs_binding(key, nonce, "", report_data, NULL, err);
	if (!rc) {
		rc = source->ops->report(source->ctx, report_data, &report, &certs, err);
		c->why = rc ? FETCH_EVIDENCE : c->why;
	}
	if (!rc)
		rc = send_evidence(c, key, nonce, bytes_view(&report), bytes_view(&certs), err);
	bytes_free(&report);
	bytes_free(&certs);
	return rc;
}

static int get_secret(
	struct client *c, const struct crypto_ec_key *key, struct bytes *secret, struct error *err)
{
	struct bytes answer = {0};
	char path[256];
	int rc;

	if ((size_t)snprintf(path, sizeof(path), "/kbs/v0/resource/%s", c->options->resource) >=
		sizeof(path))
		return error_fail(err, HC_EUSAGE, "--resource", "a name too long");
	rc = exchange(c, "GET", path, (struct view){0}, &answer, err);
	if (!rc)
		rc = jwe_open(key, bytes_view(&answer), secret, err);
	bytes_free(&answer);
	return rc;
}

int guest_fetch(const struct fetch_options *options, struct bytes *secret, enum fetch_failure *why,
	struct error *err)
{
	struct client c = {.options = options, .conn = {.fd = -1}, .why = FETCH_NETWORK};
	struct crypto_ec_key *key = NULL;
	struct crypto_ec_public public;
	int rc = crypto_ec_generate(&key, CRYPTO_P256);

	c.server_name =
		options->server_name ? options->server_name : conn_default_name(options->verifier);
	if (!rc)
		rc = crypto_ec_public(key, &public);
	if (rc)
		error_fail(err, rc, "key pair", "not made");
	if (!rc)
		rc = attest(&c, &public, err);
	if (!rc)
		rc = get_secret(&c, key, secret, err);
	disconnect(&c);
	*why = rc == HC_EUSAGE || rc == HC_ENOMEM ? FETCH_LOCAL : c.why;
	crypto_ec_free(key);
	bytes_wipe(&c, sizeof(c));
	return rc;
}
