/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/*
 * libhuisclos: is this evidence of a confidential VM genuine, and do you accept it?
 *
 *	hc_verifier_new(&verifier);
 *	hc_verifier_add_endorsements(verifier, ...);  any number of times
 *	hc_verifier_set_policy(verifier, ...);        what you accept: docs/POLICY.md
 *	hc_verify(verifier, &question, &result, &error);
 *	if (hc_result_verdict(result) == HC_TRUSTED) ...
 *
 * docs/examples/verify.c is a whole program of 30 lines.
 *
 * What to know before using it:
 *
 * - Only HC_TRUSTED is trust. HC_UNDECIDED (zero) means that something needed was missing or stale:
 *   treat it as a refusal. Without a policy nothing is ever HC_TRUSTED.
 * - A verdict is about the moment `at` that you give: there is no clock in here, nor a file, a
 *   socket, a signal handler or a global. Keep time honest on your side.
 * - Without `report_data` a verdict says nothing of freshness: any old report of that guest will
 *   do. Put a hash of your nonce and of the guest's public key there, and encrypt to that key.
 * - The root decides what a verdict is worth. AMD's and Intel's are built in by fingerprint; any
 *   other has to be added here *and* be named in the policy. hc_result_simulated() tells a root
 *   that was made by software for tests.
 * - Endorsements come from wherever you like and are never trusted. Get them in advance, from AMD's
 *   or Intel's servers or a mirror of your own.
 * - A verifier remembers which certificate signatures were good, which makes the next verification
 *   some times faster; windows, revocation and bindings are judged anew each time. It belongs to
 *   one thread at a time; use one a thread. A result is immutable, and independent of its verifier.
 *
 * Every function that returns int returns 0, or a negative code of enum hc_error_code and fills
 * `err`. A `struct hc_error *` may be NULL. Sizes are in bytes, times in seconds since 1970 UTC.
 * Bytes given are copied where they are kept: they may be freed after the call.
 */
/* clang-format on */
#ifndef HUISCLOS_H
#define HUISCLOS_H

#include <stddef.h>
#include <stdint.h>

#define HC_VERSION "0.1.0"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HC_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define HC_CHECK_RESULT
#endif

/* HC_VERSION of the library that runs, which may be newer than the header. */
const char *hc_version(void);

enum hc_error_code {
	HC_ERROR_FORMAT = -1,      /* bytes that are not what they claim to be */
	HC_ERROR_TRUNCATED = -2,   /* fewer bytes than the format needs */
	HC_ERROR_RANGE = -3,       /* a number or a size outside what is allowed */
	HC_ERROR_UNSUPPORTED = -4, /* well formed, or of no kind known here */
	HC_ERROR_MISSING = -9,     /* something needed was not given */
	HC_ERROR_NO_MEMORY = -12,
	HC_ERROR_USAGE = -13,    /* a call that makes no sense */
	HC_ERROR_LIMIT = -14,    /* a limit is reached */
	HC_ERROR_INTERNAL = -17, /* a bug in this library */
};

struct hc_error {
	int code;       /* enum hc_error_code, or another negative number */
	char text[960]; /* one line in English: what was found, expected, and what to do */
};

/* Language of the sentences for people; ids, codes and members of JSON are never translated. */
enum hc_language { HC_ENGLISH = 0, HC_FRENCH = 1 };

/* --- the verifier: roots, endorsements, policy --- */

struct hc_verifier;

/* With the built-in roots, no endorsements, and the built-in defaults for a policy. */
HC_CHECK_RESULT int hc_verifier_new(struct hc_verifier **out);
void hc_verifier_free(struct hc_verifier *verifier); /* NULL is fine */

/*
 * Add what `bytes` holds: a certificate or a revocation list (DER), PEM text with any number of
 * both, the certificate table of an extended SEV-SNP report, or Intel's collateral for TDX as its
 * service and bundles give it (docs/EVIDENCE-TDX.md). Recognised by content; duplicates are kept
 * once. HC_ERROR_UNSUPPORTED if there is nothing of the kind, HC_ERROR_LIMIT if the set is full.
 */
HC_CHECK_RESULT int hc_verifier_add_endorsements(
	struct hc_verifier *verifier, const void *bytes, size_t len, struct hc_error *err);

/*
 * Accept chains to this root too: a self-signed certificate, DER or PEM. The policy must name it as
 * well ("sha256:" and the fingerprint of its DER). HC_ERROR_MISSING if there is no such
 * certificate.
 */
HC_CHECK_RESULT int hc_verifier_add_root(
	struct hc_verifier *verifier, const void *bytes, size_t len, struct hc_error *err);

/*
 * Replace the policy by this one, JSON text (docs/POLICY.md). Strict: what is not understood is an
 * error, and then the policy that was there stays.
 */
HC_CHECK_RESULT int hc_verifier_set_policy(
	struct hc_verifier *verifier, const char *json, size_t len, struct hc_error *err);

/* --- one question, one result --- */

struct hc_question {
	const void *evidence; /* as the hardware gave it: SEV-SNP report of 1184 bytes, TDX quote */
	size_t evidence_len;
	int64_t at;                 /* judge as of this time */
	const uint8_t *report_data; /* 64 bytes that must be bound, or NULL: see above */
	enum hc_language language;  /* of found and expected */
};

struct hc_result;

/*
 * Judge. 0 whenever a verdict was reached, whatever it is: *out is then a result for
 * hc_result_free. Otherwise no judgement was possible (HC_ERROR_NO_MEMORY, HC_ERROR_USAGE), *out is
 * NULL, and nothing may be trusted.
 */
HC_CHECK_RESULT int hc_verify(struct hc_verifier *verifier, const struct hc_question *question,
	struct hc_result **out, struct hc_error *err);
void hc_result_free(struct hc_result *result); /* NULL is fine */

enum hc_verdict { HC_UNDECIDED = 0, HC_TRUSTED = 1, HC_REJECTED = 2 };
enum hc_authentic { HC_AUTHENTIC_UNDECIDED = 0, HC_AUTHENTIC_YES = 1, HC_AUTHENTIC_NO = 2 };
enum hc_revocation { HC_REVOCATION_UNKNOWN = 0, HC_REVOCATION_GOOD = 1, HC_REVOCATION_REVOKED = 2 };

/* Of NULL: HC_UNDECIDED, HC_AUTHENTIC_UNDECIDED, HC_REVOCATION_UNKNOWN. */
enum hc_verdict hc_result_verdict(const struct hc_result *result);
/* Is it genuine (structure, signatures, chain, windows, bindings), before any policy? */
enum hc_authentic hc_result_authentic(const struct hc_result *result);
/* Has the vendor taken its word back? */
enum hc_revocation hc_result_revocation(const struct hc_result *result);
/* 1 if the chain ends in a root of a simulated platform: such evidence protects nothing. */
int hc_result_simulated(const struct hc_result *result);
/* Name of the policy's block that accepts; NULL where none does. */
const char *hc_result_accepted_by(const struct hc_result *result);

/* What the evidence says. Believe it only where hc_result_authentic() is HC_AUTHENTIC_YES. */

/* Launch digest or MRTD, 48 bytes; NULL where the evidence could not be read. */
const uint8_t *hc_result_measurement(const struct hc_result *result, size_t *len);
/* 64 bytes; NULL where the evidence could not be read. */
const uint8_t *hc_result_report_data(const struct hc_result *result);

enum hc_outcome {
	HC_CHECK_UNDECIDED = 0,
	HC_CHECK_PASS = 1,
	HC_CHECK_FAIL = 2,
	HC_CHECK_SKIPPED = 3
};

/* One check that was made. Strings are never NULL, live as long as the result, and may be empty. */
struct hc_check {
	const char *id;    /* stable, ASCII: "snp.signature", "policy.measurement" */
	const char *group; /* "authenticity", "revocation", "policy" */
	const char *block; /* name of the policy's block it belongs to; empty: of none */
	enum hc_outcome outcome;
	int warning; /* 1: passed because the policy loosens a default for now; found says who and
			why */
	const char *found, *expected;
	const char *section; /* of the specification */
	const char *text;    /* the sentence that holds (pass), or the one that does (fail) */
};

size_t hc_result_check_count(const struct hc_result *result);
/* 0, or HC_ERROR_RANGE beyond the last one. */
HC_CHECK_RESULT int hc_result_check(
	const struct hc_result *result, size_t index, struct hc_check *out);

/*
 * The whole result as JSON (docs/hc-check.md), as text for a terminal or a log, NUL-terminated and
 * for hc_free. It tells a reader what your policy wants: never send it to a guest.
 */
HC_CHECK_RESULT int hc_result_json(
	const struct hc_result *result, char **out, struct hc_error *err);
HC_CHECK_RESULT int hc_result_text(const struct hc_result *result, enum hc_language language,
	char **out, struct hc_error *err);
/*
 * One self-contained page of HTML, to file and to print. `made_at` is the time it is made at, which
 * the page states and compares with `at` of the question; `program` names its maker, or is NULL.
 */
HC_CHECK_RESULT int hc_result_html(const struct hc_result *result, enum hc_language language,
	int64_t made_at, const char *program, char **out, struct hc_error *err);
void hc_free(void *memory); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
