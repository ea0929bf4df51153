/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated SNP platform: plain KVM, with the launch digest computed by hc-vmm instead of a
 * secure processor. Boots exactly as plain does and differs from it in the manifest it takes, so
 * that neither image can stand in for the other. It protects nothing.
 */
#include "firmware/platform.h"
#include "firmware/port.h"

static int sim_identify(const struct hc_manifest *manifest)
{
	(void)manifest;
	return 0;
}

static int sim_accept(uint64_t gpa, uint64_t len_bytes)
{
	(void)gpa;
	(void)len_bytes;
	return 0;
}

static int sim_measure(const struct hc_manifest *manifest)
{
	(void)manifest;
	return 0;
}

static uint64_t sim_setup_data(void)
{
	return 0;
}

/* They halt, and Linux starts them by other means. */
static void sim_release_vcpus(void)
{
}

const struct platform platform = {
	.id = HC_PLATFORM_SIM_SNP,
	.identify = sim_identify,
	.accept = sim_accept,
	.map_staging = port_map_staging,
	.unmap_staging = paging_unmap_staging,
	.staging_read = staging_copy,
	.measure = sim_measure,
	.setup_data = sim_setup_data,
	.release_vcpus = sim_release_vcpus,
	.die = port_die,
};
