/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hc-vmm gives up before the first instruction of the guest: every capability, new privileges,
 * core files, being traced, and every system call that is not in the table of sandbox.c. A step
 * that fails is an error, and the guest does not start.
 */
#ifndef HC_VMM_SANDBOX_H
#define HC_VMM_SANDBOX_H

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* What a guest has decides what its VMM may call. */
#define SANDBOX_BLOCK   0x1u
#define SANDBOX_VSOCK   0x2u
#define SANDBOX_SIM     0x4u
#define SANDBOX_PRIVATE 0x8u  /* guest_memfd: conversions */
#define SANDBOX_CERTS   0x10u /* certificates for SNP guests, out of files that are open already */
#define SANDBOX_QUOTE   0x20u /* a quote service, through quote_dialler.c */

/* Either alone, for the dialler's process: another, much shorter table. */
#define SANDBOX_DIAL_UNIX  0x100u
#define SANDBOX_DIAL_VSOCK 0x200u

#define SANDBOX_PROGRAM_MAX 512

/*
 * Capabilities (bounding and ambient set too), no_new_privs, not dumpable, limits. Before any
 * thread is made: threads inherit all of it.
 */
HC_MUST_USE int sandbox_drop(struct error *err);

/* The filter, for all threads of the process. After all threads are made. */
HC_MUST_USE int sandbox_filter(uint32_t features, struct error *err);

/* The filter's program, for tests. Returns its length, 0 if it does not fit. */
size_t sandbox_program(uint32_t features, struct sock_filter out[SANDBOX_PROGRAM_MAX]);

#endif
