/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDs: their life from KVM_CREATE_VM to KVM_TDX_FINALIZE_VM. Functions named in comments are of
 * Linux's arch/x86/kvm/vmx/tdx.c unless a file is given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/tdx_module_internal.h"

#define SUPPORTED_ATTRS TDX_ATTR_SEPT_VE_DISABLE /* KVM_SUPPORTED_TDX_TD_ATTRS */
#define XFAM_FIXED1     0x3ULL                   /* x87 and SSE */
#define XFAM_AVX        0x4ULL
#define XFAM_AVX512     0xe0ULL
#define XFAM_CET        0x1800ULL
#define XFAM_AMX        0x60000ULL
#define R11_NOTIFY      (1ULL << 1) /* TDVMCALLINFO_SETUP_EVENT_NOTIFY_INTERRUPT */
#define HOST_TSC_KHZ    2100000u
#define TSC_UNIT_KHZ    25000u
#define TSC_MIN         4   /* 100 MHz; TD_PARAMS.TSC_FREQUENCY */
#define TSC_MAX         400 /* 10 GHz */
#define EAX_WIDTH(eax)  ((eax) >> 16 & 0xff)
#define ECX_X2APIC      (1u << 21)

struct kvm_model *tdx_module_new(enum kvm_model_kernel kernel)
{
	struct kvm_model *m = kvm_model_new(kernel, &tdx_module_vendor);
	struct tdx_module *t;

	if (!m)
		return NULL;
	t = kvm_model_alloc(m, sizeof(*t));
	t->hkids = 31;
	t->cpus = 64;
	t->five_levels = true;
	t->supported_xfam = 0x61ae7;
	m->vendor_state = t;
	return m;
}

/* tdx_vm_init */
static int create_vm(struct kvm_model *m, struct model_vm *vm)
{
	vm->state = kvm_model_alloc(m, sizeof(struct tdx_td));
	vm->has_private_mem = vm->has_protected_state = true;
	if (vm->max_vcpus > tdx_module(m)->cpus)
		vm->max_vcpus = tdx_module(m)->cpus;
	return 0;
}

static void release_hkid(struct kvm_model *m, struct tdx_td *td)
{
	if (td->has_hkid)
		tdx_module(m)->hkids_used--;
	td->has_hkid = false;
}

/* tdx_mmu_release_hkid, tdx_vm_destroy */
static void destroy_vm(struct kvm_model *m, struct model_vm *vm)
{
	struct tdx_td *td = tdx_module_td(vm);

	release_hkid(m, td);
	crypto_sha384_fini(&td->measurement);
	td->state = TDX_UNINITIALIZED;
}

/* tdx_get_capabilities, init_kvm_tdx_caps */
static int capabilities(struct kvm_model *m, const struct kvm_tdx_cmd *cmd)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
	struct kvm_tdx_capabilities *out = (void *)(uintptr_t)cmd->data;
	struct kvm_cpuid_table list;
	const uint32_t count = tdx_cpuid_configurable(tdx_module(m), list.entry);

	if (cmd->flags)
		return -EINVAL;
	if (out->cpuid.nent < count)
		return -E2BIG;
	/* Since 6.19 the whole structure is written; before, what KVM does not know stays. */
	if (m->kernel >= KVM_MODEL_7_0)
		memset(out, 0, sizeof(*out));
	out->supported_attrs = SUPPORTED_ATTRS;
	out->supported_xfam = tdx_module(m)->supported_xfam;
	out->user_tdvmcallinfo_1_r11 = R11_NOTIFY;
	out->cpuid.nent = count;
	memcpy(out->cpuid.entries, list.entry, count * sizeof(list.entry[0]));
	return 0;
}

/* Components of XFAM that come together or not at all (base specification, "XFAM"). */
static bool xfam_is_good(uint64_t xfam)
{
	static const uint64_t together[] = {XFAM_AVX512, XFAM_CET, XFAM_AMX};

	for (size_t i = 0; i < sizeof(together) / sizeof(together[0]); i++)
		if ((xfam & together[i]) && (xfam & together[i]) != together[i])
			return false;
	return !(xfam & XFAM_AVX512) || (xfam & XFAM_AVX);
}

/* TDH.MNG.INIT, but for the leaves. */
static uint64_t mng_init(const struct tdx_module *t, const struct tdx_td *td)
{
	if (t->init_status)
		return t->init_status;
	if (!xfam_is_good(td->xfam))
		return TDX_OPERAND_INVALID | TDX_OPERAND_XFAM;
	if (td->tsc_25mhz < TSC_MIN || td->tsc_25mhz > TSC_MAX)
		return TDX_OPERAND_INVALID | TDX_OPERAND_TSC;
	return 0;
}

/* setup_tdparams_eptp_controls */
static int set_width(const struct tdx_module *t, struct tdx_td *td, const struct kvm_cpuid2 *cpuid)
{
	for (uint32_t i = 0; i < cpuid->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &cpuid->entries[i];

		if (e->function != 0x80000008 ||
			((e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) && e->index))
			continue;
		if (EAX_WIDTH(e->eax) != 48 && (EAX_WIDTH(e->eax) != 52 || !t->five_levels))
			return -EINVAL;
		td->shared_bit = 1ULL << (EAX_WIDTH(e->eax) - 1);
		return 0;
	}
	return -EINVAL;
}

/* setup_tdparams */
static int set_params(struct kvm_model *m, const struct model_vm *vm, struct tdx_td *td,
	const struct kvm_tdx_init_vm *in)
{
	if (vm->vcpus)
		return -EBUSY;
	if (in->attributes & ~SUPPORTED_ATTRS || in->xfam & ~tdx_module(m)->supported_xfam)
		return -EINVAL;
	td->attributes = in->attributes;
	td->xfam = in->xfam | XFAM_FIXED1;
	td->max_vcpus = (uint32_t)vm->max_vcpus;
	td->tsc_25mhz = (vm->tsc_khz ? vm->tsc_khz : HOST_TSC_KHZ) / TSC_UNIT_KHZ;
	memcpy(td->mrconfigid, in->mrconfigid, sizeof(td->mrconfigid));
	memcpy(td->mrowner, in->mrowner, sizeof(td->mrowner));
	memcpy(td->mrownerconfig, in->mrownerconfig, sizeof(td->mrownerconfig));
	return set_width(tdx_module(m), td, &in->cpuid);
}

/* __tdx_td_init: what can fail before the module sees the parameters. */
static int take_hkid(struct tdx_module *t)
{
	if (t->hkids_used == t->hkids) /* tdx_guest_keyid_alloc, ida_alloc_range */
		return -ENOSPC;
	if (t->cgroup_full) /* misc_cg_try_charge */
		return -EBUSY;
	if (t->package_offline)
		return -EIO;
	if (!t->no_entropy) /* TDH.MNG.CREATE */
		return 0;
	t->no_entropy--;
	return -EAGAIN;
}

/* __tdx_td_init, from TDH.MNG.INIT on; what it refuses leaves the TD as it was. */
static int init_td(
	struct tdx_module *t, struct tdx_td *td, const struct kvm_tdx_init_vm *in, uint64_t *status)
{
	int rc;

	*status = mng_init(t, td);
	rc = *status ? 0 : tdx_cpuid_init(t, td, &in->cpuid, status);
	if (!*status)
		return rc;
	if (*status >> 32 == TDX_OPERAND_INVALID >> 32)
		return -EINVAL;
	/* KVM does not tell: it writes the status to its log only. */
	*status = 0;
	td->dead = true;
	return -EIO;
}

static bool init_is_good(const struct kvm_tdx_cmd *cmd, const struct kvm_tdx_init_vm *in)
{
	return !cmd->flags && bytes_all_zero((const uint8_t *)in->reserved, sizeof(in->reserved)) &&
	       !in->cpuid.padding;
}

/* tdx_td_init */
static int init_vm(struct kvm_model *m, struct model_vm *vm, struct kvm_tdx_cmd *cmd)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
	const struct kvm_tdx_init_vm *in = (void *)(uintptr_t)cmd->data;
	struct tdx_module *t = tdx_module(m);
	struct tdx_td *td = tdx_module_td(vm), next = *td;
	uint64_t status = 0;
	int rc;

	if (td->state != TDX_UNINITIALIZED || cmd->flags)
		return -EINVAL;
	if (in->cpuid.nent > KVM_CPUID_MAX)
		return -E2BIG;
	if (!init_is_good(cmd, in))
		return -EINVAL;
	rc = set_params(m, vm, &next, in);
	if (!rc)
		rc = tdx_cpuid_init(t, &next, &in->cpuid, NULL);
	if (!rc)
		rc = take_hkid(t);
	if (!rc)
		rc = init_td(t, &next, in, &status);
	cmd->hw_error = status;
	if (rc) {
		td->dead = next.dead;
		return rc;
	}
	if (crypto_sha384_init(&next.measurement))
		abort();
	next.state = TDX_INITIALIZED;
	next.has_hkid = true;
	next.key = 0x7d00000000000000ULL + ++t->keys;
	t->hkids_used++;
	*td = next;
	return 0;
}

/* tdx_td_finalize */
static int finalize_vm(struct kvm_model *m, struct model_vm *vm, struct kvm_tdx_cmd *cmd)
{
	struct tdx_module *t = tdx_module(m);
	struct tdx_td *td = tdx_module_td(vm);

	if (!td->has_hkid || td->state == TDX_RUNNABLE)
		return -EINVAL;
	/* TDH.MR.FINALIZE; KVM does not look at the flags of this command. */
	if (cmd->flags)
		kvm_model_complain(m, "KVM_TDX_FINALIZE_VM: flags are not zero\n");
	if (t->finalize_busy) {
		t->finalize_busy--;
		cmd->hw_error = TDX_OPERAND_BUSY;
		return -EBUSY;
	}
	if (t->finalize_status) {
		cmd->hw_error = t->finalize_status;
		td->dead = true;
		return -EIO;
	}
	if (crypto_sha384_final(&td->measurement, td->mrtd))
		abort();
	td->state = TDX_RUNNABLE;
	return 0;
}

/* tdx_vm_ioctl; kvm_vm_ioctl (virt/kvm/kvm_main.c) for a dead VM */
static int vm_op(struct kvm_model *m, struct model_vm *vm, void *command)
{
	struct kvm_tdx_cmd *user = command, cmd = *user;
	int rc;

	if (tdx_module_td(vm)->dead)
		return -EIO;
	/* tdx_get_cmd: hw_error is the kernel's to write. */
	if (cmd.hw_error)
		return -EINVAL;
	switch (cmd.id) {
	case KVM_TDX_CAPABILITIES:
		rc = capabilities(m, &cmd);
		break;
	case KVM_TDX_INIT_VM:
		rc = init_vm(m, vm, &cmd);
		break;
	case KVM_TDX_FINALIZE_VM:
		rc = finalize_vm(m, vm, &cmd);
		break;
	default:
		return -EINVAL;
	}
	*user = cmd;
	return rc;
}

/* tdx_vcpu_create */
static int create_vcpu(struct kvm_model *m, struct model_vcpu *v)
{
	const struct tdx_td *td = tdx_module_td(v->vm);

	(void)m;
	if (v->vm->type != KVM_X86_TDX_VM)
		return 0;
	if (td->state != TDX_INITIALIZED)
		return -EIO;
	if (!v->vm->split_irqchip)
		return -EINVAL;
	v->guest_state_protected = !(td->attributes & TDX_ATTR_DEBUG);
	return 0;
}

static bool has_x2apic(const struct model_vcpu *v)
{
	for (uint32_t i = 0; i < v->cpuid.head.nent; i++)
		if (v->cpuid.entry[i].function == 1)
			return v->cpuid.entry[i].ecx & ECX_X2APIC;
	return false;
}

/* tdx_vcpu_init, tdx_td_vcpu_init */
static int init_vcpu(struct model_vcpu *v, const struct kvm_tdx_cmd *cmd)
{
	if (cmd->flags || v->vendor[TDX_VCPU_INITIALIZED])
		return -EINVAL;
	/* kvm_apic_set_base (lapic.c): the mode has to be in the guest's CPUID */
	if (!has_x2apic(v))
		return -EINVAL;
	v->vendor[TDX_VCPU_INITIALIZED] = 1;
	v->vendor[TDX_VCPU_RCX] = cmd->data;
	v->mp_state = KVM_MP_STATE_RUNNABLE;
	return 0;
}

/* tdx_vcpu_ioctl, tdx_vcpu_unlocked_ioctl; hw_error is never written */
static int vcpu_op(struct kvm_model *m, struct model_vcpu *v, void *command)
{
	const struct kvm_tdx_cmd cmd = *(const struct kvm_tdx_cmd *)command;
	const struct tdx_td *td = tdx_module_td(v->vm);

	if (v->vm->type != KVM_X86_TDX_VM)
		return -EINVAL; /* vt_vcpu_mem_enc_ioctl (vmx/main.c) */
	if (td->dead)
		return -EIO;
	if (!td->has_hkid || td->state == TDX_RUNNABLE || cmd.hw_error)
		return -EINVAL;
	switch (cmd.id) {
	case KVM_TDX_INIT_VCPU:
		return init_vcpu(v, &cmd);
	case KVM_TDX_INIT_MEM_REGION:
		return tdx_init_mem_region(m, v, &cmd);
	case KVM_TDX_GET_CPUID:
		if (cmd.flags)
			kvm_model_complain(m, "KVM_TDX_GET_CPUID: flags are not zero\n");
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
		return tdx_cpuid_get(td, (void *)(uintptr_t)cmd.data);
	default:
		return -EINVAL;
	}
}

/* kvm_arch_vm_ioctl (x86.c), kvm_vm_ioctl_set_mem_attributes (kvm_main.c) */
static int vm_gate(struct kvm_model *m, struct model_vm *vm, unsigned long request, void *arg)
{
	(void)m;
	if (tdx_module_td(vm)->dead)
		return -EIO;
	if (request == KVM_CREATE_IRQCHIP) /* has_protected_eoi */
		return -ENOTTY;
	if (request == KVM_SET_MEMORY_ATTRIBUTES)
		tdx_attributes_change(vm, arg);
	return 0;
}

static int vcpu_gate(struct kvm_model *m, struct model_vcpu *v, unsigned long request, void *arg)
{
	(void)m;
	(void)arg;
	if (v->vm->type != KVM_X86_TDX_VM)
		return 0;
	if (tdx_module_td(v->vm)->dead)
		return -EIO;
	return request == KVM_SET_TSC_KHZ ? -EINVAL : 0; /* guest_tsc_protected */
}

/* tdx_vcpu_needs_initialization, and tdx_vcpu_pre_run before it */
static int pre_run(struct kvm_model *m, struct model_vcpu *v)
{
	const struct tdx_td *td = tdx_module_td(v->vm);

	(void)m;
	if (v->vm->type != KVM_X86_TDX_VM)
		return 0;
	if (td->dead)
		return -EIO;
	return v->vendor[TDX_VCPU_INITIALIZED] && td->state == TDX_RUNNABLE ? 0 : -EINVAL;
}

/* No entropy; a page's mapping that another task changes, and signals between pages. */
static unsigned int retries(const void *command)
{
	switch (((const struct kvm_tdx_cmd *)command)->id) {
	case KVM_TDX_INIT_VM:
		return MODEL_MAY_EAGAIN;
	case KVM_TDX_INIT_MEM_REGION:
		return MODEL_MAY_EINTR | MODEL_MAY_EAGAIN;
	default:
		return 0;
	}
}

static void describe(const void *command, char *out, size_t cap)
{
	static const char *const names[] = {"KVM_TDX_CAPABILITIES", "KVM_TDX_INIT_VM",
		"KVM_TDX_INIT_VCPU", "KVM_TDX_INIT_MEM_REGION", "KVM_TDX_FINALIZE_VM",
		"KVM_TDX_GET_CPUID"};
	const struct kvm_tdx_cmd *cmd = command;
	const struct kvm_tdx_init_mem_region *r;
	const struct kvm_tdx_init_vm *in;
	int n;

	if (cmd->id >= sizeof(names) / sizeof(names[0])) {
		snprintf(out, cap, "KVM_TDX_%u", cmd->id);
		return;
	}
	n = snprintf(out, cap, "%s flags=%u", names[cmd->id], cmd->flags);
	/* NOLINTBEGIN(performance-no-int-to-ptr): as the kernel takes it */
	r = (void *)(uintptr_t)cmd->data;
	in = (void *)(uintptr_t)cmd->data;
	/* NOLINTEND(performance-no-int-to-ptr) */
	if (cmd->id == KVM_TDX_INIT_MEM_REGION)
		snprintf(out + n, cap - (size_t)n, " gpa=0x%llx pages=%llu",
			(unsigned long long)r->gpa, (unsigned long long)r->nr_pages);
	else if (cmd->id == KVM_TDX_INIT_VM)
		snprintf(out + n, cap - (size_t)n, " attributes=0x%llx xfam=0x%llx nent=%u",
			(unsigned long long)in->attributes, (unsigned long long)in->xfam,
			in->cpuid.nent);
}

const struct kvm_model_vendor tdx_module_vendor = {
	.name = "TDX module",
	.types = 1u << KVM_X86_TDX_VM,
	.create_vm = create_vm,
	.destroy_vm = destroy_vm,
	.vm_op = vm_op,
	.vcpu_op = vcpu_op,
	.create_vcpu = create_vcpu,
	.vm_gate = vm_gate,
	.vcpu_gate = vcpu_gate,
	.pre_run = pre_run,
	.gmem_invalidate = tdx_gmem_invalidate,
	.guest_private = tdx_guest_private,
	.cpuid = tdx_cpuid_supported,
	.retries = retries,
	.describe = describe,
};
