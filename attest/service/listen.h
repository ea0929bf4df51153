/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: numeric addresses and Unix sockets; no name is ever resolved. */
#ifndef HC_SERVICE_LISTEN_H
#define HC_SERVICE_LISTEN_H

#include <stddef.h>

#include "common/error.h"

#define LISTEN_TEXT_SIZE 160

/*
 * "127.0.0.1:8443", "[::1]:8443" or "unix:PATH" (0660; a stale socket is replaced, a live one is
 * an error). Port 0 takes a free one: `text` gets what it came to.
 */
HC_MUST_USE int listen_open(
	const char *address, int *fd, char text[LISTEN_TEXT_SIZE], struct error *err);

/* Is the address one that listen_open understands? Opens nothing. */
HC_MUST_USE int listen_check(const char *address, struct error *err);

#endif
