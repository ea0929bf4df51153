/* SPDX-License-Identifier: Apache-2.0 */
/* Event logs of TDX guests: bent logs, every truncation, every changed bit, a genuine one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/ccel.h"
#include "common/hex.h"
#include "tests/unit/vectors.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define FIRST  65
#define EVENT  (12 + 2 + 48 + 4 + 5)
#define LOG    (FIRST + 3 * EVENT)

static void event(uint8_t *p, uint32_t index, uint32_t type, const char *text)
{
	put_le32(p, index);
	put_le32(p + 4, type);
	put_le32(p + 8, 1);
	put_le16(p + 12, 0x000c);
	assert_int_equal(crypto_sha384(p + 14, text, strlen(text)), 0);
	put_le32(p + 62, 5);
	memcpy(p + 66, "event", 5);
}

/* RTMR1 extended with "kernel" and "cmdline"; one event that extends nothing. */
static void build(uint8_t log[LOG])
{
	memset(log, 0, LOG);
	put_le32(log, 1);
	put_le32(log + 4, CCEL_EV_NO_ACTION);
	put_le32(log + 28, 33);
	memcpy(log + 32, "Spec ID Event03", 16);
	log[32 + 21] = 2;
	log[32 + 23] = 2;
	put_le32(log + 32 + 24, 1);
	put_le16(log + 32 + 28, 0x000c);
	put_le16(log + 32 + 30, 48);
	event(log + FIRST, 2, 0xd, "kernel");
	event(log + FIRST + EVENT, 2, CCEL_EV_NO_ACTION, "nothing");
	event(log + FIRST + 2 * EVENT, 2, 0xd, "cmdline");
}

static int replay(
	const uint8_t *log, size_t len, uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, log, len);
	ret = ccel_replay(rtmr, (struct view){copy, len}, NULL, NULL, err);
	free(copy);
	return ret;
}

static void rejects_every_truncation(void **state)
{
	uint8_t log[LOG], rtmr[CCEL_RTMRS][SHA384_SIZE];

	(void)state;
	build(log);
	for (size_t len = 0; len < LOG; len++) {
		int ret = replay(log, len, rtmr, NULL);

		if (len >= FIRST && (len - FIRST) % EVENT == 0) {
			assert_int_equal(ret, 0); /* a shorter log, and whole */
			continue;
		}
		assert_int_equal(ret, HC_ETRUNCATED);
		assert_true(bytes_all_zero(rtmr[0], sizeof(rtmr)));
	}
}

static void rejects_bent_logs(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		int code;
	} bent[] = {
		{4, 4, HC_EFORMAT},                /* first event of another type */
		{27, 1, HC_EFORMAT},               /* ... with a digest */
		{28, 28, HC_EFORMAT},              /* ... too short */
		{32, 's', HC_EFORMAT},             /* ... no Spec ID event */
		{32 + 24, 0, HC_EFORMAT},          /* no algorithms */
		{32 + 24, 2, HC_EFORMAT},          /* more than there is room for */
		{32 + 28, 0x0b, HC_EUNSUPPORTED},  /* SHA-256 only */
		{32 + 30, 32, HC_EFORMAT},         /* SHA-384 of 32 bytes */
		{FIRST, 5, HC_ERANGE},             /* no such register */
		{FIRST, 0, HC_ERANGE},             /* MRTD */
		{FIRST + 8, 0, HC_EFORMAT},        /* no digest */
		{FIRST + 8, 2, HC_EFORMAT},        /* more digests than algorithms */
		{FIRST + 12, 0x0b, HC_EFORMAT},    /* digest of an unnamed algorithm */
		{FIRST + 65, 0x80, HC_ETRUNCATED}, /* data of 2 GiB */
	};
	uint8_t log[LOG], rtmr[CCEL_RTMRS][SHA384_SIZE];

	(void)state;
	for (size_t i = 0; i < LEN(bent); i++) {
		struct error err = {0};

		build(log);
		log[bent[i].at] = bent[i].value;
		assert_int_equal(replay(log, LOG, rtmr, &err), bent[i].code);
		assert_true(err.has_offset);
		assert_true(bytes_all_zero(rtmr[0], sizeof(rtmr)));
	}
}

static void only_zeros_or_erased_bytes_may_follow(void **state)
{
	uint8_t log[LOG + 64], first[CCEL_RTMRS][SHA384_SIZE], rtmr[CCEL_RTMRS][SHA384_SIZE];

	(void)state;
	build(log);
	assert_int_equal(replay(log, LOG, first, NULL), 0);
	for (int fill = 0; fill < 256; fill++) {
		memset(log + LOG, fill, 64);
		if (fill != 0 && fill != 0xff) {
			assert_int_not_equal(replay(log, LOG + 64, rtmr, NULL), 0);
			continue;
		}
		assert_int_equal(replay(log, LOG + 64, rtmr, NULL), 0);
		assert_memory_equal(rtmr, first, sizeof(rtmr));
		log[LOG + 63] ^= 1;
		assert_int_not_equal(replay(log, LOG + 64, rtmr, NULL), 0);
	}
}

/* Data of events is not checked here, nor are type and digest of what extends nothing. */
static bool free_byte(size_t at)
{
	size_t in = (at - FIRST) % EVENT, n = (at - FIRST) / EVENT;

	if (at < FIRST)
		return at < 4 || (at >= 48 && at < 56) || at == FIRST - 1;
	return (in >= 4 && in < 8) || in >= 66 || (n == 1 && (in < 4 || (in >= 14 && in < 62)));
}

static void every_single_bit_flip_that_matters_is_refused_or_changes_a_register(void **state)
{
	uint8_t log[LOG], first[CCEL_RTMRS][SHA384_SIZE], rtmr[CCEL_RTMRS][SHA384_SIZE];

	(void)state;
	build(log);
	assert_int_equal(replay(log, LOG, first, NULL), 0);
	for (size_t bit = 0; bit < LOG * 8; bit++) {
		log[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (replay(log, LOG, rtmr, NULL) == 0 && !free_byte(bit / 8))
			assert_memory_not_equal(rtmr, first, sizeof(rtmr));
		log[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void assert_register(const uint8_t rtmr[SHA384_SIZE], const char *want)
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, rtmr, SHA384_SIZE);
	assert_string_equal(text, want);
}

static void count(void *ctx, const struct ccel_event *e, const uint8_t rtmr[SHA384_SIZE])
{
	unsigned int *events = ctx;

	assert_non_null(rtmr);
	assert_int_equal(e->offset, FIRST + *events * EVENT);
	assert_memory_equal(e->data.data, "event", 5);
	++*events;
}

static void events_extend_the_register_they_name(void **state)
{
	uint8_t log[LOG], rtmr[CCEL_RTMRS][SHA384_SIZE];
	unsigned int events = 0;

	(void)state;
	build(log);
	assert_int_equal(ccel_replay(rtmr, (struct view){log, LOG}, count, &events, NULL), 0);
	assert_int_equal(events, 3);
	assert_register(rtmr[1], "65511b3e02b8ef5473dd7c84cf83bdd7b8d9444ecdb930d50aca39252c94cd04"
				 "95d584f1a7901ff307a25e0bc1a93abc");
	assert_true(bytes_all_zero(rtmr[0], SHA384_SIZE));
	assert_true(bytes_all_zero(rtmr[2], 2 * SHA384_SIZE));
}

static void a_genuine_log_gives_the_registers_of_its_quote(void **state)
{
	static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	struct bytes log;
	json_t *json, *expect;

	(void)state;
	vectors_needed();
	log = vectors_read("measure/tdx-event-log-cos-113/event_log.bin");
	json = vectors_json("measure/tdx-event-log-cos-113/case.json");
	assert_int_equal(json_unpack(json, "{s:[{s:o}]}", "computations", "expect", &expect), 0);
	assert_int_equal(ccel_replay(rtmr, bytes_view(&log), NULL, NULL, NULL), 0);
	for (size_t i = 0; i < CCEL_RTMRS; i++)
		assert_register(rtmr[i], json_string_value(json_object_get(expect, names[i])));
	json_decref(json);
	bytes_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_every_truncation),
		cmocka_unit_test(rejects_bent_logs),
		cmocka_unit_test(only_zeros_or_erased_bytes_may_follow),
		cmocka_unit_test(
			every_single_bit_flip_that_matters_is_refused_or_changes_a_register),
		cmocka_unit_test(events_extend_the_register_they_name),
		cmocka_unit_test(a_genuine_log_gives_the_registers_of_its_quote),
	};

	return cmocka_run_group_tests_name("ccel", tests, NULL, NULL);
}
