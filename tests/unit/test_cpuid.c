/* SPDX-License-Identifier: Apache-2.0 */
/* The guest sees its own topology, whatever the host's is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/cpuid.h"

static struct kvm_cpuid_table table;

static void leaf(
	uint32_t function, uint32_t index, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	table.entry[table.head.nent++] = (struct kvm_cpuid_entry2){.function = function,
		.index = index,
		.eax = eax,
		.ebx = ebx,
		.ecx = ecx,
		.edx = edx};
}

/* A host of 64 cores and 128 threads, with everything in it that must not show. */
static void host(uint32_t vendor)
{
	memset(&table, 0, sizeof(table));
	leaf(0, 0, 0x1f, vendor, 0, 0);
	leaf(1, 0, 0xa00f11, 0x7f800800, 0, 0x178bfbff);
	leaf(4, 0, 0xfc004121, 0, 0, 0);
	leaf(4, 3, 0xfc1fc163, 0, 0, 0);
	leaf(4, 4, 0, 0, 0, 0);
	leaf(0xb, 0, 1, 2, 0x100, 0x7f);
	leaf(0xb, 1, 7, 128, 0x201, 0x7f);
	leaf(0x1f, 0, 1, 2, 0x100, 0x7f);
	leaf(0x80000001, 0, 0, 0, 0x3, 0);
	leaf(0x80000008, 0, 0x3030, 0, 0x707f, 0);
	leaf(0x8000001d, 3, 0x1fc163, 0, 0, 0);
	leaf(0x8000001e, 0, 0x7f, 0x13f, 0x301, 0xff);
	leaf(0x80000026, 0, 1, 2, 0x100, 0x7f);
	leaf(0x40000000, 0, 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d);
}

static const struct kvm_cpuid_entry2 *get(uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < table.head.nent; i++)
		if (table.entry[i].function == function && table.entry[i].index == index)
			return &table.entry[i];
	return NULL;
}

#define AMD   0x68747541
#define INTEL 0x756e6547

static void each_vcpu_has_its_own_apic_id_everywhere(void **state)
{
	struct error err;

	(void)state;
	for (uint32_t i = 0; i < 16; i++) {
		host(AMD);
		assert_int_equal(cpuid_fix(&table, i, 16, true, &err), 0);
		assert_int_equal(get(1, 0)->ebx, i << 24 | 16 << 16 | 0x0800);
		for (uint32_t level = 0; level < 3; level++)
			assert_int_equal(get(0xb, level)->edx, i);
		assert_int_equal(get(0x8000001e, 0)->eax, i);
		assert_int_equal(get(0x8000001e, 0)->ebx, i);
	}
}

static void the_topology_is_cores_of_one_thread(void **state)
{
	struct error err;

	(void)state;
	host(AMD);
	assert_int_equal(cpuid_fix(&table, 2, 5, true, &err), 0);
	assert_int_equal(get(0xb, 0)->eax, 0);
	assert_int_equal(get(0xb, 0)->ebx, 1);
	assert_int_equal(get(0xb, 1)->eax, 3); /* 5 need 3 bits */
	assert_int_equal(get(0xb, 1)->ebx, 5);
	assert_int_equal(get(0xb, 2)->ebx, 0);
	assert_int_equal(get(0x80000008, 0)->ecx, 0x3004);
	assert_int_equal(get(0x80000001, 0)->ecx, 0x3);
	assert_int_equal(get(4, 0)->eax, 0x1c000121); /* own */
	assert_int_equal(get(4, 3)->eax, 0x1c010163); /* shared by all */
	assert_int_equal(get(4, 4)->eax, 0);
	assert_int_equal(get(0x8000001d, 3)->eax, 0x10163);
}

static void one_vcpu_is_no_multiprocessor(void **state)
{
	struct error err;

	(void)state;
	host(AMD);
	assert_int_equal(cpuid_fix(&table, 0, 1, true, &err), 0);
	assert_int_equal(get(1, 0)->edx & 1u << 28, 0);
	assert_int_equal(get(0x80000001, 0)->ecx, 0x1);
	assert_int_equal(get(0xb, 1)->eax, 0);
	assert_int_equal(get(0x80000008, 0)->ecx, 0);
}

static void nothing_of_the_hosts_topology_is_left(void **state)
{
	struct error err;

	(void)state;
	host(AMD);
	assert_int_equal(cpuid_fix(&table, 0, 2, true, &err), 0);
	assert_null(get(0x1f, 0));
	assert_null(get(0x80000026, 0));
	assert_non_null(get(0x40000000, 0));
}

static void hypervisor_x2apic_and_deadline_are_what_kvm_has(void **state)
{
	struct error err;

	(void)state;
	host(INTEL);
	assert_int_equal(cpuid_fix(&table, 0, 2, true, &err), 0);
	assert_int_equal(get(1, 0)->ecx, 1u << 31 | 1u << 24 | 1u << 21);
	host(INTEL);
	assert_int_equal(cpuid_fix(&table, 0, 2, false, &err), 0);
	assert_int_equal(get(1, 0)->ecx, 1u << 31 | 1u << 21);
	assert_int_equal(get(0x80000001, 0)->ecx, 0x3); /* AMD's bits are not Intel's */
}

static void a_full_table_is_an_error(void **state)
{
	struct error err;

	(void)state;
	host(AMD);
	while (table.head.nent < KVM_CPUID_MAX)
		leaf(0xc0000000, table.head.nent, 0, 0, 0, 0);
	/* Two dropped leaves make room for the third level; fill it again. */
	assert_int_equal(cpuid_fix(&table, 0, 2, true, &err), 0);
	while (table.head.nent < KVM_CPUID_MAX)
		leaf(0xc0000000, table.head.nent, 0, 0, 0, 0);
	table.entry[KVM_CPUID_MAX - 1].function = 0xc0000001;
	for (uint32_t i = 0; i < table.head.nent; i++)
		if (table.entry[i].function == 0xb && table.entry[i].index)
			table.entry[i].function = 0xc0000002;
	assert_int_equal(cpuid_fix(&table, 0, 2, true, &err), HC_ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vcpu_has_its_own_apic_id_everywhere),
		cmocka_unit_test(the_topology_is_cores_of_one_thread),
		cmocka_unit_test(one_vcpu_is_no_multiprocessor),
		cmocka_unit_test(nothing_of_the_hosts_topology_is_left),
		cmocka_unit_test(hypervisor_x2apic_and_deadline_are_what_kvm_has),
		cmocka_unit_test(a_full_table_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
