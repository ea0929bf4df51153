/* SPDX-License-Identifier: Apache-2.0 */
/* hc-measure tdx: the MRTD of an image with the OVMF footer, the RTMRs of an event log. */
#include <getopt.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_print.h"
#include "attest/measure/ccel.h"
#include "attest/measure/tdvf.h"
#include "common/file.h"
#include "common/hex.h"

struct job {
	const char *firmware, *replay;
	enum tdvf_order order;
	bool order_given, json, explain;
	json_t *steps;
};

static const struct option options[] = {
	{"firmware", required_argument, NULL, 'f'},
	{"replay", required_argument, NULL, 'r'},
	{"order", required_argument, NULL, 'o'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
	{0},
};

static int take_order(struct job *job, struct error *err)
{
	job->order_given = true;
	if (strcmp(optarg, "page") != 0 && strcmp(optarg, "region") != 0) {
		error_fail(err, HC_EUSAGE, "--order", "%s", optarg);
		return error_expected(err, "page or region");
	}
	job->order = optarg[0] == 'p' ? TDVF_ORDER_PAGE : TDVF_ORDER_REGION;
	return 0;
}

static int take_option(struct job *job, int option, const char *word, struct error *err)
{
	switch (option) {
	case 'f':
		job->firmware = optarg;
		return 0;
	case 'r':
		job->replay = optarg;
		return 0;
	case 'o':
		return take_order(job, err);
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
	int option, ret = 0;

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
		ret = take_option(job, option, argv[optind - 1], err);
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	if (ret == 0 && !job->firmware == !job->replay)
		ret = error_fail(err, HC_EUSAGE, "--firmware, --replay", "not exactly one");
	if (ret == 0 && job->replay && job->order_given)
		ret = error_fail(err, HC_EUSAGE, "--order", "with --replay");
	return ret;
}

static void note_page(void *ctx, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct job *job = ctx;

	if (job->json)
		json_array_append_new(job->steps, measure_json_tdx_step(measured, gpa, digest));
	else
		measure_print_tdx_step(stderr, measured, gpa, digest);
}

static void note_event(void *ctx, const struct ccel_event *event, const uint8_t rtmr[SHA384_SIZE])
{
	char digest[2 * SHA384_SIZE + 1], after[2 * SHA384_SIZE + 1] = "";
	struct job *job = ctx;

	hex_encode(digest, event->digest, SHA384_SIZE);
	if (rtmr)
		hex_encode(after, rtmr, SHA384_SIZE);
	if (job->json)
		json_array_append_new(job->steps,
			json_pack("{s:I, s:i, s:I, s:I, s:s, s:s}", "offset",
				(json_int_t)event->offset, "rtmr", (int)event->mr_index - 1, "type",
				(json_int_t)event->type, "size", (json_int_t)event->data.len,
				"digest", digest, "after", after));
	else
		fprintf(stderr, "at %zu: rtmr%d type 0x%x, %zu bytes, digest %s, after it %s\n",
			event->offset, (int)event->mr_index - 1, event->type, event->data.len,
			digest, after);
}

/* One named digest per line, or members of an object. */
static int print(const struct job *job, const char *const *names, size_t count,
	uint8_t digest[][SHA384_SIZE], struct error *err)
{
	json_t *root = job->json ? json_object() : NULL;
	char text[2 * SHA384_SIZE + 1];
	int ret;

	for (size_t i = 0; i < count; i++) {
		hex_encode(text, digest[i], SHA384_SIZE);
		if (job->json)
			json_object_set_new(root, names[i], json_string(text));
		else
			printf("%s%s%s\n", count > 1 ? names[i] : "", count > 1 ? " " : "", text);
	}
	if (!job->json)
		return 0;
	if (job->explain)
		json_object_set(root, "steps", job->steps);
	ret = measure_json_write(root, stdout);
	return ret ? error_fail(err, ret, "standard output", "not written") : 0;
}

static int image(struct job *job, struct error *err)
{
	static const char *const names[] = {"mrtd"};
	struct bytes file = {0};
	struct tdvf tdvf;
	uint8_t mrtd[1][SHA384_SIZE];
	int ret = file_read(&file, job->firmware, OVMF_IMAGE_MAX, err);

	if (ret == 0)
		ret = tdvf_parse(&tdvf, bytes_view(&file), err);
	if (ret == 0)
		ret = tdvf_measure(
			mrtd[0], &tdvf, job->order, job->explain ? note_page : NULL, job, err);
	if (ret == 0)
		ret = print(job, names, 1, mrtd, err);
	bytes_free(&file);
	return ret;
}

static int replay(struct job *job, struct error *err)
{
	static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	struct bytes file = {0};
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	int ret = file_read(&file, job->replay, CCEL_LOG_MAX, err);

	if (ret == 0)
		ret = ccel_replay(
			rtmr, bytes_view(&file), job->explain ? note_event : NULL, job, err);
	if (ret == 0)
		ret = print(job, names, CCEL_RTMRS, rtmr, err);
	bytes_free(&file);
	return ret;
}

int measure_tdx_files(int argc, char **argv, struct error *err)
{
	struct job job = {.steps = json_array()};
	int ret = read_request(&job, argc, argv, err);

	if (ret == 0)
		ret = job.firmware ? image(&job, err) : replay(&job, err);
	json_decref(job.steps);
	return ret;
}
