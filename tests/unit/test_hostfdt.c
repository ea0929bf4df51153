/* SPDX-License-Identifier: Apache-2.0 */
/* The host's device tree has what firmware/abi/hostfdt.h says, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "common/bytes.h"
#include "firmware/abi/hostfdt.h"
#include "vmm/hostfdt.h"

static uint8_t tree[HC_HOSTFDT_SIZE] __attribute__((aligned(8)));

static struct guest_memory memory(size_t ranges)
{
	struct guest_memory mem = {.count = ranges};

	mem.ram[0] = (struct guest_ram){.gpa = 0, .size = 0xc0000000};
	for (size_t i = 1; i < ranges; i++)
		mem.ram[i] = (struct guest_ram){
			.gpa = HC_RAM_HIGH_BASE * i, .size = HC_RAM_HIGH_BASE / 2};
	return mem;
}

static void build(size_t ranges, uint32_t vcpus, bool initrd)
{
	struct guest_memory mem = memory(ranges);
	struct hostfdt in = {.mem = &mem,
		.vcpu_count = vcpus,
		.kernel_offset = 0x123456789a,
		.has_initrd = initrd,
		.initrd_offset = 0x1000};
	struct error err;

	memset(tree, 0xaa, sizeof(tree));
	assert_int_equal(hostfdt_build(tree, &in, &err), 0);
	assert_int_equal(fdt_check_full(tree, sizeof(tree)), 0);
}

static uint64_t u64_of(const char *path, const char *name, size_t at)
{
	int len, node = fdt_path_offset(tree, path);
	const uint8_t *p = fdt_getprop(tree, node, name, &len);

	assert_non_null(p);
	assert_true((size_t)len >= at + 8);
	return (uint64_t)get_be32(p + at) << 32 | get_be32(p + at + 4);
}

static void is_valid_and_has_the_facts(void **state)
{
	(void)state;
	build(2, 3, true);
	assert_int_equal(fdt_version(tree), HC_FDT_VERSION);
	assert_int_equal(fdt_num_mem_rsv(tree), 0);
	assert_int_equal(fdt_node_check_compatible(tree, 0, HC_FDT_COMPATIBLE), 0);
	assert_int_equal(u64_of("/memory@0", "reg", 8), 0xc0000000);
	assert_int_equal(u64_of("/memory@100000000", "reg", 0), HC_RAM_HIGH_BASE);
	assert_int_equal(u64_of("/chosen", HC_FDT_KERNEL_OFFSET, 0), 0x123456789a);
	assert_int_equal(u64_of("/chosen", HC_FDT_INITRD_OFFSET, 0), 0x1000);
	assert_true(fdt_path_offset(tree, "/cpus/cpu@2") > 0);
	assert_true(fdt_path_offset(tree, "/cpus/cpu@3") < 0);
}

static void has_no_initrd_without_one(void **state)
{
	(void)state;
	build(1, 1, false);
	assert_null(
		fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), HC_FDT_INITRD_OFFSET, NULL));
}

static void the_largest_tree_fits_and_its_rest_is_zero(void **state)
{
	(void)state;
	build(HC_RAM_RANGES_MAX, HC_VCPUS_MAX, true);
	assert_true(fdt_path_offset(tree, "/cpus/cpu@f") > 0);
	assert_true(bytes_all_zero(tree + fdt_totalsize(tree), sizeof(tree) - fdt_totalsize(tree)));
}

static void a_tree_that_does_not_fit_is_an_error(void **state)
{
	struct guest_memory mem = memory(1);
	struct hostfdt in = {.mem = &mem, .vcpu_count = 10000};
	struct error err;

	(void)state;
	assert_int_equal(hostfdt_build(tree, &in, &err), HC_EINTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_valid_and_has_the_facts),
		cmocka_unit_test(has_no_initrd_without_one),
		cmocka_unit_test(the_largest_tree_fits_and_its_rest_is_zero),
		cmocka_unit_test(a_tree_that_does_not_fit_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
