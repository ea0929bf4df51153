/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of the secure processor by itself: a launch by hand, each command of it wrong in every
 * way that Linux or the firmware refuses, and the digest against attest/measure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/mman.h>

#include "attest/measure/id_block.h"
#include "attest/measure/measure.h"
#include "common/bytes.h"
#include "tests/model/psp_model.h"
#include "vmm/vcpu.h"

#define MIB    (1ULL << 20)
#define RAM    (4 * MIB)
#define POLICY 0x30000ULL
#define GPA    0x100000ULL

struct bed {
	struct kvm_model *m;
	struct psp_model *psp;
	int kvm, sev, vm, gmem, vcpu[2];
	uint8_t *host;
};

static int call(const struct bed *b, int fd, unsigned long request, const void *arg)
{
	return kvm_model_sys.ioctl(b->m, fd, request, (void *)(uintptr_t)arg);
}

static int call_n(const struct bed *b, int fd, unsigned long request, uintptr_t n)
{
	return kvm_model_sys.ioctl(b->m, fd, request, (void *)n);
}

static int command_on(const struct bed *b, int sev, uint32_t id, void *data, uint32_t *error)
{
	struct kvm_sev_cmd cmd;
	int rc;

	memset(&cmd, 0, sizeof(cmd));
	cmd.id = id;
	cmd.data = (uintptr_t)data;
	cmd.error = 0xdead;
	cmd.sev_fd = (uint32_t)sev;
	rc = call(b, b->vm, KVM_MEMORY_ENCRYPT_OP, &cmd);
	*error = cmd.error;
	return rc;
}

static uint32_t fw_error;

static int command(const struct bed *b, uint32_t id, void *data)
{
	return command_on(b, b->sev, id, data, &fw_error);
}

static void open_host(struct bed *b, enum kvm_model_kernel kernel)
{
	b->m = psp_model_new(kernel);
	assert_non_null(b->m);
	b->psp = psp_model_of(b->m);
	b->kvm = kvm_model_sys.open(b->m, "/dev/kvm");
	b->sev = kvm_model_sys.open(b->m, "/dev/sev");
	b->vm = call_n(b, b->kvm, KVM_CREATE_VM, KVM_X86_SNP_VM);
	assert_true(b->vm >= 0 && b->sev >= 0);
	b->gmem = b->vcpu[0] = b->vcpu[1] = -1;
	b->host = mmap(NULL, RAM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(b->host != MAP_FAILED);
}

static void close_host(struct bed *b)
{
	const int fds[] = {b->gmem, b->vcpu[0], b->vcpu[1], b->vm, b->sev, b->kvm};
	char leaks[256];

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			kvm_model_sys.close(b->m, fds[i]);
	assert_string_equal(kvm_model_leaks(b->m, leaks, sizeof(leaks)), "");
	for (uint32_t i = 1; i <= PSP_ASIDS; i++)
		assert_false(b->psp->asid_used[i]);
	munmap(b->host, RAM);
	kvm_model_free(b->m);
}

static int init2(const struct bed *b)
{
	struct kvm_sev_init init = {0};

	return command(b, KVM_SEV_INIT2, &init);
}

static int start(const struct bed *b, uint64_t policy)
{
	struct kvm_sev_snp_launch_start p = {.policy = policy};

	return command(b, KVM_SEV_SNP_LAUNCH_START, &p);
}

static void map_ram(struct bed *b)
{
	struct kvm_create_guest_memfd g = {.size = RAM};
	struct kvm_userspace_memory_region2 r = {
		.flags = KVM_MEM_GUEST_MEMFD,
		.memory_size = RAM,
		.userspace_addr = (uintptr_t)b->host,
	};
	struct kvm_memory_attributes a = {0, RAM, KVM_MEMORY_ATTRIBUTE_PRIVATE, 0};

	b->gmem = call(b, b->vm, KVM_CREATE_GUEST_MEMFD, &g);
	r.guest_memfd = (uint32_t)b->gmem;
	assert_int_equal(call(b, b->vm, KVM_SET_USER_MEMORY_REGION2, &r), 0);
	assert_int_equal(call(b, b->vm, KVM_SET_MEMORY_ATTRIBUTES, &a), 0);
}

static int update(const struct bed *b, uint64_t gpa, uint64_t len, uint8_t type)
{
	struct kvm_sev_snp_launch_update p = {.gfn_start = gpa >> 12,
		.uaddr = (uintptr_t)b->host + gpa,
		.len = len,
		.type = type};

	return command(b, KVM_SEV_SNP_LAUNCH_UPDATE, &p);
}

static void make_vcpus(struct bed *b, unsigned int count)
{
	const struct kvm_cpuid_table cpuid = {.head = {.nent = 2},
		.entry = {{.function = 0x80000008, .eax = 0x3030},
			{.function = 0x8000001f, .ebx = 51}}};

	for (unsigned int i = 0; i < count; i++) {
		struct kvm_regs regs;
		struct kvm_sregs sregs;

		b->vcpu[i] = call_n(b, b->vm, KVM_CREATE_VCPU, i);
		assert_int_equal(call(b, b->vcpu[i], KVM_SET_CPUID2, &cpuid), 0);
		assert_int_equal(call(b, b->vcpu[i], KVM_GET_SREGS, &sregs), 0);
		vcpu_entry_state(&regs, &sregs, i, true);
		assert_int_equal(call(b, b->vcpu[i], KVM_SET_SREGS, &sregs), 0);
		assert_int_equal(call(b, b->vcpu[i], KVM_SET_REGS, &regs), 0);
	}
}

static int finish(const struct bed *b)
{
	struct kvm_sev_snp_launch_finish p = {0};

	return command(b, KVM_SEV_SNP_LAUNCH_FINISH, &p);
}

/* Up to the point where pages may be added, with one vCPU. */
static void set_up(struct bed *b, enum kvm_model_kernel kernel)
{
	open_host(b, kernel);
	assert_int_equal(init2(b), 0);
	map_ram(b);
	make_vcpus(b, 1);
	assert_int_equal(start(b, POLICY), 0);
}

static void init2_is_refused_with_what_linux_refuses(void **state)
{
	struct kvm_sev_init good = {0}, init;
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
#define INIT(change, expected)                                                                     \
	do {                                                                                       \
		init = good;                                                                       \
		change;                                                                            \
		assert_int_equal(command(&b, KVM_SEV_INIT2, &init), expected);                     \
	} while (0)
	INIT(init.flags = 1, -EINVAL);
	INIT(init.vmsa_features = 1, -EINVAL); /* SNPActive is KVM's to set */
	INIT(init.vmsa_features = 2, -EINVAL);
	INIT(init.ghcb_version = 1, -EINVAL);
	INIT(init.ghcb_version = 3, -EINVAL);
	assert_int_equal(command(&b, KVM_SEV_INIT2, NULL), -EFAULT);
	assert_int_equal(command(&b, KVM_SEV_INIT, NULL), -EINVAL);
	assert_int_equal(command(&b, KVM_SEV_LAUNCH_START, NULL), -ENOTTY);
	assert_int_equal(command(&b, KVM_SEV_SNP_ENABLE_REQ_CERTS, NULL), -EINVAL);
	assert_int_equal(start(&b, POLICY), -ENOTTY);
	assert_int_equal(update(&b, GPA, 4096, 1), -EINVAL);
	assert_int_equal(finish(&b), -ENOTTY);
	INIT(init.ghcb_version = 2, 0);
	INIT(, -EPERM); /* twice: older than SNP's own commands */
	assert_int_equal(command(&b, KVM_SEV_LAUNCH_UPDATE_DATA, NULL), -EPERM);
	assert_int_equal(command(&b, KVM_SEV_DBG_DECRYPT, NULL), -EPERM);
	assert_int_equal(command(&b, 104, NULL), -EINVAL);
	assert_int_equal(command(&b, KVM_SEV_SNP_ENABLE_REQ_CERTS, NULL), 0);
	b.vcpu[0] = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
	assert_int_equal(command(&b, KVM_SEV_SNP_ENABLE_REQ_CERTS, NULL), -EINVAL);
	assert_string_equal(kvm_model_complaints(b.m), "");
	close_host(&b);
}

static void init2_comes_before_vcpus_and_certificates_are_new(void **state)
{
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_6_11);
	b.vcpu[0] = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
	assert_int_equal(init2(&b), -EINVAL);
	close_host(&b);
	open_host(&b, KVM_MODEL_6_11);
	assert_int_equal(init2(&b), 0);
	assert_int_equal(command(&b, KVM_SEV_SNP_ENABLE_REQ_CERTS, NULL), -EINVAL);
	close_host(&b);
}

static void asids_run_out_and_come_back(void **state)
{
	struct bed b;
	int first;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	b.psp->asids = 1;
	assert_int_equal(init2(&b), 0);
	first = b.vm;
	b.vm = call_n(&b, b.kvm, KVM_CREATE_VM, KVM_X86_SNP_VM);
	assert_int_equal(init2(&b), -EBUSY);
	kvm_model_sys.close(b.m, first);
	assert_int_equal(init2(&b), 0);
	close_host(&b);
}

static void a_processor_without_snp_says_so(void **state)
{
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	b.psp->not_initialized = true;
	assert_int_equal(init2(&b), -EIO);
	assert_int_equal(fw_error, PSP_INVALID_PLATFORM_STATE);
	close_host(&b);
}

static void policies_are_refused_by_kernel_or_processor(void **state)
{
	static const struct {
		enum kvm_model_kernel kernel;
		uint64_t policy;
		int rc;
		uint32_t error;
	} cases[] = {
		{KVM_MODEL_6_11, 0x20000, -EINVAL, 0xdead}, /* SMT is a must */
		{KVM_MODEL_6_11, 0x10000, -EINVAL, 0xdead}, /* so is bit 17 */
		{KVM_MODEL_6_11, 0x130000, -EINVAL, 0xdead},
		{KVM_MODEL_6_11, 0x830000, -EINVAL, 0xdead},
		{KVM_MODEL_6_11, 0xb0000, 0, 0},
		{KVM_MODEL_7_0, 0x10000, -EINVAL, 0xdead},
		{KVM_MODEL_7_0, 0x70000, -EINVAL, 0xdead}, /* migration */
		{KVM_MODEL_7_0, 1ULL << 26 | POLICY, -EINVAL, 0xdead},
		{KVM_MODEL_7_0, 0x20000, -EIO, PSP_POLICY_FAILURE}, /* the machine has SMT */
		{KVM_MODEL_7_0, POLICY | 0x200, -EIO, PSP_POLICY_FAILURE},
		{KVM_MODEL_7_0, POLICY | 0x13b, -EIO, PSP_POLICY_FAILURE},
		{KVM_MODEL_7_0, POLICY | 0x13a, 0, 0},
		{KVM_MODEL_7_0, POLICY | 1 << 20, 0, 0},
		{KVM_MODEL_7_0, POLICY | 3 << 23, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bed b;

		open_host(&b, cases[i].kernel);
		assert_int_equal(init2(&b), 0);
		assert_int_equal(start(&b, cases[i].policy), cases[i].rc);
		assert_int_equal(fw_error, cases[i].error);
		close_host(&b);
	}
}

static void what_the_machine_lacks_is_a_policy_failure(void **state)
{
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	assert_int_equal(init2(&b), 0);
	b.psp->rapl_disabled = b.psp->ciphertext_hiding = b.psp->aes_256_xts = false;
	b.psp->second_socket = true;
	for (unsigned int bit = 20; bit <= 24; bit++) {
		if (bit == 21)
			continue;
		assert_int_equal(start(&b, POLICY | 1ULL << bit), -EIO);
		assert_int_equal(fw_error, PSP_POLICY_FAILURE);
	}
	assert_int_equal(start(&b, POLICY), 0);
	close_host(&b);
}

static void start_is_refused_with_what_linux_refuses(void **state)
{
	struct kvm_sev_snp_launch_start p = {.policy = POLICY, .flags = 1};
	struct kvm_sev_init tsc = {.vmsa_features = 0x200};
	uint32_t error;
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	assert_int_equal(init2(&b), 0);
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_START, NULL), -EFAULT);
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_START, &p), -EINVAL);
	p.flags = 0;
	assert_int_equal(command_on(&b, b.kvm, KVM_SEV_SNP_LAUNCH_START, &p, &error), -ENOTTY);
	b.psp->fail_in = 1; /* SNP_GCTX_CREATE */
	b.psp->fail_status = 0x17;
	assert_int_equal(start(&b, POLICY), -ENOTTY);
	assert_int_equal(fw_error, 0x17);
	b.psp->fail_in = 3; /* SNP_ACTIVATE */
	assert_int_equal(start(&b, POLICY), -EIO);
	assert_int_equal(start(&b, POLICY), 0);
	assert_int_equal(start(&b, POLICY), -EINVAL);
	close_host(&b);
	/* Secure TSC wants its frequency first. */
	open_host(&b, KVM_MODEL_7_0);
	assert_int_equal(command(&b, KVM_SEV_INIT2, &tsc), 0);
	assert_int_equal(start(&b, POLICY), -EINVAL);
	assert_int_equal(call_n(&b, b.vm, KVM_SET_TSC_KHZ, 2000000), 0);
	assert_int_equal(start(&b, POLICY), 0);
	close_host(&b);
}

static void update_is_refused_with_what_linux_refuses(void **state)
{
	struct kvm_sev_snp_launch_update good = {.gfn_start = GPA >> 12, .len = 4096, .type = 1}, p;
	struct kvm_memory_attributes shared = {GPA + 0x2000, 4096, 0, 0};
	uint32_t error;
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	good.uaddr = (uintptr_t)b.host;
#define UPDATE(change, expected, status)                                                           \
	do {                                                                                       \
		p = good;                                                                          \
		change;                                                                            \
		assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_UPDATE, &p), expected);            \
		assert_int_equal(fw_error, status);                                                \
	} while (0)
	UPDATE(p.len = 0, -EINVAL, 0xdead);
	UPDATE(p.len = 4095, -EINVAL, 0xdead);
	UPDATE(p.flags = 1, -EINVAL, 0xdead);
	UPDATE(p.type = 0, -EINVAL, 0xdead);
	UPDATE(p.type = 2, -EINVAL, 0xdead); /* save areas are KVM's */
	UPDATE(p.type = 7, -EINVAL, 0xdead);
	UPDATE(p.uaddr += 8, -EINVAL, 0xdead);
	UPDATE(p.gfn_start = RAM >> 12, -EINVAL, 0xdead);
	UPDATE(p.uaddr = 0, -EIO, 0);
	UPDATE(p.uaddr = 4096, -EIO, 0);
	UPDATE(p.gfn_start += 2; shared.attributes = 0;
		(void)call(&b, b.vm, KVM_SET_MEMORY_ATTRIBUTES, &shared), -EIO, 0);
	assert_int_equal(command_on(&b, b.kvm, KVM_SEV_SNP_LAUNCH_UPDATE, &good, &error), -EIO);
	UPDATE(, 0, 0);
	assert_int_equal(p.len, 0);
	assert_int_equal(p.gfn_start, (GPA >> 12) + 1);
	assert_int_equal(p.uaddr, good.uaddr + 4096);
	UPDATE(, -EIO, 0); /* assigned already: KVM does not ask the processor */
	UPDATE(p.type = 3; p.uaddr = 1; p.gfn_start++, 0, 0);
	assert_int_equal(p.uaddr, 1);
	assert_string_equal(kvm_model_complaints(b.m), "");
	close_host(&b);
}

static void a_source_need_not_be_aligned_before_7_0(void **state)
{
	struct kvm_sev_snp_launch_update p = {.gfn_start = GPA >> 12, .len = 4096, .type = 1};
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_6_11);
	p.uaddr = (uintptr_t)b.host + 8;
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_UPDATE, &p), 0);
	close_host(&b);
}

static void an_update_that_is_cut_short_says_how_far_it_came(void **state)
{
	struct kvm_sev_snp_launch_update p = {.gfn_start = GPA >> 12, .len = 0x5000, .type = 1};
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	p.uaddr = (uintptr_t)b.host;
	b.m->chunk = 2;
	for (uint64_t left = 0x3000; left > 0x1000; left -= 0x2000) {
		assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_UPDATE, &p), 0);
		assert_int_equal(p.len, left);
	}
	/* And one that fails on its way: what came before counts. */
	p.len = 0x3000;
	b.m->chunk = 0;
	b.psp->fail_in = 2;
	b.psp->fail_status = 0x1a;
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_UPDATE, &p), 0);
	assert_int_equal(p.len, 0x2000);
	assert_int_equal(psp_model_guest(b.m, 0)->launched, 3);
	close_host(&b);
}

static void finish_is_refused_with_what_linux_refuses(void **state)
{
	struct kvm_sev_snp_launch_finish p = {.flags = 1};
	uint32_t error;
	struct bed b;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	assert_int_equal(init2(&b), 0);
	assert_int_equal(finish(&b), -EINVAL); /* no context */
	map_ram(&b);
	make_vcpus(&b, 1);
	assert_int_equal(start(&b, POLICY), 0);
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_FINISH, NULL), -EFAULT);
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_FINISH, &p), -EINVAL);
	p.flags = 0;
	assert_int_equal(command_on(&b, b.kvm, KVM_SEV_SNP_LAUNCH_FINISH, &p, &error), -EBADF);
	assert_int_equal(finish(&b), 0);
	assert_int_equal(finish(&b), -EINVAL); /* the state of the vCPUs is closed */
	assert_int_equal(update(&b, GPA, 4096, 1), -EIO);
	assert_int_equal(fw_error, PSP_INVALID_GUEST_STATE);
	close_host(&b);
}

static void registers_are_closed_after_the_launch(void **state)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	assert_int_equal(call(&b, b.vcpu[0], KVM_GET_REGS, &regs), 0);
	assert_int_equal(finish(&b), 0);
	assert_int_equal(call(&b, b.vcpu[0], KVM_GET_REGS, &regs), -EINVAL);
	assert_int_equal(call(&b, b.vcpu[0], KVM_SET_REGS, &regs), -EINVAL);
	assert_int_equal(call(&b, b.vcpu[0], KVM_GET_SREGS, &sregs), -EINVAL);
	assert_int_equal(call(&b, b.vcpu[0], KVM_SET_SREGS, &sregs), -EINVAL);
	close_host(&b);
}

static void a_vcpu_that_runs_too_early_does_not_enter(void **state)
{
	struct bed b;
	void *run;

	(void)state;
	open_host(&b, KVM_MODEL_7_0);
	b.vcpu[0] = call_n(&b, b.vm, KVM_CREATE_VCPU, 0);
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), -EINVAL);
	close_host(&b);
	set_up(&b, KVM_MODEL_7_0);
	assert_int_equal(kvm_model_sys.map(b.m, b.vcpu[0], 12288, &run), 0);
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(((struct kvm_run *)run)->exit_reason, KVM_EXIT_FAIL_ENTRY);
	kvm_model_sys.unmap(b.m, run, 12288);
	close_host(&b);
}

/* --- the digest --- */

/* The same launch by attest/measure. */
static void expected_digest(const struct bed *b, uint8_t out[SHA384_SIZE], uint32_t vcpus)
{
	struct launch_digest ld;
	uint8_t page[4096];

	launch_digest_init(&ld);
	for (uint64_t at = 0; at < 0x3000; at += 0x1000)
		assert_int_equal(
			launch_digest_page(&ld, HC_PAGE_NORMAL, GPA + at, b->host + GPA + at), 0);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_ZERO, GPA + 0x3000, NULL), 0);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_UNMEASURED, GPA + 0x4000, NULL), 0);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_SECRETS, GPA + 0x5000, NULL), 0);
	assert_int_equal(launch_digest_page(&ld, HC_PAGE_CPUID, GPA + 0x6000, NULL), 0);
	for (uint32_t i = 0; i < vcpus; i++) {
		vmsa_build(page, i, SNP_SEV_FEATURES, true);
		assert_int_equal(launch_digest_page(&ld, HC_PAGE_VMSA, SNP_VMSA_GPA, page), 0);
	}
	memcpy(out, ld.value, SHA384_SIZE);
}

static void add_pages(struct bed *b)
{
	for (uint64_t i = 0; i < 0x7000; i++)
		b->host[GPA + i] = i < 0x6000 ? (uint8_t)(i * 7 + (i >> 8)) : 0;
	assert_int_equal(update(b, GPA, 0x3000, KVM_SEV_SNP_PAGE_TYPE_NORMAL), 0);
	assert_int_equal(update(b, GPA + 0x3000, 0x1000, KVM_SEV_SNP_PAGE_TYPE_ZERO), 0);
	assert_int_equal(update(b, GPA + 0x4000, 0x1000, KVM_SEV_SNP_PAGE_TYPE_UNMEASURED), 0);
	assert_int_equal(update(b, GPA + 0x5000, 0x1000, KVM_SEV_SNP_PAGE_TYPE_SECRETS), 0);
	assert_int_equal(update(b, GPA + 0x6000, 0x1000, KVM_SEV_SNP_PAGE_TYPE_CPUID), 0);
}

static void the_digest_is_that_of_attest_measure(void **state)
{
	uint8_t expected[SHA384_SIZE];
	struct bed b;

	(void)state;
	for (uint32_t vcpus = 1; vcpus <= 2; vcpus++) {
		open_host(&b, KVM_MODEL_7_0);
		assert_int_equal(init2(&b), 0);
		map_ram(&b);
		make_vcpus(&b, vcpus);
		assert_int_equal(start(&b, POLICY), 0);
		add_pages(&b);
		assert_int_equal(finish(&b), 0);
		expected_digest(&b, expected, vcpus);
		assert_memory_equal(psp_model_guest(b.m, 0)->digest, expected, SHA384_SIZE);
		/* What went into private memory reads as noise from outside. */
		assert_false(kvm_model_finds(b.m, b.host + GPA + 64, 64));
		assert_string_equal(kvm_model_complaints(b.m), "");
		close_host(&b);
	}
}

static void a_register_that_differs_changes_the_digest(void **state)
{
	uint8_t expected[SHA384_SIZE];
	struct kvm_regs regs;
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	add_pages(&b);
	expected_digest(&b, expected, 1);
	assert_int_equal(call(&b, b.vcpu[0], KVM_GET_REGS, &regs), 0);
	regs.rdx = 0x600;
	assert_int_equal(call(&b, b.vcpu[0], KVM_SET_REGS, &regs), 0);
	assert_int_equal(finish(&b), 0);
	assert_memory_not_equal(psp_model_guest(b.m, 0)->digest, expected, SHA384_SIZE);
	close_host(&b);
}

/* --- CPUID --- */

static void put_leaf(
	uint8_t *page, uint32_t n, uint32_t function, uint32_t index, const uint32_t value[4])
{
	uint8_t *e = page + 16 + 48 * (size_t)n;

	put_le32(page, n + 1);
	put_le32(e, function);
	put_le32(e + 4, index);
	for (size_t i = 0; i < 4; i++)
		put_le32(e + 24 + 4 * i, value[i]);
}

static int update_cpuid(const struct bed *b)
{
	struct kvm_sev_snp_launch_update p = {.gfn_start = GPA >> 12,
		.uaddr = (uintptr_t)b->host,
		.len = 4096,
		.type = KVM_SEV_SNP_PAGE_TYPE_CPUID};

	return command(b, KVM_SEV_SNP_LAUNCH_UPDATE, &p);
}

static void a_cpuid_page_that_claims_too_much_comes_back_corrected(void **state)
{
	static const uint32_t leaf1[4] = {0x00a10f11, 0x800, 0xfefa3203, 0x178bfbff};
	static const uint32_t leaf7[4] = {1, 0xf1bf97ab, 0x00405fce, 0xbc000010};
	static const uint32_t kvm[4] = {0x40000001, 1, 2, 3};
	uint8_t digest[SHA384_SIZE];
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	put_leaf(b.host, 0, 1, 0, leaf1);
	put_leaf(b.host, 1, 7, 0, leaf7);
	put_leaf(b.host, 2, 0x40000000, 0, kvm);
	memcpy(digest, psp_model_guest(b.m, 0)->digest, sizeof(digest));
	assert_int_equal(update_cpuid(&b), -EIO);
	assert_int_equal(fw_error, PSP_INVALID_PARAM);
	assert_memory_equal(psp_model_guest(b.m, 0)->digest, digest, sizeof(digest));
	assert_int_equal(get_le32(b.host + 16 + 32), leaf1[2] & ~(1u << 24));
	assert_int_equal(get_le32(b.host + 16 + 48 + 28), leaf7[1] & ~2u);
	assert_int_equal(get_le32(b.host + 16 + 48 + 36), 0x10);
	assert_int_equal(get_le32(b.host + 16 + 96 + 24), kvm[0]); /* not looked at */
	assert_int_equal(update_cpuid(&b), 0);
	close_host(&b);
}

static void cpuid_pages_of_bad_form_are_refused_as_they_are(void **state)
{
	static const uint32_t nothing[4] = {0};
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	put_le32(b.host, 65);
	assert_int_equal(update_cpuid(&b), -EIO);
	put_leaf(b.host, 0, 6, 0, nothing);
	put_le32(b.host + 4, 1);
	assert_int_equal(update_cpuid(&b), -EIO);
	put_le32(b.host + 4, 0);
	put_le32(b.host + 16 + 40, 1);
	assert_int_equal(update_cpuid(&b), -EIO);
	put_le32(b.host + 16 + 40, 0);
	b.psp->cpuid_stubborn = 1;
	assert_int_equal(update_cpuid(&b), -EIO);
	assert_int_equal(update_cpuid(&b), 0);
	assert_int_equal(b.psp->cpuid_refused, 4);
	close_host(&b);
}

/* --- ID block --- */

struct id {
	uint8_t block[SNP_ID_BLOCK_SIZE], auth[SNP_ID_AUTH_SIZE];
};

static void make_id(struct id *id, const uint8_t ld[SHA384_SIZE], uint64_t policy, bool author)
{
	struct snp_id_block block = {.policy = policy};
	struct crypto_ec_key *id_key = NULL, *author_key = NULL;
	struct error err;

	memcpy(block.ld, ld, SHA384_SIZE);
	assert_int_equal(crypto_ec_generate(&id_key, CRYPTO_P384), 0);
	assert_int_equal(crypto_ec_generate(&author_key, CRYPTO_P384), 0);
	assert_int_equal(snp_id_block_encode(id->block, &block, &err), 0);
	assert_int_equal(
		snp_id_auth_build(id->auth, id->block, id_key, author ? author_key : NULL, &err),
		0);
	crypto_ec_free(id_key);
	crypto_ec_free(author_key);
}

static int finish_with(struct bed *b, struct id *id, bool author)
{
	struct kvm_sev_snp_launch_finish p = {
		.id_block_uaddr = (uintptr_t)id->block,
		.id_auth_uaddr = (uintptr_t)id->auth,
		.id_block_en = 1,
		.auth_key_en = author,
		.host_data = {1, 2, 3},
	};

	return command(b, KVM_SEV_SNP_LAUNCH_FINISH, &p);
}

static void id_blocks_are_verified(void **state)
{
	static const struct {
		size_t block, auth; /* a byte to change, plus 1 */
		bool other_digest, other_policy, author;
		int rc;
		uint32_t error;
	} cases[] = {
		{.rc = 0}, {.author = true},
		{.other_digest = true, .rc = -EIO, .error = PSP_BAD_MEASUREMENT},
		{.other_policy = true, .rc = -EIO, .error = PSP_POLICY_FAILURE},
		{.block = 1, .rc = -EIO, .error = PSP_BAD_SIGNATURE},
		{.block = 0x51, .rc = -EIO, .error = PSP_INVALID_PARAM},
		{.auth = 1, .rc = -EIO, .error = PSP_INVALID_PARAM},
		{.auth = 0x41, .rc = -EIO, .error = PSP_BAD_SIGNATURE},
		{.auth = 0x41 + 60, .rc = -EIO, .error = PSP_BAD_SIGNATURE},
		{.auth = 0x241, .rc = -EIO, .error = PSP_INVALID_PARAM},
		{.auth = 0x251, .rc = -EIO, .error = PSP_BAD_SIGNATURE},
		{.auth = 0x681, .author = true, .rc = -EIO, .error = PSP_BAD_SIGNATURE},
		{.auth = 0x5, .author = true, .rc = -EIO, .error = PSP_INVALID_PARAM},
		{.auth = 0x681, .rc = 0}, /* not looked at without author key */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t digest[SHA384_SIZE];
		struct bed b;
		struct id id;

		set_up(&b, KVM_MODEL_7_0);
		add_pages(&b);
		expected_digest(&b, digest, 1);
		digest[0] ^= cases[i].other_digest;
		make_id(&id, digest, cases[i].other_policy ? 0xb0000 : POLICY, cases[i].author);
		if (cases[i].block)
			id.block[cases[i].block - 1] ^= 2;
		if (cases[i].auth)
			id.auth[cases[i].auth - 1] ^= 2;
		if (finish_with(&b, &id, cases[i].author) != cases[i].rc ||
			fw_error != cases[i].error)
			fail_msg("case %zu: error 0x%x", i, fw_error);
		if (!cases[i].rc)
			assert_int_equal(psp_model_guest(b.m, 0)->host_data[2], 3);
		close_host(&b);
	}
}

static void the_kernel_reads_id_blocks_where_it_is_told(void **state)
{
	struct kvm_sev_snp_launch_finish p = {.id_block_en = 1, .id_block_uaddr = 4096};
	struct bed b;

	(void)state;
	set_up(&b, KVM_MODEL_7_0);
	assert_int_equal(command(&b, KVM_SEV_SNP_LAUNCH_FINISH, &p), -EFAULT);
	close_host(&b);
}

/* --- guests that run --- */

#define WRITE(at, private, byte)                                                                   \
	{                                                                                          \
		.fn = kvm_model_write, .gpa = (at), .flag = (private), .value = (byte), .len = 64  \
	}
#define READ(at, private, byte)                                                                    \
	{                                                                                          \
		.fn = kvm_model_read, .gpa = (at), .flag = (private), .value = (byte), .len = 64   \
	}
#define PVALIDATE(at, pages)                                                                       \
	{                                                                                          \
		.fn = psp_model_pvalidate, .gpa = (at), .len = (pages), .flag = true               \
	}
#define CONVERT(at, pages, private)                                                                \
	{                                                                                          \
		.fn = kvm_model_convert, .gpa = (at), .len = (pages), .flag = (private)            \
	}

/* A launched guest with its script. */
static struct kvm_run *launch(struct bed *b, const struct kvm_model_step *steps, size_t count)
{
	struct kvm_enable_cap exits = {.cap = KVM_CAP_EXIT_HYPERCALL, .args = {1 << 12}};
	void *run;

	open_host(b, KVM_MODEL_7_0);
	b->m->script[0][0].steps = steps;
	b->m->script[0][0].count = count;
	assert_int_equal(call(b, b->vm, KVM_ENABLE_CAP, &exits), 0);
	assert_int_equal(init2(b), 0);
	assert_int_equal(command(b, KVM_SEV_SNP_ENABLE_REQ_CERTS, NULL), 0);
	map_ram(b);
	make_vcpus(b, 1);
	assert_int_equal(start(b, POLICY), 0);
	add_pages(b);
	assert_int_equal(finish(b), 0);
	assert_int_equal(kvm_model_sys.map(b->m, b->vcpu[0], 12288, &run), 0);
	return run;
}

static void end(struct bed *b, struct kvm_run *run)
{
	assert_int_equal(b->m->guest_errors, 0);
	kvm_model_sys.unmap(b->m, run, 12288);
	close_host(b);
}

static int set_private(const struct bed *b, uint64_t gpa, bool to)
{
	struct kvm_memory_attributes a = {gpa, 4096, to ? 8 : 0, 0};

	return call(b, b->vm, KVM_SET_MEMORY_ATTRIBUTES, &a);
}

static void an_access_of_the_other_kind_faults_until_it_is_converted(void **state)
{
	static const struct kvm_model_step steps[] = {WRITE(0x200000, false, 0x11),
		READ(0x200000, false, 0x11), WRITE(0x200000, true, 0x22),
		{.fn = kvm_model_exit, .reason = 77}};
	const struct kvm_run_memory_fault *fault;
	struct kvm_run *run;
	struct bed b;

	(void)state;
	run = launch(&b, steps, 4);
	fault = &KVM_RUN_EXIT(run)->memory_fault;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), -EFAULT);
		assert_int_equal(run->exit_reason, KVM_EXIT_MEMORY_FAULT);
		assert_int_equal(fault->gpa, 0x200000);
		assert_int_equal(fault->size, 4096);
		assert_int_equal(fault->flags, 0);
	}
	assert_int_equal(set_private(&b, 0x200000, false), 0);
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), -EFAULT);
	assert_int_equal(fault->flags, KVM_MEMORY_EXIT_FLAG_PRIVATE);
	assert_int_equal(b.host[0x200000], 0x11);
	assert_int_equal(set_private(&b, 0x200000, true), 0);
	/* Private now, and not validated. */
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(run->exit_reason, KVM_EXIT_SHUTDOWN);
	end(&b, run);
}

static void private_memory_is_validated_once_and_is_the_guests_alone(void **state)
{
	static const uint8_t pattern[64] =
		"the guest's own, and nobody else's, sixty-four bytes long ...";
	static const struct kvm_model_step steps[] = {PVALIDATE(0x200000, 2),
		{.fn = kvm_model_fill, .gpa = 0x200000, .flag = true, .data = pattern, .len = 64},
		WRITE(0x201000, true, 5), READ(0x201000, true, 5),
		{.fn = kvm_model_exit, .reason = 77}};
	struct kvm_run *run;
	struct bed b;

	(void)state;
	run = launch(&b, steps, 5);
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(run->exit_reason, 77);
	assert_false(kvm_model_finds(b.m, pattern, sizeof(pattern)));
	/* Given back, it still is noise. */
	assert_int_equal(kvm_model_sys.punch(b.m, b.gmem, 0x200000, 4096), 0);
	assert_false(kvm_model_finds(b.m, pattern, sizeof(pattern)));
	end(&b, run);
}

static void a_page_state_change_is_a_hypercall_with_its_answer(void **state)
{
	static uint64_t answer;
	static const struct kvm_model_step steps[] = {{.fn = kvm_model_convert,
							      .gpa = 0x200000,
							      .len = 512,
							      .value = 1,
							      .result = &answer},
		CONVERT(0x200000, 1, true), {.fn = kvm_model_exit, .reason = 77}};
	const struct kvm_run_hypercall *hc;
	struct kvm_run *run;
	struct bed b;

	(void)state;
	run = launch(&b, steps, 3);
	hc = &KVM_RUN_EXIT(run)->hypercall;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(run->exit_reason, KVM_EXIT_HYPERCALL);
	assert_int_equal(hc->args[1], 512);
	assert_int_equal(hc->args[2], 1); /* 2 MiB, shared */
	KVM_RUN_EXIT(run)->hypercall.ret = 5;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(answer, 5);
	assert_int_equal(hc->args[2], 0x10);
	end(&b, run);
}

static void certificates_are_fetched_under_immediate_exit(void **state)
{
	static uint64_t answer;
	static const struct kvm_model_step steps[] = {
		{.fn = psp_model_report, .gpa = 0x200000, .len = 4, .result = &answer},
		{.fn = psp_model_report, .gpa = 0x200000, .len = 1, .result = &answer},
		{.fn = psp_model_report, .gpa = 0x200000, .len = 1, .result = &answer},
	};
	struct kvm_exit_snp_req_certs *certs;
	struct kvm_run *run;
	struct bed b;

	(void)state;
	run = launch(&b, steps, 3);
	certs = &KVM_RUN_EXIT(run)->snp_req_certs;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(run->exit_reason, KVM_EXIT_SNP_REQ_CERTS);
	assert_int_equal(certs->npages, 4);
	assert_int_equal(b.psp->reports, 0);
	run->immediate_exit = 1;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), -EINTR);
	assert_int_equal(b.psp->reports, 1);
	run->immediate_exit = 0;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	certs->ret = ENOSPC;
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(answer, ENOSPC);
	assert_int_equal(b.psp->reports, 1);
	certs->ret = 1; /* none that KVM knows */
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), -EINVAL);
	end(&b, run);
}

static void a_termination_carries_its_value(void **state)
{
	static const struct kvm_model_step steps[] = {{.fn = psp_model_terminate, .len = 0x2a1100}};
	struct kvm_run *run;
	struct bed b;

	(void)state;
	run = launch(&b, steps, 1);
	assert_int_equal(call(&b, b.vcpu[0], KVM_RUN, NULL), 0);
	assert_int_equal(run->exit_reason, KVM_EXIT_SYSTEM_EVENT);
	assert_int_equal(KVM_RUN_EXIT(run)->system_event.type, KVM_SYSTEM_EVENT_SEV_TERM);
	assert_int_equal(KVM_RUN_EXIT(run)->system_event.ndata, 1);
	assert_int_equal(KVM_RUN_EXIT(run)->system_event.data[0], 0x2a1100);
	end(&b, run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init2_is_refused_with_what_linux_refuses),
		cmocka_unit_test(init2_comes_before_vcpus_and_certificates_are_new),
		cmocka_unit_test(asids_run_out_and_come_back),
		cmocka_unit_test(a_processor_without_snp_says_so),
		cmocka_unit_test(policies_are_refused_by_kernel_or_processor),
		cmocka_unit_test(what_the_machine_lacks_is_a_policy_failure),
		cmocka_unit_test(start_is_refused_with_what_linux_refuses),
		cmocka_unit_test(update_is_refused_with_what_linux_refuses),
		cmocka_unit_test(a_source_need_not_be_aligned_before_7_0),
		cmocka_unit_test(an_update_that_is_cut_short_says_how_far_it_came),
		cmocka_unit_test(finish_is_refused_with_what_linux_refuses),
		cmocka_unit_test(registers_are_closed_after_the_launch),
		cmocka_unit_test(a_vcpu_that_runs_too_early_does_not_enter),
		cmocka_unit_test(the_digest_is_that_of_attest_measure),
		cmocka_unit_test(a_register_that_differs_changes_the_digest),
		cmocka_unit_test(a_cpuid_page_that_claims_too_much_comes_back_corrected),
		cmocka_unit_test(cpuid_pages_of_bad_form_are_refused_as_they_are),
		cmocka_unit_test(id_blocks_are_verified),
		cmocka_unit_test(the_kernel_reads_id_blocks_where_it_is_told),
		cmocka_unit_test(an_access_of_the_other_kind_faults_until_it_is_converted),
		cmocka_unit_test(private_memory_is_validated_once_and_is_the_guests_alone),
		cmocka_unit_test(a_page_state_change_is_a_hypercall_with_its_answer),
		cmocka_unit_test(certificates_are_fetched_under_immediate_exit),
		cmocka_unit_test(a_termination_carries_its_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
