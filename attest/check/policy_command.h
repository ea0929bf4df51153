/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `hc-check policy` share. Part of the program: they read a file and print. */
#ifndef HC_ATTEST_CHECK_POLICY_COMMAND_H
#define HC_ATTEST_CHECK_POLICY_COMMAND_H

#include <stdio.h>

#include "attest/check/command.h"
#include "attest/policy/policy.h"

/* What follows `hc-check policy lint` or `explain`. */
struct policy_job {
	const char *file; /* "-": standard input */
	int64_t at;       /* loosenings are looked at as of this time */
	bool strict;      /* lint: warnings are not status 0 */
	enum messages_lang lang;
};

/* Each prints on standard output and returns an exit status. */
int policy_lint(const struct policy_job *job);
int policy_explain(const struct policy_job *job);
/* `measurement`: 96 hex digits, or NULL for a place to fill in. */
int policy_example(const char *tee, const char *measurement, enum messages_lang lang);

/* Soon enough for lint to speak of a loosening's end. */
#define POLICY_SOON_S (30 * 86400)

/* --- lint --- */

struct lint {
	const struct policy_job *job;
	const struct policy *policy;
	unsigned errors, warnings;
};

/* One line: file, place, message. The format is a message, its arguments are not. */
void lint_warn(struct lint *l, const char *path, const char *fmt, ...) HC_PRINTF(3, 4);

void lint_snp(struct lint *l, const struct policy_block *block, const char *path);
void lint_tdx(struct lint *l, const struct policy_block *block, const char *path);

/* --- explain --- */

/* One sentence, in the language of the job; the format is a message. */
void explain_say(const struct policy_job *job, const char *fmt, ...) HC_PRINTF(2, 3);

void explain_snp(const struct policy_job *job, const struct policy_block *block);
void explain_snp_deny(const struct policy_job *job, const struct policy_snp_deny *deny);
void explain_tdx(const struct policy_job *job, const struct policy_block *block);
void explain_tdx_deny(const struct policy_job *job, const struct policy_tdx_deny *deny);

#endif
