/* SPDX-License-Identifier: Apache-2.0 */
/* Where a quote service listens, as the configuration says it. No I/O. */
#ifndef HC_VMM_QUOTE_QUOTE_ADDRESS_H
#define HC_VMM_QUOTE_QUOTE_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

#define QUOTE_PATH_MAX 107 /* bytes of a Unix socket's path, without its end (unix(7)) */

struct quote_address {
	bool vsock;
	char path[QUOTE_PATH_MAX + 1]; /* of a Unix socket */
	uint32_t cid, port;            /* of a vsock */
};

/*
 * "unix:/PATH" (absolute: the socket is opened later, from elsewhere) or "vsock:CID:PORT"
 * (decimal). `where` is what the error names; HC_EFORMAT, HC_ERANGE.
 */
HC_MUST_USE int quote_address_parse(
	struct quote_address *out, const char *text, const char *where, struct error *err);

#endif
