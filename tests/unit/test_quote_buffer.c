/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's buffer of a GetQuote call, and guests that offer what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_host.h"
#include "vmm/kvm_uapi.h"
#include "vmm/quote/quote_buffer.h"

#define GPA  0x4000ull
#define PAGE 0x1000ull

struct fixture {
	struct fake_host fh;
	uint8_t report[QUOTE_REPORT_BYTES];
};

static int setup(void **state)
{
	static struct fixture f;

	fake_host_init(&f.fh);
	put_le64(f.fh.low + GPA, 1);
	put_le32(f.fh.low + GPA + 16, 1024);
	for (size_t i = 0; i < 1024; i++)
		f.fh.low[GPA + 24 + i] = (uint8_t)(i + 5);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_host_fini(&f->fh);
	return 0;
}

static uint64_t take(struct fixture *f, uint64_t gpa, uint64_t size)
{
	const struct quote_buffer b = {gpa, size};

	return quote_buffer_take(&f->fh.mem, &b, f->report);
}

static void buffers_that_are_no_pages_are_an_alignment_error(void **state)
{
	struct fixture *f = *state;

	assert_true(take(f, GPA + 8, 2 * PAGE) == TDVMCALL_ALIGN_ERROR);
	assert_true(take(f, GPA, 2 * PAGE + 1) == TDVMCALL_ALIGN_ERROR);
	assert_true(take(f, GPA, 24 + 1024) == TDVMCALL_ALIGN_ERROR);
}

static void buffers_of_no_size_or_too_large_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(take(f, GPA, 0) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, GPA, QUOTE_BUFFER_MAX + PAGE) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, GPA, UINT64_MAX & ~0xfffull) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, GPA, QUOTE_BUFFER_MAX) == TDVMCALL_SUCCESS);
	assert_true(take(f, GPA, PAGE) == TDVMCALL_SUCCESS);
}

static void buffers_outside_memory_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_true(take(f, FAKE_LOW_SIZE, PAGE) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, FAKE_LOW_SIZE - PAGE, 2 * PAGE) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, UINT64_MAX & ~0xfffull, PAGE) == TDVMCALL_INVALID_OPERAND);
}

static void buffers_that_are_private_in_part_are_refused(void **state)
{
	struct fixture *f = *state;

	f->fh.private_len = PAGE;
	f->fh.private_gpa = GPA;
	assert_true(take(f, GPA, 2 * PAGE) == TDVMCALL_INVALID_OPERAND);
	f->fh.private_gpa = GPA + PAGE;
	assert_true(take(f, GPA, 2 * PAGE) == TDVMCALL_INVALID_OPERAND);
	assert_true(take(f, GPA, PAGE) == TDVMCALL_SUCCESS);
}

static void headers_of_another_version_or_length_are_refused(void **state)
{
	struct fixture *f = *state;

	put_le64(f->fh.low + GPA, 2);
	assert_true(take(f, GPA, PAGE) == TDVMCALL_INVALID_OPERAND);
	put_le64(f->fh.low + GPA, 1ull << 32 | 1);
	assert_true(take(f, GPA, PAGE) == TDVMCALL_INVALID_OPERAND);
	put_le64(f->fh.low + GPA, 1);
	for (uint32_t len = 0; len < 5000; len += len == 1023 ? 2 : 1) {
		put_le32(f->fh.low + GPA + 16, len);
		assert_true(take(f, GPA, PAGE) == TDVMCALL_INVALID_OPERAND);
	}
	put_le32(f->fh.low + GPA + 16, UINT32_MAX);
	assert_true(take(f, GPA, PAGE) == TDVMCALL_INVALID_OPERAND);
}

static void a_refused_buffer_is_not_written_to(void **state)
{
	struct fixture *f = *state;
	uint8_t before[4096];

	put_le64(f->fh.low + GPA, 7);
	memcpy(before, f->fh.low + GPA, sizeof(before));
	(void)take(f, GPA, PAGE);
	assert_memory_equal(before, f->fh.low + GPA, sizeof(before));
}

static void the_report_is_copied(void **state)
{
	struct fixture *f = *state;

	assert_true(take(f, GPA, 2 * PAGE) == TDVMCALL_SUCCESS);
	assert_memory_equal(f->report, f->fh.low + GPA + 24, 1024);
}

static void a_failure_has_no_length(void **state)
{
	const struct quote_buffer b = {GPA, 2 * PAGE};
	const uint8_t data[] = {1, 2, 3};
	struct fixture *f = *state;

	put_le32(f->fh.low + GPA + 20, 77);
	assert_true(quote_buffer_finish(
		&f->fh.mem, &b, QUOTE_STATUS_ERROR, (struct view){data, sizeof(data)}));
	assert_int_equal(get_le32(f->fh.low + GPA + 20), 0);
	assert_true(get_le64(f->fh.low + GPA + 8) == QUOTE_STATUS_ERROR);
	assert_int_equal(f->fh.low[GPA + 24], 5);
}

static void a_quote_may_fill_the_buffer_to_its_end(void **state)
{
	/* The last page of memory: what is behind it faults. */
	const struct quote_buffer b = {FAKE_LOW_SIZE - PAGE, PAGE};
	static const uint8_t data[4096 - 24] = {9, [4096 - 25] = 8};
	struct fixture *f = *state;

	assert_int_equal(quote_buffer_room(&b), sizeof(data));
	assert_true(quote_buffer_finish(
		&f->fh.mem, &b, QUOTE_STATUS_SUCCESS, (struct view){data, sizeof(data)}));
	assert_int_equal(get_le32(f->fh.low + b.gpa + 20), sizeof(data));
	assert_true(get_le64(f->fh.low + b.gpa + 8) == QUOTE_STATUS_SUCCESS);
	assert_memory_equal(f->fh.low + b.gpa + 24, data, sizeof(data));
}

static void a_buffer_taken_back_is_left_alone_but_for_a_shared_header(void **state)
{
	const struct quote_buffer b = {GPA, 2 * PAGE};
	static const uint8_t data[5000];
	struct fixture *f = *state;
	uint8_t before[2 * 4096];

	memcpy(before, f->fh.low + GPA, sizeof(before));
	f->fh.private_gpa = GPA;
	f->fh.private_len = PAGE;
	assert_false(quote_buffer_finish(
		&f->fh.mem, &b, QUOTE_STATUS_SUCCESS, (struct view){data, sizeof(data)}));
	quote_buffer_in_flight(&f->fh.mem, &b);
	assert_memory_equal(before, f->fh.low + GPA, sizeof(before));
	f->fh.private_gpa = GPA + PAGE;
	assert_true(quote_buffer_finish(
		&f->fh.mem, &b, QUOTE_STATUS_SUCCESS, (struct view){data, sizeof(data)}));
	assert_true(get_le64(f->fh.low + GPA + 8) == QUOTE_STATUS_ERROR);
	assert_int_equal(get_le32(f->fh.low + GPA + 20), 0);
	assert_memory_equal(before + 24, f->fh.low + GPA + 24, sizeof(before) - 24);
}

static void overlaps_are_seen(void **state)
{
	const struct quote_buffer a = {0x4000, 0x2000}, touching = {0x6000, 0x1000},
				  before = {0x3000, 0x1000}, inside = {0x5000, 0x1000},
				  around = {0x1000, 0x20000};

	(void)state;
	assert_false(quote_buffer_overlap(&a, &touching));
	assert_false(quote_buffer_overlap(&a, &before));
	assert_true(quote_buffer_overlap(&a, &inside));
	assert_true(quote_buffer_overlap(&a, &around));
	assert_true(quote_buffer_overlap(&around, &a));
	assert_true(quote_buffer_overlap(&a, &a));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(buffers_that_are_no_pages_are_an_alignment_error),
		T(buffers_of_no_size_or_too_large_are_refused),
		T(buffers_outside_memory_are_refused),
		T(buffers_that_are_private_in_part_are_refused),
		T(headers_of_another_version_or_length_are_refused),
		T(a_refused_buffer_is_not_written_to),
		T(the_report_is_copied),
		T(a_failure_has_no_length),
		T(a_quote_may_fill_the_buffer_to_its_end),
		T(a_buffer_taken_back_is_left_alone_but_for_a_shared_header),
		T(overlaps_are_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
