/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tests and fuzz targets of the firmware share: inputs that are right, and checkers written
 * apart from the firmware that say whether what it accepted may be accepted.
 */
#ifndef HC_TESTS_FW_SAMPLES_H
#define HC_TESTS_FW_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "firmware/bzimage.h"
#include "firmware/hostfdt.h"

#define FW_SAMPLE_PLATFORM HC_PLATFORM_PLAIN
#define FW_SAMPLE_RAM      0x10000000u
#define FW_SAMPLE_BZIMAGE  8192 /* bytes */

/* One vCPU, a command line, two devices, kernel and initrd with sizes and invented digests. */
void fw_sample_manifest(struct hc_manifest *out);

/* The tree that goes with it: one range of FW_SAMPLE_RAM bytes. Writes HC_HOSTFDT_SIZE bytes. */
void fw_sample_tree(uint8_t *out);

/* A file that is a bzImage as far as the firmware looks; FW_SAMPLE_BZIMAGE bytes. */
void fw_sample_bzimage(uint8_t *out);

/* NULL, or what is wrong with it. */
const char *fw_manifest_wrong(const uint8_t page[HC_PAGE_SIZE], uint32_t platform);
const char *fw_bzimage_wrong(const struct bzimage *bz, const uint8_t *file, size_t len);

/* NULL if the tree, read token by token, has the schema and says just what `info` says. */
const char *fw_tree_wrong(const uint8_t *tree, size_t len, const struct hc_manifest *manifest,
	const struct hostinfo *info);

#endif
