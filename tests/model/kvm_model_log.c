/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript's text of a call: name and arguments, but for addresses of the host. */
#include <stdio.h>
#include <string.h>

#include "tests/model/kvm_model_internal.h"

typedef unsigned long long ull;

static const struct {
	unsigned long request;
	const char *name;
	bool number; /* the argument is a value */
} names[] = {
	{KVM_GET_API_VERSION, "KVM_GET_API_VERSION", false},
	{KVM_CHECK_EXTENSION, "KVM_CHECK_EXTENSION", true},
	{KVM_GET_VCPU_MMAP_SIZE, "KVM_GET_VCPU_MMAP_SIZE", false},
	{KVM_CREATE_VM, "KVM_CREATE_VM", true},
	{KVM_GET_SUPPORTED_CPUID, "KVM_GET_SUPPORTED_CPUID", false},
	{KVM_GET_DEVICE_ATTR, "KVM_GET_DEVICE_ATTR", false},
	{KVM_ENABLE_CAP, "KVM_ENABLE_CAP", false},
	{KVM_SET_TSS_ADDR, "KVM_SET_TSS_ADDR", true},
	{KVM_SET_TSC_KHZ, "KVM_SET_TSC_KHZ", true},
	{KVM_SET_USER_MEMORY_REGION, "KVM_SET_USER_MEMORY_REGION", false},
	{KVM_SET_USER_MEMORY_REGION2, "KVM_SET_USER_MEMORY_REGION2", false},
	{KVM_CREATE_GUEST_MEMFD, "KVM_CREATE_GUEST_MEMFD", false},
	{KVM_SET_MEMORY_ATTRIBUTES, "KVM_SET_MEMORY_ATTRIBUTES", false},
	{KVM_CREATE_VCPU, "KVM_CREATE_VCPU", true},
	{KVM_IOEVENTFD, "KVM_IOEVENTFD", false},
	{KVM_SIGNAL_MSI, "KVM_SIGNAL_MSI", false},
	{KVM_MEMORY_ENCRYPT_OP, "KVM_MEMORY_ENCRYPT_OP", false},
	{KVM_SET_CPUID2, "KVM_SET_CPUID2", false},
	{KVM_GET_CPUID2, "KVM_GET_CPUID2", false},
	{KVM_GET_REGS, "KVM_GET_REGS", false},
	{KVM_SET_REGS, "KVM_SET_REGS", false},
	{KVM_GET_SREGS, "KVM_GET_SREGS", false},
	{KVM_SET_SREGS, "KVM_SET_SREGS", false},
	{KVM_SET_MSRS, "KVM_SET_MSRS", false},
	{KVM_SET_XCRS, "KVM_SET_XCRS", false},
	{KVM_SET_FPU, "KVM_SET_FPU", false},
	{KVM_SET_DEBUGREGS, "KVM_SET_DEBUGREGS", false},
	{KVM_SET_MP_STATE, "KVM_SET_MP_STATE", false},
	{KVM_GET_MP_STATE, "KVM_GET_MP_STATE", false},
};

static void describe_memory(const struct kvm_userspace_memory_region *r, char *out, size_t cap)
{
	snprintf(out, cap, " slot=%u flags=%u gpa=0x%llx+0x%llx", r->slot, r->flags,
		(ull)r->guest_phys_addr, (ull)r->memory_size);
}

static void describe_memory2(const struct kvm_userspace_memory_region2 *r, char *out, size_t cap)
{
	snprintf(out, cap, " slot=%u flags=%u gpa=0x%llx+0x%llx gmem+0x%llx", r->slot, r->flags,
		(ull)r->guest_phys_addr, (ull)r->memory_size, (ull)r->guest_memfd_offset);
}

static void describe_vm(unsigned long request, const void *arg, char *out, size_t cap)
{
	const struct kvm_enable_cap *c = arg;
	const struct kvm_create_guest_memfd *g = arg;
	const struct kvm_memory_attributes *a = arg;
	const struct kvm_device_attr *d = arg;
	const struct kvm_ioeventfd *e = arg;

	switch (request) {
	case KVM_ENABLE_CAP:
		snprintf(out, cap, " %u 0x%llx", c->cap, (ull)c->args[0]);
		break;
	case KVM_CREATE_GUEST_MEMFD:
		snprintf(out, cap, " size=0x%llx flags=%llu", (ull)g->size, (ull)g->flags);
		break;
	case KVM_SET_MEMORY_ATTRIBUTES:
		snprintf(out, cap, " 0x%llx+0x%llx %llu", (ull)a->address, (ull)a->size,
			(ull)a->attributes);
		break;
	case KVM_GET_DEVICE_ATTR:
		snprintf(out, cap, " group=%u attr=%llu", d->group, (ull)d->attr);
		break;
	case KVM_IOEVENTFD:
		snprintf(out, cap, " 0x%llx flags=%u", (ull)e->addr, e->flags);
		break;
	default:
		break;
	}
}

static void describe_vcpu(unsigned long request, const void *arg, char *out, size_t cap)
{
	const struct kvm_regs *regs = arg;
	const struct kvm_sregs *sregs = arg;
	const struct kvm_mp_state *mp = arg;
	const struct kvm_cpuid2 *cpuid = arg;
	const struct kvm_msrs *msrs = arg;

	switch (request) {
	case KVM_SET_REGS:
		snprintf(out, cap, " rip=0x%llx", (ull)regs->rip);
		break;
	case KVM_SET_SREGS:
		snprintf(out, cap, " cr0=0x%llx cr3=0x%llx cr4=0x%llx efer=0x%llx", (ull)sregs->cr0,
			(ull)sregs->cr3, (ull)sregs->cr4, (ull)sregs->efer);
		break;
	case KVM_SET_MP_STATE:
		snprintf(out, cap, " %u", mp->mp_state);
		break;
	case KVM_SET_CPUID2:
		snprintf(out, cap, " nent=%u", cpuid->nent);
		break;
	case KVM_SET_MSRS:
		snprintf(out, cap, " nmsrs=%u 0x%x", msrs->nmsrs, msrs->entries[0].index);
		break;
	default:
		break;
	}
}

void model_describe(
	const struct kvm_model *m, unsigned long request, const void *arg, char *out, size_t cap)
{
	size_t i = 0, len;

	while (i < sizeof(names) / sizeof(names[0]) && names[i].request != request)
		i++;
	if (i == sizeof(names) / sizeof(names[0])) {
		snprintf(out, cap, "ioctl_0x%lx", request);
		if (m->vendor && m->vendor->describe_device)
			m->vendor->describe_device(request, arg, out, cap);
		return;
	}
	snprintf(out, cap, "%s", names[i].name);
	len = strlen(out);
	if (names[i].number)
		snprintf(out + len, cap - len, " %llu", (ull)(uintptr_t)arg);
	else if (!arg)
		return;
	else if (request == KVM_MEMORY_ENCRYPT_OP && m->vendor && m->vendor->describe)
		m->vendor->describe(arg, out, cap);
	else if (request == KVM_SET_USER_MEMORY_REGION)
		describe_memory(arg, out + len, cap - len);
	else if (request == KVM_SET_USER_MEMORY_REGION2)
		describe_memory2(arg, out + len, cap - len);
	else {
		describe_vm(request, arg, out + len, cap - len);
		describe_vcpu(request, arg, out + len, cap - len);
	}
}
