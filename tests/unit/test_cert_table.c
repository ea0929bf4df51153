/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/evidence/cert_table.h"

static const uint8_t vcek[16] = {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4,
	0xb9, 0x3b, 0xe8, 0xac, 0xcd};
static uint8_t table[4096];

static void entry(size_t i, const uint8_t guid[16], uint32_t off, uint32_t len)
{
	uint8_t *p = table + i * CERT_TABLE_ENTRY_SIZE;

	memcpy(p, guid, 16);
	put_le32(p + 16, off);
	put_le32(p + 20, len);
}

/* Two entries of 10 and 20 bytes; ends at 102. */
static size_t good(void)
{
	static const uint8_t other[16] = {1};

	memset(table, 0, sizeof(table));
	entry(0, vcek, 72, 10);
	entry(1, other, 82, 20);
	return 102;
}

static int parse(struct cert_table *out, size_t len)
{
	return cert_table_parse(out, (struct view){table, len}, NULL);
}

static void refuses_every_truncation(void **state)
{
	struct cert_table t;
	size_t len = good();

	(void)state;
	for (size_t n = 0; n < len; n++) {
		assert_int_equal(parse(&t, n), HC_ETRUNCATED);
		assert_int_equal(t.count, 0);
	}
	assert_int_equal(parse(&t, len), 0);
}

static void refuses_ranges_that_wrap_or_reach_outside(void **state)
{
	static const struct {
		uint32_t off, len;
		int rc;
	} cases[] = {
		{0xffffffff, 1, HC_ETRUNCATED},
		{0xffffff00, 0x200, HC_ETRUNCATED},
		{72, 0xffffffff, HC_ETRUNCATED},
		{72, 0xffffffb8, HC_ETRUNCATED},
		{102, 1, HC_ETRUNCATED},
		{101, 2, HC_ETRUNCATED},
		{0, 10, HC_EFORMAT},
		{71, 1, HC_EFORMAT},
		{80, 0, HC_EFORMAT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cert_table t;
		size_t len = good();

		entry(0, vcek, cases[i].off, cases[i].len);
		assert_int_equal(parse(&t, len), cases[i].rc);
	}
}

static void refuses_more_entries_than_it_holds(void **state)
{
	struct cert_table t;

	(void)state;
	good();
	for (size_t i = 0; i <= CERT_TABLE_ENTRIES_MAX; i++)
		entry(i, vcek, 1000, 1);
	assert_int_equal(parse(&t, sizeof(table)), HC_ERANGE);
	memset(table + CERT_TABLE_ENTRIES_MAX * CERT_TABLE_ENTRY_SIZE, 0, CERT_TABLE_ENTRY_SIZE);
	assert_int_equal(parse(&t, sizeof(table)), 0);
	assert_int_equal(t.count, CERT_TABLE_ENTRIES_MAX);
}

static void gives_each_entry_its_bytes_and_kind(void **state)
{
	struct cert_table t;

	(void)state;
	good();
	assert_int_equal(parse(&t, 102), 0);
	assert_int_equal(t.count, 2);
	assert_int_equal(t.entry[0].kind, CERT_TABLE_VCEK);
	assert_ptr_equal(t.entry[0].data.data, table + 72);
	assert_int_equal(t.entry[0].data.len, 10);
	assert_int_equal(t.entry[1].kind, CERT_TABLE_OTHER);
	assert_int_equal(t.entry[1].data.len, 20);
	memset(table, 0, sizeof(table));
	assert_int_equal(parse(&t, 24), 0);
	assert_int_equal(t.count, 0);
}

static void recognises_a_table_by_its_first_entry(void **state)
{
	(void)state;
	good();
	assert_true(cert_table_recognise((struct view){table, 24}));
	assert_false(cert_table_recognise((struct view){table, 23}));
	table[0] ^= 1;
	assert_false(cert_table_recognise((struct view){table, 102}));
}

static void finds_a_table_right_behind_a_report_only(void **state)
{
	uint8_t file[100 + 102];
	struct view found;
	size_t len = good();

	(void)state;
	memset(file, 0, 100);
	memcpy(file + 100, table, len);
	assert_true(cert_table_follows((struct view){file, 100 + len}, 100, &found));
	assert_true(found.data == file + 100 && found.len == len);
	assert_false(cert_table_follows((struct view){file, 100}, 100, &found));
	assert_false(cert_table_follows((struct view){file, 99}, 100, &found));
	assert_false(cert_table_follows((struct view){file, 100 + len}, 99, &found));
	assert_false(cert_table_follows((struct view){file, 100 + len - 1}, 100, &found));
	file[100] ^= 1;
	assert_false(cert_table_follows((struct view){file, 100 + len}, 100, &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_ranges_that_wrap_or_reach_outside),
		cmocka_unit_test(refuses_more_entries_than_it_holds),
		cmocka_unit_test(gives_each_entry_its_bytes_and_kind),
		cmocka_unit_test(recognises_a_table_by_its_first_entry),
		cmocka_unit_test(finds_a_table_right_behind_a_report_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
