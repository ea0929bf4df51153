/* SPDX-License-Identifier: Apache-2.0 */
/* The model of the reverse map table itself: what it lets pass would pass in every test that uses
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/model/rmp.h"

#define MIB (1024u * 1024u)

static struct rmp rmp;

static int setup(void **state)
{
	(void)state;
	return rmp_init(&rmp, 8 * MIB) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rmp_fini(&rmp);
	return 0;
}

static enum rmp_result validate(uint64_t gpa, bool large, bool *unchanged)
{
	return rmp_pvalidate(&rmp, gpa, large, true, unchanged);
}

static void memory_nobody_gave_cannot_be_validated_or_touched(void **state)
{
	bool unchanged;

	(void)state;
	assert_int_equal(validate(0, false, &unchanged), RMP_NESTED_FAULT);
	assert_int_equal(validate(8 * MIB, false, &unchanged), RMP_NESTED_FAULT);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_NOT_ASSIGNED);
	assert_int_equal(rmp_access(&rmp, 0, false), RMP_NOT_ASSIGNED);
	assert_int_equal(rmp_access(&rmp, 8 * MIB, true), RMP_NOT_ASSIGNED);
}

static void a_given_page_is_not_usable_before_it_is_validated(void **state)
{
	bool unchanged = true;

	(void)state;
	rmp_assign(&rmp, 0, 4096, false);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_NOT_VALIDATED);
	assert_int_equal(validate(0, false, &unchanged), RMP_SUCCESS);
	assert_false(unchanged);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_OK);
	assert_int_equal(rmp_access(&rmp, 0, false), RMP_CIPHERTEXT);
	assert_int_equal(rmp_at(&rmp, 0)->validations, 1);
}

static void validating_again_changes_nothing_and_says_so(void **state)
{
	bool unchanged = false;

	(void)state;
	rmp_assign(&rmp, 0, 4096, false);
	assert_int_equal(validate(0, false, &unchanged), RMP_SUCCESS);
	assert_int_equal(validate(0, false, &unchanged), RMP_SUCCESS);
	assert_true(unchanged);
	assert_int_equal(rmp_at(&rmp, 0)->validations, 1);
	rmp_launch(&rmp, 4096);
	assert_int_equal(validate(4096, false, &unchanged), RMP_SUCCESS);
	assert_true(unchanged);
}

/* What makes a second validation dangerous: the model must see it as new. */
static void a_page_that_was_swapped_can_be_validated_a_second_time(void **state)
{
	bool unchanged = true;

	(void)state;
	rmp_assign(&rmp, 0, 4096, false);
	assert_int_equal(validate(0, false, &unchanged), RMP_SUCCESS);
	rmp_swap(&rmp, 0);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_NOT_VALIDATED);
	assert_int_equal(validate(0, false, &unchanged), RMP_SUCCESS);
	assert_false(unchanged);
	assert_int_equal(rmp_at(&rmp, 0)->validations, 2);
	rmp_take(&rmp, 0);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_NOT_ASSIGNED);
}

static void sizes_have_to_match(void **state)
{
	bool unchanged;

	(void)state;
	rmp_assign(&rmp, 0, 4 * MIB, false);
	assert_int_equal(validate(0, true, &unchanged), RMP_FAIL_SIZEMISMATCH);
	rmp_assign(&rmp, 2 * MIB, 2 * MIB, true);
	assert_int_equal(validate(2 * MIB + 4096, true, &unchanged), RMP_FAIL_INPUT);
	assert_int_equal(validate(1, false, &unchanged), RMP_FAIL_INPUT);
	assert_int_equal(validate(2 * MIB, false, &unchanged), RMP_NESTED_FAULT);
	rmp_smash(&rmp, 3 * MIB);
	assert_int_equal(validate(2 * MIB, false, &unchanged), RMP_SUCCESS);
	assert_int_equal(validate(2 * MIB, true, &unchanged), RMP_FAIL_SIZEMISMATCH);
	rmp_assign(&rmp, 4 * MIB, 4 * MIB, true);
	assert_int_equal(validate(4 * MIB, true, &unchanged), RMP_SUCCESS);
	for (uint64_t at = 4 * MIB; at < 6 * MIB; at += 4096)
		assert_int_equal(rmp_access(&rmp, at, true), RMP_OK);
	assert_int_equal(rmp_access(&rmp, 6 * MIB, true), RMP_NOT_VALIDATED);
}

static void a_large_entry_needs_all_of_its_2_mib(void **state)
{
	(void)state;
	rmp_assign(&rmp, 4096, 4 * MIB, true);
	assert_false(rmp_at(&rmp, MIB)->large);
	assert_true(rmp_at(&rmp, 2 * MIB)->large);
	assert_false(rmp_at(&rmp, 4 * MIB)->large);
	rmp_launch(&rmp, 3 * MIB);
	assert_false(rmp_at(&rmp, 2 * MIB)->large);
}

static void host_memory_is_reached_by_a_shared_mapping_only(void **state)
{
	bool unchanged;

	(void)state;
	rmp_share(&rmp, 0, 4096);
	assert_int_equal(rmp_access(&rmp, 0, false), RMP_OK);
	assert_int_equal(rmp_access(&rmp, 0, true), RMP_NOT_ASSIGNED);
	assert_int_equal(validate(0, false, &unchanged), RMP_NESTED_FAULT);
}

static void only_vmpl_0_adjusts_vmpl_1(void **state)
{
	(void)state;
	rmp_launch(&rmp, 0);
	rmp_assign(&rmp, 4096, 4096, false);
	assert_int_equal(rmp_adjust(&rmp, 0, false, 1), RMP_SUCCESS);
	assert_int_equal(rmp_adjust(&rmp, 0, false, 0), RMP_FAIL_PERMISSION);
	assert_int_equal(rmp_adjust(&rmp, 4096, false, 1), RMP_FAIL_INPUT);
	assert_int_equal(rmp_adjust(&rmp, 8192, false, 1), RMP_NESTED_FAULT);
	assert_int_equal(rmp_adjust(&rmp, 0, true, 1), RMP_FAIL_SIZEMISMATCH);
	rmp.vmpl = 1;
	assert_int_equal(rmp_adjust(&rmp, 0, false, 1), RMP_FAIL_PERMISSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			memory_nobody_gave_cannot_be_validated_or_touched, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_given_page_is_not_usable_before_it_is_validated, setup, teardown),
		cmocka_unit_test_setup_teardown(
			validating_again_changes_nothing_and_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_page_that_was_swapped_can_be_validated_a_second_time, setup, teardown),
		cmocka_unit_test_setup_teardown(sizes_have_to_match, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_large_entry_needs_all_of_its_2_mib, setup, teardown),
		cmocka_unit_test_setup_teardown(
			host_memory_is_reached_by_a_shared_mapping_only, setup, teardown),
		cmocka_unit_test_setup_teardown(only_vmpl_0_adjusts_vmpl_1, setup, teardown),
	};

	return cmocka_run_group_tests_name("rmp", tests, NULL, NULL);
}
