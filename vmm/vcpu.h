/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU: its state at entry, and the loop of its thread. */
#ifndef HC_VMM_VCPU_H
#define HC_VMM_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/device/bus.h"
#include "vmm/kvm.h"

struct vm;

/* Signal that gets a vCPU out of KVM_RUN; vm.c installs a handler that does nothing. */
#define VCPU_KICK_SIGNAL SIGUSR1

/*
 * Registers at entry as firmware/abi/layout.h has them and attest/measure predicts them: start of
 * the firmware for index 0, the parking place for the others. `sregs` is changed in the fields of
 * the contract only. c_bit: CR3 carries the C-bit (SNP).
 */
void vcpu_entry_state(struct kvm_regs *regs, struct kvm_sregs *sregs, uint32_t index, bool c_bit);

/* vcpu_entry_state into KVM, with the memory type MSR that firmware leaves behind elsewhere. */
HC_MUST_USE int vcpu_reset(struct kvm *kvm, struct kvm_vcpu *vcpu, bool c_bit, struct error *err);

/* Carry out a KVM_EXIT_IO or KVM_EXIT_MMIO on a bus. The caller serialises use of the bus. */
void vcpu_exit_io(struct kvm_run *run, const struct bus *ports);
void vcpu_exit_mmio(struct kvm_run *run, const struct bus *mmio);

/* Run vCPU `index` until the VM stops. Thread of the vCPU, after the start gate. */
void vcpu_loop(struct vm *vm, uint32_t index);

#endif
