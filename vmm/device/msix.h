/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSI-X of a PCI function (PCI Local Bus 3.0 section 6.8.2), as pci.c uses it. Devices call the
 * pci_msix_* functions of pci.h.
 */
#ifndef HC_VMM_DEVICE_MSIX_H
#define HC_VMM_DEVICE_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/device/pci.h"

/* True if the access touches table or PBA and is therefore dealt with. Inside the BAR. */
bool msix_read(const struct pci_function *fn, unsigned int bar, uint32_t offset, unsigned int size,
	uint64_t *value);
bool msix_write(struct pci_function *fn, unsigned int bar, uint32_t offset, unsigned int size,
	uint64_t value);
/* Deliver what is pending and no longer masked. */
void msix_flush(struct pci_function *fn);

#endif
