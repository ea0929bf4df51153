/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports that end a VM (firmware/abi/layout.h): reset 0x600, ACPI sleep control and status 0x601
 * and 0x602, and 0x604 through which the firmware gives the reason of a refusal.
 *
 * System calls at run time: none of its own.
 */
#ifndef HC_VMM_DEVICE_POWER_H
#define HC_VMM_DEVICE_POWER_H

#include <stdint.h>

#include "common/error.h"
#include "vmm/device/bus.h"
#include "vmm/device/host.h"

struct power {
	const struct device_host *host;
	/* Told code and detail of firmware/abi/codes.h (any value: a guest can write there too). */
	void (*refused)(void *ctx, uint8_t code, uint8_t detail);
	void *ctx;
};

/*
 * A valid refusal calls `refused` (not NULL), then host stop(VMM_EXIT_REFUSED); S5 stops with
 * VMM_EXIT_OFF, reset with VMM_EXIT_RESET. HC_EBUSY where the ports are taken.
 */
HC_MUST_USE int power_init(struct power *p, const struct device_host *host, struct bus *ports,
	void (*refused)(void *ctx, uint8_t code, uint8_t detail), void *ctx);

#endif
