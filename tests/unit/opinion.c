/* SPDX-License-Identifier: Apache-2.0 */
/* What mbedTLS's parser makes of certificates and lists, beside what ours does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pk.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"
#include "common/timefmt.h"
#include "tests/unit/opinion.h"
#include "tests/unit/vectors.h"

static int64_t civil(const mbedtls_x509_time *t)
{
	return timefmt_civil(t->year, t->mon, t->day, t->hour, t->min, t->sec);
}

void opinion_cert_same(const struct bytes *der)
{
	mbedtls_x509_crt crt;
	struct x509_cert cert;
	char name[128], dn[512];
	struct error err = {0};

	mbedtls_x509_crt_init(&crt);
	assert_int_equal(mbedtls_x509_crt_parse_der(&crt, der->data, der->len), 0);
	if (x509_cert_parse(&cert, bytes_view(der), &err))
		fail_msg("%s: %s", err.where, err.found);
	assert_true(civil(&crt.valid_from) == cert.not_before);
	assert_true(civil(&crt.valid_to) == cert.not_after);
	assert_true(der_equal(cert.issuer, (struct view){crt.issuer_raw.p, crt.issuer_raw.len}));
	assert_true(der_equal(cert.subject, (struct view){crt.subject_raw.p, crt.subject_raw.len}));
	assert_true(der_equal(cert.tbs, (struct view){crt.tbs.p, crt.tbs.len}));
	assert_true(mbedtls_pk_get_bitlen(&crt.pk) ==
		    (cert.key_kind == X509_KEY_RSA ? cert.modulus.len * 8
						   : crypto_curve_size(cert.ec.curve) * 8));
	x509_common_name(cert.subject, name, sizeof(name));
	assert_true(mbedtls_x509_dn_gets(dn, sizeof(dn), &crt.subject) > 0);
	assert_non_null(strstr(dn, name));
	mbedtls_x509_crt_free(&crt);
}

static struct view magnitude(const mbedtls_x509_buf *serial)
{
	struct view v = {serial->p, serial->len};

	while (v.len > 1 && !v.data[0]) {
		v.data++;
		v.len--;
	}
	return v;
}

/* mbedTLS 3 also looks into key identifiers, which decide nothing here: signatures do. */
static bool in_key_identifier(const struct x509_cert *cert, const uint8_t *changed)
{
	static const uint8_t oid[2][3] = {{0x55, 0x1d, 14}, {0x55, 0x1d, 35}};

	for (size_t i = 0; i < 2; i++) {
		struct x509_extension ext;

		if (x509_extension_find(cert, oid[i], sizeof(oid[i]), &ext) &&
			changed >= ext.value.data && changed < ext.value.data + ext.value.len)
			return true;
	}
	return false;
}

/* What we read, mbedTLS reads the same; a point off the curve is refused later here (crypto.h). */
void opinion_cert_not_more_lenient(const struct bytes *der, size_t bit)
{
	mbedtls_x509_crt crt;
	struct x509_cert cert;
	int rc;

	if (x509_cert_parse(&cert, bytes_view(der), NULL))
		return;
	mbedtls_x509_crt_init(&crt);
	rc = mbedtls_x509_crt_parse_der(&crt, der->data, der->len);
	if (rc == MBEDTLS_ERR_ECP_INVALID_KEY || rc == MBEDTLS_ERR_PK_INVALID_PUBKEY)
		goto out;
	if (rc && bit != SIZE_MAX && in_key_identifier(&cert, der->data + bit / 8))
		goto out;
	if (rc || !der_equal(cert.serial, magnitude(&crt.serial)) ||
		cert.not_before != civil(&crt.valid_from) || cert.not_after != civil(&crt.valid_to))
		fail_msg("bit %zu: only ours reads it, or other numbers (%d)", bit, rc);
out:
	mbedtls_x509_crt_free(&crt);
}

static size_t revoked_count(const struct x509_crl *crl)
{
	struct view list = crl->revoked, entry;
	size_t n = 0;

	while (list.len && der_take(&list, DER_SEQUENCE, &entry))
		n++;
	return n;
}

void opinion_crl_not_more_lenient(const struct bytes *der, size_t bit)
{
	const mbedtls_x509_crl_entry *entry;
	mbedtls_x509_crl other;
	struct x509_crl crl;
	size_t n = 0;
	int rc;

	if (x509_crl_parse(&crl, bytes_view(der), NULL))
		return;
	mbedtls_x509_crl_init(&other);
	rc = mbedtls_x509_crl_parse_der(&other, der->data, der->len);
	if (rc || crl.this_update != civil(&other.this_update) ||
		(crl.has_next_update && crl.next_update != civil(&other.next_update)))
		fail_msg("bit %zu: only ours reads it, or other times (%d)", bit, rc);
	for (entry = &other.entry; entry && entry->serial.p; entry = entry->next, n++)
		if (!x509_crl_lists(&crl, magnitude(&entry->serial)))
			fail_msg("bit %zu: a serial that mbedTLS lists is not listed", bit);
	assert_int_equal(revoked_count(&crl), n);
	mbedtls_x509_crl_free(&other);
}

void opinion_every_flip(const struct opinion_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bytes der = vectors_read(files[i].path);

		files[i].check(&der, SIZE_MAX);
		for (size_t bit = 0; bit < der.len * 8; bit++) {
			der.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			files[i].check(&der, bit);
			der.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		bytes_free(&der);
	}
}
