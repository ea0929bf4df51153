/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as a hostile guest: each operation of the stream is a port access, an MMIO access, a store
 * to guest RAM, a descriptor, a doorbell. For fuzzers. Aborts if a device writes where it must not.
 */
#ifndef HC_TESTS_FAKE_STREAM_H
#define HC_TESTS_FAKE_STREAM_H

#include "tests/unit/fake_driver.h"

/* Guest RAM that the devices may not touch, filled with a pattern that the end checks. */
#define STREAM_PRIVATE_GPA 0xf0000ull
#define STREAM_PRIVATE_LEN 0x8000ull
/* Rings of queue n at + 0x4000 n, data behind. */
#define STREAM_RING 0x10000ull
#define STREAM_DATA 0x30000ull

struct stream {
	const uint8_t *data;
	size_t len;
	struct driver d;
	unsigned int queues;
};

/* Zero after the end. */
uint8_t stream_u8(struct stream *s);
uint64_t stream_uint(struct stream *s, unsigned int bytes);

/* Put the pattern into place; the device is in `slot`. */
void stream_init(struct stream *s, struct fake_host *fh, unsigned int slot, unsigned int queues,
	const uint8_t *data, size_t len);
/* One operation; false when the stream is over. */
bool stream_step(struct stream *s);
/* A driver that does everything right, with features as the stream says. */
void stream_start(struct stream *s);
/* Aborts if the private memory changed. */
void stream_check(const struct stream *s);

#endif
