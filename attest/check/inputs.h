/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of hc-check and the files it names, read and parsed. */
#ifndef HC_ATTEST_CHECK_INPUTS_H
#define HC_ATTEST_CHECK_INPUTS_H

#include "attest/verify/verify.h"

struct inputs {
	struct bytes evidence, event_log;
	struct endorsements *endorsements;
	struct roots roots;
	struct policy policy;
	bool has_policy, has_report_data, has_evidence, has_event_log, json;
	const char *html;           /* file for the page, "-" for standard output; or NULL */
	struct verdict_style style; /* of text and page */
	int64_t at;
	uint8_t report_data[64];
	const char *state; /* --state: a file, or NULL; borrowed from argv */
	struct seen seen;  /* what it holds */
};

/*
 * `command` is "verify" or "show", `argv` what follows it, NULL-terminated. Files that are no
 * endorsements are named on standard error, those of a folder in one line. Pair: inputs_free, also
 * after an error.
 */
HC_MUST_USE int inputs_read(struct inputs *out, const char *command, char **argv,
	enum messages_lang lang, struct error *err);
/* Write the state back, in one step, if it has changed. */
HC_MUST_USE int inputs_keep_state(const struct inputs *in, struct error *err);
void inputs_free(struct inputs *in);

#endif
