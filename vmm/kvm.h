/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only way to KVM: no other file issues its ioctls, but for the questions of kvm_query.c. All
 * of it goes through struct kvm_sys, so that a test can put a software model of KVM (and of the
 * secure processor behind it) underneath. Every failure names the ioctl, the reason and what to do.
 */
#ifndef HC_VMM_KVM_H
#define HC_VMM_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/kvm_uapi.h"

#define KVM_CPUID_MAX 256

/* The kernel as hc-vmm sees it. All slots filled; each returns 0 or more, or -errno. */
struct kvm_sys {
	int (*open)(void *ctx, const char *path); /* /dev/kvm, /dev/sev */
	int (*ioctl)(void *ctx, int fd, unsigned long request, void *arg);
	int (*map)(void *ctx, int fd, size_t len, void **out); /* a vCPU's struct kvm_run */
	void (*unmap)(void *ctx, void *at, size_t len);
	void (*close)(void *ctx, int fd);
	/* The two discards: a hole in a guest_memfd, and anonymous memory given back. */
	int (*punch)(void *ctx, int fd, uint64_t offset, uint64_t len);
	int (*discard)(void *ctx, void *at, size_t len);
	/* A part of a guest_memfd in place of what is mapped at `at`. */
	int (*map_gmem)(void *ctx, int fd, uint64_t offset, void *at, size_t len);
};
extern const struct kvm_sys kvm_sys_linux;

struct kvm {
	const struct kvm_sys *sys;
	void *ctx;
	int fd, vm_fd;  /* -1: not open */
	size_t run_len; /* bytes of a vCPU's shared mapping */
};

struct kvm_vcpu {
	int fd; /* -1: not created */
	uint32_t index;
	struct kvm_run *run; /* shared with the kernel */
};

/* CPUID as KVM takes it: struct kvm_cpuid2 with room. */
struct kvm_cpuid_table {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry[KVM_CPUID_MAX];
};

/* What hc-vmm cannot do without; the last one has no name. */
struct kvm_need {
	unsigned long cap;
	const char *name;
};
extern const struct kvm_need kvm_needs[];

/* Open KVM and check its version and what hc-vmm cannot do without. close is safe at any time. */
HC_MUST_USE int kvm_open(struct kvm *kvm, const struct kvm_sys *sys, void *ctx, struct error *err);
void kvm_close(struct kvm *kvm);

/* KVM_CHECK_EXTENSION: 0 where it is absent. */
int kvm_has(const struct kvm *kvm, unsigned long cap);

HC_MUST_USE int kvm_create_vm(struct kvm *kvm, unsigned long type, struct error *err);
/* A capability of the VM; `name` is for the error. */
HC_MUST_USE int kvm_enable(
	struct kvm *kvm, uint32_t cap, uint64_t arg, const char *name, struct error *err);
/* Three pages for Intel's real mode, outside all slots. No effect on AMD. */
HC_MUST_USE int kvm_set_tss(struct kvm *kvm, uint64_t gpa, struct error *err);
/* size 0: drop the slot. */
HC_MUST_USE int kvm_set_memory(struct kvm *kvm, uint32_t slot, uint64_t gpa, uint64_t size,
	const void *host, uint32_t flags, struct error *err);
HC_MUST_USE int kvm_supported_cpuid(
	struct kvm *kvm, struct kvm_cpuid_table *out, struct error *err);

/*
 * Memory that only the guest reaches (guest_memfd, Linux 6.8). create_gmem: `flags` of
 * GUEST_MEMFD_FLAG_*; the descriptor is the caller's, closed by kvm_close_fd. set_memory2: a slot
 * whose private pages are those of `gmem` from `offset` on. set_private: the attribute of a range,
 * page aligned. punch and discard drop the private and the shared backing of a range; they may run
 * while vCPUs do, as may set_private. map_gmem: replace [at, at + len), a mapping of the caller's,
 * by that much of a guest_memfd that was made with GUEST_MEMFD_FLAG_MMAP and _INIT_SHARED
 * (Linux 6.18, kvm_has_mapped_gmem); it is kept out of core files and goes away with the mapping.
 */
bool kvm_has_mapped_gmem(const struct kvm *kvm);
HC_MUST_USE int kvm_map_gmem(
	struct kvm *kvm, int gmem, uint64_t offset, void *at, size_t len, struct error *err);
HC_MUST_USE int kvm_create_gmem(
	struct kvm *kvm, uint64_t size, uint64_t flags, int *fd, struct error *err);
HC_MUST_USE int kvm_set_memory2(
	struct kvm *kvm, const struct kvm_userspace_memory_region2 *region, struct error *err);
HC_MUST_USE int kvm_set_private(
	struct kvm *kvm, uint64_t gpa, uint64_t len, bool is_private, struct error *err);
HC_MUST_USE int kvm_punch(
	struct kvm *kvm, int gmem, uint64_t offset, uint64_t len, struct error *err);
HC_MUST_USE int kvm_discard(struct kvm *kvm, void *at, size_t len, struct error *err);

/*
 * Confidential guests. open_sev: /dev/sev, closed by kvm_close_fd. attribute: a 64-bit attribute of
 * /dev/kvm; -ENXIO where this kernel has none of that number. encrypt_op: KVM_MEMORY_ENCRYPT_OP
 * with struct kvm_sev_cmd or kvm_tdx_cmd on the VM, or on `vcpu` unless that is NULL: 0 or more, or
 * -errno, for the platform to judge together with what is in the command; it never retries.
 */
HC_MUST_USE int kvm_open_sev(struct kvm *kvm, int *fd, struct error *err);
void kvm_close_fd(struct kvm *kvm, int fd);
HC_MUST_USE int kvm_attribute(const struct kvm *kvm, uint32_t group, uint64_t attr, uint64_t *out);
HC_MUST_USE int kvm_encrypt_op(struct kvm *kvm, const struct kvm_vcpu *vcpu, void *command);

/* Any thread, also while vCPUs run. msi: true if it was delivered. doorbell: 0 or -errno. */
bool kvm_signal_msi(struct kvm *kvm, uint64_t address, uint32_t data);
HC_MUST_USE int kvm_doorbell(struct kvm *kvm, uint64_t gpa, int eventfd, bool bind);

HC_MUST_USE int kvm_create_vcpu(
	struct kvm *kvm, uint32_t index, struct kvm_vcpu *out, struct error *err);
void kvm_close_vcpu(struct kvm *kvm, struct kvm_vcpu *vcpu);
HC_MUST_USE int kvm_set_cpuid(struct kvm *kvm, struct kvm_vcpu *vcpu,
	const struct kvm_cpuid_table *cpuid, struct error *err);
/* What KVM made of it: KVM_GET_CPUID2. */
HC_MUST_USE int kvm_get_cpuid(
	struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_cpuid_table *out, struct error *err);
HC_MUST_USE int kvm_get_sregs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_sregs *out, struct error *err);
HC_MUST_USE int kvm_set_sregs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_sregs *sregs, struct error *err);
HC_MUST_USE int kvm_get_regs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, struct kvm_regs *out, struct error *err);
HC_MUST_USE int kvm_set_regs(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_regs *regs, struct error *err);
HC_MUST_USE int kvm_set_msr(
	struct kvm *kvm, struct kvm_vcpu *vcpu, uint32_t index, uint64_t value, struct error *err);
/* What reset leaves as well, said explicitly where it is measured: XCR0, x87 and SSE, DR6 and DR7.
 */
HC_MUST_USE int kvm_set_xcr0(
	struct kvm *kvm, struct kvm_vcpu *vcpu, uint64_t value, struct error *err);
HC_MUST_USE int kvm_set_fpu(
	struct kvm *kvm, struct kvm_vcpu *vcpu, const struct kvm_fpu *fpu, struct error *err);
HC_MUST_USE int kvm_set_debugregs(struct kvm *kvm, struct kvm_vcpu *vcpu,
	const struct kvm_debugregs *regs, struct error *err);
HC_MUST_USE int kvm_set_mp_state(
	struct kvm *kvm, struct kvm_vcpu *vcpu, uint32_t state, struct error *err);

/* KVM_RUN: 0 with run->exit_reason set, or -errno (-EINTR: kicked). */
int kvm_run_vcpu(struct kvm *kvm, struct kvm_vcpu *vcpu);

/*
 * For kvm.c and kvm_query.c alone: one ioctl, again after EINTR, 0 or more or -errno; and an
 * argument that is a number.
 */
int kvm_call(const struct kvm *kvm, int fd, unsigned long request, void *arg);
void *kvm_number(unsigned long value);

#endif
