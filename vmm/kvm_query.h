/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to KVM and to the secure processor, for `hc-vmm check`: unlike the calls of vmm/kvm.h,
 * which a launch needs, these may fail, and what KVM answered is all that the caller wants. Each
 * returns 0 or more, or -errno. Nothing here changes the machine: a VM that is made holds no ASID
 * and no key, and is the caller's to drop.
 */
#ifndef HC_VMM_KVM_QUERY_H
#define HC_VMM_KVM_QUERY_H

#include "vmm/kvm.h"

/* /dev/kvm without the checks of kvm_open; kvm_close it, also after a failure. */
HC_MUST_USE int kvm_query_open(struct kvm *kvm, const struct kvm_sys *sys, void *ctx);
int kvm_query_version(const struct kvm *kvm);
/* KVM_CHECK_EXTENSION as it was answered. */
int kvm_query_cap(const struct kvm *kvm, unsigned long cap);
/* A VM of this type, in kvm->vm_fd until kvm_query_drop_vm. */
HC_MUST_USE int kvm_query_vm(struct kvm *kvm, unsigned long type);
void kvm_query_drop_vm(struct kvm *kvm);
/* KVM_TDX_CAPABILITIES of a TDX VM, CPUID leaves apart: their number is in cpuid.nent. */
HC_MUST_USE int kvm_query_tdx(struct kvm *kvm, struct kvm_tdx_capabilities *out);

/*
 * SNP_PLATFORM_STATUS (SEV-SNP firmware ABI 1.57, 8.3; the kernel's struct
 * sev_user_data_snp_status), which the headers of Debian 12 do not have: 32 packed bytes, read
 * field by field.
 */
struct kvm_snp_status {
	uint8_t api_major, api_minor;
	uint8_t state; /* 0 UNINIT, 1 INIT */
	bool rmp_initialised;
	uint32_t build;
	bool mask_chip_id, mask_chip_key, vlek_loaded, rapl_disabled;
	bool ciphertext_hiding_capable, ciphertext_hiding;
	uint32_t guests;
	uint64_t current_tcb, reported_tcb; /* TCB_VERSION, laid out by product */
};
/* `firmware`: the firmware's own status where it was reached (SEV_RET_*). */
HC_MUST_USE int kvm_query_snp_status(
	struct kvm *kvm, int sev_fd, struct kvm_snp_status *out, uint32_t *firmware);

#endif
