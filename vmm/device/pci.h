/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One flat PCI bus: configuration mechanism #1 (ports 0xcf8 and 0xcfc), 32 slots with function 0
 * only, 32-bit memory BARs, MSI-X. No INTx, no ECAM, no bridges, no I/O BARs. A BAR is on the MMIO
 * bus only while memory decoding is on and the BAR lies wholly inside the PCI window of
 * firmware/abi/layout.h; a BAR put elsewhere, or onto another device, is complained about and not
 * mapped.
 *
 * System calls at run time: none of its own; those of host->ops->msi and of what bar_moved does.
 */
#ifndef HC_VMM_DEVICE_PCI_H
#define HC_VMM_DEVICE_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/device/bus.h"
#include "vmm/device/host.h"

#define PCI_SLOTS           32
#define PCI_CONFIG_SIZE     256
#define PCI_BARS            6
#define PCI_BAR_SIZE_MIN    0x1000
#define PCI_MSIX_VECTORS    8 /* at most, per function */
#define PCI_MSIX_ENTRY_SIZE 16

struct pci_function;

/* All slots are filled. Called with the device lock held. */
struct pci_function_ops {
	/* An access wholly inside BAR `bar`, outside the MSI-X table and PBA; size 1, 2, 4 or 8. */
	uint64_t (*bar_read)(void *dev, unsigned int bar, uint64_t offset, unsigned int size);
	void (*bar_write)(
		void *dev, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value);
	/* BAR `bar` now answers at `gpa`, or (mapped false) no longer does. */
	void (*bar_moved)(void *dev, unsigned int bar, uint64_t gpa, bool mapped);
	/*
	 * Configuration space: before a read and after a write of [offset, offset + size), which
	 * lies in one aligned dword. For registers with side effects (virtio's PCI_CFG capability).
	 */
	void (*config_reading)(void *dev, unsigned int offset, unsigned int size);
	void (*config_written)(void *dev, unsigned int offset, unsigned int size);
};

struct pci_bar {
	struct pci_function *fn;
	uint32_t size; /* power of two, at least PCI_BAR_SIZE_MIN; 0: no such BAR */
	uint64_t gpa;  /* where it is mapped now */
	bool mapped;
};

struct pci_msix {
	unsigned int vectors; /* 0: no MSI-X */
	unsigned int bar, cap;
	uint32_t table, pba; /* offsets in the BAR */
	uint8_t entry[PCI_MSIX_VECTORS * PCI_MSIX_ENTRY_SIZE];
	uint64_t pending;
};

struct pci_function {
	const char *name; /* for complaints */
	const struct pci_function_ops *ops;
	void *dev;
	struct pci_root *root; /* set by pci_attach */
	unsigned int slot;
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE]; /* bits that the guest may change */
	unsigned int last_cap, next_free;  /* of the capability list */
	struct pci_bar bar[PCI_BARS];
	struct pci_msix msix;
};

struct pci_identity {
	uint16_t vendor, device, subsystem_vendor, subsystem;
	uint8_t revision;
	uint32_t class_code; /* 24 bits: base class, sub-class, interface */
};

struct pci_root {
	const struct device_host *host;
	struct bus *mmio;
	uint32_t address; /* 0xcf8 */
	struct pci_function *slot[PCI_SLOTS];
	struct pci_function bridge; /* 00:00.0 */
};

/*
 * Empty bus with a host bridge, on the ports of mechanism #1. `host`, `ports` and `mmio` stay the
 * caller's and outlive `root`. HC_EBUSY where the ports are taken.
 */
HC_MUST_USE int pci_init(
	struct pci_root *root, const struct device_host *host, struct bus *ports, struct bus *mmio);

/* Zero `fn` and give it an identity. `dev` goes to the ops. */
void pci_function_init(struct pci_function *fn, const char *name, const struct pci_identity *id,
	const struct pci_function_ops *ops, void *dev);
/* Before pci_attach. HC_ERANGE for a number, size or layout that does not fit (a bug). */
HC_MUST_USE int pci_add_bar(struct pci_function *fn, unsigned int bar, uint32_t size);
/* A capability of `len` bytes (id and next pointer included); `*at` is its offset. */
HC_MUST_USE int pci_add_capability(
	struct pci_function *fn, uint8_t id, unsigned int len, unsigned int *at);
HC_MUST_USE int pci_add_msix(struct pci_function *fn, unsigned int bar, uint32_t table,
	uint32_t pba, unsigned int vectors);

/* HC_ERANGE for a slot that does not exist (0 is the bridge), HC_EBUSY for one in use. */
HC_MUST_USE int pci_attach(struct pci_root *root, unsigned int slot, struct pci_function *fn);
/* Unmaps its BARs. No effect on a function that is not attached. */
void pci_detach(struct pci_function *fn);

/* As the guest would through mechanism #1; size 1, 2 or 4 inside one aligned dword. */
uint32_t pci_config_read(
	struct pci_root *root, unsigned int slot, unsigned int offset, unsigned int size);
void pci_config_write(struct pci_root *root, unsigned int slot, unsigned int offset,
	unsigned int size, uint32_t value);

/* Access to a BAR by its own function (PCI_CFG capability), MSI-X table included. */
uint64_t pci_bar_read(
	struct pci_function *fn, unsigned int bar, uint64_t offset, unsigned int size);
void pci_bar_write(struct pci_function *fn, unsigned int bar, uint64_t offset, unsigned int size,
	uint64_t value);

bool pci_msix_enabled(const struct pci_function *fn);
/* Deliver vector or, where it is masked, leave it pending. No effect while MSI-X is off. */
void pci_msix_raise(struct pci_function *fn, unsigned int vector);
/* Forget what is pending (device reset). */
void pci_msix_clear(struct pci_function *fn);

#endif
