/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEV-SNP on KVM of Linux 6.11 and newer: a guest whose memory and registers the secure processor
 * keeps from this host. All RAM is private from the start; the one thing shared before the guest
 * says so is the staging window, which is no RAM. The entry state is set to constants, so that the
 * launch digest is what attest/measure predicts on any processor.
 */
#include "vmm/platform/snp.h"

#include <inttypes.h>
#include <linux/kvm_para.h>
#include <stdlib.h>

#include "attest/measure/id_block.h"
#include "common/hex.h"
#include "vmm/platform/snp_cpuid.h"
#include "vmm/sandbox.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

#define X2APIC_API (KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)

/* What attest/measure/vmsa.c has in every save area, and KVM takes from a vCPU's state. */
#define MSR_PAT 0x277
#define PAT     0x0007040600070406ULL
#define XCR0    1
#define DR6     0xffff0ff0
#define DR7     0x400

/* The secure processor would refuse it at the end, and say less. */
static int check_id_block(const struct vm *vm, struct error *err)
{
	struct snp_id_block block;
	int rc;

	if (!vm->identity.has_id_block)
		return 0;
	rc = snp_id_block_parse(
		&block, (struct view){vm->identity.id_block, SNP_ID_BLOCK_SIZE}, err);
	if (rc || block.policy == vm->config->snp.policy)
		return rc;
	error_fail(err, HC_EMISMATCH, "ID block: policy", "0x%" PRIx64, block.policy);
	error_expected(
		err, "0x%" PRIx64 ", the guest policy of this launch", vm->config->snp.policy);
	error_remedy(err, "have an ID block signed for it (hc-measure id-block --policy), or set "
			  "confidential.guest_policy");
	return HC_EMISMATCH;
}

static int other_key(const char *certificates, struct error *err)
{
	error_fail(err, HC_EMISMATCH, certificates, "vcek.der");
	error_expected(err, "vlek.der: with \"vcek\": \"disabled\" no report is signed by a VCEK");
	return HC_EMISMATCH;
}

static int open_files(struct vm *vm, struct snp *snp, struct error *err)
{
	const char *certificates = vm->config->snp.certificates_path;
	int rc = check_id_block(vm, err);

	if (!rc && certificates)
		rc = snp_certs_open(&snp->certs, certificates, vm->log, err);
	snp->serves_certs = !rc && certificates;
	if (snp->serves_certs && vm->config->snp.vcek_disabled &&
		snp->certs.file[SNP_CERT_VCEK] >= 0)
		rc = other_key(certificates, err);
	if (!rc)
		rc = snp_launch_probe(vm, err);
	return rc ? rc : kvm_open_sev(&vm->kvm, &snp->sev_fd, err);
}

static int enable(struct vm *vm, struct error *err)
{
	/* Without it KVM refuses every conversion that a guest asks for, without telling us. */
	int rc = kvm_enable(&vm->kvm, KVM_CAP_EXIT_HYPERCALL, 1ULL << KVM_HC_MAP_GPA_RANGE,
		"KVM_CAP_EXIT_HYPERCALL", err);

	if (!rc)
		rc = kvm_enable(&vm->kvm, KVM_CAP_SPLIT_IRQCHIP, 0, "KVM_CAP_SPLIT_IRQCHIP", err);
	if (!rc)
		rc = kvm_enable(
			&vm->kvm, KVM_CAP_X2APIC_API, X2APIC_API, "KVM_CAP_X2APIC_API", err);
	return rc;
}

static int snp_create(struct vm *vm, struct error *err)
{
	struct snp *snp = calloc(1, sizeof(*snp));
	int rc;

	if (!snp)
		return error_fail(err, HC_ENOMEM, "platform sev-snp", "no memory");
	snp->sev_fd = -1;
	snp_certs_init(&snp->certs);
	vm->platform_state = snp;
	log_line(vm->log, LOG_LEVEL_WARN,
		"platform sev-snp: this release was tested on software models of KVM and of the "
		"secure processor, never on SEV-SNP hardware");
	rc = open_files(vm, snp, err);
	if (!rc)
		rc = kvm_create_vm(&vm->kvm, KVM_X86_SNP_VM, err);
	if (!rc)
		rc = enable(vm, err);
	if (!rc)
		rc = snp_launch_init(vm, snp, err);
	return rc ? rc : snp_launch_start(vm, snp, err);
}

static int snp_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	struct snp *snp = vm->platform_state;

	return conversion_map_private(&snp->memory, vm, ram, err);
}

static int snp_fit_cpuid(
	struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err)
{
	(void)vm;
	(void)index;
	return snp_cpuid_fit(table, err);
}

static int snp_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	return snp_launch_region(vm, vm->platform_state, region, data, err);
}

/* KVM's own reset state, said explicitly: all of it is measured. */
static int set_constants(struct vm *vm, struct kvm_vcpu *vcpu, struct error *err)
{
	const struct kvm_fpu fpu = {.fcw = 0x37f, .mxcsr = 0x1f80};
	const struct kvm_debugregs debug = {.dr6 = DR6, .dr7 = DR7};
	int rc = kvm_set_xcr0(&vm->kvm, vcpu, XCR0, err);

	if (!rc)
		rc = kvm_set_fpu(&vm->kvm, vcpu, &fpu, err);
	if (!rc)
		rc = kvm_set_debugregs(&vm->kvm, vcpu, &debug, err);
	if (!rc)
		rc = kvm_set_msr(&vm->kvm, vcpu, MSR_PAT, PAT, err);
	return rc;
}

static int snp_reset_vcpu(struct vm *vm, uint32_t index, struct error *err)
{
	int rc = vcpu_reset(&vm->kvm, &vm->vcpu[index], true, err);

	return rc ? rc : set_constants(vm, &vm->vcpu[index], err);
}

static int log_prediction(struct vm *vm, struct error *err)
{
	char text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];
	int rc = measure_snp(
		digest, &vm->firmware, &vm->manifest, SNP_SEV_FEATURES, NULL, NULL, err);

	if (rc)
		return rc;
	hex_encode(text, digest, sizeof(digest));
	log_line(vm->log, LOG_LEVEL_INFO, "launch digest (predicted) %s, guest policy 0x%" PRIx64,
		text, vm->config->snp.policy);
	return 0;
}

static int snp_seal(struct vm *vm, struct error *err)
{
	int rc = log_prediction(vm, err);

	return rc ? rc : snp_launch_finish(vm, vm->platform_state, err);
}

static int snp_convert(
	struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	struct snp *snp = vm->platform_state;

	return private_memory_convert(&snp->memory.memory, gpa, len, to_private, err);
}

static void snp_destroy(struct vm *vm)
{
	struct snp *snp = vm->platform_state;

	if (!snp)
		return;
	conversion_close(&snp->memory);
	snp_certs_close(&snp->certs);
	kvm_close_fd(&vm->kvm, snp->sev_fd);
	free(snp);
	vm->platform_state = NULL;
}

const struct platform_ops platform_sev_snp = {
	.name = "sev-snp",
	.id = HC_PLATFORM_SNP,
	.simulated = false,
	.sandbox = SANDBOX_PRIVATE | SANDBOX_CERTS,
	.create = snp_create,
	.map_memory = snp_map_memory,
	.fit_cpuid = snp_fit_cpuid,
	.load = snp_load,
	.reset_vcpu = snp_reset_vcpu,
	.seal = snp_seal,
	.convert = snp_convert,
	.handle_exit = snp_exit,
	.destroy = snp_destroy,
};
