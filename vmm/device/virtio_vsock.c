/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vsock device: its queues, its listening socket, and which connection a packet is for. Nothing
 * is allocated after init; whatever is owed to the guest waits in the pool until the guest gives
 * receive buffers.
 */
#include "vmm/device/virtio_vsock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmm/device/virtio_vsock_conn.h"

#define QUEUE_RX    0
#define QUEUE_TX    1
#define QUEUES      3 /* and the event queue, which stays empty: no migration */
#define QUEUE_SIZE  128
#define BACKLOG     64
#define TX_BATCH    64 /* packets before other devices have a turn */
#define RX_BATCH    16 /* packets of one connection before the next has one */
#define F_STREAM    1ULL
#define POOL_BYTES  ((size_t)VSOCK_CONNECTIONS_MAX * VSOCK_BUFFER_BYTES)
#define CONFIG_SIZE 8

static void settle(struct virtio_vsock *vs);

/* A receive buffer in vs->chain; false, and stalled, if the guest has given none. */
static bool take_buffer(struct virtio_vsock *vs)
{
	struct virtqueue *vq = &vs->vp.queue[QUEUE_RX];
	int rc = virtqueue_pop(vq, &vs->chain);

	if (rc == 0) {
		virtqueue_want_doorbell(vq, true);
		rc = virtqueue_pop(vq, &vs->chain);
	}
	if (rc == 1 && vs->chain.writable_bytes < VSOCK_HEADER_BYTES + 1) {
		virtio_pci_broken(&vs->vp, "a receive buffer has no room for a packet");
		rc = HC_EFORMAT;
	}
	vs->rx_stalled = rc != 1;
	return rc == 1;
}

static void give_buffer(struct virtio_vsock *vs, const struct vsock_header *h)
{
	uint8_t raw[VSOCK_HEADER_BYTES];

	vsock_header_put(raw, h);
	if (virtqueue_chain_write(&vs->chain, 0, raw, sizeof(raw)))
		return;
	virtqueue_push(&vs->vp.queue[QUEUE_RX], vs->chain.head, VSOCK_HEADER_BYTES + h->len);
}

static void send_resets(struct virtio_vsock *vs)
{
	while (vs->resets && take_buffer(vs)) {
		const struct vsock_reset *r = &vs->reset[--vs->resets];
		struct vsock_header h = {.src_cid = VSOCK_CID_HOST,
			.dst_cid = vs->guest_cid,
			.src_port = r->local_port,
			.dst_port = r->peer_port,
			.type = r->type,
			.op = VSOCK_OP_RST};

		give_buffer(vs, &h);
	}
	if (vs->tx_stalled && !vs->resets) {
		vs->tx_stalled = false;
		virtio_pci_kick(&vs->vp, QUEUE_TX);
	}
}

static void send_owed(struct virtio_vsock *vs)
{
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++) {
		struct vsock_conn *c = &vs->conn[i];
		struct vsock_header h;

		while (c->state != VSOCK_FREE && c->owed && take_buffer(vs))
			if (vsock_conn_owed(c, &h))
				give_buffer(vs, &h);
	}
}

static void receive(struct vsock_conn *c, bool hung_up)
{
	struct virtio_vsock *vs = c->vs;
	struct vsock_header h;

	for (unsigned int i = 0; i < RX_BATCH; i++) {
		uint32_t len;

		if (!vsock_conn_readable(c) || !take_buffer(vs))
			return;
		len = vsock_conn_read(c, hung_up);
		if (len == 0) {
			virtqueue_unpop(&vs->vp.queue[QUEUE_RX]);
			return;
		}
		vsock_conn_header(c, &h, VSOCK_OP_RW, len);
		give_buffer(vs, &h);
	}
}

static void on_conn(void *dev, int fd, uint32_t events)
{
	struct vsock_conn *c = dev;
	struct virtio_vsock *vs = c->vs;

	(void)fd;
	if (c->state == VSOCK_OPEN && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(c, events & EPOLLHUP);
	vsock_conn_ready(c, events);
	settle(vs);
}

static bool has_room(const struct virtio_vsock *vs)
{
	return vs->conns < VSOCK_CONNECTIONS_MAX || vsock_conn_evictable(vs);
}

/* A new connection takes the place of the oldest that is not in use where it has to; else NULL. */
static struct vsock_conn *new_conn(struct virtio_vsock *vs, enum vsock_state state, int fd)
{
	if (vs->conns == VSOCK_CONNECTIONS_MAX)
		(void)vsock_conn_evict(vs);
	return vsock_conn_new(vs, state, fd);
}

/*
 * accept4 failed. The connection stays in the backlog and the listener readable: without room made,
 * or looking away, the event loop would come back at once for ever.
 */
static void accept_failed(struct virtio_vsock *vs, int reason)
{
	if (reason == EAGAIN || reason == EINTR || reason == ECONNABORTED)
		return;
	if (vsock_conn_evict(vs))
		return; /* and try again */
	vs->no_accept = true;
	virtio_pci_note(&vs->vp, "the host lacks a descriptor for one more connection: raise its "
				 "limits (ulimit -n)");
}

static void on_listen(void *dev, int fd, uint32_t events)
{
	struct virtio_vsock *vs = dev;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (conn < 0)
		accept_failed(vs, errno);
	else if (!new_conn(vs, VSOCK_HANDSHAKE, conn))
		close(conn);
	settle(vs);
}

static void watch_conn(struct vsock_conn *c)
{
	const struct device_host *host = c->vs->vp.host;
	uint32_t events = vsock_conn_events(c);

	if (c->fd < 0 || events == c->events)
		return;
	if (host->ops->watch(host->ctx, c->fd, events, on_conn, c))
		vsock_conn_kill(c, VSOCK_OWE_RST);
	else
		c->events = events;
}

static void watch_listener(struct virtio_vsock *vs, bool wanted)
{
	const struct device_host *host = vs->vp.host;

	if (wanted != vs->listening && host->ops->watch(host->ctx, vs->listen_fd,
					       wanted ? EPOLLIN : 0, on_listen, vs) == 0)
		vs->listening = wanted;
}

static void drop_all(struct virtio_vsock *vs)
{
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
		if (vs->conn[i].state != VSOCK_FREE)
			vsock_conn_free(&vs->conn[i]);
	vs->resets = 0;
	vs->rx_stalled = vs->tx_stalled = false;
}

/* After every event: say what is owed, and listen for what can be dealt with. */
static void settle(struct virtio_vsock *vs)
{
	if (virtio_pci_running(&vs->vp)) {
		send_resets(vs);
		send_owed(vs);
	}
	for (unsigned int q = 0; q < QUEUES; q++)
		if (vs->vp.queue[q].broken)
			virtio_pci_broken(&vs->vp, vs->vp.queue[q].why);
	if (!virtio_pci_running(&vs->vp))
		drop_all(vs);
	for (unsigned int i = 0; i < VSOCK_CONNECTIONS_MAX; i++)
		if (vs->conn[i].state != VSOCK_FREE)
			watch_conn(&vs->conn[i]);
	watch_listener(vs, virtio_pci_running(&vs->vp) && !vs->no_accept && has_room(vs));
	virtio_pci_signal(&vs->vp, QUEUE_RX);
	virtio_pci_signal(&vs->vp, QUEUE_TX);
}

static void owe_reset(struct virtio_vsock *vs, const struct vsock_header *h)
{
	vs->reset[vs->resets++] = (struct vsock_reset){h->dst_port, h->src_port, h->type};
}

static void request(struct virtio_vsock *vs, const struct vsock_header *h)
{
	int fd = has_room(vs) ? vsock_conn_dial(vs, h->dst_port) : -1;
	struct vsock_conn *c = fd < 0 ? NULL : new_conn(vs, VSOCK_OPEN, fd);

	if (!c) {
		owe_reset(vs, h);
		return;
	}
	c->local_port = h->dst_port;
	c->peer_port = h->src_port;
	c->peer_buf_alloc = h->buf_alloc;
	c->peer_fwd_cnt = h->fwd_cnt;
	c->owed = VSOCK_OWE_RESPONSE;
}

/* One packet of the guest. At most one reset becomes owed. */
static void packet(struct virtio_vsock *vs, const struct vsock_header *h)
{
	struct vsock_conn *c;

	if (h->src_cid != vs->guest_cid || h->dst_cid != VSOCK_CID_HOST) {
		virtio_pci_note(&vs->vp, "a packet from or to a CID that is not on this link");
		return;
	}
	c = h->type == VSOCK_TYPE_STREAM ? vsock_conn_find(vs, h->dst_port, h->src_port) : NULL;
	if (h->len > vs->chain.readable_bytes - VSOCK_HEADER_BYTES) {
		virtio_pci_note(&vs->vp, "a packet is shorter than its header says");
		if (c)
			vsock_conn_kill(c, VSOCK_OWE_RST);
	} else if (c) {
		vsock_conn_packet(c, h);
	} else if (h->type == VSOCK_TYPE_STREAM && h->op == VSOCK_OP_REQUEST) {
		request(vs, h);
	} else if (h->op != VSOCK_OP_RST) {
		owe_reset(vs, h);
	}
}

static void transmit(struct virtio_vsock *vs)
{
	struct virtqueue *vq = &vs->vp.queue[QUEUE_TX];
	unsigned int done = 0;

	while (vs->resets < VSOCK_RESETS_MAX && done++ < TX_BATCH &&
		virtqueue_pop(vq, &vs->chain) == 1) {
		uint8_t raw[VSOCK_HEADER_BYTES];
		struct vsock_header h;

		if (virtqueue_chain_read(&vs->chain, 0, raw, sizeof(raw))) {
			virtio_pci_broken(&vs->vp, "a packet is shorter than a header");
			return;
		}
		vsock_header_get(&h, raw);
		packet(vs, &h);
		virtqueue_push(vq, vs->chain.head, 0);
	}
	vs->tx_stalled = vs->resets == VSOCK_RESETS_MAX;
	virtqueue_want_doorbell(vq, true);
	if (!vs->tx_stalled && virtqueue_has_request(vq))
		virtio_pci_kick(&vs->vp, QUEUE_TX);
}

static void notify(void *dev, unsigned int queue)
{
	struct virtio_vsock *vs = dev;

	/* The guest is alive: a shortage of the whole host, not ours to end, may be over. */
	vs->no_accept = false;
	if (queue == QUEUE_TX)
		transmit(vs);
	else if (queue == QUEUE_RX)
		vs->rx_stalled = false;
	settle(vs);
}

static void started(void *dev)
{
	settle(dev);
}

static void reset(void *dev)
{
	settle(dev); /* not running any more */
}

static const struct virtio_ops vsock_ops = {
	.name = "virtio-vsock",
	.type = 19,
	.pci_class = 0x078000,
	.queues = QUEUES,
	.queue_size = QUEUE_SIZE,
	.started = started,
	.reset = reset,
	.notify = notify,
};

static int check_options(const struct virtio_vsock_options *o, struct error *err)
{
	if (o->guest_cid < VSOCK_CID_GUEST_MIN || o->guest_cid > VSOCK_CID_GUEST_MAX) {
		(void)error_fail(err, HC_ERANGE, "vsock.guest_cid", "%llu",
			(unsigned long long)o->guest_cid);
		return error_expected(err, "3 to 4294967294");
	}
	if (o->uds_path[0] == '\0' || strlen(o->uds_path) > VSOCK_PATH_MAX) {
		(void)error_fail(
			err, HC_ERANGE, "vsock.uds_path", "%zu bytes", strlen(o->uds_path));
		return error_expected(err, "1 to %d bytes", VSOCK_PATH_MAX);
	}
	return 0;
}

static int listen_at(struct virtio_vsock *vs, struct error *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	vs->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (vs->listen_fd < 0)
		return error_errno(err, "vsock socket", errno);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", vs->uds_path);
	if (bind(vs->listen_fd, (const struct sockaddr *)&addr, sizeof(addr))) {
		if (errno != EADDRINUSE)
			return error_errno(err, "vsock.uds_path", errno);
		(void)error_fail(err, HC_EBUSY, "vsock.uds_path", "%s exists", vs->uds_path);
		return error_remedy(err, "remove it if no other hc-vmm uses it");
	}
	vs->bound = true;
	if (listen(vs->listen_fd, BACKLOG))
		return error_errno(err, "vsock listen", errno);
	return 0;
}

static int make_pool(struct virtio_vsock *vs, struct error *err)
{
	void *pool = mmap(NULL, POOL_BYTES, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (pool == MAP_FAILED)
		return error_fail(err, HC_ENOMEM, "vsock buffers", "%zu bytes", POOL_BYTES);
	vs->buffers = pool;
	return 0;
}

int virtio_vsock_init(struct virtio_vsock *vs, const struct device_host *host,
	struct pci_root *root, unsigned int slot, const struct virtio_vsock_options *options,
	struct error *err)
{
	uint8_t config[CONFIG_SIZE];
	int rc;

	memset(vs, 0, sizeof(*vs));
	vs->listen_fd = -1;
	rc = check_options(options, err);
	if (rc)
		return rc;
	vs->guest_cid = options->guest_cid;
	snprintf(vs->uds_path, sizeof(vs->uds_path), "%s", options->uds_path);
	put_le64(config, vs->guest_cid);
	rc = make_pool(vs, err);
	if (!rc)
		rc = listen_at(vs, err);
	if (!rc)
		rc = virtio_pci_init(&vs->vp, host, root, slot, &vsock_ops, vs, F_STREAM, config,
			sizeof(config), err);
	if (rc)
		virtio_vsock_fini(vs);
	return rc;
}

void virtio_vsock_fini(struct virtio_vsock *vs)
{
	drop_all(vs);
	if (vs->vp.ops)
		vs->vp.host->ops->unwatch(vs->vp.host->ctx, vs->listen_fd);
	virtio_pci_fini(&vs->vp);
	if (vs->buffers) {
		close(vs->listen_fd);
		munmap(vs->buffers, POOL_BYTES);
	}
	if (vs->bound)
		unlink(vs->uds_path);
	memset(vs, 0, sizeof(*vs));
}
