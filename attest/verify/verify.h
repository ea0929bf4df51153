/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The appraisal of evidence: recognise, parse, verify, then judge by policy. One ops table for each
 * kind of evidence; signature and policy never share a function. No I/O, no clock, no globals.
 */
#ifndef HC_ATTEST_VERIFY_VERIFY_H
#define HC_ATTEST_VERIFY_VERIFY_H

#include <stdint.h>

#include "attest/endorse/endorsements.h"
#include "attest/endorse/memo.h"
#include "attest/endorse/roots.h"
#include "attest/endorse/seen.h"
#include "attest/policy/policy.h"
#include "attest/result/verdict.h"
#include "common/bytes.h"
#include "common/error.h"

#define EVIDENCE_SIZE_MAX (64U << 10)

/* What replaying a guest's event log gave (attest/measure/ccel.h). */
struct appraise_event_log {
	int code; /* 0, or what is wrong with the log: */
	struct error why;
	uint8_t rtmr[TDX_RTMRS][TDX_MR_SIZE];
};

/* All borrowed for the call. */
struct appraise_input {
	struct view evidence;                    /* as received: SEV-SNP report or TDX quote */
	const struct endorsements *endorsements; /* NULL: none at hand */
	const struct roots *roots;               /* mandatory: roots_init() at least */
	const struct policy *policy;             /* NULL: safe defaults, never TRUSTED */
	int64_t at;                              /* judge as of this time */
	const uint8_t *report_data;              /* 64 bytes that must be bound, or NULL */
	/* Of a TDX guest: its registers must be the quote's. NULL: none given. */
	const struct appraise_event_log *event_log;
	enum messages_lang lang; /* of found and expected in the verdict */
	struct memo *memo; /* signatures of certificates and lists found good before, or NULL */
	/* Lists and statements seen last; changed by the call. NULL: older ones are not noticed. */
	struct seen *seen;
};

/*
 * Judge. Returns 0 whenever a verdict was reached, whatever it is; a negative code (HC_ENOMEM,
 * HC_EUSAGE) means that no judgement was possible, and *out is then empty: UNDECIDED.
 * struct verdict is about 440 KiB of caller's storage.
 */
HC_MUST_USE int appraise(const struct appraise_input *in, struct verdict *out, struct error *err);

/* One kind of evidence. All slots are filled. */
struct evidence_ops {
	const char *tee; /* "sev-snp", "tdx" */
	bool (*recognise)(struct view evidence);
	/* Bytes to v->claims; records the checks of structure. Negative: nothing to go on with. */
	int (*parse)(struct view evidence, struct verdict *v);
	/* Signatures, chain, windows, bindings, revocation: v->claims against endorsements. */
	int (*verify)(const struct appraise_input *in, struct verdict *v, struct error *err);
};

extern const struct evidence_ops snp_evidence_ops;
extern const struct evidence_ops tdx_evidence_ops;

/* The kind of evidence by its first bytes, or NULL. */
const struct evidence_ops *evidence_recognise(struct view evidence);

#endif
