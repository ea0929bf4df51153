/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of platform sev-snp share; nobody else includes it. */
#ifndef HC_VMM_PLATFORM_SNP_H
#define HC_VMM_PLATFORM_SNP_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/platform/conversion.h"
#include "vmm/platform/kinds.h"
#include "vmm/platform/snp_certs.h"

struct snp {
	int sev_fd; /* /dev/sev; -1: not open. KVM wants it with every command */
	bool serves_certs;
	struct snp_certs certs;
	struct conversions memory;
};

/*
 * The commands of a launch, in their order (Documentation/virt/kvm/x86/amd-memory-encryption.rst):
 * KVM_SEV_INIT2 and, if certificates are served, ENABLE_REQ_CERTS, before any vCPU; LAUNCH_START;
 * UPDATE for each region; FINISH once all vCPUs have their state, which KVM measures then. Errors
 * are snp_error.h's.
 */
HC_MUST_USE int snp_launch_init(struct vm *vm, struct snp *snp, struct error *err);
HC_MUST_USE int snp_launch_start(struct vm *vm, struct snp *snp, struct error *err);
/* `data`: NULL for pages that the secure processor fills. The CPUID page is made here. */
HC_MUST_USE int snp_launch_region(struct vm *vm, struct snp *snp, const struct fw_region *region,
	const uint8_t *data, struct error *err);
HC_MUST_USE int snp_launch_finish(struct vm *vm, struct snp *snp, struct error *err);

/* Is the host what the launch needs? VM type, SEV features, guest policy, certificates. */
HC_MUST_USE int snp_launch_probe(struct vm *vm, struct error *err);

/* The verb handle_exit. */
enum platform_exit snp_exit(struct vm *vm, uint32_t index, struct kvm_run *run, int *status);

#endif
