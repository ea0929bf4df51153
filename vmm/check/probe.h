/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How `hc-vmm check` looks at a machine: an ops table, so that a test can put a made-up machine
 * under it. Everything here only reads, but for one guest of a few pages that is made to measure
 * the speed of KVM, and taken away again.
 */
#ifndef HC_VMM_CHECK_PROBE_H
#define HC_VMM_CHECK_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "vmm/kvm.h"

#define CHECK_NAME_MAX 32

/* What stat(2) and the user database say of a file; the names are "?" where there are none. */
struct check_file {
	unsigned int mode; /* type and permissions */
	char owner[CHECK_NAME_MAX], group[CHECK_NAME_MAX];
};

/* Who asks. */
struct check_user {
	unsigned int uid;
	char name[CHECK_NAME_MAX];
	bool limits_bind; /* false: CAP_SYS_RESOURCE, to whom the limit on processes is nothing */
};

/* All slots filled; each returns 0 or more, or -errno. */
struct check_ops {
	const struct kvm_sys *kvm; /* with the same ctx */
	/* A file from its start: up to cap - 1 bytes and a NUL; returns how many bytes. */
	int (*read)(void *ctx, const char *path, char *buf, size_t cap);
	int (*stat)(void *ctx, const char *path, struct check_file *out);
	/* The first entry of a folder whose name starts with `prefix`; -ENOENT if there is none. */
	int (*entry)(void *ctx, const char *dir, const char *prefix, char *name, size_t cap);
	/* A model-specific register of processor 0, through the module msr. */
	int (*msr)(void *ctx, uint32_t msr, uint64_t *out);
	/* The kernel's log from its start; 0 or more bytes and a NUL. */
	int (*log)(void *ctx, char *buf, size_t cap);
	int (*uname)(void *ctx, struct utsname *out);
	int (*limit)(void *ctx, int resource, struct rlimit *out);
	int (*user)(void *ctx, struct check_user *out);
	/* Does this kernel take a system call filter that ends the process? */
	int (*seccomp)(void *ctx);
	/* Does a stream socket get a connection at once? Unix, or vsock where path is NULL. */
	int (*connect)(void *ctx, const char *path, uint32_t cid, uint32_t port);
	/* Loops of two instructions a second in a guest's 64-bit ring 0. */
	int (*speed)(void *ctx, uint64_t *loops_per_s);
	/* Always answers; EAX, EBX, ECX, EDX. */
	void (*cpuid)(void *ctx, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
};

struct check_probe {
	const struct check_ops *ops;
	void *ctx;
};

extern const struct check_ops probe_linux; /* ctx NULL */

/* The measurement behind ops->speed (speed.c). 0 or -errno. */
int speed_measure(const struct kvm_sys *sys, void *ctx, uint64_t *loops_per_s);

#endif
