/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parser of IGVM files, version 1. A list of refusals: a loader has to do everything that the file
 * says, so a digest for a file that is only half understood would be wrong.
 */
#include "attest/measure/igvm.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIXED_SIZE = 24, HEADER_SIZE = 8, NO_MASK = -1 };

/* Sections of the header list, in this order. */
enum section { PLATFORM, INITIALISATION, DIRECTIVE };

static const struct type_rule {
	uint32_t type;
	uint32_t length;
	bool at_least; /* of structures whose end is of no concern here */
	int mask_at;
	const char *name;
} rules[] = {
	{IGVM_SUPPORTED_PLATFORM, 16, false, 0, "supported platform"},
	{IGVM_GUEST_POLICY, 16, false, 8, "guest policy"},
	{0x102, 40, false, 0, "relocatable region"},
	{0x103, 32, false, 0, "page table relocation"},
	{IGVM_PARAMETER_AREA, 16, false, NO_MASK, "parameter area"},
	{IGVM_PAGE_DATA, 24, false, 8, "page data"},
	{IGVM_PARAMETER_INSERT, 16, false, 8, "parameter insert"},
	{IGVM_VP_CONTEXT, 20, false, 8, "VP context"},
	{IGVM_REQUIRED_MEMORY, 24, false, 8, "required memory"},
	{0x307, 8, false, NO_MASK, "VP count parameter"},
	{0x308, 8, false, NO_MASK, "SRAT parameter"},
	{0x309, 8, false, NO_MASK, "MADT parameter"},
	{0x30a, 8, false, NO_MASK, "MMIO ranges parameter"},
	{0x30b, 4, true, 0, "SNP ID block"},
	{0x30c, 8, false, NO_MASK, "memory map parameter"},
	{0x30d, 16, false, 8, "error range"},
	{0x30e, 8, false, NO_MASK, "command line parameter"},
	{0x30f, 8, false, NO_MASK, "SLIT parameter"},
	{0x310, 8, false, NO_MASK, "PPTT parameter"},
	{0x311, 4, true, 0, "VBS measurement"},
	{0x312, 8, false, NO_MASK, "device tree parameter"},
	{0x313, 8, false, NO_MASK, "environment parameter"},
};

static const struct type_rule *rule_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

const char *igvm_type_name(uint32_t type)
{
	const struct type_rule *rule = rule_of(type);

	return rule ? rule->name : "unknown";
}

const char *igvm_platform_name(enum igvm_platform_type type)
{
	switch (type) {
	case IGVM_NATIVE:
		return "native";
	case IGVM_VSM:
		return "vsm";
	case IGVM_SEV_SNP:
		return "sev-snp";
	case IGVM_TDX:
		return "tdx";
	}
	return "unknown";
}

struct parse {
	struct igvm *igvm;
	struct error *err;
	enum section section;
	uint32_t masks;    /* declared so far */
	uint64_t inserted; /* bytes of parameter areas, at every place they go to */
};

static int bad(struct parse *p, int code, const char *field, uint64_t found, size_t at)
{
	char where[96];

	snprintf(where, sizeof(where), "IGVM file: %s", field);
	error_fail(p->err, code, where, "0x%llx", (unsigned long long)found);
	return error_at(p->err, at);
}

/* CRC-32 (IEEE 802.3, reflected), continued from `crc`. */
static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
	}
	return ~crc;
}

uint32_t igvm_crc32(const uint8_t *data, size_t len)
{
	return crc32(0, data, len);
}

static int check_sum(struct parse *p)
{
	uint8_t fixed[FIXED_SIZE];
	uint32_t stated, sum;

	memcpy(fixed, p->igvm->file.data, sizeof(fixed));
	stated = get_le32(fixed + 20);
	put_le32(fixed + 20, 0);
	sum = crc32(0, fixed, sizeof(fixed));
	sum = crc32(sum, p->igvm->headers.data, p->igvm->headers.len);
	if (sum == stated)
		return 0;
	bad(p, HC_EMISMATCH, "checksum", stated, 20);
	return error_expected(p->err, "0x%08x", sum);
}

static int fixed_header(struct parse *p)
{
	struct view file = p->igvm->file;
	const uint8_t *h = file.data;
	uint32_t offset;

	if (file.len < FIXED_SIZE)
		return bad(p, HC_ETRUNCATED, "size", file.len, 0);
	offset = get_le32(h + 8);
	if (memcmp(h, "IGVM", 4) != 0)
		return bad(p, HC_EFORMAT, "magic", get_le32(h), 0);
	if (get_le32(h + 4) != 1)
		return bad(p, HC_EUNSUPPORTED, "version", get_le32(h + 4), 4);
	if (get_le32(h + 16) != file.len)
		return bad(p, HC_EFORMAT, "size of the file", get_le32(h + 16), 16);
	if (offset < FIXED_SIZE || offset % 8)
		return bad(p, HC_EFORMAT, "offset of the headers", offset, 8);
	if (!view_sub(file, offset, get_le32(h + 12), &p->igvm->headers))
		return bad(p, HC_EFORMAT, "size of the headers", get_le32(h + 12), 12);
	return check_sum(p);
}

/* `file_offset` zero means no data. */
static bool data_at(const struct igvm *igvm, uint32_t file_offset, uint64_t len, struct view *out)
{
	if (file_offset == 0)
		return true;
	return len <= igvm->file.len && view_sub(igvm->file, file_offset, (size_t)len, out);
}

/* Fields out of the content; false for data that is not in the file. */
static bool take_fields(const struct igvm *igvm, struct igvm_header *h)
{
	const uint8_t *c = h->content.data;

	switch (h->type) {
	case IGVM_PARAMETER_AREA:
		h->size = get_le64(c);
		h->area = get_le32(c + 8);
		return data_at(igvm, get_le32(c + 12), h->size, &h->data);
	case IGVM_PAGE_DATA:
		h->gpa = get_le64(c);
		h->flags = get_le32(c + 16);
		h->page_type = get_le16(c + 20);
		h->size = h->flags & IGVM_PAGE_2MB ? 2U << 20 : HC_PAGE_SIZE;
		return data_at(igvm, get_le32(c + 12), h->size, &h->data);
	case IGVM_PARAMETER_INSERT:
		h->gpa = get_le64(c);
		h->area = get_le32(c + 12);
		return true;
	case IGVM_VP_CONTEXT:
		h->gpa = get_le64(c);
		h->vp_index = get_le16(c + 16);
		h->size = HC_PAGE_SIZE;
		return data_at(igvm, get_le32(c + 12), HC_PAGE_SIZE, &h->data);
	case IGVM_REQUIRED_MEMORY:
		h->gpa = get_le64(c);
		h->size = get_le32(c + 12);
		return true;
	}
	return true;
}

static const struct igvm_area *area_of(const struct igvm *igvm, uint32_t index)
{
	for (size_t i = 0; i < igvm->areas; i++)
		if (igvm->area[i].index == index)
			return &igvm->area[i];
	return NULL;
}

/* 1 and a header, 0 at the end, or a code. Only frames and fields: meaning is checked elsewhere. */
static int read_header(const struct igvm *igvm, size_t *at, struct igvm_header *h)
{
	const struct type_rule *rule;
	struct view frame;
	size_t padded;

	if (*at == igvm->headers.len)
		return 0;
	*h = (struct igvm_header){
		.offset = (size_t)(igvm->headers.data - igvm->file.data) + *at,
		.mask = UINT32_MAX,
	};
	if (!view_sub(igvm->headers, *at, HEADER_SIZE, &frame))
		return HC_ETRUNCATED;
	h->type = get_le32(frame.data);
	if (!view_sub(igvm->headers, *at + HEADER_SIZE, get_le32(frame.data + 4), &h->content))
		return HC_ETRUNCATED;
	padded = (8 - h->content.len % 8) % 8;
	if (!view_sub(igvm->headers, *at + HEADER_SIZE + h->content.len, padded, &frame))
		return HC_ETRUNCATED;
	if (!bytes_all_zero(frame.data, padded))
		return HC_EFORMAT;
	*at += HEADER_SIZE + h->content.len + padded;
	rule = rule_of(h->type);
	if (!rule) {
		h->ignorable = h->type >> 31;
		return h->ignorable ? 1 : HC_EUNSUPPORTED;
	}
	if (rule->at_least ? h->content.len < rule->length : h->content.len != rule->length)
		return HC_EFORMAT;
	if (rule->mask_at != NO_MASK)
		h->mask = get_le32(h->content.data + rule->mask_at);
	if (!take_fields(igvm, h))
		return HC_ERANGE;
	if (h->type == IGVM_PARAMETER_INSERT && area_of(igvm, h->area))
		h->size = area_of(igvm, h->area)->size;
	return 1;
}

bool igvm_next(const struct igvm *igvm, size_t *at, struct igvm_header *out)
{
	return read_header(igvm, at, out) == 1;
}

static int take_platform(struct parse *p, const struct igvm_header *h)
{
	const uint8_t *c = h->content.data;
	struct igvm *igvm = p->igvm;

	if (h->mask == 0 || (h->mask & (h->mask - 1)) || (h->mask & p->masks))
		return bad(p, HC_EFORMAT, "compatibility mask", h->mask, h->offset);
	if (c[5] > IGVM_TDX)
		return bad(p, HC_EUNSUPPORTED, "platform type", c[5], h->offset);
	if (igvm->platforms == IGVM_PLATFORMS_MAX)
		return bad(p, HC_ERANGE, "platforms", igvm->platforms + 1, h->offset);
	p->masks |= h->mask;
	igvm->platform[igvm->platforms++] = (struct igvm_platform){
		.mask = h->mask,
		.highest_vtl = c[4],
		.type = (enum igvm_platform_type)c[5],
		.version = get_le16(c + 6),
		.shared_gpa_boundary = get_le64(c + 8),
	};
	return 0;
}

static int take_area(struct parse *p, const struct igvm_header *h)
{
	if (h->size == 0 || h->size % HC_PAGE_SIZE || h->size > IGVM_AREA_MAX)
		return bad(p, HC_EFORMAT, "size of a parameter area", h->size, h->offset);
	if (area_of(p->igvm, h->area))
		return bad(p, HC_EFORMAT, "parameter area again", h->area, h->offset);
	if (p->igvm->areas == IGVM_AREAS_MAX)
		return bad(p, HC_ERANGE, "parameter areas", p->igvm->areas + 1, h->offset);
	p->igvm->area[p->igvm->areas++] = (struct igvm_area){h->area, h->size};
	return 0;
}

static int check_page(struct parse *p, const struct igvm_header *h)
{
	const uint32_t flags = IGVM_PAGE_2MB | IGVM_PAGE_UNMEASURED | IGVM_PAGE_SHARED;

	if (h->flags & ~flags)
		return bad(p, HC_EUNSUPPORTED, "page flags", h->flags, h->offset);
	if (h->page_type > IGVM_PAGE_CPUID_XF)
		return bad(p, HC_EUNSUPPORTED, "page type", h->page_type, h->offset);
	return 0;
}

static int check_insert(struct parse *p, const struct igvm_header *h)
{
	if (!area_of(p->igvm, h->area))
		return bad(p, HC_EFORMAT, "no such parameter area", h->area, h->offset);
	if (h->size > OVMF_MEMORY_MAX - p->inserted)
		return bad(p, HC_ERANGE, "size of all parameters", p->inserted, h->offset);
	p->inserted += h->size;
	return 0;
}

static int check_place(struct parse *p, const struct igvm_header *h)
{
	if (h->size > 0 && (h->gpa % HC_PAGE_SIZE || h->gpa > UINT64_MAX - h->size))
		return bad(p, HC_EFORMAT, "guest address", h->gpa, h->offset);
	if (h->type == IGVM_PAGE_DATA && h->gpa % h->size)
		return bad(p, HC_EFORMAT, "guest address", h->gpa, h->offset);
	return 0;
}

/* Where the reserved bytes at the end of a structure begin. */
static size_t reserved_at(const struct igvm_header *h)
{
	switch (h->type) {
	case IGVM_GUEST_POLICY:
		return 12;
	case IGVM_PAGE_DATA:
		return 22;
	case IGVM_VP_CONTEXT:
		return 18;
	case IGVM_REQUIRED_MEMORY:
		return 20;
	}
	return h->content.len;
}

static int check_header(struct parse *p, const struct igvm_header *h)
{
	enum section section = h->type < 0x101   ? PLATFORM
			       : h->type < 0x301 ? INITIALISATION
						 : DIRECTIVE;

	if (h->ignorable)
		return 0;
	if (section < p->section)
		return bad(p, HC_EFORMAT, "header out of order, type", h->type, h->offset);
	p->section = section;
	if (h->type == IGVM_SUPPORTED_PLATFORM)
		return take_platform(p, h);
	if (rule_of(h->type)->mask_at != NO_MASK && (h->mask == 0 || (h->mask & ~p->masks)))
		return bad(p, HC_EFORMAT, "compatibility mask", h->mask, h->offset);
	if (!bytes_all_zero(h->content.data + reserved_at(h), h->content.len - reserved_at(h)))
		return bad(p, HC_EFORMAT, "reserved bytes", 1, h->offset);
	if (h->type == IGVM_PARAMETER_AREA)
		return take_area(p, h);
	if (h->type == IGVM_PARAMETER_INSERT && check_insert(p, h))
		return p->err->code;
	if (h->type == IGVM_PAGE_DATA && check_page(p, h))
		return p->err->code;
	return check_place(p, h);
}

static const char *what_failed(int code)
{
	if (code == HC_EUNSUPPORTED)
		return "type";
	return code == HC_ERANGE ? "data outside the file, for type" : "variable header, type";
}

static int walk(struct parse *p, size_t *count)
{
	struct igvm_header h = {0};
	size_t at = 0;

	for (;;) {
		size_t before = at;
		int ret = read_header(p->igvm, &at, &h);

		if (ret == 0)
			break;
		if (ret < 0)
			return bad(p, ret, what_failed(ret), h.type,
				(size_t)(p->igvm->headers.data - p->igvm->file.data) + before);
		ret = check_header(p, &h);
		if (ret)
			return ret;
		++*count;
	}
	return p->igvm->platforms ? 0 : bad(p, HC_EMISSING, "supported platforms", 0, FIXED_SIZE);
}

struct range {
	uint64_t gpa, size;
	size_t offset;
};

static int by_gpa(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->gpa < y->gpa ? -1 : x->gpa > y->gpa;
}

/* Save areas are exempt: KVM measures all of them at one address. */
static int check_platform(struct parse *p, uint32_t mask, struct range *ranges)
{
	struct igvm_header h;
	size_t n = 0;

	for (size_t at = 0; igvm_next(p->igvm, &at, &h);)
		if ((h.type == IGVM_PAGE_DATA || h.type == IGVM_PARAMETER_INSERT) &&
			(h.mask & mask))
			ranges[n++] = (struct range){h.gpa, h.size, h.offset};
	qsort(ranges, n, sizeof(*ranges), by_gpa);
	for (size_t i = 1; i < n; i++)
		if (ranges[i].gpa - ranges[i - 1].gpa < ranges[i - 1].size)
			return bad(p, HC_EFORMAT, "pages overlap, address", ranges[i].gpa,
				ranges[i].offset);
	return 0;
}

static int check_overlaps(struct parse *p, size_t count)
{
	struct range *ranges = calloc(count, sizeof(*ranges));
	int ret = ranges ? 0 : error_fail(p->err, HC_ENOMEM, "IGVM file", "%zu headers", count);

	for (size_t i = 0; ret == 0 && i < p->igvm->platforms; i++)
		ret = check_platform(p, p->igvm->platform[i].mask, ranges);
	free(ranges);
	return ret;
}

int igvm_parse(struct igvm *out, struct view file, struct error *err)
{
	struct error unused = {0};
	struct parse p = {.igvm = out, .err = err ? err : &unused};
	size_t count = 0;
	int ret;

	*out = (struct igvm){.file = file};
	ret = fixed_header(&p);
	if (ret == 0)
		ret = walk(&p, &count);
	if (ret == 0)
		ret = check_overlaps(&p, count);
	if (ret)
		*out = (struct igvm){0};
	return ret;
}
