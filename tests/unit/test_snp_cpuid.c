/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUID page: what an SNP guest must not be told is gone, and corrections only ever take away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vmm/platform/snp_cpuid.h"

static struct kvm_cpuid_table t;
static struct snp_cpuid_page page, other;
static struct error err;
static char log_path[32];
static struct log log_to;

static void put(
	uint32_t function, uint32_t index, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	t.entry[t.head.nent++] = (struct kvm_cpuid_entry2){.function = function,
		.index = index,
		.eax = eax,
		.ebx = ebx,
		.ecx = ecx,
		.edx = edx};
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	memset(&err, 0, sizeof(err));
	strcpy(log_path, "/tmp/hc-cpuid-XXXXXX");
	log_to = (struct log){.fd = mkstemp(log_path), .level = LOG_LEVEL_INFO, .program = "test"};
	put(0, 0, 0x10, 0x68747541, 0x444d4163, 0x69746e65);
	put(1, 0, 0xa10f11, 0x800, ~0u & ~(1u << 31), ~0u);
	put(7, 0, 2, ~0u, ~0u, ~0u);
	put(7, 1, ~0u, ~0u, ~0u, ~0u);
	put(0xd, 0, 7, 0x340, 0x340, 0);
	put(0xd, 1, 0xf, 0x348, 0, 0);
	put(0xd, 2, 0x100, 0x240, 0, 0);
	put(0x40000000, 0, 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d);
	put(0x80000008, 0, 0x3030, ~0u, 0, 0);
	put(0x8000001e, 0, 0, 0, 0, 0);
	put(0x8000001f, 0, 0x2, 51 | 5 << 6, 0x1ff, 0x63);
	put(0x80000021, 0, ~0u, 0, ~0u, 0);
	put(0x80000026, 0, 1, 2, 3, 4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(log_to.fd);
	unlink(log_path);
	return 0;
}

static const struct kvm_cpuid_entry2 *leaf(uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < t.head.nent; i++)
		if (t.entry[i].function == function && t.entry[i].index == index)
			return &t.entry[i];
	return NULL;
}

static const struct snp_cpuid_entry *listed(uint32_t function, uint32_t index)
{
	for (uint32_t i = 0; i < page.count; i++)
		if (page.entry[i].eax_in == function && page.entry[i].ecx_in == index)
			return &page.entry[i];
	return NULL;
}

static bool logged(const char *text)
{
	static char all[32768];
	ssize_t n = pread(log_to.fd, all, sizeof(all) - 1, 0);

	all[n < 0 ? 0 : n] = '\0';
	return strstr(all, text) != NULL;
}

static void build(void)
{
	assert_int_equal(snp_cpuid_fit(&t, &err), 0);
	assert_int_equal(snp_cpuid_build(&page, &t, &err), 0);
	other = page;
}

static void a_host_without_sev_is_refused(void **state)
{
	(void)state;
	t.entry[10].eax = 0x1; /* SME alone */
	assert_int_equal(snp_cpuid_fit(&t, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.found, "no SEV"));
	t.head.nent = 10;
	assert_int_equal(snp_cpuid_fit(&t, &err), HC_EPLATFORM);
}

static void another_c_bit_than_that_of_the_page_tables_is_refused(void **state)
{
	(void)state;
	t.entry[10].ebx = 47 | 1 << 6;
	assert_int_equal(snp_cpuid_fit(&t, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.found, "47"));
}

static void what_the_secure_processor_refuses_is_hidden_and_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(snp_cpuid_fit(&t, &err), 0);
	assert_int_equal(leaf(1, 0)->ecx, ~(1u << 24)); /* and HYPERVISOR is there */
	assert_int_equal(leaf(1, 0)->edx, ~0u);
	assert_int_equal(leaf(7, 0)->ebx, ~(1u << 1));
	assert_int_equal(leaf(7, 0)->ecx, ~0u);
	assert_int_equal(leaf(7, 0)->edx, 0x03ffffff);
	assert_int_equal(leaf(7, 1)->edx, ~0u);
	assert_int_equal(leaf(0x80000008, 0)->ebx, ~(1u << 25));
	assert_int_equal(leaf(0x80000021, 0)->eax, ~(1u << 9));
	assert_int_equal(leaf(0x80000021, 0)->ecx, 0);
	assert_null(leaf(0x80000026, 0));
	assert_int_equal(leaf(0, 0)->ebx, 0x68747541);
}

static void the_guest_is_told_what_it_is(void **state)
{
	const struct kvm_cpuid_entry2 *e;

	(void)state;
	assert_int_equal(snp_cpuid_fit(&t, &err), 0);
	e = leaf(0x8000001f, 0);
	assert_int_equal(e->eax, 0x1a);
	assert_int_equal(e->ebx, 51 | 1 << 6);
	assert_int_equal(e->ecx | e->edx, 0);
}

static void the_page_has_what_the_table_has_but_zeros(void **state)
{
	(void)state;
	build();
	assert_int_equal(page.count, t.head.nent - 1);
	assert_null(listed(0x8000001e, 0));
	assert_int_equal(listed(1, 0)->reg[2], leaf(1, 0)->ecx);
	assert_int_equal(listed(0x40000000, 0)->reg[0], 0x40000001);
	assert_int_equal(listed(0xd, 0)->reg[1], 0x240);
	assert_int_equal(listed(0xd, 0)->xcr0_in, 1);
	assert_int_equal(listed(0xd, 1)->reg[1], 0x240);
	assert_int_equal(listed(0xd, 2)->xcr0_in, 0);
	assert_int_equal(listed(0xd, 2)->reg[1], 0x240);
	assert_int_equal(page.reserved0 | page.reserved1, 0);
}

static void a_function_too_many_is_an_error_and_not_cut_off(void **state)
{
	(void)state;
	t.head.nent = 0;
	for (uint32_t i = 0; i < SNP_CPUID_MAX; i++)
		put(i, 0, 1, 0, 0, 0);
	put(0x90000000, 0, 1, 0, 0, 0); /* in no range that is listed */
	put(0x80000000, 0, 0, 0, 0, 0); /* zero */
	assert_int_equal(snp_cpuid_build(&page, &t, &err), 0);
	assert_int_equal(page.count, SNP_CPUID_MAX);
	put(0x80000001, 0, 0, 0, 0, 1);
	assert_int_equal(snp_cpuid_build(&page, &t, &err), HC_ERANGE);
	assert_non_null(strstr(err.found, "0x80000001"));
}

static void corrections_that_take_away_pass_and_are_logged_one_by_one(void **state)
{
	(void)state;
	build();
	other.entry[1].reg[2] &= ~(1u << 13);
	other.entry[2].reg[1] = 0;
	assert_int_equal(snp_cpuid_corrected(&page, &other, &log_to, &err), 0);
	assert_true(logged("CPUID 0x00000001.0 ECX: 0xfeffffff to 0xfeffdfff"));
	assert_true(logged("CPUID 0x00000007.0 EBX"));
	assert_false(logged("bits more"));
}

static void a_correction_that_adds_a_bit_is_refused(void **state)
{
	(void)state;
	build();
	other.entry[1].reg[2] &= ~1u;
	other.entry[1].reg[2] |= 1u << 24;
	assert_int_equal(snp_cpuid_corrected(&page, &other, &log_to, &err), HC_EDENIED);
	assert_true(logged("bits more"));
}

static void no_correction_is_no_reason_to_try_again(void **state)
{
	(void)state;
	build();
	assert_int_equal(snp_cpuid_corrected(&page, &other, &log_to, &err), HC_EDENIED);
	assert_non_null(strstr(err.found, "no difference"));
}

/* Every single bit of the page that a correction may set: none passes, but a register's own. */
static void every_bit_added_anywhere_in_the_page_is_refused(void **state)
{
	const struct log quiet = {.fd = -1, .level = LOG_LEVEL_ERROR, .program = "test"};

	(void)state;
	build();
	for (size_t bit = 0; bit < 8 * sizeof(page); bit++) {
		uint8_t *byte = (uint8_t *)&other + bit / 8;

		if (*byte & 1u << bit % 8)
			continue;
		*byte |= (uint8_t)(1u << bit % 8);
		if (snp_cpuid_corrected(&page, &other, &quiet, &err) != HC_EDENIED)
			fail_msg("bit %zu", bit);
		*byte &= (uint8_t) ~(1u << bit % 8);
	}
	/* And taken away: only in a register of a function that is listed. */
	for (size_t bit = 0; bit < 8 * sizeof(page); bit++) {
		const size_t at = bit / 8, in = (at - 16) % 48;
		const bool reg = at >= 16 && at < 16 + page.count * 48 && in >= 24 && in < 40;
		uint8_t *byte = (uint8_t *)&other + at;

		if (!(*byte & 1u << bit % 8))
			continue;
		*byte &= (uint8_t) ~(1u << bit % 8);
		if (!snp_cpuid_corrected(&page, &other, &quiet, &err) != reg)
			fail_msg("bit %zu", bit);
		*byte |= (uint8_t)(1u << bit % 8);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host_without_sev_is_refused),
		TEST(another_c_bit_than_that_of_the_page_tables_is_refused),
		TEST(what_the_secure_processor_refuses_is_hidden_and_nothing_else),
		TEST(the_guest_is_told_what_it_is),
		TEST(the_page_has_what_the_table_has_but_zeros),
		TEST(a_function_too_many_is_an_error_and_not_cut_off),
		TEST(corrections_that_take_away_pass_and_are_logged_one_by_one),
		TEST(a_correction_that_adds_a_bit_is_refused),
		TEST(no_correction_is_no_reason_to_try_again),
		TEST(every_bit_added_anywhere_in_the_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
