/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of the KBS attestation protocol, version 0.4.0, both sides. Parsing is strict: a
 * member that is not listed here is refused rather than ignored, since nobody appraised it.
 */
#ifndef HC_ATTEST_KBS_MESSAGE_H
#define HC_ATTEST_KBS_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "attest/crypto.h"
#include "attest/kbs/snp_json.h"
#include "common/bytes.h"
#include "common/error.h"

#define KBS_VERSION          "0.4.0"
#define KBS_NONCE_SIZE       32 /* bytes */
#define KBS_NONCE_TEXT_SIZE  45 /* base64 with padding, and a NUL */
#define KBS_ERROR_TYPE_BASE  "https://github.com/confidential-containers/kbs/errors/"
#define KBS_VERSION_MISMATCH "KBS Client Protocol Version Mismatch"

/*
 * POST /kbs/v0/auth. HC_EMISMATCH: another protocol version. HC_EUNSUPPORTED: a TEE other than snp,
 * or no SHA-384 among the hashes the client offers. extra-params is read for those only.
 */
HC_MUST_USE int kbs_auth_parse(struct view body, struct error *err);

/* POST /kbs/v0/attest. */
struct kbs_attest {
	char nonce[KBS_NONCE_TEXT_SIZE]; /* as sent */
	struct crypto_ec_public key;     /* P-256 */
	struct snp_evidence evidence;    /* owned */
};

/*
 * Refused: init-data that is not null, additional evidence that is not empty (nothing here
 * appraises them), a key that is not P-256 with ECDH-ES+A256KW. Pair: kbs_attest_fini, also after
 * an error.
 */
HC_MUST_USE int kbs_attest_parse(struct view body, struct kbs_attest *out, struct error *err);
void kbs_attest_fini(struct kbs_attest *attest);

/* What the client sends and reads; appended to `out`. */
HC_MUST_USE int kbs_auth_build(struct bytes *out, struct error *err);
HC_MUST_USE int kbs_attest_build(const struct crypto_ec_public *key, const char *nonce,
	struct view report, struct view table, struct bytes *out, struct error *err);
/* The nonce of an answer to auth: `cap` bytes, NUL included. */
HC_MUST_USE int kbs_challenge_parse(struct view body, char *nonce, size_t cap, struct error *err);
/* One line out of an error answer, for a person; printable ASCII, empty if it is none. */
void kbs_error_text(struct view body, char *out, size_t cap);

#endif
