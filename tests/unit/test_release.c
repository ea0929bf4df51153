/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a release: the same for the same guest, and read only as it is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/measure_tdx.h"
#include "attest/measure/release.h"

static const uint8_t kernel[] = "kernel", initrd[] = "initrd", firmware[] = "firmware";
static uint8_t page[4096];
static struct fw_image image;
static struct hc_manifest manifest;
static struct release r, back;
static struct bytes text;
static struct error err;

static void set_image(enum hc_platform platform)
{
	image = (struct fw_image){
		.platform = platform,
		.region_count = 3,
		.region = {{HC_TEXT_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, page},
			{HC_MANIFEST_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, NULL},
			{HC_HOSTFDT_GPA, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, NULL}},
		.total_pages = 4,
	};
	manifest.platform = platform;
}

static int add(enum hc_platform platform, uint32_t vcpus)
{
	set_image(platform);
	return release_add_image(
		&r, (struct view){firmware, sizeof(firmware)}, &image, &manifest, vcpus, &err);
}

static int setup(void **state)
{
	struct guest_inputs in = {
		.platform = HC_PLATFORM_SNP,
		.kernel = {kernel, sizeof(kernel)},
		.initrd = {initrd, sizeof(initrd)},
		.cmdline = "console=ttyS0 \"quiet\"",
		.vcpu_count = 5,
		.device_count = 2,
		.device = {{.slot = 1, .virtio_id = 2, .flags = 1}, {.slot = 3, .virtio_id = 19}},
	};
	const uint8_t high[SHA384_SIZE] = {9}, low[SHA384_SIZE] = {3};

	(void)state;
	memset(page, 0x90, sizeof(page));
	memset(&r, 0, sizeof(r));
	memset(&text, 0, sizeof(text));
	err = (struct error){0};
	assert_int_equal(manifest_build(&manifest, &in, NULL), 0);
	assert_int_equal(release_set_name(r.name, "clinic-gateway", "name", NULL), 0);
	assert_int_equal(release_set_name(r.version, "2026.11", "release", NULL), 0);
	release_set_guest(&r, &manifest);
	assert_int_equal(add(HC_PLATFORM_TDX, 0x1), 0);
	assert_int_equal(add(HC_PLATFORM_SNP, 0x8003), 0);
	assert_int_equal(release_add_key(&r.id_keys, high, NULL), 0);
	assert_int_equal(release_add_key(&r.id_keys, low, NULL), 0);
	assert_int_equal(release_add_key(&r.id_keys, high, NULL), 0);
	assert_int_equal(release_add_key(&r.author_keys, low, NULL), 0);
	return release_write(&text, &r, NULL);
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&text);
	return 0;
}

static int parse(const char *data, size_t len)
{
	char *copy = malloc(len ? len : 1); /* so that a sanitizer sees the byte behind */
	int ret;

	assert_non_null(copy);
	memcpy(copy, data, len);
	err = (struct error){0};
	ret = release_parse(&back, (struct view){(uint8_t *)copy, len}, &err);
	free(copy);
	return ret;
}

/* The document with the first `from` replaced. */
static void refused(const char *from, const char *to, int code, const char *where)
{
	char *bent = calloc(1, text.len + 256), *at;
	int ret;

	assert_non_null(bent);
	memcpy(bent, text.data, text.len);
	at = strstr(bent, from);
	assert_non_null(at);
	memmove(at + strlen(to), at + strlen(from), strlen(at + strlen(from)) + 1);
	memcpy(at, to, strlen(to));
	ret = parse(bent, strlen(bent));
	if (ret != code || !strstr(err.where, where))
		print_error("%s: %d at %s, found %s\n", to, ret, err.where, err.found);
	assert_int_equal(ret, code);
	assert_non_null(strstr(err.where, where));
	assert_int_equal(back.image_count, 0);
	free(bent);
}

static void refuses_what_it_would_not_write(void **state)
{
	(void)state;
	refused("\"format\"", "\"more\": 1, \"format\"", HC_EFORMAT, "release");
	refused("huisclos-release", "huisclos-policy", HC_EFORMAT, "format");
	refused("\"version\": 1", "\"version\": 2", HC_EUNSUPPORTED, "version");
	refused("\"name\": \"clinic-gateway\"", "\"name\": \"\"", HC_EFORMAT, "name");
	refused("\"name\": \"clinic", "\"name\": \"cl\\tnic", HC_EFORMAT, "name");
	refused("\"name\": \"clinic-gateway\",", "", HC_EMISSING, "name");
	refused("\"slot\": 1", "\"slot\": 4", HC_ERANGE, "devices[1].slot");
	refused("\"slot\": 3", "\"slot\": 32", HC_ERANGE, "devices[1].slot");
	refused("\"read_only\": true,", "", HC_EFORMAT, "devices[0]");
	refused("\"virtio_id\": 2", "\"virtio_id\": 0", HC_ERANGE, "virtio_id");
	refused("\"vcpus\": 2", "\"vcpus\": 1", HC_ERANGE, "launches[1].vcpus");
	refused("\"vcpus\": 16", "\"vcpus\": 17", HC_ERANGE, "launches[2].vcpus");
	refused("\"platform\": \"tdx\"", "\"platform\": \"sev-snp\"", HC_EFORMAT,
		"images[1].platform");
	refused("\"platform\": \"tdx\"", "\"platform\": \"plain\"", HC_EFORMAT,
		"images[1].platform");
	refused("\"platform\": \"tdx\"", "\"platform\": \"sim-snp\"", HC_EFORMAT,
		"images[1].launches[0]");
	refused("\"mrtd\"", "\"measurement\"", HC_EFORMAT, "images[1].launches[0]");
	refused("\"0300", "\"0A00", HC_EFORMAT, "author_key_digests[0]");
	refused("\"03000", "\"0300", HC_EFORMAT, "author_key_digests[0]");
	refused("\"max\":", "\"most\":", HC_EFORMAT, "memory");
	refused("\"min\": 67108864", "\"min\": 1", HC_ERANGE, "memory.min");
	refused("\"cmdline\"", "\"cmdline_hex\": \"00\", \"cmdline\"", HC_EFORMAT, "cmdline");
	refused("\"kernel\": {", "\"kernel\": null, \"x\": {", HC_EFORMAT, "release");
	refused("\"initrd\": {", "\"initrd\": [], \"kernel\": {", HC_EFORMAT, "release");
}

static void refuses_keys_out_of_order(void **state)
{
	(void)state;
	refused("\"id_key_digests\": [\n    \"03", "\"id_key_digests\": [\n    \"09", HC_EFORMAT,
		"id_key_digests[1]");
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	for (size_t len = 0; len + 2 < text.len; len++)
		assert_int_not_equal(parse((const char *)text.data, len), 0);
	assert_int_equal(parse((const char *)text.data, text.len), 0);
}

/* A flipped bit is refused, or is in what is read: nothing is passed over. */
static void no_flipped_bit_is_passed_over(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < text.len * 8; bit++) {
		const uint8_t was = text.data[bit / 8];

		if (was == ' ' || was == '\n')
			continue;
		text.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (parse((const char *)text.data, text.len) == 0)
			assert_memory_not_equal(&back, &r, sizeof(r));
		text.data[bit / 8] = was;
	}
}

static void refuses_images_that_measure_nothing_or_twice(void **state)
{
	(void)state;
	assert_int_equal(add(HC_PLATFORM_PLAIN, 1), HC_EUNSUPPORTED);
	assert_int_equal(add(HC_PLATFORM_SNP, 1), HC_EMISMATCH);
	assert_int_equal(add(HC_PLATFORM_SIM_SNP, 0), HC_ERANGE);
	assert_int_equal(add(HC_PLATFORM_SIM_SNP, 0x10000), HC_ERANGE);
}

static void refuses_more_keys_than_there_is_room_for(void **state)
{
	uint8_t digest[SHA384_SIZE] = {0};

	(void)state;
	for (size_t i = r.id_keys.count; i < RELEASE_KEYS_MAX; i++) {
		digest[1] = (uint8_t)(i + 1);
		assert_int_equal(release_add_key(&r.id_keys, digest, &err), 0);
	}
	digest[1] = 0xff;
	assert_int_equal(release_add_key(&r.id_keys, digest, &err), HC_ERANGE);
	digest[1] = 5; /* there already */
	assert_int_equal(release_add_key(&r.id_keys, digest, &err), 0);
}

static void every_launch_is_what_is_measured_for_it(void **state)
{
	static const uint32_t vcpus[] = {1, 2, 16};
	uint8_t want[SHA384_SIZE];

	(void)state;
	assert_int_equal(r.image_count, 2);
	assert_int_equal(r.image[0].platform, HC_PLATFORM_SNP); /* added second */
	assert_int_equal(r.image[0].launch_count, 3);
	set_image(HC_PLATFORM_SNP);
	for (size_t i = 0; i < 3; i++) {
		manifest.vcpu_count = vcpus[i];
		assert_int_equal(
			measure_snp(want, &image, &manifest, SNP_SEV_FEATURES, NULL, NULL, NULL),
			0);
		assert_int_equal(r.image[0].launch[i].vcpus, vcpus[i]);
		assert_memory_equal(r.image[0].launch[i].measurement, want, SHA384_SIZE);
		assert_int_equal(crypto_sha384(want, &manifest, sizeof(manifest)), 0);
		assert_memory_equal(r.image[0].launch[i].manifest, want, SHA384_SIZE);
	}
	set_image(HC_PLATFORM_TDX);
	manifest.vcpu_count = 1;
	assert_int_equal(measure_tdx(want, &image, &manifest, NULL, NULL, NULL), 0);
	assert_memory_equal(r.image[1].launch[0].measurement, want, SHA384_SIZE);
	assert_false(bytes_all_zero(r.image[1].launch[0].rtmr[1], SHA384_SIZE));
}

static void what_is_written_is_read_and_written_alike(void **state)
{
	struct bytes again = {0};

	(void)state;
	assert_int_equal(parse((const char *)text.data, text.len), 0);
	assert_memory_equal(&back, &r, sizeof(r));
	assert_int_equal(release_write(&again, &back, NULL), 0);
	assert_int_equal(again.len, text.len);
	assert_memory_equal(again.data, text.data, text.len);
	bytes_free(&again);
}

static void a_command_line_that_is_no_utf8_comes_as_hex_and_comes_back(void **state)
{
	static const char cmdline[] = "a\xff\"";

	(void)state;
	memset(r.cmdline, 0, sizeof(r.cmdline));
	memcpy(r.cmdline, cmdline, sizeof(cmdline));
	r.cmdline_len = sizeof(cmdline) - 1;
	bytes_free(&text);
	assert_int_equal(release_write(&text, &r, NULL), 0);
	assert_non_null(memmem(text.data, text.len, "\"cmdline_hex\": \"61ff22\"", 23));
	assert_int_equal(parse((const char *)text.data, text.len), 0);
	assert_memory_equal(&back, &r, sizeof(r));
}

static void absent_parts_are_null_or_empty(void **state)
{
	(void)state;
	r.initrd = (struct hc_manifest_blob){0};
	r.device_count = 0;
	memset(r.device, 0, sizeof(r.device));
	memset(&r.id_keys, 0, sizeof(r.id_keys));
	memset(r.version, 0, sizeof(r.version));
	bytes_free(&text);
	assert_int_equal(release_write(&text, &r, NULL), 0);
	assert_non_null(memmem(text.data, text.len, "\"initrd\": null", 14));
	assert_null(memmem(text.data, text.len, "\"release\":", 10));
	assert_int_equal(parse((const char *)text.data, text.len), 0);
	assert_memory_equal(&back, &r, sizeof(r));
}

int main(void)
{
#define RELEASE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		RELEASE_TEST(refuses_what_it_would_not_write),
		RELEASE_TEST(refuses_keys_out_of_order),
		RELEASE_TEST(refuses_every_truncation),
		RELEASE_TEST(no_flipped_bit_is_passed_over),
		RELEASE_TEST(refuses_images_that_measure_nothing_or_twice),
		RELEASE_TEST(refuses_more_keys_than_there_is_room_for),
		RELEASE_TEST(every_launch_is_what_is_measured_for_it),
		RELEASE_TEST(what_is_written_is_read_and_written_alike),
		RELEASE_TEST(a_command_line_that_is_no_utf8_comes_as_hex_and_comes_back),
		RELEASE_TEST(absent_parts_are_null_or_empty),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
