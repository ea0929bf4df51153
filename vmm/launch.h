/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of a guest to its launch pages: firmware image, manifest, host device tree. */
#ifndef HC_VMM_LAUNCH_H
#define HC_VMM_LAUNCH_H

#include <limits.h>

#include "attest/measure/measure.h"
#include "common/bytes.h"
#include "common/error.h"
#include "vmm/config.h"
#include "vmm/staging.h"

struct vm;

/*
 * The firmware of a guest: the file that is configured, or huisclos-KIND.img in ../firmware from
 * the program. `image` points into `file`. HC_EMISMATCH where it was built for another platform.
 */
HC_MUST_USE int launch_firmware(const struct vm_config *config, struct bytes *file,
	struct fw_image *image, struct error *err);

/* Where it is looked for if none is configured: a path, whether or not there is such a file. */
HC_MUST_USE int launch_default_firmware(
	char out[PATH_MAX], enum hc_platform platform, struct error *err);

/*
 * The manifest of what is configured and staged: this hashes kernel and initrd. Where the
 * configuration names a manifest it is that one, and nothing is hashed here: whether kernel and
 * initrd are the ones it names is for the firmware to say. HC_EMISMATCH where it is for another
 * platform, vCPU count, command line or list of devices than what is configured; HC_EFORMAT for a
 * kernel that is an ELF file.
 */
HC_MUST_USE int launch_manifest(const struct vm_config *config, const struct staging *staging,
	struct hc_manifest *out, struct error *err);

/* The staging window, then every region of the image in its order, through the platform. */
HC_MUST_USE int launch_load(struct vm *vm, struct error *err);

#endif
