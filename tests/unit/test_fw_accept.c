/* SPDX-License-Identifier: Apache-2.0 */
/* Ranges, and the list of memory to accept: every page of RAM once, no launch page, nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "firmware/accept.h"

#define MIB (1024u * 1024u)

static const struct hc_manifest manifest; /* not packed */

static void a_range_that_wraps_is_none(void **state)
{
	struct range r;

	(void)state;
	assert_false(range_make(&r, 1, UINT64_MAX));
	assert_false(range_make(&r, UINT64_MAX, 1));
	assert_true(range_make(&r, UINT64_MAX, 0));
	assert_true(range_make(&r, 4096, 4096));
	assert_int_equal(r.end, 8192);
}

static void ranges_that_touch_do_not_overlap(void **state)
{
	(void)state;
	assert_false(range_overlap((struct range){0, 10}, (struct range){10, 20}));
	assert_true(range_overlap((struct range){0, 11}, (struct range){10, 20}));
	assert_false(range_overlap((struct range){5, 5}, (struct range){0, 10}));
}

static void inside_counts_both_ends(void **state)
{
	(void)state;
	assert_true(range_inside((struct range){0, 10}, (struct range){0, 10}));
	assert_false(range_inside((struct range){0, 11}, (struct range){0, 10}));
	assert_false(range_inside((struct range){0, 5}, (struct range){1, 10}));
}

/* Byte by byte over small numbers: what is left is what was in and not in the hole. */
static void subtraction_leaves_exactly_the_rest(void **state)
{
	(void)state;
	for (uint64_t a = 0; a < 6; a++)
		for (uint64_t b = a; b < 6; b++)
			for (uint64_t c = 0; c < 6; c++)
				for (uint64_t d = c; d < 6; d++) {
					struct range out[2];
					const size_t n = range_subtract(
						out, (struct range){a, b}, (struct range){c, d});

					for (uint64_t x = 0; x < 6; x++) {
						int in = 0;

						for (size_t i = 0; i < n; i++)
							in += x >= out[i].start && x < out[i].end;
						assert_int_equal(
							in, x >= a && x < b && !(x >= c && x < d));
					}
				}
}

static void refuses_ram_that_does_not_hold_the_firmware(void **state)
{
	struct hostinfo info = {.ram_count = 0};
	struct accept_list list;

	(void)state;
	assert_int_equal(accept_list_make(&list, &info, &manifest), HC_REFUSE_FDT_RAM);
	info.ram_count = 1;
	info.ram[0] = (struct range){0, HC_FIRMWARE_END - HC_PAGE_SIZE};
	assert_int_equal(accept_list_make(&list, &info, &manifest), HC_REFUSE_FDT_RAM);
	info.ram[0] = (struct range){HC_PAGE_SIZE, 64 * MIB};
	assert_int_equal(accept_list_make(&list, &info, &manifest), HC_REFUSE_FDT_RAM);
}

/* One byte for each page of the low GiB: how often it was accepted. */
static uint8_t times[1024 * MIB / HC_PAGE_SIZE];
static uint64_t last_end;
static int answer;

static int counting_accept(uint64_t gpa, uint64_t len_bytes)
{
	assert_int_equal((gpa | len_bytes) % HC_PAGE_SIZE, 0);
	assert_true(gpa >= last_end && len_bytes > 0);
	last_end = gpa + len_bytes;
	for (uint64_t at = gpa; at < last_end; at += HC_PAGE_SIZE)
		times[at / HC_PAGE_SIZE]++;
	return answer;
}

static void accepts_every_page_of_ram_once_but_the_launch_area(void **state)
{
	const struct platform on = {.accept = counting_accept};
	struct hostinfo info = {
		.ram = {{0, 64 * MIB}, {64 * MIB, 66 * MIB}, {512 * MIB, 1024 * MIB}},
		.ram_count = 3};
	struct accept_list list;

	(void)state;
	last_end = 0;
	answer = 0;
	assert_int_equal(accept_list_make(&list, &info, &manifest), 0);
	assert_int_equal(accept_list_run(&list, &on), 0);
	for (uint64_t at = 0; at < 1024 * MIB; at += HC_PAGE_SIZE) {
		const int ram = at < 66 * MIB || at >= 512 * MIB;
		const int launch = at >= HC_TEXT_GPA && at < HC_LAUNCH_END;

		assert_int_equal(times[at / HC_PAGE_SIZE], ram && !launch);
	}
}

static void the_packed_range_is_not_accepted_again(void **state)
{
	static const struct hc_manifest packed = {
		.packed_base = 32 * MIB, .packed_size = 2 * MIB + HC_PAGE_SIZE};
	const struct platform on = {.accept = counting_accept};
	struct hostinfo info = {.ram = {{0, 64 * MIB}, {128 * MIB, 256 * MIB}}, .ram_count = 2};
	struct accept_list list;

	(void)state;
	last_end = 0;
	answer = 0;
	memset(times, 0, sizeof(times));
	assert_int_equal(accept_list_make(&list, &info, &packed), 0);
	assert_int_equal(accept_list_run(&list, &on), 0);
	for (uint64_t at = 0; at < 256 * MIB; at += HC_PAGE_SIZE) {
		const int ram = at < 64 * MIB || at >= 128 * MIB;
		const int launch = at >= HC_TEXT_GPA && at < HC_LAUNCH_END;
		const int blobs = at >= 32 * MIB && at < 34 * MIB + HC_PAGE_SIZE;

		assert_int_equal(times[at / HC_PAGE_SIZE], ram && !launch && !blobs);
	}
}

static void refuses_a_packed_range_outside_the_first_ram_range(void **state)
{
	const struct hc_manifest packed = {.packed_base = 62 * MIB, .packed_size = 2 * MIB};
	struct hostinfo info = {.ram = {{0, 64 * MIB}, {64 * MIB, 128 * MIB}}, .ram_count = 2};
	struct accept_list list;

	(void)state;
	assert_int_equal(accept_list_make(&list, &info, &packed), 0);
	info.ram[0].end -= HC_PAGE_SIZE;
	assert_int_equal(accept_list_make(&list, &info, &packed), HC_REFUSE_FDT_RAM);
	info.ram[0].end = 62 * MIB;
	assert_int_equal(accept_list_make(&list, &info, &packed), HC_REFUSE_FDT_RAM);
}

static void leaves_what_is_above_1_gib_where_linux_accepts_it(void **state)
{
	const struct hc_manifest lazy = {.flags = HC_MANIFEST_LAZY};
	struct hostinfo info = {
		.ram = {{0, 1024 * MIB + 2 * MIB}, {2048ULL * MIB, 2050ULL * MIB}}, .ram_count = 2};
	struct accept_list list;

	(void)state;
	assert_int_equal(accept_list_make(&list, &info, &lazy), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.range[1].end, 1024 * MIB);
	info.ram[0].end = 512 * MIB;
	info.ram[1] = (struct range){1024 * MIB, 1026 * MIB};
	assert_int_equal(accept_list_make(&list, &info, &lazy), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.range[1].end, 512 * MIB);
	assert_int_equal(accept_list_make(&list, &info, &manifest), 0);
	assert_int_equal(list.count, 3);
}

static void eight_ranges_fit(void **state)
{
	static const struct hc_manifest packed = {.packed_base = 32 * MIB, .packed_size = 2 * MIB};
	struct hostinfo info = {.ram_count = HC_RAM_RANGES_MAX};
	struct accept_list list;

	(void)state;
	for (uint64_t i = 0; i < HC_RAM_RANGES_MAX; i++)
		info.ram[i] = (struct range){i * 128 * MIB, i * 128 * MIB + 64 * MIB};
	assert_int_equal(accept_list_make(&list, &info, &packed), 0);
	assert_int_equal(list.count, ACCEPT_RANGES_MAX);
}

static void a_page_that_is_not_accepted_ends_it(void **state)
{
	const struct platform on = {.accept = counting_accept};
	struct hostinfo info = {.ram = {{0, 64 * MIB}}, .ram_count = 1};
	struct accept_list list;

	(void)state;
	last_end = 0;
	answer = HC_REFUSE_ACCEPT;
	assert_int_equal(accept_list_make(&list, &info, &manifest), 0);
	assert_int_equal(accept_list_run(&list, &on), HC_REFUSE_ACCEPT);
	assert_int_equal(last_end, HC_TEXT_GPA); /* and the next range was not touched */
}

/* A host that answers page by page: what it was asked is written down. */
#define ASKED_MAX 2048
static struct {
	uint64_t gpa;
	bool large;
} asked[ASKED_MAX];
static size_t asked_count;
static uint64_t small_at = UINT64_MAX; /* the 2 MiB from here are in small pages */
static uint64_t refused_at = UINT64_MAX;

static int scripted(uint64_t gpa, bool large)
{
	assert_true(asked_count < ASKED_MAX);
	asked[asked_count].gpa = gpa;
	asked[asked_count++].large = large;
	if (gpa == refused_at)
		return HC_REFUSE_ACCEPTED_BEFORE;
	if (large && (small_at == gpa))
		return ACCEPT_MISMATCH;
	return 0;
}

static int setup_scripted(void **state)
{
	(void)state;
	asked_count = 0;
	small_at = refused_at = UINT64_MAX;
	return 0;
}

static void large_pages_are_asked_for_where_both_ends_allow_it(void **state)
{
	(void)state;
	assert_int_equal(accept_pages(2 * MIB - 8192, 4 * MIB + 8192 + 4096, scripted), 0);
	assert_int_equal(asked_count, 2 + 2 + 1);
	assert_false(asked[0].large || asked[1].large || asked[4].large);
	assert_true(asked[2].large && asked[2].gpa == 2 * MIB);
	assert_true(asked[3].large && asked[3].gpa == 4 * MIB);
	assert_int_equal(asked[4].gpa, 6 * MIB);
}

static void where_the_host_has_small_pages_each_is_accepted_once(void **state)
{
	(void)state;
	small_at = 4 * MIB;
	assert_int_equal(accept_pages(2 * MIB, 6 * MIB, scripted), 0);
	assert_int_equal(asked_count, 1 + 1 + 512 + 1);
	for (size_t i = 0; i < 512; i++) {
		assert_false(asked[2 + i].large);
		assert_int_equal(asked[2 + i].gpa, 4 * MIB + i * 4096);
	}
	assert_true(asked[514].large && asked[514].gpa == 6 * MIB);
}

static void a_page_that_is_refused_ends_it(void **state)
{
	(void)state;
	refused_at = 4 * MIB;
	assert_int_equal(accept_pages(2 * MIB, 6 * MIB, scripted), HC_REFUSE_ACCEPTED_BEFORE);
	assert_int_equal(asked_count, 2);
	setup_scripted(state);
	small_at = 2 * MIB;
	refused_at = 2 * MIB + 4096;
	assert_int_equal(accept_pages(2 * MIB, 6 * MIB, scripted), HC_REFUSE_ACCEPTED_BEFORE);
	assert_int_equal(asked_count, 3);
}

static int mismatches(uint64_t gpa, bool large)
{
	(void)gpa;
	(void)large;
	return ACCEPT_MISMATCH;
}

static void a_small_page_of_another_size_is_refused(void **state)
{
	(void)state;
	assert_int_equal(accept_pages(0, 4096, mismatches), HC_REFUSE_ACCEPT);
	assert_int_equal(accept_pages(2 * MIB, 2 * MIB, mismatches), HC_REFUSE_ACCEPT);
	assert_int_equal(accept_pages(2 * MIB, 0, mismatches), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_that_wraps_is_none),
		cmocka_unit_test(ranges_that_touch_do_not_overlap),
		cmocka_unit_test(inside_counts_both_ends),
		cmocka_unit_test(subtraction_leaves_exactly_the_rest),
		cmocka_unit_test(refuses_ram_that_does_not_hold_the_firmware),
		cmocka_unit_test(accepts_every_page_of_ram_once_but_the_launch_area),
		cmocka_unit_test(the_packed_range_is_not_accepted_again),
		cmocka_unit_test(refuses_a_packed_range_outside_the_first_ram_range),
		cmocka_unit_test(leaves_what_is_above_1_gib_where_linux_accepts_it),
		cmocka_unit_test(eight_ranges_fit),
		cmocka_unit_test(a_page_that_is_not_accepted_ends_it),
		cmocka_unit_test_setup(
			large_pages_are_asked_for_where_both_ends_allow_it, setup_scripted),
		cmocka_unit_test_setup(
			where_the_host_has_small_pages_each_is_accepted_once, setup_scripted),
		cmocka_unit_test_setup(a_page_that_is_refused_ends_it, setup_scripted),
		cmocka_unit_test(a_small_page_of_another_size_is_refused),
	};

	return cmocka_run_group_tests_name("fw_accept", tests, NULL, NULL);
}
