/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/fake_host.h"
#include "vmm/device/serial.h"

#define PORT 0x3f8

struct fixture {
	struct fake_host fh;
	struct serial serial;
	int in[2], out[2];
};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	signal(SIGPIPE, SIG_IGN);
	fake_host_init(&f.fh);
	assert_int_equal(pipe(f.in), 0);
	assert_int_equal(pipe(f.out), 0);
	assert_int_equal(fcntl(f.out[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(serial_init(&f.serial, &f.fh.host, &f.fh.ports, f.in[0], f.out[1]), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	serial_fini(&f->serial);
	assert_int_equal(f->fh.watches, 0);
	for (int i = 0; i < 2; i++) {
		close(f->in[i]);
		close(f->out[i]);
	}
	fake_host_fini(&f->fh);
	return 0;
}

static uint8_t in(struct fixture *f, unsigned int reg)
{
	return (uint8_t)bus_read(&f->fh.ports, PORT + reg, 1);
}

static void out(struct fixture *f, unsigned int reg, unsigned int value)
{
	bus_write(&f->fh.ports, PORT + reg, 1, value);
}

static ssize_t drain(struct fixture *f, char *buf, size_t cap)
{
	fake_host_run(&f->fh, 100);
	return read(f->out[0], buf, cap);
}

static void type(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->in[1], text, strlen(text)), strlen(text));
	fake_host_run(&f->fh, 10);
}

static void what_the_guest_writes_comes_out_in_order(void **state)
{
	struct fixture *f = *state;
	char got[64];

	for (const char *p = "hello\n"; *p; p++) {
		assert_int_equal(in(f, 5) & 0x60, 0x60);
		out(f, 0, (unsigned char)*p);
	}
	assert_int_equal(drain(f, got, sizeof(got)), 6);
	assert_memory_equal(got, "hello\n", 6);
}

static void a_reader_that_stops_makes_the_transmitter_busy_and_nothing_else(void **state)
{
	struct fixture *f = *state;
	size_t sent = 0, got = 0;
	char buf[4096];

	while (in(f, 5) & 0x20) {
		out(f, 0, 'x');
		if (++sent % 100 == 0)
			fake_host_run(&f->fh, 1);
		assert_true(sent < 1 << 20);
	}
	assert_true(sent >= SERIAL_OUT_BYTES);
	for (int i = 0; i < 1000; i++)
		out(f, 0, 'y'); /* lost */
	assert_int_equal(in(f, 5) & 0x60, 0);
	for (ssize_t n; (n = drain(f, buf, sizeof(buf))) > 0; got += (size_t)n)
		assert_null(memchr(buf, 'y', (size_t)n));
	assert_int_equal(got, sent);
	assert_int_equal(in(f, 5) & 0x60, 0x60);
}

static void a_reader_that_is_gone_is_forgotten(void **state)
{
	struct fixture *f = *state;

	close(f->out[0]);
	for (int i = 0; i < 100000; i++) {
		out(f, 0, 'x');
		if (i % 1000 == 0)
			fake_host_run(&f->fh, 2);
	}
	assert_int_equal(f->serial.out_fd, -1);
	assert_int_equal(in(f, 5) & 0x60, 0x60);
}

static void a_regular_file_takes_output_at_once(void **state)
{
	struct fixture *f = *state;
	int fd = memfd_create("out", MFD_CLOEXEC);
	struct bus ports = {0};
	struct serial s;
	char c = 0;

	f->fh.refuse_files = true;
	assert_int_equal(serial_init(&s, &f->fh.host, &ports, -1, fd), 0);
	bus_write(&ports, PORT, 1, 'q');
	assert_int_equal(pread(fd, &c, 1, 0), 1);
	assert_int_equal(c, 'q');
	serial_fini(&s);
	close(fd);
}

static void output_that_was_not_asked_for_is_dropped(void **state)
{
	struct fixture *f = *state;
	struct bus ports = {0};
	struct serial s;

	assert_int_equal(serial_init(&s, &f->fh.host, &ports, -1, -1), 0);
	for (int i = 0; i < 10000; i++)
		bus_write(&ports, PORT, 1, 'q');
	assert_int_equal(bus_read(&ports, PORT + 5, 1), 0x60);
	serial_fini(&s);
}

static void what_is_buffered_at_the_end_is_written(void **state)
{
	struct fixture *f = *state;
	char got[8];

	out(f, 0, 'b');
	out(f, 0, 'y');
	out(f, 0, 'e');
	serial_fini(&f->serial);
	assert_int_equal(read(f->out[0], got, sizeof(got)), 3);
}

static void input_is_polled_byte_by_byte(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in(f, 5) & 1, 0);
	assert_int_equal(in(f, 0), 0);
	type(f, "ab");
	assert_int_equal(in(f, 5) & 1, 1);
	assert_int_equal(in(f, 0), 'a');
	assert_int_equal(in(f, 0), 'b');
	assert_int_equal(in(f, 5) & 1, 0);
}

static void more_input_than_the_fifo_holds_waits_and_is_not_lost(void **state)
{
	struct fixture *f = *state;
	char text[300];

	for (unsigned int i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	assert_int_equal(write(f->in[1], text, sizeof(text)), sizeof(text));
	for (unsigned int i = 0; i < sizeof(text); i++) {
		fake_host_run(&f->fh, 10);
		assert_int_equal(in(f, 5) & 3, 1);
		assert_int_equal(in(f, 0), text[i]);
	}
	assert_int_equal(fake_host_run(&f->fh, 10), 0);
}

static void the_end_of_input_is_not_heard_again_and_again(void **state)
{
	struct fixture *f = *state;

	close(f->in[1]);
	f->in[1] = -1;
	assert_true(fake_host_run(&f->fh, 100) <= 2); /* also the idle output, once */
	assert_int_equal(fake_host_run(&f->fh, 100), 0);
	assert_int_equal(in(f, 5) & 1, 0);
}

static void interrupts_are_identified_for_a_driver_that_polls(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in(f, 2), 0x01);
	out(f, 2, 0x01); /* FIFO on */
	assert_int_equal(in(f, 2), 0xc1);
	out(f, 1, 0x02);
	assert_int_equal(in(f, 2), 0xc2);
	assert_int_equal(in(f, 2), 0xc1); /* reading took it */
	out(f, 0, 'x');
	assert_int_equal(in(f, 2), 0xc2);
	type(f, "k");
	out(f, 1, 0x03);
	assert_int_equal(in(f, 2), 0xc4);
	assert_int_equal(in(f, 0), 'k');
	assert_int_equal(in(f, 2), 0xc1);
}

static void loopback_answers_as_the_linux_driver_expects(void **state)
{
	struct fixture *f = *state;
	char got[8];

	out(f, 4, 0x10 | 0x0a);
	assert_int_equal(in(f, 6) & 0xf0, 0x90);
	out(f, 0, 'L');
	assert_int_equal(in(f, 5) & 1, 1);
	assert_int_equal(in(f, 0), 'L');
	for (int i = 0; i < SERIAL_IN_BYTES + 3; i++)
		out(f, 0, (unsigned int)i);
	assert_int_equal(in(f, 5) & 3, 3); /* overrun */
	assert_int_equal(in(f, 5) & 3, 1); /* told once */
	out(f, 2, 0x03);
	assert_int_equal(in(f, 5) & 1, 0);
	out(f, 4, 0);
	assert_true(drain(f, got, sizeof(got)) <= 0);
}

static void registers_keep_what_a_16550a_keeps(void **state)
{
	struct fixture *f = *state;

	out(f, 7, 0x5a);
	assert_int_equal(in(f, 7), 0x5a);
	out(f, 3, 0x80);
	out(f, 0, 0x34);
	out(f, 1, 0x12);
	assert_int_equal(in(f, 0), 0x34);
	assert_int_equal(in(f, 1), 0x12);
	out(f, 3, 0x03);
	assert_int_equal(in(f, 3), 0x03);
	assert_int_equal(in(f, 1), 0);
	out(f, 1, 0xff);
	assert_int_equal(in(f, 1), 0x0f);
	out(f, 4, 0xff);
	assert_int_equal(in(f, 4), 0x1f);
	out(f, 5, 0xff);
	out(f, 6, 0xff);
}

static void wide_accesses_do_nothing(void **state)
{
	struct fixture *f = *state;
	char got[8];

	for (unsigned int size = 2; size <= 8; size *= 2) {
		bus_write(&f->fh.ports, PORT, size, 0x41414141);
		bus_write(&f->fh.ports, PORT + 7, size, 0x41414141);
		(void)bus_read(&f->fh.ports, PORT, size);
	}
	assert_true(drain(f, got, sizeof(got)) <= 0);
	assert_int_equal(in(f, 7), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_the_guest_writes_comes_out_in_order),
		T(a_reader_that_stops_makes_the_transmitter_busy_and_nothing_else),
		T(a_reader_that_is_gone_is_forgotten),
		T(a_regular_file_takes_output_at_once),
		T(output_that_was_not_asked_for_is_dropped),
		T(what_is_buffered_at_the_end_is_written),
		T(input_is_polled_byte_by_byte),
		T(more_input_than_the_fifo_holds_waits_and_is_not_lost),
		T(the_end_of_input_is_not_heard_again_and_again),
		T(interrupts_are_identified_for_a_driver_that_polls),
		T(loopback_answers_as_the_linux_driver_expects),
		T(registers_keep_what_a_16550a_keeps),
		T(wide_accesses_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
