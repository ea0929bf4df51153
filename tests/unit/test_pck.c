/* SPDX-License-Identifier: Apache-2.0 */
/* PCK certificates: what is refused, and that genuine ones read as an independent program did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/endorse/der.h"
#include "common/hex.h"
#include "tests/unit/fake_intel.h"
#include "tests/unit/vectors.h"

static struct fake_intel intel;

/* A PCK certificate; parse it, and free it. Views in *out are then dangling and not looked at. */
static int parse_with(struct pck *out, const struct fake_pck *spec, struct fake_intel_cert cert,
	struct error *err)
{
	struct bytes extensions = {0}, der;
	struct x509_cert parsed;
	int rc;

	if (spec)
		fake_pck_extension(&extensions, spec);
	if (!cert.subject)
		cert.subject = PCK_COMMON_NAME;
	if (!cert.issuer)
		cert.issuer = PCK_PLATFORM_CA_NAME;
	cert.key = intel.pck;
	cert.signer = intel.ca;
	cert.serial = 9;
	cert.extensions = &extensions;
	der = fake_intel_cert(&cert);
	assert_int_equal(x509_cert_parse(&parsed, bytes_view(&der), err), 0);
	assert_true(pck_recognise(&parsed) == (spec != NULL));
	rc = pck_parse(out, &parsed, err);
	bytes_free(&extensions);
	bytes_free(&der);
	return rc;
}

static int parse(const struct fake_pck *spec)
{
	struct pck out;

	return parse_with(&out, spec, (struct fake_intel_cert){0}, NULL);
}

static void refuses_a_missing_or_repeated_part(void **state)
{
	struct fake_pck spec;

	(void)state;
	for (uint8_t n = 1; n <= 7; n++) {
		fake_pck_default(&spec, PCK_CA_PLATFORM);
		spec.omit = 1U << n;
		assert_int_equal(parse(&spec), HC_EMISSING);
		spec.omit = 0;
		spec.repeat = n;
		assert_int_equal(parse(&spec), HC_EFORMAT);
	}
	for (uint8_t n = 1; n <= 18; n++) {
		fake_pck_default(&spec, PCK_CA_PLATFORM);
		spec.omit_tcb = 1U << n;
		assert_int_equal(parse(&spec), HC_EFORMAT);
	}
	assert_int_equal(parse(NULL), HC_EMISSING);
}

static void platform_data_goes_with_the_platform_ca_alone(void **state)
{
	const struct fake_intel_cert processor = {.issuer = PCK_PROCESSOR_CA_NAME};
	struct fake_pck spec;
	struct pck out;

	(void)state;
	fake_pck_default(&spec, PCK_CA_PROCESSOR);
	assert_int_equal(parse_with(&out, &spec, processor, NULL), 0);
	assert_int_equal(out.ca, PCK_CA_PROCESSOR);
	assert_false(out.has_piid);
	assert_int_equal(parse(&spec), HC_EMISSING);
	fake_pck_default(&spec, PCK_CA_PLATFORM);
	assert_int_equal(parse_with(&out, &spec, processor, NULL), HC_EFORMAT);
}

static void refuses_other_names_uses_and_a_ca(void **state)
{
	const struct fake_intel_cert bad[] = {
		{.subject = "Intel SGX PCK Certificate "},
		{.subject = FAKE_INTEL_TCB},
		{.issuer = FAKE_INTEL_ROOT},
		{.issuer = "Intel SGX PCK Platform CA2"},
		{.ca = true, .path_len = -1},
		{.no_usage = true},
		{.usage = 0x40},
	};
	struct fake_pck spec;
	struct pck out;

	(void)state;
	fake_pck_default(&spec, PCK_CA_PLATFORM);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_with(&out, &spec, bad[i], NULL), HC_EFORMAT);
}

static void reads_back_what_was_written(void **state)
{
	struct fake_pck spec;
	struct pck out;

	(void)state;
	fake_pck_default(&spec, PCK_CA_PLATFORM);
	for (uint8_t i = 0; i < PCK_SVN_COUNT; i++)
		spec.pck.svn[i] = (uint8_t)(255 - 9 * i);
	spec.pck.pcesvn = 65535;
	assert_int_equal(parse_with(&out, &spec, (struct fake_intel_cert){0}, NULL), 0);
	out.cert = NULL;
	assert_memory_equal(&out, &spec.pck, sizeof(out));
}

/* The extension of a genuine certificate, cut and changed: refused, or read as other numbers. */
static void no_bit_of_the_extension_is_without_meaning(void **state)
{
	struct bytes list = {0};
	struct fake_pck spec;
	struct pck before, after;
	struct view all, ext, value, oid;

	(void)state;
	fake_pck_default(&spec, PCK_CA_PLATFORM);
	fake_pck_extension(&list, &spec);
	all = bytes_view(&list);
	assert_true(der_take(&all, DER_SEQUENCE, &ext) && der_take(&ext, DER_OID, &oid) &&
		    der_only(ext, DER_OCTET_STRING, &value));
	assert_int_equal(pck_extension_parse(&before, value, PCK_CA_PLATFORM, NULL), 0);
	for (size_t len = 0; len < value.len; len++)
		assert_true(pck_extension_parse(&after, (struct view){value.data, len},
				    PCK_CA_PLATFORM, NULL) < 0);
	for (size_t bit = 0; bit < value.len * 8; bit++) {
		uint8_t *at = list.data + (value.data - list.data) + bit / 8;

		*at ^= (uint8_t)(1u << bit % 8);
		if (!pck_extension_parse(&after, value, PCK_CA_PLATFORM, NULL))
			assert_memory_not_equal(&before, &after, sizeof(before));
		*at ^= (uint8_t)(1u << bit % 8);
	}
	bytes_free(&list);
}

static void assert_hex(json_t *fields, const char *name, const uint8_t *data, size_t len)
{
	char hex[65];

	hex_encode(hex, data, len);
	assert_string_equal(hex, json_string_value(json_object_get(fields, name)));
}

static void assert_case(const char *name)
{
	char path[256], issuer[64];
	struct bytes der;
	struct x509_cert cert;
	struct pck pck;
	struct error err = {0};
	json_t *json, *fields, *components;

	snprintf(path, sizeof(path), "tdx/%s/case.json", name);
	json = vectors_json(path);
	fields = json_object_get(json, "fields");
	snprintf(path, sizeof(path), "tdx/%s/pck.der", name);
	der = vectors_read(path);
	assert_int_equal(x509_cert_parse(&cert, bytes_view(&der), &err), 0);
	assert_true(pck_recognise(&cert));
	if (pck_parse(&pck, &cert, &err))
		fail_msg("%s: %s: %s", name, err.where, err.found);
	x509_common_name(cert.issuer, issuer, sizeof(issuer));
	assert_string_equal(issuer, json_string_value(json_object_get(fields, "pck_issuer")));
	assert_hex(fields, "fmspc", pck.fmspc, 6);
	assert_hex(fields, "pceid", pck.pceid, 2);
	assert_hex(fields, "pck_cpusvn", pck.cpusvn, 16);
	assert_int_equal(pck.pcesvn, json_integer_value(json_object_get(fields, "pck_pcesvn")));
	components = json_object_get(fields, "pck_tcb_components");
	for (size_t i = 0; i < PCK_SVN_COUNT; i++)
		assert_int_equal(pck.svn[i], json_integer_value(json_array_get(components, i)));
	bytes_free(&der);
	json_decref(json);
}

static void reads_genuine_certificates_as_an_independent_program_did(void **state)
{
	char **cases;
	size_t n = 0;

	(void)state;
	vectors_needed();
	cases = vectors_cases("tdx");
	for (; cases[n]; n++) {
		assert_case(cases[n]);
		free(cases[n]);
	}
	free(cases);
	assert_true(n >= 33);
}

static int setup(void **state)
{
	(void)state;
	fake_intel_init(&intel);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_intel_fini(&intel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_a_missing_or_repeated_part),
		cmocka_unit_test(platform_data_goes_with_the_platform_ca_alone),
		cmocka_unit_test(refuses_other_names_uses_and_a_ca),
		cmocka_unit_test(no_bit_of_the_extension_is_without_meaning),
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(reads_genuine_certificates_as_an_independent_program_did),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
