/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private <-> shared while a guest runs, the same for SNP and TDX: the guest asks (a hypercall that
 * KVM hands on), or an access finds a page in the other state. Every number of a request is the
 * guest's. What it may cost is bounded: memory, since only one backing of a page is ever kept
 * (private_memory.h); time, since only so many conversions a second may come without a request; log
 * lines, since one is written for the first refusal and one at the end.
 */
#ifndef HC_VMM_PLATFORM_CONVERSION_H
#define HC_VMM_PLATFORM_CONVERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/log.h"
#include "vmm/platform/platform.h"
#include "vmm/private_memory.h"

/* Conversions that a vCPU may cause by accesses in a second; it then waits for the next second. */
#define CONVERSION_FAULTS_A_SECOND 4096
/*
 * Times in a row that a vCPU may fault on a page that is in the state it wants. Two vCPUs that
 * touch one page at once make one such fault; a fault that stays would be taken for ever.
 */
#define CONVERSION_IN_VAIN_MAX 16

struct conversion_request {
	uint64_t gpa, len; /* bytes, page aligned, len > 0, gpa + len does not wrap */
	bool to_private;
};

/*
 * KVM_HC_MAP_GPA_RANGE of Documentation/virt/kvm/x86/hypercalls.rst: args[0] address, args[1]
 * number of 4 KiB pages whatever the page size in args[2], args[2] page size in bits 3:0 and
 * "encrypted" in bit 4. HC_EUNSUPPORTED for another hypercall, HC_ERANGE for an address, length or
 * attribute that means nothing. Whether it is RAM is for private_memory_convert to say.
 */
HC_MUST_USE int conversion_decode(
	struct conversion_request *out, const struct kvm_run_hypercall *call, struct error *err);

/* One vCPU's, touched by its own thread only. */
struct conversion_vcpu {
	int64_t second; /* of the monotonic clock */
	uint32_t faults;
	uint32_t in_vain;
	uint64_t vain_gpa; /* of the last fault */
};

struct conversions {
	struct private_memory memory;
	const struct log *log; /* NULL: not open */
	struct conversion_vcpu vcpu[HC_VCPUS_MAX];
	uint64_t refused, waits; /* atomic */
};

/*
 * The verb map_memory of a platform with private memory: one range of vm->mem, all private, or, on
 * a guest_memfd that was asked for (memory_backing), all shared. The first call opens the
 * guest_memfd for all of them. close is safe at any time: it writes the
 * summary if there was anything, and gives everything back.
 */
HC_MUST_USE int conversion_map(
	struct conversions *c, struct vm *vm, const struct guest_ram *ram, struct error *err);
void conversion_close(struct conversions *c);

/*
 * conversion_map where pages stay private unless the guest shares them (SNP, TDX). The shared side
 * then never gets huge pages: one shared page would take 2 MiB of the host's memory, beside the
 * private ones. HC_EUNSUPPORTED where the configuration asks for them.
 */
HC_MUST_USE int conversion_map_private(
	struct conversions *c, struct vm *vm, const struct guest_ram *ram, struct error *err);

/*
 * KVM_EXIT_HYPERCALL and KVM_EXIT_MEMORY_FAULT of vCPU `index`; PLATFORM_EXIT_NOT_MINE for others.
 * A request that makes no sense is answered with an error and the guest goes on; a fault that
 * cannot be cured ends it (VMM_EXIT_CRASHED), a host that cannot convert ends it too
 * (VMM_EXIT_ERROR). Thread of the vCPU, no lock held.
 */
enum platform_exit conversion_exit(
	struct conversions *c, uint32_t index, struct kvm_run *run, int *status);

#endif
