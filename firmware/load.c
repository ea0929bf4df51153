/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel and initrd: see load.h. */
#include "firmware/load.h"

#include <stdbool.h>
#include <string.h>

#include "firmware/ram.h"
#include "firmware/sha384.h"

_Static_assert(sizeof(((struct hc_manifest_blob *)0)->sha384) == FW_SHA384_SIZE,
	"a blob's digest is a SHA-384");

/* The highest page-aligned place for `len_bytes` below `end`, not below `floor`. */
static bool place_below(struct range *out, uint64_t end, uint64_t floor, uint64_t len_bytes)
{
	uint64_t start;

	if (end < floor || len_bytes > end - floor)
		return false;
	start = align_down(end - len_bytes, HC_PAGE_SIZE);
	if (start < floor)
		return false;
	*out = (struct range){start, start + len_bytes};
	return true;
}

static bool digest_is(const struct hc_manifest_blob *blob, const void *bytes)
{
	uint8_t found[FW_SHA384_SIZE];
	uint8_t differ = 0;

	sha384_of(found, bytes, blob->size);
	for (size_t i = 0; i < sizeof(found); i++)
		differ |= found[i] ^ blob->sha384[i];
	return differ == 0;
}

/* Copy to `to` once, and hash what was copied; the source is not looked at again. */
static bool fetch(const struct platform *on, const struct hc_manifest *manifest,
	const struct hc_manifest_blob *blob, uint64_t offset, struct range to)
{
	void *bytes = ram_at(to.start, range_len(to));

	if (manifest->packed_size)
		memcpy(bytes, ram_at(manifest->packed_base + offset, blob->size), blob->size);
	else
		on->staging_read(bytes, offset, blob->size);
	return digest_is(blob, bytes);
}

/* Where kernel and initrd may lie: below the range that a packed guest brings them in. */
static struct range allowed_range(const struct hostinfo *info, const struct hc_manifest *manifest)
{
	uint64_t end = info->ram[0].end < HC_BLOBS_END ? info->ram[0].end : HC_BLOBS_END;

	if (manifest->packed_size && manifest->packed_base < end)
		end = manifest->packed_base;
	return (struct range){HC_FIRMWARE_END, end};
}

int load_kernel(struct loaded *out, const struct platform *on, const struct hc_manifest *manifest,
	const struct hostinfo *info)
{
	const struct range allowed = allowed_range(info, manifest);
	const uint64_t size = manifest->kernel.size;
	struct range copy;
	const uint8_t *file;
	int refusal;

	if (!place_below(&copy, allowed.end, allowed.start, size))
		return HC_REFUSE_NO_ROOM;
	if (!fetch(on, manifest, &manifest->kernel, info->kernel_offset, copy))
		return HC_REFUSE_KERNEL_DIGEST;
	file = ram_at(copy.start, size);
	refusal = bzimage_parse(&out->bzimage, file, size, manifest->cmdline_len);
	if (refusal)
		return refusal;
	if (!range_make(&out->kernel, out->bzimage.load, out->bzimage.init_size) ||
		!range_inside(out->kernel, allowed))
		return HC_REFUSE_NO_ROOM;
	/* The two may overlap; the header is already kept. What stays of the copy is plain RAM. */
	memmove(ram_at(out->kernel.start, range_len(out->kernel)), file + out->bzimage.code_offset,
		size - out->bzimage.code_offset);
	return 0;
}

int load_initrd(struct loaded *out, const struct platform *on, const struct hc_manifest *manifest,
	const struct hostinfo *info)
{
	uint64_t end = allowed_range(info, manifest).end;

	out->initrd = (struct range){0, 0};
	if (manifest->initrd.size == 0)
		return 0;
	if (end > out->bzimage.initrd_end)
		end = out->bzimage.initrd_end;
	if (!place_below(&out->initrd, end, out->kernel.end, manifest->initrd.size))
		return HC_REFUSE_NO_ROOM;
	if (!fetch(on, manifest, &manifest->initrd, info->initrd_offset, out->initrd))
		return HC_REFUSE_INITRD_DIGEST;
	return 0;
}
