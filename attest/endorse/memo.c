/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures found good before. remember() is called where one was verified, and nowhere else. */
#include "attest/endorse/memo.h"

#include <stdlib.h>

#define SETS (MEMO_SIZE / MEMO_WAYS)

_Static_assert(SETS *MEMO_WAYS == MEMO_SIZE && SETS <= 0x10000, "a set for two bytes of digest");

/* What a digest is of; part of the key, so that one kind never answers for another. */
enum kind { KIND_NONE, KIND_CERT, KIND_CRL, KIND_ECDSA };

struct entry {
	uint8_t kind;
	uint8_t by[32];   /* whose key */
	uint8_t what[32]; /* what is signed, and the signature */
};

struct set {
	struct entry entry[MEMO_WAYS];
	unsigned int next; /* the oldest, or a free one */
};

struct memo {
	struct memo_counts counts;
	struct set set[SETS];
};

int memo_new(struct memo **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : HC_ENOMEM;
}

void memo_free(struct memo *memo)
{
	free(memo);
}

struct memo_counts memo_counts(const struct memo *memo)
{
	return memo ? memo->counts : (struct memo_counts){0};
}

static struct set *set_of(struct memo *memo, const struct entry *key)
{
	return &memo->set[get_le16(key->what) % SETS];
}

static bool recall(struct memo *memo, const struct entry *key)
{
	const struct set *set;

	if (!memo)
		return false;
	set = set_of(memo, key);
	for (size_t i = 0; i < MEMO_WAYS; i++) {
		const struct entry *e = &set->entry[i];

		if (e->kind == key->kind && !memcmp(e->what, key->what, sizeof(e->what)) &&
			!memcmp(e->by, key->by, sizeof(e->by))) {
			memo->counts.hits++;
			return true;
		}
	}
	memo->counts.misses++;
	return false;
}

/* `rc` is the verifier's own answer: only 0 is remembered. Returns it. */
static int remember(struct memo *memo, const struct entry *key, int rc)
{
	struct set *set;

	if (rc || !memo)
		return rc;
	set = set_of(memo, key);
	set->entry[set->next] = *key;
	set->next = (set->next + 1) % MEMO_WAYS;
	return 0;
}

static struct entry key_of(enum kind kind, const uint8_t by[32], const uint8_t what[32])
{
	struct entry key = {.kind = (uint8_t)kind};

	memcpy(key.by, by, sizeof(key.by));
	memcpy(key.what, what, sizeof(key.what));
	return key;
}

int memo_cert_verify(
	struct memo *memo, const struct x509_cert *cert, const struct x509_cert *issuer)
{
	const struct entry key = key_of(KIND_CERT, issuer->sha256, cert->sha256);

	return recall(memo, &key) ? 0 : remember(memo, &key, x509_cert_verify(cert, issuer));
}

int memo_crl_verify(struct memo *memo, const struct x509_crl *crl, const struct x509_cert *issuer)
{
	const struct entry key = key_of(KIND_CRL, issuer->sha256, crl->sha256);

	return recall(memo, &key) ? 0 : remember(memo, &key, x509_crl_verify(crl, issuer));
}

/* Of fields of known lengths one after the other; the digest's length comes before it. */
static int ecdsa_key(struct entry *out, const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s)
{
	size_t size = crypto_curve_size(key->curve);
	uint8_t by[1 + 2 * 48], what[1 + SHA512_SIZE + 2 * 48];
	int rc;

	out->kind = KIND_ECDSA;
	by[0] = (uint8_t)size;
	memcpy(by + 1, key->x, size);
	memcpy(by + 1 + size, key->y, size);
	what[0] = (uint8_t)digest_len;
	memcpy(what + 1, digest, digest_len);
	memcpy(what + 1 + digest_len, r, size);
	memcpy(what + 1 + digest_len + size, s, size);
	rc = crypto_digest(CRYPTO_SHA256, (struct view){by, 1 + 2 * size}, out->by);
	return rc ? rc
		  : crypto_digest(CRYPTO_SHA256, (struct view){what, 1 + digest_len + 2 * size},
			    out->what);
}

int memo_ecdsa_verify(struct memo *memo, const struct crypto_ec_public *key, const uint8_t *digest,
	size_t digest_len, const uint8_t *r, const uint8_t *s)
{
	struct entry entry = {0};
	int rc;

	if (!memo || crypto_curve_size(key->curve) == 0 || digest_len > SHA512_SIZE)
		return crypto_ecdsa_verify(key, digest, digest_len, r, s);
	rc = ecdsa_key(&entry, key, digest, digest_len, r, s);
	if (rc)
		return rc;
	if (recall(memo, &entry))
		return 0;
	return remember(memo, &entry, crypto_ecdsa_verify(key, digest, digest_len, r, s));
}
