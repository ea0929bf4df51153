/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ordinary KVM guest: no measurement, no private memory, nothing promised. Where its RAM is a
 * guest_memfd, it may convert memory as a confidential guest does, and it is dropped as there.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "vmm/platform/kinds.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

/* Below the page that TDX starts in, above the local APIC: outside every range of layout.h. */
#define TSS_GPA 0xfffbd000

#define X2APIC_API (KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK)

int plain_create(struct vm *vm, struct error *err)
{
	int rc = kvm_create_vm(&vm->kvm, 0, err);

	if (!rc)
		rc = kvm_set_tss(&vm->kvm, TSS_GPA, err);
	/* Local APICs in the kernel, no IOAPIC and no PIC anywhere: interrupts are messages. */
	if (!rc)
		rc = kvm_enable(&vm->kvm, KVM_CAP_SPLIT_IRQCHIP, 0, "KVM_CAP_SPLIT_IRQCHIP", err);
	if (!rc)
		rc = kvm_enable(
			&vm->kvm, KVM_CAP_X2APIC_API, X2APIC_API, "KVM_CAP_X2APIC_API", err);
	if (!rc && vm->config->guest_memfd)
		rc = kvm_enable(&vm->kvm, KVM_CAP_EXIT_HYPERCALL, 1ULL << KVM_HC_MAP_GPA_RANGE,
			"KVM_CAP_EXIT_HYPERCALL", err);
	return rc;
}

static int create(struct vm *vm, struct error *err)
{
	vm->platform_state = calloc(1, sizeof(struct plain_state));
	if (!vm->platform_state)
		return error_fail(err, HC_ENOMEM, "platform plain", "no memory");
	return plain_create(vm, err);
}

int plain_map_memory(struct vm *vm, const struct guest_ram *ram, struct error *err)
{
	struct plain_state *state = vm->platform_state;
	uint32_t slot = (uint32_t)(ram - vm->mem.ram);

	if (vm->config->guest_memfd)
		return conversion_map(&state->conversions, vm, ram, err);
	return kvm_set_memory(&vm->kvm, slot, ram->gpa, ram->size, ram->host, 0, err);
}

int plain_fit_cpuid(struct vm *vm, uint32_t index, struct kvm_cpuid_table *table, struct error *err)
{
	(void)vm;
	(void)index;
	(void)table;
	(void)err;
	return 0;
}

int plain_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	uint64_t len = (uint64_t)region->pages * HC_PAGE_SIZE;

	/* Fresh memory is zero already: ZERO pages, and those that only SNP's firmware fills. */
	if (!data)
		return 0;
	if (!guest_memory_write(&vm->mem, region->gpa, data, len))
		return 0;
	return error_fail(
		err, HC_ERANGE, "firmware region", "0x%" PRIx64 " outside RAM", region->gpa);
}

int plain_reset_vcpu(struct vm *vm, uint32_t index, struct error *err)
{
	return vcpu_reset(&vm->kvm, &vm->vcpu[index], false, err);
}

static int plain_seal(struct vm *vm, struct error *err)
{
	(void)vm;
	(void)err;
	return 0;
}

int plain_convert(struct vm *vm, uint64_t gpa, uint64_t len, bool to_private, struct error *err)
{
	struct plain_state *state = vm->platform_state;

	if (vm->config->guest_memfd)
		return private_memory_convert(
			&state->conversions.memory, gpa, len, to_private, err);
	error_fail(err, HC_EUNSUPPORTED, "conversion of memory", "0x%" PRIx64, gpa);
	error_expected(err, "nothing: platform %s has no private memory", vm->platform->name);
	return HC_EUNSUPPORTED;
}

enum platform_exit plain_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	struct plain_state *state = vm->platform_state;

	if (!vm->config->guest_memfd)
		return PLATFORM_EXIT_NOT_MINE;
	return conversion_exit(&state->conversions, index, run, status);
}

static void destroy(struct vm *vm)
{
	struct plain_state *state = vm->platform_state;

	if (!state)
		return;
	conversion_close(&state->conversions);
	free(state);
	vm->platform_state = NULL;
}

const struct platform_ops platform_plain = {
	.name = "plain",
	.id = HC_PLATFORM_PLAIN,
	.simulated = false,
	.open_state = true,
	.create = create,
	.map_memory = plain_map_memory,
	.fit_cpuid = plain_fit_cpuid,
	.load = plain_load,
	.reset_vcpu = plain_reset_vcpu,
	.seal = plain_seal,
	.convert = plain_convert,
	.handle_exit = plain_handle_exit,
	.destroy = destroy,
};
