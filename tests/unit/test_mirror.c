/* SPDX-License-Identifier: Apache-2.0 */
/* The verifier's mirror of endorsements: what is left for guests, and how long its lists last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/kbs/snp_json.h"
#include "attest/service/mirror.h"
#include "tests/unit/fake_amd.h"

static struct fake_amd amd;

/* A mirror of `count` lists, no two alike, the last of which ends count - 1 s after `end`. */
static void fill(struct mirror *mirror, size_t count, int64_t end)
{
	*mirror = (struct mirror){.count = count};
	assert_true(count <= MIRROR_FILES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct fake_crl spec = {.issuer = "ARK",
			.signer = amd.ark,
			.this_update = FAKE_FROM,
			.next_update = end ? end + (int64_t)i : 0};

		mirror->file[i] = fake_crl(&spec);
	}
}

/* A certificate table of `count` lists: one file with many pieces. */
static void fill_table(struct mirror *mirror, size_t count)
{
	static const uint8_t guid[16] = {0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff,
		0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea};
	struct mirror lists;
	size_t offset = (count + 1) * 24;

	fill(&lists, count, FAKE_TO);
	for (size_t i = 0; i < count; i++) {
		uint8_t entry[24];

		memcpy(entry, guid, 16);
		put_le32(entry + 16, (uint32_t)offset);
		put_le32(entry + 20, (uint32_t)lists.file[i].len);
		offset += lists.file[i].len;
		assert_int_equal(bytes_append(&mirror->file[mirror->count], entry, 24), 0);
	}
	assert_int_equal(bytes_append(&mirror->file[mirror->count], (uint8_t[24]){0}, 24), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(bytes_append(&mirror->file[mirror->count], lists.file[i].data,
					 lists.file[i].len),
			0);
	mirror->count++;
	mirror_fini(&lists);
}

static void refuses_to_fill_the_room_of_what_guests_send(void **state)
{
	struct mirror mirror;
	struct error err;
	int64_t end;

	(void)state;
	fill(&mirror, MIRROR_PIECES_MAX - SNP_JSON_CERTS_MAX - 10, FAKE_TO + 100);
	fill_table(&mirror, 10);
	assert_int_equal(mirror_check(&mirror, FAKE_AT, &end, &err), 0);
	mirror_fini(&mirror);
	fill(&mirror, MIRROR_PIECES_MAX - SNP_JSON_CERTS_MAX - 10, FAKE_TO + 100);
	fill_table(&mirror, 11);
	assert_int_equal(mirror_check(&mirror, FAKE_AT, &end, &err), HC_EBUSY);
	assert_true(err.remedy[0]);
	mirror_fini(&mirror);
}

static void tells_the_latest_end_of_the_lists_in_date(void **state)
{
	struct mirror mirror = {0};
	int64_t end;

	(void)state;
	assert_int_equal(mirror_check(&mirror, FAKE_AT, &end, NULL), 0);
	assert_int_equal(end, 0);
	fill(&mirror, 3, FAKE_AT);
	assert_int_equal(mirror_check(&mirror, FAKE_AT, &end, NULL), 0);
	assert_int_equal(end, FAKE_AT + 2);
	assert_int_equal(mirror_check(&mirror, FAKE_AT + 3, &end, NULL), 0);
	assert_int_equal(end, 0);
	assert_int_equal(mirror_check(&mirror, FAKE_FROM - 1, &end, NULL), 0);
	assert_int_equal(end, 0);
	mirror_fini(&mirror);
	fill(&mirror, 1, 0); /* a list without an end is never in date */
	assert_int_equal(mirror_check(&mirror, FAKE_AT, &end, NULL), 0);
	assert_int_equal(end, 0);
	mirror_fini(&mirror);
}

static int set_up(void **state)
{
	(void)state;
	fake_amd_init(&amd);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fake_amd_fini(&amd);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_to_fill_the_room_of_what_guests_send),
		cmocka_unit_test(tells_the_latest_end_of_the_lists_in_date),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
