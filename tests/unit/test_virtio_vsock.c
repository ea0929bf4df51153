/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tests/unit/fake_driver.h"
#include "vmm/device/virtio_vsock.h"
#include "vmm/device/virtio_vsock_packet.h"

#define CID      7
#define RX       0
#define TX       1
#define RING     0x10000ull
#define RX_DATA  0x20000ull
#define RX_BYTES 4096u
#define RX_COUNT 16u
#define TX_DATA  0x80000ull
#define PORT     1234
#define GUEST    5678

struct fixture {
	struct fake_host fh;
	struct virtio_vsock vs;
	struct driver d;
	char dir[32], path[64];
	struct vsock_header h; /* of the packet received last */
	const uint8_t *payload;
	uint64_t given; /* receive buffers so far */
};

static void start(struct fixture *f, unsigned int rx_buffers)
{
	assert_true(driver_negotiate(&f->d, DRIVER_REQUIRED) & VIRTIO_STATUS_FEATURES_OK);
	assert_true(driver_queue(&f->d, RX, 128, RING));
	assert_true(driver_queue(&f->d, TX, 128, RING + 0x2000));
	assert_true(driver_queue(&f->d, 2, 16, RING + 0x4000));
	driver_set_status(&f->d, DRIVER_STATUS_OK);
	f->given = 0;
	for (unsigned int i = 0; i < rx_buffers; i++) {
		struct driver_buf b = {RX_DATA + RX_BYTES * (f->given++ % RX_COUNT), RX_BYTES};

		driver_add(&f->d, RX, &b, 0, 1);
	}
	driver_kick(&f->d, RX);
}

static int setup_with(void **state, unsigned int rx_buffers)
{
	static struct fixture f;
	struct virtio_vsock_options options = {.guest_cid = CID};

	memset(&f, 0, sizeof(f));
	strcpy(f.dir, "/tmp/hc-vsock-XXXXXX");
	assert_non_null(mkdtemp(f.dir));
	snprintf(f.path, sizeof(f.path), "%s/v.sock", f.dir);
	options.uds_path = f.path;
	fake_host_init(&f.fh);
	assert_int_equal(virtio_vsock_init(&f.vs, &f.fh.host, &f.fh.pci, 6, &options, NULL), 0);
	driver_probe(&f.d, &f.fh, 6, DRIVER_BAR);
	start(&f, rx_buffers);
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, RX_COUNT);
}

static int setup_without_buffers(void **state)
{
	return setup_with(state, 0);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	virtio_vsock_fini(&f->vs);
	assert_int_equal(f->fh.watches, 0);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(f->dir), 0);
	fake_host_fini(&f->fh);
	return 0;
}

static void address(struct sockaddr_un *addr, const char *path, int port)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	if (port < 0)
		snprintf(addr->sun_path, sizeof(addr->sun_path), "%s", path);
	else
		snprintf(addr->sun_path, sizeof(addr->sun_path), "%s_%d", path, port);
}

static int host_connect(struct fixture *f, const char *line)
{
	struct sockaddr_un addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address(&addr, f->path, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (line)
		assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	fake_host_run(&f->fh, 100);
	return fd;
}

static int host_listen(struct fixture *f, int port)
{
	struct sockaddr_un addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address(&addr, f->path, port);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

static void host_unlisten(struct fixture *f, int fd, int port)
{
	struct sockaddr_un addr;

	address(&addr, f->path, port);
	assert_int_equal(unlink(addr.sun_path), 0);
	close(fd);
}

static struct vsock_header from_guest(uint16_t op, uint32_t guest_port, uint32_t host_port)
{
	return (struct vsock_header){.src_cid = CID,
		.dst_cid = 2,
		.src_port = guest_port,
		.dst_port = host_port,
		.type = VSOCK_TYPE_STREAM,
		.op = op,
		.buf_alloc = 65536};
}

/* `payload` bytes are there, whatever the header says. */
static void send_raw(struct fixture *f, const struct vsock_header *h, const void *data, size_t len)
{
	struct driver_buf bufs[2] = {
		{TX_DATA, VSOCK_HEADER_BYTES}, {TX_DATA + VSOCK_HEADER_BYTES, (uint32_t)len}};
	uint32_t id, written;

	vsock_header_put(driver_ram(&f->d, TX_DATA, VSOCK_HEADER_BYTES), h);
	if (len)
		memcpy(driver_ram(&f->d, bufs[1].gpa, len), data, len);
	driver_add(&f->d, TX, bufs, len ? 2 : 1, 0);
	driver_kick(&f->d, TX);
	(void)driver_used(&f->d, TX, &id, &written);
}

static void send_op(struct fixture *f, uint16_t op, uint32_t guest_port, uint32_t host_port)
{
	struct vsock_header h = from_guest(op, guest_port, host_port);

	send_raw(f, &h, NULL, 0);
}

static void send_data(struct fixture *f, uint32_t guest_port, uint32_t host_port, uint32_t fwd,
	const void *data, size_t len)
{
	struct vsock_header h = from_guest(VSOCK_OP_RW, guest_port, host_port);

	h.len = (uint32_t)len;
	h.fwd_cnt = fwd;
	send_raw(f, &h, data, len);
}

/* Next packet to the guest; gives the buffer back to the device. */
static bool received(struct fixture *f)
{
	static uint8_t packet[RX_BYTES];
	struct driver_buf b = {0, RX_BYTES};
	uint32_t id, len;

	if (!driver_used(&f->d, RX, &id, &len))
		return false;
	b.gpa = get_le64(driver_ram(&f->d, f->d.queue[RX].desc + 16 * id, 16));
	assert_in_range(len, VSOCK_HEADER_BYTES, RX_BYTES);
	memcpy(packet, driver_ram(&f->d, b.gpa, len), len);
	vsock_header_get(&f->h, packet);
	f->payload = packet + VSOCK_HEADER_BYTES;
	assert_int_equal(f->h.len, len - VSOCK_HEADER_BYTES);
	assert_true(f->h.src_cid == 2 && f->h.dst_cid == CID);
	if (f->h.op != VSOCK_OP_RST)
		assert_int_equal(f->h.buf_alloc, VSOCK_BUFFER_BYTES);
	driver_add(&f->d, RX, &b, 0, 1);
	driver_kick(&f->d, RX);
	return true;
}

static void receives(struct fixture *f, uint16_t op, uint32_t guest_port, uint32_t host_port)
{
	assert_true(received(f));
	assert_int_equal(f->h.op, op);
	assert_int_equal(f->h.dst_port, guest_port);
	assert_int_equal(f->h.src_port, host_port);
}

/* An open connection that the guest made; the host's end of it. */
static int guest_connection(struct fixture *f, uint32_t guest_port)
{
	int listener = host_listen(f, PORT), fd;

	send_op(f, VSOCK_OP_REQUEST, guest_port, PORT);
	receives(f, VSOCK_OP_RESPONSE, guest_port, PORT);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd >= 0);
	host_unlisten(f, listener, PORT);
	return fd;
}

/* An open connection that the host made; the host's end. */
static int host_connection(struct fixture *f, uint32_t *host_port)
{
	char want[32], got[32];
	int fd = host_connect(f, "CONNECT 5678\n");
	int n;

	assert_true(received(f));
	assert_int_equal(f->h.op, VSOCK_OP_REQUEST);
	assert_int_equal(f->h.dst_port, GUEST);
	*host_port = f->h.src_port;
	send_op(f, VSOCK_OP_RESPONSE, GUEST, *host_port);
	n = snprintf(want, sizeof(want), "OK %u\n", *host_port);
	assert_int_equal(read(fd, got, sizeof(got)), n);
	assert_memory_equal(got, want, (size_t)n);
	return fd;
}

static bool at_end(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* ---- what is refused ---- */

static void refuses_options_that_make_no_sense(void **state)
{
	struct fixture *f = *state;
	static const uint64_t cids[] = {0, 1, 2, 0xffffffff, 0x100000000, UINT64_MAX};
	char longest[VSOCK_PATH_MAX + 2];
	struct virtio_vsock vs;
	struct error err;
	struct virtio_vsock_options o = {.uds_path = f->path};

	for (size_t i = 0; i < sizeof(cids) / sizeof(cids[0]); i++) {
		o.guest_cid = cids[i];
		assert_int_equal(
			virtio_vsock_init(&vs, &f->fh.host, &f->fh.pci, 9, &o, &err), HC_ERANGE);
	}
	o.guest_cid = 3;
	assert_int_equal(virtio_vsock_init(&vs, &f->fh.host, &f->fh.pci, 9, &o, &err), HC_EBUSY);
	assert_int_equal(access(f->path, F_OK), 0); /* the other's is still there */
	memset(longest, 'a', sizeof(longest));
	longest[VSOCK_PATH_MAX + 1] = '\0';
	o.uds_path = longest;
	assert_int_equal(virtio_vsock_init(&vs, &f->fh.host, &f->fh.pci, 9, &o, &err), HC_ERANGE);
	o.uds_path = "";
	assert_int_equal(virtio_vsock_init(&vs, &f->fh.host, &f->fh.pci, 9, &o, &err), HC_ERANGE);
	o.uds_path = "/nonexistent/v";
	assert_int_equal(virtio_vsock_init(&vs, &f->fh.host, &f->fh.pci, 9, &o, &err), HC_EIO);
	virtio_vsock_fini(&vs);
}

static void packets_of_other_cids_are_dropped(void **state)
{
	struct fixture *f = *state;
	struct vsock_header h = from_guest(VSOCK_OP_REQUEST, GUEST, PORT);
	int listener = host_listen(f, PORT);
	static const uint64_t others[][2] = {{CID + 1, 2}, {2, 2}, {0, 2}, {CID, 0}, {CID, CID},
		{CID, 1}, {CID | 1ull << 32, 2}, {CID, 2 | 1ull << 32}};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		h.src_cid = others[i][0];
		h.dst_cid = others[i][1];
		send_raw(f, &h, NULL, 0);
		assert_int_equal(f->fh.complaints, i + 1);
	}
	assert_false(received(f));
	assert_int_equal(accept(listener, NULL, NULL), -1);
	host_unlisten(f, listener, PORT);
}

static void packets_for_nobody_are_reset_but_resets_are_not(void **state)
{
	struct fixture *f = *state;

	for (uint16_t op = 0; op < 12; op++) {
		send_op(f, op, GUEST, PORT);
		if (op == VSOCK_OP_RST)
			assert_false(received(f));
		else
			receives(f, VSOCK_OP_RST, GUEST, PORT);
	}
	assert_int_equal(f->vs.conns, 0);
}

static void types_other_than_stream_are_reset(void **state)
{
	struct fixture *f = *state;
	struct vsock_header h = from_guest(VSOCK_OP_REQUEST, GUEST, PORT);
	int listener = host_listen(f, PORT);

	h.type = 2;
	send_raw(f, &h, NULL, 0);
	receives(f, VSOCK_OP_RST, GUEST, PORT);
	assert_int_equal(f->h.type, 2);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	host_unlisten(f, listener, PORT);
}

static void a_length_beyond_the_buffer_resets_the_connection(void **state)
{
	struct fixture *f = *state;
	static const uint32_t lengths[] = {5, 6, 65536, 0x7fffffff, 0xffffffff};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct vsock_header h = from_guest(VSOCK_OP_RW, GUEST, PORT);
		int fd = guest_connection(f, GUEST);

		h.len = lengths[i];
		send_raw(f, &h, "four", 4);
		receives(f, VSOCK_OP_RST, GUEST, PORT);
		assert_true(at_end(fd));
		close(fd);
	}
	assert_int_equal(f->vs.conns, 0);
}

static void a_packet_shorter_than_its_header_breaks_the_device(void **state)
{
	struct fixture *f = *state;
	struct driver_buf b = {TX_DATA, VSOCK_HEADER_BYTES - 1};
	int fd = guest_connection(f, GUEST);

	driver_add(&f->d, TX, &b, 1, 0);
	driver_kick(&f->d, TX);
	assert_true(driver_status(&f->d) & VIRTIO_STATUS_NEEDS_RESET);
	assert_int_equal(f->vs.conns, 0);
	assert_true(at_end(fd));
	close(fd);
	/* And after a reset it is as good as new. */
	start(f, RX_COUNT);
	fd = guest_connection(f, GUEST);
	close(fd);
}

static void a_receive_buffer_without_room_breaks_the_device(void **state)
{
	struct fixture *f = *state;
	struct driver_buf b = {RX_DATA, VSOCK_HEADER_BYTES};

	driver_add(&f->d, RX, &b, 0, 1);
	send_op(f, VSOCK_OP_REQUEST, GUEST, PORT);
	assert_true(driver_status(&f->d) & VIRTIO_STATUS_NEEDS_RESET);
}

static void unknown_operations_end_their_connection_only(void **state)
{
	struct fixture *f = *state;
	int other = guest_connection(f, 1);

	static const uint16_t ops[] = {0, 1, 2, 8, 255, 0xffff};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		int fd = guest_connection(f, GUEST);

		send_op(f, ops[i], GUEST, PORT);
		receives(f, VSOCK_OP_RST, GUEST, PORT);
		assert_true(at_end(fd));
		close(fd);
	}
	assert_int_equal(f->vs.conns, 1);
	close(other);
}

static void data_beyond_the_credit_resets_the_connection(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);
	static uint8_t block[4096];
	bool reset = false;

	/* The host reads nothing; an honest guest would stop at the credit it was given. */
	for (unsigned int i = 0; i < 1000 && !reset; i++) {
		send_data(f, GUEST, PORT, 0, block, sizeof(block));
		while (received(f))
			reset |= f->h.op == VSOCK_OP_RST;
	}
	assert_true(reset);
	assert_int_equal(f->vs.conns, 0);
	close(fd);
}

static void lines_that_are_no_connect_are_hung_up_on(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = {"\n", "CONNECT\n", "CONNECT \n", "CONNECT x\n",
		"CONNECT 4294967296\n", "CONNECT -1\n", "CONNECT 1 2\n", "CONNECT 0x10\n",
		" CONNECT 1\n", "GET / HTTP/1.1\r\n", "CONNECT 000000000000000000000000000000001\n",
		"no newline in the first thirty-two bytes of it", "CONNECT 99999999999999999999\n"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = host_connect(f, bad[i]);

		assert_true(at_end(fd));
		assert_int_equal(f->vs.conns, 0);
		close(fd);
	}
	assert_false(received(f));
}

static void a_refusal_of_the_guest_hangs_up(void **state)
{
	struct fixture *f = *state;
	int fd = host_connect(f, "CONNECT 5678\n");

	assert_true(received(f));
	send_op(f, VSOCK_OP_RST, GUEST, f->h.src_port);
	assert_true(at_end(fd));
	assert_int_equal(f->vs.conns, 0);
	close(fd);
}

static void more_connections_than_the_pool_are_reset_and_room_comes_back(void **state)
{
	struct fixture *f = *state;
	int listener = host_listen(f, PORT);

	for (uint32_t i = 0; i < VSOCK_CONNECTIONS_MAX; i++) {
		send_op(f, VSOCK_OP_REQUEST, 1000 + i, PORT);
		receives(f, VSOCK_OP_RESPONSE, 1000 + i, PORT);
	}
	send_op(f, VSOCK_OP_REQUEST, 1, PORT);
	receives(f, VSOCK_OP_RST, 1, PORT);
	assert_int_equal(f->vs.conns, VSOCK_CONNECTIONS_MAX);
	assert_false(f->vs.listening); /* the host's wait in the backlog */
	send_op(f, VSOCK_OP_RST, 1000, PORT);
	assert_true(f->vs.listening);
	send_op(f, VSOCK_OP_REQUEST, 1, PORT);
	receives(f, VSOCK_OP_RESPONSE, 1, PORT);
	host_unlisten(f, listener, PORT);
}

static void a_guest_without_receive_buffers_is_made_to_wait(void **state)
{
	struct fixture *f = *state;
	struct driver_buf b = {TX_DATA, VSOCK_HEADER_BYTES}, rx = {RX_DATA, RX_BYTES};
	struct vsock_header h = from_guest(VSOCK_OP_RW, GUEST, PORT);
	uint32_t id, len;
	unsigned int done = 0, resets = 0;

	vsock_header_put(driver_ram(&f->d, TX_DATA, VSOCK_HEADER_BYTES), &h);
	for (unsigned int i = 0; i < 100; i++)
		driver_add(&f->d, TX, &b, 1, 0);
	driver_kick(&f->d, TX);
	while (driver_used(&f->d, TX, &id, &len))
		done++;
	assert_int_equal(done, VSOCK_RESETS_MAX);
	for (unsigned int i = 0; i < 128; i++)
		driver_add(&f->d, RX, &rx, 0, 1);
	driver_kick(&f->d, RX);
	while (driver_used(&f->d, TX, &id, &len))
		done++;
	while (driver_used(&f->d, RX, &id, &len))
		resets++;
	assert_int_equal(done, 100);
	assert_int_equal(resets, 100);
}

static void a_host_that_says_nothing_keeps_no_place_from_others(void **state)
{
	struct fixture *f = *state;
	int silent[VSOCK_CONNECTIONS_MAX + 1], listener, fd;
	uint32_t port;

	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
		silent[i] = host_connect(f, i % 2 ? "CONN" : NULL);
	assert_int_equal(f->vs.conns, VSOCK_CONNECTIONS_MAX);
	assert_true(f->vs.listening);
	/* One more program of the host, then the guest: each takes the place of the oldest. */
	fd = host_connection(f, &port);
	assert_true(at_end(silent[0]));
	assert_false(at_end(silent[1]));
	listener = host_listen(f, PORT);
	send_op(f, VSOCK_OP_REQUEST, GUEST, PORT);
	receives(f, VSOCK_OP_RESPONSE, GUEST, PORT);
	assert_true(at_end(silent[1]));
	assert_false(at_end(silent[2]));
	/* A port that nobody listens at costs nobody his place. */
	send_op(f, VSOCK_OP_REQUEST, GUEST, PORT + 1);
	receives(f, VSOCK_OP_RST, GUEST, PORT + 1);
	assert_false(at_end(silent[2]));
	assert_int_equal(f->vs.conns, VSOCK_CONNECTIONS_MAX);
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
		close(silent[i]);
	close(fd);
	host_unlisten(f, listener, PORT);
}

/* No descriptor above those in use; returns the limit before. */
static struct rlimit no_more_descriptors(void)
{
	struct rlimit before, now;
	int next = dup(STDERR_FILENO);

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = before;
	now.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before;
}

static int connect_only(struct fixture *f)
{
	struct sockaddr_un addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	address(&addr, f->path, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void without_descriptors_it_waits_and_does_not_spin(void **state)
{
	struct fixture *f = *state;
	int waiting = connect_only(f);
	struct rlimit before = no_more_descriptors();

	assert_int_equal(fake_host_run(&f->fh, 100), 1);
	assert_false(f->vs.listening);
	assert_non_null(strstr(f->fh.complaint, "ulimit"));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_false(at_end(waiting));
	driver_kick(&f->d, RX); /* any sign of life */
	fake_host_run(&f->fh, 100);
	assert_true(f->vs.listening);
	assert_int_equal(f->vs.conns, 1);
	close(waiting);
}

static void without_descriptors_the_silent_make_room(void **state)
{
	struct fixture *f = *state;
	int silent = host_connect(f, NULL), waiting = connect_only(f);
	struct rlimit before = no_more_descriptors();

	assert_true(fake_host_run(&f->fh, 100) < 5);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(at_end(silent));
	assert_false(at_end(waiting));
	assert_int_equal(f->vs.conns, 1);
	close(silent);
	close(waiting);
}

static void a_descriptor_that_comes_free_is_used_for_who_waits(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST), waiting = connect_only(f);
	struct rlimit before = no_more_descriptors();

	assert_int_equal(fake_host_run(&f->fh, 100), 1);
	assert_false(f->vs.listening);
	assert_int_equal(shutdown(fd, SHUT_RDWR), 0);
	fake_host_run(&f->fh, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(f->vs.listening);
	assert_int_equal(f->vs.conns, 1);
	close(fd);
	close(waiting);
}

/* ---- what works ---- */

static void the_guest_reaches_a_socket_of_the_host(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);
	char got[16];

	send_data(f, GUEST, PORT, 0, "ping", 4);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_memory_equal(got, "ping", 4);
	assert_int_equal(write(fd, "pong!", 5), 5);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_RW, GUEST, PORT);
	assert_int_equal(f->h.len, 5);
	assert_int_equal(f->h.fwd_cnt, 4);
	assert_memory_equal(f->payload, "pong!", 5);
	close(fd);
}

static void the_host_reaches_a_port_of_the_guest(void **state)
{
	struct fixture *f = *state;
	uint32_t port;
	int fd = host_connection(f, &port);
	char got[16];

	assert_int_equal(write(fd, "hello", 5), 5);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_RW, GUEST, port);
	assert_memory_equal(f->payload, "hello", 5);
	send_data(f, GUEST, port, 5, "world", 5);
	assert_int_equal(read(fd, got, sizeof(got)), 5);
	close(fd);
}

static void a_connect_line_may_come_in_pieces_with_data_behind_it(void **state)
{
	struct fixture *f = *state;
	int fd = host_connect(f, "con");
	uint32_t port;

	assert_int_equal(write(fd, "nect 56", 7), 7);
	fake_host_run(&f->fh, 100);
	assert_int_equal(write(fd, "78\r\nearly", 9), 9);
	fake_host_run(&f->fh, 100);
	assert_true(received(f));
	assert_int_equal(f->h.op, VSOCK_OP_REQUEST);
	port = f->h.src_port;
	assert_false(received(f)); /* no data before the answer */
	send_op(f, VSOCK_OP_RESPONSE, GUEST, port);
	receives(f, VSOCK_OP_RW, GUEST, port);
	assert_int_equal(f->h.len, 5);
	close(fd);
}

static void a_host_that_waits_for_the_driver_is_served_when_it_comes(void **state)
{
	struct fixture *f = *state;
	int fd;

	driver_set_status(&f->d, 0);
	fd = host_connect(f, "CONNECT 5678\n");
	assert_int_equal(f->vs.conns, 0);
	assert_false(at_end(fd));
	start(f, RX_COUNT);
	fake_host_run(&f->fh, 100);
	assert_true(received(f));
	assert_int_equal(f->h.op, VSOCK_OP_REQUEST);
	close(fd);
}

static void no_more_is_sent_than_the_guest_has_credit_for(void **state)
{
	struct fixture *f = *state;
	struct vsock_header h = from_guest(VSOCK_OP_CREDIT_UPDATE, GUEST, PORT);
	int fd = guest_connection(f, GUEST);
	char block[3000];
	uint32_t got = 0;

	memset(block, 'c', sizeof(block));
	h.buf_alloc = 1000;
	send_raw(f, &h, NULL, 0);
	assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	fake_host_run(&f->fh, 100);
	while (received(f))
		got += f->h.len;
	assert_int_equal(got, 1000);
	assert_int_equal(fake_host_run(&f->fh, 100), 0); /* and nobody spins */
	h.fwd_cnt = 600;
	send_raw(f, &h, NULL, 0);
	while (received(f))
		got += f->h.len;
	assert_int_equal(got, 1600);
	/* Counts that make no sense cost the guest its own credit. */
	h.fwd_cnt = 5000;
	send_raw(f, &h, NULL, 0);
	while (received(f))
		got += f->h.len;
	assert_int_equal(got, 1600);
	close(fd);
}

static void a_slow_host_gets_every_byte_once_and_the_guest_its_credit_back(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);
	static uint8_t block[4096], got[4096];
	uint32_t sent = 0, fwd = 0, seen = 0;

	for (unsigned int round = 0; round < 400; round++) {
		while (sent - fwd + sizeof(block) <= VSOCK_BUFFER_BYTES) {
			for (unsigned int i = 0; i < sizeof(block); i++)
				block[i] = (uint8_t)((sent + i) / 7);
			send_data(f, GUEST, PORT, 0, block, sizeof(block));
			sent += (uint32_t)sizeof(block);
			while (received(f)) {
				assert_int_equal(f->h.op, VSOCK_OP_CREDIT_UPDATE);
				fwd = f->h.fwd_cnt;
			}
		}
		for (ssize_t n; (n = read(fd, got, sizeof(got))) > 0; seen += (uint32_t)n)
			for (ssize_t i = 0; i < n; i++)
				assert_int_equal(got[i], (uint8_t)((seen + (uint32_t)i) / 7));
		fake_host_run(&f->fh, 100);
		while (received(f))
			fwd = f->h.fwd_cnt;
	}
	assert_true(seen > 4 * VSOCK_BUFFER_BYTES);
	close(fd);
}

static void a_credit_request_is_answered(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);

	send_op(f, VSOCK_OP_CREDIT_REQUEST, GUEST, PORT);
	receives(f, VSOCK_OP_CREDIT_UPDATE, GUEST, PORT);
	close(fd);
}

static void a_guest_that_closes_gets_a_reset_after_its_data_left(void **state)
{
	struct fixture *f = *state;
	struct vsock_header h = from_guest(VSOCK_OP_SHUTDOWN, GUEST, PORT);
	int fd = guest_connection(f, GUEST);
	char got[8];

	send_data(f, GUEST, PORT, 0, "last", 4);
	h.flags = VSOCK_SHUTDOWN_BOTH;
	send_raw(f, &h, NULL, 0);
	receives(f, VSOCK_OP_RST, GUEST, PORT);
	assert_int_equal(read(fd, got, sizeof(got)), 4);
	assert_true(at_end(fd));
	assert_int_equal(f->vs.conns, 0);
	close(fd);
}

static void a_half_closed_guest_still_hears_the_host(void **state)
{
	struct fixture *f = *state;
	struct vsock_header h = from_guest(VSOCK_OP_SHUTDOWN, GUEST, PORT);
	int fd = guest_connection(f, GUEST);

	h.flags = VSOCK_SHUTDOWN_SEND;
	send_raw(f, &h, NULL, 0);
	assert_true(at_end(fd));
	assert_int_equal(write(fd, "late", 4), 4);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_RW, GUEST, PORT);
	send_data(f, GUEST, PORT, 0, "no", 2); /* after its own shutdown */
	receives(f, VSOCK_OP_RST, GUEST, PORT);
	close(fd);
}

static void a_half_closed_host_still_hears_the_guest(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);
	char got[8];

	assert_int_equal(write(fd, "bye", 3), 3);
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_RW, GUEST, PORT);
	receives(f, VSOCK_OP_SHUTDOWN, GUEST, PORT);
	assert_int_equal(f->h.flags, VSOCK_SHUTDOWN_SEND);
	assert_int_equal(fake_host_run(&f->fh, 100), 0);
	send_data(f, GUEST, PORT, 0, "answer", 6);
	assert_int_equal(read(fd, got, sizeof(got)), 6);
	close(fd);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_SHUTDOWN, GUEST, PORT);
	receives(f, VSOCK_OP_RST, GUEST, PORT);
	assert_int_equal(f->vs.conns, 0);
}

static void a_host_that_closes_ends_the_connection_after_its_data(void **state)
{
	struct fixture *f = *state;
	int fd = guest_connection(f, GUEST);

	assert_int_equal(write(fd, "data", 4), 4);
	close(fd);
	fake_host_run(&f->fh, 100);
	receives(f, VSOCK_OP_RW, GUEST, PORT);
	receives(f, VSOCK_OP_SHUTDOWN, GUEST, PORT);
	assert_int_equal(f->h.flags, VSOCK_SHUTDOWN_BOTH);
	receives(f, VSOCK_OP_RST, GUEST, PORT);
	assert_false(received(f));
	assert_int_equal(f->vs.conns, 0);
}

static void a_reset_of_the_device_hangs_up_on_everybody(void **state)
{
	struct fixture *f = *state;
	uint32_t port;
	int a = guest_connection(f, GUEST), b = host_connection(f, &port);

	driver_set_status(&f->d, 0);
	assert_int_equal(f->vs.conns, 0);
	assert_true(at_end(a) && at_end(b));
	close(a);
	close(b);
}

static void configuration_holds_the_cid(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(driver_config_read(&f->d, 0, 4), 0x1053u << 16 | 0x1af4);
	assert_true(driver_read(&f->d, VIRTIO_BAR_DEVICE, 8) == CID);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refuses_options_that_make_no_sense),
		T(packets_of_other_cids_are_dropped),
		T(packets_for_nobody_are_reset_but_resets_are_not),
		T(types_other_than_stream_are_reset),
		T(a_length_beyond_the_buffer_resets_the_connection),
		T(a_packet_shorter_than_its_header_breaks_the_device),
		cmocka_unit_test_setup_teardown(a_receive_buffer_without_room_breaks_the_device,
			setup_without_buffers, teardown),
		T(unknown_operations_end_their_connection_only),
		T(data_beyond_the_credit_resets_the_connection),
		T(lines_that_are_no_connect_are_hung_up_on),
		T(a_refusal_of_the_guest_hangs_up),
		T(more_connections_than_the_pool_are_reset_and_room_comes_back),
		cmocka_unit_test_setup_teardown(a_guest_without_receive_buffers_is_made_to_wait,
			setup_without_buffers, teardown),
		T(a_host_that_says_nothing_keeps_no_place_from_others),
		T(without_descriptors_it_waits_and_does_not_spin),
		T(without_descriptors_the_silent_make_room),
		T(a_descriptor_that_comes_free_is_used_for_who_waits),
		T(the_guest_reaches_a_socket_of_the_host),
		T(the_host_reaches_a_port_of_the_guest),
		T(a_connect_line_may_come_in_pieces_with_data_behind_it),
		T(a_host_that_waits_for_the_driver_is_served_when_it_comes),
		T(no_more_is_sent_than_the_guest_has_credit_for),
		T(a_slow_host_gets_every_byte_once_and_the_guest_its_credit_back),
		T(a_credit_request_is_answered),
		T(a_guest_that_closes_gets_a_reset_after_its_data_left),
		T(a_half_closed_guest_still_hears_the_host),
		T(a_half_closed_host_still_hears_the_guest),
		T(a_host_that_closes_ends_the_connection_after_its_data),
		T(a_reset_of_the_device_hangs_up_on_everybody),
		T(configuration_holds_the_cid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
