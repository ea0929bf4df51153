/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the TDX module share among themselves: see tdx_module.h. */
#ifndef HC_TESTS_TDX_MODULE_INTERNAL_H
#define HC_TESTS_TDX_MODULE_INTERNAL_H

#include "tests/model/tdx_module.h"

/* tdx_module_cpuid.c: the leaves that may be configured, as KVM lists them; how many. */
uint32_t tdx_cpuid_configurable(const struct tdx_module *t, struct kvm_cpuid_entry2 *out);
/* setup_tdparams_cpuids, TDH.MNG.INIT: -errno, with *status where the module refuses. */
int tdx_cpuid_init(const struct tdx_module *t, struct tdx_td *td, const struct kvm_cpuid2 *in,
	uint64_t *status);
/* tdx_vcpu_get_cpuid */
int tdx_cpuid_get(const struct tdx_td *td, struct kvm_cpuid2 *out);
/* KVM_GET_SUPPORTED_CPUID of a machine with TDX. */
void tdx_cpuid_supported(struct kvm_model *m, struct kvm_cpuid_table *t);

/* tdx_module_memory.c */
int tdx_init_mem_region(struct kvm_model *m, struct model_vcpu *v, const struct kvm_tdx_cmd *cmd);
int tdx_guest_private(
	struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, uint32_t frame, bool write);
void tdx_gmem_invalidate(struct kvm_model *m, uint32_t frame);
/* kvm_arch_pre_set_memory_attributes: what becomes shared leaves the Secure EPT. */
void tdx_attributes_change(struct model_vm *vm, const struct kvm_memory_attributes *a);
/* The Secure EPT's entry of a page; NULL beyond the guest's memory. */
struct sept_entry *tdx_sept_at(struct kvm_model *m, struct model_vm *vm, uint64_t gpa);
/* A violation on a private page: TDH.MEM.PAGE.AUG. */
void tdx_sept_aug(struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t frame);

#endif
