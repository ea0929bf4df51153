/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and lists of Intel's profile: what is refused, and mbedTLS's opinion on real ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mbedtls/x509_crl.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/der.h"
#include "attest/endorse/roots.h"
#include "tests/unit/fake_intel.h"
#include "tests/unit/opinion.h"
#include "tests/unit/vectors.h"

static struct fake_intel intel;
static struct bytes root, ca; /* good ones, of our own */

static int parse(const struct bytes *der, struct x509_cert *cert)
{
	return x509_cert_parse(cert, bytes_view(der), NULL);
}

static void refuses_every_truncation(void **state)
{
	struct bytes list = fake_intel_crl(
		&(struct fake_intel_crl){.issuer = FAKE_INTEL_ROOT, .signer = intel.root});
	struct x509_cert cert;
	struct x509_crl crl;

	(void)state;
	for (size_t len = 0; len < ca.len; len++)
		assert_true(x509_cert_parse(&cert, (struct view){ca.data, len}, NULL) < 0);
	for (size_t len = 0; len < list.len; len++)
		assert_true(x509_crl_parse(&crl, (struct view){list.data, len}, NULL) < 0);
	assert_int_equal(x509_crl_parse(&crl, bytes_view(&list), NULL), 0);
	bytes_free(&list);
}

static void no_flipped_bit_leaves_a_signed_certificate(void **state)
{
	struct x509_cert issuer, cert;

	(void)state;
	assert_int_equal(parse(&root, &issuer), 0);
	assert_int_equal(parse(&ca, &cert), 0);
	assert_int_equal(x509_cert_verify(&cert, &issuer), 0);
	for (size_t bit = 0; bit < ca.len * 8; bit++) {
		ca.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse(&ca, &cert))
			assert_int_not_equal(x509_cert_verify(&cert, &issuer), 0);
		ca.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

/* `der` with other bytes as its signature. */
static struct bytes resigned(const struct bytes *der, const void *signature, size_t len)
{
	struct view body, content, whole;
	struct bytes inner = {0}, out = {0};
	uint8_t tag;

	assert_true(der_only(bytes_view(der), DER_SEQUENCE, &body));
	for (int i = 0; i < 2; i++) {
		assert_true(der_any(&body, &tag, &content, &whole));
		fake_append(&inner, whole.data, whole.len);
	}
	fake_bits(&inner, signature, len);
	fake_wrap(&out, 0x30, &inner);
	return out;
}

static void assert_signature_form(const char *signature, size_t len, bool good)
{
	struct bytes der = resigned(&ca, signature, len);
	struct x509_cert cert;

	assert_int_equal(parse(&der, &cert), good ? 0 : HC_EFORMAT);
	bytes_free(&der);
}
#define SIGNATURE(text, good) assert_signature_form(text, sizeof(text) - 1, good)

static void takes_r_and_s_in_strict_der_alone(void **state)
{
	char wide[2 + 35 + 3] = "\x30\x26\x02\x21";

	(void)state;
	SIGNATURE("\x30\x06\x02\x01\x05\x02\x01\x07", true);
	SIGNATURE("\x30\x06\x02\x01\x85\x02\x01\x07", false);     /* negative */
	SIGNATURE("\x30\x07\x02\x02\x00\x05\x02\x01\x07", false); /* not minimal */
	SIGNATURE("\x30\x81\x06\x02\x01\x05\x02\x01\x07", false); /* nor this length */
	SIGNATURE("\x30\x06\x02\x01\x05\x02\x01\x07\x00", false); /* something after it */
	SIGNATURE("\x30\x09\x02\x01\x05\x02\x01\x07\x02\x01\x01", false);
	SIGNATURE("\x30\x03\x02\x01\x05", false);
	SIGNATURE("\x30\x05\x02\x00\x02\x01\x07", false);
	SIGNATURE("\x31\x06\x02\x01\x05\x02\x01\x07", false);
	SIGNATURE("", false);
	wide[4] = 1; /* r = 2^256 */
	memcpy(wide + 4 + 33, "\x02\x01\x07", 3);
	assert_signature_form(wide, sizeof(wide), false);
	wide[4] = 0; /* r = 2^255 */
	wide[5] = (char)0x80;
	assert_signature_form(wide, sizeof(wide), true);
}

static void a_signature_of_zero_or_of_another_key_is_none(void **state)
{
	struct bytes der = resigned(&ca, "\x30\x06\x02\x01\x00\x02\x01\x00", 8);
	struct x509_cert issuer, cert;

	(void)state;
	assert_int_equal(parse(&root, &issuer), 0);
	assert_int_equal(parse(&der, &cert), 0);
	assert_int_equal(x509_cert_verify(&cert, &issuer), HC_ESIGNATURE);
	bytes_free(&der);
	der = fake_intel_cert(&(struct fake_intel_cert){
		.issuer = FAKE_INTEL_ROOT, .subject = "x", .key = intel.ca, .signer = intel.other});
	assert_int_equal(parse(&der, &cert), 0);
	assert_int_equal(x509_cert_verify(&cert, &issuer), HC_ESIGNATURE);
	issuer.ec.y[31] ^= 1; /* off its curve */
	assert_int_equal(x509_cert_verify(&cert, &issuer), HC_ESIGNATURE);
	bytes_free(&der);
}

/* Replace every `from` by `to`, of one length. */
static void patch_all(struct bytes *b, const char *from, const char *to, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i + len <= b->len; i++)
		if (!memcmp(b->data + i, from, len)) {
			memcpy(b->data + i, to, len);
			n++;
		}
	assert_true(n > 0);
}

static void refuses_other_algorithms_and_other_keys(void **state)
{
	struct crypto_ec_key *p384;
	struct x509_cert cert;
	struct bytes der;

	(void)state;
	der = fake_intel_cert(&(struct fake_intel_cert){
		.issuer = "a", .subject = "b", .key = intel.ca, .signer = intel.root});
	assert_int_equal(parse(&der, &cert), 0);
	patch_all(&der, "\xce\x3d\x04\x03\x02", "\xce\x3d\x04\x03\x03", 5); /* SHA-384 */
	assert_int_equal(parse(&der, &cert), HC_EFORMAT);
	patch_all(&der, "\xce\x3d\x04\x03\x03", "\xce\x3d\x04\x03\x02", 5);
	patch_all(&der, "\xce\x3d\x03\x01\x07", "\xce\x3d\x03\x01\x06", 5); /* another curve */
	assert_int_equal(parse(&der, &cert), HC_EFORMAT);
	bytes_free(&der);
	assert_int_equal(crypto_ec_generate(&p384, CRYPTO_P384), 0);
	der = fake_intel_cert(&(struct fake_intel_cert){
		.issuer = "a", .subject = "b", .key = p384, .signer = intel.root});
	assert_int_equal(parse(&der, &cert), HC_EFORMAT);
	bytes_free(&der);
	crypto_ec_free(p384);
}

static int list_rc(const struct fake_intel_crl *spec)
{
	struct bytes der = fake_intel_crl(spec);
	struct x509_crl crl;
	int rc = x509_crl_parse(&crl, bytes_view(&der), NULL);

	bytes_free(&der);
	return rc;
}

static void a_list_has_a_number_and_nothing_critical(void **state)
{
	struct fake_intel_crl spec = {.issuer = "x", .signer = intel.root};

	(void)state;
	assert_int_equal(list_rc(&spec), 0);
	spec.critical = true;
	assert_int_equal(list_rc(&spec), HC_EFORMAT);
	spec.critical = false;
	spec.no_number = true;
	assert_int_equal(list_rc(&spec), HC_EFORMAT);
}

static void finds_serials_among_thousands(void **state)
{
	static const uint8_t serials[] = {7, 9};
	struct bytes der = fake_intel_crl(&(struct fake_intel_crl){.issuer = "x",
		.signer = intel.root,
		.filler = 5000,
		.serials = serials,
		.serial_count = 2,
		.number = 77});
	uint8_t filler[20] = {0x5a};
	struct x509_crl crl;

	(void)state;
	assert_int_equal(x509_crl_parse(&crl, bytes_view(&der), NULL), 0);
	assert_int_equal(crl.number[X509_CRL_NUMBER_SIZE - 1], 77);
	for (uint8_t serial = 5; serial < 12; serial++)
		assert_int_equal(x509_crl_lists(&crl, (struct view){&serial, 1}),
			serial == 7 || serial == 9);
	put_be32(filler + 16, 4999);
	assert_true(x509_crl_lists(&crl, (struct view){filler, 20}));
	put_be32(filler + 16, 5000);
	assert_false(x509_crl_lists(&crl, (struct view){filler, 20}));
	opinion_crl_not_more_lenient(&der, SIZE_MAX);
	bytes_free(&der);
}

static void the_pinned_root_is_the_one_in_the_vectors(void **state)
{
	struct bytes der;
	struct x509_cert cert;
	struct roots roots;
	const struct root *found;

	(void)state;
	vectors_needed();
	der = vectors_read("roots/IntelSGXRootCA.der");
	assert_int_equal(parse(&der, &cert), 0);
	assert_int_equal(roots_init(&roots), 0);
	found = roots_find(&roots, cert.sha256);
	assert_non_null(found);
	assert_string_equal(found->name, "intel-sgx-root");
	assert_true(found->builtin);
	assert_int_equal(parse(&root, &cert), 0);
	assert_null(roots_find(&roots, cert.sha256));
	roots_fini(&roots);
	bytes_free(&der);
}

/* Signatures of a case's certificates and lists by mbedTLS; ours has to agree. */
static void assert_signed_alike(const char *child, bool list, const char *issuer)
{
	struct bytes a = vectors_read(child), b = vectors_read(issuer);
	mbedtls_x509_crl crl;
	mbedtls_x509_crt ca_crt;
	struct x509_cert cert, ca_cert;
	struct x509_crl ours;
	uint8_t digest[SHA256_SIZE];
	struct view tbs, sig;
	int rc;

	mbedtls_x509_crl_init(&crl);
	mbedtls_x509_crt_init(&ca_crt);
	assert_int_equal(mbedtls_x509_crt_parse_der(&ca_crt, b.data, b.len), 0);
	assert_int_equal(parse(&b, &ca_cert), 0);
	if (list) {
		assert_int_equal(x509_crl_parse(&ours, bytes_view(&a), NULL), 0);
		rc = x509_crl_verify(&ours, &ca_cert);
		tbs = ours.tbs;
		sig = ours.signature;
	} else {
		assert_int_equal(parse(&a, &cert), 0);
		rc = x509_cert_verify(&cert, &ca_cert);
		tbs = cert.tbs;
		sig = cert.signature;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(crypto_hash(CRYPTO_SHA256, tbs, digest), 0);
	assert_int_equal(
		mbedtls_pk_verify(&ca_crt.pk, MBEDTLS_MD_SHA256, digest, 32, sig.data, sig.len), 0);
	mbedtls_x509_crl_free(&crl);
	mbedtls_x509_crt_free(&ca_crt);
	bytes_free(&a);
	bytes_free(&b);
}

static void same(const char *path)
{
	struct bytes der = vectors_read(path);

	opinion_cert_same(&der);
	bytes_free(&der);
}

static void reads_genuine_certificates_and_lists_as_mbedtls_does(void **state)
{
	static const char *const files[] = {"roots/IntelSGXRootCA.der",
		"roots/IntelPCKPlatformCA.der", "roots/IntelPCKProcessorCA.der",
		"roots/IntelTCBSigning-2018.der", "roots/IntelTCBSigning-2025.der"};
	char **cases, leaf[256], issuer[256];

	(void)state;
	vectors_needed();
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		same(files[i]);
		assert_signed_alike(files[i], false, files[0]);
	}
	cases = vectors_cases("tdx");
	for (size_t i = 0; cases[i]; i++) {
		snprintf(leaf, sizeof(leaf), "tdx/%s/pck.der", cases[i]);
		snprintf(issuer, sizeof(issuer), "tdx/%s/pck_ca.der", cases[i]);
		same(leaf);
		same(issuer);
		assert_signed_alike(leaf, false, issuer);
		snprintf(leaf, sizeof(leaf), "tdx/%s/pck_crl.der", cases[i]);
		if (strcmp(cases[i], "sgx-v3-not-tdx") &&
			strcmp(cases[i], "v4-non-production-root"))
			assert_signed_alike(leaf, true, issuer);
		free(cases[i]);
	}
	free(cases);
}

static void reads_nothing_that_mbedtls_refuses_or_reads_otherwise(void **state)
{
	static const struct opinion_file files[] = {
		{"roots/IntelSGXRootCA.der", opinion_cert_not_more_lenient},
		{"roots/IntelPCKProcessorCA.der", opinion_cert_not_more_lenient},
		{"roots/IntelTCBSigning-2025.der", opinion_cert_not_more_lenient},
		{"tdx/v4-emr-near-2026/pck.der", opinion_cert_not_more_lenient},
		{"tdx/v4-emr-near-2026/pck_crl.der", opinion_crl_not_more_lenient},
		{"tdx/v4-emr-near-2026/root_crl.der", opinion_crl_not_more_lenient},
	};

	(void)state;
	vectors_needed();
	opinion_every_flip(files, sizeof(files) / sizeof(files[0]));
}

static int setup(void **state)
{
	(void)state;
	fake_intel_init(&intel);
	root = fake_intel_cert(&(struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = FAKE_INTEL_ROOT,
		.serial = 1,
		.key = intel.root,
		.signer = intel.root,
		.ca = true,
		.path_len = 1});
	ca = fake_intel_cert(&(struct fake_intel_cert){.issuer = FAKE_INTEL_ROOT,
		.subject = PCK_PLATFORM_CA_NAME,
		.serial = 2,
		.key = intel.ca,
		.signer = intel.root,
		.ca = true});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&root);
	bytes_free(&ca);
	fake_intel_fini(&intel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(no_flipped_bit_leaves_a_signed_certificate),
		cmocka_unit_test(takes_r_and_s_in_strict_der_alone),
		cmocka_unit_test(a_signature_of_zero_or_of_another_key_is_none),
		cmocka_unit_test(refuses_other_algorithms_and_other_keys),
		cmocka_unit_test(a_list_has_a_number_and_nothing_critical),
		cmocka_unit_test(finds_serials_among_thousands),
		cmocka_unit_test(the_pinned_root_is_the_one_in_the_vectors),
		cmocka_unit_test(reads_genuine_certificates_and_lists_as_mbedtls_does),
		cmocka_unit_test(reads_nothing_that_mbedtls_refuses_or_reads_otherwise),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
