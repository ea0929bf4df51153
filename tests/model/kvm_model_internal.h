/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the model share among themselves: see kvm_model.h. */
#ifndef HC_TESTS_KVM_MODEL_INTERNAL_H
#define HC_TESTS_KVM_MODEL_INTERNAL_H

#include "tests/model/kvm_model.h"

enum model_kind { MODEL_FREE, MODEL_KVM, MODEL_VM, MODEL_VCPU, MODEL_GMEM, MODEL_DEVICE };

/* A descriptor, or -EMFILE. `index` of the VM or guest_memfd. */
int model_fd_new(struct kvm_model *m, enum model_kind kind, uint32_t index, uint32_t vcpu);

/* kvm_model_vm.c */
int model_create_vm(struct kvm_model *m, unsigned long type);
void model_vm_put(struct kvm_model *m, struct model_vm *vm);
int model_vm_ioctl(struct kvm_model *m, struct model_vm *vm, unsigned long request, void *arg);
int model_check_extension(struct kvm_model *m, struct model_vm *vm, unsigned long cap);

/* kvm_model_memory.c */
int model_create_gmem(
	struct kvm_model *m, struct model_vm *vm, const struct kvm_create_guest_memfd *request);
int model_set_memory(struct kvm_model *m, struct model_vm *vm,
	const struct kvm_userspace_memory_region2 *r, bool v2);
int model_set_attributes(
	struct kvm_model *m, struct model_vm *vm, const struct kvm_memory_attributes *a);
uint64_t model_supported_attributes(const struct model_vm *vm);
int model_punch(struct kvm_model *m, uint32_t gmem, uint64_t offset, uint64_t len);
void model_close_gmem(struct kvm_model *m, uint32_t gmem);

/* kvm_model_vcpu.c */
int model_vcpu_ioctl(struct kvm_model *m, struct model_vcpu *v, unsigned long request, void *arg);
int model_supported_cpuid(struct kvm_model *m, struct kvm_cpuid2 *out);

/* kvm_model_run.c: takes the lock itself. */
int model_run(struct kvm_model *m, struct model_vcpu *v);

/* kvm_model_log.c: the text of a call, without its result. */
void model_describe(
	const struct kvm_model *m, unsigned long request, const void *arg, char *out, size_t cap);

#endif
