/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure: predicts measurements of guests. This file finds the subcommand, calls it, and turns
 * its error into a line and an exit status. Talks to no hardware.
 *
 * Exit status: 0 measured, 3 wrong usage, or a file cannot be used.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "attest/check/measure_command.h"

enum { EXIT_MEASURED = 0, EXIT_UNUSABLE = 3 };

static const char snp_usage[] =
	"usage: hc-measure snp [--config FILE] [OPTIONS]\n"
	"       hc-measure snp --vmm qemu|ec2|gce --firmware OVMF.fd [OPTIONS]\n"
	"       hc-measure snp --igvm FILE [--json] [--explain]\n"
	"\n"
	"Prints the SEV-SNP launch digest (SHA-384, hex) that a guest will have.\n"
	"\n"
	"Guests of hc-vmm: of firmware image, kernel, initrd, command line, vCPUs, memory bounds\n"
	"and devices.\n"
	"  --config FILE    the guest's configuration, as hc-vmm run takes it\n"
	"  --firmware FILE  image; without one, huisclos-snp.img or huisclos-sim.img of\n"
	"                   ../firmware from this program, after the configured platform\n"
	"  --kernel FILE    --initrd FILE   --cmdline TEXT   --vcpus N|A-B\n"
	"  --memory MIB     enters the digest only where the configuration says it is exact\n"
	"  --drive FILE[,ro][,root]         --vsock CID:PATH\n"
	"                   devices are measured; their files are not opened\n"
	"  --write-manifest FILE\n"
	"                   also write the manifest page, for hc-vmm run --manifest\n"
	"  --json           one JSON object with the manifest's fields\n"
	"  --explain        every page and the digest after it: to standard error, or with\n"
	"                   --json as member \"steps\"\n"
	"Options mean what they mean for hc-vmm run and override the configuration. The platform\n"
	"is that of the image, sev-snp or sim-snp; plain guests are not measured. Without\n"
	"--cmdline and boot_args the command line is hc-vmm's default.\n"
	"\n"
	"Images with the OVMF footer, as other VMMs launch them:\n"
	"  --vmm qemu|ec2|gce      whose order of pages and save areas\n"
	"  --firmware FILE         code and variables in one file (OVMF.fd)\n"
	"  --vcpus N|A-B           1 to 512 (default 1); a range prints \"N DIGEST\" for each N\n"
	"  --vcpu-type NAME        QEMU's CPU model, as EPYC-Milan, or\n"
	"  --vcpu-sig 0xN          CPUID 1 EAX of it; one of the two is needed with qemu\n"
	"  --guest-features 0xN    SEV_FEATURES (default 0x1)\n"
	"  --kernel FILE [--initrd FILE] [--cmdline TEXT]\n"
	"                          QEMU with kernel-hashes=on\n"
	"  --json, --explain       as above; for a range JSON has \"measurements\"\n"
	"\n"
	"IGVM files: the pages for SEV-SNP in the file's order, save areas as the file has them.\n";

static const char usage[] =
	"usage: hc-measure COMMAND [OPTIONS]        hc-measure COMMAND --help\n"
	"\n"
	"  snp       SEV-SNP launch digest: guests of hc-vmm, images with the OVMF footer, IGVM\n"
	"  tdx       MRTD of TDVF images and IGVM files; RTMRs of an event log\n"
	"  igvm      what an IGVM file holds; a guest as an IGVM file\n"
	"  id-block  ID block and ID authentication information; digests of keys\n"
	"  manifest  one document per release: digests of inputs, of every launch, of keys\n"
	"\n"
	"Exit status: 0 measured, 3 wrong usage or unusable file.\n";

static const char tdx_usage[] =
	"usage: hc-measure tdx --firmware FILE [--order page|region] [--json] [--explain]\n"
	"       hc-measure tdx --replay LOG [--json] [--explain]\n"
	"       hc-measure tdx --igvm FILE [--json] [--explain]\n"
	"       hc-measure tdx --firmware FILE --kernel FILE | --config FILE [OPTIONS]\n"
	"\n"
	"Prints the MRTD (SHA-384, hex) of a TDVF or td-shim image, or of the pages of an IGVM "
	"file, or RTMR0 to RTMR3 after the events of a CC event log "
	"(/sys/firmware/acpi/tables/data/CCEL).\n"
	"\n"
	"  --firmware FILE  code and variables in one file (OVMF.fd)\n"
	"  --order page     each page is added, then measured: KVM (default)\n"
	"  --order region   all pages of a section are added, then measured: stacks before KVM\n"
	"                   had TDX\n"
	"  --replay LOG     a log proves nothing by itself: compare with a verified quote\n"
	"  --json           one JSON object\n"
	"  --explain        every step and the digest after it: to standard error, or with\n"
	"                   --json as member \"steps\"\n"
	"\n"
	"Guests of hc-vmm: MRTD and RTMR0 to RTMR3 when Linux starts, one per line. Options\n"
	"as for hc-measure snp, and\n"
	"  --td-attributes LIST  as for hc-vmm: they are in the manifest\n"
	"  --write-log FILE the event log that the guest will have\n";

static const char igvm_usage[] =
	"usage: hc-measure igvm show FILE\n"
	"       hc-measure igvm pack --output FILE [--config FILE] [OPTIONS]\n"
	"\n"
	"show checks an IGVM file and prints its platforms and headers, one per line, and which\n"
	"VMMs would load it, by their sources.\n"
	"\n"
	"pack writes a guest of hc-vmm as one IGVM file for other VMMs: launch pages, manifest,\n"
	"device tree, kernel and initrd, entry state. It prints the digest that a launch of the\n"
	"file has. It is not that of the same guest under hc-vmm: kernel and initrd are launch\n"
	"pages.\n"
	"  --config, --firmware, --kernel, --initrd, --cmdline, --vcpus, --memory, --drive, "
	"--vsock\n"
	"                   as for hc-measure snp. The VMM has to give the guest exactly this\n"
	"                   much memory. Without a kernel: the firmware alone, to be measured\n"
	"  --policy 0xN     SNP guest policy (default 0x30000)\n"
	"  --id-block FILE --id-auth FILE   go into the file too\n";

static const char id_block_usage[] =
	"usage: hc-measure id-block --key PEM --measurement HEX [OPTIONS]\n"
	"       hc-measure id-block --verify --block FILE --auth FILE [--measurement HEX]\n"
	"       hc-measure id-block --key-digest FILE\n"
	"\n"
	"Makes the ID block and ID authentication information for an SNP launch: the secure\n"
	"processor then refuses any other launch digest or policy. Keys are ECDSA P-384.\n"
	"\n"
	"  --key PEM --author-key PEM   private keys; without the second there is no author key\n"
	"  --measurement HEX            launch digest, as hc-measure snp prints it\n"
	"  --policy 0xN                 guest policy (default 0x30000)\n"
	"  --guest-svn N --family-id HEX --image-id HEX     the owner's own (default zero)\n"
	"  --block FILE --auth FILE     where the 96 and 4096 bytes go, or come from; they and\n"
	"                               the digests of the keys are printed, in base64 and hex\n"
	"  --verify                     check signatures and form as the processor does\n"
	"  --key-digest FILE            ID_KEY_DIGEST or AUTHOR_KEY_DIGEST that reports carry for\n"
	"                               a key: PEM, DER (SubjectPublicKeyInfo), or 1028 bytes\n";

static const char manifest_usage[] =
	"usage: hc-measure manifest --name NAME [--config FILE] [OPTIONS]\n"
	"\n"
	"Prints the manifest of a release of a guest of hc-vmm: what it is made of, and the "
	"launch\n"
	"digest for each number of vCPUs, as JSON (docs/release.schema.json). The same files give\n"
	"the same bytes. hc-check policy import takes the digests into a policy.\n"
	"\n"
	"  --name NAME        what policies call the guest    --release TEXT   which release it "
	"is\n"
	"  --vcpus N|A-B[,...]  numbers of vCPUs (default: as configured)\n"
	"  --firmware FILE    image; again for each further platform\n"
	"  --config, --kernel, --initrd, --cmdline, --memory, --drive, --vsock\n"
	"                     as for hc-measure snp\n"
	"  --id-key FILE --author-key FILE   keys whose digests go into it; may be repeated\n"
	"  --output FILE      instead of standard output\n";

const char *measure_option(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, len) != 0)
			continue;
		if (argv[i][2 + len] == '=')
			return argv[i] + 3 + len;
		if (argv[i][2 + len] == '\0')
			return i + 1 < argc ? argv[i + 1] : NULL;
	}
	return NULL;
}

int measure_number(
	uint64_t *out, const char *text, uint64_t max, const char *what, struct error *err)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end = NULL;

	errno = 0;
	*out = strtoull(digits, &end, hex ? 16 : 10);
	if (strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789") == strlen(digits) &&
		digits[0] && errno == 0 && *out <= max)
		return 0;
	error_fail(err, HC_EUSAGE, what, "%s", text);
	return error_expected(err, "a number up to %llu", (unsigned long long)max);
}

int measure_range(struct measure_range *out, const char *text, uint32_t max, struct error *err)
{
	const char *dash = strchr(text, '-');
	char first[16] = {0};
	uint64_t a, b;
	int ret;

	if (dash && (size_t)(dash - text) < sizeof(first))
		memcpy(first, text, (size_t)(dash - text));
	ret = measure_number(&a, dash ? first : text, max, "--vcpus", err);
	if (ret == 0)
		ret = measure_number(&b, dash ? dash + 1 : text, max, "--vcpus", err);
	if (ret)
		return ret;
	if (a < 1 || a > b) {
		error_fail(err, HC_EUSAGE, "--vcpus", "%s", text);
		return error_expected(err, "N or A-B, 1 to %u", max);
	}
	*out = (struct measure_range){(uint32_t)a, (uint32_t)b};
	return 0;
}

int measure_bad_option(const char *word, struct error *err)
{
	return error_fail(err, HC_EUSAGE, word, "an option that is unknown or lacks its value");
}

int measure_no_more(int argc, char **argv, struct error *err)
{
	if (optind == argc)
		return 0;
	return error_fail(err, HC_EUSAGE, argv[optind], "an argument too many");
}

static int run_snp(int argc, char **argv, struct error *err)
{
	const char *vmm = measure_option(argc, argv, "vmm");

	if (measure_option(argc, argv, "igvm"))
		return measure_igvm_snp(argc, argv, err);
	return vmm && strcmp(vmm, "huisclos") != 0 ? measure_ovmf(argc, argv, err)
						   : measure_own(argc, argv, err);
}

static int run_tdx(int argc, char **argv, struct error *err)
{
	if (measure_option(argc, argv, "igvm"))
		return measure_igvm_tdx(argc, argv, err);
	return measure_option(argc, argv, "kernel") || measure_option(argc, argv, "config")
		       ? measure_own_tdx(argc, argv, err)
		       : measure_tdx_files(argc, argv, err);
}

static const struct measure_command commands[] = {
	{"snp", snp_usage, run_snp},
	{"tdx", tdx_usage, run_tdx},
	{"igvm", igvm_usage, measure_igvm},
	{"id-block", id_block_usage, measure_id_block},
	{"manifest", manifest_usage, measure_release},
};

static int fail(const struct error *err)
{
	char text[1024];

	error_format(err, text, sizeof(text));
	fprintf(stderr, "hc-measure: %s\n", text);
	return EXIT_UNUSABLE;
}

static int help(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) ? EXIT_UNUSABLE : EXIT_MEASURED;
}

static int run(const struct measure_command *command, int argc, char **argv)
{
	struct error err = {0};
	int ret;

	if (argc >= 2 && (!strcmp(argv[argc - 1], "--help") || !strcmp(argv[1], "-h")))
		return help(command->usage);
	opterr = 0;
	ret = command->run(argc, argv, &err);
	if (ret == 0 && (fflush(stdout) || ferror(stdout)))
		ret = error_fail(&err, HC_EIO, "standard output", "not written");
	return ret ? fail(&err) : EXIT_MEASURED;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 2 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&commands[i], argc - 1, argv + 1);
	if (argc >= 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return help(usage);
	fputs(usage, stderr);
	return EXIT_UNUSABLE;
}
