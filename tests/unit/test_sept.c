/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the Secure EPT itself: what it lets pass would pass in every test that uses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/model/sept.h"

#define MIB (1024u * 1024u)

static struct sept sept;

static int setup(void **state)
{
	(void)state;
	return sept_init(&sept, 8 * MIB) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sept_fini(&sept);
	return 0;
}

static void memory_nobody_gave_cannot_be_accepted_or_touched(void **state)
{
	(void)state;
	assert_int_equal(sept_accept(&sept, 0), SEPT_VIOLATION);
	assert_int_equal(sept_accept(&sept, 8 * MIB), SEPT_VIOLATION);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_ABSENT);
	assert_int_equal(sept_access(&sept, 8 * MIB, false), SEPT_ABSENT);
}

static void a_given_page_is_pending_until_it_is_accepted_and_that_works_once(void **state)
{
	(void)state;
	sept_map(&sept, 0, 4096, false);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_PENDING);
	assert_int_equal(sept_accept(&sept, 0), SEPT_SUCCESS);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_OK);
	assert_int_equal(sept_access(&sept, 0, false), SEPT_KIND);
	assert_int_equal(sept_accept(&sept, 0), SEPT_ALREADY_ACCEPTED);
	assert_int_equal(sept_at(&sept, 0)->accepts, 1);
	sept_launch(&sept, 4096);
	assert_int_equal(sept_accept(&sept, 4096), SEPT_ALREADY_ACCEPTED);
}

static void a_page_that_was_swapped_can_be_accepted_a_second_time(void **state)
{
	(void)state;
	sept_map(&sept, 0, 4096, false);
	assert_int_equal(sept_accept(&sept, 0), SEPT_SUCCESS);
	sept_swap(&sept, 0);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_PENDING);
	assert_int_equal(sept_accept(&sept, 0), SEPT_SUCCESS);
	assert_int_equal(sept_at(&sept, 0)->accepts, 2);
	sept_take(&sept, 0);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_ABSENT);
}

static void sizes_have_to_match_and_operands_to_be_aligned(void **state)
{
	(void)state;
	sept_map(&sept, 0, 2 * MIB, false);
	sept_map(&sept, 2 * MIB, 4 * MIB, true);
	assert_int_equal(sept_accept(&sept, 0 | 1), SEPT_SIZE_MISMATCH);
	assert_int_equal(sept_accept(&sept, 2 * MIB), SEPT_SIZE_MISMATCH);
	assert_int_equal(sept_accept(&sept, (2 * MIB + 4096) | 1), SEPT_OPERAND_INVALID);
	assert_int_equal(sept_accept(&sept, 2), SEPT_OPERAND_INVALID);
	assert_int_equal(sept_accept(&sept, 8), SEPT_OPERAND_INVALID);
	assert_int_equal(sept_accept(&sept, 1ull << 52), SEPT_OPERAND_INVALID);
	assert_int_equal(sept_accept(&sept, 2 * MIB | 1), SEPT_SUCCESS);
	for (uint64_t at = 2 * MIB; at < 4 * MIB; at += 4096)
		assert_int_equal(sept_access(&sept, at, true), SEPT_OK);
	assert_int_equal(sept_access(&sept, 4 * MIB, true), SEPT_PENDING);
	sept_launch(&sept, 5 * MIB);
	assert_int_equal(sept_accept(&sept, 4 * MIB | 1), SEPT_SIZE_MISMATCH);
	assert_int_equal(sept_accept(&sept, 4 * MIB), SEPT_SUCCESS);
}

static void host_memory_is_reached_by_a_shared_mapping_only(void **state)
{
	(void)state;
	sept_share(&sept, 0, 4096);
	assert_int_equal(sept_access(&sept, 0, false), SEPT_OK);
	assert_int_equal(sept_access(&sept, 0, true), SEPT_KIND);
	assert_int_equal(sept_accept(&sept, 0), SEPT_VIOLATION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			memory_nobody_gave_cannot_be_accepted_or_touched, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_given_page_is_pending_until_it_is_accepted_and_that_works_once, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_page_that_was_swapped_can_be_accepted_a_second_time, setup, teardown),
		cmocka_unit_test_setup_teardown(
			sizes_have_to_match_and_operands_to_be_aligned, setup, teardown),
		cmocka_unit_test_setup_teardown(
			host_memory_is_reached_by_a_shared_mapping_only, setup, teardown),
	};

	return cmocka_run_group_tests_name("sept", tests, NULL, NULL);
}
