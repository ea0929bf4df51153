/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated SNP platform: an ordinary KVM guest whose launch a software secure processor
 * measures page by page, and that may ask it for reports through five ports. It protects nothing,
 * and must say so wherever a person could be misled.
 *
 * The processor has a lock of its own: a signature takes milliseconds, and devices shall not wait.
 */
#include <pthread.h>
#include <stdlib.h>

#include "common/hex.h"
#include "vmm/platform/kinds.h"
#include "vmm/sandbox.h"
#include "vmm/sim/sim_mailbox.h"
#include "vmm/sim/sim_pki.h"
#include "vmm/sim/sim_psp.h"
#include "vmm/vcpu.h"
#include "vmm/vm.h"

struct sim {
	struct plain_state plain; /* first: plain_* take it for theirs */
	struct sim_psp *psp;
	pthread_mutex_t lock; /* mailbox and psp, once the guest runs */
	struct sim_mailbox mailbox;
	struct bus ports;
};

static uint64_t mailbox_read(void *dev, uint64_t offset, unsigned int size)
{
	return sim_mailbox_in(dev, (uint16_t)(SIM_MAILBOX_PORT_FIRST + offset), size);
}

static void mailbox_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	sim_mailbox_out(dev, (uint16_t)(SIM_MAILBOX_PORT_FIRST + offset), size, (uint32_t)value);
}

static const struct bus_ops mailbox_ops = {.read = mailbox_read, .write = mailbox_write};

static int sim_start(struct vm *vm, struct sim *sim, struct error *err)
{
	const char *dir = vm->config->sim_state ? vm->config->sim_state : SIM_PKI_DEFAULT_DIR;
	int rc = sim_psp_new(&sim->psp, dir, err);

	if (!rc)
		rc = sim_psp_launch_start(sim->psp, vm->config->snp.policy, err);
	if (rc)
		return rc;
	sim_mailbox_init(&sim->mailbox, sim->psp);
	rc = bus_add(&sim->ports, SIM_MAILBOX_PORT_FIRST, SIM_MAILBOX_PORT_COUNT, &mailbox_ops,
		&sim->mailbox);
	return rc ? error_fail(err, rc, "simulated mailbox", "ports taken") : 0;
}

static int sim_create(struct vm *vm, struct error *err)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	int rc;

	if (!sim)
		return error_fail(err, HC_ENOMEM, "simulated processor", "no memory");
	pthread_mutex_init(&sim->lock, NULL);
	vm->platform_state = sim;
	log_line(vm->log, LOG_LEVEL_WARN,
		"SIMULATED platform: this guest is NOT protected from this host, and its evidence "
		"is signed by a root named \"" SIM_PKI_NAME "\"");
	rc = sim_start(vm, sim, err);
	return rc ? rc : plain_create(vm, err);
}

static int sim_load(
	struct vm *vm, const struct fw_region *region, const uint8_t *data, struct error *err)
{
	struct sim *sim = vm->platform_state;
	int rc = plain_load(vm, region, data, err);

	for (uint32_t i = 0; i < region->pages && !rc; i++)
		rc = sim_psp_launch_update(sim->psp, region->type,
			region->gpa + (uint64_t)i * HC_PAGE_SIZE,
			data ? data + (size_t)i * HC_PAGE_SIZE : NULL, err);
	return rc;
}

/* KVM measures a VMSA page of the vCPU's state at this point; vcpu_reset sets that state. */
static int sim_reset_vcpu(struct vm *vm, uint32_t index, struct error *err)
{
	struct sim *sim = vm->platform_state;
	uint8_t page[HC_PAGE_SIZE];
	int rc = plain_reset_vcpu(vm, index, err);

	if (rc)
		return rc;
	vmsa_build(page, index, SNP_SEV_FEATURES, false);
	return sim_psp_launch_update(sim->psp, HC_PAGE_VMSA, SNP_VMSA_GPA, page, err);
}

static int sim_seal(struct vm *vm, struct error *err)
{
	struct sim *sim = vm->platform_state;
	char text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];
	const struct sim_psp_finish finish = {
		.host_data = vm->identity.host_data,
		.id_block_en = vm->identity.has_id_block,
		.author_key_en = vm->identity.author_key,
		.id_block = vm->identity.id_block,
		.id_auth = vm->identity.id_auth,
	};
	int rc = sim_psp_launch_finish(sim->psp, &finish, err);

	if (rc)
		return rc;
	sim_psp_digest(sim->psp, digest);
	hex_encode(text, digest, sizeof(digest));
	log_line(vm->log, LOG_LEVEL_INFO, "launch digest (simulated) %s", text);
	return 0;
}

static enum platform_exit sim_handle_exit(
	struct vm *vm, uint32_t index, struct kvm_run *run, int *status)
{
	struct sim *sim = vm->platform_state;

	if (run->exit_reason != KVM_EXIT_IO || run->io.port < SIM_MAILBOX_PORT_FIRST ||
		run->io.port >= SIM_MAILBOX_PORT_FIRST + SIM_MAILBOX_PORT_COUNT)
		return plain_handle_exit(vm, index, run, status);
	pthread_mutex_lock(&sim->lock);
	vcpu_exit_io(run, &sim->ports);
	pthread_mutex_unlock(&sim->lock);
	return PLATFORM_EXIT_DONE;
}

static void sim_destroy(struct vm *vm)
{
	struct sim *sim = vm->platform_state;

	if (!sim)
		return;
	conversion_close(&sim->plain.conversions);
	sim_psp_free(sim->psp);
	pthread_mutex_destroy(&sim->lock);
	free(sim);
	vm->platform_state = NULL;
}

const struct platform_ops platform_sim_snp = {
	.name = "sim-snp",
	.id = HC_PLATFORM_SIM_SNP,
	.simulated = true,
	.open_state = true,
	.sandbox = SANDBOX_SIM,
	.create = sim_create,
	.map_memory = plain_map_memory,
	.fit_cpuid = plain_fit_cpuid,
	.load = sim_load,
	.reset_vcpu = sim_reset_vcpu,
	.seal = sim_seal,
	.convert = plain_convert,
	.handle_exit = sim_handle_exit,
	.destroy = sim_destroy,
};
