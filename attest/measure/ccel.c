/* SPDX-License-Identifier: Apache-2.0 */
/* See ccel.h. The log comes from the guest or from a file: nothing in it is believed. */
#include "attest/measure/ccel.h"

#define ALG_SHA384 0x000cU
#define ALGS_MAX   8
#define FIRST_SIZE 32 /* u32 index, u32 type, 20 zero bytes, u32 size */

struct replay {
	struct view log;
	size_t at;
	struct error *err;
	size_t algs;
	struct {
		uint16_t id, size;
	} alg[ALGS_MAX];
};

static int bad(struct replay *r, int code, const char *field, uint64_t found, size_t at)
{
	error_fail(r->err, code, field, "0x%llx", (unsigned long long)found);
	return error_at(r->err, at);
}

static int truncated(struct replay *r, const char *field)
{
	error_fail(r->err, HC_ETRUNCATED, field, "%zu bytes left", r->log.len - r->at);
	return error_at(r->err, r->at);
}

/* The next `len` bytes, or NULL. */
static const uint8_t *take(struct replay *r, size_t len)
{
	struct view out;

	if (!view_sub(r->log, r->at, len, &out))
		return NULL;
	r->at += len;
	return out.data;
}

static int take_algorithms(struct replay *r, const uint8_t *spec, size_t len, size_t at)
{
	uint32_t count = get_le32(spec + 24);
	bool sha384 = false;

	if (count == 0 || count > ALGS_MAX || count > (len - 28) / 4)
		return bad(r, HC_EFORMAT, "event log: number of algorithms", count, at + 24);
	for (uint32_t i = 0; i < count; i++) {
		r->alg[i].id = get_le16(spec + 28 + 4 * i);
		r->alg[i].size = get_le16(spec + 30 + 4 * i);
		if (r->alg[i].id != ALG_SHA384)
			continue;
		if (sha384 || r->alg[i].size != SHA384_SIZE)
			return bad(r, HC_EFORMAT, "event log: SHA-384 digest size", r->alg[i].size,
				at + 30 + 4 * i);
		sha384 = true;
	}
	r->algs = count;
	if (!sha384) {
		error_fail(r->err, HC_EUNSUPPORTED, "event log", "no SHA-384 digests");
		return error_at(r->err, at + 28);
	}
	return 0;
}

/* The first event has the old layout and says which digests the others carry. */
static int take_first(struct replay *r)
{
	const uint8_t *h = take(r, FIRST_SIZE), *spec;
	uint32_t len;
	size_t at;

	if (!h)
		return truncated(r, "event log: first event");
	if (get_le32(h + 4) != CCEL_EV_NO_ACTION)
		return bad(r, HC_EFORMAT, "event log: first event's type", get_le32(h + 4), 4);
	if (!bytes_all_zero(h + 8, 20))
		return bad(r, HC_EFORMAT, "event log: first event's digest", 1, 8);
	len = get_le32(h + 28);
	at = r->at;
	spec = take(r, len);
	if (!spec)
		return truncated(r, "event log: first event's data");
	if (len < 29 || memcmp(spec, "Spec ID Event03", 16) != 0)
		return bad(r, HC_EFORMAT, "event log: Spec ID event", len, at);
	return take_algorithms(r, spec, len, at);
}

static int take_digests(struct replay *r, struct ccel_event *e, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t at = r->at, k = 0;
		const uint8_t *id = take(r, 2), *digest;

		if (!id)
			return truncated(r, "event log: digest");
		while (k < r->algs && r->alg[k].id != get_le16(id))
			k++;
		if (k == r->algs)
			return bad(r, HC_EFORMAT, "event log: algorithm", get_le16(id), at);
		digest = take(r, r->alg[k].size);
		if (!digest)
			return truncated(r, "event log: digest");
		if (r->alg[k].id != ALG_SHA384)
			continue;
		if (e->digest)
			return bad(r, HC_EFORMAT, "event log: SHA-384 again", i, at);
		e->digest = digest;
	}
	return e->digest ? 0 : bad(r, HC_EFORMAT, "event log: no SHA-384 digest", count, e->offset);
}

static int take_event(struct replay *r, struct ccel_event *e)
{
	const uint8_t *h, *size;

	*e = (struct ccel_event){.offset = r->at};
	h = take(r, 12);
	if (!h)
		return truncated(r, "event log: event");
	e->mr_index = get_le32(h);
	e->type = get_le32(h + 4);
	if (e->mr_index > CCEL_RTMRS || (e->mr_index == 0 && e->type != CCEL_EV_NO_ACTION))
		return bad(r, HC_ERANGE, "event log: register", e->mr_index, e->offset);
	if (get_le32(h + 8) == 0 || get_le32(h + 8) > r->algs)
		return bad(r, HC_EFORMAT, "event log: number of digests", get_le32(h + 8),
			e->offset + 8);
	if (take_digests(r, e, get_le32(h + 8)))
		return r->err->code;
	size = take(r, 4);
	if (!size)
		return truncated(r, "event log: event size");
	e->data.len = get_le32(size);
	e->data.data = take(r, e->data.len);
	return e->data.data ? 0 : truncated(r, "event log: event data");
}

/* The log area is larger than the log: zero, or erased flash. */
static bool at_end(const struct replay *r)
{
	const uint8_t *rest = r->log.data + r->at;
	size_t len = r->log.len - r->at;

	for (size_t i = 0; i < len; i++)
		if (rest[i] != rest[0])
			return false;
	return len == 0 || rest[0] == 0 || rest[0] == 0xff;
}

static int extend(uint8_t rtmr[SHA384_SIZE], const uint8_t *digest)
{
	uint8_t both[2 * SHA384_SIZE];

	memcpy(both, rtmr, SHA384_SIZE);
	memcpy(both + SHA384_SIZE, digest, SHA384_SIZE);
	return crypto_sha384(rtmr, both, sizeof(both));
}

static int apply(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], const struct ccel_event *e,
	ccel_event_fn *event, void *ctx)
{
	uint8_t *one = e->mr_index ? rtmr[e->mr_index - 1] : NULL;
	int ret = one && e->type != CCEL_EV_NO_ACTION ? extend(one, e->digest) : 0;

	if (ret == 0 && event)
		event(ctx, e, one);
	return ret;
}

int ccel_replay(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], struct view log, ccel_event_fn *event,
	void *ctx, struct error *err)
{
	struct error unused = {0};
	struct replay r = {.log = log, .err = err ? err : &unused};
	struct ccel_event e;
	int ret = take_first(&r);

	memset(rtmr, 0, CCEL_RTMRS * SHA384_SIZE);
	while (ret == 0 && !at_end(&r)) {
		ret = take_event(&r, &e);
		if (ret)
			break;
		ret = apply(rtmr, &e, event, ctx);
		if (ret)
			error_fail(r.err, ret, "event log", "hashing failed");
	}
	if (ret)
		memset(rtmr, 0, CCEL_RTMRS * SHA384_SIZE);
	return ret;
}
