/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA verification by nettle's low-level function, which takes limbs and a work area of the
 * caller. It leaves to the caller that the point is on the curve: computed here, as ranges are.
 *
 * One case is answered otherwise than by mbedTLS: where the two products u1 G and u2 Q are the same
 * point, nettle's addition has no answer, and the signature is refused though it would verify. Only
 * the holder of the private key can make such a signature.
 */
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>

#include "attest/crypto/limbs.h"
#include "attest/crypto/verify.h"

#define LIMBS_MAX   6    /* P-384 */
#define SCRATCH_MAX 1024 /* limbs; nettle 3.8 asks for 440 on P-384 */

/* y^2 = x^3 - 3x + b over p, and the order n (FIPS 186-4, D.1.2.3 and D.1.2.4); least limb first.
 */
struct domain {
	size_t limbs;
	mp_limb_t p[LIMBS_MAX], b[LIMBS_MAX], n[LIMBS_MAX];
};

static const struct domain p256 = {
	.limbs = 4,
	.p = {0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001},
	.b = {0x3bce3c3e27d2604b, 0x651d06b0cc53b0f6, 0xb3ebbd55769886bc, 0x5ac635d8aa3a93e7},
	.n = {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000},
};

static const struct domain p384 = {
	.limbs = 6,
	.p = {0x00000000ffffffff, 0xffffffff00000000, 0xfffffffffffffffe, 0xffffffffffffffff,
		0xffffffffffffffff, 0xffffffffffffffff},
	.b = {0x2a85c8edd3ec2aef, 0xc656398d8a2ed19d, 0x0314088f5013875a, 0x181d9c6efe814112,
		0x988e056be3f82d19, 0xb3312fa7e23ee7e4},
	.n = {0xecec196accc52973, 0x581a0db248b0a77a, 0xc7634d81f4372ddf, 0xffffffffffffffff,
		0xffffffffffffffff, 0xffffffffffffffff},
};

static bool below(const mp_limb_t *a, const mp_limb_t *bound, size_t limbs)
{
	return mpn_cmp(a, bound, (mp_size_t)limbs) < 0;
}

/* r = a * b mod p */
static void mul_mod(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, const struct domain *d)
{
	mp_limb_t product[2 * LIMBS_MAX], quotient[LIMBS_MAX + 1];
	mp_size_t n = (mp_size_t)d->limbs;

	mpn_mul_n(product, a, b, n);
	mpn_tdiv_qr(quotient, r, 0, product, 2 * n, d->p, n);
}

/* r = a + b mod p, for a and b below p */
static void add_mod(mp_limb_t *r, const mp_limb_t *a, const mp_limb_t *b, const struct domain *d)
{
	mp_size_t n = (mp_size_t)d->limbs;

	if (mpn_add_n(r, a, b, n) || !below(r, d->p, d->limbs))
		mpn_sub_n(r, r, d->p, n);
}

/* x and y below p, and y^2 = (x^2 - 3) x + b. The point at infinity has no such form. */
static bool on_curve(const mp_limb_t *x, const mp_limb_t *y, const struct domain *d)
{
	mp_limb_t left[LIMBS_MAX], right[LIMBS_MAX], minus3[LIMBS_MAX];

	if (!below(x, d->p, d->limbs) || !below(y, d->p, d->limbs))
		return false;
	mpn_sub_1(minus3, d->p, (mp_size_t)d->limbs, 3);
	mul_mod(left, y, y, d);
	mul_mod(right, x, x, d);
	add_mod(right, right, minus3, d);
	mul_mod(right, right, x, d);
	add_mod(right, right, d->b, d);
	return mpn_cmp(left, right, (mp_size_t)d->limbs) == 0;
}

static bool in_range(const mp_limb_t *a, const struct domain *d)
{
	return !mpn_zero_p(a, (mp_size_t)d->limbs) && below(a, d->n, d->limbs);
}

int ec_verify_nettle(const struct crypto_ec_public *key, const uint8_t *digest, size_t digest_len,
	const uint8_t *r, const uint8_t *s)
{
	bool is_p256 = key->curve == CRYPTO_P256;
	const struct domain *d = is_p256 ? &p256 : &p384;
	const struct ecc_curve *curve = is_p256 ? nettle_get_secp_256r1() : nettle_get_secp_384r1();
	mp_limb_t point[2 * LIMBS_MAX], rl[LIMBS_MAX], sl[LIMBS_MAX], scratch[SCRATCH_MAX];

	if (ecc_size(curve) != (mp_size_t)d->limbs || ecc_ecdsa_verify_itch(curve) > SCRATCH_MAX)
		return HC_EINTERNAL; /* another nettle than this was written for */
	limbs_from_be(point, d->limbs, key->x);
	limbs_from_be(point + d->limbs, d->limbs, key->y);
	if (!on_curve(point, point + d->limbs, d))
		return HC_EFORMAT;
	limbs_from_be(rl, d->limbs, r);
	limbs_from_be(sl, d->limbs, s);
	if (!in_range(rl, d) || !in_range(sl, d))
		return HC_ESIGNATURE;
	return ecc_ecdsa_verify(curve, point, digest_len, digest, rl, sl, scratch) == 1
		       ? 0
		       : HC_ESIGNATURE;
}
