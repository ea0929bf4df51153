/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as certificate, list and VEK. What we take for a certificate, mbedTLS has to take for
 * one as well, with the same serial, names and key: where two parsers disagree, one of them is
 * wrong.
 */
#include <mbedtls/x509_crt.h>
#include <stdlib.h>

#include "attest/endorse/der.h"
#include "attest/endorse/vek.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(const struct x509_cert *cert, const uint8_t *data, size_t size)
{
	mbedtls_x509_crt crt;

	mbedtls_x509_crt_init(&crt);
	/* mbedTLS refuses more than we do (bad keys, odd names); it must not read something else.
	 */
	if (!mbedtls_x509_crt_parse_der(&crt, data, size)) {
		if (!der_equal(cert->tbs, (struct view){crt.tbs.p, crt.tbs.len}) ||
			!der_equal(cert->issuer,
				(struct view){crt.issuer_raw.p, crt.issuer_raw.len}) ||
			!der_equal(cert->subject,
				(struct view){crt.subject_raw.p, crt.subject_raw.len}))
			abort();
	}
	mbedtls_x509_crt_free(&crt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view in = {data, size};
	struct x509_cert cert;
	struct x509_crl crl;
	struct vek vek;
	struct error err;
	char name[64];

	if (!x509_cert_parse(&cert, in, &err)) {
		compare(&cert, data, size);
		x509_common_name(cert.subject, name, sizeof(name));
		if (!vek_parse(&vek, &cert, &err) && (vek.kind == VEK_VCEK) != (vek.hwid_len > 0))
			abort();
	}
	if (!x509_crl_parse(&crl, in, &err))
		x509_crl_lists(&crl, (struct view){data, 1});
	return 0;
}
