/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Common configuration structure of a virtio PCI device (virtio 1.1 section 4.1.4.3): features,
 * status, queues. Used by virtio_pci.c.
 */
#ifndef HC_VMM_DEVICE_VIRTIO_COMMON_H
#define HC_VMM_DEVICE_VIRTIO_COMMON_H

#include "vmm/device/virtio_pci.h"

#define VIRTIO_COMMON_SIZE 0x38

uint64_t virtio_common_read(struct virtio_pci *vp, uint64_t offset, unsigned int size);
void virtio_common_write(struct virtio_pci *vp, uint64_t offset, unsigned int size, uint64_t value);
/* State after power-on, queues included; the device's own reset is not called. */
void virtio_common_reset(struct virtio_pci *vp);

#endif
