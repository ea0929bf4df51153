/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backends of RSASSA-PSS verification against each other: encoded messages made by hand, each
 * wrong in one place and then put through the private key, so that only the rule in question can
 * refuse them; moduli of odd lengths; values not below the modulus; bit flips.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/crypto/mbed.h"
#include "attest/crypto/verify.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

struct key {
	mbedtls_mpi n, e, d;
	uint8_t modulus[RSA_BYTES_MAX + 1], exponent[RSA_EXPONENT_BYTES_MAX];
	size_t len, exponent_len, bits;
};

/* Made once: keys take their time. The last ones have moduli of odd lengths. */
static const unsigned int key_bits[] = {2048, 3072, 4096, 2050, 2056, 2058, 3074};
static struct key keys[LEN(key_bits)];

static void key_make(struct key *key, unsigned int bits, int e)
{
	mbedtls_rsa_context rsa;

	mbedtls_mpi_init(&key->n);
	mbedtls_mpi_init(&key->e);
	mbedtls_mpi_init(&key->d);
	compat_rsa_init(&rsa);
	assert_int_equal(mbedtls_rsa_gen_key(&rsa, mbed_rng, NULL, bits, e), 0);
	assert_int_equal(mbedtls_rsa_export(&rsa, &key->n, NULL, NULL, &key->d, &key->e), 0);
	mbedtls_rsa_free(&rsa);
	key->bits = mbedtls_mpi_bitlen(&key->n);
	key->len = mbedtls_mpi_size(&key->n);
	key->exponent_len = mbedtls_mpi_size(&key->e);
	assert_int_equal(mbedtls_mpi_write_binary(&key->n, key->modulus, key->len), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&key->e, key->exponent, key->exponent_len), 0);
}

static int set_up(void **state)
{
	static const int exponents[LEN(keys)] = {65537, 65537, 65537, 3, 65539, 0x2aaaaaab, 17};

	(void)state;
	for (size_t i = 0; i < LEN(keys); i++)
		key_make(&keys[i], key_bits[i], exponents[i]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(keys); i++) {
		mbedtls_mpi_free(&keys[i].n);
		mbedtls_mpi_free(&keys[i].e);
		mbedtls_mpi_free(&keys[i].d);
	}
	return 0;
}

struct sample {
	const struct key *key;
	enum crypto_hash hash;
	uint8_t digest[SHA512_SIZE], signature[RSA_BYTES_MAX];
};

/* Both backends where both are there; they must agree. */
static int verify(const struct sample *t)
{
	struct view modulus = {t->key->modulus, t->key->len};
	struct view exponent = {t->key->exponent, t->key->exponent_len};
	int mbed = rsa_verify_mbed(modulus, exponent, t->hash, t->digest, t->signature);

#if HC_CRYPTO_NETTLE
	assert_int_equal(
		rsa_verify_nettle(modulus, exponent, t->hash, t->digest, t->signature), mbed);
#endif
	return mbed;
}

/* The raw private operation, on a message of the modulus's length. False if not below it. */
static bool apply(struct sample *t, const uint8_t *em)
{
	mbedtls_mpi x;
	bool fits;

	mbedtls_mpi_init(&x);
	assert_int_equal(mbedtls_mpi_read_binary(&x, em, t->key->len), 0);
	fits = mbedtls_mpi_cmp_mpi(&x, &t->key->n) < 0;
	if (fits) {
		assert_int_equal(mbedtls_mpi_exp_mod(&x, &x, &t->key->d, &t->key->n, NULL), 0);
		assert_int_equal(mbedtls_mpi_write_binary(&x, t->signature, t->key->len), 0);
	}
	mbedtls_mpi_free(&x);
	return fits;
}

/* What can be wrong in an encoded message. Zeroed: a good one. */
struct fault {
	int salt_delta;       /* bytes more or less than the hash has */
	uint8_t separator;    /* in place of 0x01 */
	uint8_t padding;      /* first byte of the zeros */
	uint8_t trailer;      /* in place of 0xbc */
	bool top_bit;         /* the bit above the message, which is the modulus's highest */
	bool other_mask_hash; /* MGF1 with another hash */
	bool hash_of_digest;  /* no eight zeros before the digest */
};

static void mgf1(
	enum crypto_hash hash, uint8_t *data, size_t len, const uint8_t *seed, size_t seed_len)
{
	uint8_t block[SHA512_SIZE + 4], mask[SHA512_SIZE];

	memcpy(block, seed, seed_len);
	for (size_t i = 0; i < len; i++) {
		size_t size = crypto_hash_size(hash);

		if (i % size == 0) {
			put_be32(block + seed_len, (uint32_t)(i / size));
			assert_int_equal(
				crypto_hash(hash, (struct view){block, seed_len + 4}, mask), 0);
		}
		data[i] ^= mask[i % size];
	}
}

/* EMSA-PSS-ENCODE (RFC 8017, 9.1.1), with a fault. False if not below the modulus. */
static bool encode(struct sample *t, const struct fault *fault)
{
	size_t bits = t->key->bits - 1, len = (bits + 7) / 8, size = crypto_hash_size(t->hash);
	size_t salt_len = (size_t)((int)size + fault->salt_delta), db = len - size - 1;
	uint8_t buf[RSA_BYTES_MAX] = {0}, *em = buf + t->key->len - len, *h = em + db;
	uint8_t message[8 + 3 * SHA512_SIZE] = {0}, unused = (uint8_t)(0xff00U >> (8 * len - bits));
	size_t lead = fault->hash_of_digest ? 0 : 8;

	assert_int_equal(crypto_random(h - salt_len, salt_len), 0);
	memcpy(message + lead, t->digest, size);
	memcpy(message + lead + size, h - salt_len, salt_len);
	assert_int_equal(
		crypto_hash(t->hash, (struct view){message, lead + size + salt_len}, h), 0);
	em[db - salt_len - 1] = fault->separator ? fault->separator : 0x01;
	em[db - salt_len - 2] ^= fault->padding;
	mgf1(fault->other_mask_hash ? CRYPTO_SHA256 : t->hash, em, db, h, size);
	em[0] &= (uint8_t)~unused;
	if (fault->top_bit)
		buf[0] |= (uint8_t)(0x80U >> (8 * t->key->len - t->key->bits));
	em[len - 1] = fault->trailer ? fault->trailer : 0xbc;
	return apply(t, buf);
}

static struct sample sample(const struct key *key, enum crypto_hash hash)
{
	struct sample t = {.key = key, .hash = hash};

	assert_int_equal(crypto_random(t.digest, sizeof(t.digest)), 0);
	return t;
}

static void refuses_one_thing_wrong_in_the_encoded_message(void **state)
{
	static const struct fault faults[] = {
		{.salt_delta = -1},
		{.salt_delta = 1},
		{.salt_delta = -48},
		{.salt_delta = 16},
		{.separator = 0x02},
		{.separator = 0x81},
		{.padding = 0x01},
		{.padding = 0x80},
		{.trailer = 0xcc},
		{.trailer = 0xbd},
		{.trailer = 0x3c},
		{.other_mask_hash = true},
		{.hash_of_digest = true},
	};

	(void)state;
	for (size_t k = 0; k < LEN(keys); k++) {
		struct sample t = sample(&keys[k], CRYPTO_SHA384);

		for (size_t i = 0; i < LEN(faults); i++) {
			assert_true(encode(&t, &faults[i]));
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
	}
}

static void refuses_the_bit_above_the_encoded_message(void **state)
{
	const struct fault fault = {.top_bit = true};
	int tried = 0;

	(void)state;
	for (size_t k = 0; k < LEN(keys); k++) {
		struct sample t = sample(&keys[k], CRYPTO_SHA384);

		/* With this bit it is below the modulus more or less often, as the key goes. */
		for (int i = 0; i < 200; i++) {
			if (!encode(&t, &fault))
				continue;
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			tried++;
			break;
		}
	}
	assert_true(tried >= 3);
}

static void refuses_a_signature_that_is_not_below_the_modulus(void **state)
{
	int tried = 0;

	(void)state;
	for (size_t k = 0; k < LEN(keys); k++) {
		struct sample t = sample(&keys[k], CRYPTO_SHA384);
		int carry = 0;

		assert_true(encode(&t, &(struct fault){0}));
		assert_int_equal(verify(&t), 0);
		for (size_t i = t.key->len; i-- > 0;) { /* the same number modulo n */
			carry += t.signature[i] + t.key->modulus[i];
			t.signature[i] = (uint8_t)(carry & 0xff);
			carry >>= 8;
		}
		tried += !carry;
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		memcpy(t.signature, t.key->modulus, t.key->len); /* zero modulo n */
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		memset(t.signature, 0xff, t.key->len);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		memset(t.signature, 0, t.key->len);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		t.signature[t.key->len - 1] = 1;
		assert_int_equal(verify(&t), HC_ESIGNATURE);
	}
	assert_true(tried >= 3); /* those of 2050, 2058 and 3074 bits */
}

static void refuses_keys_that_are_none(void **state)
{
	static const uint8_t even[] = {1, 0, 0}, one[] = {1}, zero[] = {0}, two[] = {2};
	static const struct view exponents[] = {{even, 3}, {one, 1}, {zero, 1}, {two, 1}};

	(void)state;
	struct sample t = sample(&keys[0], CRYPTO_SHA384);
	struct key bad = keys[0];

	assert_true(encode(&t, &(struct fault){0}));
	t.key = &bad;
	for (size_t i = 0; i < LEN(exponents); i++) {
		memcpy(bad.exponent, exponents[i].data, exponents[i].len);
		bad.exponent_len = exponents[i].len;
		assert_int_equal(verify(&t), HC_EFORMAT);
	}
	bad = keys[0];
	bad.modulus[bad.len - 1] ^= 1;
	assert_int_equal(verify(&t), HC_EFORMAT);
}

static void refuses_lengths_that_are_not_the_contract(void **state)
{
	struct view e = {keys[2].exponent, keys[2].exponent_len};
	uint8_t big[RSA_BYTES_MAX + 1] = {0x80};
	struct sample t = sample(&keys[2], CRYPTO_SHA384);
	struct view n = {keys[2].modulus, keys[2].len}, s = {t.signature, keys[2].len};

	(void)state;
	assert_true(encode(&t, &(struct fault){0}));
	assert_int_equal(crypto_rsa_pss_verify(n, e, CRYPTO_SHA384, t.digest, s), 0);
	assert_int_equal(
		crypto_rsa_pss_verify(n, e, (enum crypto_hash)9, t.digest, s), HC_EUNSUPPORTED);
	s.len--;
	assert_int_equal(crypto_rsa_pss_verify(n, e, CRYPTO_SHA384, t.digest, s), HC_ESIGNATURE);
	assert_int_equal(crypto_rsa_pss_verify((struct view){big, sizeof(big)}, e, CRYPTO_SHA384,
				 t.digest, (struct view){big, sizeof(big)}),
		HC_EUNSUPPORTED);
	assert_int_equal(crypto_rsa_pss_verify((struct view){n.data, 255}, e, CRYPTO_SHA384,
				 t.digest, (struct view){n.data, 255}),
		HC_EUNSUPPORTED);
	assert_int_equal(crypto_rsa_pss_verify(
				 (struct view){0}, e, CRYPTO_SHA384, t.digest, (struct view){0}),
		HC_EUNSUPPORTED);
	s.len++;
	assert_int_equal(crypto_rsa_pss_verify(n, (struct view){0}, CRYPTO_SHA384, t.digest, s),
		HC_EUNSUPPORTED);
	assert_int_equal(
		crypto_rsa_pss_verify(n, (struct view){big, 9}, CRYPTO_SHA384, t.digest, s),
		HC_EUNSUPPORTED);
}

static void refuses_bits_changed_in_key_digest_and_signature(void **state)
{
	(void)state;
	for (size_t k = 0; k < LEN(keys); k++) {
		struct sample t = sample(&keys[k], CRYPTO_SHA384);
		struct key changed = keys[k];

		assert_true(encode(&t, &(struct fault){0}));
		for (size_t bit = 0; bit < 8 * t.key->len; bit += 97) {
			t.signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			t.signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		for (size_t bit = 0; bit < 8 * SHA384_SIZE; bit += 41) {
			t.digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			t.digest[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		assert_int_equal(verify(&t), 0);
		t.key = &changed;
		for (size_t bit = 8; bit < 8 * (changed.len - 1); bit += 131) {
			changed.modulus[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			changed.modulus[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
}

static void verifies_with_each_hash_and_each_length_of_modulus(void **state)
{
	(void)state;
	for (size_t k = 0; k < LEN(keys); k++) {
		for (int hash = CRYPTO_SHA256; hash <= CRYPTO_SHA512; hash++) {
			struct sample t = sample(&keys[k], (enum crypto_hash)hash);
			struct sample other;

			assert_true(encode(&t, &(struct fault){0}));
			assert_int_equal(verify(&t), 0);
			other = t;
			other.hash = (enum crypto_hash)((hash + 1) % 3);
			assert_int_equal(verify(&other), HC_ESIGNATURE);
			other = t;
			other.key = &keys[(k + 1) % LEN(keys)];
			if (other.key->len == t.key->len)
				assert_int_equal(verify(&other), HC_ESIGNATURE);
		}
	}
}

static void random_signatures_give_the_same_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 70; i++) {
		struct sample t = sample(&keys[(size_t)i % LEN(keys)], CRYPTO_SHA384);

		assert_int_equal(crypto_random(t.signature, t.key->len), 0);
		t.signature[0] = 0;
		assert_int_equal(verify(&t), HC_ESIGNATURE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_one_thing_wrong_in_the_encoded_message),
		cmocka_unit_test(refuses_the_bit_above_the_encoded_message),
		cmocka_unit_test(refuses_a_signature_that_is_not_below_the_modulus),
		cmocka_unit_test(refuses_keys_that_are_none),
		cmocka_unit_test(refuses_lengths_that_are_not_the_contract),
		cmocka_unit_test(refuses_bits_changed_in_key_digest_and_signature),
		cmocka_unit_test(random_signatures_give_the_same_answer),
		cmocka_unit_test(verifies_with_each_hash_and_each_length_of_modulus),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
