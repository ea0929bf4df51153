/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed SEQUENCE around certificates and lists. Which of the two algorithms it names decides
 * whose profile it is; everything else in it has to be of that profile as well.
 */
#include "attest/endorse/x509_signed.h"

/* 2.16.840.1.101.3.4.2.2 */
#define OID_SHA384 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02

#define P256_SIZE 32

int x509_bad(struct error *err, struct view at, const char *field, const char *expected,
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

/* ecdsa-with-SHA256, parameters absent (RFC 5758 3.2). */
static bool is_ecdsa_sha256(struct view alg)
{
	struct view oid;

	return der_only(alg, DER_OID, &oid) && OID_IS(oid, OID_X962(4, 3, 2));
}

/* Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }, into `rs` of 64 bytes; may be NULL. */
static bool read_ecdsa(struct view signature, uint8_t *rs)
{
	struct view seq, part[2];

	if (!der_only(signature, DER_SEQUENCE, &seq) || !der_take_unsigned(&seq, &part[0]) ||
		!der_take_unsigned(&seq, &part[1]) || seq.len)
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (part[i].len > P256_SIZE)
			return false;
		if (!rs)
			continue;
		memset(rs + i * P256_SIZE, 0, P256_SIZE);
		memcpy(rs + (i + 1) * P256_SIZE - part[i].len, part[i].data, part[i].len);
	}
	return true;
}

static int read_algorithm(struct x509_signed *out, struct error *err)
{
	if (is_pss_sha384(out->alg)) {
		out->profile = X509_PROFILE_AMD;
		return 0;
	}
	out->profile = X509_PROFILE_INTEL;
	if (is_ecdsa_sha256(out->alg))
		return 0;
	return x509_bad(err, out->alg, "signatureAlgorithm",
		"RSASSA-PSS with SHA-384, MGF1-SHA-384, salt 48, or ECDSA with SHA-256",
		"RFC 4055 3.1, RFC 5758 3.2");
}

int x509_signed_open(struct x509_signed *out, struct view der, struct error *err)
{
	struct view body;
	uint8_t tag;
	int rc;

	if (!der_only(der, DER_SEQUENCE, &body))
		return x509_bad(err, der, "certificate or CRL",
			"one DER SEQUENCE and nothing after it", "RFC 5280 4.1");
	if (der_peek(body) != DER_SEQUENCE || !der_any(&body, &tag, &out->content, &out->tbs))
		return x509_bad(err, body, "tbs", "a SEQUENCE", "RFC 5280 4.1.1.1");
	if (!der_take(&body, DER_SEQUENCE, &out->alg))
		return x509_bad(err, body, "signatureAlgorithm", "a SEQUENCE", "RFC 5280 4.1.1.2");
	rc = read_algorithm(out, err);
	if (rc)
		return rc;
	if (!der_take_bits(&body, &out->signature) || body.len)
		return x509_bad(
			err, body, "signatureValue", "a BIT STRING at the end", "RFC 5280 4.1.1.3");
	if (out->profile == X509_PROFILE_INTEL && !read_ecdsa(out->signature, NULL))
		return x509_bad(err, out->signature, "signatureValue",
			"r and s of at most 32 bytes, in DER", "RFC 3279 2.2.3");
	return 0;
}

int x509_signed_same_algorithm(const struct x509_signed *obj, struct view *tbs, struct error *err)
{
	struct view inner;

	if (!der_take(tbs, DER_SEQUENCE, &inner) || !der_equal(inner, obj->alg))
		return x509_bad(err, *tbs, "tbs.signature", "the outer signatureAlgorithm",
			"RFC 5280 4.1.1.2");
	return 0;
}

static int verify_pss(struct view tbs, struct view signature, const struct x509_cert *issuer)
{
	uint8_t digest[SHA384_SIZE];
	int rc;

	if (issuer->key_kind != X509_KEY_RSA || signature.len != issuer->modulus.len)
		return HC_ESIGNATURE;
	rc = crypto_digest(CRYPTO_SHA384, tbs, digest);
	return rc ? rc
		  : crypto_rsa_pss_verify(
			    issuer->modulus, issuer->exponent, CRYPTO_SHA384, digest, signature);
}

static int verify_ecdsa(struct view tbs, struct view signature, const struct x509_cert *issuer)
{
	uint8_t digest[SHA256_SIZE], rs[2 * P256_SIZE];
	int rc;

	if (issuer->key_kind != X509_KEY_P256 || !read_ecdsa(signature, rs))
		return HC_ESIGNATURE;
	rc = crypto_digest(CRYPTO_SHA256, tbs, digest);
	if (!rc)
		rc = crypto_ecdsa_verify(&issuer->ec, digest, sizeof(digest), rs, rs + P256_SIZE);
	/* A key off its curve signs nothing; that is the certificate's fault, not this program's.
	 */
	return rc == HC_EFORMAT ? HC_ESIGNATURE : rc;
}

int x509_signed_verify(enum x509_profile profile, struct view tbs, struct view signature,
	const struct x509_cert *issuer)
{
	if (profile != issuer->profile)
		return HC_ESIGNATURE;
	switch (profile) {
	case X509_PROFILE_AMD:
		return verify_pss(tbs, signature, issuer);
	case X509_PROFILE_INTEL:
		return verify_ecdsa(tbs, signature, issuer);
	}
	return HC_ESIGNATURE;
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
bool x509_take_name(struct view *in, struct view *name)
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

bool x509_take_extension(struct view *in, struct x509_extension *out)
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
