/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical JSON, keys, encrypted and signed objects: known answers, refusals, round trips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jcs.h"
#include "attest/jose/jwe.h"
#include "attest/jose/jwk.h"
#include "attest/jose/jws.h"
#include "common/base64.h"
#include "common/hex.h"
#include "common/json.h"

static json_t *json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(value);
	return value;
}

static struct view text_view(const char *text)
{
	return (struct view){(const uint8_t *)text, strlen(text)};
}

static int canonical(const char *text, struct bytes *out)
{
	json_t *value = json(text);
	int rc = jcs_write(value, out, NULL);

	json_decref(value);
	return rc;
}

static void jcs_refuses_what_it_cannot_be_sure_of(void **state)
{
	static const char *const bad[] = {"1.5", "1e3", "[1.0]", "9007199254740992",
		"-9007199254740992", "{\"\\u00e9\":1}", "{\"a\\u0001\":1}", "{\"a\":{\"b\":0.1}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes out = {0};

		assert_int_equal(canonical(bad[i], &out), HC_EUNSUPPORTED);
		bytes_free(&out);
	}
}

static void jcs_refuses_deep_nesting(void **state)
{
	struct bytes out = {0};
	json_t *value = json_array();

	(void)state;
	for (int i = 0; i < JCS_DEPTH_MAX; i++) {
		json_t *outer = json_array();

		json_array_append_new(outer, value);
		value = outer;
	}
	assert_int_equal(jcs_write(value, &out, NULL), 0);
	value = json_pack("[o]", value);
	assert_int_equal(jcs_write(value, &out, NULL), HC_EUNSUPPORTED);
	json_decref(value);
	bytes_free(&out);
}

static void jcs_writes_the_canonical_form(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"{ \"b\" : 1, \"a\" : [ true, false, null ], \"\" : {} }",
			"{\"\":{},\"a\":[true,false,null],\"b\":1}"},
		{"{\"tee-pubkey\":1,\"nonce\":2,\"additional-evidence\":3}",
			"{\"additional-evidence\":3,\"nonce\":2,\"tee-pubkey\":1}"},
		/* RFC 8785 3.2.2.2, the string of its example */
		{"\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
			"\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""},
		{"\"\\u007f\\b\\f\\t\\r\"", "\"\x7f\\b\\f\\t\\r\""},
		{"-9007199254740991", "-9007199254740991"},
		{"[0,-1]", "[0,-1]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bytes out = {0};

		assert_int_equal(canonical(cases[i].in, &out), 0);
		assert_int_equal(out.len, strlen(cases[i].out));
		assert_memory_equal(out.data, cases[i].out, out.len);
		bytes_free(&out);
	}
}

/* RFC 7517 appendix A.1, with the member `alg` of RFC 7518 added where a test wants one. */
#define X256 "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
#define Y256 "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"

static int parse_jwk(const char *text, const char *alg, struct crypto_ec_public *key)
{
	json_t *value = json(text);
	int rc = jwk_parse_ec(value, "key", alg, key, NULL);

	json_decref(value);
	return rc;
}

static void jwk_refuses_what_is_not_exactly_a_public_key(void **state)
{
	static const struct {
		const char *text, *alg;
	} bad[] = {
		{"[]", NULL},
		{"{}", NULL},
		{"{\"kty\":\"RSA\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "=\",\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA" X256 "\",\"y\":\"" Y256 "\"}",
			NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"\",\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":1,\"y\":\"" Y256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\"}", NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256
		 "\",\"d\":\"AA\"}",
			NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256
		 "\",\"alg\":\"ECDH-ES+A256KW\"}",
			NULL},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}",
			JWK_ALG_KBS},
		{"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X256 "\",\"y\":\"" Y256
		 "\",\"alg\":\"ECDH-ES\"}",
			JWK_ALG_KBS},
	};
	struct crypto_ec_public key;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(parse_jwk(bad[i].text, bad[i].alg, &key), 0);
}

static void jwk_round_trips_in_canonical_form(void **state)
{
	static const char text[] = "{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\","
				   "\"x\":\"" X256 "\",\"y\":\"" Y256 "\"}";
	struct crypto_ec_public key;
	struct bytes out = {0};

	(void)state;
	assert_int_equal(parse_jwk(text, JWK_ALG_KBS, &key), 0);
	assert_int_equal(key.curve, CRYPTO_P256);
	assert_int_equal(key.x[0], 0x30);
	assert_int_equal(jwk_write_ec(&key, JWK_ALG_KBS, &out, NULL), 0);
	assert_int_equal(out.len, sizeof(text) - 1);
	assert_memory_equal(out.data, text, out.len);
	bytes_free(&out);
}

static void concat_kdf_gives_the_answer_of_rfc_7518_appendix_c(void **state)
{
	static const uint8_t z[32] = {158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191,
		132, 38, 156, 251, 49, 110, 163, 218, 128, 106, 72, 246, 218, 167, 121, 140, 254,
		144, 196};
	uint8_t out[32];
	char text[64];

	(void)state;
	assert_int_equal(jwe_concat_kdf((struct view){z, sizeof(z)}, "A128GCM", text_view("Alice"),
				 text_view("Bob"), 128, out),
		0);
	base64_encode(BASE64_URL, text, out, 16);
	assert_string_equal(text, "VqqN6vgjbSBcIijNcacQGg");
	assert_int_equal(jwe_concat_kdf((struct view){z, 32}, "a", (struct view){0},
				 (struct view){0}, 264, out),
		HC_EUSAGE);
	assert_int_equal(jwe_concat_kdf((struct view){z, 32}, "a", (struct view){0},
				 (struct view){0}, 0, out),
		HC_EUSAGE);
}

struct jwe_case {
	struct crypto_ec_key *key;
	struct bytes text;
};

static const char secret[] = "the secret of one guest";

static int seal(void **state)
{
	struct jwe_case *c = calloc(1, sizeof(*c));
	struct crypto_ec_public peer;

	*state = c;
	if (!c || crypto_ec_generate(&c->key, CRYPTO_P256) || crypto_ec_public(c->key, &peer))
		return -1;
	return jwe_seal(&peer, text_view(secret), &c->text, NULL);
}

static int unseal(void **state)
{
	struct jwe_case *c = *state;

	bytes_free(&c->text);
	crypto_ec_free(c->key);
	free(c);
	return 0;
}

static void jwe_opens_with_its_key(void **state)
{
	struct jwe_case *c = *state;
	struct bytes plain = {0};

	assert_int_equal(jwe_open(c->key, bytes_view(&c->text), &plain, NULL), 0);
	assert_int_equal(plain.len, strlen(secret));
	assert_memory_equal(plain.data, secret, plain.len);
	bytes_free(&plain);
}

static void jwe_does_not_open_with_another_key(void **state)
{
	struct jwe_case *c = *state;
	struct crypto_ec_key *other;
	struct bytes plain = {0};

	assert_int_equal(crypto_ec_generate(&other, CRYPTO_P256), 0);
	assert_int_not_equal(jwe_open(other, bytes_view(&c->text), &plain, NULL), 0);
	assert_int_equal(plain.len, 0);
	crypto_ec_free(other);
}

static void jwe_cut_anywhere_does_not_open(void **state)
{
	struct jwe_case *c = *state;

	for (size_t len = 0; len < c->text.len; len++) {
		struct bytes plain = {0};

		assert_int_not_equal(
			jwe_open(c->key, (struct view){c->text.data, len}, &plain, NULL), 0);
		assert_int_equal(plain.len, 0);
	}
}

static void jwe_with_one_bit_changed_does_not_open(void **state)
{
	struct jwe_case *c = *state;

	for (size_t bit = 0; bit < 8 * c->text.len; bit++) {
		struct bytes plain = {0};

		c->text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(jwe_open(c->key, bytes_view(&c->text), &plain, NULL), 0);
		assert_int_equal(plain.len, 0);
		c->text.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* Decode a member of the sealed object by hand, for the second opinion. */
static void member(const json_t *obj, const char *name, struct bytes *out)
{
	const char *text = json_string_value(json_object_get(obj, name));

	assert_non_null(text);
	assert_int_equal(base64_decode(BASE64_URL, out, text, strlen(text), NULL), 0);
}

static void jwe_header_is_spelt_as_kbs_clients_recompute_it(void **state)
{
	struct jwe_case *c = *state;
	struct bytes header = {0};
	json_t *obj = NULL;
	char start[] = "{\"alg\":\"ECDH-ES+A256KW\",\"enc\":\"A256GCM\",\"epk\":{\"crv\":\"P-256\","
		       "\"kty\":\"EC\",\"x\":\"";

	assert_int_equal(
		json_parse_object(&obj, (char *)c->text.data, c->text.len, "jwe", NULL), 0);
	assert_int_equal(json_object_size(obj), 5);
	member(obj, "protected", &header);
	assert_int_equal(header.len, strlen(start) + 43 + strlen("\",\"y\":\"") + 43 + 3);
	assert_memory_equal(header.data, start, strlen(start));
	assert_memory_equal(header.data + header.len - 3, "\"}}", 3);
	bytes_free(&header);
	json_decref(obj);
}

static void jwe_opens_with_another_implementation(void **state)
{
	struct jwe_case *c = *state;
	struct bytes header = {0}, wrapped = {0}, iv = {0}, text = {0}, tag = {0};
	struct crypto_ec_public epk;
	gnutls_aead_cipher_hd_t aead;
	uint8_t kek[32], cek[32], plain[64], z[32];
	json_t *obj = NULL, *head = NULL;
	const char *aad;
	gnutls_datum_t key = {cek, 32};
	size_t len = sizeof(plain);

	assert_int_equal(
		json_parse_object(&obj, (char *)c->text.data, c->text.len, "jwe", NULL), 0);
	member(obj, "protected", &header);
	member(obj, "encrypted_key", &wrapped);
	member(obj, "iv", &iv);
	member(obj, "ciphertext", &text);
	member(obj, "tag", &tag);
	assert_int_equal(
		json_parse_object(&head, (char *)header.data, header.len, "header", NULL), 0);
	assert_int_equal(jwk_parse_ec(json_object_get(head, "epk"), "epk", NULL, &epk, NULL), 0);
	/* Key agreement, derivation and key wrap have known answers of their own. */
	assert_int_equal(crypto_ecdh(c->key, &epk, z), 0);
	assert_int_equal(jwe_concat_kdf((struct view){z, 32}, JWK_ALG_KBS, (struct view){0},
				 (struct view){0}, 256, kek),
		0);
	assert_int_equal(crypto_keyunwrap(kek, wrapped.data, cek), 0);
	assert_int_equal(gnutls_aead_cipher_init(&aead, GNUTLS_CIPHER_AES_256_GCM, &key), 0);
	aad = json_string_value(json_object_get(obj, "protected"));
	assert_int_equal(bytes_append(&text, tag.data, tag.len), 0);
	assert_int_equal(gnutls_aead_cipher_decrypt(aead, iv.data, iv.len, aad, strlen(aad), 16,
				 text.data, text.len, plain, &len),
		0);
	assert_int_equal(len, strlen(secret));
	assert_memory_equal(plain, secret, len);
	gnutls_aead_cipher_deinit(aead);
	bytes_free(&header);
	bytes_free(&wrapped);
	bytes_free(&iv);
	bytes_free(&text);
	bytes_free(&tag);
	json_decref(head);
	json_decref(obj);
}

static void jwe_refuses_a_point_off_the_curve(void **state)
{
	struct crypto_ec_public peer = {.curve = CRYPTO_P256};
	struct bytes out = {0};

	(void)state;
	memset(peer.x, 1, 32);
	memset(peer.y, 2, 32);
	assert_int_not_equal(jwe_seal(&peer, text_view("x"), &out, NULL), 0);
	assert_int_equal(out.len, 0);
	memset(&peer, 0, sizeof(peer));
	assert_int_not_equal(jwe_seal(&peer, text_view("x"), &out, NULL), 0);
	assert_int_equal(out.len, 0);
}

static void jwe_carries_an_empty_and_a_large_secret(void **state)
{
	struct jwe_case *c = *state;
	struct crypto_ec_public peer;
	uint8_t *big = calloc(1, JWE_PLAIN_MAX + 1);
	static const size_t sizes[] = {0, 1, JWE_PLAIN_MAX};

	assert_non_null(big);
	assert_int_equal(crypto_ec_public(c->key, &peer), 0);
	for (size_t i = 0; i < 3; i++) {
		struct bytes out = {0}, plain = {0};

		assert_int_equal(jwe_seal(&peer, (struct view){big, sizes[i]}, &out, NULL), 0);
		assert_int_equal(jwe_open(c->key, bytes_view(&out), &plain, NULL), 0);
		assert_int_equal(plain.len, sizes[i]);
		bytes_free(&out);
		bytes_free(&plain);
	}
	struct bytes out = {0};
	assert_int_equal(
		jwe_seal(&peer, (struct view){big, JWE_PLAIN_MAX + 1}, &out, NULL), HC_ERANGE);
	free(big);
}

struct jws_case {
	struct crypto_ec_key *key;
	struct crypto_ec_public public;
	struct bytes text;
};

static int sign(void **state)
{
	struct jws_case *c = calloc(1, sizeof(*c));

	*state = c;
	if (!c || crypto_ec_generate(&c->key, CRYPTO_P384) || crypto_ec_public(c->key, &c->public))
		return -1;
	return jws_sign(c->key, "id", text_view("{\"a\":1}"), &c->text, NULL);
}

static int unsign(void **state)
{
	struct jws_case *c = *state;

	bytes_free(&c->text);
	crypto_ec_free(c->key);
	free(c);
	return 0;
}

static void jws_verifies_with_its_key(void **state)
{
	struct jws_case *c = *state;
	struct bytes payload = {0};

	assert_int_equal(jws_verify(&c->public, bytes_view(&c->text), &payload, NULL), 0);
	assert_int_equal(payload.len, 7);
	assert_memory_equal(payload.data, "{\"a\":1}", 7);
	bytes_free(&payload);
}

static void jws_with_one_bit_changed_or_cut_does_not_verify(void **state)
{
	struct jws_case *c = *state;
	struct bytes payload = {0};

	/* One bit of each byte: a P-384 verification takes milliseconds. */
	for (size_t i = 0; i < c->text.len; i++) {
		uint8_t mask = (uint8_t)(1u << i % 7);

		c->text.data[i] ^= mask;
		assert_int_not_equal(
			jws_verify(&c->public, bytes_view(&c->text), &payload, NULL), 0);
		c->text.data[i] ^= mask;
		assert_int_not_equal(
			jws_verify(&c->public, (struct view){c->text.data, i}, &payload, NULL), 0);
		assert_int_equal(payload.len, 0);
	}
}

static void jws_of_another_key_does_not_verify(void **state)
{
	struct jws_case *c = *state;
	struct crypto_ec_key *other;
	struct crypto_ec_public public;
	struct bytes payload = {0};

	assert_int_equal(crypto_ec_generate(&other, CRYPTO_P384), 0);
	assert_int_equal(crypto_ec_public(other, &public), 0);
	assert_int_equal(jws_verify(&public, bytes_view(&c->text), &payload, NULL), HC_ESIGNATURE);
	assert_int_equal(payload.len, 0);
	crypto_ec_free(other);
}

static void jws_never_takes_the_algorithm_from_the_token(void **state)
{
	/* {"alg":"none","kid":"id","typ":"JWT"} and {"alg":"HS256",...}, {"alg":"ES384"} */
	static const char *const headers[] = {"{\"alg\":\"none\",\"kid\":\"id\",\"typ\":\"JWT\"}",
		"{\"alg\":\"HS256\",\"kid\":\"id\",\"typ\":\"JWT\"}", "{\"alg\":\"ES384\"}",
		"{\"alg\":\"ES384\",\"crit\":[],\"kid\":\"id\",\"typ\":\"JWT\"}",
		"{\"alg\":\"ES384\",\"alg\":\"none\",\"kid\":\"id\",\"typ\":\"JWT\"}"};
	struct jws_case *c = *state;
	const uint8_t *rest = memchr(c->text.data, '.', c->text.len);

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		size_t tail = c->text.len - (size_t)(rest - c->text.data);
		struct bytes forged = {0}, payload = {0};
		char head[200];

		base64_encode(BASE64_URL, head, (const uint8_t *)headers[i], strlen(headers[i]));
		assert_int_equal(bytes_append(&forged, head, strlen(head)), 0);
		assert_int_equal(bytes_append(&forged, rest, tail), 0);
		assert_int_not_equal(
			jws_verify(&c->public, bytes_view(&forged), &payload, NULL), 0);
		assert_int_equal(payload.len, 0);
		bytes_free(&forged);
	}
}

static void jws_verifies_with_another_implementation(void **state)
{
	struct jws_case *c = *state;
	gnutls_datum_t x = {c->public.x, 48}, y = {c->public.y, 48}, data, sig;
	const uint8_t *dot = memrchr(c->text.data, '.', c->text.len);
	size_t head = (size_t)(dot - c->text.data);
	struct bytes raw = {0};
	gnutls_datum_t r, s;
	gnutls_pubkey_t key;

	assert_int_equal(base64_decode(BASE64_URL, &raw, (const char *)dot + 1,
				 c->text.len - head - 1, NULL),
		0);
	assert_int_equal(raw.len, 96);
	r = (gnutls_datum_t){raw.data, 48};
	s = (gnutls_datum_t){raw.data + 48, 48};
	data = (gnutls_datum_t){c->text.data, (unsigned int)head};
	assert_int_equal(gnutls_encode_rs_value(&sig, &r, &s), 0);
	assert_int_equal(gnutls_pubkey_init(&key), 0);
	assert_int_equal(gnutls_pubkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_SECP384R1, &x, &y), 0);
	assert_int_equal(
		gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, 0, &data, &sig),
		0);
	c->text.data[head - 1] ^= 1;
	assert_int_not_equal(
		gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, 0, &data, &sig),
		0);
	gnutls_pubkey_deinit(key);
	gnutls_free(sig.data);
	bytes_free(&raw);
}

static void jws_refuses_a_key_of_the_wrong_curve(void **state)
{
	struct bytes out = {0};
	struct crypto_ec_key *key;

	(void)state;
	assert_int_equal(crypto_ec_generate(&key, CRYPTO_P256), 0);
	assert_int_equal(jws_sign(key, "id", text_view("{}"), &out, NULL), HC_EUNSUPPORTED);
	assert_int_equal(out.len, 0);
	crypto_ec_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jcs_refuses_what_it_cannot_be_sure_of),
		cmocka_unit_test(jcs_refuses_deep_nesting),
		cmocka_unit_test(jcs_writes_the_canonical_form),
		cmocka_unit_test(jwk_refuses_what_is_not_exactly_a_public_key),
		cmocka_unit_test(jwk_round_trips_in_canonical_form),
		cmocka_unit_test(concat_kdf_gives_the_answer_of_rfc_7518_appendix_c),
		cmocka_unit_test_setup_teardown(jwe_opens_with_its_key, seal, unseal),
		cmocka_unit_test_setup_teardown(jwe_does_not_open_with_another_key, seal, unseal),
		cmocka_unit_test_setup_teardown(jwe_cut_anywhere_does_not_open, seal, unseal),
		cmocka_unit_test_setup_teardown(
			jwe_with_one_bit_changed_does_not_open, seal, unseal),
		cmocka_unit_test_setup_teardown(
			jwe_header_is_spelt_as_kbs_clients_recompute_it, seal, unseal),
		cmocka_unit_test_setup_teardown(
			jwe_opens_with_another_implementation, seal, unseal),
		cmocka_unit_test(jwe_refuses_a_point_off_the_curve),
		cmocka_unit_test_setup_teardown(
			jwe_carries_an_empty_and_a_large_secret, seal, unseal),
		cmocka_unit_test_setup_teardown(jws_verifies_with_its_key, sign, unsign),
		cmocka_unit_test_setup_teardown(
			jws_with_one_bit_changed_or_cut_does_not_verify, sign, unsign),
		cmocka_unit_test_setup_teardown(jws_of_another_key_does_not_verify, sign, unsign),
		cmocka_unit_test_setup_teardown(
			jws_never_takes_the_algorithm_from_the_token, sign, unsign),
		cmocka_unit_test_setup_teardown(
			jws_verifies_with_another_implementation, sign, unsign),
		cmocka_unit_test(jws_refuses_a_key_of_the_wrong_curve),
	};

	return cmocka_run_group_tests_name("jose", tests, NULL, NULL);
}
