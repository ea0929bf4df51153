/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's extensions in VCEK and VLEK certificates, looked up by OID; missing is never a pass. */
#include "attest/endorse/vek.h"

#include <stdio.h>

#include "attest/endorse/der.h"

/* 1.3.6.1.4.1.3704.1 */
static const uint8_t arc[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01};

static int bad(struct error *err, const char *name, const char *found, const char *expected)
{
	error_fail(err, HC_EFORMAT, name, "%s", found);
	error_expected(err, "%s", expected);
	error_section(err, "AMD 57230 3.1");
	return HC_EFORMAT;
}

bool vek_recognise(const struct x509_cert *cert)
{
	for (size_t i = 0; i < cert->extension_count; i++) {
		struct view oid = cert->extension[i].oid;

		if (oid.len > sizeof(arc) && !memcmp(oid.data, arc, sizeof(arc)))
			return true;
	}
	return false;
}

/* arc.a, or arc.a.b where b is not 0. */
static const struct x509_extension *find(const struct x509_cert *cert, uint8_t a, uint8_t b)
{
	uint8_t oid[sizeof(arc) + 2];

	memcpy(oid, arc, sizeof(arc));
	oid[sizeof(arc)] = a;
	oid[sizeof(arc) + 1] = b;
	return x509_extension_find(cert, oid, sizeof(arc) + (b ? 2 : 1));
}

/* The value is one INTEGER of 0 to 255. */
static int get_byte(const struct x509_cert *cert, uint8_t a, uint8_t b, const char *name,
	uint8_t *out, struct error *err)
{
	const struct x509_extension *ext = find(cert, a, b);
	struct view value;

	if (!ext)
		return bad(err, name, "no such extension", "an extension");
	value = ext->value;
	if (!der_take_byte(&value, out) || value.len)
		return bad(err, name, "another encoding", "a DER INTEGER of 0 to 255");
	return 0;
}

static int get_ia5(const struct x509_extension *ext, const char *name, char *out, size_t cap,
	struct error *err)
{
	struct view text;

	if (!der_only(ext->value, DER_IA5_STRING, &text) || !text.len || text.len >= cap)
		return bad(err, name, "another encoding", "a short DER IA5String");
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return bad(err, name, "control characters", "printable characters");
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return 0;
}

/* "Milan-B0", "Genoa", "Turin": the part before the stepping. */
static int get_product(struct vek *out, struct error *err)
{
	const struct x509_extension *ext = find(out->cert, 2, 0);
	int rc;

	if (!ext)
		return bad(err, "productName", "no such extension", "an extension");
	rc = get_ia5(ext, "productName", out->product_name, sizeof(out->product_name), err);
	if (rc)
		return rc;
	out->product = snp_product_from_name(out->product_name, strcspn(out->product_name, "-"));
	if (out->product == SNP_PRODUCT_UNKNOWN)
		return bad(err, "productName", out->product_name, "Milan, Genoa or Turin");
	return 0;
}

static int get_struct_version(struct vek *out, struct error *err)
{
	uint8_t expected = out->product == SNP_PRODUCT_TURIN ? 1 : 0;
	char found[8];
	int rc = get_byte(out->cert, 1, 0, "structVersion", &out->struct_version, err);

	if (rc || out->struct_version == expected)
		return rc;
	snprintf(found, sizeof(found), "%u", out->struct_version);
	return bad(err, "structVersion", found, expected ? "1 (Turin)" : "0 (Milan, Genoa)");
}

/* spl4 to spl7 stand for TCB bytes that are reserved: 0 where they are there at all. */
static int check_reserved_spl(const struct x509_cert *cert, struct error *err)
{
	for (uint8_t n = 4; n <= 7; n++) {
		uint8_t value = 0;
		int rc = find(cert, 3, n) ? get_byte(cert, 3, n, "spl4 to spl7", &value, err) : 0;

		if (rc)
			return rc;
		if (value)
			return bad(err, "spl4 to spl7", "a number", "0");
	}
	return 0;
}

static int get_tcb(struct vek *out, struct error *err)
{
	const struct x509_cert *cert = out->cert;
	int rc = get_byte(cert, 3, 1, "blSPL", &out->tcb.bootloader, err);

	if (!rc)
		rc = get_byte(cert, 3, 2, "teeSPL", &out->tcb.tee, err);
	if (!rc)
		rc = get_byte(cert, 3, 3, "snpSPL", &out->tcb.snp, err);
	if (!rc)
		rc = get_byte(cert, 3, 8, "ucodeSPL", &out->tcb.microcode, err);
	if (!rc)
		rc = check_reserved_spl(cert, err);
	if (rc)
		return rc;
	out->tcb.reserved_zero = true;
	out->tcb.has_fmc = out->product == SNP_PRODUCT_TURIN;
	if (out->tcb.has_fmc)
		return get_byte(cert, 3, 9, "fmcSPL", &out->tcb.fmc, err);
	return find(cert, 3, 9) ? bad(err, "fmcSPL", "an extension", "none on this product") : 0;
}

/*
 * HWID is raw on AMD's certificates, an OCTET STRING in the specification. The length tells them
 * apart; the first byte cannot, since a raw HWID may start with any.
 */
static int get_hwid(struct vek *out, const struct x509_extension *ext, struct error *err)
{
	size_t len = snp_chip_id_size(out->product);
	struct view value = ext->value;

	if (value.len == len + 2 && !der_only(ext->value, DER_OCTET_STRING, &value))
		return bad(err, "HWID", "another encoding", "an OCTET STRING");
	if (value.len != len)
		return bad(err, "HWID", "another length", len == 8 ? "8 bytes" : "64 bytes");
	memcpy(out->hwid, value.data, len);
	out->hwid_len = len;
	return 0;
}

static int get_identity(struct vek *out, struct error *err)
{
	const struct x509_extension *hwid = find(out->cert, 4, 0), *csp = find(out->cert, 5, 0);

	if (!hwid == !csp)
		return bad(err, "HWID, CSP_ID", hwid ? "both" : "neither", "exactly one of them");
	out->kind = hwid ? VEK_VCEK : VEK_VLEK;
	return hwid ? get_hwid(out, hwid, err)
		    : get_ia5(csp, "CSP_ID", out->csp_id, sizeof(out->csp_id), err);
}

int vek_parse(struct vek *out, const struct x509_cert *cert, struct error *err)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->cert = cert;
	if (cert->key_kind != X509_KEY_P384)
		return bad(err, "VEK key", "an RSA key", "a P-384 key");
	if (cert->ca)
		return bad(err, "VEK", "a CA certificate", "an end-entity certificate");
	rc = get_product(out, err);
	if (!rc)
		rc = get_struct_version(out, err);
	if (!rc)
		rc = get_tcb(out, err);
	return rc ? rc : get_identity(out, err);
}
