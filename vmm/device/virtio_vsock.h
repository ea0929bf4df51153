/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtio-vsock (virtio 1.1 section 5.10) to Unix sockets, with Firecracker's protocol:
 *   host to guest: connect to uds_path, send "CONNECT <port>\n", read "OK <host port>\n", talk;
 *   guest to host: a connection to CID 2, port P is one to the Unix socket "<uds_path>_<P>".
 * Streams only. Connections and buffers come from a fixed pool; a slow host reader costs the guest
 * credit, a slow guest costs the host its socket buffer, neither costs the VMM memory. Packets not
 * from guest_cid or not to CID 2 are dropped. A host program that connects and does not say where
 * to has its place only until somebody else wants it: the oldest such connection is hung up on.
 *
 * System calls at run time: accept4, socket(AF_UNIX, SOCK_STREAM), connect, recvmsg, recvfrom,
 * sendmsg, sendto, shutdown, close (and those of virtio_pci.h and host->ops->watch); unlink and
 * munmap in fini.
 */
#ifndef HC_VMM_DEVICE_VIRTIO_VSOCK_H
#define HC_VMM_DEVICE_VIRTIO_VSOCK_H

#include "vmm/device/virtio_pci.h"

#define VSOCK_CID_HOST        2
#define VSOCK_CID_GUEST_MIN   3
#define VSOCK_CID_GUEST_MAX   0xfffffffeu
#define VSOCK_CONNECTIONS_MAX 64
#define VSOCK_BUFFER_BYTES    65536 /* per connection, guest to host */
#define VSOCK_PATH_MAX        96    /* bytes of uds_path */
#define VSOCK_RESETS_MAX      64
#define VSOCK_LINE_MAX        32 /* "CONNECT 4294967295\n" is 19 */

enum vsock_state {
	VSOCK_FREE = 0,
	VSOCK_HANDSHAKE, /* the host connected; its CONNECT line is not complete */
	VSOCK_REQUESTED, /* asked the guest; no answer yet */
	VSOCK_OPEN,
	VSOCK_DYING, /* socket closed; waits for room to tell the guest */
};

/* One connection. The port pair is its name; the guest's word for either is never trusted. */
struct vsock_conn {
	struct virtio_vsock *vs;
	enum vsock_state state;
	int fd;
	uint64_t born;   /* smaller is older */
	uint32_t events; /* what the event loop watches for */
	uint32_t local_port, peer_port;
	uint32_t peer_buf_alloc, peer_fwd_cnt; /* as the guest said last */
	uint32_t sent;                         /* bytes to the guest */
	uint32_t fwd_cnt, fwd_told;            /* bytes of the guest that left for the socket */
	unsigned int owed;      /* packets to the guest: bits of virtio_vsock_conn.h */
	uint32_t shutdown_owed; /* flags of the owed SHUTDOWN */
	uint32_t peer_shutdown; /* flags of the guest's SHUTDOWNs */
	bool host_eof;
	char line[VSOCK_LINE_MAX];
	unsigned int line_len;
	uint8_t *buffer; /* VSOCK_BUFFER_BYTES, of the guest for the socket */
	uint32_t head, count;
};

struct virtio_vsock_options {
	uint64_t guest_cid;
	const char *uds_path; /* copied */
};

/* A reset owed to a connection that is not in the pool. */
struct vsock_reset {
	uint32_t local_port, peer_port;
	uint16_t type;
};

struct virtio_vsock {
	struct virtio_pci vp;
	uint64_t guest_cid;
	char uds_path[VSOCK_PATH_MAX + 1];
	bool bound; /* uds_path is ours to unlink */
	int listen_fd;
	bool listening;   /* watched: there is room for one more, or somebody to hang up on */
	bool no_accept;   /* the host has no descriptor for one more; until one of ours closes */
	bool rx_stalled;  /* the guest gave no receive buffers */
	bool tx_stalled;  /* packets wait until resets have left */
	uint8_t *buffers; /* one mapping made at init */
	struct vsock_conn conn[VSOCK_CONNECTIONS_MAX];
	unsigned int conns;
	uint64_t born;      /* connections so far */
	uint32_t next_port; /* of host-initiated connections */
	struct vsock_reset reset[VSOCK_RESETS_MAX];
	unsigned int resets;
	struct virtqueue_chain chain; /* the packet at hand */
	struct iovec iov[VIRTQUEUE_CHAIN_MAX];
};

/*
 * Creates the listening socket at uds_path (so: before the sandbox) and all memory. HC_EBUSY if the
 * path exists, HC_ERANGE for a path too long or a CID that is reserved, HC_EIO, HC_ENOMEM, and
 * those of virtio_pci_init.
 */
HC_MUST_USE int virtio_vsock_init(struct virtio_vsock *vs, const struct device_host *host,
	struct pci_root *root, unsigned int slot, const struct virtio_vsock_options *options,
	struct error *err);
/* Closes every connection, unlinks the path. Safe after a failed init or on a zeroed struct. */
void virtio_vsock_fini(struct virtio_vsock *vs);

#endif
