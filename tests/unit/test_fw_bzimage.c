/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's header: what each wrong field ends in, every truncation and bit, and a genuine
 * kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "firmware/abi/layout.h"
#include "tests/unit/fw_samples.h"

#define CMDLINE     20
#define GENUINE_MAX (64u << 20)

static uint8_t file[FW_SAMPLE_BZIMAGE];
static struct bzimage bz;

static int setup(void **state)
{
	(void)state;
	fw_sample_bzimage(file);
	return 0;
}

static int parse(void)
{
	return bzimage_parse(&bz, file, sizeof(file), CMDLINE);
}

#define REFUSES(change)                                                                            \
	do {                                                                                       \
		fw_sample_bzimage(file);                                                           \
		change;                                                                            \
		assert_int_equal(parse(), HC_REFUSE_KERNEL_FORMAT);                                \
	} while (0)

static void finds_the_parts(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(bz.load, 0x1000000);
	assert_int_equal(bz.init_size, 0x300000);
	assert_int_equal(bz.code_offset, 4 * 512);
	assert_int_equal(bz.header_end, 0x202 + 0x6a);
	assert_int_equal(bz.initrd_end, 0x80000000);
	assert_memory_equal(bz.header, file + 0x1f1, bz.header_end - 0x1f1);
	file[0x1f1] = 0; /* stands for 4 sectors */
	assert_int_equal(parse(), 0);
	assert_int_equal(bz.code_offset, 5 * 512);
}

static void refuses_what_is_no_bzimage_of_this_protocol(void **state)
{
	(void)state;
	REFUSES(put_le16(file + 0x1fe, 0));
	REFUSES(put_le32(file + 0x202, 0));
	REFUSES(put_le16(file + 0x206, 0x20b));
	REFUSES(file[0x211] = 0);
	REFUSES(put_le16(file + 0x236, 0x3e));
}

static void refuses_headers_that_do_not_fit(void **state)
{
	(void)state;
	REFUSES(file[0x201] = 0x61); /* ends before init_size does */
	REFUSES(file[0x201] = 0x8f); /* longer than boot_params has room for */
	REFUSES(file[0x1f1] = 15);   /* nothing left for the kernel */
	REFUSES(file[0x1f1] = 255);
	REFUSES(file[0x1f1] = 14); /* no byte at the entry */
}

static void refuses_addresses_that_cannot_be(void **state)
{
	(void)state;
	REFUSES(put_le64(file + 0x258, 0));
	REFUSES(put_le64(file + 0x258, HC_TEXT_GPA));
	REFUSES(put_le64(file + 0x258, 0x1100000));
	REFUSES(put_le32(file + 0x230, 0));
	REFUSES(put_le32(file + 0x230, 0x300000));
	REFUSES(put_le32(file + 0x230, 0x2000000)); /* load is no multiple of it */
	REFUSES(put_le32(file + 0x260, FW_SAMPLE_BZIMAGE - 4 * 512 - 1));
}

static void refuses_a_payload_outside_the_file(void **state)
{
	(void)state;
	REFUSES(put_le32(file + 0x24c, 0));
	REFUSES(put_le32(file + 0x24c, UINT32_MAX));
	REFUSES(put_le32(file + 0x248, UINT32_MAX));
	REFUSES(put_le32(file + 0x248, FW_SAMPLE_BZIMAGE - 4 * 512 - 0xff));
}

static void refuses_a_command_line_that_the_kernel_would_cut(void **state)
{
	(void)state;
	put_le32(file + 0x238, CMDLINE);
	assert_int_equal(parse(), 0);
	put_le32(file + 0x238, CMDLINE - 1);
	assert_int_equal(parse(), HC_REFUSE_KERNEL_CMDLINE);
}

/* In a buffer of exactly that size, so that a sanitizer sees any read behind it. */
static void no_truncation_reads_behind_its_end(void **state)
{
	(void)state;
	for (size_t len = 0; len <= sizeof(file); len++) {
		uint8_t *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, file, len);
		if (bzimage_parse(&bz, copy, len, CMDLINE) == 0)
			assert_null(fw_bzimage_wrong(&bz, copy, len));
		else
			assert_true(len < 4 * 512 + 0x400); /* the payload's end */
		free(copy);
	}
}

static void no_single_bit_gets_past_the_independent_checker(void **state)
{
	size_t refused = 0;

	(void)state;
	for (size_t bit = 8 * 0x1f0; bit < 8 * 0x270; bit++) {
		file[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (parse() == 0)
			assert_null(fw_bzimage_wrong(&bz, file, sizeof(file)));
		else
			refused++;
		file[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_in_range(refused, 100, 500);
}

static void takes_a_genuine_kernel(void **state)
{
	const char *guest = getenv("HC_GUEST");
	char path[4096];
	struct bytes kernel = {0};

	(void)state;
	snprintf(path, sizeof(path), "%s/vmlinuz", guest ? guest : "build/guest");
	if (file_read(&kernel, path, GENUINE_MAX, NULL)) {
		print_message("# SKIP no kernel at %s: scripts/setup unpacks one\n", path);
		bytes_free(&kernel);
		skip();
	}
	assert_int_equal(bzimage_parse(&bz, kernel.data, kernel.len, HC_CMDLINE_MAX), 0);
	assert_null(fw_bzimage_wrong(&bz, kernel.data, kernel.len));
	assert_int_equal(bz.load, HC_KERNEL_GPA);
	bytes_free(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(finds_the_parts, setup),
		cmocka_unit_test_setup(refuses_what_is_no_bzimage_of_this_protocol, setup),
		cmocka_unit_test_setup(refuses_headers_that_do_not_fit, setup),
		cmocka_unit_test_setup(refuses_addresses_that_cannot_be, setup),
		cmocka_unit_test_setup(refuses_a_payload_outside_the_file, setup),
		cmocka_unit_test_setup(refuses_a_command_line_that_the_kernel_would_cut, setup),
		cmocka_unit_test_setup(no_truncation_reads_behind_its_end, setup),
		cmocka_unit_test_setup(no_single_bit_gets_past_the_independent_checker, setup),
		cmocka_unit_test_setup(takes_a_genuine_kernel, setup),
	};

	return cmocka_run_group_tests_name("fw_bzimage", tests, NULL, NULL);
}
