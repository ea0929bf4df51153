/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

#define PATTERN 0xc5

uint8_t stream_u8(struct stream *s)
{
	if (s->len == 0)
		return 0;
	s->len--;
	return *s->data++;
}

uint64_t stream_uint(struct stream *s, unsigned int bytes)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < bytes; i++)
		v |= (uint64_t)stream_u8(s) << (8 * i);
	return v;
}

void stream_init(struct stream *s, struct fake_host *fh, unsigned int slot, unsigned int queues,
	const uint8_t *data, size_t len)
{
	*s = (struct stream){.data = data, .len = len, .queues = queues};
	fh->private_gpa = STREAM_PRIVATE_GPA;
	fh->private_len = STREAM_PRIVATE_LEN;
	memset(fh->low + STREAM_PRIVATE_GPA, PATTERN, STREAM_PRIVATE_LEN);
	driver_probe(&s->d, fh, slot, DRIVER_BAR);
}

void stream_check(const struct stream *s)
{
	const uint8_t *p = s->d.fh->low + STREAM_PRIVATE_GPA;

	for (size_t i = 0; i < STREAM_PRIVATE_LEN; i++)
		if (p[i] != PATTERN)
			abort();
}

static uint64_t ring(unsigned int queue)
{
	return STREAM_RING + 0x4000ull * queue;
}

void stream_start(struct stream *s)
{
	uint64_t features = DRIVER_REQUIRED | (uint64_t)stream_u8(s) << 24;

	driver_probe(&s->d, s->d.fh, s->d.slot, DRIVER_BAR);
	if (!(driver_negotiate(&s->d, features & driver_offered(&s->d)) &
		    VIRTIO_STATUS_FEATURES_OK))
		abort();
	for (unsigned int q = 0; q < s->queues; q++)
		if (!driver_queue(&s->d, q, 16, ring(q)))
			abort();
	driver_set_status(&s->d, DRIVER_STATUS_OK);
}

static unsigned int size_of(uint8_t v)
{
	return 1u << (v & 3);
}

static void op_port(struct stream *s)
{
	static const uint16_t ports[] = {0xcf8, 0xcfc, 0xcfd, 0xcfe, 0xcff, 0xcf9, 0xcfa, 0xcfb};
	uint8_t how = stream_u8(s);
	uint16_t port = ports[how >> 4 & 7];

	if (how & 8)
		(void)bus_read(&s->d.fh->ports, port, size_of(how));
	else
		bus_write(&s->d.fh->ports, port, size_of(how), stream_uint(s, 4));
}

static void op_config(struct stream *s)
{
	uint8_t how = stream_u8(s), offset = stream_u8(s);

	if (how & 8)
		(void)driver_config_read(&s->d, offset, size_of(how));
	else
		driver_config_write(&s->d, offset, size_of(how), (uint32_t)stream_uint(s, 4));
}

static void op_mmio(struct stream *s)
{
	uint8_t how = stream_u8(s);
	uint64_t gpa = DRIVER_BAR + (stream_uint(s, 2) & (2 * VIRTIO_BAR_SIZE - 1));

	if (how & 8)
		(void)fake_host_mmio_read(s->d.fh, gpa, size_of(how));
	else
		fake_host_mmio_write(s->d.fh, gpa, size_of(how), stream_uint(s, 8));
}

/* A field of the common configuration, which random offsets rarely hit. */
static void op_common(struct stream *s)
{
	static const uint8_t fields[][2] = {{0x00, 4}, {0x08, 4}, {0x0c, 4}, {0x10, 2}, {0x14, 1},
		{0x16, 2}, {0x18, 2}, {0x1a, 2}, {0x1c, 2}, {0x20, 4}, {0x24, 4}, {0x28, 4},
		{0x2c, 4}, {0x30, 4}, {0x34, 4}, {0x30, 8}};
	const uint8_t *f = fields[stream_u8(s) & 15];

	driver_write(&s->d, f[0], f[1], stream_uint(s, f[1]));
}

/* An address that is likely to be near something. */
static uint64_t address(struct stream *s)
{
	static const uint64_t near[] = {STREAM_DATA, STREAM_RING, 0, FAKE_LOW_SIZE, FAKE_HIGH_GPA,
		FAKE_HIGH_GPA + FAKE_HIGH_SIZE, STREAM_PRIVATE_GPA,
		STREAM_PRIVATE_GPA + STREAM_PRIVATE_LEN, DRIVER_BAR, 0xfee00000, UINT64_MAX};
	uint8_t how = stream_u8(s);
	uint64_t base = near[(how & 15) % (sizeof(near) / sizeof(near[0]))];

	if (how & 0x80)
		return stream_uint(s, 8);
	if (how & 0x40)
		return base - stream_u8(s);
	return base + stream_uint(s, 2);
}

static void op_store(struct stream *s)
{
	uint64_t gpa = address(s);
	uint8_t bytes[16], n = 1 + (stream_u8(s) & 15);

	for (unsigned int i = 0; i < n; i++)
		bytes[i] = stream_u8(s);
	/* The gate itself keeps the stream out of the private memory. */
	if (guest_memory_write(&s->d.fh->mem, gpa, bytes, n))
		return;
}

static void op_desc(struct stream *s)
{
	unsigned int q = stream_u8(s) % s->queues;
	uint8_t index = stream_u8(s), raw[16];
	uint64_t table = index & 0x80 ? STREAM_DATA : ring(q);

	put_le64(raw, address(s));
	put_le32(raw + 8, (uint32_t)stream_uint(s, index & 0x40 ? 4 : 2));
	put_le16(raw + 12, stream_u8(s) & 7);
	put_le16(raw + 14, stream_u8(s) & 31);
	if (guest_memory_write(&s->d.fh->mem, table + 16u * (index & 31), raw, sizeof(raw)))
		return;
}

static void op_publish(struct stream *s)
{
	unsigned int q = stream_u8(s) % s->queues;
	uint64_t avail = ring(q) + 16 * 16;
	uint8_t n = stream_u8(s), raw[2];
	uint16_t idx;

	if (guest_memory_read(&s->d.fh->mem, avail + 2, raw, 2))
		return;
	idx = get_le16(raw);
	put_le16(raw, n & 0x1f);
	if (guest_memory_write(&s->d.fh->mem, avail + 4 + 2u * (idx % 16), raw, 2))
		return;
	put_le16(raw, (uint16_t)(idx + (n >> 5 ? 1 : n >> 6)));
	if (guest_memory_write(&s->d.fh->mem, avail + 2, raw, 2))
		return;
}

static void op_kick(struct stream *s)
{
	driver_write(&s->d, VIRTIO_BAR_NOTIFY + 4u * (stream_u8(s) % (s->queues + 1)), 2, 0);
	fake_host_run(s->d.fh, 50);
}

/* One well-formed request: `out` readable and `in` writable buffers in the data area. */
static void op_request(struct stream *s)
{
	unsigned int q = stream_u8(s) % s->queues;
	uint8_t shape = stream_u8(s);
	unsigned int out = shape & 3, in = shape >> 2 & 3;
	struct driver_buf bufs[6];

	if (out + in == 0 || s->d.queue[q].size == 0)
		return;
	for (unsigned int i = 0; i < out + in; i++)
		bufs[i] = (struct driver_buf){
			STREAM_DATA + 0x1000 * i, (uint32_t)stream_uint(s, 2) & 0x0fff};
	driver_add(&s->d, q, bufs, out, in);
}

bool stream_step(struct stream *s)
{
	static void (*const ops[])(struct stream *) = {op_port, op_config, op_mmio, op_common,
		op_store, op_desc, op_publish, op_kick, op_request, op_kick, op_store, op_desc};
	uint8_t op;

	if (s->len == 0)
		return false;
	op = stream_u8(s);
	if (op == 0xff)
		stream_start(s);
	else
		ops[op % (sizeof(ops) / sizeof(ops[0]))](s);
	return true;
}
