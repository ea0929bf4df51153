/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits of an SNP guest that are not those of any guest: conversions, certificates, and the ways in
 * which it can end. What it says of itself is its word, not the hardware's.
 */
#include <errno.h>

#include "vmm/platform/snp.h"
#include "vmm/refusal.h"
#include "vmm/vm.h"

static enum platform_exit stop(struct vm *vm, uint32_t index, int *status, int ends,
	const char *what, unsigned long long detail)
{
	if (!vm_stopping(vm))
		log_line(vm->log, LOG_LEVEL_ERROR, "vCPU %u: %s (0x%llx)", index, what, detail);
	*status = ends;
	return PLATFORM_EXIT_STOP;
}

/*
 * With immediate_exit KVM still does what the exit was for, fetches the report, and comes back
 * before it enters the guest: after that the certificates may change again. immediate_exit is also
 * how the main thread kicks us; it sets vm->status before that, and vcpu_loop asks for it after us.
 */
static enum platform_exit fetch_report(
	struct vm *vm, struct snp *snp, uint32_t index, struct kvm_run *run, int *status)
{
	int rc;

	__atomic_store_n(&run->immediate_exit, 1, __ATOMIC_RELEASE);
	rc = kvm_run_vcpu(&vm->kvm, &vm->vcpu[index]);
	__atomic_store_n(&run->immediate_exit, 0, __ATOMIC_RELEASE);
	/* Or the processor may ask for the status first, and then wipe out a kick it missed. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	snp_certs_release(&snp->certs);
	if (rc == -EINTR || rc == -EAGAIN)
		return PLATFORM_EXIT_DONE;
	/* An exit of its own: no KVM makes one here, and the loop would not see it. */
	return stop(vm, index, status, VMM_EXIT_ERROR,
		"KVM did not come back at once after a report was fetched; see the host's dmesg",
		(unsigned long long)(rc < 0 ? -rc : rc));
}

static enum platform_exit certificates(
	struct vm *vm, struct snp *snp, uint32_t index, struct kvm_run *run, int *status)
{
	struct kvm_exit_snp_req_certs *request = &KVM_RUN_EXIT(run)->snp_req_certs;
	uint64_t npages = request->npages;

	if (!snp->serves_certs) {
		request->ret = EIO;
		return PLATFORM_EXIT_DONE;
	}
	request->ret = snp_certs_answer(&snp->certs, &vm->mem, request->gpa, &npages);
	if (request->ret == ENOSPC)
		request->npages = npages;
	if (request->ret)
		return PLATFORM_EXIT_DONE;
	return fetch_report(vm, snp, index, run, status);
}

/* The firmware is done once the staging window is dropped (vcpu.c). */
static bool firmware_has_left(struct vm *vm)
{
	bool left;

	pthread_mutex_lock(&vm->lock);
	left = !vm->staging.host;
	pthread_mutex_unlock(&vm->lock);
	return left;
}

static enum platform_exit system_event(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	const struct kvm_run_system_event *event = &KVM_RUN_EXIT(run)->system_event;
	struct refusal refusal;

	if (event->type != KVM_SYSTEM_EVENT_SEV_TERM || !event->ndata)
		return stop(vm, index, status, VMM_EXIT_CRASHED,
			"KVM reports a system event that no SNP guest makes", event->type);
	refusal_from_snp(&refusal, event->data[0]);
	refusal_log(vm->log, &refusal, firmware_has_left(vm));
	*status = refusal_status(&refusal);
	return PLATFORM_EXIT_STOP;
}

enum platform_exit snp_exit(struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	struct snp *snp = vm->platform_state;
	enum platform_exit done = conversion_exit(&snp->memory, index, run, status);

	if (done != PLATFORM_EXIT_NOT_MINE)
		return done;
	switch (run->exit_reason) {
	case KVM_EXIT_SNP_REQ_CERTS:
		return certificates(vm, snp, index, run, status);
	case KVM_EXIT_SYSTEM_EVENT:
		return system_event(vm, index, run, status);
	case KVM_EXIT_SHUTDOWN:
		return stop(vm, index, status, VMM_EXIT_CRASHED,
			"the guest crashed: a triple fault, or an exception in its own handler of "
			"host requests. Do: see its console",
			run->exit_reason);
	case KVM_EXIT_FAIL_ENTRY:
		return stop(vm, index, status, VMM_EXIT_CRASHED,
			"the processor does not enter the guest: its save area or ASID is not "
			"valid. "
			"Do: see the host's dmesg",
			run->fail_entry.hardware_entry_failure_reason);
	case KVM_EXIT_INTERNAL_ERROR:
		return stop(vm, index, status, VMM_EXIT_CRASHED,
			"KVM would have to carry out an instruction of the guest's, and cannot see "
			"it. Do: see the host's dmesg",
			run->internal.suberror);
	default:
		return PLATFORM_EXIT_NOT_MINE;
	}
}
