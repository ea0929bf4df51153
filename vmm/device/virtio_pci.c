/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PCI side of a virtio device: capabilities, BAR, doorbells, interrupts. The common
 * configuration structure is in virtio_common.c. Registers are answered by exact size only; what
 * the specification does not allow reads 0 and changes nothing.
 */
#include "vmm/device/virtio_pci.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/bytes.h"
#include "vmm/device/virtio_common.h"

#define VENDOR_VIRTIO   0x1af4
#define DEVICE_MODERN   0x1040
#define SUBSYSTEM_FIRST 0x0040 /* virtio 1.1 section 4.1.2.1: modern subsystem ids */

/* struct virtio_pci_cap, section 4.1.4. */
#define CAP_VENDOR      0x09
#define CAP_SIZE        16
#define CAP_LEN         2
#define CAP_CFG_TYPE    3
#define CAP_BAR         4
#define CAP_OFFSET      8
#define CAP_LENGTH      12
#define CAP_NOTIFY_MUL  16 /* of the notify capability */
#define CAP_NOTIFY_SIZE 20
#define CAP_DATA        16 /* of PCI_CFG */
#define CAP_DATA_SIZE   20

#define CFG_COMMON 1
#define CFG_NOTIFY 2
#define CFG_ISR    3
#define CFG_DEVICE 4
#define CFG_PCI    5

#define ISR_QUEUE  1
#define ISR_CONFIG 2

#define NOTIFY_STRIDE 4
#define PAGE          0x1000u

bool virtio_pci_running(const struct virtio_pci *vp)
{
	return vp->status & VIRTIO_STATUS_DRIVER_OK && !(vp->status & VIRTIO_STATUS_NEEDS_RESET);
}

static void interrupt(struct virtio_pci *vp, uint16_t vector, uint8_t isr)
{
	vp->isr |= isr;
	if (vector != VIRTIO_NO_VECTOR)
		pci_msix_raise(&vp->fn, vector);
}

void virtio_pci_signal(struct virtio_pci *vp, unsigned int queue)
{
	if (virtio_pci_running(vp) && virtqueue_wants_interrupt(&vp->queue[queue]))
		interrupt(vp, vp->queue_vector[queue], ISR_QUEUE);
}

void virtio_pci_note(struct virtio_pci *vp, const char *what)
{
	vp->host->ops->complain(vp->host->ctx, vp->ops->name, what);
}

void virtio_pci_broken(struct virtio_pci *vp, const char *why)
{
	if (vp->status & VIRTIO_STATUS_NEEDS_RESET)
		return;
	virtio_pci_note(vp, why);
	vp->status |= VIRTIO_STATUS_NEEDS_RESET;
	if (vp->status & VIRTIO_STATUS_DRIVER_OK)
		interrupt(vp, vp->config_vector, ISR_CONFIG);
}

void virtio_pci_config_changed(struct virtio_pci *vp, const uint8_t *config)
{
	memcpy(vp->config, config, vp->config_len);
	vp->generation++;
	if (virtio_pci_running(vp))
		interrupt(vp, vp->config_vector, ISR_CONFIG);
}

void virtio_pci_kick(struct virtio_pci *vp, unsigned int queue)
{
	uint64_t one = 1;
	/* It fails only when it would overflow, and then it is readable anyhow. */
	ssize_t n = write(vp->doorbell[queue].fd, &one, sizeof(one));

	(void)n;
}

static void on_doorbell(void *dev, int fd, uint32_t events)
{
	struct virtio_doorbell *bell = dev;
	struct virtio_pci *vp = bell->vp;
	unsigned int queue = (unsigned int)(bell - vp->doorbell);
	uint64_t rings;

	(void)events;
	if (read(fd, &rings, sizeof(rings)) != (ssize_t)sizeof(rings))
		return;
	if (virtio_pci_running(vp) && vp->queue[queue].ready)
		vp->ops->notify(vp->dev, queue);
}

static uint64_t isr_read(struct virtio_pci *vp)
{
	uint8_t isr = vp->isr;

	vp->isr = 0;
	return isr;
}

static uint64_t config_read(const struct virtio_pci *vp, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	if (offset > vp->config_len || size > vp->config_len - offset)
		return 0;
	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)vp->config[offset + i] << (8 * i);
	return value;
}

static uint64_t bar_read(void *dev, unsigned int bar, uint64_t offset, unsigned int size)
{
	struct virtio_pci *vp = dev;
	uint64_t at = offset % PAGE;

	(void)bar;
	switch (offset - at) {
	case VIRTIO_BAR_COMMON:
		return virtio_common_read(vp, at, size);
	case VIRTIO_BAR_ISR:
		return at == 0 && size == 1 ? isr_read(vp) : 0;
	case VIRTIO_BAR_DEVICE:
		return config_read(vp, at, size);
	}
	return 0;
}

/* Doorbells that the kernel does not take for us end on the same eventfd. */
static void notify_write(struct virtio_pci *vp, uint64_t at)
{
	if (at % NOTIFY_STRIDE == 0 && at / NOTIFY_STRIDE < vp->ops->queues)
		virtio_pci_kick(vp, (unsigned int)(at / NOTIFY_STRIDE));
}

static void bar_write(
	void *dev, unsigned int bar, uint64_t offset, unsigned int size, uint64_t value)
{
	struct virtio_pci *vp = dev;
	uint64_t at = offset % PAGE;

	(void)bar;
	switch (offset - at) {
	case VIRTIO_BAR_COMMON:
		virtio_common_write(vp, at, size, value);
		break;
	case VIRTIO_BAR_NOTIFY:
		notify_write(vp, at);
		break;
	}
}

static void doorbell_bind(struct virtio_pci *vp, unsigned int queue, bool bind)
{
	struct virtio_doorbell *bell = &vp->doorbell[queue];
	uint64_t gpa = vp->bar_gpa + VIRTIO_BAR_NOTIFY + (uint64_t)NOTIFY_STRIDE * queue;
	const struct device_host *host = vp->host;

	if (bind) {
		bell->bound = host->ops->doorbell_bind(host->ctx, gpa, bell->fd) == 0;
	} else if (bell->bound) {
		host->ops->doorbell_unbind(host->ctx, gpa, bell->fd);
		bell->bound = false;
	}
}

static void bar_moved(void *dev, unsigned int bar, uint64_t gpa, bool mapped)
{
	struct virtio_pci *vp = dev;

	(void)bar;
	vp->bar_gpa = gpa;
	for (unsigned int q = 0; q < vp->ops->queues; q++)
		doorbell_bind(vp, q, mapped);
}

/*
 * PCI_CFG (section 4.1.4.7): a window of 1, 2 or 4 bytes onto a BAR. True if the access at
 * [offset, offset + size) touches its data register and the window is valid.
 */
static bool window(const struct virtio_pci *vp, unsigned int offset, unsigned int size,
	uint32_t *bar_offset, uint32_t *len)
{
	const uint8_t *cap = vp->fn.config + vp->pci_cfg_cap;
	unsigned int data = vp->pci_cfg_cap + CAP_DATA;

	if (!vp->pci_cfg_cap || offset + size <= data || offset >= data + 4)
		return false;
	*bar_offset = get_le32(cap + CAP_OFFSET);
	*len = get_le32(cap + CAP_LENGTH);
	return cap[CAP_BAR] == 0 && (*len == 1 || *len == 2 || *len == 4) &&
	       *bar_offset % *len == 0;
}

static void config_reading(void *dev, unsigned int offset, unsigned int size)
{
	struct virtio_pci *vp = dev;
	uint32_t at, len;

	if (window(vp, offset, size, &at, &len))
		put_le32(vp->fn.config + vp->pci_cfg_cap + CAP_DATA,
			(uint32_t)pci_bar_read(&vp->fn, 0, at, len));
}

static void config_written(void *dev, unsigned int offset, unsigned int size)
{
	struct virtio_pci *vp = dev;
	uint32_t at, len;

	if (window(vp, offset, size, &at, &len))
		pci_bar_write(
			&vp->fn, 0, at, len, get_le32(vp->fn.config + vp->pci_cfg_cap + CAP_DATA));
}

static const struct pci_function_ops function_ops = {
	.bar_read = bar_read,
	.bar_write = bar_write,
	.bar_moved = bar_moved,
	.config_reading = config_reading,
	.config_written = config_written,
};

static int add_cap(struct virtio_pci *vp, uint8_t type, unsigned int size, uint32_t offset,
	uint32_t length, unsigned int *at)
{
	uint8_t *cap;
	int rc = pci_add_capability(&vp->fn, CAP_VENDOR, size, at);

	if (rc)
		return rc;
	cap = vp->fn.config + *at;
	cap[CAP_LEN] = (uint8_t)size;
	cap[CAP_CFG_TYPE] = type;
	put_le32(cap + CAP_OFFSET, offset);
	put_le32(cap + CAP_LENGTH, length);
	return 0;
}

static int add_caps(struct virtio_pci *vp)
{
	unsigned int at;
	int rc;

	rc = add_cap(vp, CFG_COMMON, CAP_SIZE, VIRTIO_BAR_COMMON, VIRTIO_COMMON_SIZE, &at);
	if (!rc)
		rc = add_cap(vp, CFG_ISR, CAP_SIZE, VIRTIO_BAR_ISR, 1, &at);
	if (!rc && vp->config_len)
		rc = add_cap(vp, CFG_DEVICE, CAP_SIZE, VIRTIO_BAR_DEVICE, vp->config_len, &at);
	if (!rc)
		rc = add_cap(vp, CFG_NOTIFY, CAP_NOTIFY_SIZE, VIRTIO_BAR_NOTIFY,
			NOTIFY_STRIDE * vp->ops->queues, &at);
	if (rc)
		return rc;
	put_le32(vp->fn.config + at + CAP_NOTIFY_MUL, NOTIFY_STRIDE);
	rc = add_cap(vp, CFG_PCI, CAP_DATA_SIZE, 0, 0, &vp->pci_cfg_cap);
	if (rc)
		return rc;
	vp->fn.writable[vp->pci_cfg_cap + CAP_BAR] = 0xff;
	memset(vp->fn.writable + vp->pci_cfg_cap + CAP_OFFSET, 0xff, 12);
	return 0;
}

static int make_function(struct virtio_pci *vp)
{
	struct pci_identity id = {
		.vendor = VENDOR_VIRTIO,
		.device = (uint16_t)(DEVICE_MODERN + vp->ops->type),
		.subsystem_vendor = VENDOR_VIRTIO,
		.subsystem = (uint16_t)(SUBSYSTEM_FIRST + vp->ops->type),
		.revision = 1,
		.class_code = vp->ops->pci_class,
	};
	int rc;

	pci_function_init(&vp->fn, vp->ops->name, &id, &function_ops, vp);
	rc = pci_add_bar(&vp->fn, 0, VIRTIO_BAR_SIZE);
	if (!rc)
		rc = add_caps(vp);
	if (!rc)
		rc = pci_add_msix(&vp->fn, 0, VIRTIO_BAR_MSIX, VIRTIO_BAR_PBA, vp->ops->queues + 1);
	return rc;
}

static int make_doorbells(struct virtio_pci *vp, struct error *err)
{
	for (unsigned int q = 0; q < vp->ops->queues; q++) {
		struct virtio_doorbell *bell = &vp->doorbell[q];
		int rc;

		bell->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (bell->fd < 0)
			return error_errno(err, "eventfd", errno);
		rc = vp->host->ops->watch(vp->host->ctx, bell->fd, EPOLLIN, on_doorbell, bell);
		if (rc)
			return error_fail(err, rc, vp->ops->name, "doorbell not watched");
	}
	return 0;
}

int virtio_pci_init(struct virtio_pci *vp, const struct device_host *host, struct pci_root *root,
	unsigned int slot, const struct virtio_ops *ops, void *dev, uint64_t features,
	const uint8_t *config, unsigned int config_len, struct error *err)
{
	int rc;

	memset(vp, 0, sizeof(*vp));
	if (ops->queues > VIRTIO_QUEUES_MAX || config_len > VIRTIO_CONFIG_MAX)
		return error_fail(err, HC_EINTERNAL, ops->name, "%u queues", ops->queues);
	vp->ops = ops;
	vp->dev = dev;
	vp->host = host;
	vp->offered = features | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM |
		      VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX;
	if (config_len)
		memcpy(vp->config, config, config_len);
	vp->config_len = config_len;
	for (unsigned int q = 0; q < VIRTIO_QUEUES_MAX; q++) {
		virtqueue_init(&vp->queue[q], host->mem, ops->queue_size);
		vp->doorbell[q] = (struct virtio_doorbell){.vp = vp, .fd = -1};
	}
	virtio_common_reset(vp);
	rc = make_function(vp);
	if (rc)
		return error_fail(err, rc, ops->name, "PCI layout");
	rc = make_doorbells(vp, err);
	if (!rc && pci_attach(root, slot, &vp->fn))
		rc = error_fail(err, HC_EBUSY, ops->name, "PCI slot %u is taken", slot);
	if (rc)
		virtio_pci_fini(vp);
	return rc;
}

void virtio_pci_fini(struct virtio_pci *vp)
{
	if (!vp->ops)
		return;
	pci_detach(&vp->fn);
	for (unsigned int q = 0; q < VIRTIO_QUEUES_MAX; q++) {
		if (vp->doorbell[q].fd < 0)
			continue;
		vp->host->ops->unwatch(vp->host->ctx, vp->doorbell[q].fd);
		close(vp->doorbell[q].fd);
	}
	vp->ops = NULL;
}
