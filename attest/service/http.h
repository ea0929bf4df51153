/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP and TLS around the protocol, by libmicrohttpd and GnuTLS: TLS 1.2 and 1.3 with ephemeral
 * keys and AEAD only, bounded bodies, bounded connections, idle connections closed. A request is
 * handed on only when it is complete.
 */
#ifndef HC_SERVICE_HTTP_H
#define HC_SERVICE_HTTP_H

#include <stddef.h>

#include "attest/service/kbs.h"
#include "common/error.h"

struct http_limits {
	size_t body_bytes;
	unsigned int connections, idle_seconds;
};

struct http_server;

/*
 * Serve `kbs` on `fd`, a listening socket that the server owns from here on. PEM texts end in NUL
 * and live as long as the server. Runs in a thread of its own. Pair: http_stop.
 */
HC_MUST_USE int http_start(struct http_server **out, int fd, struct kbs *kbs,
	const char *certificate, const char *key, const struct http_limits *limits,
	struct error *err);
void http_stop(struct http_server *server); /* waits for requests under way; NULL is fine */

#endif
