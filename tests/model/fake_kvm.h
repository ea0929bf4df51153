/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A software KVM under vmm/kvm.h: keeps what it was told, answers as KVM would, runs a script
 * instead of a guest, and fails any one call on request. For hc-vmm's failure paths, and the place
 * where a model of the secure processor's launch commands goes.
 */
#ifndef HC_TESTS_FAKE_KVM_H
#define HC_TESTS_FAKE_KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/abi/layout.h"
#include "vmm/kvm.h"

#define FAKE_KVM_SLOTS  (HC_RAM_RANGES_MAX + 1)
#define FAKE_KVM_SCRIPT 8

struct fake_slot {
	uint64_t gpa, size;
	uint8_t *host;
	uint32_t flags;
};

/* One exit of KVM_RUN on vCPU 0; the others wait as for a SIPI. */
struct fake_exit {
	uint32_t reason;
	bool out;
	uint16_t port;
	uint8_t size;
	uint32_t value;
	int error; /* errno of KVM_RUN instead */
};

struct fake_kvm {
	unsigned int calls;   /* of every kind, KVM_RUN not counted */
	unsigned int fail_at; /* which call fails, from 1; 0: none */
	int fail_with;        /* errno */
	unsigned long failed; /* its ioctl; 1 open, 2 map */
	unsigned int open_fds;
	struct fake_slot slot[FAKE_KVM_SLOTS];
	uint32_t vcpus;
	struct kvm_run *run[HC_VCPUS_MAX];
	struct kvm_regs regs[HC_VCPUS_MAX];
	struct kvm_sregs sregs[HC_VCPUS_MAX];
	uint32_t mp_state[HC_VCPUS_MAX];
	struct fake_exit script[FAKE_KVM_SCRIPT];
	unsigned int steps; /* of the script, taken */
};

/* `ctx` is a struct fake_kvm, zero but for what a test sets. */
extern const struct kvm_sys fake_kvm_sys;

#endif
