/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest of a release: what a guest is made of and what every launch of it measures, in one
 * document that anybody can make again byte for byte from the same files. docs/hc-measure.md
 * describes it, docs/release.schema.json is its schema. Not the manifest page of a guest, whose
 * fields it repeats. No dates, no paths, no I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_RELEASE_H
#define HC_ATTEST_MEASURE_RELEASE_H

#include "attest/measure/ccel.h"
#include "attest/measure/measure.h"

#define RELEASE_NAME_SIZE  80 /* with the NUL */
#define RELEASE_IMAGES_MAX 4  /* one for each platform that measures */
#define RELEASE_KEYS_MAX   16
#define RELEASE_SIZE_MAX   (256U << 10) /* bytes of the document */

struct release_launch {
	uint32_t vcpus;
	uint8_t manifest[SHA384_SIZE];         /* SHA-384 of the manifest page */
	uint8_t measurement[SHA384_SIZE];      /* SNP launch digest, or MRTD */
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE]; /* TDX only; zero else */
};

struct release_image {
	enum hc_platform platform;
	struct hc_manifest_blob firmware;
	size_t launch_count;
	struct release_launch launch[HC_VCPUS_MAX]; /* ascending by vcpus */
};

struct release_keys {
	size_t count;
	uint8_t digest[RELEASE_KEYS_MAX][SHA384_SIZE]; /* ascending, none twice */
};

struct release {
	char name[RELEASE_NAME_SIZE], version[RELEASE_NAME_SIZE]; /* version may be empty */
	struct hc_manifest_blob kernel, initrd;                   /* initrd size 0: none */
	size_t cmdline_len;
	char cmdline[HC_CMDLINE_MAX + 1];
	uint64_t ram_min, ram_max; /* bytes */
	size_t device_count;
	struct hc_manifest_device device[HC_DEVICES_MAX];
	size_t image_count;
	struct release_image image[RELEASE_IMAGES_MAX]; /* ascending by platform's number */
	struct release_keys id_keys, author_keys;
};

/* 1 to 79 bytes of printable ASCII. */
HC_MUST_USE int release_set_name(
	char out[RELEASE_NAME_SIZE], const char *value, const char *what, struct error *err);

/* What the manifest page says of the guest, but for platform and vCPU count. */
void release_set_guest(struct release *release, const struct hc_manifest *manifest);

/*
 * Measure an image for each vCPU count whose bit is set in `vcpus` (bit n - 1: n vCPUs), in one
 * pass over kernel and initrd, which are hashed already. `manifest` is the guest's page for this
 * platform; its vCPU count does not matter. HC_EMISMATCH for a second image of one platform,
 * HC_EUNSUPPORTED for one that measures nothing, HC_ERANGE without vCPUs.
 */
HC_MUST_USE int release_add_image(struct release *release, struct view firmware,
	const struct fw_image *image, const struct hc_manifest *manifest, uint32_t vcpus,
	struct error *err);

/* In its place; one that is there already changes nothing. HC_ERANGE for the 17th. */
HC_MUST_USE int release_add_key(
	struct release_keys *keys, const uint8_t digest[SHA384_SIZE], struct error *err);

/* Append the document, members sorted, indented by two, a newline at its end. HC_ENOMEM. */
HC_MUST_USE int release_write(struct bytes *out, const struct release *release, struct error *err);

/*
 * Read one. Strict: unknown and repeated members, lists out of order, digests that are no 96
 * lower-case hex digits and platforms that measure nothing are refused with the member's path. It
 * says what somebody claims: whether its digests are right shows only who measures the files again.
 */
HC_MUST_USE int release_parse(struct release *out, struct view text, struct error *err);

#endif
