/* SPDX-License-Identifier: Apache-2.0 */
/* JWS compact, ES384. */
#include "attest/jose/jws.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "common/json.h"

#define COORDINATE 48

static int put_base64(struct bytes *out, struct view data, struct error *err)
{
	char *text = malloc(base64_encoded_size(data.len));
	int rc = HC_ENOMEM;

	if (text) {
		base64_encode(BASE64_URL, text, data.data, data.len);
		rc = bytes_append(out, text, strlen(text));
	}
	free(text);
	return rc ? error_fail(err, HC_ENOMEM, "JWS", "%zu bytes", data.len) : 0;
}

static int put_dot(struct bytes *out, struct error *err)
{
	return bytes_append(out, ".", 1) ? error_fail(err, HC_ENOMEM, "JWS", "one byte") : 0;
}

static int put_signature(
	const struct crypto_ec_key *key, size_t start, struct bytes *out, struct error *err)
{
	uint8_t digest[SHA384_SIZE], signature[2 * COORDINATE];
	int rc = crypto_sha384(digest, out->data + start, out->len - start);

	if (!rc)
		rc = crypto_ecdsa_sign(
			key, digest, sizeof(digest), signature, signature + COORDINATE);
	if (rc)
		return error_fail(err, rc, "JWS", "signing failed");
	rc = put_dot(out, err);
	return rc ? rc : put_base64(out, (struct view){signature, sizeof(signature)}, err);
}

int jws_sign(const struct crypto_ec_key *key, const char *kid, struct view payload,
	struct bytes *out, struct error *err)
{
	struct crypto_ec_public public;
	size_t start = out->len;
	char header[128];
	int len, rc;

	if (crypto_ec_public(key, &public) || public.curve != CRYPTO_P384)
		return error_fail(err, HC_EUNSUPPORTED, "JWS", "a key that is not on P-384");
	len = snprintf(
		header, sizeof(header), "{\"alg\":\"ES384\",\"kid\":\"%s\",\"typ\":\"JWT\"}", kid);
	if (len < 0 || (size_t)len >= sizeof(header) || strpbrk(kid, "\"\\"))
		return error_fail(err, HC_EUSAGE, "JWS", "a key id that cannot be written");
	if (payload.len > JWS_PAYLOAD_MAX)
		return error_fail(err, HC_ERANGE, "JWS", "%zu bytes", payload.len);
	rc = put_base64(out, (struct view){(const uint8_t *)header, (size_t)len}, err);
	if (!rc)
		rc = put_dot(out, err);
	if (!rc)
		rc = put_base64(out, payload, err);
	return rc ? rc : put_signature(key, start, out, err);
}

static int check_header(struct view text, struct error *err)
{
	static const char *const names[] = {"alg", "kid", "typ", NULL};
	const char *alg = "", *typ = "", *kid;
	struct bytes raw = {0};
	json_t *obj = NULL;
	int rc = base64_decode(BASE64_URL, &raw, (const char *)text.data, text.len, err);

	if (!rc)
		rc = json_parse_object(
			&obj, raw.data ? (const char *)raw.data : "", raw.len, "JWS header", err);
	if (!rc)
		rc = json_only(obj, "JWS header", names, err);
	if (!rc)
		rc = json_get_string(obj, "JWS header", "alg", &alg, err);
	if (!rc)
		rc = json_get_string(obj, "JWS header", "typ", &typ, err);
	if (!rc)
		rc = json_get_string(obj, "JWS header", "kid", &kid, err);
	if (!rc && (strcmp(alg, "ES384") || strcmp(typ, "JWT")))
		rc = error_fail(err, HC_EUNSUPPORTED, "JWS header", "%.20s %.20s", alg, typ);
	json_decref(obj);
	bytes_free(&raw);
	return rc;
}

static int check_signature(const struct crypto_ec_public *key, struct view signed_part,
	struct view text, struct error *err)
{
	uint8_t digest[SHA384_SIZE];
	struct bytes raw = {0};
	int rc = base64_decode(BASE64_URL, &raw, (const char *)text.data, text.len, err);

	if (!rc && raw.len != 2 * COORDINATE)
		rc = error_fail(err, HC_EFORMAT, "JWS signature", "%zu bytes", raw.len);
	if (!rc) {
		rc = crypto_sha384(digest, signed_part.data, signed_part.len);
		if (!rc)
			rc = crypto_ecdsa_verify(
				key, digest, sizeof(digest), raw.data, raw.data + COORDINATE);
		if (rc)
			error_fail(err, rc, "JWS signature", "signed by another key, or changed");
	}
	bytes_free(&raw);
	return rc;
}

int jws_verify(const struct crypto_ec_public *key, struct view text, struct bytes *payload,
	struct error *err)
{
	const uint8_t *end = text.data + text.len, *first, *second;
	int rc;

	if (!text.len || text.len > JWS_TEXT_MAX)
		return error_fail(err, HC_ERANGE, "JWS", "%zu bytes", text.len);
	if (key->curve != CRYPTO_P384)
		return error_fail(err, HC_EUNSUPPORTED, "JWS", "a key that is not on P-384");
	first = memchr(text.data, '.', text.len);
	second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
	if (!second)
		return error_fail(err, HC_EFORMAT, "JWS", "fewer than three parts");
	rc = check_header((struct view){text.data, (size_t)(first - text.data)}, err);
	if (!rc)
		rc = check_signature(key, (struct view){text.data, (size_t)(second - text.data)},
			(struct view){second + 1, (size_t)(end - second - 1)}, err);
	if (rc)
		return rc;
	return base64_decode(
		BASE64_URL, payload, (const char *)first + 1, (size_t)(second - first - 1), err);
}
