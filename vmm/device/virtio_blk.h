/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtio-blk (virtio 1.1 section 5.2) on a raw image file or block device. One queue; requests are
 * done one after the other on the device thread, straight between the file and guest RAM. Never
 * reads or writes outside [0, capacity), and never writes at all when read only.
 *
 * System calls at run time: preadv, pwritev, fdatasync (and those of virtio_pci.h).
 */
#ifndef HC_VMM_DEVICE_VIRTIO_BLK_H
#define HC_VMM_DEVICE_VIRTIO_BLK_H

#include "vmm/device/virtio_pci.h"

#define VIRTIO_BLK_SECTOR   512
#define VIRTIO_BLK_ID_BYTES 20

struct virtio_blk {
	struct virtio_pci vp;
	int fd;
	bool read_only;
	uint64_t sectors; /* capacity, fixed at init */
	char id[VIRTIO_BLK_ID_BYTES];
	struct virtqueue_chain chain;          /* the request at hand */
	struct iovec iov[VIRTQUEUE_CHAIN_MAX]; /* its data */
};

/*
 * `fd` is a regular file or block device, open for reading and, unless `read_only`, writing; it is
 * ours after success and closed by fini. A tail of less than a sector is not offered. `id` (at most
 * 20 bytes are used) is what the guest sees as serial number. Errors: HC_EFORMAT (not a file or
 * device), HC_ERANGE (less than one sector), HC_EIO, and those of virtio_pci_init.
 */
HC_MUST_USE int virtio_blk_init(struct virtio_blk *blk, const struct device_host *host,
	struct pci_root *root, unsigned int slot, int fd, bool read_only, const char *id,
	struct error *err);
/* Safe on a struct whose init failed, or that is zeroed with fd -1. */
void virtio_blk_fini(struct virtio_blk *blk);

#endif
