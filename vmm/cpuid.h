/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID of a vCPU: what KVM supports, with the topology of this guest instead of this host's: one
 * socket, `count` cores of one thread, APIC id equal to the index.
 */
#ifndef HC_VMM_CPUID_H
#define HC_VMM_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/kvm.h"

/*
 * Rewrite `table`, as KVM_GET_SUPPORTED_CPUID gave it, for vCPU `index` of `count`. HC_ERANGE where
 * the table has no room for the topology leaves. Call on a fresh copy for each vCPU.
 */
HC_MUST_USE int cpuid_fix(struct kvm_cpuid_table *table, uint32_t index, uint32_t count,
	bool tsc_deadline, struct error *err);

#endif
