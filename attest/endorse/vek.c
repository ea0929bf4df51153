/* SPDX-License-Identifier: Apache-2.0 */
/* AMD's extensions in VCEK and VLEK certificates; a missing one is never a pass. */
#include "attest/endorse/vek.h"

#include <stdio.h>

#include "attest/endorse/der.h"
#include "common/messages.h"

/* 1.3.6.1.4.1.3704.1 */
static const uint8_t arc[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x9c, 0x78, 0x01};

static int bad(struct error *err, const char *name, const char *found, const char *expected)
{
	error_fail(err, HC_EFORMAT, name, "%s", found);
	error_expected(err, "%s", expected);
	error_section(err, "AMD 57230 3.1");
	return HC_EFORMAT;
}

/* The two numbers below the arc, .b 0 where there is only one; false for another OID. */
static bool below_arc(struct view oid, uint8_t *a, uint8_t *b)
{
	if (oid.len <= sizeof(arc) || memcmp(oid.data, arc, sizeof(arc)))
		return false;
	/* Longer ones, and numbers above 127, are none that AMD has published. */
	*a = oid.len <= sizeof(arc) + 2 ? oid.data[sizeof(arc)] : 0xff;
	*b = oid.len == sizeof(arc) + 2 ? oid.data[sizeof(arc) + 1] : 0;
	return true;
}

bool vek_recognise(const struct x509_cert *cert)
{
	struct view list = cert->extensions;
	struct x509_extension ext;
	uint8_t a, b;

	while (x509_extension_next(&list, &ext))
		if (below_arc(ext.oid, &a, &b))
			return true;
	return false;
}

/* Values of the extensions below the arc: by number, those of .3 apart. Absent ones have no data.
 */
struct values {
	struct view top[6];  /* structVersion 1, productName 2, HWID 4, CSP_ID 5 */
	struct view spl[10]; /* blSPL 1, teeSPL 2, snpSPL 3, 4 to 7, ucodeSPL 8, fmcSPL 9 */
};

/*
 * An extension of AMD's that is not known here may say what the key is good for, as fmcSPL did when
 * it was new: to pass over it would be to leave something uncompared.
 */
static int collect(struct values *out, const struct x509_cert *cert, struct error *err)
{
	struct view list = cert->extensions;
	struct x509_extension ext;
	uint8_t a, b;

	memset(out, 0, sizeof(*out));
	while (x509_extension_next(&list, &ext)) {
		if (!below_arc(ext.oid, &a, &b))
			continue;
		if (a == 3 && b >= 1 && b <= 9) {
			out->spl[b] = ext.value;
		} else if ((a == 1 || a == 2 || a == 4 || a == 5) &&
			   ext.oid.len == sizeof(arc) + 1) {
			out->top[a] = ext.value;
		} else {
			char found[48];

			snprintf(found, sizeof(found), "1.3.6.1.4.1.3704.1.%u.%u, not known", a, b);
			return bad(
				err, "VEK extension", found, N_("those of AMD 57230 and no other"));
		}
	}
	return 0;
}

/* The value is one INTEGER of 0 to 255. */
static int get_byte(struct view value, const char *name, uint8_t *out, struct error *err)
{
	if (!value.data)
		return bad(err, name, N_("no such extension"), N_("an extension"));
	if (!der_take_byte(&value, out) || value.len)
		return bad(err, name, N_("another encoding"), N_("a DER INTEGER of 0 to 255"));
	return 0;
}

static int get_ia5(struct view value, const char *name, char *out, size_t cap, struct error *err)
{
	struct view text;

	if (!der_only(value, DER_IA5_STRING, &text) || !text.len || text.len >= cap)
		return bad(err, name, N_("another encoding"), N_("a short DER IA5String"));
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < 0x20 || text.data[i] > 0x7e)
			return bad(err, name, N_("control characters"), N_("printable characters"));
	memcpy(out, text.data, text.len);
	out[text.len] = '\0';
	return 0;
}

/* "Milan-B0", "Genoa", "Turin": the part before the stepping. */
static int get_product(struct vek *out, const struct values *values, struct error *err)
{
	int rc;

	if (!values->top[2].data)
		return bad(err, "productName", N_("no such extension"), N_("an extension"));
	rc = get_ia5(
		values->top[2], "productName", out->product_name, sizeof(out->product_name), err);
	if (rc)
		return rc;
	out->product = snp_product_from_name(out->product_name, strcspn(out->product_name, "-"));
	if (out->product == SNP_PRODUCT_UNKNOWN)
		return bad(err, "productName", out->product_name, N_("Milan, Genoa or Turin"));
	return 0;
}

static int get_struct_version(struct vek *out, const struct values *values, struct error *err)
{
	uint8_t expected = out->product == SNP_PRODUCT_TURIN ? 1 : 0;
	char found[8];
	int rc = get_byte(values->top[1], "structVersion", &out->struct_version, err);

	if (rc || out->struct_version == expected)
		return rc;
	snprintf(found, sizeof(found), "%u", out->struct_version);
	return bad(
		err, "structVersion", found, expected ? N_("1 (Turin)") : N_("0 (Milan, Genoa)"));
}

/* spl4 to spl7 stand for TCB bytes that are reserved: 0 where they are there at all. */
static int check_reserved_spl(const struct values *values, struct error *err)
{
	for (size_t n = 4; n <= 7; n++) {
		uint8_t value = 0;
		int rc = values->spl[n].data ? get_byte(values->spl[n], "spl4 to spl7", &value, err)
					     : 0;

		if (rc)
			return rc;
		if (value)
			return bad(err, "spl4 to spl7", N_("a number"), "0");
	}
	return 0;
}

static int get_tcb(struct vek *out, const struct values *values, struct error *err)
{
	int rc = get_byte(values->spl[1], "blSPL", &out->tcb.bootloader, err);

	if (!rc)
		rc = get_byte(values->spl[2], "teeSPL", &out->tcb.tee, err);
	if (!rc)
		rc = get_byte(values->spl[3], "snpSPL", &out->tcb.snp, err);
	if (!rc)
		rc = get_byte(values->spl[8], "ucodeSPL", &out->tcb.microcode, err);
	if (!rc)
		rc = check_reserved_spl(values, err);
	if (rc)
		return rc;
	out->tcb.has_layout = true;
	out->tcb.reserved_zero = true;
	out->tcb.has_fmc = out->product == SNP_PRODUCT_TURIN;
	if (out->tcb.has_fmc)
		return get_byte(values->spl[9], "fmcSPL", &out->tcb.fmc, err);
	return values->spl[9].data
		       ? bad(err, "fmcSPL", N_("an extension"), N_("none on this product"))
		       : 0;
}

/*
 * HWID is raw on AMD's certificates, an OCTET STRING in the specification. The length tells them
 * apart; the first byte cannot, since a raw HWID may start with any.
 */
static int get_hwid(struct vek *out, struct view hwid, struct error *err)
{
	size_t len = snp_chip_id_size(out->product);
	struct view value = hwid;

	if (value.len == len + 2 && !der_only(hwid, DER_OCTET_STRING, &value))
		return bad(err, "HWID", N_("another encoding"), N_("an OCTET STRING"));
	if (value.len != len)
		return bad(err, "HWID", N_("another length"),
			len == 8 ? N_("8 bytes") : N_("64 bytes"));
	memcpy(out->hwid, value.data, len);
	out->hwid_len = len;
	return 0;
}

static int get_identity(struct vek *out, const struct values *values, struct error *err)
{
	struct view hwid = values->top[4], csp = values->top[5];

	if (!hwid.data == !csp.data)
		return bad(err, "HWID, CSP_ID", hwid.data ? N_("both") : N_("neither"),
			N_("exactly one of them"));
	out->kind = hwid.data ? VEK_VCEK : VEK_VLEK;
	return hwid.data ? get_hwid(out, hwid, err)
			 : get_ia5(csp, "CSP_ID", out->csp_id, sizeof(out->csp_id), err);
}

int vek_parse(struct vek *out, const struct x509_cert *cert, struct error *err)
{
	struct values values;
	int rc;

	memset(out, 0, sizeof(*out));
	out->cert = cert;
	if (cert->key_kind != X509_KEY_P384)
		return bad(err, "VEK key", N_("an RSA key"), N_("a P-384 key"));
	if (cert->ca)
		return bad(err, "VEK", N_("a CA certificate"), N_("an end-entity certificate"));
	rc = collect(&values, cert, err);
	if (!rc)
		rc = get_product(out, &values, err);
	if (!rc)
		rc = get_struct_version(out, &values, err);
	if (!rc)
		rc = get_tcb(out, &values, err);
	return rc ? rc : get_identity(out, &values, err);
}
