/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest page from the inputs of a guest. hc-vmm and hc-measure both build it here, and only
 * here; what the firmware would refuse (MANIFEST_RANGE) is refused with a reason before any launch.
 */
#include "attest/measure/measure.h"

const char *fw_platform_name(enum hc_platform platform)
{
	switch (platform) {
	case HC_PLATFORM_PLAIN:
		return "plain";
	case HC_PLATFORM_SNP:
		return "sev-snp";
	case HC_PLATFORM_TDX:
		return "tdx";
	case HC_PLATFORM_SIM_SNP:
		return "sim-snp";
	case HC_PLATFORM_SIM_TDX:
		return "sim-tdx";
	}
	return "unknown";
}

static int blob(struct hc_manifest_blob *out, struct view data)
{
	*out = (struct hc_manifest_blob){.size = data.len};
	return data.len == 0 ? 0 : crypto_sha384(out->sha384, data.data, data.len);
}

static uint64_t page_up(uint64_t len)
{
	return (len + HC_PAGE_SIZE - 1) & ~(uint64_t)(HC_PAGE_SIZE - 1);
}

static int check_blobs(const struct guest_inputs *in, struct error *err)
{
	if (in->kernel.len == 0) {
		error_fail(err, HC_ERANGE, "kernel", "0 bytes");
		return error_expected(err, "a bzImage");
	}
	if (in->kernel.len > HC_STAGING_SIZE || in->initrd.len > HC_STAGING_SIZE ||
		page_up(in->kernel.len) > HC_STAGING_SIZE - page_up(in->initrd.len)) {
		error_fail(err, HC_ERANGE, "kernel and initrd", "%zu and %zu bytes", in->kernel.len,
			in->initrd.len);
		return error_expected(err, "at most %llu MiB together", HC_STAGING_SIZE >> 20);
	}
	return 0;
}

static int check_ram(uint64_t min, uint64_t max, struct error *err)
{
	if (min < HC_RAM_MIN || max > HC_RAM_MAX || min > max || min % HC_RAM_ALIGN ||
		max % HC_RAM_ALIGN) {
		error_fail(err, HC_ERANGE, "memory", "%llu to %llu bytes", (unsigned long long)min,
			(unsigned long long)max);
		return error_expected(err, "%llu MiB to %llu MiB in steps of 2 MiB",
			HC_RAM_MIN >> 20, HC_RAM_MAX >> 20);
	}
	return 0;
}

static int check_packed(uint64_t base, uint64_t size, struct error *err)
{
	if (size == 0 && base == 0)
		return 0;
	if (size == 0 || size % HC_PAGE_SIZE || base < HC_FIRMWARE_END || base % HC_RAM_ALIGN ||
		base > HC_BLOBS_END || size > HC_BLOBS_END - base) {
		error_fail(err, HC_ERANGE, "packed range", "0x%llx bytes at 0x%llx",
			(unsigned long long)size, (unsigned long long)base);
		return error_expected(
			err, "pages below 0x%llx, from a multiple of 2 MiB", HC_BLOBS_END);
	}
	return 0;
}

static int check_devices(const struct guest_inputs *in, struct error *err)
{
	int last = 0;

	if (in->device_count > HC_DEVICES_MAX) {
		error_fail(err, HC_ERANGE, "devices", "%zu", in->device_count);
		return error_expected(err, "at most %d", HC_DEVICES_MAX);
	}
	for (size_t i = 0; i < in->device_count; i++) {
		const struct hc_manifest_device *d = &in->device[i];

		if (d->slot <= last || d->slot > 31 || d->function != 0 || d->virtio_id == 0 ||
			d->flags > 1 || d->reserved != 0) {
			error_fail(err, HC_ERANGE, "devices", "entry %zu: slot %u.%u, virtio %u", i,
				d->slot, d->function, d->virtio_id);
			return error_expected(err, "slots 1 to 31, ascending, function 0");
		}
		last = d->slot;
	}
	return 0;
}

static int check(const struct guest_inputs *in, size_t cmdline_len, struct error *err)
{
	int ret;

	if (in->vcpu_count < 1 || in->vcpu_count > HC_VCPUS_MAX) {
		error_fail(err, HC_ERANGE, "vCPUs", "%u", in->vcpu_count);
		return error_expected(err, "1 to %d", HC_VCPUS_MAX);
	}
	if (cmdline_len > HC_CMDLINE_MAX) {
		error_fail(err, HC_ERANGE, "command line", "%zu bytes", cmdline_len);
		return error_expected(err, "at most %d", HC_CMDLINE_MAX);
	}
	if (in->features & ~in->features_mask) {
		error_fail(err, HC_ERANGE, "features", "bits outside the mask");
		return error_expected(err, "features within features_mask");
	}
	ret = check_blobs(in, err);
	if (ret == 0)
		ret = check_packed(in->packed_base, in->packed_size, err);
	return ret ? ret : check_devices(in, err);
}

/* A real processor's features are exact in every manifest; what says nothing means the least. */
static void fill_features(struct hc_manifest *m, const struct guest_inputs *in)
{
	m->features = in->features;
	m->features_mask = in->features_mask;
	if ((in->platform == HC_PLATFORM_SNP || in->platform == HC_PLATFORM_TDX) &&
		in->features_mask == 0) {
		m->features = in->platform == HC_PLATFORM_SNP ? SNP_SEV_FEATURES : TDX_ATTRIBUTES;
		m->features_mask = UINT64_MAX;
	}
}

/*
 * Can this kernel accept memory by itself? It says so in the part of a bzImage that is not packed,
 * the only trace that CONFIG_UNACCEPTED_MEMORY leaves there (Linux arch/x86/boot/compressed/mem.c,
 * since 6.5). A kernel that cannot has all memory accepted for it, which takes longer and is as
 * safe.
 */
static bool kernel_accepts(struct view kernel)
{
	static const char text[] = "Cannot accept memory: unknown platform";

	return memmem(kernel.data, kernel.len, text, sizeof(text) - 1) != NULL;
}

static void fill_flags(struct hc_manifest *m, const struct guest_inputs *in)
{
	const bool accepted = in->platform == HC_PLATFORM_SNP || in->platform == HC_PLATFORM_TDX;

	if (accepted && kernel_accepts(in->kernel))
		m->flags |= HC_MANIFEST_LAZY;
}

static void fill(struct hc_manifest *m, const struct guest_inputs *in, size_t cmdline_len)
{
	memcpy(m->magic, HC_MANIFEST_MAGIC, sizeof(m->magic));
	m->version = HC_MANIFEST_VERSION;
	m->total_len = sizeof(*m);
	m->platform = in->platform;
	m->vcpu_count = in->vcpu_count;
	m->cmdline_len = (uint32_t)cmdline_len;
	m->mmio32_base = HC_PCI_MMIO32_GPA;
	m->mmio32_size = HC_PCI_MMIO32_SIZE;
	m->packed_base = in->packed_base;
	m->packed_size = in->packed_size;
	fill_features(m, in);
	fill_flags(m, in);
	m->device_count = (uint32_t)in->device_count;
	memcpy(m->device, in->device, in->device_count * sizeof(in->device[0]));
	memcpy(m->cmdline, in->cmdline ? in->cmdline : "", cmdline_len);
}

int manifest_build(struct hc_manifest *out, const struct guest_inputs *in, struct error *err)
{
	size_t cmdline_len = in->cmdline ? strlen(in->cmdline) : 0;
	struct error unused = {0};
	int ret;

	err = err ? err : &unused;
	ret = check(in, cmdline_len, err);
	memset(out, 0, sizeof(*out));
	out->ram_min = in->ram_min ? in->ram_min : HC_RAM_MIN;
	out->ram_max = in->ram_max ? in->ram_max : HC_RAM_MAX;
	if (ret == 0)
		ret = check_ram(out->ram_min, out->ram_max, err);
	if (ret)
		return ret;
	fill(out, in, cmdline_len);
	ret = blob(&out->kernel, in->kernel);
	if (ret == 0)
		ret = blob(&out->initrd, in->initrd);
	return ret ? error_fail(err, ret, "manifest", "hashing failed") : 0;
}
