/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and lists: what is refused, and that the genuine ones read as another parser reads
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"
#include "common/timefmt.h"
#include "tests/unit/fake_amd.h"
#include "tests/unit/fake_intel.h"
#include "tests/unit/opinion.h"
#include "tests/unit/vectors.h"

static struct fake_amd amd;
static struct bytes ark, ask; /* good ones, of our own */

static int parse(const struct bytes *der, struct x509_cert *cert, struct error *err)
{
	return x509_cert_parse(cert, bytes_view(der), err);
}

/* Replace the first `from` after `start` by `to`, of one length. */
static void patch(struct bytes *b, size_t start, const void *from, const void *to, size_t len)
{
	uint8_t *at = memmem(b->data + start, b->len - start, from, len);

	assert_non_null(at);
	memcpy(at, to, len);
}

static struct bytes copy(const struct bytes *b)
{
	struct bytes out = {0};

	assert_int_equal(bytes_append(&out, b->data, b->len), 0);
	return out;
}

static void refuses_every_truncation_and_one_byte_more(void **state)
{
	struct x509_cert cert;
	struct x509_crl crl;
	struct bytes more = copy(&ark);

	(void)state;
	for (size_t len = 0; len < ark.len; len++) {
		assert_true(x509_cert_parse(&cert, (struct view){ark.data, len}, NULL) < 0);
		assert_true(x509_crl_parse(&crl, (struct view){ark.data, len}, NULL) < 0);
	}
	assert_int_equal(bytes_append(&more, "", 1), 0);
	assert_int_equal(parse(&more, &cert, NULL), HC_EFORMAT);
	assert_int_equal(parse(&ark, &cert, NULL), 0);
	bytes_free(&more);
}

/* Each bit of a certificate: unreadable, or not signed. */
static void no_flipped_bit_leaves_a_signed_certificate(void **state)
{
	struct x509_cert issuer, cert;
	struct bytes flipped = copy(&ask);

	(void)state;
	assert_int_equal(parse(&ark, &issuer, NULL), 0);
	assert_int_equal(parse(&ask, &cert, NULL), 0);
	assert_int_equal(x509_cert_verify(&cert, &issuer), 0);
	for (size_t bit = 0; bit < ask.len * 8; bit++) {
		flipped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (!parse(&flipped, &cert, NULL))
			assert_int_not_equal(x509_cert_verify(&cert, &issuer), 0);
		flipped.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	bytes_free(&flipped);
}

static void accepts_both_encodings_of_the_one_parameter_set(void **state)
{
	struct fake_cert spec = {.issuer = "a", .subject = "b", .key = amd.ask, .signer = amd.ark};
	struct x509_cert cert;
	size_t len[2];

	(void)state;
	for (int written = 0; written < 2; written++) {
		struct bytes der;

		spec.write_trailer = written;
		der = fake_cert(&amd, &spec);
		assert_int_equal(parse(&der, &cert, NULL), 0);
		len[written] = der.len;
		bytes_free(&der);
	}
	assert_int_equal(len[1], len[0] + 2 * 5);
}

static void refuses_other_signature_parameters(void **state)
{
	static const uint8_t sha384[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2};
	static const uint8_t sha256[] = {0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};
	static const uint8_t mgf1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8};
	static const uint8_t pss[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10};
	static const uint8_t pkcs1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12};
	const struct {
		const void *from, *to;
		size_t len;
	} edits[] = {
		{sha384, sha256, 9},
		{mgf1, pss, 9},
		{pss, pkcs1, 9},
		{"\xa2\x03\x02\x01\x30", "\xa2\x03\x02\x01\x2f", 5},
		{"\xa3\x03\x02\x01\x01", "\xa3\x03\x02\x01\x02", 5},
	};
	struct x509_cert cert;
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct x509_cert good;
		struct bytes bad = copy(&ark);
		size_t outer;

		assert_int_equal(parse(&ark, &good, NULL), 0);
		outer = (size_t)(good.tbs.data - ark.data) + good.tbs.len;
		/* Outside only: the two must be one. */
		patch(&bad, outer, edits[i].from, edits[i].to, edits[i].len);
		assert_int_equal(parse(&bad, &cert, &err), HC_EFORMAT);
		assert_string_equal(err.where, "signatureAlgorithm");
		/* Both. */
		patch(&bad, 0, edits[i].from, edits[i].to, edits[i].len);
		assert_int_equal(parse(&bad, &cert, &err), HC_EFORMAT);
		bytes_free(&bad);
		/* Inside only. */
		bad = copy(&ark);
		patch(&bad, 0, edits[i].from, edits[i].to, edits[i].len);
		assert_int_equal(parse(&bad, &cert, &err), HC_EFORMAT);
		assert_string_equal(err.where, "tbs.signature");
		bytes_free(&bad);
	}
	/* A salt of another length, correctly signed. */
	{
		struct bytes bad = fake_cert(&amd, &(struct fake_cert){.issuer = "a",
							   .subject = "b",
							   .key = amd.ask,
							   .signer = amd.ark,
							   .salt = 32});

		assert_int_equal(parse(&bad, &cert, NULL), HC_EFORMAT);
		bytes_free(&bad);
	}
}

static void refuses_repeated_and_unknown_critical_extensions(void **state)
{
	static const uint8_t usage[] = {0x55, 0x1d, 0x0f}, constraints[] = {0x55, 0x1d, 0x13};
	static const uint8_t other[] = {0x55, 0x1d, 0x7f};
	struct bytes bad = copy(&ark);
	struct x509_cert cert;

	(void)state;
	patch(&bad, 0, usage, other, 3);
	assert_int_equal(parse(&bad, &cert, NULL), HC_EFORMAT);
	bytes_free(&bad);
	bad = copy(&ark);
	patch(&bad, 0, usage, constraints, 3);
	assert_int_equal(parse(&bad, &cert, NULL), HC_EFORMAT);
	bytes_free(&bad);
	/* FALSE written out is no DER. */
	bad = copy(&ark);
	patch(&bad, 0, "\x01\x01\xff", "\x01\x01\x00", 3);
	assert_int_equal(parse(&bad, &cert, NULL), HC_EFORMAT);
	bytes_free(&bad);
}

static void refuses_times_that_are_none(void **state)
{
	static const char *const bad[] = {"991301000000Z", "990230000000Z", "990101240000Z",
		"9901010000000", "99010100000aZ"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes der = {0};
		struct view in;
		int64_t at;

		fake_der(&der, DER_UTC_TIME, bad[i], strlen(bad[i]));
		in = bytes_view(&der);
		assert_false(der_take_time(&in, &at));
		assert_int_equal(in.len, der.len);
		bytes_free(&der);
	}
}

static void reads_both_forms_of_time(void **state)
{
	struct bytes der = {0};
	struct view in;
	int64_t at;

	(void)state;
	fake_der(&der, DER_UTC_TIME, "491231235959Z", 13);
	fake_der(&der, DER_UTC_TIME, "500101000000Z", 13);
	fake_der(&der, DER_GENERALIZED_TIME, "20500101000000Z", 15);
	in = bytes_view(&der);
	assert_true(der_take_time(&in, &at));
	assert_true(at == timefmt_civil(2049, 12, 31, 23, 59, 59));
	assert_true(der_take_time(&in, &at));
	assert_true(at == timefmt_civil(1950, 1, 1, 0, 0, 0));
	assert_true(der_take_time(&in, &at));
	assert_true(at == timefmt_civil(2050, 1, 1, 0, 0, 0));
	bytes_free(&der);
}

static void refuses_lengths_and_integers_that_are_not_minimal(void **state)
{
	static const struct {
		const char *der;
		size_t len;
	} bad[] = {
		{"\x02", 1}, {"\x02\x80\x01", 3},         /* indefinite */
		{"\x02\x81\x01\x05", 4},                  /* long form of a short length */
		{"\x02\x82\x00\x81\x01", 5},              /* leading zero */
		{"\x02\x84\x00\x00\x00\x01", 6},          /* four bytes */
		{"\x02\x02\x05", 3},                      /* past the end */
		{"\x02\x02\x00\x05", 4},                  /* padded */
		{"\x02\x01\x85", 3},                      /* negative */
		{"\x02\x00", 2}, {"\x1f\x02\x01\x05", 4}, /* long tag */
	};
	struct view v;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct view in = {(const uint8_t *)bad[i].der, bad[i].len};

		assert_false(der_take_unsigned(&in, &v));
		assert_int_equal(in.len, bad[i].len);
	}
}

static void a_ca_needs_its_flag_its_usage_and_its_path_length(void **state)
{
	struct x509_cert cert;

	(void)state;
	for (int i = 0; i < 16; i++) {
		bool ca = i & 1, no_usage = i & 2;
		int path_len = i >> 2 & 1;
		struct bytes der = fake_cert(&amd, &(struct fake_cert){.issuer = "a",
							   .subject = "b",
							   .key = i & 8 ? NULL : amd.ask,
							   .signer = amd.ark,
							   .ca = ca,
							   .no_usage = no_usage,
							   .path_len = path_len});

		assert_int_equal(parse(&der, &cert, NULL), 0);
		assert_int_equal(x509_may_issue(&cert, 0), ca && !no_usage && !(i & 8));
		assert_int_equal(x509_may_issue(&cert, 1), ca && !no_usage && path_len && !(i & 8));
		bytes_free(&der);
	}
}

static void finds_serials_on_a_list_exactly(void **state)
{
	const uint8_t serials[] = {5, 1, 0};
	struct bytes der = fake_crl(&(struct fake_crl){
		"ARK", amd.ark, FAKE_FROM, FAKE_TO, serials, sizeof(serials), false, false});
	struct x509_crl crl;
	struct x509_cert cert;

	(void)state;
	assert_int_equal(x509_crl_parse(&crl, bytes_view(&der), NULL), 0);
	assert_int_equal(parse(&ark, &cert, NULL), 0);
	assert_int_equal(x509_crl_verify(&crl, &cert), 0);
	for (uint8_t serial = 0; serial < 10; serial++)
		assert_int_equal(x509_crl_lists(&crl, (struct view){&serial, 1}),
			serial == 5 || serial == 1 || serial == 0);
	assert_false(x509_crl_lists(&crl, (struct view){(const uint8_t *)"\x05\x01", 2}));
	for (size_t len = 0; len < der.len; len++)
		assert_true(x509_crl_parse(&crl, (struct view){der.data, len}, NULL) < 0);
	bytes_free(&der);
}

/* A second opinion by mbedTLS's parser on every AMD certificate at hand. */
static void reads_genuine_certificates_as_mbedtls_does(void **state)
{
	static const char *const roots[] = {"ARK-Milan", "ARK-Genoa", "ARK-Turin", "ASK-Milan",
		"ASK-Genoa", "ASK-Turin", "ASVK-Milan", "ASVK-Genoa", "ASVK-Turin"};
	char **cases, path[256];
	struct bytes der;

	(void)state;
	vectors_needed();
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(path, sizeof(path), "roots/%s.der", roots[i]);
		der = vectors_read(path);
		opinion_cert_same(&der);
		bytes_free(&der);
	}
	cases = vectors_snp_cases();
	for (size_t i = 0; cases[i]; i++) {
		const char *vek = strstr(cases[i], "-vlek-") ? "vlek" : "vcek";

		if (strstr(cases[i], "no-certificate") || strstr(cases[i], "v1-") ||
			strstr(cases[i], "as-vlek"))
			goto next;
		snprintf(path, sizeof(path), "snp/%s/%s.der", cases[i], vek);
		der = vectors_read(path);
		opinion_cert_same(&der);
		bytes_free(&der);
	next:
		free(cases[i]);
	}
	free(cases);
}

/* Every bit of genuine ones flipped: the two parsers side by side. */
static void reads_nothing_that_mbedtls_refuses_or_reads_otherwise(void **state)
{
	static const struct opinion_file files[] = {
		{"roots/ARK-Milan.der", opinion_cert_not_more_lenient},
		{"roots/ASK-Turin.der", opinion_cert_not_more_lenient},
		{"roots/ASVK-Genoa.der", opinion_cert_not_more_lenient},
		{"snp/genoa-v5-vcek-siena/vcek.der", opinion_cert_not_more_lenient},
		{"snp/turin-v5-vcek-oak/vcek.der", opinion_cert_not_more_lenient},
		{"snp/milan-v3-vlek-aws/vlek.der", opinion_cert_not_more_lenient},
		{"snp/genoa-v3-vcek-azure/crl.der", opinion_crl_not_more_lenient},
		{"snp/lab-milan-ask-revoked/crl.der", opinion_crl_not_more_lenient},
	};

	(void)state;
	vectors_needed();
	opinion_every_flip(files, sizeof(files) / sizeof(files[0]));
}

/* Names would fit; keys and algorithms do not. */
static void no_certificate_of_one_profile_vouches_for_one_of_the_other(void **state)
{
	struct fake_intel intel;
	struct bytes other, list;
	struct x509_cert a, b;
	struct x509_crl crl;

	(void)state;
	fake_intel_init(&intel);
	other = fake_intel_cert(&(struct fake_intel_cert){.issuer = "ARK",
		.subject = "ARK",
		.serial = 1,
		.key = intel.root,
		.signer = intel.root,
		.ca = true,
		.path_len = -1});
	list = fake_intel_crl(&(struct fake_intel_crl){.issuer = "ARK", .signer = intel.root});
	assert_int_equal(parse(&ark, &a, NULL), 0);
	assert_int_equal(parse(&other, &b, NULL), 0);
	assert_int_equal(x509_crl_parse(&crl, bytes_view(&list), NULL), 0);
	assert_int_equal(x509_cert_verify(&a, &a), 0);
	assert_int_equal(x509_cert_verify(&b, &b), 0);
	assert_int_equal(x509_crl_verify(&crl, &b), 0);
	assert_int_equal(x509_cert_verify(&a, &b), HC_ESIGNATURE);
	assert_int_equal(x509_cert_verify(&b, &a), HC_ESIGNATURE);
	assert_int_equal(x509_crl_verify(&crl, &a), HC_ESIGNATURE);
	/* Not even with the key of the other kind smuggled in. */
	b.profile = X509_PROFILE_AMD;
	assert_int_equal(x509_cert_verify(&b, &b), HC_ESIGNATURE);
	a.profile = X509_PROFILE_INTEL;
	assert_int_equal(x509_cert_verify(&a, &a), HC_ESIGNATURE);
	bytes_free(&list);
	bytes_free(&other);
	fake_intel_fini(&intel);
}

static int setup(void **state)
{
	(void)state;
	fake_amd_init(&amd);
	ark = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK",
				      .subject = "ARK",
				      .serial = 1,
				      .key = amd.ark,
				      .signer = amd.ark,
				      .ca = true,
				      .path_len = 1,
				      .write_trailer = true});
	ask = fake_cert(&amd, &(struct fake_cert){.issuer = "ARK",
				      .subject = "ASK",
				      .serial = 2,
				      .key = amd.ask,
				      .signer = amd.ark,
				      .ca = true});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&ark);
	bytes_free(&ask);
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_truncation_and_one_byte_more),
		cmocka_unit_test(no_flipped_bit_leaves_a_signed_certificate),
		cmocka_unit_test(refuses_other_signature_parameters),
		cmocka_unit_test(refuses_repeated_and_unknown_critical_extensions),
		cmocka_unit_test(refuses_times_that_are_none),
		cmocka_unit_test(refuses_lengths_and_integers_that_are_not_minimal),
		cmocka_unit_test(no_certificate_of_one_profile_vouches_for_one_of_the_other),
		cmocka_unit_test(accepts_both_encodings_of_the_one_parameter_set),
		cmocka_unit_test(reads_both_forms_of_time),
		cmocka_unit_test(a_ca_needs_its_flag_its_usage_and_its_path_length),
		cmocka_unit_test(finds_serials_on_a_list_exactly),
		cmocka_unit_test(reads_genuine_certificates_as_mbedtls_does),
		cmocka_unit_test(reads_nothing_that_mbedtls_refuses_or_reads_otherwise),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
