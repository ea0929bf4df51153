/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMD's secure processor and KVM's SEV-SNP commands on top of it, for kvm_model.h. Written from
 * Linux (arch/x86/kvm/svm/sev.c, virt/kvm/guest_memfd.c; 6.11, 6.18 and 7.0) and the SEV-SNP
 * firmware ABI specification (56860, 1.58: chapter and command named at each rule). It computes the
 * launch digest by itself: from the pages and registers it was given, not from attest/measure.
 */
#ifndef HC_TESTS_PSP_MODEL_H
#define HC_TESTS_PSP_MODEL_H

#include "attest/crypto.h"
#include "tests/model/kvm_model.h"
#include "tests/model/rmp.h"

#define PSP_ASIDS 16

/* Status codes (chapter 6.5 of the specification; linux/psp-sev.h). */
enum psp_status {
	PSP_SUCCESS = 0x00,
	PSP_INVALID_PLATFORM_STATE = 0x01,
	PSP_INVALID_GUEST_STATE = 0x02,
	PSP_POLICY_FAILURE = 0x07,
	PSP_BAD_SIGNATURE = 0x0a,
	PSP_BAD_MEASUREMENT = 0x0b,
	PSP_INVALID_PARAM = 0x16,
	PSP_INVALID_PAGE_STATE = 0x1a,
};

enum psp_command {
	PSP_SNP_INIT,
	PSP_SNP_GCTX_CREATE,
	PSP_SNP_LAUNCH_START,
	PSP_SNP_ACTIVATE,
	PSP_SNP_LAUNCH_UPDATE,
	PSP_SNP_LAUNCH_FINISH,
	PSP_SNP_GUEST_REQUEST,
};

/* The processor, one for all VMs. A test sets the first part after psp_model_attach. */
struct psp_model {
	uint32_t asids;         /* for SNP guests; PSP_ASIDS at most */
	uint64_t vmsa_features; /* sev_supported_vmsa_features */
	uint64_t policy_bits;   /* snp_supported_policy_bits, from 6.19 */
	uint8_t api_major, api_minor;
	bool smt, second_socket; /* what the machine has */
	bool rapl_disabled, ciphertext_hiding, aes_256_xts;
	bool not_initialized; /* SNP_INIT fails, as where the RMP is missing */
	bool vlek;
	/* The n-th firmware command from now (1) ends with this status; 0: none. */
	uint32_t fail_in;
	uint32_t fail_status;
	uint32_t cpuid_extra;    /* leaf 1, ECX: bits that the correction adds. No real one does */
	uint32_t cpuid_stubborn; /* how often a page is refused once more without a change */
	/* When a report is made for a guest: a test looks whether the certificates are locked. */
	void (*on_report)(struct kvm_model *m, struct model_vcpu *v);

	/* Kept by the model. */
	bool initialized;
	uint32_t commands, reports, cpuid_refused;
	bool asid_used[PSP_ASIDS + 1];
	struct rmp rmp; /* by frame of the host: system-physical addresses */
	struct {
		uint32_t asid;
		uint64_t gpa;
		bool pre_guest;
	} owner[MODEL_FRAMES];
};

enum psp_guest_state { PSP_NO_CONTEXT, PSP_INIT, PSP_LAUNCH, PSP_RUNNING };

/* One guest's context, state of struct model_vm. */
struct psp_guest {
	bool need_init, certs;
	uint32_t asid;
	uint64_t vmsa_features, policy, key;
	enum psp_guest_state state;
	uint8_t digest[SHA384_SIZE];
	uint8_t host_data[32];
	uint8_t id_key_digest[SHA384_SIZE], author_key_digest[SHA384_SIZE];
	bool has_id_block, author_key, vcek_disabled;
	uint8_t id_block[96];
	uint32_t vmsas;    /* measured */
	uint32_t launched; /* pages */
	uint8_t last_vmsa[4096];
	int sev_fd;
};

extern const struct kvm_model_vendor psp_model_vendor;

/* A host with SNP, ready to launch. Twice as many ASIDs as VMs, every policy bit, firmware 1.58. */
struct kvm_model *psp_model_new(enum kvm_model_kernel kernel);
struct psp_model *psp_model_of(const struct kvm_model *m);
/* NULL for a VM of another type. */
const struct psp_guest *psp_model_guest(const struct kvm_model *m, uint32_t vm);

/* Steps. pvalidate: `len` pages at gpa, validated if `flag`. report: an extended guest request with
 * `len` pages for certificates at gpa; *result is the VMM's error code for the guest, 0 with a
 * report. terminate: `len` is the value of the GHCB MSR. */
kvm_model_step_fn psp_model_pvalidate, psp_model_report, psp_model_terminate;

#endif
