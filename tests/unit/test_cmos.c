/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "common/timefmt.h"
#include "vmm/device/cmos.h"

static int64_t the_time;

static int64_t now(void *ctx)
{
	(void)ctx;
	return the_time;
}

struct fixture {
	struct bus ports;
	struct cmos cmos;
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	the_time = 0;
	assert_int_equal(cmos_init(&f.cmos, &f.ports, now, NULL), 0);
	*state = &f;
	return 0;
}

static uint8_t get(struct fixture *f, uint8_t reg)
{
	bus_write(&f->ports, 0x70, 1, reg);
	return (uint8_t)bus_read(&f->ports, 0x71, 1);
}

static void put(struct fixture *f, uint8_t reg, uint8_t value)
{
	bus_write(&f->ports, 0x70, 1, reg);
	bus_write(&f->ports, 0x71, 1, value);
}

static unsigned int bcd(uint8_t v)
{
	assert_true((v & 15) < 10 && v >> 4 < 10);
	return (v >> 4) * 10u + (v & 15u);
}

static void no_register_ever_reads_ff(void **state)
{
	struct fixture *f = *state;
	static const int64_t times[] = {
		INT64_MIN, INT64_MAX, -1, 0, -62167219201, 253402300799, 253402300800, 1795348800};

	for (size_t t = 0; t < sizeof(times) / sizeof(times[0]); t++) {
		for (unsigned int format = 0; format < 256; format++) {
			the_time = times[t];
			put(f, 0x0b, (uint8_t)format);
			for (unsigned int reg = 0; reg < 256; reg++)
				assert_int_not_equal(get(f, (uint8_t)reg), 0xff);
		}
	}
}

static void no_update_is_ever_in_progress(void **state)
{
	struct fixture *f = *state;

	put(f, 0x0a, 0xff);
	assert_int_equal(get(f, 0x0a), 0x26);
	assert_int_equal(get(f, 0x8a), 0x26); /* bit 7 masks NMI */
	assert_int_equal(get(f, 0x0c), 0);
	assert_int_equal(get(f, 0x0d), 0x80);
}

static void what_is_not_the_clock_reads_zero_and_keeps_nothing(void **state)
{
	struct fixture *f = *state;

	for (unsigned int reg = 0x0e; reg < 0x80; reg++) {
		put(f, (uint8_t)reg, 0x5a);
		assert_int_equal(get(f, (uint8_t)reg), reg == 0x32 ? 0x19 : 0);
	}
	for (unsigned int reg = 1; reg < 6; reg += 2)
		assert_int_equal(get(f, (uint8_t)reg), 0);
}

static void the_guest_cannot_set_the_time(void **state)
{
	struct fixture *f = *state;

	the_time = timefmt_civil(2026, 11, 22, 14, 5, 9);
	for (unsigned int reg = 0; reg < 10; reg++)
		put(f, (uint8_t)reg, 0x11);
	assert_int_equal(get(f, 0), 0x09);
	assert_int_equal(get(f, 9), 0x26);
}

static void wide_accesses_read_zero_and_do_nothing(void **state)
{
	struct fixture *f = *state;

	put(f, 0x0b, 0x06);
	bus_write(&f->ports, 0x70, 2, 0x000b);
	assert_int_equal(bus_read(&f->ports, 0x70, 2), 0);
	assert_int_equal(bus_read(&f->ports, 0x70, 1), 0);
	assert_int_equal(get(f, 0x0b), 0x06);
}

static void agrees_with_the_c_library_in_every_format(void **state)
{
	struct fixture *f = *state;

	for (the_time = 0; the_time < 5000000000; the_time += 86400 * 17 + 4567) {
		time_t t = (time_t)the_time;
		struct tm tm;

		gmtime_r(&t, &tm);
		put(f, 0x0b, 0x02);
		assert_int_equal(bcd(get(f, 0x00)), tm.tm_sec);
		assert_int_equal(bcd(get(f, 0x02)), tm.tm_min);
		assert_int_equal(bcd(get(f, 0x04)), tm.tm_hour);
		assert_int_equal(get(f, 0x06), tm.tm_wday + 1);
		assert_int_equal(bcd(get(f, 0x07)), tm.tm_mday);
		assert_int_equal(bcd(get(f, 0x08)), tm.tm_mon + 1);
		assert_int_equal(bcd(get(f, 0x09)), tm.tm_year % 100);
		assert_int_equal(bcd(get(f, 0x32)), (tm.tm_year + 1900) / 100);
		put(f, 0x0b, 0x06);
		assert_int_equal(get(f, 0x02), tm.tm_min);
		assert_int_equal(get(f, 0x04), tm.tm_hour);
		put(f, 0x0b, 0x04);
		assert_int_equal(get(f, 0x04) & 0x7f, (tm.tm_hour + 11) % 12 + 1);
		assert_int_equal(get(f, 0x04) >> 7, tm.tm_hour >= 12);
	}
}

#define T(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_register_ever_reads_ff),
		T(no_update_is_ever_in_progress),
		T(what_is_not_the_clock_reads_zero_and_keeps_nothing),
		T(the_guest_cannot_set_the_time),
		T(wide_accesses_read_zero_and_do_nothing),
		T(agrees_with_the_c_library_in_every_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
