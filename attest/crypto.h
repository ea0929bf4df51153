/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography of the project behind one narrow seam. mbedTLS (2.28 or 3.6) is behind it, and
 * nettle for what verifies signatures, unless built with CRYPTO=mbedtls; no other file includes a
 * header of theirs, X.509 parsing (attest/endorse) and the TLS client of the guest apart. All
 * integers and points are big-endian unless a name says otherwise. Every function that returns int
 * returns 0 or a code of common/error.h; a signature that does not verify is HC_ESIGNATURE, and
 * nothing but 0 means "good".
 */
#ifndef HC_ATTEST_CRYPTO_H
#define HC_ATTEST_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define SHA256_SIZE 32
#define SHA384_SIZE 48
#define SHA512_SIZE 64

enum crypto_hash { CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_SHA512 };

/* Digest size in bytes. */
size_t crypto_hash_size(enum crypto_hash hash);

/* One-shot; `out` holds crypto_hash_size(hash) bytes. */
HC_MUST_USE int crypto_hash(enum crypto_hash hash, struct view data, uint8_t *out);
/*
 * The same by the library that verifies signatures, which is the faster one: for what is hashed to
 * be verified. Programs that verify nothing do without it.
 */
HC_MUST_USE int crypto_digest(enum crypto_hash hash, struct view data, uint8_t *out);
HC_MUST_USE int crypto_sha384(uint8_t out[SHA384_SIZE], const void *data, size_t len);

/*
 * Streaming SHA-384. Caller's storage; init, any number of updates, final. fini wipes. peek gives
 * the digest of what was put in so far, and lets the stream go on.
 */
struct crypto_sha384 {
	uint64_t opaque[40];
};
HC_MUST_USE int crypto_sha384_init(struct crypto_sha384 *ctx);
HC_MUST_USE int crypto_sha384_update(struct crypto_sha384 *ctx, const void *data, size_t len);
HC_MUST_USE int crypto_sha384_final(struct crypto_sha384 *ctx, uint8_t out[SHA384_SIZE]);
HC_MUST_USE int crypto_sha384_peek(const struct crypto_sha384 *ctx, uint8_t out[SHA384_SIZE]);
void crypto_sha384_fini(struct crypto_sha384 *ctx);

/* From the operating system's generator. Never short. */
HC_MUST_USE int crypto_random(void *out, size_t len);

enum crypto_curve { CRYPTO_P256, CRYPTO_P384 };

/* Bytes of one coordinate or scalar: 32 or 48. */
size_t crypto_curve_size(enum crypto_curve curve);

struct crypto_ec_public {
	enum crypto_curve curve;
	uint8_t x[48], y[48]; /* crypto_curve_size() bytes used */
};

/* HC_EFORMAT for a point that is not on its curve. */
HC_MUST_USE int crypto_ec_check(const struct crypto_ec_public *key);

/*
 * ECDSA over a digest. `r` and `s` have crypto_curve_size() bytes. The point is checked to be on
 * the curve (HC_EFORMAT), r and s to be in [1, n).
 */
HC_MUST_USE int crypto_ecdsa_verify(const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s);

/* A private EC key. new/free; the scalar never leaves but through _to_pem. */
struct crypto_ec_key;
HC_MUST_USE int crypto_ec_generate(struct crypto_ec_key **out, enum crypto_curve curve);
HC_MUST_USE int crypto_ec_from_pem(
	struct crypto_ec_key **out, const char *pem, size_t len, struct error *err);
/* Appends the PEM text, without NUL. */
HC_MUST_USE int crypto_ec_to_pem(struct crypto_ec_key *key, struct bytes *out);
HC_MUST_USE int crypto_ec_public(const struct crypto_ec_key *key, struct crypto_ec_public *out);
HC_MUST_USE int crypto_ecdsa_sign(const struct crypto_ec_key *key, const uint8_t *digest,
	size_t digest_len, uint8_t *r, uint8_t *s);
/* The x coordinate of the shared point, crypto_curve_size() bytes. */
HC_MUST_USE int crypto_ecdh(
	const struct crypto_ec_key *key, const struct crypto_ec_public *peer, uint8_t *z);
void crypto_ec_free(struct crypto_ec_key *key);

/* RSASSA-PSS with MGF1 over the same hash, salt as long as the hash (AMD: SHA-384, 48). */
HC_MUST_USE int crypto_rsa_pss_verify(struct view modulus, struct view exponent,
	enum crypto_hash hash, const uint8_t *digest, struct view signature);

struct crypto_rsa_key;
HC_MUST_USE int crypto_rsa_generate(struct crypto_rsa_key **out, unsigned int bits);
HC_MUST_USE int crypto_rsa_from_pem(
	struct crypto_rsa_key **out, const char *pem, size_t len, struct error *err);
HC_MUST_USE int crypto_rsa_to_pem(struct crypto_rsa_key *key, struct bytes *out);
/* Modulus and exponent, appended. */
HC_MUST_USE int crypto_rsa_public(
	const struct crypto_rsa_key *key, struct bytes *modulus, struct bytes *exponent);
/* Appends the signature, as long as the modulus. */
HC_MUST_USE int crypto_rsa_pss_sign(struct crypto_rsa_key *key, enum crypto_hash hash,
	const uint8_t *digest, struct bytes *signature);
void crypto_rsa_free(struct crypto_rsa_key *key);

/*
 * AES-256-GCM, 12-byte IV, 16-byte tag. `out` holds in.len bytes. Decryption writes only if
 * genuine. */
HC_MUST_USE int crypto_gcm_encrypt(const uint8_t key[32], const uint8_t iv[12], struct view aad,
	struct view in, uint8_t *out, uint8_t tag[16]);
HC_MUST_USE int crypto_gcm_decrypt(const uint8_t key[32], const uint8_t iv[12], struct view aad,
	struct view in, const uint8_t tag[16], uint8_t *out);

/* AES-256 key wrap of a 32-byte key (RFC 3394): 40 bytes. Altered data is HC_ESIGNATURE, key
 * zeroed. */
HC_MUST_USE int crypto_keywrap(const uint8_t kek[32], const uint8_t key[32], uint8_t out[40]);
HC_MUST_USE int crypto_keyunwrap(const uint8_t kek[32], const uint8_t in[40], uint8_t key[32]);

#endif
