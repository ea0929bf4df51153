/* SPDX-License-Identifier: Apache-2.0 */
/* MRTD: self-contained answers, bent TDX metadata, images with known answers in both orders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/tdvf.h"
#include "common/file.h"
#include "common/hex.h"
#include "tests/unit/debian_ovmf.h"
#include "tests/unit/vectors.h"

#define LEN(a)    (sizeof(a) / sizeof((a)[0]))
#define IMAGE     8192
#define TABLE_END (IMAGE - 32)
#define META      (IMAGE - 0x400)

static const uint8_t footer[16] = {0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3,
	0x66, 0xc5, 0x5a, 0x08, 0x2d};
static const uint8_t metadata[16] = {0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47, 0x86, 0x5e,
	0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2};

struct raw {
	uint32_t data, raw;
	uint64_t gpa, size;
	uint32_t type, attributes;
};

static void section(uint8_t *image, size_t n, struct raw s)
{
	uint8_t *p = image + META + 16 + 32 * n;

	put_le32(p, s.data);
	put_le32(p + 4, s.raw);
	put_le64(p + 8, s.gpa);
	put_le64(p + 16, s.size);
	put_le32(p + 24, s.type);
	put_le32(p + 28, s.attributes);
}

static const struct raw good[3] = {
	{0x1000, 0x1000, 0xfffff000, 0x1000, TDVF_BFV, TDVF_MR_EXTEND},
	{0, 0x1000, 0xffffe000, 0x1000, TDVF_CFV, 0},
	{0, 0, 0x810000, 0x2000, TDVF_TEMP_MEM, 0},
};

static void build(uint8_t image[IMAGE])
{
	uint8_t *p = image + TABLE_END - 18;

	memset(image, 0x5a, IMAGE);
	memcpy(p - 16, metadata, 16);
	put_le16(p - 18, 22);
	put_le32(p - 22, IMAGE - META);
	memcpy(p + 2, footer, 16);
	put_le16(p, 40);
	memcpy(image + META, "TDVF", 4);
	put_le32(image + META + 4, 16 + 3 * 32);
	put_le32(image + META + 8, 1);
	put_le32(image + META + 12, 3);
	for (size_t i = 0; i < LEN(good); i++)
		section(image, i, good[i]);
}

/* A copy of exactly `len` bytes, so that a sanitizer sees the first byte beyond. */
static int measure(const uint8_t *image, size_t len, uint8_t out[SHA384_SIZE], struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	struct tdvf tdvf;
	int ret;

	assert_non_null(copy);
	memcpy(copy, image, len);
	ret = tdvf_parse(&tdvf, (struct view){copy, len}, err);
	if (ret)
		assert_int_equal(tdvf.count, 0);
	else
		ret = tdvf_measure(out, &tdvf, TDVF_ORDER_PAGE, NULL, NULL, err);
	free(copy);
	return ret;
}

static void refused(const uint8_t *image, int code, const char *where)
{
	uint8_t out[SHA384_SIZE];
	struct error err = {0};

	assert_int_equal(measure(image, IMAGE, out, &err), code);
	assert_non_null(strstr(err.where, where));
	assert_true(err.has_offset);
}

static void rejects_every_truncation(void **state)
{
	uint8_t image[IMAGE], out[SHA384_SIZE];

	(void)state;
	build(image);
	assert_int_equal(measure(image, IMAGE, out, NULL), 0);
	for (size_t len = 0; len < IMAGE; len++)
		assert_int_not_equal(measure(image, len, out, NULL), 0);
}

/* The same sections as td-shim has them: no table, an offset from the start, a GUID before them. */
static void build_shim(uint8_t image[IMAGE])
{
	static const uint8_t guid[16] = {0xe9, 0xea, 0xf9, 0xf3, 0x16, 0x8e, 0x44, 0xd5, 0xa8, 0xeb,
		0x7f, 0x4d, 0x87, 0x38, 0xf6, 0xae};

	build(image);
	memset(image + TABLE_END - 40, 0x5a, 40);
	memcpy(image + META - 16, guid, 16);
	put_le32(image + IMAGE - 32, META);
}

static void a_td_shim_image_without_a_table_is_measured_like_one_with_it(void **state)
{
	uint8_t image[IMAGE], want[SHA384_SIZE], got[SHA384_SIZE];

	(void)state;
	build_shim(image);
	image[META - 16] ^= 1;
	refused(image, HC_EFORMAT, "firmware image"); /* no table, and no GUID either */
	image[META - 16] ^= 1;
	assert_int_equal(measure(image, IMAGE, got, NULL), 0);
	build(image);
	put_le32(image + IMAGE - 32, META); /* is measured, as all of the image is */
	memcpy(image + META - 16,
		"\xe9\xea\xf9\xf3\x16\x8e\x44\xd5\xa8\xeb\x7f\x4d\x87\x38\xf6\xae", 16);
	assert_int_equal(measure(image, IMAGE, want, NULL), 0);
	assert_memory_not_equal(got, want, SHA384_SIZE); /* 40 bytes of table differ */
	memset(image + TABLE_END - 40, 0x5a, 40);
	assert_int_equal(measure(image, IMAGE, want, NULL), 0);
	assert_memory_equal(got, want, SHA384_SIZE);
}

static void td_shims_pointer_must_lead_into_the_image(void **state)
{
	static const uint32_t offsets[] = {0, 15, IMAGE - 15, IMAGE, UINT32_MAX};
	uint8_t image[IMAGE];

	(void)state;
	build_shim(image);
	for (size_t i = 0; i < LEN(offsets); i++) {
		put_le32(image + IMAGE - 32, offsets[i]);
		refused(image, HC_EFORMAT, "firmware image");
	}
	build_shim(image);
	put_le32(image + META + 12, 1000);
	refused(image, HC_EFORMAT, "TDX metadata");
}

static void a_bent_table_is_not_passed_over_for_td_shims_pointer(void **state)
{
	uint8_t image[IMAGE], out[SHA384_SIZE];

	(void)state;
	build_shim(image);
	memcpy(image + TABLE_END - 16, footer, 16);
	put_le16(image + TABLE_END - 18, 40); /* entries that do not add up */
	refused(image, HC_EFORMAT, "table");
	put_le16(image + TABLE_END - 18, 18); /* an empty table says nothing of TDX */
	assert_int_equal(measure(image, IMAGE, out, NULL), 0);
	put_le16(image + TABLE_END - 18, 40);
	put_le16(image + TABLE_END - 36, 22); /* a table with an entry of another kind */
	assert_int_equal(measure(image, IMAGE, out, NULL), 0);
}

static void rejects_bent_metadata(void **state)
{
	static const uint32_t offsets[] = {0, 15, IMAGE + 1, UINT32_MAX};
	uint8_t image[IMAGE];

	(void)state;
	build(image);
	for (size_t i = 0; i < LEN(offsets); i++) {
		put_le32(image + TABLE_END - 40, offsets[i]);
		refused(image, HC_EFORMAT, "TDX metadata");
	}
	build(image);
	image[META + 3] = 'X';
	refused(image, HC_EFORMAT, "signature");
	build(image);
	put_le32(image + META + 8, 0);
	refused(image, HC_EUNSUPPORTED, "version");
	build(image);
	put_le32(image + META + 12, 0x10000000);
	refused(image, HC_EFORMAT, "TDX metadata");
	put_le32(image + META + 12, 0);
	refused(image, HC_ERANGE, "sections");
	put_le32(image + META + 12, 2);
	refused(image, HC_EFORMAT, "length");
	build(image);
	image[TABLE_END - 18 - 1] ^= 1;
	refused(image, HC_EMISSING, "firmware image");
}

static void rejects_bent_sections(void **state)
{
	static const struct {
		struct raw s;
		const char *where;
	} bent[] = {
		{{0, 0, 0x900000, 0x1000, 8, 0}, "section 2: type"},
		{{0, 0, 0x900000, 0x1000, 3, 4}, "section 2: attributes"},
		{{0, 0, 0x900000, 0x1000, 3, 3}, "section 2: attributes"},
		{{0, 0, 0x900001, 0x1000, 3, 0}, "section 2: address"},
		{{0, 0, 1ULL << 52, 0x1000, 3, 0}, "section 2: address"},
		{{0, 0, 0x900000, 0, 3, 0}, "section 2: memory size"},
		{{0, 0, 0x900000, 0x1001, 3, 0}, "section 2: memory size"},
		{{0, 0, 0x900000, UINT64_MAX - 4095, 3, 0}, "section 2: memory size"},
		{{0, 0, 0x900000, OVMF_MEMORY_MAX, 3, 0}, "section 2: memory size"},
		{{0, 0x1000, 0x900000, 0x1000, 3, 0}, "section 2: data size"},
		{{0, 0, 0x900000, 0x1000, 0, 1}, "section 2: data size"},
		{{0, 0x2000, 0x900000, 0x1000, 5, 1}, "section 2: data longer"},
		{{0x1000, 0x1001, 0x900000, 0x2000, 5, 1}, "section 2: data outside"},
		{{UINT32_MAX, 1, 0x900000, 0x1000, 5, 1}, "section 2: data outside"},
		{{0, 0, 0xffffd000, 0x2000, 3, 0}, "section 2: overlaps"},
	};
	uint8_t image[IMAGE];

	(void)state;
	for (size_t i = 0; i < LEN(bent); i++) {
		build(image);
		section(image, 2, bent[i].s);
		refused(image, HC_EFORMAT, bent[i].where);
	}
}

static void every_single_bit_flip_of_the_metadata_is_refused_or_changes_mrtd(void **state)
{
	uint8_t image[IMAGE], first[SHA384_SIZE], other[SHA384_SIZE];

	(void)state;
	build(image);
	assert_int_equal(measure(image, IMAGE, first, NULL), 0);
	for (size_t bit = META * 8; bit < IMAGE * 8; bit++) {
		image[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (measure(image, IMAGE, other, NULL) == 0)
			assert_memory_not_equal(other, first, SHA384_SIZE);
		image[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void memory_the_guest_accepts_itself_is_not_in_mrtd(void **state)
{
	uint8_t image[IMAGE], first[SHA384_SIZE], other[SHA384_SIZE];

	(void)state;
	build(image);
	section(image, 0, (struct raw){0, 0x1000, 0xfffff000, 0x1000, TDVF_BFV, TDVF_MR_EXTEND});
	section(image, 2, (struct raw){0, 0, 1ULL << 32, 1ULL << 40, 4, TDVF_PAGE_AUG});
	assert_int_equal(measure(image, IMAGE, first, NULL), 0);
	section(image, 2, (struct raw){0, 0, 0xa00000, 0x1000, 4, TDVF_PAGE_AUG});
	assert_int_equal(measure(image, IMAGE, other, NULL), 0);
	assert_memory_equal(other, first, SHA384_SIZE);
	section(image, 2, (struct raw){0, 0x10, 0, 0, TDVF_TD_INFO, 0});
	assert_int_equal(measure(image, IMAGE, other, NULL), 0);
	assert_memory_equal(other, first, SHA384_SIZE);
}

static void assert_mrtd(const struct mrtd *mrtd, const char *want)
{
	uint8_t digest[SHA384_SIZE];
	char text[2 * SHA384_SIZE + 1];

	assert_int_equal(mrtd_peek(mrtd, digest), 0);
	hex_encode(text, digest, SHA384_SIZE);
	assert_string_equal(text, want);
}

static void agrees_with_the_self_contained_answers(void **state)
{
	static uint8_t p0[4096], p1[4096];
	struct mrtd m;

	(void)state;
	for (size_t i = 0; i < sizeof(p1); i++)
		p1[i] = (uint8_t)i;
	assert_int_equal(mrtd_init(&m), 0);
	assert_mrtd(&m, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
			"274edebfe76f65fbd51ad2f14898b95b");
	assert_int_equal(mrtd_add(&m, 0x200001), HC_ERANGE);
	assert_int_equal(mrtd_extend(&m, 0x200100, p1), HC_ERANGE);
	assert_int_equal(mrtd_add(&m, 0x200000), 0);
	assert_mrtd(&m, "a59272aa9d2fb4b3357358e705b01ff107a3747ae1db56769eff37890e552422"
			"e4c9abaf83458e9b5dabcf5dee60de6a");
	assert_int_equal(mrtd_extend(&m, 0x200000, p1), 0);
	assert_mrtd(&m, "0a72b05fe5702fab08a6d69c5911adeaad97de4dddc66fdb00a2e306a0c3f97b"
			"0d0adce09f0f850e88823287f8bf35b3");
	assert_int_equal(mrtd_add(&m, 0x201000), 0);
	assert_int_equal(mrtd_extend(&m, 0x201000, p0), 0);
	assert_int_equal(mrtd_add(&m, 0x202000), 0);
	assert_mrtd(&m, "86f1238844ebcad2d3aba58b5d8681a1e1f9b229064b6608eb0b6db0052a9bea"
			"7cdd07630d661ae9d55b25cc49a8ae56");
	mrtd_fini(&m);
}

static void assert_case(const char *name, const struct bytes *image)
{
	struct tdvf tdvf;
	char path[256], text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];
	json_t *json, *c;
	size_t i;

	snprintf(path, sizeof(path), "measure/%s/case.json", name);
	json = vectors_json(path);
	assert_int_equal(tdvf_parse(&tdvf, bytes_view(image), NULL), 0);
	assert_int_equal(json_array_size(json_object_get(json, "computations")), 2);
	json_array_foreach(json_object_get(json, "computations"), i, c)
	{
		const char *order = json_string_value(json_object_get(c, "order"));

		assert_int_equal(
			tdvf_measure(digest, &tdvf,
				strcmp(order, "one-pass") ? TDVF_ORDER_REGION : TDVF_ORDER_PAGE,
				NULL, NULL, NULL),
			0);
		hex_encode(text, digest, SHA384_SIZE);
		assert_string_equal(text,
			json_string_value(json_object_get(json_object_get(c, "expect"), "mrtd")));
	}
	json_decref(json);
}

static void agrees_with_the_synthetic_answers(void **state)
{
	struct bytes image;

	(void)state;
	vectors_needed();
	image = vectors_read("measure/tdx-synthetic-a/image.fd");
	assert_case("tdx-synthetic-a", &image);
	bytes_free(&image);
}

static void assert_debians(const char *name)
{
	struct bytes image = debian_ovmf(name);

	assert_case(name, &image);
	bytes_free(&image);
}

static void agrees_with_the_answers_for_debian_12s_image(void **state)
{
	(void)state;
	assert_debians("tdx-debian-ovmf-bookworm");
}

static void agrees_with_the_answers_for_debian_13s_image(void **state)
{
	(void)state;
	assert_debians("tdx-debian-ovmf-trixie");
}

static void agrees_with_the_answers_for_debians_image_for_tdx(void **state)
{
	(void)state;
	assert_debians("tdx-debian-ovmf-inteltdx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_every_truncation),
		cmocka_unit_test(a_td_shim_image_without_a_table_is_measured_like_one_with_it),
		cmocka_unit_test(td_shims_pointer_must_lead_into_the_image),
		cmocka_unit_test(a_bent_table_is_not_passed_over_for_td_shims_pointer),
		cmocka_unit_test(rejects_bent_metadata),
		cmocka_unit_test(rejects_bent_sections),
		cmocka_unit_test(every_single_bit_flip_of_the_metadata_is_refused_or_changes_mrtd),
		cmocka_unit_test(memory_the_guest_accepts_itself_is_not_in_mrtd),
		cmocka_unit_test(agrees_with_the_self_contained_answers),
		cmocka_unit_test(agrees_with_the_synthetic_answers),
		cmocka_unit_test(agrees_with_the_answers_for_debian_12s_image),
		cmocka_unit_test(agrees_with_the_answers_for_debian_13s_image),
		cmocka_unit_test(agrees_with_the_answers_for_debians_image_for_tdx),
	};

	return cmocka_run_group_tests_name("tdvf", tests, NULL, NULL);
}
