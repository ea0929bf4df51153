/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Split virtqueue of virtio 1.x (sections 2.6 and 2.7 of 1.1; 2.7 and 2.8 of 1.2), device side. The
 * ring belongs to a hostile guest: every field is read once into our copy, every address goes
 * through guest_memory_at, every walk is bounded. A ring that breaks a rule makes the queue broken
 * until reset; it never makes the VMM stop, loop, or touch anything but guest RAM.
 *
 * System calls at run time: none.
 */
#ifndef HC_VMM_DEVICE_VIRTQUEUE_H
#define HC_VMM_DEVICE_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/error.h"
#include "vmm/guest_memory.h"

#define VIRTQUEUE_SIZE_MAX  256
#define VIRTQUEUE_CHAIN_MAX 128 /* descriptors in one chain, direct or indirect */

#define VIRTQ_DESC_SIZE       16
#define VIRTQ_DESC_F_NEXT     1
#define VIRTQ_DESC_F_WRITE    2
#define VIRTQ_DESC_F_INDIRECT 4

struct virtqueue {
	const struct guest_memory *mem;
	uint16_t size_max;
	/* What the driver wrote; checked by virtqueue_enable. */
	uint16_t size;
	uint64_t desc, avail, used; /* gpa of descriptor table, driver area, device area */
	/* State. */
	bool ready;
	bool broken;
	const char *why; /* of broken: one static sentence */
	bool event_idx;  /* VIRTIO_F_EVENT_IDX was negotiated */
	bool indirect;   /* VIRTIO_F_INDIRECT_DESC was negotiated */
	uint16_t next_avail, next_used;
	uint16_t signalled; /* next_used when the driver was last considered for an interrupt */
	uint16_t in_flight; /* popped and not yet pushed */
};

/* One request. iov holds the device-readable buffers, then the device-writable ones. */
struct virtqueue_chain {
	uint16_t head;
	unsigned int readable, writable; /* entries of iov */
	uint64_t readable_bytes, writable_bytes;
	struct iovec iov[VIRTQUEUE_CHAIN_MAX]; /* into guest RAM */
};

/* Zeroes the queue; size_max is a power of two up to VIRTQUEUE_SIZE_MAX. */
void virtqueue_init(struct virtqueue *vq, const struct guest_memory *mem, uint16_t size_max);
/* Back to the state after init: not ready, size at its maximum, no addresses. */
void virtqueue_reset(struct virtqueue *vq);

/*
 * Check size (power of two, at most size_max), alignment (16, 2 and 4) and that the three areas lie
 * in shared RAM, then make the queue ready. HC_ERANGE otherwise, and the queue stays disabled.
 */
HC_MUST_USE int virtqueue_enable(struct virtqueue *vq);

/*
 * Next request: 1 and `chain` filled, 0 if there is none (or the queue is not ready), HC_EFORMAT if
 * the ring is broken: nothing more will come out of it.
 */
HC_MUST_USE int virtqueue_pop(struct virtqueue *vq, struct virtqueue_chain *chain);
/* Put the request popped last back: the next pop returns it again. */
void virtqueue_unpop(struct virtqueue *vq);
/* Return a popped request; `written` bytes of its writable part are filled. */
void virtqueue_push(struct virtqueue *vq, uint16_t head, uint32_t written);
/* True once if the driver wants an interrupt for what was pushed since the last call. */
bool virtqueue_wants_interrupt(struct virtqueue *vq);
/* Ask for doorbells again, or (idle false) say that none are needed. A hint. */
void virtqueue_want_doorbell(struct virtqueue *vq, bool wanted);
/* True if a request waits; for the check after virtqueue_want_doorbell(vq, true). */
bool virtqueue_has_request(struct virtqueue *vq);

/* Copy out of the readable part / into the writable part. HC_ERANGE, with nothing copied, if it is
 * shorter than off + len. */
HC_MUST_USE int virtqueue_chain_read(
	const struct virtqueue_chain *chain, uint64_t off, void *out, size_t len);
HC_MUST_USE int virtqueue_chain_write(
	const struct virtqueue_chain *chain, uint64_t off, const void *data, size_t len);
/*
 * The piece [off, off + len) of the readable (or writable) part as iovecs. Returns the number of
 * entries of `out` filled (at most VIRTQUEUE_CHAIN_MAX), or HC_ERANGE.
 */
HC_MUST_USE int virtqueue_chain_slice(const struct virtqueue_chain *chain, bool writable,
	uint64_t off, uint64_t len, struct iovec *out);

#endif
