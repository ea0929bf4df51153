/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that connects to the quote service for hc-vmm: it knows the one address, is asked for
 * a connection with a number, and passes the connected socket back. So hc-vmm itself, which the
 * guest talks to, needs neither socket(2) nor connect(2), whose target no filter can check; and
 * this process, which has them, never sees a byte of a guest's or of the service's.
 */
#ifndef HC_VMM_QUOTE_QUOTE_DIALLER_H
#define HC_VMM_QUOTE_QUOTE_DIALLER_H

#include <stdint.h>
#include <sys/types.h>

#include "common/error.h"
#include "vmm/quote/quote_address.h"

struct quote_dialler {
	int fd;    /* to the process; readable when it answers or is gone. -1: not started */
	pid_t pid; /* -1: not started */
};

/*
 * Start the process and wait until it has its sandbox. Before hc-vmm has threads, guest memory or a
 * sandbox of its own: the process is a copy of it that closes every descriptor.
 */
HC_MUST_USE int quote_dialler_start(
	struct quote_dialler *d, const struct quote_address *address, struct error *err);

/*
 * Ask for a connection; the answer comes with this tag. HC_EIO: the process is gone. HC_EBUSY: it
 * has as many requests before it as its socket holds. Never waits.
 */
HC_MUST_USE int quote_dialler_ask(struct quote_dialler *d, uint32_t tag);

struct quote_dialled {
	uint32_t tag;
	int fd;    /* connected, blocking, close-on-exec, the caller's; -1: see error */
	int error; /* errno of the attempt */
};

/* The next answer: 1; 0 if there is none yet; HC_EIO: the process is gone. Never waits. */
HC_MUST_USE int quote_dialler_answer(struct quote_dialler *d, struct quote_dialled *out);

/* End the process and wait for it: seconds at most, if it is connecting. Safe at any time. */
void quote_dialler_stop(struct quote_dialler *d);

#endif
