/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's side of PCI and virtio, as a well-behaved driver, with every step open to a test that
 * wants to misbehave. It reaches the device only through ports, MMIO and guest RAM.
 */
#ifndef HC_TESTS_FAKE_DRIVER_H
#define HC_TESTS_FAKE_DRIVER_H

#include "tests/unit/fake_host.h"
#include "vmm/device/virtio_pci.h"

#define DRIVER_BAR      0xe0100000ull
#define DRIVER_MSI_DATA 0x40 /* + vector */
#define DRIVER_REQUIRED (VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM)
#define DRIVER_STATUS_OK                                                                           \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK |            \
		VIRTIO_STATUS_DRIVER_OK)

struct driver_queue {
	uint16_t size;
	uint64_t desc, avail, used;
	uint16_t next_desc, avail_idx, used_seen;
};

struct driver {
	struct fake_host *fh;
	unsigned int slot;
	uint64_t bar;
	struct driver_queue queue[VIRTIO_QUEUES_MAX];
};

struct driver_buf {
	uint64_t gpa;
	uint32_t len;
};

/* Configuration mechanism #1 through the port bus. */
uint32_t driver_config_read(struct driver *d, unsigned int offset, unsigned int size);
void driver_config_write(struct driver *d, unsigned int offset, unsigned int size, uint32_t value);
/* First capability with this id (and, for id 9, cfg_type); 0 if there is none. */
unsigned int driver_find_cap(struct driver *d, uint8_t id, int cfg_type);

/* BAR at d->bar, memory decoding on, MSI-X on, vector v has data DRIVER_MSI_DATA + v. */
void driver_probe(struct driver *d, struct fake_host *fh, unsigned int slot, uint64_t bar);

uint64_t driver_read(struct driver *d, uint64_t offset, unsigned int size);
void driver_write(struct driver *d, uint64_t offset, unsigned int size, uint64_t value);
/* Fields of the common configuration structure. */
uint8_t driver_status(struct driver *d);
void driver_set_status(struct driver *d, uint8_t status);
uint64_t driver_offered(struct driver *d);
/* Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK; returns the status read back. */
uint8_t driver_negotiate(struct driver *d, uint64_t features);
/* Ring memory at `gpa` (zeroed, 4 KiB used), vector queue + 1; returns queue_enable read back. */
bool driver_queue(struct driver *d, unsigned int queue, uint16_t size, uint64_t gpa);
/* The three areas as given; nothing is zeroed. */
bool driver_queue_at(struct driver *d, unsigned int queue, uint16_t size, uint64_t desc,
	uint64_t avail, uint64_t used);

void driver_desc(struct driver *d, unsigned int queue, uint16_t index, uint64_t addr, uint32_t len,
	uint16_t flags, uint16_t next);
/* Put a head on the available ring and publish it. */
void driver_publish(struct driver *d, unsigned int queue, uint16_t head);
/* A chain of `out` readable, then `in` writable buffers, published; returns its head. */
uint16_t driver_add(struct driver *d, unsigned int queue, const struct driver_buf *bufs,
	unsigned int out, unsigned int in);
/* Doorbell, then the event loop until it is idle. */
void driver_kick(struct driver *d, unsigned int queue);
/* Next used element; false if there is none. */
bool driver_used(struct driver *d, unsigned int queue, uint32_t *id, uint32_t *len);

/* Guest RAM; aborts outside of it. */
uint8_t *driver_ram(struct driver *d, uint64_t gpa, uint64_t len);

#endif
