/* SPDX-License-Identifier: Apache-2.0 */
/* Public elliptic-curve keys as JSON Web Keys, strictly. */
#include "attest/jose/jwk.h"

#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/json.h"

static const char *curve_name(enum crypto_curve curve)
{
	return curve == CRYPTO_P256 ? "P-256" : "P-384";
}

static int wrong(struct error *err, const char *path, const char *name, const char *found,
	const char *expected)
{
	char where[96];

	snprintf(where, sizeof(where), "%s.%s", path, name);
	error_fail(err, HC_EUNSUPPORTED, where, "%.40s", found);
	error_expected(err, "%s", expected);
	error_section(err, "RFC 7518 6.2");
	return HC_EUNSUPPORTED;
}

static int parse_curve(
	const json_t *jwk, const char *path, enum crypto_curve *out, struct error *err)
{
	const char *crv;
	int rc = json_get_string(jwk, path, "crv", &crv, err);

	if (rc)
		return rc;
	*out = CRYPTO_P256;
	if (!strcmp(crv, "P-256"))
		return 0;
	*out = CRYPTO_P384;
	return strcmp(crv, "P-384") ? wrong(err, path, "crv", crv, "P-256 or P-384") : 0;
}

static int parse_coordinate(const json_t *jwk, const char *path, const char *name, size_t size,
	uint8_t *out, struct error *err)
{
	struct bytes raw = {0};
	const char *text;
	int rc = json_get_string(jwk, path, name, &text, err);

	if (!rc)
		rc = base64_decode(BASE64_URL, &raw, text, strlen(text), err);
	if (!rc && raw.len != size) {
		rc = error_fail(err, HC_EFORMAT, path, "%s of %zu bytes", name, raw.len);
		error_expected(err, "%zu", size);
	}
	if (!rc)
		memcpy(out, raw.data, size);
	bytes_free(&raw);
	return rc;
}

static int check_names(const json_t *jwk, const char *path, const char *alg, struct error *err)
{
	static const char *const names[] = {"alg", "crv", "kty", "x", "y", NULL};
	const char *kty, *found;
	int rc = json_only(jwk, path, alg ? names : names + 1, err);

	if (!rc)
		rc = json_get_string(jwk, path, "kty", &kty, err);
	if (!rc && strcmp(kty, "EC"))
		rc = wrong(err, path, "kty", kty, "EC");
	if (rc || !alg)
		return rc;
	rc = json_get_string(jwk, path, "alg", &found, err);
	return !rc && strcmp(found, alg) ? wrong(err, path, "alg", found, alg) : rc;
}

int jwk_parse_ec(const json_t *jwk, const char *path, const char *alg, struct crypto_ec_public *out,
	struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (!json_is_object(jwk))
		return error_fail(err, HC_EFORMAT, path, "no JSON object");
	rc = check_names(jwk, path, alg, err);
	if (!rc)
		rc = parse_curve(jwk, path, &out->curve, err);
	if (!rc)
		rc = parse_coordinate(jwk, path, "x", crypto_curve_size(out->curve), out->x, err);
	if (!rc)
		rc = parse_coordinate(jwk, path, "y", crypto_curve_size(out->curve), out->y, err);
	return rc;
}

int jwk_write_ec(
	const struct crypto_ec_public *key, const char *alg, struct bytes *out, struct error *err)
{
	char text[256], x[68], y[68];
	size_t size = crypto_curve_size(key->curve);
	int len;

	base64_encode(BASE64_URL, x, key->x, size);
	base64_encode(BASE64_URL, y, key->y, size);
	len = snprintf(text, sizeof(text),
		"{%s%s%s\"crv\":\"%s\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
		alg ? "\"alg\":\"" : "", alg ? alg : "", alg ? "\"," : "", curve_name(key->curve),
		x, y);
	if (len < 0 || (size_t)len >= sizeof(text))
		return error_fail(err, HC_EUSAGE, "JWK", "an algorithm name too long");
	if (bytes_append(out, text, (size_t)len))
		return error_fail(err, HC_ENOMEM, "JWK", "%d bytes", len);
	return 0;
}

int jwk_thumbprint(
	const struct crypto_ec_public *key, char out[JWK_THUMBPRINT_SIZE], struct error *err)
{
	uint8_t digest[SHA256_SIZE];
	struct bytes text = {0};
	int rc = jwk_write_ec(key, NULL, &text, err);

	if (!rc && crypto_hash(CRYPTO_SHA256, bytes_view(&text), digest))
		rc = error_fail(err, HC_EINTERNAL, "JWK thumbprint", "hash failed");
	if (!rc)
		base64_encode(BASE64_URL, out, digest, sizeof(digest));
	bytes_free(&text);
	return rc;
}
