/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the staging window where it is mapped one to one, as it is in every image. */
#ifndef HC_FIRMWARE_STAGING_H
#define HC_FIRMWARE_STAGING_H

#include "firmware/abi/layout.h"
#include "firmware/cpu.h"

/* The slot staging_read of struct platform: each byte of host memory is read exactly once. */
static inline void staging_copy(void *to, uint64_t offset, uint64_t len_bytes)
{
	cpu_copy(to, (const void *)(HC_STAGING_GPA + offset), len_bytes);
}

#endif
