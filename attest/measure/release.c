/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a release: what is measured for it. Its JSON is in release_json.c. */
#include "attest/measure/release.h"

#include "attest/measure/measure_tdx.h"

int release_set_name(
	char out[RELEASE_NAME_SIZE], const char *value, const char *what, struct error *err)
{
	size_t len = strlen(value);
	bool plain = len > 0 && len < RELEASE_NAME_SIZE;

	for (size_t i = 0; plain && i < len; i++)
		plain = value[i] >= ' ' && value[i] <= '~';
	if (!plain) {
		error_fail(err, HC_EFORMAT, what, "\"%.40s\"", value);
		error_expected(err, "1 to %d printable ASCII characters", RELEASE_NAME_SIZE - 1);
		return HC_EFORMAT;
	}
	memcpy(out, value, len + 1);
	return 0;
}

void release_set_guest(struct release *r, const struct hc_manifest *m)
{
	r->kernel = m->kernel;
	r->initrd = m->initrd;
	r->cmdline_len = m->cmdline_len;
	memcpy(r->cmdline, m->cmdline, sizeof(r->cmdline));
	r->cmdline[r->cmdline_len] = '\0';
	r->ram_min = m->ram_min;
	r->ram_max = m->ram_max;
	r->device_count = m->device_count;
	memcpy(r->device, m->device, sizeof(r->device));
}

static int measure(struct release_launch *launch, const struct fw_image *image,
	const struct hc_manifest *m, struct error *err)
{
	int ret = crypto_sha384(launch->manifest, m, sizeof(*m));

	launch->vcpus = m->vcpu_count;
	if (ret)
		return error_fail(err, ret, "manifest", "hashing failed");
	if (image->platform == HC_PLATFORM_SNP || image->platform == HC_PLATFORM_SIM_SNP)
		return measure_snp(
			launch->measurement, image, m, SNP_SEV_FEATURES, NULL, NULL, err);
	ret = measure_tdx(launch->measurement, image, m, NULL, NULL, err);
	return ret ? ret : measure_tdx_rtmrs(launch->rtmr, m, err);
}

/* Where an image of this platform goes, the others moved; NULL where there is one. */
static struct release_image *place(struct release *r, enum hc_platform platform)
{
	size_t at = 0;

	while (at < r->image_count && r->image[at].platform < platform)
		at++;
	if (at < r->image_count && r->image[at].platform == platform)
		return NULL;
	memmove(&r->image[at + 1], &r->image[at], (r->image_count - at) * sizeof(r->image[0]));
	r->image_count++;
	r->image[at] = (struct release_image){.platform = platform};
	return &r->image[at];
}

static int check(const struct fw_image *image, uint32_t vcpus, struct error *err)
{
	if (image->platform == HC_PLATFORM_PLAIN) {
		error_fail(err, HC_EUNSUPPORTED, "firmware image", "platform plain");
		error_expected(err, "an image that is measured: plain guests are not");
		return HC_EUNSUPPORTED;
	}
	if (vcpus == 0 || vcpus >> HC_VCPUS_MAX) {
		error_fail(err, HC_ERANGE, "vCPUs", "0x%x", vcpus);
		error_expected(err, "1 to %d", HC_VCPUS_MAX);
		return HC_ERANGE;
	}
	return 0;
}

int release_add_image(struct release *r, struct view firmware, const struct fw_image *image,
	const struct hc_manifest *manifest, uint32_t vcpus, struct error *err)
{
	struct hc_manifest m = *manifest;
	struct release_image *out;
	int ret = check(image, vcpus, err);

	if (ret)
		return ret;
	out = place(r, image->platform);
	if (!out)
		return error_fail(err, HC_EMISMATCH, "firmware images", "two for %s",
			fw_platform_name(image->platform));
	out->firmware.size = firmware.len;
	ret = crypto_sha384(out->firmware.sha384, firmware.data, firmware.len);
	if (ret)
		return error_fail(err, ret, "firmware image", "hashing failed");
	for (uint32_t n = 1; ret == 0 && n <= HC_VCPUS_MAX; n++) {
		if (!(vcpus >> (n - 1) & 1))
			continue;
		m.vcpu_count = n;
		ret = measure(&out->launch[out->launch_count++], image, &m, err);
	}
	return ret;
}

int release_add_key(struct release_keys *keys, const uint8_t digest[SHA384_SIZE], struct error *err)
{
	size_t at = 0;
	int order = 1;

	while (at < keys->count && (order = memcmp(keys->digest[at], digest, SHA384_SIZE)) < 0)
		at++;
	if (at < keys->count && order == 0)
		return 0;
	if (keys->count == RELEASE_KEYS_MAX)
		return error_fail(err, HC_ERANGE, "keys", "more than %d", RELEASE_KEYS_MAX);
	memmove(keys->digest[at + 1], keys->digest[at], (keys->count - at) * SHA384_SIZE);
	memcpy(keys->digest[at], digest, SHA384_SIZE);
	keys->count++;
	return 0;
}
