/* SPDX-License-Identifier: Apache-2.0 */
/*
 * KVM's TDX interface and the TDX module behind it, as a vendor of the model of KVM (kvm_model.h).
 * It keeps what Linux's arch/x86/kvm/vmx/tdx.c keeps and refuses what that refuses, each rule with
 * the function it is from; what the module itself decides follows the "Intel TDX Module 1.5 Base"
 * and "ABI" specifications. Written from those and not from vmm/platform, so that the two can
 * disagree. MRTD is computed here by TDH.MEM.PAGE.ADD and TDH.MR.EXTEND, without attest/measure.
 *
 * The model's own choices, where machines differ: which CPUID bits are configurable, how many keys
 * there are, and what a private page holds before the guest accepts it.
 */
#ifndef HC_TESTS_TDX_MODULE_H
#define HC_TESTS_TDX_MODULE_H

#include "attest/crypto.h"
#include "tests/model/kvm_model.h"
#include "tests/model/sept.h"

/* Completion status of a SEAMCALL (ABI specification, "Interface function completion status"). */
#define TDX_OPERAND_INVALID    0xc000010000000000ULL /* the operand in bits 31:0 */
#define TDX_OPERAND_BUSY       0x8000020000000000ULL
#define TDX_RND_NO_ENTROPY     0x8000020300000000ULL
#define TDX_OPERAND_ATTRIBUTES 64u
#define TDX_OPERAND_XFAM       65u
#define TDX_OPERAND_CPUID      69u
#define TDX_OPERAND_TSC        70u

#define TDX_ATTR_DEBUG           (1ULL << 0)
#define TDX_ATTR_SEPT_VE_DISABLE (1ULL << 28)

enum tdx_state { TDX_UNINITIALIZED, TDX_INITIALIZED, TDX_RUNNABLE };

/* For all TDs of a model: tdx_module(m). */
struct tdx_module {
	/* Set by a test; a new one has a machine that makes no difficulties. */
	uint32_t hkids;       /* private keys; no more TDs than that at a time */
	uint32_t cpus;        /* num_present_cpus: a TD has no more vCPUs */
	bool five_levels;     /* 5-level EPT */
	bool package_offline; /* KVM_TDX_INIT_VM: EIO */
	bool cgroup_full;     /* misc.max of "tdx": EBUSY */
	uint32_t no_entropy;  /* so many KVM_TDX_INIT_VM: EAGAIN */
	uint32_t add_busy;    /* so many pages are not added at first: EAGAIN, EBUSY from 7.0 on */
	uint32_t finalize_busy; /* so many KVM_TDX_FINALIZE_VM: EBUSY, with hw_error set */
	uint64_t init_status;   /* of TDH.MNG.INIT, if not 0 */
	uint64_t add_status;    /* of TDH.MEM.PAGE.ADD, if not 0 */
	uint64_t finalize_status;
	uint64_t supported_xfam;
	uint32_t leaves; /* of the list of configurable leaves that there are; 0: all */

	/* Kept. */
	uint32_t hkids_used;
	uint64_t keys; /* made so far; content of a TD's pages is stored under its own */
};

/* A TD: tdx_module_td(vm). */
struct tdx_td {
	enum tdx_state state;
	bool dead; /* kvm_vm_dead: every ioctl is EIO from then on */
	bool has_hkid;
	uint64_t key;
	uint64_t attributes, xfam, shared_bit;
	uint8_t mrconfigid[SHA384_SIZE], mrowner[SHA384_SIZE], mrownerconfig[SHA384_SIZE];
	uint32_t max_vcpus;
	uint64_t tsc_25mhz;
	struct kvm_cpuid_table cpuid; /* as the guest sees it */
	struct crypto_sha384 measurement;
	uint8_t mrtd[SHA384_SIZE]; /* once it is runnable */
	uint32_t added, measured;  /* pages */
	struct sept sept;          /* from the first page on */
};

/* What a vCPU has in model_vcpu.vendor. */
enum { TDX_VCPU_INITIALIZED, TDX_VCPU_RCX, TDX_VCPU_PROGRESS };

extern const struct kvm_model_vendor tdx_module_vendor;

/* A model with this vendor, NULL without memory; kvm_model_free. */
struct kvm_model *tdx_module_new(enum kvm_model_kernel kernel);
static inline struct tdx_module *tdx_module(const struct kvm_model *m)
{
	return m->vendor_state;
}
static inline struct tdx_td *tdx_module_td(const struct model_vm *vm)
{
	return vm->state;
}

/*
 * What a TD does. Addresses are as the guest has them: with the shared bit (tdx_td.shared_bit)
 * where it means that. `result` (shared memory, or NULL) is what it finds in its registers.
 *
 * map_gpa: [gpa, gpa + len) (bytes): R10, R11. accept: TDG.MEM.PAGE.ACCEPT of [gpa, gpa + len),
 * page by page, in 2 MiB pages if `flag`: the last status. get_quote: buffer at gpa, len bytes:
 * R10. notify: vector `len`: R10. info: leaf `len`: R10 to R14. fatal: `data` is uint64_t[16], RAX
 * to R15.
 */
kvm_model_step_fn tdx_guest_map_gpa, tdx_guest_accept, tdx_guest_get_quote, tdx_guest_notify,
	tdx_guest_info, tdx_guest_fatal;

#endif
