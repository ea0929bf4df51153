/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of a TDX guest that KVM hands on (KVM_EXIT_TDX, Linux Documentation/virt/kvm/api.rst):
 * GetQuote, SetupEventNotifyInterrupt and GetTdVmCallInfo. A call of any other number keeps the
 * answer that KVM has put there, "not supported".
 */
#ifndef HC_VMM_QUOTE_TDVMCALL_H
#define HC_VMM_QUOTE_TDVMCALL_H

#include <pthread.h>
#include <stdint.h>

#include "vmm/quote/quote_service.h"

struct kvm_run;

/* What KVM says that calls are optional and there (struct kvm_tdx_capabilities); ours are added. */
struct tdvmcall_info {
	uint64_t kernel_r11, user_r11, kernel_r12, user_r12;
};

/*
 * Answer a KVM_EXIT_TDX of the vCPU with this APIC id, in `run`. Thread of the vCPU, device lock
 * not held: it is taken, and given up while a quote is waited for, QUOTE_WAIT_MS at most.
 */
void tdvmcall_handle(struct quote_service *qs, pthread_mutex_t *lock,
	const struct tdvmcall_info *info, uint32_t apic_id, struct kvm_run *run);

#endif
