/* SPDX-License-Identifier: Apache-2.0 */
/* Queues and rings that break every rule. */
#include "firmware/abi/layout.h"
#include "tests/walker/walker.h"

#define F_NEXT      1u
#define F_WRITE     2u
#define F_INDIRECT  4u
#define NEEDS_RESET 0x40

uint64_t arena_at(unsigned int offset)
{
	return (uint64_t)(uintptr_t)arena + offset;
}

uint8_t status_of(const struct device *d)
{
	return (uint8_t)load(d->bar + 0x14, 1);
}

static void negotiate(const struct device *d, uint32_t low, uint32_t high)
{
	store(d->bar + 0x14, 1, 0);
	store(d->bar + 0x14, 1, 1);
	store(d->bar + 0x14, 1, 3);
	store(d->bar + 0x08, 4, 0);
	store(d->bar + 0x0c, 4, low);
	store(d->bar + 0x08, 4, 1);
	store(d->bar + 0x0c, 4, high);
	store(d->bar + 0x14, 1, 11);
}

static bool set_queue(const struct device *d, unsigned int q, uint32_t size, uint64_t table,
	uint64_t avail, uint64_t used)
{
	store(d->bar + 0x16, 2, q);
	store(d->bar + 0x18, 2, size);
	store(d->bar + 0x1a, 2, q + 1);
	store(d->bar + 0x20, 4, table);
	store(d->bar + 0x24, 4, table >> 32);
	store(d->bar + 0x28, 4, avail);
	store(d->bar + 0x2c, 4, avail >> 32);
	store(d->bar + 0x30, 4, used);
	store(d->bar + 0x34, 4, used >> 32);
	store(d->bar + 0x1c, 2, 1);
	return load(d->bar + 0x1c, 2) == 1;
}

static uint64_t ring(unsigned int q, unsigned int part)
{
	return arena_at(RING_SIZE * q + part);
}

bool start_device(struct device *d)
{
	negotiate(d, 1u << 28, 3);
	for (unsigned int q = 0; q < d->queues; q++) {
		memset(arena + RING_SIZE * q, 0, RING_SIZE);
		d->avail[q] = 0;
		if (!set_queue(d, q, QUEUE_LEN, ring(q, RING_DESC), ring(q, RING_AVAIL),
			    ring(q, RING_USED)))
			return false;
	}
	store(d->bar + 0x14, 1, 15);
	return status_of(d) == 15;
}

void desc(unsigned int q, unsigned int i, uint64_t addr, uint32_t len, unsigned int flags,
	unsigned int next)
{
	uint64_t at = ring(q, RING_DESC) + 16 * i;

	store(at, 8, addr);
	store(at + 8, 4, len);
	store(at + 12, 2, flags);
	store(at + 14, 2, next);
}

void publish(struct device *d, unsigned int q, uint16_t head)
{
	store(ring(q, RING_AVAIL) + 4 + 2 * (d->avail[q] % QUEUE_LEN), 2, head);
	d->avail[q]++;
	store(ring(q, RING_AVAIL) + 2, 2, d->avail[q]);
}

void kick(const struct device *d, unsigned int q)
{
	store(d->bar + BAR_NOTIFY + 4 * q, 2, q);
}

bool settled(const struct device *d, unsigned int q)
{
	for (unsigned int i = 0; i < 400; i++) {
		if (load(ring(q, RING_USED) + 2, 2) == d->avail[q])
			return true;
		if (status_of(d) & NEEDS_RESET)
			return false;
	}
	return false;
}

static const uint64_t *edges(unsigned int *count)
{
	static uint64_t at[24];
	unsigned int n = 0;

	at[n++] = 1;
	at[n++] = ram_end - 1;
	at[n++] = ram_end - 16;
	at[n++] = ram_end - 256;
	at[n++] = ram_end;
	at[n++] = ram_end + 16;
	at[n++] = HC_STAGING_GPA;
	at[n++] = HC_STAGING_GPA + HC_STAGING_SIZE - 16;
	at[n++] = devices[0].bar;
	at[n++] = HC_LAPIC_GPA;
	at[n++] = HC_RAM_HIGH_BASE - 16;
	at[n++] = HC_RAM_HIGH_BASE;
	at[n++] = 1ull << 40;
	at[n++] = 1ull << 63;
	at[n++] = UINT64_MAX - 15;
	at[n++] = UINT64_MAX - 1;
	at[n++] = UINT64_MAX;
	*count = n;
	return at;
}

void walk_queues(struct device *d)
{
	static const uint32_t sizes[] = {0, 1, 2, 3, 5, 255, 257, 512, 0x8000, 0xffff};
	const uint64_t a = ring(0, RING_DESC), b = ring(0, RING_AVAIL), c = ring(0, RING_USED);
	unsigned int n;
	const uint64_t *at = edges(&n);

	negotiate(d, 0, 0);
	(void)set_queue(d, 0, 16, a, b, c); /* without FEATURES_OK */
	negotiate(d, 0xffffffff, 0xffffffff);
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		negotiate(d, 0, 3);
		(void)set_queue(d, 0, sizes[i], a, b, c);
		store(d->bar + 0x14, 1, 15);
		kick(d, 0);
	}
	for (unsigned int i = 0; i < 3 * n; i++) {
		negotiate(d, 0, 3);
		(void)set_queue(d, 0, 16, i % 3 == 0 ? at[i / 3] : a, i % 3 == 1 ? at[i / 3] : b,
			i % 3 == 2 ? at[i / 3] : c);
		store(d->bar + 0x14, 1, 15);
		kick(d, 0);
		kick(d, d->queues);
		kick(d, 900);
	}
	for (unsigned int q = d->queues; q < 0x10000; q = q * 3 + 1) {
		negotiate(d, 0, 3);
		(void)set_queue(d, q, 16, a, b, c);
	}
	store(d->bar + 0x14, 1, 0);
}

/*
 * The device looks at this ring: by itself, or, for the receive queue of a vsock, because a packet
 * to nobody has to be answered. Nothing ever looks at the event queue.
 */
static void provoke(struct device *d, unsigned int q)
{
	kick(d, q);
	if (d->type == 19 && q == 0)
		send_to_nobody(d);
	if (d->type != 19 || q == 1)
		(void)settled(d, q);
	else
		(void)settled(d, 1);
}

/* Descriptor 0 as given, published. */
static void one(struct device *d, unsigned int q, uint64_t addr, uint32_t len, unsigned int flags)
{
	if (!start_device(d))
		return;
	desc(q, 0, addr, len, flags, 0);
	desc(q, 1, arena_at(DATA_AT), 64, F_WRITE, 0);
	publish(d, q, 0);
	provoke(d, q);
}

static void indirect(struct device *d, unsigned int q, unsigned int entries, unsigned int flags)
{
	uint64_t table = arena_at(DATA_AT + 0x1000);

	for (unsigned int i = 0; i < entries; i++) {
		store(table + 16 * i, 8, table);
		store(table + 16 * i + 8, 4, 32);
		store(table + 16 * i + 12, 2, flags);
		store(table + 16 * i + 14, 2, i + 1);
	}
	one(d, q, table, 16 * entries, F_INDIRECT);
}

static void walk_ring(struct device *d, unsigned int q)
{
	static const uint32_t lens[] = {0, 1, 15, 0x1000, 0x7fffffff, 0xffffffff};
	static const uint16_t jumps[] = {1, 16, 17, 0x7fff, 0x8000, 0xffff};
	unsigned int n;
	const uint64_t *at = edges(&n);

	for (unsigned int i = 0; i < n; i++)
		one(d, q, at[i], lens[1 + i % 5], i & 1 ? F_WRITE : i & 2 ? F_INDIRECT : 0);
	for (unsigned int flags = 0; flags < 16; flags++)
		one(d, q, arena_at(DATA_AT), lens[flags % 6], flags); /* F_NEXT loops on itself */
	for (unsigned int entries = 1; entries < 600; entries = entries * 2 + 1)
		indirect(d, q, entries, entries & 2 ? F_NEXT : F_INDIRECT);
	for (unsigned int i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		if (!start_device(d))
			continue;
		store(ring(q, RING_AVAIL) + 2, 2, jumps[i]);
		provoke(d, q);
		store(ring(q, RING_AVAIL) + 4, 2, jumps[i]);
		kick(d, q);
		store(d->bar + 0x14, 1, 0); /* in the middle */
		kick(d, q);
	}
}

void walk_rings(struct device *d)
{
	for (unsigned int q = 0; q < d->queues; q++)
		walk_ring(d, q);
}
