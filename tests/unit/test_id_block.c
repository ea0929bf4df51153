/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID block and ID authentication: refused after any change, as the secure processor would; keys in
 * every form they come in; the published block and key digest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "attest/measure/id_block.h"
#include "common/base64.h"
#include "common/hex.h"
#include "tests/unit/vectors.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct crypto_ec_key *id_key, *author_key;
static uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];

/* The published example: this digest, version 1, policy 0x30000, the rest zero. */
static const char ld_hex[] = "076f052d08bda7a700aa2a608c5caa6b00ebad297b6d68a85a45b1e669a558b6"
			     "7e1b91d284a301fe63c4fa0750467eed";

static int setup(void **state)
{
	struct snp_id_block b = {.policy = SNP_POLICY_DEFAULT};

	(void)state;
	assert_int_equal(crypto_ec_generate(&id_key, CRYPTO_P384), 0);
	assert_int_equal(crypto_ec_generate(&author_key, CRYPTO_P384), 0);
	assert_int_equal(hex_decode(b.ld, sizeof(b.ld), ld_hex, "ld", NULL), 0);
	assert_int_equal(snp_id_block_encode(block, &b, NULL), 0);
	assert_int_equal(snp_id_auth_build(auth, block, id_key, author_key, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	crypto_ec_free(id_key);
	crypto_ec_free(author_key);
	return 0;
}

static int verify(struct snp_id_keys *keys, struct error *err)
{
	return snp_id_auth_verify(
		keys, (struct view){block, sizeof(block)}, (struct view){auth, sizeof(auth)}, err);
}

static void refuses_a_policy_without_the_bit_that_must_be_one(void **state)
{
	struct snp_id_block b = {.policy = 0x10000};
	uint8_t out[SNP_ID_BLOCK_SIZE];

	(void)state;
	assert_int_equal(snp_id_block_encode(out, &b, NULL), HC_ERANGE);
}

static void refuses_keys_of_another_curve(void **state)
{
	uint8_t out[SNP_ID_AUTH_SIZE], digest[SHA384_SIZE];
	struct crypto_ec_public pub;
	struct crypto_ec_key *p256;

	(void)state;
	assert_int_equal(crypto_ec_generate(&p256, CRYPTO_P256), 0);
	assert_int_equal(snp_id_auth_build(out, block, p256, NULL, NULL), HC_EUNSUPPORTED);
	assert_int_equal(snp_id_auth_build(out, block, id_key, p256, NULL), HC_EUNSUPPORTED);
	assert_int_equal(crypto_ec_public(p256, &pub), 0);
	assert_int_equal(snp_key_digest(digest, &pub, NULL), HC_EUNSUPPORTED);
	crypto_ec_free(p256);
}

static void refuses_other_sizes(void **state)
{
	struct snp_id_keys keys;
	uint8_t large[SNP_ID_AUTH_SIZE + 1] = {0};

	(void)state;
	memcpy(large, block, sizeof(block));
	for (size_t len = 0; len <= SNP_ID_BLOCK_SIZE + 1; len++)
		assert_int_equal(snp_id_auth_verify(&keys, (struct view){large, len},
					 (struct view){auth, sizeof(auth)}, NULL),
			len == SNP_ID_BLOCK_SIZE ? 0 : HC_EFORMAT);
	memcpy(large, auth, sizeof(auth));
	for (size_t len = 0; len <= SNP_ID_AUTH_SIZE + 1; len++)
		if (len != SNP_ID_AUTH_SIZE)
			assert_int_equal(
				snp_id_auth_verify(&keys, (struct view){block, sizeof(block)},
					(struct view){large, len}, NULL),
				HC_EFORMAT);
}

static void refuse_changes(uint8_t *bytes, size_t len)
{
	struct snp_id_keys keys;

	for (size_t at = 0; at < len; at++) {
		if (bytes[at] && at % 7) /* enough: each of these costs a signature check */
			continue;
		bytes[at] ^= (uint8_t)(1U << at % 8);
		assert_int_not_equal(verify(&keys, NULL), 0);
		assert_true(bytes_all_zero(keys.id_key_digest, SHA384_SIZE));
		bytes[at] ^= (uint8_t)(1U << at % 8);
	}
	assert_int_equal(verify(&keys, NULL), 0);
}

static void changes_all_over_the_block_are_refused(void **state)
{
	(void)state;
	refuse_changes(block, sizeof(block));
}

static void changes_all_over_the_authentication_are_refused(void **state)
{
	(void)state;
	refuse_changes(auth, sizeof(auth));
}

static void another_key_is_another_digest(void **state)
{
	uint8_t other[SNP_ID_AUTH_SIZE], want[SHA384_SIZE];
	struct crypto_ec_public pub;
	struct snp_id_keys keys, first;

	(void)state;
	assert_int_equal(verify(&first, NULL), 0);
	assert_true(first.author);
	assert_int_equal(crypto_ec_public(author_key, &pub), 0);
	assert_int_equal(snp_key_digest(want, &pub, NULL), 0);
	assert_memory_equal(first.author_key_digest, want, SHA384_SIZE);
	assert_int_equal(snp_id_auth_build(other, block, author_key, NULL, NULL), 0);
	assert_int_equal(snp_id_auth_verify(&keys, (struct view){block, sizeof(block)},
				 (struct view){other, sizeof(other)}, NULL),
		0);
	assert_false(keys.author);
	assert_true(bytes_all_zero(keys.author_key_digest, SHA384_SIZE));
	assert_memory_equal(keys.id_key_digest, want, SHA384_SIZE);
}

static void the_block_is_the_published_one(void **state)
{
	char text[200];

	(void)state;
	base64_encode(BASE64_STD, text, block, sizeof(block));
	assert_string_equal(text,
		"B28FLQi9p6cAqipgjFyqawDrrSl7bWioWkWx5mmlWLZ+G5HShKMB/mPE+gdQRn7t"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAwAAAAAA");
}

static void fields_come_back_as_they_went_in(void **state)
{
	struct snp_id_block in = {
		.family_id = {1, 2}, .image_id = {[15] = 3}, .guest_svn = 7, .policy = 0x2030000};
	struct snp_id_block out;
	uint8_t bytes[SNP_ID_BLOCK_SIZE];

	(void)state;
	memset(in.ld, 0xc3, sizeof(in.ld));
	assert_int_equal(snp_id_block_encode(bytes, &in, NULL), 0);
	assert_int_equal(snp_id_block_parse(&out, (struct view){bytes, sizeof(bytes)}, NULL), 0);
	assert_memory_equal(out.ld, in.ld, sizeof(in.ld));
	assert_memory_equal(out.family_id, in.family_id, 16);
	assert_memory_equal(out.image_id, in.image_id, 16);
	assert_int_equal(out.guest_svn, 7);
	assert_true(out.policy == 0x2030000);
}

static void assert_key_digest(struct view file, const char *want)
{
	struct crypto_ec_public key;
	uint8_t digest[SHA384_SIZE];
	char text[2 * SHA384_SIZE + 1];

	assert_int_equal(snp_key_read(&key, file, NULL), 0);
	assert_int_equal(snp_key_digest(digest, &key, NULL), 0);
	hex_encode(text, digest, SHA384_SIZE);
	assert_string_equal(text, want);
}

/* DER as PEM; the caller frees. */
static struct bytes to_pem(const struct bytes *der)
{
	struct bytes out = {0};
	char text[300];

	assert_true(base64_encoded_size(der->len) <= sizeof(text));
	base64_encode(BASE64_STD, text, der->data, der->len);
	assert_int_equal(bytes_append(&out, "-----BEGIN PUBLIC KEY-----\n", 27), 0);
	for (size_t i = 0; i < strlen(text); i += 64) {
		assert_int_equal(bytes_append(&out, text + i, strnlen(text + i, 64)), 0);
		assert_int_equal(bytes_append(&out, "\n", 1), 0);
	}
	assert_int_equal(bytes_append(&out, "-----END PUBLIC KEY-----\n", 25), 0);
	return out;
}

static void refuse_truncations_and_flips(const struct bytes *file, size_t needed)
{
	struct crypto_ec_public key;

	for (size_t len = 0; len < needed; len++) {
		uint8_t *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, file->data, len);
		assert_int_not_equal(snp_key_read(&key, (struct view){copy, len}, NULL), 0);
		free(copy);
	}
	for (size_t at = 0; at < file->len; at++) {
		file->data[at] ^= (uint8_t)(1U << at % 8);
		if (at + 1 < file->len || needed == file->len)
			assert_int_not_equal(snp_key_read(&key, bytes_view(file), NULL), 0);
		file->data[at] ^= (uint8_t)(1U << at % 8);
	}
}

static void reads_the_published_key_in_every_form_and_nothing_near_it(void **state)
{
	struct bytes der, raw, pem;
	const char *want;
	json_t *json;

	(void)state;
	vectors_needed();
	der = vectors_read("measure/snp-id-key-digest/public_key.der");
	raw = vectors_read("measure/snp-id-key-digest/amd_public_key.bin");
	json = vectors_json("measure/snp-id-key-digest/case.json");
	assert_int_equal(
		json_unpack(json, "{s:[{s:{s:s}}]}", "computations", "expect", "key_digest", &want),
		0);
	pem = to_pem(&der);
	assert_key_digest(bytes_view(&der), want);
	assert_key_digest(bytes_view(&raw), want);
	assert_key_digest(bytes_view(&pem), want);
	refuse_truncations_and_flips(&der, der.len);
	refuse_truncations_and_flips(&raw, raw.len);
	refuse_truncations_and_flips(&pem, pem.len - 1); /* but for the last line end */
	json_decref(json);
	bytes_free(&der);
	bytes_free(&raw);
	bytes_free(&pem);
}

static void a_private_key_gives_its_public_half(void **state)
{
	struct bytes pem = {0};
	struct crypto_ec_public read, want;

	(void)state;
	assert_int_equal(crypto_ec_to_pem(id_key, &pem), 0);
	assert_int_equal(snp_key_read(&read, bytes_view(&pem), NULL), 0);
	assert_int_equal(crypto_ec_public(id_key, &want), 0);
	assert_memory_equal(read.x, want.x, sizeof(want.x));
	assert_memory_equal(read.y, want.y, sizeof(want.y));
	bytes_free(&pem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_policy_without_the_bit_that_must_be_one),
		cmocka_unit_test(refuses_keys_of_another_curve),
		cmocka_unit_test(refuses_other_sizes),
		cmocka_unit_test(changes_all_over_the_block_are_refused),
		cmocka_unit_test(changes_all_over_the_authentication_are_refused),
		cmocka_unit_test(another_key_is_another_digest),
		cmocka_unit_test(the_block_is_the_published_one),
		cmocka_unit_test(fields_come_back_as_they_went_in),
		cmocka_unit_test(reads_the_published_key_in_every_form_and_nothing_near_it),
		cmocka_unit_test(a_private_key_gives_its_public_half),
	};

	return cmocka_run_group_tests_name("id_block", tests, setup, teardown);
}
