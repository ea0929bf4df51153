/* SPDX-License-Identifier: Apache-2.0 */
/* mbedTLS 2.28 or 3. */
#include <mbedtls/ecdsa.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bare/bare.h"

static const char *version(void)
{
	return MBEDTLS_VERSION_STRING;
}

struct ec {
	mbedtls_ecp_group grp;
	mbedtls_ecp_point q;
	mbedtls_mpi r, s;
};

static void *ec_key(const struct bare_ec *in)
{
	struct ec *ec = calloc(1, sizeof(*ec));
	uint8_t point[97] = {4};

	if (!ec)
		return NULL;
	memcpy(point + 1, in->x, in->size);
	memcpy(point + 1 + in->size, in->y, in->size);
	mbedtls_ecp_group_load(
		&ec->grp, in->size == 32 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1);
	mbedtls_mpi_read_binary(&ec->r, in->r, in->size);
	mbedtls_mpi_read_binary(&ec->s, in->s, in->size);
	return mbedtls_ecp_point_read_binary(&ec->grp, &ec->q, point, 1 + 2 * in->size) ? NULL : ec;
}

static int ec_verify(void *key, const struct bare_ec *in)
{
	struct ec *ec = key;

	return mbedtls_ecdsa_verify(&ec->grp, in->digest, in->size, &ec->q, &ec->r, &ec->s);
}

static void *rsa_key(const struct bare_rsa *in)
{
	mbedtls_rsa_context *rsa = calloc(1, sizeof(*rsa));

	if (!rsa)
		return NULL;
#if MBEDTLS_VERSION_MAJOR < 3
	mbedtls_rsa_init(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA384);
#else
	mbedtls_rsa_init(rsa);
	mbedtls_rsa_set_padding(rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA384);
#endif
	if (mbedtls_rsa_import_raw(
		    rsa, in->n, in->n_len, NULL, 0, NULL, 0, NULL, 0, in->e, in->e_len) ||
		mbedtls_rsa_complete(rsa))
		return NULL;
	return rsa;
}

static int rsa_verify(void *key, const struct bare_rsa *in)
{
#if MBEDTLS_VERSION_MAJOR < 3
	return mbedtls_rsa_rsassa_pss_verify_ext(key, NULL, NULL, MBEDTLS_RSA_PUBLIC,
		MBEDTLS_MD_SHA384, 48, in->digest, MBEDTLS_MD_SHA384, 48, in->signature);
#else
	return mbedtls_rsa_rsassa_pss_verify_ext(
		key, MBEDTLS_MD_SHA384, 48, in->digest, MBEDTLS_MD_SHA384, 48, in->signature);
#endif
}

const struct bare_ops bare_ops = {
	.name = "mbedtls",
	.version = version,
	.ec_key = ec_key,
	.ec_verify = ec_verify,
	.rsa_key = rsa_key,
	.rsa_verify = rsa_verify,
};
