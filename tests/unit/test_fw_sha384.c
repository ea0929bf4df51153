/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-384 of the firmware: answers of FIPS 180-4's examples, and the attestation library's answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "attest/crypto.h"
#include "common/hex.h"
#include "firmware/sha384.h"

static void digest_is(const void *data, size_t len, const char *expected)
{
	uint8_t out[FW_SHA384_SIZE];
	char text[2 * FW_SHA384_SIZE + 1];

	sha384_of(out, data, len);
	hex_encode(text, out, sizeof(out));
	assert_string_equal(text, expected);
}

static void gives_the_answers_of_the_standard(void **state)
{
	(void)state;
	digest_is("", 0,
		"38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
		"274edebfe76f65fbd51ad2f14898b95b");
	digest_is("abc", 3,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7");
	digest_is("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
		112,
		"09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
		"fcc7c71a557e2db966c3e9fa91746039");
}

static void gives_the_answer_for_a_million_letters(void **state)
{
	char *a = malloc(1000000);

	(void)state;
	assert_non_null(a);
	memset(a, 'a', 1000000);
	digest_is(a, 1000000,
		"9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b"
		"07b8b3dc38ecc4ebae97ddd87f3d8985");
	free(a);
}

static void agrees_with_the_attestation_library_at_every_length(void **state)
{
	uint8_t data[520], ours[FW_SHA384_SIZE], theirs[SHA384_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 + 7);
	for (size_t len = 0; len < sizeof(data) - 1; len++) {
		sha384_of(ours, data + 1, len); /* no alignment is needed */
		assert_int_equal(crypto_sha384(theirs, data + 1, len), 0);
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_answers_of_the_standard),
		cmocka_unit_test(gives_the_answer_for_a_million_letters),
		cmocka_unit_test(agrees_with_the_attestation_library_at_every_length),
	};

	return cmocka_run_group_tests_name("fw_sha384", tests, NULL, NULL);
}
