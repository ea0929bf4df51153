/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of quote services. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/quote/quote_address.h"

static struct quote_address a;
static struct error err;

static int parse(const char *text)
{
	return quote_address_parse(&a, text, "quote_service", &err);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const wrong[] = {"", "unix", "unix:", "unix:relative", "UNIX:/a",
		"vsock", "vsock:", "vsock:2", "vsock:2:", "vsock::4050",
		"vsock:2:4050:", "vsock:2:4050 ", "vsock: 2:4050", "vsock:-1:4050", "vsock:+2:4050",
		"vsock:2:0x10", "vsock:4294967295:4050", "vsock:2:4294967295",
		"vsock:4294967298:4050", "vsock:2:99999999999999999999", "inet:127.0.0.1:4050",
		"/var/run/tdx-qgs/qgs.socket"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(wrong[i]) != HC_EFORMAT)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_string_equal(err.where, "quote_service");
		assert_non_null(strstr(err.expected, "vsock:CID:PORT"));
	}
}

static void a_path_that_no_socket_has_is_refused(void **state)
{
	char text[200] = "unix:/";

	(void)state;
	memset(text + 6, 'a', 106);
	assert_int_equal(parse(text), 0);
	assert_int_equal(strlen(a.path), 107);
	text[6 + 106] = 'a';
	assert_int_equal(parse(text), HC_ERANGE);
	assert_non_null(strstr(err.expected, "107"));
}

static void both_kinds_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse("unix:/var/run/tdx-qgs/qgs.socket"), 0);
	assert_false(a.vsock);
	assert_string_equal(a.path, "/var/run/tdx-qgs/qgs.socket");
	assert_int_equal(parse("vsock:2:4050"), 0);
	assert_true(a.vsock);
	assert_int_equal(a.cid, 2);
	assert_int_equal(a.port, 4050);
	assert_string_equal(a.path, "");
	assert_int_equal(parse("vsock:0:0"), 0);
	assert_int_equal(parse("vsock:4294967294:4294967294"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(a_path_that_no_socket_has_is_refused),
		cmocka_unit_test(both_kinds_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
