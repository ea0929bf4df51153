/* SPDX-License-Identifier: Apache-2.0 */
/* What is launched must be what hc-measure predicts: both take it from attest/measure. */
#include "vmm/launch.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "vmm/hostfdt.h"
#include "vmm/vm.h"

#define FIRMWARE_MAX (1u << 20)

static const char *kind_of(enum hc_platform platform)
{
	switch (platform) {
	case HC_PLATFORM_PLAIN:
		return "plain";
	case HC_PLATFORM_SNP:
		return "snp";
	case HC_PLATFORM_TDX:
		return "tdx";
	case HC_PLATFORM_SIM_SNP:
	case HC_PLATFORM_SIM_TDX:
		return "sim";
	}
	return "unknown";
}

int launch_default_firmware(char out[PATH_MAX], enum hc_platform platform, struct error *err)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int n;

	if (len < 0) {
		error_errno(err, "/proc/self/exe", errno);
		error_remedy(err, "name the firmware with --firmware");
		return HC_EIO;
	}
	program[len] = '\0';
	n = snprintf(out, PATH_MAX, "%s/../firmware/huisclos-%s.img", dirname(program),
		kind_of(platform));
	return n > 0 && n < PATH_MAX ? 0 : error_errno(err, "firmware", ENAMETOOLONG);
}

int launch_firmware(const struct vm_config *config, struct bytes *file, struct fw_image *image,
	struct error *err)
{
	const char *path = config->firmware_path;
	enum hc_platform platform;
	char beside[PATH_MAX];
	int rc = vm_config_platform(config, &platform, err);

	if (!rc && !path) {
		rc = launch_default_firmware(beside, platform, err);
		path = beside;
	}
	if (!rc)
		rc = file_read(file, path, FIRMWARE_MAX, err);
	if (!rc)
		rc = fw_image_parse(image, bytes_view(file), err);
	if (rc || image->platform == platform)
		return rc;
	error_fail(err, HC_EMISMATCH, path, "an image for %s", kind_of(image->platform));
	error_expected(err, "one for %s", kind_of(platform));
	error_remedy(err, "name the right image, or the right platform");
	return HC_EMISMATCH;
}

static int other_guest(const char *path, const char *what, struct error *err)
{
	error_fail(err, HC_EMISMATCH, path, "a manifest for another %s", what);
	error_expected(err, "what is configured");
	error_remedy(err, "start what was measured, or measure what is started");
	return HC_EMISMATCH;
}

/* A manifest made elsewhere, against one made here for the same guest without its blobs. */
static int given_manifest(const char *path, const struct hc_manifest *ours, struct hc_manifest *out,
	struct error *err)
{
	struct bytes file = {0};
	int rc = file_read(&file, path, sizeof(*out), err);

	if (!rc && file.len != sizeof(*out)) {
		error_fail(err, HC_EFORMAT, path, "%zu bytes", file.len);
		error_expected(
			err, "a manifest of %zu bytes, as hc-measure writes it", sizeof(*out));
		rc = HC_EFORMAT;
	}
	if (!rc)
		memcpy(out, file.data, sizeof(*out));
	bytes_free(&file);
	if (rc)
		return rc;
	if (memcmp(out->magic, ours->magic, sizeof(ours->magic)) || out->version != ours->version)
		return other_guest(path, "release, or no manifest", err);
	if (out->platform != ours->platform)
		return other_guest(path, "platform", err);
	if (out->vcpu_count != ours->vcpu_count)
		return other_guest(path, "number of vCPUs", err);
	if (memcmp(out->cmdline, ours->cmdline, sizeof(ours->cmdline)))
		return other_guest(path, "command line", err);
	if (memcmp(out->device, ours->device, sizeof(ours->device)))
		return other_guest(path, "list of devices", err);
	return 0;
}

/*
 * Firecracker's guests are vmlinux files: who comes from there shall hear what to do, in place of
 * the firmware's word that it is no bzImage. What else a kernel has to be is for the firmware to
 * say.
 */
static int check_kernel(const char *path, struct view kernel, struct error *err)
{
	if (kernel.len < 4 || memcmp(kernel.data, "\177ELF", 4))
		return 0;
	error_fail(err, HC_EFORMAT, path, "an ELF file (a vmlinux, as Firecracker boots)");
	error_expected(err, "a bzImage");
	error_remedy(err, "name the distribution's /boot/vmlinuz, or arch/x86/boot/bzImage of the "
			  "kernel's build");
	return HC_EFORMAT;
}

int launch_manifest(const struct vm_config *config, const struct staging *staging,
	struct hc_manifest *out, struct error *err)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs inputs;
	struct hc_manifest ours;
	int rc = vm_config_inputs(config, cmdline, &inputs, err);

	if (!rc)
		rc = check_kernel(config->kernel_path, staging->kernel, err);
	if (rc)
		return rc;
	if (!config->manifest_path) {
		inputs.kernel = staging->kernel;
		inputs.initrd = staging->initrd;
		return manifest_build(out, &inputs, err);
	}
	/* Any kernel will do for what is compared. */
	inputs.kernel = (struct view){(const uint8_t *)cmdline, 1};
	rc = manifest_build(&ours, &inputs, err);
	return rc ? rc : given_manifest(config->manifest_path, &ours, out, err);
}

static int map_staging(struct vm *vm, struct error *err)
{
	uint32_t flags = kvm_has(&vm->kvm, KVM_CAP_READONLY_MEM) ? KVM_MEM_READONLY : 0;

	return kvm_set_memory(&vm->kvm, VM_SLOT_STAGING, HC_STAGING_GPA, vm->staging.len,
		vm->staging.host, flags, err);
}

static const uint8_t *content_of(
	const struct vm *vm, const struct fw_region *region, const uint8_t *fdt)
{
	switch (region->role) {
	case HC_ROLE_IMAGE:
		return region->data;
	case HC_ROLE_MANIFEST:
		return (const uint8_t *)&vm->manifest;
	case HC_ROLE_HOSTFDT:
		return fdt;
	case HC_ROLE_SECRETS: /* the secure processor fills these */
	case HC_ROLE_CPUID:
		break;
	}
	return NULL;
}

int launch_load(struct vm *vm, struct error *err)
{
	const struct hostfdt tree = {
		.mem = &vm->mem,
		.vcpu_count = vm->config->vcpu_count,
		.kernel_offset = vm->staging.kernel_offset,
		.has_initrd = vm->staging.initrd.len != 0,
		.initrd_offset = vm->staging.initrd_offset,
	};
	uint8_t fdt[HC_HOSTFDT_SIZE] __attribute__((aligned(8)));
	int rc = map_staging(vm, err);

	if (!rc)
		rc = hostfdt_build(fdt, &tree, err);
	for (size_t i = 0; i < vm->firmware.region_count && !rc; i++) {
		const struct fw_region *region = &vm->firmware.region[i];

		rc = platform_load(vm, region, content_of(vm, region, fdt), err);
	}
	return rc;
}
