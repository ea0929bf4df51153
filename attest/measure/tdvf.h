/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX: the running MRTD, and what a VMM adds of a TDVF or td-shim image (Intel TDX Virtual Firmware
 * Design Guide, "TDVF metadata"), whose metadata the OVMF footer's table points to, or the offset
 * 32 bytes before the end of an image without such a table. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_TDVF_H
#define HC_ATTEST_MEASURE_TDVF_H

#include "attest/measure/ovmf.h"

/* The running MRTD as the TDX module keeps it (TDX module base specification, TDH.MEM.PAGE.ADD and
 * TDH.MR.EXTEND). init, any number of pages, final; fini wipes and may follow anything. */
struct mrtd {
	struct crypto_sha384 hash;
};
HC_MUST_USE int mrtd_init(struct mrtd *mrtd);
/* TDH.MEM.PAGE.ADD of one 4 KiB page; HC_ERANGE for an unaligned address. */
HC_MUST_USE int mrtd_add(struct mrtd *mrtd, uint64_t gpa);
/* TDH.MR.EXTEND of all its 16 chunks. */
HC_MUST_USE int mrtd_extend(struct mrtd *mrtd, uint64_t gpa, const uint8_t page[4096]);
/* What MRTD would be if the launch ended here. */
HC_MUST_USE int mrtd_peek(const struct mrtd *mrtd, uint8_t out[SHA384_SIZE]);
void mrtd_fini(struct mrtd *mrtd);

enum tdvf_type {
	TDVF_BFV = 0,
	TDVF_CFV = 1,
	TDVF_TD_HOB = 2,
	TDVF_TEMP_MEM = 3,
	TDVF_PERM_MEM = 4,
	TDVF_PAYLOAD = 5,       /* td-shim */
	TDVF_PAYLOAD_PARAM = 6, /* td-shim */
	TDVF_TD_INFO = 7,       /* td-shim; not loaded */
};

#define TDVF_MR_EXTEND 1U /* attribute: pages are measured, not only added */
#define TDVF_PAGE_AUG  2U /* attribute: pages are not added; the guest accepts them */

struct tdvf_section {
	uint64_t gpa, size; /* multiples of 4 KiB */
	struct view data;   /* in the image; shorter than `size`: zeros follow */
	enum tdvf_type type;
	uint32_t attributes;
};

struct tdvf {
	struct ovmf_image image;
	size_t count;
	struct tdvf_section section[OVMF_SECTIONS_MAX]; /* in file order, disjoint */
};

/*
 * HC_EMISSING without TDX metadata; HC_EFORMAT "metadata outside the image", for unknown types and
 * attributes, sections that are unaligned, empty, overlapping, or whose data is outside the image.
 */
HC_MUST_USE int tdvf_parse(struct tdvf *out, struct view file, struct error *err);

/*
 * PAGE: each page is added and then measured (KVM). REGION: all pages of a section are added, then
 * measured (out-of-tree stacks before KVM had TDX). The two give different digests.
 */
enum tdvf_order { TDVF_ORDER_PAGE, TDVF_ORDER_REGION };

/* One step of a launch; `measured` false: TDH.MEM.PAGE.ADD, true: TDH.MR.EXTEND of the page. */
typedef void tdvf_explain_fn(
	void *ctx, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);

/* A launch that is measured and, where `explain` is not NULL, told step by step. */
struct mrtd_launch {
	struct mrtd mrtd; /* mrtd_init, mrtd_peek, mrtd_fini */
	tdvf_explain_fn *explain;
	void *ctx;
};
/* mrtd_add and mrtd_extend, explained. */
HC_MUST_USE int mrtd_launch_add(struct mrtd_launch *launch, uint64_t gpa);
HC_MUST_USE int mrtd_launch_extend(
	struct mrtd_launch *launch, uint64_t gpa, const uint8_t page[4096]);

/* MRTD of a launch with KVM's or the older order. `explain` may be NULL. */
HC_MUST_USE int tdvf_measure(uint8_t out[SHA384_SIZE], const struct tdvf *tdvf,
	enum tdvf_order order, tdvf_explain_fn *explain, void *ctx, struct error *err);

#endif
