/* SPDX-License-Identifier: Apache-2.0 */
/* The TDX guest's calls for hc-vmm. What the guest passes is checked where it is used. */
#include "vmm/quote/tdvmcall.h"

#include "vmm/kvm_uapi.h"

/*
 * GetTdVmCallInfo, leaf 1: the optional calls, one bit each in R11 and R12 (Intel GHCI 1.5).
 * GetQuote is not optional and has none.
 */
#define INFO_OPTIONAL          1
#define R11_SETUP_EVENT_NOTIFY (1ULL << 1)

static void get_quote(struct quote_service *qs, pthread_mutex_t *lock, struct kvm_run_tdx *tdx)
{
	/* KVM has taken the shared bit out of the address. */
	const struct quote_buffer buffer = {tdx->get_quote.gpa, tdx->get_quote.size};
	struct quote_ticket ticket;

	pthread_mutex_lock(lock);
	tdx->ret = quote_service_call(qs, &buffer, &ticket);
	quote_service_wait(qs, &ticket, lock, QUOTE_WAIT_MS);
	pthread_mutex_unlock(lock);
}

static void setup_event_notify(
	struct quote_service *qs, pthread_mutex_t *lock, uint32_t apic_id, struct kvm_run_tdx *tdx)
{
	bool ok;

	pthread_mutex_lock(lock);
	ok = quote_service_notify(qs, apic_id, tdx->setup_event_notify.vector);
	pthread_mutex_unlock(lock);
	tdx->ret = ok ? TDVMCALL_SUCCESS : TDVMCALL_INVALID_OPERAND;
}

static void get_info(const struct tdvmcall_info *info, struct kvm_run_tdx *tdx)
{
	/* Leaf 0 is the kernel's. */
	if (tdx->get_tdvmcall_info.leaf != INFO_OPTIONAL) {
		tdx->ret = TDVMCALL_INVALID_OPERAND;
		return;
	}
	tdx->ret = TDVMCALL_SUCCESS;
	tdx->get_tdvmcall_info.r11 = info->kernel_r11 | (info->user_r11 & R11_SETUP_EVENT_NOTIFY);
	tdx->get_tdvmcall_info.r12 = info->kernel_r12;
	tdx->get_tdvmcall_info.r13 = 0;
	tdx->get_tdvmcall_info.r14 = 0;
}

void tdvmcall_handle(struct quote_service *qs, pthread_mutex_t *lock,
	const struct tdvmcall_info *info, uint32_t apic_id, struct kvm_run *run)
{
	struct kvm_run_tdx *tdx = &KVM_RUN_EXIT(run)->tdx;

	switch (tdx->nr) {
	case TDVMCALL_GET_QUOTE:
		get_quote(qs, lock, tdx);
		return;
	case TDVMCALL_SETUP_EVENT_NOTIFY:
		setup_event_notify(qs, lock, apic_id, tdx);
		return;
	case TDVMCALL_GET_TD_VM_CALL_INFO:
		get_info(info, tdx);
		return;
	default:
		return;
	}
}
