/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure tdx for guests of hc-vmm: MRTD of an image for TDX with its manifest, and what the
 * firmware extends before Linux starts, with the event log that says so.
 */
#include <stdio.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_guest.h"
#include "attest/check/measure_print.h"
#include "attest/measure/measure_tdx.h"
#include "common/file.h"
#include "common/hex.h"

struct job {
	struct measure_guest guest;
	struct hc_manifest manifest;
	bool json, explain;
	const char *log_out, *manifest_out; /* NULL: not written */
	json_t *steps;
	uint8_t mrtd[SHA384_SIZE], rtmr[CCEL_RTMRS][SHA384_SIZE];
};

static const struct option options[] = {
	MEASURE_GUEST_OPTIONS,
	{"vcpus", required_argument, NULL, 'o'},
	{"td-attributes", required_argument, NULL, 'o'},
	{"write-log", required_argument, NULL, 'l'},
	{"write-manifest", required_argument, NULL, 'w'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
	{0},
};

static int take_option(
	struct job *job, int option, const char *name, const char *word, struct error *err)
{
	switch (option) {
	case 'c': /* read before */
		return 0;
	case 'o':
		return vm_config_set(&job->guest.config, name, optarg, err);
	case 'l':
		job->log_out = optarg;
		return 0;
	case 'w':
		job->manifest_out = optarg;
		return 0;
	case 'j':
		job->json = true;
		return 0;
	case 'e':
		job->explain = true;
		return 0;
	}
	return measure_bad_option(word, err);
}

static int read_request(struct job *job, int argc, char **argv, struct error *err)
{
	int at = 0, option, ret = measure_guest_config(&job->guest, argc, argv, options, err);

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		ret = take_option(job, option, options[at].name, argv[optind - 1], err);
	return ret ? ret : measure_no_more(argc, argv, err);
}

static void note(void *ctx, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct job *job = ctx;

	if (job->json)
		json_array_append_new(job->steps, measure_json_tdx_step(measured, gpa, digest));
	else
		measure_print_tdx_step(stderr, measured, gpa, digest);
}

static int measure(struct job *job, struct error *err)
{
	int ret = measure_guest_firmware(&job->guest, err);

	if (ret == 0)
		ret = measure_guest_blobs(&job->guest, err);
	if (ret == 0)
		ret = measure_guest_manifest(&job->guest, &job->manifest, err);
	if (ret == 0)
		ret = measure_tdx(job->mrtd, &job->guest.image, &job->manifest,
			job->explain ? note : NULL, job, err);
	return ret ? ret : measure_tdx_rtmrs(job->rtmr, &job->manifest, err);
}

static int write_files(const struct job *job, struct error *err)
{
	struct bytes log = {0};
	int ret = 0;

	if (job->manifest_out)
		ret = file_write(
			job->manifest_out, &job->manifest, sizeof(job->manifest), 0644, err);
	if (ret == 0 && job->log_out)
		ret = measure_tdx_log(&log, &job->manifest, err);
	if (ret == 0 && job->log_out)
		ret = file_write(job->log_out, log.data, log.len, 0644, err);
	bytes_free(&log);
	return ret;
}

static void print_line(const char *name, const uint8_t digest[SHA384_SIZE])
{
	char text[2 * SHA384_SIZE + 1];

	hex_encode(text, digest, SHA384_SIZE);
	printf("%s %s\n", name, text);
}

static int print(const struct job *job, struct error *err)
{
	char name[16] = "mrtd";
	json_t *root;
	int ret;

	if (!job->json)
		print_line(name, job->mrtd);
	root = job->json ? json_pack("{s:o}", name, measure_json_hex(job->mrtd)) : NULL;
	for (size_t i = 0; i < CCEL_RTMRS; i++) {
		snprintf(name, sizeof(name), "rtmr%zu", i);
		if (job->json)
			json_object_set_new(root, name, measure_json_hex(job->rtmr[i]));
		else
			print_line(name, job->rtmr[i]);
	}
	if (!job->json)
		return 0;
	if (job->explain)
		json_object_set(root, "steps", job->steps);
	ret = measure_json_write(root, stdout);
	return ret ? error_fail(err, ret, "standard output", "not written") : 0;
}

int measure_own_tdx(int argc, char **argv, struct error *err)
{
	static struct job job;
	int ret;

	measure_guest_init(&job.guest);
	job.steps = json_array();
	ret = read_request(&job, argc, argv, err);
	if (ret == 0)
		ret = measure(&job, err);
	if (ret == 0)
		ret = write_files(&job, err);
	if (ret == 0)
		ret = print(&job, err);
	json_decref(job.steps);
	measure_guest_free(&job.guest);
	return ret;
}
