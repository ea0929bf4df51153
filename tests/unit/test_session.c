/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions: one attempt for each nonce, expiry by a clock that is given, a bounded table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest/service/session.h"

#define NOW     1800000000
#define SECONDS 60

static struct session_store *store(size_t max)
{
	struct session_store *s;

	assert_int_equal(session_memory_new(&s, max, SECONDS), 0);
	return s;
}

static struct session create(struct session_store *s, int64_t now)
{
	struct session out;

	assert_int_equal(s->ops->create(s, now, &out, NULL), 0);
	return out;
}

static int claim(struct session_store *s, int64_t now, const struct session *session)
{
	struct session out;

	return s->ops->claim(s, now, session->id, &out, NULL);
}

static int find(struct session_store *s, int64_t now, const struct session *session)
{
	struct session out;

	return s->ops->find_attested(s, now, session->id, &out, NULL);
}

static void a_session_is_claimed_once(void **state)
{
	struct session_store *s = store(4);
	struct session a = create(s, NOW), out;

	(void)state;
	assert_int_equal(s->ops->claim(s, NOW, a.id, &out, NULL), 0);
	assert_memory_equal(out.nonce, a.nonce, sizeof(a.nonce));
	assert_int_equal(claim(s, NOW, &a), HC_EMISSING);
	s->ops->free(s);
}

static void an_unknown_id_is_missing_also_in_an_empty_store(void **state)
{
	struct session_store *s = store(4);
	struct session zero = {0};

	(void)state;
	assert_int_equal(claim(s, NOW, &zero), HC_EMISSING);
	assert_int_equal(find(s, NOW, &zero), HC_EMISSING);
	create(s, NOW);
	assert_int_equal(claim(s, NOW, &zero), HC_EMISSING);
	s->ops->free(s);
}

static void a_session_expires_to_the_second(void **state)
{
	struct session_store *s = store(4);
	struct session a = create(s, NOW), b = create(s, NOW);

	(void)state;
	assert_int_equal(claim(s, NOW + SECONDS - 1, &a), 0);
	assert_int_equal(claim(s, NOW + SECONDS, &b), HC_EEXPIRED);
	assert_int_equal(claim(s, NOW, &b), HC_EMISSING);
	s->ops->free(s);
}

static void a_clock_set_back_gives_no_session_more_time(void **state)
{
	struct session_store *s = store(4);
	struct session a = create(s, NOW);

	(void)state;
	assert_int_equal(claim(s, NOW - 1, &a), HC_EEXPIRED);
	s->ops->free(s);
}

static void a_waiting_session_is_not_attested_and_the_reverse(void **state)
{
	struct session_store *s = store(4);
	struct session a = create(s, NOW), out;

	(void)state;
	assert_int_equal(find(s, NOW, &a), HC_EMISSING);
	assert_int_equal(s->ops->claim(s, NOW, a.id, &out, NULL), 0);
	assert_int_equal(find(s, NOW, &a), HC_EMISSING);
	out.expires = NOW + 5;
	assert_int_equal(s->ops->put_attested(s, NOW, &out, NULL), 0);
	assert_int_equal(claim(s, NOW, &a), HC_EMISSING);
	assert_int_equal(find(s, NOW + 4, &a), 0);
	assert_int_equal(find(s, NOW + 4, &a), 0);
	assert_int_equal(find(s, NOW + 5, &a), HC_EEXPIRED);
	s->ops->free(s);
}

static void ids_and_nonces_differ(void **state)
{
	struct session_store *s = store(4);
	struct session a = create(s, NOW), b = create(s, NOW);

	(void)state;
	assert_memory_not_equal(a.id, b.id, sizeof(a.id));
	assert_memory_not_equal(a.nonce, b.nonce, sizeof(a.nonce));
	s->ops->free(s);
}

static void a_full_table_drops_the_oldest_waiting_session_and_no_attested_one(void **state)
{
	struct session_store *s = store(3);
	struct session a = create(s, NOW), b, c, d, out;

	(void)state;
	assert_int_equal(s->ops->claim(s, NOW, a.id, &out, NULL), 0);
	assert_int_equal(s->ops->put_attested(s, NOW, &out, NULL), 0);
	b = create(s, NOW + 1);
	c = create(s, NOW + 2);
	d = create(s, NOW + 3);
	assert_int_equal(claim(s, NOW + 3, &b), HC_EMISSING);
	assert_int_equal(find(s, NOW + 3, &a), 0);
	assert_int_equal(claim(s, NOW + 3, &c), 0);
	assert_int_equal(claim(s, NOW + 3, &d), 0);
	s->ops->free(s);
}

static void a_table_full_of_attested_sessions_is_busy_until_one_expires(void **state)
{
	struct session_store *s = store(1);
	struct session a = create(s, NOW), out;

	(void)state;
	assert_int_equal(s->ops->claim(s, NOW, a.id, &out, NULL), 0);
	assert_int_equal(s->ops->put_attested(s, NOW, &out, NULL), 0);
	assert_int_equal(s->ops->create(s, NOW, &out, NULL), HC_EBUSY);
	assert_int_equal(s->ops->create(s, NOW + SECONDS, &out, NULL), 0);
	s->ops->free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_claimed_once),
		cmocka_unit_test(an_unknown_id_is_missing_also_in_an_empty_store),
		cmocka_unit_test(a_session_expires_to_the_second),
		cmocka_unit_test(a_clock_set_back_gives_no_session_more_time),
		cmocka_unit_test(a_waiting_session_is_not_attested_and_the_reverse),
		cmocka_unit_test(ids_and_nonces_differ),
		cmocka_unit_test(a_full_table_drops_the_oldest_waiting_session_and_no_attested_one),
		cmocka_unit_test(a_table_full_of_attested_sessions_is_busy_until_one_expires),
	};

	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
