/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strict parser of firmware image files (firmware/abi/image.h). The file comes from anybody:
 * nothing of it is used before all of it was checked, and there is one encoding of one image only.
 */
#include <stdio.h>

#include "attest/measure/measure.h"

#define HEADER_SIZE HC_PAGE_SIZE

/* What a role may look like; zero gpa or pages: any inside the launch area. */
static const struct role_rule {
	enum hc_page_type type;
	uint64_t gpa;
	uint32_t pages;
	unsigned int max;
} rules[] = {
	[HC_ROLE_MANIFEST] = {HC_PAGE_NORMAL, HC_MANIFEST_GPA, 1, 1},
	[HC_ROLE_HOSTFDT] = {HC_PAGE_UNMEASURED, HC_HOSTFDT_GPA, HC_HOSTFDT_SIZE / HC_PAGE_SIZE, 1},
	[HC_ROLE_SECRETS] = {HC_PAGE_SECRETS, HC_SECRETS_GPA, 1, 1},
	[HC_ROLE_CPUID] = {HC_PAGE_CPUID, HC_CPUID_GPA, 1, 1},
};

struct parse {
	struct view file;
	struct error *err;
	uint64_t next_offset; /* where the pages of the next region with content must lie */
	unsigned int seen[HC_ROLE_CPUID + 1];
	char where[32]; /* region in hand, for errors */
};

static int bad(struct parse *p, const char *field, uint64_t found, size_t offset)
{
	char where[96];

	snprintf(where, sizeof(where), "firmware image: %s%s", p->where, field);
	error_fail(p->err, HC_EFORMAT, where, "0x%llx", (unsigned long long)found);
	return error_at(p->err, offset);
}

static int parse_header(struct parse *p, struct fw_image *out)
{
	const uint8_t *h = p->file.data;
	uint32_t platform;

	if (p->file.len < HEADER_SIZE) {
		error_fail(p->err, HC_ETRUNCATED, "firmware image", "%zu bytes", p->file.len);
		return error_expected(p->err, "a header of %d bytes", HEADER_SIZE);
	}
	if (memcmp(h, HC_IMAGE_MAGIC, 8) != 0) {
		bad(p, "magic", get_le64(h), 0);
		return error_remedy(p->err, "give an image from build/firmware");
	}
	if (get_le32(h + 8) != HC_IMAGE_VERSION)
		return bad(p, "version", get_le32(h + 8), 8);
	platform = get_le32(h + 12);
	if (platform < HC_PLATFORM_PLAIN || platform > HC_PLATFORM_SIM_TDX)
		return bad(p, "platform", platform, 12);
	if (get_le32(h + 16) == 0 || get_le32(h + 16) > HC_IMAGE_REGIONS_MAX)
		return bad(p, "region_count", get_le32(h + 16), 16);
	if (get_le32(h + 20) != 0)
		return bad(p, "reserved", get_le32(h + 20), 20);
	if (get_le64(h + 24) != p->file.len) {
		bad(p, "file_size", get_le64(h + 24), 24);
		return error_expected(p->err, "%zu, the size of the file", p->file.len);
	}
	out->platform = (enum hc_platform)platform;
	out->region_count = get_le32(h + 16);
	return 0;
}

static int check_place(struct parse *p, const struct fw_region *r, bool tdx, size_t at)
{
	uint64_t size = (uint64_t)r->pages * HC_PAGE_SIZE;

	if (r->pages == 0 || r->pages > HC_LAUNCH_MAX_PAGES)
		return bad(p, "pages", r->pages, at + 16);
	if (tdx && r->gpa == HC_TDX_RESET_GPA && r->pages == 1)
		return 0;
	if (r->gpa % HC_PAGE_SIZE || r->gpa < HC_TEXT_GPA || r->gpa > HC_LAUNCH_END ||
		size > HC_LAUNCH_END - r->gpa)
		return bad(p, "gpa", r->gpa, at);
	return 0;
}

static int check_role(struct parse *p, const struct fw_region *r, size_t at)
{
	const struct role_rule *rule = &rules[r->role];

	if (r->role == HC_ROLE_IMAGE) {
		if (r->type != HC_PAGE_NORMAL && r->type != HC_PAGE_ZERO)
			return bad(p, "page_type", r->type, at + 20);
		return 0;
	}
	if (p->seen[r->role]++ >= rule->max)
		return bad(p, "role (again)", r->role, at + 24);
	if (r->type != rule->type)
		return bad(p, "page_type", r->type, at + 20);
	if (r->gpa != rule->gpa)
		return bad(p, "gpa", r->gpa, at);
	if (r->pages != rule->pages)
		return bad(p, "pages", r->pages, at + 16);
	return 0;
}

/* Content lies in the order of the list, without gaps. */
static int take_content(struct parse *p, struct fw_region *r, uint64_t file_offset, size_t at)
{
	uint64_t size = (uint64_t)r->pages * HC_PAGE_SIZE;
	struct view data;

	if (r->role != HC_ROLE_IMAGE || r->type != HC_PAGE_NORMAL)
		return file_offset == 0 ? 0 : bad(p, "file_offset", file_offset, at + 8);
	if (file_offset != p->next_offset || !view_sub(p->file, file_offset, size, &data))
		return bad(p, "file_offset", file_offset, at + 8);
	r->data = data.data;
	p->next_offset += size;
	return 0;
}

static int parse_region(struct parse *p, struct fw_region *r, size_t at, bool tdx)
{
	const uint8_t *d = p->file.data + at;
	uint32_t role = get_le32(d + 24);
	int ret;

	if (role > HC_ROLE_CPUID)
		return bad(p, "role", role, at + 24);
	if (get_le32(d + 28) != 0)
		return bad(p, "reserved", get_le32(d + 28), at + 28);
	*r = (struct fw_region){
		.gpa = get_le64(d),
		.pages = get_le32(d + 16),
		.type = (enum hc_page_type)get_le32(d + 20),
		.role = (enum hc_image_role)role,
	};
	ret = check_place(p, r, tdx, at);
	if (ret == 0)
		ret = check_role(p, r, at);
	return ret ? ret : take_content(p, r, get_le64(d + 8), at);
}

static int check_disjoint(struct parse *p, const struct fw_image *image)
{
	for (size_t i = 0; i < image->region_count; i++) {
		const struct fw_region *a = &image->region[i];

		for (size_t k = 0; k < i; k++) {
			const struct fw_region *b = &image->region[k];

			if (a->gpa < b->gpa + (uint64_t)b->pages * HC_PAGE_SIZE &&
				b->gpa < a->gpa + (uint64_t)a->pages * HC_PAGE_SIZE)
				return bad(p, "regions overlap, gpa", a->gpa,
					offsetof(struct hc_image_header, region) + 32 * i);
		}
	}
	return 0;
}

static int check_whole(struct parse *p, const struct fw_image *image)
{
	size_t used = offsetof(struct hc_image_header, region) + 32 * image->region_count;

	p->where[0] = '\0';
	if (!bytes_all_zero(p->file.data + used, HEADER_SIZE - used))
		return bad(p, "bytes after the region list", 1, used);
	if (p->next_offset != p->file.len)
		return bad(p, "bytes after the last page", p->file.len - p->next_offset,
			p->next_offset);
	if (image->total_pages > HC_LAUNCH_MAX_PAGES)
		return bad(p, "pages in the launch", image->total_pages, 16);
	if (p->seen[HC_ROLE_MANIFEST] != 1)
		return bad(p, "manifest regions", p->seen[HC_ROLE_MANIFEST], 16);
	if (p->seen[HC_ROLE_HOSTFDT] != 1)
		return bad(p, "device tree regions", p->seen[HC_ROLE_HOSTFDT], 16);
	return check_disjoint(p, image);
}

int fw_image_parse(struct fw_image *out, struct view file, struct error *err)
{
	struct error unused = {0};
	struct parse p = {
		.file = file,
		.err = err ? err : &unused,
		.next_offset = HEADER_SIZE,
	};
	int ret;

	*out = (struct fw_image){0};
	ret = parse_header(&p, out);
	for (size_t i = 0; ret == 0 && i < out->region_count; i++) {
		snprintf(p.where, sizeof(p.where), "region %zu: ", i);
		ret = parse_region(&p, &out->region[i],
			offsetof(struct hc_image_header, region) + 32 * i,
			out->platform == HC_PLATFORM_TDX || out->platform == HC_PLATFORM_SIM_TDX);
		out->total_pages += out->region[i].pages;
	}
	if (ret == 0)
		ret = check_whole(&p, out);
	if (ret)
		*out = (struct fw_image){0};
	return ret;
}
