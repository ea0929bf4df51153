/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/model_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attest/measure/measure.h"
#include "attest/measure/measure_tdx.h"
#include "common/file.h"
#include "tests/model/psp_model.h"
#include "tests/model/tdx_module.h"
#include "tests/unit/fw_samples.h"
#include "vmm/launch.h"
#include "vmm/platform/platform.h"

enum stage { RUNNING, READY, GO, DONE, END };
struct model_shared {
	enum stage stage; /* atomic: the child waits in READY and DONE for the parent */
};

/* --- the two technologies --- */

static const uint8_t *snp_measured(const struct kvm_model *m, uint32_t vm)
{
	return ((const struct psp_guest *)m->vm[vm].state)->digest;
}

static const uint8_t *tdx_measured(const struct kvm_model *m, uint32_t vm)
{
	return tdx_module_td(&m->vm[vm])->mrtd;
}

static void predict(const char *text, uint8_t out[SHA384_SIZE], bool tdx)
{
	struct staging staging = {0};
	struct hc_manifest manifest;
	struct bytes file = {0};
	struct vm_config config;
	struct fw_image image;
	struct error err;
	int rc;

	vm_config_init(&config);
	rc = vm_config_parse(&config, text, strlen(text), "test", &err);
	if (!rc)
		rc = launch_firmware(&config, &file, &image, &err);
	if (!rc)
		rc = staging_open(&staging, config.kernel_path, NULL, &err);
	if (!rc)
		rc = launch_manifest(&config, &staging, &manifest, &err);
	if (!rc)
		rc = tdx ? measure_tdx(out, &image, &manifest, NULL, NULL, &err)
			 : measure_snp(out, &image, &manifest, SNP_SEV_FEATURES, NULL, NULL, &err);
	if (rc)
		fail_msg("prediction: %s %s", err.where, err.found);
	staging_close(&staging);
	bytes_free(&file);
	vm_config_fini(&config);
}

static void snp_predict(const char *config, uint8_t out[SHA384_SIZE])
{
	predict(config, out, false);
}

static void tdx_predict(const char *config, uint8_t out[SHA384_SIZE])
{
	predict(config, out, true);
}

/* psp_model_pvalidate counts pages. */
static int snp_accept(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	const struct kvm_model_step pages = {
		.gpa = s->gpa, .len = s->len / HC_PAGE_SIZE, .flag = true};

	return psp_model_pvalidate(m, v, &pages);
}

static const char *const snp_order[] = {"open /dev/kvm", "open /dev/sev", "KVM_CREATE_VM 4",
	"KVM_ENABLE_CAP 201 0x1000", "KVM_ENABLE_CAP 121", "KVM_SEV_INIT2 features=0x0",
	"KVM_SEV_SNP_LAUNCH_START policy=0x30000", "KVM_CREATE_GUEST_MEMFD",
	"KVM_SET_USER_MEMORY_REGION2 slot=0 flags=4 gpa=0x0+", "KVM_SET_MEMORY_ATTRIBUTES 0x0+",
	"KVM_CREATE_VCPU 0", "KVM_SET_CPUID2", "KVM_SEV_SNP_LAUNCH_UPDATE gfn=0x100 ",
	"KVM_SEV_SNP_LAUNCH_UPDATE gfn=0x118 len=0x1000 type=1", "KVM_SET_SREGS", "KVM_SET_REGS",
	"KVM_SEV_SNP_LAUNCH_FINISH", "guests run", NULL};

static const char *const tdx_order[] = {"open /dev/kvm", "KVM_CREATE_VM 5", "KVM_ENABLE_CAP 121",
	"KVM_TDX_INIT_VM", "KVM_CREATE_GUEST_MEMFD",
	"KVM_SET_USER_MEMORY_REGION2 slot=0 flags=4 gpa=0x0+", "KVM_SET_MEMORY_ATTRIBUTES 0x0+",
	"KVM_CREATE_VCPU 0", "KVM_SET_CPUID2", "KVM_TDX_INIT_VCPU", "KVM_TDX_INIT_MEM_REGION",
	"KVM_TDX_FINALIZE_VM", "guests run", NULL};

const struct model_tee model_tees[] = {
	{"sev-snp", "huisclos-snp.img", psp_model_new, snp_measured, snp_predict, "snp", snp_accept,
		snp_order},
	{"tdx", "huisclos-tdx.img", tdx_module_new, tdx_measured, tdx_predict, "tdx",
		tdx_guest_accept, tdx_order},
};
const size_t model_tee_count = sizeof(model_tees) / sizeof(model_tees[0]);

bool model_tee_built(const struct model_tee *tee)
{
	for (const struct platform_ops *const *p = platforms; *p; p++)
		if (!strcmp((*p)->name, tee->platform))
			return true;
	print_message("no platform %s in this build\n", tee->platform);
	return false;
}

/* --- files and configuration --- */

static void configure(struct model_scene *s, unsigned int vcpus, uint64_t mib)
{
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);

	assert_true(n > 0);
	program[n] = '\0';
	n = snprintf(s->guest.config, sizeof(s->guest.config),
		"{\"boot-source\":{\"kernel_image_path\":\"%s\"},"
		"\"machine-config\":{\"vcpu_count\":%u,\"mem_size_mib\":%llu},"
		"\"confidential\":{\"platform\":\"%s\",\"firmware\":\"%s/../../firmware/%s\"}}",
		s->guest.kernel, vcpus, (unsigned long long)mib, s->tee->platform, dirname(program),
		s->tee->image);
	assert_true(n < (ssize_t)sizeof(s->guest.config));
}

/* In the child. poll(2) is a wait that hc-vmm's filter allows. */
static void wait_for(struct model_shared *shared, enum stage mine, enum stage other)
{
	__atomic_store_n(&shared->stage, mine, __ATOMIC_RELEASE);
	/* Not for ever: a test that fails does not come back to its child. */
	for (int ms = 0; ms < 20000; ms++) {
		if (__atomic_load_n(&shared->stage, __ATOMIC_ACQUIRE) == other)
			return;
		poll(NULL, 0, 1);
	}
}

static void before(void *hook)
{
	wait_for(hook, READY, GO);
}

static void after(void *hook)
{
	wait_for(hook, DONE, END);
}

static void make_files(struct model_scene *s)
{
	static const uint8_t code[] = {0xf4};
	uint8_t kernel[FW_SAMPLE_BZIMAGE];

	tiny_guest_make(&s->guest, HC_PLATFORM_PLAIN, code, sizeof(code), "}");
	fw_sample_bzimage(kernel);
	assert_int_equal(file_write(s->guest.kernel, kernel, sizeof(kernel), 0600, NULL), 0);
	s->shared = mmap(NULL, sizeof(*s->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(s->shared != MAP_FAILED);
	s->guest.before = before;
	s->guest.after = after;
	s->guest.hook = s->shared;
}

static const struct kvm_model_step power_off[] = {MODEL_OFF};

static void new_model(struct model_scene *s)
{
	s->m = s->tee->new_model(KVM_MODEL_7_3);
	assert_non_null(s->m);
	MODEL_SCRIPT(s->m, 0, 0, power_off);
}

void model_scene_open(
	struct model_scene *s, const struct model_tee *tee, unsigned int vcpus, uint64_t mib)
{
	s->tee = tee;
	make_files(s);
	configure(s, vcpus, mib);
	new_model(s);
}

void model_scene_again(struct model_scene *s, unsigned int vcpus, uint64_t mib)
{
	kvm_model_free(s->m);
	configure(s, vcpus, mib);
	new_model(s);
	unlink(s->guest.log);
}

void model_scene_beside(struct model_scene *s, const struct model_scene *first)
{
	s->tee = first->tee;
	make_files(s);
	configure(s, 1, 64);
	s->m = first->m;
}

void model_scene_close(struct model_scene *s)
{
	tiny_guest_remove(&s->guest);
	munmap(s->shared, sizeof(*s->shared));
}

/* --- what a process has --- */

static unsigned int entries(pid_t pid, const char *what)
{
	unsigned int n = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	dir = opendir(path);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n; /* "." and ".." both times */
}

/* But for the heap, which may stay as large as it was once. */
static void mappings(pid_t pid, struct model_counts *out)
{
	unsigned long long start, end;
	char line[512];
	FILE *f;

	snprintf(line, sizeof(line), "/proc/%d/maps", (int)pid);
	f = fopen(line, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *dash, *rest;

		start = strtoull(line, &dash, 16);
		end = *dash == '-' ? strtoull(dash + 1, &rest, 16) : start;
		if (strstr(line, "[heap]") || strstr(line, "[stack]"))
			continue;
		out->mappings++;
		out->mapped += end - start;
	}
	if (f)
		fclose(f);
}

static void count(pid_t pid, struct model_counts *out)
{
	*out = (struct model_counts){
		.descriptors = entries(pid, "fd"), .threads = entries(pid, "task")};
	mappings(pid, out);
}

/* Until the child is there; false: it is gone. */
static bool await(const struct model_scene *s, enum stage stage)
{
	siginfo_t info = {0};

	while (__atomic_load_n(&s->shared->stage, __ATOMIC_ACQUIRE) != stage) {
		if (waitid(P_PID, (id_t)s->run.pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
			info.si_pid)
			return false;
		poll(NULL, 0, 1);
	}
	return true;
}

void model_scene_start(struct model_scene *s)
{
	s->shared->stage = RUNNING;
	s->before = s->after = (struct model_counts){0};
	tiny_guest_start(&s->run, &s->guest, &kvm_model_sys, s->m);
	if (!await(s, READY))
		return;
	count(s->run.pid, &s->before);
	__atomic_store_n(&s->shared->stage, GO, __ATOMIC_RELEASE);
}

int model_scene_finish(struct model_scene *s)
{
	char output[64];

	if (await(s, DONE)) {
		count(s->run.pid, &s->after);
		__atomic_store_n(&s->shared->stage, END, __ATOMIC_RELEASE);
	}
	return tiny_guest_wait(&s->run, output, sizeof(output));
}

int model_scene_run(struct model_scene *s)
{
	model_scene_start(s);
	return model_scene_finish(s);
}

/* A sanitizer keeps memory back on its own. */
#if defined(__SANITIZE_ADDRESS__)
#define COUNT_MEMORY 0
#else
#define COUNT_MEMORY 1
#endif

/* Of a thread: its stack and its heap. */
#define THREAD_BYTES (72ULL << 20)

void model_scene_check_leaks(const struct model_scene *s, bool threads)
{
	const uint64_t kept = threads ? HC_VCPUS_MAX * THREAD_BYTES : 0;
	char text[256];

	assert_string_equal(kvm_model_leaks(s->m, text, sizeof(text)), "");
	assert_string_equal(kvm_model_complaints(s->m), "");
	/* /proc shows a process that gave up its privileges to root alone. */
	if (!s->after.descriptors)
		return;
	assert_int_equal(s->after.descriptors, s->before.descriptors);
	assert_int_equal(s->after.threads, s->before.threads);
	if (COUNT_MEMORY && s->after.mapped > s->before.mapped + kept)
		fail_msg("%llu bytes are still mapped",
			(unsigned long long)(s->after.mapped - s->before.mapped));
	if (COUNT_MEMORY && !threads)
		assert_int_equal(s->after.mappings, s->before.mappings);
}
