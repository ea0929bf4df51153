/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor's table: VMs, KVM_SEV_INIT2, certificates, guests that run, /dev/sev. */
#include "tests/model/psp_model.h"

#include <errno.h>
#include <linux/psp-sev.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tests/model/psp_model_internal.h"

#define GHCB_VERSION_MAX 2
#define POLICY_ALL       0x3fbffffULL /* KVM_SNP_POLICY_MASK_VALID of 6.19: bits 0..17, 19..25 */
#define ISSUE_SNP_STATUS 9            /* SNP_PLATFORM_STATUS of linux/psp-sev.h */
#define SNP_STATUS_LEN   32
#define CERTS_END        24 /* a table's last entry: zeros */

struct psp_model *psp_model_of(const struct kvm_model *m)
{
	return m->vendor_state;
}

struct psp_guest *psp_guest_of(const struct model_vm *vm)
{
	return vm->state;
}

const struct psp_guest *psp_model_guest(const struct kvm_model *m, uint32_t vm)
{
	return m->vm[vm].type == KVM_X86_SNP_VM ? m->vm[vm].state : NULL;
}

struct kvm_model *psp_model_new(enum kvm_model_kernel kernel)
{
	struct kvm_model *m = kvm_model_new(kernel, &psp_model_vendor);
	struct psp_model *psp;

	if (!m)
		return NULL;
	psp = kvm_model_alloc(m, sizeof(*psp));
	*psp = (struct psp_model){
		.asids = 2 * MODEL_VMS,
		.vmsa_features = PSP_FEATURE_SECURE_TSC | 0x20, /* and debug swap */
		.policy_bits = POLICY_ALL,
		.api_major = 1,
		.api_minor = 58,
		.smt = true,
		.rapl_disabled = true,
		.ciphertext_hiding = true,
		.aes_256_xts = true,
	};
	psp->rmp.pages = MODEL_FRAMES;
	psp->rmp.entry = kvm_model_alloc(m, MODEL_FRAMES * sizeof(*psp->rmp.entry));
	m->vendor_state = psp;
	return m;
}

/* Not by dereference: a wrong address is an error here, as in the kernel. */
static int copy(void *ours, uint64_t theirs, size_t len, bool out)
{
	struct iovec local = {ours, len};
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as the kernel takes it */
	struct iovec remote = {(void *)(uintptr_t)theirs, len};
	ssize_t n = out ? process_vm_writev(getpid(), &local, 1, &remote, 1, 0)
			: process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	return n == (ssize_t)len ? 0 : -EFAULT;
}

int psp_copy_in(void *to, uint64_t from, size_t len)
{
	return copy(to, from, len, false);
}

int psp_copy_out(uint64_t to, const void *from, size_t len)
{
	return copy((void *)(uintptr_t)from, to, len, true);
}

int psp_command(struct kvm_model *m, int sev_fd, enum psp_status status, uint32_t *error)
{
	struct psp_model *psp = psp_model_of(m);

	/* sev_issue_cmd_external_user */
	if (!kvm_model_is_device(m, sev_fd))
		return -EBADF;
	psp->commands++;
	if (psp->fail_in && !--psp->fail_in)
		status = (enum psp_status)psp->fail_status;
	*error = status;
	return status == PSP_SUCCESS ? 0 : -EIO;
}

/* svm_vm_init */
static int create_vm(struct kvm_model *m, struct model_vm *vm)
{
	struct psp_guest *g = vm->state ? vm->state : kvm_model_alloc(m, sizeof(*g));

	*g = (struct psp_guest){.need_init = true, .sev_fd = -1};
	vm->state = g;
	vm->has_private_mem = vm->has_protected_state = true;
	return 0;
}

/* sev_vm_destroy: the context is decommissioned, the ASID is free once more. */
static void destroy_vm(struct kvm_model *m, struct model_vm *vm)
{
	struct psp_guest *g = psp_guest_of(vm);

	if (g->asid)
		psp_model_of(m)->asid_used[g->asid] = false;
	g->asid = 0;
	g->key = 0;
}

/* sev_asid_new: -EBUSY where none is left. */
static int new_asid(struct psp_model *psp, struct psp_guest *g)
{
	for (uint32_t i = 1; i <= psp->asids; i++)
		if (!psp->asid_used[i]) {
			psp->asid_used[i] = true;
			g->asid = i;
			return 0;
		}
	return -EBUSY;
}

/* __sev_guest_init, for a VM of type KVM_X86_SNP_VM */
static int init2(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	struct psp_model *psp = psp_model_of(m);
	struct psp_guest *g = psp_guest_of(vm);
	struct kvm_sev_init data;
	int rc;

	if (!g->need_init)
		return -EINVAL;
	rc = psp_copy_in(&data, cmd->data, sizeof(data));
	if (rc)
		return rc;
	kvm_model_reserved(m, "struct kvm_sev_init", &data.pad1, sizeof(data.pad1));
	kvm_model_reserved(m, "struct kvm_sev_init", data.pad2, sizeof(data.pad2));
	if (vm->vcpus || data.flags || (data.vmsa_features & ~psp->vmsa_features))
		return -EINVAL;
	/* 0 stands for 2, and version 1 has no page state changes. */
	if (data.ghcb_version > GHCB_VERSION_MAX || data.ghcb_version == 1)
		return -EINVAL;
	rc = new_asid(psp, g);
	if (rc)
		return rc;
	if (psp->not_initialized) { /* sev_platform_init */
		psp->asid_used[g->asid] = false;
		g->asid = 0;
		cmd->error = PSP_INVALID_PLATFORM_STATE;
		return -EIO;
	}
	psp->initialized = true;
	g->vmsa_features = data.vmsa_features | PSP_FEATURE_SNP_ACTIVE;
	g->need_init = false;
	return 0;
}

/* snp_enable_certs (7.0) */
static int enable_certs(struct kvm_model *m, struct model_vm *vm)
{
	struct psp_guest *g = psp_guest_of(vm);

	if (m->kernel < KVM_MODEL_7_0 || vm->vcpus || g->need_init)
		return -EINVAL;
	g->certs = true;
	return 0;
}

static int vm_command(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	switch (cmd->id) {
	case KVM_SEV_INIT2:
		return init2(m, vm, cmd);
	case KVM_SEV_SNP_LAUNCH_START:
		return psp_launch_start(m, vm, cmd);
	case KVM_SEV_SNP_LAUNCH_UPDATE:
		return psp_launch_update(m, vm, cmd);
	case KVM_SEV_SNP_LAUNCH_FINISH:
		return psp_launch_finish(m, vm, cmd);
	case KVM_SEV_SNP_ENABLE_REQ_CERTS:
		return enable_certs(m, vm);
	case KVM_SEV_INIT: /* sev_guest_init: only for VMs of the default type */
	case KVM_SEV_ES_INIT:
		return -EINVAL;
	default: /* sev_launch_start and the like: not a guest before INIT2 */
		return cmd->id < KVM_SEV_INIT2 ? -ENOTTY : -EINVAL;
	}
}

/* sev_mem_enc_ioctl */
static int vm_op(struct kvm_model *m, struct model_vm *vm, void *command)
{
	struct kvm_sev_cmd *cmd = command;
	const uint32_t *pad = &cmd->id + 1;

	if (!cmd)
		return 0;
	kvm_model_reserved(m, "struct kvm_sev_cmd", pad, sizeof(*pad));
	/* Once it is an SNP guest, nothing older than SNP's own commands: INIT2 twice included. */
	if (!psp_guest_of(vm)->need_init && cmd->id < KVM_SEV_SNP_LAUNCH_START)
		return -EPERM;
	return vm_command(m, vm, cmd);
}

/* sev_dev_get_attr */
static int attribute(struct kvm_model *m, uint32_t group, uint64_t attr, uint64_t *out)
{
	const struct psp_model *psp = psp_model_of(m);

	if (group != KVM_X86_GRP_SEV)
		return -ENXIO;
	if (attr == KVM_X86_SEV_VMSA_FEATURES)
		*out = psp->vmsa_features;
	else if (attr == KVM_X86_SNP_POLICY_BITS && m->kernel >= KVM_MODEL_7_0)
		*out = psp->policy_bits;
	else if (attr == KVM_X86_SEV_SNP_REQ_CERTS && m->kernel >= KVM_MODEL_7_0)
		*out = 1;
	else
		return -ENXIO;
	return 0;
}

/* svm_vcpu_pre_run; before the end of the launch the ASID's VMSA is no VMSA: VMEXIT_INVALID. */
static int pre_run(struct kvm_model *m, struct model_vcpu *v)
{
	const struct psp_guest *g = psp_guest_of(v->vm);

	(void)m;
	if (v->vm->type != KVM_X86_SNP_VM)
		return 0;
	if (g->need_init)
		return -EINVAL;
	if (v->guest_state_protected && g->state == PSP_RUNNING)
		return 0;
	v->run->exit_reason = KVM_EXIT_FAIL_ENTRY;
	v->run->fail_entry.hardware_entry_failure_reason = ~0ULL;
	return MODEL_EXIT;
}

/* --- pages of a running guest --- */

/* sev_gmem_prepare: the RMP entry of the page becomes the guest's, not validated. */
static int gmem_prepare(struct kvm_model *m, struct model_vm *vm, uint64_t gpa, uint32_t frame)
{
	struct psp_model *psp = psp_model_of(m);
	const struct psp_guest *g = psp_guest_of(vm);

	if (vm->type != KVM_X86_SNP_VM || rmp_at(&psp->rmp, (uint64_t)frame * RMP_PAGE)->assigned)
		return 0;
	rmp_assign(&psp->rmp, (uint64_t)frame * RMP_PAGE, RMP_PAGE, false);
	psp->owner[frame].asid = g->asid;
	psp->owner[frame].gpa = gpa;
	psp->owner[frame].pre_guest = false;
	/* What is there was written in the clear; the guest reads it through its key. */
	m->frame[frame].key = g->key;
	return 0;
}

/* sev_gmem_invalidate: back to the host, whose reads are not decrypted. */
static void gmem_invalidate(struct kvm_model *m, uint32_t frame)
{
	struct psp_model *psp = psp_model_of(m);

	if (rmp_at(&psp->rmp, (uint64_t)frame * RMP_PAGE)->assigned)
		rmp_take(&psp->rmp, (uint64_t)frame * RMP_PAGE);
	psp->owner[frame].asid = 0;
}

static int guest_private(
	struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, uint32_t frame, bool write)
{
	const struct psp_model *psp = psp_model_of(m);
	const struct psp_guest *g = psp_guest_of(v->vm);

	(void)write;
	if (v->vm->type != KVM_X86_SNP_VM)
		return MODEL_NEXT;
	if (psp->owner[frame].asid == g->asid && psp->owner[frame].gpa == gpa &&
		rmp_access(&psp->rmp, (uint64_t)frame * RMP_PAGE, true) == RMP_OK)
		return MODEL_NEXT;
	/* #VC for a page that is not validated: no guest of ours has a handler. */
	v->run->exit_reason = KVM_EXIT_SHUTDOWN;
	return MODEL_EXIT;
}

static int pvalidate_page(struct kvm_model *m, struct model_vcpu *v, uint64_t gpa, bool to)
{
	struct psp_model *psp = psp_model_of(m);
	bool is_new, unchanged;
	uint32_t frame;
	int rc;

	/* A nested page fault first, where the page is not there or not private. */
	if (!kvm_model_is_private(v->vm, gpa, 1, true))
		return kvm_model_memory_fault(v, gpa, true);
	rc = kvm_model_gmem_frame(m, v->vm, gpa, &frame, &is_new);
	if (!rc)
		rc = gmem_prepare(m, v->vm, gpa, frame);
	if (rc)
		return rc;
	if (rmp_pvalidate(&psp->rmp, (uint64_t)frame * RMP_PAGE, false, to, &unchanged) ||
		unchanged)
		m->guest_errors++;
	return MODEL_NEXT;
}

int psp_model_pvalidate(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	int rc = MODEL_NEXT;

	/* scratch: how far it came before a fault */
	for (; v->scratch[0] < s->len && !rc; v->scratch[0]++) {
		rc = pvalidate_page(m, v, s->gpa + v->scratch[0] * RMP_PAGE, s->flag);
		if (rc)
			return rc;
	}
	v->scratch[0] = 0;
	return rc;
}

/* --- reports --- */

static void report(struct kvm_model *m, struct model_vcpu *v)
{
	struct psp_model *psp = psp_model_of(m);

	psp->reports++;
	psp->commands++;
	if (psp->on_report)
		psp->on_report(m, v);
}

/* snp_complete_req_certs */
static int after_certs(struct kvm_model *m, struct model_vcpu *v)
{
	const struct kvm_exit_snp_req_certs *r = &KVM_RUN_EXIT(v->run)->snp_req_certs;
	const struct kvm_model_step *s = &v->script[v->at - 1];

	switch (r->ret) {
	case 0:
		report(m, v);
		break;
	case ENOSPC:
	case EAGAIN:
	case EIO:
		break;
	default:
		return -EINVAL;
	}
	if (s->result)
		*s->result = r->ret;
	return 0;
}

/* snp_handle_ext_guest_req */
int psp_model_report(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	uint8_t end[CERTS_END] = {0};
	int rc;

	if (psp_guest_of(v->vm)->certs) {
		v->run->exit_reason = KVM_EXIT_SNP_REQ_CERTS;
		KVM_RUN_EXIT(v->run)->snp_req_certs =
			(struct kvm_exit_snp_req_certs){.gpa = s->gpa, .npages = s->len};
		v->complete = after_certs;
		return MODEL_EXIT;
	}
	/* An empty table. */
	rc = s->len ? kvm_model_access(m, v, s->gpa, false, true, end, sizeof(end)) : MODEL_NEXT;
	if (!rc)
		report(m, v);
	return rc;
}

/* sev_handle_vmgexit_msr_protocol, GHCB_MSR_TERM_REQ */
int psp_model_terminate(struct kvm_model *m, struct model_vcpu *v, const struct kvm_model_step *s)
{
	(void)m;
	v->run->exit_reason = KVM_EXIT_SYSTEM_EVENT;
	KVM_RUN_EXIT(v->run)->system_event = (struct kvm_run_system_event){
		.type = KVM_SYSTEM_EVENT_SEV_TERM,
		.ndata = 1,
		.data = {s->len},
	};
	return MODEL_EXIT;
}

/* --- /dev/sev --- */

static int open_device(struct kvm_model *m, const char *path)
{
	(void)m;
	return strcmp(path, "/dev/sev") ? -ENOENT : 0;
}

/* sev_ioctl_do_snp_platform_status */
static int device(struct kvm_model *m, unsigned long request, void *arg)
{
	const struct psp_model *psp = psp_model_of(m);
	struct sev_issue_cmd *cmd = arg;
	uint8_t status[SNP_STATUS_LEN] = {0};
	uint32_t guests = 0;

	if (request != SEV_ISSUE_CMD)
		return -EINVAL;
	if (cmd->cmd != ISSUE_SNP_STATUS)
		return -EINVAL;
	for (uint32_t i = 1; i <= PSP_ASIDS; i++)
		guests += psp->asid_used[i];
	status[0] = psp->api_major;
	status[1] = psp->api_minor;
	status[2] = psp->not_initialized ? 0 : 1;
	status[3] = !psp->not_initialized; /* the RMP */
	put_le32(status + 8, (uint32_t)psp->vlek << 2 | 1u << 3 |
				     (uint32_t)psp->rapl_disabled << 4 |
				     (uint32_t)psp->ciphertext_hiding * (3u << 5));
	put_le32(status + 12, guests);
	put_le64(status + 16, 0x4817000000000204ULL);
	put_le64(status + 24, 0x4817000000000204ULL);
	cmd->error = PSP_SUCCESS;
	return psp_copy_out(cmd->data, status, sizeof(status));
}

/* --- the transcript --- */

static void describe_data(const struct kvm_sev_cmd *cmd, char *out, size_t cap)
{
	struct kvm_sev_snp_launch_finish finish;
	struct kvm_sev_snp_launch_update update;
	struct kvm_sev_snp_launch_start start;
	struct kvm_sev_init init;
	typedef unsigned long long ull;

	if (cmd->id == KVM_SEV_INIT2 && !psp_copy_in(&init, cmd->data, sizeof(init)))
		snprintf(out, cap, " features=0x%llx", (ull)init.vmsa_features);
	else if (cmd->id == KVM_SEV_SNP_LAUNCH_START &&
		 !psp_copy_in(&start, cmd->data, sizeof(start)))
		snprintf(out, cap, " policy=0x%llx", (ull)start.policy);
	else if (cmd->id == KVM_SEV_SNP_LAUNCH_UPDATE &&
		 !psp_copy_in(&update, cmd->data, sizeof(update)))
		snprintf(out, cap, " gfn=0x%llx len=0x%llx type=%u", (ull)update.gfn_start,
			(ull)update.len, update.type);
	else if (cmd->id == KVM_SEV_SNP_LAUNCH_FINISH &&
		 !psp_copy_in(&finish, cmd->data, sizeof(finish)))
		snprintf(out, cap, " id_block=%u auth_key=%u", finish.id_block_en,
			finish.auth_key_en);
}

static void describe(const void *command, char *out, size_t cap)
{
	const struct kvm_sev_cmd *cmd = command;
	size_t len;

	switch (cmd->id) {
	case KVM_SEV_INIT2:
		snprintf(out, cap, "KVM_SEV_INIT2");
		break;
	case KVM_SEV_SNP_LAUNCH_START:
		snprintf(out, cap, "KVM_SEV_SNP_LAUNCH_START");
		break;
	case KVM_SEV_SNP_LAUNCH_UPDATE:
		snprintf(out, cap, "KVM_SEV_SNP_LAUNCH_UPDATE");
		break;
	case KVM_SEV_SNP_LAUNCH_FINISH:
		snprintf(out, cap, "KVM_SEV_SNP_LAUNCH_FINISH");
		break;
	case KVM_SEV_SNP_ENABLE_REQ_CERTS:
		snprintf(out, cap, "KVM_SEV_SNP_ENABLE_REQ_CERTS");
		break;
	default:
		snprintf(out, cap, "KVM_MEMORY_ENCRYPT_OP id=%u", cmd->id);
		break;
	}
	len = strlen(out);
	describe_data(cmd, out + len, cap - len);
}

const struct kvm_model_vendor psp_model_vendor = {
	.name = "AMD",
	.types = 1UL << KVM_X86_SNP_VM,
	.create_vm = create_vm,
	.destroy_vm = destroy_vm,
	.vm_op = vm_op,
	.attribute = attribute,
	.pre_run = pre_run,
	.gmem_prepare = gmem_prepare,
	.gmem_invalidate = gmem_invalidate,
	.guest_private = guest_private,
	.cpuid = psp_cpuid_supported,
	.open = open_device,
	.device = device,
	.describe = describe,
};
