/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One guest_memfd as the only backing of plain and sim guests: what changes its state is dropped,
 * nothing else is, and devices keep out of private pages. On the model of KVM; tests/e2e/gmem.sh
 * has the same on a kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>
#include <errno.h>

#include "tests/model/kvm_model.h"
#include "tests/unit/tiny_guest.h"
#include "vmm/exit.h"
#include "vmm/private_memory.h"

#define BACKING  ",\"memory_backing\":\"guest_memfd\"}"
#define FIVE_GIB BACKING ",\"machine-config\":{\"mem_size_mib\":5120}"

static char log_text[8192], leaks[512];

static int run_model(struct kvm_model *m, enum hc_platform platform, const char *more_config)
{
	static const uint8_t code[] = {0xf4};
	struct tiny_guest t;
	struct tiny_run run;
	char output[64];
	int status;

	tiny_guest_make(&t, platform, code, sizeof(code), more_config);
	tiny_guest_start(&run, &t, &kvm_model_sys, m);
	status = tiny_guest_wait(&run, output, sizeof(output));
	snprintf(log_text, sizeof(log_text), "%s", tiny_guest_log(&t));
	tiny_guest_remove(&t);
	return status;
}

static struct kvm_model *model_with(
	enum kvm_model_kernel kernel, const struct kvm_model_step *steps, size_t count)
{
	struct kvm_model *m = kvm_model_new(kernel, NULL);

	assert_non_null(m);
	m->script[0][0].steps = steps;
	m->script[0][0].count = count;
	return m;
}

static void refused_where_the_kernel_has_none_that_can_be_mapped(void **state)
{
	static const struct kvm_model_step off[] = {MODEL_OFF};
	struct kvm_model *m = model_with(KVM_MODEL_6_16, off, 1);

	(void)state;
	assert_int_equal(run_model(m, HC_PLATFORM_PLAIN, BACKING), VMM_EXIT_ERROR);
	assert_non_null(strstr(log_text, "confidential.memory_backing"));
	assert_non_null(strstr(log_text, "Linux 6.18"));
	assert_string_equal(kvm_model_leaks(m, leaks, sizeof(leaks)), "");
	kvm_model_free(m);
}

static void every_call_that_fails_ends_in_an_error_and_leaves_nothing(void **state)
{
	static const struct kvm_model_step steps[] = {
		{.fn = kvm_model_convert, .gpa = 0x1000000, .len = 4, .flag = true}, MODEL_OFF};
	unsigned int n = 0;
	bool failed;

	(void)state;
	do {
		struct kvm_model *m = model_with(KVM_MODEL_7_3, steps, 2);
		int status;

		m->fail_at = ++n;
		m->fail_with = ENOMEM;
		status = run_model(m, HC_PLATFORM_PLAIN, FIVE_GIB);
		assert_string_equal(kvm_model_leaks(m, leaks, sizeof(leaks)), "");
		assert_string_equal(kvm_model_complaints(m), "");
		failed = m->failed[0];
		/* Extensions of which use is only made where they are. */
		if (failed && strcmp(m->failed, "KVM_CHECK_EXTENSION"))
			assert_int_equal(status, VMM_EXIT_ERROR);
		if (!failed)
			assert_int_equal(status, VMM_EXIT_OFF);
		kvm_model_free(m);
	} while (failed);
	assert_true(n > 30);
}

static void both_ranges_are_slots_of_one_guest_memfd(void **state)
{
	static const struct kvm_model_step off[] = {MODEL_OFF};
	struct kvm_model *m = model_with(KVM_MODEL_7_3, off, 1);
	const char *text;

	(void)state;
	assert_int_equal(run_model(m, HC_PLATFORM_PLAIN, FIVE_GIB), VMM_EXIT_OFF);
	text = kvm_model_transcript(m);
	assert_non_null(strstr(text, "mmap gmem=0x0+0xc0000000 = 0"));
	assert_non_null(strstr(text, "mmap gmem=0xc0000000+0x80000000 = 0"));
	assert_non_null(strstr(text, "KVM_CREATE_GUEST_MEMFD"));
	assert_null(strstr(strstr(text, "KVM_CREATE_GUEST_MEMFD") + 1, "KVM_CREATE_GUEST_MEMFD"));
	assert_null(strstr(text, "KVM_SET_MEMORY_ATTRIBUTES"));
	kvm_model_free(m);
}

/* Under hc-vmm's real filter: punching has to be among what it may do. */
static void a_guest_that_converts_a_page_finds_it_zero(void **state)
{
	static const struct kvm_model_step steps[] = {
		{.fn = kvm_model_write, .gpa = 0x1000000, .len = 8, .value = 0xe7},
		{.fn = kvm_model_write, .gpa = 0x1001000, .len = 8, .value = 0xe8},
		{.fn = kvm_model_write, .gpa = HC_RAM_HIGH_BASE, .len = 8, .value = 0xe9},
		/* What it is already. */
		{.fn = kvm_model_convert, .gpa = 0x1000000, .len = 2},
		{.fn = kvm_model_read, .gpa = 0x1000000, .len = 8, .value = 0xe7},
		{.fn = kvm_model_convert, .gpa = 0x1000000, .len = 1, .flag = true},
		{.fn = kvm_model_read, .gpa = 0x1000000, .len = 8, .value = 0},
		{.fn = kvm_model_read, .gpa = 0x1001000, .len = 8, .value = 0xe8},
		{.fn = kvm_model_write, .gpa = 0x1000000, .len = 8, .value = 0xea},
		/* Of these two, one changes. */
		{.fn = kvm_model_convert, .gpa = 0x1000000, .len = 2, .flag = true},
		{.fn = kvm_model_read, .gpa = 0x1000000, .len = 8, .value = 0xea},
		{.fn = kvm_model_read, .gpa = 0x1001000, .len = 8, .value = 0},
		{.fn = kvm_model_convert, .gpa = HC_RAM_HIGH_BASE, .len = 1, .flag = true},
		{.fn = kvm_model_read, .gpa = HC_RAM_HIGH_BASE, .len = 8, .value = 0},
		{.fn = kvm_model_convert, .gpa = 0x1000000, .len = 2},
		{.fn = kvm_model_read, .gpa = 0x1000000, .len = 8, .value = 0}, MODEL_OFF};
	struct kvm_model *m = model_with(KVM_MODEL_7_3, steps, sizeof(steps) / sizeof(steps[0]));

	(void)state;
	assert_int_equal(run_model(m, HC_PLATFORM_PLAIN, FIVE_GIB), VMM_EXIT_OFF);
	assert_int_equal(m->guest_errors, 0);
	assert_string_equal(kvm_model_complaints(m), "");
	assert_non_null(strstr(kvm_model_transcript(m), "fallocate hole=0x1001000+0x1000 = 0"));
	assert_non_null(strstr(kvm_model_transcript(m), "fallocate hole=0xc0000000+0x1000 = 0"));
	assert_non_null(strstr(log_text, "2 conversions to shared, 3 to private"));
	kvm_model_free(m);
}

/* --- private_memory itself --- */

#define LOW_PAGES  300u
#define HIGH_PAGES 700u
#define PAGES      (LOW_PAGES + HIGH_PAGES)

struct scene {
	struct kvm_model *model;
	struct kvm kvm;
	struct guest_memory mem;
	struct private_memory pm;
	bool is_private[PAGES];
	uint64_t holds[PAGES];
};

static struct error err;

static void *map_anonymous(size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	return at;
}

static void add_ram(struct scene *s, uint64_t gpa, uint32_t pages)
{
	size_t len = (size_t)pages * HC_PAGE_SIZE;

	s->mem.ram[s->mem.count++] = (struct guest_ram){gpa, len, map_anonymous(len)};
}

static int open_scene(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	*state = s;
	s->model = kvm_model_new(KVM_MODEL_7_3, NULL);
	assert_int_equal(kvm_open(&s->kvm, &kvm_model_sys, s->model, &err), 0);
	assert_int_equal(kvm_create_vm(&s->kvm, KVM_X86_DEFAULT_VM, &err), 0);
	add_ram(s, 0, LOW_PAGES);
	add_ram(s, HC_RAM_HIGH_BASE, HIGH_PAGES);
	assert_int_equal(private_memory_open_mapped(
				 &s->pm, &s->kvm, &s->mem, (uint64_t)PAGES * HC_PAGE_SIZE, &err),
		0);
	for (size_t i = 0; i < s->mem.count; i++)
		assert_int_equal(private_memory_map(&s->pm, &s->mem.ram[i], &err), 0);
	return 0;
}

static int close_scene(void **state)
{
	struct scene *s = *state;

	private_memory_close(&s->pm);
	assert_null(s->mem.is_shared);
	kvm_close(&s->kvm);
	assert_string_equal(kvm_model_leaks(s->model, leaks, sizeof(leaks)), "");
	assert_string_equal(kvm_model_complaints(s->model), "");
	kvm_model_free(s->model);
	for (size_t i = 0; i < s->mem.count; i++)
		munmap(s->mem.ram[i].host, s->mem.ram[i].size);
	free(s);
	return 0;
}

static uint64_t gpa_of(uint32_t page)
{
	return page < LOW_PAGES ? (uint64_t)page * HC_PAGE_SIZE
				: HC_RAM_HIGH_BASE + (uint64_t)(page - LOW_PAGES) * HC_PAGE_SIZE;
}

static uint64_t *words_of(const struct scene *s, uint32_t page)
{
	const struct guest_ram *ram = &s->mem.ram[page >= LOW_PAGES];

	return (uint64_t *)(void *)(ram->host + (gpa_of(page) - ram->gpa));
}

static void fill(struct scene *s, uint32_t page, uint64_t stamp)
{
	s->holds[page] = stamp;
	words_of(s, page)[0] = words_of(s, page)[511] = stamp;
}

static void convert(struct scene *s, uint32_t page, uint32_t count, bool to_private)
{
	assert_int_equal(private_memory_convert(&s->pm, gpa_of(page),
				 (uint64_t)count * HC_PAGE_SIZE, to_private, &err),
		0);
	for (uint32_t i = page; i < page + count; i++) {
		if (s->is_private[i] != to_private)
			s->holds[i] = 0;
		s->is_private[i] = to_private;
	}
}

/* The host's pointers look at the pages as the guest sees them: there is one backing. */
static void check_page(const struct scene *s, uint32_t page)
{
	const bool shared = !s->is_private[page];

	assert_int_equal(words_of(s, page)[0], s->holds[page]);
	assert_int_equal(words_of(s, page)[511], s->holds[page]);
	assert_true(private_memory_is(&s->pm, gpa_of(page), HC_PAGE_SIZE, !shared));
	assert_int_equal(guest_memory_at(&s->mem, gpa_of(page) + 8, 16) != NULL, shared);
}

static void all_is_shared_at_first_and_costs_nothing(void **state)
{
	struct scene *s = *state;
	struct private_memory_counts n;

	private_memory_count(&s->pm, &n);
	assert_int_equal(n.shared_pages, PAGES);
	for (uint32_t page = 0; page < PAGES; page++)
		check_page(s, page);
}

static void what_has_the_state_already_is_kept(void **state)
{
	struct scene *s = *state;

	for (uint32_t page = 0; page < 200; page++)
		fill(s, page, page + 1);
	convert(s, 0, 200, false);
	convert(s, 50, 100, true);
	for (uint32_t page = 50; page < 150; page++)
		fill(s, page, page + 1000);
	/* Private in the middle of it: what is around changes. */
	convert(s, 0, 200, true);
	convert(s, 63, 2, true);
	for (uint32_t page = 0; page < 201; page++)
		check_page(s, page);
	assert_int_equal(words_of(s, 64)[0], 1064);
	assert_int_equal(words_of(s, 49)[0], 0);
}

static void hostile_ranges_change_nothing(void **state)
{
	static const uint64_t bad[][2] = {{1, HC_PAGE_SIZE}, {0, 1}, {0, 0}, {0, UINT64_MAX},
		{HC_PAGE_SIZE, UINT64_MAX - HC_PAGE_SIZE + 1}, {0, (LOW_PAGES + 1) * HC_PAGE_SIZE},
		{LOW_PAGES * HC_PAGE_SIZE, HC_PAGE_SIZE}, {HC_RAM_HIGH_BASE - HC_PAGE_SIZE, 8192},
		{HC_RAM_HIGH_BASE, (HIGH_PAGES + 1) * HC_PAGE_SIZE},
		{UINT64_MAX - HC_PAGE_SIZE + 1, HC_PAGE_SIZE}};
	struct scene *s = *state;

	for (uint32_t page = 0; page < PAGES; page++)
		fill(s, page, page + 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(private_memory_convert(&s->pm, bad[i][0], bad[i][1], true, &err),
			HC_ERANGE);
		assert_int_equal(
			private_memory_fault(&s->pm, bad[i][0], bad[i][1], true, &err), HC_ERANGE);
	}
	for (uint32_t page = 0; page < PAGES; page++)
		check_page(s, page);
}

static uint64_t random_state = 0x243f6a8885a308d3;

static uint32_t below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 20) % n);
}

static void a_hundred_thousand_random_conversions_match_a_reference_map(void **state)
{
	struct scene *s = *state;
	struct private_memory_counts n;
	uint64_t shared = 0;

	for (unsigned int round = 0; round < 100000; round++) {
		uint32_t page = below(PAGES), end = page < LOW_PAGES ? LOW_PAGES : PAGES;
		uint32_t count = 1 + below(below(4) ? 8 : end - page);

		count = count < end - page ? count : end - page;
		fill(s, page + below(count), round + 1);
		convert(s, page, count, below(2));
		check_page(s, page);
		check_page(s, page + count - 1);
		check_page(s, below(PAGES));
	}
	for (uint32_t page = 0; page < PAGES; page++) {
		check_page(s, page);
		shared += !s->is_private[page];
	}
	private_memory_count(&s->pm, &n);
	assert_int_equal(n.shared_pages, shared);
	assert_int_equal(n.to_private + n.to_shared, 100000);
}

static void a_host_that_cannot_punch_is_an_error(void **state)
{
	struct scene *s = *state;

	s->model->fail_at = s->model->calls + 1;
	s->model->fail_with = ENOMEM;
	assert_int_equal(private_memory_convert(&s->pm, 0, HC_PAGE_SIZE, true, &err), HC_EPLATFORM);
	assert_non_null(strstr(err.where, "fallocate"));
}

int main(void)
{
#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_where_the_kernel_has_none_that_can_be_mapped),
		cmocka_unit_test(every_call_that_fails_ends_in_an_error_and_leaves_nothing),
		cmocka_unit_test(both_ranges_are_slots_of_one_guest_memfd),
		cmocka_unit_test(a_guest_that_converts_a_page_finds_it_zero),
		SCENE(all_is_shared_at_first_and_costs_nothing),
		SCENE(what_has_the_state_already_is_kept),
		SCENE(hostile_ranges_change_nothing),
		SCENE(a_hundred_thousand_random_conversions_match_a_reference_map),
		SCENE(a_host_that_cannot_punch_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
