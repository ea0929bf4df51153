/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration mechanism #1 and what hangs on it. */
#include "firmware/abi/layout.h"
#include "tests/walker/walker.h"

#define BAR_STRIDE 0x10000u

static void address(unsigned int slot, unsigned int offset)
{
	out(HC_PORT_PCI_ADDRESS, 4, 0x80000000u | slot << 11 | (offset & 0xfc));
}

uint32_t config_read(unsigned int slot, unsigned int offset, unsigned int size)
{
	address(slot, offset);
	return in((uint16_t)(HC_PORT_PCI_DATA + (offset & 3)), size);
}

void config_write(unsigned int slot, unsigned int offset, unsigned int size, uint32_t value)
{
	address(slot, offset);
	out((uint16_t)(HC_PORT_PCI_DATA + (offset & 3)), size, value);
}

static unsigned int find_cap(unsigned int slot, uint8_t id, unsigned int type)
{
	unsigned int at = config_read(slot, 0x34, 1);

	for (unsigned int i = 0; at && i < 48; i++) {
		if (config_read(slot, at, 1) == id &&
			(id != 9 || config_read(slot, at + 3, 1) == type))
			return at;
		at = config_read(slot, at + 1, 1);
	}
	return 0;
}

void place_device(const struct device *d)
{
	config_write(d->slot, 4, 2, 0);
	config_write(d->slot, 0x10, 4, d->bar);
	config_write(d->slot, 4, 2, 6);
}

void find_devices(void)
{
	for (unsigned int slot = 0; slot < 32; slot++) {
		uint32_t id = config_read(slot, 0, 4);
		struct device *d = &devices[device_count];

		if ((id & 0xffff) != 0x1af4 || device_count == 8)
			continue;
		d->slot = slot;
		d->type = (uint16_t)((id >> 16) - 0x1040);
		d->bar = (uint32_t)HC_PCI_MMIO32_GPA + BAR_STRIDE * slot;
		place_device(d);
		d->queues = (unsigned int)load(d->bar + 0x12, 2);
		device_count++;
	}
}

static void read_everything(void)
{
	for (unsigned int devfn = 0; devfn < 256; devfn++) {
		for (unsigned int offset = 0; offset < 256; offset += devfn & 7 ? 60 : 4) {
			out(HC_PORT_PCI_ADDRESS, 4, 0x80000000u | devfn << 8 | offset);
			(void)in(HC_PORT_PCI_DATA, 4);
		}
		out(HC_PORT_PCI_ADDRESS, 4, 0x80010000u | devfn << 8);
		out(HC_PORT_PCI_DATA, 4, 0xffffffff);
	}
}

/* Every register, at every size and alignment, with all ones and zeroes. */
static void write_everything(unsigned int slot)
{
	for (unsigned int offset = 0; offset < 256; offset++) {
		for (unsigned int size = 1; size <= 4; size *= 2) {
			config_write(slot, offset, size, 0xffffffff);
			config_write(slot, offset, size, 0);
		}
		(void)config_read(slot, offset, 1u << (offset % 3));
	}
}

void walk_config(void)
{
	read_everything();
	write_everything(0);
	for (unsigned int i = 0; i < device_count; i++) {
		write_everything(devices[i].slot);
		place_device(&devices[i]);
	}
}

void walk_bars(void)
{
	static const uint32_t places[] = {0, 0x1000, 0x100000, 0x1000000, 0xbfff8000, 0xc0000000,
		0xdfff8000, 0xe0000000, 0xfdff8000, 0xfe000000, 0xfec00000, 0xfee00000, 0xffff8000,
		0xffffffff};

	for (unsigned int i = 0; i < device_count; i++) {
		const struct device *d = &devices[i];

		config_write(d->slot, 4, 2, 6);
		for (unsigned int p = 0; p < sizeof(places) / sizeof(places[0]); p++) {
			config_write(d->slot, 0x10, 4, places[p]);
			(void)load(places[p] & ~0x7fffu, 4);
			(void)load((places[p] & ~0x7fffu) + BAR_DEVICE, 8);
		}
		/* Onto each other, whole and half, decoded all the while. */
		for (unsigned int o = 0; o < device_count; o++) {
			config_write(d->slot, 0x10, 4, devices[o].bar);
			(void)load(devices[o].bar + 0x14, 1);
			store(devices[o].bar + BAR_NOTIFY, 2, 0);
			config_write(d->slot, 0x12, 1, devices[o].bar >> 16 & 0xff);
		}
		for (unsigned int bar = 0x14; bar < 0x28; bar += 4)
			config_write(d->slot, bar, 4, 0xe0000000);
		place_device(d);
		/* All of it, and across its end. */
		for (uint32_t at = 0; at < BAR_SIZE; at += 0x3f8)
			for (unsigned int size = 1; size <= 8; size *= 2)
				(void)load(d->bar + at + size, size);
		for (unsigned int back = 1; back < 8; back++) {
			(void)load(d->bar + BAR_SIZE - back, 8);
			store(d->bar + BAR_SIZE - back, 8, 0);
		}
	}
}

void walk_msix(void)
{
	for (unsigned int i = 0; i < device_count; i++) {
		const struct device *d = &devices[i];
		unsigned int cap = find_cap(d->slot, 0x11, 0);

		for (uint32_t control = 0; control <= 0xc000; control += 0x4000) {
			config_write(d->slot, cap + 2, 2, control);
			for (unsigned int at = 0; at < 0x1010; at += at < 0x44 ? 1 : 0xfc) {
				for (unsigned int size = 1; size <= 8; size *= 2) {
					/* Fixed delivery mode: a walker does not reset itself. */
					store(d->bar + BAR_MSIX + at, size, ~0x0000070000000700ull);
					(void)load(d->bar + BAR_MSIX + at, size);
				}
			}
			/* Masked, pending, unmasked, at an address that is no APIC's. */
			store(d->bar + BAR_MSIX, 8, 0x100000);
			store(d->bar + 0x10, 2, 0);
			store(d->bar + 0x10, 2, 0xfffe);
		}
		config_write(d->slot, cap + 2, 2, 0x8000);
	}
}

void walk_windows(void)
{
	static const uint32_t offsets[] = {0, 1, 2, 3, 0x14, 0x16, 0x1c, 0x20, 0x34, 0x35, 0x37,
		0x38, BAR_ISR, BAR_DEVICE, BAR_DEVICE + 7, BAR_NOTIFY, BAR_NOTIFY + 0xfff, BAR_MSIX,
		BAR_MSIX + 12, 0x5000, BAR_SIZE - 1, BAR_SIZE, 0x7fffffff, 0xfffffffc, 0xffffffff};
	static const uint32_t lengths[] = {0, 1, 2, 3, 4, 5, 8, 0xff, 0x10000, 0xffffffff};

	for (unsigned int i = 0; i < device_count; i++) {
		unsigned int slot = devices[i].slot, cap = find_cap(slot, 9, 5);

		for (unsigned int n = 0; n < sizeof(offsets) / sizeof(offsets[0]) *
						     sizeof(lengths) / sizeof(lengths[0]);
			n++) {
			config_write(slot, cap + 4, 1, n % 17 ? 0 : (uint8_t)n);
			config_write(slot, cap + 8, 4, offsets[n / 10]);
			config_write(slot, cap + 12, 4, lengths[n % 10]);
			(void)config_read(slot, cap + 16, 4);
			config_write(slot, cap + 16, 4, 0x000000ff);
			config_write(slot, cap + 18, 2, 0);
		}
		store(devices[i].bar + 0x14, 1, 0);
	}
}
