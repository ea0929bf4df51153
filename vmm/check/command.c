/* SPDX-License-Identifier: Apache-2.0 */
/* hc-vmm check: options, what this hc-vmm can do, exit status. */
#include "vmm/check/command.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "vmm/check/report.h"
#include "vmm/exit.h"
#include "vmm/launch.h"
#include "vmm/platform/platform.h"

#define DEFAULT_SIM_STATE "/var/lib/huisclos/sim"

struct options {
	bool json, asked; /* asked: a platform was named, here or in the configuration */
	enum check_platform platform;
	struct vm_config config;
	bool configured;
};

static int fail(const char *where, const char *what)
{
	fprintf(stderr, "hc-vmm: check: %s: %s\nTry hc-vmm --help.\n", where, what);
	return VMM_EXIT_USAGE;
}

static bool platform_named(enum check_platform *out, const char *name)
{
	for (int p = 0; p < CHECK_PLATFORMS; p++)
		if (!strcmp(name, report_platform_name((enum check_platform)p))) {
			*out = (enum check_platform)p;
			return true;
		}
	return false;
}

static int load(struct options *o, const char *path)
{
	struct error err = {0};
	char text[1024];

	if (!vm_config_load(&o->config, path, &err)) {
		o->configured = true;
		return 0;
	}
	error_format(&err, text, sizeof(text));
	return fail("configuration", text);
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"platform", required_argument, NULL, 'p'},
		{"config", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},
		{0},
	};
	const char *name = NULL;
	int option, rc = 0;

	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'p')
			name = optarg;
		else if (option == 'c')
			rc = load(o, optarg);
		else if (option == 'j')
			o->json = true;
		else
			rc = fail(argv[optind - 1], "an option that is unknown or lacks its value");
	if (!rc && optind != argc)
		rc = fail(argv[optind], "an argument too many");
	if (!rc && !name && o->configured)
		name = o->config.platform ? o->config.platform : "plain";
	o->asked = name;
	if (!rc && name && !platform_named(&o->platform, name))
		rc = fail(name, "no platform: expected plain, sim-snp, sev-snp or tdx");
	return rc;
}

static unsigned int built(void)
{
	unsigned int set = 0;
	enum check_platform p;

	for (const struct platform_ops *const *ops = platforms; *ops; ops++)
		if (platform_named(&p, (*ops)->name))
			set |= 1u << p;
	return set;
}

/* Where the guest's firmware would be read from, as a launch does it. */
static void find_images(
	struct check_wants *w, const struct options *o, char paths[CHECK_PLATFORMS][PATH_MAX])
{
	static const enum hc_platform id[CHECK_PLATFORMS] = {
		[CHECK_PLAIN] = HC_PLATFORM_PLAIN,
		[CHECK_SIM_SNP] = HC_PLATFORM_SIM_SNP,
		[CHECK_SEV_SNP] = HC_PLATFORM_SNP,
		[CHECK_TDX] = HC_PLATFORM_TDX,
	};
	struct error err;

	for (int p = 0; p < CHECK_PLATFORMS; p++) {
		if (o->config.firmware_path)
			snprintf(paths[p], PATH_MAX, "%s", o->config.firmware_path);
		else if (launch_default_firmware(paths[p], id[p], &err))
			snprintf(paths[p], PATH_MAX, "../firmware from the program");
		w->no_image[p] = access(paths[p], R_OK) ? paths[p] : NULL;
	}
}

static int report(const struct options *o, const struct check_probe *probe)
{
	static struct check_report r;
	static struct host host;
	static char paths[CHECK_PLATFORMS][PATH_MAX];
	struct check_wants wants = {
		.platforms = o->asked ? 1u << o->platform : ON_ALL,
		.built = built(),
		.sim_state = o->config.sim_state ? o->config.sim_state : DEFAULT_SIM_STATE,
	};
	const struct quote_address *named = NULL;
	enum check_verdict verdict;
	struct quote_address quote;
	struct error err = {0};

	if (o->config.quote_service) {
		if (quote_address_parse(
			    &quote, o->config.quote_service, "confidential.quote_service", &err))
			return fail("confidential.quote_service", err.found);
		named = &quote;
	}
	wants.policy = o->config.snp.policy;
	wants.td_attributes = o->config.tdx.attributes;
	if (o->configured) {
		wants.certificates = o->config.snp.certificates_path;
		wants.vcpus = o->config.vcpu_count;
		wants.ram_bytes = o->config.ram_bytes;
		wants.huge_pages = o->config.huge_pages;
		wants.guest_memfd = o->config.guest_memfd;
	}
	wants.sim_ready = !access(wants.sim_state, R_OK | X_OK);
	find_images(&wants, o, paths);
	host_read(&host, probe, named);
	judge(&r, &host, &wants);
	if (o->json ? report_print_json(&r, stdout) : report_print_text(&r, stdout)) {
		fprintf(stderr, "hc-vmm: check: standard output: %s\n", error_errno_text(errno));
		return VMM_EXIT_ERROR;
	}
	verdict = report_verdict(&r, o->asked ? o->platform : CHECK_PLAIN);
	return verdict == CHECK_USABLE || verdict == CHECK_LIMITED ? VMM_EXIT_OFF : VMM_EXIT_ERROR;
}

int check_command(int argc, char **argv, const struct check_probe *probe)
{
	struct options o = {0};
	int status;

	vm_config_init(&o.config);
	status = read_options(&o, argc, argv);
	if (!status)
		status = report(&o, probe);
	vm_config_fini(&o.config);
	return status;
}
