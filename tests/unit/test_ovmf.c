/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images with the OVMF footer: bent tables and metadata, every truncation, every changed bit, and
 * the known answers for QEMU, EC2 and Google.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/ovmf.h"
#include "common/file.h"
#include "common/hex.h"
#include "tests/unit/debian_ovmf.h"
#include "tests/unit/vectors.h"

#define LEN(a)     (sizeof(a) / sizeof((a)[0]))
#define IMAGE      8192
#define TABLE_END  (IMAGE - 32)
#define META       (IMAGE - 0x400)
#define SECTION(n) (META + 16 + 12 * (n))

static const uint8_t footer[16] = {0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3,
	0x66, 0xc5, 0x5a, 0x08, 0x2d};
static const uint8_t metadata[16] = {0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e,
	0x55, 0x85, 0xa7, 0xbf, 0x67, 0xcc};
static const uint8_t reset[16] = {0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f, 0x89, 0x0e, 0x68,
	0xc7, 0x7e, 0x2f, 0xb4, 0x4e};
static const uint8_t hashes[16] = {0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b, 0x92, 0x7b, 0x1d,
	0xa6, 0xef, 0xa8, 0xd4, 0x54};

/* Entries are laid down from the end; returns the offset of the one just put. */
static size_t entry(
	uint8_t *image, size_t end, const uint8_t guid[16], const void *data, size_t len)
{
	memcpy(image + end - 16, guid, 16);
	put_le16(image + end - 18, (uint16_t)(len + 18));
	memcpy(image + end - 18 - len, data, len);
	return end - 18 - len;
}

static void section(uint8_t *image, size_t n, uint32_t gpa, uint32_t size, uint32_t type)
{
	put_le32(image + SECTION(n), gpa);
	put_le32(image + SECTION(n) + 4, size);
	put_le32(image + SECTION(n) + 8, type);
}

/* Four sections: memory, secrets, CPUID, hashes. */
static void build(uint8_t image[IMAGE])
{
	uint8_t data[8];
	size_t at = TABLE_END - 18;

	memset(image, 0x5a, IMAGE);
	put_le32(data, 0x80b004);
	at = entry(image, at, reset, data, 4);
	put_le32(data, 0x810c00);
	put_le32(data + 4, 0x400);
	at = entry(image, at, hashes, data, 8);
	put_le32(data, IMAGE - META);
	at = entry(image, at, metadata, data, 4);
	memcpy(image + TABLE_END - 16, footer, 16);
	put_le16(image + TABLE_END - 18, (uint16_t)(TABLE_END - at));
	memcpy(image + META, "ASEV", 4);
	put_le32(image + META + 4, 16 + 4 * 12);
	put_le32(image + META + 8, 1);
	put_le32(image + META + 12, 4);
	section(image, 0, 0x800000, 0x3000, OVMF_SEV_SEC_MEM);
	section(image, 1, 0x80d000, 0x1000, OVMF_SEV_SECRETS);
	section(image, 2, 0x80e000, 0x1000, OVMF_SEV_CPUID);
	section(image, 3, 0x810000, 0x1000, OVMF_SEV_KERNEL_HASHES);
}

/* A copy of exactly `len` bytes, so that a sanitizer sees the first byte beyond. */
static int parse(const uint8_t *image, size_t len, struct ovmf_sev *sev, struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	int ret;

	assert_non_null(copy);
	memcpy(copy, image, len);
	ret = ovmf_sev_parse(sev, (struct view){copy, len}, err);
	sev->image.file.data = NULL;
	free(copy);
	return ret;
}

static void refused(const uint8_t *image, int code, const char *where)
{
	struct ovmf_sev sev;
	struct error err = {0};

	assert_int_equal(parse(image, IMAGE, &sev, &err), code);
	assert_non_null(strstr(err.where, where));
	assert_true(err.has_offset);
	assert_int_equal(sev.count, 0);
}

static void rejects_every_truncation(void **state)
{
	uint8_t image[IMAGE];
	struct ovmf_sev sev;

	(void)state;
	build(image);
	assert_int_equal(parse(image, IMAGE, &sev, NULL), 0);
	for (size_t len = 0; len < IMAGE; len++)
		assert_int_equal(parse(image, len, &sev, NULL),
			len && len % 4096 == 0 ? HC_EFORMAT : HC_ERANGE);
}

static void rejects_bent_tables(void **state)
{
	uint8_t image[IMAGE];

	(void)state;
	build(image);
	image[TABLE_END - 1] ^= 1;
	refused(image, HC_EFORMAT, "firmware image");
	build(image);
	put_le16(image + TABLE_END - 18, 17);
	refused(image, HC_EFORMAT, "length");
	put_le16(image + TABLE_END - 18, TABLE_END + 1);
	refused(image, HC_EFORMAT, "length");
	put_le16(image + TABLE_END - 18, 18 + 22 + 26 + 21); /* cuts the last entry */
	refused(image, HC_EFORMAT, "firmware GUID table");
	put_le16(image + TABLE_END - 18, 18); /* empty */
	refused(image, HC_EMISSING, "firmware image");
	build(image);
	put_le16(image + TABLE_END - 36, 17); /* an entry shorter than its own tail */
	refused(image, HC_EFORMAT, "firmware GUID table");
}

static void rejects_bent_metadata(void **state)
{
	static const uint32_t offsets[] = {0, 15, IMAGE + 1, 0x7fffffff, UINT32_MAX};
	const size_t offset_at = TABLE_END - 18 - 22 - 26 - 22;
	uint8_t image[IMAGE];

	(void)state;
	build(image);
	for (size_t i = 0; i < LEN(offsets); i++) {
		put_le32(image + offset_at, offsets[i]);
		refused(image, HC_EFORMAT, "SEV metadata");
	}
	build(image);
	image[META] = 'B';
	refused(image, HC_EFORMAT, "signature");
	build(image);
	put_le32(image + META + 8, 2);
	refused(image, HC_EUNSUPPORTED, "version");
	build(image);
	put_le32(image + META + 12, UINT32_MAX);
	refused(image, HC_EFORMAT, "SEV metadata");
	put_le32(image + META + 12, OVMF_SECTIONS_MAX + 1);
	refused(image, HC_ERANGE, "sections");
}

static void rejects_bent_sections(void **state)
{
	static const struct {
		uint32_t gpa, size, type;
		const char *where;
	} bent[] = {
		{0x820000, 0x1000, 0, "section 3: type"},
		{0x820000, 0x1000, 5, "section 3: type"},
		{0x820001, 0x1000, 1, "section 3: address not aligned"},
		{0x820000, 0, 1, "section 3: size"},
		{0x820000, 0x1001, 1, "section 3: size"},
		{0x820000, 0xfffff000, 1, "section 3: size"},
		{0x820000, OVMF_MEMORY_MAX, 1, "section 3: size"},
		{0xffffe000, 0x1000, 1, "section 3: lies over the image"},
		{0xffffd000, 0x2000, 1, "section 3: lies over the image"},
		{0x802000, 0x1000, 1, "section 3: overlaps"},
		{0x7ff000, 0x2000, 1, "section 3: overlaps"},
		{0x820000, 0x2000, 2, "section 3: size for one page"},
		{0x820000, 0x1000, 2, "section 3: type again"},
		{0x820000, 0x1000, 3, "section 3: type again"},
	};
	uint8_t image[IMAGE];

	(void)state;
	for (size_t i = 0; i < LEN(bent); i++) {
		build(image);
		section(image, 3, bent[i].gpa, bent[i].size, bent[i].type);
		refused(image, HC_EFORMAT, bent[i].where);
	}
}

static const struct ovmf_snp_launch qemu = {.vmm = SNP_VMM_QEMU, .sev_features = 1};

static int digest_of(uint8_t out[SHA384_SIZE], const uint8_t *image, size_t len,
	const struct ovmf_snp_launch *launch, uint32_t vcpus)
{
	struct launch_digest ld = {0};
	struct ovmf_sev sev;
	int ret = ovmf_sev_parse(&sev, (struct view){image, len}, NULL);

	if (ret == 0)
		ret = ovmf_snp_pages(&ld, &sev, launch, NULL, NULL, NULL);
	for (uint32_t i = 0; ret == 0 && i < vcpus; i++)
		ret = ovmf_snp_vcpu(&ld, &sev, launch, i, NULL, NULL, NULL);
	memcpy(out, ld.value, SHA384_SIZE);
	return ret;
}

static void every_single_bit_flip_is_refused_or_changes_the_digest(void **state)
{
	uint8_t image[IMAGE], good[SHA384_SIZE], other[SHA384_SIZE];
	unsigned int refusals = 0;

	(void)state;
	build(image);
	assert_int_equal(digest_of(good, image, IMAGE, &qemu, 1), 0);
	for (size_t bit = META * 8; bit < IMAGE * 8; bit++) {
		image[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (digest_of(other, image, IMAGE, &qemu, 1))
			refusals++;
		else
			assert_memory_not_equal(other, good, SHA384_SIZE);
		image[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_true(refusals > 16 * 8 * 2);
}

static void refuses_what_the_image_has_no_place_for(void **state)
{
	struct ovmf_snp_launch launch = qemu;
	uint8_t image[IMAGE], digest[SHA384_SIZE];

	(void)state;
	launch.kernel_hashes = true;
	build(image);
	assert_int_equal(digest_of(digest, image, IMAGE, &launch, 1), 0);
	section(image, 3, 0x811000, 0x1000, OVMF_SEV_KERNEL_HASHES); /* table not in this page */
	assert_int_equal(digest_of(digest, image, IMAGE, &launch, 1), HC_EFORMAT);
	section(image, 3, 0x810000, 0x1000, OVMF_SEV_SEC_MEM);
	assert_int_equal(digest_of(digest, image, IMAGE, &launch, 1), HC_EUNSUPPORTED);
	build(image);
	launch.vmm = SNP_VMM_EC2;
	assert_int_equal(digest_of(digest, image, IMAGE, &launch, 1), HC_EUNSUPPORTED);
	image[TABLE_END - 18 - 1] ^= 1; /* no reset block: only one vCPU can start */
	assert_int_equal(digest_of(digest, image, IMAGE, &qemu, 1), 0);
	assert_int_equal(digest_of(digest, image, IMAGE, &qemu, 2), HC_EMISSING);
	build(image);
	assert_int_equal(digest_of(digest, image, IMAGE, &qemu, OVMF_VCPUS_MAX), 0);
	assert_int_equal(digest_of(digest, image, IMAGE, &qemu, OVMF_VCPUS_MAX + 1), HC_ERANGE);
}

static void knows_vmms_and_cpu_models_by_name(void **state)
{
	struct error err = {0};
	enum snp_vmm vmm;
	uint32_t sig;

	(void)state;
	assert_int_equal(snp_vmm_by_name(&vmm, "hyperv", &err), HC_EUSAGE);
	assert_int_equal(snp_vmm_by_name(&vmm, "gce", &err), 0);
	assert_int_equal(vmm, SNP_VMM_GCE);
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-v0", &err), HC_EUSAGE);
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-", &err), HC_EUSAGE);
	assert_int_equal(snp_vcpu_signature(&sig, "", &err), HC_EUSAGE);
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-Turin-v2", &err), HC_EUSAGE);
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-Rome-v2", &err), 0);
	assert_int_equal(sig, 0x00830f10);
	/* Family 26, model 0, stepping 0; as EPYC-Genoa is family 25, model 17, stepping 0. */
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-Turin", &err), 0);
	assert_int_equal(sig, 0x00b00f00);
	assert_int_equal(snp_vcpu_signature(&sig, "EPYC-Genoa-v2", &err), 0);
	assert_int_equal(sig, 0x00a10f10);
}

static struct bytes read_input(const char *name, json_t *file)
{
	struct bytes none = {0};
	char path[256];

	if (!json_is_string(file))
		return none;
	snprintf(path, sizeof(path), "measure/%s/%s", name, json_string_value(file));
	return vectors_read(path);
}

static void assert_computation(const char *name, const struct bytes *image, json_t *c)
{
	struct bytes kernel = read_input(name, json_object_get(c, "kernel"));
	struct bytes initrd = read_input(name, json_object_get(c, "initrd"));
	const char *type = json_string_value(json_object_get(c, "vcpu_type"));
	struct ovmf_snp_launch launch = {
		.sev_features =
			strtoull(json_string_value(json_object_get(c, "guest_features")), NULL, 16),
		.kernel_hashes = kernel.len > 0,
		.kernel = bytes_view(&kernel),
		.initrd = bytes_view(&initrd),
		.cmdline = json_string_value(json_object_get(c, "cmdline")),
	};
	uint8_t digest[SHA384_SIZE];
	char text[2 * SHA384_SIZE + 1];

	assert_int_equal(
		snp_vmm_by_name(&launch.vmm, json_string_value(json_object_get(c, "vmm")), NULL),
		0);
	if (type)
		assert_int_equal(snp_vcpu_signature(&launch.vcpu_sig, type, NULL), 0);
	assert_int_equal(digest_of(digest, image->data, image->len, &launch,
				 (uint32_t)json_integer_value(json_object_get(c, "vcpus"))),
		0);
	hex_encode(text, digest, SHA384_SIZE);
	assert_string_equal(text,
		json_string_value(json_object_get(json_object_get(c, "expect"), "launch_digest")));
	bytes_free(&kernel);
	bytes_free(&initrd);
}

static void assert_case(const char *name, const struct bytes *image, size_t answers)
{
	char path[256];
	json_t *json, *c;
	size_t i;

	snprintf(path, sizeof(path), "measure/%s/case.json", name);
	json = vectors_json(path);
	assert_int_equal(json_array_size(json_object_get(json, "computations")), answers);
	json_array_foreach(json_object_get(json, "computations"), i, c)
		assert_computation(name, image, c);
	json_decref(json);
}

static void agrees_with_the_synthetic_answers(void **state)
{
	struct bytes image;

	(void)state;
	vectors_needed();
	image = vectors_read("measure/snp-synthetic-a/image.fd");
	assert_case("snp-synthetic-a", &image, 5);
	bytes_free(&image);
}

static void rejects_the_broken_images_with_their_reason(void **state)
{
	static const char *const cases[] = {
		"bad-footer-guid", "bad-metadata-offset", "bad-section-count"};

	(void)state;
	vectors_needed();
	for (size_t i = 0; i < LEN(cases); i++) {
		struct error err = {0};
		struct bytes image;
		struct ovmf_sev sev;
		char path[256];
		json_t *json;
		const char *want;

		snprintf(path, sizeof(path), "measure/%s/image.fd", cases[i]);
		image = vectors_read(path);
		snprintf(path, sizeof(path), "measure/%s/case.json", cases[i]);
		json = vectors_json(path);
		assert_int_equal(json_unpack(json, "{s:[{s:{s:s}}]}", "computations", "expect",
					 "error", &want),
			0);
		assert_int_equal(ovmf_sev_parse(&sev, bytes_view(&image), &err), HC_EFORMAT);
		assert_non_null(strstr(err.found, want));
		assert_true(err.has_offset);
		json_decref(json);
		bytes_free(&image);
	}
}

static void agrees_with_the_answers_for_debians_image(void **state)
{
	struct bytes image;

	(void)state;
	image = debian_ovmf("snp-debian-ovmf-bookworm");
	assert_case("snp-debian-ovmf-bookworm", &image, 3);
	bytes_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rejects_every_truncation),
		cmocka_unit_test(rejects_bent_tables),
		cmocka_unit_test(rejects_bent_metadata),
		cmocka_unit_test(rejects_bent_sections),
		cmocka_unit_test(rejects_the_broken_images_with_their_reason),
		cmocka_unit_test(every_single_bit_flip_is_refused_or_changes_the_digest),
		cmocka_unit_test(refuses_what_the_image_has_no_place_for),
		cmocka_unit_test(knows_vmms_and_cpu_models_by_name),
		cmocka_unit_test(agrees_with_the_synthetic_answers),
		cmocka_unit_test(agrees_with_the_answers_for_debians_image),
	};

	return cmocka_run_group_tests_name("ovmf", tests, NULL, NULL);
}
