/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure snp for guests of hc-vmm: reads the same configuration and options as hc-vmm, through
 * the same code, so that both mean the same guest.
 */
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_print.h"
#include "common/file.h"
#include "common/hex.h"
#include "vmm/config.h"

#define FIRMWARE_MAX ((HC_LAUNCH_MAX_PAGES + 1) * (size_t)HC_PAGE_SIZE)

struct request {
	struct vm_config config;
	bool json, explain;
	const char *manifest_out; /* NULL: not written */
};

struct inputs {
	struct bytes firmware, kernel, initrd;
	struct fw_image image; /* points into firmware */
};

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"write-manifest", required_argument, NULL, 'w'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
	{"firmware", required_argument, NULL, 'o'},
	{"kernel", required_argument, NULL, 'o'},
	{"initrd", required_argument, NULL, 'o'},
	{"cmdline", required_argument, NULL, 'o'},
	{"vcpus", required_argument, NULL, 'o'},
	{"memory", required_argument, NULL, 'o'},
	{"drive", required_argument, NULL, 'o'},
	{"vsock", required_argument, NULL, 'o'},
	{"vmm", required_argument, NULL, 'v'},
	{0},
};

static int take_option(
	struct request *r, int option, const char *name, const char *word, struct error *err)
{
	switch (option) {
	case 'c': /* read before */
	case 'v': /* "huisclos", or this would not run */
		return 0;
	case 'w':
		r->manifest_out = optarg;
		return 0;
	case 'j':
		r->json = true;
		return 0;
	case 'e':
		r->explain = true;
		return 0;
	case 'o':
		return vm_config_set(&r->config, name, optarg, err);
	}
	return measure_bad_option(word, err);
}

/* The file first, wherever it stands, so that options override it. */
static int read_request(struct request *r, int argc, char **argv, struct error *err)
{
	int at = 0, option, ret = 0;

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		if (option == 'c')
			ret = vm_config_load(&r->config, optarg, err);
	optind = 1;
	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		ret = take_option(r, option, options[at].name, argv[optind - 1], err);
	return ret ? ret : measure_no_more(argc, argv, err);
}

/* The image beside the programs, as hc-vmm finds it. */
static int default_firmware(char out[PATH_MAX], const struct vm_config *config, struct error *err)
{
	char program[PATH_MAX];
	enum hc_platform platform;
	ssize_t len;
	int n, ret = vm_config_platform(config, &platform, err);

	if (ret)
		return ret;
	if (platform != HC_PLATFORM_SNP && platform != HC_PLATFORM_SIM_SNP) {
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
		platform == HC_PLATFORM_SNP ? "snp" : "sim");
	return n > 0 && n < PATH_MAX ? 0 : error_errno(err, "firmware", ENAMETOOLONG);
}

/* The image decides; a configuration that names another platform is a mistake. */
static int settle_platform(
	struct vm_config *config, const struct fw_image *image, struct error *err)
{
	const char *name = fw_platform_name(image->platform);
	enum hc_platform platform;
	int ret;

	if (image->platform == HC_PLATFORM_PLAIN) {
		error_fail(err, HC_EUNSUPPORTED, "firmware image", "platform plain");
		error_expected(err, "sev-snp or sim-snp: plain guests are not measured");
		return HC_EUNSUPPORTED;
	}
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

static int read_firmware(struct inputs *in, struct vm_config *config, struct error *err)
{
	const char *path = config->firmware_path;
	char beside[PATH_MAX];
	int ret = path ? 0 : default_firmware(beside, config, err);

	if (ret == 0)
		ret = file_read(&in->firmware, path ? path : beside, FIRMWARE_MAX, err);
	if (ret == 0)
		ret = fw_image_parse(&in->image, bytes_view(&in->firmware), err);
	return ret ? ret : settle_platform(config, &in->image, err);
}

static int read_inputs(struct inputs *in, struct vm_config *config, struct error *err)
{
	int ret = read_firmware(in, config, err);

	if (ret == 0)
		ret = vm_config_check(config, err);
	if (ret == 0)
		ret = file_read(&in->kernel, config->kernel_path, HC_STAGING_SIZE, err);
	if (ret == 0)
		ret = kernel_check(bytes_view(&in->kernel), err);
	if (ret == 0 && config->initrd_path)
		ret = file_read(&in->initrd, config->initrd_path, HC_STAGING_SIZE, err);
	return ret;
}

static int measure(struct measurement *m, const struct inputs *in, const struct vm_config *config,
	struct error *err)
{
	char cmdline[HC_CMDLINE_MAX + 1];
	struct guest_inputs guest;
	int ret = vm_config_inputs(config, cmdline, &guest, err);

	if (ret)
		return ret;
	guest.kernel = bytes_view(&in->kernel);
	guest.initrd = bytes_view(&in->initrd);
	ret = manifest_build(&m->manifest, &guest, err);
	return ret ? ret
		   : measure_snp(m->digest, &in->image, &m->manifest, SNP_SEV_FEATURES,
			     measure_print_note, m, err);
}

static int print(const struct measurement *m, const struct request *r, struct error *err)
{
	char text[2 * SHA384_SIZE + 1];
	int ret = 0;

	if (r->manifest_out)
		ret = file_write(r->manifest_out, &m->manifest, sizeof(m->manifest), 0644, err);
	if (ret)
		return ret;
	if (r->explain && !r->json)
		measure_print_steps(m, stderr);
	hex_encode(text, m->digest, SHA384_SIZE);
	if (r->json)
		ret = measure_print_json(m, r->explain, stdout);
	else
		puts(text);
	if (ret || fflush(stdout) || ferror(stdout))
		return error_fail(err, ret ? ret : HC_EIO, "standard output", "not written");
	return 0;
}

int measure_own(int argc, char **argv, struct error *err)
{
	static struct request request;
	static struct inputs inputs;
	static struct measurement measurement;
	int ret;

	vm_config_init(&request.config);
	ret = read_request(&request, argc, argv, err);
	if (ret == 0)
		ret = read_inputs(&inputs, &request.config, err);
	if (ret == 0)
		ret = measure(&measurement, &inputs, &request.config, err);
	if (ret == 0)
		ret = print(&measurement, &request, err);
	bytes_free(&inputs.firmware);
	bytes_free(&inputs.kernel);
	bytes_free(&inputs.initrd);
	vm_config_fini(&request.config);
	return ret;
}
