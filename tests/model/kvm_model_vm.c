/* SPDX-License-Identifier: Apache-2.0 */
/* VMs: types, capabilities and their order, vCPUs, interrupts. arch/x86/kvm/x86.c of Linux. */
#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/kvm_model_internal.h"

#define MAX_VCPUS     4096u /* KVM_MAX_VCPUS as distributions have it */
#define MAX_PINS      4096u /* MAX_NR_RESERVED_IOAPIC_PINS */
#define TSS_LAST      ((unsigned int)(-3 * HC_PAGE_SIZE))
#define X2APIC_VALID  (KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)
#define HC_VALID      (1ULL << KVM_HC_MAP_GPA_RANGE) /* KVM_EXIT_HYPERCALL_VALID_MASK */
#define IOEVENTFD_BAD (~(uint32_t)((1u << kvm_ioeventfd_flag_nr_max) - 1))

static bool is_vendors(const struct kvm_model *m, unsigned long type)
{
	return m->vendor && type < 64 && (m->vendor->types >> type & 1);
}

/* kvm_dev_ioctl_create_vm, kvm_arch_init_vm */
int model_create_vm(struct kvm_model *m, unsigned long type)
{
	struct model_vm *vm = NULL;
	struct model_range *private;
	int fd, rc = 0;

	if (type != KVM_X86_DEFAULT_VM && !is_vendors(m, type))
		return -EINVAL;
	for (uint32_t i = 0; i < MODEL_VMS && !vm; i++)
		if (!m->vm[i].used)
			vm = &m->vm[i];
	if (!vm)
		return -ENOMEM;
	private = vm->private;
	for (uint32_t i = 0; i < MODEL_VCPUS; i++) {
		struct kvm_run *run = vm->vcpu[i].run;

		memset(&vm->vcpu[i], 0, sizeof(vm->vcpu[i]));
		vm->vcpu[i].run = run;
	}
	memset(vm->slot, 0, sizeof(vm->slot));
	memset(vm->event, 0, sizeof(vm->event));
	vm->model = m;
	vm->index = (uint32_t)(vm - m->vm);
	vm->type = type;
	vm->private = private;
	vm->privates = vm->vcpus = 0;
	vm->has_private_mem = vm->has_protected_state = vm->split_irqchip = false;
	vm->x2apic_api = vm->exit_hypercalls = vm->apic_bus_ns = vm->tsc_khz = vm->msis = 0;
	vm->max_vcpus = MAX_VCPUS;
	vm->state = NULL;
	if (is_vendors(m, type) && m->vendor->create_vm)
		rc = m->vendor->create_vm(m, vm);
	if (rc)
		return rc;
	fd = model_fd_new(m, MODEL_VM, vm->index, 0);
	if (fd < 0)
		return fd;
	vm->used = true;
	vm->refs = 1;
	m->vms_made++;
	return fd;
}

/* kvm_put_kvm: its descriptor, those of its vCPUs and of its guest_memfds hold it. */
void model_vm_put(struct kvm_model *m, struct model_vm *vm)
{
	if (--vm->refs)
		return;
	if (is_vendors(m, vm->type) && m->vendor->destroy_vm)
		m->vendor->destroy_vm(m, vm);
	vm->used = false;
}

static uint64_t vm_types(const struct kvm_model *m)
{
	return 1u << KVM_X86_DEFAULT_VM | (m->vendor ? m->vendor->types : 0);
}

/* kvm_vm_ioctl_check_extension, kvm_vm_ioctl_check_extension_generic */
int model_check_extension(struct kvm_model *m, struct model_vm *vm, unsigned long cap)
{
	int rc = m->vendor && m->vendor->check_extension ? m->vendor->check_extension(m, vm, cap)
							 : -1;

	if (rc >= 0)
		return rc;
	switch (cap) {
	case KVM_CAP_SPLIT_IRQCHIP:
	case KVM_CAP_SIGNAL_MSI:
	case KVM_CAP_IOEVENTFD:
	case KVM_CAP_IMMEDIATE_EXIT:
	case KVM_CAP_EXT_CPUID:
	case KVM_CAP_TSC_DEADLINE_TIMER:
	case KVM_CAP_USER_MEMORY2:
	case KVM_CAP_MEMORY_FAULT_INFO:
	case KVM_CAP_X86_APIC_BUS_CYCLES_NS:
	case KVM_CAP_SET_TSS_ADDR:
		return 1;
	case KVM_CAP_X2APIC_API:
		return X2APIC_VALID;
	case KVM_CAP_EXIT_HYPERCALL:
		return (int)HC_VALID;
	case KVM_CAP_READONLY_MEM:
		return !vm || !vm->has_protected_state;
	case KVM_CAP_MAX_VCPUS:
		return vm ? (int)vm->max_vcpus : (int)MAX_VCPUS;
	case KVM_CAP_MAX_VCPU_ID:
		return (int)MAX_VCPUS * 4;
	case KVM_CAP_NR_MEMSLOTS:
		return 32764;
	case KVM_CAP_VM_TYPES:
		return (int)vm_types(m);
	case KVM_CAP_MEMORY_ATTRIBUTES:
		return (int)model_supported_attributes(vm);
	case KVM_CAP_GUEST_MEMFD:
		return m->kernel >= KVM_MODEL_7_0 || !vm || vm->has_private_mem;
	case KVM_CAP_GUEST_MEMFD_FLAGS:
		if (m->kernel < KVM_MODEL_7_0)
			return 0;
		return GUEST_MEMFD_FLAG_MMAP |
		       (vm && vm->has_private_mem ? 0 : (int)GUEST_MEMFD_FLAG_INIT_SHARED);
	default:
		return 0;
	}
}

/* KVM_CAP_SPLIT_IRQCHIP */
static int enable_split_irqchip(struct model_vm *vm, uint64_t pins)
{
	if (pins > MAX_PINS)
		return -EINVAL;
	if (vm->split_irqchip || vm->vcpus)
		return -EEXIST;
	vm->split_irqchip = true;
	return 0;
}

static int enable_bus_cycles(struct model_vm *vm, uint64_t ns)
{
	uint64_t unused;

	if (!ns || __builtin_mul_overflow((uint64_t)UINT32_MAX * 128, ns, &unused))
		return -EINVAL;
	if (!vm->split_irqchip)
		return -ENXIO;
	if (vm->vcpus)
		return -EINVAL;
	vm->apic_bus_ns = ns;
	return 0;
}

/* kvm_vm_ioctl_enable_cap */
static int enable_cap(struct kvm_model *m, struct model_vm *vm, const struct kvm_enable_cap *c)
{
	int rc = -ENOTTY;

	kvm_model_reserved(m, "struct kvm_enable_cap", &c->args[1], sizeof(c->args) - 8);
	kvm_model_reserved(m, "struct kvm_enable_cap", c->pad, sizeof(c->pad));
	if (c->flags)
		return -EINVAL;
	if (is_vendors(m, vm->type) && m->vendor->enable_cap)
		rc = m->vendor->enable_cap(m, vm, c);
	if (rc != -ENOTTY)
		return rc;
	switch (c->cap) {
	case KVM_CAP_SPLIT_IRQCHIP:
		return enable_split_irqchip(vm, c->args[0]);
	case KVM_CAP_X2APIC_API:
		if (c->args[0] & ~(uint64_t)X2APIC_VALID)
			return -EINVAL;
		vm->x2apic_api = c->args[0];
		return 0;
	case KVM_CAP_EXIT_HYPERCALL:
		if (c->args[0] & ~HC_VALID)
			return -EINVAL;
		vm->exit_hypercalls = c->args[0];
		return 0;
	case KVM_CAP_X86_APIC_BUS_CYCLES_NS:
		return enable_bus_cycles(vm, c->args[0]);
	default:
		return -EINVAL;
	}
}

/* kvm_vm_ioctl_create_vcpu, kvm_arch_vcpu_create, kvm_vcpu_reset */
static int create_vcpu(struct kvm_model *m, struct model_vm *vm, uintptr_t id)
{
	struct model_vcpu *v = &vm->vcpu[vm->vcpus];
	int fd, rc = 0;

	if (id >= MAX_VCPUS * 4 || vm->vcpus >= vm->max_vcpus)
		return -EINVAL;
	for (uint32_t i = 0; i < vm->vcpus; i++)
		if (vm->vcpu[i].id == id)
			return -EEXIST;
	if (vm->vcpus == MODEL_VCPUS)
		return -ENOMEM;
	v->vm = vm;
	v->index = vm->vcpus;
	v->id = (uint32_t)id;
	/* RDX is the processor's signature after reset: what is measured must not depend on it. */
	v->regs = (struct kvm_regs){.rip = 0xfff0, .rflags = 2, .rdx = 0x600};
	v->sregs.cr0 = 0x60000010;
	v->xcr0 = 1;
	v->fpu = (struct kvm_fpu){.fcw = 0x37f, .mxcsr = 0x1f80};
	v->debug = (struct kvm_debugregs){.dr6 = 0xffff0ff0, .dr7 = 0x400};
	v->sregs.apic_base = 0xfee00800 | (id ? 0 : 0x100);
	v->mp_state = id ? KVM_MP_STATE_UNINITIALIZED : KVM_MP_STATE_RUNNABLE;
	v->script = m->script[vm->index][v->index].steps;
	v->steps = m->script[vm->index][v->index].count;
	if (is_vendors(m, vm->type) && m->vendor->create_vcpu)
		rc = m->vendor->create_vcpu(m, v);
	if (rc)
		return rc;
	fd = model_fd_new(m, MODEL_VCPU, vm->index, v->index);
	if (fd < 0)
		return fd;
	v->used = true;
	vm->vcpus++;
	vm->refs++;
	return fd;
}

/* kvm_assign_ioeventfd, kvm_deassign_ioeventfd */
static int ioeventfd(struct model_vm *vm, const struct kvm_ioeventfd *e)
{
	const bool off = e->flags & KVM_IOEVENTFD_FLAG_DEASSIGN;
	struct model_event *free = NULL;

	if (e->flags & IOEVENTFD_BAD)
		return -EINVAL;
	if (e->len && e->len != 1 && e->len != 2 && e->len != 4 && e->len != 8)
		return -EINVAL;
	if (e->addr + e->len < e->addr || (!e->len && (e->flags & KVM_IOEVENTFD_FLAG_DATAMATCH)))
		return -EINVAL;
	for (uint32_t i = 0; i < MODEL_EVENTS; i++) {
		struct model_event *at = &vm->event[i];

		if (!at->used)
			free = at;
		else if (at->address == e->addr && (!off || at->fd == e->fd)) {
			at->used = !off;
			return off ? 0 : -EEXIST;
		}
	}
	if (off || !free)
		return off ? -ENOENT : -ENOSPC;
	*free = (struct model_event){.used = true, .address = e->addr, .fd = e->fd};
	return 0;
}

/* kvm_send_userspace_msi: the number of APICs that took it. */
static int signal_msi(struct model_vm *vm, const struct kvm_msi *msi)
{
	if (!vm->split_irqchip || msi->flags)
		return -EINVAL;
	vm->msis++;
	return 1;
}

/* KVM_SET_USER_MEMORY_REGION: the same with flags of the first two bits only. */
static int set_memory_v1(
	struct kvm_model *m, struct model_vm *vm, const struct kvm_userspace_memory_region *r)
{
	const struct kvm_userspace_memory_region2 r2 = {
		.slot = r->slot,
		.flags = r->flags,
		.guest_phys_addr = r->guest_phys_addr,
		.memory_size = r->memory_size,
		.userspace_addr = r->userspace_addr,
	};

	return model_set_memory(m, vm, &r2, false);
}

int model_vm_ioctl(struct kvm_model *m, struct model_vm *vm, unsigned long request, void *arg)
{
	int rc = 0;

	if (request == KVM_MEMORY_ENCRYPT_OP)
		return is_vendors(m, vm->type) && m->vendor->vm_op ? m->vendor->vm_op(m, vm, arg)
								   : -ENOTTY;
	if (is_vendors(m, vm->type) && m->vendor->vm_gate)
		rc = m->vendor->vm_gate(m, vm, request, arg);
	if (rc)
		return rc;
	switch (request) {
	case KVM_CHECK_EXTENSION:
		return model_check_extension(m, vm, (uintptr_t)arg);
	case KVM_ENABLE_CAP:
		return enable_cap(m, vm, arg);
	case KVM_SET_TSS_ADDR:
		return (uintptr_t)arg > TSS_LAST ? -EINVAL : 0;
	case KVM_SET_TSC_KHZ:
		if (vm->vcpus)
			return -EINVAL;
		vm->tsc_khz = (uintptr_t)arg;
		return 0;
	case KVM_SET_USER_MEMORY_REGION:
		return set_memory_v1(m, vm, arg);
	case KVM_SET_USER_MEMORY_REGION2:
		return model_set_memory(m, vm, arg, true);
	case KVM_CREATE_GUEST_MEMFD:
		return model_create_gmem(m, vm, arg);
	case KVM_SET_MEMORY_ATTRIBUTES:
		return model_set_attributes(m, vm, arg);
	case KVM_CREATE_VCPU:
		return create_vcpu(m, vm, (uintptr_t)arg);
	case KVM_IOEVENTFD:
		return ioeventfd(vm, arg);
	case KVM_SIGNAL_MSI:
		return signal_msi(vm, arg);
	default:
		kvm_model_complain(m, "ioctl 0x%lx of a VM: none such\n", request);
		return -ENOTTY;
	}
}
