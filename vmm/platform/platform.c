/* SPDX-License-Identifier: Apache-2.0 */
/* The wrappers around a platform's verbs: they keep the order, the platforms do the work. */
#include "vmm/platform/platform.h"

#include <stdio.h>

#include "vmm/platform/kinds.h"
#include "vmm/vm.h"

const struct platform_ops *const platforms[] = {
	&platform_plain,
	&platform_sev_snp,
	&platform_tdx,
#if HC_SIM
	&platform_sim_snp,
#endif
	NULL,
};

static int out_of_order(const struct vm *vm, const char *verb, struct error *err)
{
	static const char *const phases[] = {
		[VM_NEW] = "before create",
		[VM_CREATED] = "after create",
		[VM_MAPPED] = "after map_memory",
		[VM_LOADED] = "after load",
		[VM_RESET] = "after reset_vcpu",
		[VM_SEALED] = "after seal",
	};
	char where[64];

	snprintf(where, sizeof(where), "platform %s: %s", vm->platform->name, verb);
	return error_fail(err, HC_ESTATE, where, "%s", phases[vm->phase]);
}

/* The verb may be called in phase `from` or, repeated, in phase `to`. */
static int enter(
	struct vm *vm, const char *verb, enum vm_phase from, enum vm_phase to, struct error *err)
{
	if (vm->phase != from && vm->phase != to)
		return out_of_order(vm, verb, err);
	vm->phase = to;
	return 0;
}

int platform_create(struct vm *vm, struct error *err)
{
	if (vm->phase != VM_NEW)
		return out_of_order(vm, "create", err);
	vm->phase = VM_CREATED;
	return vm->platform->create(vm, err);
}

int platform_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	int rc = enter(vm, "map_memory", VM_CREATED, VM_MAPPED, err);

	return rc ? rc : vm->platform->map_memory(vm, ram, err);
}

int platform_fit_cpuid(
	struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err)
{
	if (vm->phase != VM_MAPPED)
		return out_of_order(vm, "fit_cpuid", err);
	return vm->platform->fit_cpuid(vm, index, table, err);
}

int platform_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	int rc = enter(vm, "load", VM_MAPPED, VM_LOADED, err);

	return rc ? rc : vm->platform->load(vm, region, data, err);
}

int platform_reset_vcpu(struct vm *vm, uint32_t index, struct error *err)
{
	int rc = enter(vm, "reset_vcpu", VM_LOADED, VM_RESET, err);

	return rc ? rc : vm->platform->reset_vcpu(vm, index, err);
}

int platform_seal(struct vm *vm, struct error *err)
{
	/* Sealing twice is as wrong as sealing early: enter() would let it pass. */
	if (vm->phase != VM_RESET)
		return out_of_order(vm, "seal", err);
	vm->phase = VM_SEALED;
	return vm->platform->seal(vm, err);
}

int platform_convert(struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	if (vm->phase != VM_SEALED)
		return out_of_order(vm, "convert", err);
	return vm->platform->convert(vm, gpa, len, to_private, err);
}

enum platform_exit platform_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	if (vm->phase != VM_SEALED)
		return PLATFORM_EXIT_STOP;
	return vm->platform->handle_exit(vm, index, run, status);
}

void platform_destroy(struct vm *vm)
{
	if (vm->platform && vm->phase != VM_NEW)
		vm->platform->destroy(vm);
	vm->phase = VM_NEW;
}
