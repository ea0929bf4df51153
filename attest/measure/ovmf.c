/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GUIDed table at the end of an OVMF image (OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm) and
 * the SEV metadata. The table is read backwards, from 32 bytes before the end.
 */
#include <stdio.h>

#include "attest/measure/ovmf.h"

#define FOOTER_BEFORE_END 32 /* reset vector and padding follow the table */
#define ENTRY_TAIL        18 /* u16 length of the entry, GUID */

/* GUIDs as they stand in the file: first three parts little-endian. */
static const uint8_t guid_footer[16] = {/* 96b582de-1fb2-45f7-baea-a366c55a082d */
	0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08,
	0x2d};
static const uint8_t guid_sev_metadata[16] = {/* dc886566-984a-4798-a75e-5585a7bf67cc */
	0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e, 0x55, 0x85, 0xa7, 0xbf, 0x67,
	0xcc};
static const uint8_t guid_sev_es_reset[16] = {/* 00f771de-1a7e-4fcb-890e-68c77e2fb44e */
	0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f, 0x89, 0x0e, 0x68, 0xc7, 0x7e, 0x2f, 0xb4,
	0x4e};
static const uint8_t guid_hash_table[16] = {/* 7255371f-3a3b-4b04-927b-1da6efa8d454 */
	0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b, 0x92, 0x7b, 0x1d, 0xa6, 0xef, 0xa8, 0xd4,
	0x54};

/* Walk from the footer down; `want` NULL only checks that the lengths add up. */
static int walk(const struct ovmf_image *image, const uint8_t *want, struct view *found)
{
	const uint8_t *table = image->file.data + image->table;
	size_t end = image->table_len;

	while (end > 0) {
		size_t len;

		if (end < ENTRY_TAIL)
			return HC_EFORMAT;
		len = get_le16(table + end - ENTRY_TAIL);
		if (len < ENTRY_TAIL || len > end)
			return HC_EFORMAT;
		if (want && memcmp(table + end - 16, want, 16) == 0) {
			*found = (struct view){table + end - len, len - ENTRY_TAIL};
			return 0;
		}
		end -= len;
	}
	return want ? HC_EMISSING : 0;
}

bool ovmf_find(const struct ovmf_image *image, const uint8_t guid[16], struct view *out)
{
	return walk(image, guid, out) == 0;
}

static int no_table(struct error *err, size_t at)
{
	error_fail(err, HC_EFORMAT, "firmware image", "no firmware GUID table");
	error_expected(err, "the footer 96b582de-1fb2-45f7-baea-a366c55a082d");
	error_remedy(err, "give an OVMF.fd (or TDVF) image with code and variables in one file");
	return error_at(err, at);
}

static bool size_valid(size_t len)
{
	return len != 0 && len % HC_PAGE_SIZE == 0 && len <= OVMF_IMAGE_MAX;
}

bool ovmf_has_footer(struct view file)
{
	return size_valid(file.len) &&
	       memcmp(file.data + file.len - FOOTER_BEFORE_END - 16, guid_footer, 16) == 0;
}

int ovmf_parse(struct ovmf_image *out, struct view file, struct error *err)
{
	struct error unused = {0};
	size_t footer, len;

	err = err ? err : &unused;
	*out = (struct ovmf_image){.file = file};
	if (!size_valid(file.len)) {
		error_fail(err, HC_ERANGE, "firmware image", "%zu bytes", file.len);
		error_at(err, file.len);
		return error_expected(
			err, "a multiple of 4096, at most %u MiB", OVMF_IMAGE_MAX >> 20);
	}
	footer = file.len - FOOTER_BEFORE_END - ENTRY_TAIL;
	if (!ovmf_has_footer(file))
		return no_table(err, footer + 2);
	len = get_le16(file.data + footer);
	if (len < ENTRY_TAIL || len - ENTRY_TAIL > footer) {
		error_fail(err, HC_EFORMAT, "firmware GUID table: length", "%zu", len);
		return error_at(err, footer);
	}
	out->table_len = len - ENTRY_TAIL;
	out->table = footer - out->table_len;
	out->gpa = (1ULL << 32) - file.len;
	if (walk(out, NULL, NULL) != 0) {
		error_fail(err, HC_EFORMAT, "firmware GUID table", "entries that do not add up");
		return error_at(err, out->table);
	}
	return 0;
}

static int outside(
	struct error *err, const char *where, const char *what, uint32_t value, size_t at)
{
	error_fail(err, HC_EFORMAT, where, "metadata outside the image (%s 0x%x)", what, value);
	return error_at(err, at);
}

static int bad_section(
	struct error *err, size_t index, const char *what, unsigned long long found, size_t at)
{
	char where[96];

	snprintf(where, sizeof(where), "SEV metadata: section %zu: %s", index, what);
	error_fail(err, HC_EFORMAT, where, "0x%llx", found);
	return error_at(err, at);
}

/* Header: "ASEV", length, version 1, number of sections; `at` is its offset. */
static int sev_header(const struct ovmf_image *image, size_t *at, size_t *count, struct error *err)
{
	struct view entry, header;
	uint32_t offset;

	if (!ovmf_find(image, guid_sev_metadata, &entry) || entry.len != 4) {
		error_fail(err, HC_EMISSING, "firmware image", "no SEV metadata");
		error_at(err, image->table);
		return error_remedy(err, "build OVMF with SNP support (OvmfPkg, AmdSevX64)");
	}
	offset = get_le32(entry.data);
	if (offset > image->file.len || offset < 16)
		return outside(err, "SEV metadata", "offset from the end", offset,
			(size_t)(entry.data - image->file.data));
	*at = image->file.len - offset;
	header = (struct view){image->file.data + *at, offset};
	if (memcmp(header.data, "ASEV", 4) != 0)
		error_fail(err, HC_EFORMAT, "SEV metadata: signature", "0x%08x",
			get_le32(header.data));
	else if (get_le32(header.data + 8) != 1)
		error_fail(err, HC_EUNSUPPORTED, "SEV metadata: version", "%u",
			get_le32(header.data + 8));
	else if (get_le32(header.data + 12) > (offset - 16) / 12)
		outside(err, "SEV metadata", "sections", get_le32(header.data + 12), *at + 12);
	else if (get_le32(header.data + 12) > OVMF_SECTIONS_MAX)
		error_fail(
			err, HC_ERANGE, "SEV metadata: sections", "%u", get_le32(header.data + 12));
	else {
		*count = get_le32(header.data + 12);
		return 0;
	}
	return err->has_offset ? err->code : error_at(err, *at);
}

static bool known_type(uint32_t type)
{
	return (type >= OVMF_SEV_SEC_MEM && type <= OVMF_SEV_SVSM_CAA) ||
	       type == OVMF_SEV_KERNEL_HASHES;
}

static bool one_page_type(enum ovmf_sev_type type)
{
	return type == OVMF_SEV_SECRETS || type == OVMF_SEV_CPUID || type == OVMF_SEV_KERNEL_HASHES;
}

static int check_section(const struct ovmf_sev *sev, size_t i, size_t at, struct error *err)
{
	const struct ovmf_sev_section *s = &sev->section[i];
	uint64_t total = 0;

	if (s->gpa % HC_PAGE_SIZE)
		return bad_section(err, i, "address not aligned", s->gpa, at);
	if (s->size == 0 || s->size % HC_PAGE_SIZE || s->size > OVMF_MEMORY_MAX)
		return bad_section(err, i, "size", s->size, at + 4);
	if (s->gpa > sev->image.gpa || s->size > sev->image.gpa - s->gpa)
		return bad_section(err, i, "lies over the image, address", s->gpa, at);
	if (one_page_type(s->type) && s->size != HC_PAGE_SIZE)
		return bad_section(err, i, "size for one page", s->size, at + 4);
	for (size_t k = 0; k < i; k++) {
		const struct ovmf_sev_section *o = &sev->section[k];

		if (s->gpa < o->gpa + o->size && o->gpa < s->gpa + s->size)
			return bad_section(err, i, "overlaps, address", s->gpa, at);
		if (s->type == o->type && one_page_type(s->type))
			return bad_section(err, i, "type again", s->type, at + 8);
		total += o->size;
	}
	return s->size > OVMF_MEMORY_MAX - total ? bad_section(err, i, "size", s->size, at + 4) : 0;
}

static int sev_sections(struct ovmf_sev *out, size_t at, struct error *err)
{
	for (size_t i = 0; i < out->count; i++, at += 12) {
		const uint8_t *d = out->image.file.data + at;
		uint32_t type = get_le32(d + 8);
		int ret;

		if (!known_type(type))
			return bad_section(err, i, "type", type, at + 8);
		out->section[i] = (struct ovmf_sev_section){
			get_le32(d), get_le32(d + 4), (enum ovmf_sev_type)type};
		ret = check_section(out, i, at, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Optional entries: {u32 EIP} and {u32 address, u32 size}; zero means none. */
static void sev_entries(struct ovmf_sev *out)
{
	struct view entry;

	if (ovmf_find(&out->image, guid_sev_es_reset, &entry) && entry.len == 4)
		out->ap_eip = get_le32(entry.data);
	if (ovmf_find(&out->image, guid_hash_table, &entry) && entry.len == 8)
		out->hashes_table = get_le32(entry.data);
}

int ovmf_sev_parse(struct ovmf_sev *out, struct view file, struct error *err)
{
	struct error unused = {0};
	size_t at = 0;
	int ret;

	err = err ? err : &unused;
	*out = (struct ovmf_sev){0};
	ret = ovmf_parse(&out->image, file, err);
	if (ret == 0)
		ret = sev_header(&out->image, &at, &out->count, err);
	if (ret == 0)
		ret = sev_sections(out, at + 16, err);
	if (ret) {
		*out = (struct ovmf_sev){0};
		return ret;
	}
	sev_entries(out);
	return 0;
}
