/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backends of ECDSA verification against each other and against known answers: edge values,
 * arithmetic with chosen multiples of the base point and of the key, random keys, bit flips.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "attest/crypto/mbed.h"
#include "attest/crypto/verify.h"
#include "common/hex.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

struct sample {
	struct crypto_ec_public key;
	uint8_t digest[SHA512_SIZE], r[48], s[48];
	size_t size, digest_len;
};

/* Both backends where both are there; they must agree. */
static int verify(const struct sample *t)
{
	int mbed = ec_verify_mbed(&t->key, t->digest, t->digest_len, t->r, t->s);

#if HC_CRYPTO_NETTLE
	assert_int_equal(ec_verify_nettle(&t->key, t->digest, t->digest_len, t->r, t->s), mbed);
#endif
	return mbed;
}

static const char *const orders[] = {
	[CRYPTO_P256] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	[CRYPTO_P384] = "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
			"581a0db248b0a77aecec196accc52973",
};

static const char *const primes[] = {
	[CRYPTO_P256] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
	[CRYPTO_P384] = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
			"ffffffff0000000000000000ffffffff",
};

static void unhex(uint8_t *out, const char *text)
{
	assert_int_equal(hex_decode(out, strlen(text) / 2, text, "test", NULL), 0);
}

/* value + delta, big-endian, wrapping. */
static void add_small(uint8_t *value, size_t size, int delta)
{
	int carry = delta;

	for (size_t i = size; i-- > 0 && carry;) {
		carry += value[i];
		value[i] = (uint8_t)(carry & 0xff);
		carry >>= 8;
	}
}

static void order_plus(uint8_t *out, enum crypto_curve curve, int delta)
{
	unhex(out, orders[curve]);
	add_small(out, crypto_curve_size(curve), delta);
}

/* A fresh key and its signature over a digest of `digest_len` bytes that depends on `seed`. */
static void sign(struct sample *t, enum crypto_curve curve, size_t digest_len, uint8_t seed)
{
	struct crypto_ec_key *key;

	*t = (struct sample){.size = crypto_curve_size(curve), .digest_len = digest_len};
	for (size_t i = 0; i < digest_len; i++)
		t->digest[i] = (uint8_t)(seed * 31 + i * 7 + 1);
	assert_int_equal(crypto_ec_generate(&key, curve), 0);
	assert_int_equal(crypto_ec_public(key, &t->key), 0);
	assert_int_equal(crypto_ecdsa_sign(key, t->digest, digest_len, t->r, t->s), 0);
	crypto_ec_free(key);
	assert_int_equal(verify(t), 0);
}

static void refuses_r_and_s_outside_1_to_n_minus_1(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct sample good, t;

		sign(&good, (enum crypto_curve)c, crypto_curve_size((enum crypto_curve)c), 1);
		for (int part = 0; part < 2; part++) {
			for (int delta = -2; delta <= 2; delta++) {
				t = good;
				order_plus(part ? t.s : t.r, (enum crypto_curve)c, delta);
				assert_int_equal(verify(&t), HC_ESIGNATURE);
			}
			t = good;
			memset(part ? t.s : t.r, 0, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			add_small(part ? t.s : t.r, t.size, 1);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
			memset(part ? t.s : t.r, 0xff, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
		memset(t.r, 0, t.size);
		memset(t.s, 0, t.size);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
	}
}

static void refuses_points_that_are_not_on_the_curve(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct sample good, t;

		sign(&good, (enum crypto_curve)c, 48, 2);
		t = good;
		memset(t.key.x, 0, t.size); /* what some write for infinity */
		memset(t.key.y, 0, t.size);
		assert_int_equal(verify(&t), HC_EFORMAT);
		for (size_t bit = 0; bit < 8 * t.size; bit += 29) {
			t = good;
			t.key.y[bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_int_equal(verify(&t), HC_EFORMAT);
			t = good;
			t.key.x[bit / 8] ^= (uint8_t)(1U << bit % 8);
			/* Half of all x have a point, but not with this y. */
			assert_int_equal(verify(&t), HC_EFORMAT);
		}
		t = good;
		memcpy(t.key.x, good.key.y, t.size);
		memcpy(t.key.y, good.key.x, t.size);
		assert_int_equal(verify(&t), HC_EFORMAT);
	}
}

/*
 * x = 0 is on both curves: y^2 = b has a root. The same point with x = p is another writing of it,
 * and has to be refused; as is p - y in place of y where it is not the key's.
 */
static void refuses_coordinates_that_are_not_below_the_prime(void **state)
{
	static const char *const root_of_b[] = {
		[CRYPTO_P256] = "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
		[CRYPTO_P384] = "3cf99ef04f51a5ea630ba3f9f960dd593a14c9be39fd2bd215d3b4b08aaaf86b"
				"bf927f2c46e52ab06fb742b8850e521e",
	};

	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct sample t;

		sign(&t, (enum crypto_curve)c, 48, 3);
		memset(t.key.x, 0, t.size);
		unhex(t.key.y, root_of_b[c]);
		assert_int_equal(verify(&t), HC_ESIGNATURE); /* a point, and not the signer's */
		unhex(t.key.x, primes[c]);
		assert_int_equal(verify(&t), HC_EFORMAT);
		add_small(t.key.x, t.size, 1);
		assert_int_equal(verify(&t), HC_EFORMAT);
		memset(t.key.x, 0, t.size);
		memset(t.key.y, 0xff, t.size);
		assert_int_equal(verify(&t), HC_EFORMAT);
	}
}

static void refuses_every_bit_changed_in_key_digest_r_and_s(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct sample t;
		uint8_t *parts[] = {t.digest, t.r, t.s};

		sign(&t, (enum crypto_curve)c, crypto_curve_size((enum crypto_curve)c), 4);
		for (size_t p = 0; p < LEN(parts); p++) {
			for (size_t bit = 0; bit < 8 * t.size; bit += 13) {
				parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
				assert_int_equal(verify(&t), HC_ESIGNATURE);
				parts[p][bit / 8] ^= (uint8_t)(1U << bit % 8);
			}
		}
		assert_int_equal(verify(&t), 0);
	}
}

static void refuses_the_signature_of_another_key(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct sample a, b;

		sign(&a, (enum crypto_curve)c, 48, 5);
		sign(&b, (enum crypto_curve)c, 48, 5);
		a.key = b.key;
		assert_int_equal(verify(&a), HC_ESIGNATURE);
	}
}

static void truncates_digests_as_fips_186_says(void **state)
{
	static const size_t lens[] = {SHA256_SIZE, SHA384_SIZE, SHA512_SIZE};

	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		for (size_t i = 0; i < LEN(lens); i++) {
			struct sample t;

			sign(&t, (enum crypto_curve)c, lens[i], 6);
			if (lens[i] > t.size) { /* what is cut off does not count */
				t.digest[lens[i] - 1] ^= 1;
				assert_int_equal(verify(&t), 0);
			}
			t.digest[(lens[i] < t.size ? lens[i] : t.size) - 1] ^= 1;
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
	}
}

static void random_keys_and_digests_give_the_same_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 24; i++) {
		enum crypto_curve curve = i & 1 ? CRYPTO_P256 : CRYPTO_P384;
		static const size_t lens[] = {SHA256_SIZE, SHA384_SIZE, SHA512_SIZE};
		struct sample t;

		sign(&t, curve, lens[i % 3], (uint8_t)i);
		assert_int_equal(crypto_random(t.r, t.size), 0);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
	}
}

/* --- arithmetic: signatures made from chosen u1 and u2, without a private key --- */

struct maker {
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q, point;
	mbedtls_mpi d, u1, u2, r, s, h;
};

static void maker_init(struct maker *m, enum crypto_curve curve)
{
	mbedtls_ecp_group_init(&m->grp);
	mbedtls_ecp_point_init(&m->q);
	mbedtls_ecp_point_init(&m->point);
	mbedtls_mpi_init(&m->d);
	mbedtls_mpi_init(&m->u1);
	mbedtls_mpi_init(&m->u2);
	mbedtls_mpi_init(&m->r);
	mbedtls_mpi_init(&m->s);
	mbedtls_mpi_init(&m->h);
	assert_int_equal(mbedtls_ecp_group_load(&m->grp, mbed_group(curve)), 0);
}

static void maker_free(struct maker *m)
{
	mbedtls_mpi_free(&m->h);
	mbedtls_mpi_free(&m->s);
	mbedtls_mpi_free(&m->r);
	mbedtls_mpi_free(&m->u2);
	mbedtls_mpi_free(&m->u1);
	mbedtls_mpi_free(&m->d);
	mbedtls_ecp_point_free(&m->point);
	mbedtls_ecp_point_free(&m->q);
	mbedtls_ecp_group_free(&m->grp);
}

/* 0 and above: the number itself; below: n + number. */
static void scalar(mbedtls_mpi *out, const struct maker *m, int value)
{
	assert_int_equal(mbedtls_mpi_lset(out, value), 0);
	if (value < 0)
		assert_int_equal(mbedtls_mpi_add_mpi(out, &m->grp.N, out), 0);
}

/*
 * R = u1 G + u2 Q; r = x(R) mod n, s = r / u2, h = u1 s: a good signature of h by Q. False where R
 * is infinity.
 */
static bool make(struct sample *t, struct maker *m, enum crypto_curve curve)
{
	mbedtls_mpi *n = &m->grp.N;

	*t = (struct sample){.size = crypto_curve_size(curve)};
	t->digest_len = t->size;
	t->key.curve = curve;
	assert_int_equal(mbed_point_write(&m->grp, &m->q, &t->key), 0);
	if (mbedtls_mpi_cmp_int(&m->u1, 0) == 0)
		assert_int_equal(
			mbedtls_ecp_mul(&m->grp, &m->point, &m->u2, &m->q, mbed_rng, NULL), 0);
	else
		assert_int_equal(
			mbedtls_ecp_muladd(&m->grp, &m->point, &m->u1, &m->grp.G, &m->u2, &m->q),
			0);
	if (mbedtls_ecp_is_zero(&m->point))
		return false;
	struct crypto_ec_public out = {.curve = curve};

	assert_int_equal(mbed_point_write(&m->grp, &m->point, &out), 0);
	assert_int_equal(mbedtls_mpi_read_binary(&m->r, out.x, t->size), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->r, &m->r, n), 0);
	assert_int_equal(mbedtls_mpi_inv_mod(&m->s, &m->u2, n), 0);
	assert_int_equal(mbedtls_mpi_mul_mpi(&m->s, &m->s, &m->r), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->s, &m->s, n), 0);
	assert_int_equal(mbedtls_mpi_mul_mpi(&m->h, &m->u1, &m->s), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->h, &m->h, n), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&m->r, t->r, t->size), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&m->s, t->s, t->size), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&m->h, t->digest, t->size), 0);
	return true;
}

static void chosen_multiples_verify_and_one_bit_off_do_not(void **state)
{
	static const int values[] = {1, 2, 3, 15, 16, 33, 256, -1, -2, -17};

	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;

		maker_init(&m, (enum crypto_curve)c);
		assert_int_equal(mbedtls_ecp_gen_keypair(&m.grp, &m.d, &m.q, mbed_rng, NULL), 0);
		for (size_t i = 0; i < LEN(values) * LEN(values); i++) {
			scalar(&m.u1, &m, values[i / LEN(values)]);
			scalar(&m.u2, &m, values[i % LEN(values)]);
			assert_true(make(&t, &m, (enum crypto_curve)c));
			assert_int_equal(verify(&t), 0);
			t.s[t.size - 1] ^= 1;
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
		maker_free(&m);
	}
}

static void verifies_a_digest_of_zero(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;

		maker_init(&m, (enum crypto_curve)c);
		assert_int_equal(mbedtls_ecp_gen_keypair(&m.grp, &m.d, &m.q, mbed_rng, NULL), 0);
		scalar(&m.u1, &m, 0);
		scalar(&m.u2, &m, 12345);
		assert_true(make(&t, &m, (enum crypto_curve)c));
		assert_true(bytes_all_zero(t.digest, t.size));
		assert_int_equal(verify(&t), 0);
		unhex(t.digest, orders[c]); /* the same number modulo n */
		assert_int_equal(verify(&t), 0);
		t.digest[t.size - 1] ^= 1;
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		maker_free(&m);
	}
}

/* Keys of 1, 2, n - 1 and so on: sums meet the base point, its double, and infinity. */
static void multiples_of_weak_keys_never_verify_more_than_mbedtls_says(void **state)
{
	static const int keys[] = {1, 2, 16, -1, -2};
	static const int values[] = {1, 2, 3, 16, -1, -2, -16};
	int made = 0;

	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;

		maker_init(&m, (enum crypto_curve)c);
		for (size_t i = 0; i < LEN(keys) * LEN(values) * LEN(values); i++) {
			int d = keys[i / LEN(values) / LEN(values)];
			int u1 = values[i / LEN(values) % LEN(values)];
			int u2 = values[i % LEN(values)];
			int mbed, own;

			scalar(&m.d, &m, d);
			scalar(&m.u1, &m, u1);
			scalar(&m.u2, &m, u2);
			assert_int_equal(
				mbedtls_ecp_mul(&m.grp, &m.q, &m.d, &m.grp.G, mbed_rng, NULL), 0);
			if (!make(&t, &m, (enum crypto_curve)c))
				continue;
			made++;
			mbed = ec_verify_mbed(&t.key, t.digest, t.digest_len, t.r, t.s);
			own = crypto_ecdsa_verify(&t.key, t.digest, t.digest_len, t.r, t.s);
			assert_int_equal(mbed, 0);
			if (own != mbed) {
				assert_int_equal(own, HC_ESIGNATURE);
				assert_int_equal(u1, u2 * d); /* the one case that is documented */
			}
		}
		maker_free(&m);
	}
	assert_true(made > 400);
}

/* u1 G = -u2 Q: the sum is infinity, which has no x; whatever r is, it must not verify. */
static void refuses_a_sum_at_infinity(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;

		maker_init(&m, (enum crypto_curve)c);
		scalar(&m.d, &m, 7);
		assert_int_equal(mbedtls_ecp_mul(&m.grp, &m.q, &m.d, &m.grp.G, mbed_rng, NULL), 0);
		scalar(&m.u1, &m, -7);
		scalar(&m.u2, &m, 1);
		assert_false(make(&t, &m, (enum crypto_curve)c));
		/* u2 = r / s = 1 and u1 = h / s = -7 for r = s, h = -7 r. */
		for (int r = 1; r < 40; r++) {
			assert_int_equal(mbedtls_mpi_lset(&m.h, -7 * r), 0);
			assert_int_equal(mbedtls_mpi_mod_mpi(&m.h, &m.h, &m.grp.N), 0);
			assert_int_equal(mbedtls_mpi_write_binary(&m.h, t.digest, t.size), 0);
			memset(t.r, 0, t.size);
			add_small(t.r, t.size, r);
			memcpy(t.s, t.r, t.size);
			assert_int_equal(verify(&t), HC_ESIGNATURE);
		}
		maker_free(&m);
	}
}

/* The point with this x, where there is one: y = (x^3 - 3x + b)^((p + 1) / 4), p being 3 modulo 4.
 */
static bool lift(struct maker *m, const mbedtls_mpi *x, enum crypto_curve curve)
{
	struct crypto_ec_public point = {.curve = curve};
	size_t size = crypto_curve_size(curve);
	mbedtls_mpi t, e;
	bool found;

	mbedtls_mpi_init(&t);
	mbedtls_mpi_init(&e);
	assert_int_equal(mbedtls_mpi_mul_mpi(&t, x, x), 0);
	assert_int_equal(mbedtls_mpi_sub_int(&t, &t, 3), 0);
	assert_int_equal(mbedtls_mpi_mul_mpi(&t, &t, x), 0);
	assert_int_equal(mbedtls_mpi_add_mpi(&t, &t, &m->grp.B), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&t, &t, &m->grp.P), 0);
	assert_int_equal(mbedtls_mpi_add_int(&e, &m->grp.P, 1), 0);
	assert_int_equal(mbedtls_mpi_shift_r(&e, 2), 0);
	assert_int_equal(mbedtls_mpi_exp_mod(&t, &t, &e, &m->grp.P, NULL), 0);
	assert_int_equal(mbedtls_mpi_write_binary(x, point.x, size), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&t, point.y, size), 0);
	found = mbed_point_read(&m->grp, &m->point, &point) == 0;
	mbedtls_mpi_free(&e);
	mbedtls_mpi_free(&t);
	return found;
}

/*
 * A signature whose R is m->point, with s = 5 and the digest 3: the key it is good for is
 * (s R - h G) / r.
 */
static void recover(
	struct sample *t, struct maker *m, const mbedtls_mpi *x, enum crypto_curve curve)
{
	mbedtls_mpi *n = &m->grp.N;

	*t = (struct sample){.size = crypto_curve_size(curve), .key.curve = curve};
	t->digest_len = t->size;
	t->digest[t->size - 1] = 3;
	t->s[t->size - 1] = 5;
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->r, x, n), 0);
	assert_int_equal(mbedtls_mpi_write_binary(&m->r, t->r, t->size), 0);
	assert_int_equal(mbedtls_mpi_inv_mod(&m->h, &m->r, n), 0);
	assert_int_equal(mbedtls_mpi_mul_int(&m->u2, &m->h, 5), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->u2, &m->u2, n), 0);
	assert_int_equal(mbedtls_mpi_mul_int(&m->u1, &m->h, 3), 0);
	assert_int_equal(mbedtls_mpi_mod_mpi(&m->u1, &m->u1, n), 0);
	assert_int_equal(mbedtls_mpi_sub_mpi(&m->u1, n, &m->u1), 0);
	assert_int_equal(
		mbedtls_ecp_muladd(&m->grp, &m->q, &m->u1, &m->grp.G, &m->u2, &m->point), 0);
	assert_int_equal(mbed_point_write(&m->grp, &m->q, &t->key), 0);
}

/* value + n, where that fits: the same number modulo n, in another writing. */
static void add_order(uint8_t *value, enum crypto_curve curve)
{
	size_t size = crypto_curve_size(curve);
	uint8_t order[48];
	int carry = 0;

	unhex(order, orders[curve]);
	for (size_t i = size; i-- > 0;) {
		carry += value[i] + order[i];
		value[i] = (uint8_t)(carry & 0xff);
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
}

static void refuses_a_good_signature_with_the_order_added_to_r_or_s(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;
		mbedtls_mpi x;

		maker_init(&m, (enum crypto_curve)c);
		mbedtls_mpi_init(&x);
		for (int value = 1;; value++) { /* a point whose x is small */
			assert_int_equal(mbedtls_mpi_lset(&x, value), 0);
			if (lift(&m, &x, (enum crypto_curve)c))
				break;
		}
		recover(&t, &m, &x, (enum crypto_curve)c);
		assert_int_equal(verify(&t), 0);
		add_order(t.r, (enum crypto_curve)c);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		recover(&t, &m, &x, (enum crypto_curve)c);
		add_order(t.s, (enum crypto_curve)c);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		mbedtls_mpi_free(&x);
		maker_free(&m);
	}
}

/* x of R lies between n and p: r is x - n, and the comparison is one modulo n (FIPS 186-4, 6.4). */
static void verifies_where_x_of_r_is_not_below_the_order(void **state)
{
	(void)state;
	for (int c = CRYPTO_P256; c <= CRYPTO_P384; c++) {
		struct maker m;
		struct sample t;
		mbedtls_mpi x;

		maker_init(&m, (enum crypto_curve)c);
		mbedtls_mpi_init(&x);
		for (int above = 1;; above++) {
			assert_int_equal(mbedtls_mpi_add_int(&x, &m.grp.N, above), 0);
			if (lift(&m, &x, (enum crypto_curve)c))
				break;
		}
		assert_true(mbedtls_mpi_cmp_mpi(&x, &m.grp.P) < 0);
		recover(&t, &m, &x, (enum crypto_curve)c);
		assert_int_equal(verify(&t), 0);
		add_small(t.r, t.size, 1);
		assert_int_equal(verify(&t), HC_ESIGNATURE);
		mbedtls_mpi_free(&x);
		maker_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_r_and_s_outside_1_to_n_minus_1),
		cmocka_unit_test(refuses_a_good_signature_with_the_order_added_to_r_or_s),
		cmocka_unit_test(refuses_points_that_are_not_on_the_curve),
		cmocka_unit_test(refuses_coordinates_that_are_not_below_the_prime),
		cmocka_unit_test(refuses_every_bit_changed_in_key_digest_r_and_s),
		cmocka_unit_test(refuses_the_signature_of_another_key),
		cmocka_unit_test(refuses_a_sum_at_infinity),
		cmocka_unit_test(multiples_of_weak_keys_never_verify_more_than_mbedtls_says),
		cmocka_unit_test(truncates_digests_as_fips_186_says),
		cmocka_unit_test(random_keys_and_digests_give_the_same_answer),
		cmocka_unit_test(chosen_multiples_verify_and_one_bit_off_do_not),
		cmocka_unit_test(verifies_a_digest_of_zero),
		cmocka_unit_test(verifies_where_x_of_r_is_not_below_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
