/* SPDX-License-Identifier: Apache-2.0 */
/* JWE, flattened, ECDH-ES+A256KW and A256GCM. Keys are wiped on every way out. */
#include "attest/jose/jwe.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/jose/jwk.h"
#include "common/base64.h"
#include "common/json.h"

#define KEY_SIZE     32
#define WRAPPED_SIZE 40
#define IV_SIZE      12
#define TAG_SIZE     16
#define HEADER_MAX   512

/* The five members, decoded; the protected header also as it was sent. */
struct parts {
	const char *protected_text;
	struct bytes header, wrapped, iv, ciphertext, tag;
};

static int append_sized(struct bytes *b, const void *data, size_t len)
{
	uint8_t size[4];

	put_be32(size, (uint32_t)len);
	return bytes_append(b, size, sizeof(size)) || bytes_append(b, data, len) ? HC_ENOMEM : 0;
}

int jwe_concat_kdf(struct view z, const char *alg, struct view apu, struct view apv,
	uint32_t key_bits, uint8_t *out)
{
	static const uint8_t counter[4] = {0, 0, 0, 1};
	uint8_t bits[4], digest[SHA256_SIZE];
	struct bytes info = {0};
	int rc;

	if (!key_bits || key_bits > 256 || key_bits % 8)
		return HC_EUSAGE;
	put_be32(bits, key_bits);
	rc = bytes_append(&info, counter, sizeof(counter));
	if (!rc)
		rc = bytes_append(&info, z.data, z.len);
	if (!rc)
		rc = append_sized(&info, alg, strlen(alg));
	if (!rc)
		rc = append_sized(&info, apu.data, apu.len);
	if (!rc)
		rc = append_sized(&info, apv.data, apv.len);
	if (!rc)
		rc = bytes_append(&info, bits, sizeof(bits));
	if (!rc)
		rc = crypto_hash(CRYPTO_SHA256, bytes_view(&info), digest);
	if (!rc)
		memcpy(out, digest, key_bits / 8);
	bytes_wipe(digest, sizeof(digest));
	bytes_free(&info);
	return rc;
}

/* The key-encryption key that `key` and `peer` share. */
static int agree(const struct crypto_ec_key *key, const struct crypto_ec_public *peer,
	uint8_t kek[KEY_SIZE], struct error *err)
{
	uint8_t z[48];
	int rc = crypto_ecdh(key, peer, z);

	if (!rc)
		rc = jwe_concat_kdf((struct view){z, crypto_curve_size(peer->curve)}, JWK_ALG_KBS,
			(struct view){0}, (struct view){0}, 256, kek);
	bytes_wipe(z, sizeof(z));
	if (rc)
		error_fail(err, rc, "JWE key agreement", "a key that cannot be used");
	return rc;
}

static int write_header(const struct crypto_ec_public *epk, char out[HEADER_MAX], struct error *err)
{
	struct bytes jwk = {0};
	int len, rc = jwk_write_ec(epk, NULL, &jwk, err);

	if (!rc) {
		len = snprintf(out, HEADER_MAX, "{\"alg\":\"%s\",\"enc\":\"A256GCM\",\"epk\":%.*s}",
			JWK_ALG_KBS, (int)jwk.len, (const char *)jwk.data);
		if (len < 0 || len >= HEADER_MAX)
			rc = error_fail(err, HC_EINTERNAL, "JWE header", "%d bytes", len);
	}
	bytes_free(&jwk);
	return rc;
}

/* Append `"name":"base64url"` with what goes before it. */
static int put_member(struct bytes *out, const char *before, const char *name, struct view data)
{
	size_t size = base64_encoded_size(data.len);
	char *text = malloc(size);
	int rc = HC_ENOMEM;

	if (!text)
		return rc;
	base64_encode(BASE64_URL, text, data.data, data.len);
	if (!bytes_append(out, before, strlen(before)) && !bytes_append(out, "\"", 1) &&
		!bytes_append(out, name, strlen(name)) && !bytes_append(out, "\":\"", 3) &&
		!bytes_append(out, text, strlen(text)) && !bytes_append(out, "\"", 1))
		rc = 0;
	free(text);
	return rc;
}

struct sealed {
	char header[HEADER_MAX];
	uint8_t wrapped[WRAPPED_SIZE], iv[IV_SIZE], tag[TAG_SIZE];
	uint8_t *ciphertext;
};

static int put_sealed(const struct sealed *s, size_t len, struct bytes *out, struct error *err)
{
	struct view header = {(const uint8_t *)s->header, strlen(s->header)};

	if (put_member(out, "{", "protected", header) ||
		put_member(out, ",", "encrypted_key", (struct view){s->wrapped, WRAPPED_SIZE}) ||
		put_member(out, ",", "iv", (struct view){s->iv, IV_SIZE}) ||
		put_member(out, ",", "ciphertext", (struct view){s->ciphertext, len}) ||
		put_member(out, ",", "tag", (struct view){s->tag, TAG_SIZE}) ||
		bytes_append(out, "}", 1))
		return error_fail(err, HC_ENOMEM, "JWE", "%zu bytes", len);
	return 0;
}

/* Content under a fresh key, that key under `kek`. */
static int encrypt(
	struct sealed *s, const uint8_t kek[KEY_SIZE], struct view plain, struct error *err)
{
	char aad[HEADER_MAX * 4 / 3 + 8];
	uint8_t cek[KEY_SIZE];
	int rc;

	base64_encode(BASE64_URL, aad, (const uint8_t *)s->header, strlen(s->header));
	rc = crypto_random(cek, sizeof(cek));
	if (!rc)
		rc = crypto_random(s->iv, sizeof(s->iv));
	if (!rc)
		rc = crypto_keywrap(kek, cek, s->wrapped);
	if (!rc)
		rc = crypto_gcm_encrypt(cek, s->iv,
			(struct view){(const uint8_t *)aad, strlen(aad)}, plain, s->ciphertext,
			s->tag);
	bytes_wipe(cek, sizeof(cek));
	return rc ? error_fail(err, rc, "JWE", "encryption failed") : 0;
}

int jwe_seal(const struct crypto_ec_public *peer, struct view plain, struct bytes *out,
	struct error *err)
{
	struct crypto_ec_key *ephemeral = NULL;
	struct crypto_ec_public epk;
	struct sealed s = {0};
	uint8_t kek[KEY_SIZE];
	int rc;

	if (peer->curve != CRYPTO_P256)
		return error_fail(err, HC_EUNSUPPORTED, "JWE", "a key that is not on P-256");
	if (plain.len > JWE_PLAIN_MAX)
		return error_fail(err, HC_ERANGE, "JWE", "%zu bytes", plain.len);
	s.ciphertext = malloc(plain.len + 1);
	if (!s.ciphertext)
		return error_fail(err, HC_ENOMEM, "JWE", "%zu bytes", plain.len);
	rc = crypto_ec_generate(&ephemeral, CRYPTO_P256);
	if (!rc)
		rc = crypto_ec_public(ephemeral, &epk);
	if (rc)
		error_fail(err, rc, "JWE", "no ephemeral key");
	if (!rc)
		rc = agree(ephemeral, peer, kek, err);
	if (!rc)
		rc = write_header(&epk, s.header, err);
	if (!rc)
		rc = encrypt(&s, kek, plain, err);
	if (!rc)
		rc = put_sealed(&s, plain.len, out, err);
	bytes_wipe(kek, sizeof(kek));
	crypto_ec_free(ephemeral);
	free(s.ciphertext);
	return rc;
}

static int get_member(const json_t *obj, const char *name, size_t size, struct bytes *out,
	const char **text, struct error *err)
{
	int rc = json_get_string(obj, "JWE", name, text, err);

	if (!rc)
		rc = base64_decode(BASE64_URL, out, *text, strlen(*text), err);
	if (!rc && size && out->len != size) {
		rc = error_fail(err, HC_EFORMAT, "JWE", "%s of %zu bytes", name, out->len);
		error_expected(err, "%zu", size);
	}
	return rc;
}

static int get_parts(const json_t *obj, struct parts *p, struct error *err)
{
	static const char *const names[] = {
		"protected", "encrypted_key", "iv", "ciphertext", "tag", NULL};
	const char *text;
	int rc = json_only(obj, "JWE", names, err);

	if (!rc)
		rc = get_member(obj, "protected", 0, &p->header, &p->protected_text, err);
	if (!rc && p->header.len >= HEADER_MAX)
		rc = error_fail(err, HC_ERANGE, "JWE", "a header of %zu bytes", p->header.len);
	if (!rc)
		rc = get_member(obj, "encrypted_key", WRAPPED_SIZE, &p->wrapped, &text, err);
	if (!rc)
		rc = get_member(obj, "iv", IV_SIZE, &p->iv, &text, err);
	if (!rc)
		rc = get_member(obj, "ciphertext", 0, &p->ciphertext, &text, err);
	if (!rc)
		rc = get_member(obj, "tag", TAG_SIZE, &p->tag, &text, err);
	return rc;
}

static void free_parts(struct parts *p)
{
	bytes_free(&p->header);
	bytes_free(&p->wrapped);
	bytes_free(&p->iv);
	bytes_free(&p->ciphertext);
	bytes_free(&p->tag);
}

static int expect(const json_t *obj, const char *name, const char *value, struct error *err)
{
	const char *found;
	int rc = json_get_string(obj, "JWE header", name, &found, err);

	if (rc || !strcmp(found, value))
		return rc;
	error_fail(err, HC_EUNSUPPORTED, "JWE header", "%s \"%.40s\"", name, found);
	error_expected(err, "%s", value);
	return HC_EUNSUPPORTED;
}

static int parse_header(struct view text, struct crypto_ec_public *epk, struct error *err)
{
	static const char *const names[] = {"alg", "enc", "epk", NULL};
	json_t *obj = NULL;
	int rc = json_parse_object(
		&obj, text.data ? (const char *)text.data : "", text.len, "JWE header", err);

	if (!rc)
		rc = json_only(obj, "JWE header", names, err);
	if (!rc)
		rc = expect(obj, "alg", JWK_ALG_KBS, err);
	if (!rc)
		rc = expect(obj, "enc", "A256GCM", err);
	if (!rc)
		rc = jwk_parse_ec(json_object_get(obj, "epk"), "JWE header.epk", NULL, epk, err);
	if (!rc && epk->curve != CRYPTO_P256)
		rc = error_fail(err, HC_EUNSUPPORTED, "JWE header.epk", "not on P-256");
	json_decref(obj);
	return rc;
}

static int decrypt(
	const struct parts *p, const uint8_t kek[KEY_SIZE], struct bytes *plain, struct error *err)
{
	struct view aad = {(const uint8_t *)p->protected_text, strlen(p->protected_text)};
	uint8_t cek[KEY_SIZE], *out = malloc(p->ciphertext.len + 1);
	int rc = out ? 0 : HC_ENOMEM;

	if (!rc)
		rc = crypto_keyunwrap(kek, p->wrapped.data, cek);
	if (!rc)
		rc = crypto_gcm_decrypt(
			cek, p->iv.data, aad, bytes_view(&p->ciphertext), p->tag.data, out);
	if (!rc)
		rc = bytes_append(plain, out, p->ciphertext.len);
	bytes_wipe(cek, sizeof(cek));
	if (out)
		bytes_wipe(out, p->ciphertext.len);
	free(out);
	if (rc)
		error_fail(err, rc, "JWE", "not made for this key, or changed on the way");
	return rc;
}

int jwe_open(
	const struct crypto_ec_key *key, struct view text, struct bytes *plain, struct error *err)
{
	struct crypto_ec_public epk;
	struct parts p = {0};
	uint8_t kek[KEY_SIZE];
	json_t *obj = NULL;
	int rc;

	if (text.len > JWE_TEXT_MAX)
		return error_fail(err, HC_ERANGE, "JWE", "%zu bytes", text.len);
	rc = json_parse_object(
		&obj, text.data ? (const char *)text.data : "", text.len, "JWE", err);
	if (!rc)
		rc = get_parts(obj, &p, err);
	if (!rc)
		rc = parse_header(bytes_view(&p.header), &epk, err);
	if (!rc)
		rc = agree(key, &epk, kek, err);
	if (!rc)
		rc = decrypt(&p, kek, plain, err);
	bytes_wipe(kek, sizeof(kek));
	free_parts(&p);
	json_decref(obj);
	return rc;
}
