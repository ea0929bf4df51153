/* SPDX-License-Identifier: Apache-2.0 */
/* The host's device tree: what each forbidden thing ends in, every truncation, every single bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "firmware/abi/hostfdt.h"
#include "tests/unit/fw_samples.h"
#include "vmm/hostfdt.h"

_Alignas(8) static uint8_t tree[HC_HOSTFDT_SIZE];
static struct hc_manifest manifest;
static struct hostinfo info;

static int setup(void **state)
{
	(void)state;
	fw_sample_manifest(&manifest);
	fw_sample_tree(tree);
	/* Room to add things in place. */
	return fdt_open_into(tree, tree, sizeof(tree));
}

static int parse(void)
{
	return hostfdt_parse(&info, tree, sizeof(tree), &manifest);
}

static int node(const char *path)
{
	const int n = fdt_path_offset(tree, path);

	assert_true(n >= 0);
	return n;
}

static void add(const char *parent, const char *name)
{
	assert_true(fdt_add_subnode(tree, node(parent), name) >= 0);
}

static void set_u32(const char *path, const char *name, uint32_t value)
{
	assert_int_equal(fdt_setprop_u32(tree, node(path), name, value), 0);
}

static void set_u64(const char *path, const char *name, uint64_t value)
{
	assert_int_equal(fdt_setprop_u64(tree, node(path), name, value), 0);
}

static void set_reg(const char *path, uint64_t start, uint64_t len)
{
	const uint64_t reg[2] = {cpu_to_fdt64(start), cpu_to_fdt64(len)};

	assert_int_equal(fdt_setprop(tree, node(path), "reg", reg, sizeof(reg)), 0);
}

/* libfdt adds nodes in front of their siblings: ranges are added from the highest down. */
static void add_memory(uint64_t start, uint64_t len)
{
	char name[64], path[70];

	snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)start);
	snprintf(path, sizeof(path), "/%s", name);
	add("/", name);
	assert_int_equal(fdt_setprop_string(tree, node(path), "device_type", "memory"), 0);
	set_reg(path, start, len);
}

static void only_memory(uint64_t start, uint64_t len)
{
	assert_int_equal(fdt_del_node(tree, node("/memory@0")), 0);
	add_memory(start, len);
}

static void reads_what_the_tree_says(void **state)
{
	(void)state;
	assert_int_equal(parse(), 0);
	assert_int_equal(info.ram_count, 1);
	assert_true(info.ram[0].start == 0 && info.ram[0].end == FW_SAMPLE_RAM);
	assert_int_equal(info.vcpu_count, 1);
	assert_int_equal(info.kernel_offset, 0x1000);
	assert_int_equal(info.initrd_offset, 0x2000000);
	assert_null(fw_tree_wrong(tree, sizeof(tree), &manifest, &info));
}

static void refuses_a_node_or_property_nobody_asked_for(void **state)
{
	static const char *const nodes[] = {"/", "/memory@0", "/cpus", "/cpus/cpu@0", "/chosen"};

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		setup(state);
		add(nodes[i], "extra");
		assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
		setup(state);
		set_u32(nodes[i], "phandle", 1);
		assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	}
}

static void refuses_a_tree_that_lacks_anything(void **state)
{
	static const char *const props[][2] = {{"/", "#address-cells"}, {"/", "#size-cells"},
		{"/", "compatible"}, {"/memory@0", "device_type"}, {"/memory@0", "reg"},
		{"/cpus", "#address-cells"}, {"/cpus", "#size-cells"},
		{"/cpus/cpu@0", "device_type"}, {"/cpus/cpu@0", "reg"},
		{"/chosen", HC_FDT_KERNEL_OFFSET}, {"/chosen", HC_FDT_INITRD_OFFSET}};

	for (size_t i = 0; i < sizeof(props) / sizeof(props[0]); i++) {
		setup(state);
		assert_int_equal(fdt_delprop(tree, node(props[i][0]), props[i][1]), 0);
		assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	}
	setup(state);
	assert_int_equal(fdt_del_node(tree, node("/chosen")), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	assert_int_equal(fdt_del_node(tree, node("/cpus")), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	assert_int_equal(fdt_del_node(tree, node("/memory@0")), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
	setup(state);
	assert_int_equal(fdt_del_node(tree, node("/cpus/cpu@0")), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_CPUS);
}

/* Two names of one length become one by writing over the second. */
static void rename_bytes(const char *from, const char *to)
{
	const size_t len = strlen(from) + 1;

	for (size_t at = 0; at + len <= sizeof(tree); at++) {
		if (memcmp(tree + at, from, len) == 0) {
			memcpy(tree + at, to, len);
			return;
		}
	}
	fail_msg("%s is not in the tree", from);
}

static void refuses_anything_twice(void **state)
{
	add("/", "chosem");
	rename_bytes("chosem", "chosen");
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	add("/", "cput");
	rename_bytes("cput", "cpus");
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	set_u64("/chosen", "huisclos,kernel-offseu", 0);
	rename_bytes("huisclos,kernel-offseu", HC_FDT_KERNEL_OFFSET);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	add("/cpus", "cpu@1");
	assert_int_equal(fdt_setprop_string(tree, node("/cpus/cpu@1"), "device_type", "cpu"), 0);
	set_u32("/cpus/cpu@1", "reg", 0);
	rename_bytes("cpu@1", "cpu@0");
	assert_int_equal(parse(), HC_REFUSE_FDT_CPUS);
}

static void refuses_values_other_than_the_schema_has(void **state)
{
	set_u32("/", "#address-cells", 1);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	assert_int_equal(fdt_setprop_string(tree, 0, "compatible", "huisclos,host-v2"), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	assert_int_equal(fdt_appendprop_string(tree, 0, "compatible", "x"), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	set_u32("/chosen", HC_FDT_KERNEL_OFFSET, 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	set_u64("/memory@0", "reg", 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	rename_bytes("memory@0", "memory@1");
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	setup(state);
	rename_bytes("memory@0", "memory00");
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
}

static void refuses_memory_reservations(void **state)
{
	(void)state;
	assert_int_equal(fdt_add_mem_rsv(tree, 0x1000, 0x1000), 0);
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
}

static void refuses_other_versions(void **state)
{
	(void)state;
	/* 2 to 15 crashed in libfdt, found by the fuzzer: their nodes have full paths as names. */
	for (uint32_t version = 0; version < 20; version++) {
		fdt_set_version(tree, version);
		assert_int_equal(parse(), version == HC_FDT_VERSION ? 0 : HC_REFUSE_FDT_FORMAT);
		fdt_set_last_comp_version(tree, version < 16 ? version : 16);
	}
}

/* Went round for ever in libfdt 1.6.1, found by the fuzzer: the next token is this one again. */
static void refuses_a_property_length_that_wraps(void **state)
{
	struct fdt_property *p;
	int len;

	for (uint32_t length = 0xffffff00; length != 0; length++) {
		setup(state);
		p = fdt_get_property_w(tree, node("/chosen"), HC_FDT_KERNEL_OFFSET, &len);
		assert_non_null(p);
		p->len = cpu_to_fdt32(length);
		assert_int_equal(parse(), HC_REFUSE_FDT_FORMAT);
	}
}

/* Puts tokens into the structure block of a packed tree, `at` bytes into it. */
static void insert_tokens(size_t at, const uint32_t *tokens, size_t count)
{
	const size_t len = 4 * count, total = fdt_totalsize(tree);
	uint8_t *to = tree + fdt_off_dt_struct(tree) + at;

	assert_true(fdt_off_dt_strings(tree) > fdt_off_dt_struct(tree));
	memmove(to + len, to, total - (size_t)(to - tree));
	for (size_t i = 0; i < count; i++) {
		const uint32_t token = cpu_to_fdt32(tokens[i]);

		memcpy(to + 4 * i, &token, 4);
	}
	fdt_set_size_dt_struct(tree, fdt_size_dt_struct(tree) + (uint32_t)len);
	fdt_set_off_dt_strings(tree, fdt_off_dt_strings(tree) + (uint32_t)len);
	fdt_set_totalsize(tree, (uint32_t)(total + len));
}

/*
 * libfdt's walk looks for properties before the first subnode of a node and for nodes below the
 * first root only: what stands elsewhere would be seen by nobody.
 */
static void refuses_what_the_walk_would_not_see(void **state)
{
	static const uint32_t property[] = {FDT_PROP, 4, 0, 1};
	static const uint32_t root[] = {FDT_BEGIN_NODE, 0, FDT_END_NODE};
	static const uint32_t end[] = {FDT_END}, nop[] = {FDT_NOP};
	size_t size;

	assert_int_equal(fdt_pack(tree), 0);
	size = fdt_size_dt_struct(tree);
	insert_tokens(size - 8, nop, 1); /* is seen, and means nothing */
	assert_int_equal(parse(), 0);
	for (size_t i = 0; i < 5; i++) {
		setup(state);
		assert_int_equal(fdt_pack(tree), 0);
		if (i == 0) /* a property of the root behind its nodes */
			insert_tokens(size - 8, property, 4);
		else if (i == 1) /* a property behind the root */
			insert_tokens(size - 4, property, 4);
		else if (i == 2) /* a property before the root */
			insert_tokens(0, property, 4);
		else if (i == 3) /* a second root */
			insert_tokens(size - 4, root, 3);
		else /* a second end */
			insert_tokens(size, end, 1);
		if (parse() != HC_REFUSE_FDT_FORMAT)
			fail_msg("case %zu is not refused", i);
	}
}

static void refuses_a_root_with_a_name(void **state)
{
	(void)state;
	memcpy(tree + fdt_off_dt_struct(tree) + 4, "x", 1);
	assert_int_equal(parse(), HC_REFUSE_FDT_FORMAT);
}

static void refuses_an_initrd_that_the_manifest_does_not_have(void **state)
{
	(void)state;
	memset(&manifest.initrd, 0, sizeof(manifest.initrd));
	assert_int_equal(parse(), HC_REFUSE_FDT_SCHEMA);
	assert_int_equal(fdt_delprop(tree, node("/chosen"), HC_FDT_INITRD_OFFSET), 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(info.initrd_offset, 0);
}

static void refuses_blobs_that_overlap(void **state)
{
	const uint64_t at = 0x100000;

	(void)state;
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, at);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, at + manifest.kernel.size);
	assert_int_equal(parse(), 0);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, at + manifest.kernel.size - 1);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, at - manifest.initrd.size);
	assert_int_equal(parse(), 0);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, at - manifest.initrd.size + 1);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
}

static void refuses_blobs_outside_the_window(void **state)
{
	const uint64_t last = HC_STAGING_SIZE - manifest.kernel.size;

	(void)state;
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, last);
	assert_int_equal(parse(), 0);
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, last + 1);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, UINT64_MAX);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, 0);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, 0 - manifest.initrd.size);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
}

static void refuses_blobs_outside_the_packed_range(void **state)
{
	(void)state;
	manifest.packed_base = HC_KERNEL_GPA;
	manifest.packed_size = 0x10000;
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, 0x10000 - manifest.kernel.size);
	set_u64("/chosen", HC_FDT_INITRD_OFFSET, 0);
	assert_int_equal(parse(), 0);
	set_u64("/chosen", HC_FDT_KERNEL_OFFSET, 0x10001 - manifest.kernel.size);
	assert_int_equal(parse(), HC_REFUSE_FDT_BLOBS);
}

static void refuses_ram_that_layout_does_not_allow(void **state)
{
	static const struct {
		uint64_t start, len;
	} bad[] = {
		{0, 0},
		{0, HC_RAM_MIN - HC_RAM_ALIGN},
		{0, HC_RAM_MIN + HC_PAGE_SIZE},
		{HC_RAM_ALIGN, HC_RAM_MIN},
		{0, HC_RAM_LOW_END + HC_RAM_ALIGN},
		{0, 0 - HC_RAM_ALIGN},
		{HC_RAM_HIGH_BASE, HC_RAM_MIN},
		{HC_STAGING_GPA, HC_RAM_MIN},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setup(state);
		only_memory(bad[i].start, bad[i].len);
		assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
	}
}

static void refuses_a_second_range_that_overlaps_wraps_or_leaves_the_aperture(void **state)
{
	static const struct {
		uint64_t start, len;
	} bad[] = {
		{FW_SAMPLE_RAM - HC_RAM_ALIGN, HC_RAM_ALIGN},
		{HC_RAM_LOW_END, HC_RAM_ALIGN},
		{HC_RAM_HIGH_BASE - HC_RAM_ALIGN, 2 * HC_RAM_ALIGN},
		{HC_RAM_HIGH_BASE, HC_RAM_MAX},
		{0 - HC_RAM_ALIGN, HC_RAM_ALIGN},
		{HC_RAM_HIGH_BASE, 0 - HC_RAM_ALIGN},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setup(state);
		assert_int_equal(fdt_del_node(tree, node("/memory@0")), 0);
		add_memory(bad[i].start, bad[i].len);
		add_memory(0, FW_SAMPLE_RAM);
		assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
	}
}

static void refuses_ranges_that_descend_and_more_than_eight(void **state)
{
	add_memory(FW_SAMPLE_RAM, HC_RAM_ALIGN); /* comes to stand in front */
	assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
	for (uint64_t count = HC_RAM_RANGES_MAX; count <= HC_RAM_RANGES_MAX + 1; count++) {
		setup(state);
		assert_int_equal(fdt_del_node(tree, node("/memory@0")), 0);
		for (uint64_t i = count - 1; i > 0; i--)
			add_memory(FW_SAMPLE_RAM + i * HC_RAM_ALIGN, HC_RAM_ALIGN);
		add_memory(0, FW_SAMPLE_RAM);
		assert_int_equal(parse(), count > HC_RAM_RANGES_MAX ? HC_REFUSE_FDT_RAM : 0);
	}
	assert_int_equal(info.ram_count, HC_RAM_RANGES_MAX);
}

static void refuses_ram_outside_the_manifests_bounds(void **state)
{
	(void)state;
	manifest.ram_min = manifest.ram_max = FW_SAMPLE_RAM;
	assert_int_equal(parse(), 0);
	manifest.ram_min = manifest.ram_max = FW_SAMPLE_RAM + HC_RAM_ALIGN;
	assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
	manifest.ram_min = manifest.ram_max = FW_SAMPLE_RAM - HC_RAM_ALIGN;
	assert_int_equal(parse(), HC_REFUSE_FDT_RAM);
}

static void refuses_another_number_of_vcpus(void **state)
{
	(void)state;
	manifest.vcpu_count = 2;
	assert_int_equal(parse(), HC_REFUSE_FDT_CPUS);
	manifest.vcpu_count = 1;
	set_u32("/cpus/cpu@0", "reg", 1);
	rename_bytes("cpu@0", "cpu@1");
	assert_int_equal(parse(), HC_REFUSE_FDT_CPUS);
}

static void refuses_every_truncation(void **state)
{
	(void)state;
	assert_int_equal(fdt_pack(tree), 0);
	for (size_t len = 0; len < fdt_totalsize(tree); len++)
		assert_int_equal(hostfdt_parse(&info, tree, len, &manifest), HC_REFUSE_FDT_FORMAT);
	assert_int_equal(hostfdt_parse(&info, tree, fdt_totalsize(tree), &manifest), 0);
}

static void no_single_bit_gets_past_the_independent_reader(void **state)
{
	size_t accepted = 0, bits;

	(void)state;
	assert_int_equal(fdt_pack(tree), 0);
	bits = 8 * (size_t)fdt_totalsize(tree);
	for (size_t bit = 0; bit < bits; bit++) {
		tree[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (parse() == 0) {
			const char *wrong = fw_tree_wrong(tree, sizeof(tree), &manifest, &info);

			if (wrong)
				fail_msg("bit %zu: accepted, but %s", bit, wrong);
			accepted++;
		}
		tree[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	/* RAM size, offsets, padding and the boot CPU of the header: the host may choose those. */
	assert_in_range(accepted, 1, 400);
}

static void accepts_what_hc_vmm_writes(void **state)
{
	struct guest_memory mem = {0};
	struct hostfdt in = {.mem = &mem, .kernel_offset = 0x3000};
	struct error err = {0};

	(void)state;
	memset(&manifest.initrd, 0, sizeof(manifest.initrd));
	mem.count = 2;
	mem.ram[0].gpa = 0;
	mem.ram[0].size = HC_RAM_LOW_END;
	mem.ram[1].gpa = HC_RAM_HIGH_BASE;
	mem.ram[1].size = HC_RAM_MAX - HC_RAM_LOW_END;
	for (uint32_t n = 1; n <= HC_VCPUS_MAX; n++) {
		in.vcpu_count = manifest.vcpu_count = n;
		assert_int_equal(hostfdt_build(tree, &in, &err), 0);
		assert_int_equal(parse(), 0);
		assert_null(fw_tree_wrong(tree, sizeof(tree), &manifest, &info));
		assert_int_equal(info.ram[1].end, HC_RAM_HIGH_BASE + HC_RAM_MAX - HC_RAM_LOW_END);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(reads_what_the_tree_says, setup),
		cmocka_unit_test_setup(refuses_a_node_or_property_nobody_asked_for, setup),
		cmocka_unit_test_setup(refuses_a_tree_that_lacks_anything, setup),
		cmocka_unit_test_setup(refuses_anything_twice, setup),
		cmocka_unit_test_setup(refuses_values_other_than_the_schema_has, setup),
		cmocka_unit_test_setup(refuses_memory_reservations, setup),
		cmocka_unit_test_setup(refuses_other_versions, setup),
		cmocka_unit_test_setup(refuses_a_property_length_that_wraps, setup),
		cmocka_unit_test_setup(refuses_what_the_walk_would_not_see, setup),
		cmocka_unit_test_setup(refuses_a_root_with_a_name, setup),
		cmocka_unit_test_setup(refuses_an_initrd_that_the_manifest_does_not_have, setup),
		cmocka_unit_test_setup(refuses_blobs_that_overlap, setup),
		cmocka_unit_test_setup(refuses_blobs_outside_the_window, setup),
		cmocka_unit_test_setup(refuses_blobs_outside_the_packed_range, setup),
		cmocka_unit_test_setup(refuses_ram_that_layout_does_not_allow, setup),
		cmocka_unit_test_setup(
			refuses_a_second_range_that_overlaps_wraps_or_leaves_the_aperture, setup),
		cmocka_unit_test_setup(refuses_ranges_that_descend_and_more_than_eight, setup),
		cmocka_unit_test_setup(refuses_ram_outside_the_manifests_bounds, setup),
		cmocka_unit_test_setup(refuses_another_number_of_vcpus, setup),
		cmocka_unit_test_setup(refuses_every_truncation, setup),
		cmocka_unit_test_setup(no_single_bit_gets_past_the_independent_reader, setup),
		cmocka_unit_test_setup(accepts_what_hc_vmm_writes, setup),
	};

	return cmocka_run_group_tests_name("fw_hostfdt", tests, NULL, NULL);
}
