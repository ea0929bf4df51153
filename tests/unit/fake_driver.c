/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/fake_driver.h"

#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"

static void select_config(struct driver *d, unsigned int offset)
{
	bus_write(&d->fh->ports, 0xcf8, 4, 0x80000000u | d->slot << 11 | (offset & 0xfc));
}

uint32_t driver_config_read(struct driver *d, unsigned int offset, unsigned int size)
{
	select_config(d, offset);
	return (uint32_t)bus_read(&d->fh->ports, 0xcfc + (offset & 3), size);
}

void driver_config_write(struct driver *d, unsigned int offset, unsigned int size, uint32_t value)
{
	select_config(d, offset);
	bus_write(&d->fh->ports, 0xcfc + (offset & 3), size, value);
}

unsigned int driver_find_cap(struct driver *d, uint8_t id, int cfg_type)
{
	unsigned int at = driver_config_read(d, 0x34, 1);

	for (unsigned int i = 0; at && i < 48; i++) {
		if (driver_config_read(d, at, 1) == id &&
			(id != 9 || (int)driver_config_read(d, at + 3, 1) == cfg_type))
			return at;
		at = driver_config_read(d, at + 1, 1);
	}
	return 0;
}

void driver_probe(struct driver *d, struct fake_host *fh, unsigned int slot, uint64_t bar)
{
	unsigned int msix;

	memset(d, 0, sizeof(*d));
	d->fh = fh;
	d->slot = slot;
	d->bar = bar;
	driver_config_write(d, 0x10, 4, (uint32_t)bar);
	driver_config_write(d, 0x04, 2, 6);
	msix = driver_find_cap(d, 0x11, 0);
	if (!msix)
		return;
	driver_config_write(d, msix + 2, 2, 0x8000);
	for (unsigned int v = 0; v <= (driver_config_read(d, msix + 2, 2) & 0x7ff); v++) {
		uint64_t entry = VIRTIO_BAR_MSIX + 16ull * v;

		driver_write(d, entry, 8, 0xfee00000);
		driver_write(d, entry + 8, 4, DRIVER_MSI_DATA + v);
		driver_write(d, entry + 12, 4, 0);
	}
}

uint64_t driver_read(struct driver *d, uint64_t offset, unsigned int size)
{
	return fake_host_mmio_read(d->fh, d->bar + offset, size);
}

void driver_write(struct driver *d, uint64_t offset, unsigned int size, uint64_t value)
{
	fake_host_mmio_write(d->fh, d->bar + offset, size, value);
}

uint8_t driver_status(struct driver *d)
{
	return (uint8_t)driver_read(d, 0x14, 1);
}

void driver_set_status(struct driver *d, uint8_t status)
{
	driver_write(d, 0x14, 1, status);
}

uint64_t driver_offered(struct driver *d)
{
	uint64_t low;

	driver_write(d, 0x00, 4, 0);
	low = driver_read(d, 0x04, 4);
	driver_write(d, 0x00, 4, 1);
	return low | driver_read(d, 0x04, 4) << 32;
}

uint8_t driver_negotiate(struct driver *d, uint64_t features)
{
	driver_set_status(d, 0);
	driver_set_status(d, VIRTIO_STATUS_ACKNOWLEDGE);
	driver_set_status(d, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	driver_write(d, 0x08, 4, 0);
	driver_write(d, 0x0c, 4, (uint32_t)features);
	driver_write(d, 0x08, 4, 1);
	driver_write(d, 0x0c, 4, features >> 32);
	driver_set_status(
		d, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
	return driver_status(d);
}

bool driver_queue_at(struct driver *d, unsigned int queue, uint16_t size, uint64_t desc,
	uint64_t avail, uint64_t used)
{
	struct driver_queue *q = &d->queue[queue];

	*q = (struct driver_queue){.size = size, .desc = desc, .avail = avail, .used = used};
	driver_write(d, 0x10, 2, 0);
	driver_write(d, 0x16, 2, queue);
	driver_write(d, 0x18, 2, size);
	driver_write(d, 0x1a, 2, queue + 1);
	driver_write(d, 0x20, 4, (uint32_t)desc);
	driver_write(d, 0x24, 4, desc >> 32);
	driver_write(d, 0x28, 4, (uint32_t)avail);
	driver_write(d, 0x2c, 4, avail >> 32);
	driver_write(d, 0x30, 8, used);
	driver_write(d, 0x1c, 2, 1);
	return driver_read(d, 0x1c, 2) == 1;
}

bool driver_queue(struct driver *d, unsigned int queue, uint16_t size, uint64_t gpa)
{
	memset(driver_ram(d, gpa, 0x2000), 0, 0x2000);
	return driver_queue_at(d, queue, size, gpa, gpa + 16u * size, gpa + 0x1000);
}

uint8_t *driver_ram(struct driver *d, uint64_t gpa, uint64_t len)
{
	uint8_t *p = guest_memory_at(&d->fh->mem, gpa, len);

	if (!p)
		abort();
	return p;
}

void driver_desc(struct driver *d, unsigned int queue, uint16_t index, uint64_t addr, uint32_t len,
	uint16_t flags, uint16_t next)
{
	uint8_t *p = driver_ram(d, d->queue[queue].desc + 16u * index, 16);

	put_le64(p, addr);
	put_le32(p + 8, len);
	put_le16(p + 12, flags);
	put_le16(p + 14, next);
}

void driver_publish(struct driver *d, unsigned int queue, uint16_t head)
{
	struct driver_queue *q = &d->queue[queue];

	put_le16(driver_ram(d, q->avail + 4 + 2u * (q->avail_idx % q->size), 2), head);
	q->avail_idx++;
	put_le16(driver_ram(d, q->avail + 2, 2), q->avail_idx);
}

uint16_t driver_add(struct driver *d, unsigned int queue, const struct driver_buf *bufs,
	unsigned int out, unsigned int in)
{
	struct driver_queue *q = &d->queue[queue];
	uint16_t head = q->next_desc;

	for (unsigned int i = 0; i < out + in; i++) {
		uint16_t next = (uint16_t)((q->next_desc + 1) % q->size);
		unsigned int flags = i + 1 < out + in ? VIRTQ_DESC_F_NEXT : 0;

		if (i >= out)
			flags |= VIRTQ_DESC_F_WRITE;
		driver_desc(
			d, queue, q->next_desc, bufs[i].gpa, bufs[i].len, (uint16_t)flags, next);
		q->next_desc = next;
	}
	driver_publish(d, queue, head);
	return head;
}

void driver_kick(struct driver *d, unsigned int queue)
{
	driver_write(d, VIRTIO_BAR_NOTIFY + 4u * queue, 2, queue);
	fake_host_run(d->fh, 1000);
}

bool driver_used(struct driver *d, unsigned int queue, uint32_t *id, uint32_t *len)
{
	struct driver_queue *q = &d->queue[queue];
	const uint8_t *elem;

	if (get_le16(driver_ram(d, q->used + 2, 2)) == q->used_seen)
		return false;
	elem = driver_ram(d, q->used + 4 + 8u * (q->used_seen % q->size), 8);
	*id = get_le32(elem);
	*len = get_le32(elem + 4);
	q->used_seen++;
	return true;
}
