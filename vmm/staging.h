/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The staging window (DESIGN.md section 5): kernel and initrd as the host gives them to the
 * firmware, mapped from their files. Host memory that is never RAM: it is dropped once the firmware
 * has its copies.
 */
#ifndef HC_VMM_STAGING_H
#define HC_VMM_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

struct staging {
	uint8_t *host; /* NULL: not mapped */
	size_t len;    /* bytes, whole pages */
	struct view kernel, initrd;
	uint64_t kernel_offset, initrd_offset; /* bytes into the window, page aligned */
};

/* Map the files read-only; initrd_path may be NULL. Contents are not looked at. */
HC_MUST_USE int staging_open(struct staging *staging, const char *kernel_path,
	const char *initrd_path, struct error *err);
void staging_close(struct staging *staging);

#endif
