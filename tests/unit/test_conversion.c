/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions at run time: hostile requests change nothing, and no page is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/kvm_para.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "vmm/platform/conversion.h"
#include "vmm/vm.h"

#define LOW   8u /* pages of each range of RAM */
#define HIGH  70u
#define PAGES (LOW + HIGH)
#define ENC   KVM_MAP_GPA_RANGE_ENCRYPTED
#define GMEM  77

/* What KVM was told: the attribute of each page, and whether private contents are there. */
static bool is_private[PAGES], has_private[PAGES];
static int fail_attribute, fail_punch;
static struct vm vm;
static struct vm_config config;
static struct log log_to;
static struct conversions c;
static struct kvm_run run_page;
static struct kvm_run *const run = &run_page;
static struct error err;
static int status;

static uint64_t gpa_of(uint32_t page)
{
	return page < LOW ? (uint64_t)page * HC_PAGE_SIZE
			  : HC_RAM_HIGH_BASE + (uint64_t)(page - LOW) * HC_PAGE_SIZE;
}

static uint32_t page_of(uint64_t gpa)
{
	return (uint32_t)(gpa < HC_RAM_HIGH_BASE ? gpa / HC_PAGE_SIZE
						 : LOW + (gpa - HC_RAM_HIGH_BASE) / HC_PAGE_SIZE);
}

static int attributes(const struct kvm_memory_attributes *a)
{
	if (fail_attribute)
		return -fail_attribute;
	for (uint64_t i = 0; i < a->size / HC_PAGE_SIZE; i++)
		is_private[page_of(a->address) + i] = a->attributes == KVM_MEMORY_ATTRIBUTE_PRIVATE;
	return 0;
}

static int sys_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	(void)ctx;
	(void)fd;
	if (request == KVM_CREATE_GUEST_MEMFD)
		return GMEM;
	return request == KVM_SET_MEMORY_ATTRIBUTES ? attributes(arg) : 0;
}

static int sys_punch(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	(void)ctx;
	assert_int_equal(fd, GMEM);
	if (fail_punch)
		return -fail_punch;
	memset(has_private + offset / HC_PAGE_SIZE, 0, len / HC_PAGE_SIZE);
	return 0;
}

static int sys_discard(void *ctx, void *at, size_t len)
{
	(void)ctx;
	return madvise(at, len, MADV_DONTNEED) ? -errno : 0;
}

static void sys_close(void *ctx, int fd)
{
	(void)ctx;
	assert_int_equal(fd, GMEM);
}

static const struct kvm_sys sys = {
	.ioctl = sys_ioctl, .punch = sys_punch, .discard = sys_discard, .close = sys_close};

static uint8_t *map(uint64_t pages)
{
	uint8_t *at = mmap(NULL, pages * HC_PAGE_SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	return at;
}

static char log_path[32];

static int set_up(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&c, 0, sizeof(c));
	memset(has_private, 1, sizeof(has_private));
	fail_attribute = fail_punch = 0;
	strcpy(log_path, "/tmp/hc-conversion-XXXXXX");
	log_to = (struct log){.fd = mkstemp(log_path), .level = LOG_LEVEL_INFO, .program = "test"};
	config.ram_bytes = (uint64_t)PAGES * HC_PAGE_SIZE;
	vm.config = &config;
	vm.log = &log_to;
	vm.kvm = (struct kvm){.sys = &sys, .fd = -1, .vm_fd = 5};
	vm.mem.count = 2;
	vm.mem.ram[0] = (struct guest_ram){0, (uint64_t)LOW * HC_PAGE_SIZE, map(LOW)};
	vm.mem.ram[1] =
		(struct guest_ram){HC_RAM_HIGH_BASE, (uint64_t)HIGH * HC_PAGE_SIZE, map(HIGH)};
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(conversion_map(&c, &vm, &vm.mem.ram[i], &err), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	conversion_close(&c);
	close(log_to.fd);
	unlink(log_path);
	munmap(vm.mem.ram[0].host, LOW * HC_PAGE_SIZE);
	munmap(vm.mem.ram[1].host, HIGH * HC_PAGE_SIZE);
	return 0;
}

/* How often `text` is in the log. */
static unsigned int logged(const char *text)
{
	static char all[65536];
	ssize_t n = pread(log_to.fd, all, sizeof(all) - 1, 0);
	unsigned int count = 0;

	all[n < 0 ? 0 : n] = '\0';
	for (const char *at = all; (at = strstr(at, text)); at += strlen(text))
		count++;
	return count;
}

/* Returns `ret` of the hypercall; the guest must go on. */
static uint64_t ask(uint64_t gpa, uint64_t pages, uint64_t attributes_asked)
{
	struct kvm_run_hypercall *call = &KVM_RUN_EXIT(run)->hypercall;

	run->exit_reason = KVM_EXIT_HYPERCALL;
	*call = (struct kvm_run_hypercall){
		.nr = KVM_HC_MAP_GPA_RANGE, .args = {gpa, pages, attributes_asked}, .ret = 0x5a5a};
	assert_int_equal(conversion_exit(&c, 0, run, &status), PLATFORM_EXIT_DONE);
	return call->ret;
}

static enum platform_exit fault(uint32_t vcpu, uint64_t gpa, uint64_t flags)
{
	run->exit_reason = KVM_EXIT_MEMORY_FAULT;
	KVM_RUN_EXIT(run)->memory_fault =
		(struct kvm_run_memory_fault){.flags = flags, .gpa = gpa, .size = HC_PAGE_SIZE};
	status = -5;
	return conversion_exit(&c, vcpu, run, &status);
}

static void all_is_private(void)
{
	for (uint32_t i = 0; i < PAGES; i++)
		assert_true(is_private[i] && private_memory_is(&c.memory, gpa_of(i), 1, true));
}

static void hostile_requests_are_refused_and_change_nothing(void **state)
{
	static const uint64_t cases[][3] = {
		{1, 1, 0},
		{0xfff, 1, ENC},
		{0, 0, 0},
		{0, 0, ENC},
		{0, 1, 0x20},
		{0, 1, 1ull << 63},
		{0, 1, 4},
		{0, 1, 8},
		{0, 1, 3},
		{0, 1, UINT64_MAX},
		{0, UINT64_MAX, 0},
		{0, 1ull << 52, 0},
		{0, (1ull << 52) + 1, 0},
		{UINT64_MAX & ~0xfffull, 1, 0},
		{UINT64_MAX & ~0xfffull, 2, 0},
		{HC_PAGE_SIZE, UINT64_MAX / HC_PAGE_SIZE, 0},
		{0, LOW + 1, 0},
		{LOW * HC_PAGE_SIZE, 1, 0},
		{(LOW - 1) * HC_PAGE_SIZE, 2, 0},
		{HC_STAGING_GPA, 1, 0},
		{HC_STAGING_GPA, 1, ENC},
		{HC_RAM_HIGH_BASE - HC_PAGE_SIZE, 2, 0},
		{HC_RAM_HIGH_BASE, HIGH + 1, 0},
		{0, (HC_RAM_HIGH_BASE / HC_PAGE_SIZE) + HIGH, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ask(cases[i][0], cases[i][1], cases[i][2]) != EINVAL)
			fail_msg("case %zu passed", i);
	all_is_private();
	assert_int_equal(c.refused, sizeof(cases) / sizeof(cases[0]));
	assert_int_equal(logged("cannot be"), 1);
}

static void another_hypercall_is_refused(void **state)
{
	struct kvm_run_hypercall *call = &KVM_RUN_EXIT(run)->hypercall;

	(void)state;
	run->exit_reason = KVM_EXIT_HYPERCALL;
	*call = (struct kvm_run_hypercall){.nr = KVM_HC_MAP_GPA_RANGE + 1, .args = {0, 1, 0}};
	assert_int_equal(conversion_exit(&c, 0, run, &status), PLATFORM_EXIT_DONE);
	assert_int_equal(call->ret, EINVAL);
	all_is_private();
}

static void a_page_size_is_no_wish_for_privacy(void **state)
{
	(void)state;
	/* 2 MiB pages, shared: bit 0 is set, and the range is shared all the same. */
	assert_int_equal(ask(0, 2, KVM_MAP_GPA_RANGE_PAGE_SZ_2M), 0);
	assert_false(is_private[0] || is_private[1]);
	assert_int_equal(ask(0, 2, KVM_MAP_GPA_RANGE_PAGE_SZ_1G | ENC), 0);
	all_is_private();
}

static void a_shared_page_is_the_hosts_to_read_and_a_private_one_is_not(void **state)
{
	(void)state;
	assert_null(guest_memory_at(&vm.mem, 0x1000, 8));
	assert_int_equal(ask(0x1000, 1, 0), 0);
	assert_non_null(guest_memory_at(&vm.mem, 0x1000, 8));
	assert_null(guest_memory_at(&vm.mem, 0x1ff9, 8));
	assert_int_equal(ask(0x1000, 1, ENC), 0);
	assert_null(guest_memory_at(&vm.mem, 0x1000, 8));
}

static void what_is_left_behind_is_gone_on_both_sides(void **state)
{
	uint8_t *host = vm.mem.ram[0].host + 0x1000;

	(void)state;
	assert_int_equal(ask(0x1000, 1, 0), 0);
	assert_false(has_private[1]);
	memset(host, 0xaa, HC_PAGE_SIZE);
	host[HC_PAGE_SIZE] = 0xbb; /* the next page is not asked for */
	assert_int_equal(ask(0x1000, 1, ENC), 0);
	assert_int_equal(host[0], 0);
	assert_int_equal(host[HC_PAGE_SIZE - 1], 0);
	assert_int_equal(host[HC_PAGE_SIZE], 0xbb);
	assert_true(has_private[2]);
}

static void an_access_converts_the_page_it_touches(void **state)
{
	struct private_memory_counts n;

	(void)state;
	assert_int_equal(fault(0, 0x2000, 0), PLATFORM_EXIT_DONE);
	assert_false(is_private[2]);
	assert_int_equal(fault(0, 0x2000, KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_DONE);
	all_is_private();
	private_memory_count(&c.memory, &n);
	assert_int_equal(n.implied, 2);
	assert_int_equal(n.shared_peak, 1);
	assert_int_equal(n.shared_pages, 0);
}

static void an_access_to_what_is_no_ram_ends_the_guest(void **state)
{
	(void)state;
	assert_int_equal(
		fault(0, HC_STAGING_GPA, KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_CRASHED);
	assert_int_equal(fault(0, LOW * HC_PAGE_SIZE, 0), PLATFORM_EXIT_STOP);
	assert_int_equal(fault(0, 0x2000, 1), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_ERROR);
	all_is_private();
}

static void a_fault_that_stays_ends_the_guest_and_one_that_two_share_does_not(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		/* Another vCPU was faster. */
		for (int j = 0; j < CONVERSION_IN_VAIN_MAX; j++)
			assert_int_equal(
				fault(1, 0, KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_DONE);
		/* It went on, which any other exit shows. */
		run->exit_reason = KVM_EXIT_IO;
		assert_int_equal(conversion_exit(&c, 1, run, &status), PLATFORM_EXIT_NOT_MINE);
	}
	for (int j = 0; j < CONVERSION_IN_VAIN_MAX; j++)
		assert_int_equal(fault(1, 0, KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_DONE);
	assert_int_equal(fault(1, 0, KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_CRASHED);
	assert_int_equal(logged("private already"), 1);
}

static void faults_that_others_cured_are_no_circle_where_the_pages_differ(void **state)
{
	(void)state;
	/* A vCPU may run for days with no other exit: its doorbells are the kernel's. */
	for (uint32_t i = 0; i < 4 * CONVERSION_IN_VAIN_MAX; i++)
		assert_int_equal(
			fault(1, gpa_of(i), KVM_MEMORY_EXIT_FLAG_PRIVATE), PLATFORM_EXIT_DONE);
}

static uint64_t most_at_once, calls, told;
static int kick_at; /* this call; 0: none */

static int big_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	const struct kvm_memory_attributes *a = arg;

	(void)ctx;
	(void)fd;
	if (request == KVM_CREATE_GUEST_MEMFD)
		return GMEM;
	if (request != KVM_SET_MEMORY_ATTRIBUTES)
		return 0;
	assert_int_equal(a->address, HC_RAM_HIGH_BASE + told);
	most_at_once = a->size > most_at_once ? a->size : most_at_once;
	told += a->size;
	if (++calls == (uint64_t)kick_at)
		run->immediate_exit = 1;
	return 0;
}

static int big_punch(void *ctx, int fd, uint64_t offset, uint64_t len)
{
	(void)ctx;
	(void)fd;
	(void)offset;
	(void)len;
	return 0;
}

#define BIG ((17ULL << 30) + HC_PAGE_SIZE)

/* All RAM of a guest of BIG bytes, asked for at once. Returns how much KVM was told of. */
static uint64_t all_of_a_big_guest(int kick)
{
	const struct kvm_sys big = {
		.ioctl = big_ioctl, .punch = big_punch, .discard = sys_discard, .close = sys_close};
	const uint64_t bytes = BIG;
	struct guest_ram *ram = &vm.mem.ram[0];

	conversion_close(&c);
	munmap(vm.mem.ram[0].host, LOW * HC_PAGE_SIZE);
	munmap(vm.mem.ram[1].host, HIGH * HC_PAGE_SIZE);
	vm.kvm.sys = &big;
	config.ram_bytes = bytes;
	vm.mem.count = 1;
	*ram = (struct guest_ram){HC_RAM_HIGH_BASE, bytes,
		mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)};
	assert_true(ram->host != MAP_FAILED);
	most_at_once = calls = told = 0;
	kick_at = 0;
	assert_int_equal(conversion_map(&c, &vm, ram, &err), 0);
	assert_int_equal(told, bytes);
	assert_true(most_at_once <= PRIVATE_MEMORY_FIRST_PIECE);
	most_at_once = calls = told = 0;
	kick_at = kick;
	assert_int_equal(ask(HC_RAM_HIGH_BASE, bytes / HC_PAGE_SIZE, 0), 0);
	run->immediate_exit = 0;
	/* What KVM was told, and no more, is what devices are. */
	assert_true(private_memory_is(&c.memory, HC_RAM_HIGH_BASE, told, false));
	assert_true(told == bytes ||
		    private_memory_is(&c.memory, HC_RAM_HIGH_BASE + told, bytes - told, true));
	/* Nothing at all where the end is no RAM. */
	calls = 0;
	assert_int_equal(ask(HC_RAM_HIGH_BASE, bytes / HC_PAGE_SIZE + 1, ENC), EINVAL);
	assert_int_equal(calls, 0);
	conversion_close(&c);
	munmap(ram->host, bytes);
	ram->host = map(LOW);
	vm.mem.ram[1].host = map(HIGH);
	return told;
}

static void all_memory_at_once_is_converted_in_pieces(void **state)
{
	(void)state;
	assert_int_equal(all_of_a_big_guest(0), BIG);
	assert_true(most_at_once <= PRIVATE_MEMORY_PIECE);
}

static void a_guest_that_ends_is_not_converted_to_the_end(void **state)
{
	(void)state;
	assert_int_equal(all_of_a_big_guest(2), 2 * PRIVATE_MEMORY_PIECE);
}

/* Either it waits for the next second, or that second has come meanwhile. */
static void the_fault_over_the_limit_waits_for_the_next_second(void **state)
{
	struct timespec now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	c.vcpu[0].second = now.tv_sec;
	c.vcpu[0].faults = CONVERSION_FAULTS_A_SECOND;
	assert_int_equal(fault(0, 0, 0), PLATFORM_EXIT_DONE);
	if (c.waits) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec > c.vcpu[0].second);
	} else {
		assert_int_equal(c.vcpu[0].faults, 1);
	}
}

static void a_host_that_cannot_convert_ends_the_guest(void **state)
{
	(void)state;
	fail_attribute = ENOMEM;
	run->exit_reason = KVM_EXIT_HYPERCALL;
	KVM_RUN_EXIT(run)->hypercall =
		(struct kvm_run_hypercall){.nr = KVM_HC_MAP_GPA_RANGE, .args = {0, 1, 0}};
	assert_int_equal(conversion_exit(&c, 0, run, &status), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_ERROR);
	assert_int_equal(logged("KVM_SET_MEMORY_ATTRIBUTES"), 1);
	fail_attribute = 0;
	fail_punch = EIO;
	assert_int_equal(fault(0, 0x1000, 0), PLATFORM_EXIT_STOP);
	assert_int_equal(status, VMM_EXIT_ERROR);
}

static void the_end_is_summed_up_and_close_is_safe_at_any_time(void **state)
{
	struct conversions never = {0};

	(void)state;
	conversion_close(&never);
	assert_int_equal(ask(0, 3, 0), 0);
	assert_int_equal(ask(0, 1, ENC), 0);
	conversion_close(&c);
	assert_int_equal(logged("1 conversions to shared, 1 to private, 0 of them"), 1);
	assert_int_equal(logged("shared at most 12 KiB, at the end 8 KiB"), 1);
	conversion_close(&c);
	assert_null(vm.mem.is_shared);
}

/* xorshift64*: the same run each time. */
static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ull;
}

static void check_map(const bool *reference)
{
	for (uint32_t i = 0; i < PAGES; i++) {
		assert_int_equal(is_private[i], reference[i]);
		assert_int_equal(
			private_memory_is(&c.memory, gpa_of(i), HC_PAGE_SIZE, true), reference[i]);
		assert_int_equal(!guest_memory_at(&vm.mem, gpa_of(i), HC_PAGE_SIZE), reference[i]);
	}
}

/* Requests and accesses, sensible and not, against a map kept in the plainest way. */
static void a_hundred_thousand_random_conversions_agree_with_a_plain_map(void **state)
{
	bool reference[PAGES];
	uint64_t seed = 20261125, shared = 0;
	struct private_memory_counts n;

	(void)state;
	memset(reference, 1, sizeof(reference));
	for (unsigned int i = 0; i < 100000; i++) {
		const uint64_t r = next(&seed);
		const uint32_t page = (uint32_t)(r % PAGES), pages = (uint32_t)(r >> 32) % 12;
		const uint32_t end = page < LOW ? LOW : PAGES;
		const bool enc = r >> 20 & 1, ok = pages && page + pages <= end;

		if (r >> 21 & 1 && reference[page] != enc) {
			/* The limit on these is not what is tested here. */
			c.vcpu[0].faults = 0;
			assert_int_equal(
				fault(0, gpa_of(page), enc ? KVM_MEMORY_EXIT_FLAG_PRIVATE : 0),
				PLATFORM_EXIT_DONE);
			reference[page] = enc;
			continue;
		}
		assert_int_equal(ask(gpa_of(page), pages, enc ? ENC : 0), ok ? 0 : EINVAL);
		for (uint32_t j = page; ok && j < page + pages; j++)
			reference[j] = enc;
		if (i % 1000 == 0)
			check_map(reference);
	}
	check_map(reference);
	for (uint32_t i = 0; i < PAGES; i++)
		shared += !reference[i];
	private_memory_count(&c.memory, &n);
	assert_int_equal(n.shared_pages, shared);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hostile_requests_are_refused_and_change_nothing),
		TEST(another_hypercall_is_refused),
		TEST(a_page_size_is_no_wish_for_privacy),
		TEST(a_shared_page_is_the_hosts_to_read_and_a_private_one_is_not),
		TEST(what_is_left_behind_is_gone_on_both_sides),
		TEST(an_access_converts_the_page_it_touches),
		TEST(an_access_to_what_is_no_ram_ends_the_guest),
		TEST(a_fault_that_stays_ends_the_guest_and_one_that_two_share_does_not),
		TEST(faults_that_others_cured_are_no_circle_where_the_pages_differ),
		TEST(all_memory_at_once_is_converted_in_pieces),
		TEST(a_guest_that_ends_is_not_converted_to_the_end),
		TEST(the_fault_over_the_limit_waits_for_the_next_second),
		TEST(a_host_that_cannot_convert_ends_the_guest),
		TEST(the_end_is_summed_up_and_close_is_safe_at_any_time),
		TEST(a_hundred_thousand_random_conversions_agree_with_a_plain_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
