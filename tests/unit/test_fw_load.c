/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel and initrd on a simulated platform whose host changes the staging window after every read:
 * each byte is read once, what is hashed is what is kept, and both lie where nothing else does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "attest/crypto.h"
#include "firmware/load.h"
#include "firmware/ram.h"
#include "tests/unit/fw_samples.h"

#define RAM_BYTES    (3ull << 30)
#define KERNEL_AT    0x1000u
#define INITRD_AT    0x10000u
#define INITRD_BYTES 0x1235u
#define WINDOW_BYTES 0x20000u

static uint8_t *ram;
static uint8_t window[WINDOW_BYTES], original[WINDOW_BYTES];
static unsigned int reads[WINDOW_BYTES];
static struct hc_manifest manifest;
static struct hostinfo info;
static struct loaded loaded;

/* The firmware may touch RAM above its own area only. */
void *ram_at(uint64_t gpa, uint64_t len_bytes)
{
	assert_true(gpa >= HC_FIRMWARE_END);
	assert_true(gpa <= info.ram[0].end && len_bytes <= info.ram[0].end - gpa);
	return ram + gpa;
}

static void hostile_staging_read(void *to, uint64_t offset, uint64_t len_bytes)
{
	assert_true(offset <= sizeof(window) && len_bytes <= sizeof(window) - offset);
	memcpy(to, window + offset, len_bytes);
	for (uint64_t i = offset; i < offset + len_bytes; i++) {
		reads[i]++;
		window[i] ^= 0xff;
	}
}

static const struct platform on = {.staging_read = hostile_staging_read};

static int setup(void **state)
{
	(void)state;
	fw_sample_manifest(&manifest);
	memset(reads, 0, sizeof(reads));
	for (size_t i = 0; i < sizeof(window); i++)
		window[i] = (uint8_t)(i * 13 + i / 256);
	fw_sample_bzimage(window + KERNEL_AT);
	manifest.initrd.size = INITRD_BYTES;
	info = (struct hostinfo){.ram = {{0, FW_SAMPLE_RAM}},
		.ram_count = 1,
		.kernel_offset = KERNEL_AT,
		.initrd_offset = INITRD_AT};
	memset(&loaded, 0, sizeof(loaded));
	memcpy(original, window, sizeof(window));
	if (crypto_sha384(manifest.kernel.sha384, window + KERNEL_AT, FW_SAMPLE_BZIMAGE))
		return -1;
	return crypto_sha384(manifest.initrd.sha384, window + INITRD_AT, INITRD_BYTES);
}

static int kernel(void)
{
	return load_kernel(&loaded, &on, &manifest, &info);
}

static int initrd(void)
{
	return load_initrd(&loaded, &on, &manifest, &info);
}

static void reads_each_byte_of_both_once_and_no_other(void **state)
{
	(void)state;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	for (size_t i = 0; i < WINDOW_BYTES; i++) {
		const int wanted = (i >= KERNEL_AT && i < KERNEL_AT + FW_SAMPLE_BZIMAGE) ||
				   (i >= INITRD_AT && i < INITRD_AT + INITRD_BYTES);

		assert_int_equal(reads[i], wanted);
	}
}

static void keeps_the_bytes_that_were_hashed(void **state)
{
	const size_t code = 4 * 512;

	(void)state;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_memory_equal(ram + 0x1000000, original + KERNEL_AT + code, FW_SAMPLE_BZIMAGE - code);
	assert_memory_equal(ram + loaded.initrd.start, original + INITRD_AT, INITRD_BYTES);
	assert_int_equal(loaded.initrd.end - loaded.initrd.start, INITRD_BYTES);
	assert_int_equal(loaded.initrd.start % HC_PAGE_SIZE, 0);
}

static void refuses_one_changed_bit_in_either(void **state)
{
	for (size_t at = 0; at < FW_SAMPLE_BZIMAGE; at += 97) {
		setup(state);
		window[KERNEL_AT + at] ^= 1;
		assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
	}
	for (size_t at = 0; at < INITRD_BYTES; at += 97) {
		setup(state);
		window[INITRD_AT + at] ^= 0x80;
		assert_int_equal(kernel(), 0);
		assert_int_equal(initrd(), HC_REFUSE_INITRD_DIGEST);
	}
}

static void refuses_one_changed_bit_of_a_digest(void **state)
{
	for (size_t at = 0; at < sizeof(manifest.kernel.sha384); at++) {
		setup(state);
		manifest.kernel.sha384[at] ^= 4;
		assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
		setup(state);
		manifest.initrd.sha384[at] ^= 4;
		assert_int_equal(kernel(), 0);
		assert_int_equal(initrd(), HC_REFUSE_INITRD_DIGEST);
	}
}

static void refuses_a_byte_more_or_less(void **state)
{
	manifest.kernel.size--;
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
	setup(state);
	manifest.kernel.size++;
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
}

static void does_not_look_into_a_kernel_that_is_not_the_measured_one(void **state)
{
	(void)state;
	window[KERNEL_AT + 0x202] ^= 1; /* would be KERNEL_FORMAT */
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
}

static void refuses_a_measured_kernel_that_is_none(void **state)
{
	(void)state;
	window[KERNEL_AT + 0x202] ^= 1;
	assert_int_equal(
		crypto_sha384(manifest.kernel.sha384, window + KERNEL_AT, FW_SAMPLE_BZIMAGE), 0);
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_FORMAT);
}

static void an_absent_initrd_is_not_read(void **state)
{
	(void)state;
	memset(&manifest.initrd, 0, sizeof(manifest.initrd));
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_true(loaded.initrd.start == 0 && loaded.initrd.end == 0);
	assert_int_equal(reads[INITRD_AT], 0);
}

static void refuses_when_the_kernel_does_not_fit(void **state)
{
	(void)state;
	info.ram[0].end = 0x1000000 + 0x300000;
	assert_int_equal(kernel(), 0);
	setup(state);
	info.ram[0].end = 0x1000000 + 0x300000 - 1;
	assert_int_equal(kernel(), HC_REFUSE_NO_ROOM);
	setup(state);
	info.ram[0].end = HC_FIRMWARE_END + FW_SAMPLE_BZIMAGE - 1;
	assert_int_equal(kernel(), HC_REFUSE_NO_ROOM);
	assert_int_equal(reads[KERNEL_AT], 0);
}

static void refuses_when_the_initrd_would_touch_the_kernel(void **state)
{
	const uint64_t kernel_end = 0x1000000 + 0x300000;

	(void)state;
	info.ram[0].end = kernel_end + 2 * HC_PAGE_SIZE;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_int_equal(loaded.initrd.start, kernel_end);
	setup(state);
	info.ram[0].end = kernel_end + HC_PAGE_SIZE;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), HC_REFUSE_NO_ROOM);
	assert_int_equal(reads[INITRD_AT], 0);
}

static void stays_below_a_gibibyte_and_below_the_kernels_limit(void **state)
{
	(void)state;
	info.ram[0].end = HC_RAM_LOW_END;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_true(loaded.initrd.end <= HC_BLOBS_END);
	setup(state);
	info.ram[0].end = HC_RAM_LOW_END;
	put_le32(window + KERNEL_AT + 0x22c, 0x1fffffff);
	assert_int_equal(
		crypto_sha384(manifest.kernel.sha384, window + KERNEL_AT, FW_SAMPLE_BZIMAGE), 0);
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_true(loaded.initrd.end <= 0x20000000);
}

/* The copy at the top of memory and the kernel's place share bytes. */
static void moves_the_kernel_right_when_copy_and_place_overlap(void **state)
{
	const size_t code = 4 * 512, len = FW_SAMPLE_BZIMAGE - code;

	(void)state;
	put_le32(window + KERNEL_AT + 0x260, (uint32_t)len);
	memcpy(original, window, sizeof(window));
	assert_int_equal(
		crypto_sha384(manifest.kernel.sha384, window + KERNEL_AT, FW_SAMPLE_BZIMAGE), 0);
	info.ram[0].end = 0x1000000 + FW_SAMPLE_BZIMAGE;
	assert_int_equal(kernel(), 0);
	assert_memory_equal(ram + 0x1000000, original + KERNEL_AT + code, len);
}

#define PACKED_AT 0x2000000u

/* Above the kernel's place; the window is then another guest's business. */
static void packed(void)
{
	manifest.packed_base = PACKED_AT;
	manifest.packed_size = sizeof(window);
	info.ram[0].end = PACKED_AT + sizeof(window);
	memcpy(ram + PACKED_AT, window, sizeof(window));
}

static void a_packed_guest_takes_both_out_of_its_launch_pages(void **state)
{
	const size_t code = 4 * 512;

	(void)state;
	packed();
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), 0);
	assert_memory_equal(ram + 0x1000000, original + KERNEL_AT + code, FW_SAMPLE_BZIMAGE - code);
	assert_memory_equal(ram + loaded.initrd.start, original + INITRD_AT, INITRD_BYTES);
	assert_memory_equal(ram + PACKED_AT, original, sizeof(original)); /* nothing laid over it */
	assert_true(loaded.kernel.end <= PACKED_AT && loaded.initrd.end <= PACKED_AT);
	for (size_t i = 0; i < WINDOW_BYTES; i++)
		assert_int_equal(reads[i], 0);
}

static void refuses_one_changed_bit_in_either_of_a_packed_guest(void **state)
{
	(void)state;
	packed();
	ram[PACKED_AT + KERNEL_AT + FW_SAMPLE_BZIMAGE - 1] ^= 1;
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST);
	packed();
	ram[PACKED_AT + INITRD_AT] ^= 1;
	assert_int_equal(kernel(), 0);
	assert_int_equal(initrd(), HC_REFUSE_INITRD_DIGEST);
}

static void refuses_when_a_packed_guest_leaves_no_room_below(void **state)
{
	(void)state;
	packed();
	manifest.packed_base = 0x1000000;
	assert_int_equal(kernel(), HC_REFUSE_KERNEL_DIGEST); /* room for the copy, other bytes */
	memcpy(ram + 0x1000000, window, sizeof(window));
	assert_int_equal(kernel(), HC_REFUSE_NO_ROOM);
	manifest.packed_base = HC_RAM_ALIGN;
	info.ram[0].end = HC_RAM_ALIGN + sizeof(window);
	memcpy(ram + HC_RAM_ALIGN, window, sizeof(window));
	assert_int_equal(kernel(), HC_REFUSE_NO_ROOM);
}

static int map_ram(void **state)
{
	(void)state;
	ram = mmap(NULL, RAM_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return ram == MAP_FAILED ? -1 : 0;
}

static int unmap_ram(void **state)
{
	(void)state;
	return munmap(ram, RAM_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_each_byte_of_both_once_and_no_other, setup),
		cmocka_unit_test_setup(keeps_the_bytes_that_were_hashed, setup),
		cmocka_unit_test_setup(refuses_one_changed_bit_in_either, setup),
		cmocka_unit_test_setup(refuses_one_changed_bit_of_a_digest, setup),
		cmocka_unit_test_setup(refuses_a_byte_more_or_less, setup),
		cmocka_unit_test_setup(
			does_not_look_into_a_kernel_that_is_not_the_measured_one, setup),
		cmocka_unit_test_setup(refuses_a_measured_kernel_that_is_none, setup),
		cmocka_unit_test_setup(an_absent_initrd_is_not_read, setup),
		cmocka_unit_test_setup(a_packed_guest_takes_both_out_of_its_launch_pages, setup),
		cmocka_unit_test_setup(refuses_one_changed_bit_in_either_of_a_packed_guest, setup),
		cmocka_unit_test_setup(refuses_when_a_packed_guest_leaves_no_room_below, setup),
		cmocka_unit_test_setup(refuses_when_the_kernel_does_not_fit, setup),
		cmocka_unit_test_setup(refuses_when_the_initrd_would_touch_the_kernel, setup),
		cmocka_unit_test_setup(stays_below_a_gibibyte_and_below_the_kernels_limit, setup),
		cmocka_unit_test_setup(moves_the_kernel_right_when_copy_and_place_overlap, setup),
	};

	return cmocka_run_group_tests_name("fw_load", tests, map_ram, unmap_ram);
}
