/* SPDX-License-Identifier: Apache-2.0 */
/* The platforms there are, and what plain and sim share (both are ordinary KVM guests). */
#ifndef HC_VMM_PLATFORM_KINDS_H
#define HC_VMM_PLATFORM_KINDS_H

#include "vmm/platform/conversion.h"
#include "vmm/platform/platform.h"

extern const struct platform_ops platform_plain, platform_sev_snp, platform_tdx, platform_sim_snp;

/* vm->platform_state of plain, and the first member of sim's. */
struct plain_state {
	struct conversions conversions; /* open where RAM is a guest_memfd */
};

int plain_create(struct vm *vm, struct error *err);
int plain_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err);
int plain_fit_cpuid(
	struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err);
int plain_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err);
int plain_reset_vcpu(struct vm *vm, uint32_t index, struct error *err);
int plain_convert(struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err);
enum platform_exit plain_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status);

#endif
