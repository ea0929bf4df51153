/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS to the verifier: 1.2 with ECDHE and AEAD, the server's certificate up to one given CA and
 * for one given name. It keeps the secret's whereabouts and the session from onlookers; the secret
 * itself does not depend on it. The one file besides attest/crypto and attest/endorse with mbedTLS
 * in it is tls.c.
 */
#ifndef HC_GUEST_TLS_H
#define HC_GUEST_TLS_H

#include <stddef.h>
#include <sys/types.h>

#include "attest/guest/conn.h"
#include "common/bytes.h"
#include "common/error.h"

struct tls;

/*
 * Handshake on `conn` (borrowed). `ca`: certificates in PEM. HC_EDENIED: the server could not prove
 * to be `name`. Pair: tls_close.
 */
HC_MUST_USE int tls_open(
	struct tls **out, struct conn *conn, struct view ca, const char *name, struct error *err);
void tls_close(struct tls *tls); /* NULL is fine */

HC_MUST_USE int tls_write(struct tls *tls, struct view data, struct error *err);
/* Bytes read into `buf`, 0 at the end that the server announced, negative: an error. */
ssize_t tls_read(struct tls *tls, void *buf, size_t cap, struct error *err);

#endif
