/* SPDX-License-Identifier: Apache-2.0 */
/* What KVM says of itself. Must decide nothing. */
#include "vmm/kvm_query.h"

#include <errno.h>
#include <linux/psp-sev.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

#define SNP_PLATFORM_STATUS_ID  9 /* of enum in linux/psp-sev.h, since Linux 6.8 */
#define SNP_PLATFORM_STATUS_LEN 32
#define TDX_CPUID_MAX           256

int kvm_query_open(struct kvm *kvm, const struct kvm_sys *sys, void *ctx)
{
	*kvm = (struct kvm){.sys = sys, .ctx = ctx, .fd = -1, .vm_fd = -1};
	kvm->fd = sys->open(ctx, "/dev/kvm");
	return kvm->fd;
}

int kvm_query_version(const struct kvm *kvm)
{
	return kvm_call(kvm, kvm->fd, KVM_GET_API_VERSION, NULL);
}

int kvm_query_cap(const struct kvm *kvm, unsigned long cap)
{
	return kvm_call(
		kvm, kvm->vm_fd >= 0 ? kvm->vm_fd : kvm->fd, KVM_CHECK_EXTENSION, kvm_number(cap));
}

int kvm_query_vm(struct kvm *kvm, unsigned long type)
{
	kvm->vm_fd = kvm_call(kvm, kvm->fd, KVM_CREATE_VM, kvm_number(type));
	return kvm->vm_fd;
}

void kvm_query_drop_vm(struct kvm *kvm)
{
	kvm_close_fd(kvm, kvm->vm_fd);
	kvm->vm_fd = -1;
}

int kvm_query_tdx(struct kvm *kvm, struct kvm_tdx_capabilities *out)
{
	const size_t len = sizeof(*out) + TDX_CPUID_MAX * sizeof(struct kvm_cpuid_entry2);
	struct kvm_tdx_capabilities *caps = calloc(1, len);
	struct kvm_tdx_cmd command = {.id = KVM_TDX_CAPABILITIES, .data = (uintptr_t)caps};
	int rc;

	if (!caps)
		return -ENOMEM;
	caps->cpuid.nent = TDX_CPUID_MAX;
	rc = kvm_encrypt_op(kvm, NULL, &command);
	memcpy(out, caps, sizeof(*out));
	free(caps);
	return rc;
}

enum { MASK_CHIP_ID = 1, MASK_CHIP_KEY = 2, VLEK = 4, RAPL_DIS = 16, CTXT_CAP = 32, CTXT_EN = 64 };

int kvm_query_snp_status(
	struct kvm *kvm, int sev_fd, struct kvm_snp_status *out, uint32_t *firmware)
{
	uint8_t raw[SNP_PLATFORM_STATUS_LEN] = {0};
	struct sev_issue_cmd command = {.cmd = SNP_PLATFORM_STATUS_ID, .data = (uintptr_t)raw};
	int rc = kvm_call(kvm, sev_fd, SEV_ISSUE_CMD, &command);
	const uint32_t flags = get_le32(raw + 8);

	*firmware = command.error;
	if (rc < 0)
		return rc;
	*out = (struct kvm_snp_status){
		.api_major = raw[0],
		.api_minor = raw[1],
		.state = raw[2],
		.rmp_initialised = raw[3] & 1,
		.build = get_le32(raw + 4),
		.mask_chip_id = flags & MASK_CHIP_ID,
		.mask_chip_key = flags & MASK_CHIP_KEY,
		.vlek_loaded = flags & VLEK,
		.rapl_disabled = flags & RAPL_DIS,
		.ciphertext_hiding_capable = flags & CTXT_CAP,
		.ciphertext_hiding = flags & CTXT_EN,
		.guests = get_le32(raw + 12),
		.current_tcb = get_le64(raw + 16),
		.reported_tcb = get_le64(raw + 24),
	};
	return 0;
}
