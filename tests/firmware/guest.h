/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One guest for the software machines: what hc-vmm would launch (image, manifest, device tree,
 * blobs) and the memory to launch it in. The device tree is written with libfdt's writer, not with
 * hc-vmm's code. Everything may be bent by a test before guest_load.
 */
#ifndef HC_TESTS_SOFT_GUEST_H
#define HC_TESTS_SOFT_GUEST_H

#include <stdbool.h>

#include "attest/measure/measure.h"
#include "firmware/range.h"

struct guest_plan {
	const char *image; /* "snp": build/firmware/huisclos-snp.img */
	struct range ram[HC_RAM_RANGES_MAX + 1];
	size_t ram_count;
	uint32_t vcpus;
	const char *cmdline;
	struct view kernel, initrd; /* initrd empty: none */
	uint64_t kernel_offset, initrd_offset;
	bool packed; /* both in launch pages; the offsets above are then not looked at */
	bool lazy;   /* HC_MANIFEST_LAZY, whatever the kernel says */
};

struct guest {
	struct guest_plan plan;
	struct bytes image_file;
	struct fw_image image;
	struct hc_manifest manifest;
	uint8_t hostfdt[HC_HOSTFDT_SIZE];
	/* Memory: [0, 3 GiB), the window, [4 GiB, the end of RAM), the last page below 4 GiB. */
	uint8_t *low, *window, *high, *last;
	uint64_t high_bytes;
	uint64_t end; /* of all of it */
};

/* A plan with one range of `ram_bytes` from 0, `vcpus`, and a small kernel and initrd. */
void guest_plan_small(
	struct guest_plan *out, const char *image, uint64_t ram_bytes, uint32_t vcpus);

/*
 * The same with Debian's kernel as scripts/setup unpacks it (or of $HC_GUEST), whose bytes the
 * caller frees after guest_fini, and 512 MiB, four vCPUs and an initrd of 3 MiB. False, and said,
 * where it is not there.
 */
bool guest_plan_debian(struct guest_plan *out, const char *image, struct bytes *kernel);

/* Aborts the program where the plan cannot be made. The views of the plan are borrowed. */
void guest_init(struct guest *g, const struct guest_plan *plan);
void guest_fini(struct guest *g);

/* Write the device tree of the plan again, after a test has changed g->plan. */
void guest_hostfdt(struct guest *g);

/* Take a property out of the device tree. */
void guest_tree_remove(struct guest *g, const char *node, const char *property);

/* Host pointer of a guest-physical address; NULL where there is no memory. */
uint8_t *guest_memory(const struct guest *g, uint64_t gpa);
bool guest_is_ram(const struct guest *g, uint64_t gpa);

/* The bytes of page `index` of a region as launched; NULL: zero. */
const uint8_t *guest_page(const struct guest *g, const struct fw_region *region, uint32_t index);

/* Blobs into the window. */
void guest_stage(struct guest *g);

/* A packed guest as an IGVM file, by attest/measure. */
void guest_pack(struct guest *g, struct bytes *out);
/* The launch pages that it has kernel and initrd in; empty where it is not packed. */
struct range guest_packed_range(const struct guest *g);

/*
 * Is what Linux would find in memory what was measured? `rsi` is its zero page. NULL, or what is
 * wrong. `setup_data` is what the zero page has to name.
 */
const char *guest_handover_wrong(const struct guest *g, uint64_t rsi, uint64_t setup_data);

/* Is RAM at `gpa` left to Linux to accept? */
bool guest_is_lazy(const struct guest *g, uint64_t gpa);

/*
 * What Linux finds of EFI, by its own rules and apart from firmware/efi.c: does it say for every 2
 * MiB whether Linux has to accept them, as the memory map of the zero page at `rsi` has them? NULL,
 * or what is wrong.
 */
const char *guest_efi_wrong(const struct guest *g, uint64_t rsi);

/* The bounds of the kernel's RWX range. */
struct range guest_kernel_range(const struct guest *g);

/* e820: the type of the page at gpa in the zero page, 0 if in none. */
uint32_t guest_e820_type(const struct guest *g, uint64_t rsi, uint64_t gpa);

#endif
