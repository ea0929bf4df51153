/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The making of a TD by KVM's commands (Linux 6.16, Documentation/virt/kvm/x86/intel-tdx.rst), in
 * the order that KVM keeps: capabilities, init before any vCPU; then, with the vCPUs made and their
 * CPUID set, init_vcpu of each, add for the pages in the order that is measured, finalize. Each
 * failure comes with errno, the SEAMCALL's status where KVM has it, and what to do (tdx_error.h).
 * What passes by itself - no entropy, a module that is busy - is tried again for a bounded time.
 */
#ifndef HC_VMM_PLATFORM_TDX_TD_H
#define HC_VMM_PLATFORM_TDX_TD_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/crypto.h"
#include "common/error.h"
#include "vmm/kvm.h"

/*
 * XFAM of every TD here, whatever its host could give more: x87, SSE, AVX, AVX-512 (three parts)
 * and protection keys. It is in every quote, so that a policy can name one value for all hosts. No
 * AMX, CET or processor trace: nothing here needs them, and not every host has them.
 */
#define TDX_XFAM 0x2e7ULL

/* Struct kvm_tdx_capabilities and kvm_tdx_init_vm with room: KVM takes 256 leaves, no more. */
struct tdx_capabilities {
	struct kvm_tdx_capabilities head;
	struct kvm_cpuid_entry2 entry[KVM_CPUID_MAX];
};

struct tdx_init {
	struct kvm_tdx_init_vm head;
	struct kvm_cpuid_entry2 entry[KVM_CPUID_MAX];
};

/* What a TD is made of; into its quotes goes all of it but the leaves. */
struct tdx_params {
	uint64_t attributes, xfam;
	uint8_t mrconfigid[SHA384_SIZE], mrowner[SHA384_SIZE], mrownerconfig[SHA384_SIZE];
	const struct kvm_cpuid_table *cpuid; /* as tdx_cpuid_configure makes it */
};

HC_MUST_USE int tdx_td_capabilities(
	struct kvm *kvm, struct tdx_capabilities *out, struct error *err);

/*
 * Has this host what the TD is to have? HC_EUNSUPPORTED names the bits of ATTRIBUTES or XFAM that
 * it has not.
 */
HC_MUST_USE int tdx_td_check(
	const struct tdx_capabilities *have, const struct tdx_params *want, struct error *err);

/*
 * KVM_TDX_INIT_VM. Where the module refuses the leaves it does not say through KVM which one: they
 * are left out one by one to find it, and the error names it.
 */
HC_MUST_USE int tdx_td_init(struct kvm *kvm, const struct tdx_params *params, struct error *err);

/* A vCPU whose CPUID is set: its RCX and R8 at entry are 0. All start at the reset vector. */
HC_MUST_USE int tdx_td_init_vcpu(struct kvm *kvm, const struct kvm_vcpu *vcpu, struct error *err);

/* What the guest will see; before or after tdx_td_init_vcpu. */
HC_MUST_USE int tdx_td_cpuid(struct kvm *kvm, const struct kvm_vcpu *vcpu,
	struct kvm_cpuid_table *out, struct error *err);

/*
 * `pages` pages from page-aligned `source` (read until this returns) to private memory at `gpa`,
 * one by one, each into MRTD too if `measured`. The error has the address of the page.
 */
HC_MUST_USE int tdx_td_add(struct kvm *kvm, const struct kvm_vcpu *vcpu, uint64_t gpa,
	const uint8_t *source, uint32_t pages, bool measured, struct error *err);

/* The end of launch. */
HC_MUST_USE int tdx_td_finalize(struct kvm *kvm, struct error *err);

#endif
