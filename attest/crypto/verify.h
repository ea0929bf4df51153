/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two backends of signature verification. A build uses one of them (`make CRYPTO=nettle` or
 * `CRYPTO=mbedtls`); the tests compare both. Each has the contract that attest/crypto.h gives for
 * crypto_ecdsa_verify() and crypto_rsa_pss_verify(); arguments were checked by these two (a known
 * curve or hash, 32 to 64 bytes of digest, a modulus of 2048 to 4096 bits without leading zero and
 * a signature as long as it). Never included outside attest/crypto and tests.
 */
#ifndef HC_ATTEST_CRYPTO_VERIFY_H
#define HC_ATTEST_CRYPTO_VERIFY_H

#include "attest/crypto.h"

#define RSA_BYTES_MIN          256 /* 2048 bits */
#define RSA_BYTES_MAX          512
#define RSA_EXPONENT_BYTES_MAX 8

/* mbedTLS: slower, allocates, and is what everything else in attest/crypto uses. */
HC_MUST_USE int ec_verify_mbed(const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s);
HC_MUST_USE int rsa_verify_mbed(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, const uint8_t *signature);

/*
 * nettle, whose numbers are GMP's: a few hundred bytes for an ECDSA signature, some KiB for RSA.
 * Where there is no memory even for these, GMP ends the program (it knows no other way); a program
 * that must go on then is built with CRYPTO=mbedtls.
 */
HC_MUST_USE int ec_verify_nettle(const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s);
HC_MUST_USE int rsa_verify_nettle(struct view modulus, struct view exponent, enum crypto_hash hash,
	const uint8_t *digest, const uint8_t *signature);
HC_MUST_USE int digest_nettle(enum crypto_hash hash, struct view data, uint8_t *out);

#endif
