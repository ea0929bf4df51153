/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's event log, replayed and shown line by line against the registers of its quote. */
#ifndef HC_ATTEST_CHECK_EVENT_LOG_H
#define HC_ATTEST_CHECK_EVENT_LOG_H

#include <jansson.h>
#include <stdio.h>

#include "attest/measure/ccel.h"
#include "attest/verify/verify.h"

/* Replay for appraise_input.event_log: a log that is none is a result too. */
void event_log_replay(struct appraise_event_log *out, struct view log);

/*
 * Every event on a line: number, register, type, digest, what part of its data the digest vouches
 * for, and a description; then each register, and whether it is that of the quote. The log is shown
 * as far as it can be read.
 */
void event_log_print(
	struct view log, const struct tdx_body *quote, enum messages_lang lang, FILE *to);

/*
 * The same as a member "event_log" of `obj`: {"events": [], "registers": []}, or "error" in place
 * of the registers. HC_ENOMEM.
 */
HC_MUST_USE int event_log_add(
	json_t *obj, struct view log, const struct tdx_body *quote, struct error *err);

#endif
