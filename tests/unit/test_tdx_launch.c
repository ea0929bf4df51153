/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-vmm's TDX launches on the model of KVM and the TDX module: on older kernels and busy machines,
 * what a failing call leaves in the process, and what a TD may do once it runs, quotes included.
 * Every size is in test_model_launches.c. Lives that reach the sandbox are processes of their own,
 * for it is real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/measure/measure_tdx.h"
#include "common/hex.h"
#include "tests/model/tdx_module.h"
#include "tests/unit/fake_qgs.h"
#include "tests/unit/tiny_guest.h"
#include "vmm/launch.h"
#include "vmm/platform/tdx_td.h"
#include "vmm/quote/quote_buffer.h"
#include "vmm/vm.h"

#define PAGE     4096ull
#define FIRMWARE HC_BUILD "/firmware/huisclos-tdx.img"
#define MIB(n)   ((uint64_t)(n) << 20)
/* RAM that no launch page is in, below what the smallest guest has. */
#define FREE_GPA   0x4000000ull
#define HEAP_SLACK 4096
#define SHARED     (1ull << 51) /* the model's machine has 5-level EPT */

static char log_text[8192], leaks[512];

struct guest {
	struct tiny_guest tiny;
	struct kvm_model *m;
	uint64_t *result;
	struct kvm_model_step *steps;
	size_t count;
};

static void configure(struct guest *g, unsigned int vcpus, uint64_t mib, const char *more)
{
	snprintf(g->tiny.config, sizeof(g->tiny.config),
		"{\"boot-source\":{\"kernel_image_path\":\"%s\"},"
		"\"machine-config\":{\"vcpu_count\":%u,\"mem_size_mib\":%llu},"
		"\"logger\":{\"log_path\":\"%s\"},"
		"\"confidential\":{\"platform\":\"tdx\",\"firmware\":\"%s\"%s}}",
		g->tiny.kernel, vcpus, (unsigned long long)mib, g->tiny.log, FIRMWARE, more);
}

static void step(struct guest *g, struct kvm_model_step s)
{
	g->steps[g->count++] = s;
}

static void make(struct guest *g)
{
	static const uint8_t code[] = {0xf4};

	memset(g, 0, sizeof(*g));
	g->m = tdx_module_new(KVM_MODEL_7_3);
	assert_non_null(g->m);
	g->result = kvm_model_alloc(g->m, PAGE);
	g->steps = kvm_model_alloc(g->m, PAGE);
	tiny_guest_make(&g->tiny, HC_PLATFORM_TDX, code, sizeof(code), "");
	configure(g, 1, 128, "");
}

static void discard(struct guest *g)
{
	tiny_guest_remove(&g->tiny);
	kvm_model_free(g->m);
}

static void set_script(struct guest *g)
{
	step(g, (struct kvm_model_step)MODEL_OFF);
	g->m->script[0][0].steps = g->steps;
	g->m->script[0][0].count = g->count;
}

static void read_log(struct guest *g)
{
	snprintf(log_text, sizeof(log_text), "%s", tiny_guest_log(&g->tiny));
}

/* One life in a child; its end. */
static int run(struct guest *g)
{
	struct tiny_run r;
	char output[64];
	int status;

	set_script(g);
	tiny_guest_start(&r, &g->tiny, &kvm_model_sys, g->m);
	status = tiny_guest_wait(&r, output, sizeof(output));
	read_log(g);
	return status;
}

static void is_clean(const struct guest *g)
{
	assert_string_equal(kvm_model_complaints(g->m), "");
	assert_string_equal(kvm_model_leaks(g->m, leaks, sizeof(leaks)), "");
	assert_int_equal(tdx_module(g->m)->hkids_used, 0);
	assert_int_equal(g->m->guest_errors, 0);
}

/* --- launches --- */

/* What hc-measure says of the same guest, by the function that it prints. */
static void predict(const struct guest *g, uint8_t mrtd[SHA384_SIZE])
{
	struct staging staging = {0};
	struct hc_manifest manifest;
	struct vm_config config;
	struct bytes file = {0};
	struct fw_image image;
	struct error err;

	vm_config_init(&config);
	assert_int_equal(
		vm_config_parse(&config, g->tiny.config, strlen(g->tiny.config), "c", &err), 0);
	assert_int_equal(launch_firmware(&config, &file, &image, &err), 0);
	assert_int_equal(staging_open(&staging, config.kernel_path, NULL, &err), 0);
	assert_int_equal(launch_manifest(&config, &staging, &manifest, &err), 0);
	assert_int_equal(measure_tdx(mrtd, &image, &manifest, NULL, NULL, &err), 0);
	staging_close(&staging);
	bytes_free(&file);
	vm_config_fini(&config);
}

/* A step that keeps what is gone when the VM is: called at the guest's first instruction. */
static int keep_mrtd(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	const struct tdx_td *td = tdx_module_td(v->vm);

	(void)m;
	memcpy(s->result, td->mrtd, sizeof(td->mrtd));
	s->result[8] = td->attributes;
	s->result[9] = td->xfam;
	s->result[10] = v->vm->vcpus;
	s->result[11] = v->vm->apic_bus_ns;
	memcpy(&s->result[16], td->mrconfigid, sizeof(td->mrconfigid));
	return MODEL_NEXT;
}

static void launches(unsigned int vcpus, uint64_t mib)
{
	char text[2 * SHA384_SIZE + 1];
	uint8_t mrtd[SHA384_SIZE];
	struct guest g;

	make(&g);
	configure(&g, vcpus, mib, "");
	step(&g, (struct kvm_model_step){.fn = keep_mrtd, .result = g.result});
	if (run(&g) != VMM_EXIT_OFF)
		fail_msg("%u vCPUs, %llu MiB: %s", vcpus, (unsigned long long)mib, log_text);
	is_clean(&g);
	predict(&g, mrtd);
	assert_memory_equal(g.result, mrtd, sizeof(mrtd));
	hex_encode(text, mrtd, sizeof(mrtd));
	assert_non_null(strstr(log_text, text));
	assert_true(g.result[8] == TDX_ATTR_SEPT_VE_DISABLE);
	assert_true(g.result[9] == TDX_XFAM);
	assert_int_equal(g.result[10], vcpus);
	assert_int_equal(g.result[11], 40);
	discard(&g);
}

static void the_launch_is_what_was_configured_and_predicted(void **state)
{
	(void)state;
	launches(1, 128);
	launches(16, 1048576);
}

static void an_older_kernel_does_as_well(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	g.m->kernel = KVM_MODEL_6_16;
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	is_clean(&g);
	discard(&g);
}

static void a_machine_with_4_level_ept_does_as_well(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	tdx_module(g.m)->five_levels = false;
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	is_clean(&g);
	discard(&g);
}

static void a_machine_that_is_busy_is_waited_for(void **state)
{
	uint8_t mrtd[SHA384_SIZE];
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){.fn = keep_mrtd, .result = g.result});
	tdx_module(g.m)->no_entropy = 20;
	tdx_module(g.m)->add_busy = 20;
	tdx_module(g.m)->finalize_busy = 20;
	g.m->chunk = 3;
	g.m->interrupt = 5;
	g.m->again = 7;
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	is_clean(&g);
	predict(&g, mrtd);
	assert_memory_equal(g.result, mrtd, sizeof(mrtd));
	discard(&g);
}

/* --- failures --- */

static unsigned int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* A sanitizer maps and keeps memory as it likes, and looks for leaks itself. */
#if defined(__SANITIZE_ADDRESS__)
#define COUNTS_MEMORY false
#else
#define COUNTS_MEMORY true
#endif

/* Mappings of this process; the heap is one, however large it is. */
static unsigned int count_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned int n = 0;
	int c;

	if (!f)
		abort();
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static size_t heap_in_use(void)
{
	struct mallinfo2 now = mallinfo2();

	return now.uordblks + now.hblkhd;
}

/* A life that ends before the sandbox: here, so that what it leaves can be counted. */
static int run_here(struct guest *g)
{
	struct log log = {.level = LOG_LEVEL_DEBUG, .program = "test"};
	struct vm_config config;
	struct error err;
	int status;

	log.fd = open(g->tiny.log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(log.fd >= 0);
	vm_config_init(&config);
	assert_int_equal(
		vm_config_parse(&config, g->tiny.config, strlen(g->tiny.config), "c", &err), 0);
	assert_int_equal(vm_config_check(&config, &err), 0);
	status = vm_run(&config, &log, &kvm_model_sys, g->m);
	vm_config_fini(&config);
	close(log.fd);
	read_log(g);
	return status;
}

static int count_calls(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)v;
	*s->result = m->calls;
	return MODEL_NEXT;
}

/* How many calls a launch makes before the guest's first instruction. */
static unsigned int calls_of_a_launch(const char *more)
{
	unsigned int calls;
	struct guest g;

	make(&g);
	configure(&g, 2, 5120, more);
	step(&g, (struct kvm_model_step){.fn = count_calls, .result = g.result});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	calls = (unsigned int)g.result[0];
	discard(&g);
	return calls;
}

/* Is what failed named, with what to do? A capability that fails is one that is not there. */
static bool is_told(const char *failed)
{
	if (!strcmp(failed, "KVM_CHECK_EXTENSION"))
		return strstr(log_text, "cannot run the guest") != NULL;
	if (!strcmp(failed, "KVM_ENABLE_CAP"))
		failed = "KVM_CAP_";
	else if (!strcmp(failed, "mmap"))
		failed = "mmap of a vCPU";
	return strstr(log_text, failed) && strstr(log_text, "Do: ");
}

/* Some capabilities are only made use of where they are: the launch then goes on, elsewhere. */
static bool is_optional(const struct guest *g)
{
	return !strcmp(g->m->failed, "KVM_CHECK_EXTENSION");
}

static void fails(unsigned int n, int error, const char *more)
{
	const unsigned int fds = count_fds();
	const unsigned int mappings = count_mappings();
	struct guest g;
	int status;

	make(&g);
	configure(&g, 2, 5120, more);
	g.m->fail_at = n;
	g.m->fail_with = error;
	status = run_here(&g);
	if (status != VMM_EXIT_ERROR || !is_told(g.m->failed))
		fail_msg("call %u, %s: status %d: %s", n, g.m->failed, status, log_text);
	is_clean(&g);
	discard(&g);
	assert_int_equal(count_fds(), fds);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_true(count_mappings() == mappings || !COUNTS_MEMORY);
}

/* The calls whose failure lets the launch go on reach the sandbox: in a child. */
static bool goes_on(unsigned int n, int error, const char *more)
{
	struct guest g;
	bool on;

	make(&g);
	configure(&g, 2, 5120, more);
	g.m->fail_at = n;
	g.m->fail_with = error;
	on = run(&g) == VMM_EXIT_OFF;
	if (on && !is_optional(&g))
		fail_msg("call %u, %s, failed and nobody said so", n, g.m->failed);
	is_clean(&g);
	discard(&g);
	return on;
}

static void every_call_that_fails_ends_in_a_clear_error_and_leaves_nothing(void **state)
{
	static const int errors[] = {ENOMEM, EIO, EINVAL};
	struct fake_qgs qgs;
	unsigned int calls;
	char more[128];
	size_t heap;

	(void)state;
	fake_qgs_open(&qgs);
	snprintf(more, sizeof(more), ",\"quote_service\":\"unix:%s\"", qgs.path);
	calls = calls_of_a_launch(more);
	assert_true(calls > 40);
	fails(2, EIO, more);
	heap = heap_in_use();
	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
		for (unsigned int n = 1; n <= calls; n++)
			if (!goes_on(n, errors[e], more))
				fails(n, errors[e], more);
	/* What the C library keeps for the next time is counted too: less than a page over all
	 * lives. */
	assert_true(heap_in_use() < heap + HEAP_SLACK || !COUNTS_MEMORY);
	fake_qgs_close(&qgs);
}

static void refuses(struct guest *g, const char *const words[])
{
	assert_int_equal(run(g), VMM_EXIT_ERROR);
	for (size_t i = 0; words[i]; i++)
		if (!strstr(log_text, words[i]))
			fail_msg("no \"%s\" in: %s", words[i], log_text);
	is_clean(g);
	discard(g);
}

static void what_the_machine_lacks_is_said_in_words(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	tdx_module(g.m)->hkids = 0;
	refuses(&g, (const char *const[]){"KVM_TDX_INIT_VM", "key", NULL});
	make(&g);
	tdx_module(g.m)->cgroup_full = true;
	refuses(&g, (const char *const[]){"KVM_TDX_INIT_VM", "misc.max", NULL});
	make(&g);
	tdx_module(g.m)->package_offline = true;
	refuses(&g, (const char *const[]){"KVM_TDX_INIT_VM", "package", NULL});
	make(&g);
	tdx_module(g.m)->supported_xfam = 0x7;
	refuses(&g, (const char *const[]){"XFAM", NULL});
	make(&g);
	tdx_module(g.m)->init_status = TDX_OPERAND_INVALID | TDX_OPERAND_ATTRIBUTES;
	refuses(&g, (const char *const[]){"TDX_OPERAND_INVALID", "ATTRIBUTES", NULL});
	make(&g);
	tdx_module(g.m)->finalize_status = 0xc000060800000000ull;
	refuses(&g, (const char *const[]){"KVM_TDX_FINALIZE_VM", "TDX_OP_STATE_INCORRECT", NULL});
	make(&g);
	tdx_module(g.m)->cpus = 1;
	configure(&g, 2, 128, "");
	refuses(&g, (const char *const[]){"vcpu", NULL});
}

static void what_never_passes_is_given_up(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	tdx_module(g.m)->no_entropy = UINT32_MAX;
	refuses(&g, (const char *const[]){"KVM_TDX_INIT_VM", "random", NULL});
	make(&g);
	tdx_module(g.m)->add_busy = UINT32_MAX;
	refuses(&g, (const char *const[]){"KVM_TDX_INIT_MEM_REGION", "try again", NULL});
	make(&g);
	tdx_module(g.m)->finalize_busy = UINT32_MAX;
	refuses(&g, (const char *const[]){"KVM_TDX_FINALIZE_VM", "TDX_OPERAND_BUSY", NULL});
}

/* --- a TD that runs --- */

static void a_guest_converts_and_accepts_its_memory(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){.fn = tdx_guest_accept,
			 .gpa = FREE_GPA,
			 .len = 0x20 * PAGE,
			 .result = g.result});
	step(&g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
			 .gpa = FREE_GPA | SHARED,
			 .len = 0x401000,
			 .result = g.result + 1});
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_write, .gpa = FREE_GPA + PAGE, .len = 8, .value = 0x11});
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_read, .gpa = FREE_GPA + PAGE, .len = 8, .value = 0x11});
	step(&g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
			 .gpa = FREE_GPA,
			 .len = 0x401000,
			 .result = g.result + 3});
	step(&g, (struct kvm_model_step){.fn = tdx_guest_accept,
			 .gpa = FREE_GPA,
			 .len = 4 * PAGE,
			 .result = g.result + 5});
	step(&g, (struct kvm_model_step){.fn = kvm_model_read,
			 .gpa = FREE_GPA + PAGE,
			 .len = 8,
			 .flag = true,
			 .value = 0});
	/* Back once more: what was shared has not survived as shared memory either. */
	step(&g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
			 .gpa = (FREE_GPA + PAGE) | SHARED,
			 .len = PAGE,
			 .result = g.result + 6});
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_read, .gpa = FREE_GPA + PAGE, .len = 8, .value = 0});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	assert_int_equal(g.result[0], SEPT_SUCCESS);
	assert_true(g.result[1] == TDVMCALL_SUCCESS && g.result[3] == TDVMCALL_SUCCESS);
	assert_int_equal(g.result[5], SEPT_SUCCESS);
	assert_true(g.result[6] == TDVMCALL_SUCCESS);
	is_clean(&g);
	discard(&g);
}

static void hostile_conversions_are_answered_and_the_guest_goes_on(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	/* Beyond RAM; the staging window; the page of the reset vector; over the end of RAM. */
	static const uint64_t at[] = {MIB(128), HC_STAGING_GPA, 0xfffff000, MIB(126)};
	static const uint64_t len[] = {PAGE, PAGE, PAGE, MIB(4)};

	for (size_t i = 0; i < 4; i++)
		step(&g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
				 .gpa = at[i] | SHARED,
				 .len = len[i],
				 .result = g.result + 2 * i});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	for (size_t i = 0; i < 4; i++)
		assert_true(g.result[2 * i] == TDVMCALL_INVALID_OPERAND);
	/* The first 2 MiB of the last one were RAM, and were converted. */
	assert_true(g.result[7] == ((uint64_t)MIB(128) | SHARED));
	is_clean(&g);
	discard(&g);
}

static void an_access_of_the_other_kind_converts_the_page(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_write, .gpa = FREE_GPA, .len = 8, .value = 5});
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_read, .gpa = FREE_GPA, .len = 8, .value = 5});
	step(&g, (struct kvm_model_step){
			 .fn = tdx_guest_accept, .gpa = FREE_GPA, .len = PAGE, .result = g.result});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	assert_int_equal(g.result[0], SEPT_SUCCESS);
	is_clean(&g);
	discard(&g);
}

static void memory_that_was_not_accepted_ends_the_guest_with_a_reason(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_read, .gpa = FREE_GPA, .len = 8, .flag = true});
	assert_int_not_equal(run(&g), VMM_EXIT_OFF);
	assert_non_null(strstr(log_text, "before it accepted it"));
	assert_string_equal(kvm_model_leaks(g.m, leaks, sizeof(leaks)), "");
	discard(&g);
}

static void nothing_private_is_found_in_memory_that_is_given_back(void **state)
{
	static const char secret[] = "a secret of the first guest";
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){
			 .fn = tdx_guest_accept, .gpa = FREE_GPA, .len = PAGE, .result = g.result});
	step(&g, (struct kvm_model_step){.fn = kvm_model_fill,
			 .gpa = FREE_GPA,
			 .len = sizeof(secret),
			 .flag = true,
			 .data = secret});
	step(&g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
			 .gpa = FREE_GPA | SHARED,
			 .len = PAGE,
			 .result = g.result + 1});
	step(&g, (struct kvm_model_step){
			 .fn = kvm_model_read, .gpa = FREE_GPA, .len = 32, .value = 0});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	assert_int_equal(g.result[0], SEPT_SUCCESS);
	assert_false(kvm_model_finds(g.m, secret, sizeof(secret)));
	is_clean(&g);
	discard(&g);
}

static void the_optional_calls_are_answered(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	step(&g, (struct kvm_model_step){.fn = tdx_guest_info, .len = 1, .result = g.result});
	step(&g, (struct kvm_model_step){
			 .fn = tdx_guest_notify, .len = 0x40, .result = g.result + 5});
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	assert_true(g.result[0] == TDVMCALL_SUCCESS && g.result[1] == 2 && g.result[2] == 0);
	assert_true(g.result[5] == TDVMCALL_SUCCESS);
	is_clean(&g);
	discard(&g);
}

static void the_firmwares_refusal_is_told_in_words(void **state)
{
	static uint64_t regs[16];
	struct guest g;

	(void)state;
	make(&g);
	/* As Linux's early boot says it; the firmware's own form is firmware/tdx.c's test. */
	memset(regs, 0, sizeof(regs));
	regs[1] = 1u << 14;
	regs[12] = 0;
	memcpy(&regs[14], "TDX boot", 8);
	step(&g, (struct kvm_model_step){.fn = tdx_guest_fatal, .data = regs});
	assert_int_not_equal(run(&g), VMM_EXIT_OFF);
	assert_non_null(strstr(log_text, "TDX boot"));
	assert_string_equal(kvm_model_leaks(g.m, leaks, sizeof(leaks)), "");
	discard(&g);
}

/* --- quotes --- */

#define QUOTE_GPA   0x5000000ull
#define QUOTE_SIZE  0x4000ull
#define QUOTE_BYTES 4000

/* Once a second, as Linux; but it does not sleep: KVM_RUN is left and entered again. */
static int poll_status(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	uint8_t head[24];
	int rc = kvm_model_access(m, v, s->gpa, false, false, head, sizeof(head));

	if (rc)
		return rc;
	s->result[0] = get_le64(head + 8);
	s->result[1] = get_le32(head + 20);
	if (s->result[0] != QUOTE_STATUS_IN_FLIGHT)
		return MODEL_NEXT;
	v->at--; /* this step again */
	v->run->exit_reason = KVM_EXIT_INTR;
	return MODEL_EXIT;
}

static void asks_for_a_quote(struct guest *g, uint64_t *result)
{
	static uint8_t request[24 + 1024];

	put_le64(request, 1);
	put_le32(request + 16, 1024);
	memset(request + 24, 0x5a, 1024);
	step(g, (struct kvm_model_step){.fn = tdx_guest_map_gpa,
			.gpa = QUOTE_GPA | SHARED,
			.len = QUOTE_SIZE,
			.result = result});
	step(g, (struct kvm_model_step){.fn = kvm_model_fill,
			.gpa = QUOTE_GPA,
			.len = sizeof(request),
			.data = request});
	step(g, (struct kvm_model_step){.fn = tdx_guest_get_quote,
			.gpa = QUOTE_GPA | SHARED,
			.len = QUOTE_SIZE,
			.result = result + 2});
	step(g, (struct kvm_model_step){.fn = poll_status, .gpa = QUOTE_GPA, .result = result + 3});
}

struct server {
	struct fake_qgs *qgs;
	bool silent, got_report;
};

static void *serve(void *arg)
{
	uint8_t request[QUOTE_REQUEST_BYTES], answer[QUOTE_BYTES + 28];
	const size_t len = fake_qgs_answer(answer, QUOTE_BYTES);
	struct server *s = arg;
	int fd = fake_qgs_accept(s->qgs);

	s->got_report = fake_qgs_request(fd, request) && request[28] == 0x5a &&
			request[QUOTE_REQUEST_BYTES - 1] == 0x5a;
	if (!s->silent)
		s->got_report &= write(fd, answer, len) == (ssize_t)len;
	close(fd);
	return NULL;
}

static void a_quote_comes_through_the_sandbox(void **state)
{
	struct fake_qgs qgs;
	struct server s = {.qgs = &qgs};
	pthread_t thread;
	struct guest g;
	char more[128];

	(void)state;
	fake_qgs_open(&qgs);
	make(&g);
	snprintf(more, sizeof(more), ",\"quote_service\":\"unix:%s\"", qgs.path);
	configure(&g, 2, 128, more);
	step(&g, (struct kvm_model_step){
			 .fn = tdx_guest_notify, .len = 0x40, .result = g.result + 9});
	asks_for_a_quote(&g, g.result);
	pthread_create(&thread, NULL, serve, &s);
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	pthread_join(thread, NULL);
	assert_true(s.got_report);
	assert_true(g.result[2] == TDVMCALL_SUCCESS);
	assert_true(g.result[3] == QUOTE_STATUS_SUCCESS);
	assert_int_equal(g.result[4], QUOTE_BYTES);
	assert_int_equal(g.m->vm[0].msis, 1);
	assert_non_null(strstr(log_text, "quotes: 1 served, 0 failed"));
	is_clean(&g);
	discard(&g);
	fake_qgs_close(&qgs);
}

static void without_a_quote_service_the_guest_hears_so_and_the_operator_too(void **state)
{
	struct guest g;

	(void)state;
	make(&g);
	asks_for_a_quote(&g, g.result);
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	assert_true(g.result[2] == TDVMCALL_SUCCESS);
	assert_true(g.result[3] == QUOTE_STATUS_UNAVAILABLE);
	assert_int_equal(g.result[4], 0);
	assert_non_null(strstr(log_text, "no quote service"));
	is_clean(&g);
	discard(&g);
}

static void a_service_that_hangs_up_twice_is_unavailable(void **state)
{
	struct fake_qgs qgs;
	struct server s[2] = {{.qgs = &qgs, .silent = true}, {.qgs = &qgs, .silent = true}};
	pthread_t thread[2];
	struct guest g;
	char more[128];

	(void)state;
	fake_qgs_open(&qgs);
	make(&g);
	snprintf(more, sizeof(more), ",\"quote_service\":\"unix:%s\"", qgs.path);
	configure(&g, 1, 128, more);
	asks_for_a_quote(&g, g.result);
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, serve, &s[i]);
	assert_int_equal(run(&g), VMM_EXIT_OFF);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_true(s[0].got_report && s[1].got_report);
	assert_true(g.result[3] == QUOTE_STATUS_UNAVAILABLE);
	is_clean(&g);
	discard(&g);
	fake_qgs_close(&qgs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_launch_is_what_was_configured_and_predicted),
		cmocka_unit_test(an_older_kernel_does_as_well),
		cmocka_unit_test(a_machine_with_4_level_ept_does_as_well),
		cmocka_unit_test(a_machine_that_is_busy_is_waited_for),
		cmocka_unit_test(every_call_that_fails_ends_in_a_clear_error_and_leaves_nothing),
		cmocka_unit_test(what_the_machine_lacks_is_said_in_words),
		cmocka_unit_test(what_never_passes_is_given_up),
		cmocka_unit_test(a_guest_converts_and_accepts_its_memory),
		cmocka_unit_test(hostile_conversions_are_answered_and_the_guest_goes_on),
		cmocka_unit_test(an_access_of_the_other_kind_converts_the_page),
		cmocka_unit_test(memory_that_was_not_accepted_ends_the_guest_with_a_reason),
		cmocka_unit_test(nothing_private_is_found_in_memory_that_is_given_back),
		cmocka_unit_test(the_optional_calls_are_answered),
		cmocka_unit_test(the_firmwares_refusal_is_told_in_words),
		cmocka_unit_test(a_quote_comes_through_the_sandbox),
		cmocka_unit_test(without_a_quote_service_the_guest_hears_so_and_the_operator_too),
		cmocka_unit_test(a_service_that_hangs_up_twice_is_unavailable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
