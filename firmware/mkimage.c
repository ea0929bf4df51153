/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Build tool: from a linked firmware (ELF) to an image (abi/image.h). Knows the segments of link.ld
 * and refuses any other, relocations too: what is loaded is what is measured.
 *
 *	mkimage plain|sim|snp|tdx IN.elf OUT.img
 */
#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/bytes.h"
#include "common/error.h"
#include "common/file.h"
#include "firmware/abi/image.h"
#include "firmware/abi/manifest.h"

#define ELF_MAX (4u << 20) /* bytes */

/* A region of the launch, in launch order. */
struct part {
	const char *name;
	uint64_t gpa;
	uint32_t fixed_pages; /* 0: as many as the segment at this address has */
	uint32_t max_bytes;   /* of that segment */
	enum hc_page_type type;
	enum hc_image_role role;
};

static const struct part parts[] = {
	{"text", HC_TEXT_GPA, 0, HC_TEXT_MAX, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	{"rodata", HC_RODATA_GPA, 0, HC_RODATA_MAX, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	/* Pages with content, not page type ZERO: IGVM has no such type, and loaders of IGVM files
	 * differ in what they make of a page without data (QEMU: ZERO; others: NORMAL, of zeros).
	 */
	{"bss", HC_BSS_GPA, 0, HC_BSS_MAX, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	{"stack", HC_STACK_GPA, 0, HC_STACK_MAX, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	{"page tables", HC_PAGETABLE_GPA, 0, HC_PAGETABLE_MAX, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	{"reset page", HC_TDX_RESET_GPA, 0, HC_PAGE_SIZE, HC_PAGE_NORMAL, HC_ROLE_IMAGE},
	{"manifest", HC_MANIFEST_GPA, 1, 0, HC_PAGE_NORMAL, HC_ROLE_MANIFEST},
	{"secrets", HC_SECRETS_GPA, 1, 0, HC_PAGE_SECRETS, HC_ROLE_SECRETS},
	{"CPUID", HC_CPUID_GPA, 1, 0, HC_PAGE_CPUID, HC_ROLE_CPUID},
	{"host device tree", HC_HOSTFDT_GPA, HC_HOSTFDT_SIZE / HC_PAGE_SIZE, 0, HC_PAGE_UNMEASURED,
		HC_ROLE_HOSTFDT},
};
#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))
_Static_assert(PART_COUNT <= HC_IMAGE_REGIONS_MAX, "the header has room for all parts");

struct variant {
	const char *name;
	enum hc_platform platform;
	bool snp_pages; /* secrets and CPUID page */
};

static const struct variant variants[] = {
	{"plain", HC_PLATFORM_PLAIN, false},
	{"sim", HC_PLATFORM_SIM_SNP, true},
	{"snp", HC_PLATFORM_SNP, true},
	{"tdx", HC_PLATFORM_TDX, false},
};

struct image {
	const struct variant *variant;
	struct view elf;
	struct hc_image_header header;
	struct bytes pages; /* what follows the header's page */
	uint32_t total;
};

static const struct variant *variant_find(const char *name)
{
	for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (strcmp(variants[i].name, name) == 0)
			return &variants[i];
	}
	return NULL;
}

static int elf_header(struct view elf, Elf64_Ehdr *eh, struct error *err)
{
	if (elf.len < sizeof(*eh))
		return error_fail(err, HC_ETRUNCATED, "elf header", "%zu bytes", elf.len);
	memcpy(eh, elf.data, sizeof(*eh));
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 || eh->e_ident[EI_CLASS] != ELFCLASS64 ||
		eh->e_machine != EM_X86_64 || eh->e_type != ET_EXEC ||
		eh->e_phentsize != sizeof(Elf64_Phdr) || eh->e_shentsize != sizeof(Elf64_Shdr))
		return error_fail(err, HC_EFORMAT, "elf header", "not a program for x86-64");
	return HC_OK;
}

/* Nothing may be left for a loader to do. */
static int no_relocations(struct view elf, const Elf64_Ehdr *eh, struct error *err)
{
	Elf64_Shdr sh;
	struct view v;

	for (size_t i = 0; i < eh->e_shnum; i++) {
		if (!view_sub(elf, eh->e_shoff + i * sizeof(sh), sizeof(sh), &v))
			return error_fail(err, HC_ETRUNCATED, "section headers", "entry %zu", i);
		memcpy(&sh, v.data, sizeof(sh));
		if (sh.sh_type == SHT_RELA || sh.sh_type == SHT_REL || sh.sh_type == SHT_DYNAMIC)
			return error_fail(err, HC_EFORMAT, "section", "%zu has relocations", i);
	}
	return HC_OK;
}

static int segment(struct view elf, const Elf64_Ehdr *eh, size_t i, Elf64_Phdr *ph)
{
	struct view v;

	if (!view_sub(elf, eh->e_phoff + i * sizeof(*ph), sizeof(*ph), &v))
		return HC_ETRUNCATED;
	memcpy(ph, v.data, sizeof(*ph));
	return HC_OK;
}

/* The segment at `gpa`; HC_EMISSING if there is none. */
static int segment_find(struct view elf, const Elf64_Ehdr *eh, uint64_t gpa, Elf64_Phdr *ph)
{
	for (size_t i = 0; i < eh->e_phnum; i++) {
		if (segment(elf, eh, i, ph) != HC_OK)
			return HC_ETRUNCATED;
		if (ph->p_type == PT_LOAD && ph->p_vaddr == gpa)
			return HC_OK;
	}
	return HC_EMISSING;
}

/* Every segment has to be a part: code that nobody lists would be code that nobody measures. */
static int segments_known(struct view elf, const Elf64_Ehdr *eh, struct error *err)
{
	Elf64_Phdr ph;

	for (size_t i = 0; i < eh->e_phnum; i++) {
		bool known = false;

		if (segment(elf, eh, i, &ph) != HC_OK)
			return error_fail(err, HC_ETRUNCATED, "segments", "entry %zu", i);
		for (size_t k = 0; k < PART_COUNT; k++)
			known |= parts[k].fixed_pages == 0 && parts[k].gpa == ph.p_vaddr;
		if (ph.p_type == PT_LOAD && ph.p_memsz != 0 && !known)
			return error_fail(err, HC_EFORMAT, "segment", "at 0x%llx is not known",
				(unsigned long long)ph.p_vaddr);
	}
	return HC_OK;
}

static uint32_t pages_of(uint64_t bytes)
{
	return (uint32_t)((bytes + HC_PAGE_SIZE - 1) / HC_PAGE_SIZE);
}

/* The bytes of a segment, all of them or (bss, stack) none, padded to whole pages of zeros. */
static int content_add(struct image *img, const Elf64_Phdr *ph, uint32_t pages, struct error *err)
{
	static const uint8_t zero[HC_PAGE_SIZE];
	const size_t end = img->pages.len + (size_t)pages * HC_PAGE_SIZE;
	struct view v;
	int rc;

	if ((ph->p_filesz != 0 && ph->p_filesz != ph->p_memsz) ||
		!view_sub(img->elf, ph->p_offset, ph->p_filesz, &v))
		return error_fail(err, HC_EFORMAT, "segment", "bytes are missing");
	rc = bytes_append(&img->pages, v.data, v.len);
	while (!rc && img->pages.len < end) {
		const size_t left = end - img->pages.len;

		rc = bytes_append(&img->pages, zero, left < sizeof(zero) ? left : sizeof(zero));
	}
	return rc ? error_fail(err, HC_ENOMEM, "pages", "%u pages", pages) : HC_OK;
}

static int part_add(
	struct image *img, const Elf64_Ehdr *eh, const struct part *part, struct error *err)
{
	struct hc_image_region *r = &img->header.region[img->header.region_count++];
	Elf64_Phdr ph = {0};
	int rc = HC_OK;

	r->gpa = part->gpa;
	r->page_type = part->type;
	r->role = part->role;
	r->pages = part->fixed_pages;
	if (part->fixed_pages == 0) {
		rc = segment_find(img->elf, eh, part->gpa, &ph);
		if (rc)
			return error_fail(err, rc, part->name, "no such segment");
		if (ph.p_memsz > part->max_bytes)
			return error_fail(
				err, HC_ERANGE, part->name, "over %u bytes", part->max_bytes);
		r->pages = pages_of(ph.p_memsz);
	}
	if (part->role == HC_ROLE_IMAGE && part->type == HC_PAGE_NORMAL) {
		r->file_offset = HC_PAGE_SIZE + img->pages.len;
		rc = content_add(img, &ph, r->pages, err);
	} else if (ph.p_filesz != 0) {
		rc = error_fail(err, HC_EFORMAT, part->name, "has content");
	}
	img->total += r->pages;
	return rc;
}

static bool part_wanted(const struct variant *variant, const struct part *part)
{
	if (part->role == HC_ROLE_SECRETS || part->role == HC_ROLE_CPUID)
		return variant->snp_pages;
	return part->gpa != HC_TDX_RESET_GPA || variant->platform == HC_PLATFORM_TDX;
}

static int image_make(struct image *img, struct error *err)
{
	Elf64_Ehdr eh;
	int rc;

	rc = elf_header(img->elf, &eh, err);
	if (!rc)
		rc = no_relocations(img->elf, &eh, err);
	if (!rc)
		rc = segments_known(img->elf, &eh, err);
	for (size_t i = 0; !rc && i < PART_COUNT; i++) {
		if (part_wanted(img->variant, &parts[i]))
			rc = part_add(img, &eh, &parts[i], err);
	}
	if (rc)
		return rc;
	if (img->total > HC_LAUNCH_MAX_PAGES)
		return error_fail(err, HC_ERANGE, "pages of the launch", "%u", img->total);
	memcpy(img->header.magic, HC_IMAGE_MAGIC, sizeof(img->header.magic));
	img->header.version = HC_IMAGE_VERSION;
	img->header.platform = img->variant->platform;
	img->header.file_size = HC_PAGE_SIZE + img->pages.len;
	return HC_OK;
}

static int image_write(const struct image *img, const char *path, struct error *err)
{
	static const uint8_t zero[HC_PAGE_SIZE - sizeof(struct hc_image_header)];
	struct bytes file = {0};
	int rc = HC_OK;

	if (bytes_append(&file, &img->header, sizeof(img->header)) ||
		bytes_append(&file, zero, sizeof(zero)) ||
		bytes_append(&file, img->pages.data, img->pages.len))
		rc = error_fail(err, HC_ENOMEM, path, "%zu bytes", img->pages.len);
	else
		rc = file_write(path, file.data, file.len, 0644, err);
	bytes_free(&file);
	return rc;
}

static void report(const struct image *img)
{
	printf("  huisclos-%s: %u pages of %d in the launch:", img->variant->name, img->total,
		HC_LAUNCH_MAX_PAGES);
	for (size_t i = 0; i < img->header.region_count; i++) {
		const struct hc_image_region *r = &img->header.region[i];

		for (size_t k = 0; k < PART_COUNT; k++) {
			if (parts[k].gpa == r->gpa)
				printf(" %s %u", parts[k].name, r->pages);
		}
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	struct bytes elf = {0};
	struct image img = {0};
	struct error err = {0};
	char line[512];
	int rc;

	img.variant = argc == 4 ? variant_find(argv[1]) : NULL;
	if (!img.variant) {
		fprintf(stderr, "usage: mkimage plain|sim|snp|tdx IN.elf OUT.img\n");
		return 2;
	}
	rc = file_read(&elf, argv[2], ELF_MAX, &err);
	img.elf = bytes_view(&elf);
	if (!rc)
		rc = image_make(&img, &err);
	if (!rc)
		rc = image_write(&img, argv[3], &err);
	if (rc) {
		error_format(&err, line, sizeof(line));
		fprintf(stderr, "mkimage: %s: %s\n", argv[2], line);
	} else {
		report(&img);
	}
	bytes_free(&img.pages);
	bytes_free(&elf);
	return rc ? 1 : 0;
}
