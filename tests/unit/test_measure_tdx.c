/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MRTD, RTMR1 and boot log of our TDX guests. The known answers were computed with Python's hashlib
 * from the layouts as the TDX module's specification, the TCG's and firmware/abi state them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attest/measure/measure_tdx.h"
#include "common/hex.h"
#include "firmware/abi/ccel.h"

static uint8_t reset[4096], text[4096], kernel[100];
static struct fw_image image;
static struct hc_manifest manifest;
static struct error err;

static int setup(void **state)
{
	const struct guest_inputs in = {
		.platform = HC_PLATFORM_TDX,
		.kernel = {kernel, sizeof(kernel)},
		.cmdline = "quiet",
		.vcpu_count = 2,
	};

	(void)state;
	memset(reset, 0xe9, sizeof(reset));
	memset(text, 0x90, sizeof(text));
	memset(kernel, 0x11, sizeof(kernel));
	image = (struct fw_image){
		.platform = HC_PLATFORM_TDX,
		.region_count = 5,
		.region = {{HC_TDX_RESET_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, reset},
			{HC_TEXT_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, text},
			{HC_BSS_GPA, 1, HC_PAGE_ZERO, HC_ROLE_IMAGE, NULL},
			{HC_MANIFEST_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, NULL},
			{HC_HOSTFDT_GPA, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, NULL}},
		.total_pages = 6,
	};
	err = (struct error){0};
	return manifest_build(&manifest, &in, NULL);
}

static void assert_hex(const uint8_t digest[SHA384_SIZE], const char *want)
{
	char text_of[2 * SHA384_SIZE + 1];

	hex_encode(text_of, digest, SHA384_SIZE);
	assert_string_equal(text_of, want);
}

static void refuses_images_that_have_no_mrtd(void **state)
{
	uint8_t out[SHA384_SIZE];

	(void)state;
	image.region[2].type = HC_PAGE_SECRETS;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, &err), HC_EUNSUPPORTED);
	image.region[2].type = HC_PAGE_CPUID;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, &err), HC_EUNSUPPORTED);
	image.region[2].type = HC_PAGE_ZERO;
	manifest.platform = HC_PLATFORM_SIM_TDX;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, &err), HC_EMISMATCH);
	image.platform = HC_PLATFORM_SNP;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, &err), HC_EUNSUPPORTED);
	assert_string_equal(err.where, "firmware.platform");
}

static void mrtd_is_the_known_answer(void **state)
{
	uint8_t out[SHA384_SIZE];

	(void)state;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, &err), 0);
	assert_hex(out, "a23f00f464f117b3d9c962ba377a04cc567e5b660a5e0ec97383003e29d1a588"
			"21d00b21fec59d26769958ff69cbb554");
}

struct steps {
	size_t count, measured;
	uint8_t last[SHA384_SIZE];
};

static void note(void *ctx, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct steps *s = ctx;

	if (s->count == 0)
		assert_int_equal(gpa, HC_TDX_RESET_GPA);
	s->count++;
	s->measured += measured;
	memcpy(s->last, digest, SHA384_SIZE);
}

static void every_step_is_explained_and_the_hosts_pages_are_only_added(void **state)
{
	struct steps s = {0};
	uint8_t out[SHA384_SIZE];

	(void)state;
	assert_int_equal(measure_tdx(out, &image, &manifest, note, &s, &err), 0);
	assert_int_equal(s.count, 10);
	assert_int_equal(s.measured, 4);
	assert_memory_equal(s.last, out, SHA384_SIZE);
}

static void every_input_changes_mrtd(void **state)
{
	uint8_t first[SHA384_SIZE], out[SHA384_SIZE];

	(void)state;
	assert_int_equal(measure_tdx(first, &image, &manifest, NULL, NULL, NULL), 0);
	manifest.vcpu_count++;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	manifest.vcpu_count--;
	text[4095] ^= 1;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	text[4095] ^= 1;
	image.region[0].gpa = HC_RODATA_GPA;
	assert_int_equal(measure_tdx(out, &image, &manifest, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
}

static void rtmr1_and_log_are_the_known_answers(void **state)
{
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], digest[SHA384_SIZE];
	struct bytes log = {0};

	(void)state;
	assert_int_equal(measure_tdx_rtmrs(rtmr, &manifest, &err), 0);
	assert_hex(rtmr[1], "fe91619d9dba813f5cc4ccb2685996e991a389b0aa3260cbdb7ee548756d1d58"
			    "c8776f3d38585670c9603b4066dc1f9e");
	assert_true(bytes_all_zero(rtmr[0], SHA384_SIZE));
	assert_true(bytes_all_zero(rtmr[2], 2 * SHA384_SIZE));
	assert_int_equal(measure_tdx_log(&log, &manifest, &err), 0);
	assert_int_equal(log.len, HC_CCEL_LOG_SIZE);
	assert_int_equal(crypto_sha384(digest, log.data, log.len), 0);
	assert_hex(digest, "9e5e1f9493f79d7ed182b88e2531c58da6c36c7f35f86ac6d8d4bb5898d9e73d"
			   "ce5a5dce98ed78f601528581ab7aae3d");
	bytes_free(&log);
}

static void event(void *ctx, const struct ccel_event *e, const uint8_t rtmr[SHA384_SIZE])
{
	uint8_t digest[SHA384_SIZE];

	assert_non_null(rtmr);
	assert_int_equal(e->mr_index, HC_CCEL_MR_INDEX);
	assert_int_equal(e->data.len, sizeof(manifest));
	assert_int_equal(crypto_sha384(digest, e->data.data, e->data.len), 0);
	assert_memory_equal(e->digest, digest, SHA384_SIZE);
	++*(int *)ctx;
}

/* The replayer was written for logs of others. */
static void the_log_replays_to_the_registers_and_its_data_to_its_digest(void **state)
{
	uint8_t want[CCEL_RTMRS][SHA384_SIZE], got[CCEL_RTMRS][SHA384_SIZE];
	static const uint8_t rest[64];
	struct bytes log = {0};
	int events = 0;

	(void)state;
	assert_int_equal(measure_tdx_rtmrs(want, &manifest, &err), 0);
	assert_int_equal(measure_tdx_log(&log, &manifest, &err), 0);
	assert_int_equal(bytes_append(&log, rest, sizeof(rest)), 0); /* of the log area */
	assert_int_equal(ccel_replay(got, bytes_view(&log), event, &events, &err), 0);
	assert_int_equal(events, 1);
	assert_memory_equal(got, want, sizeof(got));
	bytes_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(refuses_images_that_have_no_mrtd, setup),
		cmocka_unit_test_setup(mrtd_is_the_known_answer, setup),
		cmocka_unit_test_setup(
			every_step_is_explained_and_the_hosts_pages_are_only_added, setup),
		cmocka_unit_test_setup(every_input_changes_mrtd, setup),
		cmocka_unit_test_setup(rtmr1_and_log_are_the_known_answers, setup),
		cmocka_unit_test_setup(
			the_log_replays_to_the_registers_and_its_data_to_its_digest, setup),
	};

	return cmocka_run_group_tests_name("measure_tdx", tests, NULL, NULL);
}
