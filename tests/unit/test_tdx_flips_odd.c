/* SPDX-License-Identifier: Apache-2.0 */
/* Every byte of the genuine TDX quotes of odd number: see tdx_flips.h. Two programs, two
 * processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tdx_flips.h"
#include "tests/unit/vectors.h"

static void no_changed_byte_of_a_genuine_quote_stays_authentic(void **state)
{
	(void)state;
	vectors_needed();
	tdx_flips_run(1, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_changed_byte_of_a_genuine_quote_stays_authentic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
