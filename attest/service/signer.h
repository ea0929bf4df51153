/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signing key in a process of its own. It is started before anything else is opened, reads the
 * key, and from then on does one thing: it takes the payload of a token, builds the header itself
 * and signs. A payload that does not begin like one of our tokens is refused, so that whoever
 * takes over the daemon can still not have other things signed with this key. The daemon never
 * has the key in its memory.
 */
#ifndef HC_SERVICE_SIGNER_H
#define HC_SERVICE_SIGNER_H

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

struct signer;

/*
 * Start the process; `key_path` is a P-384 private key in PEM. Returns when the key is loaded and
 * the process confined, else with its error. Pair: signer_stop.
 */
HC_MUST_USE int signer_start(struct signer **out, const char *key_path, struct error *err);

/* Append the token (compact JWS) over `payload`. HC_EDENIED: the signer refused. */
HC_MUST_USE int signer_sign(
	struct signer *signer, struct view payload, struct bytes *out, struct error *err);

const struct crypto_ec_public *signer_public(const struct signer *signer);
int signer_pid(const struct signer *signer);
void signer_stop(struct signer *signer); /* NULL is fine */

#endif
