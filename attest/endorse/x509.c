/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and revocation lists of AMD's profile (RFC 5280, RFC 4055), parsed as a list of
 * refusals. The parser is our own because everything that matters here is what a general one is
 * lenient about: exact PSS parameters, duplicate extensions, raw extension values, and no clock.
 */
#include "attest/endorse/x509.h"

#include "attest/endorse/der.h"

#define OID_IS(found, ...)                                                                         \
	der_equal(found, (struct view){(const uint8_t[]){__VA_ARGS__},                             \
				 sizeof((const uint8_t[]){__VA_ARGS__})})

/* 1.2.840.113549.1.1.* (PKCS #1), 2.16.840.1.101.3.4.2.2 (SHA-384) */
#define OID_PKCS1(n)      0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, n
#define OID_SHA384        0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02
#define OID_EC_PUBLIC_KEY 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01
#define OID_SECP384R1     0x2b, 0x81, 0x04, 0x00, 0x22
#define OID_CE(n)         0x55, 0x1d, n
#define OID_COMMON_NAME   0x55, 0x04, 0x03

#define RSA_MIN_BYTES 384 /* 3072 bits */
#define RSA_MAX_BYTES 512
#define P384_SIZE     48

static int bad(struct error *err, struct view at, const char *field, const char *expected,
	const char *section)
{
	char hex[33] = "";

	for (size_t i = 0; i < at.len && i < 16; i++) {
		hex[2 * i] = "0123456789abcdef"[at.data[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[at.data[i] & 15];
		hex[2 * i + 2] = '\0';
	}
	error_fail(err, HC_EFORMAT, field, "%s", hex[0] ? hex : "nothing");
	error_expected(err, "%s", expected);
	error_section(err, section);
	return HC_EFORMAT;
}

/* AlgorithmIdentifier of SHA-384: parameters NULL or absent (RFC 4055 2.1). */
static bool is_sha384(struct view alg)
{
	struct view seq, oid, null;

	if (!der_only(alg, DER_SEQUENCE, &seq) || !der_take(&seq, DER_OID, &oid) ||
		!OID_IS(oid, OID_SHA384))
		return false;
	return !seq.len || (der_only(seq, DER_NULL, &null) && !null.len);
}

static bool is_mgf1_sha384(struct view alg)
{
	struct view seq, oid;

	return der_only(alg, DER_SEQUENCE, &seq) && der_take(&seq, DER_OID, &oid) &&
	       OID_IS(oid, OID_PKCS1(8)) && is_sha384(seq);
}

/*
 * RSASSA-PSS-params (RFC 4055 3.1). The trailer field's default is written out in some of AMD's
 * certificates and omitted in others, so parameters are compared by value.
 */
static bool is_pss_sha384(struct view alg)
{
	struct view oid, params, hash, mgf, salt, trailer;
	uint8_t value;

	if (!der_take(&alg, DER_OID, &oid) || !OID_IS(oid, OID_PKCS1(10)) ||
		!der_only(alg, DER_SEQUENCE, &params))
		return false;
	if (!der_take(&params, DER_CONTEXT(0), &hash) || !is_sha384(hash) ||
		!der_take(&params, DER_CONTEXT(1), &mgf) || !is_mgf1_sha384(mgf) ||
		!der_take(&params, DER_CONTEXT(2), &salt))
		return false;
	if (!der_take_byte(&salt, &value) || value != 48 || salt.len)
		return false;
	if (!params.len)
		return true;
	return der_only(params, DER_CONTEXT(3), &trailer) && der_take_byte(&trailer, &value) &&
	       value == 1 && !trailer.len;
}

/* What certificates and CRLs have in common: SEQUENCE { tbs, algorithm, signature }. */
struct signed_object {
	struct view tbs;     /* whole */
	struct view content; /* of tbs */
	struct view alg;     /* content of the outer AlgorithmIdentifier */
	struct view signature;
};

static int open_signed(struct signed_object *out, struct view der, struct error *err)
{
	struct view body;
	uint8_t tag;

	if (!der_only(der, DER_SEQUENCE, &body))
		return bad(err, der, "certificate or CRL", "one DER SEQUENCE and nothing after it",
			"RFC 5280 4.1");
	if (der_peek(body) != DER_SEQUENCE || !der_any(&body, &tag, &out->content, &out->tbs))
		return bad(err, body, "tbs", "a SEQUENCE", "RFC 5280 4.1.1.1");
	if (!der_take(&body, DER_SEQUENCE, &out->alg) || !is_pss_sha384(out->alg))
		return bad(err, out->alg, "signatureAlgorithm",
			"RSASSA-PSS, SHA-384, MGF1-SHA-384, salt 48", "RFC 4055 3.1");
	if (!der_take_bits(&body, &out->signature) || body.len)
		return bad(
			err, body, "signatureValue", "a BIT STRING at the end", "RFC 5280 4.1.1.3");
	return 0;
}

static int same_algorithm(const struct signed_object *obj, struct view *tbs, struct error *err)
{
	struct view inner;

	if (!der_take(tbs, DER_SEQUENCE, &inner) || !der_equal(inner, obj->alg))
		return bad(err, *tbs, "tbs.signature", "the outer signatureAlgorithm",
			"RFC 5280 4.1.1.2");
	return 0;
}

/* DirectoryString (RFC 5280 4.1.2.4) and IA5String. */
static bool is_string(uint8_t tag)
{
	static const uint8_t tags[] = {0x0c, 0x13, 0x14, DER_IA5_STRING, 0x1c, 0x1e};

	return memchr(tags, tag, sizeof(tags)) != NULL;
}

/* AttributeTypeAndValue, one or more of them. */
static bool rdn_valid(struct view rdn)
{
	struct view seq, oid, value;
	uint8_t tag;

	do {
		if (!der_take(&rdn, DER_SEQUENCE, &seq) || !der_take(&seq, DER_OID, &oid) ||
			!der_any(&seq, &tag, &value, NULL) || !is_string(tag) || seq.len)
			return false;
	} while (rdn.len);
	return true;
}

/* Names are compared as bytes; that they are whole all the same is what other parsers ask for. */
static bool take_name(struct view *in, struct view *name)
{
	struct view rdns, rdn;
	uint8_t tag;

	if (der_peek(*in) != DER_SEQUENCE || !der_any(in, &tag, &rdns, name))
		return false;
	do {
		if (!der_take(&rdns, DER_SET, &rdn) || !rdn_valid(rdn))
			return false;
	} while (rdns.len);
	return true;
}

static int parse_rsa(struct x509_cert *out, struct view bits, struct error *err)
{
	struct view key;

	if (!der_only(bits, DER_SEQUENCE, &key) || !der_take_unsigned(&key, &out->modulus) ||
		!der_take_unsigned(&key, &out->exponent) || key.len)
		return bad(err, bits, "RSAPublicKey", "modulus and exponent", "RFC 4055 1.2");
	if (out->modulus.len < RSA_MIN_BYTES || out->modulus.len > RSA_MAX_BYTES ||
		out->exponent.len != 3 || !(out->exponent.data[2] & 1))
		return bad(err, out->exponent, "RSAPublicKey",
			"3072 to 4096 bits, an odd exponent of three bytes", "evidence 1.3");
	out->key_kind = X509_KEY_RSA;
	return 0;
}

static int parse_p384(struct x509_cert *out, struct view bits, struct error *err)
{
	if (bits.len != 1 + 2 * P384_SIZE || bits.data[0] != 4)
		return bad(err, bits, "ECPoint", "an uncompressed point of P-384", "RFC 5480 2.2");
	out->key_kind = X509_KEY_P384;
	out->ec.curve = CRYPTO_P384;
	memcpy(out->ec.x, bits.data + 1, P384_SIZE);
	memcpy(out->ec.y, bits.data + 1 + P384_SIZE, P384_SIZE);
	return 0;
}

static int parse_key(struct x509_cert *out, struct view *tbs, struct error *err)
{
	struct view spki, alg, oid, param, bits;
	struct view at = *tbs;

	if (!der_take(tbs, DER_SEQUENCE, &spki) || !der_take(&spki, DER_SEQUENCE, &alg) ||
		!der_take_bits(&spki, &bits) || spki.len || !der_take(&alg, DER_OID, &oid))
		return bad(err, at, "subjectPublicKeyInfo", "a key", "RFC 5280 4.1.2.7");
	if (OID_IS(oid, OID_PKCS1(1)) && der_only(alg, DER_NULL, &param) && !param.len)
		return parse_rsa(out, bits, err);
	if (OID_IS(oid, OID_EC_PUBLIC_KEY) && der_only(alg, DER_OID, &param) &&
		OID_IS(param, OID_SECP384R1))
		return parse_p384(out, bits, err);
	return bad(err, oid, "subjectPublicKeyInfo", "rsaEncryption or secp384r1", "evidence 1.3");
}

static bool take_extension(struct view *in, struct x509_extension *out)
{
	struct view seq, flag;

	*out = (struct x509_extension){0};
	if (!der_take(in, DER_SEQUENCE, &seq) || !der_take(&seq, DER_OID, &out->oid))
		return false;
	if (der_peek(seq) == DER_BOOLEAN) {
		/* DER: a default (FALSE) is never written, TRUE is 0xff. */
		if (!der_take(&seq, DER_BOOLEAN, &flag) || flag.len != 1 || flag.data[0] != 0xff)
			return false;
		out->critical = true;
	}
	return der_only(seq, DER_OCTET_STRING, &out->value);
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

static int parse_extensions(struct x509_cert *out, struct view tbs, struct error *err)
{
	struct view wrapped, list;

	if (!tbs.len)
		return 0;
	if (!der_only(tbs, DER_CONTEXT(3), &wrapped) || !der_only(wrapped, DER_SEQUENCE, &list))
		return bad(err, tbs, "extensions", "[3] Extensions at the end", "RFC 5280 4.1.2.9");
	while (list.len) {
		struct x509_extension *ext = &out->extension[out->extension_count];
		struct view at = list;

		if (out->extension_count == X509_EXTENSIONS_MAX)
			return bad(err, list, "extensions", "at most 32", "RFC 5280 4.1.2.9");
		if (!take_extension(&list, ext))
			return bad(err, at, "extensions", "an Extension", "RFC 5280 4.1.2.9");
		if (x509_extension_find(out, ext->oid.data, ext->oid.len))
			return bad(err, ext->oid, "extensions", "each one once", "RFC 5280 4.2");
		if (!understand(out, ext))
			return bad(err, ext->oid, "extensions",
				"no critical extension that is not understood", "RFC 5280 4.2");
		out->extension_count++;
	}
	return 0;
}

static int parse_tbs_head(
	struct x509_cert *out, const struct signed_object *obj, struct view *tbs, struct error *err)
{
	struct view version;
	uint8_t value;

	if (!der_take(tbs, DER_CONTEXT(0), &version) || !der_take_byte(&version, &value) ||
		value != 2 || version.len)
		return bad(err, *tbs, "version", "version 3", "RFC 5280 4.1.2.1");
	if (!der_take_unsigned(tbs, &out->serial) || out->serial.len > 20)
		return bad(err, *tbs, "serialNumber", "a number of 20 bytes at most",
			"RFC 5280 4.1.2.2");
	return same_algorithm(obj, tbs, err);
}

int x509_cert_parse(struct x509_cert *out, struct view der, struct error *err)
{
	struct signed_object obj = {0};
	struct view tbs, validity;
	int rc = open_signed(&obj, der, err);

	memset(out, 0, sizeof(*out));
	out->path_len = -1;
	tbs = obj.content;
	if (!rc)
		rc = parse_tbs_head(out, &obj, &tbs, err);
	if (rc)
		return rc;
	if (!take_name(&tbs, &out->issuer))
		return bad(err, tbs, "issuer", "a Name", "RFC 5280 4.1.2.4");
	if (!der_take(&tbs, DER_SEQUENCE, &validity) ||
		!der_take_time(&validity, &out->not_before) ||
		!der_take_time(&validity, &out->not_after) || validity.len)
		return bad(err, tbs, "validity", "two times", "RFC 5280 4.1.2.5");
	if (!take_name(&tbs, &out->subject))
		return bad(err, tbs, "subject", "a Name", "RFC 5280 4.1.2.6");
	rc = parse_key(out, &tbs, err);
	if (!rc)
		rc = parse_extensions(out, tbs, err);
	out->der = der;
	out->tbs = obj.tbs;
	out->signature = obj.signature;
	return rc ? rc : crypto_hash(CRYPTO_SHA256, der, out->sha256);
}

/* CRL and CRL entry extensions: none may be critical (no delta, indirect or partial lists). */
static bool harmless_extensions(struct view wrapped)
{
	struct x509_extension ext;
	struct view list;

	if (!der_only(wrapped, DER_SEQUENCE, &list))
		return false;
	while (list.len)
		if (!take_extension(&list, &ext) || ext.critical)
			return false;
	return true;
}

/* One entry of revokedCertificates. */
static bool take_revoked(struct view *list, struct view *serial)
{
	struct view entry;
	int64_t date;

	return der_take(list, DER_SEQUENCE, &entry) && der_take_unsigned(&entry, serial) &&
	       der_take_time(&entry, &date) && (!entry.len || harmless_extensions(entry));
}

static int parse_revoked(struct x509_crl *out, struct view *tbs, struct error *err)
{
	struct view list, serial;

	if (der_peek(*tbs) != DER_SEQUENCE)
		return 0;
	if (!der_take(tbs, DER_SEQUENCE, &out->revoked))
		return bad(err, *tbs, "revokedCertificates", "a SEQUENCE", "RFC 5280 5.1.2.6");
	list = out->revoked;
	for (size_t n = 0; list.len; n++)
		if (n == X509_REVOKED_MAX || !take_revoked(&list, &serial))
			return bad(err, list, "revokedCertificates",
				"at most 4096 entries without critical extensions",
				"RFC 5280 5.1.2.6");
	return 0;
}

static int parse_crl_dates(struct x509_crl *out, struct view *tbs, struct error *err)
{
	uint8_t tag;

	if (!der_take_time(tbs, &out->this_update))
		return bad(err, *tbs, "thisUpdate", "a time", "RFC 5280 5.1.2.4");
	tag = der_peek(*tbs);
	if (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME)
		return 0;
	out->has_next_update = true;
	if (!der_take_time(tbs, &out->next_update))
		return bad(err, *tbs, "nextUpdate", "a time", "RFC 5280 5.1.2.5");
	return 0;
}

int x509_crl_parse(struct x509_crl *out, struct view der, struct error *err)
{
	struct signed_object obj = {0};
	struct view tbs, extensions;
	uint8_t version;
	int rc = open_signed(&obj, der, err);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	tbs = obj.content;
	if (!der_take_byte(&tbs, &version) || version != 1)
		return bad(err, tbs, "version", "CRL version 2", "RFC 5280 5.1.2.1");
	rc = same_algorithm(&obj, &tbs, err);
	if (rc)
		return rc;
	if (!take_name(&tbs, &out->issuer))
		return bad(err, tbs, "issuer", "a Name", "RFC 5280 5.1.2.3");
	rc = parse_crl_dates(out, &tbs, err);
	if (!rc)
		rc = parse_revoked(out, &tbs, err);
	if (rc)
		return rc;
	if (tbs.len &&
		(!der_only(tbs, DER_CONTEXT(0), &extensions) || !harmless_extensions(extensions)))
		return bad(err, tbs, "crlExtensions", "none that is critical", "RFC 5280 5.2");
	out->der = der;
	out->tbs = obj.tbs;
	out->signature = obj.signature;
	return crypto_hash(CRYPTO_SHA256, der, out->sha256);
}

bool x509_may_issue(const struct x509_cert *ca, int below)
{
	return ca->ca && (ca->path_len < 0 || ca->path_len >= below) && ca->has_key_usage &&
	       (ca->key_usage & X509_USAGE_CERT_SIGN) && ca->key_kind == X509_KEY_RSA;
}

static int verify_pss(struct view tbs, struct view signature, const struct x509_cert *issuer)
{
	uint8_t digest[SHA384_SIZE];
	int rc;

	if (issuer->key_kind != X509_KEY_RSA || signature.len != issuer->modulus.len)
		return HC_ESIGNATURE;
	rc = crypto_sha384(digest, tbs.data, tbs.len);
	return rc ? rc
		  : crypto_rsa_pss_verify(
			    issuer->modulus, issuer->exponent, CRYPTO_SHA384, digest, signature);
}

int x509_cert_verify(const struct x509_cert *cert, const struct x509_cert *issuer)
{
	return verify_pss(cert->tbs, cert->signature, issuer);
}

int x509_crl_verify(const struct x509_crl *crl, const struct x509_cert *issuer)
{
	if (!issuer->has_key_usage || !(issuer->key_usage & X509_USAGE_CRL_SIGN))
		return HC_ESIGNATURE;
	return verify_pss(crl->tbs, crl->signature, issuer);
}

bool x509_crl_lists(const struct x509_crl *crl, struct view serial)
{
	struct view list = crl->revoked, entry;

	while (list.len) {
		/* The list was walked when it was parsed; if it will not walk now, assume the
		 * worst. */
		if (!take_revoked(&list, &entry) || der_equal(entry, serial))
			return true;
	}
	return false;
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

const struct x509_extension *x509_extension_find(
	const struct x509_cert *cert, const uint8_t *oid, size_t oid_len)
{
	for (size_t i = 0; i < cert->extension_count; i++)
		if (der_equal(cert->extension[i].oid, (struct view){oid, oid_len}))
			return &cert->extension[i];
	return NULL;
}
