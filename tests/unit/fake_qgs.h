/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fake of Intel's quote generation service: a Unix or vsock socket, and answers in its format
 * that a test then spoils as it likes. The test is the server: it accepts, reads and writes when it
 * wants to, so nothing depends on time. Its answers are made from the protocol's description, not
 * with the code under test.
 */
#ifndef HC_TESTS_FAKE_QGS_H
#define HC_TESTS_FAKE_QGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/quote/quote_message.h"

struct fake_qgs {
	char dir[64], path[96]; /* empty with a vsock */
	uint32_t port;          /* of the loopback's vsock; 0 with a Unix socket */
	int listener;
};

/* Listens in a folder of its own; aborts where that cannot be. */
void fake_qgs_open(struct fake_qgs *q);
/* Listens on the vsock loopback (CID 1); false where the kernel has none. */
bool fake_qgs_open_vsock(struct fake_qgs *q);
void fake_qgs_close(struct fake_qgs *q);

/* The next connection (waits for it), or -1 after ten seconds without one. */
int fake_qgs_accept(struct fake_qgs *q);
/*
 * As qgsd does: one read, which has to bring the whole request. Its bytes, or 0 where they were
 * fewer or more.
 */
size_t fake_qgs_request(int fd, uint8_t out[QUOTE_REQUEST_BYTES]);

/* An answer with a quote of so many bytes, each the low byte of 3 * its offset; the length. */
size_t fake_qgs_answer(uint8_t *out, size_t quote_len);

#endif
