/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of Intel's quote generation service (DCAP, qgs_msg_lib: version 1.1 of the
 * protocol), as bytes: a request with a TDREPORT, an answer with a quote. Every number is
 * little-endian but the first, the length of all that follows it. No I/O.
 */
#ifndef HC_VMM_QUOTE_QUOTE_MESSAGE_H
#define HC_VMM_QUOTE_QUOTE_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define QUOTE_REPORT_BYTES  1024 /* a TDREPORT */
#define QUOTE_REQUEST_BYTES (28 + QUOTE_REPORT_BYTES)
#define QUOTE_ANSWER_HEADER 28 /* bytes of an answer before its quote */
#define QUOTE_LENGTH_BYTES  4  /* of the first word, which says how many follow */

/* A request for a quote of this report; goes out in one send(), see quote_service.c. */
void quote_message_request(
	uint8_t out[QUOTE_REQUEST_BYTES], const uint8_t report[QUOTE_REPORT_BYTES]);

/*
 * The whole length of an answer of which `got` is the beginning: into *total, first word included.
 * HC_ETRUNCATED while the first word is incomplete; HC_EFORMAT if no answer is that short,
 * HC_ERANGE if its quote would be longer than `quote_max`: then there is no use in reading on.
 */
HC_MUST_USE int quote_message_length(
	struct view got, size_t quote_max, size_t *total, struct error *err);

/*
 * A complete answer and nothing more: its quote, which is not empty, as a view of `answer`. The
 * errors of quote_message_length, HC_EFORMAT or HC_EMISMATCH for an answer that is none, and
 * HC_EDENIED for the service's own refusal, with its error code.
 */
HC_MUST_USE int quote_message_parse(
	struct view answer, size_t quote_max, struct view *quote, struct error *err);

#endif
