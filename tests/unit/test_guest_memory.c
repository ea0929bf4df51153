/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: nothing outside RAM, across its end, or private ever becomes a host pointer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/guest_memory.h"

static uint8_t low[0x3000], high[0x2000];

static int only_first_page(void *ctx, uint64_t gpa, uint64_t len)
{
	(void)ctx;
	return gpa + len <= 0x1000;
}

static struct guest_memory two_ranges(void)
{
	struct guest_memory mem = {.count = 2};

	mem.ram[0] = (struct guest_ram){0, sizeof(low), low};
	mem.ram[1] = (struct guest_ram){HC_RAM_HIGH_BASE, sizeof(high), high};
	return mem;
}

static void refuses_what_is_not_wholly_inside_one_range(void **state)
{
	struct guest_memory mem = two_ranges();

	(void)state;
	assert_null(guest_memory_at(&mem, 0x3000, 1));
	assert_null(guest_memory_at(&mem, 0x2fff, 2));
	assert_null(guest_memory_at(&mem, 0, sizeof(low) + 1));
	assert_null(guest_memory_at(&mem, HC_RAM_HIGH_BASE - 1, 2));
	assert_null(guest_memory_at(&mem, HC_RAM_HIGH_BASE + sizeof(high), 1));
	assert_null(guest_memory_at(&mem, HC_STAGING_GPA, 1));
}

static void refuses_lengths_that_wrap_or_are_zero(void **state)
{
	struct guest_memory mem = two_ranges();

	(void)state;
	assert_null(guest_memory_at(&mem, 0x1000, 0));
	assert_null(guest_memory_at(&mem, 0x1000, UINT64_MAX));
	assert_null(guest_memory_at(&mem, UINT64_MAX, 2));
	assert_null(guest_memory_at(&mem, UINT64_MAX - 1, UINT64_MAX));
	assert_null(guest_memory_at(&mem, HC_RAM_HIGH_BASE, UINT64_MAX - HC_RAM_HIGH_BASE + 2));
}

static void refuses_private_memory(void **state)
{
	struct guest_memory mem = two_ranges();

	(void)state;
	mem.is_shared = only_first_page;
	assert_ptr_equal(guest_memory_at(&mem, 0, 0x1000), low);
	assert_null(guest_memory_at(&mem, 0, 0x1001));
	assert_null(guest_memory_at(&mem, 0x1000, 8));
}

static void gives_every_byte_of_each_range(void **state)
{
	struct guest_memory mem = two_ranges();

	(void)state;
	assert_ptr_equal(guest_memory_at(&mem, 0, sizeof(low)), low);
	assert_ptr_equal(guest_memory_at(&mem, 0x2fff, 1), low + 0x2fff);
	assert_ptr_equal(guest_memory_at(&mem, HC_RAM_HIGH_BASE + 5, 3), high + 5);
}

static void copies_nothing_when_it_refuses(void **state)
{
	struct guest_memory mem = two_ranges();
	uint8_t data[16];

	(void)state;
	memset(low, 0x11, sizeof(low));
	memset(data, 0x22, sizeof(data));
	assert_int_equal(guest_memory_write(&mem, sizeof(low) - 8, data, 16), HC_ERANGE);
	for (size_t i = 0; i < sizeof(low); i++)
		assert_int_equal(low[i], 0x11);
	assert_int_equal(guest_memory_read(&mem, sizeof(low) - 8, data, 16), HC_ERANGE);
	assert_int_equal(data[0], 0x22);
	assert_int_equal(guest_memory_read(&mem, sizeof(low) - 8, data, 8), 0);
	assert_int_equal(data[7], 0x11);
	assert_int_equal(data[8], 0x22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_not_wholly_inside_one_range),
		cmocka_unit_test(refuses_lengths_that_wrap_or_are_zero),
		cmocka_unit_test(refuses_private_memory),
		cmocka_unit_test(gives_every_byte_of_each_range),
		cmocka_unit_test(copies_nothing_when_it_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
