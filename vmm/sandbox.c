/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox. The first table below is the whole list of what hc-vmm may ask of the kernel while a
 * guest runs; nothing that opens a file, starts a program, makes a thread or maps code is in it.
 */
#include "vmm/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "vmm/kvm_uapi.h"
#include "vmm/loop.h"

#define VALUES_MAX 10
#define ALWAYS     0u
#define X32_BIT    0x40000000u

/* A build for tests, whose run-time library has needs of its own; never installed. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum check { NO_CHECK, ONE_OF, NO_BITS, OWN_PID };

struct rule {
	long nr;
	uint32_t needs; /* any of these features, or ALWAYS */
	const char *why;
	enum check check; /* of the low 32 bits of argument `arg`: all that the kernel looks at */
	unsigned int arg;
	unsigned int values[VALUES_MAX]; /* up to the first 0; NO_BITS: the first is the mask */
};

/* Most frequent first: the filter goes through them in order. */
static const struct rule rules[] = {
	/* The first rule of a number decides: this one has all of the next in it. */
	{SYS_ioctl, SANDBOX_PRIVATE, "as below, and conversions of memory", ONE_OF, 1,
		{KVM_RUN, KVM_SIGNAL_MSI, (unsigned int)KVM_IOEVENTFD,
			(unsigned int)KVM_SET_USER_MEMORY_REGION, TCGETS, TCSETS,
			(unsigned int)KVM_GET_REGS, (unsigned int)KVM_GET_SREGS,
			(unsigned int)KVM_SET_MEMORY_ATTRIBUTES}},
	{SYS_ioctl, ALWAYS,
		"run vCPUs, interrupts, doorbells, drop the staging window, terminal, state at a "
		"crash",
		ONE_OF, 1,
		{KVM_RUN, KVM_SIGNAL_MSI, (unsigned int)KVM_IOEVENTFD,
			(unsigned int)KVM_SET_USER_MEMORY_REGION, TCGETS, TCSETS,
			(unsigned int)KVM_GET_REGS, (unsigned int)KVM_GET_SREGS}},
	{.nr = SYS_futex, .why = "locks and joining threads"},
	{.nr = SYS_epoll_wait, .why = "event loop"},
	{.nr = SYS_epoll_pwait, .why = "event loop, in newer C libraries"},
	{.nr = SYS_read, .why = "eventfds, signalfd, serial input"},
	{.nr = SYS_write, .why = "serial output, log, eventfds"},
	{.nr = SYS_preadv, .needs = SANDBOX_BLOCK, .why = "virtio-blk reads"},
	{.nr = SYS_pwritev, .needs = SANDBOX_BLOCK, .why = "virtio-blk writes"},
	{.nr = SYS_fdatasync, .needs = SANDBOX_BLOCK, .why = "virtio-blk flush"},
	{SYS_fallocate, SANDBOX_PRIVATE, "conversions: give a private page back", ONE_OF, 1,
		{FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE}},
	{SYS_fcntl, SANDBOX_CERTS, "certificates: the lock of their file", ONE_OF, 1,
		{F_OFD_SETLK}},
	{.nr = SYS_fstat, .needs = SANDBOX_CERTS, .why = "certificates: is the file still there"},
	{.nr = SYS_pread64, .needs = SANDBOX_CERTS, .why = "certificates, as they are now"},
	{.nr = SYS_recvmsg,
		.needs = SANDBOX_VSOCK | SANDBOX_QUOTE,
		.why = "virtio-vsock, host to guest; connections to the quote service"},
	{.nr = SYS_sendmsg, .needs = SANDBOX_VSOCK, .why = "virtio-vsock, guest to host"},
	{.nr = SYS_recvfrom,
		.needs = SANDBOX_VSOCK | SANDBOX_QUOTE,
		.why = "virtio-vsock, the line with CONNECT; quotes"},
	{.nr = SYS_sendto,
		.needs = SANDBOX_VSOCK | SANDBOX_QUOTE,
		.why = "virtio-vsock, the line with OK; requests for quotes"},
	{.nr = SYS_timerfd_settime, .needs = SANDBOX_QUOTE, .why = "deadlines of quotes"},
	{.nr = SYS_wait4, .needs = SANDBOX_QUOTE, .why = "the dialler's end (quote_dialler.c)"},
	{.nr = SYS_accept4, .needs = SANDBOX_VSOCK, .why = "virtio-vsock, a host program connects"},
	{SYS_socket, SANDBOX_VSOCK, "virtio-vsock, the guest connects: Unix sockets only", ONE_OF,
		0, {AF_UNIX}},
	{.nr = SYS_connect, .needs = SANDBOX_VSOCK, .why = "virtio-vsock, the guest connects"},
	{.nr = SYS_shutdown, .needs = SANDBOX_VSOCK, .why = "virtio-vsock, half-closed streams"},
	{.nr = SYS_unlink, .needs = SANDBOX_VSOCK, .why = "remove the vsock's socket at the end"},
	{.nr = SYS_epoll_ctl, .why = "event loop: what to wait for"},
	{.nr = SYS_poll, .why = "is a descriptor ready"},
	{.nr = SYS_clock_gettime, .why = "log lines, where there is no vDSO clock"},
	{.nr = SYS_gettimeofday, .why = "CMOS clock, where there is no vDSO clock"},
	{.nr = SYS_time, .why = "CMOS clock, where there is no vDSO clock"},
	{.nr = SYS_close, .why = "connections, and everything at the end"},
	{.nr = SYS_munmap, .why = "the staging window, memory at the end"},
	{.nr = SYS_madvise, .why = "the C library, when a thread ends"},
	{.nr = SYS_brk, .why = "the C library, freeing at the end; simulated processor's heap"},
	{.nr = SYS_rt_sigprocmask, .why = "the C library, when a thread ends"},
	{.nr = SYS_rt_sigreturn, .why = "the handler of a kick"},
	{.nr = SYS_tgkill, .why = "kick vCPUs out of the guest", .check = OWN_PID},
	{.nr = SYS_getpid, .why = "kick vCPUs out of the guest"},
	{.nr = SYS_gettid, .why = "kick vCPUs out of the guest"},
	{.nr = SYS_restart_syscall, .why = "after the process was stopped and continued"},
	{.nr = SYS_exit, .why = "a thread ends"},
	{.nr = SYS_exit_group, .why = "the end"},
	{.nr = SYS_getrandom, .needs = SANDBOX_SIM, .why = "simulated processor: signatures"},
	{SYS_mmap, SANDBOX_SIM, "simulated processor: mbedTLS's heap, never code", NO_BITS, 2,
		{PROT_EXEC}},
	{SYS_mprotect, SANDBOX_SIM, "simulated processor: heap of a thread, never code", NO_BITS, 2,
		{PROT_EXEC}},
#ifdef SANITIZED
	{.nr = SYS_sigaltstack, .why = "sanitizer: a thread ends"},
	{SYS_mmap, ALWAYS, "sanitizer: its heap", NO_BITS, 2, {PROT_EXEC}},
	{SYS_mprotect, ALWAYS, "sanitizer: its heap", NO_BITS, 2, {PROT_EXEC}},
	{.nr = SYS_sched_yield, .why = "sanitizer: its locks"},
#endif
};

/* The whole list for the process that connects to the quote service, quote_dialler.c. */
static const struct rule dialler_rules[] = {
	{.nr = SYS_recvfrom, .why = "what hc-vmm asks"},
	{SYS_socket, SANDBOX_DIAL_UNIX, "to the service", ONE_OF, 0, {AF_UNIX}},
	{SYS_socket, SANDBOX_DIAL_VSOCK, "to the service", ONE_OF, 0, {AF_VSOCK}},
	{SYS_setsockopt, ALWAYS, "how long to try", ONE_OF, 2, {SO_SNDTIMEO}},
	{.nr = SYS_connect, .why = "to the service"},
	{.nr = SYS_sendmsg, .why = "the connection, to hc-vmm"},
	{.nr = SYS_close, .why = "its own copy of the connection"},
	{.nr = SYS_restart_syscall, .why = "after the process was stopped and continued"},
	{.nr = SYS_exit_group, .why = "hc-vmm is gone"},
};

struct program {
	struct sock_filter *out;
	size_t len;
	bool full;
};

static void emit(struct program *p, struct sock_filter insn)
{
	if (p->len == SANDBOX_PROGRAM_MAX)
		p->full = true;
	else
		p->out[p->len++] = insn;
}

static void emit_return(struct program *p, uint32_t action)
{
	emit(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void emit_load(struct program *p, size_t offset)
{
	emit(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

/* Skip `yes` or `no` instructions by comparing the accumulator with `value`. */
static void emit_jump(struct program *p, uint16_t op, uint32_t value, size_t yes, size_t no)
{
	emit(p, (struct sock_filter)BPF_JUMP(
			BPF_JMP | op | BPF_K, value, (uint8_t)yes, (uint8_t)no));
}

static void emit_rule(struct program *p, const struct rule *rule)
{
	size_t values = 0;

	while (values < VALUES_MAX && rule->values[values])
		values++;
	switch (rule->check) {
	case NO_CHECK:
		emit_jump(p, BPF_JEQ, (uint32_t)rule->nr, 0, 1);
		emit_return(p, SECCOMP_RET_ALLOW);
		return;
	case ONE_OF:
		emit_jump(p, BPF_JEQ, (uint32_t)rule->nr, 0, values + 3);
		emit_load(p, offsetof(struct seccomp_data, args) + 8 * rule->arg);
		for (size_t i = 0; i < values; i++)
			emit_jump(p, BPF_JEQ, rule->values[i], values - i, 0);
		emit_return(p, SECCOMP_RET_KILL_PROCESS);
		emit_return(p, SECCOMP_RET_ALLOW);
		return;
	case OWN_PID: /* no other process of this user's may get a signal */
		emit_jump(p, BPF_JEQ, (uint32_t)rule->nr, 0, 4);
		emit_load(p, offsetof(struct seccomp_data, args) + 8 * rule->arg);
		emit_jump(p, BPF_JEQ, (uint32_t)getpid(), 1, 0);
		emit_return(p, SECCOMP_RET_KILL_PROCESS);
		emit_return(p, SECCOMP_RET_ALLOW);
		return;
	case NO_BITS:
		emit_jump(p, BPF_JEQ, (uint32_t)rule->nr, 0, 4);
		emit_load(p, offsetof(struct seccomp_data, args) + 8 * rule->arg);
		emit_jump(p, BPF_JSET, rule->values[0], 0, 1);
		emit_return(p, SECCOMP_RET_KILL_PROCESS);
		emit_return(p, SECCOMP_RET_ALLOW);
		return;
	}
}

size_t sandbox_program(uint32_t features, struct sock_filter out[SANDBOX_PROGRAM_MAX])
{
	const bool dialler = features & (SANDBOX_DIAL_UNIX | SANDBOX_DIAL_VSOCK);
	const struct rule *list = dialler ? dialler_rules : rules;
	const size_t count = dialler ? sizeof(dialler_rules) / sizeof(dialler_rules[0])
				     : sizeof(rules) / sizeof(rules[0]);
	struct program p = {.out = out};

	emit_load(&p, offsetof(struct seccomp_data, arch));
	emit_jump(&p, BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0);
	emit_return(&p, SECCOMP_RET_KILL_PROCESS);
	emit_load(&p, offsetof(struct seccomp_data, nr));
	/* x32's numbers are x86-64's with a bit: other calls than the table means. */
	emit_jump(&p, BPF_JSET, X32_BIT, 0, 1);
	emit_return(&p, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < count; i++)
		if (list[i].needs == ALWAYS || (list[i].needs & features))
			emit_rule(&p, &list[i]);
	emit_return(&p, SECCOMP_RET_KILL_PROCESS);
	return p.full ? 0 : p.len;
}

static int failed(struct error *err, const char *step, const char *remedy)
{
	error_errno(err, step, errno);
	error_remedy(err, "%s", remedy);
	return HC_EIO;
}

static int drop_capabilities(struct error *err)
{
	capng_select_t what = CAPNG_SELECT_CAPS;
	int rc;

	if (capng_get_caps_process())
		return error_fail(err, HC_EIO, "capabilities", "cannot be read");
	/* Only CAP_SETPCAP may drop the bounding set; without it, no_new_privs does as well. */
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		what = CAPNG_SELECT_ALL;
	capng_clear(what);
	rc = capng_apply(what);
	if (!rc && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return failed(err, "PR_CAP_AMBIENT_CLEAR_ALL", "run on Linux 4.3 or newer");
	if (rc)
		return error_fail(err, HC_EIO, "dropping capabilities", "step %d failed", rc);
	/* Believe the kernel, not the return value. */
	if (capng_get_caps_process() || capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE)
		return error_fail(err, HC_EIO, "dropping capabilities", "some are left");
	return 0;
}

int sandbox_drop(struct error *err)
{
	const struct rlimit no_core = {0, 0}, files = {LOOP_FD_MAX, LOOP_FD_MAX};
	struct rlimit now;
	int rc = drop_capabilities(err);

	if (rc)
		return rc;
	if (setrlimit(RLIMIT_CORE, &no_core))
		return failed(err, "RLIMIT_CORE", "see the limits of this process");
	if (getrlimit(RLIMIT_NOFILE, &now) ||
		(now.rlim_max > LOOP_FD_MAX && setrlimit(RLIMIT_NOFILE, &files)))
		return failed(err, "RLIMIT_NOFILE", "see the limits of this process");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return failed(err, "PR_SET_DUMPABLE", "report this");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return failed(err, "PR_SET_NO_NEW_PRIVS", "report this");
	return 0;
}

int sandbox_filter(uint32_t features, struct error *err)
{
	struct sock_filter insns[SANDBOX_PROGRAM_MAX];
	struct sock_fprog program = {.filter = insns};
	size_t len = sandbox_program(features, insns);
	long rc;

	if (!len)
		return error_fail(err, HC_EINTERNAL, "seccomp", "the program does not fit");
	program.len = (unsigned short)len;
	rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
	if (rc < 0)
		return failed(err, "seccomp", "run a kernel with CONFIG_SECCOMP_FILTER");
	if (rc > 0)
		return error_fail(err, HC_EIO, "seccomp", "thread %ld has a filter of its own", rc);
	return 0;
}
