/* SPDX-License-Identifier: Apache-2.0 */
/* IGVM files: bent headers, every truncation, every changed bit, the known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/igvm.h"
#include "common/hex.h"
#include "tests/unit/vectors.h"

#define LEN(a)  (sizeof(a) / sizeof((a)[0]))
#define HEADERS (24 * 3 + 32 + 24 + 24 + 32)
#define PAGE_AT (24 + HEADERS)
#define FILE_AT (PAGE_AT + 4096)

/* Offsets of the headers in the file below. */
enum { SNP = 24, TDX = 48, POLICY = 72, PAGE = 96, AREA = 128, INSERT = 152, CONTEXT = 176 };

static uint32_t crc(const uint8_t *p, size_t len)
{
	uint32_t c = UINT32_MAX;

	for (size_t i = 0; i < len * 8; i++) {
		c ^= (uint32_t)(p[i / 8] >> i % 8 & 1);
		c = c >> 1 ^ (c & 1 ? 0xedb88320U : 0);
	}
	return ~c;
}

static void sum(uint8_t *file)
{
	put_le32(file + 20, 0);
	put_le32(file + 20, crc(file, PAGE_AT));
}

static uint8_t *header(uint8_t *file, size_t at, uint32_t type, uint32_t length)
{
	put_le32(file + at, type);
	put_le32(file + at + 4, length);
	return file + at + 8;
}

static void build(uint8_t file[FILE_AT])
{
	uint8_t *p;

	memset(file, 0, FILE_AT);
	memcpy(file, "IGVM", 4);
	put_le32(file + 4, 1);
	put_le32(file + 8, 24);
	put_le32(file + 12, HEADERS);
	put_le32(file + 16, FILE_AT);
	memset(file + PAGE_AT, 0xa5, 4096);
	p = header(file, SNP, IGVM_SUPPORTED_PLATFORM, 16);
	put_le32(p, 1);
	p[5] = IGVM_SEV_SNP;
	p = header(file, TDX, IGVM_SUPPORTED_PLATFORM, 16);
	put_le32(p, 2);
	p[5] = IGVM_TDX;
	p = header(file, POLICY, IGVM_GUEST_POLICY, 16);
	put_le64(p, 0x30000);
	put_le32(p + 8, 1);
	p = header(file, PAGE, IGVM_PAGE_DATA, 24);
	put_le64(p, 0x1000);
	put_le32(p + 8, 3);
	put_le32(p + 12, PAGE_AT);
	p = header(file, AREA, IGVM_PARAMETER_AREA, 16);
	put_le64(p, 0x2000);
	put_le32(p + 8, 7);
	p = header(file, INSERT, IGVM_PARAMETER_INSERT, 16);
	put_le64(p, 0x2000);
	put_le32(p + 8, 3);
	put_le32(p + 12, 7);
	p = header(file, CONTEXT, IGVM_VP_CONTEXT, 20);
	put_le64(p, SNP_VMSA_GPA);
	put_le32(p + 8, 1);
	put_le32(p + 12, PAGE_AT);
	sum(file);
}

/* A copy of exactly `len` bytes, so that a sanitizer sees the first byte beyond. */
static int measure(const uint8_t *file, size_t len, uint8_t out[2 * SHA384_SIZE], struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct igvm igvm;
	int ret;

	assert_non_null(copy);
	memcpy(copy, file, len);
	ret = igvm_parse(&igvm, (struct view){copy, len}, err);
	if (ret == 0)
		ret = igvm_measure_snp(out, &igvm, NULL, NULL, err);
	if (ret == 0)
		ret = igvm_measure_tdx(out + SHA384_SIZE, &igvm, NULL, NULL, err);
	free(copy);
	return ret;
}

static void rejects_every_truncation(void **state)
{
	uint8_t file[FILE_AT], out[2 * SHA384_SIZE];

	(void)state;
	build(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), 0);
	for (size_t len = 0; len < FILE_AT; len++) {
		build(file);
		assert_int_not_equal(measure(file, len, out, NULL), 0);
		put_le32(file + 16, (uint32_t)len); /* the header knows, and still */
		sum(file);
		assert_int_not_equal(measure(file, len, out, NULL), 0);
	}
}

static void every_single_bit_flip_is_refused_or_changes_both_digests(void **state)
{
	uint8_t file[FILE_AT], first[2 * SHA384_SIZE], out[2 * SHA384_SIZE];

	(void)state;
	build(file);
	assert_int_equal(measure(file, FILE_AT, first, NULL), 0);
	for (size_t bit = 0; bit < FILE_AT * 8; bit++) {
		int ret;

		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
		ret = measure(file, FILE_AT, out, NULL);
		if (bit < PAGE_AT * 8)
			assert_int_not_equal(ret, 0);
		else
			assert_int_equal(ret, 0);
		if (ret == 0) {
			assert_memory_not_equal(out, first, SHA384_SIZE);
			assert_memory_not_equal(
				out + SHA384_SIZE, first + SHA384_SIZE, SHA384_SIZE);
		}
		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

/* Bits that mean nothing for a digest: version, VTL and boundary of a platform, the policy, where
 * an area's first content comes from, the number of the vCPU, and its mask's bit for TDX. */
static bool free_byte(size_t at)
{
	if (at < POLICY)
		return (at % 24 >= 12 && at % 24 < 13) || at % 24 >= 14;
	if (at < PAGE)
		return at < POLICY + 8 + 8 || (at >= POLICY + 16 && at < POLICY + 20);
	return (at >= AREA + 20 && at < AREA + 24) || at == CONTEXT + 16 ||
	       (at >= CONTEXT + 24 && at < CONTEXT + 26);
}

static void every_bit_flip_with_a_good_checksum_is_refused_or_changes_a_digest(void **state)
{
	uint8_t file[FILE_AT], first[2 * SHA384_SIZE], out[2 * SHA384_SIZE];

	(void)state;
	build(file);
	assert_int_equal(measure(file, FILE_AT, first, NULL), 0);
	for (size_t bit = 24 * 8; bit < PAGE_AT * 8; bit++) {
		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
		sum(file);
		if (measure(file, FILE_AT, out, NULL) == 0 && !free_byte(bit / 8))
			assert_memory_not_equal(out, first, sizeof(out));
		file[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void rejects_bent_headers(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		int code;
		const char *where;
	} bent[] = {
		{0, 0x4d564750, HC_EFORMAT, "magic"}, {4, 2, HC_EUNSUPPORTED, "version"},
		{8, 16, HC_EFORMAT, "offset of the headers"},
		{8, 28, HC_EFORMAT, "offset of the headers"},
		{8, UINT32_MAX - 7, HC_EFORMAT, "size of the headers"},
		{12, FILE_AT, HC_EFORMAT, "size of the headers"},
		{16, FILE_AT + 1, HC_EFORMAT, "size of the file"},
		{SNP, 0x2, HC_EUNSUPPORTED, "type"}, {SNP + 4, 15, HC_EFORMAT, "variable header"},
		{SNP + 4, UINT32_MAX, HC_ETRUNCATED, "variable header"},
		{SNP + 8, 0, HC_EFORMAT, "compatibility mask"},
		{SNP + 8, 5, HC_EFORMAT, "compatibility mask"},
		{SNP + 8, 2, HC_EFORMAT, "compatibility mask"},
		{SNP + 12, 0x400, HC_EUNSUPPORTED, "platform type"},
		{PAGE + 8, 0x1001, HC_EFORMAT, "guest address"},
		{PAGE + 8, 0x2000, HC_EFORMAT, "pages overlap"},
		{PAGE + 16, 0, HC_EFORMAT, "compatibility mask"},
		{PAGE + 16, 4, HC_EFORMAT, "compatibility mask"},
		{PAGE + 16, UINT32_MAX, HC_EFORMAT, "compatibility mask"},
		{PAGE + 20, PAGE_AT + 1, HC_ERANGE, "data outside"},
		{PAGE + 20, UINT32_MAX, HC_ERANGE, "data outside"},
		{PAGE + 24, 8, HC_EUNSUPPORTED, "page flags"},
		{PAGE + 28, 4, HC_EUNSUPPORTED, "page type"},
		{PAGE + 28, 0x10000, HC_EFORMAT, "reserved"},
		{AREA + 8, 0x2001, HC_EFORMAT, "size of a parameter area"},
		{AREA + 8, 0, HC_EFORMAT, "size of a parameter area"},
		{AREA + 12, 1, HC_EFORMAT, "size of a parameter area"},
		{AREA + 16, 8, HC_EFORMAT, "no such parameter area"},
		{INSERT + 8, 1, HC_EFORMAT, "guest address"},
		{INSERT, IGVM_PARAMETER_AREA, HC_ERANGE, "data outside"},
		{POLICY + 20, 1, HC_EFORMAT, "reserved"},
		{CONTEXT, IGVM_GUEST_POLICY, HC_EFORMAT, "variable header"},
		{CONTEXT + 24, 0x10000, HC_EFORMAT, "reserved"},
		{CONTEXT + 28, 1, HC_EFORMAT, "variable header"}, /* padding */
	};
	uint8_t file[FILE_AT], out[2 * SHA384_SIZE];

	(void)state;
	for (size_t i = 0; i < LEN(bent); i++) {
		struct error err = {0};

		build(file);
		put_le32(file + bent[i].at, bent[i].value);
		sum(file);
		if (measure(file, FILE_AT, out, &err) != bent[i].code ||
			!strstr(err.where, bent[i].where) || !err.has_offset)
			fail_msg("case %zu: %s %s", i, error_name(err.code), err.where);
	}
}

static void rejects_sections_out_of_order_and_unknown_types(void **state)
{
	uint8_t file[FILE_AT], out[2 * SHA384_SIZE], swap[24];
	struct error err = {0};

	(void)state;
	build(file); /* the policy after a directive: the area and it change places */
	memcpy(swap, file + POLICY, 24);
	memcpy(file + POLICY, file + AREA, 24);
	memcpy(file + AREA, swap, 24);
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, &err), HC_EFORMAT);
	assert_non_null(strstr(err.where, "out of order"));
	build(file);
	put_le32(file + POLICY, 0x9999);
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), HC_EUNSUPPORTED);
	put_le32(file + POLICY, 0x80009999); /* may be ignored */
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), 0);
}

static void measures_only_one_platform_of_a_kind_and_no_large_pages(void **state)
{
	uint8_t file[FILE_AT], out[2 * SHA384_SIZE];

	(void)state;
	build(file);
	file[TDX + 13] = IGVM_SEV_SNP;
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), HC_EUNSUPPORTED);
	build(file);
	file[TDX + 13] = IGVM_NATIVE;
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), HC_EUNSUPPORTED);
	build(file);
	put_le64(file + PAGE + 8, 0x200000);
	put_le32(file + PAGE + 20, 0);
	put_le32(file + PAGE + 24, IGVM_PAGE_2MB);
	sum(file);
	assert_int_equal(measure(file, FILE_AT, out, NULL), HC_EUNSUPPORTED);
}

static void assert_answer(const struct igvm *igvm, json_t *computation)
{
	json_t *expect = json_object_get(computation, "expect");
	const char *snp = json_string_value(json_object_get(expect, "launch_digest"));
	const char *tdx = json_string_value(json_object_get(expect, "mrtd"));
	char text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];

	assert_true(snp || tdx);
	if (snp)
		assert_int_equal(igvm_measure_snp(digest, igvm, NULL, NULL, NULL), 0);
	else
		assert_int_equal(igvm_measure_tdx(digest, igvm, NULL, NULL, NULL), 0);
	hex_encode(text, digest, SHA384_SIZE);
	assert_string_equal(text, snp ? snp : tdx);
}

static void agrees_with_every_known_answer(void **state)
{
	static const char *const cases[] = {
		"igvm-snp-pages", "igvm-snp-two-vcpus", "igvm-snp-and-tdx"};

	(void)state;
	vectors_needed();
	for (size_t i = 0; i < LEN(cases); i++) {
		char path[256];
		struct bytes file;
		struct igvm igvm;
		json_t *json, *c;
		size_t k;

		snprintf(path, sizeof(path), "measure/%s/guest.igvm", cases[i]);
		file = vectors_read(path);
		snprintf(path, sizeof(path), "measure/%s/case.json", cases[i]);
		json = vectors_json(path);
		assert_int_equal(igvm_parse(&igvm, bytes_view(&file), NULL), 0);
		assert_true(json_array_size(json_object_get(json, "computations")) > 0);
		json_array_foreach(json_object_get(json, "computations"), k, c)
			assert_answer(&igvm, c);
		json_decref(json);
		bytes_free(&file);
	}
}

static void rejects_the_file_with_a_bad_checksum(void **state)
{
	struct error err = {0};
	struct bytes file;
	struct igvm igvm;

	(void)state;
	vectors_needed();
	file = vectors_read("measure/igvm-bad-checksum/guest.igvm");
	assert_int_equal(igvm_parse(&igvm, bytes_view(&file), &err), HC_EMISMATCH);
	assert_non_null(strstr(err.where, "checksum"));
	bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_every_truncation),
		cmocka_unit_test(rejects_bent_headers),
		cmocka_unit_test(rejects_sections_out_of_order_and_unknown_types),
		cmocka_unit_test(rejects_the_file_with_a_bad_checksum),
		cmocka_unit_test(every_single_bit_flip_is_refused_or_changes_both_digests),
		cmocka_unit_test(
			every_bit_flip_with_a_good_checksum_is_refused_or_changes_a_digest),
		cmocka_unit_test(measures_only_one_platform_of_a_kind_and_no_large_pages),
		cmocka_unit_test(agrees_with_every_known_answer),
	};

	return cmocka_run_group_tests_name("igvm", tests, NULL, NULL);
}
