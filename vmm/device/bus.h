/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dispatch of port and MMIO exits to devices. One struct bus for ports, one for MMIO. A device sees
 * only accesses wholly inside its range. What nobody owns reads as all ones and ignores writes.
 */
#ifndef HC_VMM_DEVICE_BUS_H
#define HC_VMM_DEVICE_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define BUS_RANGES_MAX 96

/* `offset` from the range's base; size is 1, 2, 4 or 8; values are little-endian integers. */
struct bus_ops {
	uint64_t (*read)(void *dev, uint64_t offset, unsigned int size);
	void (*write)(void *dev, uint64_t offset, unsigned int size, uint64_t value);
};

struct bus_range {
	uint64_t base, len;
	const struct bus_ops *ops;
	void *dev;
};

/* Ranges are few and change rarely (PCI BARs); the caller serialises all calls of one bus. */
struct bus {
	size_t count;
	struct bus_range range[BUS_RANGES_MAX];
};

/* HC_ERANGE for an empty or wrapping range, HC_EBUSY for an overlap or a full bus. */
HC_MUST_USE int bus_add(
	struct bus *bus, uint64_t base, uint64_t len, const struct bus_ops *ops, void *dev);
/* Remove the range of this device at this base, if it is there. */
void bus_remove(struct bus *bus, uint64_t base, const void *dev);

uint64_t bus_read(const struct bus *bus, uint64_t addr, unsigned int size);
void bus_write(const struct bus *bus, uint64_t addr, unsigned int size, uint64_t value);

#endif
