/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-measure manifest: the manifest of a release (attest/measure/release.h) of a guest of hc-vmm,
 * for one or more firmware images and numbers of vCPUs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "attest/check/measure_command.h"
#include "attest/check/measure_guest.h"
#include "attest/measure/id_block.h"
#include "attest/measure/release.h"
#include "common/file.h"

#define KEY_MAX 8192 /* bytes of a key file */

struct job {
	struct measure_guest guest;
	struct release release;
	size_t firmware_count;
	const char *firmware[RELEASE_IMAGES_MAX]; /* none: the configured, or the built-in one */
	uint32_t vcpus;                           /* bit n - 1: n vCPUs; 0: as configured */
	const char *output;                       /* NULL: standard output */
};

static const struct option options[] = {
	MEASURE_GUEST_OPTIONS,
	{"vcpus", required_argument, NULL, 'n'},
	{"name", required_argument, NULL, 'm'},
	{"release", required_argument, NULL, 'r'},
	{"id-key", required_argument, NULL, 'k'},
	{"author-key", required_argument, NULL, 'a'},
	{"output", required_argument, NULL, 'w'},
	{0},
};

/* "N", "A-B", or several of them with commas between. */
static int take_vcpus(uint32_t *set, const char *text, struct error *err)
{
	int ret = 0;

	*set = 0;
	while (ret == 0 && *text) {
		const char *comma = strchrnul(text, ',');
		struct measure_range range;
		char part[16] = "";

		if ((size_t)(comma - text) < sizeof(part))
			memcpy(part, text, (size_t)(comma - text));
		ret = measure_range(&range, part, HC_VCPUS_MAX, err);
		for (uint32_t n = range.first; ret == 0 && n <= range.last; n++)
			*set |= 1U << (n - 1);
		text = *comma ? comma + 1 : comma;
	}
	return ret;
}

static int take_key(struct release_keys *keys, const char *path, struct error *err)
{
	struct bytes file = {0};
	struct crypto_ec_public key;
	uint8_t digest[SHA384_SIZE];
	int ret = file_read(&file, path, KEY_MAX, err);

	if (ret == 0)
		ret = snp_key_read(&key, bytes_view(&file), err);
	if (ret == 0)
		ret = snp_key_digest(digest, &key, err);
	if (ret == 0)
		ret = release_add_key(keys, digest, err);
	bytes_free(&file);
	return ret;
}

static int take_guest_option(struct job *job, const char *name, struct error *err)
{
	if (strcmp(name, "firmware") != 0)
		return vm_config_set(&job->guest.config, name, optarg, err);
	if (job->firmware_count == RELEASE_IMAGES_MAX)
		return error_fail(
			err, HC_EUSAGE, "--firmware", "more than %d times", RELEASE_IMAGES_MAX);
	job->firmware[job->firmware_count++] = optarg;
	return 0;
}

static int take_option(
	struct job *job, int option, const char *name, const char *word, struct error *err)
{
	switch (option) {
	case 'c': /* read before */
		return 0;
	case 'o':
		return take_guest_option(job, name, err);
	case 'n':
		return take_vcpus(&job->vcpus, optarg, err);
	case 'm':
		return release_set_name(job->release.name, optarg, "--name", err);
	case 'r':
		return release_set_name(job->release.version, optarg, "--release", err);
	case 'k':
		return take_key(&job->release.id_keys, optarg, err);
	case 'a':
		return take_key(&job->release.author_keys, optarg, err);
	case 'w':
		job->output = optarg;
		return 0;
	}
	return measure_bad_option(word, err);
}

static int read_request(struct job *job, int argc, char **argv, struct error *err)
{
	int at = 0, option, ret = measure_guest_config(&job->guest, argc, argv, options, err);

	while (ret == 0 && (option = getopt_long(argc, argv, "", options, &at)) != -1)
		ret = take_option(job, option, options[at].name, argv[optind - 1], err);
	if (ret == 0)
		ret = measure_no_more(argc, argv, err);
	if (ret == 0 && !job->release.name[0]) {
		error_fail(err, HC_EUSAGE, "--name", "not given");
		ret = error_expected(err, "what policies will call this guest");
	}
	if (ret == 0 && job->vcpus == 0)
		job->vcpus = 1U << (job->guest.config.vcpu_count - 1);
	return ret;
}

/* The image, and the guest's files with the first one: they are the same for all. */
static int add_image(struct job *job, const char *path, struct error *err)
{
	struct measure_guest *guest = &job->guest;
	struct hc_manifest manifest;
	int ret = 0;

	if (path) {
		/* What is named here decides, whatever platform the configuration is for. */
		bytes_free(&guest->firmware);
		free(guest->config.platform);
		guest->config.platform = NULL;
		ret = vm_config_set(&guest->config, "firmware", path, err);
	}
	if (ret == 0)
		ret = measure_guest_firmware(guest, err);
	if (ret == 0 && guest->kernel.len == 0)
		ret = measure_guest_blobs(guest, err);
	if (ret == 0)
		ret = measure_guest_manifest(guest, &manifest, err);
	if (ret)
		return ret;
	release_set_guest(&job->release, &manifest);
	return release_add_image(&job->release, bytes_view(&guest->firmware), &guest->image,
		&manifest, job->vcpus, err);
}

static int write_out(const struct job *job, struct error *err)
{
	struct bytes text = {0};
	int ret = release_write(&text, &job->release, err);

	if (ret == 0 && job->output)
		ret = file_write(job->output, text.data, text.len, 0644, err);
	else if (ret == 0 && fwrite(text.data, 1, text.len, stdout) != text.len)
		ret = error_fail(err, HC_EIO, "standard output", "not written");
	bytes_free(&text);
	return ret;
}

int measure_release(int argc, char **argv, struct error *err)
{
	static struct job job;
	int ret;

	measure_guest_init(&job.guest);
	ret = read_request(&job, argc, argv, err);
	if (ret == 0 && job.firmware_count == 0)
		ret = add_image(&job, NULL, err);
	for (size_t i = 0; ret == 0 && i < job.firmware_count; i++)
		ret = add_image(&job, job.firmware[i], err);
	if (ret == 0)
		ret = write_out(&job, err);
	measure_guest_free(&job.guest);
	return ret;
}
