/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNP_LAUNCH_START, UPDATE and FINISH: KVM's checks first (arch/x86/kvm/svm/sev.c), then those of
 * the firmware (SEV-SNP firmware ABI, chapter 8), and the launch digest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/model/psp_model_internal.h"

#define POLICY_MINOR         0xffULL
#define POLICY_MAJOR         0xff00ULL
#define POLICY_SMT           (1ULL << 16)
#define POLICY_MBO           (1ULL << 17)
#define POLICY_DEBUG         (1ULL << 19)
#define POLICY_SINGLE_SOCKET (1ULL << 20)
#define POLICY_AES_256_XTS   (1ULL << 22)
#define POLICY_RAPL_DIS      (1ULL << 23)
#define POLICY_CIPHERTEXT    (1ULL << 24)
#define POLICY_VALID_6_11                                                                          \
	(POLICY_MINOR | POLICY_MAJOR | POLICY_SMT | POLICY_MBO | POLICY_DEBUG |                    \
		POLICY_SINGLE_SOCKET)

#define PAGE_INFO_LEN 0x70
#define VMSA_GPA      0xfffffffff000ULL /* INITIAL_VMSA_GPA */

/* --- the digest --- */

/* 8.17.2, table "PAGE_INFO": the running digest is that of a structure which holds itself. */
void psp_extend(struct psp_guest *g, enum psp_page_type type, uint64_t gpa, const uint8_t *page)
{
	uint8_t info[PAGE_INFO_LEN] = {0};

	memcpy(info, g->digest, SHA384_SIZE);
	if (page && crypto_sha384(info + SHA384_SIZE, page, 4096))
		abort();
	put_le16(info + 0x60, PAGE_INFO_LEN);
	info[0x62] = (uint8_t)type;
	/* 0x63: not a page of a migration agent; 0x64: no permissions for VMPL 1 to 3. */
	put_le64(info + 0x68, gpa);
	if (crypto_sha384(g->digest, info, sizeof(info)))
		abort();
}

/* --- start --- */

/* Of the kernel: what may be set, and what has to be. */
static bool kernel_takes(const struct kvm_model *m, uint64_t policy)
{
	if (m->kernel >= KVM_MODEL_7_0)
		return !(policy & ~psp_model_of(m)->policy_bits) && (policy & POLICY_MBO);
	/* Up to 6.18: SMT has to be allowed, and one socket may not be asked for. */
	return !(policy & ~POLICY_VALID_6_11) && (policy & POLICY_MBO) && (policy & POLICY_SMT) &&
	       !(policy & POLICY_SINGLE_SOCKET);
}

/* SNP_LAUNCH_START (8.16): can this machine keep the policy? */
static enum psp_status firmware_takes(const struct psp_model *psp, uint64_t policy)
{
	const unsigned int major = policy >> 8 & 0xff, minor = policy & 0xff;

	if (major > psp->api_major || (major == psp->api_major && minor > psp->api_minor))
		return PSP_POLICY_FAILURE;
	if ((psp->smt && !(policy & POLICY_SMT)) ||
		(psp->second_socket && (policy & POLICY_SINGLE_SOCKET)))
		return PSP_POLICY_FAILURE;
	if ((!psp->rapl_disabled && (policy & POLICY_RAPL_DIS)) ||
		(!psp->ciphertext_hiding && (policy & POLICY_CIPHERTEXT)) ||
		(!psp->aes_256_xts && (policy & POLICY_AES_256_XTS)))
		return PSP_POLICY_FAILURE;
	return PSP_SUCCESS;
}

/* snp_launch_start, snp_context_create, snp_bind_asid */
int psp_launch_start(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	struct psp_model *psp = psp_model_of(m);
	struct psp_guest *g = psp_guest_of(vm);
	struct kvm_sev_snp_launch_start p;
	int rc;

	if (g->need_init)
		return -ENOTTY;
	if (psp_copy_in(&p, cmd->data, sizeof(p)))
		return -EFAULT;
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_start", p.pad0, sizeof(p.pad0));
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_start", p.pad1, sizeof(p.pad1));
	if (g->state != PSP_NO_CONTEXT || p.flags || !kernel_takes(m, p.policy))
		return -EINVAL;
	if ((g->vmsa_features & PSP_FEATURE_SECURE_TSC) && !vm->tsc_khz)
		return -EINVAL;
	/* SNP_GCTX_CREATE; any failure of it, a wrong descriptor too, is ENOTTY. */
	if (psp_command(m, (int)cmd->sev_fd,
		    psp->initialized ? PSP_SUCCESS : PSP_INVALID_PLATFORM_STATE, &cmd->error))
		return -ENOTTY;
	rc = psp_command(m, (int)cmd->sev_fd, firmware_takes(psp, p.policy), &cmd->error);
	/* SNP_ACTIVATE: the ASID is fresh. */
	if (!rc)
		rc = psp_command(m, (int)cmd->sev_fd, PSP_SUCCESS, &cmd->error);
	if (rc)
		return rc;
	g->state = PSP_LAUNCH;
	g->policy = p.policy;
	g->sev_fd = (int)cmd->sev_fd;
	g->key = 0x5eed000000000000ULL ^ ((uint64_t)m->vms_made << 32) ^ g->asid;
	memset(g->digest, 0, sizeof(g->digest));
	return 0;
}

/* --- update --- */

/* 8.17.2.5: version 3, FMS, keys of the four VMPLs. The keys are the guest's alone. */
static void fill_secrets(const struct psp_guest *g, uint8_t page[4096])
{
	memset(page, 0, 4096);
	put_le32(page, 3);
	for (size_t i = 0; i < 4 * 32; i++)
		page[0x20 + i] = (uint8_t)(0xa5 ^ i ^ g->key >> (i & 7) * 8);
}

/* SNP_LAUNCH_UPDATE (8.17) on a page of state Pre-Guest: `page` is its content, changed in place.
 */
static enum psp_status firmware_update(
	struct kvm_model *m, struct psp_guest *g, unsigned int type, uint64_t gpa, uint8_t *page)
{
	bool measured = type == PSP_PAGE_NORMAL || type == PSP_PAGE_VMSA;

	if (g->state != PSP_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	if (type == PSP_PAGE_CPUID && !psp_cpuid_validate(psp_model_of(m), page))
		return PSP_INVALID_PARAM;
	if (type == PSP_PAGE_ZERO)
		memset(page, 0, 4096);
	else if (type == PSP_PAGE_SECRETS)
		fill_secrets(g, page);
	psp_extend(g, (enum psp_page_type)type, gpa, measured ? page : NULL);
	return PSP_SUCCESS;
}

/* sev_gmem_post_populate: one page; the errno stays inside KVM. */
static int populate(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd,
	const struct kvm_sev_snp_launch_update *p, uint64_t gpa, uint64_t source, uint32_t frame)
{
	const uint64_t spa = (uint64_t)frame * RMP_PAGE;
	struct psp_model *psp = psp_model_of(m);
	struct psp_guest *g = psp_guest_of(vm);
	struct psp_guest before = *g;
	uint8_t page[4096];
	uint32_t status = cmd->error;
	int rc;

	/* A page that is the guest's already cannot be made so once more. */
	if (rmp_at(&psp->rmp, spa)->assigned)
		return -EEXIST;
	memset(page, 0, sizeof(page));
	if (p->type != PSP_PAGE_ZERO && (!source || psp_copy_in(page, source, sizeof(page))))
		return source ? -EFAULT : -EINVAL;
	rmp_assign(&psp->rmp, spa, RMP_PAGE, false);
	rc = psp_command(m, (int)cmd->sev_fd, firmware_update(m, g, p->type, gpa, page), &status);
	if (!rc) {
		kvm_model_frame_write(m, frame, 0, page, sizeof(page));
		kvm_model_frame_encrypt(m, frame, g->key);
		rmp_launch(&psp->rmp, spa);
		psp->owner[frame].asid = g->asid;
		psp->owner[frame].gpa = gpa;
		g->launched++;
		return 0;
	}
	/* Reclaimed; a CPUID page that was refused goes back with the processor's values. */
	*g = before;
	rmp_take(&psp->rmp, spa);
	if (rc == -EIO) {
		cmd->error = status;
		if (p->type == PSP_PAGE_CPUID && status == PSP_INVALID_PARAM)
			(void)psp_copy_out(source, page, sizeof(page));
	}
	return rc;
}

static bool type_is_good(unsigned int type)
{
	return type == KVM_SEV_SNP_PAGE_TYPE_NORMAL || type == KVM_SEV_SNP_PAGE_TYPE_ZERO ||
	       type == KVM_SEV_SNP_PAGE_TYPE_UNMEASURED || type == KVM_SEV_SNP_PAGE_TYPE_SECRETS ||
	       type == KVM_SEV_SNP_PAGE_TYPE_CPUID;
}

/* kvm_gmem_populate: how many pages were added, or the first one's error. */
static long populate_all(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd,
	const struct kvm_sev_snp_launch_update *p)
{
	const struct model_slot *slot = kvm_model_slot_at(vm, p->gfn_start * RMP_PAGE);
	uint64_t gpa = p->gfn_start * RMP_PAGE, end = gpa + p->len, done = 0;
	int rc = 0;

	if (end > slot->gpa + slot->size)
		end = slot->gpa + slot->size;
	for (; gpa < end && !rc; gpa += RMP_PAGE) {
		uint32_t frame;
		bool is_new;

		if (m->chunk && done == m->chunk) /* a signal came */
			break;
		rc = kvm_model_gmem_frame(m, vm, gpa, &frame, &is_new);
		if (!rc && !kvm_model_is_private(vm, gpa, RMP_PAGE, true))
			rc = -EINVAL;
		if (!rc)
			rc = populate(m, vm, cmd, p, gpa, p->uaddr ? p->uaddr + done * RMP_PAGE : 0,
				frame);
		done += !rc;
	}
	return rc && !done ? rc : (long)done;
}

/* snp_launch_update */
int psp_launch_update(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	struct psp_guest *g = psp_guest_of(vm);
	struct kvm_sev_snp_launch_update p;
	const struct model_slot *slot;
	long done;

	if (g->need_init || g->state == PSP_NO_CONTEXT)
		return -EINVAL;
	if (psp_copy_in(&p, cmd->data, sizeof(p)))
		return -EFAULT;
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_update", &p.pad0, sizeof(p.pad0));
	kvm_model_reserved(
		m, "struct kvm_sev_snp_launch_update", (uint8_t *)&p.pad1, sizeof(p.pad1));
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_update", p.pad2, sizeof(p.pad2));
	if (p.len % RMP_PAGE || p.flags || !type_is_good(p.type))
		return -EINVAL;
	/* From 7.0 on: nothing to add, and a source that is not at the start of a page. */
	if (m->kernel >= KVM_MODEL_7_0 &&
		(!p.len || (p.type != KVM_SEV_SNP_PAGE_TYPE_ZERO && p.uaddr % RMP_PAGE)))
		return -EINVAL;
	slot = kvm_model_slot_at(vm, p.gfn_start * RMP_PAGE);
	if (!slot || !(slot->flags & KVM_MEM_GUEST_MEMFD))
		return -EINVAL;
	cmd->error = 0;
	done = p.len ? populate_all(m, vm, cmd, &p) : -EINVAL;
	if (done < 0)
		return -EIO; /* whatever it was */
	p.gfn_start += (uint64_t)done;
	p.len -= (uint64_t)done * RMP_PAGE;
	if (p.type != KVM_SEV_SNP_PAGE_TYPE_ZERO)
		p.uaddr += (uint64_t)done * RMP_PAGE;
	return psp_copy_out(cmd->data, &p, sizeof(p));
}

/* --- finish --- */

/* snp_launch_update_vmsa: every vCPU in the order of creation, and its state is closed. */
static int update_vmsas(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	struct psp_guest *g = psp_guest_of(vm);

	for (uint32_t i = 0; i < vm->vcpus; i++) {
		struct model_vcpu *v = &vm->vcpu[i];
		struct psp_guest before = *g;
		uint8_t page[4096];
		int rc = psp_vmsa_sync(v, g->vmsa_features, page);

		if (rc)
			return rc;
		memcpy(g->last_vmsa, page, sizeof(page));
		rc = psp_command(m, (int)cmd->sev_fd,
			firmware_update(m, g, PSP_PAGE_VMSA, VMSA_GPA, page), &cmd->error);
		if (rc) {
			*g = before;
			return rc;
		}
		g->vmsas++;
		v->guest_state_protected = true;
	}
	return 0;
}

/* SNP_LAUNCH_FINISH (8.18) */
static enum psp_status firmware_finish(struct psp_guest *g,
	const struct kvm_sev_snp_launch_finish *p, const uint8_t *block, const uint8_t *auth)
{
	enum psp_status status = PSP_SUCCESS;

	if (g->state != PSP_LAUNCH)
		return PSP_INVALID_GUEST_STATE;
	/* VCEK_DIS is one bit of a byte whose others are reserved. */
	if (p->vcek_disabled > 1)
		return PSP_INVALID_PARAM;
	if (p->id_block_en)
		status = psp_id_check(g, block, auth, p->auth_key_en);
	return status;
}

/* snp_launch_finish */
int psp_launch_finish(struct kvm_model *m, struct model_vm *vm, struct kvm_sev_cmd *cmd)
{
	struct psp_guest *g = psp_guest_of(vm);
	struct kvm_sev_snp_launch_finish p;
	uint8_t block[96], auth[4096];
	int rc;

	if (g->need_init)
		return -ENOTTY;
	if (g->state == PSP_NO_CONTEXT)
		return -EINVAL;
	if (psp_copy_in(&p, cmd->data, sizeof(p)))
		return -EFAULT;
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_finish", p.pad0, sizeof(p.pad0));
	kvm_model_reserved(m, "struct kvm_sev_snp_launch_finish", p.pad1, sizeof(p.pad1));
	if (p.flags)
		return -EINVAL;
	rc = update_vmsas(m, vm, cmd);
	if (rc)
		return rc;
	if (p.id_block_en && (psp_copy_in(block, p.id_block_uaddr, sizeof(block)) ||
				     psp_copy_in(auth, p.id_auth_uaddr, sizeof(auth))))
		return -EFAULT;
	/* The descriptor that LAUNCH_START came with. */
	rc = psp_command(m, g->sev_fd, firmware_finish(g, &p, block, auth), &cmd->error);
	if (rc)
		return rc;
	g->state = PSP_RUNNING;
	g->has_id_block = p.id_block_en;
	g->author_key = p.id_block_en && p.auth_key_en;
	g->vcek_disabled = p.vcek_disabled;
	memcpy(g->host_data, p.host_data, sizeof(g->host_data));
	return 0;
}
