/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte stream to the verifier: vsock or TCP, every wait bounded by one deadline. Numeric
 * addresses and "localhost" only: a static program has no resolver, and DNS would be the host's.
 */
#ifndef HC_GUEST_CONN_H
#define HC_GUEST_CONN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"

struct conn {
	int fd;              /* -1: not open */
	int64_t deadline_ms; /* on CLOCK_MONOTONIC */
};

int64_t conn_now_ms(void);

/* "vsock:CID:PORT", "ADDRESS:PORT", "[ADDRESS]:PORT", "localhost:PORT". Pair: conn_close. */
HC_MUST_USE int conn_open(
	struct conn *conn, const char *address, int64_t deadline_ms, struct error *err);
void conn_close(struct conn *conn);

/* Bytes moved, 0 at the end of the stream, or -1 (error, or the deadline has passed). */
ssize_t conn_read(struct conn *conn, void *buf, size_t len);
ssize_t conn_write(struct conn *conn, const void *buf, size_t len);

/* The name to expect in the server's certificate where none is given: see docs/hc-guest.md. */
const char *conn_default_name(const char *address);

#endif
