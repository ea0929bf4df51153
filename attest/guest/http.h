/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of HTTP/1.1 (RFC 9112) as a KBS client needs: one request at a time, an answer with
 * Content-Length or chunked, hard limits on everything. The parser is a function of bytes; it is
 * strict where leniency would let two readers disagree on where an answer ends.
 */
#ifndef HC_GUEST_HTTP_H
#define HC_GUEST_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/error.h"

#define HTTP_HEAD_MAX   16384 /* bytes of status line and header fields */
#define HTTP_BODY_MAX   (2U << 20)
#define HTTP_COOKIE_MAX 256

struct http_answer {
	unsigned int status;          /* 200 to 599 */
	struct bytes body;            /* owned: http_answer_fini */
	char cookie[HTTP_COOKIE_MAX]; /* "name=value" of the one Set-Cookie, or empty */
	bool close;                   /* the server ends the connection after this */
	size_t consumed;              /* bytes of the input that were this answer */
};

/*
 * Parse an answer at the start of `input`. Returns 0 with the answer, HC_ETRUNCATED if more bytes
 * are needed, anything else if no more bytes can help. 1xx answers are skipped. Refused: both
 * Content-Length and Transfer-Encoding, either twice, no length at all, header lines that are
 * folded or have space before the colon, bare CR or LF.
 */
HC_MUST_USE int http_answer_parse(struct view input, struct http_answer *out, struct error *err);
void http_answer_fini(struct http_answer *answer);

/*
 * Append a request. `cookie` ("name=value") and `body` may be empty. `path` and `host` are the
 * caller's own: no byte is escaped, and one outside visible ASCII is HC_EUSAGE.
 */
HC_MUST_USE int http_request_build(struct bytes *out, const char *method, const char *path,
	const char *host, const char *cookie, struct view body, struct error *err);

#endif
