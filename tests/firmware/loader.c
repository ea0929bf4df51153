/* SPDX-License-Identifier: Apache-2.0 */
/* A loader of IGVM files as others are written: see loader.h. */
#include "tests/firmware/loader.h"

#include <stdlib.h>
#include <string.h>

#include "attest/crypto.h"

/* igvm_defs/src/lib.rs: headers and flags. */
#define VHT_SUPPORTED_PLATFORM 0x1
#define VHT_GUEST_POLICY       0x101
#define VHT_PAGE_DATA          0x302
#define VHT_VP_CONTEXT         0x304
#define VHT_SNP_ID_BLOCK       0x30b
#define FLAG_2MB               1u
#define FLAG_UNMEASURED        2u

#define KVM_VMSA_GPA 0xfffffffff000ULL /* sev.c */

static bool inside(struct view file, uint64_t at, uint64_t len)
{
	return at <= file.len && len <= file.len - at;
}

/* sev.c: what is not copied into KVM's registers has to be zero, and the features SNP alone. */
static const char *vmsa_wrong(uint64_t gpa, const uint8_t *vmsa)
{
	static const struct {
		uint16_t from, to;
	} copied[] = {{0x000, 0x0a0}, {0x0d0, 0x0d8}, {0x148, 0x180}, {0x1d8, 0x1e0},
		{0x1f8, 0x200}, {0x268, 0x270}, {0x308, 0x320}, {0x328, 0x380}, {0x3b0, 0x3b8},
		{0x3e8, 0x3f0}, {0x408, 0x40c}, {0x410, 0x412}};
	uint8_t rest[HC_PAGE_SIZE];

	if (gpa != KVM_VMSA_GPA)
		return "the VMSA GPA must be KVM's";
	memcpy(rest, vmsa, sizeof(rest));
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		memset(rest + copied[i].from, 0, copied[i].to - copied[i].from);
	if (get_le64(vmsa + 0x3b0) != 1)
		return "sev_features must be SNP alone";
	return bytes_all_zero(rest, sizeof(rest))
		       ? NULL
		       : "the VMSA contains fields that KVM does not take";
}

static const char *take_context(struct loader *l, const uint8_t *h)
{
	const uint32_t at = get_le32(h + 12), index = get_le16(h + 16);

	if (l->platform == LOADER_TDX)
		return "a VP context for TDX";
	if (at == 0 || !inside(l->file, at, HC_PAGE_SIZE))
		return "invalid VP context";
	if (index >= HC_VCPUS_MAX || l->context[index])
		return "VP context of no vCPU, or twice";
	if (l->platform == LOADER_NATIVE && index != 0)
		return "context can be set for BSP only";
	l->context[index] = l->file.data + at;
	l->contexts++;
	return l->platform == LOADER_SNP ? vmsa_wrong(get_le64(h), l->context[index]) : NULL;
}

/* The numbers of IgvmPageDataType; for SNP as the firmware's ABI has them. */
static const char *page_type(struct loader_page *p, uint32_t type, uint32_t flags)
{
	static const enum hc_page_type types[] = {
		HC_PAGE_NORMAL, HC_PAGE_SECRETS, HC_PAGE_CPUID, HC_PAGE_CPUID};

	if (type >= sizeof(types) / sizeof(types[0]))
		return "invalid page type";
	p->type = type == 0 && (flags & FLAG_UNMEASURED) ? HC_PAGE_UNMEASURED : types[type];
	return NULL;
}

static const char *take_page(struct loader *l, const uint8_t *h, uint64_t ram_end)
{
	const uint32_t at = get_le32(h + 12), flags = get_le32(h + 16);
	struct loader_page *p = &l->page[l->count];

	p->gpa = get_le64(h);
	if (flags & FLAG_2MB)
		return "only pages of 4 KiB";
	if (p->gpa % HC_PAGE_SIZE)
		return "a page that is not aligned";
	/* Without data they do not agree on the type: nothing of ours may rest on that. */
	if (at == 0 || !inside(l->file, at, HC_PAGE_SIZE))
		return "a page without data";
	if (p->gpa >= ram_end && !(l->platform == LOADER_TDX && p->gpa == HC_TDX_RESET_GPA))
		return "a page where no memory is";
	p->bytes = l->file.data + at;
	l->count++;
	return page_type(p, get_le16(h + 20), flags);
}

static uint32_t mask_of(uint32_t type, const uint8_t *h)
{
	return get_le32(h + (type == VHT_SNP_ID_BLOCK ? 0 : 8));
}

static const char *take(
	struct loader *l, uint32_t type, const uint8_t *h, uint32_t *mask, uint64_t ram_end)
{
	if (type == VHT_SUPPORTED_PLATFORM) {
		if (h[5] == (uint8_t)l->platform)
			*mask = get_le32(h);
		return NULL;
	}
	if (*mask == 0)
		return "no compatible platform";
	if (!(mask_of(type, h) & *mask))
		return NULL;
	switch (type) {
	case VHT_GUEST_POLICY:
		l->policy = get_le64(h);
		return NULL;
	case VHT_PAGE_DATA:
		return take_page(l, h, ram_end);
	case VHT_VP_CONTEXT:
		return take_context(l, h);
	case VHT_SNP_ID_BLOCK:
		return NULL;
	}
	return "unknown header type";
}

static const char *walk(struct loader *l, uint64_t ram_end)
{
	uint64_t at = get_le32(l->file.data + 8);
	const uint64_t end = at + get_le32(l->file.data + 12);
	const char *wrong = NULL;
	uint32_t mask = 0;

	if (!inside(l->file, 0, end))
		return "headers outside the file";
	l->page = calloc((end - at) / 32 + 1, sizeof(*l->page)); /* a page's header has 32 bytes */
	if (!l->page)
		abort();
	while (!wrong && at + 8 <= end) {
		const uint8_t *h = l->file.data + at;
		const uint32_t type = get_le32(h), len = get_le32(h + 4);

		if (len < 16 || len > end - at - 8)
			return "a header of a wrong length";
		wrong = take(l, type, h + 8, &mask, ram_end);
		at += 8 + ((uint64_t)len + 7) / 8 * 8;
	}
	return wrong;
}

static int by_address(const void *a, const void *b)
{
	const struct loader_page *x = a, *y = b;

	return x->gpa < y->gpa ? -1 : x->gpa > y->gpa;
}

const char *loader_load(struct loader *out, struct view file, enum loader_platform platform,
	enum loader_order order, uint64_t ram_end)
{
	const char *wrong;

	*out = (struct loader){.file = file, .platform = platform};
	if (file.len < 24 || memcmp(file.data, "IGVM", 4) != 0 || get_le32(file.data + 4) != 1 ||
		get_le32(file.data + 16) != file.len)
		return "invalid IGVM file";
	wrong = walk(out, ram_end);
	if (!wrong && platform == LOADER_SNP && out->policy == 0)
		wrong = "no guest policy";
	if (!wrong && order == LOADER_BY_ADDRESS)
		qsort(out->page, out->count, sizeof(*out->page), by_address);
	return wrong;
}

void loader_free(struct loader *l)
{
	free(l->page);
	*l = (struct loader){0};
}

/* SNP_LAUNCH_UPDATE's PAGE_INFO. */
void loader_snp_extend(uint8_t ld[48], enum hc_page_type type, uint64_t gpa, const uint8_t *bytes)
{
	uint8_t info[0x70] = {0};

	memcpy(info, ld, 48);
	if (bytes && crypto_sha384(info + 48, bytes, HC_PAGE_SIZE))
		abort();
	info[0x60] = 0x70;
	info[0x62] = (uint8_t)type;
	put_le64(info + 0x68, gpa);
	if (crypto_sha384(ld, info, sizeof(info)))
		abort();
}

static void snp_digest(const struct loader *l, uint8_t out[48])
{
	memset(out, 0, 48);
	for (size_t i = 0; i < l->count; i++)
		loader_snp_extend(out, l->page[i].type, l->page[i].gpa,
			l->page[i].type == HC_PAGE_NORMAL ? l->page[i].bytes : NULL);
	for (uint32_t i = 0; i < l->contexts; i++)
		loader_snp_extend(out, HC_PAGE_VMSA, KVM_VMSA_GPA, l->context[i]);
}

/* TDH.MEM.PAGE.ADD, then TDH.MR.EXTEND for each 256 bytes of a measured page. */
static int tdx_page(struct crypto_sha384 *h, const struct loader_page *p)
{
	uint8_t block[128] = "MEM.PAGE.ADD";
	int ret;

	put_le64(block + 16, p->gpa);
	ret = crypto_sha384_update(h, block, sizeof(block));
	for (size_t at = 0; p->type == HC_PAGE_NORMAL && at < HC_PAGE_SIZE; at += 256) {
		memcpy(block, "MR.EXTEND\0\0\0", 12);
		put_le64(block + 16, p->gpa + at);
		ret |= crypto_sha384_update(h, block, sizeof(block));
		ret |= crypto_sha384_update(h, p->bytes + at, 256);
	}
	return ret;
}

static void tdx_digest(const struct loader *l, uint8_t out[48])
{
	struct crypto_sha384 h;
	int ret = crypto_sha384_init(&h);

	for (size_t i = 0; ret == 0 && i < l->count; i++)
		ret = tdx_page(&h, &l->page[i]);
	if (ret == 0)
		ret = crypto_sha384_peek(&h, out);
	if (ret)
		abort();
	crypto_sha384_fini(&h);
}

void loader_digest(const struct loader *l, uint8_t out[48])
{
	if (l->platform == LOADER_TDX)
		tdx_digest(l, out);
	else
		snp_digest(l, out);
}
