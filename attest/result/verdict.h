/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outcome of an appraisal: every check that was made, what they amount to, and what the
 * evidence claims. A zeroed verdict is UNDECIDED with nothing known. Only verdict_decide() writes
 * TRUSTED.
 */
#ifndef HC_ATTEST_RESULT_VERDICT_H
#define HC_ATTEST_RESULT_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/endorse/roots.h"
#include "attest/evidence/snp_report.h"
#include "common/bytes.h"
#include "common/error.h"

enum check_outcome {
	CHECK_UNDECIDED, /* something needed is missing or stale */
	CHECK_PASS,
	CHECK_FAIL,
	CHECK_SKIPPED, /* does not apply here, or was not asked for */
};

enum verdict_value { VERDICT_UNDECIDED, VERDICT_TRUSTED, VERDICT_REJECTED };
enum authentic_value { AUTHENTIC_UNDECIDED, AUTHENTIC_YES, AUTHENTIC_NO };
enum revocation_value { REVOCATION_UNKNOWN, REVOCATION_GOOD, REVOCATION_REVOKED };

/* Which question a check belongs to. */
enum check_group {
	CHECK_GROUP_AUTHENTICITY, /* is this evidence genuine? */
	CHECK_GROUP_REVOCATION,   /* has the vendor taken its word back? */
	CHECK_GROUP_POLICY,       /* do we accept it? */
};

enum claims_tee { CLAIMS_NONE, CLAIMS_SEV_SNP };

/* What is fixed about a check; one table in result/checks.c. Sentences are about pass and fail. */
struct check_def {
	const char *id; /* stable, e.g. "snp.signature", "policy.measurement" */
	enum check_group group;
	enum claims_tee tee; /* for evidence of this kind; CLAIMS_NONE: of every kind */
	bool mandatory;      /* must have passed: its absence is not good enough */
	const char *section;
	const char *pass_en, *fail_en, *pass_fr, *fail_fr;
};

/* NULL for an id that is not in the table; by number, NULL at the end. */
const struct check_def *check_def_find(const char *id);
const struct check_def *check_def_at(size_t index);

struct check {
	const struct check_def *def;
	enum check_outcome outcome;
	char found[200], expected[320]; /* may be empty */
};

/*
 * What the evidence says, in the terms of its TEE. Believe it only where authentic is YES.
 * Measurement and report data are also here without the TEE's terms, for those who bind something
 * to them.
 */
struct claims {
	enum claims_tee tee;
	uint8_t measurement[64];
	size_t measurement_len; /* 48 for SEV-SNP */
	uint8_t report_data[64];
	struct {
		struct snp_report report;
		enum snp_product product; /* UNKNOWN until the report or the VEK tells */
		enum snp_signing_key signing_key;
		struct snp_tcb current, reported, committed, launch;
		char csp_id[128];      /* of a VLEK; else empty */
		char product_name[32]; /* of the VEK; empty without one */
	} snp;
};

#define VERDICT_CHECKS_MAX 48

struct verdict {
	enum verdict_value value;
	enum authentic_value authentic;
	enum revocation_value revocation;
	bool has_root;    /* the chain ends in a root of the caller's set: */
	struct root root; /* a copy of it */
	int64_t at;       /* the time everything was judged at */
	uint8_t evidence_sha384[48];
	char policy_name[80];      /* "built-in defaults" without one */
	uint8_t policy_sha384[48]; /* of the policy's text; zero without one */
	struct claims claims;
	size_t check_count;
	bool overflow; /* a check did not fit or has no definition: never TRUSTED */
	struct check check[VERDICT_CHECKS_MAX];
};

/* --- for those who make checks --- */

/*
 * Record a check. `id` must be in the table and be recorded once; anything else sets overflow.
 * Returns the entry, for check_set_found and check_set_expected; never NULL (a scratch entry then).
 */
struct check *verdict_add(struct verdict *v, const char *id, enum check_outcome outcome);
void check_set_found(struct check *check, const char *fmt, ...) HC_PRINTF(2, 3);
void check_set_expected(struct check *check, const char *fmt, ...) HC_PRINTF(2, 3);
/* FAIL with found and expected of an error; code HC_EMISSING gives UNDECIDED. */
struct check *verdict_add_error(struct verdict *v, const char *id, const struct error *err);

/* NULL if no such check was made. */
const struct check *verdict_find(const struct verdict *v, const char *id);

/*
 * From the checks to authentic and to the verdict. authentic is YES only if every mandatory check
 * of the authenticity group passed and none failed or is undecided. TRUSTED only if besides that
 * every mandatory policy check passed, none failed or is undecided, and nothing is revoked.
 */
void verdict_decide(struct verdict *v);

/* --- for those who show them --- */

enum verdict_lang { VERDICT_EN, VERDICT_FR };

const char *verdict_name(enum verdict_value value);               /* "TRUSTED" */
const char *verdict_authentic_name(enum authentic_value value);   /* "yes", "no", "undecided" */
const char *verdict_revocation_name(enum revocation_value value); /* "good", "revoked", "unknown" */
const char *check_outcome_name(
	enum check_outcome outcome); /* "pass", "fail", "undecided", "skipped" */
/* The check's sentence for its outcome, without newline; cut at `cap`. */
void check_text(const struct check *check, enum verdict_lang lang, char *buf, size_t cap);

/*
 * The JSON object: tee, authentic, revocation, verdict, simulated, root, at, evidence_sha384,
 * policy, claims, checks[] {id, group, outcome, found, expected, section, text, text_fr}. HC_ENOMEM
 * only. The caller json_decref()s. It tells a reader what the policy wants: never send it to a
 * guest.
 */
HC_MUST_USE int verdict_to_json(const struct verdict *v, json_t **out, struct error *err);
/* The same for a person, appended. `colour`: terminal escapes. */
HC_MUST_USE int verdict_to_text(
	const struct verdict *v, enum verdict_lang lang, bool colour, struct bytes *out);

/* The claims alone, decoded and raw. */
HC_MUST_USE int claims_to_json(const struct claims *claims, json_t **out, struct error *err);

#endif
