/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol of hc-verifierd without HTTP and without real evidence: the appraisal is a puppet,
 * the clock stands still. What must hold whatever an appraisal says: no token and no resource
 * without TRUSTED, one attempt a nonce, nothing of the reasons in an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/jose/jwe.h"
#include "attest/kbs/binding.h"
#include "attest/kbs/message.h"
#include "attest/service/kbs.h"
#include "attest/service/token.h"
#include "common/hex.h"
#include "common/json.h"

struct puppet {
	int64_t now;
	int appraise_rc, sign_rc, get_rc;
	enum verdict_value value;
	bool simulated;
	unsigned int appraisals, signatures;
	uint8_t report_data[64];
};

struct fixture {
	struct puppet puppet;
	struct kbs kbs;
	struct log log;
	struct archive archive;
	struct mirror mirror;
	struct roots roots;
	struct policy policy;
	struct resource_store resources;
	struct crypto_ec_key *key;
	struct crypto_ec_public public;
	char cookie[64], nonce[64];
};

static struct puppet *puppet; /* of the running test: the resource store has no context */

static int64_t puppet_now(void *ctx)
{
	return ((struct puppet *)ctx)->now;
}

static int puppet_appraise(
	void *ctx, const struct appraise_input *in, struct verdict *out, struct error *err)
{
	struct puppet *p = ctx;

	p->appraisals++;
	memset(out, 0, sizeof(*out));
	if (p->appraise_rc)
		return error_fail(err, p->appraise_rc, "appraise", "puppet");
	memcpy(p->report_data, in->report_data, 64);
	assert_int_equal(in->at, p->now);
	assert_int_equal(in->evidence.len, 1184);
	out->value = p->value;
	out->at = in->at;
	out->has_root = true;
	out->root.simulated = p->simulated;
	snprintf(out->root.name, sizeof(out->root.name), "puppet-root");
	snprintf(out->policy_name, sizeof(out->policy_name), "secret policy name");
	return 0;
}

static int puppet_sign(void *ctx, struct view payload, struct bytes *out, struct error *err)
{
	struct puppet *p = ctx;

	p->signatures++;
	if (p->sign_rc)
		return error_fail(err, p->sign_rc, "sign", "puppet");
	assert_memory_equal(payload.data, TOKEN_PREFIX, strlen(TOKEN_PREFIX));
	return bytes_append(out, "tok.en.", 7);
}

static const struct kbs_env_ops puppet_ops = {puppet_now, puppet_appraise, puppet_sign};

static int puppet_get(struct resource_store *store, const struct resource_name *name,
	struct bytes *out, struct error *err)
{
	(void)store;
	if (puppet->get_rc || strcmp(name->tag, "one") != 0)
		return error_fail(
			err, puppet->get_rc ? puppet->get_rc : HC_EMISSING, "get", "puppet");
	return bytes_append(out, "the secret", 10);
}

static void puppet_free(struct resource_store *store)
{
	(void)store;
}

static const struct resource_store_ops puppet_store = {puppet_get, puppet_free};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	if (!f || crypto_ec_generate(&f->key, CRYPTO_P256) || crypto_ec_public(f->key, &f->public))
		return -1;
	puppet = &f->puppet;
	f->puppet.now = 1800000000;
	f->puppet.value = VERDICT_TRUSTED;
	f->log = (struct log){-1, LOG_LEVEL_ERROR, "test"};
	f->resources.ops = &puppet_store;
	f->kbs = (struct kbs){
		.ops = &puppet_ops,
		.ctx = &f->puppet,
		.log = &f->log,
		.resources = &f->resources,
		.archive = &f->archive,
		.mirror = &f->mirror,
		.roots = &f->roots,
		.policy = &f->policy,
		.issuer = "test",
		.session_seconds = 60,
		.token_seconds = 30,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	return session_memory_new(&f->kbs.sessions, 8, 60);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->kbs.sessions->ops->free(f->kbs.sessions);
	crypto_ec_free(f->key);
	free(f);
	return 0;
}

static struct kbs_response call(struct fixture *f, const char *method, const char *path,
	const char *cookie, struct view body)
{
	struct kbs_request request = {
		.method = method, .path = path, .cookie = cookie, .peer = "test", .body = body};
	struct kbs_response response;

	kbs_handle(&f->kbs, &request, &response);
	return response;
}

/* An error answer: short, of the protocol's form, and silent about reasons. */
static void is_refusal(struct kbs_response r, unsigned int status, const char *variant)
{
	static const char *const secret[] = {"puppet", "policy", "measurement", "root"};
	char text[300], type[128];
	json_t *json = NULL;

	assert_int_equal(r.status, status);
	assert_true(r.body.len < sizeof(text));
	memcpy(text, r.body.data, r.body.len);
	text[r.body.len] = '\0';
	assert_int_equal(json_parse_object(&json, text, r.body.len, "answer", NULL), 0);
	assert_int_equal(json_object_size(json), 2);
	snprintf(type, sizeof(type), KBS_ERROR_TYPE_BASE "%s", variant);
	assert_string_equal(json_string_value(json_object_get(json, "type")), type);
	assert_true(json_is_string(json_object_get(json, "detail")));
	for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		assert_null(strstr(text, secret[i]));
	assert_string_equal(r.set_cookie, "");
	json_decref(json);
	kbs_response_fini(&r);
}

static void auth(struct fixture *f)
{
	struct bytes body = {0};
	struct kbs_response r;

	assert_int_equal(kbs_auth_build(&body, NULL), 0);
	r = call(f, "POST", "/kbs/v0/auth", NULL, bytes_view(&body));
	assert_int_equal(r.status, 200);
	assert_int_equal(
		kbs_challenge_parse(bytes_view(&r.body), f->nonce, sizeof(f->nonce), NULL), 0);
	assert_int_equal(strlen(f->nonce), 44);
	assert_int_equal(sscanf(r.set_cookie, "kbs-session-id=%32[0-9a-f];", f->cookie), 1);
	assert_int_equal(strlen(f->cookie), 32);
	assert_non_null(strstr(r.set_cookie, "; Secure"));
	kbs_response_fini(&r);
	bytes_free(&body);
}

static struct bytes message(const struct fixture *f)
{
	uint8_t report[1184] = {5};
	struct bytes body = {0};

	assert_int_equal(kbs_attest_build(&f->public, f->nonce, (struct view){report, 1184},
				 (struct view){0}, &body, NULL),
		0);
	return body;
}

static struct kbs_response attest(struct fixture *f)
{
	struct bytes body = message(f);
	struct kbs_response r = call(f, "POST", "/kbs/v0/attest", f->cookie, bytes_view(&body));

	bytes_free(&body);
	return r;
}

static void is_token(struct kbs_response r)
{
	assert_int_equal(r.status, 200);
	assert_int_equal(r.body.len, strlen("{\"token\":\"tok.en.\"}"));
	assert_memory_equal(r.body.data, "{\"token\":\"tok.en.\"}", r.body.len);
	kbs_response_fini(&r);
}

static struct kbs_response resource(struct fixture *f, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "/kbs/v0/resource/%s", name);
	return call(f, "GET", path, f->cookie, (struct view){0});
}

static void without_trusted_there_is_no_token_and_no_resource(void **state)
{
	static const enum verdict_value values[] = {VERDICT_UNDECIDED, VERDICT_REJECTED, 3, 99};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		f->puppet.value = values[i];
		auth(f);
		is_refusal(attest(f), 401, "AttestationFailed");
		is_refusal(resource(f, "a/b/one"), 401, "InvalidSession");
	}
	assert_int_equal(f->puppet.signatures, 0);
}

static void an_appraisal_that_fails_to_happen_gives_nothing(void **state)
{
	static const int codes[] = {HC_ENOMEM, HC_EUSAGE, HC_EINTERNAL};
	struct fixture *f = *state;

	for (size_t i = 0; i < 3; i++) {
		f->puppet.appraise_rc = codes[i];
		auth(f);
		is_refusal(attest(f), 503, "Unavailable");
		is_refusal(resource(f, "a/b/one"), 401, "InvalidSession");
	}
}

static void a_signer_that_fails_gives_nothing(void **state)
{
	struct fixture *f = *state;

	f->puppet.sign_rc = HC_EIO;
	auth(f);
	is_refusal(attest(f), 503, "Unavailable");
	is_refusal(resource(f, "a/b/one"), 401, "InvalidSession");
}

static void an_appraisal_that_cannot_be_recorded_gives_nothing(void **state)
{
	struct fixture *f = *state;

	f->archive.path = "/nonexistent/evidence";
	auth(f);
	is_refusal(attest(f), 503, "Unavailable");
	assert_int_equal(f->puppet.signatures, 0);
	is_refusal(resource(f, "a/b/one"), 401, "InvalidSession");
}

static void every_attempt_burns_the_nonce(void **state)
{
	struct fixture *f = *state;

	f->puppet.value = VERDICT_REJECTED;
	auth(f);
	is_refusal(attest(f), 401, "AttestationFailed");
	f->puppet.value = VERDICT_TRUSTED;
	is_refusal(attest(f), 401, "InvalidSession");
	auth(f);
	is_refusal(call(f, "POST", "/kbs/v0/attest", f->cookie,
			   (struct view){(const uint8_t *)"{", 1}),
		400, "InvalidRequest");
	is_refusal(attest(f), 401, "InvalidSession");
	auth(f);
	is_token(attest(f));
	is_refusal(attest(f), 401, "InvalidSession");
	assert_int_equal(f->puppet.appraisals, 2);
}

/* The memory store's claim, which relies on its callers for order, made slow and watchful. */
static const struct session_store_ops *real_ops;
static atomic_int inside, overlaps;

static int slow_claim(struct session_store *store, int64_t now, const uint8_t *id,
	struct session *out, struct error *err)
{
	int rc;

	if (atomic_fetch_add(&inside, 1))
		atomic_fetch_add(&overlaps, 1);
	usleep(200);
	rc = real_ops->claim(store, now, id, out, err);
	atomic_fetch_sub(&inside, 1);
	return rc;
}

struct racer {
	struct fixture *f;
	struct view body;
	pthread_barrier_t *start;
	unsigned int status;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	struct kbs_response response;

	pthread_barrier_wait(r->start);
	response = call(r->f, "POST", "/kbs/v0/attest", r->f->cookie, r->body);
	r->status = response.status;
	kbs_response_fini(&response);
	return NULL;
}

/* Each listener is a thread of its own: the same nonce on all of them at once. */
static void one_nonce_gives_one_token_however_many_threads_ask(void **state)
{
	enum { RACERS = 8, ROUNDS = 25 };
	struct fixture *f = *state;
	struct racer racer[RACERS];
	pthread_t thread[RACERS];
	pthread_barrier_t start;
	struct session_store_ops ops = *f->kbs.sessions->ops;

	real_ops = f->kbs.sessions->ops;
	ops.claim = slow_claim;
	f->kbs.sessions->ops = &ops;
	assert_int_equal(pthread_barrier_init(&start, NULL, RACERS), 0);
	for (unsigned int round = 1; round <= ROUNDS; round++) {
		unsigned int tokens = 0;
		struct bytes body;

		f->puppet.now += 100; /* so that earlier sessions make room */
		auth(f);
		body = message(f);
		for (size_t i = 0; i < RACERS; i++) {
			racer[i] = (struct racer){f, bytes_view(&body), &start, 0};
			assert_int_equal(pthread_create(&thread[i], NULL, race, &racer[i]), 0);
		}
		for (size_t i = 0; i < RACERS; i++) {
			assert_int_equal(pthread_join(thread[i], NULL), 0);
			tokens += racer[i].status == 200;
		}
		assert_int_equal(tokens, 1);
		assert_int_equal(f->puppet.signatures, round);
		bytes_free(&body);
	}
	assert_int_equal(overlaps, 0);
	f->kbs.sessions->ops = real_ops;
	pthread_barrier_destroy(&start);
}

static void a_nonce_of_another_session_is_refused_before_any_appraisal(void **state)
{
	struct fixture *f = *state;
	char nonce[64];

	auth(f);
	memcpy(nonce, f->nonce, sizeof(nonce));
	auth(f);
	memcpy(f->nonce, nonce, sizeof(nonce));
	is_refusal(attest(f), 401, "AttestationFailed");
	assert_int_equal(f->puppet.appraisals, 0);
}

static void sessions_and_tokens_expire_by_the_given_clock(void **state)
{
	struct fixture *f = *state;

	auth(f);
	f->puppet.now += 60;
	is_refusal(attest(f), 401, "InvalidSession");
	auth(f);
	is_token(attest(f));
	f->puppet.now += 29;
	is_refusal(resource(f, "a/b/two"), 404, "ResourceNotFound");
	f->puppet.now += 1;
	is_refusal(resource(f, "a/b/one"), 401, "InvalidSession");
}

static void cookies_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {NULL, "", "0", "00000000000000000000000000000000",
		"0000000000000000000000000000000g", "000000000000000000000000000000000000"};
	struct fixture *f = *state;
	struct bytes body;

	auth(f);
	body = message(f);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_refusal(call(f, "POST", "/kbs/v0/attest", bad[i], bytes_view(&body)), 401,
			"InvalidSession");
		is_refusal(call(f, "GET", "/kbs/v0/resource/a/b/one", bad[i], (struct view){0}),
			401, "InvalidSession");
	}
	bytes_free(&body);
}

static void the_report_must_bind_nonce_and_key_of_the_message(void **state)
{
	uint8_t expected[64];
	struct fixture *f = *state;

	auth(f);
	is_token(attest(f));
	assert_int_equal(kbs_binding(&f->public, f->nonce, "", expected, NULL, NULL), 0);
	assert_memory_equal(f->puppet.report_data, expected, 64);
	assert_true(bytes_all_zero(expected + 48, 16));
}

static void the_resource_is_for_the_attested_key_alone(void **state)
{
	struct fixture *f = *state;
	struct crypto_ec_key *other;
	struct bytes plain = {0};
	struct kbs_response r;

	auth(f);
	is_token(attest(f));
	r = resource(f, "a/b/one");
	assert_int_equal(r.status, 200);
	assert_int_equal(crypto_ec_generate(&other, CRYPTO_P256), 0);
	assert_int_not_equal(jwe_open(other, bytes_view(&r.body), &plain, NULL), 0);
	assert_int_equal(jwe_open(f->key, bytes_view(&r.body), &plain, NULL), 0);
	assert_int_equal(plain.len, 10);
	assert_memory_equal(plain.data, "the secret", 10);
	bytes_free(&plain);
	crypto_ec_free(other);
	kbs_response_fini(&r);
}

static void resources_missing_misnamed_or_unreadable(void **state)
{
	struct fixture *f = *state;

	auth(f);
	is_token(attest(f));
	is_refusal(resource(f, "a/b/two"), 404, "ResourceNotFound");
	is_refusal(resource(f, "a/../one"), 404, "InvalidRequestPath");
	is_refusal(resource(f, "a/b"), 404, "InvalidRequestPath");
	f->puppet.get_rc = HC_EIO;
	is_refusal(resource(f, "a/b/one"), 503, "Unavailable");
}

static void a_key_off_the_curve_gets_no_resource(void **state)
{
	struct fixture *f = *state;

	f->public.y[31] ^= 1;
	auth(f);
	is_token(attest(f)); /* the puppet trusts anything */
	is_refusal(resource(f, "a/b/one"), 503, "Unavailable");
}

static void routes_are_exact(void **state)
{
	static const struct {
		const char *method, *path;
		unsigned int status;
	} cases[] = {{"GET", "/kbs/v0/auth", 405}, {"PUT", "/kbs/v0/attest", 405},
		{"POST", "/kbs/v0/resource/a/b/c", 405}, {"POST", "/kbs/v0/auth/", 404},
		{"POST", "/kbs/v0", 404}, {"GET", "/", 404}, {"GET", "", 404},
		{"DELETE", "/healthz", 405}, {"post", "/kbs/v0/auth", 405}};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_refusal(call(f, cases[i].method, cases[i].path, NULL, (struct view){0}),
			cases[i].status,
			cases[i].status == 405 ? "MethodNotAllowed" : "InvalidRequestPath");
}

static void auth_refuses_versions_and_tees_by_name(void **state)
{
	static const struct {
		const char *body, *variant;
		unsigned int status;
	} cases[] = {
		{"{\"version\":\"0.4.1\",\"tee\":\"snp\"}", "ProtocolVersion", 401},
		{"{\"version\":\"0.1.1\",\"tee\":\"snp\"}", "ProtocolVersion", 401},
		{"{\"version\":\"0.4.0\",\"tee\":\"sample\"}", "UnsupportedTee", 401},
		{"{\"version\":\"0.4.0\",\"tee\":\"SNP\"}", "UnsupportedTee", 401},
		{"{\"version\":\"0.4.0\",\"tee\":\"snp\",\"extra-params\":"
		 "{\"supported-hash-algorithms\":[\"sha256\"]}}",
			"UnsupportedTee", 401},
		{"{\"version\":\"0.4.0\"}", "InvalidRequest", 400},
		{"", "InvalidRequest", 400},
		{"{\"version\":\"0.4.0\",\"tee\":\"snp\"} x", "InvalidRequest", 400},
		{"{\"version\":\"0.4.0\",\"tee\":\"snp\",\"a\":1}", "InvalidRequest", 400},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_refusal(call(f, "POST", "/kbs/v0/auth", NULL,
				   (struct view){
					   (const uint8_t *)cases[i].body, strlen(cases[i].body)}),
			cases[i].status, cases[i].variant);
}

static void attest_bodies_cut_anywhere_are_refused(void **state)
{
	struct fixture *f = *state;
	struct bytes body;

	auth(f);
	body = message(f);
	for (size_t len = 0; len < body.len; len += 7) {
		struct kbs_attest out;

		assert_int_not_equal(
			kbs_attest_parse((struct view){body.data, len}, &out, NULL), 0);
		kbs_attest_fini(&out);
	}
	bytes_free(&body);
}

/* Change one member of a good message and see it refused. */
static void attest_bodies_with_anything_unknown_are_refused(void **state)
{
	static const struct {
		const char *path[3], *value;
	} cases[] = {
		{{"x"}, "1"},
		{{"init-data"}, "{}"},
		{{"init-data"}, "\"\""},
		{{"runtime-data"}, "null"},
		{{"runtime-data", "x"}, "1"},
		{{"runtime-data", "nonce"}, "\"\""},
		{{"runtime-data", "nonce"}, "1"},
		{{"runtime-data", "tee-pubkey"}, "{}"},
		{{"runtime-data", "tee-pubkey", "alg"}, "\"RSA-OAEP-256\""},
		{{"runtime-data", "tee-pubkey", "d"}, "\"AA\""},
		{{"runtime-data", "tee-pubkey", "crv"}, "\"P-384\""},
		{{"tee-evidence"}, "null"},
		{{"tee-evidence", "x"}, "1"},
		{{"tee-evidence", "additional_evidence"}, "null"},
		{{"tee-evidence", "additional_evidence"}, "\"{}\""},
		{{"tee-evidence", "primary_evidence"}, "\"\""},
		{{"tee-evidence", "primary_evidence"}, "null"},
	};
	struct fixture *f = *state;
	struct bytes body;

	auth(f);
	body = message(f);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kbs_attest out;
		json_t *json = NULL, *at;
		char *text;
		size_t depth = 0;

		assert_int_equal(
			json_parse_object(&json, (char *)body.data, body.len, "body", NULL), 0);
		for (at = json; depth < 2 && cases[i].path[depth + 1]; depth++)
			at = json_object_get(at, cases[i].path[depth]);
		json_object_set_new(at, cases[i].path[depth],
			json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
		text = json_dumps(json, 0);
		assert_int_not_equal(
			kbs_attest_parse((struct view){(uint8_t *)text, strlen(text)}, &out, NULL),
			0);
		kbs_attest_fini(&out);
		free(text);
		json_decref(json);
	}
	bytes_free(&body);
}

static void the_binding_is_the_hash_of_the_canonical_runtime_data(void **state)
{
	struct fixture *f = *state;
	uint8_t report_data[64], digest[48];
	struct bytes text = {0};
	static const char start[] = "{\"additional-evidence\":\"\",\"nonce\":\"n\",\"tee-pubkey\":"
				    "{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\","
				    "\"x\":\"";

	assert_int_equal(kbs_binding(&f->public, "n", "", report_data, &text, NULL), 0);
	assert_true(text.len > sizeof(start));
	assert_memory_equal(text.data, start, sizeof(start) - 1);
	assert_int_equal(crypto_sha384(digest, text.data, text.len), 0);
	assert_memory_equal(report_data, digest, 48);
	bytes_free(&text);
}

#define WITH_FIXTURE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(without_trusted_there_is_no_token_and_no_resource),
		WITH_FIXTURE(an_appraisal_that_fails_to_happen_gives_nothing),
		WITH_FIXTURE(a_signer_that_fails_gives_nothing),
		WITH_FIXTURE(an_appraisal_that_cannot_be_recorded_gives_nothing),
		WITH_FIXTURE(every_attempt_burns_the_nonce),
		WITH_FIXTURE(one_nonce_gives_one_token_however_many_threads_ask),
		WITH_FIXTURE(a_nonce_of_another_session_is_refused_before_any_appraisal),
		WITH_FIXTURE(sessions_and_tokens_expire_by_the_given_clock),
		WITH_FIXTURE(cookies_that_are_none_are_refused),
		WITH_FIXTURE(the_report_must_bind_nonce_and_key_of_the_message),
		WITH_FIXTURE(the_resource_is_for_the_attested_key_alone),
		WITH_FIXTURE(resources_missing_misnamed_or_unreadable),
		WITH_FIXTURE(a_key_off_the_curve_gets_no_resource),
		WITH_FIXTURE(routes_are_exact),
		WITH_FIXTURE(auth_refuses_versions_and_tees_by_name),
		WITH_FIXTURE(attest_bodies_cut_anywhere_are_refused),
		WITH_FIXTURE(attest_bodies_with_anything_unknown_are_refused),
		WITH_FIXTURE(the_binding_is_the_hash_of_the_canonical_runtime_data),
	};

	return cmocka_run_group_tests_name("kbs", tests, NULL, NULL);
}
