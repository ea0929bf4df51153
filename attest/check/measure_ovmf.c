/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure snp --vmm qemu|ec2|gce: the launch digest of an image with the OVMF footer, for one
 * number of vCPUs or, from one pass over the image, for a range of them.
 */
#include <getopt.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_print.h"
#include "attest/measure/ovmf.h"
#include "common/file.h"
#include "common/hex.h"

#define INPUT_MAX (1U << 30) /* bytes of a kernel or initrd */

struct request {
	struct ovmf_snp_launch launch;
	struct measure_range vcpus;
	const char *firmware, *kernel, *initrd;
	bool json, explain, signature;
};

struct job {
	struct request r;
	struct bytes firmware, kernel, initrd;
	struct ovmf_sev sev;
	json_t *steps;
	uint8_t digest[OVMF_VCPUS_MAX][SHA384_SIZE];
};

static const struct option options[] = {
	{"vmm", required_argument, NULL, 'v'},
	{"firmware", required_argument, NULL, 'f'},
	{"kernel", required_argument, NULL, 'k'},
	{"initrd", required_argument, NULL, 'i'},
	{"cmdline", required_argument, NULL, 'a'},
	{"vcpus", required_argument, NULL, 'n'},
	{"vcpu-sig", required_argument, NULL, 's'},
	{"vcpu-type", required_argument, NULL, 't'},
	{"guest-features", required_argument, NULL, 'g'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
	{0},
};

static int take_signature(struct request *r, bool by_name, struct error *err)
{
	uint64_t number;
	int ret;

	if (r->signature)
		return error_fail(err, HC_EUSAGE, "--vcpu-sig, --vcpu-type", "more than one");
	r->signature = true;
	if (by_name)
		return snp_vcpu_signature(&r->launch.vcpu_sig, optarg, err);
	ret = measure_number(&number, optarg, UINT32_MAX, "--vcpu-sig", err);
	r->launch.vcpu_sig = (uint32_t)number;
	return ret;
}

static int take_option(struct request *r, int option, const char *word, struct error *err)
{
	switch (option) {
	case 'v':
		return snp_vmm_by_name(&r->launch.vmm, optarg, err);
	case 'f':
		r->firmware = optarg;
		return 0;
	case 'k':
		r->kernel = optarg;
		return 0;
	case 'i':
		r->initrd = optarg;
		return 0;
	case 'a':
		r->launch.cmdline = optarg;
		return 0;
	case 'n':
		return measure_range(&r->vcpus, optarg, OVMF_VCPUS_MAX, err);
	case 's':
	case 't':
		return take_signature(r, option == 't', err);
	case 'g':
		return measure_number(
			&r->launch.sev_features, optarg, UINT64_MAX, "--guest-features", err);
	case 'j':
		r->json = true;
		return 0;
	case 'e':
		r->explain = true;
		return 0;
	}
	return measure_bad_option(word, err);
}

static int check(const struct request *r, struct error *err)
{
	if (!r->firmware)
		return error_fail(err, HC_EUSAGE, "--firmware", "not given");
	if (r->launch.vmm == SNP_VMM_QEMU && !r->signature) {
		error_fail(err, HC_EUSAGE, "--vcpu-type", "not given");
		return error_expected(err, "it or --vcpu-sig: with QEMU the CPU model is measured");
	}
	if (r->launch.vmm != SNP_VMM_QEMU && r->signature)
		return error_fail(err, HC_EUSAGE, "--vcpu-sig, --vcpu-type", "without qemu");
	if (!r->kernel && (r->initrd || r->launch.cmdline))
		return error_fail(
			err, HC_EUSAGE, "--initrd, --cmdline", "without a kernel to be hashed");
	return 0;
}

static int read_request(struct request *r, int argc, char **argv, struct error *err)
{
	int option, ret = 0;

	*r = (struct request){.launch.sev_features = SNP_SEV_FEATURES, .vcpus = {1, 1}};
	while (ret == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = take_option(r, option, argv[optind - 1], err);
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	return ret ? ret : check(r, err);
}

static int read_inputs(struct job *job, struct error *err)
{
	struct request *r = &job->r;
	int ret = file_read(&job->firmware, r->firmware, OVMF_IMAGE_MAX, err);

	if (ret == 0)
		ret = ovmf_sev_parse(&job->sev, bytes_view(&job->firmware), err);
	if (ret == 0 && r->kernel)
		ret = file_read(&job->kernel, r->kernel, INPUT_MAX, err);
	if (ret == 0 && r->initrd)
		ret = file_read(&job->initrd, r->initrd, INPUT_MAX, err);
	r->launch.kernel_hashes = r->kernel != NULL;
	r->launch.kernel = bytes_view(&job->kernel);
	r->launch.initrd = bytes_view(&job->initrd);
	return ret;
}

static void note(void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct job *job = ctx;

	if (job->r.json)
		json_array_append_new(job->steps, measure_json_step(type, gpa, digest));
	else
		measure_print_step(stderr, type, gpa, digest);
}

static int measure(struct job *job, struct error *err)
{
	measure_explain_fn *explain = job->r.explain ? note : NULL;
	struct launch_digest ld = {0};
	int ret;

	if (job->r.explain && !job->r.json)
		measure_print_step(stderr, HC_PAGE_NORMAL, 0, NULL);
	ret = ovmf_snp_pages(&ld, &job->sev, &job->r.launch, explain, job, err);
	for (uint32_t i = 0; ret == 0 && i < job->r.vcpus.last; i++) {
		ret = ovmf_snp_vcpu(&ld, &job->sev, &job->r.launch, i, explain, job, err);
		memcpy(job->digest[i], ld.value, SHA384_SIZE);
	}
	return ret;
}

static json_t *result_json(const struct job *job, uint32_t vcpus)
{
	return json_pack("{s:o, s:i}", "measurement", measure_json_hex(job->digest[vcpus - 1]),
		"vcpus", (int)vcpus);
}

static int print_json(struct job *job, struct error *err)
{
	const struct measure_range *v = &job->r.vcpus;
	json_t *root = v->first == v->last ? result_json(job, v->first)
					   : json_pack("{s:[]}", "measurements");
	int ret;

	for (uint32_t n = v->first; v->first != v->last && n <= v->last; n++)
		json_array_append_new(json_object_get(root, "measurements"), result_json(job, n));
	if (job->r.explain)
		json_object_set(root, "steps", job->steps);
	ret = measure_json_write(root, stdout);
	return ret ? error_fail(err, ret, "standard output", "not written") : 0;
}

static void print_text(const struct job *job)
{
	const struct measure_range *v = &job->r.vcpus;
	char text[2 * SHA384_SIZE + 1];

	for (uint32_t n = v->first; n <= v->last; n++) {
		hex_encode(text, job->digest[n - 1], SHA384_SIZE);
		if (v->first != v->last)
			printf("%u ", n);
		puts(text);
	}
}

int measure_ovmf(int argc, char **argv, struct error *err)
{
	static struct job job;
	int ret = read_request(&job.r, argc, argv, err);

	job.steps = json_array();
	if (ret == 0)
		ret = read_inputs(&job, err);
	if (ret == 0)
		ret = measure(&job, err);
	if (ret == 0 && job.r.json)
		ret = print_json(&job, err);
	else if (ret == 0)
		print_text(&job);
	json_decref(job.steps);
	bytes_free(&job.firmware);
	bytes_free(&job.kernel);
	bytes_free(&job.initrd);
	return ret;
}
