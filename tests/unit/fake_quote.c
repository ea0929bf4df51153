/* SPDX-License-Identifier: Apache-2.0 */
/* See fake_quote.h. */
#include "tests/unit/fake_quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/evidence/tdx_quote_abi.h"

static void put(struct bytes *out, const void *data, size_t len)
{
	assert_int_equal(bytes_append(out, data, len), 0);
}

static void put16(struct bytes *out, unsigned int v)
{
	uint8_t le[2];

	put_le16(le, (uint16_t)v);
	put(out, le, sizeof(le));
}

static void put32(struct bytes *out, size_t v)
{
	uint8_t le[4];

	put_le32(le, (uint32_t)v);
	put(out, le, sizeof(le));
}

/* `len` bytes that differ from each other and from those of another `seed`. */
static void put_pattern(struct bytes *out, uint8_t seed, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = (uint8_t)(seed + 31 * i + i / 251);

		put(out, &byte, 1);
	}
}

static size_t cert_size(unsigned int type)
{
	static const size_t sizes[] = {1, 36, 276, 404, 1, 1, 1, 1};

	return sizes[type & 7];
}

static void put_header(struct bytes *out, unsigned int version)
{
	static const uint8_t vendor[] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9, 0x94, 0x0a,
		0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

	put16(out, version);
	put16(out, 2);
	put32(out, 0x81);
	put32(out, 0);
	put(out, vendor, sizeof(vendor));
	put_pattern(out, 0x40, 20);
}

static void put_body(struct bytes *out, const struct fake_quote_shape *shape, unsigned int version,
	struct fake_quote_places *at)
{
	static const size_t sizes[] = {584, 384, 584, 648, 885};
	size_t size = version == 5 ? sizes[shape->body_type] : 584;

	if (version == 5) {
		at->body_type = out->len;
		put16(out, shape->body_type ? shape->body_type : 2);
		at->body_size = out->len;
		put32(out, size);
	}
	at->body = out->len;
	put_pattern(out, 1, size);
}

static void put_auth(
	struct bytes *out, const struct fake_quote_shape *shape, struct fake_quote_places *at)
{
	unsigned int type = shape->cert_type ? shape->cert_type : 5;
	size_t cert = shape->cert.data ? shape->cert.len : cert_size(type);
	size_t outer = 384 + 64 + 2 + shape->qe_auth.len + 2 + 4 + cert;

	at->auth_size = out->len;
	put32(out, 64 + 64 + 2 + 4 + outer);
	at->signature = out->len;
	put_pattern(out, 2, 64);
	at->att_key = out->len;
	put_pattern(out, 3, 64);
	at->outer_type = out->len;
	put16(out, 6);
	at->outer_size = out->len;
	put32(out, outer);
	at->qe_report = out->len;
	put_pattern(out, 4, 384);
	at->qe_signature = out->len;
	put_pattern(out, 5, 64);
	at->qe_auth_size = out->len;
	put16(out, (unsigned int)shape->qe_auth.len);
	at->qe_auth = out->len;
	put(out, shape->qe_auth.data, shape->qe_auth.len);
	at->inner_type = out->len;
	put16(out, type);
	at->inner_size = out->len;
	put32(out, cert);
	at->cert = out->len;
	if (shape->cert.data)
		put(out, shape->cert.data, cert);
	else
		put_pattern(out, 6, cert);
	at->end = out->len;
}

void fake_quote(
	struct bytes *out, const struct fake_quote_shape *shape, struct fake_quote_places *places)
{
	unsigned int version = shape->version ? shape->version : 4;
	struct fake_quote_places unused;
	struct fake_quote_places *at = places ? places : &unused;

	memset(at, 0, sizeof(*at));
	put_header(out, version);
	put_body(out, shape, version, at);
	put_auth(out, shape, at);
	for (size_t i = 0; i < shape->trailing; i++)
		put(out, "\xa5", 1);
}
