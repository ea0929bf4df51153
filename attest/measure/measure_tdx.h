/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TDX guest of ours will show in a quote: MRTD over the page list of its firmware image, as
 * KVM adds and measures it, and RTMR1 with the digest of the manifest, which the firmware extends
 * before Linux starts. The event log says the same for tools that replay logs (DESIGN.md section
 * 6, firmware/abi/ccel.h). No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_MEASURE_TDX_H
#define HC_ATTEST_MEASURE_MEASURE_TDX_H

#include "attest/measure/ccel.h"
#include "attest/measure/tdvf.h"

/*
 * MRTD: all regions in the image's order, each page added, then measured unless its type is
 * UNMEASURED (pages of type ZERO are measured as zeros). HC_EUNSUPPORTED for an image of another
 * platform or with SNP's own pages, HC_EMISMATCH for a manifest of another platform.
 */
HC_MUST_USE int measure_tdx(uint8_t out[SHA384_SIZE], const struct fw_image *image,
	const struct hc_manifest *manifest, tdvf_explain_fn *explain, void *ctx, struct error *err);

/*
 * Append the event log of the boot flow to `out`: the first event, which names SHA-384, then one
 * event for RTMR1 whose data is the manifest page and whose digest is the page's SHA-384.
 */
HC_MUST_USE int measure_tdx_log(
	struct bytes *out, const struct hc_manifest *manifest, struct error *err);

/* The registers after that log; RTMR0, RTMR2 and RTMR3 are zero when Linux starts. */
HC_MUST_USE int measure_tdx_rtmrs(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE],
	const struct hc_manifest *manifest, struct error *err);

#endif
