/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Split virtqueues, device side, against a hostile driver. Nothing is read from the ring twice, no
 * index leaves a ring, no walk is longer than VIRTQUEUE_CHAIN_MAX.
 */
#include "vmm/device/virtqueue.h"

#include <string.h>

#include "common/bytes.h"

/* Layout of driver and device area, virtio 1.1 sections 2.6.6 and 2.6.8. */
#define AVAIL_FLAGS  0
#define AVAIL_IDX    2
#define AVAIL_RING   4
#define USED_FLAGS   0
#define USED_IDX     2
#define USED_RING    4
#define USED_ELEM    8
#define NO_INTERRUPT 1 /* avail->flags */
#define NO_NOTIFY    1 /* used->flags */
#define RING_TAIL    2 /* used_event, avail_event */
#define CHAIN_BYTES  UINT32_MAX

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

/* A table of descriptors being walked: the ring's own, or an indirect one. */
struct walk {
	uint64_t table;
	uint32_t count;
	bool indirect;
};

void virtqueue_init(struct virtqueue *vq, const struct guest_memory *mem, uint16_t size_max)
{
	*vq = (struct virtqueue){.mem = mem, .size_max = size_max, .size = size_max};
}

void virtqueue_reset(struct virtqueue *vq)
{
	virtqueue_init(vq, vq->mem, vq->size_max);
}

static int fail(struct virtqueue *vq, const char *why)
{
	vq->broken = true;
	vq->why = why;
	return HC_EFORMAT;
}

/*
 * Ring indices and flags are single 16-bit accesses, as the driver's are. Both areas are at least
 * 2-aligned (virtqueue_enable) and guest RAM is page aligned, so the pointers are too.
 */
static bool load16(const struct virtqueue *vq, uint64_t gpa, uint16_t *value)
{
	const uint16_t *p = guest_memory_at(vq->mem, gpa, sizeof(*p));

	if (!p)
		return false;
	*value = __atomic_load_n(p, __ATOMIC_ACQUIRE);
	return true;
}

static bool store16(const struct virtqueue *vq, uint64_t gpa, uint16_t value)
{
	uint16_t *p = guest_memory_at(vq->mem, gpa, sizeof(*p));

	if (!p)
		return false;
	__atomic_store_n(p, value, __ATOMIC_RELEASE);
	return true;
}

static bool area_ok(const struct virtqueue *vq, uint64_t gpa, uint64_t align, uint64_t len)
{
	return gpa % align == 0 && guest_memory_at(vq->mem, gpa, len) != NULL;
}

int virtqueue_enable(struct virtqueue *vq)
{
	uint64_t n = vq->size;

	if (n == 0 || n > vq->size_max || n & (n - 1))
		return HC_ERANGE;
	if (!area_ok(vq, vq->desc, 16, n * VIRTQ_DESC_SIZE) ||
		!area_ok(vq, vq->avail, 2, AVAIL_RING + 2 * n + RING_TAIL) ||
		!area_ok(vq, vq->used, 4, USED_RING + USED_ELEM * n + RING_TAIL))
		return HC_ERANGE;
	vq->ready = true;
	return 0;
}

static bool read_desc(const struct virtqueue *vq, uint64_t gpa, struct desc *d)
{
	uint8_t raw[VIRTQ_DESC_SIZE];

	if (guest_memory_read(vq->mem, gpa, raw, sizeof(raw)))
		return false;
	d->addr = get_le64(raw);
	d->len = get_le32(raw + 8);
	d->flags = get_le16(raw + 12);
	d->next = get_le16(raw + 14);
	return true;
}

static int add_buffer(struct virtqueue *vq, struct virtqueue_chain *chain, const struct desc *d)
{
	bool write = d->flags & VIRTQ_DESC_F_WRITE;
	unsigned int n = chain->readable + chain->writable;
	void *host;

	if (!write && chain->writable)
		return fail(vq, "a readable descriptor follows a writable one");
	if (d->len == 0)
		return 0;
	if (d->len > CHAIN_BYTES - (chain->readable_bytes + chain->writable_bytes))
		return fail(vq, "a chain holds more than 4 GiB");
	host = guest_memory_at(vq->mem, d->addr, d->len);
	if (!host)
		return fail(vq, "a descriptor lies outside the guest's shared memory");
	chain->iov[n] = (struct iovec){.iov_base = host, .iov_len = d->len};
	if (write) {
		chain->writable++;
		chain->writable_bytes += d->len;
	} else {
		chain->readable++;
		chain->readable_bytes += d->len;
	}
	return 0;
}

static int enter_indirect(struct virtqueue *vq, struct walk *w, const struct desc *d)
{
	if (!vq->indirect)
		return fail(vq, "an indirect descriptor without the feature");
	if (w->indirect)
		return fail(vq, "an indirect table inside an indirect table");
	if (d->flags & VIRTQ_DESC_F_NEXT)
		return fail(vq, "an indirect descriptor has a successor");
	if (d->len == 0 || d->len % VIRTQ_DESC_SIZE ||
		d->len / VIRTQ_DESC_SIZE > VIRTQUEUE_CHAIN_MAX)
		return fail(vq, "an indirect table has a size that is not allowed");
	if (!guest_memory_at(vq->mem, d->addr, d->len))
		return fail(vq, "an indirect table lies outside the guest's shared memory");
	*w = (struct walk){d->addr, d->len / VIRTQ_DESC_SIZE, true};
	return 0;
}

static int walk_chain(struct virtqueue *vq, struct virtqueue_chain *chain)
{
	struct walk w = {vq->desc, vq->size, false};
	uint32_t at = chain->head;

	for (unsigned int seen = 0; seen < VIRTQUEUE_CHAIN_MAX; seen++) {
		struct desc d;
		int rc;

		if (at >= w.count)
			return fail(vq, "a descriptor index is outside its table");
		if (!read_desc(vq, w.table + (uint64_t)at * VIRTQ_DESC_SIZE, &d))
			return fail(vq, "the descriptor table is no longer shared memory");
		if (d.flags & VIRTQ_DESC_F_INDIRECT) {
			rc = enter_indirect(vq, &w, &d);
			if (rc)
				return rc;
			at = 0;
			continue;
		}
		rc = add_buffer(vq, chain, &d);
		if (rc || !(d.flags & VIRTQ_DESC_F_NEXT))
			return rc;
		at = d.next;
	}
	return fail(vq, "a descriptor chain is too long, or a loop");
}

int virtqueue_pop(struct virtqueue *vq, struct virtqueue_chain *chain)
{
	uint16_t idx, waiting;
	int rc;

	if (!vq->ready)
		return 0;
	if (vq->broken)
		return HC_EFORMAT;
	if (!load16(vq, vq->avail + AVAIL_IDX, &idx))
		return fail(vq, "the driver area is no longer shared memory");
	waiting = (uint16_t)(idx - vq->next_avail);
	if (waiting == 0)
		return 0;
	if (waiting > vq->size - vq->in_flight)
		return fail(vq, "the available index is ahead by more than the queue holds");
	chain->readable = chain->writable = 0;
	chain->readable_bytes = chain->writable_bytes = 0;
	if (!load16(vq, vq->avail + AVAIL_RING + 2ull * (vq->next_avail % vq->size), &chain->head))
		return fail(vq, "the driver area is no longer shared memory");
	rc = walk_chain(vq, chain);
	if (rc)
		return rc;
	vq->next_avail++;
	vq->in_flight++;
	return 1;
}

void virtqueue_unpop(struct virtqueue *vq)
{
	vq->next_avail--;
	vq->in_flight--;
}

void virtqueue_push(struct virtqueue *vq, uint16_t head, uint32_t written)
{
	uint8_t elem[USED_ELEM];
	uint64_t at = vq->used + USED_RING + (uint64_t)USED_ELEM * (vq->next_used % vq->size);

	if (!vq->ready || vq->broken || !vq->in_flight)
		return;
	put_le32(elem, head);
	put_le32(elem + 4, written);
	if (guest_memory_write(vq->mem, at, elem, sizeof(elem)) ||
		!store16(vq, vq->used + USED_IDX, (uint16_t)(vq->next_used + 1))) {
		(void)fail(vq, "the device area is no longer shared memory");
		return;
	}
	vq->next_used++;
	vq->in_flight--;
}

bool virtqueue_wants_interrupt(struct virtqueue *vq)
{
	uint16_t since = (uint16_t)(vq->next_used - vq->signalled);
	uint16_t word;

	if (!vq->ready || vq->broken || since == 0)
		return false;
	vq->signalled = vq->next_used;
	/* The driver writes its wish, then looks at used->idx; we wrote that, then look here. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!vq->event_idx)
		return load16(vq, vq->avail + AVAIL_FLAGS, &word) && !(word & NO_INTERRUPT);
	if (!load16(vq, vq->avail + AVAIL_RING + 2ull * vq->size, &word))
		return false;
	/* Section 2.6.7.2: used_event was passed by this batch. */
	return (uint16_t)(vq->next_used - word - 1) < since;
}

void virtqueue_want_doorbell(struct virtqueue *vq, bool wanted)
{
	if (!vq->ready || vq->broken)
		return;
	if (!vq->event_idx)
		(void)store16(vq, vq->used + USED_FLAGS, wanted ? 0 : NO_NOTIFY);
	else if (wanted)
		(void)store16(
			vq, vq->used + USED_RING + (uint64_t)USED_ELEM * vq->size, vq->next_avail);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

bool virtqueue_has_request(struct virtqueue *vq)
{
	uint16_t idx;

	return vq->ready && !vq->broken && load16(vq, vq->avail + AVAIL_IDX, &idx) &&
	       idx != vq->next_avail;
}

int virtqueue_chain_slice(const struct virtqueue_chain *chain, bool writable, uint64_t off,
	uint64_t len, struct iovec *out)
{
	const struct iovec *iov = chain->iov + (writable ? chain->readable : 0);
	unsigned int count = writable ? chain->writable : chain->readable;
	uint64_t total = writable ? chain->writable_bytes : chain->readable_bytes;
	int n = 0;

	if (off > total || len > total - off)
		return HC_ERANGE;
	for (unsigned int i = 0; i < count && len; i++) {
		uint64_t piece = iov[i].iov_len;

		if (off >= piece) {
			off -= piece;
			continue;
		}
		piece = piece - off < len ? piece - off : len;
		out[n++] = (struct iovec){(uint8_t *)iov[i].iov_base + off, (size_t)piece};
		len -= piece;
		off = 0;
	}
	return n;
}

int virtqueue_chain_read(const struct virtqueue_chain *chain, uint64_t off, void *out, size_t len)
{
	struct iovec iov[VIRTQUEUE_CHAIN_MAX];
	uint8_t *to = out;
	int n = virtqueue_chain_slice(chain, false, off, len, iov);

	for (int i = 0; i < n; i++) {
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
	return n < 0 ? n : 0;
}

int virtqueue_chain_write(
	const struct virtqueue_chain *chain, uint64_t off, const void *data, size_t len)
{
	struct iovec iov[VIRTQUEUE_CHAIN_MAX];
	const uint8_t *from = data;
	int n = virtqueue_chain_slice(chain, true, off, len, iov);

	for (int i = 0; i < n; i++) {
		memcpy(iov[i].iov_base, from, iov[i].iov_len);
		from += iov[i].iov_len;
	}
	return n < 0 ? n : 0;
}
