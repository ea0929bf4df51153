/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/evidence/snp_report.h"
#include "attest/evidence/snp_report_abi.h"
#include "tests/unit/fake_amd.h"

static uint8_t bytes[SNP_REPORT_SIZE + 1];
static struct snp_report r;

static int parse(size_t len, struct error *err)
{
	return snp_report_parse(&r, (struct view){bytes, len}, err);
}

static void refuses_every_size_but_1184(void **state)
{
	struct error err;

	(void)state;
	fake_report(bytes, 5);
	for (size_t len = 0; len < SNP_REPORT_SIZE; len++)
		assert_int_equal(parse(len, &err), HC_ETRUNCATED);
	assert_int_equal(parse(SNP_REPORT_SIZE + 1, &err), HC_ERANGE);
	assert_string_equal(err.expected, "1184 bytes");
	assert_int_equal(parse(SNP_REPORT_SIZE, &err), 0);
}

/* Which bytes of the fake report of a version may be changed without touching a reserved one. */
static bool is_reserved(size_t at, uint32_t version)
{
	static const struct {
		size_t from, to;
		uint32_t min, max;
	} ranges[] = {
		{0x4c, 0x50, 0, 9},
		{0x188, 0x1a0, 0, 2},
		{0x18b, 0x1a0, 3, 9},
		{0x1eb, 0x1ec, 0, 9},
		{0x1ef, 0x1f0, 0, 9},
		{0x1f8, 0x2a0, 0, 4},
		{0x208, 0x2a0, 5, 9},
		{0x2d0, 0x2e8, 0, 9},
		{0x318, 0x4a0, 0, 9},
		/* of the TCBs of a Genoa machine, where the report says that it is one */
		{0x03a, 0x03e, 3, 9},
		{0x1e2, 0x1e6, 3, 9},
		{0x1f2, 0x1f6, 3, 9},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (at >= ranges[i].from && at < ranges[i].to && version >= ranges[i].min &&
			version <= ranges[i].max)
			return true;
	return false;
}

static void finds_each_reserved_byte_that_is_set_and_no_other(void **state)
{
	(void)state;
	for (uint32_t version = 2; version <= 6; version++) {
		for (size_t at = 4; at < SNP_REPORT_SIZE; at++) {
			struct error err = {0};

			fake_report(bytes, version);
			bytes[at] ^= 0x80;
			assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
			assert_int_equal(snp_report_reserved_valid(&r, &err),
				is_reserved(at, version) ? HC_EFORMAT : 0);
			assert_true(!err.has_offset || err.offset == at);
		}
	}
}

static void vouches_only_for_the_versions_it_knows(void **state)
{
	(void)state;
	for (uint32_t version = 0; version < 300; version++) {
		enum snp_version_support support = snp_report_version_support(version);

		if (version == 2 || version == 3 || version == 5 || version == 6)
			assert_int_equal(support, SNP_VERSION_FULL);
		else if (version == 4)
			assert_int_equal(support, SNP_VERSION_PARSED);
		else
			assert_int_equal(support, SNP_VERSION_UNKNOWN);
	}
	assert_int_equal(snp_report_version_support(UINT32_MAX), SNP_VERSION_UNKNOWN);
	assert_int_equal(snp_report_version_support(0x10002), SNP_VERSION_UNKNOWN);
}

static void knows_products_by_ranges_of_models(void **state)
{
	static const struct {
		uint8_t family, model;
		enum snp_product product;
	} cases[] = {
		{0x19, 0x01, SNP_PRODUCT_MILAN},
		{0x19, 0x0f, SNP_PRODUCT_MILAN},
		{0x19, 0x11, SNP_PRODUCT_GENOA},
		{0x19, 0x20, SNP_PRODUCT_UNKNOWN},
		{0x19, 0xa0, SNP_PRODUCT_GENOA},
		{0x19, 0xb0, SNP_PRODUCT_UNKNOWN},
		{0x1a, 0x02, SNP_PRODUCT_TURIN},
		{0x1a, 0x50, SNP_PRODUCT_UNKNOWN},
		{0x17, 0x31, SNP_PRODUCT_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fake_report(bytes, 3);
		bytes[SNP_OFF_CPUID_FAM_ID] = cases[i].family;
		bytes[SNP_OFF_CPUID_MOD_ID] = cases[i].model;
		assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
		assert_int_equal(snp_report_product(&r), cases[i].product);
	}
	fake_report(bytes, 2);
	assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
	assert_int_equal(snp_report_product(&r), SNP_PRODUCT_UNKNOWN);
}

static void decodes_a_tcb_in_the_layout_of_the_product(void **state)
{
	static const uint8_t raw[8] = {1, 2, 3, 4, 0, 0, 5, 0x51};
	struct snp_tcb tcb;

	(void)state;
	snp_tcb_decode(&tcb, raw, SNP_PRODUCT_TURIN);
	assert_true(tcb.has_fmc && tcb.fmc == 1 && tcb.bootloader == 2 && tcb.tee == 3);
	assert_true(tcb.snp == 4 && tcb.microcode == 0x51 && !tcb.reserved_zero);
	snp_tcb_decode(&tcb, raw, SNP_PRODUCT_GENOA);
	assert_true(!tcb.has_fmc && tcb.fmc == 0 && tcb.bootloader == 1 && tcb.tee == 2);
	assert_true(tcb.snp == 5 && tcb.microcode == 0x51 && !tcb.reserved_zero);
}

static void guesses_no_layout_for_a_product_it_does_not_know(void **state)
{
	static const uint8_t raw[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct snp_tcb tcb;

	(void)state;
	snp_tcb_decode(&tcb, raw, SNP_PRODUCT_UNKNOWN);
	assert_memory_equal(tcb.raw, raw, sizeof(raw));
	assert_false(tcb.has_layout || tcb.has_fmc || tcb.reserved_zero);
	assert_int_equal(tcb.fmc + tcb.bootloader + tcb.tee + tcb.snp + tcb.microcode, 0);
	assert_false(snp_tcb_at_least(&tcb, &tcb));
}

/* ABI 1.59: CURRENT_ETCB, LAUNCH_ETCB, COMMITTED_ETCB; named, and zero on what is known here. */
static void reads_the_extended_tcbs_of_version_6_only(void **state)
{
	(void)state;
	for (uint32_t version = 5; version <= 6; version++) {
		fake_report(bytes, version);
		bytes[SNP_OFF_CURRENT_ETCB] = 0xc0;
		bytes[SNP_OFF_LAUNCH_ETCB] = 0x1a;
		bytes[SNP_OFF_COMMITTED_ETCB + 31] = 0xc7;
		assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
		assert_int_equal(r.has_etcb, version == 6);
		assert_int_equal(r.current_etcb[0], version == 6 ? 0xc0 : 0);
		assert_int_equal(r.launch_etcb[0], version == 6 ? 0x1a : 0);
		assert_int_equal(r.committed_etcb[31], version == 6 ? 0xc7 : 0);
		assert_int_equal(snp_report_reserved_valid(&r, NULL), HC_EFORMAT);
	}
	/* A product after Turin may have them; what comes before and after stays reserved. */
	bytes[SNP_OFF_CPUID_FAM_ID] = 0x1a;
	bytes[SNP_OFF_CPUID_MOD_ID] = 0x50;
	assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
	assert_int_equal(snp_report_reserved_valid(&r, NULL), 0);
	bytes[0x21f] = 1;
	assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
	assert_int_equal(snp_report_reserved_valid(&r, NULL), HC_EFORMAT);
	bytes[0x21f] = 0;
	bytes[0x280] = 1;
	assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
	assert_int_equal(snp_report_reserved_valid(&r, NULL), HC_EFORMAT);
}

static void compares_tcbs_by_component(void **state)
{
	static const uint8_t base[8] = {4, 4, 0, 0, 0, 0, 4, 4};
	static const size_t used[] = {0, 1, 6, 7};
	struct snp_tcb a, b;

	(void)state;
	snp_tcb_decode(&a, base, SNP_PRODUCT_GENOA);
	assert_true(snp_tcb_at_least(&a, &a));
	for (size_t i = 0; i < 4; i++) {
		uint8_t other[8] = {9, 9, 0, 0, 0, 0, 9, 9};

		other[used[i]] = 3; /* all higher but one */
		snp_tcb_decode(&b, other, SNP_PRODUCT_GENOA);
		assert_false(snp_tcb_at_least(&b, &a));
		assert_false(snp_tcb_at_least(&a, &b));
	}
	snp_tcb_decode(&b, base, SNP_PRODUCT_TURIN);
	assert_false(snp_tcb_at_least(&a, &b));
}

static void knows_when_r_and_s_are_longer_than_the_curve(void **state)
{
	static const size_t at[] = {0x2d0, 0x2e7, 0x318, 0x32f};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		fake_report(bytes, 5);
		bytes[at[i]] = 1;
		assert_int_equal(parse(SNP_REPORT_SIZE, NULL), 0);
		assert_false(r.signature_fits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_size_but_1184),
		cmocka_unit_test(finds_each_reserved_byte_that_is_set_and_no_other),
		cmocka_unit_test(vouches_only_for_the_versions_it_knows),
		cmocka_unit_test(knows_products_by_ranges_of_models),
		cmocka_unit_test(knows_when_r_and_s_are_longer_than_the_curve),
		cmocka_unit_test(guesses_no_layout_for_a_product_it_does_not_know),
		cmocka_unit_test(reads_the_extended_tcbs_of_version_6_only),
		cmocka_unit_test(decodes_a_tcb_in_the_layout_of_the_product),
		cmocka_unit_test(compares_tcbs_by_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
