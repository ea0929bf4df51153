/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One vsock connection each: the guest's packets to the socket, the socket's bytes and end to
 * packets. The guest can end or starve its own connections and do nothing else.
 */
#include "vmm/device/virtio_vsock_conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Tell the guest of forwarded bytes when a quarter of its buffer is free again. */
#define CREDIT_STEP (VSOCK_BUFFER_BYTES / 4)

struct vsock_conn *vsock_conn_new(struct virtio_vsock *vs, enum vsock_state state, int fd)
{
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++) {
		struct vsock_conn *c = &vs->conn[i];

		if (c->state != VSOCK_FREE)
			continue;
		*c = (struct vsock_conn){.vs = vs,
			.state = state,
			.fd = fd,
			.born = vs->born++,
			.buffer = vs->buffers + (size_t)i * VSOCK_BUFFER_BYTES};
		vs->conns++;
		return c;
	}
	return NULL;
}

static void close_socket(struct vsock_conn *c)
{
	const struct device_host *host = c->vs->vp.host;

	if (c->fd < 0)
		return;
	host->ops->unwatch(host->ctx, c->fd);
	close(c->fd);
	c->fd = -1;
	c->events = 0;
	c->vs->no_accept = false;
}

void vsock_conn_free(struct vsock_conn *c)
{
	close_socket(c);
	c->state = VSOCK_FREE;
	c->vs->conns--;
}

static int oldest_unnamed(const struct virtio_vsock *vs)
{
	int oldest = -1;

	for (int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
		if (vs->conn[i].state == VSOCK_HANDSHAKE &&
			(oldest < 0 || vs->conn[i].born < vs->conn[oldest].born))
			oldest = i;
	return oldest;
}

bool vsock_conn_evictable(const struct virtio_vsock *vs)
{
	return oldest_unnamed(vs) >= 0;
}

bool vsock_conn_evict(struct virtio_vsock *vs)
{
	int oldest = oldest_unnamed(vs);

	if (oldest < 0)
		return false;
	vsock_conn_free(&vs->conn[oldest]);
	return true;
}

void vsock_conn_kill(struct vsock_conn *c, unsigned int owed)
{
	bool unknown = c->state == VSOCK_HANDSHAKE || c->owed & VSOCK_OWE_REQUEST;

	close_socket(c);
	if (unknown) {
		vsock_conn_free(c);
		return;
	}
	c->state = VSOCK_DYING;
	c->owed = (c->owed & (VSOCK_OWE_RESPONSE | VSOCK_OWE_SHUTDOWN)) | owed;
	c->shutdown_owed = VSOCK_SHUTDOWN_BOTH;
}

struct vsock_conn *vsock_conn_find(struct virtio_vsock *vs, uint32_t local_port, uint32_t peer_port)
{
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++) {
		struct vsock_conn *c = &vs->conn[i];

		if (c->state > VSOCK_HANDSHAKE && c->local_port == local_port &&
			c->peer_port == peer_port)
			return c;
	}
	return NULL;
}

int vsock_conn_dial(const struct virtio_vsock *vs, uint32_t port)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s_%u", vs->uds_path, port);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* ---- guest to socket ---- */

static ssize_t send_iov(int fd, struct iovec *iov, int n)
{
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = (size_t)n};
	ssize_t sent;

	do {
		sent = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 && errno == EAGAIN ? 0 : sent;
}

/* The guest's half is over once what it sent has left. */
static void finish_guest_side(struct vsock_conn *c)
{
	if (c->state != VSOCK_OPEN || c->count)
		return;
	if (c->peer_shutdown == VSOCK_SHUTDOWN_BOTH)
		vsock_conn_kill(c, VSOCK_OWE_RST);
	else if (c->peer_shutdown & VSOCK_SHUTDOWN_SEND)
		shutdown(c->fd, SHUT_WR);
}

static void forwarded(struct vsock_conn *c, uint32_t bytes)
{
	c->fwd_cnt += bytes;
	if (c->fwd_cnt - c->fwd_told >= CREDIT_STEP)
		c->owed |= VSOCK_OWE_CREDIT;
}

static void flush(struct vsock_conn *c)
{
	uint32_t first = VSOCK_BUFFER_BYTES - c->head;
	struct iovec iov[2];
	ssize_t sent;

	if (first > c->count)
		first = c->count;
	iov[0] = (struct iovec){c->buffer + c->head, first};
	iov[1] = (struct iovec){c->buffer, c->count - first};
	sent = send_iov(c->fd, iov, 2);
	if (sent < 0) {
		vsock_conn_kill(c, VSOCK_OWE_RST);
		return;
	}
	c->count -= (uint32_t)sent;
	/* Starting over at the front keeps the pages in use few. */
	c->head = c->count ? (c->head + (uint32_t)sent) % VSOCK_BUFFER_BYTES : 0;
	forwarded(c, (uint32_t)sent);
	finish_guest_side(c);
}

/* Append [off, off + len) of the packet's payload; there is room. */
static void keep(struct vsock_conn *c, uint64_t off, uint32_t len)
{
	uint32_t tail = (c->head + c->count) % VSOCK_BUFFER_BYTES;
	uint32_t first = VSOCK_BUFFER_BYTES - tail < len ? VSOCK_BUFFER_BYTES - tail : len;
	const struct virtqueue_chain *chain = &c->vs->chain;

	if (virtqueue_chain_read(chain, off, c->buffer + tail, first) ||
		virtqueue_chain_read(chain, off + first, c->buffer, len - first)) {
		vsock_conn_kill(c, VSOCK_OWE_RST);
		return;
	}
	c->count += len;
}

static void data(struct vsock_conn *c, uint32_t len)
{
	struct iovec *iov = c->vs->iov;
	ssize_t sent = 0;
	int n;

	if (len == 0)
		return;
	if (len > VSOCK_BUFFER_BYTES - c->count || c->peer_shutdown & VSOCK_SHUTDOWN_SEND) {
		virtio_pci_note(&c->vs->vp, "data beyond the credit or after its shutdown");
		vsock_conn_kill(c, VSOCK_OWE_RST);
		return;
	}
	n = virtqueue_chain_slice(&c->vs->chain, false, VSOCK_HEADER_BYTES, len, iov);
	if (n > 0 && c->count == 0)
		sent = send_iov(c->fd, iov, n);
	if (n < 0 || sent < 0) {
		vsock_conn_kill(c, VSOCK_OWE_RST);
		return;
	}
	forwarded(c, (uint32_t)sent);
	if ((uint32_t)sent < len)
		keep(c, VSOCK_HEADER_BYTES + (uint64_t)sent, len - (uint32_t)sent);
}

static void opened(struct vsock_conn *c)
{
	char ok[24];
	int n = snprintf(ok, sizeof(ok), "OK %u\n", c->local_port);

	c->state = VSOCK_OPEN;
	if (send(c->fd, ok, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT) != n)
		vsock_conn_kill(c, VSOCK_OWE_RST);
}

static void guest_shutdown(struct vsock_conn *c, uint32_t flags)
{
	c->peer_shutdown |= flags & VSOCK_SHUTDOWN_BOTH;
	if (c->peer_shutdown == VSOCK_SHUTDOWN_RECEIVE)
		shutdown(c->fd, SHUT_RD);
	finish_guest_side(c);
}

static void packet_when_open(struct vsock_conn *c, const struct vsock_header *h)
{
	switch (h->op) {
	case VSOCK_OP_RW:
		data(c, h->len);
		break;
	case VSOCK_OP_SHUTDOWN:
		guest_shutdown(c, h->flags);
		break;
	case VSOCK_OP_CREDIT_REQUEST:
		c->owed |= VSOCK_OWE_CREDIT;
		break;
	case VSOCK_OP_CREDIT_UPDATE:
		break;
	default:
		vsock_conn_kill(c, VSOCK_OWE_RST);
	}
}

void vsock_conn_packet(struct vsock_conn *c, const struct vsock_header *h)
{
	if (h->op == VSOCK_OP_RST) {
		vsock_conn_free(c);
		return;
	}
	c->peer_buf_alloc = h->buf_alloc;
	c->peer_fwd_cnt = h->fwd_cnt;
	if (c->state == VSOCK_DYING)
		return;
	if (c->state == VSOCK_OPEN)
		packet_when_open(c, h);
	else if (h->op == VSOCK_OP_RESPONSE && !(c->owed & VSOCK_OWE_REQUEST))
		opened(c);
	else
		vsock_conn_kill(c, VSOCK_OWE_RST);
}

/* ---- socket to guest ---- */

/* "CONNECT <port>", as Firecracker reads it: the word in any case. */
static bool parse_connect(const char *line, uint32_t *port)
{
	static const char word[] = "connect ";
	uint64_t n = 0;

	if (strncasecmp(line, word, sizeof(word) - 1) != 0)
		return false;
	line += sizeof(word) - 1;
	if (*line == '\0')
		return false;
	for (; *line; line++) {
		if (*line < '0' || *line > '9')
			return false;
		n = n * 10 + (uint64_t)(*line - '0');
		if (n > UINT32_MAX)
			return false;
	}
	*port = (uint32_t)n;
	return true;
}

static uint32_t fresh_port(struct virtio_vsock *vs)
{
	for (;;) {
		uint32_t port = vs->next_port++ | 0x40000000;
		bool taken = false;

		for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
			taken |= vs->conn[i].state > VSOCK_HANDSHAKE &&
				 vs->conn[i].local_port == port;
		if (!taken)
			return port;
	}
}

static void line_complete(struct vsock_conn *c)
{
	uint32_t port;

	if (c->line_len && c->line[c->line_len - 1] == '\r')
		c->line_len--;
	c->line[c->line_len] = '\0';
	if (memchr(c->line, '\0', c->line_len) || !parse_connect(c->line, &port)) {
		vsock_conn_free(c);
		return;
	}
	c->local_port = fresh_port(c->vs);
	c->peer_port = port;
	c->state = VSOCK_REQUESTED;
	c->owed = VSOCK_OWE_REQUEST;
}

/* Looks first and takes no more than the line, since data may follow it at once. */
static void read_line(struct vsock_conn *c)
{
	size_t room = VSOCK_LINE_MAX - 1 - c->line_len;
	char *at = c->line + c->line_len;
	ssize_t n = recv(c->fd, at, room, MSG_PEEK | MSG_DONTWAIT);
	const char *end;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	end = n > 0 ? memchr(at, '\n', (size_t)n) : NULL;
	if (n <= 0 || (!end && (size_t)n == room)) {
		vsock_conn_free(c);
		return;
	}
	if (end)
		n = end - at + 1;
	if (recv(c->fd, at, (size_t)n, MSG_DONTWAIT) != n) {
		vsock_conn_free(c);
		return;
	}
	c->line_len += (unsigned int)n - (end ? 1 : 0);
	if (end)
		line_complete(c);
}

void vsock_conn_ready(struct vsock_conn *c, uint32_t events)
{
	if (c->state == VSOCK_HANDSHAKE) {
		read_line(c);
		return;
	}
	if (c->state == VSOCK_OPEN && events & EPOLLOUT && c->count)
		flush(c);
	if (!(events & EPOLLHUP))
		return;
	if (c->state == VSOCK_REQUESTED)
		vsock_conn_kill(c, VSOCK_OWE_RST);
	else if (c->state == VSOCK_OPEN &&
		 (c->host_eof || c->peer_shutdown & VSOCK_SHUTDOWN_RECEIVE))
		vsock_conn_kill(c, VSOCK_OWE_SHUTDOWN | VSOCK_OWE_RST);
}

static uint32_t credit(const struct vsock_conn *c)
{
	uint32_t in_flight = c->sent - c->peer_fwd_cnt;

	return in_flight < c->peer_buf_alloc ? c->peer_buf_alloc - in_flight : 0;
}

bool vsock_conn_readable(const struct vsock_conn *c)
{
	return c->state == VSOCK_OPEN && !c->owed && !c->host_eof &&
	       !(c->peer_shutdown & VSOCK_SHUTDOWN_RECEIVE) && credit(c) > 0;
}

static void end_of_input(struct vsock_conn *c, bool hung_up)
{
	c->host_eof = true;
	if (hung_up) {
		vsock_conn_kill(c, VSOCK_OWE_SHUTDOWN | VSOCK_OWE_RST);
		return;
	}
	c->shutdown_owed = VSOCK_SHUTDOWN_SEND;
	c->owed |= VSOCK_OWE_SHUTDOWN;
}

uint32_t vsock_conn_read(struct vsock_conn *c, bool hung_up)
{
	struct virtio_vsock *vs = c->vs;
	uint64_t room = vs->chain.writable_bytes - VSOCK_HEADER_BYTES;
	struct msghdr msg = {.msg_iov = vs->iov};
	ssize_t got;
	int n;

	if (room > credit(c))
		room = credit(c);
	if (room > VSOCK_BUFFER_BYTES)
		room = VSOCK_BUFFER_BYTES;
	n = virtqueue_chain_slice(&vs->chain, true, VSOCK_HEADER_BYTES, room, vs->iov);
	if (n <= 0)
		return 0;
	msg.msg_iovlen = (size_t)n;
	got = recvmsg(c->fd, &msg, MSG_DONTWAIT);
	if (got > 0) {
		c->sent += (uint32_t)got;
		return (uint32_t)got;
	}
	if (got == 0)
		end_of_input(c, hung_up);
	else if (errno != EAGAIN && errno != EINTR)
		vsock_conn_kill(c, VSOCK_OWE_RST);
	return 0;
}

void vsock_conn_header(struct vsock_conn *c, struct vsock_header *h, enum vsock_op op, uint32_t len)
{
	*h = (struct vsock_header){.src_cid = VSOCK_CID_HOST,
		.dst_cid = c->vs->guest_cid,
		.src_port = c->local_port,
		.dst_port = c->peer_port,
		.len = len,
		.type = VSOCK_TYPE_STREAM,
		.op = (uint16_t)op,
		.buf_alloc = VSOCK_BUFFER_BYTES,
		.fwd_cnt = c->fwd_cnt};
	c->fwd_told = c->fwd_cnt;
	c->owed &= ~VSOCK_OWE_CREDIT; /* every packet carries it */
}

bool vsock_conn_owed(struct vsock_conn *c, struct vsock_header *h)
{
	static const enum vsock_op op[] = {VSOCK_OP_REQUEST, VSOCK_OP_RESPONSE,
		VSOCK_OP_CREDIT_UPDATE, VSOCK_OP_SHUTDOWN, VSOCK_OP_RST};
	unsigned int lowest;

	if (c->state == VSOCK_FREE || !c->owed)
		return false;
	lowest = (unsigned int)__builtin_ctz(c->owed);
	c->owed &= ~(1u << lowest);
	vsock_conn_header(c, h, op[lowest], 0);
	if (op[lowest] == VSOCK_OP_SHUTDOWN)
		h->flags = c->shutdown_owed;
	if (c->state == VSOCK_DYING && !c->owed)
		vsock_conn_free(c);
	return true;
}

uint32_t vsock_conn_events(const struct vsock_conn *c)
{
	uint32_t events = 0;

	if (c->state == VSOCK_HANDSHAKE)
		return EPOLLIN;
	if (c->state == VSOCK_REQUESTED)
		return EPOLLHUP;
	if (c->state != VSOCK_OPEN)
		return 0;
	if (c->count)
		events |= EPOLLOUT;
	if (vsock_conn_readable(c) && !c->vs->rx_stalled)
		events |= EPOLLIN;
	/* Where a hang-up is all that is left to hear of; elsewhere it would be heard for ever. */
	if (c->host_eof || c->peer_shutdown & VSOCK_SHUTDOWN_RECEIVE)
		events |= EPOLLHUP;
	return events;
}
