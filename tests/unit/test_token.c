/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: made for TRUSTED only, taken back only whole, in date and judged by the same policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jws.h"
#include "attest/kbs/binding.h"
#include "attest/service/token.h"
#include "common/json.h"

#define NOW 1800000000

static void tokens_exist_for_trusted_verdicts_only(void **state)
{
	static struct verdict v;
	const struct token_input in = {.verdict = &v,
		.issuer = "i",
		.id = "j",
		.nonce = "n",
		.runtime_data = {(const uint8_t *)"{\"a\":1}", 7}};
	struct bytes out = {0};

	(void)state;
	memset(&v, 0, sizeof(v));
	assert_int_equal(token_build(&in, &out, NULL), HC_EDENIED);
	v.value = VERDICT_REJECTED;
	v.has_root = true;
	assert_int_equal(token_build(&in, &out, NULL), HC_EDENIED);
	v.value = VERDICT_TRUSTED;
	v.has_root = false;
	assert_int_equal(token_build(&in, &out, NULL), HC_EDENIED);
	assert_int_equal(out.len, 0);
	v.has_root = true;
	assert_int_equal(token_build(&in, &out, NULL), 0);
	bytes_free(&out);
}

static void a_simulated_root_is_said_and_claims_no_hardware(void **state)
{
	static struct verdict v;
	const struct token_input in = {.verdict = &v,
		.issuer = "i",
		.id = "j",
		.nonce = "n",
		.runtime_data = {(const uint8_t *)"{\"a\":1}", 7}};

	(void)state;
	for (int simulated = 0; simulated < 2; simulated++) {
		struct bytes out = {0};
		json_t *json = NULL;
		int hardware, memory, said;
		const char *build;

		memset(&v, 0, sizeof(v));
		v.value = VERDICT_TRUSTED;
		v.has_root = true;
		v.root.simulated = simulated;
		assert_int_equal(token_build(&in, &out, NULL), 0);
		assert_int_equal(
			json_parse_object(&json, (char *)out.data, out.len, "token", NULL), 0);
		assert_int_equal(json_unpack(json, "{s:{s:s}, s:{s:{s:{s:i, s:i}, s:{s:b}}}}",
					 "ear.verifier-id", "build", &build, "submods", "cpu0",
					 "ear.trustworthiness-vector", "hardware", &hardware,
					 "runtime-opaque", &memory,
					 "ear.veraison.annotated-evidence", "simulated", &said),
			0);
		assert_int_equal(said, simulated);
		assert_int_equal(hardware, simulated ? 0 : 2);
		assert_int_equal(memory, simulated ? 0 : 2);
		assert_int_equal(strstr(build, "SIMULATED") != NULL, simulated);
		json_decref(json);
		bytes_free(&out);
	}
}

struct fixture {
	struct crypto_ec_key *signing;
	struct crypto_ec_public signing_public, guest;
	struct verdict verdict;
	struct bytes payload, token;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	uint8_t report_data[KBS_REPORT_DATA_SIZE];
	struct bytes runtime = {0};
	struct crypto_ec_key *key = NULL;
	struct token_input in;
	int rc;

	*state = f;
	if (!f || crypto_ec_generate(&f->signing, CRYPTO_P384) ||
		crypto_ec_public(f->signing, &f->signing_public) ||
		crypto_ec_generate(&key, CRYPTO_P256) || crypto_ec_public(key, &f->guest))
		return -1;
	f->verdict.value = VERDICT_TRUSTED;
	f->verdict.has_root = true;
	memset(f->verdict.policy_sha384, 7, 48);
	rc = kbs_binding(&f->guest, "n", "", report_data, &runtime, NULL);
	in = (struct token_input){
		&f->verdict, "us", "id", "n", bytes_view(&runtime), NOW, NOW + 60};
	if (!rc)
		rc = token_build(&in, &f->payload, NULL);
	if (!rc)
		rc = jws_sign(f->signing, "kid", bytes_view(&f->payload), &f->token, NULL);
	bytes_free(&runtime);
	crypto_ec_free(key);
	return rc;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	crypto_ec_free(f->signing);
	bytes_free(&f->payload);
	bytes_free(&f->token);
	free(f);
	return 0;
}

static struct token_expected expected(const struct fixture *f)
{
	return (struct token_expected){&f->signing_public, "us", f->verdict.policy_sha384, NOW};
}

static int check(const struct fixture *f, const struct token_expected *e)
{
	static const struct crypto_ec_public none;
	struct crypto_ec_public guest;
	int rc = token_check(bytes_view(&f->token), e, &guest, NULL);

	assert_memory_equal(&guest, rc ? &none : &f->guest, sizeof(guest));
	return rc;
}

static void a_token_comes_back_with_the_key_it_was_given_for(void **state)
{
	struct token_expected e = expected(*state);

	assert_int_equal(check(*state, &e), 0);
	e.now = NOW + 59;
	assert_int_equal(check(*state, &e), 0);
}

static void a_token_out_of_date_is_refused(void **state)
{
	struct token_expected e = expected(*state);

	e.now = NOW + 60;
	assert_int_equal(check(*state, &e), HC_EEXPIRED);
	e.now = NOW - 1;
	assert_int_equal(check(*state, &e), HC_EEXPIRED);
}

static void a_token_of_another_issuer_policy_or_key_is_refused(void **state)
{
	struct fixture *f = *state;
	struct token_expected e = expected(f);
	uint8_t policy[48] = {7};

	e.issuer = "them";
	assert_int_equal(check(f, &e), HC_EMISMATCH);
	e = expected(f);
	e.policy_sha384 = policy;
	assert_int_equal(check(f, &e), HC_EMISMATCH);
	e = expected(f);
	e.key = &f->guest;
	assert_int_not_equal(check(f, &e), 0);
	f->token.data[f->token.len - 5] ^= 1;
	e = expected(f);
	assert_int_not_equal(check(f, &e), 0);
}

/* Signed by our key, and still not a token: each member in turn taken away or changed. */
static void a_signed_payload_that_lacks_anything_is_refused(void **state)
{
	static const char *const top[] = {"eat_profile", "iss", "iat", "exp", "submods"};
	static const char *const inner[] = {
		"ear.status", "ear.appraisal-policy-id", "ear.veraison.annotated-evidence"};
	struct fixture *f = *state;
	struct token_expected e = expected(f);

	for (size_t i = 0; i < 8; i++) {
		json_t *json = NULL, *at;
		char *text;

		assert_int_equal(json_parse_object(&json, (char *)f->payload.data, f->payload.len,
					 "payload", NULL),
			0);
		at = i < 5 ? json : json_object_get(json_object_get(json, "submods"), "cpu0");
		assert_int_equal(json_object_del(at, i < 5 ? top[i] : inner[i - 5]), 0);
		text = json_dumps(json, JSON_COMPACT);
		bytes_free(&f->token);
		assert_int_equal(
			jws_sign(f->signing, "kid", (struct view){(uint8_t *)text, strlen(text)},
				&f->token, NULL),
			0);
		assert_int_not_equal(check(f, &e), 0);
		free(text);
		json_decref(json);
	}
}

#define WITH_TOKEN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_exist_for_trusted_verdicts_only),
		cmocka_unit_test(a_simulated_root_is_said_and_claims_no_hardware),
		WITH_TOKEN(a_token_comes_back_with_the_key_it_was_given_for),
		WITH_TOKEN(a_token_out_of_date_is_refused),
		WITH_TOKEN(a_token_of_another_issuer_policy_or_key_is_refused),
		WITH_TOKEN(a_signed_payload_that_lacks_anything_is_refused),
	};

	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
