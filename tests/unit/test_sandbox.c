/* SPDX-License-Identifier: Apache-2.0 */
/* What the sandbox leaves, and what it kills. Every case is a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vmm/kvm_uapi.h"
#include "vmm/sandbox.h"

#define ALIVE  7
#define KILLED (1000 + SIGSYS)

/* Raw system calls: what the C library makes of a call is not the matter here. */
static long call(long nr, long a, long b, long c)
{
	return syscall(nr, a, b, c, 0, 0, 0);
}

static int under_filter(uint32_t features, long nr, long a, long b, long c)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || sandbox_filter(features, NULL))
			_exit(1);
		call(nr, a, b, c);
		/* Not _exit(): a sanitizer makes that a search for leaks. */
		call(SYS_exit_group, ALIVE, 0, 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void what_opens_starts_makes_or_traces_is_killed(void **state)
{
	static const long forbidden[] = {SYS_open, SYS_openat, SYS_openat2, SYS_creat, SYS_execve,
		SYS_execveat, SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, SYS_ptrace,
		SYS_process_vm_readv, SYS_process_vm_writev, SYS_socket, SYS_socketpair, SYS_bind,
		SYS_listen, SYS_connect, SYS_mount, SYS_setuid, SYS_capset, SYS_prctl, SYS_bpf,
		SYS_io_uring_setup, SYS_memfd_create, SYS_mremap, SYS_kill, SYS_unlink, SYS_rename,
		SYS_chmod, SYS_preadv, SYS_dup2, SYS_pidfd_getfd, SYS_keyctl, SYS_perf_event_open,
		SYS_userfaultfd, SYS_seccomp, SYS_reboot, SYS_init_module};

	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (under_filter(0, forbidden[i], -1, 0, 0) != KILLED)
			fail_msg("system call %ld lives", forbidden[i]);
}

static void only_the_ioctls_of_a_running_guest_are_left(void **state)
{
	(void)state;
	assert_int_equal(under_filter(0, SYS_ioctl, -1, KVM_RUN, 0), ALIVE);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, KVM_SIGNAL_MSI, 0), ALIVE);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, (long)KVM_IOEVENTFD, 0), ALIVE);
	assert_int_equal(
		under_filter(0, SYS_ioctl, -1, (long)KVM_SET_USER_MEMORY_REGION, 0), ALIVE);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, KVM_CREATE_VM, 0), KILLED);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, (long)KVM_GET_REGS, 0), ALIVE);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, (long)KVM_GET_SREGS, 0), ALIVE);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, (long)KVM_SET_REGS, 0), KILLED);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, (long)KVM_SET_SREGS, 0), KILLED);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, 0x5412 /* TIOCSTI */, 0), KILLED);
	assert_int_equal(under_filter(0, SYS_ioctl, -1, 0, 0), KILLED);
	assert_int_equal(
		under_filter(0, SYS_ioctl, -1, (long)KVM_SET_MEMORY_ATTRIBUTES, 0), KILLED);
	assert_int_equal(under_filter(0, SYS_fallocate, -1, 3, 0), KILLED);
}

static void private_memory_adds_conversions_and_nothing_else(void **state)
{
	const uint32_t on = SANDBOX_PRIVATE;

	(void)state;
	assert_int_equal(under_filter(on, SYS_ioctl, -1, KVM_RUN, 0), ALIVE);
	assert_int_equal(
		under_filter(on, SYS_ioctl, -1, (long)KVM_SET_USER_MEMORY_REGION, 0), ALIVE);
	assert_int_equal(
		under_filter(on, SYS_ioctl, -1, (long)KVM_SET_MEMORY_ATTRIBUTES, 0), ALIVE);
	assert_int_equal(under_filter(on, SYS_ioctl, -1, (long)KVM_CREATE_GUEST_MEMFD, 0), KILLED);
	assert_int_equal(under_filter(on, SYS_ioctl, -1, (long)KVM_MEMORY_ENCRYPT_OP, 0), KILLED);
	assert_int_equal(
		under_filter(on, SYS_fallocate, -1, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0),
		ALIVE);
	assert_int_equal(under_filter(on, SYS_fallocate, -1, 0, 0), KILLED);
	assert_int_equal(under_filter(on, SYS_pread64, -1, 0, 0), KILLED);
}

static void certificates_are_read_and_locked_and_never_opened(void **state)
{
	const uint32_t on = SANDBOX_CERTS;

	(void)state;
	assert_int_equal(under_filter(on, SYS_pread64, -1, 0, 0), ALIVE);
	assert_int_equal(under_filter(on, SYS_fcntl, -1, F_OFD_SETLK, 0), ALIVE);
	assert_int_equal(under_filter(on, SYS_fcntl, -1, F_SETFL, 0), KILLED);
	assert_int_equal(under_filter(on, SYS_fcntl, -1, F_OFD_SETLKW, 0), KILLED);
	assert_int_equal(under_filter(on, SYS_openat, -1, 0, 0), KILLED);
}

static void features_open_their_own_calls_only(void **state)
{
	(void)state;
	assert_int_equal(under_filter(SANDBOX_BLOCK, SYS_preadv, -1, 0, 0), ALIVE);
	assert_int_equal(under_filter(SANDBOX_BLOCK, SYS_connect, -1, 0, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_VSOCK, SYS_socket, AF_UNIX, SOCK_STREAM, 0), ALIVE);
	assert_int_equal(under_filter(SANDBOX_VSOCK, SYS_socket, AF_INET, SOCK_STREAM, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_VSOCK, SYS_socket, AF_NETLINK, SOCK_RAW, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_VSOCK, SYS_preadv, -1, 0, 0), KILLED);
}

static int signal_under_filter(bool own)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || sandbox_filter(0, NULL))
			_exit(1);
		call(SYS_tgkill, own ? call(SYS_getpid, 0, 0, 0) : parent, parent, 0);
		call(SYS_exit_group, ALIVE, 0, 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* A guest with a quote service talks to it, and cannot name another. */
static void a_quote_service_opens_no_socket(void **state)
{
	static const long opened[] = {
		SYS_recvmsg, SYS_recvfrom, SYS_sendto, SYS_timerfd_settime, SYS_wait4};

	(void)state;
	for (size_t i = 0; i < sizeof(opened) / sizeof(opened[0]); i++) {
		assert_int_equal(under_filter(SANDBOX_QUOTE, opened[i], -1, 0, 0), ALIVE);
		assert_int_equal(under_filter(0, opened[i], -1, 0, 0), KILLED);
	}
	assert_int_equal(under_filter(SANDBOX_QUOTE, SYS_socket, AF_UNIX, 1, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_QUOTE, SYS_connect, -1, 0, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_QUOTE, SYS_sendmsg, -1, 0, 0), KILLED);
}

static void the_dialler_can_dial_and_nothing_else(void **state)
{
	static const long forbidden[] = {SYS_read, SYS_write, SYS_open, SYS_openat, SYS_execve,
		SYS_clone, SYS_ioctl, SYS_mmap, SYS_mprotect, SYS_sendto, SYS_recvmsg, SYS_bind,
		SYS_accept4, SYS_futex, SYS_kill, SYS_tgkill, SYS_dup2, SYS_prctl};

	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++) {
		assert_int_equal(under_filter(SANDBOX_DIAL_UNIX, forbidden[i], -1, 0, 0), KILLED);
		assert_int_equal(under_filter(SANDBOX_DIAL_VSOCK, forbidden[i], -1, 0, 0), KILLED);
	}
	assert_int_equal(under_filter(SANDBOX_DIAL_UNIX, SYS_socket, AF_UNIX, 1, 0), ALIVE);
	assert_int_equal(under_filter(SANDBOX_DIAL_UNIX, SYS_socket, AF_VSOCK, 1, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_DIAL_UNIX, SYS_socket, AF_INET, 1, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_DIAL_VSOCK, SYS_socket, AF_VSOCK, 1, 0), ALIVE);
	assert_int_equal(under_filter(SANDBOX_DIAL_VSOCK, SYS_socket, AF_UNIX, 1, 0), KILLED);
	assert_int_equal(under_filter(SANDBOX_DIAL_UNIX, SYS_connect, -1, 0, 0), ALIVE);
	assert_int_equal(
		under_filter(SANDBOX_DIAL_UNIX, SYS_setsockopt, -1, SOL_SOCKET, SO_SNDTIMEO),
		ALIVE);
	assert_int_equal(
		under_filter(SANDBOX_DIAL_UNIX, SYS_setsockopt, -1, SOL_SOCKET, SO_ATTACH_FILTER),
		KILLED);
}

static void no_other_process_gets_a_signal(void **state)
{
	(void)state;
	assert_int_equal(signal_under_filter(true), ALIVE);
	assert_int_equal(signal_under_filter(false), KILLED);
}

static void memory_never_becomes_code(void **state)
{
	(void)state;
	assert_int_equal(under_filter(SANDBOX_SIM, SYS_mmap, 0, 4096, PROT_READ), ALIVE);
	assert_int_equal(
		under_filter(SANDBOX_SIM, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC), KILLED);
	assert_int_equal(under_filter(SANDBOX_SIM, SYS_mprotect, 0, 0, PROT_EXEC), KILLED);
}

static void calls_by_another_abi_are_killed(void **state)
{
	(void)state;
	/* x32's read, and a 32-bit getpid. */
	assert_int_equal(under_filter(0, 0x40000000 | SYS_read, -1, 0, 0), KILLED);
	assert_int_equal(under_filter(0, 0x7fffffff, -1, 0, 0), KILLED);
}

static void *other_thread(void *arg)
{
	int *go = arg;
	char c;

	(void)!read(go[0], &c, 1);
	call(SYS_openat, -1, 0, 0);
	call(SYS_exit_group, ALIVE, 0, 0);
	return NULL;
}

static void the_filter_holds_for_threads_made_before(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		pthread_t thread;
		int go[2];

		if (pipe(go) || pthread_create(&thread, NULL, other_thread, go))
			_exit(1);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || sandbox_filter(0, NULL))
			_exit(1);
		(void)!write(go[1], "x", 1);
		pthread_join(thread, NULL);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

/* In the child: 0 if all is as it should be, else which step is not. */
static int dropped(void)
{
	unsigned long eff = 1, prm = 1, bnd = 1;
	char line[256];
	FILE *f;

	if (sandbox_drop(NULL))
		return 1;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) || !prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		return 2;
	f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "CapEff: %lx", &eff);
		sscanf(line, "CapPrm: %lx", &prm);
		sscanf(line, "CapBnd: %lx", &bnd);
	}
	if (eff || prm)
		return 3;
	/* Only who had CAP_SETPCAP can empty the bounding set; root has. */
	return bnd && !getuid() ? 4 : ALIVE;
}

static void all_capabilities_are_gone(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		_exit(dropped());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), ALIVE);
}

static void a_filter_without_no_new_privs_is_an_error(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		struct error err = {0};

		/* As an ordinary user; root may set filters anyway. */
		if (!getuid() && (syscall(SYS_setresgid, 65534, 65534, 65534) ||
					 syscall(SYS_setresuid, 65534, 65534, 65534)))
			_exit(1);
		_exit(sandbox_filter(0, &err) == HC_EIO && err.remedy[0] ? ALIVE : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), ALIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_opens_starts_makes_or_traces_is_killed),
		cmocka_unit_test(only_the_ioctls_of_a_running_guest_are_left),
		cmocka_unit_test(private_memory_adds_conversions_and_nothing_else),
		cmocka_unit_test(certificates_are_read_and_locked_and_never_opened),
		cmocka_unit_test(features_open_their_own_calls_only),
		cmocka_unit_test(a_quote_service_opens_no_socket),
		cmocka_unit_test(the_dialler_can_dial_and_nothing_else),
		cmocka_unit_test(no_other_process_gets_a_signal),
		cmocka_unit_test(memory_never_becomes_code),
		cmocka_unit_test(calls_by_another_abi_are_killed),
		cmocka_unit_test(the_filter_holds_for_threads_made_before),
		cmocka_unit_test(all_capabilities_are_gone),
		cmocka_unit_test(a_filter_without_no_new_privs_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
