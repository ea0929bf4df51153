/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch digests against published and self-contained answers: pages of every type, save areas in
 * real mode and in long mode, whole launches of QEMU, EC2 and GCE, and of our own images.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/measure.h"
#include "attest/measure/vmsa.h"
#include "common/file.h"
#include "common/hex.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t p0[4096], p1[4096], page[4096];

static int pages_setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(p1); i++)
		p1[i] = (uint8_t)i;
	return 0;
}

static void assert_digest(const uint8_t digest[SHA384_SIZE], const char *want)
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	assert_string_equal(text, want);
}

static void assert_page(const char *want)
{
	uint8_t digest[SHA384_SIZE];

	assert_int_equal(crypto_sha384(digest, page, sizeof(page)), 0);
	assert_digest(digest, want);
}

static void refuses_pages_that_cannot_be_measured(void **state)
{
	struct launch_digest ld;

	(void)state;
	launch_digest_init(&ld);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_NORMAL, 0x1001, p0), HC_ERANGE);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_NORMAL, 0x1000, NULL), HC_EMISSING);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_VMSA, 0x1000, NULL), HC_EMISSING);
	assert_int_equal(launch_digest_page(&ld, (enum hc_page_type)0, 0x1000, p0), HC_ERANGE);
	assert_int_equal(launch_digest_page(&ld, (enum hc_page_type)7, 0x1000, p0), HC_ERANGE);
	assert_true(bytes_all_zero(ld.value, sizeof(ld.value)));
}

/* QEMU's reset state; 16-bit segments at `base` for CS, `rip` in the low half. */
static void real_mode(struct vmsa_state *s, uint32_t eip, uint64_t rdx, uint64_t features)
{
	const struct vmsa_segment data = {0, 0x93, 0xffff, 0};

	vmsa_defaults(s);
	s->es = s->ss = s->ds = s->fs = s->gs = data;
	s->cs = (struct vmsa_segment){0xf000, 0x9b, 0xffff, eip & 0xffff0000};
	s->rip = eip & 0xffff;
	s->efer = 0x1000;
	s->cr4 = 0x40;
	s->cr0 = 0x10;
	s->rdx = rdx;
	s->sev_features = features;
}

/* The long-mode state of the self-contained answers. */
static void long_mode(void)
{
	struct vmsa_state s;
	uint8_t ours[4096];

	vmsa_build(ours, 0, 1, true);
	vmsa_defaults(&s);
	s.cs = (struct vmsa_segment){0x10, 0xa9b, 0xffffffff, 0};
	s.es = s.ss = s.ds = s.fs = s.gs = (struct vmsa_segment){0x18, 0xc93, 0xffffffff, 0};
	s.efer = 0x1500;
	s.cr0 = 0x80000011;
	s.cr3 = 0x201000 | 1ULL << 51;
	s.cr4 = 0x60;
	s.rip = 0x200000;
	s.sev_features = 1;
	vmsa_encode(page, &s);
}

static void save_areas_are_what_kvm_measures(void **state)
{
	struct vmsa_state s;

	(void)state;
	real_mode(&s, 0xfffffff0, 0, 1);
	vmsa_encode(page, &s);
	assert_page("7d2ea84a11644d6c9780dfc9eefe1f4c0281b3077a3bf883114d845679a86cfb"
		    "22df4653ee02e39c3b16ff2db99fa18d");
	real_mode(&s, 0xfffffff0, 0x800f12, 1);
	vmsa_encode(page, &s);
	assert_page("77920c4c629ff47e90c0e174fc1ad0eb6fa664f88cd4739488058a8c6cb1a77b"
		    "3856f55378e9518d0da99452d51c553a");
	real_mode(&s, 0xfffffff0, 0x800f12, 0x21);
	vmsa_encode(page, &s);
	assert_page("ae79efa6efbe1594a2717dfd42af495a0e4ed37b00e529a5fdf349bea04c3513"
		    "962ffb0c74cf65b0d9a1857271833d6e");
	long_mode();
	assert_page("eadecc32ba61955e8b696354e7ba1c75911e16d8aa5183a8c1f3bdc5bc20d5f4"
		    "79f0fa37dca9246ceaba6a674480d196");
}

/* Our entry state differs from the known one in exactly the registers of the boot contract. */
static void our_save_areas_follow_the_boot_contract(void **state)
{
	static const struct {
		uint32_t index;
		bool c_bit;
		uint64_t rip, cr3;
	} cases[] = {
		{0, false, HC_ENTRY_BSP, HC_PAGETABLE_GPA},
		{0, true, HC_ENTRY_BSP, HC_PAGETABLE_GPA | 0x0008000000000000},
		{1, false, HC_ENTRY_AP, HC_PAGETABLE_GPA},
		{15, true, HC_ENTRY_AP, HC_PAGETABLE_GPA | 0x0008000000000000},
	};
	uint8_t ours[4096];

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		long_mode();
		put_le64(page + 0xd0, 0x1d00);
		put_le64(page + 0x158, 0x80010033);
		put_le64(page + 0x150, cases[i].cr3);
		put_le64(page + 0x178, cases[i].rip);
		vmsa_build(ours, cases[i].index, 1, cases[i].c_bit);
		assert_memory_equal(ours, page, sizeof(page));
	}
	vmsa_build(ours, 0, 0x21, false);
	assert_int_equal(ours[0x3b0], 0x21);
}

static void add(struct launch_digest *ld, enum hc_page_type type, uint64_t gpa, const uint8_t *data,
	const char *want)
{
	assert_int_equal(launch_digest_page(ld, type, gpa, data), 0);
	assert_digest(ld->value, want);
}

static void chains_every_page_type(void **state)
{
	struct launch_digest ld;
	struct vmsa_state s;

	(void)state;
	launch_digest_init(&ld);
	add(&ld, HC_PAGE_NORMAL, 0x200000, p0,
		"5fda70348731fa8b30dbf2dd2fb45a87fadc03f0bbd4dc91edebaaa35bb9555c"
		"96bddd4d652298a0106e2cb860a71999");
	add(&ld, HC_PAGE_NORMAL, 0x201000, p1,
		"3b63775b3881d85599f0c70eaff6349230469831032d7da7a84df6e46d12caf9"
		"be37bdec606c632a786db0bc509f8725");
	add(&ld, HC_PAGE_ZERO, 0x202000, NULL,
		"28ade6380a5e4e837d6c7e174049cee746d64f51eb04e73553017ba5a2649b1c"
		"1b71de2046c6b2e1db08affc21bd6b83");
	add(&ld, HC_PAGE_UNMEASURED, 0x203000, p1,
		"1ac133854273c25817c255317c6a63b2918ac3828f47e9e0d95f4fb3af82d9c9"
		"a0705eafd2fe80971bd3fe7e6d8fb5a7");
	add(&ld, HC_PAGE_SECRETS, 0x204000, NULL,
		"ca3eec67dc4dc372475bf9f5e2e48caa255f9baadca6a10f1ff47c00edd8b70b"
		"f528f7ccda9abaca8e4ba7c8620b66c5");
	add(&ld, HC_PAGE_CPUID, 0x205000, p1,
		"dcb72bbdfe4c7fa59e4e4d728caee274f564f9d14a1e19d90ae85e513803a1e7"
		"4eacc4afbd3f73f2cddea4ea96157bfb");
	real_mode(&s, 0xfffffff0, 0, 1);
	vmsa_encode(page, &s);
	add(&ld, HC_PAGE_VMSA, SNP_VMSA_GPA, page,
		"475167067a26f34e10987fe0e377b56fbbdd830b38b15b71eced48aac13ebb18"
		"ba167866a3e1136a904cb93b7919ccdd");
}

static void chains_a_long_mode_launch(void **state)
{
	struct launch_digest ld;

	(void)state;
	long_mode();
	launch_digest_init(&ld);
	add(&ld, HC_PAGE_NORMAL, 0x200000, p1,
		"1ca0bd459b019ad13e620a59675bbc257e04b1c82f898556b956738a8029a82a"
		"67eb9c8e58ce52dd52497cabd0fd88ae");
	add(&ld, HC_PAGE_VMSA, SNP_VMSA_GPA, page,
		"68c801c93646f70391ab4c71ac697b28efd71f39f4cee193987a2a799a4e8804"
		"483018416a6a451c0644f181006f3bd8");
	add(&ld, HC_PAGE_VMSA, SNP_VMSA_GPA, page,
		"c9dd929c053bd5365f6caad464b1e170c3cfad2e07e99c1c2740e2a4c291743d"
		"516407be354d9b0d80d22fbdee6d6a9d");
}

/* The vector measure/snp-synthetic-a, without the parts that are QEMU's own (kernel hashes). */
enum vmm { QEMU, EC2, GCE };

static void synthetic_vmsa(enum vmm vmm, unsigned int vcpu, uint64_t rdx, uint64_t features)
{
	struct vmsa_state s;

	real_mode(&s, vcpu == 0 ? 0xfffffff0 : 0x80b004, rdx, features);
	if (vmm != QEMU) {
		s.mxcsr = 0;
		s.x87_fcw = 0;
	}
	if (vmm == EC2) {
		s.ss.attributes = 0x92;
		s.tr.attributes = 0x83;
		if (vcpu == 0)
			s.cs.attributes = 0x9a;
	}
	if (vmm == GCE)
		s.pat = 0x00070106;
	vmsa_encode(page, &s);
}

static void section(struct launch_digest *ld, enum hc_page_type type, uint64_t gpa, uint64_t size)
{
	for (uint64_t off = 0; off < size; off += 4096)
		assert_int_equal(launch_digest_page(ld, type, gpa + off, NULL), 0);
}

static void synthetic_sections(struct launch_digest *ld, enum vmm vmm)
{
	enum hc_page_type mem = vmm == GCE ? HC_PAGE_UNMEASURED : HC_PAGE_ZERO;

	section(ld, mem, 0x800000, 0x9000);
	section(ld, mem, 0x80a000, 0x3000);
	section(ld, HC_PAGE_SECRETS, 0x80d000, 0x1000);
	if (vmm != EC2)
		section(ld, HC_PAGE_CPUID, 0x80e000, 0x1000);
	section(ld, HC_PAGE_ZERO, 0x80f000, 0x1000);
	section(ld, HC_PAGE_ZERO, 0x810000, 0x1000);
	section(ld, mem, 0x811000, 0xf000);
	if (vmm == EC2)
		section(ld, HC_PAGE_CPUID, 0x80e000, 0x1000);
}

static void agrees_with_the_synthetic_vector_for_qemu_ec2_and_gce(void **state)
{
	static const struct {
		enum vmm vmm;
		unsigned int vcpus;
		uint64_t rdx, features;
		const char *want;
	} cases[] = {
		{QEMU, 1, 0x00800f12, 1,
			"0d3cd46ecd9542e2f0b8b54c58dbdccc3541bc608e5ea5a31a80acc24736226f"
			"832ed52245bbcfba853ee8228cdc563e"},
		{QEMU, 4, 0x00a10f10, 0x21,
			"c24f8fdd06be7947033db2706a322e9c4a4e9a0cb66edc36ca747da14a50cf93"
			"654339bfcf13b963118178698ab218a6"},
		{EC2, 2, 0x600, 1,
			"b2d57e4600fd5b97e305acb0b6f2ffaed32591e2dc44ee0b6cdbfb87d95796b2"
			"50f7315a78a89f611a1f83137ab6bf2a"},
		{GCE, 2, 0x600, 1,
			"799de96a0afdaabc520214b0c111dfb6ae716d1ca64d4b108a1a9788965ea245"
			"a0a367e7598fb19dc64863aaec65edfb"},
	};
	const char *root = getenv("HC_VECTORS");
	struct bytes image = {0};
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/measure/snp-synthetic-a/image.fd",
		root ? root : "../shared/vectors");
	if (file_read(&image, path, 16384, NULL)) {
		print_message("test vectors not found: %s\n", path);
		bytes_free(&image);
		skip();
	}
	assert_int_equal(image.len, 16384);
	for (size_t i = 0; i < LEN(cases); i++) {
		struct launch_digest ld;

		launch_digest_init(&ld);
		for (size_t off = 0; off < image.len; off += 4096)
			assert_int_equal(launch_digest_page(&ld, HC_PAGE_NORMAL, 0xffffc000 + off,
						 image.data + off),
				0);
		synthetic_sections(&ld, cases[i].vmm);
		for (unsigned int v = 0; v < cases[i].vcpus; v++) {
			synthetic_vmsa(cases[i].vmm, v, cases[i].rdx, cases[i].features);
			assert_int_equal(
				launch_digest_page(&ld, HC_PAGE_VMSA, SNP_VMSA_GPA, page), 0);
		}
		assert_digest(ld.value, cases[i].want);
	}
	bytes_free(&image);
}

/* An image in memory: text, a zero page, the manifest, the host's device tree. */
static struct fw_image small_image(enum hc_platform platform)
{
	return (struct fw_image){
		.platform = platform,
		.region_count = 4,
		.region = {{HC_TEXT_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_IMAGE, p1},
			{HC_DATA_GPA, 2, HC_PAGE_ZERO, HC_ROLE_IMAGE, NULL},
			{HC_MANIFEST_GPA, 1, HC_PAGE_NORMAL, HC_ROLE_MANIFEST, NULL},
			{HC_HOSTFDT_GPA, 2, HC_PAGE_UNMEASURED, HC_ROLE_HOSTFDT, NULL}},
		.total_pages = 6,
	};
}

static struct hc_manifest small_manifest(enum hc_platform platform, uint32_t vcpus)
{
	struct guest_inputs in = {
		.platform = platform,
		.kernel = {p1, 100},
		.cmdline = "console=ttyS0",
		.vcpu_count = vcpus,
	};
	struct hc_manifest m;

	assert_int_equal(manifest_build(&m, &in, NULL), 0);
	return m;
}

static void refuses_to_measure_what_is_no_snp_guest(void **state)
{
	struct fw_image image = small_image(HC_PLATFORM_PLAIN);
	struct hc_manifest m = small_manifest(HC_PLATFORM_PLAIN, 1);
	uint8_t out[SHA384_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, &err), HC_EUNSUPPORTED);
	assert_string_equal(err.found, "plain");
	image.platform = HC_PLATFORM_SNP;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, &err), HC_EMISMATCH);
	m.platform = HC_PLATFORM_SNP;
	m.vcpu_count = 0;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, &err), HC_ERANGE);
	m.vcpu_count = HC_VCPUS_MAX + 1;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, &err), HC_ERANGE);
	m.vcpu_count = 1;
	image.region[0].data = NULL;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, &err), HC_EMISSING);
}

struct step {
	enum hc_page_type type;
	uint64_t gpa;
};
struct steps {
	size_t count;
	struct step step[64];
	uint8_t last[SHA384_SIZE];
};

static void note(void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct steps *steps = ctx;

	steps->step[steps->count++] = (struct step){type, gpa};
	memcpy(steps->last, digest, SHA384_SIZE);
}

static void measures_regions_in_order_then_every_vcpu(void **state)
{
	static const struct step want[] = {{HC_PAGE_NORMAL, HC_TEXT_GPA},
		{HC_PAGE_ZERO, HC_DATA_GPA}, {HC_PAGE_ZERO, HC_DATA_GPA + 0x1000},
		{HC_PAGE_NORMAL, HC_MANIFEST_GPA}, {HC_PAGE_UNMEASURED, HC_HOSTFDT_GPA},
		{HC_PAGE_UNMEASURED, HC_HOSTFDT_GPA + 0x1000}, {HC_PAGE_VMSA, SNP_VMSA_GPA},
		{HC_PAGE_VMSA, SNP_VMSA_GPA}};
	struct fw_image image = small_image(HC_PLATFORM_SNP);
	struct hc_manifest m = small_manifest(HC_PLATFORM_SNP, 2);
	struct steps steps = {0};
	struct launch_digest ld;
	uint8_t out[SHA384_SIZE];

	(void)state;
	assert_int_equal(measure_snp(out, &image, &m, 1, note, &steps, NULL), 0);
	assert_int_equal(steps.count, LEN(want));
	launch_digest_init(&ld);
	for (size_t i = 0; i < LEN(want); i++) {
		const uint8_t *data = i == 0 ? p1 : i == 3 ? (const uint8_t *)&m : page;

		assert_int_equal(steps.step[i].type, want[i].type);
		assert_true(steps.step[i].gpa == want[i].gpa);
		if (i >= 6)
			vmsa_build(page, (uint32_t)i - 6, 1, true);
		assert_int_equal(launch_digest_page(&ld, want[i].type, want[i].gpa, data), 0);
	}
	assert_memory_equal(out, ld.value, SHA384_SIZE);
	assert_memory_equal(steps.last, out, SHA384_SIZE);
}

static void every_input_changes_the_digest(void **state)
{
	struct fw_image image = small_image(HC_PLATFORM_SIM_SNP);
	struct hc_manifest base = small_manifest(HC_PLATFORM_SIM_SNP, 1), m;
	uint8_t first[SHA384_SIZE], out[SHA384_SIZE];

	(void)state;
	assert_int_equal(measure_snp(first, &image, &base, 1, NULL, NULL, NULL), 0);
	m = base;
	m.cmdline[0] ^= 1;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	m = base;
	m.kernel.sha384[47] ^= 0x80;
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	m = small_manifest(HC_PLATFORM_SIM_SNP, 2);
	assert_int_equal(measure_snp(out, &image, &m, 1, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	assert_int_equal(measure_snp(out, &image, &base, 0x21, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
	image.region[1].type = HC_PAGE_UNMEASURED;
	assert_int_equal(measure_snp(out, &image, &base, 1, NULL, NULL, NULL), 0);
	assert_memory_not_equal(out, first, SHA384_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_pages_that_cannot_be_measured),
		cmocka_unit_test(refuses_to_measure_what_is_no_snp_guest),
		cmocka_unit_test(save_areas_are_what_kvm_measures),
		cmocka_unit_test(our_save_areas_follow_the_boot_contract),
		cmocka_unit_test(chains_every_page_type),
		cmocka_unit_test(chains_a_long_mode_launch),
		cmocka_unit_test(agrees_with_the_synthetic_vector_for_qemu_ec2_and_gce),
		cmocka_unit_test(measures_regions_in_order_then_every_vcpu),
		cmocka_unit_test(every_input_changes_the_digest),
	};

	return cmocka_run_group_tests_name("measure", tests, pages_setup, NULL);
}
