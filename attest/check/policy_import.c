/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check policy import: reads manifests of releases, as hc-measure manifest writes them, and puts
 * their launch digests, or MRTD and RTMR1 of TDX, into a policy. It takes the files' word for them,
 * and says so.
 */
#include "attest/check/policy_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/check/command.h"
#include "attest/measure/release.h"
#include "attest/policy/policy_import.h"
#include "attest/policy/policy_snp.h"
#include "common/file.h"

struct job {
	enum messages_lang lang;
	const char *block, *into, *tee;
	bool tdx, replace, simulated, keys;
	char name[RELEASE_NAME_SIZE]; /* of the first release */
	size_t count;
	uint8_t measurement[POLICY_MEASUREMENTS_MAX][POLICY_DIGEST_SIZE]; /* or MRTD */
	uint8_t rtmr1[POLICY_MEASUREMENTS_MAX][POLICY_DIGEST_SIZE];       /* of TDX, by MRTD */
	struct release_keys id_keys, author_keys;
	struct release release; /* the one in hand */
};

static int take_launches(struct job *job, const struct release_image *image, struct error *err)
{
	for (size_t i = 0; i < image->launch_count; i++) {
		if (job->count == POLICY_MEASUREMENTS_MAX) {
			error_fail(err, HC_ERANGE, "measurements", "%zu", job->count + 1);
			return error_expected(err, N_("at most %d"), POLICY_MEASUREMENTS_MAX);
		}
		memcpy(job->measurement[job->count], image->launch[i].measurement,
			POLICY_DIGEST_SIZE);
		memcpy(job->rtmr1[job->count++], image->launch[i].rtmr[1], POLICY_DIGEST_SIZE);
	}
	return 0;
}

static int take_keys(struct release_keys *out, const struct release_keys *keys, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < keys->count && !rc; i++)
		rc = release_add_key(out, keys->digest[i], err);
	return rc;
}

static enum hc_platform platform_of(const struct job *job)
{
	if (job->tdx)
		return job->simulated ? HC_PLATFORM_SIM_TDX : HC_PLATFORM_TDX;
	return job->simulated ? HC_PLATFORM_SIM_SNP : HC_PLATFORM_SNP;
}

static int take_release(struct job *job, const char *path, struct error *err)
{
	const enum hc_platform want = platform_of(job);
	const struct release *r = &job->release;
	const size_t before = job->count;
	int rc = 0;

	for (size_t i = 0; i < r->image_count && !rc; i++)
		if (r->image[i].platform == want)
			rc = take_launches(job, &r->image[i], err);
	if (!rc && job->count == before) {
		error_fail(err, HC_EMISSING, path, N_("no such launch"));
		error_expected(err, N_("launches of platform %s"), fw_platform_name(want));
		error_remedy(err, N_("give another release; --tee tdx takes launches of TDX, "
				     "--simulated those of sim-snp or sim-tdx"));
		return HC_EMISSING;
	}
	if (!rc && !job->name[0])
		memcpy(job->name, r->name, sizeof(job->name));
	if (!rc)
		rc = take_keys(&job->id_keys, &r->id_keys, err);
	return rc ? rc : take_keys(&job->author_keys, &r->author_keys, err);
}

static int read_release(struct job *job, const char *path, struct error *err)
{
	struct bytes text = {0};
	int rc = file_read(&text, path, RELEASE_SIZE_MAX, err);

	if (!rc)
		rc = release_parse(&job->release, bytes_view(&text), err);
	if (!rc)
		rc = take_release(job, path, err);
	bytes_free(&text);
	return rc;
}

static int missing_value(const char *option, struct error *err)
{
	error_fail(err, HC_EUSAGE, option, N_("no value"));
	return error_expected(err, N_("a value after it"));
}

/* Options first, wherever they stand; what is left in argv are files. */
static int take_options(struct job *job, char **argv, struct error *err)
{
	char **kept = argv;

	for (; *argv; argv++) {
		const char **value = !strcmp(*argv, "--into")    ? &job->into
				     : !strcmp(*argv, "--block") ? &job->block
				     : !strcmp(*argv, "--tee")   ? &job->tee
								 : NULL;
		bool *flag = !strcmp(*argv, "--replace")     ? &job->replace
			     : !strcmp(*argv, "--simulated") ? &job->simulated
			     : !strcmp(*argv, "--keys")      ? &job->keys
							     : NULL;

		if (value && !argv[1])
			return missing_value(*argv, err);
		if (value)
			*value = *++argv;
		else if (flag)
			*flag = true;
		else if (!strncmp(*argv, "--", 2))
			return error_fail(err, HC_EUSAGE, *argv, N_("an unknown option"));
		else
			*kept++ = *argv;
	}
	*kept = NULL;
	return 0;
}

static int read_tee(struct job *job, struct error *err)
{
	job->tdx = job->tee && !strcmp(job->tee, "tdx");
	if (job->tee && !job->tdx && strcmp(job->tee, "snp")) {
		error_fail(err, HC_EUSAGE, "--tee", "\"%.60s\"", job->tee);
		return error_expected(err, N_("snp or tdx"));
	}
	if (job->tdx && job->keys)
		return error_fail(err, HC_EUSAGE, "--keys", N_("with --tee tdx"));
	return 0;
}

static int check_options(struct job *job, char **files, struct error *err)
{
	if (!*files) {
		error_fail(err, HC_EUSAGE, "policy import", N_("no file"));
		return error_expected(err, N_("a manifest of hc-measure manifest"));
	}
	if (job->replace && !job->into)
		return error_fail(err, HC_EUSAGE, "--replace", N_("without --into"));
	if (job->keys && job->into)
		return error_fail(err, HC_EUSAGE, "--keys", N_("with --into"));
	return read_tee(job, err);
}

static struct policy_import import_of(const struct job *job)
{
	return (struct policy_import){
		.block = job->block ? job->block : job->name,
		.tdx = job->tdx,
		.count = job->count,
		.measurement = job->measurement,
		.rtmr1_count = job->tdx ? job->count : 0,
		.rtmr1 = job->rtmr1,
		.id_key_count = job->keys ? job->id_keys.count : 0,
		.id_key = job->id_keys.digest,
		.author_key_count = job->keys ? job->author_keys.count : 0,
		.author_key = job->author_keys.digest,
	};
}

static int print_block(const struct job *job, struct error *err)
{
	const struct policy_import import = import_of(job);
	struct bytes text = {0};
	int rc = policy_import_new(&text, &import, err);

	if (!rc)
		fwrite(text.data, 1, text.len, stdout);
	bytes_free(&text);
	return rc;
}

static void print_done(const struct job *job, const struct policy_import *import,
	const struct policy_import_done *done)
{
	printf(messages_text(job->lang,
		       job->tdx ? N_("%s, block %s: %zu values of mrtd and rtmr1 added, %zu kept, "
				     "%zu dropped\n")
				: N_("%s, block %s: %zu launch digests added, %zu kept, "
				     "%zu dropped\n")),
		job->into, import->block, done->added, done->kept, done->dropped);
}

static int change_policy(const struct job *job, struct error *err)
{
	const struct policy_import import = import_of(job);
	struct policy_import_done done = {0};
	struct bytes policy = {0}, text = {0};
	int rc = file_read(&policy, job->into, POLICY_SIZE_MAX, err);

	if (!rc)
		rc = policy_import_into(
			&text, bytes_view(&policy), &import, job->replace, &done, err);
	if (!rc)
		rc = file_write(job->into, text.data, text.len, 0644, err);
	if (!rc)
		print_done(job, &import, &done);
	bytes_free(&policy);
	bytes_free(&text);
	return rc;
}

int policy_import_run(char **argv, enum messages_lang lang)
{
	struct job *job = calloc(1, sizeof(*job));
	struct error err = {0};
	int rc = job ? take_options(job, argv, &err)
		     : error_fail(&err, HC_ENOMEM, "policy import", N_("no memory"));

	if (!rc)
		rc = check_options(job, argv, &err);
	for (char **file = argv; !rc && *file; file++)
		rc = read_release(job, *file, &err);
	if (!rc) {
		job->lang = lang;
		rc = job->into ? change_policy(job, &err) : print_block(job, &err);
	}
	free(job);
	return rc ? command_fail(&err, lang) : command_flush(COMMAND_TRUSTED, lang);
}
