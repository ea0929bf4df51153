/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile guest on vsock, with one host process that listens at port 1 and one that dials in. The
 * first bytes of the input are what the dialling process says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/fake_stream.h"
#include "vmm/device/virtio_vsock.h"
#include "vmm/device/virtio_vsock_packet.h"

#define CID 5

static char path[64];

static void remove_sockets(void)
{
	char other[80];

	snprintf(other, sizeof(other), "%s_1", path);
	unlink(other);
	unlink(path);
}

static int unix_socket(struct sockaddr_un *addr, const char *suffix)
{
	*addr = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(addr->sun_path, sizeof(addr->sun_path), "%s%s", path, suffix);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int listen_at_1(void)
{
	struct sockaddr_un addr;
	int fd = unix_socket(&addr, "_1");

	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 64))
		abort();
	return fd;
}

static int dial(struct stream *s)
{
	struct sockaddr_un addr;
	int fd = unix_socket(&addr, "");
	uint8_t said[24];
	size_t n = stream_u8(s) % sizeof(said);

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		abort();
	for (size_t i = 0; i < n; i++)
		said[i] = stream_u8(s);
	if (n & 1)
		(void)!write(fd, "CONNECT 77\n", 11);
	(void)!write(fd, said, n);
	return fd;
}

/* A packet whose header is mostly sensible, so that the state machine gets further. */
static void packet(struct stream *s)
{
	static const uint32_t ports[] = {1, 2, 77, 0x40000000};
	uint8_t how = stream_u8(s), more = stream_u8(s);
	struct vsock_header h = {.src_cid = CID,
		.dst_cid = 2,
		.src_port = ports[how & 3],
		.dst_port = ports[how >> 2 & 3],
		.len = stream_u8(s),
		.type = 1,
		.op = more & 7,
		.flags = more >> 3 & 3,
		.buf_alloc = (uint32_t)stream_uint(s, 2),
		.fwd_cnt = stream_u8(s)};
	struct driver_buf b = {STREAM_DATA, VSOCK_HEADER_BYTES + (more & 0x20 ? 200u : 2000u)};

	if (more & 0x80)
		h.len = (uint32_t)stream_uint(s, 4);
	vsock_header_put(driver_ram(&s->d, STREAM_DATA, VSOCK_HEADER_BYTES), &h);
	if (how & 0x80)
		driver_add(&s->d, 0, &(struct driver_buf){STREAM_DATA + 0x4000, 512}, 0, 1);
	driver_add(&s->d, 1, &b, 1, 0);
	driver_write(&s->d, VIRTIO_BAR_NOTIFY + 4, 2, 1);
	driver_write(&s->d, VIRTIO_BAR_NOTIFY, 2, 0);
	fake_host_run(s->d.fh, 50);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fake_host fh;
	static struct virtio_vsock vs;
	struct virtio_vsock_options options = {.guest_cid = CID, .uds_path = path};
	int listener, dialled, accepted = -1;
	struct stream s;
	static char drop[512];

	snprintf(path, sizeof(path), "/tmp/hc-fuzz-vsock-%d", (int)getpid());
	remove_sockets();
	fake_host_init(&fh);
	if (virtio_vsock_init(&vs, &fh.host, &fh.pci, 1, &options, NULL))
		abort();
	listener = listen_at_1();
	stream_init(&s, &fh, 1, 3, data, len);
	dialled = dial(&s);
	stream_start(&s);
	while (s.len) {
		if (s.data[0] & 0x80)
			packet(&s);
		else if (!stream_step(&s))
			break;
		if (accepted < 0)
			accepted = accept(listener, NULL, NULL);
		(void)!recv(dialled, drop, sizeof(drop), MSG_DONTWAIT);
		if (s.len % 7 == 0)
			(void)!send(dialled, drop, 100, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (accepted >= 0 && s.len % 11 == 0)
			(void)!send(accepted, drop, 100, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (vs.conns > VSOCK_CONNECTIONS_MAX || vs.resets > VSOCK_RESETS_MAX)
			abort();
	}
	stream_check(&s);
	close(dialled);
	if (accepted >= 0)
		close(accepted);
	fake_host_run(&fh, 100);
	virtio_vsock_fini(&vs);
	close(listener);
	remove_sockets();
	if (fh.watches)
		abort();
	fake_host_fini(&fh);
	return 0;
}
