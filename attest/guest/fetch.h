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

/*
 * Append the secret; the caller wipes it. HC_EDENIED: the verifier refused (found is its code).
 * Whatever else fails leaves `secret` as it was.
 */
HC_MUST_USE int guest_fetch(
	const struct fetch_options *options, struct bytes *secret, struct error *err);

#endif
