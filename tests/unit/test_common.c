/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/file.h"
#include "common/hex.h"
#include "common/json.h"
#include "common/log.h"
#include "common/text.h"

static void view_sub_refuses_every_range_outside(void **state)
{
	uint8_t data[16];
	struct view in = {data, sizeof(data)}, out;

	(void)state;
	assert_false(view_sub(in, 17, 0, &out));
	assert_false(view_sub(in, 0, 17, &out));
	assert_false(view_sub(in, 16, 1, &out));
	assert_false(view_sub(in, 8, SIZE_MAX - 4, &out));
	assert_false(view_sub(in, SIZE_MAX, 2, &out));
	assert_true(view_sub(in, 16, 0, &out));
	assert_true(view_sub(in, 4, 12, &out));
	assert_ptr_equal(out.data, data + 4);
	assert_int_equal(out.len, 12);
}

static void loads_and_stores_are_inverse_in_both_byte_orders(void **state)
{
	uint8_t b[8];

	(void)state;
	put_le64(b, 0x0123456789abcdefULL);
	assert_int_equal(b[0], 0xef);
	assert_int_equal(b[7], 0x01);
	assert_true(get_le64(b) == 0x0123456789abcdefULL);
	assert_int_equal(get_le16(b), 0xcdef);
	put_be32(b, 0xdeadbeef);
	assert_int_equal(b[0], 0xde);
	assert_int_equal(get_be32(b), 0xdeadbeef);
}

static void comparison_in_constant_time_sees_every_bit(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	for (size_t bit = 0; bit < 256; bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(bytes_equal_ct(a, b, 32));
		assert_false(bytes_all_zero(b, 32));
		b[bit / 8] = 0;
	}
	assert_true(bytes_equal_ct(a, b, 32));
}

static void bytes_grow_and_keep_what_they_hold(void **state)
{
	struct bytes b = {0};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		uint8_t v = (uint8_t)(i * 7);

		assert_int_equal(bytes_append(&b, &v, 1), 0);
	}
	assert_int_equal(b.len, 5000);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], (uint8_t)(i * 7));
	assert_int_equal(bytes_append(&b, "", SIZE_MAX - 100), HC_ENOMEM);
	assert_int_equal(b.len, 5000);
	bytes_free(&b);
	assert_null(b.data);
}

static void hex_refuses_all_but_the_exact_digits(void **state)
{
	static const char *const bad[] = {"", "0", "012", "01 3", "0x12", "01234", "g123", "012g"};
	struct error err;
	uint8_t out[2];
	char text[5];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(hex_decode(out, 2, bad[i], "field", &err), HC_EFORMAT);
	assert_int_equal(hex_decode(out, 2, "aB09", "field", &err), 0);
	assert_int_equal(out[0], 0xab);
	hex_encode(text, out, 2);
	assert_string_equal(text, "ab09");
}

static void base64_known_answers_both_ways(void **state)
{
	/* RFC 4648 section 10, and two bytes that tell the alphabets apart. */
	static const char *const cases[][3] = {{"", "", ""}, {"f", "Zg==", "Zg"},
		{"fo", "Zm8=", "Zm8"}, {"foo", "Zm9v", "Zm9v"}, {"foob", "Zm9vYg==", "Zm9vYg"},
		{"fooba", "Zm9vYmE=", "Zm9vYmE"}, {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
		{"\xfb\xff", "+/8=", "-_8"}};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (int kind = BASE64_STD; kind <= BASE64_URL; kind++) {
			const char *coded = cases[i][1 + kind], *plain = cases[i][0];
			struct bytes out = {0};

			base64_encode((enum base64_kind)kind, text, (const uint8_t *)plain,
				strlen(plain));
			assert_string_equal(text, coded);
			assert_int_equal(base64_decode((enum base64_kind)kind, &out, coded,
						 strlen(coded), NULL),
				0);
			assert_int_equal(out.len, strlen(plain));
			if (out.len)
				assert_memory_equal(out.data, plain, out.len);
			bytes_free(&out);
		}
	}
}

static void base64_refuses_what_is_not_canonical(void **state)
{
	static const struct {
		enum base64_kind kind;
		const char *text;
	} bad[] = {{BASE64_STD, "Zg"}, {BASE64_STD, "Zg="}, {BASE64_STD, "Zh=="},
		{BASE64_STD, "Zm9="}, {BASE64_STD, "===="}, {BASE64_STD, "Z==="},
		{BASE64_STD, "Zg==Zg=="}, {BASE64_STD, "-_8="}, {BASE64_STD, "Zm9v\n"},
		{BASE64_STD, " Zm9"}, {BASE64_URL, "Zg=="}, {BASE64_URL, "Z"}, {BASE64_URL, "Zh"},
		{BASE64_URL, "+/8"}, {BASE64_URL, "Zm9vY"}};
	struct error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bytes out = {0};

		assert_int_equal(
			base64_decode(bad[i].kind, &out, bad[i].text, strlen(bad[i].text), &err),
			HC_EFORMAT);
		bytes_free(&out);
	}
}

static void json_refuses_duplicates_unknowns_and_trailing_text(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{", "{\"a\":1,\"a\":2}", "{} x", "{'a':1}", "{\"a\":1,}", "null"};
	static const char *const names[] = {"a", "b", NULL};
	struct error err;
	json_t *obj;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			json_parse_object(&obj, bad[i], strlen(bad[i]), "x", &err), HC_EFORMAT);
		assert_null(obj);
	}
	assert_int_equal(json_parse_object(&obj, "{\"a\":1,\"c\":2}", 13, "x", &err), 0);
	assert_int_equal(json_only(obj, "x", names, &err), HC_EFORMAT);
	assert_non_null(strstr(err.found, "\"c\""));
	json_decref(obj);
}

static void json_getters_refuse_wrong_types_and_ranges(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"n\":5,\"neg\":-1,\"r\":1.5,\"z\":\"a\\u0001\"}";
	const char *s = NULL;
	struct error err;
	uint64_t n = 99;
	bool flag = true;
	json_t *obj;

	(void)state;
	assert_int_equal(json_parse_object(&obj, text, strlen(text), "x", &err), 0);
	assert_int_equal(json_get_string(obj, "x", "n", &s, &err), HC_EFORMAT);
	assert_int_equal(json_get_string(obj, "x", "none", &s, &err), HC_EMISSING);
	assert_string_equal(err.where, "x.none");
	assert_int_equal(json_get_u64(obj, "x", "n", 6, 9, &n, &err), HC_ERANGE);
	assert_int_equal(json_get_u64(obj, "x", "neg", 0, 9, &n, &err), HC_ERANGE);
	assert_int_equal(json_get_u64(obj, "x", "r", 0, 9, &n, &err), HC_EFORMAT);
	assert_int_equal(n, 99);
	assert_int_equal(json_opt_bool(obj, "x", "n", &flag, &err), HC_EFORMAT);
	assert_int_equal(json_opt_u64(obj, "x", "absent", 0, 9, &n, &err), 0);
	assert_int_equal(n, 99);
	assert_int_equal(json_get_u64(obj, "x", "n", 5, 5, &n, &err), 0);
	assert_int_equal(n, 5);
	json_decref(obj);
}

static void file_written_is_file_read_and_limits_hold(void **state)
{
	char dir[] = "/tmp/hc-test-XXXXXX", path[64];
	struct bytes back = {0};
	struct error err;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/f", dir);
	assert_int_equal(file_read(&back, path, 10, &err), HC_EMISSING);
	assert_int_equal(file_write(path, "hello", 5, 0600, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_read(&back, path, 4, &err), HC_ERANGE);
	bytes_free(&back);
	assert_int_equal(file_read(&back, path, 5, &err), 0);
	assert_int_equal(back.len, 5);
	assert_memory_equal(back.data, "hello", 5);
	bytes_free(&back);
	assert_int_equal(file_write("/nowhere/f", "x", 1, 0600, &err), HC_EIO);
	unlink(path);
	rmdir(dir);
}

static void error_line_has_every_part_and_no_control_characters(void **state)
{
	char line[256], small[8];
	struct error err;

	(void)state;
	error_fail(&err, HC_EFORMAT, "manifest.magic", "a\nb\x1b[31m");
	error_expected(&err, "HCMANIF");
	error_section(&err, "DESIGN 5");
	error_remedy(&err, "use one release");
	error_at(&err, 16);
	error_format(&err, line, sizeof(line));
	assert_string_equal(line, "manifest.magic at 0x10: not in the expected format; found "
				  "a?b?[31m, expected HCMANIF (DESIGN 5). Do: use one release");
	assert_int_equal(error_format(&err, small, sizeof(small)), 7);
	assert_int_equal(strlen(small), 7);
	for (int code = 0; code >= HC_CODE_LAST; code--)
		assert_true(error_name(code)[0] && strcmp(error_name(code), "EUNKNOWN") != 0);
	assert_string_equal(error_name(1), "EUNKNOWN");
	assert_int_equal(error_fail(NULL, HC_EIO, "x", "y"), HC_EIO);
}

static void error_numbers_have_words_even_where_the_system_has_none(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(error_errno(&err, "mmap", ENOMEM), HC_EIO);
	assert_string_equal(err.found, "Cannot allocate memory");
	error_errno(&err, "mmap", 12345);
	assert_string_equal(err.found, "unknown error number");
}

static void log_line_cannot_be_split_by_its_arguments(void **state)
{
	int fds[2];
	char got[512];
	ssize_t n;
	struct log log = {-1, LOG_LEVEL_INFO, "prog"};

	(void)state;
	assert_int_equal(pipe(fds), 0);
	log.fd = fds[1];
	log_line(&log, LOG_LEVEL_DEBUG, "not written");
	log_line(&log, LOG_LEVEL_WARN, "a %s b", "x\n2026 FAKE\xc2\x9b");
	n = read(fds[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_non_null(strstr(got, "WARN  prog: a x?2026 FAKE?? b\n"));
	assert_ptr_equal(strchr(got, '\n'), got + n - 1);
	close(fds[0]);
	close(fds[1]);
}

static void text_that_is_shown_has_no_controls_and_is_utf8(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"Clé n° 1, 鍵, 🗝", "Clé n° 1, 鍵, 🗝"},
		{"a\nb\tc\x7f", "a?b?c?"},
		{"\033[2J", "?[2J"},
		{"\x9b"
		 "2J",
			"?2J"}, /* CSI as one byte */
		{"\xc2\x9b"
		 "2J",
			"??2J"}, /* CSI as UTF-8 */
		{"\xc2\xa0", "\xc2\xa0"},
		{"\xc3", "?"}, /* cut */
		{"\xe9\x8d", "??"},
		{"\xf0\x9f\x97", "???"},
		{"\xc0\x8a", "??"}, /* a newline in two bytes */
		{"\xe0\x80\x8a", "???"},
		{"\xf0\x80\x80\x8a", "????"},
		{"\xed\xa0\x80", "???"},      /* a surrogate */
		{"\xf4\x90\x80\x80", "????"}, /* above U+10FFFF */
		{"\xf5\x80\x80\x80", "????"},
		{"\xff\xfe", "??"},
		/* What turns the direction of reading, and line ends by another name. */
		{"a\u202eb\u2066c\u200fd\u061ce", "a???b???c???d??e"},
		{"a\u2028b\u2029c\ufeffd", "a???b???c???d"},
		{"8\u202f%, l\u2019h\u00f4te", "8\u202f%, l\u2019h\u00f4te"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(text, cases[i].in);
		text_clean(text);
		assert_string_equal(text, cases[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(view_sub_refuses_every_range_outside),
		cmocka_unit_test(loads_and_stores_are_inverse_in_both_byte_orders),
		cmocka_unit_test(comparison_in_constant_time_sees_every_bit),
		cmocka_unit_test(bytes_grow_and_keep_what_they_hold),
		cmocka_unit_test(hex_refuses_all_but_the_exact_digits),
		cmocka_unit_test(base64_known_answers_both_ways),
		cmocka_unit_test(base64_refuses_what_is_not_canonical),
		cmocka_unit_test(json_refuses_duplicates_unknowns_and_trailing_text),
		cmocka_unit_test(json_getters_refuse_wrong_types_and_ranges),
		cmocka_unit_test(file_written_is_file_read_and_limits_hold),
		cmocka_unit_test(error_line_has_every_part_and_no_control_characters),
		cmocka_unit_test(error_numbers_have_words_even_where_the_system_has_none),
		cmocka_unit_test(log_line_cannot_be_split_by_its_arguments),
		cmocka_unit_test(text_that_is_shown_has_no_controls_and_is_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
