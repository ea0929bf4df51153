/* SPDX-License-Identifier: Apache-2.0 */
/* One guest for the software machines: see guest.h. */
#include "tests/firmware/guest.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "attest/measure/id_block.h"
#include "attest/measure/igvm_pack.h"
#include "common/file.h"
#include "firmware/abi/hostfdt.h"
#include "tests/unit/fw_samples.h"

#define IMAGE_MAX     (1u << 20)
#define KERNEL_MAX    (64u << 20)
#define LAST_PAGE     HC_TDX_RESET_GPA
#define SMALL_INITRD  0x1235u
#define SMALL_CMDLINE "console=hvc0 quiet"

static void die(const char *what)
{
	fprintf(stderr, "software guest: %s\n", what);
	abort();
}

static void *reserve(uint64_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		die("no address space");
	return p;
}

void guest_plan_small(struct guest_plan *out, const char *image, uint64_t ram_bytes, uint32_t vcpus)
{
	static uint8_t kernel[FW_SAMPLE_BZIMAGE], initrd[SMALL_INITRD];

	fw_sample_bzimage(kernel);
	for (size_t i = 0; i < sizeof(initrd); i++)
		initrd[i] = (uint8_t)(i * 11 + i / 256);
	*out = (struct guest_plan){
		.image = image,
		.ram = {{0, ram_bytes}},
		.ram_count = 1,
		.vcpus = vcpus,
		.cmdline = SMALL_CMDLINE,
		.kernel = {kernel, sizeof(kernel)},
		.initrd = {initrd, sizeof(initrd)},
		.kernel_offset = 0,
		.initrd_offset = 0x4000000,
	};
}

bool guest_plan_debian(struct guest_plan *out, const char *image, struct bytes *kernel)
{
	static uint8_t initrd[(3u << 20) + 17];
	const char *folder = getenv("HC_GUEST");
	char path[512];

	snprintf(path, sizeof(path), "%s/vmlinuz", folder ? folder : "build/guest");
	if (file_read(kernel, path, KERNEL_MAX, NULL)) {
		printf("# no kernel at %s: scripts/setup unpacks it\n", path);
		return false;
	}
	memset(initrd, 0x42, sizeof(initrd));
	guest_plan_small(out, image, 512ULL << 20, 4);
	out->kernel = bytes_view(kernel);
	out->initrd = (struct view){initrd, sizeof(initrd)};
	return true;
}

static void prop_u64(void *fdt, const char *name, uint64_t value)
{
	if (fdt_property_u64(fdt, name, value))
		die("device tree");
}

static int memory_nodes(void *fdt, const struct guest_plan *plan)
{
	char name[64];
	int rc = 0;

	for (size_t i = 0; i < plan->ram_count; i++) {
		const uint64_t start = plan->ram[i].start, len = range_len(plan->ram[i]);
		const fdt64_t reg[2] = {cpu_to_fdt64(start), cpu_to_fdt64(len)};

		snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)start);
		rc |= fdt_begin_node(fdt, name);
		rc |= fdt_property_string(fdt, "device_type", "memory");
		rc |= fdt_property(fdt, "reg", reg, sizeof(reg));
		rc |= fdt_end_node(fdt);
	}
	return rc;
}

static int cpu_nodes(void *fdt, uint32_t count)
{
	char name[64];
	int rc = fdt_begin_node(fdt, "cpus");

	rc |= fdt_property_u32(fdt, "#address-cells", 1);
	rc |= fdt_property_u32(fdt, "#size-cells", 0);
	for (uint32_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "cpu@%x", i);
		rc |= fdt_begin_node(fdt, name);
		rc |= fdt_property_string(fdt, "device_type", "cpu");
		rc |= fdt_property_u32(fdt, "reg", i);
		rc |= fdt_end_node(fdt);
	}
	return rc | fdt_end_node(fdt);
}

void guest_hostfdt(struct guest *g)
{
	void *fdt = g->hostfdt;
	int rc = fdt_create(fdt, sizeof(g->hostfdt));

	rc |= fdt_finish_reservemap(fdt);
	rc |= fdt_begin_node(fdt, "");
	rc |= fdt_property_u32(fdt, "#address-cells", 2);
	rc |= fdt_property_u32(fdt, "#size-cells", 2);
	rc |= fdt_property_string(fdt, "compatible", HC_FDT_COMPATIBLE);
	rc |= memory_nodes(fdt, &g->plan);
	rc |= cpu_nodes(fdt, g->plan.vcpus);
	rc |= fdt_begin_node(fdt, "chosen");
	prop_u64(fdt, HC_FDT_KERNEL_OFFSET, g->plan.kernel_offset);
	if (g->plan.initrd.len)
		prop_u64(fdt, HC_FDT_INITRD_OFFSET, g->plan.initrd_offset);
	rc |= fdt_end_node(fdt) | fdt_end_node(fdt);
	if (rc || fdt_finish(fdt))
		die("device tree");
}

void guest_tree_remove(struct guest *g, const char *node, const char *property)
{
	if (fdt_delprop(g->hostfdt, fdt_path_offset(g->hostfdt, node), property))
		die(property);
}

static void image_load(struct guest *g)
{
	char path[512];
	struct error err = {0};

	snprintf(path, sizeof(path), "%s/firmware/huisclos-%s.img", HC_BUILD, g->plan.image);
	if (file_read(&g->image_file, path, IMAGE_MAX, &err) ||
		fw_image_parse(&g->image, bytes_view(&g->image_file), &err))
		die(path);
}

static void manifest_make(struct guest *g)
{
	struct guest_inputs in = {
		.platform = g->image.platform,
		.kernel = g->plan.kernel,
		.initrd = g->plan.initrd,
		.cmdline = g->plan.cmdline,
		.vcpu_count = g->plan.vcpus,
	};
	struct error err = {0};

	if (g->plan.packed && igvm_place(&in, g->plan.ram[0].end, &err))
		die(err.where);
	if (g->plan.packed) {
		g->plan.kernel_offset = 0;
		g->plan.initrd_offset = igvm_initrd_offset(g->plan.kernel);
	}
	if (manifest_build(&g->manifest, &in, &err))
		die(err.where);
	if (g->plan.lazy)
		g->manifest.flags |= HC_MANIFEST_LAZY;
}

void guest_init(struct guest *g, const struct guest_plan *plan)
{
	*g = (struct guest){.plan = *plan};
	image_load(g);
	manifest_make(g);
	guest_hostfdt(g);
	g->end = HC_RAM_HIGH_BASE;
	for (size_t i = 0; i < plan->ram_count; i++)
		g->end = plan->ram[i].end > g->end ? plan->ram[i].end : g->end;
	g->high_bytes = g->end - HC_RAM_HIGH_BASE;
	g->low = reserve(HC_RAM_LOW_END);
	g->window = reserve(HC_STAGING_SIZE);
	g->last = reserve(HC_PAGE_SIZE);
	g->high = g->high_bytes ? reserve(g->high_bytes) : NULL;
}

void guest_fini(struct guest *g)
{
	munmap(g->low, HC_RAM_LOW_END);
	munmap(g->window, HC_STAGING_SIZE);
	munmap(g->last, HC_PAGE_SIZE);
	if (g->high)
		munmap(g->high, g->high_bytes);
	bytes_free(&g->image_file);
	*g = (struct guest){0};
}

uint8_t *guest_memory(const struct guest *g, uint64_t gpa)
{
	if (gpa < HC_RAM_LOW_END)
		return g->low + gpa;
	if (gpa < HC_STAGING_GPA + HC_STAGING_SIZE)
		return g->window + (gpa - HC_STAGING_GPA);
	if (gpa >= LAST_PAGE && gpa < HC_RAM_HIGH_BASE)
		return g->last + (gpa - LAST_PAGE);
	if (gpa >= HC_RAM_HIGH_BASE && gpa - HC_RAM_HIGH_BASE < g->high_bytes)
		return g->high + (gpa - HC_RAM_HIGH_BASE);
	return NULL;
}

bool guest_is_ram(const struct guest *g, uint64_t gpa)
{
	for (size_t i = 0; i < g->plan.ram_count; i++) {
		if (gpa >= g->plan.ram[i].start && gpa < g->plan.ram[i].end)
			return true;
	}
	return false;
}

const uint8_t *guest_page(const struct guest *g, const struct fw_region *region, uint32_t index)
{
	const size_t at = (size_t)index * HC_PAGE_SIZE;

	if (region->role == HC_ROLE_MANIFEST)
		return (const uint8_t *)&g->manifest;
	if (region->role == HC_ROLE_HOSTFDT)
		return g->hostfdt + at;
	return region->data ? region->data + at : NULL;
}

static void stage(struct guest *g, struct view blob, uint64_t offset)
{
	if (offset <= HC_STAGING_SIZE && blob.len <= HC_STAGING_SIZE - offset)
		memcpy(g->window + offset, blob.data, blob.len);
}

void guest_stage(struct guest *g)
{
	stage(g, g->plan.kernel, g->plan.kernel_offset);
	if (g->plan.initrd.len)
		stage(g, g->plan.initrd, g->plan.initrd_offset);
}

void guest_pack(struct guest *g, struct bytes *out)
{
	const struct igvm_guest in = {
		.image = &g->image,
		.manifest = &g->manifest,
		.hostfdt = g->hostfdt,
		.kernel = g->plan.kernel,
		.initrd = g->plan.initrd,
		.policy = SNP_POLICY_DEFAULT,
	};
	struct error err = {0};

	if (igvm_pack(out, &in, &err))
		die(err.where);
}

struct range guest_packed_range(const struct guest *g)
{
	const struct hc_manifest *m = &g->manifest;

	return (struct range){m->packed_base, m->packed_base + m->packed_size};
}

struct range guest_kernel_range(const struct guest *g)
{
	const uint64_t start = get_le64(g->plan.kernel.data + 0x258);

	return (struct range){start, start + get_le32(g->plan.kernel.data + 0x260)};
}

uint32_t guest_e820_type(const struct guest *g, uint64_t rsi, uint64_t gpa)
{
	const uint8_t *zero_page = guest_memory(g, rsi);
	uint32_t type = 0;

	for (size_t i = 0; i < zero_page[0x1e8]; i++) {
		const uint8_t *e = zero_page + 0x2d0 + 20 * i;
		const uint64_t start = get_le64(e), len = get_le64(e + 8);

		if (gpa >= start && gpa - start < len)
			type = type ? UINT32_MAX : get_le32(e + 16); /* in two: no answer */
	}
	return type;
}

bool guest_is_lazy(const struct guest *g, uint64_t gpa)
{
	return (g->manifest.flags & HC_MANIFEST_LAZY) && gpa >= HC_EAGER_END;
}

static bool same(const struct guest *g, uint64_t gpa, const void *bytes, size_t len)
{
	const uint8_t *memory = guest_memory(g, gpa);

	return memory && memcmp(memory, bytes, len) == 0;
}

/* Low memory, and what is reserved for the boot and not used: nothing of before, nothing of ours.
 */
static const char *cleared_wrong(const struct guest *g)
{
	if (!bytes_all_zero(guest_memory(g, 0), HC_LOW_RESERVED))
		return "low memory was not cleared";
	if (!bytes_all_zero(guest_memory(g, HC_MAILBOX_GPA), HC_PAGE_SIZE))
		return "the mailbox was not cleared";
	if (!bytes_all_zero(guest_memory(g, HC_ACPI_GPA + HC_ACPI_SIZE / 2), HC_ACPI_SIZE / 2) ||
		!bytes_all_zero(guest_memory(g, HC_FIRMWARE_END - HC_PAGE_SIZE), HC_PAGE_SIZE))
		return "an area of the boot was not cleared";
	return NULL;
}

const char *guest_handover_wrong(const struct guest *g, uint64_t rsi, uint64_t setup_data)
{
	const uint8_t *kernel = g->plan.kernel.data;
	const size_t code = ((size_t)(kernel[0x1f1] ? kernel[0x1f1] : 4) + 1) * 512;
	const uint8_t *zero_page = guest_memory(g, rsi);
	uint64_t initrd;

	if (rsi != HC_BOOTPARAM_GPA)
		return "the zero page is elsewhere";
	initrd = get_le32(zero_page + 0x218);
	if (!same(g, guest_kernel_range(g).start, kernel + code, g->plan.kernel.len - code))
		return "the kernel is not the measured one";
	if (get_le32(zero_page + 0x21c) != g->plan.initrd.len)
		return "the initrd has another size";
	if (g->plan.initrd.len && !same(g, initrd, g->plan.initrd.data, g->plan.initrd.len))
		return "the initrd is not the measured one";
	if (!same(g, get_le32(zero_page + 0x228), g->plan.cmdline, strlen(g->plan.cmdline) + 1))
		return "the command line is not the measured one";
	if (get_le64(zero_page + 0x250) != setup_data)
		return "setup_data";
	if (!same(g, get_le64(zero_page + 0x70), "RSD PTR ", 8))
		return "no RSDP";
	return cleared_wrong(g);
}
