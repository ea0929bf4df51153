/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's extensions: missing, repeated and misencoded ones are refused, never passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/endorse/vek.h"
#include "tests/unit/fake_amd.h"

static struct fake_amd amd;
static uint8_t hwid[64];
static struct vek vek;
static char where[96];

/* Parse a VEK with these extensions; frees them. HC_EUNSUPPORTED: no certificate at all. */
static int parse(struct bytes *extensions)
{
	struct bytes der = fake_cert(&amd, &(struct fake_cert){.issuer = "SEV-Genoa",
						   .subject = "SEV-VCEK",
						   .signer = amd.ask,
						   .extensions = extensions});
	struct x509_cert cert;
	struct error err = {0};
	int rc = x509_cert_parse(&cert, bytes_view(&der), &err) ? HC_EUNSUPPORTED : 0;

	if (!rc)
		rc = vek_parse(&vek, &cert, &err);
	memcpy(where, err.where, sizeof(where));
	bytes_free(&der);
	bytes_free(extensions);
	return rc;
}

/* All of a good one but one of the integers. */
static void integers(struct bytes *out, bool turin, uint8_t but)
{
	static const uint8_t n[] = {1, 2, 3, 8};
	const char *name = turin ? "Turin" : "Genoa";
	struct bytes text = {0};

	if (but != 100)
		fake_vek_integer(out, 1, 0, turin);
	fake_der(&text, 0x16, name, 5);
	if (but != 101)
		fake_vek_extension(out, 2, 0, text.data, text.len);
	bytes_free(&text);
	for (size_t i = 0; i < sizeof(n); i++)
		if (n[i] != but)
			fake_vek_integer(out, 3, n[i], 200u + n[i]);
	if (turin && but != 9)
		fake_vek_integer(out, 3, 9, 7);
}

static void refuses_each_missing_extension(void **state)
{
	static const uint8_t missing[] = {1, 2, 3, 8, 9, 100, 101};

	(void)state;
	for (size_t i = 0; i < sizeof(missing); i++) {
		struct bytes list = {0};

		integers(&list, true, missing[i]);
		fake_vek_extension(&list, 4, 0, hwid, 8);
		assert_int_equal(parse(&list), HC_EFORMAT);
	}
}

static void refuses_an_identity_that_is_missing_or_double(void **state)
{
	struct bytes list = {0};

	(void)state;
	integers(&list, false, 0);
	assert_int_equal(parse(&list), HC_EFORMAT);
	assert_string_equal(where, "HWID, CSP_ID");
	integers(&list, false, 0);
	fake_vek_extension(&list, 4, 0, hwid, 64);
	fake_vek_extension(&list, 5, 0, "\x16\x01x", 3);
	assert_int_equal(parse(&list), HC_EFORMAT);
	assert_string_equal(where, "HWID, CSP_ID");
}

static void refuses_extensions_given_twice(void **state)
{
	struct bytes list = {0};

	(void)state;
	fake_vek_extensions(&list, "Genoa", hwid, 64);
	fake_vek_integer(&list, 3, 1, 10);
	assert_int_equal(parse(&list), HC_EUNSUPPORTED);
}

/* One that is new may say what the key is good for: fmcSPL once was new. */
static void refuses_an_extension_of_amd_that_it_does_not_know(void **state)
{
	static const uint8_t ids[][2] = {{6, 0}, {3, 0}, {3, 10}, {1, 1}, {4, 1}, {7, 3}};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct bytes list = {0};

		fake_vek_extensions(&list, "Genoa", hwid, 64);
		fake_vek_integer(&list, ids[i][0], ids[i][1], 0);
		assert_int_equal(parse(&list), HC_EFORMAT);
		assert_string_equal(where, "VEK extension");
	}
}

static void refuses_integers_in_another_encoding(void **state)
{
	static const struct {
		const char *der;
		size_t len;
	} bad[] = {
		{"\x02\x01\x80", 3},         /* negative */
		{"\x02\x02\x00\x01", 4},     /* padded */
		{"\x02\x02\x01\x0a", 4},     /* 266: last byte only would be 10 */
		{"\x02\x01\x0a\x00", 4},     /* trailing */
		{"\x02\x00", 2},             /* empty */
		{"\x04\x01\x0a", 3},         /* other tag */
		{"\x0a", 1},                 /* raw */
		{"\x02\x03\x00\x00\x0a", 5}, /* padded twice */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes list = {0};

		integers(&list, false, 1);
		fake_vek_extension(&list, 3, 1, bad[i].der, bad[i].len);
		fake_vek_extension(&list, 4, 0, hwid, 64);
		assert_int_equal(parse(&list), HC_EFORMAT);
		assert_string_equal(where, "blSPL");
	}
}

static void refuses_a_hwid_of_another_length_or_tag(void **state)
{
	static const size_t bad_len[] = {0, 1, 7, 8, 9, 10, 32, 63, 65, 67};
	uint8_t tagged[66] = {0x03, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(bad_len) / sizeof(bad_len[0]); i++) {
		struct bytes list = {0};
		uint8_t raw[67] = {1};

		integers(&list, false, 0);
		fake_vek_extension(&list, 4, 0, raw, bad_len[i]);
		assert_int_equal(parse(&list), HC_EFORMAT);
	}
	{
		struct bytes list = {0};

		integers(&list, false, 0);
		fake_vek_extension(&list, 4, 0, tagged, sizeof(tagged));
		assert_int_equal(parse(&list), HC_EFORMAT);
		integers(&list, true, 0);
		fake_vek_extension(&list, 4, 0, hwid, 64);
		assert_int_equal(parse(&list), HC_EFORMAT);
	}
}

static void reads_a_hwid_raw_or_wrapped_whatever_its_first_byte(void **state)
{
	static const size_t lens[] = {64, 8};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (unsigned int first = 0; first < 256; first += 2) {
			struct bytes list = {0}, wrapped = {0};
			uint8_t raw[64];

			memcpy(raw, hwid, sizeof(raw));
			raw[0] = (uint8_t)first;
			raw[1] = (uint8_t)(lens[i] - 2);
			fake_der(&wrapped, 0x04, raw, lens[i]);
			integers(&list, i == 1, 0);
			fake_vek_extension(&list, 4, 0, first % 4 ? raw : wrapped.data,
				first % 4 ? lens[i] : wrapped.len);
			assert_int_equal(parse(&list), 0);
			assert_int_equal(vek.hwid_len, lens[i]);
			assert_memory_equal(vek.hwid, raw, lens[i]);
			bytes_free(&wrapped);
		}
	}
}

static void keeps_products_and_their_layouts_apart(void **state)
{
	struct bytes list = {0}, text = {0};

	(void)state;
	/* fmcSPL on Genoa */
	fake_vek_extensions(&list, "Genoa", hwid, 64);
	fake_vek_integer(&list, 3, 9, 0);
	assert_int_equal(parse(&list), HC_EFORMAT);
	assert_string_equal(where, "fmcSPL");
	/* reserved levels that are not 0 */
	fake_vek_extensions(&list, "Genoa", hwid, 64);
	fake_vek_integer(&list, 3, 5, 1);
	assert_int_equal(parse(&list), HC_EFORMAT);
	/* Turin's structVersion with Genoa's name */
	integers(&list, false, 100);
	fake_vek_integer(&list, 1, 0, 1);
	fake_vek_extension(&list, 4, 0, hwid, 64);
	assert_int_equal(parse(&list), HC_EFORMAT);
	assert_string_equal(where, "structVersion");
	/* unknown product */
	integers(&list, false, 101);
	fake_der(&text, 0x16, "Genoax", 6);
	fake_vek_extension(&list, 2, 0, text.data, text.len);
	fake_vek_extension(&list, 4, 0, hwid, 64);
	assert_int_equal(parse(&list), HC_EFORMAT);
	assert_string_equal(where, "productName");
	bytes_free(&text);
}

static void reads_every_level_and_identity(void **state)
{
	struct bytes list = {0};

	(void)state;
	integers(&list, true, 0);
	fake_vek_extension(&list, 4, 0, hwid, 8);
	assert_int_equal(parse(&list), 0);
	assert_int_equal(vek.kind, VEK_VCEK);
	assert_int_equal(vek.product, SNP_PRODUCT_TURIN);
	assert_true(vek.tcb.has_fmc && vek.tcb.fmc == 7 && vek.tcb.bootloader == 201);
	assert_true(vek.tcb.tee == 202 && vek.tcb.snp == 203 && vek.tcb.microcode == 208);
	fake_vek_extensions(&list, "Milan-B0", NULL, 0);
	fake_vek_extension(&list, 5, 0,
		"\x16\x04"
		"CN=x",
		6);
	assert_int_equal(parse(&list), 0);
	assert_int_equal(vek.kind, VEK_VLEK);
	assert_int_equal(vek.product, SNP_PRODUCT_MILAN);
	assert_string_equal(vek.product_name, "Milan-B0");
	assert_string_equal(vek.csp_id, "CN=x");
	assert_int_equal(vek.hwid_len, 0);
}

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hwid); i++)
		hwid[i] = (uint8_t)(i + 1);
	fake_amd_init(&amd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_missing_extension),
		cmocka_unit_test(refuses_an_identity_that_is_missing_or_double),
		cmocka_unit_test(refuses_extensions_given_twice),
		cmocka_unit_test(refuses_an_extension_of_amd_that_it_does_not_know),
		cmocka_unit_test(refuses_integers_in_another_encoding),
		cmocka_unit_test(refuses_a_hwid_of_another_length_or_tag),
		cmocka_unit_test(keeps_products_and_their_layouts_apart),
		cmocka_unit_test(reads_a_hwid_raw_or_wrapped_whatever_its_first_byte),
		cmocka_unit_test(reads_every_level_and_identity),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
