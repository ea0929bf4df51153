/* SPDX-License-Identifier: Apache-2.0 */
/* Well-formed rings with hostile requests in them, and then one that is honest. */
#include "tests/walker/walker.h"

#define F_NEXT  1u
#define F_WRITE 2u

#define HEADER (DATA_AT)
#define STATUS (DATA_AT + 0x100)
#define DATA   (DATA_AT + 0x1000)

/* Status byte, or 0xee if none came. */
static uint8_t block(struct device *d, uint32_t type, uint64_t sector, uint32_t len, bool to_guest)
{
	store(arena_at(HEADER), 4, type);
	store(arena_at(HEADER + 4), 4, 0);
	store(arena_at(HEADER + 8), 8, sector);
	store(arena_at(STATUS), 1, 0xee);
	desc(0, 0, arena_at(HEADER), 16, F_NEXT, 1);
	desc(0, 1, arena_at(DATA), len, F_NEXT | (to_guest ? F_WRITE : 0), 2);
	desc(0, 2, arena_at(STATUS), 1, F_WRITE, 0);
	publish(d, 0, 0);
	kick(d, 0);
	(void)settled(d, 0);
	return (uint8_t)load(arena_at(STATUS), 1);
}

/* As block, but patient. */
static bool honest(struct device *d, uint32_t type, bool to_guest)
{
	(void)block(d, type, 3, 512, to_guest);
	for (unsigned int i = 0; i < 10000 && load(arena_at(STATUS), 1) == 0xee; i++)
		(void)status_of(d);
	return load(arena_at(STATUS), 1) == 0;
}

bool block_answers(struct device *d)
{
	uint8_t salt = (uint8_t)rnd();
	bool same = true;

	if (!start_device(d))
		return false;
	for (unsigned int i = 0; i < 512; i++)
		arena[DATA + i] = (uint8_t)(i ^ salt);
	if (!honest(d, 1, false))
		return false;
	memset(arena + DATA, 0, 512);
	if (!honest(d, 0, true))
		return false;
	for (unsigned int i = 0; i < 512; i++)
		same &= arena[DATA + i] == (uint8_t)(i ^ salt);
	return same;
}

bool walk_block(struct device *d)
{
	static const uint64_t sectors[] = {0, 1, 1ull << 20, 1ull << 55, UINT64_MAX / 512,
		UINT64_MAX / 512 + 1, UINT64_MAX - 1, UINT64_MAX};
	static const uint32_t lens[] = {0, 1, 511, 512, 513, 0x20000};

	for (unsigned int i = 0; i < 8 * 6; i++) {
		if (status_of(d) != 15 && !start_device(d))
			return false;
		(void)block(d, i & 1, sectors[i % 8], lens[i / 8], !(i & 1));
		(void)block(d, i % 15 == 1 ? 99 : i % 15, sectors[i % 8], lens[i / 8], true);
	}
	return block_answers(d);
}

struct packet {
	uint64_t src_cid, dst_cid;
	uint32_t src_port, dst_port, len;
	uint16_t type, op;
	uint32_t flags, buf_alloc, fwd_cnt;
} __attribute__((packed));

static void give_buffers(struct device *d)
{
	for (unsigned int i = 0; i < 8; i++) {
		desc(0, i, arena_at(DATA_AT + 0x10000 + 0x1000 * i), 0x1000, F_WRITE, 0);
		publish(d, 0, (uint16_t)i);
	}
	kick(d, 0);
}

/* `room` bytes behind the header, whatever it says. */
static void send(struct device *d, const struct packet *p, uint32_t room)
{
	memcpy(arena + HEADER, p, sizeof(*p));
	desc(1, 0, arena_at(HEADER), sizeof(*p), room ? F_NEXT : 0, 1);
	desc(1, 1, arena_at(DATA), room, 0, 0);
	publish(d, 1, 0);
	kick(d, 1);
	(void)settled(d, 1);
}

/* A connection to a port where nobody listens; operation 3 is the answer. */
void send_to_nobody(struct device *d)
{
	struct packet p = {load(d->bar + BAR_DEVICE, 8), 2, 7, 9999, 0, 1, 1, 0, 4096, 0};

	send(d, &p, 0);
}

/* Buffer `i` holds the refusal; a host that dials in may have filled those before it. */
static bool is_refusal(unsigned int i)
{
	uint64_t at = arena_at(DATA_AT + 0x10000 + 0x1000 * i);

	return load(at + 30, 2) == 3 && load(at + 20, 4) == 7 && load(at + 16, 4) == 9999;
}

static bool vsock_answers(struct device *d)
{
	memset(arena + DATA_AT + 0x10000, 0, 0x8000);
	if (!start_device(d))
		return false;
	give_buffers(d);
	send_to_nobody(d);
	for (unsigned int i = 0; i < 20000; i++)
		if (is_refusal(i % 8))
			return true;
	return false;
}

bool walk_vsock(struct device *d)
{
	uint64_t cid = load(d->bar + BAR_DEVICE, 8);
	const uint64_t cids[] = {cid, 2, 0, cid + 1, UINT64_MAX, cid | 1ull << 32};
	static const uint32_t lens[] = {0, 1, 44, 0x10000, 0x7fffffff, 0xffffffff};

	for (unsigned int i = 0; i < 400; i++) {
		struct packet p = {.src_cid = i % 7 ? cid : cids[i % 6],
			.dst_cid = i % 11 ? 2 : cids[i % 6],
			.src_port = i % 5,
			.dst_port = i % 3 ? 9999 : i,
			.len = lens[i % 6],
			.type = (uint16_t)(i % 13 ? 1 : i),
			.op = (uint16_t)(i % 10),
			.flags = (uint32_t)rnd(),
			.buf_alloc = (uint32_t)rnd(),
			.fwd_cnt = (uint32_t)rnd()};

		if (i % 60 == 0 || status_of(d) != 15) {
			if (!start_device(d))
				return false;
			if (i % 120)
				give_buffers(d);
		}
		send(d, &p, lens[i / 6 % 4] > 0x1000 ? 0x1000 : lens[i / 6 % 4]);
	}
	return vsock_answers(d);
}
