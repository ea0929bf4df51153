/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded views, growable bytes, comparison and wiping. */
#include "common/bytes.h"

#include <stdlib.h>

#include "common/error.h"

bool view_sub(struct view in, size_t off, size_t len, struct view *out)
{
	if (off > in.len || len > in.len - off)
		return false;
	*out = (struct view){in.data + off, len};
	return true;
}

bool bytes_all_zero(const uint8_t *p, size_t len)
{
	uint8_t acc = 0;

	for (size_t i = 0; i < len; i++)
		acc |= p[i];
	return acc == 0;
}

void bytes_reverse(uint8_t *dst, const uint8_t *src, size_t len)
{
	for (size_t i = 0; i < len; i++)
		dst[i] = src[len - 1 - i];
}

bool bytes_equal_ct(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t acc = 0;

	for (size_t i = 0; i < len; i++)
		acc |= (uint8_t)(a[i] ^ b[i]);
	return acc == 0;
}

void bytes_wipe(void *p, size_t len)
{
	if (len)
		explicit_bzero(p, len);
}

/* No realloc: it may leave a copy of a secret behind in memory it gave back. */
static int grow(struct bytes *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *data;

	while (cap < need) {
		if (cap > SIZE_MAX / 2)
			return HC_ENOMEM;
		cap *= 2;
	}
	data = malloc(cap);
	if (!data)
		return HC_ENOMEM;
	if (b->len)
		memcpy(data, b->data, b->len);
	if (b->data)
		bytes_wipe(b->data, b->cap);
	free(b->data);
	b->data = data;
	b->cap = cap;
	return 0;
}

int bytes_append(struct bytes *b, const void *data, size_t len)
{
	if (len > SIZE_MAX - b->len)
		return HC_ENOMEM;
	if (b->len + len > b->cap) {
		int rc = grow(b, b->len + len);

		if (rc)
			return rc;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void bytes_free(struct bytes *b)
{
	if (b->data)
		bytes_wipe(b->data, b->cap);
	free(b->data);
	*b = (struct bytes){0};
}
