/* SPDX-License-Identifier: Apache-2.0 */
/* KVM, /dev/sev and the TDX module: what their devices say. Must judge nothing. */
#include <errno.h>
#include <string.h>

#include "vmm/check/host.h"

static bool module(const struct check_probe *probe, const char *path)
{
	struct check_file file;

	return probe->ops->stat(probe->ctx, path, &file) == 0;
}

static enum host_kvm_kind kind(const struct check_probe *probe)
{
	if (module(probe, "/sys/module/kvm_pvm"))
		return HOST_KVM_PVM;
	if (module(probe, "/sys/module/kvm_amd"))
		return HOST_KVM_AMD;
	return module(probe, "/sys/module/kvm_intel") ? HOST_KVM_INTEL : HOST_KVM_UNKNOWN;
}

static struct fact answer(int rc)
{
	return (struct fact){.rc = rc < 0 ? rc : 0, .value = rc < 0 ? 0 : (uint64_t)rc};
}

static struct fact attribute(const struct kvm *kvm, uint64_t attr)
{
	struct fact f = {0};
	int rc = kvm_attribute(kvm, KVM_X86_GRP_SEV, attr, &f.value);

	f.rc = rc < 0 ? rc : 0;
	return f;
}

static void read_capabilities(struct host_kvm *k, const struct kvm *kvm)
{
	for (const struct kvm_need *need = kvm_needs; need->name && !k->lacks; need++)
		if (kvm_query_cap(kvm, need->cap) <= 0)
			k->lacks = need->name;
	k->vm_types = answer(kvm_query_cap(kvm, KVM_CAP_VM_TYPES));
	k->user_memory2 = answer(kvm_query_cap(kvm, KVM_CAP_USER_MEMORY2));
	k->memory_fault = answer(kvm_query_cap(kvm, KVM_CAP_MEMORY_FAULT_INFO));
	k->attributes = answer(kvm_query_cap(kvm, KVM_CAP_MEMORY_ATTRIBUTES));
	k->gmem = answer(kvm_query_cap(kvm, KVM_CAP_GUEST_MEMFD));
	k->prefault = answer(kvm_query_cap(kvm, KVM_CAP_PRE_FAULT_MEMORY));
	k->bus_cycles = answer(kvm_query_cap(kvm, KVM_CAP_X86_APIC_BUS_CYCLES_NS));
	k->gmem_flags = answer(kvm_query_cap(kvm, KVM_CAP_GUEST_MEMFD_FLAGS));
	k->exit_hypercall = answer(kvm_query_cap(kvm, KVM_CAP_EXIT_HYPERCALL));
	k->vmsa_features = attribute(kvm, KVM_X86_SEV_VMSA_FEATURES);
	k->policy_bits = attribute(kvm, KVM_X86_SNP_POLICY_BITS);
	/* This one has no value: that it exists is the answer. */
	k->req_certs = attribute(kvm, KVM_X86_SEV_SNP_REQ_CERTS);
}

/* Capabilities of memory are asked of a VM of the type: the answers differ by type. */
static void ask_again_of(struct host_kvm *k, struct kvm *kvm, unsigned long type)
{
	const int rc = kvm_query_vm(kvm, type);

	if (rc < 0) {
		k->attributes = k->gmem = answer(rc);
		return;
	}
	k->attributes = answer(kvm_query_cap(kvm, KVM_CAP_MEMORY_ATTRIBUTES));
	k->gmem = answer(kvm_query_cap(kvm, KVM_CAP_GUEST_MEMFD));
	kvm_query_drop_vm(kvm);
}

static bool offers(const struct host_kvm *k, unsigned int type)
{
	return !k->vm_types.rc && k->vm_types.value >> type & 1;
}

static void read_tdx(struct host_kvm *k, struct kvm *kvm)
{
	k->tdx_rc = offers(k, KVM_X86_TDX_VM) ? kvm_query_vm(kvm, KVM_X86_TDX_VM) : -ENOTTY;
	k->tdx_vcpus = answer(k->tdx_rc);
	if (k->tdx_rc < 0)
		return;
	k->tdx_rc = kvm_query_tdx(kvm, &k->tdx);
	k->tdx_vcpus = answer(kvm_query_cap(kvm, KVM_CAP_MAX_VCPUS));
	kvm_query_drop_vm(kvm);
}

static void read_sev(struct host *h, const struct check_probe *probe, struct kvm *kvm)
{
	struct host_snp *s = &h->snp;

	s->ccp = module(probe, "/sys/module/ccp");
	s->file_rc = probe->ops->stat(probe->ctx, "/dev/sev", &s->file);
	s->open_rc = s->status_rc = s->file_rc;
	if (s->file_rc)
		return;
	s->open_rc = kvm->sys->open(kvm->ctx, "/dev/sev");
	s->status_rc = s->open_rc;
	if (s->open_rc < 0)
		return;
	s->status_rc = kvm_query_snp_status(kvm, s->open_rc, &s->status, &s->firmware);
	kvm_close_fd(kvm, s->open_rc);
}

/* What nobody could be asked about. */
static void all_unknown(struct host_kvm *k, int rc)
{
	struct fact *const all[] = {&k->version, &k->speed, &k->vm_types, &k->user_memory2,
		&k->memory_fault, &k->attributes, &k->gmem, &k->prefault, &k->bus_cycles,
		&k->gmem_flags, &k->exit_hypercall, &k->vmsa_features, &k->policy_bits,
		&k->req_certs, &k->tdx_vcpus};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]->rc = rc;
	k->tdx_rc = rc;
}

void host_read_kvm(struct host *h, const struct check_probe *probe)
{
	struct host_kvm *k = &h->kvm;
	struct kvm kvm;

	k->kind = kind(probe);
	k->file_rc = probe->ops->stat(probe->ctx, "/dev/kvm", &k->file);
	k->open_rc = kvm_query_open(&kvm, probe->ops->kvm, probe->ctx);
	if (k->open_rc < 0) {
		all_unknown(k, k->open_rc);
	} else {
		k->version = answer(kvm_query_version(&kvm));
		read_capabilities(k, &kvm);
		if (offers(k, KVM_X86_SNP_VM))
			ask_again_of(k, &kvm, KVM_X86_SNP_VM);
		if (offers(k, KVM_X86_TDX_VM))
			ask_again_of(k, &kvm, KVM_X86_TDX_VM);
		read_tdx(k, &kvm);
		k->speed.rc = probe->ops->speed(probe->ctx, &k->speed.value);
	}
	read_sev(h, probe, &kvm);
	kvm_close(&kvm);
}
