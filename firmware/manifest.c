/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the manifest page: see manifest.h. A list of refusals, nothing is changed. */
#include "firmware/manifest.h"

#include <stdbool.h>
#include <string.h>

static bool all_zero(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint8_t seen = 0;

	for (size_t i = 0; i < len; i++)
		seen |= p[i];
	return seen == 0;
}

/* Bytes without a meaning: between the fields, behind the command line, behind the last device. */
static bool reserved_zero(const struct hc_manifest *m)
{
	const size_t unused = HC_DEVICES_MAX - m->device_count;

	for (uint32_t i = 0; i < m->device_count; i++) {
		if (m->device[i].reserved != 0)
			return false;
	}
	return (m->flags & ~(uint32_t)HC_MANIFEST_FLAGS) == 0 && m->reserved0 == 0 &&
	       all_zero(m->reserved1, sizeof(m->reserved1)) &&
	       all_zero(m->reserved2, sizeof(m->reserved2)) &&
	       all_zero(&m->device[m->device_count], unused * sizeof(m->device[0])) &&
	       all_zero(&m->cmdline[m->cmdline_len], sizeof(m->cmdline) - m->cmdline_len);
}

/* A blob that must be absent has no size and no digest; there is no third state. */
static bool blob_valid(const struct hc_manifest_blob *blob)
{
	if (blob->size == 0)
		return all_zero(blob->sha384, sizeof(blob->sha384));
	return blob->size <= HC_STAGING_SIZE;
}

/* In RAM of every guest that has it: below HC_BLOBS_END and above what the firmware fills. */
static bool packed_valid(const struct hc_manifest *m)
{
	if (m->packed_size == 0)
		return m->packed_base == 0;
	return m->packed_base >= HC_FIRMWARE_END && m->packed_base % HC_RAM_ALIGN == 0 &&
	       m->packed_size % HC_PAGE_SIZE == 0 && m->packed_base <= HC_BLOBS_END &&
	       m->packed_size <= HC_BLOBS_END - m->packed_base;
}

static bool ram_valid(const struct hc_manifest *m)
{
	return m->ram_min >= HC_RAM_MIN && m->ram_min <= m->ram_max && m->ram_max <= HC_RAM_MAX;
}

/* The window is a constant of the DSDT; a 64-bit window is not described to the kernel yet. */
static bool windows_valid(const struct hc_manifest *m)
{
	return m->mmio32_base == HC_PCI_MMIO32_GPA && m->mmio32_size == HC_PCI_MMIO32_SIZE &&
	       m->mmio64_base == 0 && m->mmio64_size == 0;
}

static bool device_valid(const struct hc_manifest_device *d)
{
	return d->slot >= 1 && d->slot <= HC_PCI_SLOT_MAX && d->function == 0 &&
	       d->virtio_id != 0 && (d->flags & ~(uint32_t)HC_DEVICE_READ_ONLY) == 0;
}

static bool devices_valid(const struct hc_manifest *m)
{
	for (uint32_t i = 0; i < m->device_count; i++) {
		if (!device_valid(&m->device[i]))
			return false;
		if (i > 0 && m->device[i].slot <= m->device[i - 1].slot)
			return false;
	}
	return true;
}

static bool cmdline_valid(const struct hc_manifest *m)
{
	return memchr(m->cmdline, 0, m->cmdline_len) == NULL;
}

int manifest_check(const struct hc_manifest *m, uint32_t platform_id)
{
	if (memcmp(m->magic, HC_MANIFEST_MAGIC, sizeof(m->magic)) != 0 ||
		m->version != HC_MANIFEST_VERSION || m->total_len != sizeof(*m))
		return HC_REFUSE_MANIFEST_MAGIC;
	if (m->platform != platform_id)
		return HC_REFUSE_WRONG_PLATFORM;
	/* Both counts index the page: before anything that uses them. */
	if (m->device_count > HC_DEVICES_MAX || m->cmdline_len > HC_CMDLINE_MAX)
		return HC_REFUSE_MANIFEST_RANGE;
	if (!reserved_zero(m))
		return HC_REFUSE_MANIFEST_RESERVED;
	if (m->vcpu_count < 1 || m->vcpu_count > HC_VCPUS_MAX)
		return HC_REFUSE_MANIFEST_RANGE;
	if (m->kernel.size == 0 || !blob_valid(&m->kernel) || !blob_valid(&m->initrd))
		return HC_REFUSE_MANIFEST_RANGE;
	if (!packed_valid(m))
		return HC_REFUSE_MANIFEST_RANGE;
	if (!ram_valid(m) || !windows_valid(m) || !devices_valid(m) || !cmdline_valid(m))
		return HC_REFUSE_MANIFEST_RANGE;
	if ((m->features & ~m->features_mask) != 0)
		return HC_REFUSE_MANIFEST_RANGE;
	return 0;
}
