/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration space of one flat PCI bus, and where its BARs answer. What the guest writes can
 * move a BAR only inside the PCI window and never onto another device.
 */
#include "vmm/device/pci.h"

#include <string.h>

#include "common/bytes.h"
#include "firmware/abi/layout.h"
#include "vmm/device/msix.h"

/* PCI Local Bus 3.0 section 6.1: type 0 header. */
#define CFG_VENDOR       0x00
#define CFG_DEVICE       0x02
#define CFG_COMMAND      0x04
#define CFG_STATUS       0x06
#define CFG_REVISION     0x08
#define CFG_CLASS        0x09
#define CFG_CACHE_LINE   0x0c
#define CFG_BAR          0x10
#define CFG_SUBVENDOR    0x2c
#define CFG_SUBSYSTEM    0x2e
#define CFG_CAPABILITIES 0x34
#define CFG_INT_LINE     0x3c
#define CFG_FIRST_FREE   0x40

#define COMMAND_MEMORY   0x0002
#define COMMAND_WRITABLE 0x0406 /* memory space, bus master, INTx disable */
#define STATUS_CAP_LIST  0x0010

/* Mechanism #1, section 3.2.2.3.2. */
#define ADDRESS_ENABLE 0x80000000u
#define ADDRESS_STORED 0x80fffffcu

/* A host bridge that Linux has no quirks for. */
static const struct pci_identity bridge_identity = {
	.vendor = 0x1b36,
	.device = 0x0008,
	.subsystem_vendor = 0x1af4,
	.subsystem = 0x1100,
	.class_code = 0x060000,
};

static uint32_t size_mask(unsigned int size)
{
	return size >= 4 ? UINT32_MAX : (1u << (size * 8)) - 1;
}

static bool bar_access_ok(const struct pci_bar *bar, uint64_t offset, unsigned int size)
{
	if (size != 1 && size != 2 && size != 4 && size != 8)
		return false;
	return bar->size >= size && offset <= bar->size - size;
}

uint64_t pci_bar_read(struct pci_function *fn, unsigned int bar, uint64_t offset, unsigned int size)
{
	uint64_t value;

	if (bar >= PCI_BARS || !bar_access_ok(&fn->bar[bar], offset, size))
		return UINT64_MAX;
	if (msix_read(fn, bar, (uint32_t)offset, size, &value))
		return value;
	return fn->ops->bar_read(fn->dev, bar, offset, size);
}

void pci_bar_write(struct pci_function *fn, unsigned int bar, uint64_t offset, unsigned int size,
	uint64_t value)
{
	if (bar >= PCI_BARS || !bar_access_ok(&fn->bar[bar], offset, size))
		return;
	if (!msix_write(fn, bar, (uint32_t)offset, size, value))
		fn->ops->bar_write(fn->dev, bar, offset, size, value);
}

static unsigned int bar_number(const struct pci_bar *bar)
{
	return (unsigned int)(bar - bar->fn->bar);
}

static uint64_t mmio_read(void *dev, uint64_t offset, unsigned int size)
{
	struct pci_bar *bar = dev;

	return pci_bar_read(bar->fn, bar_number(bar), offset, size);
}

static void mmio_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct pci_bar *bar = dev;

	pci_bar_write(bar->fn, bar_number(bar), offset, size, value);
}

static const struct bus_ops mmio_ops = {.read = mmio_read, .write = mmio_write};

static void complain(const struct pci_function *fn, const char *what)
{
	const struct device_host *host = fn->root->host;

	host->ops->complain(host->ctx, fn->name, what);
}

static bool in_window(uint64_t gpa, uint32_t size)
{
	return gpa >= HC_PCI_MMIO32_GPA && size <= HC_PCI_MMIO32_SIZE &&
	       gpa - HC_PCI_MMIO32_GPA <= HC_PCI_MMIO32_SIZE - size;
}

static uint64_t bar_programmed(const struct pci_bar *bar)
{
	return get_le32(bar->fn->config + CFG_BAR + 4 * bar_number(bar));
}

static bool bar_wanted(const struct pci_bar *bar)
{
	return bar->size && get_le16(bar->fn->config + CFG_COMMAND) & COMMAND_MEMORY &&
	       in_window(bar_programmed(bar), bar->size);
}

static void bar_unmap(struct pci_bar *bar)
{
	struct pci_function *fn = bar->fn;

	bar->mapped = false;
	bus_remove(fn->root->mmio, bar->gpa, bar);
	fn->ops->bar_moved(fn->dev, bar_number(bar), bar->gpa, false);
}

static void bar_map(struct pci_bar *bar)
{
	struct pci_function *fn = bar->fn;
	uint64_t gpa = bar_programmed(bar);

	if (bus_add(fn->root->mmio, gpa, bar->size, &mmio_ops, bar)) {
		complain(fn, "a BAR was put onto another device; it is not mapped");
		return;
	}
	bar->gpa = gpa;
	bar->mapped = true;
	fn->ops->bar_moved(fn->dev, bar_number(bar), gpa, true);
}

/* A BAR that moves away makes room for one that was refused there, so look at all of them. */
static void remap(struct pci_root *root)
{
	for (unsigned int i = 0; i < PCI_SLOTS * PCI_BARS; i++) {
		struct pci_function *fn = root->slot[i / PCI_BARS];
		struct pci_bar *bar = fn ? &fn->bar[i % PCI_BARS] : NULL;

		if (bar && bar->mapped && (!bar_wanted(bar) || bar_programmed(bar) != bar->gpa))
			bar_unmap(bar);
	}
	for (unsigned int i = 0; i < PCI_SLOTS * PCI_BARS; i++) {
		struct pci_function *fn = root->slot[i / PCI_BARS];
		struct pci_bar *bar = fn ? &fn->bar[i % PCI_BARS] : NULL;

		if (bar && !bar->mapped && bar_wanted(bar))
			bar_map(bar);
	}
}

/* Firmware leaves BARs 0 and Linux sizes them with decoding off, so anything else is a mistake. */
static void check_placement(const struct pci_function *fn)
{
	if (!(get_le16(fn->config + CFG_COMMAND) & COMMAND_MEMORY))
		return;
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &fn->bar[i];

		if (bar->size && bar_programmed(bar) && !bar_wanted(bar))
			complain(fn, "a BAR was put outside the PCI window; it is not mapped");
	}
}

static bool overlaps(unsigned int offset, unsigned int size, unsigned int base, unsigned int len)
{
	return offset < base + len && base < offset + size;
}

static bool config_access_ok(
	const struct pci_root *root, unsigned int slot, unsigned int offset, unsigned int size)
{
	return slot < PCI_SLOTS && root->slot[slot] && size >= 1 && size <= 4 &&
	       offset < PCI_CONFIG_SIZE && (offset & 3) + size <= 4;
}

uint32_t pci_config_read(
	struct pci_root *root, unsigned int slot, unsigned int offset, unsigned int size)
{
	struct pci_function *fn;
	uint32_t dword;

	if (!config_access_ok(root, slot, offset, size))
		return size_mask(size);
	fn = root->slot[slot];
	fn->ops->config_reading(fn->dev, offset, size);
	dword = get_le32(fn->config + (offset & ~3u));
	return dword >> (8 * (offset & 3)) & size_mask(size);
}

void pci_config_write(struct pci_root *root, unsigned int slot, unsigned int offset,
	unsigned int size, uint32_t value)
{
	struct pci_function *fn;

	if (!config_access_ok(root, slot, offset, size))
		return;
	fn = root->slot[slot];
	for (unsigned int i = 0; i < size; i++) {
		uint8_t mask = fn->writable[offset + i];
		uint8_t byte = (uint8_t)(value >> (8 * i));

		fn->config[offset + i] =
			(uint8_t)((fn->config[offset + i] & ~mask) | (byte & mask));
	}
	if (overlaps(offset, size, CFG_COMMAND, 2) ||
		overlaps(offset, size, CFG_BAR, 4 * PCI_BARS)) {
		remap(root);
		check_placement(fn);
	}
	msix_flush(fn);
	fn->ops->config_written(fn->dev, offset, size);
}

/* Bus 0 and function 0 only: anything else has no slot. */
static unsigned int addressed_slot(uint32_t address)
{
	if (!(address & ADDRESS_ENABLE) || address & 0x00ff0700)
		return PCI_SLOTS;
	return address >> 11 & 31;
}

static uint64_t address_read(void *dev, uint64_t offset, unsigned int size)
{
	const struct pci_root *root = dev;

	return offset == 0 && size == 4 ? root->address : UINT64_MAX;
}

static void address_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct pci_root *root = dev;

	if (offset == 0 && size == 4)
		root->address = (uint32_t)value & ADDRESS_STORED;
}

static uint64_t data_read(void *dev, uint64_t offset, unsigned int size)
{
	struct pci_root *root = dev;

	return pci_config_read(root, addressed_slot(root->address),
		(root->address & 0xfc) + (unsigned int)offset, size);
}

static void data_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct pci_root *root = dev;

	pci_config_write(root, addressed_slot(root->address),
		(root->address & 0xfc) + (unsigned int)offset, size, (uint32_t)value);
}

static const struct bus_ops address_ops = {.read = address_read, .write = address_write};
static const struct bus_ops data_ops = {.read = data_read, .write = data_write};

static uint64_t bridge_bar_read(void *dev, unsigned int bar, uint64_t offset, unsigned int size)
{
	(void)dev, (void)bar, (void)offset, (void)size;
	return UINT64_MAX;
}

static void bridge_bar_write(
	void *dev, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	(void)dev, (void)bar, (void)offset, (void)size, (void)value;
}

static void bridge_bar_moved(void *dev, unsigned int bar, uint64_t gpa, bool mapped)
{
	(void)dev, (void)bar, (void)gpa, (void)mapped;
}

static void bridge_config(void *dev, unsigned int offset, unsigned int size)
{
	(void)dev, (void)offset, (void)size;
}

static const struct pci_function_ops bridge_ops = {
	.bar_read = bridge_bar_read,
	.bar_write = bridge_bar_write,
	.bar_moved = bridge_bar_moved,
	.config_reading = bridge_config,
	.config_written = bridge_config,
};

int pci_init(
	struct pci_root *root, const struct device_host *host, struct bus *ports, struct bus *mmio)
{
	int rc;

	memset(root, 0, sizeof(*root));
	root->host = host;
	root->mmio = mmio;
	pci_function_init(&root->bridge, "pci", &bridge_identity, &bridge_ops, NULL);
	root->bridge.root = root;
	root->slot[0] = &root->bridge;
	rc = bus_add(ports, HC_PORT_PCI_ADDRESS, 4, &address_ops, root);
	if (rc)
		return rc;
	return bus_add(ports, HC_PORT_PCI_DATA, 4, &data_ops, root);
}

void pci_function_init(struct pci_function *fn, const char *name, const struct pci_identity *id,
	const struct pci_function_ops *ops, void *dev)
{
	memset(fn, 0, sizeof(*fn));
	fn->name = name;
	fn->ops = ops;
	fn->dev = dev;
	fn->next_free = CFG_FIRST_FREE;
	put_le16(fn->config + CFG_VENDOR, id->vendor);
	put_le16(fn->config + CFG_DEVICE, id->device);
	fn->config[CFG_REVISION] = id->revision;
	fn->config[CFG_CLASS] = (uint8_t)id->class_code;
	put_le16(fn->config + CFG_CLASS + 1, (uint16_t)(id->class_code >> 8));
	put_le16(fn->config + CFG_SUBVENDOR, id->subsystem_vendor);
	put_le16(fn->config + CFG_SUBSYSTEM, id->subsystem);
	put_le16(fn->writable + CFG_COMMAND, COMMAND_WRITABLE);
	fn->writable[CFG_CACHE_LINE] = 0xff;
	fn->writable[CFG_INT_LINE] = 0xff;
}

int pci_add_bar(struct pci_function *fn, unsigned int bar, uint32_t size)
{
	if (bar >= PCI_BARS || fn->bar[bar].size)
		return HC_ERANGE;
	if (size < PCI_BAR_SIZE_MIN || size & (size - 1) || size > HC_PCI_MMIO32_SIZE)
		return HC_ERANGE;
	fn->bar[bar].fn = fn;
	fn->bar[bar].size = size;
	put_le32(fn->writable + CFG_BAR + 4 * bar, ~(size - 1));
	return 0;
}

int pci_add_capability(struct pci_function *fn, uint8_t id, unsigned int len, unsigned int *at)
{
	unsigned int here = fn->next_free;

	if (len < 2 || len > PCI_CONFIG_SIZE - here)
		return HC_ERANGE;
	fn->config[here] = id;
	fn->config[fn->last_cap ? fn->last_cap + 1 : CFG_CAPABILITIES] = (uint8_t)here;
	fn->config[CFG_STATUS] |= STATUS_CAP_LIST;
	fn->last_cap = here;
	fn->next_free = (here + len + 3) & ~3u;
	*at = here;
	return 0;
}

int pci_attach(struct pci_root *root, unsigned int slot, struct pci_function *fn)
{
	if (slot == 0 || slot >= PCI_SLOTS)
		return HC_ERANGE;
	if (root->slot[slot])
		return HC_EBUSY;
	fn->root = root;
	fn->slot = slot;
	root->slot[slot] = fn;
	return 0;
}

void pci_detach(struct pci_function *fn)
{
	if (!fn->root || fn->root->slot[fn->slot] != fn)
		return;
	for (unsigned int i = 0; i < PCI_BARS; i++)
		if (fn->bar[i].mapped)
			bar_unmap(&fn->bar[i]);
	fn->root->slot[fn->slot] = NULL;
	fn->root = NULL;
}
