/* SPDX-License-Identifier: Apache-2.0 */
/* hc-vmm: command line, log and exit status. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attest/measure/measure_tdx.h"
#include "common/hex.h"
#include "common/version.h"
#include "vmm/check/command.h"
#include "vmm/launch.h"
#include "vmm/vm.h"
#if HC_SIM
#include "vmm/sim/sim_pki.h"
#endif

static const char usage[] =
	"hc-vmm runs a confidential guest on KVM.\n"
	"\n"
	"  hc-vmm run [--config FILE] [OPTIONS]\n"
	"      --config FILE        Firecracker's configuration file, with a \"confidential\" "
	"object\n"
	"      --kernel FILE        bzImage              --initrd FILE\n"
	"      --cmdline TEXT       of the kernel        --vcpus N     --memory MIB\n"
	"      --platform NAME      plain, sev-snp, tdx, sim-snp\n"
	"      --firmware FILE\n"
	"      --memory-backing anonymous|guest_memfd    of RAM, on plain and sim-snp\n"
	"      --drive FILE[,ro][,root]                  --vsock CID:PATH\n"
	"      --manifest FILE      a manifest made by hc-measure, instead of one made here; the\n"
	"                           firmware then refuses any other kernel or initrd\n"
	"      --id-block FILE --id-auth FILE            refuse any other launch than this one\n"
	"      --tenant-policy FILE HOST_DATA is its SHA-256; or --host-data HEX\n"
	"      --guest-policy N     of the secure processor, 0x30000 by default; with bit 18 or "
	"19\n"
	"                           also --migration allowed or --debug allowed\n"
	"      --certificates PATH  for the guest: a table, or a folder with vcek.der or vlek.der\n"
	"      --cpuid strict       refuse any correction of the processor's to the CPUID page\n"
	"      --vcek disabled      reports under a VLEK only\n"
	"      --td-attributes LIST of a TD: pks, perfmon; sept_ve_disable is always there\n"
	"      --mrconfigid HEX     instead of the SHA-384 of the tenant's policy\n"
	"      --mrowner HEX        --mrownerconfig HEX   48 bytes each, for the quotes of a TD\n"
	"      --quote-service unix:PATH or vsock:CID:PORT   who makes the quotes of a TDX guest\n"
	"      --sim-state DIR      --log FILE           --log-level LEVEL\n"
	"      --print-measurement  the launch digest this guest will have, and no guest\n"
	"  hc-vmm check [--platform NAME] [--config FILE] [--json]\n"
	"                       what this machine can do, what is missing, and what to do about "
	"it\n"
	"  hc-vmm sim-init [--state DIR]   make this machine's simulated root\n"
	"  hc-vmm --help | --version\n"
	"\n"
	"The guest's serial port is standard output, and standard input if that is a terminal or "
	"a\n"
	"pipe. The log goes to standard error unless --log says otherwise.\n"
	"\n"
	"Exit status: 0 the guest powered off; 1 hc-vmm could not start or go on (check: the\n"
	"platform, plain unless one is named, does not start guests here); 3 wrong usage "
	"or\n"
	"configuration; 4 the firmware refused (its code is in the log); 5 the guest asked for a\n"
	"reset; 6 the guest crashed; 7 stopped by SIGTERM or SIGINT.\n";

static int wrong_usage(const char *what)
{
	fprintf(stderr, "hc-vmm: %s\nTry hc-vmm --help.\n", what);
	return VMM_EXIT_USAGE;
}

static int report(const char *doing, const struct error *err, int status)
{
	const struct log log = {.fd = STDERR_FILENO, .level = LOG_LEVEL_ERROR, .program = "hc-vmm"};

	log_error(&log, doing, err);
	return status;
}

static int open_log(struct log *log, const struct vm_config *config, struct error *err)
{
	*log = (struct log){.fd = STDERR_FILENO, .level = config->log_level, .program = "hc-vmm"};
	if (config->log_off) {
		log->fd = -1;
	} else if (config->log_path) {
		/* A named pipe that nobody reads yet is an error, not a wait. */
		log->fd = open(config->log_path,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
		if (log->fd < 0)
			return error_errno(err, config->log_path, errno);
	}
	return 0;
}

struct request {
	struct vm_config config;
	bool measure_only;
};

static int read_options(struct request *r, int argc, char **argv, struct error *err)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"print-measurement", no_argument, NULL, 'm'},
		{"kernel", required_argument, NULL, 'o'},
		{"initrd", required_argument, NULL, 'o'},
		{"cmdline", required_argument, NULL, 'o'},
		{"vcpus", required_argument, NULL, 'o'},
		{"memory", required_argument, NULL, 'o'},
		{"platform", required_argument, NULL, 'o'},
		{"firmware", required_argument, NULL, 'o'},
		{"memory-backing", required_argument, NULL, 'o'},
		{"drive", required_argument, NULL, 'o'},
		{"vsock", required_argument, NULL, 'o'},
		{"manifest", required_argument, NULL, 'o'},
		{"sim-state", required_argument, NULL, 'o'},
		{"id-block", required_argument, NULL, 'o'},
		{"id-auth", required_argument, NULL, 'o'},
		{"host-data", required_argument, NULL, 'o'},
		{"tenant-policy", required_argument, NULL, 'o'},
		{"guest-policy", required_argument, NULL, 'o'},
		{"debug", required_argument, NULL, 'o'},
		{"migration", required_argument, NULL, 'o'},
		{"vcek", required_argument, NULL, 'o'},
		{"cpuid", required_argument, NULL, 'o'},
		{"certificates", required_argument, NULL, 'o'},
		{"quote-service", required_argument, NULL, 'o'},
		{"td-attributes", required_argument, NULL, 'o'},
		{"mrconfigid", required_argument, NULL, 'o'},
		{"mrowner", required_argument, NULL, 'o'},
		{"mrownerconfig", required_argument, NULL, 'o'},
		{"log", required_argument, NULL, 'o'},
		{"log-level", required_argument, NULL, 'o'},
		{0},
	};
	int at, option, rc = 0;

	/* The file first, wherever it stands, so that overrides override it. */
	opterr = 0;
	while (!rc && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		if (option == 'c')
			rc = vm_config_load(&r->config, optarg, err);
	optind = 1;
	while (!rc && (option = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (option == 'o')
			rc = vm_config_set(&r->config, options[at].name, optarg, err);
		else if (option == 'm')
			r->measure_only = true;
		else if (option != 'c')
			rc = error_fail(err, HC_EUSAGE, argv[optind - 1],
				"an option that is unknown or lacks its value");
	}
	if (!rc && optind != argc)
		rc = error_fail(err, HC_EUSAGE, argv[optind], "an argument too many");
	return rc ? rc : vm_config_check(&r->config, err);
}

static int print_digest(const char *name, const uint8_t digest[SHA384_SIZE], struct error *err)
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	return printf("%s%s%s\n", name, *name ? " " : "", text) < 0
		       ? error_errno(err, "standard output", errno)
		       : 0;
}

static int measure_as_snp(
	const struct fw_image *image, const struct hc_manifest *manifest, struct error *err)
{
	uint8_t digest[SHA384_SIZE];
	int rc = measure_snp(digest, image, manifest, SNP_SEV_FEATURES, NULL, NULL, err);

	return rc ? rc : print_digest("", digest, err);
}

/* The lines of hc-measure tdx. */
static int measure_as_tdx(
	const struct fw_image *image, const struct hc_manifest *manifest, struct error *err)
{
	uint8_t mrtd[SHA384_SIZE], rtmr[CCEL_RTMRS][SHA384_SIZE];
	char name[16];
	int rc = measure_tdx(mrtd, image, manifest, NULL, NULL, err);

	if (!rc)
		rc = measure_tdx_rtmrs(rtmr, manifest, err);
	if (!rc)
		rc = print_digest("mrtd", mrtd, err);
	for (size_t i = 0; i < CCEL_RTMRS && !rc; i++) {
		snprintf(name, sizeof(name), "rtmr%zu", i);
		rc = print_digest(name, rtmr[i], err);
	}
	return rc;
}

static int measure_image(
	const struct fw_image *image, const struct hc_manifest *manifest, struct error *err)
{
	switch (image->platform) {
	case HC_PLATFORM_SIM_SNP:
	case HC_PLATFORM_SNP:
		return measure_as_snp(image, manifest, err);
	case HC_PLATFORM_SIM_TDX:
	case HC_PLATFORM_TDX:
		return measure_as_tdx(image, manifest, err);
	case HC_PLATFORM_PLAIN:
		break;
	}
	return error_fail(
		err, HC_EUNSUPPORTED, "--print-measurement", "a platform that measures nothing");
}

static int print_measurement(const struct vm_config *config)
{
	struct staging staging = {0};
	struct hc_manifest manifest;
	struct bytes file = {0};
	struct fw_image image;
	struct error err = {0};
	int rc = launch_firmware(config, &file, &image, &err);

	if (!rc)
		rc = staging_open(&staging, config->kernel_path, config->initrd_path, &err);
	if (!rc)
		rc = launch_manifest(config, &staging, &manifest, &err);
	if (!rc)
		rc = measure_image(&image, &manifest, &err);
	staging_close(&staging);
	bytes_free(&file);
	if (!rc && fflush(stdout))
		rc = error_errno(&err, "standard output", errno);
	return rc ? report("cannot measure", &err, VMM_EXIT_ERROR) : VMM_EXIT_OFF;
}

/*
 * A pipe whose reader stalls shall cost us lines, not stop the guest and all of hc-vmm with it, who
 * log and write under the device lock. Opened anew, since others may share the description that we
 * were given and want it to block; where opening is refused, it stays as it is.
 */
static void never_wait_for_reader(int fd)
{
	char path[32];
	struct stat st;
	int own;

	if (fstat(fd, &st) || !S_ISFIFO(st.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (own < 0)
		return;
	(void)dup2(own, fd);
	close(own);
}

static int run_guest(const struct vm_config *config)
{
	struct error err = {0};
	struct log log;
	int status;

	/* What the parent left open is nobody's business here. */
	syscall(SYS_close_range, 3, ~0u, 0);
	never_wait_for_reader(STDOUT_FILENO);
	never_wait_for_reader(STDERR_FILENO);
	if (open_log(&log, config, &err))
		return report("cannot open the log", &err, VMM_EXIT_USAGE);
	if (vm_config_drops_pci_off(config))
		log_line(&log, LOG_LEVEL_WARN,
			"\"pci=off\" taken out of the command line: every device here is on PCI");
	status = vm_run(config, &log, &kvm_sys_linux, NULL);
	if (log.fd > STDERR_FILENO)
		close(log.fd);
	return status;
}

static int command_run(int argc, char **argv)
{
	struct request r = {0};
	struct error err = {0};
	sigset_t kick;
	int status;

	sigemptyset(&kick);
	sigaddset(&kick, SIGUSR1);
	sigprocmask(SIG_BLOCK, &kick, NULL);
	/* A dead reader of our output, or a limit on file sizes, is an error and not our end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	vm_config_init(&r.config);
	if (read_options(&r, argc, argv, &err))
		status = report("configuration", &err, VMM_EXIT_USAGE);
	else
		status = r.measure_only ? print_measurement(&r.config) : run_guest(&r.config);
	vm_config_fini(&r.config);
	return status;
}

#if HC_SIM
static int command_sim_init(int argc, char **argv)
{
	const char *dir = SIM_PKI_DEFAULT_DIR;
	struct error err = {0};

	if (argc == 3 && !strcmp(argv[1], "--state"))
		dir = argv[2];
	else if (argc != 1)
		return wrong_usage("sim-init takes --state DIR and nothing else");
	if (sim_pki_create(dir, (int64_t)time(NULL), &err))
		return report("cannot make the simulated root", &err, VMM_EXIT_ERROR);
	printf("%s: %s\n", dir, SIM_PKI_NAME);
	return VMM_EXIT_OFF;
}
#else
static int command_sim_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return wrong_usage("this hc-vmm was built without the simulated platform");
}
#endif

/*
 * Whoever starts us without one of the three standard descriptors shall not get the guest's serial
 * output into a file of ours that happens to have its number.
 */
static bool open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && !close(fd);
}

int main(int argc, char **argv)
{
	if (!open_standard())
		return VMM_EXIT_ERROR;
	if (argc < 2)
		return wrong_usage("no command");
	if (!strcmp(argv[1], "run"))
		return command_run(argc - 1, argv + 1);
	if (!strcmp(argv[1], "check"))
		return check_command(
			argc - 1, argv + 1, &(struct check_probe){.ops = &probe_linux});
	if (!strcmp(argv[1], "sim-init"))
		return command_sim_init(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version")) {
		puts("hc-vmm " HC_VERSION);
		return VMM_EXIT_OFF;
	}
	if (!strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return VMM_EXIT_OFF;
	}
	return wrong_usage("unknown command");
}
