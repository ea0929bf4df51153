/* SPDX-License-Identifier: Apache-2.0 */
/* The event log of a TDX guest: what tools replay to get the run-time registers (abi/ccel.h). */
#ifndef HC_FIRMWARE_CCEL_H
#define HC_FIRMWARE_CCEL_H

#include <stdint.h>

#include "firmware/abi/ccel.h"
#include "firmware/abi/manifest.h"

/* All of it, into zeroed memory; `digest` is the SHA-384 of the manifest page. */
void ccel_log_build(uint8_t log[HC_CCEL_LOG_SIZE], const struct hc_manifest *manifest,
	const uint8_t digest[48]);

#endif
