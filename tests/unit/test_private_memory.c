/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with two backings on the model of KVM: hostile ranges change nothing, every page is in one
 * state and has one backing, and another thread that asks sees it so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>

#include "tests/model/psp_model.h"
#include "vmm/private_memory.h"
#include "vmm/ram.h"

#define PAGE      ((uint64_t)HC_PAGE_SIZE)
#define LOW_PAGES (HC_RAM_LOW_END / PAGE)

struct bed {
	struct kvm_model *m;
	struct kvm kvm;
	struct guest_memory mem;
	struct private_memory pm;
};

static struct error err;

static void set_up_host(struct bed *b, uint64_t ram_bytes)
{
	memset(b, 0, sizeof(*b));
	b->m = psp_model_new(KVM_MODEL_7_3);
	assert_non_null(b->m);
	assert_int_equal(kvm_open(&b->kvm, &kvm_model_sys, b->m, &err), 0);
	assert_int_equal(kvm_create_vm(&b->kvm, KVM_X86_SNP_VM, &err), 0);
	assert_int_equal(ram_open(&b->mem, ram_bytes, false, &err), 0);
}

static int open_memory(struct bed *b, uint64_t ram_bytes)
{
	int rc = private_memory_open(&b->pm, &b->kvm, &b->mem, ram_bytes, &err);

	for (size_t i = 0; i < b->mem.count && !rc; i++)
		rc = private_memory_map(&b->pm, &b->mem.ram[i], &err);
	return rc;
}

static void set_up(struct bed *b, uint64_t ram_bytes)
{
	set_up_host(b, ram_bytes);
	assert_int_equal(open_memory(b, ram_bytes), 0);
}

static void tear_down(struct bed *b)
{
	char leaks[256];

	private_memory_close(&b->pm);
	kvm_close(&b->kvm);
	ram_close(&b->mem);
	assert_string_equal(kvm_model_leaks(b->m, leaks, sizeof(leaks)), "");
	assert_string_equal(kvm_model_complaints(b->m), "");
	kvm_model_free(b->m);
}

static uint64_t gpa_of(uint64_t page)
{
	return page < LOW_PAGES ? page * PAGE : HC_RAM_HIGH_BASE + (page - LOW_PAGES) * PAGE;
}

static int convert(struct bed *b, uint64_t first, uint64_t pages, bool to_private)
{
	return private_memory_convert(&b->pm, gpa_of(first), pages * PAGE, to_private, &err);
}

/* A guest's private page has content, as after its first touch. */
static void touch(struct bed *b, uint64_t page)
{
	uint32_t frame;
	bool is_new;

	assert_int_equal(
		kvm_model_gmem_frame(b->m, &b->m->vm[0], gpa_of(page), &frame, &is_new), 0);
}

static void hostile_ranges_are_refused_and_change_nothing(void **state)
{
	const uint64_t ram = HC_RAM_LOW_END + 64 * PAGE, top = HC_RAM_HIGH_BASE + 64 * PAGE;
	const struct {
		uint64_t gpa, len;
	} ranges[] = {
		{0, 0},
		{1, PAGE},
		{0, 1},
		{0, PAGE + 1},
		{PAGE / 2, PAGE / 2},
		{HC_RAM_LOW_END - PAGE, 2 * PAGE},
		{HC_RAM_LOW_END, PAGE},
		{0, HC_RAM_HIGH_BASE},
		{HC_RAM_LOW_END - PAGE, HC_RAM_HIGH_BASE - HC_RAM_LOW_END + 2 * PAGE},
		{HC_RAM_HIGH_BASE - PAGE, PAGE},
		{top, PAGE},
		{top - PAGE, 2 * PAGE},
		{0, ~0ULL & ~(PAGE - 1)},
		{PAGE, ~0ULL & ~(PAGE - 1)},
		{top - PAGE, 1ULL << 63},
		{~0ULL & ~(PAGE - 1), PAGE},
		{~0ULL & ~(PAGE - 1), 2 * PAGE},
		{1ULL << 51, PAGE},
		{HC_STAGING_GPA, PAGE},
	};
	struct private_memory_counts counts;
	struct bed b;
	unsigned int calls;

	(void)state;
	set_up(&b, ram);
	calls = b.m->calls;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		for (int to = 0; to < 2; to++) {
			assert_int_equal(private_memory_convert(
						 &b.pm, ranges[i].gpa, ranges[i].len, to, &err),
				HC_ERANGE);
			assert_int_equal(
				private_memory_fault(&b.pm, ranges[i].gpa, ranges[i].len, to, &err),
				HC_ERANGE);
		}
	assert_int_equal(b.m->calls, calls); /* KVM was not asked */
	private_memory_count(&b.pm, &counts);
	assert_int_equal(counts.to_shared + counts.to_private + counts.shared_pages, 0);
	assert_true(private_memory_is(&b.pm, 0, HC_RAM_LOW_END, true));
	assert_true(private_memory_is(&b.pm, HC_RAM_HIGH_BASE, 64 * PAGE, true));
	assert_false(private_memory_is(&b.pm, HC_RAM_LOW_END, PAGE, true));
	assert_false(private_memory_is(&b.pm, HC_RAM_LOW_END, PAGE, false));
	tear_down(&b);
}

/* Every range within three words of the map: its own pages change, its neighbours do not. */
static void ranges_at_the_edges_of_words_change_their_pages_only(void **state)
{
	const uint64_t pages = 192;
	struct bed b;

	(void)state;
	set_up(&b, HC_RAM_LOW_END + 192 * PAGE);
	for (uint64_t first = 0; first<pages; first += first % 64> 2 && first % 64 < 60 ? 19 : 1)
		for (uint64_t end = first + 1; end <= pages;
			end += end % 64 > 2 && end % 64 < 60 ? 17 : 1) {
			const uint64_t gpa = HC_RAM_HIGH_BASE + first * PAGE;
			const uint64_t len = (end - first) * PAGE;

			assert_int_equal(convert(&b, LOW_PAGES + first, end - first, false), 0);
			assert_true(private_memory_is(&b.pm, gpa, len, false));
			assert_false(private_memory_is(&b.pm, gpa, PAGE, true));
			if (first)
				assert_true(private_memory_is(&b.pm, gpa - PAGE, PAGE, true));
			if (end < pages)
				assert_true(private_memory_is(&b.pm, gpa + len, PAGE, true));
			assert_int_equal(b.pm.counts.shared_pages, end - first);
			assert_int_equal(convert(&b, LOW_PAGES + first, end - first, true), 0);
			assert_int_equal(b.pm.counts.shared_pages, 0);
		}
	/* Parts of a page: the page's answer. */
	assert_int_equal(convert(&b, 5, 1, false), 0);
	assert_true(private_memory_is(&b.pm, 5 * PAGE + 4095, 1, false));
	assert_false(private_memory_is(&b.pm, 5 * PAGE + 4095, 2, false));
	assert_false(private_memory_is(&b.pm, 5 * PAGE + 4095, 2, true));
	tear_down(&b);
}

static void a_conversion_tells_kvm_first_and_then_drops_the_other_side(void **state)
{
	const char *attribute, *hole, *advice;
	struct bed b;

	(void)state;
	set_up(&b, 64 * HC_RAM_ALIGN);
	touch(&b, 7);
	b.m->text_len = 0;
	assert_int_equal(convert(&b, 7, 1, false), 0);
	assert_int_equal(b.m->frames_used, 0);
	attribute = strstr(kvm_model_transcript(b.m), "KVM_SET_MEMORY_ATTRIBUTES 0x7000+0x1000 0");
	hole = strstr(kvm_model_transcript(b.m), "fallocate hole=0x7000+0x1000 = 0");
	assert_true(attribute && hole && attribute < hole);
	b.mem.ram[0].host[0x7000] = 9;
	b.m->text_len = 0;
	assert_int_equal(convert(&b, 7, 1, true), 0);
	assert_int_equal(b.mem.ram[0].host[0x7000], 0);
	attribute = strstr(kvm_model_transcript(b.m), "KVM_SET_MEMORY_ATTRIBUTES 0x7000+0x1000 8");
	advice = strstr(kvm_model_transcript(b.m), "madvise 0x1000 = 0");
	assert_true(attribute && advice && attribute < advice);
	tear_down(&b);
}

static void a_fault_in_the_wanted_state_is_no_conversion(void **state)
{
	struct private_memory_counts counts;
	struct bed b;

	(void)state;
	set_up(&b, 64 * HC_RAM_ALIGN);
	assert_int_equal(private_memory_fault(&b.pm, 0, PAGE, true, &err), HC_EMISMATCH);
	assert_int_equal(private_memory_fault(&b.pm, 0, PAGE, false, &err), 0);
	assert_int_equal(private_memory_fault(&b.pm, 0, PAGE, false, &err), HC_EMISMATCH);
	/* Half of it is enough to go on. */
	assert_int_equal(private_memory_fault(&b.pm, 0, 2 * PAGE, false, &err), 0);
	private_memory_count(&b.pm, &counts);
	assert_int_equal(counts.implied, 2);
	assert_int_equal(counts.to_shared, 2);
	assert_int_equal(counts.shared_pages, 2);
	assert_int_equal(convert(&b, 0, 2, true), 0);
	private_memory_count(&b.pm, &counts);
	assert_int_equal(counts.shared_peak, 2);
	tear_down(&b);
}

static void devices_see_shared_memory_only(void **state)
{
	struct bed b;
	uint8_t byte;

	(void)state;
	set_up(&b, 64 * HC_RAM_ALIGN);
	assert_int_equal(guest_memory_read(&b.mem, 0, &byte, 1), HC_ERANGE);
	assert_int_equal(convert(&b, 0, 1, false), 0);
	assert_int_equal(guest_memory_read(&b.mem, 0, &byte, 1), 0);
	assert_int_equal(guest_memory_read(&b.mem, PAGE - 1, &byte, 1), 0);
	assert_null(guest_memory_at(&b.mem, PAGE - 1, 2));
	private_memory_close(&b.pm);
	assert_int_equal(guest_memory_read(&b.mem, 4 * PAGE, &byte, 1), 0);
	tear_down(&b);
}

/* Below 3 GiB and above 4 GiB: each has its part of the guest_memfd, whichever comes first. */
static void ranges_of_ram_may_be_mapped_in_any_order(void **state)
{
	const uint64_t ram = HC_RAM_LOW_END + 64 * PAGE;
	struct bed b;

	(void)state;
	for (size_t first = 0; first < 2; first++) {
		const struct model_slot *slot;

		set_up_host(&b, ram);
		slot = b.m->vm[0].slot;
		assert_int_equal(private_memory_open(&b.pm, &b.kvm, &b.mem, ram, &err), 0);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(private_memory_map(&b.pm, &b.mem.ram[first ^ i], &err), 0);
		assert_int_equal(slot[0].gmem_offset, 0);
		assert_int_equal(slot[1].gpa, HC_RAM_HIGH_BASE);
		assert_int_equal(slot[1].gmem_offset, HC_RAM_LOW_END);
		touch(&b, LOW_PAGES);
		assert_int_equal(convert(&b, LOW_PAGES, 1, false), 0);
		assert_int_equal(b.m->frames_used, 0);
		assert_true(private_memory_is(&b.pm, HC_RAM_LOW_END - PAGE, PAGE, true));
		assert_int_equal(private_memory_map(&b.pm, &b.mem.ram[0], &err), HC_EPLATFORM);
		tear_down(&b);
	}
}

static void every_call_that_fails_is_named_and_leaves_nothing(void **state)
{
	static const char *const names[] = {"KVM_CREATE_GUEST_MEMFD", "KVM_SET_USER_MEMORY_REGION2",
		"KVM_SET_MEMORY_ATTRIBUTES", "KVM_SET_USER_MEMORY_REGION2",
		"KVM_SET_MEMORY_ATTRIBUTES"};
	struct bed b;

	(void)state;
	for (unsigned int n = 0; n <= 5; n++) {
		set_up_host(&b, HC_RAM_LOW_END + 64 * PAGE);
		b.m->fail_at = b.m->calls + n + 1;
		b.m->fail_with = ENOMEM;
		assert_int_equal(
			open_memory(&b, HC_RAM_LOW_END + 64 * PAGE), n < 5 ? HC_EPLATFORM : 0);
		if (n < 5) {
			assert_string_equal(err.where, names[n]);
			assert_string_equal(err.found, "Cannot allocate memory");
			assert_non_null(strstr(err.remedy, "out of memory"));
		}
		tear_down(&b);
	}
}

/* Whatever fails, a page is never taken for shared that KVM has private. */
static void a_conversion_that_fails_says_so_and_keeps_the_map_true(void **state)
{
	struct bed b;

	(void)state;
	for (unsigned int n = 1; n <= 2; n++)
		for (int to = 0; to < 2; to++) {
			set_up(&b, 64 * HC_RAM_ALIGN);
			assert_int_equal(convert(&b, 3, 1, !to), 0);
			b.m->fail_at = b.m->calls + n;
			b.m->fail_with = ENOMEM;
			assert_int_equal(convert(&b, 3, 1, to), HC_EPLATFORM);
			assert_string_equal(err.found, "Cannot allocate memory");
			assert_int_equal(private_memory_is(&b.pm, 3 * PAGE, PAGE, true),
				kvm_model_is_private(&b.m->vm[0], 3 * PAGE, PAGE, true));
			assert_int_equal(convert(&b, 3, 1, to), 0);
			assert_true(private_memory_is(&b.pm, 3 * PAGE, PAGE, to));
			tear_down(&b);
		}
}

static void calls_that_go_on_are_made_again(void **state)
{
	struct bed b;

	(void)state;
	set_up_host(&b, 64 * HC_RAM_ALIGN);
	b.m->interrupt = 2;
	b.m->again = 3;
	assert_int_equal(open_memory(&b, 64 * HC_RAM_ALIGN), 0);
	for (uint64_t i = 0; i < 30; i++)
		assert_int_equal(convert(&b, i, 2, i & 1), 0);
	b.m->interrupt = b.m->again = 0;
	tear_down(&b);
}

/* --- at random, against a map of bytes --- */

#define SPAN 2048u /* pages on either side of the hole, and those are what is converted */

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Page `i` of the reference: the last of low RAM, and then the first of high RAM. */
static uint64_t page_of(uint64_t i)
{
	return LOW_PAGES - SPAN + i;
}

static void check_page(struct bed *b, const uint8_t *map, uint64_t i)
{
	const uint64_t gpa = gpa_of(page_of(i));
	const struct model_slot *slot = kvm_model_slot_at(&b->m->vm[0], gpa);
	const uint64_t at = (slot->gmem_offset + gpa - slot->gpa) / PAGE;
	const uint32_t *blocks = b->m->gmem[0].blocks;
	uint32_t block = blocks[at / MODEL_BLOCK_PAGES];
	bool has_private =
		block &&
		b->m->block[(size_t)(block - 1) * MODEL_BLOCK_PAGES + at % MODEL_BLOCK_PAGES];

	assert_int_equal(private_memory_is(&b->pm, gpa, PAGE, true), map[i]);
	assert_int_equal(private_memory_is(&b->pm, gpa, PAGE, false), !map[i]);
	assert_int_equal(kvm_model_is_private(&b->m->vm[0], gpa, PAGE, true), map[i]);
	/* One backing at most: what is shared has no private page, what is private reads as zero.
	 */
	if (!map[i])
		assert_false(has_private);
	else
		assert_int_equal(slot->host[gpa - slot->gpa], 0);
}

static void a_hundred_thousand_random_conversions_agree_with_a_map(void **state)
{
	static uint8_t map[2 * SPAN];
	uint64_t seed = 20261125, shared = 0;
	struct bed b;

	(void)state;
	memset(map, 1, sizeof(map));
	set_up(&b, HC_RAM_LOW_END + SPAN * PAGE);
	for (int n = 0; n < 100000; n++) {
		uint64_t first = next(&seed) % (2 * SPAN), len = 1 + next(&seed) % 64;
		bool to = next(&seed) & 1;

		if (n % 16 == 0)
			len = 1 + next(&seed) % SPAN;
		if (first + len > 2 * SPAN)
			len = 2 * SPAN - first;
		if (first < SPAN && first + len > SPAN) {
			/* Over the hole: the guest's mistake. */
			assert_int_equal(convert(&b, page_of(first), len, to), HC_ERANGE);
			len = SPAN - first;
		}
		/* Something on the side that is left. */
		if (map[first])
			touch(&b, page_of(first));
		else
			*(uint8_t *)guest_memory_at(&b.mem, gpa_of(page_of(first)), 1) = 1;
		assert_int_equal(convert(&b, page_of(first), len, to), 0);
		for (uint64_t i = first; i < first + len; i++) {
			shared += map[i] && !to;
			shared -= !map[i] && to;
			map[i] = to;
		}
		assert_int_equal(b.pm.counts.shared_pages, shared);
		check_page(&b, map, first);
		check_page(&b, map, next(&seed) % (2 * SPAN));
		if (n % 5000 == 0)
			for (uint64_t i = 0; i < 2 * SPAN; i++)
				check_page(&b, map, i);
		b.m->text_len = 0;
	}
	assert_true(private_memory_is(&b.pm, 0, (LOW_PAGES - SPAN) * PAGE, true));
	tear_down(&b);
}

/* --- another thread asks --- */

#define ROUNDS 20000

static void *convert_in_turn(void *arg)
{
	struct bed *b = arg;
	struct error own;

	/* Pages 1 to 62 and 65 to 190 of a map whose words have 64: their neighbours stay. */
	for (int i = 0; i < ROUNDS; i++) {
		(void)!private_memory_convert(&b->pm, PAGE, 62 * PAGE, i & 1, &own);
		(void)!private_memory_convert(&b->pm, 65 * PAGE, 126 * PAGE, i & 1, &own);
	}
	return NULL;
}

static void who_asks_while_others_convert_is_told_the_truth(void **state)
{
	static const uint64_t still[] = {0, 63, 64, 191};
	struct private_memory_counts counts;
	pthread_t thread[2];
	struct bed b;

	(void)state;
	set_up(&b, 64 * HC_RAM_ALIGN);
	assert_int_equal(convert(&b, 63, 2, false), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, convert_in_turn, &b), 0);
	for (int i = 0; i < ROUNDS; i++)
		for (size_t k = 0; k < 4; k++) {
			bool shared = still[k] == 63 || still[k] == 64;

			assert_int_equal(
				private_memory_is(&b.pm, still[k] * PAGE, PAGE, false), shared);
			assert_int_equal(
				private_memory_is(&b.pm, still[k] * PAGE, PAGE, true), !shared);
		}
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	private_memory_count(&b.pm, &counts);
	assert_int_equal(counts.shared_pages, 2);
	assert_int_equal(counts.to_private, 2 * ROUNDS);
	tear_down(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_ranges_are_refused_and_change_nothing),
		cmocka_unit_test(ranges_at_the_edges_of_words_change_their_pages_only),
		cmocka_unit_test(a_conversion_tells_kvm_first_and_then_drops_the_other_side),
		cmocka_unit_test(a_fault_in_the_wanted_state_is_no_conversion),
		cmocka_unit_test(devices_see_shared_memory_only),
		cmocka_unit_test(ranges_of_ram_may_be_mapped_in_any_order),
		cmocka_unit_test(every_call_that_fails_is_named_and_leaves_nothing),
		cmocka_unit_test(a_conversion_that_fails_says_so_and_keeps_the_map_true),
		cmocka_unit_test(calls_that_go_on_are_made_again),
		cmocka_unit_test(a_hundred_thousand_random_conversions_agree_with_a_map),
		cmocka_unit_test(who_asks_while_others_convert_is_told_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
