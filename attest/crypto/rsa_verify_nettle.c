/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSASSA-PSS verification (RFC 8017, 8.1.2) over GMP's mpn functions. nettle's own takes GMP's
 * integers, which end the program where there is no memory; here nothing is allocated, and the
 * power is a tenth faster. Everything is public, so nothing has to take the same time.
 */
#include "attest/crypto/limbs.h"
#include "attest/crypto/verify.h"

#define LIMBS_MAX (RSA_BYTES_MAX / 8)

struct modulus {
	mp_size_t limbs;
	mp_limb_t n[LIMBS_MAX];
	mp_limb_t minus_inverse; /* -1 / n modulo 2^64 */
};

/* Limbs of a big-endian number of any length. */
static void load(mp_limb_t *out, mp_size_t limbs, const uint8_t *data, size_t len)
{
	uint8_t padded[8 * LIMBS_MAX] = {0};
	size_t size = 8 * (size_t)limbs;

	memcpy(padded + size - len, data, len);
	limbs_from_be(out, (size_t)limbs, padded);
}

static void modulus_load(struct modulus *m, struct view modulus)
{
	mp_limb_t inverse = 1;

	m->limbs = (mp_size_t)((modulus.len + 7) / 8);
	load(m->n, m->limbs, modulus.data, modulus.len);
	for (int bits = 1; bits < 64; bits *= 2) /* Newton: each step doubles what is right */
		inverse *= 2 - m->n[0] * inverse;
	m->minus_inverse = -inverse;
}

static bool below(const mp_limb_t *x, const struct modulus *m)
{
	return mpn_cmp(x, m->n, m->limbs) < 0;
}

/* x = t / 2^(64 limbs) modulo n (Montgomery), for t below n 2^(64 limbs). Spoils t. */
static void reduce(mp_limb_t *x, mp_limb_t *t, const struct modulus *m)
{
	mp_limb_t carry[LIMBS_MAX];

	for (mp_size_t i = 0; i < m->limbs; i++)
		carry[i] = mpn_addmul_1(t + i, m->n, m->limbs, t[i] * m->minus_inverse);
	if (mpn_add_n(x, t + m->limbs, carry, m->limbs) || !below(x, m))
		mpn_sub_n(x, x, m->n, m->limbs);
}

/*
 * x = a^e modulo n, for odd e of 3 and more. The last factor is taken as it is and not in
 * Montgomery's form, which brings the result out of that form.
 */
static void power(mp_limb_t *x, const mp_limb_t *a, uint64_t e, const struct modulus *m)
{
	mp_limb_t t[2 * LIMBS_MAX] = {0}, quotient[LIMBS_MAX + 1], base[LIMBS_MAX];
	int bit = 63 - __builtin_clzll(e);

	mpn_copyi(t + m->limbs, a, m->limbs);
	mpn_tdiv_qr(quotient, base, 0, t, 2 * m->limbs, m->n, m->limbs);
	mpn_copyi(x, base, m->limbs);
	while (bit-- > 0) {
		mpn_sqr(t, x, m->limbs);
		reduce(x, t, m);
		if (e >> bit & 1) {
			mpn_mul_n(t, x, bit ? base : a, m->limbs);
			reduce(x, t, m);
		}
	}
}

/* MGF1 (RFC 8017, B.2.1), applied: data ^= mask. */
static int unmask(uint8_t *data, size_t len, enum crypto_hash hash, const uint8_t *seed)
{
	size_t size = crypto_hash_size(hash);
	uint8_t block[SHA512_SIZE + 4], mask[SHA512_SIZE];

	memcpy(block, seed, size);
	for (uint32_t counter = 0; len; counter++) {
		size_t take = len < size ? len : size;
		int rc;

		put_be32(block + size, counter);
		rc = crypto_hash(hash, (struct view){block, size + 4}, mask);
		if (rc)
			return rc;
		for (size_t i = 0; i < take; i++)
			data[i] ^= mask[i];
		data += take;
		len -= take;
	}
	return 0;
}

/* H' = Hash(eight zeros, digest, salt), compared with H. */
static int check_hash(
	enum crypto_hash hash, const uint8_t *digest, const uint8_t *salt, const uint8_t *expected)
{
	size_t size = crypto_hash_size(hash);
	uint8_t message[8 + 2 * SHA512_SIZE] = {0}, out[SHA512_SIZE];
	int rc;

	memcpy(message + 8, digest, size);
	memcpy(message + 8 + size, salt, size);
	rc = crypto_hash(hash, (struct view){message, 8 + 2 * size}, out);
	if (rc)
		return rc;
	return memcmp(out, expected, size) ? HC_ESIGNATURE : 0;
}

/* EMSA-PSS-VERIFY (RFC 8017, 9.1.2), the salt as long as the hash. `em` holds `bits` bits. */
static int check_pss(uint8_t *em, size_t bits, enum crypto_hash hash, const uint8_t *digest)
{
	size_t len = (bits + 7) / 8, size = crypto_hash_size(hash), db = len - size - 1;
	uint8_t unused = (uint8_t)(0xff00U >> (8 * len - bits)); /* bits above the number */
	const uint8_t *h = em + db, *salt = h - size;
	int rc;

	if (em[len - 1] != 0xbc || em[0] & unused)
		return HC_ESIGNATURE;
	rc = unmask(em, db, hash, h);
	if (rc)
		return rc;
	em[0] &= (uint8_t)~unused;
	if (!bytes_all_zero(em, db - size - 1) || salt[-1] != 0x01)
		return HC_ESIGNATURE;
	return check_hash(hash, digest, salt, h);
}

int rsa_verify_nettle(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, const uint8_t *signature)
{
	mp_limb_t s[LIMBS_MAX], x[LIMBS_MAX];
	uint8_t em[8 * LIMBS_MAX];
	struct modulus m;
	uint64_t e = 0;
	size_t bits = 8 * modulus.len - 1; /* of the encoded message: one less than of n */
	size_t skip;

	for (uint8_t top = modulus.data[0]; !(top & 0x80); top = (uint8_t)(top << 1))
		bits--;
	for (size_t i = 0; i < exponent.len; i++)
		e = e << 8 | exponent.data[i];
	modulus_load(&m, modulus);
	if (!(m.n[0] & 1) || !(e & 1) || e < 3)
		return HC_EFORMAT;
	load(s, m.limbs, signature, modulus.len);
	if (!below(s, &m))
		return HC_ESIGNATURE;
	power(x, s, e, &m);
	limbs_to_be(em, x, (size_t)m.limbs);
	skip = 8 * (size_t)m.limbs - (bits + 7) / 8;
	if (!bytes_all_zero(em, skip))
		return HC_ESIGNATURE;
	return check_pss(em + skip, bits, hash, digest);
}
