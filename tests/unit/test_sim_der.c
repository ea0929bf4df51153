/* SPDX-License-Identifier: Apache-2.0 */
/* The DER writer against encodings known from X.690, RFC 5280 and AMD's certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#if HC_SIM
#include "common/hex.h"
#include "common/timefmt.h"
#include "vmm/sim/sim_der.h"

static void assert_der(struct sim_der *der, const char *want)
{
	char text[256];

	assert_int_equal(der->code, 0);
	assert_true(der->out.len * 2 < sizeof(text));
	hex_encode(text, der->out.data, der->out.len);
	assert_string_equal(text, want);
	bytes_free(&der->out);
}

static void refuses_what_it_cannot_encode_and_stays_refused(void **state)
{
	static const char *const oids[] = {"", "1", "3.1", "1.2x"};
	struct sim_der der;

	(void)state;
	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++) {
		der = (struct sim_der){0};
		sim_der_oid(&der, oids[i]);
		assert_int_equal(der.code, HC_ERANGE);
		sim_der_uint(&der, 1);
		assert_int_equal(der.code, HC_ERANGE);
		bytes_free(&der.out);
	}
	der = (struct sim_der){0};
	sim_der_time(&der, -1);
	assert_int_equal(der.code, HC_ERANGE);
	bytes_free(&der.out);
	der = (struct sim_der){0};
	sim_der_time(&der, timefmt_civil(10000, 1, 1, 0, 0, 0));
	assert_int_equal(der.code, HC_ERANGE);
	bytes_free(&der.out);
}

static void refuses_an_element_beyond_64_kib(void **state)
{
	static const uint8_t big[65536];
	struct sim_der der = {0};

	(void)state;
	sim_der_put(&der, DER_OCTETS, big, sizeof(big));
	assert_int_equal(der.code, HC_ERANGE);
	bytes_free(&der.out);
}

static void writes_integers_in_their_shortest_form(void **state)
{
	static const struct {
		uint64_t value;
		const char *want;
	} cases[] = {{0, "020100"}, {1, "020101"}, {0x7f, "02017f"}, {0x80, "02020080"},
		{0xd9, "020200d9"}, {0x100, "02020100"}, {0x20002, "0203020002"},
		{UINT64_MAX, "020900ffffffffffffffff"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sim_der der = {0};

		sim_der_uint(&der, cases[i].value);
		assert_der(&der, cases[i].want);
	}
}

static void writes_object_identifiers(void **state)
{
	static const struct {
		const char *dotted, *want;
	} cases[] = {{"2.5.4.3", "0603550403"}, {"1.2.840.113549.1.1.10", "06092a864886f70d01010a"},
		{"1.3.132.0.34", "06052b81040022"},
		{"1.3.6.1.4.1.3704.1.3.8", "060a2b060104019c78010308"},
		{"2.16.840.1.101.3.4.2.2", "0609608648016503040202"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sim_der der = {0};

		sim_der_oid(&der, cases[i].dotted);
		assert_der(&der, cases[i].want);
	}
}

static void writes_lengths_of_one_two_and_three_bytes(void **state)
{
	static const uint8_t zeros[300];
	static const struct {
		size_t len;
		uint8_t header[4];
		size_t header_len;
	} cases[] = {{127, {4, 0x7f}, 2}, {128, {4, 0x81, 0x80}, 3}, {255, {4, 0x81, 0xff}, 3},
		{256, {4, 0x82, 1, 0}, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sim_der der = {0};

		sim_der_put(&der, DER_OCTETS, zeros, cases[i].len);
		assert_int_equal(der.out.len, cases[i].header_len + cases[i].len);
		assert_memory_equal(der.out.data, cases[i].header, cases[i].header_len);
		bytes_free(&der.out);
	}
}

static void writes_times_with_a_century_from_2050_on(void **state)
{
	struct sim_der der = {0};

	(void)state;
	sim_der_time(&der, timefmt_civil(2049, 12, 31, 23, 59, 59));
	assert_der(&der, "170d3439313233313233353935395a");
	der = (struct sim_der){0};
	sim_der_time(&der, timefmt_civil(2050, 1, 1, 0, 0, 0));
	assert_der(&der, "180f32303530303130313030303030305a");
}

static void nests(void **state)
{
	struct sim_der der = {0};
	size_t outer, inner;

	(void)state;
	outer = sim_der_open(&der, DER_SEQUENCE);
	inner = sim_der_open(&der, DER_CONTEXT(3));
	sim_der_text(&der, DER_IA5, "Genoa");
	sim_der_close(&der, inner);
	sim_der_put(&der, DER_NULL, NULL, 0);
	sim_der_close(&der, outer);
	assert_der(&der, "300ba307160547656e6f610500");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_it_cannot_encode_and_stays_refused),
		cmocka_unit_test(refuses_an_element_beyond_64_kib),
		cmocka_unit_test(writes_integers_in_their_shortest_form),
		cmocka_unit_test(writes_object_identifiers),
		cmocka_unit_test(writes_lengths_of_one_two_and_three_bytes),
		cmocka_unit_test(writes_times_with_a_century_from_2050_on),
		cmocka_unit_test(nests),
	};

	return cmocka_run_group_tests_name("sim_der", tests, NULL, NULL);
}
#else
int main(void)
{
	puts("1..1\nok 1 - sim_der # SKIP built with SIM=0");
	return 0;
}
#endif
