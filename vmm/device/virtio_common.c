/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Features, status and queue set-up of a virtio device. The order of section 3.1.1 is enforced: no
 * queue without FEATURES_OK, no FEATURES_OK without VERSION_1 and ACCESS_PLATFORM, nothing changes
 * after DRIVER_OK but by reset.
 */
#include "vmm/device/virtio_common.h"

enum {
	DEVICE_FEATURE_SELECT = 0x00,
	DEVICE_FEATURE = 0x04,
	DRIVER_FEATURE_SELECT = 0x08,
	DRIVER_FEATURE = 0x0c,
	CONFIG_VECTOR = 0x10,
	NUM_QUEUES = 0x12,
	DEVICE_STATUS = 0x14,
	CONFIG_GENERATION = 0x15,
	QUEUE_SELECT = 0x16,
	QUEUE_SIZE = 0x18,
	QUEUE_VECTOR = 0x1a,
	QUEUE_ENABLE = 0x1c,
	QUEUE_NOTIFY_OFF = 0x1e,
	QUEUE_DESC = 0x20,
	QUEUE_DRIVER = 0x28,
	QUEUE_DEVICE = 0x30,
};

#define REQUIRED (VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM)
#define DRIVER_BITS                                                                                \
	(VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK |              \
		VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

/* Width of the field at this offset; 0 if none starts there. 64-bit fields may be halved. */
static unsigned int width(uint64_t offset)
{
	if (offset >= VIRTIO_COMMON_SIZE)
		return 0;
	if (offset >= QUEUE_DESC)
		return offset % 4 ? 0 : 4;
	if (offset == DEVICE_STATUS || offset == CONFIG_GENERATION)
		return 1;
	if (offset >= CONFIG_VECTOR)
		return offset % 2 ? 0 : 2;
	return offset % 4 ? 0 : 4;
}

static struct virtqueue *selected(struct virtio_pci *vp)
{
	return vp->queue_select < vp->ops->queues ? &vp->queue[vp->queue_select] : NULL;
}

static uint64_t *address_field(struct virtqueue *vq, uint64_t offset)
{
	switch (offset & ~7ull) {
	case QUEUE_DESC:
		return &vq->desc;
	case QUEUE_DRIVER:
		return &vq->avail;
	}
	return &vq->used;
}

static uint64_t queue_read(struct virtio_pci *vp, uint64_t offset)
{
	struct virtqueue *vq = selected(vp);

	if (!vq)
		return offset == QUEUE_VECTOR ? VIRTIO_NO_VECTOR : 0;
	switch (offset) {
	case QUEUE_SIZE:
		return vq->size;
	case QUEUE_VECTOR:
		return vp->queue_vector[vp->queue_select];
	case QUEUE_ENABLE:
		return vq->ready;
	case QUEUE_NOTIFY_OFF:
		return vp->queue_select;
	}
	return *address_field(vq, offset) >> (offset & 4 ? 32 : 0);
}

static uint32_t feature_half(uint64_t features, uint32_t select)
{
	return select > 1 ? 0 : (uint32_t)(features >> (32 * select));
}

static uint64_t read_field(struct virtio_pci *vp, uint64_t offset)
{
	switch (offset) {
	case DEVICE_FEATURE_SELECT:
		return vp->device_feature_select;
	case DEVICE_FEATURE:
		return feature_half(vp->offered, vp->device_feature_select);
	case DRIVER_FEATURE_SELECT:
		return vp->driver_feature_select;
	case DRIVER_FEATURE:
		return feature_half(vp->accepted, vp->driver_feature_select);
	case CONFIG_VECTOR:
		return vp->config_vector;
	case NUM_QUEUES:
		return vp->ops->queues;
	case DEVICE_STATUS:
		return vp->status;
	case CONFIG_GENERATION:
		return vp->generation;
	case QUEUE_SELECT:
		return vp->queue_select;
	}
	return queue_read(vp, offset);
}

uint64_t virtio_common_read(struct virtio_pci *vp, uint64_t offset, unsigned int size)
{
	unsigned int w = width(offset);

	if (size == 8 && offset % 8 == 0 && offset >= QUEUE_DESC && w)
		return (read_field(vp, offset) & UINT32_MAX) | read_field(vp, offset + 4) << 32;
	return w && size == w ? read_field(vp, offset) : 0;
}

static void set_features(struct virtio_pci *vp, uint32_t value)
{
	unsigned int shift = 32 * vp->driver_feature_select;

	if (vp->driver_feature_select > 1 || vp->status & VIRTIO_STATUS_FEATURES_OK)
		return;
	vp->accepted = (vp->accepted & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
}

static bool features_ok(const struct virtio_pci *vp)
{
	return (vp->accepted & ~vp->offered) == 0 && (vp->accepted & REQUIRED) == REQUIRED;
}

void virtio_common_reset(struct virtio_pci *vp)
{
	vp->accepted = 0;
	vp->device_feature_select = vp->driver_feature_select = 0;
	vp->status = vp->isr = 0;
	vp->queue_select = 0;
	vp->config_vector = VIRTIO_NO_VECTOR;
	for (unsigned int q = 0; q < VIRTIO_QUEUES_MAX; q++) {
		virtqueue_reset(&vp->queue[q]);
		vp->queue_vector[q] = VIRTIO_NO_VECTOR;
	}
	pci_msix_clear(&vp->fn);
}

static void set_status(struct virtio_pci *vp, uint8_t value)
{
	uint8_t added;

	if (value == 0) {
		virtio_common_reset(vp);
		vp->ops->reset(vp->dev);
		return;
	}
	/* Section 2.1.1: a driver clears no bit but by reset. */
	added = (uint8_t)(value & DRIVER_BITS & ~vp->status);
	if (added & VIRTIO_STATUS_FEATURES_OK && !features_ok(vp)) {
		virtio_pci_note(vp, "the driver did not accept VERSION_1 and ACCESS_PLATFORM, "
				    "or accepted what was not offered");
		added &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
	}
	if (added & VIRTIO_STATUS_DRIVER_OK && !((vp->status | added) & VIRTIO_STATUS_FEATURES_OK))
		added &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	vp->status |= added;
	if (added & VIRTIO_STATUS_DRIVER_OK)
		vp->ops->started(vp->dev);
}

static void enable_queue(struct virtio_pci *vp, struct virtqueue *vq)
{
	if (!(vp->status & VIRTIO_STATUS_FEATURES_OK))
		return;
	vq->event_idx = vp->accepted & VIRTIO_F_EVENT_IDX;
	vq->indirect = vp->accepted & VIRTIO_F_INDIRECT_DESC;
	if (virtqueue_enable(vq))
		virtio_pci_note(vp, "a queue has a size, alignment or address that is not allowed");
}

static uint16_t vector_or_none(const struct virtio_pci *vp, uint64_t value)
{
	return value < vp->fn.msix.vectors ? (uint16_t)value : VIRTIO_NO_VECTOR;
}

static void set_address(struct virtqueue *vq, uint64_t offset, uint32_t value)
{
	uint64_t *field = address_field(vq, offset);

	if (offset & 4)
		*field = (*field & UINT32_MAX) | (uint64_t)value << 32;
	else
		*field = (*field & ~(uint64_t)UINT32_MAX) | value;
}

static void queue_write(struct virtio_pci *vp, uint64_t offset, uint32_t value)
{
	struct virtqueue *vq = selected(vp);

	if (!vq)
		return;
	if (offset == QUEUE_VECTOR) {
		vp->queue_vector[vp->queue_select] = vector_or_none(vp, value);
		return;
	}
	if (vq->ready || vp->status & VIRTIO_STATUS_DRIVER_OK)
		return;
	switch (offset) {
	case QUEUE_SIZE:
		vq->size = (uint16_t)value;
		break;
	case QUEUE_ENABLE:
		if (value == 1)
			enable_queue(vp, vq);
		break;
	case QUEUE_NOTIFY_OFF:
		break;
	default:
		set_address(vq, offset, value);
		break;
	}
}

static void write_field(struct virtio_pci *vp, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case DEVICE_FEATURE_SELECT:
		vp->device_feature_select = value;
		break;
	case DRIVER_FEATURE_SELECT:
		vp->driver_feature_select = value;
		break;
	case DRIVER_FEATURE:
		set_features(vp, value);
		break;
	case CONFIG_VECTOR:
		vp->config_vector = vector_or_none(vp, value);
		break;
	case DEVICE_STATUS:
		set_status(vp, (uint8_t)value);
		break;
	case QUEUE_SELECT:
		vp->queue_select = (uint16_t)value;
		break;
	case DEVICE_FEATURE:
	case NUM_QUEUES:
	case CONFIG_GENERATION:
		break; /* read only */
	default:
		queue_write(vp, offset, value);
	}
}

void virtio_common_write(struct virtio_pci *vp, uint64_t offset, unsigned int size, uint64_t value)
{
	unsigned int w = width(offset);

	if (w && size == w) {
		write_field(vp, offset, (uint32_t)value);
	} else if (size == 8 && offset % 8 == 0 && offset >= QUEUE_DESC && w) {
		write_field(vp, offset, (uint32_t)value);
		write_field(vp, offset + 4, (uint32_t)(value >> 32));
	}
}
