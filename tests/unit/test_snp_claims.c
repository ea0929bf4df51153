/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of a report is shown, decoded and raw; nothing that is set goes unnamed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "attest/evidence/snp_report_abi.h"
#include "attest/verify/verify.h"
#include "tests/unit/fake_amd.h"

static uint8_t bytes[SNP_REPORT_SIZE];
static struct verdict v;

static char *shown(void)
{
	json_t *obj;
	char *text;

	verdict_reset(&v, MESSAGES_EN);
	assert_int_equal(snp_evidence_ops.parse((struct view){bytes, sizeof(bytes)}, &v), 0);
	assert_int_equal(claims_to_json(&v.claims, &obj, NULL), 0);
	text = json_dumps(obj, JSON_COMPACT);
	assert_non_null(text);
	json_decref(obj);
	return text;
}

/* Any bit changed before the bytes behind S shows; those are told of by "reserved_zero". */
static void no_bit_of_a_report_can_change_without_being_seen(void **state)
{
	(void)state;
	for (uint32_t version = 2; version <= 6; version++) {
		char *before;

		fake_report(bytes, version);
		before = shown();
		for (size_t bit = 0; bit < 8 * SNP_REPORT_SIZE; bit++) {
			char *after;

			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			after = shown();
			bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (!strcmp(before, after))
				fail_msg("version %u, byte 0x%zx", version, bit / 8);
			free(after);
		}
		free(before);
	}
}

static void assert_shows(const char *what)
{
	char *text = shown();

	if (!strstr(text, what))
		fail_msg("no %s in %s", what, text);
	free(text);
}

static void names_bits_by_their_meaning_and_by_number_without_one(void **state)
{
	(void)state;
	fake_report(bytes, 5);
	put_le64(bytes + SNP_OFF_POLICY, 0x8000000004fe0107);
	put_le64(bytes + SNP_OFF_PLATFORM_INFO, 0x8165);
	put_le32(bytes + SNP_OFF_KEY_INFO, 0x80000025);
	put_le64(bytes + SNP_OFF_LAUNCH_MIT_VECTOR, 0x0b);
	assert_shows("\"smt_allowed\":false,\"reserved_bit_17\":true,\"migrate_ma\":true,"
		     "\"debug\":true");
	assert_shows("\"abi_major\":1,\"abi_minor\":7,\"unknown_bits\":\"26, 63\"");
	assert_shows("\"iommu_write_safe\":true,\"tio_en\":false,\"unknown_bits\":\"8, 15\"");
	assert_shows("\"author_key_en\":true,\"mask_chip_key\":false,\"signing_key\":\"VLEK\","
		     "\"signing_key_value\":1,\"unknown_bits\":\"5, 31\"");
	assert_shows("\"launch_mit_vector\":{\"raw\":\"0x000000000000000b\","
		     "\"bits_set\":\"0, 1, 3\"}");
}

static void names_the_extended_tcbs_of_version_6(void **state)
{
	(void)state;
	fake_report(bytes, 6);
	bytes[SNP_OFF_CURRENT_ETCB] = 0xc0;
	assert_shows("\"current_etcb\":\"c0000000");
	assert_shows("\"launch_etcb\":\"00000000");
	assert_shows("\"committed_etcb\":\"00000000");
	assert_shows("\"reserved_zero\":false");
}

static void decodes_no_tcb_without_a_product(void **state)
{
	char *text;

	(void)state;
	fake_report(bytes, 2);
	assert_shows("\"reported_tcb\":{\"raw\":\"0a000000000017d9\"}");
	fake_report(bytes, 3);
	text = shown();
	assert_non_null(strstr(text, "\"reported_tcb\":{\"raw\":\"0a000000000017d9\","
				     "\"bootloader\":10,\"tee\":0,\"snp\":23,\"microcode\":217"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_bit_of_a_report_can_change_without_being_seen),
		cmocka_unit_test(names_bits_by_their_meaning_and_by_number_without_one),
		cmocka_unit_test(names_the_extended_tcbs_of_version_6),
		cmocka_unit_test(decodes_no_tcb_without_a_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
