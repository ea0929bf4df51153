/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells whether /dev/kvm runs guest kernel code at the speed of the CPU under it: a short loop in
 * 64-bit ring 0, timed, and one cmpxchg16b, which guest kernels need. There are /dev/kvm that
 * emulate ring 0 instruction by instruction, about a thousand times slower, and answer every
 * question about themselves like the others. Must never take more than a second.
 * Exit status: 0 fast, 1 slow or incomplete, 2 no usable /dev/kvm. One line on stdout says which.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

enum {
	MEM_BYTES = 0x10000,
	PML4 = 0x1000,
	PDPT = 0x2000,
	PD = 0x3000,
	CODE = 0x4000,
	CHUNK = 100000,        /* loop iterations between two exits */
	FAST_PER_S = 30000000, /* emulated ring 0 reaches 1 M/s, software CPUs over 100 M/s */
	MEASURE_NS = 50000000,
	LIMIT_MS = 500,
	PORT_CHUNK = 0x10,
	PORT_DONE = 0x11,
};

/* The loop, an exit to port 0x10 after each round, and the way out by port 0x11. */
static const uint8_t guest_code[] = {
	0xb9, 0xa0, 0x86, 0x01, 0x00,       /* 0x00 mov $100000,%ecx */
	0xff, 0xc9,                         /* 0x05 dec %ecx */
	0x75, 0xfc,                         /* 0x07 jne 0x05 */
	0xe6, PORT_CHUNK,                   /* 0x09 out %al,$0x10 */
	0x80, 0x3c, 0x25, 0, 0x50, 0, 0, 0, /* 0x0b cmpb $0,0x5000 (the host sets it to end) */
	0x74, 0xeb,                         /* 0x13 je 0x00 */
	0x48, 0x0f, 0xc7, 0x0c, 0x25, 0, 0x60, 0, 0, /* 0x15 cmpxchg16b 0x6000 */
	0xe6, PORT_DONE,                             /* 0x1e out %al,$0x11 */
	0xf4,                                        /* 0x20 hlt */
};
enum { STOP_FLAG = 0x5000 };

static void on_alarm(int sig)
{
	(void)sig; /* only there to end KVM_RUN with EINTR */
}

static _Noreturn void fail(int status, const char *what)
{
	printf("%s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
	exit(status);
}

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int open_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		fail(2, "cannot open /dev/kvm");
	if (ioctl(kvm, KVM_GET_API_VERSION, 0) != 12)
		fail(2, "/dev/kvm has another API version than 12");
	return kvm;
}

static uint8_t *make_memory(int vm)
{
	uint8_t *mem =
		mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t entry;

	if (mem == MAP_FAILED)
		fail(2, "no memory");
	struct kvm_userspace_memory_region region = {
		.memory_size = MEM_BYTES,
		.userspace_addr = (uint64_t)(uintptr_t)mem,
	};
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		fail(2, "KVM_SET_USER_MEMORY_REGION");
	entry = PDPT | 3; /* present, writable */
	memcpy(mem + PML4, &entry, sizeof(entry));
	entry = PD | 3;
	memcpy(mem + PDPT, &entry, sizeof(entry));
	entry = 0x83; /* 2 MiB page at 0, present, writable */
	memcpy(mem + PD, &entry, sizeof(entry));
	memcpy(mem + CODE, guest_code, sizeof(guest_code));
	return mem;
}

static void copy_cpuid(int kvm, int vcpu)
{
	enum { MAX = 256 };
	struct kvm_cpuid2 *cpuid = calloc(1, sizeof(*cpuid) + MAX * sizeof(cpuid->entries[0]));

	if (!cpuid)
		fail(2, "no memory");
	cpuid->nent = MAX;
	if (ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid) || ioctl(vcpu, KVM_SET_CPUID2, cpuid))
		fail(2, "CPUID cannot be set");
	free(cpuid);
}

static void enter_long_mode(int vcpu)
{
	struct kvm_regs regs = {.rip = CODE, .rflags = 2, .rsp = MEM_BYTES};
	struct kvm_sregs sregs;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		fail(2, "KVM_GET_SREGS");
	sregs.cr3 = PML4;
	sregs.cr4 = 0x20;       /* PAE */
	sregs.cr0 = 0x80000031; /* PG, NE, ET, PE */
	sregs.efer = 0x500;     /* LME, LMA */
	sregs.cs = (struct kvm_segment){.limit = 0xffffffff,
		.selector = 8,
		.type = 11,
		.present = 1,
		.s = 1,
		.l = 1,
		.g = 1};
	sregs.ds = sregs.es = sregs.ss = sregs.fs = sregs.gs =
		(struct kvm_segment){.limit = 0xffffffff,
			.selector = 16,
			.type = 3,
			.present = 1,
			.s = 1,
			.db = 1,
			.g = 1};
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, &regs))
		fail(2, "registers cannot be set");
}

/* One entry until the guest writes a port, which is the answer; -1 when it came to no port. */
static int run_to_port(int vcpu, const struct kvm_run *run)
{
	if (ioctl(vcpu, KVM_RUN, 0) || run->exit_reason != KVM_EXIT_IO)
		return -1;
	return run->io.port;
}

static double loops_per_s(int vcpu, const struct kvm_run *run)
{
	int64_t start = now_ns();
	int64_t done = 0;

	do {
		if (run_to_port(vcpu, run) != PORT_CHUNK)
			break;
		done += CHUNK;
	} while (now_ns() - start < MEASURE_NS);
	return (double)done * 1e9 / (double)(now_ns() - start);
}

static int passes_cmpxchg16b(int vcpu, uint8_t *mem, const struct kvm_run *run)
{
	int port;

	mem[STOP_FLAG] = 1;
	do
		port = run_to_port(vcpu, run);
	while (port == PORT_CHUNK);
	return port == PORT_DONE;
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	/* Again and again: one signal could fall between two runs. */
	struct itimerval timer = {
		.it_value.tv_usec = LIMIT_MS * 1000, .it_interval.tv_usec = 50000};
	int kvm = open_kvm();
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	int vcpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	int run_bytes = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	struct kvm_run *run;
	uint8_t *mem;
	double per_s;
	int whole;

	if (vcpu < 0 || run_bytes <= 0)
		fail(2, "no virtual machine can be made");
	run = mmap(NULL, (size_t)run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		fail(2, "no virtual machine can be made");
	mem = make_memory(vm);
	copy_cpuid(kvm, vcpu);
	enter_long_mode(vcpu);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	per_s = loops_per_s(vcpu, run);
	whole = passes_cmpxchg16b(vcpu, mem, run);
	printf("%.1f M loops/s in a guest's ring 0, %s cmpxchg16b\n", per_s / 1e6,
		whole ? "with" : "without");
	return whole && per_s >= FAST_PER_S ? 0 : 1;
}
