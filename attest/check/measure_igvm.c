/* SPDX-License-Identifier: Apache-2.0 */
/* hc-measure snp --igvm, tdx --igvm, and igvm show: what an IGVM file holds and launches to. */
#include <getopt.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_loaders.h"
#include "attest/check/measure_print.h"
#include "attest/measure/igvm.h"
#include "common/file.h"
#include "common/hex.h"

struct job {
	const char *file;
	bool json, explain;
	json_t *steps;
};

static const struct option options[] = {
	{"igvm", required_argument, NULL, 'i'},
	{"json", no_argument, NULL, 'j'},
	{"explain", no_argument, NULL, 'e'},
	{0},
};

static int read_request(struct job *job, int argc, char **argv, struct error *err)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'i')
			job->file = optarg;
		else if (option == 'j')
			job->json = true;
		else if (option == 'e')
			job->explain = true;
		else
			return measure_bad_option(argv[optind - 1], err);
	}
	if (!job->file)
		return error_fail(err, HC_EUSAGE, "--igvm", "not given");
	return measure_no_more(argc, argv, err);
}

static void note_snp(
	void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct job *job = ctx;

	if (job->json)
		json_array_append_new(job->steps, measure_json_step(type, gpa, digest));
	else
		measure_print_step(stderr, type, gpa, digest);
}

static void note_tdx(void *ctx, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE])
{
	struct job *job = ctx;

	if (job->json)
		json_array_append_new(job->steps, measure_json_tdx_step(measured, gpa, digest));
	else
		measure_print_tdx_step(stderr, measured, gpa, digest);
}

static int print(
	struct job *job, const char *name, const uint8_t digest[SHA384_SIZE], struct error *err)
{
	char text[2 * SHA384_SIZE + 1];
	json_t *root;
	int ret;

	if (!job->json) {
		hex_encode(text, digest, SHA384_SIZE);
		puts(text);
		return 0;
	}
	root = json_pack("{s:o}", name, measure_json_hex(digest));
	if (root && job->explain)
		json_object_set(root, "steps", job->steps);
	ret = measure_json_write(root, stdout);
	return ret ? error_fail(err, ret, "standard output", "not written") : 0;
}

static int measure(struct job *job, bool tdx, struct error *err)
{
	struct bytes file = {0};
	struct igvm igvm;
	uint8_t digest[SHA384_SIZE];
	int ret = file_read(&file, job->file, IGVM_FILE_MAX, err);

	if (ret == 0)
		ret = igvm_parse(&igvm, bytes_view(&file), err);
	if (ret == 0 && tdx)
		ret = igvm_measure_tdx(digest, &igvm, job->explain ? note_tdx : NULL, job, err);
	else if (ret == 0)
		ret = igvm_measure_snp(digest, &igvm, job->explain ? note_snp : NULL, job, err);
	if (ret == 0)
		ret = print(job, tdx ? "mrtd" : "measurement", digest, err);
	bytes_free(&file);
	return ret;
}

static int run(int argc, char **argv, bool tdx, struct error *err)
{
	struct job job = {.steps = json_array()};
	int ret = read_request(&job, argc, argv, err);

	if (ret == 0)
		ret = measure(&job, tdx, err);
	json_decref(job.steps);
	return ret;
}

int measure_igvm_snp(int argc, char **argv, struct error *err)
{
	return run(argc, argv, false, err);
}

int measure_igvm_tdx(int argc, char **argv, struct error *err)
{
	return run(argc, argv, true, err);
}

static void show_header(const struct igvm_header *h)
{
	static const char *const pages[] = {"normal", "secrets", "cpuid", "cpuid-xf"};

	printf("at %-8zu %-22s", h->offset, igvm_type_name(h->type));
	if (h->ignorable)
		printf(" type 0x%x, %zu bytes, may be ignored", h->type, h->content.len);
	if (h->mask != UINT32_MAX)
		printf(" mask 0x%x", h->mask);
	if (h->type == IGVM_PARAMETER_AREA || h->type == IGVM_PARAMETER_INSERT)
		printf(" area %u", h->area);
	if (h->type >= IGVM_PAGE_DATA && h->type <= IGVM_REQUIRED_MEMORY)
		printf(" gpa 0x%llx", (unsigned long long)h->gpa);
	if (h->size)
		printf(" size 0x%llx", (unsigned long long)h->size);
	if (h->type == IGVM_VP_CONTEXT)
		printf(" vp %u", h->vp_index);
	if (h->type == IGVM_GUEST_POLICY)
		printf(" policy 0x%llx", (unsigned long long)get_le64(h->content.data));
	if (h->type == IGVM_PAGE_DATA)
		printf(" %s%s%s%s", pages[h->page_type], h->data.len ? "" : " zeros",
			h->flags & IGVM_PAGE_UNMEASURED ? " unmeasured" : "",
			h->flags & IGVM_PAGE_SHARED ? " shared" : "");
	putchar('\n');
}

static void show(const struct igvm *igvm)
{
	struct igvm_header h;

	for (size_t i = 0; i < igvm->platforms; i++)
		printf("platform %s version %u: mask 0x%x, highest VTL %u, shared boundary "
		       "0x%llx\n",
			igvm_platform_name(igvm->platform[i].type), igvm->platform[i].version,
			igvm->platform[i].mask, igvm->platform[i].highest_vtl,
			(unsigned long long)igvm->platform[i].shared_gpa_boundary);
	for (size_t at = 0; igvm_next(igvm, &at, &h);)
		if (h.type != IGVM_SUPPORTED_PLATFORM)
			show_header(&h);
	measure_show_loaders(igvm);
}

static int show_file(int argc, char **argv, struct error *err)
{
	struct bytes file = {0};
	struct igvm igvm;
	int ret;

	if (argc != 2) {
		error_fail(err, HC_EUSAGE, "igvm show", "%d arguments", argc - 1);
		return error_expected(err, "igvm show FILE");
	}
	ret = file_read(&file, argv[1], IGVM_FILE_MAX, err);
	if (ret == 0)
		ret = igvm_parse(&igvm, bytes_view(&file), err);
	if (ret == 0)
		show(&igvm);
	bytes_free(&file);
	return ret;
}

int measure_igvm(int argc, char **argv, struct error *err)
{
	if (argc >= 2 && strcmp(argv[1], "show") == 0)
		return show_file(argc - 1, argv + 1, err);
	if (argc >= 2 && strcmp(argv[1], "pack") == 0)
		return measure_igvm_pack(argc - 1, argv + 1, err);
	error_fail(err, HC_EUSAGE, "igvm", "%s", argc > 1 ? argv[1] : "nothing");
	return error_expected(err, "igvm show FILE, or igvm pack");
}
