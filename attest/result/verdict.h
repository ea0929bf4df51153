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
#include "attest/evidence/tdx_quote.h"
#include "attest/evidence/tdx_tcb.h"
#include "common/bytes.h"
#include "common/error.h"
#include "common/messages.h"

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

enum claims_tee { CLAIMS_NONE, CLAIMS_SEV_SNP, CLAIMS_TDX };

/* What is fixed about a check; one table in result/checks.c. Its sentences are messages in English.
 */
struct check_def {
	const char *id; /* stable, e.g. "snp.signature", "policy.measurement" */
	enum check_group group;
	enum claims_tee tee; /* for evidence of this kind; CLAIMS_NONE: of every kind */
	bool mandatory;      /* must have passed: its absence is not good enough */
	const char *section;
	const char *pass, *fail;
};

/* NULL for an id that is not in the table; by number, NULL at the end. */
const struct check_def *check_def_find(const char *id);
const struct check_def *check_def_at(size_t index);

struct check {
	const struct check_def *def;
	enum check_outcome outcome;
	enum messages_lang lang; /* of found and expected: the verdict's */
	uint8_t block;           /* number of the policy's block it belongs to, from 1; 0: none */
	bool warning;            /* a pass that people should see: a default was loosened */
	char found[240], expected[320]; /* may be empty */
};

/* One named block of the policy: any of them may accept, each is a conjunction of its checks. */
struct verdict_block {
	char name[80];
	enum check_outcome outcome;
};

/*
 * The chain of trust as it was found, for people: from the certificate whose key signed the
 * evidence up to the root. Plain values, no judgement: the checks judge. Names and serials are the
 * certificates' own, cleaned (text_clean); kinds are words of this program.
 */
enum link_signature { LINK_SIGNATURE_UNKNOWN, LINK_SIGNATURE_GOOD, LINK_SIGNATURE_BAD };
enum link_anchor {
	LINK_ANCHOR_NONE,    /* it needs none: the one above vouches for it */
	LINK_ANCHOR_BUILTIN, /* its fingerprint is part of this program */
	LINK_ANCHOR_NAMED,   /* the caller named it */
	LINK_ANCHOR_UNKNOWN, /* it would have to be one of these, and is not */
};

struct verdict_link {
	const char *kind; /* static: "VCEK", "VLEK", "ASK", "ASVK", "ARK", "PCK", ... */
	bool present;     /* false: not at hand; only kind and revocation are meant then */
	char name[64];    /* common name of the subject */
	char serial[65];  /* hex digits, cut where longer */
	int64_t not_before, not_after;
	uint8_t sha256[32];
	enum link_signature signs; /* the signature under the link below (under the evidence) */
	enum link_anchor anchor;
	bool listed_by_crl; /* the vendor has a list for certificates of this kind: */
	enum revocation_value revocation;
	int64_t list_from, list_to; /* of the list that was used; 0: no list, no end */
};

#define VERDICT_LINKS_MAX 4

struct verdict_chain {
	size_t count; /* 0: nothing is known of a chain */
	struct verdict_link link[VERDICT_LINKS_MAX];
};

/*
 * What the evidence says, in the terms of its TEE. Believe it only where authentic is YES.
 * Measurement and report data are also here without the TEE's terms, for those who bind something
 * to them.
 */
struct claims {
	enum claims_tee tee;
	uint8_t measurement[64];
	size_t measurement_len; /* 48: SEV-SNP's MEASUREMENT, TDX's MRTD */
	uint8_t report_data[64];
	struct {
		struct snp_report report;
		enum snp_product product; /* UNKNOWN until the report or the VEK tells */
		enum snp_signing_key signing_key;
		struct snp_tcb current, reported, committed, launch;
		char csp_id[128];                   /* of a VLEK; else empty */
		char product_name[32];              /* of the VEK; empty without one */
		bool has_endorsement_key;           /* of the VEK that was checked last: */
		uint8_t endorsement_key_sha256[32]; /* of its SubjectPublicKeyInfo, DER */
	} snp;
	struct {
		struct tdx_platform platform; /* of the PCK certificate */
		struct tdx_tcb tcb;           /* by Intel's collateral */
		struct tdx_quote quote;       /* last: large */
	} tdx;
};

#define VERDICT_CHECKS_MAX 640 /* 16 blocks of 31 checks, and those of the evidence */
#define VERDICT_BLOCKS_MAX 16

struct verdict {
	enum verdict_value value;
	enum authentic_value authentic;
	enum revocation_value revocation;
	bool has_root;    /* the chain ends in a root of the caller's set: */
	struct root root; /* a copy of it */
	struct verdict_chain chain;
	int64_t at; /* the time everything was judged at */
	uint8_t evidence_sha384[48];
	char policy_name[80];      /* "built-in defaults" without one */
	uint8_t policy_sha384[48]; /* of the policy's text; zero without one */
	enum messages_lang lang;   /* in which found and expected are written */
	struct claims claims;
	size_t block_count; /* blocks of the policy for this kind of evidence */
	struct verdict_block block[VERDICT_BLOCKS_MAX];
	uint8_t accepted_by; /* number of the block that accepts, from 1; 0: none */
	bool overflow;       /* a check did not fit or has no definition: never TRUSTED */
	size_t check_count;
	struct check check[VERDICT_CHECKS_MAX]; /* last: only check_count of them are meant */
};

/* --- for those who make checks --- */

/* Empty, but for its language. What is beyond check_count is left as it was. */
void verdict_reset(struct verdict *v, enum messages_lang lang);
/* As far as it is filled: a verdict is large. */
void verdict_copy(struct verdict *to, const struct verdict *from);

/*
 * Record a check. `id` must be in the table and be recorded once in its block; anything else sets
 * overflow. The format is a message: it is looked up in the verdict's language, its arguments are
 * not (verdict_text). Returns the entry, for check_set_found and check_set_expected; never NULL (a
 * scratch entry then).
 */
struct check *verdict_add(struct verdict *v, const char *id, enum check_outcome outcome);
void check_set_found(struct check *check, const char *fmt, ...) HC_PRINTF(2, 3);
void check_set_expected(struct check *check, const char *fmt, ...) HC_PRINTF(2, 3);
/* A message in the verdict's language, for an argument of check_set_*. */
const char *verdict_text(const struct verdict *v, const char *msgid) __attribute__((format_arg(2)));
/* Mark a pass as one that people should see. */
void check_warn(struct check *check);
bool check_warned(const struct check *check); /* passed, and marked so */
/* FAIL with found and expected of an error; code HC_EMISSING gives UNDECIDED. */
struct check *verdict_add_error(struct verdict *v, const char *id, const struct error *err);

/*
 * Blocks of a policy. Checks of the policy group recorded after _begin belong to that block, others
 * to none: those hold whatever block accepts. _outcome is what the block comes to so far: FAIL if a
 * check failed, PASS if every mandatory check of the policy group passed in it or outside of all
 * blocks, else UNDECIDED. _keep: this block accepts, the checks of the others are dropped, their
 * outcomes stay.
 */
void verdict_block_begin(struct verdict *v, const char *name);
enum check_outcome verdict_block_outcome(const struct verdict *v);
void verdict_block_keep(struct verdict *v);

/* The first with this id, or NULL if no such check was made. */
const struct check *verdict_find(const struct verdict *v, const char *id);

/*
 * From the checks to authentic and to the verdict. authentic is YES only if every mandatory check
 * of the authenticity group passed and none failed or is undecided. TRUSTED only if besides that
 * nothing is revoked, no policy check outside of blocks failed or is undecided, and one block's
 * outcome is PASS; without blocks all policy checks are one. REJECTED if a check that no block can
 * make up for failed, or all blocks did.
 */
void verdict_decide(struct verdict *v);

/* --- for those who show them --- */

/* What the policy as a whole comes to, after verdict_decide: PASS is acceptance. */
enum check_outcome verdict_policy_outcome(const struct verdict *v);

const char *verdict_name(enum verdict_value value);               /* "TRUSTED" */
const char *verdict_authentic_name(enum authentic_value value);   /* "yes", "no", "undecided" */
const char *verdict_revocation_name(enum revocation_value value); /* "good", "revoked", "unknown" */
const char *check_group_name(enum check_group group); /* "authenticity", "revocation", "policy" */
const char *check_outcome_name(
	enum check_outcome outcome); /* "pass", "fail", "undecided", "skipped" */
const char *link_signature_name(enum link_signature signs); /* "unknown", "good", "bad" */
const char *link_anchor_name(enum link_anchor anchor); /* "none", "builtin", "named", "unknown" */
/* The check's sentence for its outcome, without newline; cut at `cap`. */
void check_text(const struct check *check, enum messages_lang lang, char *buf, size_t cap);
/* Names of the enums above for a person. */
const char *verdict_authentic_text(enum authentic_value value, enum messages_lang lang);
const char *verdict_revocation_text(enum revocation_value value, enum messages_lang lang);
const char *verdict_value_text(enum verdict_value value, enum messages_lang lang);
const char *claims_tee_text(enum claims_tee tee, enum messages_lang lang);
const char *check_outcome_text(enum check_outcome outcome, enum messages_lang lang);
/* The name of block[block - 1]: as the policy has it, or, without a policy, in `lang`. */
const char *verdict_block_text(const struct verdict *v, size_t block, enum messages_lang lang);
bool verdict_has_policy(const struct verdict *v);
/* What the verdict comes to, in one sentence; and how fresh the evidence is. */
const char *verdict_sentence(const struct verdict *v, enum messages_lang lang);
const char *verdict_freshness(const struct verdict *v, enum messages_lang lang);

/*
 * The JSON object: tee, authentic, revocation, verdict, simulated, root, chain[] {kind, present,
 * name, serial, not_before, not_after, sha256, signs, anchor, revocation, list_from, list_to}, at,
 * evidence_sha384, policy {name, sha384, blocks[] {name, outcome}, accepted_by}, claims, checks[]
 * {id, group, block, outcome, found, expected, section, text, text_fr}; what there is none of is
 * left out. HC_ENOMEM only.
 * The caller json_decref()s. It tells a reader what the policy wants: never send it to a guest.
 */
HC_MUST_USE int verdict_to_json(const struct verdict *v, json_t **out, struct error *err);
/* How a person gets it. */
struct verdict_style {
	enum messages_lang lang;
	bool colour;         /* text: terminal escapes */
	unsigned int width;  /* text: lines of at most this many columns; 0: not wrapped */
	int64_t made_at;     /* now; a judgement of another time says so; 0: nothing is said */
	const char *program; /* page: name and version of what makes it; or NULL */
};
#define VERDICT_NOW_SECONDS 300 /* judged so close to made_at is judged now */

/* The same for a person, appended: as text, and as one page of HTML. HC_ENOMEM, HC_EINTERNAL. */
HC_MUST_USE int verdict_to_text(
	const struct verdict *v, const struct verdict_style *style, struct bytes *out);
HC_MUST_USE int verdict_to_html(
	const struct verdict *v, const struct verdict_style *style, struct bytes *out);

/* "sev-snp", "tdx", "unknown". */
const char *claims_tee_name(enum claims_tee tee);
/* The claims alone, decoded and raw. */
HC_MUST_USE int claims_to_json(const struct claims *claims, json_t **out, struct error *err);

#endif
