/* SPDX-License-Identifier: Apache-2.0 */
/* What is no bzImage is refused with its offset; what the firmware takes is never refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "attest/measure/measure.h"
#include "firmware/bzimage.h"
#include "tests/unit/fw_samples.h"

static struct error err;
static uint8_t sample[FW_SAMPLE_BZIMAGE];

static int setup(void **state)
{
	(void)state;
	fw_sample_bzimage(sample);
	return 0;
}

static int check(const uint8_t *data, size_t len)
{
	err = (struct error){0};
	return kernel_check((struct view){data, len}, &err);
}

static void refused(const uint8_t *data, size_t len, int code, const char *where, uint64_t at)
{
	assert_int_equal(check(data, len), code);
	assert_string_equal(err.where, where);
	assert_true(err.has_offset);
	assert_int_equal(err.offset, at);
	assert_non_null(strstr(err.remedy, "vmlinuz"));
}

static void refuses_what_is_no_bzimage_with_field_and_offset(void **state)
{
	const uint8_t elf[4096] = {0x7f, 'E', 'L', 'F'};
	uint8_t *k = sample;

	(void)state;
	refused(elf, sizeof(elf), HC_EFORMAT, "kernel", 0);
	assert_non_null(strstr(err.expected, "vmlinux"));
	refused(k, 0x28f, HC_ETRUNCATED, "kernel: size", 0x28f);
	k[0x1ff] = 0;
	refused(k, FW_SAMPLE_BZIMAGE, HC_EFORMAT, "kernel: boot flag", 0x1fe);
	k[0x1ff] = 0xaa;
	k[0x202] = 'h';
	refused(k, FW_SAMPLE_BZIMAGE, HC_EFORMAT, "kernel: magic", 0x202);
	k[0x202] = 'H';
	k[0x206] = 0x0b;
	refused(k, FW_SAMPLE_BZIMAGE, HC_EUNSUPPORTED, "kernel: boot protocol", 0x206);
	k[0x206] = 0x0f;
	k[0x211] &= 0xfe;
	refused(k, FW_SAMPLE_BZIMAGE, HC_EUNSUPPORTED, "kernel: loadflags", 0x211);
	k[0x211] |= 1;
	k[0x236] &= 0xfe;
	refused(k, FW_SAMPLE_BZIMAGE, HC_EUNSUPPORTED, "kernel: xloadflags", 0x236);
	k[0x236] |= 1;
	assert_int_equal(check(k, FW_SAMPLE_BZIMAGE), 0);
}

static void refuses_every_truncation_up_to_the_setup_code(void **state)
{
	uint8_t *k = sample;
	const size_t code = ((size_t)k[0x1f1] + 1) * 512;

	(void)state;
	for (size_t len = 0; len <= code; len++) {
		uint8_t *cut = malloc(len + 1); /* so that a sanitizer sees one byte too far */

		assert_non_null(cut);
		memcpy(cut, k, len);
		assert_int_equal(check(cut, len), HC_ETRUNCATED);
		free(cut);
	}
	assert_int_equal(check(k, code + 1), 0);
}

/* By flips of the header: this check may let more pass than the firmware, never less. */
static void what_the_firmware_takes_is_never_refused(void **state)
{
	uint8_t *k = sample;
	size_t taken = 0;

	(void)state;
	for (size_t bit = 0x1f1 * 8; bit < 0x264 * 8; bit++) {
		struct bzimage bz;

		k[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (bzimage_parse(&bz, k, FW_SAMPLE_BZIMAGE, 0) == 0) {
			taken++;
			assert_int_equal(check(k, FW_SAMPLE_BZIMAGE), 0);
		}
		k[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(refuses_what_is_no_bzimage_with_field_and_offset, setup),
		cmocka_unit_test_setup(refuses_every_truncation_up_to_the_setup_code, setup),
		cmocka_unit_test_setup(what_the_firmware_takes_is_never_refused, setup),
	};

	return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
