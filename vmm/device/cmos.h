/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MC146818 clock at ports 0x70 and 0x71: the host's UTC, read only. No alarm, no interrupt, no
 * memory: every other register reads 0. Port 0x71 never reads 0xff (Linux would wait for it).
 *
 * System calls at run time: those of `now`.
 */
#ifndef HC_VMM_DEVICE_CMOS_H
#define HC_VMM_DEVICE_CMOS_H

#include <stdint.h>

#include "common/error.h"
#include "vmm/device/bus.h"

struct cmos {
	int64_t (*now)(void *ctx); /* seconds since 1970-01-01 UTC */
	void *ctx;
	uint8_t index, format; /* format: the writable bits of register B */
};

/* HC_EBUSY where the ports are taken. */
HC_MUST_USE int cmos_init(struct cmos *c, struct bus *ports, int64_t (*now)(void *ctx), void *ctx);

#endif
