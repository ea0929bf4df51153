/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vCPUs: entry state, and the exits of KVM_RUN. What a guest does here may only end in a device's
 * answer, in a stop with a status, or in nothing.
 */
#include "vmm/vcpu.h"

#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/abi/layout.h"
#include "vmm/vm.h"

#define MSR_MTRR_DEF_TYPE 0x2ff
#define MTRR_WRITE_BACK   0xc06  /* all memory write-back, enabled, fixed ranges too */
#define RESET_RIP         0xfff0 /* after INIT, as after power-on */
#define RESET_CS_BASE     0xffff0000
#define CR3_SNP_CBIT      (1ULL << HC_SNP_CBIT)

static struct kvm_segment flat(uint16_t selector, bool code)
{
	return (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = selector,
		.type = code ? 0xb : 0x3, /* accessed; readable code, writable data */
		.present = 1,
		.s = 1,
		.l = code,
		.db = !code,
		.g = 1,
	};
}

static struct kvm_segment system_segment(uint8_t type)
{
	return (struct kvm_segment){.limit = 0xffff, .type = type, .present = 1};
}

void vcpu_entry_state(struct kvm_regs *regs, struct kvm_sregs *sregs, uint32_t index, bool c_bit)
{
	/* Every general register is named by being zero: KVM's own reset puts the model in RDX. */
	*regs = (struct kvm_regs){
		.rip = index ? HC_ENTRY_AP : HC_ENTRY_BSP,
		.rflags = HC_ENTRY_RFLAGS,
	};
	sregs->cs = flat(HC_ENTRY_CS, true);
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = flat(HC_ENTRY_DS, false);
	sregs->tr = system_segment(0xb);
	sregs->ldt = system_segment(0x2);
	sregs->gdt = (struct kvm_dtable){.limit = 0xffff};
	sregs->idt = (struct kvm_dtable){.limit = 0xffff};
	sregs->cr0 = HC_ENTRY_CR0;
	sregs->cr2 = 0;
	sregs->cr3 = HC_PAGETABLE_GPA | (c_bit ? CR3_SNP_CBIT : 0);
	sregs->cr4 = HC_ENTRY_CR4;
	sregs->cr8 = 0;
	sregs->efer = HC_ENTRY_EFER;
}

int vcpu_reset(struct kvm *kvm, struct kvm_vcpu *vcpu, bool c_bit, struct error *err)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int rc = kvm_get_sregs(kvm, vcpu, &sregs, err);

	if (rc)
		return rc;
	vcpu_entry_state(&regs, &sregs, vcpu->index, c_bit);
	rc = kvm_set_sregs(kvm, vcpu, &sregs, err);
	if (!rc)
		rc = kvm_set_regs(kvm, vcpu, &regs, err);
	if (!rc)
		rc = kvm_set_msr(kvm, vcpu, MSR_MTRR_DEF_TYPE, MTRR_WRITE_BACK, err);
	/* The others wait for INIT and SIPI, as after power-on. */
	if (!rc)
		rc = kvm_set_mp_state(kvm, vcpu,
			vcpu->index ? KVM_MP_STATE_UNINITIALIZED : KVM_MP_STATE_RUNNABLE, err);
	return rc;
}

static uint64_t load(const uint8_t *p, unsigned int size)
{
	switch (size) {
	case 1:
		return *p;
	case 2:
		return get_le16(p);
	case 4:
		return get_le32(p);
	default:
		return get_le64(p);
	}
}

static void store(uint8_t *p, unsigned int size, uint64_t value)
{
	for (unsigned int i = 0; i < size; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

void vcpu_exit_io(struct kvm_run *run, const struct bus *ports)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;
	unsigned int size = run->io.size;

	/* String instructions come as several accesses to one port. */
	for (uint32_t i = 0; i < run->io.count; i++, data += size) {
		if (run->io.direction == KVM_EXIT_IO_OUT)
			bus_write(ports, run->io.port, size, load(data, size));
		else
			store(data, size, bus_read(ports, run->io.port, size));
	}
}

void vcpu_exit_mmio(struct kvm_run *run, const struct bus *mmio)
{
	unsigned int size = run->mmio.len;

	if (size != 1 && size != 2 && size != 4 && size != 8) {
		memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
		return; /* KVM splits wide accesses: what is left is no access a device has */
	}
	if (run->mmio.is_write)
		bus_write(mmio, run->mmio.phys_addr, size, load(run->mmio.data, size));
	else
		store(run->mmio.data, size, bus_read(mmio, run->mmio.phys_addr, size));
}

/*
 * The firmware does no I/O but for a refusal, so the first access of any other kind comes from the
 * guest's kernel, and the firmware is done with the window. Lock held.
 */
static void drop_staging(struct vm *vm)
{
	struct error err;

	if (!vm->staging.host)
		return;
	if (kvm_set_memory(
		    &vm->kvm, VM_SLOT_STAGING, HC_STAGING_GPA, 0, vm->staging.host, 0, &err)) {
		log_error(vm->log, "dropping the staging window", &err);
		vm_stop(vm, VMM_EXIT_ERROR);
		return;
	}
	staging_close(&vm->staging);
}

static bool is_refusal(const struct kvm_run *run)
{
	return run->exit_reason == KVM_EXIT_IO && run->io.port == HC_PORT_REFUSE;
}

static void device_access(struct vm *vm, struct kvm_run *run)
{
	pthread_mutex_lock(&vm->lock);
	if (!is_refusal(run))
		drop_staging(vm);
	if (run->exit_reason == KVM_EXIT_IO)
		vcpu_exit_io(run, &vm->ports);
	else
		vcpu_exit_mmio(run, &vm->mmio);
	pthread_mutex_unlock(&vm->lock);
}

/*
 * Where it was, for whoever looks for the cause; no general registers, for what a guest computes
 * with belongs in no log. KVM puts an AMD processor that shut down back into its state after INIT,
 * since what the processor leaves behind is not defined then.
 */
static void log_state(struct vm *vm, uint32_t index)
{
	struct kvm_vcpu *vcpu = &vm->vcpu[index];
	struct kvm_sregs s;
	struct kvm_regs r;
	struct error err;

	if (!vm->platform->open_state || kvm_get_regs(&vm->kvm, vcpu, &r, &err) ||
		kvm_get_sregs(&vm->kvm, vcpu, &s, &err))
		return;
	if (r.rip == RESET_RIP && s.cs.base == RESET_CS_BASE) {
		log_line(vm->log, LOG_LEVEL_ERROR,
			"vCPU %u: its state is gone, KVM has reset it (as on AMD after a triple "
			"fault). Do: see its last RIP in the host's trace event kvm:kvm_exit",
			index);
		return;
	}
	log_line(vm->log, LOG_LEVEL_ERROR,
		"vCPU %u: RIP %llx RSP %llx RFLAGS %llx CS %x CR0 %llx CR2 %llx CR3 %llx CR4 %llx "
		"EFER %llx GDT %llx+%x IDT %llx+%x",
		index, r.rip, r.rsp, r.rflags, s.cs.selector, s.cr0, s.cr2, s.cr3, s.cr4, s.efer,
		s.gdt.base, s.gdt.limit, s.idt.base, s.idt.limit);
}

static void crashed(struct vm *vm, uint32_t index, const char *how, uint64_t detail)
{
	if (!vm_stopping(vm)) {
		log_line(vm->log, LOG_LEVEL_ERROR, "the guest crashed: vCPU %u: %s (0x%llx)", index,
			how, (unsigned long long)detail);
		log_state(vm, index);
	}
	vm_stop(vm, VMM_EXIT_CRASHED);
}

static void handle_exit(struct vm *vm, uint32_t index, struct kvm_run *run)
{
	int status = VMM_EXIT_ERROR;

	switch (platform_handle_exit(vm, index, run, &status)) {
	case PLATFORM_EXIT_DONE:
		return;
	case PLATFORM_EXIT_STOP:
		vm_stop(vm, status);
		return;
	case PLATFORM_EXIT_NOT_MINE:
		break;
	}
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
	case KVM_EXIT_MMIO:
		device_access(vm, run);
		return;
	case KVM_EXIT_INTR:
	case KVM_EXIT_IRQ_WINDOW_OPEN:
	case KVM_EXIT_IOAPIC_EOI: /* there is no IOAPIC to tell */
		return;
	case KVM_EXIT_SHUTDOWN:
		crashed(vm, index, "triple fault", run->exit_reason);
		return;
	case KVM_EXIT_SYSTEM_EVENT:
		crashed(vm, index, "system event", run->system_event.type);
		return;
	case KVM_EXIT_FAIL_ENTRY:
		crashed(vm, index, "the processor refused its state",
			run->fail_entry.hardware_entry_failure_reason);
		return;
	case KVM_EXIT_INTERNAL_ERROR:
		crashed(vm, index, "KVM could not go on", run->internal.suberror);
		return;
	default:
		crashed(vm, index, "an exit that hc-vmm does not know", run->exit_reason);
	}
}

static void run_failed(struct vm *vm, uint32_t index, int rc)
{
	const char *remedy = vm->platform->run_remedy ? vm->platform->run_remedy(rc) : NULL;

	if (!vm_stopping(vm))
		log_line(vm->log, LOG_LEVEL_ERROR, "KVM_RUN of vCPU %u failed: %s. Do: %s", index,
			error_errno_text(-rc), remedy ? remedy : "see the host's dmesg");
	vm_stop(vm, VMM_EXIT_ERROR);
}

void vcpu_loop(struct vm *vm, uint32_t index)
{
	struct kvm_vcpu *vcpu = &vm->vcpu[index];

	while (!vm_stopping(vm)) {
		int rc = kvm_run_vcpu(&vm->kvm, vcpu);

		/* An access that wants the page converted ends KVM_RUN with an error and an exit.
		 */
		if (rc >= 0 || ((rc == -EFAULT || rc == -EHWPOISON) &&
				       vcpu->run->exit_reason == KVM_EXIT_MEMORY_FAULT))
			handle_exit(vm, index, vcpu->run);
		else if (rc != -EINTR && rc != -EAGAIN)
			run_failed(vm, index, rc);
	}
}
