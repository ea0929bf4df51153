/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seam between the boot flow and the platform it runs on: one image is built for each platform,
 * and each fills all slots below in a file of its own (plat_*.c). No other file of the firmware may
 * know which platform it is.
 *
 * Slots that return int give 0 or an enum hc_refusal, with which main.c calls `die`.
 */
#ifndef HC_FIRMWARE_PLATFORM_H
#define HC_FIRMWARE_PLATFORM_H

#include <stdint.h>

#include "firmware/abi/manifest.h"
#include "firmware/acpi.h"
#include "firmware/refusal.h"

struct platform {
	uint32_t id;            /* enum hc_platform; manifest.platform must equal it */
	uint64_t private_bits;  /* of a page table entry that maps private memory; constant */
	struct acpi_extra acpi; /* what the tables have beyond those of every guest */

	/*
	 * Is this the platform the image was built for, in the state that `manifest`, which is
	 * valid, names? Asked before any other slot but die.
	 */
	FW_MUST_USE int (*identify)(const struct hc_manifest *manifest);

	/*
	 * Take [gpa, gpa + len_bytes) into private memory; both are multiples of the page size.
	 * Called once for every page of RAM that no launch page is, in ascending order, never
	 * twice.
	 */
	FW_MUST_USE int (*accept)(uint64_t gpa, uint64_t len_bytes);

	/* Make the staging window readable; take it away again. Between the two, and only there: */
	void (*map_staging)(void);
	void (*unmap_staging)(void);

	/*
	 * Copy bytes of the staging window to private memory, each of them read exactly once. The
	 * caller has checked that they lie inside the window. What was copied is hostile, what is
	 * left in the window may already differ from it.
	 */
	void (*staging_read)(void *to, uint64_t offset, uint64_t len_bytes);

	/* Extend run-time measurement registers with the manifest, where the platform has any. */
	FW_MUST_USE int (*measure)(const struct hc_manifest *manifest);

	/*
	 * What Linux has to know of this platform, as a chain of struct setup_data in
	 * HC_SETUP_DATA_GPA, which is zero before. Gives the guest-physical address of the first, 0
	 * if there is none.
	 */
	uint64_t (*setup_data)(void);

	/*
	 * Where the other vCPUs wait in the firmware for Linux to name them: let them look. The
	 * last thing before the jump.
	 */
	void (*release_vcpus)(void);

	/* Tell the host the refusal (enum hc_refusal) and stop for ever, even if resumed. */
	FW_NORETURN void (*die)(uint8_t code, uint8_t detail);
};

/* The platform of this image. */
extern const struct platform platform;

#endif
