/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/fake_host.h"
#include "vmm/device/power.h"
#include "vmm/exit.h"

struct fixture {
	struct fake_host fh;
	struct power power;
	unsigned int refusals;
	uint8_t code, detail;
};

static void refused(void *ctx, uint8_t code, uint8_t detail)
{
	struct fixture *f = ctx;

	assert_int_equal(f->fh.stops, 0); /* told before the stop */
	f->refusals++;
	f->code = code;
	f->detail = detail;
}

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_host_init(&f.fh);
	assert_int_equal(power_init(&f.power, &f.fh.host, &f.fh.ports, refused, &f), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fake_host_fini(&((struct fixture *)*state)->fh);
	return 0;
}

static void only_the_documented_values_stop_the_vm(void **state)
{
	struct fixture *f = *state;

	for (uint64_t value = 0; value < 256; value++) {
		if (value != 0x01)
			bus_write(&f->fh.ports, 0x600, 1, value);
		if (value != 0x34)
			bus_write(&f->fh.ports, 0x601, 1, value);
		bus_write(&f->fh.ports, 0x602, 1, value);
		bus_write(&f->fh.ports, 0x603, 1, value);
	}
	assert_int_equal(f->fh.stops, 0);
}

static void wide_accesses_stop_nothing(void **state)
{
	struct fixture *f = *state;

	bus_write(&f->fh.ports, 0x600, 2, 0x3401);
	bus_write(&f->fh.ports, 0x600, 4, 0x3401);
	bus_write(&f->fh.ports, 0x601, 2, 0x34);
	bus_write(&f->fh.ports, 0x5ff, 2, 0x0100);
	assert_int_equal(f->fh.stops, 0);
	assert_true(bus_read(&f->fh.ports, 0x602, 1) == 0);
	assert_true(bus_read(&f->fh.ports, 0x600, 1) == 0);
}

static void s5_is_off_and_reset_is_reset(void **state)
{
	struct fixture *f = *state;

	bus_write(&f->fh.ports, 0x601, 1, 0x34);
	assert_int_equal(f->fh.stop_status, VMM_EXIT_OFF);
	bus_write(&f->fh.ports, 0x600, 1, 0x01);
	assert_int_equal(f->fh.stop_status, VMM_EXIT_RESET);
	assert_int_equal(f->fh.stops, 2);
}

static void what_has_no_magic_is_no_refusal(void **state)
{
	struct fixture *f = *state;

	bus_write(&f->fh.ports, 0x604, 4, 0x40);
	bus_write(&f->fh.ports, 0x604, 4, 0x48420040);
	bus_write(&f->fh.ports, 0x604, 4, 0xffffffff);
	bus_write(&f->fh.ports, 0x604, 2, 0x4843);
	bus_write(&f->fh.ports, 0x606, 2, 0x4843);
	assert_int_equal(f->refusals, 0);
	assert_int_equal(f->fh.stops, 0);
	assert_int_equal(f->fh.complaints, 5);
}

static void a_refusal_gives_code_and_detail_then_stops(void **state)
{
	struct fixture *f = *state;

	bus_write(&f->fh.ports, 0x604, 4, 0x48430e01);
	assert_int_equal(f->refusals, 1);
	assert_int_equal(f->code, 0x01);
	assert_int_equal(f->detail, 0x0e);
	assert_int_equal(f->fh.stop_status, VMM_EXIT_REFUSED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_the_documented_values_stop_the_vm),
		T(wide_accesses_stop_nothing),
		T(s5_is_off_and_reset_is_reset),
		T(what_has_no_magic_is_no_refusal),
		T(a_refusal_gives_code_and_detail_then_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
