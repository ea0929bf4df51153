/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch commands of SEV-SNP. The order of what is measured is the image's (attest/measure); no
 * command is repeated but where KVM says that it may be, and then only so often.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "vmm/platform/snp.h"
#include "vmm/platform/snp_cpuid.h"
#include "vmm/platform/snp_error.h"
#include "vmm/platform/snp_policy.h"
#include "vmm/vm.h"

/* Answers of KVM in a row that got nothing done: the machine is busy, or KVM goes in circles. */
#define TRIES_MAX 1000

/* What KVM may set in SEV_FEATURES for a guest of ours; bit 0, SNP itself, it sets on its own. */
#define VMSA_FEATURES (SNP_SEV_FEATURES & ~1ULL)

_Static_assert((int)HC_PAGE_NORMAL == KVM_SEV_SNP_PAGE_TYPE_NORMAL, "one numbering");
_Static_assert((int)HC_PAGE_ZERO == KVM_SEV_SNP_PAGE_TYPE_ZERO, "one numbering");
_Static_assert((int)HC_PAGE_UNMEASURED == KVM_SEV_SNP_PAGE_TYPE_UNMEASURED, "one numbering");
_Static_assert((int)HC_PAGE_SECRETS == KVM_SEV_SNP_PAGE_TYPE_SECRETS, "one numbering");
_Static_assert((int)HC_PAGE_CPUID == KVM_SEV_SNP_PAGE_TYPE_CPUID, "one numbering");
_Static_assert(SNP_ID_BLOCK_SIZE == KVM_SEV_SNP_ID_BLOCK_SIZE, "as KVM copies it");
_Static_assert(SNP_ID_AUTH_SIZE == KVM_SEV_SNP_ID_AUTH_SIZE, "as KVM copies it");
_Static_assert(VM_HOST_DATA_SIZE == KVM_SEV_SNP_FINISH_DATA_SIZE, "as KVM copies it");

/* One command; in `cmd`, the secure processor's status. Returns what KVM does. */
static int issue(
	struct vm *vm, const struct snp *snp, struct kvm_sev_cmd *cmd, void *data, uint32_t id)
{
	*cmd = (struct kvm_sev_cmd){
		.id = id, .data = (uintptr_t)data, .sev_fd = (uint32_t)snp->sev_fd};
	return kvm_encrypt_op(&vm->kvm, NULL, cmd);
}

static int command(struct vm *vm, const struct snp *snp, void *data, uint32_t id, struct error *err)
{
	struct kvm_sev_cmd cmd;
	int rc = issue(vm, snp, &cmd, data, id);

	return rc < 0 ? snp_error_fail(err, &cmd, rc, NULL) : 0;
}

static int probe_type(struct vm *vm, struct error *err)
{
	if (kvm_has(&vm->kvm, KVM_CAP_VM_TYPES) & 1 << KVM_X86_SNP_VM)
		return 0;
	error_fail(err, HC_EPLATFORM, "KVM_CAP_VM_TYPES", "no SEV-SNP guests on this host");
	error_remedy(err, "Linux 6.11 or newer on an EPYC with SEV-SNP, enabled in the BIOS "
			  "(SMEE, SNP, RMP coverage) and in kvm_amd (sev_snp=1); see hc-vmm check");
	return HC_EPLATFORM;
}

static int probe_features(struct vm *vm, struct error *err)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {{1 << 5, "DebugVirtualization"}, {1 << 9, "SecureTSC"}};
	uint64_t offered = 0, missing;
	int rc = kvm_attribute(&vm->kvm, KVM_X86_GRP_SEV, KVM_X86_SEV_VMSA_FEATURES, &offered);

	missing = rc < 0 ? VMSA_FEATURES : VMSA_FEATURES & ~offered;
	if (!missing)
		return 0;
	error_fail(err, HC_EPLATFORM, "KVM_X86_SEV_VMSA_FEATURES", "no 0x%" PRIx64, missing);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (missing & names[i].bit)
			error_expected(err, "SEV feature %s", names[i].name);
	return error_remedy(err, "use a newer kernel, or a host whose processor has it");
}

static int probe_policy(struct vm *vm, struct error *err)
{
	uint64_t bits = 0;
	const bool old = kvm_attribute(&vm->kvm, KVM_X86_GRP_SEV, KVM_X86_SNP_POLICY_BITS, &bits);

	return snp_policy_host(vm->config->snp.policy, old ? SNP_POLICY_OLD_KVM : bits, old, err);
}

static int probe_certs(struct vm *vm, struct error *err)
{
	uint64_t able = 0;

	if (!vm->config->snp.certificates_path)
		return 0;
	if (!kvm_attribute(&vm->kvm, KVM_X86_GRP_SEV, KVM_X86_SEV_SNP_REQ_CERTS, &able) && able)
		return 0;
	error_fail(err, HC_EPLATFORM, "KVM_X86_SEV_SNP_REQ_CERTS",
		"this kernel does not ask for certificates");
	error_remedy(err, "run Linux 7.0 or newer, or leave confidential.certificates out and have "
			  "guests get them elsewhere");
	return HC_EPLATFORM;
}

int snp_launch_probe(struct vm *vm, struct error *err)
{
	int rc = probe_type(vm, err);

	if (!rc)
		rc = probe_features(vm, err);
	if (!rc)
		rc = probe_policy(vm, err);
	return rc ? rc : probe_certs(vm, err);
}

int snp_launch_init(struct vm *vm, struct snp *snp, struct error *err)
{
	struct kvm_sev_init init = {.vmsa_features = VMSA_FEATURES};
	int rc = command(vm, snp, &init, KVM_SEV_INIT2, err);

	if (!rc && snp->serves_certs)
		rc = command(vm, snp, NULL, KVM_SEV_SNP_ENABLE_REQ_CERTS, err);
	return rc;
}

int snp_launch_start(struct vm *vm, struct snp *snp, struct error *err)
{
	struct kvm_sev_snp_launch_start start = {.policy = vm->config->snp.policy};

	return command(vm, snp, &start, KVM_SEV_SNP_LAUNCH_START, err);
}

/*
 * All pages of `u`, however many commands KVM makes of it: it moves on what it has done. In `u`,
 * the page that failed.
 */
static int update(struct vm *vm, const struct snp *snp, struct kvm_sev_snp_launch_update *u,
	struct kvm_sev_cmd *cmd)
{
	unsigned int tries = 0;

	while (u->len) {
		const uint64_t left = u->len;
		int rc = issue(vm, snp, cmd, u, KVM_SEV_SNP_LAUNCH_UPDATE);

		if (rc < 0 && rc != -EAGAIN && rc != -EINTR)
			return rc;
		if (u->len > left)
			return -EIO; /* no kernel does that; the loop would have no end */
		tries = u->len < left ? 0 : tries + 1;
		if (tries > TRIES_MAX)
			return rc < 0 ? rc : -EAGAIN;
	}
	return 0;
}

static int update_failed(struct error *err, const struct kvm_sev_cmd *cmd, int rc,
	const struct kvm_sev_snp_launch_update *u)
{
	static const char *const types[] = {
		[HC_PAGE_NORMAL] = "NORMAL",
		[HC_PAGE_ZERO] = "ZERO",
		[HC_PAGE_UNMEASURED] = "UNMEASURED",
		[HC_PAGE_SECRETS] = "SECRETS",
		[HC_PAGE_CPUID] = "CPUID",
	};
	char what[48];

	snprintf(what, sizeof(what), "a %s page at 0x%" PRIx64, types[u->type],
		(uint64_t)u->gfn_start * HC_PAGE_SIZE);
	return snp_error_fail(err, cmd, rc, what);
}

static int bad_type(const struct fw_region *region, struct error *err)
{
	error_fail(err, HC_EUNSUPPORTED, "firmware region", "page type %d at 0x%" PRIx64,
		(int)region->type, region->gpa);
	error_expected(err, "NORMAL, ZERO, UNMEASURED, SECRETS, or one CPUID page");
	return HC_EUNSUPPORTED;
}

/* The secure processor refused the page and put another in its place, at `page`: once more? */
static int correct(struct vm *vm, const struct snp_cpuid_page *ours,
	const struct snp_cpuid_page *page, struct error *err)
{
	int rc = snp_cpuid_corrected(ours, page, vm->log, err);

	if (rc || !vm->config->snp.strict_cpuid)
		return rc;
	error_fail(err, HC_EDENIED, "CPUID page", "corrected by the secure processor");
	error_expected(err, "none, since \"cpuid\" is \"strict\"");
	error_remedy(err,
		"see the corrections in the log; without \"strict\" they are taken, where "
		"they only take bits away");
	return HC_EDENIED;
}

static int update_cpuid(struct vm *vm, const struct snp *snp, struct kvm_sev_snp_launch_update *u,
	struct snp_cpuid_page *page, struct error *err)
{
	const struct kvm_sev_snp_launch_update first = *u;
	struct kvm_cpuid_table table;
	struct snp_cpuid_page ours;
	struct kvm_sev_cmd cmd;
	int rc = kvm_get_cpuid(&vm->kvm, &vm->vcpu[0], &table, err);

	if (!rc)
		rc = snp_cpuid_build(page, &table, err);
	if (rc)
		return rc;
	ours = *page;
	rc = update(vm, snp, u, &cmd);
	if (rc == -EIO && cmd.error == SNP_STATUS_INVALID_PARAM) {
		rc = correct(vm, &ours, page, err);
		if (rc)
			return rc;
		*u = first;
		rc = update(vm, snp, u, &cmd);
	}
	return rc ? update_failed(err, &cmd, rc, u) : 0;
}

/* Pages of our own to launch from: aligned, as KVM wants them, and gone when they are launched. */
static uint8_t *staged(const struct fw_region *region, const uint8_t *data, size_t len)
{
	uint8_t *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (data && region->type != HC_PAGE_ZERO)
		memcpy(at, data, len);
	return at;
}

int snp_launch_region(struct vm *vm, struct snp *snp, const struct fw_region *region,
	const uint8_t *data, struct error *err)
{
	const size_t len = (size_t)region->pages * HC_PAGE_SIZE;
	struct kvm_sev_snp_launch_update u = {
		.gfn_start = region->gpa / HC_PAGE_SIZE, .len = len, .type = (uint8_t)region->type};
	struct kvm_sev_cmd cmd = {.id = KVM_SEV_SNP_LAUNCH_UPDATE};
	uint8_t *at;
	int rc;

	if (region->type < HC_PAGE_NORMAL || region->type > HC_PAGE_CPUID ||
		region->type == HC_PAGE_VMSA ||
		(region->type == HC_PAGE_CPUID && region->pages != 1))
		return bad_type(region, err);
	at = staged(region, data, len);
	if (!at)
		return error_errno(err, "mmap of launch pages", errno);
	u.uaddr = (uintptr_t)at;
	if (region->type == HC_PAGE_CPUID) {
		rc = update_cpuid(vm, snp, &u, (struct snp_cpuid_page *)(void *)at, err);
	} else {
		rc = update(vm, snp, &u, &cmd);
		rc = rc ? update_failed(err, &cmd, rc, &u) : 0;
	}
	munmap(at, len);
	return rc;
}

int snp_launch_finish(struct vm *vm, struct snp *snp, struct error *err)
{
	const struct launch_identity *id = &vm->identity;
	struct kvm_sev_snp_launch_finish finish = {
		.vcek_disabled = vm->config->snp.vcek_disabled,
	};

	memcpy(finish.host_data, id->host_data, sizeof(finish.host_data));
	if (id->has_id_block) {
		finish.id_block_uaddr = (uintptr_t)id->id_block;
		finish.id_auth_uaddr = (uintptr_t)id->id_auth;
		finish.id_block_en = 1;
		finish.auth_key_en = id->author_key;
	}
	return command(vm, snp, &finish, KVM_SEV_SNP_LAUNCH_FINISH, err);
}
