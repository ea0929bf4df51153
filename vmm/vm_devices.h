/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of a VM, made from its configuration: the fixed ports, then PCI from slot 1. */
#ifndef HC_VMM_VM_DEVICES_H
#define HC_VMM_VM_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/error.h"
#include "vmm/config.h"
#include "vmm/device/cmos.h"
#include "vmm/device/pci.h"
#include "vmm/device/power.h"
#include "vmm/device/serial.h"
#include "vmm/device/virtio_blk.h"
#include "vmm/device/virtio_vsock.h"

struct vm;

struct vm_devices {
	struct serial serial;
	bool has_serial;
	struct power power;
	struct cmos cmos;
	struct pci_root pci;
	size_t blocks; /* made */
	struct virtio_blk block[VM_DRIVES_MAX];
	bool has_vsock;
	struct virtio_vsock vsock;
};

/*
 * Make all of them in the slots that vm_config_devices names, which are the manifest's. Opens
 * drives and sockets, so: before the sandbox. On error the caller still calls vm_devices_close.
 */
HC_MUST_USE int vm_devices_open(struct vm *vm, struct error *err);
/* Flush, close, unlink; all vCPU threads are gone. */
void vm_devices_close(struct vm *vm);

#endif
