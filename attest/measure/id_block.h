/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ID block and ID authentication information of an SNP launch (SNP firmware ABI, SNP_LAUNCH_FINISH,
 * "ID Block" and "ID Authentication Information Structure"): whoever holds the ID key says which
 * launch digest and policy are his, the secure processor refuses any other launch, and the report
 * carries the digests of the keys. ECDSA P-384 with SHA-384 only, as in the ABI. No I/O, no
 * globals.
 */
#ifndef HC_ATTEST_MEASURE_ID_BLOCK_H
#define HC_ATTEST_MEASURE_ID_BLOCK_H

#include <stdbool.h>

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define SNP_ID_BLOCK_SIZE 96
#define SNP_ID_AUTH_SIZE  4096
#define SNP_KEY_SIZE      1028 /* a public key in the processor's layout */

#define SNP_POLICY_DEFAULT 0x30000ULL /* SMT allowed, the bit that must be one */
#define SNP_POLICY_MBO     (1ULL << 17)

struct snp_id_block {
	uint8_t ld[SHA384_SIZE];
	uint8_t family_id[16], image_id[16]; /* the owner's own */
	uint32_t guest_svn;
	uint64_t policy;
};

/* The 96 bytes; HC_ERANGE for a policy without its must-be-one bit (17). */
HC_MUST_USE int snp_id_block_encode(
	uint8_t out[SNP_ID_BLOCK_SIZE], const struct snp_id_block *block, struct error *err);

/* Exactly 96 bytes, version 1. */
HC_MUST_USE int snp_id_block_parse(struct snp_id_block *out, struct view data, struct error *err);

/* curve 2, X and Y little-endian in 72 bytes each; HC_EUNSUPPORTED for other curves than P-384. */
HC_MUST_USE int snp_key_encode(
	uint8_t out[SNP_KEY_SIZE], const struct crypto_ec_public *key, struct error *err);
HC_MUST_USE int snp_key_decode(
	struct crypto_ec_public *out, const uint8_t key[SNP_KEY_SIZE], struct error *err);

/* ID_KEY_DIGEST and AUTHOR_KEY_DIGEST of a report: SHA-384 of those 1028 bytes. */
HC_MUST_USE int snp_key_digest(
	uint8_t out[SHA384_SIZE], const struct crypto_ec_public *key, struct error *err);

/*
 * A P-384 public key out of a file: SubjectPublicKeyInfo in DER or PEM, a private key in PEM, or
 * the 1028 bytes of the processor. HC_EFORMAT, also for a point that is not on the curve.
 */
HC_MUST_USE int snp_key_read(struct crypto_ec_public *out, struct view file, struct error *err);

/* Sign `block` with the ID key, and the ID key with the author's (NULL: no author key). */
HC_MUST_USE int snp_id_auth_build(uint8_t out[SNP_ID_AUTH_SIZE],
	const uint8_t block[SNP_ID_BLOCK_SIZE], const struct crypto_ec_key *id_key,
	const struct crypto_ec_key *author_key, struct error *err);

struct snp_id_keys {
	uint8_t id_key_digest[SHA384_SIZE];
	bool author; /* an author key is there, and its signature is good */
	uint8_t author_key_digest[SHA384_SIZE];
};

/* Is there an author key in it, or a trace of one? False for another size than 4096 bytes. */
bool snp_id_auth_has_author(struct view auth);

/*
 * As the secure processor checks the pair: sizes, version, algorithms, reserved bytes zero, both
 * signatures. HC_ESIGNATURE for a signature that does not verify. That the keys are those one
 * expects is for the caller to compare.
 */
HC_MUST_USE int snp_id_auth_verify(
	struct snp_id_keys *out, struct view block, struct view auth, struct error *err);

#endif
