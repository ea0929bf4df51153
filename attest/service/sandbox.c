/* SPDX-License-Identifier: Apache-2.0 */
/* Privileges given up by the service's processes. */
#include "attest/service/sandbox.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int limit(int which, rlim_t value, const char *name, struct error *err)
{
	const struct rlimit r = {value, value};

	return setrlimit((__rlimit_resource_t)which, &r) < 0 ? error_errno(err, name, errno) : 0;
}

static int drop_capabilities(struct error *err)
{
	capng_clear(CAPNG_SELECT_BOTH);
	/* The bounding set can only be changed with CAP_SETPCAP; without it there is nothing to
	 * lose. */
	if (capng_apply(CAPNG_SELECT_CAPS))
		return error_fail(err, HC_EDENIED, "capabilities", "cannot be dropped");
	return 0;
}

int sandbox_daemon(struct error *err)
{
	int rc = limit(RLIMIT_CORE, 0, "RLIMIT_CORE", err);

	if (!rc && prctl(PR_SET_DUMPABLE, 0) < 0)
		rc = error_errno(err, "PR_SET_DUMPABLE", errno);
	if (!rc && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		rc = error_errno(err, "PR_SET_NO_NEW_PRIVS", errno);
	return rc ? rc : drop_capabilities(err);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERED 0 /* the sanitizers' own system calls are not ours to list */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define FILTERED 0
#endif
#endif
#ifndef FILTERED
#define FILTERED 1
#endif

#if FILTERED
#define ALLOW(nr)                                                                                  \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1),                                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int install_filter(struct error *err)
{
	static const struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(__NR_recvfrom),  /* requests */
		ALLOW(__NR_sendto),    /* answers */
		ALLOW(__NR_getrandom), /* ECDSA blinding and nonces */
		ALLOW(__NR_brk),       /* heap of mbedTLS and libc */
		ALLOW(__NR_mmap),
		ALLOW(__NR_munmap),
		ALLOW(__NR_mremap),
		ALLOW(__NR_madvise),
		ALLOW(__NR_futex), /* libc's locks */
		ALLOW(__NR_exit_group),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = {
		sizeof(filter) / sizeof(filter[0]), (struct sock_filter *)(uintptr_t)filter};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return error_errno(err, "seccomp", errno);
	return 0;
}
#else
static int install_filter(struct error *err)
{
	(void)err;
	return 0;
}
#endif

static int close_others(int keep, struct error *err)
{
	if (keep > 3 && syscall(SYS_close_range, 3U, (unsigned int)keep - 1, 0U) < 0)
		return error_errno(err, "close_range", errno);
	if (syscall(SYS_close_range, (unsigned int)keep + 1, ~0U, 0U) < 0)
		return error_errno(err, "close_range", errno);
	return 0;
}

int sandbox_signer(int keep, struct error *err)
{
	int rc = close_others(keep, err);

	if (!rc)
		rc = sandbox_daemon(err);
	if (!rc)
		rc = limit(RLIMIT_NOFILE, 0, "RLIMIT_NOFILE", err);
	if (!rc)
		rc = limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE", err);
	return rc ? rc : install_filter(err);
}
