/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists of the two vendors' profiles (RFC 5280 5): complete, direct, and whole. */
#include "attest/endorse/x509_signed.h"

/* CRL and CRL entry extensions: none may be critical (no delta, indirect or partial lists). */
static bool harmless_extensions(struct view wrapped)
{
	struct x509_extension ext;
	struct view list;

	if (!der_only(wrapped, DER_SEQUENCE, &list))
		return false;
	while (list.len)
		if (!x509_take_extension(&list, &ext) || ext.critical)
			return false;
	return true;
}

/* CRLNumber ::= INTEGER (0..MAX), of 20 bytes at most (RFC 5280 5.2.3). */
static bool read_number(struct x509_crl *out, struct view value)
{
	struct view n;

	if (out->has_number || !der_take_unsigned(&value, &n) || value.len ||
		n.len > X509_CRL_NUMBER_SIZE)
		return false;
	out->has_number = true;
	memcpy(out->number + X509_CRL_NUMBER_SIZE - n.len, n.data, n.len);
	return true;
}

/* Intel numbers all its lists, and what was seen last can be compared with that. */
static bool read_extensions(struct x509_crl *out, struct view wrapped)
{
	struct x509_extension ext;
	struct view list;

	if (!harmless_extensions(wrapped) || !der_only(wrapped, DER_SEQUENCE, &list))
		return false;
	while (list.len) {
		if (!x509_take_extension(&list, &ext))
			return false;
		if (out->profile == X509_PROFILE_INTEL && OID_IS(ext.oid, OID_CE(20)) &&
			!read_number(out, ext.value))
			return false;
	}
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
		return x509_bad(err, *tbs, "revokedCertificates", "a SEQUENCE", "RFC 5280 5.1.2.6");
	list = out->revoked;
	for (size_t n = 0; list.len; n++)
		if (n == X509_REVOKED_MAX || !take_revoked(&list, &serial))
			return x509_bad(err, list, "revokedCertificates",
				"at most 32768 entries without critical extensions",
				"RFC 5280 5.1.2.6");
	return 0;
}

static int parse_crl_dates(struct x509_crl *out, struct view *tbs, struct error *err)
{
	uint8_t tag;

	if (!der_take_time(tbs, &out->this_update))
		return x509_bad(err, *tbs, "thisUpdate", "a time", "RFC 5280 5.1.2.4");
	tag = der_peek(*tbs);
	if (tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME)
		return 0;
	out->has_next_update = true;
	if (!der_take_time(tbs, &out->next_update))
		return x509_bad(err, *tbs, "nextUpdate", "a time", "RFC 5280 5.1.2.5");
	return 0;
}

int x509_crl_parse(struct x509_crl *out, struct view der, struct error *err)
{
	struct x509_signed obj = {0};
	struct view tbs, extensions;
	uint8_t version;
	int rc = x509_signed_open(&obj, der, err);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	out->profile = obj.profile;
	tbs = obj.content;
	if (!der_take_byte(&tbs, &version) || version != 1)
		return x509_bad(err, tbs, "version", "CRL version 2", "RFC 5280 5.1.2.1");
	rc = x509_signed_same_algorithm(&obj, &tbs, err);
	if (rc)
		return rc;
	if (!x509_take_name(&tbs, &out->issuer))
		return x509_bad(err, tbs, "issuer", "a Name", "RFC 5280 5.1.2.3");
	rc = parse_crl_dates(out, &tbs, err);
	if (!rc)
		rc = parse_revoked(out, &tbs, err);
	if (rc)
		return rc;
	if (tbs.len &&
		(!der_only(tbs, DER_CONTEXT(0), &extensions) || !read_extensions(out, extensions)))
		return x509_bad(err, tbs, "crlExtensions", "none that is critical, one CRL number",
			"RFC 5280 5.2");
	if (out->profile == X509_PROFILE_INTEL && !out->has_number)
		return x509_bad(err, tbs, "crlExtensions", "a CRL number", "RFC 5280 5.2.3");
	out->der = der;
	out->tbs = obj.tbs;
	out->signature = obj.signature;
	return crypto_digest(CRYPTO_SHA256, der, out->sha256);
}

int x509_crl_verify(const struct x509_crl *crl, const struct x509_cert *issuer)
{
	if (!issuer->has_key_usage || !(issuer->key_usage & X509_USAGE_CRL_SIGN))
		return HC_ESIGNATURE;
	return x509_signed_verify(crl->profile, crl->tbs, crl->signature, issuer);
}

bool x509_crl_lists(const struct x509_crl *crl, struct view serial)
{
	struct view list = crl->revoked, entry, listed;

	while (list.len) {
		/* The list was walked whole when it was parsed; if it will not walk now, assume the
		 * worst. */
		if (!der_take(&list, DER_SEQUENCE, &entry) || !der_take_unsigned(&entry, &listed) ||
			der_equal(listed, serial))
			return true;
	}
	return false;
}
