/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of the two vendors' profiles (RFC 5280), parsed as a list of refusals. The parser is
 * our own because everything that matters here is what a general one is lenient about: exact
 * algorithms, duplicate extensions, raw extension values, and no clock.
 */
#include "attest/endorse/x509.h"

#include "attest/endorse/x509_signed.h"

#define OID_SECP384R1   0x2b, 0x81, 0x04, 0x00, 0x22
#define OID_COMMON_NAME 0x55, 0x04, 0x03

#define RSA_MIN_BYTES 384 /* 3072 bits */
#define RSA_MAX_BYTES 512

static int parse_rsa(struct x509_cert *out, struct view bits, struct error *err)
{
	struct view key;

	if (!der_only(bits, DER_SEQUENCE, &key) || !der_take_unsigned(&key, &out->modulus) ||
		!der_take_unsigned(&key, &out->exponent) || key.len)
		return x509_bad(err, bits, "RSAPublicKey", "modulus and exponent", "RFC 4055 1.2");
	if (out->modulus.len < RSA_MIN_BYTES || out->modulus.len > RSA_MAX_BYTES ||
		out->exponent.len != 3 || !(out->exponent.data[2] & 1))
		return x509_bad(err, out->exponent, "RSAPublicKey",
			"3072 to 4096 bits, an odd exponent of three bytes", "evidence 1.3");
	out->key_kind = X509_KEY_RSA;
	return 0;
}

static int parse_point(
	struct x509_cert *out, struct view bits, enum crypto_curve curve, struct error *err)
{
	size_t size = crypto_curve_size(curve);

	if (bits.len != 1 + 2 * size || bits.data[0] != 4)
		return x509_bad(
			err, bits, "ECPoint", "an uncompressed point of the curve", "RFC 5480 2.2");
	out->key_kind = curve == CRYPTO_P256 ? X509_KEY_P256 : X509_KEY_P384;
	out->ec.curve = curve;
	memcpy(out->ec.x, bits.data + 1, size);
	memcpy(out->ec.y, bits.data + 1 + size, size);
	return 0;
}

static int parse_key(struct x509_cert *out, struct view *tbs, struct error *err)
{
	struct view spki, alg, oid, param, bits;
	struct view at = *tbs;

	if (!der_take(tbs, DER_SEQUENCE, &spki) || !der_take(&spki, DER_SEQUENCE, &alg) ||
		!der_take_bits(&spki, &bits) || spki.len || !der_take(&alg, DER_OID, &oid))
		return x509_bad(err, at, "subjectPublicKeyInfo", "a key", "RFC 5280 4.1.2.7");
	out->spki = (struct view){at.data, at.len - tbs->len};
	if (out->profile == X509_PROFILE_INTEL) {
		if (OID_IS(oid, OID_X962(2, 1)) && der_only(alg, DER_OID, &param) &&
			OID_IS(param, OID_X962(3, 1, 7)))
			return parse_point(out, bits, CRYPTO_P256, err);
		return x509_bad(
			err, oid, "subjectPublicKeyInfo", "secp256r1 (Intel)", "evidence 1.5");
	}
	if (OID_IS(oid, OID_PKCS1(1)) && der_only(alg, DER_NULL, &param) && !param.len)
		return parse_rsa(out, bits, err);
	if (OID_IS(oid, OID_X962(2, 1)) && der_only(alg, DER_OID, &param) &&
		OID_IS(param, OID_SECP384R1))
		return parse_point(out, bits, CRYPTO_P384, err);
	return x509_bad(err, oid, "subjectPublicKeyInfo", "rsaEncryption or secp384r1 (AMD)",
		"evidence 1.3");
}

/* BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL } */
static bool read_basic_constraints(struct x509_cert *out, struct view value)
{
	struct view seq, flag;
	uint8_t len;

	if (!der_only(value, DER_SEQUENCE, &seq))
		return false;
	if (!seq.len)
		return true;
	if (!der_take(&seq, DER_BOOLEAN, &flag) || flag.len != 1 || flag.data[0] != 0xff)
		return false;
	out->ca = true;
	if (!seq.len)
		return true;
	if (!der_take_byte(&seq, &len) || seq.len)
		return false;
	out->path_len = len;
	return true;
}

static bool read_key_usage(struct x509_cert *out, struct view value)
{
	struct view bits;

	if (!der_only(value, DER_BIT_STRING, &bits) || bits.len < 2 || bits.len > 3 ||
		bits.data[0] > 7)
		return false;
	out->has_key_usage = true;
	out->key_usage = bits.data[1];
	return true;
}

static bool understand(struct x509_cert *out, const struct x509_extension *ext)
{
	if (OID_IS(ext->oid, OID_CE(19)))
		return read_basic_constraints(out, ext->value);
	if (OID_IS(ext->oid, OID_CE(15)))
		return read_key_usage(out, ext->value);
	return !ext->critical;
}

/* Is this OID among the extensions up to `end`? */
static bool seen_before(const struct x509_cert *cert, const uint8_t *end, struct view oid)
{
	struct view list = {cert->extensions.data, (size_t)(end - cert->extensions.data)};
	struct x509_extension ext;

	while (x509_extension_next(&list, &ext))
		if (der_equal(ext.oid, oid))
			return true;
	return false;
}

static int parse_extensions(struct x509_cert *out, struct view tbs, struct error *err)
{
	struct view wrapped, list;

	if (!tbs.len)
		return 0;
	if (!der_only(tbs, DER_CONTEXT(3), &wrapped) || !der_only(wrapped, DER_SEQUENCE, &list))
		return x509_bad(
			err, tbs, "extensions", "[3] Extensions at the end", "RFC 5280 4.1.2.9");
	out->extensions = list;
	for (size_t n = 0; list.len; n++) {
		struct x509_extension ext;
		struct view at = list;

		if (n == X509_EXTENSIONS_MAX)
			return x509_bad(err, list, "extensions", "at most 32", "RFC 5280 4.1.2.9");
		if (!x509_take_extension(&list, &ext))
			return x509_bad(err, at, "extensions", "an Extension", "RFC 5280 4.1.2.9");
		if (seen_before(out, at.data, ext.oid))
			return x509_bad(
				err, ext.oid, "extensions", "each one once", "RFC 5280 4.2");
		if (!understand(out, &ext))
			return x509_bad(err, ext.oid, "extensions",
				"no critical extension that is not understood", "RFC 5280 4.2");
	}
	return 0;
}

static int parse_tbs_head(
	struct x509_cert *out, const struct x509_signed *obj, struct view *tbs, struct error *err)
{
	struct view version;
	uint8_t value;

	if (!der_take(tbs, DER_CONTEXT(0), &version) || !der_take_byte(&version, &value) ||
		value != 2 || version.len)
		return x509_bad(err, *tbs, "version", "version 3", "RFC 5280 4.1.2.1");
	if (!der_take_unsigned(tbs, &out->serial) || out->serial.len > 20)
		return x509_bad(err, *tbs, "serialNumber", "a number of 20 bytes at most",
			"RFC 5280 4.1.2.2");
	return x509_signed_same_algorithm(obj, tbs, err);
}

int x509_cert_parse(struct x509_cert *out, struct view der, struct error *err)
{
	struct x509_signed obj = {0};
	struct view tbs, validity;
	int rc = x509_signed_open(&obj, der, err);

	memset(out, 0, sizeof(*out));
	out->path_len = -1;
	out->profile = obj.profile;
	tbs = obj.content;
	if (!rc)
		rc = parse_tbs_head(out, &obj, &tbs, err);
	if (rc)
		return rc;
	if (!x509_take_name(&tbs, &out->issuer))
		return x509_bad(err, tbs, "issuer", "a Name", "RFC 5280 4.1.2.4");
	if (!der_take(&tbs, DER_SEQUENCE, &validity) ||
		!der_take_time(&validity, &out->not_before) ||
		!der_take_time(&validity, &out->not_after) || validity.len)
		return x509_bad(err, tbs, "validity", "two times", "RFC 5280 4.1.2.5");
	if (!x509_take_name(&tbs, &out->subject))
		return x509_bad(err, tbs, "subject", "a Name", "RFC 5280 4.1.2.6");
	rc = parse_key(out, &tbs, err);
	if (!rc)
		rc = parse_extensions(out, tbs, err);
	out->der = der;
	out->tbs = obj.tbs;
	out->signature = obj.signature;
	return rc ? rc : crypto_digest(CRYPTO_SHA256, der, out->sha256);
}

bool x509_may_issue(const struct x509_cert *ca, int below)
{
	return ca->ca && (ca->path_len < 0 || ca->path_len >= below) && ca->has_key_usage &&
	       (ca->key_usage & X509_USAGE_CERT_SIGN) &&
	       (ca->key_kind == X509_KEY_RSA || ca->key_kind == X509_KEY_P256);
}

int x509_cert_verify(const struct x509_cert *cert, const struct x509_cert *issuer)
{
	return x509_signed_verify(cert->profile, cert->tbs, cert->signature, issuer);
}

static bool take_attribute(struct view rdn, struct view *oid, struct view *value)
{
	struct view seq;
	uint8_t tag;

	return der_take(&rdn, DER_SEQUENCE, &seq) && der_take(&seq, DER_OID, oid) &&
	       der_any(&seq, &tag, value, NULL);
}

void x509_common_name(struct view name, char *out, size_t cap)
{
	struct view rdns, rdn, oid, value;

	if (!cap)
		return;
	out[0] = '\0';
	if (!der_only(name, DER_SEQUENCE, &rdns))
		return;
	while (rdns.len && der_take(&rdns, DER_SET, &rdn)) {
		size_t n = 0;

		if (!take_attribute(rdn, &oid, &value) || !OID_IS(oid, OID_COMMON_NAME))
			continue;
		for (; n < value.len && n + 1 < cap; n++)
			out[n] = value.data[n] >= 0x20 && value.data[n] < 0x7f ? (char)value.data[n]
									       : '?';
		out[n] = '\0';
	}
}

bool x509_extension_next(struct view *list, struct x509_extension *out)
{
	*out = (struct x509_extension){0};
	return list->len && x509_take_extension(list, out);
}

bool x509_extension_find(const struct x509_cert *cert, const uint8_t *oid, size_t oid_len,
	struct x509_extension *out)
{
	struct view list = cert->extensions;

	while (x509_extension_next(&list, out))
		if (der_equal(out->oid, (struct view){oid, oid_len}))
			return true;
	*out = (struct x509_extension){0};
	return false;
}
