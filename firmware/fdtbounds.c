/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of a flattened device tree (Devicetree specification 0.4, chapter 5): see fdtbounds.h. */
#include "firmware/fdtbounds.h"

#include <libfdt.h>

#include "common/bytes.h"
#include "firmware/abi/hostfdt.h"

#define TOKEN 4 /* bytes; everything in the structure block is a multiple of it */

static uint32_t header(const uint8_t *fdt, size_t field)
{
	return get_be32(fdt + field);
}
#define HEADER(fdt, name) header(fdt, offsetof(struct fdt_header, name))

static bool block_inside(uint64_t total, uint32_t offset, uint32_t size)
{
	return offset <= total && size <= total - offset;
}

/* What follows a token: bytes up to the next, or SIZE_MAX if it does not end in the `left` bytes.
 */
static size_t token_body(uint32_t token, const uint8_t *p, size_t left)
{
	const uint8_t *end;
	size_t len;

	switch (token) {
	case FDT_BEGIN_NODE:
		end = left ? memchr(p, 0, left) : NULL;
		return end ? (size_t)(end - p) + 1 : SIZE_MAX;
	case FDT_PROP:
		if (left < 2 * TOKEN)
			return SIZE_MAX;
		len = get_be32(p);
		return len <= left - 2 * TOKEN ? len + 2 * TOKEN : SIZE_MAX;
	case FDT_END_NODE:
	case FDT_NOP:
		return 0;
	default:
		return SIZE_MAX;
	}
}

/* Where in the tree a token stands. */
struct place {
	size_t depth;
	bool rooted;     /* there was a root node */
	bool properties; /* may come here: no subnode of this node was there yet */
};

/* May `token` stand here? (Devicetree specification 0.4, 5.4.2) */
static bool place_take(struct place *at, uint32_t token)
{
	switch (token) {
	case FDT_BEGIN_NODE:
		if (at->depth == 0 && at->rooted)
			return false;
		at->depth++;
		at->rooted = at->properties = true;
		return true;
	case FDT_END_NODE:
		if (at->depth == 0)
			return false;
		at->depth--;
		at->properties = false;
		return true;
	case FDT_PROP:
		return at->properties;
	case FDT_END:
		return at->depth == 0 && at->rooted;
	default:
		return token == FDT_NOP;
	}
}

/* `size` is a multiple of TOKEN, so rounding up a body that ends inside stays inside. */
static bool tokens_end(const uint8_t *p, size_t size)
{
	struct place at = {0};
	size_t body;
	uint32_t token;

	while (size >= TOKEN) {
		token = get_be32(p);
		p += TOKEN;
		size -= TOKEN;
		if (!place_take(&at, token))
			return false;
		if (token == FDT_END)
			return size == 0;
		body = token_body(token, p, size);
		if (body == SIZE_MAX)
			return false;
		body = (body + TOKEN - 1) / TOKEN * TOKEN;
		p += body;
		size -= body;
	}
	return false;
}

bool fdtbounds_valid(const uint8_t *fdt, size_t len_bytes)
{
	uint32_t total, structure, structure_size;

	if (len_bytes < sizeof(struct fdt_header) || HEADER(fdt, magic) != FDT_MAGIC ||
		HEADER(fdt, version) != HC_FDT_VERSION)
		return false;
	total = HEADER(fdt, totalsize);
	structure = HEADER(fdt, off_dt_struct);
	structure_size = HEADER(fdt, size_dt_struct);
	if (total > len_bytes || !block_inside(total, structure, structure_size) ||
		!block_inside(total, HEADER(fdt, off_dt_strings), HEADER(fdt, size_dt_strings)))
		return false;
	return structure % TOKEN == 0 && structure_size % TOKEN == 0 &&
	       tokens_end(fdt + structure, structure_size);
}
