/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions of the KBS protocol, behind an ops table so that another store can take their place.
 * A nonce is good for one attempt: claiming a session removes it, whatever comes of the attempt.
 * Time is an argument; a session from the future counts as expired. Callers serialise.
 */
#ifndef HC_SERVICE_SESSION_H
#define HC_SERVICE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "attest/crypto.h"
#include "common/error.h"

#define SESSION_ID_SIZE    16
#define SESSION_NONCE_SIZE 32

struct session {
	uint8_t id[SESSION_ID_SIZE]; /* whoever knows it holds the session: never in a log */
	uint8_t nonce[SESSION_NONCE_SIZE];
	int64_t created, expires;    /* valid while created <= now < expires */
	struct crypto_ec_public key; /* of the guest, once it has attested */
};

struct session_store;

struct session_store_ops {
	/*
	 * Draw id and nonce. HC_EBUSY when the store is full of attested sessions; sessions still
	 * waiting for evidence make room, the oldest first.
	 */
	int (*create)(
		struct session_store *store, int64_t now, struct session *out, struct error *err);
	/* Take a waiting session out of the store. HC_EMISSING: none; HC_EEXPIRED: too late. */
	int (*claim)(struct session_store *store, int64_t now, const uint8_t id[SESSION_ID_SIZE],
		struct session *out, struct error *err);
	/* Put a claimed session back as attested, until s->expires. */
	int (*put_attested)(struct session_store *store, int64_t now, const struct session *s,
		struct error *err);
	/* Find an attested session; errors as for claim. */
	int (*find_attested)(struct session_store *store, int64_t now,
		const uint8_t id[SESSION_ID_SIZE], struct session *out, struct error *err);
	void (*free)(struct session_store *store);
};

struct session_store {
	const struct session_store_ops *ops;
};

/* In memory: at most `max` sessions, each waiting `seconds` for its evidence. */
HC_MUST_USE int session_memory_new(struct session_store **out, size_t max, int64_t seconds);

#endif
