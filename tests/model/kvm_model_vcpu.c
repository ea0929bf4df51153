/* SPDX-License-Identifier: Apache-2.0 */
/* vCPUs: registers, MSRs, CPUID. arch/x86/kvm/x86.c and cpuid.c of Linux. */
#include <errno.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/kvm_model_internal.h"

#define CR0_PE       (1ULL << 0)
#define CR0_NW       (1ULL << 29)
#define CR0_CD       (1ULL << 30)
#define CR0_PG       (1ULL << 31)
#define CR4_PAE      (1ULL << 5)
#define EFER_LME     (1ULL << 8)
#define EFER_LMA     (1ULL << 10)
#define RFLAGS_FIXED 2ULL

static const struct kvm_cpuid_entry2 host_leaves[] = {
	{.function = 0x0, .eax = 0x10, .ebx = 0x68747541, .ecx = 0x444d4163, .edx = 0x69746e65},
	{.function = 0x1,
		.eax = 0x00a10f11,
		.ebx = 0x00000800,
		.ecx = 0xfefa3203,
		.edx = 0x178bfbff},
	{.function = 0x5, .eax = 0x40, .ebx = 0x40, .ecx = 0x3, .edx = 0x11},
	{.function = 0x6, .eax = 0x4},
	{.function = 0x7,
		.flags = 1,
		.eax = 1,
		.ebx = 0xf1bf97a9,
		.ecx = 0x00405fce,
		.edx = 0xbc000010},
	{.function = 0x7, .index = 1, .flags = 1, .eax = 0x30},
	{.function = 0xb, .flags = 1, .ecx = 0x100},
	{.function = 0xd, .flags = 1, .eax = 0x2e7, .ebx = 0x240, .ecx = 0x988},
	{.function = 0xd, .index = 1, .flags = 1, .eax = 0xf, .ebx = 0x240},
	{.function = 0xd, .index = 2, .flags = 1, .eax = 0x100, .ebx = 0x240},
	{.function = 0xd, .index = 9, .flags = 1, .eax = 0x8, .ebx = 0x980},
	{.function = 0x40000000,
		.eax = 0x40000001,
		.ebx = 0x4b4d564b,
		.ecx = 0x564b4d56,
		.edx = 0x4d},
	{.function = 0x40000001, .eax = 0x01007efb},
	{.function = 0x80000000,
		.eax = 0x80000028,
		.ebx = 0x68747541,
		.ecx = 0x444d4163,
		.edx = 0x69746e65},
	{.function = 0x80000001,
		.eax = 0x00a10f11,
		.ebx = 0x40000000,
		.ecx = 0x00c003f3,
		.edx = 0x2fd3fbff},
	{.function = 0x80000002,
		.eax = 0x20444d41,
		.ebx = 0x43595045,
		.ecx = 0x36353920,
		.edx = 0x00203434},
	{.function = 0x80000005,
		.eax = 0xff48ff40,
		.ebx = 0xff48ff40,
		.ecx = 0x20080140,
		.edx = 0x20080140},
	{.function = 0x80000006,
		.eax = 0x5c002200,
		.ebx = 0x6c004200,
		.ecx = 0x04006140,
		.edx = 0x00009040},
	{.function = 0x80000007, .edx = 0x100},
	{.function = 0x80000008, .eax = 0x00303934, .ebx = 0x9b71d25d},
	{.function = 0x8000000a, .eax = 1, .ebx = 8, .edx = 0x1b},
	{.function = 0x80000019, .eax = 0xf040f040},
	{.function = 0x8000001d, .flags = 1, .eax = 0x4121, .ebx = 0x01c0003f, .ecx = 0x3f},
	{.function = 0x8000001d,
		.index = 1,
		.flags = 1,
		.eax = 0x4122,
		.ebx = 0x01c0003f,
		.ecx = 0x3f},
	{.function = 0x8000001d,
		.index = 2,
		.flags = 1,
		.eax = 0x4143,
		.ebx = 0x01c0003f,
		.ecx = 0x7ff,
		.edx = 2},
	{.function = 0x8000001d,
		.index = 3,
		.flags = 1,
		.eax = 0x3c163,
		.ebx = 0x03c0003f,
		.ecx = 0x7fff,
		.edx = 9},
	{.function = 0x8000001e},
	{.function = 0x80000021, .eax = 0x1000f},
	{.function = 0x80000022},
};

int model_supported_cpuid(struct kvm_model *m, struct kvm_cpuid2 *out)
{
	static struct kvm_cpuid_table all; /* called before there are other threads */

	memset(&all, 0, sizeof(all));
	all.head.nent = sizeof(host_leaves) / sizeof(host_leaves[0]);
	memcpy(all.entry, host_leaves, sizeof(host_leaves));
	if (m->vendor && m->vendor->cpuid)
		m->vendor->cpuid(m, &all);
	/* kvm_dev_ioctl_get_cpuid */
	if (!out->nent || all.head.nent > out->nent)
		return -E2BIG;
	out->nent = all.head.nent;
	memcpy(out->entries, all.entry, all.head.nent * sizeof(all.entry[0]));
	return 0;
}

static const struct kvm_cpuid_entry2 *leaf(const struct model_vcpu *v, uint32_t function)
{
	for (uint32_t i = 0; i < v->cpuid.head.nent; i++)
		if (v->cpuid.entry[i].function == function)
			return &v->cpuid.entry[i];
	return NULL;
}

/* kvm_vcpu_ioctl_set_cpuid2, kvm_set_cpuid, kvm_check_cpuid */
static int set_cpuid(struct model_vcpu *v, const struct kvm_cpuid2 *in)
{
	const struct kvm_cpuid_entry2 *sizes;
	uint32_t virt;

	if (in->nent > KVM_CPUID_MAX)
		return -E2BIG;
	/* After KVM_RUN only the same once more. */
	if (v->has_run &&
		(in->nent != v->cpuid.head.nent ||
			memcmp(in->entries, v->cpuid.entry, in->nent * sizeof(v->cpuid.entry[0]))))
		return -EINVAL;
	v->cpuid.head.nent = in->nent;
	memcpy(v->cpuid.entry, in->entries, in->nent * sizeof(v->cpuid.entry[0]));
	sizes = leaf(v, 0x80000008);
	virt = sizes ? sizes->eax >> 8 & 0xff : 0;
	if (virt && virt != 48 && virt != 57)
		return -EINVAL;
	v->cpuid_set = true;
	return 0;
}

static int get_cpuid(const struct model_vcpu *v, struct kvm_cpuid2 *out)
{
	if (out->nent < v->cpuid.head.nent)
		return -E2BIG;
	out->nent = v->cpuid.head.nent;
	memcpy(out->entries, v->cpuid.entry, out->nent * sizeof(v->cpuid.entry[0]));
	return 0;
}

/*
 * Which bits of a guest-physical address are reserved: those from MAXPHYADDR up, but for the
 * encryption bit of leaf 0x8000001f (sev_vcpu_after_set_cpuid), which only a SEV guest has.
 */
static uint64_t reserved_bits(const struct model_vcpu *v)
{
	const struct kvm_cpuid_entry2 *sizes = leaf(v, 0x80000008), *sev = leaf(v, 0x8000001f);
	uint32_t width = sizes ? sizes->eax & 0xff : 36;
	uint64_t reserved = ~0ULL << (width < 52 ? width : 52);

	if (sev && v->vm->has_protected_state)
		reserved &= ~(1ULL << (sev->ebx & 0x3f));
	return reserved;
}

/* kvm_is_valid_sregs, kvm_is_valid_cr0 */
static bool sregs_are_good(const struct model_vcpu *v, const struct kvm_sregs *s)
{
	if (s->cr0 >> 32 || ((s->cr0 & CR0_NW) && !(s->cr0 & CR0_CD)) ||
		((s->cr0 & CR0_PG) && !(s->cr0 & CR0_PE)))
		return false;
	if ((s->efer & EFER_LME) && (s->cr0 & CR0_PG)) {
		if (!(s->cr4 & CR4_PAE) || !(s->efer & EFER_LMA))
			return false;
		return !(s->cr3 & reserved_bits(v));
	}
	return !(s->efer & EFER_LMA) && !s->cs.l;
}

/* kvm_arch_vcpu_ioctl_set_mpstate */
static int set_mp_state(struct model_vcpu *v, uint32_t state)
{
	switch (state) {
	case KVM_MP_STATE_RUNNABLE:
		break;
	case KVM_MP_STATE_UNINITIALIZED:
	case KVM_MP_STATE_INIT_RECEIVED:
	case KVM_MP_STATE_HALTED:
	case KVM_MP_STATE_SIPI_RECEIVED:
		if (!v->vm->split_irqchip)
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	v->mp_state = state;
	return 0;
}

/* msr_io: how many were taken, up to the first that is refused. */
static int set_msrs(struct kvm_model *m, struct model_vcpu *v, const struct kvm_msrs *in)
{
	uint32_t done = 0;

	if (in->nmsrs >= 256)
		return -E2BIG;
	for (; done < in->nmsrs; done++) {
		uint32_t i = 0;

		kvm_model_reserved(m, "struct kvm_msr_entry", &in->entries[done].reserved, 4);
		while (i < v->msr_count && v->msr[i].index != in->entries[done].index)
			i++;
		if (i == MODEL_MSRS)
			break;
		v->msr[i] = in->entries[done];
		if (i == v->msr_count)
			v->msr_count++;
	}
	return (int)done;
}

/* kvm_vcpu_ioctl_x86_set_xcrs, __kvm_set_xcr: XCR0 only, with x87, of what the model's leaf 0xd has
 */
static int set_xcrs(struct kvm_model *m, struct model_vcpu *v, const struct kvm_xcrs *in)
{
	const struct kvm_cpuid_entry2 *xsave = leaf(v, 0xd);
	uint64_t offered = xsave ? xsave->eax | (uint64_t)xsave->edx << 32 : 1;

	kvm_model_reserved(m, "struct kvm_xcrs", in->padding, sizeof(in->padding));
	if (in->nr_xcrs > KVM_MAX_XCRS || in->flags)
		return -EINVAL;
	for (uint32_t i = 0; i < in->nr_xcrs; i++)
		if (in->xcrs[i].xcr == 0) {
			if (!(in->xcrs[i].value & 1) || in->xcrs[i].value & ~(offered | 1))
				return -EINVAL;
			v->xcr0 = in->xcrs[i].value;
			break;
		}
	return 0;
}

/* kvm_vcpu_ioctl_x86_set_debugregs */
static int set_debugregs(struct kvm_model *m, struct model_vcpu *v, const struct kvm_debugregs *in)
{
	kvm_model_reserved(m, "struct kvm_debugregs", in->reserved, sizeof(in->reserved));
	if (in->flags || in->dr6 >> 32 || in->dr7 >> 32)
		return -EINVAL;
	v->debug = *in;
	return 0;
}

static bool reaches_guest_state(unsigned long request)
{
	return request == KVM_GET_REGS || request == KVM_SET_REGS || request == KVM_GET_SREGS ||
	       request == KVM_SET_SREGS || request == KVM_SET_XCRS || request == KVM_SET_FPU ||
	       request == KVM_SET_DEBUGREGS;
}

int model_vcpu_ioctl(struct kvm_model *m, struct model_vcpu *v, unsigned long request, void *arg)
{
	int rc = 0;

	/* kvm_arch_vcpu_ioctl_set_regs and the like */
	if (v->vm->has_protected_state && v->guest_state_protected && reaches_guest_state(request))
		return -EINVAL;
	if (request == KVM_MEMORY_ENCRYPT_OP)
		return m->vendor && m->vendor->vcpu_op ? m->vendor->vcpu_op(m, v, arg) : -ENOTTY;
	if (m->vendor && m->vendor->vcpu_gate)
		rc = m->vendor->vcpu_gate(m, v, request, arg);
	if (rc)
		return rc;
	switch (request) {
	case KVM_SET_CPUID2:
		return set_cpuid(v, arg);
	case KVM_GET_CPUID2:
		return get_cpuid(v, arg);
	case KVM_GET_REGS:
		*(struct kvm_regs *)arg = v->regs;
		return 0;
	case KVM_SET_REGS:
		v->regs = *(const struct kvm_regs *)arg;
		v->regs.rflags |= RFLAGS_FIXED;
		return 0;
	case KVM_GET_SREGS:
		*(struct kvm_sregs *)arg = v->sregs;
		return 0;
	case KVM_SET_SREGS:
		if (!sregs_are_good(v, arg))
			return -EINVAL;
		v->sregs = *(const struct kvm_sregs *)arg;
		return 0;
	case KVM_SET_MSRS:
		return set_msrs(m, v, arg);
	case KVM_SET_XCRS:
		return set_xcrs(m, v, arg);
	case KVM_SET_FPU:
		v->fpu = *(const struct kvm_fpu *)arg;
		return 0;
	case KVM_SET_DEBUGREGS:
		return set_debugregs(m, v, arg);
	case KVM_SET_MP_STATE:
		return set_mp_state(v, ((const struct kvm_mp_state *)arg)->mp_state);
	case KVM_GET_MP_STATE:
		((struct kvm_mp_state *)arg)->mp_state = v->mp_state;
		return 0;
	default:
		kvm_model_complain(m, "ioctl 0x%lx of a vCPU: none such\n", request);
		return -ENOTTY;
	}
}
