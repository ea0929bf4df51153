/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting a secret by attestation: a key pair made here, a nonce from the verifier, a report that
 * binds both, and a resource that only this key opens. The private key never leaves this process
 * and is wiped with it.
 */
#ifndef HC_GUEST_FETCH_H
#define HC_GUEST_FETCH_H

#include <stdint.h>

#include "attest/guest/source.h"
#include "common/bytes.h"
#include "common/error.h"

struct fetch_options {
	const char *verifier, *server_name; /* see conn.h; server_name NULL: the default */
	struct view ca;                     /* PEM */
	const char *resource;               /* "repository/type/tag" */
	struct source source;
	int64_t deadline_ms; /* on CLOCK_MONOTONIC */
};

/* Whose fault a failure is. */
enum fetch_failure {
	FETCH_LOCAL,    /* arguments or memory */
	FETCH_NETWORK,  /* not reached, not proven to be who it is, or not understood */
	FETCH_REFUSED,  /* the verifier said no */
	FETCH_EVIDENCE, /* no report to be had */
};

/*
 * Append the secret; the caller wipes it. On failure `secret` is as it was and `why` is set.
 */
HC_MUST_USE int guest_fetch(const struct fetch_options *options, struct bytes *secret,
	enum fetch_failure *why, struct error *err);

#endif
