/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware image files: every truncation, every changed bit of the header, every bent rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/measure.h"

#define FILE_PAGES 4 /* header, two of text, one of page tables */

struct sample {
	struct hc_image_header header;
	uint8_t rest[(FILE_PAGES + 1) * 4096 - sizeof(struct hc_image_header)];
};
_Static_assert(sizeof(struct sample) == (FILE_PAGES + 1) * 4096, "one page to spare");

static void build(struct sample *s)
{
	const struct hc_image_region regions[] = {
		{HC_TEXT_GPA, 4096, 2, HC_PAGE_NORMAL, HC_ROLE_IMAGE, 0},
		{HC_DATA_GPA, 0, 8, HC_PAGE_ZERO, HC_ROLE_IMAGE, 0},
		{HC_PAGETABLE_GPA, 3 * 4096, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, 0},
		{HC_MANIFEST_GPA, 0, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, 0},
		{HC_SECRETS_GPA, 0, 1, HC_PAGE_SECRETS, HC_ROLE_SECRETS, 0},
		{HC_CPUID_GPA, 0, 1, HC_PAGE_CPUID, HC_ROLE_CPUID, 0},
		{HC_HOSTFDT_GPA, 0, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, 0},
	};

	memset(s, 0, sizeof(*s));
	memcpy(s->header.magic, HC_IMAGE_MAGIC, 8);
	s->header.version = HC_IMAGE_VERSION;
	s->header.platform = HC_PLATFORM_SNP;
	s->header.region_count = sizeof(regions) / sizeof(regions[0]);
	s->header.file_size = FILE_PAGES * 4096;
	memcpy(s->header.region, regions, sizeof(regions));
	memset((uint8_t *)s + 4096, 0x5a, 3 * 4096);
}

/* A copy of exactly `len` bytes, so that a sanitizer sees the first byte beyond. */
static int parse(const struct sample *s, size_t len, struct fw_image *image, struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, s, len);
	ret = fw_image_parse(image, (struct view){copy, len}, err);
	free(copy);
	return ret;
}

static void refused(const struct sample *s, const char *where)
{
	struct fw_image image;
	struct error err = {0};

	assert_int_equal(parse(s, (size_t)s->header.file_size, &image, &err), HC_EFORMAT);
	assert_string_equal(err.where, where);
	assert_true(err.has_offset);
	assert_int_equal(image.region_count, 0);
}

static void rejects_every_truncation(void **state)
{
	struct sample s;
	struct fw_image image;

	(void)state;
	build(&s);
	for (size_t len = 0; len < FILE_PAGES * 4096; len += len < 4200 ? 1 : 97) {
		int ret = parse(&s, len, &image, NULL);

		assert_int_equal(ret, len < 4096 ? HC_ETRUNCATED : HC_EFORMAT);
		s.header.file_size = len; /* the header knows, and it still does not add up */
		assert_int_equal(parse(&s, len, &image, NULL), ret);
		s.header.file_size = FILE_PAGES * 4096;
	}
	assert_int_equal(parse(&s, FILE_PAGES * 4096 + 1, &image, NULL), HC_EFORMAT);
}

/* Bits that may differ between two valid images of this shape: the platform, gpa and pages. */
static void rejects_every_single_bit_flip_of_the_header_or_reads_it_back(void **state)
{
	struct sample s;
	struct fw_image image, good;
	unsigned int accepted = 0;

	(void)state;
	build(&s);
	assert_int_equal(parse(&s, FILE_PAGES * 4096, &good, NULL), 0);
	for (size_t bit = 0; bit < 4096 * 8; bit++) {
		((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (parse(&s, FILE_PAGES * 4096, &image, NULL) == 0) {
			accepted++;
			assert_true(image.platform != good.platform ||
				    memcmp(image.region, good.region, sizeof(good.region)) != 0);
		}
		((uint8_t *)&s)[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	/* platform 2 to 3; the text one page up or two to six down the list; data pages fewer */
	assert_in_range(accepted, 1, 40);
}

static void rejects_bent_headers(void **state)
{
	struct sample s;

	(void)state;
	build(&s);
	s.header.version = 2;
	refused(&s, "firmware image: version");
	build(&s);
	s.header.platform = 0;
	refused(&s, "firmware image: platform");
	s.header.platform = 6;
	refused(&s, "firmware image: platform");
	build(&s);
	s.header.region_count = 0;
	refused(&s, "firmware image: region_count");
	s.header.region_count = HC_IMAGE_REGIONS_MAX + 1;
	refused(&s, "firmware image: region_count");
	build(&s);
	s.header.reserved = 1;
	refused(&s, "firmware image: reserved");
	build(&s);
	s.rest[4096 - sizeof(s.header) - 1] = 1;
	refused(&s, "firmware image: bytes after the region list");
	build(&s);
	s.header.file_size += 4096;
	refused(&s, "firmware image: bytes after the last page");
}

static void rejects_regions_outside_the_launch_area(void **state)
{
	static const uint64_t gpas[] = {0, HC_TEXT_GPA - 4096, HC_TEXT_GPA + 1, HC_LAUNCH_END,
		HC_LAUNCH_END - 4096, UINT64_MAX & ~0xfffULL, HC_TDX_RESET_GPA};

	(void)state;
	for (size_t i = 0; i < sizeof(gpas) / sizeof(gpas[0]); i++) {
		struct sample s;

		build(&s);
		s.header.region[0].gpa = gpas[i];
		refused(&s, "firmware image: region 0: gpa");
	}
}

static void rejects_bent_regions(void **state)
{
	struct sample s;

	(void)state;
	build(&s);
	s.header.region[1].pages = 0;
	refused(&s, "firmware image: region 1: pages");
	s.header.region[1].pages = 0xffffffff;
	refused(&s, "firmware image: region 1: pages");
	build(&s);
	s.header.region[1].page_type = HC_PAGE_UNMEASURED; /* text that the host could change */
	refused(&s, "firmware image: region 1: page_type");
	s.header.region[1].page_type = 0;
	refused(&s, "firmware image: region 1: page_type");
	build(&s);
	s.header.region[1].role = 5;
	refused(&s, "firmware image: region 1: role");
	build(&s);
	s.header.region[1].reserved = 1;
	refused(&s, "firmware image: region 1: reserved");
	build(&s);
	s.header.region[1].file_offset = 4096;
	refused(&s, "firmware image: region 1: file_offset");
	build(&s);
	s.header.region[2].file_offset = 4096; /* the text a second time */
	refused(&s, "firmware image: region 2: file_offset");
	s.header.region[2].file_offset = UINT64_MAX - 4095;
	refused(&s, "firmware image: region 2: file_offset");
	build(&s);
	s.header.region[2].gpa = HC_TEXT_GPA + 4096;
	refused(&s, "firmware image: regions overlap, gpa");
}

static void rejects_a_manifest_that_is_missing_twice_or_unmeasured(void **state)
{
	struct sample s;

	(void)state;
	build(&s);
	s.header.region[3].page_type = HC_PAGE_UNMEASURED;
	refused(&s, "firmware image: region 3: page_type");
	build(&s);
	s.header.region[3].gpa = HC_MANIFEST_GPA - 4096;
	refused(&s, "firmware image: region 3: gpa");
	build(&s);
	s.header.region[4] = s.header.region[3];
	refused(&s, "firmware image: region 4: role (again)");
	build(&s);
	s.header.region[3].role = HC_ROLE_IMAGE;
	s.header.region[3].page_type = HC_PAGE_ZERO;
	refused(&s, "firmware image: manifest regions");
	build(&s);
	s.header.region_count = 6;
	memset(&s.header.region[6], 0, sizeof(s.header.region[6]));
	refused(&s, "firmware image: device tree regions");
	build(&s);
	s.header.region[6].page_type = HC_PAGE_NORMAL;
	refused(&s, "firmware image: region 6: page_type");
	build(&s);
	s.header.region[6].pages = 1;
	refused(&s, "firmware image: region 6: pages");
}

static void parses_a_sound_image(void **state)
{
	struct sample s;
	struct fw_image image;
	const uint8_t *file = (const uint8_t *)&s;

	(void)state;
	build(&s);
	assert_int_equal(fw_image_parse(&image, (struct view){file, FILE_PAGES * 4096}, NULL), 0);
	assert_int_equal(image.platform, HC_PLATFORM_SNP);
	assert_int_equal(image.region_count, 7);
	assert_int_equal(image.total_pages, 16);
	assert_true(image.region[0].gpa == HC_TEXT_GPA && image.region[0].pages == 2);
	assert_ptr_equal(image.region[0].data, file + 4096);
	assert_ptr_equal(image.region[2].data, file + 3 * 4096);
	assert_null(image.region[1].data);
	assert_null(image.region[3].data);
	assert_int_equal(image.region[6].role, HC_ROLE_HOSTFDT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_every_truncation),
		cmocka_unit_test(rejects_every_single_bit_flip_of_the_header_or_reads_it_back),
		cmocka_unit_test(rejects_bent_headers),
		cmocka_unit_test(rejects_regions_outside_the_launch_area),
		cmocka_unit_test(rejects_bent_regions),
		cmocka_unit_test(rejects_a_manifest_that_is_missing_twice_or_unmeasured),
		cmocka_unit_test(parses_a_sound_image),
	};

	return cmocka_run_group_tests_name("fw_image", tests, NULL, NULL);
}
