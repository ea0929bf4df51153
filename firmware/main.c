/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boot, step by step in its order. A step that says no ends it: there is no other branch here.
 * Nothing is allocated and nothing recurses; after hostfdt_parse the host's device tree is not
 * looked at again.
 */
#include <stdbool.h>
#include <string.h>

#include "firmware/accept.h"
#include "firmware/acpi.h"
#include "firmware/cpu.h"
#include "firmware/efi.h"
#include "firmware/hostfdt.h"
#include "firmware/load.h"
#include "firmware/manifest.h"
#include "firmware/paging.h"
#include "firmware/platform.h"
#include "firmware/ram.h"
#include "firmware/zeropage.h"

static struct hostinfo info;
static struct accept_list accepted;
static struct loaded loaded;

_Noreturn void boot_main(void);

static void must(int refusal)
{
	if (refusal)
		platform.die((uint8_t)refusal, 0);
}

static void clear(uint64_t gpa, uint64_t len_bytes)
{
	memset(ram_at(gpa, len_bytes), 0, len_bytes);
}

/* What the kernel, its trampolines or its scans for tables read before they write it. */
static void clear_areas(void)
{
	clear(0, HC_LOW_RESERVED);
	clear(HC_MAILBOX_GPA, HC_PAGE_SIZE);
	clear(HC_ACPI_GPA, HC_ACPI_SIZE);
	clear(HC_BOOTPARAM_GPA, HC_BOOTPARAM_SIZE);
}

/* The manifest's command line, with the NUL that manifest_check has seen behind it. */
static void cmdline_copy(const struct hc_manifest *manifest)
{
	const uint64_t len = (uint64_t)manifest->cmdline_len + 1;

	memcpy(ram_at(HC_CMDLINE_GPA, len), manifest->cmdline, len);
}

static void tables_build(bool lazy)
{
	uint8_t *zero_page = ram_at(HC_BOOTPARAM_GPA, HC_PAGE_SIZE);
	const uint64_t rsdp = acpi_build(
		ram_at(HC_ACPI_GPA, HC_ACPI_SIZE), HC_ACPI_GPA, info.vcpu_count, &platform.acpi);

	zeropage_build(zero_page, &loaded, &info, rsdp, platform.setup_data());
	if (lazy)
		efi_build(ram_at(HC_EFI_GPA, HC_EFI_SIZE), zero_page);
}

/* The window is mapped for this only, and of what the host put into RAM nothing is left. */
static void blobs_load(const struct hc_manifest *manifest)
{
	const bool packed = manifest->packed_size != 0;

	if (!packed)
		platform.map_staging();
	must(load_kernel(&loaded, &platform, manifest, &info));
	must(load_initrd(&loaded, &platform, manifest, &info));
	if (packed)
		clear(manifest->packed_base, manifest->packed_size);
	else
		platform.unmap_staging();
}

_Noreturn void boot_main(void)
{
	const struct hc_manifest *manifest = ram_at(HC_MANIFEST_GPA, sizeof(*manifest));

	cpu_setup();
	must(manifest_check(manifest, platform.id));
	must(platform.identify(manifest));
	must(hostfdt_parse(
		&info, ram_at(HC_HOSTFDT_GPA, HC_HOSTFDT_SIZE), HC_HOSTFDT_SIZE, manifest));

	must(accept_list_make(&accepted, &info, manifest));
	paging_map_page0(platform.private_bits);
	must(accept_list_run(&accepted, &platform));
	clear_areas();

	blobs_load(manifest);
	cmdline_copy(manifest);
	tables_build(manifest->flags & HC_MANIFEST_LAZY);
	must(platform.measure(manifest));

	paging_open(loaded.kernel);
	platform.release_vcpus();
	linux_enter(loaded.kernel.start + BZ_ENTRY_64, HC_BOOTPARAM_GPA);
}
