/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure snp for guests of hc-vmm: reads the same configuration and options as hc-vmm, through
 * the same code, so that both mean the same guest.
 */
#include <stdio.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_guest.h"
#include "attest/check/measure_print.h"
#include "common/file.h"
#include "common/hex.h"

struct request {
	struct measure_guest guest;
	bool json, explain;
	const char *manifest_out;   /* NULL: not written */
	struct measure_range vcpus; /* 0, 0: as configured */
};

static const struct option options[] = {
	MEASURE_GUEST_OPTIONS,
	{"vcpus", required_argument, NULL, 'n'},
	{"write-manifest", required_argument, NULL, 'w'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
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
	case 'n':
		if (strchr(optarg, '-'))
			return measure_range(&r->vcpus, optarg, HC_VCPUS_MAX, err);
		return vm_config_set(&r->guest.config, name, optarg, err);
	case 'o':
		return vm_config_set(&r->guest.config, name, optarg, err);
	}
	return measure_bad_option(word, err);
}

static int read_request(struct request *r, int argc, char **argv, struct error *err)
{
	int at = 0, option, ret = measure_guest_config(&r->guest, argc, argv, options, err);

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		ret = take_option(r, option, options[at].name, argv[optind - 1], err);
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	if (ret == 0 && r->vcpus.last && (r->explain || r->manifest_out)) {
		error_fail(
			err, HC_EUSAGE, "--vcpus", "a range, with --explain or --write-manifest");
		ret = error_expected(err, "one number: each has steps and a manifest of its own");
	}
	return ret;
}

static int read_inputs(struct measure_guest *guest, struct error *err)
{
	int ret = measure_guest_firmware(guest, err);

	if (ret == 0 && guest->image.platform == HC_PLATFORM_PLAIN) {
		error_fail(err, HC_EUNSUPPORTED, "firmware image", "platform plain");
		error_expected(err, "sev-snp or sim-snp: plain guests are not measured");
		return HC_EUNSUPPORTED;
	}
	return ret ? ret : measure_guest_blobs(guest, err);
}

static int measure(struct measurement *m, const struct measure_guest *guest, struct error *err)
{
	int ret = measure_guest_manifest(guest, &m->manifest, err);

	return ret ? ret
		   : measure_snp(m->digest, &guest->image, &m->manifest, SNP_SEV_FEATURES,
			     measure_print_note, m, err);
}

/* One line, or one element, per number of vCPUs; kernel and initrd are hashed once. */
static int measure_each(const struct request *r, struct error *err)
{
	json_t *list = r->json ? json_array() : NULL;
	char text[2 * SHA384_SIZE + 1];
	uint8_t digest[SHA384_SIZE];
	struct hc_manifest m;
	int ret = measure_guest_manifest(&r->guest, &m, err);

	for (uint32_t n = r->vcpus.first; ret == 0 && n <= r->vcpus.last; n++) {
		m.vcpu_count = n;
		ret = measure_snp(digest, &r->guest.image, &m, SNP_SEV_FEATURES, NULL, NULL, err);
		hex_encode(text, digest, SHA384_SIZE);
		if (ret == 0 && r->json)
			json_array_append_new(list,
				json_pack("{s:s, s:i}", "measurement", text, "vcpus", (int)n));
		else if (ret == 0)
			printf("%u %s\n", n, text);
	}
	if (!r->json)
		return ret;
	if (ret) {
		json_decref(list);
		return ret;
	}
	ret = measure_json_write(json_pack("{s:o}", "measurements", list), stdout);
	return ret ? error_fail(err, ret, "standard output", "not written") : 0;
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
	static struct measurement measurement;
	int ret;

	measure_guest_init(&request.guest);
	ret = read_request(&request, argc, argv, err);
	if (ret == 0)
		ret = read_inputs(&request.guest, err);
	if (ret == 0 && request.vcpus.last) {
		ret = measure_each(&request, err);
	} else if (ret == 0) {
		ret = measure(&measurement, &request.guest, err);
		if (ret == 0)
			ret = print(&measurement, &request, err);
	}
	measure_guest_free(&request.guest);
	return ret;
}
