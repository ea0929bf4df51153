/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points of P-256 and P-384. One is used only after it was found on the curve.
 */
#include "attest/crypto/mbed.h"

mbedtls_ecp_group_id mbed_group(enum crypto_curve curve)
{
	switch (curve) {
	case CRYPTO_P256:
		return MBEDTLS_ECP_DP_SECP256R1;
	case CRYPTO_P384:
		return MBEDTLS_ECP_DP_SECP384R1;
	}
	return MBEDTLS_ECP_DP_NONE;
}

size_t crypto_curve_size(enum crypto_curve curve)
{
	switch (curve) {
	case CRYPTO_P256:
		return 32;
	case CRYPTO_P384:
		return 48;
	}
	return 0;
}

int mbed_point_read(
	const mbedtls_ecp_group *grp, mbedtls_ecp_point *point, const struct crypto_ec_public *key)
{
	size_t size = crypto_curve_size(key->curve);
	uint8_t raw[MBED_POINT_MAX] = {4};
	int ret;

	memcpy(raw + 1, key->x, size);
	memcpy(raw + 1 + size, key->y, size);
	ret = mbedtls_ecp_point_read_binary(grp, point, raw, 1 + 2 * size);
	return ret ? ret : mbedtls_ecp_check_pubkey(grp, point);
}

int mbed_point_write(
	const mbedtls_ecp_group *grp, const mbedtls_ecp_point *point, struct crypto_ec_public *key)
{
	size_t size = crypto_curve_size(key->curve), len = 0;
	uint8_t raw[MBED_POINT_MAX];
	int ret = mbedtls_ecp_point_write_binary(
		grp, point, MBEDTLS_ECP_PF_UNCOMPRESSED, &len, raw, sizeof(raw));

	if (ret)
		return ret;
	if (len != 1 + 2 * size) /* the point at infinity is one byte */
		return MBEDTLS_ERR_ECP_INVALID_KEY;
	memcpy(key->x, raw + 1, size);
	memcpy(key->y, raw + 1 + size, size);
	return 0;
}

int crypto_ec_check(const struct crypto_ec_public *key)
{
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q;
	int ret;

	mbedtls_ecp_group_init(&grp);
	mbedtls_ecp_point_init(&q);
	ret = mbedtls_ecp_group_load(&grp, mbed_group(key->curve));
	if (ret == 0)
		ret = mbed_point_read(&grp, &q, key);
	mbedtls_ecp_point_free(&q);
	mbedtls_ecp_group_free(&grp);
	return mbed_code(ret, HC_EFORMAT);
}
