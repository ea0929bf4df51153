/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the quote service: the request byte by byte, and answers that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/fake_qgs.h"
#include "vmm/quote/quote_message.h"

#define ROOM 4096

static uint8_t answer[8192];
static struct error err;

static int parse(size_t len, struct view *quote)
{
	return quote_message_parse((struct view){answer, len}, ROOM, quote, &err);
}

static void a_request_is_the_protocols_byte_by_byte(void **state)
{
	/* Written down from the protocol's description, not from our constants. */
	static const uint8_t head[28] = {0x00, 0x00, 0x04, 0x18, 1, 0, 1, 0, 0, 0, 0, 0, 0x18, 0x04,
		0, 0, 0, 0, 0, 0, 0x00, 0x04, 0, 0, 0, 0, 0, 0};
	uint8_t report[QUOTE_REPORT_BYTES], out[QUOTE_REQUEST_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)(i * 7 + 1);
	quote_message_request(out, report);
	assert_int_equal(sizeof(out), 1052);
	assert_memory_equal(out, head, sizeof(head));
	assert_memory_equal(out + 28, report, sizeof(report));
}

static void truncation_at_every_length_is_seen(void **state)
{
	const size_t len = fake_qgs_answer(answer, 600);
	struct view quote;

	(void)state;
	for (size_t i = 0; i < len; i++) {
		int rc = parse(i, &quote);

		assert_int_equal(rc, HC_ETRUNCATED);
		assert_non_null(strstr(err.where, "quote answer"));
	}
}

static void trailing_bytes_are_refused(void **state)
{
	const size_t len = fake_qgs_answer(answer, 600);
	struct view quote;

	(void)state;
	assert_int_equal(parse(len + 1, &quote), HC_EFORMAT);
}

/* Every bit of the header counts: what is left of the answer then is not one. */
static void a_bit_that_flips_in_the_header_is_seen(void **state)
{
	const size_t len = fake_qgs_answer(answer, 600);
	struct view quote;

	(void)state;
	for (size_t bit = 0; bit < 8 * QUOTE_ANSWER_HEADER; bit++) {
		answer[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_not_equal(parse(len, &quote), 0);
		answer[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(parse(len, &quote), 0);
}

static void a_bit_that_flips_in_the_quote_is_the_verifiers_business(void **state)
{
	const size_t len = fake_qgs_answer(answer, 600);
	struct view quote;

	(void)state;
	answer[len - 1] ^= 1;
	assert_int_equal(parse(len, &quote), 0);
	assert_int_equal(quote.len, 600);
}

static void lengths_that_no_answer_has_are_refused_at_once(void **state)
{
	size_t total;

	(void)state;
	for (uint32_t length = 0; length < 24; length++) {
		put_be32(answer, length);
		assert_int_equal(quote_message_length((struct view){answer, 4}, ROOM, &total, &err),
			HC_EFORMAT);
	}
	put_be32(answer, 24 + ROOM);
	assert_int_equal(quote_message_length((struct view){answer, 4}, ROOM, &total, &err), 0);
	assert_int_equal(total, 28 + ROOM);
	put_be32(answer, 24 + ROOM + 1);
	assert_int_equal(
		quote_message_length((struct view){answer, 4}, ROOM, &total, &err), HC_ERANGE);
	put_be32(answer, UINT32_MAX);
	assert_int_equal(
		quote_message_length((struct view){answer, 4}, ROOM, &total, &err), HC_ERANGE);
	assert_non_null(strstr(err.expected, "4096"));
}

static void a_length_in_the_other_byte_order_is_refused(void **state)
{
	const size_t len = fake_qgs_answer(answer, 600);
	struct view quote;

	(void)state;
	put_le32(answer, (uint32_t)len - 4);
	assert_int_equal(parse(len, &quote), HC_ERANGE);
}

static void an_empty_quote_is_none(void **state)
{
	const size_t len = fake_qgs_answer(answer, 0);
	struct view quote;

	(void)state;
	assert_int_equal(len, QUOTE_ANSWER_HEADER);
	assert_int_equal(parse(len, &quote), HC_EFORMAT);
}

static void a_refusal_of_the_service_is_named(void **state)
{
	const size_t len = fake_qgs_answer(answer, 0);
	struct view quote;
	char line[512];

	(void)state;
	put_le32(answer + 16, 0x12003);
	assert_int_equal(parse(len, &quote), HC_EDENIED);
	error_format(&err, line, sizeof(line));
	assert_non_null(strstr(line, "0x00012003, invalid parameter"));
	assert_non_null(strstr(line, "log of the quote service"));
	put_le32(answer + 16, 0x12008); /* beyond the table */
	assert_int_equal(parse(len, &quote), HC_EDENIED);
	put_le32(answer + 16, 0x11001);
	assert_int_equal(parse(len, &quote), HC_EDENIED);
	assert_non_null(strstr(err.found, "quoting library"));
}

static void an_answer_is_its_quote(void **state)
{
	const size_t len = fake_qgs_answer(answer, ROOM);
	struct view quote;

	(void)state;
	assert_int_equal(parse(len, &quote), 0);
	assert_int_equal(quote.len, ROOM);
	assert_ptr_equal(quote.data, answer + 28);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_the_protocols_byte_by_byte),
		cmocka_unit_test(truncation_at_every_length_is_seen),
		cmocka_unit_test(trailing_bytes_are_refused),
		cmocka_unit_test(a_bit_that_flips_in_the_header_is_seen),
		cmocka_unit_test(a_bit_that_flips_in_the_quote_is_the_verifiers_business),
		cmocka_unit_test(lengths_that_no_answer_has_are_refused_at_once),
		cmocka_unit_test(a_length_in_the_other_byte_order_is_refused),
		cmocka_unit_test(an_empty_quote_is_none),
		cmocka_unit_test(a_refusal_of_the_service_is_named),
		cmocka_unit_test(an_answer_is_its_quote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
