/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test tool: the files of one boot of a firmware image, for QEMU's -device loader. The device tree
 *is not made here: the test writes it as text and dtc compiles it, so that its encoder is not ours.
 *
 *	mkboot IMAGE KERNEL INITRD|- CMDLINE VCPUS OUTDIR [lazy]
 *
 * Writes OUTDIR/manifest, OUTDIR/region-N for each region with content, OUTDIR/loads with lines
 * "file address" (hexadecimal), and OUTDIR/acpi-NAME: the tables this guest has to find.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/measure/measure.h"
#include "common/file.h"
#include "firmware/acpi.h"

#define FILE_MAX_BYTES HC_STAGING_SIZE
#define ARGS           6 /* besides "lazy" */

struct boot {
	const char *out;
	struct bytes image, kernel, initrd;
	struct fw_image parsed;
	struct hc_manifest manifest;
	bool lazy; /* the manifest lets Linux accept memory, which no tool sets for these platforms
		    */
	char loads[4096];
	size_t loads_len;
};

static int put(
	const struct boot *b, const char *name, const void *data, size_t len, struct error *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", b->out, name);
	return file_write(path, data, len, 0644, err);
}

static void list(struct boot *b, const char *name, uint64_t gpa)
{
	const int n = snprintf(b->loads + b->loads_len, sizeof(b->loads) - b->loads_len,
		"%s 0x%" PRIx64 "\n", name, gpa);

	if (n > 0 && (size_t)n < sizeof(b->loads) - b->loads_len)
		b->loads_len += (size_t)n;
}

static int regions(struct boot *b, struct error *err)
{
	char name[32];
	int rc = 0;

	for (size_t i = 0; !rc && i < b->parsed.region_count; i++) {
		const struct fw_region *r = &b->parsed.region[i];

		if (!r->data)
			continue;
		snprintf(name, sizeof(name), "region-%zu", i);
		list(b, name, r->gpa);
		rc = put(b, name, r->data, (size_t)r->pages * HC_PAGE_SIZE, err);
	}
	list(b, "manifest", HC_MANIFEST_GPA);
	list(b, "hostfdt", HC_HOSTFDT_GPA);
	return rc;
}

/* The table at `gpa` as a file of its own; its header has signature and length. */
static int table(const struct boot *b, const uint8_t *area, uint64_t gpa, struct error *err)
{
	const uint8_t *t = area + (gpa - HC_ACPI_GPA);
	char name[16];

	snprintf(name, sizeof(name), "acpi-%.4s", (const char *)t);
	return put(b, name, t, get_le32(t + 4), err);
}

/* Those that the guest's kernel shows by name: FADT, MADT (from the XSDT) and DSDT (from the FADT).
 */
static int tables(const struct boot *b, struct error *err)
{
	static uint8_t area[HC_ACPI_SIZE];
	static const struct acpi_extra none;
	const uint64_t rsdp = acpi_build(area, HC_ACPI_GPA, b->manifest.vcpu_count, &none);
	const uint8_t *xsdt = area + (get_le64(area + (rsdp - HC_ACPI_GPA) + 24) - HC_ACPI_GPA);
	const uint64_t fadt = get_le64(xsdt + 36), madt = get_le64(xsdt + 44);
	int rc = table(b, area, fadt, err);

	if (!rc)
		rc = table(b, area, madt, err);
	return rc ? rc : table(b, area, get_le64(area + (fadt - HC_ACPI_GPA) + 140), err);
}

static int boot_make(struct boot *b, const char *cmdline, uint32_t vcpus, struct error *err)
{
	struct guest_inputs in = {
		.kernel = bytes_view(&b->kernel),
		.initrd = bytes_view(&b->initrd),
		.cmdline = cmdline,
		.vcpu_count = vcpus,
	};
	int rc = fw_image_parse(&b->parsed, bytes_view(&b->image), err);

	in.platform = b->parsed.platform;
	if (!rc)
		rc = manifest_build(&b->manifest, &in, err);
	if (b->lazy)
		b->manifest.flags |= HC_MANIFEST_LAZY;
	if (!rc)
		rc = regions(b, err);
	if (!rc)
		rc = put(b, "manifest", &b->manifest, sizeof(b->manifest), err);
	if (!rc)
		rc = tables(b, err);
	return rc ? rc : put(b, "loads", b->loads, b->loads_len, err);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	struct boot b = {0};
	char line[512];
	int rc;

	b.lazy = argc == ARGS + 2 && strcmp(argv[ARGS + 1], "lazy") == 0;
	if (argc != ARGS + 1 + b.lazy) {
		fprintf(stderr,
			"usage: mkboot IMAGE KERNEL INITRD|- CMDLINE VCPUS OUTDIR [lazy]\n");
		return 2;
	}
	b.out = argv[6];
	rc = file_read(&b.image, argv[1], FILE_MAX_BYTES, &err);
	if (!rc)
		rc = file_read(&b.kernel, argv[2], FILE_MAX_BYTES, &err);
	if (!rc && argv[3][0] != '-')
		rc = file_read(&b.initrd, argv[3], FILE_MAX_BYTES, &err);
	if (!rc)
		rc = boot_make(&b, argv[4], (uint32_t)strtoul(argv[5], NULL, 10), &err);
	if (rc) {
		error_format(&err, line, sizeof(line));
		fprintf(stderr, "mkboot: %s\n", line);
	}
	bytes_free(&b.image);
	bytes_free(&b.kernel);
	bytes_free(&b.initrd);
	return rc ? 1 : 0;
}
