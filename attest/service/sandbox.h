/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each process of the service gives up, one function per role. Both are called after the
 * process has read its files and cannot be undone. Failure is an error: nothing runs unconfined.
 */
#ifndef HC_SERVICE_SANDBOX_H
#define HC_SERVICE_SANDBOX_H

#include "common/error.h"

/* No core files, no debugger, no new privileges, no capabilities; still opens files and sockets. */
HC_MUST_USE int sandbox_daemon(struct error *err);

/*
 * The above, no descriptor besides 0 to 2 and `keep`, no file to open, nothing to start, and a
 * filter that leaves what signing takes: memory, randomness, the one socket. Ends with its parent.
 */
HC_MUST_USE int sandbox_signer(int keep, struct error *err);

#endif
