/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/fake_driver.h"

#define BAR_SIZE 0x2000u
#define TABLE    0x1000u
#define PBA      0x1800u
#define VECTORS  3

struct card {
	struct pci_function fn;
	unsigned int reads, writes;
	uint64_t offset;
	unsigned int maps, unmaps;
	uint64_t gpa;
};

struct fixture {
	struct fake_host fh;
	struct card card, other;
	struct driver d;
};

static uint64_t card_read(void *dev, unsigned int bar, uint64_t offset, unsigned int size)
{
	struct card *c = dev;

	assert_int_equal(bar, 0);
	assert_true(offset + size <= BAR_SIZE);
	c->reads++;
	c->offset = offset;
	return 0x0102030405060708;
}

static void card_write(
	void *dev, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	struct card *c = dev;

	(void)value;
	assert_int_equal(bar, 0);
	assert_true(offset + size <= BAR_SIZE);
	c->writes++;
	c->offset = offset;
}

static void card_moved(void *dev, unsigned int bar, uint64_t gpa, bool mapped)
{
	struct card *c = dev;

	(void)bar;
	if (mapped)
		c->maps++;
	else
		c->unmaps++;
	c->gpa = mapped ? gpa : 0;
}

static void card_config(void *dev, unsigned int offset, unsigned int size)
{
	(void)dev, (void)offset, (void)size;
}

static const struct pci_function_ops card_ops = {
	.bar_read = card_read,
	.bar_write = card_write,
	.bar_moved = card_moved,
	.config_reading = card_config,
	.config_written = card_config,
};

static void make_card(struct fixture *f, struct card *c, unsigned int slot)
{
	static const struct pci_identity id = {
		.vendor = 0x1234, .device = 0x5678, .revision = 9, .class_code = 0x018000};

	memset(c, 0, sizeof(*c));
	pci_function_init(&c->fn, "card", &id, &card_ops, c);
	assert_int_equal(pci_add_bar(&c->fn, 0, BAR_SIZE), 0);
	assert_int_equal(pci_add_msix(&c->fn, 0, TABLE, PBA, VECTORS), 0);
	assert_int_equal(pci_attach(&f->fh.pci, slot, &c->fn), 0);
}

static int setup(void **state)
{
	static struct fixture f;

	fake_host_init(&f.fh);
	make_card(&f, &f.card, 4);
	make_card(&f, &f.other, 5);
	f.d = (struct driver){.fh = &f.fh, .slot = 4, .bar = DRIVER_BAR};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pci_detach(&f->card.fn);
	pci_detach(&f->other.fn);
	fake_host_fini(&f->fh);
	return 0;
}

static void place(struct fixture *f, unsigned int slot, uint32_t bar, uint32_t command)
{
	struct driver d = {.fh = &f->fh, .slot = slot};

	driver_config_write(&d, 0x04, 2, 0);
	driver_config_write(&d, 0x10, 4, bar);
	driver_config_write(&d, 0x04, 2, command);
}

static void everything_but_function_0_of_bus_0_reads_all_ones(void **state)
{
	struct fixture *f = *state;
	struct bus *ports = &f->fh.ports;
	static const uint32_t absent[] = {
		0x00002000,             /* not enabled */
		0x80002100,             /* function 1 */
		0x80012000,             /* bus 1 */
		0x80ff2000, 0x80003000, /* slot 6 */
		0x8000f800,             /* slot 31 */
	};

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		bus_write(ports, 0xcf8, 4, absent[i]);
		assert_true(bus_read(ports, 0xcfc, 4) == UINT32_MAX);
		bus_write(ports, 0xcfc, 4, 0);
	}
	bus_write(ports, 0xcf8, 4, 0x80002000);
	assert_true(bus_read(ports, 0xcfc, 4) == 0x56781234);
}

static void the_address_register_takes_dwords_only(void **state)
{
	struct fixture *f = *state;
	struct bus *ports = &f->fh.ports;

	bus_write(ports, 0xcf8, 4, 0xffffffff);
	assert_true(bus_read(ports, 0xcf8, 4) == 0x80fffffc);
	bus_write(ports, 0xcf8, 1, 0);
	bus_write(ports, 0xcf9, 1, 0x06);
	bus_write(ports, 0xcfb, 1, 0x01);
	bus_write(ports, 0xcf8, 2, 0);
	assert_true(bus_read(ports, 0xcf8, 4) == 0x80fffffc);
	assert_true(bus_read(ports, 0xcf8, 1) == 0xff);
	bus_write(ports, 0xcf8, 4, 0x80000000);
	assert_true(bus_read(ports, 0xcf8, 4) == 0x80000000);
}

static void bytes_and_words_of_configuration_space_agree_with_dwords(void **state)
{
	struct fixture *f = *state;

	for (unsigned int off = 0; off < 256; off += 4) {
		uint32_t dword = driver_config_read(&f->d, off, 4);

		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(
				driver_config_read(&f->d, off + i, 1), dword >> (8 * i) & 0xff);
		for (unsigned int i = 0; i < 3; i++)
			assert_int_equal(
				driver_config_read(&f->d, off + i, 2), dword >> (8 * i) & 0xffff);
	}
	/* Across the end of the data port there is nothing. */
	bus_write(&f->fh.ports, 0xcf8, 4, 0x80002000);
	assert_true(bus_read(&f->fh.ports, 0xcfe, 4) == UINT32_MAX);
	assert_true(bus_read(&f->fh.ports, 0xcff, 2) == 0xffff);
}

static void only_writable_bits_change(void **state)
{
	struct fixture *f = *state;
	uint32_t before[64];

	for (unsigned int i = 0; i < 64; i++)
		before[i] = driver_config_read(&f->d, 4 * i, 4);
	for (unsigned int i = 0; i < 64; i++)
		driver_config_write(&f->d, 4 * i, 4, ~before[i]);
	for (unsigned int i = 0; i < 64; i++) {
		uint32_t changed = before[i] ^ driver_config_read(&f->d, 4 * i, 4);
		uint32_t allowed = i == 1                         ? 0x0406
				   : i == 3                       ? 0xff
				   : i == 4                       ? ~(BAR_SIZE - 1)
				   : i == 15                      ? 0xff
				   : 4 * i == f->card.fn.msix.cap ? 0xc0000000
								  : 0;

		assert_int_equal(changed, allowed);
	}
}

static void a_bar_tells_its_size_and_keeps_partial_writes(void **state)
{
	struct fixture *f = *state;

	driver_config_write(&f->d, 0x10, 4, 0xffffffff);
	assert_int_equal(driver_config_read(&f->d, 0x10, 4), ~(BAR_SIZE - 1));
	driver_config_write(&f->d, 0x10, 4, 0);
	driver_config_write(&f->d, 0x13, 1, 0xe0);
	driver_config_write(&f->d, 0x12, 1, 0x10);
	assert_int_equal(driver_config_read(&f->d, 0x10, 4), 0xe0100000);
	driver_config_write(&f->d, 0x14, 4, 0xffffffff);
	assert_int_equal(driver_config_read(&f->d, 0x14, 4), 0);
}

static void a_bar_answers_only_while_memory_decoding_is_on(void **state)
{
	struct fixture *f = *state;

	driver_config_write(&f->d, 0x10, 4, DRIVER_BAR);
	assert_true(driver_read(&f->d, 0, 4) == UINT32_MAX);
	driver_config_write(&f->d, 0x04, 2, 2);
	assert_true(driver_read(&f->d, 0, 4) == 0x05060708);
	assert_true(f->card.gpa == DRIVER_BAR);
	driver_config_write(&f->d, 0x04, 1, 0);
	assert_true(driver_read(&f->d, 0, 4) == UINT32_MAX);
	assert_int_equal(f->card.maps, 1);
	assert_int_equal(f->card.unmaps, 1);
}

static void a_bar_is_never_mapped_outside_the_window(void **state)
{
	struct fixture *f = *state;
	static const uint32_t outside[] = {0x0, 0x2000, 0x100000, 0xbfffe000, 0xc0000000,
		0xdfffe000, 0xfe000000, 0xfec00000, 0xfee00000, 0xffffe000};

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		unsigned int complaints = f->fh.complaints;

		place(f, 4, outside[i], 2);
		assert_true(fake_host_mmio_read(&f->fh, outside[i], 4) == UINT32_MAX);
		assert_int_equal(f->fh.mmio.count, 0);
		/* 0 is what an unassigned BAR holds: nothing to complain of. */
		assert_true(f->fh.complaints == complaints + (outside[i] ? 1 : 0));
	}
	place(f, 4, 0xe0000000, 2);
	assert_int_equal(f->fh.mmio.count, 1);
	place(f, 4, 0xfdffe000, 2);
	assert_int_equal(f->fh.mmio.count, 1);
	assert_true(f->card.gpa == 0xfdffe000);
}

static void a_bar_put_onto_another_is_refused_until_that_one_leaves(void **state)
{
	struct fixture *f = *state;

	place(f, 4, 0xe0000000, 2);
	place(f, 5, 0xe0000000, 2);
	assert_int_equal(f->fh.complaints, 1);
	assert_int_equal(f->other.maps, 0);
	(void)fake_host_mmio_read(&f->fh, 0xe0000000, 4);
	assert_int_equal(f->card.reads, 1);
	assert_int_equal(f->other.reads, 0);
	driver_config_write(&f->d, 0x10, 4, 0xe0004000);
	assert_int_equal(f->other.maps, 1);
	(void)fake_host_mmio_read(&f->fh, 0xe0000000, 4);
	assert_int_equal(f->other.reads, 1);
	assert_int_equal(f->card.maps, 2);
}

static void a_bar_moves_while_it_is_decoded(void **state)
{
	struct fixture *f = *state;

	place(f, 4, 0xe0000000, 2);
	for (uint32_t at = 0xe0000000; at < 0xe0010000; at += 0x2000) {
		driver_config_write(&f->d, 0x10, 4, at);
		assert_true(f->card.gpa == at);
		assert_int_equal(f->fh.mmio.count, 1);
	}
	assert_int_equal(f->card.maps, f->card.unmaps + 1);
}

static void refuses_layouts_that_do_not_fit(void **state)
{
	static const struct pci_identity id = {.vendor = 1};
	struct pci_function fn;
	unsigned int at;

	(void)state;
	pci_function_init(&fn, "fn", &id, &card_ops, NULL);
	assert_int_equal(pci_add_bar(&fn, 6, 0x1000), HC_ERANGE);
	assert_int_equal(pci_add_bar(&fn, 0, 0), HC_ERANGE);
	assert_int_equal(pci_add_bar(&fn, 0, 0x800), HC_ERANGE);
	assert_int_equal(pci_add_bar(&fn, 0, 0x3000), HC_ERANGE);
	assert_int_equal(pci_add_bar(&fn, 0, 0x40000000), HC_ERANGE);
	assert_int_equal(pci_add_bar(&fn, 0, 0x1000), 0);
	assert_int_equal(pci_add_bar(&fn, 0, 0x1000), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 1, 0, 0x800, 1), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 0, 0, 0x800, 0), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 0, 0, 0x800, PCI_MSIX_VECTORS + 1), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 0, 0xff8, 0x800, 1), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 0, 4, 0x800, 1), HC_ERANGE);
	assert_int_equal(pci_add_msix(&fn, 0, 0, 0x8, 1), HC_ERANGE);
	assert_int_equal(pci_add_capability(&fn, 9, 0xc1, &at), HC_ERANGE);
	assert_int_equal(pci_add_capability(&fn, 9, 0xc0, &at), 0);
	assert_int_equal(pci_add_capability(&fn, 9, 2, &at), HC_ERANGE);
}

static void refuses_slots_that_are_taken_or_do_not_exist(void **state)
{
	struct fixture *f = *state;
	static const struct pci_identity id = {.vendor = 1};
	struct pci_function fn;

	pci_function_init(&fn, "fn", &id, &card_ops, NULL);
	assert_int_equal(pci_attach(&f->fh.pci, 0, &fn), HC_ERANGE);
	assert_int_equal(pci_attach(&f->fh.pci, 32, &fn), HC_ERANGE);
	assert_int_equal(pci_attach(&f->fh.pci, 4, &fn), HC_EBUSY);
	pci_detach(&fn); /* never attached */
	assert_int_equal(driver_config_read(&f->d, 0, 2), 0x1234);
}

/* ---- MSI-X ---- */

static void msix_on(struct fixture *f, uint16_t control)
{
	driver_config_write(&f->d, f->card.fn.msix.cap + 2, 2, control);
}

static void entry(struct fixture *f, unsigned int v, uint64_t address, uint32_t data, uint32_t mask)
{
	driver_write(&f->d, TABLE + 16 * v, 4, (uint32_t)address);
	driver_write(&f->d, TABLE + 16 * v + 4, 4, address >> 32);
	driver_write(&f->d, TABLE + 16 * v + 8, 4, data);
	driver_write(&f->d, TABLE + 16 * v + 12, 4, mask);
}

static void no_interrupt_while_msix_is_off_or_beyond_its_vectors(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	for (unsigned int v = 0; v < VECTORS; v++)
		entry(f, v, 0xfee00000, v, 0);
	pci_msix_raise(&f->card.fn, 0);
	msix_on(f, 0x8000);
	pci_msix_raise(&f->card.fn, VECTORS);
	pci_msix_raise(&f->card.fn, 64);
	pci_msix_raise(&f->card.fn, 0xffff);
	assert_int_equal(f->fh.msi_count, 0);
	pci_msix_raise(&f->card.fn, 1);
	assert_int_equal(f->fh.msi_of[1], 1);
	assert_int_equal(f->fh.msi_count, 1);
}

static void a_masked_vector_is_pending_until_it_is_unmasked(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	msix_on(f, 0x8000);
	entry(f, 1, 0xfee01000, 0x33, 1);
	pci_msix_raise(&f->card.fn, 1);
	pci_msix_raise(&f->card.fn, 1);
	assert_int_equal(f->fh.msi_count, 0);
	assert_int_equal(driver_read(&f->d, PBA, 8), 2);
	driver_write(&f->d, PBA, 8, 0);
	assert_int_equal(driver_read(&f->d, PBA, 4), 2);
	driver_write(&f->d, TABLE + 16 + 12, 4, 0);
	assert_int_equal(f->fh.msi_of[0x33], 1);
	assert_true(f->fh.msi_address == 0xfee01000);
	assert_int_equal(driver_read(&f->d, PBA, 8), 0);
}

static void the_function_mask_holds_all_vectors_back(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	msix_on(f, 0xc000);
	for (unsigned int v = 0; v < VECTORS; v++)
		entry(f, v, 0xfee00000, 0x50 + v, 0);
	for (unsigned int v = 0; v < VECTORS; v++)
		pci_msix_raise(&f->card.fn, v);
	assert_int_equal(f->fh.msi_count, 0);
	msix_on(f, 0x8000);
	assert_int_equal(f->fh.msi_count, VECTORS);
	pci_msix_clear(&f->card.fn);
	msix_on(f, 0xc000);
	msix_on(f, 0x8000);
	assert_int_equal(f->fh.msi_count, VECTORS);
}

static void a_message_that_addresses_no_local_apic_is_dropped(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	msix_on(f, 0x8000);
	entry(f, 0, 0x00100000, 1, 0);
	pci_msix_raise(&f->card.fn, 0);
	entry(f, 0, 0xfef00000, 1, 0);
	pci_msix_raise(&f->card.fn, 0);
	assert_int_equal(f->fh.msi_count, 0);
	assert_int_equal(f->fh.complaints, 2);
}

static void the_table_takes_aligned_dwords_and_qwords_only(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	driver_write(&f->d, TABLE, 8, 0x11223344fee00007);
	assert_true(driver_read(&f->d, TABLE, 8) == 0x11223344fee00004);
	driver_write(&f->d, TABLE + 8, 8, 0xffffffff00000041);
	assert_true(driver_read(&f->d, TABLE + 8, 8) == 0x0000000100000041);
	driver_write(&f->d, TABLE, 1, 0);
	driver_write(&f->d, TABLE, 2, 0);
	driver_write(&f->d, TABLE + 2, 4, 0);
	driver_write(&f->d, TABLE + 4, 8, 0);
	assert_true(driver_read(&f->d, TABLE, 8) == 0x11223344fee00004);
	assert_true(driver_read(&f->d, TABLE + 8, 8) == 0x0000000100000041);
}

static void accesses_across_the_ends_of_table_and_pba_do_nothing(void **state)
{
	struct fixture *f = *state;

	place(f, 4, DRIVER_BAR, 2);
	for (unsigned int size = 1; size <= 8; size *= 2) {
		for (int by = 1 - (int)size; by < 0; by++) {
			uint64_t ends[] = {TABLE, TABLE + 16 * VECTORS, PBA, PBA + 8};

			for (unsigned int i = 0; i < 4; i++) {
				uint64_t at = ends[i] + (uint64_t)by;

				driver_write(&f->d, at, size, UINT64_MAX);
				assert_true(driver_read(&f->d, at, size) == 0);
			}
		}
	}
	assert_int_equal(f->card.reads + f->card.writes, 0);
	for (unsigned int v = 0; v < VECTORS; v++)
		assert_true(driver_read(&f->d, TABLE + 16 * v, 8) == 0);
	driver_write(&f->d, TABLE + 16 * VECTORS, 4, 1);
	assert_int_equal(f->card.writes, 1);
	driver_write(&f->d, BAR_SIZE - 2, 4, 1);
	assert_int_equal(f->card.writes, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(everything_but_function_0_of_bus_0_reads_all_ones),
		T(the_address_register_takes_dwords_only),
		T(bytes_and_words_of_configuration_space_agree_with_dwords),
		T(only_writable_bits_change),
		T(a_bar_tells_its_size_and_keeps_partial_writes),
		T(a_bar_answers_only_while_memory_decoding_is_on),
		T(a_bar_is_never_mapped_outside_the_window),
		T(a_bar_put_onto_another_is_refused_until_that_one_leaves),
		T(a_bar_moves_while_it_is_decoded),
		T(refuses_layouts_that_do_not_fit),
		T(refuses_slots_that_are_taken_or_do_not_exist),
		T(no_interrupt_while_msix_is_off_or_beyond_its_vectors),
		T(a_masked_vector_is_pending_until_it_is_unmasked),
		T(the_function_mask_holds_all_vectors_back),
		T(a_message_that_addresses_no_local_apic_is_dropped),
		T(the_table_takes_aligned_dwords_and_qwords_only),
		T(accesses_across_the_ends_of_table_and_pba_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
