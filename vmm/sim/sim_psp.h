/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated secure processor: what the AMD-SP does for an SNP guest, in software, with keys
 * that lie in a file. It protects nothing. It keeps the launch digest page by page, then answers
 * report requests (SNP firmware ABI 8.17.2 and 7.3) in the exact hardware format, version 5, Genoa
 * layout.
 *
 * Order: new, launch_start, launch_update..., launch_finish, report...; HC_ESTATE otherwise. Not
 * thread-safe: one caller at a time. A report needs getrandom(2) and the heap of mbedTLS (brk,
 * mmap, munmap): a seccomp filter has to leave them.
 */
#ifndef HC_VMM_SIM_SIM_PSP_H
#define HC_VMM_SIM_SIM_PSP_H

#include <stdbool.h>
#include <stdint.h>

#include "attest/measure/id_block.h"
#include "attest/measure/measure.h"
#include "common/bytes.h"
#include "common/error.h"
#include "firmware/abi/sim_mailbox.h"

#define SIM_PSP_REPORT_SIZE   1184
#define SIM_PSP_RESPONSE_SIZE (HC_SIM_RESPONSE_HEADER + SIM_PSP_REPORT_SIZE)

/* Guest policy of a launch unless somebody asks for another: ABI 0.0, SMT allowed, bit 17. */
#define SIM_PSP_POLICY_DEFAULT 0x30000ULL

struct sim_psp;

/*
 * Load the machine's simulated VCEK and chain from `state_dir` (made by sim_pki_create). The keys
 * of ARK and ASK are not read. HC_EMISSING, with the remedy, where there is none. free wipes the
 * key; NULL is allowed.
 */
HC_MUST_USE int sim_psp_new(struct sim_psp **out, const char *state_dir, struct error *err);
void sim_psp_free(struct sim_psp *psp);

/* SNP_LAUNCH_START. HC_ERANGE for a policy with reserved bits wrong (bit 17 is 1, 63:26 are 0). */
HC_MUST_USE int sim_psp_launch_start(struct sim_psp *psp, uint64_t policy, struct error *err);

/*
 * SNP_LAUNCH_UPDATE of one page. `page`: 4096 bytes for NORMAL and VMSA, ignored otherwise. A page
 * that was given already is HC_EMISMATCH, as the RMP would have it; VMSAs are exempt, for KVM gives
 * all of them at SNP_VMSA_GPA.
 */
HC_MUST_USE int sim_psp_launch_update(struct sim_psp *psp, enum hc_page_type type, uint64_t gpa,
	const uint8_t *page, struct error *err);

/* What the host gives with the end of a launch; borrowed. Zeroed: nothing. */
struct sim_psp_finish {
	const uint8_t *host_data; /* 32 bytes; NULL means zero */
	bool id_block_en, author_key_en;
	const uint8_t *id_block; /* SNP_ID_BLOCK_SIZE and SNP_ID_AUTH_SIZE bytes of id_block.h; */
	const uint8_t *id_auth;  /* read with id_block_en only */
};

/*
 * SNP_LAUNCH_FINISH; NULL: nothing is given. Draws the guest's REPORT_ID. An ID block has to be
 * for this launch digest (HC_EMISMATCH, BAD_MEASUREMENT) and this policy (HC_EMISMATCH,
 * POLICY_FAILURE), well formed, and signed by the ID key (HC_ESIGNATURE, BAD_SIGNATURE); with
 * author_key_en the ID key has to be signed by an author key. An author's signature that is there
 * is checked without author_key_en too, and does not reach the report then. After a refusal the
 * launch is where it was.
 */
HC_MUST_USE int sim_psp_launch_finish(
	struct sim_psp *psp, const struct sim_psp_finish *finish, struct error *err);

/* The launch digest so far. */
void sim_psp_digest(const struct sim_psp *psp, uint8_t out[SHA384_SIZE]);

/*
 * MSG_REPORT_REQ to MSG_REPORT_RSP: header of 32 bytes, report. A request the firmware would refuse
 * (VMPL above 3, key selection, reserved bytes) gives 0 and a response with status 0x16
 * (INVALID_PARAM) and report size 0. Allocates nothing of its own.
 */
HC_MUST_USE int sim_psp_report(struct sim_psp *psp, const uint8_t request[HC_SIM_REQUEST_SIZE],
	uint8_t response[SIM_PSP_RESPONSE_SIZE]);

/* Certificate table of an extended guest request: VCEK, ASK, ARK. Lives as long as `psp`. */
struct view sim_psp_certificates(const struct sim_psp *psp);

#endif
