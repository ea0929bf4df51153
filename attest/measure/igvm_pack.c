/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest as an IGVM file. Every page that is measured has its bytes in the file, zeros too: what a
 * loader makes of a page without data differs from one to the other.
 */
#include "attest/measure/igvm_pack.h"

#include <stdlib.h>

#include "attest/measure/id_block.h"

enum { FIXED_SIZE = 24, FRAME = 8, MASK = 1, PLATFORM_VERSION = 1, ID_BLOCK_SIZE = 696 };

#define POLICY_HEADER 0x101U
#define ID_HEADER     0x30bU

struct pack {
	const struct igvm_guest *g;
	enum igvm_platform_type type;
	uint32_t vcpus; /* contexts in the file */
	uint32_t pages;
	struct bytes headers, data;
	uint32_t data_base; /* file offset of `data`, whose first page is zeros */
};

/* Written so that no length wraps. */
static uint64_t pages_of(uint64_t len)
{
	return len / HC_PAGE_SIZE + (len % HC_PAGE_SIZE != 0);
}

uint64_t igvm_initrd_offset(struct view kernel)
{
	return pages_of(kernel.len) * HC_PAGE_SIZE;
}

/* What the firmware has to find below the packed range: the kernel at its place, then the initrd.
 */
static uint64_t room_below(const struct guest_inputs *in)
{
	enum { PREF_ADDRESS = 0x258, INIT_SIZE = 0x260 }; /* Linux boot.rst */
	const uint64_t place = get_le64(in->kernel.data + PREF_ADDRESS);
	const uint64_t size = get_le32(in->kernel.data + INIT_SIZE);

	if (place > HC_BLOBS_END || in->kernel.len > HC_BLOBS_END || in->initrd.len > HC_BLOBS_END)
		return UINT64_MAX;
	return place + size + pages_of(in->initrd.len) * HC_PAGE_SIZE;
}

int igvm_place(struct guest_inputs *in, uint64_t ram_bytes, struct error *err)
{
	const uint64_t end = ram_bytes < HC_BLOBS_END ? ram_bytes : HC_BLOBS_END;
	const uint64_t size = igvm_initrd_offset(in->kernel) + igvm_initrd_offset(in->initrd);
	const uint64_t below = room_below(in);

	if (size <= end && below <= (end - size) / HC_RAM_ALIGN * HC_RAM_ALIGN) {
		in->packed_base = (end - size) / HC_RAM_ALIGN * HC_RAM_ALIGN;
		in->packed_size = size;
		return 0;
	}
	error_fail(err, HC_ERANGE, "memory", "%llu MiB, kernel and initrd %llu MiB",
		(unsigned long long)(ram_bytes >> 20), (unsigned long long)(size >> 20));
	error_expected(err, "room for both twice below %llu MiB", HC_BLOBS_END >> 20);
	return error_remedy(err, "give the guest more memory, or take a smaller initrd");
}

static int add_header(struct pack *p, uint32_t type, const void *content, uint32_t len)
{
	static const uint8_t padding[8];
	uint8_t frame[FRAME];
	int ret;

	put_le32(frame, type);
	put_le32(frame + 4, len);
	ret = bytes_append(&p->headers, frame, sizeof(frame));
	if (ret == 0)
		ret = bytes_append(&p->headers, content, len);
	return ret ? ret : bytes_append(&p->headers, padding, (8 - len % 8) % 8);
}

/* Up to a page of bytes, padded, to the file; *offset is where. */
static int add_data(struct pack *p, const uint8_t *bytes, size_t len, uint32_t *offset)
{
	static const uint8_t zeros[HC_PAGE_SIZE];
	int ret;

	*offset = p->data_base + (uint32_t)p->data.len;
	ret = bytes_append(&p->data, bytes, len);
	return ret ? ret : bytes_append(&p->data, zeros, HC_PAGE_SIZE - len);
}

/* All pages of zeros are one in the file. */
static int page_at(struct pack *p, const uint8_t *bytes, size_t len, uint32_t *offset)
{
	if (len == 0 || bytes_all_zero(bytes, len)) {
		*offset = p->data_base;
		return 0;
	}
	return add_data(p, bytes, len, offset);
}

static int add_page(struct pack *p, uint64_t gpa, uint32_t flags, enum igvm_page_type type,
	const uint8_t *bytes, size_t len)
{
	uint8_t h[24] = {0};
	uint32_t offset = 0;
	int ret = page_at(p, bytes, len, &offset);

	put_le64(h, gpa);
	put_le32(h + 8, MASK);
	put_le32(h + 12, offset);
	put_le32(h + 16, flags);
	put_le16(h + 20, (uint16_t)type);
	return ret ? ret : add_header(p, IGVM_PAGE_DATA, h, sizeof(h));
}

static int add_platform(struct pack *p)
{
	uint8_t h[16] = {0};

	put_le32(h, MASK);
	h[5] = (uint8_t)p->type;
	put_le16(h + 6, PLATFORM_VERSION);
	return add_header(p, IGVM_SUPPORTED_PLATFORM, h, sizeof(h));
}

static int add_policy(struct pack *p)
{
	uint8_t h[16] = {0};

	put_le64(h, p->g->policy);
	put_le32(h + 8, MASK);
	return add_header(p, POLICY_HEADER, h, sizeof(h));
}

static enum igvm_page_type type_of(const struct fw_region *r)
{
	if (r->type == HC_PAGE_SECRETS)
		return IGVM_PAGE_SECRETS;
	return r->type == HC_PAGE_CPUID ? IGVM_PAGE_CPUID : IGVM_PAGE_NORMAL;
}

/* The first byte of a region; NULL where it is zeros. */
static const uint8_t *content_of(const struct igvm_guest *g, const struct fw_region *r)
{
	if (r->role == HC_ROLE_MANIFEST)
		return (const uint8_t *)g->manifest;
	return r->role == HC_ROLE_HOSTFDT ? g->hostfdt : r->data;
}

static int add_region(struct pack *p, const struct fw_region *r)
{
	const uint8_t *data = content_of(p->g, r);
	const uint32_t flags = r->type == HC_PAGE_UNMEASURED ? IGVM_PAGE_UNMEASURED : 0;
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < r->pages; i++) {
		const size_t off = (size_t)i * HC_PAGE_SIZE;

		ret = add_page(p, r->gpa + off, flags, type_of(r), data ? data + off : NULL,
			data ? HC_PAGE_SIZE : 0);
	}
	return ret;
}

/* Whatever comes in these pages: the firmware copies it once and compares with the manifest. */
static int add_blob(struct pack *p, uint64_t gpa, struct view blob)
{
	int ret = 0;

	for (size_t off = 0; ret == 0 && off < blob.len; off += HC_PAGE_SIZE) {
		size_t len = blob.len - off < HC_PAGE_SIZE ? blob.len - off : HC_PAGE_SIZE;

		ret = add_page(
			p, gpa + off, IGVM_PAGE_UNMEASURED, IGVM_PAGE_NORMAL, blob.data + off, len);
	}
	return ret;
}

static int add_blobs(struct pack *p)
{
	const struct igvm_guest *g = p->g;
	int ret;

	if (g->kernel.len == 0)
		return 0;
	ret = add_blob(p, g->manifest->packed_base, g->kernel);
	return ret ? ret
		   : add_blob(p, g->manifest->packed_base + igvm_initrd_offset(g->kernel),
			     g->initrd);
}

static int add_context(struct pack *p, uint64_t gpa, uint16_t index, const uint8_t *bytes)
{
	uint8_t h[20] = {0};
	uint32_t offset;
	int ret = add_data(p, bytes, HC_PAGE_SIZE, &offset);

	if (ret)
		return ret;
	put_le64(h, gpa);
	put_le32(h + 8, MASK);
	put_le32(h + 12, offset);
	put_le16(h + 16, index);
	return add_header(p, IGVM_VP_CONTEXT, h, sizeof(h));
}

/* What a native loader sets: IgvmNativeVpContextX64. General registers are zero. */
static void native_context(uint8_t page[HC_PAGE_SIZE])
{
	enum {
		RIP = 0x80,
		RFLAGS = 0x88,
		IDTR_LIMIT = 0x98,
		GDTR_LIMIT = 0x9e,
		CODE = 0xa8, /* selector, attributes, base, limit */
		DATA = 0xb4,
		CR0 = 0xc8,
		CR3 = 0xd0,
		CR4 = 0xd8,
		EFER = 0xe0,
		CODE64 = 0xa09b,
		DATA32 = 0xc093,
	};

	memset(page, 0, HC_PAGE_SIZE);
	put_le64(page + RIP, HC_ENTRY_BSP);
	put_le64(page + RFLAGS, HC_ENTRY_RFLAGS);
	put_le16(page + IDTR_LIMIT, 0xffff);
	put_le16(page + GDTR_LIMIT, 0xffff);
	put_le16(page + CODE, HC_ENTRY_CS);
	put_le16(page + CODE + 2, CODE64);
	put_le32(page + CODE + 8, UINT32_MAX);
	put_le16(page + DATA, HC_ENTRY_DS);
	put_le16(page + DATA + 2, DATA32);
	put_le32(page + DATA + 8, UINT32_MAX);
	put_le64(page + CR0, HC_ENTRY_CR0);
	put_le64(page + CR3, HC_PAGETABLE_GPA);
	put_le64(page + CR4, HC_ENTRY_CR4);
	put_le64(page + EFER, HC_ENTRY_EFER);
}

static int add_contexts(struct pack *p)
{
	const bool c_bit = p->g->image->platform == HC_PLATFORM_SNP;
	uint8_t page[HC_PAGE_SIZE];
	int ret = 0;

	for (uint32_t i = 0; ret == 0 && i < p->vcpus; i++) {
		if (p->type == IGVM_NATIVE)
			native_context(page);
		else
			vmsa_build(page, i, SNP_SEV_FEATURES, c_bit);
		ret = add_context(p, p->type == IGVM_NATIVE ? 0 : SNP_VMSA_GPA, (uint16_t)i, page);
	}
	return ret;
}

/* R and S, or X and Y, of 72 bytes each, after eight or no bytes of curve. */
static int add_id_block(struct pack *p)
{
	enum { SIG = 144, AUTH_SIG = 0x40, AUTH_KEY = 0x240, AUTH_KEY_SIG = 0x680, AUTHOR = 0x880 };
	const uint8_t *b = p->g->id_block, *a = p->g->id_auth;
	uint8_t h[ID_BLOCK_SIZE] = {0}, *to = h + 104;

	put_le32(h, MASK);
	h[4] = snp_id_auth_has_author((struct view){a, SNP_ID_AUTH_SIZE});
	memcpy(h + 8, b, 88); /* digest, family, image, version, SVN; not the policy */
	memcpy(h + 96, a, 8); /* both algorithms */
	memcpy(to, a + AUTH_SIG, SIG);
	memcpy(to + 144, a + AUTH_KEY, 4);
	memcpy(to + 152, a + AUTH_KEY + 4, SIG);
	memcpy(to + 296, a + AUTH_KEY_SIG, SIG);
	memcpy(to + 440, a + AUTHOR, 4);
	memcpy(to + 448, a + AUTHOR + 4, SIG);
	return add_header(p, ID_HEADER, h, sizeof(h));
}

static int add_all(struct pack *p)
{
	static const uint8_t zeros[HC_PAGE_SIZE];
	const struct igvm_guest *g = p->g;
	int ret = bytes_append(&p->data, zeros, sizeof(zeros));

	if (ret == 0)
		ret = add_platform(p);
	if (ret == 0 && p->type == IGVM_SEV_SNP)
		ret = add_policy(p);
	for (size_t i = 0; ret == 0 && i < g->image->region_count; i++)
		ret = add_region(p, &g->image->region[i]);
	if (ret == 0)
		ret = add_blobs(p);
	if (ret == 0)
		ret = add_contexts(p);
	return ret || !g->id_block ? ret : add_id_block(p);
}

/* As long as add_all will make them: data is named by its offset in the file. */
static uint64_t headers_len(const struct pack *p)
{
	uint64_t len = 24 + 32ULL * p->pages + 32ULL * p->vcpus;

	len += p->type == IGVM_SEV_SNP ? 24 : 0;
	return len + (p->g->id_block ? FRAME + ID_BLOCK_SIZE : 0);
}

/* CRC-32 of everything up to the data, its own four bytes taken as zero, as they still are. */
static int write_file(struct bytes *out, const struct pack *p)
{
	static const uint8_t zeros[HC_PAGE_SIZE];
	const size_t start = out->len, head = FIXED_SIZE + p->headers.len;
	uint8_t fixed[FIXED_SIZE] = {'I', 'G', 'V', 'M'};
	int ret;

	put_le32(fixed + 4, 1);
	put_le32(fixed + 8, FIXED_SIZE);
	put_le32(fixed + 12, (uint32_t)p->headers.len);
	put_le32(fixed + 16, p->data_base + (uint32_t)p->data.len);
	ret = bytes_append(out, fixed, sizeof(fixed));
	if (ret == 0)
		ret = bytes_append(out, p->headers.data, p->headers.len);
	if (ret == 0)
		put_le32(out->data + start + 20, igvm_crc32(out->data + start, head));
	if (ret == 0)
		ret = bytes_append(out, zeros, p->data_base - head);
	return ret ? ret : bytes_append(out, p->data.data, p->data.len);
}

/* Exactly the pages of kernel and initrd: of any other the firmware would find nothing there. */
static int check_packed(const struct igvm_guest *g, struct error *err)
{
	const uint64_t need = (pages_of(g->kernel.len) + pages_of(g->initrd.len)) * HC_PAGE_SIZE;
	const uint64_t found = g->manifest ? g->manifest->packed_size : 0;

	if (g->kernel.len > HC_STAGING_SIZE || g->initrd.len > HC_STAGING_SIZE) {
		error_fail(err, HC_ERANGE, "kernel and initrd", "%zu and %zu bytes", g->kernel.len,
			g->initrd.len);
		return error_expected(err, "at most %llu MiB each", HC_STAGING_SIZE >> 20);
	}
	if (found == need && (g->kernel.len || !g->initrd.len))
		return 0;
	error_fail(err, HC_EMISMATCH, "manifest.packed_size", "0x%llx", (unsigned long long)found);
	return error_expected(
		err, "0x%llx, the pages of kernel and initrd", (unsigned long long)need);
}

static int check_image(const struct fw_image *image, struct error *err)
{
	for (size_t i = 0; i < image->region_count; i++) {
		const enum hc_page_type type = image->region[i].type;

		if (type != HC_PAGE_ZERO)
			continue;
		error_fail(err, HC_EUNSUPPORTED, "firmware image", "pages of type ZERO at 0x%llx",
			(unsigned long long)image->region[i].gpa);
		error_expected(err, "pages with content: loaders of IGVM files differ otherwise");
		return HC_EUNSUPPORTED;
	}
	return 0;
}

static int check_identity(const struct pack *p, struct error *err)
{
	const struct igvm_guest *g = p->g;

	if (!g->id_block)
		return 0;
	if (p->type != IGVM_SEV_SNP)
		return error_fail(err, HC_EUNSUPPORTED, "ID block", "for a guest without SEV-SNP");
	if (get_le64(g->id_block + 0x58) == g->policy)
		return 0;
	error_fail(err, HC_EMISMATCH, "ID block: policy", "0x%llx",
		(unsigned long long)get_le64(g->id_block + 0x58));
	return error_expected(err, "0x%llx, the guest's", (unsigned long long)g->policy);
}

static int check_guest(struct pack *p, struct error *err)
{
	const struct igvm_guest *g = p->g;
	int ret = check_image(g->image, err);

	if (ret == 0)
		ret = check_packed(g, err);
	if (ret == 0)
		ret = check_identity(p, err);
	if (ret == 0 && g->manifest && g->manifest->platform != (uint32_t)g->image->platform)
		ret = error_fail(err, HC_EMISMATCH, "manifest.platform", "not the image's");
	return ret;
}

static void plan(struct pack *p)
{
	const struct igvm_guest *g = p->g;

	p->pages = g->image->total_pages + (uint32_t)pages_of(g->kernel.len) +
		   (uint32_t)pages_of(g->initrd.len);
	switch (g->image->platform) {
	case HC_PLATFORM_SNP:
	case HC_PLATFORM_SIM_SNP:
		p->type = IGVM_SEV_SNP;
		p->vcpus = g->manifest ? g->manifest->vcpu_count : 1;
		break;
	case HC_PLATFORM_TDX:
	case HC_PLATFORM_SIM_TDX:
		p->type = IGVM_TDX; /* the module sets the entry state */
		break;
	case HC_PLATFORM_PLAIN:
		p->type = IGVM_NATIVE;
		p->vcpus = 1; /* the kernel starts the others */
		break;
	}
	p->data_base = (uint32_t)pages_of(FIXED_SIZE + headers_len(p)) * (uint32_t)HC_PAGE_SIZE;
}

int igvm_pack(struct bytes *out, const struct igvm_guest *guest, struct error *err)
{
	struct pack p = {.g = guest};
	int ret;

	plan(&p);
	ret = check_guest(&p, err);
	if (ret == 0) {
		ret = add_all(&p);
		if (ret == 0 && p.headers.len != headers_len(&p))
			ret = HC_EINTERNAL;
		if (ret == 0)
			ret = write_file(out, &p);
		if (ret)
			error_fail(err, ret, "IGVM file", "not made");
	}
	bytes_free(&p.headers);
	bytes_free(&p.data);
	return ret;
}
