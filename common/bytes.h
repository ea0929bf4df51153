/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded views of bytes that came from somebody else, and loads and stores of little- and
 * big-endian integers. No pointer is ever cast to a wider type.
 */
#ifndef HC_COMMON_BYTES_H
#define HC_COMMON_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A read-only view; does not own what it points to. */
struct view {
	const uint8_t *data;
	size_t len; /* bytes */
};

/* Owned, growable bytes. Zero-initialise; bytes_free() returns to that state. */
struct bytes {
	uint8_t *data;
	size_t len, cap;
};

static inline uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t get_le64(const uint8_t *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

static inline void put_le64(uint8_t *p, uint64_t v)
{
	put_le32(p, (uint32_t)v);
	put_le32(p + 4, (uint32_t)(v >> 32));
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* True and `*out` set if [off, off + len) lies inside `in`; no sum can wrap. */
bool view_sub(struct view in, size_t off, size_t len, struct view *out);

bool bytes_all_zero(const uint8_t *p, size_t len);

/* dst[i] = src[len - 1 - i]; the two must not overlap. */
void bytes_reverse(uint8_t *dst, const uint8_t *src, size_t len);

/* Equality in time that depends on `len` only. */
bool bytes_equal_ct(const uint8_t *a, const uint8_t *b, size_t len);

/* Overwrite in a way that the compiler may not drop. */
void bytes_wipe(void *p, size_t len);

/* Append; HC_ENOMEM leaves `b` as it was. */
int bytes_append(struct bytes *b, const void *data, size_t len);

/* Wipe and free. */
void bytes_free(struct bytes *b);

static inline struct view bytes_view(const struct bytes *b)
{
	return (struct view){b->data, b->len};
}

#endif
