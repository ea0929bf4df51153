/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA verification by mbedTLS. A point is used only after it was found on the curve. */
#include "attest/crypto/mbed.h"
#include "attest/crypto/verify.h"

static int verify_with_group(mbedtls_ecp_group *grp, const struct crypto_ec_public *key,
	const uint8_t *digest, size_t digest_len, const mbedtls_mpi *r, const mbedtls_mpi *s)
{
	mbedtls_ecp_point q;
	int ret, code;

	mbedtls_ecp_point_init(&q);
	ret = mbed_point_read(grp, &q, key);
	code = mbed_code(ret, HC_EFORMAT);
	if (code == 0) {
		ret = mbedtls_ecdsa_verify(grp, digest, digest_len, &q, r, s);
		code = mbed_code(ret, HC_ESIGNATURE);
	}
	mbedtls_ecp_point_free(&q);
	return code;
}

int ec_verify_mbed(const struct crypto_ec_public *key, const uint8_t *digest, size_t digest_len,
	const uint8_t *r, const uint8_t *s)
{
	size_t size = crypto_curve_size(key->curve);
	mbedtls_ecp_group grp;
	mbedtls_mpi mr, ms;
	int code;

	mbedtls_ecp_group_init(&grp);
	mbedtls_mpi_init(&mr);
	mbedtls_mpi_init(&ms);
	code = mbed_code(mbedtls_ecp_group_load(&grp, mbed_group(key->curve)), HC_EUNSUPPORTED);
	if (code == 0)
		code = mbed_code(mbedtls_mpi_read_binary(&mr, r, size), HC_EINTERNAL);
	if (code == 0)
		code = mbed_code(mbedtls_mpi_read_binary(&ms, s, size), HC_EINTERNAL);
	if (code == 0)
		code = verify_with_group(&grp, key, digest, digest_len, &mr, &ms);
	mbedtls_mpi_free(&ms);
	mbedtls_mpi_free(&mr);
	mbedtls_ecp_group_free(&grp);
	return code;
}
