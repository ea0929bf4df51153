/* SPDX-License-Identifier: Apache-2.0 */
/* Right inputs, and the checkers of manifest and bzImage: see fw_samples.h. Offsets are spelled
 * out. */
#include "tests/unit/fw_samples.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "firmware/abi/hostfdt.h"

void fw_sample_manifest(struct hc_manifest *m)
{
	static const char cmdline[] = "console=ttyS0 quiet";

	memset(m, 0, sizeof(*m));
	memcpy(m->magic, HC_MANIFEST_MAGIC, sizeof(m->magic));
	m->version = HC_MANIFEST_VERSION;
	m->total_len = sizeof(*m);
	m->platform = FW_SAMPLE_PLATFORM;
	m->vcpu_count = 1;
	m->cmdline_len = sizeof(cmdline) - 1;
	memcpy(m->cmdline, cmdline, sizeof(cmdline));
	m->kernel.size = FW_SAMPLE_BZIMAGE;
	memset(m->kernel.sha384, 0x11, sizeof(m->kernel.sha384));
	m->initrd.size = 0x1234;
	memset(m->initrd.sha384, 0x22, sizeof(m->initrd.sha384));
	m->ram_min = HC_RAM_MIN;
	m->ram_max = HC_RAM_MAX;
	m->mmio32_base = HC_PCI_MMIO32_GPA;
	m->mmio32_size = HC_PCI_MMIO32_SIZE;
	m->device_count = 2;
	m->device[0] = (struct hc_manifest_device){.slot = 1, .virtio_id = 2, .flags = 1};
	m->device[1] = (struct hc_manifest_device){.slot = 31, .virtio_id = 19};
}

static void must(int rc)
{
	if (rc < 0)
		abort();
}

static void begin(void *t, const char *name, const char *type)
{
	must(fdt_begin_node(t, name));
	if (type)
		must(fdt_property(t, "device_type", type, (int)strlen(type) + 1));
}

static void cells(void *t, uint32_t address, uint32_t size)
{
	must(fdt_property_u32(t, "#address-cells", address));
	must(fdt_property_u32(t, "#size-cells", size));
}

void fw_sample_tree(uint8_t *t)
{
	const uint64_t reg[2] = {cpu_to_fdt64(0), cpu_to_fdt64(FW_SAMPLE_RAM)};

	memset(t, 0, HC_HOSTFDT_SIZE);
	must(fdt_create(t, HC_HOSTFDT_SIZE));
	must(fdt_finish_reservemap(t));
	begin(t, "", NULL);
	cells(t, 2, 2);
	must(fdt_property_string(t, "compatible", HC_FDT_COMPATIBLE));
	begin(t, "memory@0", "memory");
	must(fdt_property(t, "reg", reg, sizeof(reg)));
	must(fdt_end_node(t));
	begin(t, "cpus", NULL);
	cells(t, 1, 0);
	begin(t, "cpu@0", "cpu");
	must(fdt_property_u32(t, "reg", 0));
	must(fdt_end_node(t));
	must(fdt_end_node(t));
	begin(t, "chosen", NULL);
	must(fdt_property_u64(t, HC_FDT_KERNEL_OFFSET, 0x1000));
	must(fdt_property_u64(t, HC_FDT_INITRD_OFFSET, 0x2000000));
	must(fdt_end_node(t));
	must(fdt_end_node(t));
	must(fdt_finish(t));
}

void fw_sample_bzimage(uint8_t *f)
{
	for (size_t i = 0; i < FW_SAMPLE_BZIMAGE; i++)
		f[i] = (uint8_t)(i * 7);
	f[0x1f1] = 3;
	put_le16(f + 0x1fe, 0xaa55);
	f[0x201] = 0x6a;
	put_le32(f + 0x202, 0x53726448);
	put_le16(f + 0x206, 0x020f);
	f[0x211] = 1;
	put_le32(f + 0x22c, 0x7fffffff);
	put_le32(f + 0x230, 0x200000);
	f[0x234] = 1;
	put_le16(f + 0x236, 0x3f);
	put_le32(f + 0x238, 2047);
	put_le32(f + 0x248, 0x300);
	put_le32(f + 0x24c, 0x100);
	put_le64(f + 0x250, 0);
	put_le64(f + 0x258, 0x1000000);
	put_le32(f + 0x260, 0x300000);
}

static bool zero(const uint8_t *p, size_t from, size_t to)
{
	return bytes_all_zero(p + from, to - from);
}

static const char *devices_wrong(const uint8_t *p)
{
	const uint32_t count = get_le32(p + 208);
	int last = 0;

	if (count > 32)
		return "device count";
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *d = p + 216 + 16 * (size_t)i;

		if (d[0] <= last || d[0] > 31)
			return "slot";
		if (d[1] != 0 || get_le16(d + 2) == 0 || get_le32(d + 4) > 1 || get_le64(d + 8))
			return "device";
		last = d[0];
	}
	return zero(p, 216 + 16 * (size_t)count, 728) && zero(p, 744, 1024)
		       ? NULL
		       : "bytes behind the devices";
}

static const char *numbers_wrong(const uint8_t *p)
{
	const uint64_t min = get_le64(p + 144), max = get_le64(p + 152);

	if (get_le32(p + 24) < 1 || get_le32(p + 24) > 16)
		return "vCPUs";
	if (min < 64u << 20 || min > max || max > 1024ull << 30)
		return "RAM bounds";
	if (get_le64(p + 160) != 0xe0000000 || get_le64(p + 168) != 0x1e000000)
		return "32-bit window";
	if (get_le64(p + 176) || get_le64(p + 184))
		return "64-bit window";
	return get_le64(p + 192) & ~get_le64(p + 200) ? "features" : NULL;
}

static const char *blobs_wrong(const uint8_t *p)
{
	if (get_le64(p + 32) == 0 || get_le64(p + 32) > 512u << 20)
		return "kernel size";
	if (get_le64(p + 88) > 512u << 20)
		return "initrd size";
	return get_le64(p + 88) == 0 && !zero(p, 96, 144) ? "digest of no initrd" : NULL;
}

static const char *packed_wrong(const uint8_t *p)
{
	const uint64_t base = get_le64(p + 728), size = get_le64(p + 736);

	if (size == 0)
		return base ? "packed base" : NULL;
	if (base % (2u << 20) || base < 2u << 20 || base >= 1u << 30)
		return "packed base";
	return size % 4096 || size > (1u << 30) - base ? "packed size" : NULL;
}

const char *fw_manifest_wrong(const uint8_t p[HC_PAGE_SIZE], uint32_t platform)
{
	const uint32_t len = get_le32(p + 28);
	const char *wrong;

	if (memcmp(p, "HCMANIF\x01", 8) != 0 || get_le32(p + 8) != 1 || get_le32(p + 12) != 4096)
		return "magic";
	if (get_le32(p + 16) != platform || get_le32(p + 20) > 1 || get_le32(p + 212) != 0)
		return "platform, flags or reserved0";
	if (len > 2047 || !zero(p, 1024 + (size_t)len, 4096))
		return "bytes behind the command line";
	for (uint32_t i = 0; i < len; i++) {
		if (p[1024 + i] == 0)
			return "NUL in the command line";
	}
	wrong = numbers_wrong(p);
	if (!wrong)
		wrong = blobs_wrong(p);
	if (!wrong)
		wrong = packed_wrong(p);
	return wrong ? wrong : devices_wrong(p);
}

const char *fw_bzimage_wrong(const struct bzimage *bz, const uint8_t *f, size_t len)
{
	const uint64_t code = 512 * ((f[0x1f1] ? (uint64_t)f[0x1f1] : 4) + 1);

	if (len < 0x290 || memcmp(f + 0x1fe, "\x55\xaa", 2) != 0 ||
		memcmp(f + 0x202, "HdrS", 4) != 0)
		return "magic";
	if (get_le16(f + 0x206) < 0x20c || !(f[0x211] & 1) || !(f[0x236] & 1))
		return "protocol";
	if (bz->code_offset != code || code >= len)
		return "setup size";
	if (bz->header_end > 0x290 || bz->header_end > code || bz->header_end < 0x264)
		return "header size";
	if (bz->load != get_le64(f + 0x258) || bz->load < 0x150000 || bz->load & 0x1fffff)
		return "load address";
	if (bz->init_size != get_le32(f + 0x260) || bz->init_size < len - code)
		return "init_size";
	if (len - code <= 0x200)
		return "no room for the entry";
	if (get_le32(f + 0x248) + (uint64_t)get_le32(f + 0x24c) > len - code)
		return "payload";
	if (bz->initrd_end != get_le32(f + 0x22c) + 1ull)
		return "initrd_addr_max";
	return memcmp(bz->header, f + 0x1f1, bz->header_end - 0x1f1) == 0 ? NULL : "header copy";
}
