/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections of virtio_vsock.c: sockets, credit, and what each owes the guest. Every function
 * leaves the connection in a state from which vsock_conn_events and the owed bits say what is next.
 */
#ifndef HC_VMM_DEVICE_VIRTIO_VSOCK_CONN_H
#define HC_VMM_DEVICE_VIRTIO_VSOCK_CONN_H

#include "vmm/device/virtio_vsock.h"
#include "vmm/device/virtio_vsock_packet.h"

/* vsock_conn.owed, in the order in which they leave. */
#define VSOCK_OWE_REQUEST  1u
#define VSOCK_OWE_RESPONSE 2u
#define VSOCK_OWE_CREDIT   4u
#define VSOCK_OWE_SHUTDOWN 8u
#define VSOCK_OWE_RST      16u

/* NULL if the pool is empty. `fd` is the connection's from then on. */
struct vsock_conn *vsock_conn_new(struct virtio_vsock *vs, enum vsock_state state, int fd);
/*
 * Hang up on the oldest connection that has not said where to (VSOCK_HANDSHAKE), so that a place
 * and a descriptor are free. False if there is none.
 */
bool vsock_conn_evict(struct virtio_vsock *vs);
/* Is there one that vsock_conn_evict would hang up on? */
bool vsock_conn_evictable(const struct virtio_vsock *vs);
/* Give it back to the pool at once; nothing is said to the guest. */
void vsock_conn_free(struct vsock_conn *c);
/* Close the socket; tell the guest `owed` (SHUTDOWN, RST), then free. */
void vsock_conn_kill(struct vsock_conn *c, unsigned int owed);
/* NULL if there is none; connections that the guest does not know of are never found. */
struct vsock_conn *vsock_conn_find(
	struct virtio_vsock *vs, uint32_t local_port, uint32_t peer_port);

/* Connect to "<uds_path>_<port>"; the descriptor, or -1. */
int vsock_conn_dial(const struct virtio_vsock *vs, uint32_t port);

/* A packet of the guest for this connection; the payload is behind the header of vs->chain. */
void vsock_conn_packet(struct vsock_conn *c, const struct vsock_header *h);

/* The socket is ready: CONNECT line, buffered bytes, hang-up. Not the data for the guest. */
void vsock_conn_ready(struct vsock_conn *c, uint32_t events);
/* May bytes be read from the socket for the guest now, as far as this connection goes? */
bool vsock_conn_readable(const struct vsock_conn *c);
/*
 * Read from the socket into the writable part of vs->chain behind the header. Bytes read; 0 if
 * there was nothing, or the end (which is dealt with).
 */
uint32_t vsock_conn_read(struct vsock_conn *c, bool hung_up);

/* Take the next owed packet: fills `h`, true; false if none is owed. The last may free `c`. */
bool vsock_conn_owed(struct vsock_conn *c, struct vsock_header *h);
/* Header of a packet with `len` bytes of data. */
void vsock_conn_header(
	struct vsock_conn *c, struct vsock_header *h, enum vsock_op op, uint32_t len);

/* EPOLL* bits to watch for. */
uint32_t vsock_conn_events(const struct vsock_conn *c);

#endif
