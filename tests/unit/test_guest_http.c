/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP parser of hc-guest: what it refuses, where an answer ends, that limits hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/guest/http.h"
#include "attest/guest/source.h"

static int parse(const char *text, size_t len, struct http_answer *out)
{
	return http_answer_parse((struct view){(const uint8_t *)text, len}, out, NULL);
}

static void refuses_what_two_readers_could_understand_differently(void **state)
{
	static const char *const bad[] = {
		"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
		"http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\r\n",
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: "
		"chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
		"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 2097153\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\n Content-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: empty\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: "
		"0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=b c\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=\"b\"\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\nx\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1 \r\nx\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: trailer\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n",
		"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n"
		"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_answer out;
		int rc = parse(bad[i], strlen(bad[i]), &out);

		if (rc != HC_EFORMAT)
			print_error("%zu: %s gives %d\n", i, bad[i], rc);
		assert_int_equal(rc, HC_EFORMAT);
	}
}

static void refuses_control_characters_anywhere_in_the_head(void **state)
{
	static const char good[] = "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n";
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		struct http_answer out;

		memcpy(text, good, sizeof(good));
		text[i] = '\0';
		assert_int_equal(parse(text, sizeof(good) - 1, &out), HC_EFORMAT);
		text[i] = '\x7f';
		assert_int_equal(parse(text, sizeof(good) - 1, &out), HC_EFORMAT);
	}
}

static const char *const good[] = {
	"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nSet-Cookie: kbs-session-id=0aF; Path=/\r\n\r\nabc",
	"HTTP/1.1 200\r\ncontent-length:\t3 \r\nset-cookie: kbs-session-id=0aF\r\n\r\nabc",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nSet-Cookie: kbs-session-id=0aF;\r\n\r\n"
	"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
	"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n"
	"Set-Cookie: kbs-session-id=0aF\r\n\r\nabc",
};

static void reads_length_and_chunks_and_cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct http_answer out;

		assert_int_equal(parse(good[i], strlen(good[i]), &out), 0);
		assert_int_equal(out.status, 200);
		assert_int_equal(out.body.len, 3);
		assert_memory_equal(out.body.data, "abc", 3);
		assert_string_equal(out.cookie, "kbs-session-id=0aF");
		assert_int_equal(out.consumed, strlen(good[i]));
		http_answer_fini(&out);
	}
}

static void wants_more_at_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t len = 0; len < strlen(good[i]); len++) {
			struct http_answer out;
			/* Exactly `len` bytes, so that a sanitizer sees one too many read. */
			char *copy = malloc(len + 1);

			assert_non_null(copy);
			memcpy(copy, good[i], len);
			copy = realloc(copy, len ? len : 1);
			assert_int_equal(parse(copy, len, &out), HC_ETRUNCATED);
			free(copy);
		}
	}
}

static void leaves_what_follows_the_answer(void **state)
{
	static const char two[] =
		"HTTP/1.1 404 No\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
		"HTTP/1.1 200 OK\r\n";
	struct http_answer out;

	(void)state;
	assert_int_equal(parse(two, sizeof(two) - 1, &out), 0);
	assert_int_equal(out.status, 404);
	assert_true(out.close);
	assert_int_equal(out.consumed, strstr(two, "xHTTP") + 1 - two);
	http_answer_fini(&out);
}

static void heads_and_bodies_have_limits(void **state)
{
	size_t len = HTTP_HEAD_MAX + 100, at;
	char *text = malloc(len + HTTP_BODY_MAX);
	struct http_answer out;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', len);
	memcpy(text, "HTTP/1.1 200 OK\r\nA: ", 20);
	assert_int_equal(parse(text, len, &out), HC_EFORMAT);
	memset(text, '\n', len);
	at = 0;
	at += (size_t)sprintf(text, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	/* Chunks of 1 MiB less one: two fit, the third does not. */
	for (int i = 0; i < 2; i++) {
		at += (size_t)sprintf(text + at, "fffff\r\n");
		memset(text + at, 'x', 0xfffff);
		at += 0xfffff;
		at += (size_t)sprintf(text + at, "\r\n");
	}
	assert_int_equal(parse(text, at, &out), HC_ETRUNCATED);
	at += (size_t)sprintf(text + at, "3\r\nxxx\r\n");
	assert_int_equal(parse(text, at, &out), HC_EFORMAT);
	free(text);
}

static void requests_are_written_as_servers_expect(void **state)
{
	struct bytes out = {0};

	(void)state;
	assert_int_equal(http_request_build(&out, "POST", "/a", "h", "k=v",
				 (struct view){(const uint8_t *)"{}", 2}, NULL),
		0);
	assert_int_equal(bytes_append(&out, "", 1), 0);
	assert_string_equal((char *)out.data,
		"POST /a HTTP/1.1\r\nHost: h\r\nUser-Agent: hc-guest\r\nAccept: "
		"application/json\r\n"
		"Cookie: k=v\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
	bytes_free(&out);
}

static void requests_cannot_be_split(void **state)
{
	struct bytes out = {0};

	(void)state;
	assert_int_equal(
		http_request_build(&out, "GET", "/a\r\nX: y", "h", "", (struct view){0}, NULL),
		HC_EUSAGE);
	assert_int_equal(http_request_build(&out, "GET", "/a b", "h", "", (struct view){0}, NULL),
		HC_EUSAGE);
	assert_int_equal(http_request_build(&out, "GET", "/a", "h\n", "", (struct view){0}, NULL),
		HC_EUSAGE);
	assert_int_equal(
		http_request_build(&out, "GET", "/a", "h", "k=v\r\n", (struct view){0}, NULL),
		HC_EUSAGE);
	assert_int_equal(out.len, 0);
}

static void only_the_simulated_source_warns_and_it_does(void **state)
{
	(void)state;
	assert_null(source_tsm.warning);
	assert_non_null(source_sim.warning);
	assert_non_null(strstr(source_sim.warning, "SIMULATED - NOT HARDWARE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_two_readers_could_understand_differently),
		cmocka_unit_test(refuses_control_characters_anywhere_in_the_head),
		cmocka_unit_test(reads_length_and_chunks_and_cookies),
		cmocka_unit_test(wants_more_at_every_cut),
		cmocka_unit_test(leaves_what_follows_the_answer),
		cmocka_unit_test(heads_and_bodies_have_limits),
		cmocka_unit_test(requests_are_written_as_servers_expect),
		cmocka_unit_test(requests_cannot_be_split),
		cmocka_unit_test(only_the_simulated_source_warns_and_it_does),
	};

	return cmocka_run_group_tests_name("guest_http", tests, NULL, NULL);
}
