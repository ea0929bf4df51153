/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform of a VM: plain, sev-snp, tdx, sim. Nine verbs, all mandatory, called in one order
 * which the wrappers check (HC_ESTATE otherwise): create, map_memory, fit_cpuid of each vCPU as it
 * is made, load..., reset_vcpu..., seal, then convert and handle_exit while the guest runs,
 * destroy. The vCPUs exist before anything is loaded: TDX adds memory through one of them. No other
 * file asks which platform it is on.
 */
#ifndef HC_VMM_PLATFORM_H
#define HC_VMM_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/measure/measure.h"
#include "common/error.h"
#include "vmm/guest_memory.h"

struct kvm_cpuid_table;
struct kvm_run;
struct vm;

enum platform_exit {
	PLATFORM_EXIT_NOT_MINE, /* the common code handles it */
	PLATFORM_EXIT_DONE,     /* handled; run on */
	PLATFORM_EXIT_STOP,     /* the guest is over; *status is set */
};

struct platform_ops {
	const char *name; /* as in the configuration: "plain", "sim-snp" */
	enum hc_platform id;
	bool simulated;   /* protects nothing, and every banner says so */
	bool open_state;  /* the host may read vCPUs' registers: a crash is logged with them */
	uint32_t sandbox; /* SANDBOX_*: what its guests need of the kernel while they run */
	/* The KVM VM of the right type, before memory and vCPUs. */
	int (*create)(struct vm *vm, struct error *err);
	/* One range of guest RAM, private from the start where the platform has private memory. */
	int (*map_memory)(struct vm *vm, const struct guest_ram *ram, struct error *err);
	/* CPUID of a vCPU that was just made, before KVM gets it: `table` is KVM's with this
	 * guest's topology. What the platform's guests must not see goes. */
	int (*fit_cpuid)(
		struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err);
	/* One region of the launch, in launch order; `data` as in struct fw_region, filled in. */
	int (*load)(struct vm *vm, const struct fw_region *region, const uint8_t *data,
		struct error *err);
	/* The entry state of a vCPU. */
	int (*reset_vcpu)(struct vm *vm, uint32_t index, struct error *err);
	/* End of launch: nothing is measured after this. */
	int (*seal)(struct vm *vm, struct error *err);
	/* Private <-> shared at run time. */
	int (*convert)(
		struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err);
	/* First look at an exit that KVM_RUN returned. */
	enum platform_exit (*handle_exit)(
		struct vm *vm, uint32_t index, struct kvm_run *run, int *status);
	/* What to do about a KVM_RUN that failed with -errno; NULL, or gives NULL: nothing known.
	 */
	const char *(*run_remedy)(int rc);
	void (*destroy)(struct vm *vm);
};

/* NULL-terminated; sim is absent where the build left it out. */
extern const struct platform_ops *const platforms[];

/* The wrappers, which check the order. Same arguments and errors as the verbs. */
HC_MUST_USE int platform_create(struct vm *vm, struct error *err);
HC_MUST_USE int platform_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err);
HC_MUST_USE int platform_fit_cpuid(
	struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err);
HC_MUST_USE int platform_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err);
HC_MUST_USE int platform_reset_vcpu(struct vm *vm, uint32_t index, struct error *err);
HC_MUST_USE int platform_seal(struct vm *vm, struct error *err);
HC_MUST_USE int platform_convert(
	struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err);
enum platform_exit platform_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status);
void platform_destroy(struct vm *vm);

#endif
