/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ranges of ports or addresses, and who answers there. An access that no range holds completely
 * reaches no device.
 */
#include "vmm/device/bus.h"

static bool inside(const struct bus_range *r, uint64_t addr, unsigned int size)
{
	return addr >= r->base && r->len >= size && addr - r->base <= r->len - size;
}

static const struct bus_range *find(const struct bus *bus, uint64_t addr, unsigned int size)
{
	for (size_t i = 0; i < bus->count; i++)
		if (inside(&bus->range[i], addr, size))
			return &bus->range[i];
	return NULL;
}

static bool size_ok(unsigned int size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static uint64_t size_mask(unsigned int size)
{
	return size >= 8 ? UINT64_MAX : (UINT64_C(1) << (size * 8)) - 1;
}

int bus_add(struct bus *bus, uint64_t base, uint64_t len, const struct bus_ops *ops, void *dev)
{
	if (len == 0 || base > UINT64_MAX - (len - 1))
		return HC_ERANGE;
	for (size_t i = 0; i < bus->count; i++) {
		const struct bus_range *r = &bus->range[i];

		if (base <= r->base + (r->len - 1) && r->base <= base + (len - 1))
			return HC_EBUSY;
	}
	if (bus->count == BUS_RANGES_MAX)
		return HC_EBUSY;
	bus->range[bus->count++] = (struct bus_range){base, len, ops, dev};
	return 0;
}

void bus_remove(struct bus *bus, uint64_t base, const void *dev)
{
	for (size_t i = 0; i < bus->count; i++) {
		if (bus->range[i].base != base || bus->range[i].dev != dev)
			continue;
		bus->range[i] = bus->range[--bus->count];
		return;
	}
}

uint64_t bus_read(const struct bus *bus, uint64_t addr, unsigned int size)
{
	const struct bus_range *r = size_ok(size) ? find(bus, addr, size) : NULL;

	if (!r)
		return size_mask(size);
	return r->ops->read(r->dev, addr - r->base, size) & size_mask(size);
}

void bus_write(const struct bus *bus, uint64_t addr, unsigned int size, uint64_t value)
{
	const struct bus_range *r = size_ok(size) ? find(bus, addr, size) : NULL;

	if (r)
		r->ops->write(r->dev, addr - r->base, size, value & size_mask(size));
}
