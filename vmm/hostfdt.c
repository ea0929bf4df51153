/* SPDX-License-Identifier: Apache-2.0 */
/* The host's device tree, written in one pass with libfdt's sequential functions. */
#include "vmm/hostfdt.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "firmware/abi/hostfdt.h"

/* Each step runs only if all before it did; libfdt's errors are negative. */
#define STEP(rc, call) ((rc) = (rc) < 0 ? (rc) : (call))

static int add_cells(void *fdt, int rc, uint32_t address_cells, uint32_t size_cells)
{
	STEP(rc, fdt_property_u32(fdt, "#address-cells", address_cells));
	return STEP(rc, fdt_property_u32(fdt, "#size-cells", size_cells));
}

static int add_memory(void *fdt, int rc, const struct guest_ram *ram)
{
	uint64_t reg[2] = {cpu_to_fdt64(ram->gpa), cpu_to_fdt64(ram->size)};
	char name[32];

	snprintf(name, sizeof(name), "memory@%" PRIx64, ram->gpa);
	STEP(rc, fdt_begin_node(fdt, name));
	STEP(rc, fdt_property_string(fdt, "device_type", "memory"));
	STEP(rc, fdt_property(fdt, "reg", reg, sizeof(reg)));
	return STEP(rc, fdt_end_node(fdt));
}

static int add_cpus(void *fdt, int rc, uint32_t count)
{
	STEP(rc, fdt_begin_node(fdt, "cpus"));
	rc = add_cells(fdt, rc, 1, 0);
	for (uint32_t i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "cpu@%" PRIx32, i);
		STEP(rc, fdt_begin_node(fdt, name));
		STEP(rc, fdt_property_string(fdt, "device_type", "cpu"));
		STEP(rc, fdt_property_u32(fdt, "reg", i));
		STEP(rc, fdt_end_node(fdt));
	}
	return STEP(rc, fdt_end_node(fdt));
}

static int add_chosen(void *fdt, int rc, const struct hostfdt *in)
{
	STEP(rc, fdt_begin_node(fdt, "chosen"));
	STEP(rc, fdt_property_u64(fdt, HC_FDT_KERNEL_OFFSET, in->kernel_offset));
	if (in->has_initrd)
		STEP(rc, fdt_property_u64(fdt, HC_FDT_INITRD_OFFSET, in->initrd_offset));
	return STEP(rc, fdt_end_node(fdt));
}

int hostfdt_build(uint8_t out[HC_HOSTFDT_SIZE], const struct hostfdt *in, struct error *err)
{
	int rc = 0;

	memset(out, 0, HC_HOSTFDT_SIZE);
	STEP(rc, fdt_create(out, HC_HOSTFDT_SIZE));
	STEP(rc, fdt_finish_reservemap(out));
	STEP(rc, fdt_begin_node(out, ""));
	rc = add_cells(out, rc, 2, 2);
	STEP(rc, fdt_property_string(out, "compatible", HC_FDT_COMPATIBLE));
	for (size_t i = 0; i < in->mem->count; i++)
		rc = add_memory(out, rc, &in->mem->ram[i]);
	rc = add_cpus(out, rc, in->vcpu_count);
	rc = add_chosen(out, rc, in);
	STEP(rc, fdt_end_node(out));
	STEP(rc, fdt_finish(out));
	if (rc < 0)
		return error_fail(err, HC_EINTERNAL, "host device tree", "%s", fdt_strerror(rc));
	/* fdt_finish leaves the working space behind the tree as it was. */
	memset(out + fdt_totalsize(out), 0, HC_HOSTFDT_SIZE - fdt_totalsize(out));
	return 0;
}
