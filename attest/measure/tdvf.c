/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX metadata of TDVF and td-shim images, and the MRTD they launch to. As strict as the SEV
 * side: what the table says is checked before a byte is measured.
 */
#include <stdio.h>

#include "attest/measure/tdvf.h"

#define GPA_MAX      (1ULL << 52)
#define SECTION_SIZE 32
#define SHIM_POINTER 32 /* bytes before the end of the image */

static const uint8_t guid_tdx_metadata[16] = {/* e47a6535-984a-4798-865e-4685a7bf8ec2 */
	0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47, 0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e,
	0xc2};

/* Stands before the descriptor: e9eaf9f3-168e-44d5-a8eb-7f4d8738f6ae, in the order it is written.
 */
static const uint8_t guid_descriptor[16] = {0xe9, 0xea, 0xf9, 0xf3, 0x16, 0x8e, 0x44, 0xd5, 0xa8,
	0xeb, 0x7f, 0x4d, 0x87, 0x38, 0xf6, 0xae};

static int outside(struct error *err, const char *what, uint32_t value, size_t at)
{
	error_fail(err, HC_EFORMAT, "TDX metadata", "metadata outside the image (%s 0x%x)", what,
		value);
	return error_at(err, at);
}

static int header_fields(const uint8_t *h, size_t room, size_t at, size_t *count, struct error *err)
{
	uint32_t n = get_le32(h + 12);

	if (memcmp(h, "TDVF", 4) != 0)
		error_fail(err, HC_EFORMAT, "TDX metadata: signature", "0x%08x", get_le32(h));
	else if (get_le32(h + 8) != 1)
		error_fail(err, HC_EUNSUPPORTED, "TDX metadata: version", "%u", get_le32(h + 8));
	else if (n > (room - 16) / SECTION_SIZE)
		outside(err, "sections", n, at + 12);
	else if (n == 0 || n > OVMF_SECTIONS_MAX)
		error_fail(err, HC_ERANGE, "TDX metadata: sections", "%u", n);
	else if (get_le32(h + 4) != 16 + n * SECTION_SIZE)
		error_fail(err, HC_EFORMAT, "TDX metadata: length", "%u", get_le32(h + 4));
	else {
		*count = n;
		return 0;
	}
	return err->has_offset ? err->code : error_at(err, at);
}

static int header(const struct ovmf_image *image, size_t *at, size_t *count, struct error *err)
{
	struct view entry;
	uint32_t offset;

	if (!ovmf_find(image, guid_tdx_metadata, &entry) || entry.len != 4) {
		error_fail(err, HC_EMISSING, "firmware image", "no TDX metadata");
		error_at(err, image->table);
		return error_remedy(err, "build OVMF with TDX support (OvmfPkg, IntelTdxX64)");
	}
	offset = get_le32(entry.data);
	if (offset > image->file.len || offset < 16)
		return outside(err, "offset from the end", offset,
			(size_t)(entry.data - image->file.data));
	*at = image->file.len - offset;
	return header_fields(image->file.data + *at, offset, *at, count, err);
}

/*
 * td-shim's own pointer: the offset from the start of the image, for images that have no table, or
 * one that does not speak of TDX. A table that is bent is no reason to look here.
 */
static bool shim_header(struct view file, size_t *at)
{
	size_t offset;

	if (file.len < HC_PAGE_SIZE || file.len % HC_PAGE_SIZE || file.len > OVMF_IMAGE_MAX)
		return false;
	offset = get_le32(file.data + file.len - SHIM_POINTER);
	if (offset < 16 || offset > file.len - 16 ||
		memcmp(file.data + offset - 16, guid_descriptor, 16) != 0)
		return false;
	*at = offset;
	return true;
}

static int find_header(struct tdvf *out, struct view file, size_t *at, struct error *err)
{
	const bool footer = ovmf_has_footer(file);
	struct view entry;
	int ret = ovmf_parse(&out->image, file, err);

	if (footer && ret)
		return ret;
	if ((footer && ovmf_find(&out->image, guid_tdx_metadata, &entry)) || !shim_header(file, at))
		return ret ? ret : header(&out->image, at, &out->count, err);
	out->image = (struct ovmf_image){.file = file, .gpa = (1ULL << 32) - file.len};
	*err = (struct error){0};
	return header_fields(file.data + *at, file.len - *at, *at, &out->count, err);
}

static int bad(struct error *err, size_t i, const char *what, uint64_t found, size_t at)
{
	char where[96];

	snprintf(where, sizeof(where), "TDX metadata: section %zu: %s", i, what);
	error_fail(err, HC_EFORMAT, where, "0x%llx", (unsigned long long)found);
	return error_at(err, at);
}

static int check_section(const struct tdvf *t, size_t i, size_t at, struct error *err)
{
	const struct tdvf_section *s = &t->section[i];
	uint64_t added = 0;

	if (s->gpa % HC_PAGE_SIZE || s->gpa >= GPA_MAX)
		return bad(err, i, "address", s->gpa, at + 8);
	if (s->size == 0 || s->size % HC_PAGE_SIZE || s->size > GPA_MAX - s->gpa)
		return bad(err, i, "memory size", s->size, at + 16);
	if (s->data.len > s->size)
		return bad(err, i, "data longer than memory", s->data.len, at + 4);
	if (s->attributes == (TDVF_MR_EXTEND | TDVF_PAGE_AUG))
		return bad(err, i, "attributes", s->attributes, at + 28);
	for (size_t k = 0; k < i; k++) {
		const struct tdvf_section *o = &t->section[k];

		if (s->gpa < o->gpa + o->size && o->gpa < s->gpa + s->size)
			return bad(err, i, "overlaps, address", s->gpa, at + 8);
		if (!(o->attributes & TDVF_PAGE_AUG))
			added += o->size;
	}
	if (!(s->attributes & TDVF_PAGE_AUG) && s->size > OVMF_MEMORY_MAX - added)
		return bad(err, i, "memory size", s->size, at + 16);
	return 0;
}

/* Temporary memory and the hand-off block have no bytes in the image; volumes must have. */
static int check_data(enum tdvf_type type, uint32_t raw, size_t i, size_t at, struct error *err)
{
	bool memory = type == TDVF_TD_HOB || type == TDVF_TEMP_MEM || type == TDVF_PERM_MEM;

	if ((memory && raw != 0) || (type == TDVF_BFV && raw == 0))
		return bad(err, i, "data size", raw, at + 4);
	return 0;
}

static int take_section(struct tdvf *t, size_t i, size_t at, struct error *err)
{
	const uint8_t *d = t->image.file.data + at;
	struct tdvf_section *s = &t->section[i];
	uint32_t type = get_le32(d + 24), attributes = get_le32(d + 28);

	if (type > TDVF_TD_INFO)
		return bad(err, i, "type", type, at + 24);
	if (attributes & ~(TDVF_MR_EXTEND | TDVF_PAGE_AUG))
		return bad(err, i, "attributes", attributes, at + 28);
	if (check_data((enum tdvf_type)type, get_le32(d + 4), i, at, err))
		return err->code;
	s->gpa = get_le64(d + 8);
	s->size = get_le64(d + 16);
	s->type = (enum tdvf_type)type;
	s->attributes = attributes;
	if (!view_sub(t->image.file, get_le32(d), get_le32(d + 4), &s->data))
		return bad(err, i, "data outside the image, offset", get_le32(d), at);
	if (type == TDVF_TD_INFO && s->size == 0 && attributes == 0)
		return 0;
	return check_section(t, i, at, err);
}

int tdvf_parse(struct tdvf *out, struct view file, struct error *err)
{
	struct error unused = {0};
	size_t at = 0;
	int ret;

	err = err ? err : &unused;
	*out = (struct tdvf){0};
	ret = find_header(out, file, &at, err);
	for (size_t i = 0; ret == 0 && i < out->count; i++)
		ret = take_section(out, i, at + 16 + i * SECTION_SIZE, err);
	if (ret)
		*out = (struct tdvf){0};
	return ret;
}

static int extend(struct mrtd_launch *run, const struct tdvf_section *s, uint64_t off)
{
	uint8_t page[HC_PAGE_SIZE] = {0};

	if (off < s->data.len) {
		uint64_t left = s->data.len - off;

		memcpy(page, s->data.data + off, left < HC_PAGE_SIZE ? left : HC_PAGE_SIZE);
	}
	return mrtd_launch_extend(run, s->gpa + off, page);
}

static int run_section(struct mrtd_launch *run, const struct tdvf_section *s, enum tdvf_order order)
{
	bool measured = s->attributes & TDVF_MR_EXTEND;
	int ret = 0;

	if (s->attributes & TDVF_PAGE_AUG)
		return 0;
	for (uint64_t off = 0; ret == 0 && off < s->size; off += HC_PAGE_SIZE) {
		ret = mrtd_launch_add(run, s->gpa + off);
		if (ret == 0 && measured && order == TDVF_ORDER_PAGE)
			ret = extend(run, s, off);
	}
	for (uint64_t off = 0; ret == 0 && measured && order == TDVF_ORDER_REGION && off < s->size;
		off += HC_PAGE_SIZE)
		ret = extend(run, s, off);
	return ret;
}

int tdvf_measure(uint8_t out[SHA384_SIZE], const struct tdvf *tdvf, enum tdvf_order order,
	tdvf_explain_fn *explain, void *ctx, struct error *err)
{
	struct mrtd_launch run = {.explain = explain, .ctx = ctx};
	int ret = mrtd_init(&run.mrtd);

	for (size_t i = 0; ret == 0 && i < tdvf->count; i++)
		ret = run_section(&run, &tdvf->section[i], order);
	if (ret == 0)
		ret = mrtd_peek(&run.mrtd, out);
	mrtd_fini(&run.mrtd);
	return ret ? error_fail(err, ret, "MRTD", "hashing failed") : 0;
}
