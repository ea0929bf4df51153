/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a TDX guest's log as words: what their data says, and what vouches for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/ccel_event.h"
#include "tests/unit/vectors.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

#define EV_SEPARATOR   0x00000004U
#define EV_IPL         0x0000000dU
#define EV_DRIVER_CONF 0x80000001U
#define EV_BOOT        0x80000002U
#define EV_APPLICATION 0x80000003U
#define EV_GPT         0x80000006U
#define EV_BLOB        0x80000008U
#define EV_BLOB2       0x8000000aU
#define EV_TAG         0x00000006U

static char text[400];
static uint8_t digest[SHA384_SIZE];

static const char *describe(uint32_t type, const void *data, size_t len)
{
	const struct ccel_event event = {
		.type = type, .mr_index = 1, .digest = digest, .data = {data, len}};

	ccel_event_describe(&event, text, sizeof(text));
	return text;
}

static enum ccel_digest_of digest_of(uint32_t type, struct view data, struct view hashed)
{
	const struct ccel_event event = {
		.type = type, .mr_index = 1, .digest = digest, .data = data};
	enum ccel_digest_of out;

	assert_int_equal(crypto_sha384(digest, hashed.data, hashed.len), 0);
	assert_int_equal(ccel_event_digest_of(&event, &out), 0);
	return out;
}

/* UEFI_VARIABLE_DATA of the name "Db" and the value 1, 2, 3. */
static size_t variable(uint8_t out[64])
{
	memset(out, 0, 64);
	out[16] = 2;
	out[24] = 3;
	memcpy(out + 32, "D\0b\0\1\2\3", 7);
	return 39;
}

/* --- what is bent --- */

static void says_nothing_about_variables_that_lie_about_their_lengths(void **state)
{
	static const uint64_t lengths[] = {4, 0x7fffffffffffffff, 0x8000000000000000,
		0x8000000000000001, UINT64_MAX, UINT64_MAX / 2 - 16};
	uint8_t data[64];
	size_t len = variable(data);

	(void)state;
	for (size_t cut = 0; cut < len; cut++)
		assert_string_equal(describe(EV_DRIVER_CONF, data, cut), "");
	for (size_t i = 0; i < LEN(lengths); i++) {
		for (size_t at = 16; at <= 24; at += 8) {
			variable(data);
			put_le64(data + at, lengths[i]);
			assert_string_equal(describe(EV_DRIVER_CONF, data, len), "");
		}
	}
}

static void ends_with_a_device_path_that_is_bent(void **state)
{
	/* Header of 32 bytes; a file node of 8 bytes "A", then one whose length is a lie. */
	static const uint8_t lies[] = {0, 3, 9, 0xff};
	uint8_t data[32 + 8 + 4] = {0};

	(void)state;
	data[8] = 10;
	data[24] = 12;
	memcpy(data + 32, "\4\4\10\0A\0\0\0", 8);
	for (size_t i = 0; i < LEN(lies); i++) {
		memcpy(data + 40, "\4\4\0\0", 4);
		data[42] = lies[i];
		assert_string_equal(describe(EV_APPLICATION, data, sizeof(data)), "10 bytes A");
	}
	put_le64(data + 24, UINT64_MAX);
	assert_string_equal(describe(EV_APPLICATION, data, sizeof(data)), "10 bytes ");
	assert_string_equal(describe(EV_APPLICATION, data, 31), "");
}

static void shows_no_byte_that_is_not_printable(void **state)
{
	uint8_t data[300];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(255 - i % 255);
	for (uint32_t type = 0; type < 0x20; type++) {
		describe(type, data, sizeof(data));
		describe(type | 0x80000000U, data, sizeof(data));
		for (const char *c = text; *c; c++)
			assert_true(*c >= 0x20 && *c < 0x7f);
	}
	assert_string_equal(describe(EV_IPL, "a\nb\033[31m\xc3\xa9", 10), "a b?[31m??");
}

static void is_cut_where_the_buffer_ends(void **state)
{
	const struct ccel_event event = {
		.type = EV_IPL, .digest = digest, .data = {(const uint8_t *)"0123456789", 10}};
	char small[8];

	(void)state;
	for (size_t cap = 1; cap <= sizeof(small); cap++) {
		memset(small, 'x', sizeof(small));
		ccel_event_describe(&event, small, cap);
		assert_int_equal(strlen(small), cap - 1);
		assert_memory_equal(small, "0123456789", cap - 1);
	}
}

/* --- what is said --- */

static void says_what_each_kind_of_data_holds(void **state)
{
	uint8_t blob[16] = {0}, gpt[100] = {0}, data[64];

	(void)state;
	assert_string_equal(describe(EV_DRIVER_CONF, data, variable(data)), "Db, 3 bytes: 010203");
	assert_string_equal(describe(EV_SEPARATOR, "\0\0\0\0", 4), "00000000");
	assert_string_equal(describe(EV_SEPARATOR, "0123456789abcdefg", 17),
		"30313233343536373839616263646566...");
	put_le64(blob, 0xffe00000);
	put_le64(blob + 8, 0x20000);
	assert_string_equal(describe(EV_BLOB, blob, 16), "0x20000 bytes at 0xffe00000");
	data[0] = 2;
	memcpy(data + 1, "Fv", 2);
	memcpy(data + 3, blob, 16);
	assert_string_equal(describe(EV_BLOB2, data, 19), "Fv, 0x20000 bytes at 0xffe00000");
	assert_string_equal(describe(EV_BLOB2, data, 18), "Fv");
	assert_string_equal(describe(EV_BLOB2, data, 2), "");
	for (uint8_t i = 0; i < 16; i++)
		gpt[56 + i] = i;
	gpt[92] = 3;
	assert_string_equal(describe(EV_GPT, gpt, 100),
		"disk 03020100-0504-0706-0809-0A0B0C0D0E0F, 3 partitions");
	assert_string_equal(describe(EV_GPT, gpt, 99), "");
	assert_string_equal(
		describe(EV_TAG, "\x6c\x26\x55\x8f\6\0\0\0initrd", 14), "0x8f55266c initrd");
	assert_string_equal(describe(EV_TAG, "\x6c\x26\x55\x8f\7\0\0\0initrd", 14), "0x8f55266c ");
	assert_string_equal(describe(0x1234, "abc", 3), "");
}

static void names_types_and_registers(void **state)
{
	(void)state;
	assert_string_equal(ccel_event_type_name(EV_IPL), "EV_IPL");
	assert_string_equal(
		ccel_event_type_name(EV_APPLICATION), "EV_EFI_BOOT_SERVICES_APPLICATION");
	assert_string_equal(ccel_event_type_name(0x80000000U), "unknown");
	assert_string_equal(ccel_event_register(0), "mrtd");
	assert_string_equal(ccel_event_register(4), "rtmr3");
	assert_string_equal(ccel_event_register(5), "unknown");
	assert_string_equal(ccel_event_register(UINT32_MAX), "unknown");
}

static void says_which_part_of_the_data_the_digest_vouches_for(void **state)
{
	static const uint8_t grub[] = "grub_cmd: set default=2", plain[] = "no colon here";
	const struct view whole = {grub, sizeof(grub)}, text_only = {grub, sizeof(grub) - 1};
	const struct view command = {grub + 10, sizeof(grub) - 11};
	uint8_t data[64];
	size_t len = variable(data);

	(void)state;
	assert_int_equal(digest_of(EV_IPL, whole, whole), CCEL_DIGEST_OF_DATA);
	assert_int_equal(digest_of(EV_IPL, whole, text_only), CCEL_DIGEST_OF_TEXT);
	assert_int_equal(digest_of(EV_IPL, whole, command), CCEL_DIGEST_OF_TEXT);
	assert_int_equal(digest_of(EV_SEPARATOR, whole, command), CCEL_DIGEST_OF_OTHER);
	assert_int_equal(digest_of(EV_IPL, whole, (struct view){plain, 4}), CCEL_DIGEST_OF_OTHER);
	assert_int_equal(digest_of(EV_IPL, (struct view){plain, 13}, (struct view){plain, 13}),
		CCEL_DIGEST_OF_DATA);
	assert_int_equal(digest_of(EV_BOOT, (struct view){data, len}, (struct view){data + 36, 3}),
		CCEL_DIGEST_OF_VALUE);
	assert_int_equal(digest_of(EV_BOOT, (struct view){data, len}, (struct view){data, len}),
		CCEL_DIGEST_OF_DATA);
	assert_int_equal(
		digest_of(EV_BOOT, (struct view){data, len - 1}, (struct view){data + 36, 3}),
		CCEL_DIGEST_OF_OTHER);
	assert_int_equal(digest_of(EV_IPL, (struct view){grub, 0}, (struct view){grub, 1}),
		CCEL_DIGEST_OF_OTHER);
	assert_string_equal(ccel_digest_of_name(CCEL_DIGEST_OF_TEXT), "text");
	assert_string_equal(ccel_digest_of_name(CCEL_DIGEST_OF_OTHER), "");
}

/* --- a genuine log --- */

struct story {
	size_t events, vouched;
	bool secure_boot, cmdline, grub;
};

static void look(void *ctx, const struct ccel_event *event, const uint8_t rtmr[SHA384_SIZE])
{
	struct story *seen = ctx;
	enum ccel_digest_of of;

	(void)rtmr;
	assert_string_not_equal(ccel_event_type_name(event->type), "unknown");
	assert_int_equal(ccel_event_digest_of(event, &of), 0);
	describe(event->type, event->data.data, event->data.len);
	assert_true(text[0]);
	seen->events++;
	seen->vouched += of != CCEL_DIGEST_OF_OTHER;
	seen->secure_boot |= !strcmp(text, "SecureBoot, 1 bytes: 00") && of == CCEL_DIGEST_OF_DATA;
	seen->grub |= strstr(text, "bytes \\EFI\\BOOT\\grub-lakitu.efi") != NULL;
	seen->cmdline |= !strncmp(text, "kernel_cmdline: /syslinux/vmlinuz.A init=", 41) &&
			 of == CCEL_DIGEST_OF_TEXT;
}

static void tells_the_story_of_a_genuine_boot(void **state)
{
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	struct story seen = {0};
	struct bytes log;

	(void)state;
	vectors_needed();
	log = vectors_read("measure/tdx-event-log-cos-113/event_log.bin");
	assert_int_equal(ccel_replay(rtmr, bytes_view(&log), look, &seen, NULL), 0);
	assert_int_equal(seen.events, 43);
	assert_int_equal(seen.vouched, 31);
	assert_true(seen.secure_boot && seen.cmdline && seen.grub);
	bytes_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_nothing_about_variables_that_lie_about_their_lengths),
		cmocka_unit_test(ends_with_a_device_path_that_is_bent),
		cmocka_unit_test(shows_no_byte_that_is_not_printable),
		cmocka_unit_test(is_cut_where_the_buffer_ends),
		cmocka_unit_test(says_what_each_kind_of_data_holds),
		cmocka_unit_test(names_types_and_registers),
		cmocka_unit_test(says_which_part_of_the_data_the_digest_vouches_for),
		cmocka_unit_test(tells_the_story_of_a_genuine_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
