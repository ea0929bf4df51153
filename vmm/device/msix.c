/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSI-X: table, pending bits, masks. An interrupt leaves only as a message to the local APICs'
 * addresses; the guest cannot make the host write anywhere else.
 */
#include "vmm/device/msix.h"

#include "common/bytes.h"

#define CAP_ID_MSIX      0x11
#define CAP_SIZE         12
#define CONTROL_ENABLE   0x8000
#define CONTROL_MASK_ALL 0x4000

/* One table entry, section 6.8.2.6 ff. */
#define ENTRY_ADDRESS 0
#define ENTRY_DATA    8
#define ENTRY_CONTROL 12
#define CONTROL_MASK  1u

#define PBA_SIZE 8 /* 64 vectors */

#define MSI_ADDRESS_BITS 0xfff00000u /* of the low half; the rest names the destination */
#define MSI_ADDRESS      0xfee00000u

static uint16_t control(const struct pci_function *fn)
{
	return get_le16(fn->config + fn->msix.cap + 2);
}

bool pci_msix_enabled(const struct pci_function *fn)
{
	return fn->msix.vectors && control(fn) & CONTROL_ENABLE;
}

static bool masked(const struct pci_function *fn, unsigned int vector)
{
	const uint8_t *entry = fn->msix.entry + vector * PCI_MSIX_ENTRY_SIZE;

	return control(fn) & CONTROL_MASK_ALL || get_le32(entry + ENTRY_CONTROL) & CONTROL_MASK;
}

static void deliver(struct pci_function *fn, unsigned int vector)
{
	const uint8_t *entry = fn->msix.entry + vector * PCI_MSIX_ENTRY_SIZE;
	const struct device_host *host = fn->root->host;

	if ((get_le32(entry + ENTRY_ADDRESS) & MSI_ADDRESS_BITS) != MSI_ADDRESS) {
		host->ops->complain(host->ctx, fn->name,
			"an MSI-X entry does not address a local APIC; interrupt dropped");
		return;
	}
	host->ops->msi(host->ctx, get_le64(entry + ENTRY_ADDRESS), get_le32(entry + ENTRY_DATA));
}

void pci_msix_raise(struct pci_function *fn, unsigned int vector)
{
	if (!fn->root || !pci_msix_enabled(fn) || vector >= fn->msix.vectors)
		return;
	if (masked(fn, vector))
		fn->msix.pending |= UINT64_C(1) << vector;
	else
		deliver(fn, vector);
}

void pci_msix_clear(struct pci_function *fn)
{
	fn->msix.pending = 0;
}

void msix_flush(struct pci_function *fn)
{
	if (!fn->msix.pending || !pci_msix_enabled(fn))
		return;
	for (unsigned int v = 0; v < fn->msix.vectors; v++) {
		uint64_t bit = UINT64_C(1) << v;

		if (!(fn->msix.pending & bit) || masked(fn, v))
			continue;
		fn->msix.pending &= ~bit;
		deliver(fn, v);
	}
}

static bool touches(uint32_t offset, unsigned int size, uint32_t base, uint32_t len)
{
	return offset < base + len && base < offset + size;
}

static bool inside(uint32_t offset, unsigned int size, uint32_t base, uint32_t len)
{
	return offset >= base && offset - base <= len - size;
}

static uint64_t load(const uint8_t *bytes, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

bool msix_read(const struct pci_function *fn, unsigned int bar, uint32_t offset, unsigned int size,
	uint64_t *value)
{
	const struct pci_msix *x = &fn->msix;
	uint32_t table_len = x->vectors * PCI_MSIX_ENTRY_SIZE;

	if (!x->vectors || bar != x->bar)
		return false;
	*value = 0;
	if (touches(offset, size, x->table, table_len)) {
		if (inside(offset, size, x->table, table_len))
			*value = load(x->entry + (offset - x->table), size);
		return true;
	}
	if (!touches(offset, size, x->pba, PBA_SIZE))
		return false;
	if (inside(offset, size, x->pba, PBA_SIZE))
		*value = x->pending >> (8 * (offset - x->pba));
	return true;
}

/* One dword of the table; reserved bits stay 0. */
static void table_write(struct pci_msix *x, uint32_t at, uint32_t value)
{
	switch (at % PCI_MSIX_ENTRY_SIZE) {
	case ENTRY_ADDRESS:
		value &= ~3u;
		break;
	case ENTRY_CONTROL:
		value &= CONTROL_MASK;
		break;
	}
	put_le32(x->entry + at, value);
}

bool msix_write(struct pci_function *fn, unsigned int bar, uint32_t offset, unsigned int size,
	uint64_t value)
{
	struct pci_msix *x = &fn->msix;
	uint32_t table_len = x->vectors * PCI_MSIX_ENTRY_SIZE;

	if (!x->vectors || bar != x->bar)
		return false;
	if (touches(offset, size, x->pba, PBA_SIZE))
		return true; /* read only */
	if (!touches(offset, size, x->table, table_len))
		return false;
	/* Section 6.8.2: aligned dwords and qwords; the result of anything else is undefined. */
	if (size < 4 || offset % size || !inside(offset, size, x->table, table_len))
		return true;
	table_write(x, offset - x->table, (uint32_t)value);
	if (size == 8)
		table_write(x, offset - x->table + 4, (uint32_t)(value >> 32));
	msix_flush(fn);
	return true;
}

static bool fits(const struct pci_function *fn, unsigned int bar, uint32_t offset, uint32_t len)
{
	return offset % 8 == 0 && fn->bar[bar].size >= len && offset <= fn->bar[bar].size - len;
}

int pci_add_msix(struct pci_function *fn, unsigned int bar, uint32_t table, uint32_t pba,
	unsigned int vectors)
{
	unsigned int cap;
	int rc;

	if (bar >= PCI_BARS || vectors == 0 || vectors > PCI_MSIX_VECTORS || fn->msix.vectors)
		return HC_ERANGE;
	if (!fits(fn, bar, table, vectors * PCI_MSIX_ENTRY_SIZE) || !fits(fn, bar, pba, PBA_SIZE) ||
		touches(pba, PBA_SIZE, table, vectors * PCI_MSIX_ENTRY_SIZE))
		return HC_ERANGE;
	rc = pci_add_capability(fn, CAP_ID_MSIX, CAP_SIZE, &cap);
	if (rc)
		return rc;
	put_le16(fn->config + cap + 2, (uint16_t)(vectors - 1));
	put_le16(fn->writable + cap + 2, CONTROL_ENABLE | CONTROL_MASK_ALL);
	put_le32(fn->config + cap + 4, table | bar);
	put_le32(fn->config + cap + 8, pba | bar);
	fn->msix = (struct pci_msix){
		.vectors = vectors, .bar = bar, .cap = cap, .table = table, .pba = pba};
	for (unsigned int v = 0; v < vectors; v++)
		put_le32(fn->msix.entry + v * PCI_MSIX_ENTRY_SIZE + ENTRY_CONTROL, CONTROL_MASK);
	return 0;
}
