/* SPDX-License-Identifier: Apache-2.0 */
/* See measure_guest.h. What is read here must mean the same guest as for hc-vmm. */
#include "attest/check/measure_guest.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "attest/measure/igvm_pack.h"
#include "common/file.h"

#define FIRMWARE_MAX ((HC_LAUNCH_MAX_PAGES + 1) * (size_t)HC_PAGE_SIZE)

void measure_guest_init(struct measure_guest *guest)
{
	*guest = (struct measure_guest){0};
	vm_config_init(&guest->config);
}

void measure_guest_free(struct measure_guest *guest)
{
	bytes_free(&guest->firmware);
	bytes_free(&guest->kernel);
	bytes_free(&guest->initrd);
	vm_config_fini(&guest->config);
}

int measure_guest_config(struct measure_guest *guest, int argc, char **argv,
	const struct option *options, struct error *err)
{
	int option, ret = 0;

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'c')
			ret = vm_config_load(&guest->config, optarg, err);
	optind = 1;
	return ret;
}

/* The image beside the programs, as hc-vmm finds it. */
static int default_firmware(char out[PATH_MAX], const struct vm_config *config, struct error *err)
{
	char program[PATH_MAX];
	static const char *const images[] = {
		[HC_PLATFORM_SNP] = "snp",
		[HC_PLATFORM_TDX] = "tdx",
		[HC_PLATFORM_SIM_SNP] = "sim",
	};
	enum hc_platform platform;
	ssize_t len;
	int n, ret = vm_config_platform(config, &platform, err);

	if (ret)
		return ret;
	if (platform >= sizeof(images) / sizeof(images[0]) || !images[platform]) {
		error_fail(err, HC_EMISSING, "--firmware", "no image, and platform %s",
			fw_platform_name(platform));
		error_remedy(err, "name an image with --firmware, or configure platform sim-snp");
		return HC_EMISSING;
	}
	len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (len < 0)
		return error_errno(err, "/proc/self/exe", errno);
	program[len] = '\0';
	n = snprintf(out, PATH_MAX, "%s/../firmware/huisclos-%s.img", dirname(program),
		images[platform]);
	return n > 0 && n < PATH_MAX ? 0 : error_errno(err, "firmware", ENAMETOOLONG);
}

/* The image decides; a configuration that names another platform is a mistake. */
static int settle_platform(
	struct vm_config *config, const struct fw_image *image, struct error *err)
{
	const char *name = fw_platform_name(image->platform);
	enum hc_platform platform;
	int ret;

	if (!config->platform)
		return vm_config_set(config, "platform", name, err);
	ret = vm_config_platform(config, &platform, err);
	if (ret == 0 && platform != image->platform) {
		error_fail(err, HC_EMISMATCH, "confidential.platform", "%s", config->platform);
		error_expected(err, "%s, as the firmware image", name);
		return HC_EMISMATCH;
	}
	return ret;
}

int measure_guest_firmware(struct measure_guest *guest, struct error *err)
{
	const char *path = guest->config.firmware_path;
	char beside[PATH_MAX];
	int ret = path ? 0 : default_firmware(beside, &guest->config, err);

	if (ret == 0)
		ret = file_read(&guest->firmware, path ? path : beside, FIRMWARE_MAX, err);
	if (ret == 0)
		ret = fw_image_parse(&guest->image, bytes_view(&guest->firmware), err);
	return ret ? ret : settle_platform(&guest->config, &guest->image, err);
}

int measure_guest_blobs(struct measure_guest *guest, struct error *err)
{
	const struct vm_config *config = &guest->config;
	int ret = vm_config_check(config, err);

	if (ret == 0)
		ret = file_read(&guest->kernel, config->kernel_path, HC_STAGING_SIZE, err);
	if (ret == 0)
		ret = kernel_check(bytes_view(&guest->kernel), err);
	if (ret == 0 && config->initrd_path)
		ret = file_read(&guest->initrd, config->initrd_path, HC_STAGING_SIZE, err);
	return ret;
}

int measure_guest_manifest(
	const struct measure_guest *guest, struct hc_manifest *out, struct error *err)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs inputs;
	int ret = vm_config_inputs(&guest->config, cmdline, &inputs, err);

	if (ret)
		return ret;
	inputs.kernel = bytes_view(&guest->kernel);
	inputs.initrd = bytes_view(&guest->initrd);
	ret = guest->packed ? igvm_place(&inputs, guest->config.ram_bytes, err) : 0;
	return ret ? ret : manifest_build(out, &inputs, err);
}
