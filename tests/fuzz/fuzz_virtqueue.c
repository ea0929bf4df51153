/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queue whose every byte is the fuzzer's, and which changes between two looks: the input is guest
 * RAM, then words to put into it between pops.
 */
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/unit/fake_stream.h"

#define SIZE  16
#define DESC  0x0000ull
#define AVAIL 0x0100ull
#define USED  0x0200ull
#define HOT   0x0400u /* where the tables are */

static bool in_ram(const struct fake_host *fh, const struct iovec *iov)
{
	const uint8_t *p = iov->iov_base;

	if (p >= fh->low && p < fh->low + FAKE_LOW_SIZE) {
		uint64_t at = (uint64_t)(p - fh->low);

		return iov->iov_len <= FAKE_LOW_SIZE - at &&
		       (at + iov->iov_len <= STREAM_PRIVATE_GPA ||
			       at >= STREAM_PRIVATE_GPA + STREAM_PRIVATE_LEN);
	}
	return p >= fh->high && p < fh->high + FAKE_HIGH_SIZE &&
	       iov->iov_len <= (size_t)(fh->high + FAKE_HIGH_SIZE - p);
}

static void check_chain(const struct fake_host *fh, const struct virtqueue_chain *c)
{
	uint64_t readable = 0, writable = 0;

	if (c->readable + c->writable > VIRTQUEUE_CHAIN_MAX || c->head >= SIZE)
		abort();
	for (unsigned int i = 0; i < c->readable + c->writable; i++) {
		if (c->iov[i].iov_len == 0 || !in_ram(fh, &c->iov[i]))
			abort();
		if (i < c->readable)
			readable += c->iov[i].iov_len;
		else
			writable += c->iov[i].iov_len;
	}
	if (readable != c->readable_bytes || writable != c->writable_bytes ||
		readable + writable > UINT32_MAX)
		abort();
}

static void use(struct fake_host *fh, struct virtqueue *vq, struct stream *s)
{
	static struct virtqueue_chain chain;
	static uint8_t copy[4096];
	uint64_t off = stream_uint(s, 2), len = stream_uint(s, 2) % sizeof(copy);

	if (virtqueue_pop(vq, &chain) != 1)
		return;
	check_chain(fh, &chain);
	if (off & 1)
		virtqueue_unpop(vq);
	if (off & 1)
		return;
	(void)!virtqueue_chain_read(&chain, off, copy, len);
	if (off & 2)
		(void)!virtqueue_chain_write(&chain, off, copy, len);
	virtqueue_push(vq, chain.head, (uint32_t)len);
	(void)virtqueue_wants_interrupt(vq);
	virtqueue_want_doorbell(vq, off & 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fake_host fh;
	struct virtqueue vq;
	struct stream s;
	uint8_t how;

	fake_host_init(&fh);
	stream_init(&s, &fh, 1, 1, data, len);
	how = stream_u8(&s);
	for (unsigned int i = 0; i < HOT && s.len > 8; i++)
		fh.low[i] = stream_u8(&s);
	virtqueue_init(&vq, &fh.mem, 256);
	vq.size = SIZE;
	vq.desc = how & 8 ? FAKE_LOW_SIZE - 16 * SIZE : DESC;
	vq.avail = AVAIL;
	vq.used = USED;
	vq.indirect = how & 1;
	vq.event_idx = how & 2;
	if (virtqueue_enable(&vq))
		abort();
	for (unsigned int i = 0; i < 256; i++) {
		uint8_t raw[2];

		use(&fh, &vq, &s);
		if (s.len == 0)
			break;
		put_le16(raw, (uint16_t)stream_uint(&s, 2));
		memcpy(fh.low + stream_uint(&s, 2) % HOT, raw, 2);
		if (how & 4)
			vq.broken = false;
	}
	stream_check(&s);
	fake_host_fini(&fh);
	return 0;
}
