/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain KVM: nothing is encrypted, nothing is measured by hardware, and no claim is made. There is
 * nothing to identify, to accept or to extend.
 */
#include "firmware/platform.h"
#include "firmware/port.h"

static int plain_identify(const struct hc_manifest *manifest)
{
	(void)manifest;
	return 0;
}

static int plain_accept(uint64_t gpa, uint64_t len_bytes)
{
	(void)gpa;
	(void)len_bytes;
	return 0;
}

static int plain_measure(const struct hc_manifest *manifest)
{
	(void)manifest;
	return 0;
}

static uint64_t plain_setup_data(void)
{
	return 0;
}

/* They halt, and Linux starts them by other means. */
static void plain_release_vcpus(void)
{
}

const struct platform platform = {
	.id = HC_PLATFORM_PLAIN,
	.identify = plain_identify,
	.accept = plain_accept,
	.map_staging = port_map_staging,
	.unmap_staging = paging_unmap_staging,
	.staging_read = staging_copy,
	.measure = plain_measure,
	.setup_data = plain_setup_data,
	.release_vcpus = plain_release_vcpus,
	.die = port_die,
};
