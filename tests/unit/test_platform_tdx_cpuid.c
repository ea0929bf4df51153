/* SPDX-License-Identifier: Apache-2.0 */
/* The two lists of CPUID leaves of a TD: what the module is given, and what KVM is. */
#include <asm/kvm_para.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vmm/cpuid.h"
#include "vmm/platform/tdx_cpuid.h"

static struct kvm_cpuid_table table, out, configurable;
static struct error err;

static struct kvm_cpuid_entry2 *put(struct kvm_cpuid_table *t, uint32_t function, uint32_t index)
{
	struct kvm_cpuid_entry2 *e = &t->entry[t->head.nent++];

	*e = (struct kvm_cpuid_entry2){.function = function, .index = index};
	return e;
}

static struct kvm_cpuid_entry2 *at(struct kvm_cpuid_table *t, uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < t->head.nent; i++)
		if (t->entry[i].function == function && t->entry[i].index == index)
			return &t->entry[i];
	return NULL;
}

/* A host with 52 bits for guests, its leaves as KVM_GET_SUPPORTED_CPUID has them. */
static int fresh(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	memset(&out, 0, sizeof(out));
	memset(&configurable, 0, sizeof(configurable));
	memset(&err, 0, sizeof(err));
	put(&table, 0, 0)->eax = 0x16;
	put(&table, 1, 0)->ecx = 0xffffffff;
	put(&table, 7, 0)->ebx = 0xffffffff;
	put(&table, 7, 1)->eax = 0x1234;
	at(&table, 7, 0)->flags = at(&table, 7, 1)->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	put(&table, 0xb, 0)->ecx = 0x100;
	put(&table, 0x40000001, 0)->eax = 0xffffffff;
	at(&table, 0x40000001, 0)->edx = 1;
	put(&table, 0x80000008, 0)->eax = 0x343934;
	assert_int_equal(cpuid_fix(&table, 3, 4, true, &err), 0);
	put(&configurable, 7, 0)->ebx = 0x0000ff00;
	put(&configurable, 7, 1)->eax = 0xf0;
	put(&configurable, 0x80000008, 0)->eax = 0xff0000;
	return 0;
}

static void table_without_address_leaf_is_refused(void **state)
{
	(void)state;
	at(&table, 0x80000008, 0)->function = 0x80000007;
	assert_int_equal(tdx_cpuid_want(&table, &err), HC_EMISSING);
	assert_non_null(strstr(err.remedy, "hc-vmm check"));
}

static void full_table_is_refused(void **state)
{
	(void)state;
	while (table.head.nent < KVM_CPUID_MAX - 1)
		put(&table, 0x2000 + table.head.nent, 0);
	/* Leaf 0x1f needs three. */
	assert_int_equal(tdx_cpuid_want(&table, &err), HC_ERANGE);
}

static void topology_is_in_both_leaves(void **state)
{
	(void)state;
	assert_null(at(&table, 0x1f, 0));
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	for (uint32_t i = 0; i < 3; i++) {
		struct kvm_cpuid_entry2 *old = at(&table, 0xb, i), *copy = at(&table, 0x1f, i);

		assert_non_null(copy);
		assert_int_equal(copy->eax, old->eax);
		assert_int_equal(copy->ebx, old->ebx);
		assert_int_equal(copy->ecx, old->ecx);
		assert_int_equal(copy->edx, 3);
		assert_int_equal(copy->flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	}
	assert_null(at(&table, 0x1f, 3));
	assert_int_equal(at(&table, 0, 0)->eax, 0x1f);
}

static void wanting_twice_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	out = table;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	assert_memory_equal(&out, &table, sizeof(out));
}

static void width_of_addresses_is_48_or_52(void **state)
{
	static const struct {
		uint32_t guest, width;
	} cases[] = {{0, 48}, {46, 48}, {48, 48}, {51, 48}, {52, 52}, {57, 52}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		at(&table, 0x80000008, 0)->eax = 0x3934 | cases[i].guest << 16;
		assert_int_equal(tdx_cpuid_want(&table, &err), 0);
		assert_int_equal(at(&table, 0x80000008, 0)->eax, 0x3934 | cases[i].width << 16);
	}
}

static void kvm_offers_nothing_that_needs_shared_memory(void **state)
{
	uint32_t eax;

	(void)state;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	eax = at(&table, 0x40000001, 0)->eax;
	assert_false(eax & (1u << KVM_FEATURE_CLOCKSOURCE | 1u << KVM_FEATURE_CLOCKSOURCE2 |
				   1u << KVM_FEATURE_CLOCKSOURCE_STABLE_BIT |
				   1u << KVM_FEATURE_STEAL_TIME | 1u << KVM_FEATURE_ASYNC_PF |
				   1u << KVM_FEATURE_PV_EOI));
	assert_true(eax & 1u << KVM_FEATURE_PV_SEND_IPI);
	assert_int_equal(at(&table, 0x40000001, 0)->edx, 0);
}

static void gives_configurable_bits_of_configurable_leaves_only(void **state)
{
	(void)state;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), 0);
	assert_int_equal(out.head.nent, 3);
	assert_int_equal(out.head.padding, 0);
	assert_int_equal(at(&out, 7, 0)->ebx, 0x0000ff00);
	assert_int_equal(at(&out, 7, 0)->eax, 0);
	assert_int_equal(at(&out, 7, 1)->eax, 0x30);
	assert_int_equal(at(&out, 0x80000008, 0)->eax, 52 << 16);
}

/* Linux kvm_find_cpuid_entry2: without the flag, sub-leaf 0 answers for sub-leaf 1. */
static void each_leaf_says_that_its_index_counts(void **state)
{
	(void)state;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), 0);
	for (uint32_t i = 0; i < out.head.nent; i++)
		assert_int_equal(out.entry[i].flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
}

static void leaf_that_is_not_wanted_is_left_out(void **state)
{
	(void)state;
	put(&configurable, 0x23, 0)->eax = ~0u;
	put(&configurable, 7, 2)->edx = ~0u;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), 0);
	assert_int_equal(out.head.nent, 3);
}

static void leaf_that_is_configurable_twice_is_given_once(void **state)
{
	(void)state;
	put(&configurable, 7, 0)->ebx = 0xff;
	assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), 0);
	assert_int_equal(out.head.nent, 3);
	assert_int_equal(at(&out, 7, 0)->ebx, 0x0000ff00);
}

static void module_without_address_leaf_is_refused(void **state)
{
	(void)state;
	at(&configurable, 0x80000008, 0)->function = 0x80000007;
	assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), HC_EMISSING);
	assert_string_equal(err.where, "KVM_TDX_CAPABILITIES");
}

struct notes {
	unsigned int count;
	struct tdx_cpuid_change last;
};

static void note(void *ctx, const struct tdx_cpuid_change *change)
{
	struct notes *n = ctx;

	n->count++;
	n->last = *change;
}

static void takes_over_what_the_module_shows(void **state)
{
	struct notes notes = {0};

	(void)state;
	put(&out, 7, 0)->ebx = 0xfffffff0;
	assert_int_equal(tdx_cpuid_correct(&table, &out, note, &notes, &err), 0);
	assert_int_equal(at(&table, 7, 0)->ebx, 0xfffffff0);
	assert_int_equal(notes.count, 1);
	assert_int_equal(notes.last.function, 7);
	assert_string_equal(notes.last.reg, "ebx");
	assert_int_equal(notes.last.was, 0xffffffff);
	assert_int_equal(notes.last.is, 0xfffffff0);
	assert_int_equal(at(&table, 7, 1)->eax, 0x1234);
}

static void agreement_is_no_change(void **state)
{
	struct notes notes = {0};

	(void)state;
	out = table;
	assert_int_equal(tdx_cpuid_correct(&table, &out, note, &notes, &err), 0);
	assert_int_equal(notes.count, 0);
	assert_memory_equal(&out, &table, sizeof(out));
}

static void leaf_that_only_the_module_has_is_added(void **state)
{
	struct notes notes = {0};

	(void)state;
	put(&out, 0x23, 1)->ecx = 5;
	at(&out, 0x23, 1)->flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX;
	assert_int_equal(tdx_cpuid_correct(&table, &out, note, &notes, &err), 0);
	assert_int_equal(at(&table, 0x23, 1)->ecx, 5);
	assert_int_equal(at(&table, 0x23, 1)->flags, KVM_CPUID_FLAG_SIGNIFCANT_INDEX);
	assert_int_equal(notes.count, 1);
}

static void no_room_for_a_leaf_is_an_error(void **state)
{
	(void)state;
	while (table.head.nent < KVM_CPUID_MAX)
		put(&table, 0x2000 + table.head.nent, 0);
	put(&out, 0x23, 1)->ecx = 5;
	assert_int_equal(tdx_cpuid_correct(&table, &out, NULL, NULL, &err), HC_ERANGE);
}

/* Without x2APIC KVM would refuse to initialise the vCPU; the APIC id says which one this is. */
static void what_belongs_to_the_vcpu_stays(void **state)
{
	(void)state;
	put(&out, 1, 0);
	put(&out, 0xb, 1);
	put(&out, 0x1f, 0);
	put(&out, 0x80000001, 0);
	put(&table, 0x80000001, 0)->edx = 1u << 11 | 1u << 26;
	assert_int_equal(tdx_cpuid_want(&table, &err), 0);
	assert_int_equal(tdx_cpuid_correct(&table, &out, NULL, NULL, &err), 0);
	assert_int_equal(at(&table, 1, 0)->ebx, 3u << 24);
	assert_int_equal(at(&table, 1, 0)->ecx, 1u << 21 | 1u << 27);
	assert_int_equal(at(&table, 0xb, 1)->ebx, 4);
	assert_int_equal(at(&table, 0x1f, 0)->edx, 3);
	assert_int_equal(at(&table, 0x80000001, 0)->edx, 1u << 11);
}

/* Whatever the module lists: KVM's rule that every leaf is consumed holds, and only its bits go. */
static void random_lists_keep_kvms_rules(void **state)
{
	(void)state;
	srand(20251);
	for (unsigned int round = 0; round < 2000; round++) {
		fresh(NULL);
		assert_int_equal(tdx_cpuid_want(&table, &err), 0);
		for (unsigned int i = (unsigned int)rand() % 64; i; i--) {
			struct kvm_cpuid_entry2 *e = put(&configurable,
				(uint32_t)rand() % 2 ? (uint32_t)rand() % 0x20 : 0x80000008,
				(uint32_t)rand() % 3);

			e->eax = (uint32_t)rand();
			e->ecx = (uint32_t)rand();
		}
		assert_int_equal(tdx_cpuid_configure(&out, &table, &configurable, &err), 0);
		for (uint32_t i = 0; i < out.head.nent; i++) {
			const struct kvm_cpuid_entry2 *e = &out.entry[i];
			const struct kvm_cpuid_entry2 *m = at(&configurable, e->function, e->index);

			assert_non_null(m);
			assert_ptr_equal(at(&out, e->function, e->index), e);
			assert_false(e->eax & ~m->eax || e->ebx & ~m->ebx || e->ecx & ~m->ecx ||
				     e->edx & ~m->edx);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(table_without_address_leaf_is_refused, fresh),
		cmocka_unit_test_setup(full_table_is_refused, fresh),
		cmocka_unit_test_setup(topology_is_in_both_leaves, fresh),
		cmocka_unit_test_setup(wanting_twice_changes_nothing, fresh),
		cmocka_unit_test_setup(width_of_addresses_is_48_or_52, fresh),
		cmocka_unit_test_setup(kvm_offers_nothing_that_needs_shared_memory, fresh),
		cmocka_unit_test_setup(gives_configurable_bits_of_configurable_leaves_only, fresh),
		cmocka_unit_test_setup(each_leaf_says_that_its_index_counts, fresh),
		cmocka_unit_test_setup(leaf_that_is_not_wanted_is_left_out, fresh),
		cmocka_unit_test_setup(leaf_that_is_configurable_twice_is_given_once, fresh),
		cmocka_unit_test_setup(module_without_address_leaf_is_refused, fresh),
		cmocka_unit_test_setup(takes_over_what_the_module_shows, fresh),
		cmocka_unit_test_setup(agreement_is_no_change, fresh),
		cmocka_unit_test_setup(leaf_that_only_the_module_has_is_added, fresh),
		cmocka_unit_test_setup(no_room_for_a_leaf_is_an_error, fresh),
		cmocka_unit_test_setup(what_belongs_to_the_vcpu_stays, fresh),
		cmocka_unit_test(random_lists_keep_kvms_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
