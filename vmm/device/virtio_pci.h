/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virtio over PCI, modern only (virtio 1.1 section 4.1): vendor 0x1af4, device 0x1040 + type. One
 * 32 KiB memory BAR holds the four structures and the MSI-X table. VIRTIO_F_VERSION_1 and
 * VIRTIO_F_ACCESS_PLATFORM are always offered and FEATURES_OK is refused without both. A broken
 * ring ends in DEVICE_NEEDS_RESET, never in anything worse.
 *
 * System calls at run time: read and write on eventfds; those of host->ops->doorbell_bind/unbind
 * (KVM_IOEVENTFD) and ->msi (KVM_SIGNAL_MSI).
 */
#ifndef HC_VMM_DEVICE_VIRTIO_PCI_H
#define HC_VMM_DEVICE_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "vmm/device/host.h"
#include "vmm/device/pci.h"
#include "vmm/device/virtqueue.h"

#define VIRTIO_QUEUES_MAX 4
#define VIRTIO_CONFIG_MAX 64

#define VIRTIO_F_INDIRECT_DESC   (1ULL << 28)
#define VIRTIO_F_EVENT_IDX       (1ULL << 29)
#define VIRTIO_F_VERSION_1       (1ULL << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ULL << 33)

#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER      0x02
#define VIRTIO_STATUS_DRIVER_OK   0x04
#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_NEEDS_RESET 0x40
#define VIRTIO_STATUS_FAILED      0x80

#define VIRTIO_NO_VECTOR 0xffff

/* Offsets in BAR 0. */
#define VIRTIO_BAR_COMMON 0x0000
#define VIRTIO_BAR_ISR    0x1000
#define VIRTIO_BAR_DEVICE 0x2000
#define VIRTIO_BAR_NOTIFY 0x3000 /* queue n at + 4 n */
#define VIRTIO_BAR_MSIX   0x4000
#define VIRTIO_BAR_PBA    0x5000
#define VIRTIO_BAR_SIZE   0x8000

/* A kind of device. All slots are filled; called with the device lock held. */
struct virtio_ops {
	const char *name;
	uint16_t type;      /* virtio 1.1 section 5 */
	uint32_t pci_class; /* 24 bits */
	unsigned int queues;
	uint16_t queue_size;
	/* The driver set DRIVER_OK; its queues and features are final until reset. */
	void (*started)(void *dev);
	/* Forget all requests; afterwards the queues are disabled. */
	void (*reset)(void *dev);
	/* Doorbell of a ready queue, on the device thread, after started. */
	void (*notify)(void *dev, unsigned int queue);
};

struct virtio_pci;

struct virtio_doorbell {
	struct virtio_pci *vp;
	int fd; /* eventfd */
	bool bound;
};

struct virtio_pci {
	const struct virtio_ops *ops;
	void *dev;
	const struct device_host *host;
	struct pci_function fn;
	unsigned int pci_cfg_cap;
	uint64_t offered, accepted;
	uint32_t device_feature_select, driver_feature_select;
	uint8_t status, isr, generation;
	uint16_t config_vector, queue_select;
	bool bar_mapped;
	uint64_t bar_gpa;
	uint8_t config[VIRTIO_CONFIG_MAX]; /* device configuration, filled by the device */
	unsigned int config_len;
	struct virtqueue queue[VIRTIO_QUEUES_MAX];
	uint16_t queue_vector[VIRTIO_QUEUES_MAX];
	struct virtio_doorbell doorbell[VIRTIO_QUEUES_MAX];
};

/*
 * Make the function, its eventfds, and attach it to `slot`. `features` are the device's own bits
 * (transport bits are added). `vp` must not move until virtio_pci_fini.
 */
HC_MUST_USE int virtio_pci_init(struct virtio_pci *vp, const struct device_host *host,
	struct pci_root *root, unsigned int slot, const struct virtio_ops *ops, void *dev,
	uint64_t features, const uint8_t *config, unsigned int config_len, struct error *err);
/* Detach and close. Safe on a zeroed struct and after a failed init. */
void virtio_pci_fini(struct virtio_pci *vp);

/* True between DRIVER_OK and reset, while no ring is broken. */
bool virtio_pci_running(const struct virtio_pci *vp);
/* Interrupt the driver if it wants to know what was pushed to this queue. */
void virtio_pci_signal(struct virtio_pci *vp, unsigned int queue);
/* Come back through ops->notify for this queue soon, after others had their turn. */
void virtio_pci_kick(struct virtio_pci *vp, unsigned int queue);
/* Complain of something that needs no reset. */
void virtio_pci_note(struct virtio_pci *vp, const char *what);
/* The driver broke a rule: complain, DEVICE_NEEDS_RESET, nothing more until reset. */
void virtio_pci_broken(struct virtio_pci *vp, const char *why);
/* New device configuration of the same length: generation, interrupt. */
void virtio_pci_config_changed(struct virtio_pci *vp, const uint8_t *config);

#endif
