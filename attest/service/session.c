/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions in memory: a fixed table, searched in time that does not depend on the id. */
#include "attest/service/session.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/bytes.h"

enum state { FREE, WAITING, ATTESTED };

struct entry {
	enum state state;
	struct session session;
};

struct memory {
	struct session_store store;
	size_t max;
	int64_t seconds;
	struct entry entry[];
};

static struct memory *memory_of(struct session_store *store)
{
	return (struct memory *)store;
}

static bool expired(const struct session *s, int64_t now)
{
	return now < s->created || now >= s->expires;
}

static void drop(struct entry *e)
{
	bytes_wipe(e, sizeof(*e));
}

/* A free entry; expired ones are freed on the way, then the oldest waiting one gives way. */
static struct entry *make_room(struct memory *m, int64_t now)
{
	struct entry *oldest = NULL;

	for (size_t i = 0; i < m->max; i++) {
		struct entry *e = &m->entry[i];

		if (e->state != FREE && expired(&e->session, now))
			drop(e);
		if (e->state == FREE)
			return e;
		if (e->state == WAITING &&
			(!oldest || e->session.created < oldest->session.created))
			oldest = e;
	}
	if (oldest)
		drop(oldest);
	return oldest;
}

static struct entry *find(struct memory *m, enum state state, const uint8_t *id)
{
	struct entry *found = NULL;

	for (size_t i = 0; i < m->max; i++)
		if (bytes_equal_ct(m->entry[i].session.id, id, SESSION_ID_SIZE) &&
			m->entry[i].state == state)
			found = &m->entry[i];
	return found;
}

static int full(struct error *err, const struct memory *m)
{
	return error_fail(err, HC_EBUSY, "sessions", "%zu in use", m->max);
}

static int create(struct session_store *store, int64_t now, struct session *out, struct error *err)
{
	struct memory *m = memory_of(store);
	struct entry *e = make_room(m, now);

	if (!e)
		return full(err, m);
	if (crypto_random(e->session.id, SESSION_ID_SIZE) ||
		crypto_random(e->session.nonce, SESSION_NONCE_SIZE)) {
		drop(e);
		return error_fail(err, HC_EINTERNAL, "sessions", "no randomness");
	}
	e->session.created = now;
	e->session.expires = now + m->seconds;
	e->state = WAITING;
	*out = e->session;
	return 0;
}

static int lookup(struct memory *m, enum state state, int64_t now, const uint8_t *id,
	struct entry **out, struct error *err)
{
	struct entry *e = find(m, state, id);

	*out = e;
	if (!e)
		return error_fail(err, HC_EMISSING, "session", "none of this id in this state");
	if (!expired(&e->session, now))
		return 0;
	drop(e);
	return error_fail(err, HC_EEXPIRED, "session", "expired");
}

static int claim(struct session_store *store, int64_t now, const uint8_t id[SESSION_ID_SIZE],
	struct session *out, struct error *err)
{
	struct entry *e;
	int rc = lookup(memory_of(store), WAITING, now, id, &e, err);

	if (rc)
		return rc;
	*out = e->session;
	drop(e);
	return 0;
}

static int put_attested(
	struct session_store *store, int64_t now, const struct session *s, struct error *err)
{
	struct memory *m = memory_of(store);
	struct entry *e = make_room(m, now);

	if (!e)
		return full(err, m);
	e->session = *s;
	bytes_wipe(e->session.nonce, SESSION_NONCE_SIZE);
	e->state = ATTESTED;
	return 0;
}

static int find_attested(struct session_store *store, int64_t now,
	const uint8_t id[SESSION_ID_SIZE], struct session *out, struct error *err)
{
	struct entry *e;
	int rc = lookup(memory_of(store), ATTESTED, now, id, &e, err);

	if (!rc)
		*out = e->session;
	return rc;
}

static void memory_free(struct session_store *store)
{
	struct memory *m = memory_of(store);

	if (!m)
		return;
	bytes_wipe(m->entry, m->max * sizeof(m->entry[0]));
	free(m);
}

static const struct session_store_ops memory_ops = {
	.create = create,
	.claim = claim,
	.put_attested = put_attested,
	.find_attested = find_attested,
	.free = memory_free,
};

int session_memory_new(struct session_store **out, size_t max, int64_t seconds)
{
	struct memory *m = calloc(1, sizeof(*m) + max * sizeof(m->entry[0]));

	*out = NULL;
	if (!m)
		return HC_ENOMEM;
	m->store.ops = &memory_ops;
	m->max = max;
	m->seconds = seconds;
	*out = &m->store;
	return 0;
}
