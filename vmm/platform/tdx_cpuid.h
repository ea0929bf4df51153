/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUID of a TD. The TDX module answers most leaves itself, from what KVM_TDX_INIT_VM configured;
 * the others, and those that the guest asks of the host, KVM answers from KVM_SET_CPUID2. So there
 * are two lists, and what is in both must agree.
 *
 * Leaves are always matched by function and index: the list of what is configurable has no
 * KVM_CPUID_FLAG_SIGNIFCANT_INDEX (Linux arch/x86/kvm/vmx/tdx.c, td_init_cpuid_entry2), and KVM
 * takes an entry without that flag for any index, so that sub-leaf 0 would be used for all.
 */
#ifndef HC_VMM_PLATFORM_TDX_CPUID_H
#define HC_VMM_PLATFORM_TDX_CPUID_H

#include <stdint.h>

#include "common/error.h"
#include "vmm/kvm.h"

/* KVM takes the width of guest-physical addresses in bits 23:16 of this leaf's EAX. */
#define TDX_LEAF_ADDRESSES 0x80000008
#define TDX_EAX_GPAW       0x00ff0000u
/* Widths of guest-physical addresses that a TD may have; the top bit says "shared". */
#define TDX_GPAW_4_LEVELS 48
#define TDX_GPAW_5_LEVELS 52

/*
 * Rewrite `table` (KVM's, with this guest's topology: cpuid_fix) into what a TD shall have: the
 * topology of leaf 0xb in leaf 0x1f too, where a TD's kernel looks first; the width of
 * guest-physical addresses as one of the two above; of KVM's own features those that work without
 * memory shared with KVM, so no kvmclock. HC_EMISSING for a table without leaf 0x80000008,
 * HC_ERANGE where there is no room.
 */
HC_MUST_USE int tdx_cpuid_want(struct kvm_cpuid_table *table, struct error *err);

/*
 * The list for KVM_TDX_INIT_VM: of `wanted` the leaves that are in `configurable`, with the bits
 * that may be configured, and nothing else, since KVM refuses a list with a leaf that it does not
 * consume. HC_EMISSING where 0x80000008 is not configurable: it carries the width of addresses.
 */
HC_MUST_USE int tdx_cpuid_configure(struct kvm_cpuid_table *out,
	const struct kvm_cpuid_table *wanted, const struct kvm_cpuid_table *configurable,
	struct error *err);

/* One register that the TDX module shows the guest otherwise than `table` had it. */
struct tdx_cpuid_change {
	uint32_t function, index;
	const char *reg; /* "eax" */
	uint32_t was, is;
};
typedef void tdx_cpuid_note(void *ctx, const struct tdx_cpuid_change *change);

/*
 * Take over into `table` what the guest will see (KVM_TDX_GET_CPUID), so that KVM thinks the same.
 * Topology stays that of the table, and so do bits that come and go with the guest's registers.
 * Each change is told to `note`, unless that is NULL. HC_ERANGE where a leaf has no room.
 */
HC_MUST_USE int tdx_cpuid_correct(struct kvm_cpuid_table *table,
	const struct kvm_cpuid_table *actual, tdx_cpuid_note *note, void *ctx, struct error *err);

#endif
