/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the secure processor's model share among themselves: see psp_model.h. */
#ifndef HC_TESTS_PSP_MODEL_INTERNAL_H
#define HC_TESTS_PSP_MODEL_INTERNAL_H

#include "tests/model/psp_model.h"

#define PSP_FEATURE_SNP_ACTIVE 0x1ULL
#define PSP_FEATURE_SECURE_TSC 0x200ULL

/* Page types of SNP_LAUNCH_UPDATE (8.17); KVM's own have the same numbers, without VMSA. */
enum psp_page_type {
	PSP_PAGE_NORMAL = 1,
	PSP_PAGE_VMSA = 2,
	PSP_PAGE_ZERO = 3,
	PSP_PAGE_UNMEASURED = 4,
	PSP_PAGE_SECRETS = 5,
	PSP_PAGE_CPUID = 6,
};

struct psp_guest *psp_guest_of(const struct model_vm *vm);

/* user memory: 0 or -EFAULT */
int psp_copy_in(void *to, uint64_t from, size_t len);
int psp_copy_out(uint64_t to, const void *from, size_t len);

/*
 * __sev_issue_cmd of Linux: -EBADF for a wrong descriptor, -EIO with *error set for a status. The
 * command's own checks come in `status`.
 */
int psp_command(struct kvm_model *m, int sev_fd, enum psp_status status, uint32_t *error);

/* psp_model_launch.c */
int psp_launch_start(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd);
int psp_launch_update(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd);
int psp_launch_finish(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd);
/* One PAGE_INFO more in the digest (8.17.2); `page` for the two types whose content counts. */
void psp_extend(struct psp_guest *g, enum psp_page_type type, uint64_t gpa, const uint8_t *page);

/* psp_model_cpuid.c: validate a page in place; false: corrected, and refused. */
bool psp_cpuid_validate(struct psp_model *psp, uint8_t page[4096]);
/* What KVM's CPUID has on such a machine. */
void psp_cpuid_supported(struct kvm_model *m, struct kvm_cpuid_table *t);

/* psp_model_vmsa.c: sev_es_sync_vmsa, -EINVAL where KVM refuses. */
int psp_vmsa_sync(const struct model_vcpu *v, uint64_t features, uint8_t page[4096]);

/* psp_model_id.c: the checks of SNP_LAUNCH_FINISH on ID block and authentication (8.18). */
enum psp_status psp_id_check(
	struct psp_guest *g, const uint8_t block[96], const uint8_t auth[4096], bool author_key);

#endif
