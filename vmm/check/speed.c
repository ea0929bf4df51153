/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast KVM runs a guest's kernel. There are KVMs without hardware virtualisation that interpret
 * ring 0 and answer every question about themselves like the others: only a measurement tells. One
 * vCPU, 64 KiB, a loop in 64-bit ring 0 that comes back by a port after each CHUNK, for MEASURE_NS.
 * An entry that never ends is ended by a timer.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include "common/bytes.h"
#include "vmm/check/probe.h"

enum {
	MEMORY = 0x10000,
	PML4 = 0x1000,
	PDPT = 0x2000,
	PAGES = 0x3000,
	CODE = 0x4000,
	CHUNK = 20000, /* in `loop` below: 20 us on a processor, 20 ms where it is interpreted */
	MEASURE_NS = 30000000,
	LIMIT_US = 2000000,
};

/* mov $20000,%ecx; 1: dec %ecx; jne 1b; out %al,$0x10; jmp to the mov */
static const uint8_t loop[] = {
	0xb9, 0x20, 0x4e, 0x00, 0x00, 0xff, 0xc9, 0x75, 0xfc, 0xe6, 0x10, 0xeb, 0xf3};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void on_alarm(int sig)
{
	(void)sig; /* only there to end an entry */
}

static struct kvm_segment flat(uint16_t selector, uint8_t type, bool code)
{
	return (struct kvm_segment){.limit = 0xffffffff,
		.selector = selector,
		.type = type,
		.present = 1,
		.s = 1,
		.l = code,
		.db = !code,
		.g = 1};
}

/* 64-bit mode over one 2 MiB page at 0. */
static int set_state(struct kvm *kvm, struct kvm_vcpu *vcpu, uint8_t *memory, struct error *err)
{
	static struct kvm_cpuid_table cpuid;
	const struct kvm_regs regs = {.rip = CODE, .rflags = 2, .rsp = MEMORY};
	struct kvm_sregs s;
	int rc = kvm_supported_cpuid(kvm, &cpuid, err);

	put_le64(memory + PML4, PDPT | 3);
	put_le64(memory + PDPT, PAGES | 3);
	put_le64(memory + PAGES, 0x83);
	memcpy(memory + CODE, loop, sizeof(loop));
	if (!rc)
		rc = kvm_set_cpuid(kvm, vcpu, &cpuid, err);
	if (!rc)
		rc = kvm_get_sregs(kvm, vcpu, &s, err);
	if (rc)
		return rc;
	s.cr3 = PML4;
	s.cr4 = 0x20;
	s.cr0 = 0x80000031;
	s.efer = 0x500;
	s.cs = flat(8, 11, true);
	s.ds = s.es = s.ss = s.fs = s.gs = flat(16, 3, false);
	rc = kvm_set_sregs(kvm, vcpu, &s, err);
	return rc ? rc : kvm_set_regs(kvm, vcpu, &regs, err);
}

/* One CHUNK: 0, or -errno. */
static int one_round(struct kvm *kvm, struct kvm_vcpu *vcpu)
{
	int rc = kvm_run_vcpu(kvm, vcpu);

	return rc < 0 ? rc : vcpu->run->exit_reason == KVM_EXIT_IO ? 0 : -EIO;
}

static int measure(struct kvm *kvm, struct kvm_vcpu *vcpu, uint64_t *loops_per_s)
{
	int64_t start, done = 0, took = 0;
	int rc = one_round(kvm, vcpu); /* the first takes all page faults, and is not counted */

	start = now_ns();
	while (!rc && took < MEASURE_NS) {
		rc = one_round(kvm, vcpu);
		if (!rc)
			done += CHUNK;
		took = now_ns() - start;
	}
	/* The timer went off: before anything was done, or after. */
	if (rc == -EINTR)
		rc = done ? 0 : -ETIMEDOUT;
	if (!rc)
		*loops_per_s = (uint64_t)(done * 1000000000 / (took ? took : 1));
	return rc;
}

static int in_vm(struct kvm *kvm, uint8_t *memory, uint64_t *loops_per_s, struct error *err)
{
	struct kvm_vcpu vcpu = {.fd = -1};
	int rc = kvm_create_vm(kvm, 0, err);

	if (!rc)
		rc = kvm_set_memory(kvm, 0, 0, MEMORY, memory, 0, err);
	if (!rc)
		rc = kvm_create_vcpu(kvm, 0, &vcpu, err);
	if (!rc)
		rc = set_state(kvm, &vcpu, memory, err);
	rc = rc ? -EIO : measure(kvm, &vcpu, loops_per_s);
	kvm_close_vcpu(kvm, &vcpu);
	return rc;
}

int speed_measure(const struct kvm_sys *sys, void *ctx, uint64_t *loops_per_s)
{
	/* Again and again: one signal could fall between two entries. */
	const struct itimerval off = {0}, limit = {.it_value.tv_sec = LIMIT_US / 1000000,
						  .it_interval.tv_usec = 50000};
	const struct sigaction action = {.sa_handler = on_alarm};
	struct error err = {0};
	struct sigaction before;
	uint8_t *memory;
	struct kvm kvm;
	int rc;

	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &limit, NULL);
	rc = kvm_open(&kvm, sys, ctx, &err) ? -EIO : in_vm(&kvm, memory, loops_per_s, &err);
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &before, NULL);
	kvm_close(&kvm);
	munmap(memory, MEMORY);
	return rc;
}
