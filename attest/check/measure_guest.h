/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest of hc-vmm as hc-measure's subcommands get it: the configuration and options of hc-vmm
 * run, read by the same code, and the files they name.
 */
#ifndef HC_ATTEST_CHECK_MEASURE_GUEST_H
#define HC_ATTEST_CHECK_MEASURE_GUEST_H

#include <getopt.h>

#include "attest/measure/measure.h"
#include "vmm/config.h"

struct measure_guest {
	struct vm_config config;
	struct bytes firmware, kernel, initrd;
	struct fw_image image; /* points into firmware */
	bool packed;           /* kernel and initrd where igvm pack lays them: set by it */
};

/* Entries for a table of getopt_long: --config is 'c', what vm_config_set takes is 'o'. */
#define MEASURE_GUEST_OPTIONS                                                                      \
	{"config", required_argument, NULL, 'c'}, {"firmware", required_argument, NULL, 'o'},      \
		{"kernel", required_argument, NULL, 'o'},                                          \
		{"initrd", required_argument, NULL, 'o'},                                          \
		{"cmdline", required_argument, NULL, 'o'},                                         \
		{"memory", required_argument, NULL, 'o'}, {"drive", required_argument, NULL, 'o'}, \
	{                                                                                          \
		"vsock", required_argument, NULL, 'o'                                              \
	}

/* Initialises; pair: measure_guest_free, also after an error. */
void measure_guest_init(struct measure_guest *guest);
void measure_guest_free(struct measure_guest *guest);

/* The file that --config names, wherever it stands, so that options override it. Rewinds getopt. */
HC_MUST_USE int measure_guest_config(struct measure_guest *guest, int argc, char **argv,
	const struct option *options, struct error *err);

/*
 * The image: --firmware, or the one beside the programs for the configured platform (HC_EMISSING
 * where none is configured). Sets the configuration's platform to the image's; HC_EMISMATCH where
 * it names another.
 */
HC_MUST_USE int measure_guest_firmware(struct measure_guest *guest, struct error *err);

/* Check the configuration, and read kernel (a bzImage) and initrd. */
HC_MUST_USE int measure_guest_blobs(struct measure_guest *guest, struct error *err);

/* The manifest page of what was read. */
HC_MUST_USE int measure_guest_manifest(
	const struct measure_guest *guest, struct hc_manifest *out, struct error *err);

#endif
