/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vmm/device/bus.h"

struct probe {
	unsigned int reads, writes;
	uint64_t offset, value;
};

static uint64_t probe_read(void *dev, uint64_t offset, unsigned int size)
{
	struct probe *p = dev;

	(void)size;
	p->reads++;
	p->offset = offset;
	return 0x1122334455667788;
}

static void probe_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct probe *p = dev;

	(void)size;
	p->writes++;
	p->offset = offset;
	p->value = value;
}

static const struct bus_ops ops = {.read = probe_read, .write = probe_write};

static void refuses_empty_and_wrapping_ranges(void **state)
{
	struct bus bus = {0};

	(void)state;
	assert_int_equal(bus_add(&bus, 0x100, 0, &ops, NULL), HC_ERANGE);
	assert_int_equal(bus_add(&bus, UINT64_MAX, 2, &ops, NULL), HC_ERANGE);
	assert_int_equal(bus_add(&bus, 2, UINT64_MAX, &ops, NULL), HC_ERANGE);
	assert_int_equal(bus.count, 0);
	assert_int_equal(bus_add(&bus, UINT64_MAX, 1, &ops, NULL), 0);
}

static void refuses_every_overlap_and_takes_neighbours(void **state)
{
	(void)state;
	for (uint64_t base = 0x10; base < 0x40; base++) {
		for (uint64_t len = 1; len < 0x20; len++) {
			struct bus bus = {0};
			int want = base < 0x28 && base + len > 0x20 ? HC_EBUSY : 0;

			assert_int_equal(bus_add(&bus, 0x20, 8, &ops, NULL), 0);
			assert_int_equal(bus_add(&bus, base, len, &ops, NULL), want);
		}
	}
}

static void refuses_a_range_too_many_and_takes_it_after_a_removal(void **state)
{
	struct bus bus = {0};
	struct probe p = {0};

	(void)state;
	for (uint64_t i = 0; i < BUS_RANGES_MAX; i++)
		assert_int_equal(bus_add(&bus, i * 16, 16, &ops, &p), 0);
	assert_int_equal(bus_add(&bus, 1 << 20, 16, &ops, &p), HC_EBUSY);
	bus_remove(&bus, 16, &bus); /* not its device */
	assert_int_equal(bus_add(&bus, 1 << 20, 16, &ops, &p), HC_EBUSY);
	bus_remove(&bus, 16, &p);
	assert_true(bus_read(&bus, 16, 4) == UINT32_MAX);
	assert_int_equal(bus_add(&bus, 1 << 20, 16, &ops, &p), 0);
}

static void an_access_across_an_edge_reaches_nobody(void **state)
{
	struct bus bus = {0};
	struct probe p = {0};

	(void)state;
	assert_int_equal(bus_add(&bus, 0x100, 4, &ops, &p), 0);
	assert_int_equal(bus_add(&bus, UINT64_MAX - 3, 4, &ops, &p), 0);
	assert_true(bus_read(&bus, 0xff, 2) == 0xffff);
	assert_true(bus_read(&bus, 0x103, 2) == 0xffff);
	assert_true(bus_read(&bus, 0x100, 8) == UINT64_MAX);
	assert_true(bus_read(&bus, UINT64_MAX, 2) == 0xffff);
	assert_true(bus_read(&bus, 0x104, 1) == 0xff);
	bus_write(&bus, 0x102, 4, 1);
	bus_write(&bus, 0xfe, 4, 1);
	assert_int_equal(p.reads + p.writes, 0);
}

static void an_access_of_an_odd_size_reaches_nobody(void **state)
{
	static const unsigned int sizes[] = {0, 3, 5, 6, 7, 9, 16, 0xffffffff};
	struct bus bus = {0};
	struct probe p = {0};

	(void)state;
	assert_int_equal(bus_add(&bus, 0x100, 64, &ops, &p), 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		(void)bus_read(&bus, 0x100, sizes[i]);
		bus_write(&bus, 0x100, sizes[i], 0);
	}
	assert_int_equal(p.reads + p.writes, 0);
}

static void values_are_cut_to_the_size_of_the_access(void **state)
{
	struct bus bus = {0};
	struct probe p = {0};

	(void)state;
	assert_int_equal(bus_add(&bus, 0x100, 8, &ops, &p), 0);
	assert_true(bus_read(&bus, 0x107, 1) == 0x88);
	assert_int_equal(p.offset, 7);
	assert_true(bus_read(&bus, 0x104, 4) == 0x55667788);
	assert_true(bus_read(&bus, 0x100, 8) == 0x1122334455667788);
	bus_write(&bus, 0x102, 2, 0xabcdef);
	assert_true(p.value == 0xcdef && p.offset == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_empty_and_wrapping_ranges),
		cmocka_unit_test(refuses_every_overlap_and_takes_neighbours),
		cmocka_unit_test(refuses_a_range_too_many_and_takes_it_after_a_removal),
		cmocka_unit_test(an_access_across_an_edge_reaches_nobody),
		cmocka_unit_test(an_access_of_an_odd_size_reaches_nobody),
		cmocka_unit_test(values_are_cut_to_the_size_of_the_access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
