/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests as IGVM files: accepted by our reader, of the digest that hc-measure predicts for the
 * guest itself, with every byte where a loader looks for it. Offsets are spelled out: the reader of
 * these tests is not that of attest/measure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "attest/measure/id_block.h"
#include "attest/measure/igvm_pack.h"
#include "attest/measure/measure_tdx.h"

#define PACKED 0x4000000ULL

static uint8_t text[2 * 4096], fdt[HC_HOSTFDT_SIZE], kernel[3 * 4096 + 5], initrd[4096];
static struct fw_image image;
static struct hc_manifest manifest;
static struct igvm_guest guest;
static struct bytes file;
static struct error err;

static void set_platform(enum hc_platform platform)
{
	const bool snp = platform == HC_PLATFORM_SNP || platform == HC_PLATFORM_SIM_SNP;
	size_t n = 0;

	image = (struct fw_image){.platform = platform};
	image.region[n++] = (struct fw_region){HC_TEXT_GPA, 2, HC_PAGE_NORMAL, HC_ROLE_IMAGE, text};
	image.region[n++] =
		(struct fw_region){HC_MANIFEST_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, NULL};
	if (snp) {
		image.region[n++] = (struct fw_region){
			HC_SECRETS_GPA, 1, HC_PAGE_SECRETS, HC_ROLE_SECRETS, NULL};
		image.region[n++] =
			(struct fw_region){HC_CPUID_GPA, 1, HC_PAGE_CPUID, HC_ROLE_CPUID, NULL};
	}
	image.region[n++] =
		(struct fw_region){HC_HOSTFDT_GPA, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, NULL};
	image.region_count = n;
	image.total_pages = snp ? 7 : 5;
	manifest.platform = platform;
}

static int setup(void **state)
{
	const struct guest_inputs in = {
		.platform = HC_PLATFORM_SNP,
		.kernel = {kernel, sizeof(kernel)},
		.initrd = {initrd, sizeof(initrd)},
		.cmdline = "quiet",
		.vcpu_count = 3,
		.packed_base = PACKED,
		.packed_size = 5 * 4096,
	};

	(void)state;
	memset(text, 0x90, 4096); /* the second page is zeros */
	memset(fdt, 0xfd, sizeof(fdt));
	memset(kernel, 0x4b, sizeof(kernel));
	memset(kernel + 4096, 0, 4096); /* a page of zeros inside */
	memset(initrd, 0x49, sizeof(initrd));
	assert_int_equal(manifest_build(&manifest, &in, NULL), 0);
	set_platform(HC_PLATFORM_SNP);
	guest = (struct igvm_guest){
		.image = &image,
		.manifest = &manifest,
		.hostfdt = fdt,
		.kernel = {kernel, sizeof(kernel)},
		.initrd = {initrd, sizeof(initrd)},
		.policy = SNP_POLICY_DEFAULT,
	};
	err = (struct error){0};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bytes_free(&file);
	return 0;
}

static void pack(void)
{
	bytes_free(&file);
	assert_int_equal(igvm_pack(&file, &guest, &err), 0);
}

static struct igvm parsed(void)
{
	struct igvm igvm;
	int ret = igvm_parse(&igvm, bytes_view(&file), &err);

	if (ret)
		print_error("%s: found %s at %llu\n", err.where, err.found,
			(unsigned long long)err.offset);
	assert_int_equal(ret, 0);
	return igvm;
}

static void refuses_pages_that_loaders_do_not_agree_on(void **state)
{
	(void)state;
	image.region[1].type = HC_PAGE_ZERO;
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EUNSUPPORTED);
	assert_int_equal(file.len, 0);
}

static void refuses_a_packed_range_that_is_not_that_of_the_blobs(void **state)
{
	static const uint64_t wrong[] = {0, 4096, 4 * 4096, 6 * 4096};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		manifest.packed_size = wrong[i];
		assert_int_equal(igvm_pack(&file, &guest, &err), HC_EMISMATCH);
		assert_string_equal(err.where, "manifest.packed_size");
		assert_int_equal(file.len, 0);
	}
	manifest.packed_size = 4096; /* an initrd needs a kernel before it */
	guest.kernel.len = 0;
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EMISMATCH);
	guest.manifest = NULL;
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EMISMATCH);
	guest.kernel.len = SIZE_MAX; /* refused before a byte is read */
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_ERANGE);
}

static void places_the_blobs_where_ram_that_the_firmware_uses_ends(void **state)
{
	static uint8_t bz[0x300];
	struct guest_inputs in = {.kernel = {bz, sizeof(bz)}, .initrd = {initrd, 4096}};

	(void)state;
	put_le64(bz + 0x258, 0x1000000);
	put_le32(bz + 0x260, 0x300000);
	assert_int_equal(igvm_place(&in, 64ULL << 20, &err), 0);
	assert_int_equal(in.packed_base, 62ULL << 20);
	assert_int_equal(in.packed_size, 2 * 4096);
	assert_int_equal(igvm_place(&in, 3ULL << 40, &err), 0);
	assert_int_equal(in.packed_base, (1024ULL - 2) << 20);
	assert_int_equal(igvm_initrd_offset(in.kernel), 4096);
}

static void refuses_memory_that_the_kernel_needs_itself(void **state)
{
	static uint8_t bz[0x300];
	struct guest_inputs in = {.kernel = {bz, sizeof(bz)}, .initrd = {initrd, 4096}};

	(void)state;
	put_le64(bz + 0x258, 0x1000000);
	put_le32(bz + 0x260, (46U << 20) - 4096);
	assert_int_equal(igvm_place(&in, 64ULL << 20, &err), 0);
	put_le32(bz + 0x260, (46U << 20) - 4095);
	assert_int_equal(igvm_place(&in, 64ULL << 20, &err), HC_ERANGE);
	put_le64(bz + 0x258, UINT64_MAX);
	assert_int_equal(igvm_place(&in, 64ULL << 20, &err), HC_ERANGE);
	put_le64(bz + 0x258, 0);
	in.initrd.len = SIZE_MAX - 4096;
	assert_int_equal(igvm_place(&in, 64ULL << 20, &err), HC_ERANGE);
}

static void refuses_a_manifest_of_another_platform(void **state)
{
	(void)state;
	manifest.platform = HC_PLATFORM_PLAIN;
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EMISMATCH);
}

/* Without blobs the launch is the one that hc-vmm makes. */
static void unpack(void)
{
	guest.kernel = guest.initrd = (struct view){0};
	manifest.packed_base = manifest.packed_size = 0;
}

static void the_launch_pages_have_the_digest_of_hc_vmms_launch(void **state)
{
	static const enum hc_platform platforms[] = {HC_PLATFORM_SNP, HC_PLATFORM_SIM_SNP};
	static const uint32_t vcpus[] = {1, 2, 3, 16};
	uint8_t want[SHA384_SIZE], got[SHA384_SIZE];

	(void)state;
	unpack();
	for (size_t i = 0; i < 8; i++) {
		struct igvm igvm;

		set_platform(platforms[i % 2]);
		manifest.vcpu_count = vcpus[i / 2];
		pack();
		igvm = parsed();
		assert_int_equal(igvm_measure_snp(got, &igvm, NULL, NULL, &err), 0);
		assert_int_equal(
			measure_snp(want, &image, &manifest, SNP_SEV_FEATURES, NULL, NULL, NULL),
			0);
		assert_memory_equal(got, want, SHA384_SIZE);
	}
}

static void the_launch_pages_have_the_mrtd_of_hc_vmms_launch(void **state)
{
	uint8_t want[SHA384_SIZE], got[SHA384_SIZE];
	struct igvm igvm;

	(void)state;
	unpack();
	set_platform(HC_PLATFORM_TDX);
	pack();
	igvm = parsed();
	assert_int_equal(igvm_measure_tdx(got, &igvm, NULL, NULL, &err), 0);
	assert_int_equal(measure_tdx(want, &image, &manifest, NULL, NULL, NULL), 0);
	assert_memory_equal(got, want, SHA384_SIZE);
}

struct steps {
	size_t count, blobs, vmsas;
	uint64_t last;
	bool wrong;
};

/* Five unmeasured pages at their places, after every page of the image, before the save areas. */
static void note_step(
	void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct steps *s = ctx;

	(void)digest;
	s->count++;
	s->wrong |= gpa < s->last || (gpa == s->last && type != HC_PAGE_VMSA);
	s->last = gpa;
	s->vmsas += type == HC_PAGE_VMSA;
	if (gpa < PACKED || type == HC_PAGE_VMSA)
		return;
	s->wrong |= type != HC_PAGE_UNMEASURED || gpa != PACKED + 4096 * s->blobs;
	s->blobs++;
}

static void the_digest_of_a_packed_guest_has_its_blobs_places(void **state)
{
	struct steps s = {0};
	uint8_t digest[SHA384_SIZE], other[SHA384_SIZE];
	struct igvm igvm;

	(void)state;
	pack();
	igvm = parsed();
	assert_int_equal(igvm_measure_snp(digest, &igvm, note_step, &s, &err), 0);
	assert_int_equal(s.count, 7 + 5 + 3);
	assert_int_equal(s.blobs, 5);
	assert_int_equal(s.vmsas, 3);
	assert_false(s.wrong);
	initrd[0] ^= 1; /* in the manifest, which is not made again here */
	pack();
	igvm = parsed();
	assert_int_equal(igvm_measure_snp(other, &igvm, NULL, NULL, &err), 0);
	assert_memory_equal(digest, other, SHA384_SIZE);
	manifest.packed_base += HC_RAM_ALIGN;
	pack();
	igvm = parsed();
	assert_int_equal(igvm_measure_snp(other, &igvm, NULL, NULL, &err), 0);
	assert_memory_not_equal(digest, other, SHA384_SIZE);
}

/* A header's content by its place in the list, read without attest/measure. */
static const uint8_t *header(size_t index, uint32_t type, uint32_t length)
{
	const uint8_t *h = file.data + get_le32(file.data + 8);

	while (index--)
		h += 8 + (get_le32(h + 4) + 7) / 8 * 8;
	assert_int_equal(get_le32(h), type);
	assert_int_equal(get_le32(h + 4), length);
	return h + 8;
}

static void assert_page(
	size_t index, uint64_t gpa, uint32_t flags, uint32_t type, const uint8_t *bytes, size_t len)
{
	const uint8_t *h = header(index, 0x302, 24), *data = file.data + get_le32(h + 12);

	assert_int_equal(get_le64(h), gpa);
	assert_int_equal(get_le32(h + 8), 1);
	assert_int_equal(get_le32(h + 16), flags);
	assert_int_equal(get_le32(h + 20), type);
	assert_true(get_le32(h + 12) != 0 && get_le32(h + 12) <= file.len - 4096);
	assert_memory_equal(data, bytes, len);
	assert_true(bytes_all_zero(data + len, 4096 - len));
}

static void every_page_is_in_the_file_in_launch_order(void **state)
{
	static const uint8_t zeros[4096];
	const uint8_t *h;

	(void)state;
	pack();
	h = header(0, 0x1, 16);
	assert_int_equal(h[4], 0); /* VTL */
	assert_int_equal(h[5], 2); /* SEV-SNP */
	assert_int_equal(get_le16(h + 6), 1);
	assert_int_equal(get_le64(header(1, 0x101, 16)), 0x30000);
	assert_page(2, HC_TEXT_GPA, 0, 0, text, 4096);
	assert_page(3, HC_TEXT_GPA + 4096, 0, 0, zeros, 4096);
	assert_page(4, HC_MANIFEST_GPA, 0, 0, (const uint8_t *)&manifest, 4096);
	assert_page(5, HC_SECRETS_GPA, 0, 1, zeros, 4096);
	assert_page(6, HC_CPUID_GPA, 0, 2, zeros, 4096);
	assert_page(7, HC_HOSTFDT_GPA, 2, 0, fdt, 4096);
	assert_page(8, HC_HOSTFDT_GPA + 4096, 2, 0, fdt + 4096, 4096);
	assert_page(9, PACKED, 2, 0, kernel, 4096);
	assert_page(10, PACKED + 4096, 2, 0, zeros, 4096);
	assert_page(11, PACKED + 8192, 2, 0, kernel + 8192, 4096);
	assert_page(12, PACKED + 3 * 4096, 2, 0, kernel + 3 * 4096, 5);
	assert_page(13, PACKED + 4 * 4096, 2, 0, initrd, 4096);
	for (uint16_t i = 0; i < 3; i++) {
		uint8_t vmsa[4096];

		h = header(14U + i, 0x304, 20);
		assert_int_equal(get_le64(h), 0xfffffffff000);
		assert_int_equal(get_le16(h + 16), i);
		vmsa_build(vmsa, i, 1, true);
		assert_memory_equal(file.data + get_le32(h + 12), vmsa, 4096);
	}
}

static void a_plain_file_enters_as_the_boot_contract_says(void **state)
{
	const uint8_t *h, *c;

	(void)state;
	set_platform(HC_PLATFORM_PLAIN);
	pack();
	(void)parsed();
	assert_int_equal(header(0, 0x1, 16)[5], 0); /* native */
	h = header(1 + 5 + 4 + 1, 0x304, 20);
	c = file.data + get_le32(h + 12);
	assert_int_equal(get_le64(h), 0);
	assert_int_equal(get_le64(c + 16 * 8), HC_ENTRY_BSP);
	assert_int_equal(get_le64(c + 17 * 8), 2);
	assert_true(bytes_all_zero(c, 16 * 8)); /* general registers */
	assert_int_equal(get_le16(c + 168), HC_ENTRY_CS);
	assert_int_equal(get_le16(c + 170), 0xa09b); /* present, code, 64-bit */
	assert_int_equal(get_le16(c + 180), HC_ENTRY_DS);
	assert_int_equal(get_le64(c + 200), HC_ENTRY_CR0);
	assert_int_equal(get_le64(c + 208), HC_PAGETABLE_GPA);
	assert_int_equal(get_le64(c + 216), HC_ENTRY_CR4);
	assert_int_equal(get_le64(c + 224), HC_ENTRY_EFER);
	assert_true(bytes_all_zero(c + 232, 4096 - 232));
}

static void the_firmware_alone_has_a_manifest_of_zeros(void **state)
{
	static const struct hc_manifest zeros;

	(void)state;
	guest = (struct igvm_guest){.image = &image, .policy = SNP_POLICY_DEFAULT};
	pack();
	(void)parsed();
	assert_page(4, HC_MANIFEST_GPA, 0, 0, (const uint8_t *)&zeros, 4096);
	assert_int_equal(get_le16(header(9, 0x304, 20) + 16), 0);
}

static void the_same_guest_gives_the_same_bytes(void **state)
{
	struct bytes first;

	(void)state;
	pack();
	first = file;
	file = (struct bytes){0};
	pack();
	assert_int_equal(first.len, file.len);
	assert_memory_equal(first.data, file.data, file.len);
	bytes_free(&first);
}

/* A file that only grows at its end is appended to what is there. */
static void appends_to_what_is_there(void **state)
{
	struct igvm igvm;

	(void)state;
	assert_int_equal(bytes_append(&file, "xyz", 3), 0);
	assert_int_equal(igvm_pack(&file, &guest, &err), 0);
	assert_memory_equal(file.data, "xyzIGVM", 7);
	assert_int_equal(igvm_parse(&igvm, (struct view){file.data + 3, file.len - 3}, &err), 0);
}

static void an_id_block_lies_where_other_vmms_look_for_it(void **state)
{
	struct snp_id_block b = {.guest_svn = 9, .policy = SNP_POLICY_DEFAULT};
	uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
	struct crypto_ec_key *id, *author;
	const uint8_t *h;

	(void)state;
	assert_int_equal(crypto_ec_generate(&id, CRYPTO_P384), 0);
	assert_int_equal(crypto_ec_generate(&author, CRYPTO_P384), 0);
	memset(b.ld, 0x1d, sizeof(b.ld));
	memset(b.image_id, 0x1a, sizeof(b.image_id));
	assert_int_equal(snp_id_block_encode(block, &b, NULL), 0);
	assert_int_equal(snp_id_auth_build(auth, block, id, author, NULL), 0);
	guest.id_block = block;
	guest.id_auth = auth;
	pack();
	(void)parsed();
	h = header(17, 0x30b, 696);
	assert_int_equal(get_le32(h), 1);
	assert_int_equal(h[4], 1);
	assert_memory_equal(h + 8, b.ld, 48);
	assert_memory_equal(h + 72, b.image_id, 16);
	assert_int_equal(get_le32(h + 88), 1); /* version */
	assert_int_equal(get_le32(h + 92), 9); /* SVN */
	assert_int_equal(get_le32(h + 96), 1);
	assert_int_equal(get_le32(h + 100), 1);
	assert_memory_equal(h + 104, auth + 0x40, 144);
	assert_int_equal(get_le32(h + 248), 2); /* curve */
	assert_int_equal(get_le32(h + 252), 0);
	assert_memory_equal(h + 256, auth + 0x244, 144);
	assert_memory_equal(h + 400, auth + 0x680, 144);
	assert_int_equal(get_le32(h + 544), 2);
	assert_memory_equal(h + 552, auth + 0x884, 144);
	guest.policy |= 1ULL << 19;
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EMISMATCH);
	guest.policy = SNP_POLICY_DEFAULT;
	set_platform(HC_PLATFORM_PLAIN);
	assert_int_equal(igvm_pack(&file, &guest, &err), HC_EUNSUPPORTED);
	crypto_ec_free(id);
	crypto_ec_free(author);
}

/* What our reader takes for granted of a file of ours, it finds out when a bit is wrong. */
static void no_flipped_bit_of_the_headers_goes_unnoticed(void **state)
{
	uint32_t end;

	(void)state;
	pack();
	end = 24 + get_le32(file.data + 12);
	for (size_t bit = 0; bit < end * 8U; bit++) {
		struct igvm igvm;

		file.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_not_equal(igvm_parse(&igvm, bytes_view(&file), NULL), 0);
		file.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

int main(void)
{
#define PACK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		PACK_TEST(refuses_pages_that_loaders_do_not_agree_on),
		PACK_TEST(refuses_a_packed_range_that_is_not_that_of_the_blobs),
		PACK_TEST(places_the_blobs_where_ram_that_the_firmware_uses_ends),
		PACK_TEST(refuses_memory_that_the_kernel_needs_itself),
		PACK_TEST(refuses_a_manifest_of_another_platform),
		PACK_TEST(the_launch_pages_have_the_digest_of_hc_vmms_launch),
		PACK_TEST(the_launch_pages_have_the_mrtd_of_hc_vmms_launch),
		PACK_TEST(the_digest_of_a_packed_guest_has_its_blobs_places),
		PACK_TEST(every_page_is_in_the_file_in_launch_order),
		PACK_TEST(a_plain_file_enters_as_the_boot_contract_says),
		PACK_TEST(the_firmware_alone_has_a_manifest_of_zeros),
		PACK_TEST(the_same_guest_gives_the_same_bytes),
		PACK_TEST(appends_to_what_is_there),
		PACK_TEST(an_id_block_lies_where_other_vmms_look_for_it),
		PACK_TEST(no_flipped_bit_of_the_headers_goes_unnoticed),
	};

	return cmocka_run_group_tests_name("igvm_pack", tests, NULL, NULL);
}
