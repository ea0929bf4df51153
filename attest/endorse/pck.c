/* SPDX-License-Identifier: Apache-2.0 */
/* Intel's PCK extension: a SEQUENCE of { OID, value } in any order, each once, none unknown. */
#include "attest/endorse/pck.h"

#include <stdio.h>

#include "attest/endorse/der.h"
#include "common/messages.h"

/* 1.2.840.113741.1.13.1 */
static const uint8_t arc[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

enum part { PPID = 1, TCB, PCEID, FMSPC, SGX_TYPE, PIID, CONFIGURATION, PARTS_END };
enum { TCB_PCESVN = 17, TCB_CPUSVN, TCB_END };
enum { DYNAMIC_PLATFORM = 1, CACHED_KEYS, SMT_ENABLED, CONFIGURATION_END };

#define BIT(n) (1U << (n))
/* Bits 1 to end - 1. */
#define ALL(end) (BIT(end) - 2)

#define DER_ENUMERATED 0x0a

static int bad(struct error *err, const char *name, const char *expected)
{
	error_fail(err, HC_EFORMAT, name, "another encoding");
	error_expected(err, "%s", expected);
	error_section(err, "Intel PCK profile 1.5");
	return HC_EFORMAT;
}

/*
 * One { OID, value } of `list`, its OID the prefix and one number more. Sets *n to the number and
 * its bit in *seen; the value is the rest of the pair.
 */
static bool take_pair(struct view *list, struct view prefix, unsigned int end, unsigned int *seen,
	uint8_t *n, struct view *value)
{
	struct view oid;

	if (!der_take(list, DER_SEQUENCE, value) || !der_take(value, DER_OID, &oid) ||
		oid.len != prefix.len + 1 || memcmp(oid.data, prefix.data, prefix.len))
		return false;
	*n = oid.data[prefix.len];
	if (*n < 1 || *n >= end || *seen & BIT(*n))
		return false;
	*seen |= BIT(*n);
	return true;
}

static bool octets(struct view value, uint8_t *out, size_t len)
{
	struct view v;

	if (!der_only(value, DER_OCTET_STRING, &v) || v.len != len)
		return false;
	memcpy(out, v.data, len);
	return true;
}

static bool read_u16(struct view value, uint16_t *out)
{
	struct view v;

	if (!der_take_unsigned(&value, &v) || value.len || v.len > 2)
		return false;
	*out = v.len == 2 ? (uint16_t)(v.data[0] << 8 | v.data[1]) : v.data[0];
	return true;
}

static bool read_tcb_part(struct pck *out, uint8_t n, struct view value)
{
	if (n == TCB_PCESVN)
		return read_u16(value, &out->pcesvn);
	if (n == TCB_CPUSVN)
		return octets(value, out->cpusvn, sizeof(out->cpusvn));
	return der_take_byte(&value, &out->svn[n - 1]) && !value.len;
}

static bool read_tcb(struct pck *out, struct view prefix, struct view value)
{
	unsigned int seen = 0;
	struct view list, part;
	uint8_t n;

	if (!der_only(value, DER_SEQUENCE, &list))
		return false;
	while (list.len)
		if (!take_pair(&list, prefix, TCB_END, &seen, &n, &part) ||
			!read_tcb_part(out, n, part))
			return false;
	return seen == ALL(TCB_END);
}

static bool read_sgx_type(struct pck *out, struct view value)
{
	struct view v;

	if (!der_only(value, DER_ENUMERATED, &v) || v.len != 1 ||
		v.data[0] > PCK_SGX_SCALABLE_WITH_INTEGRITY)
		return false;
	out->sgx_type = (enum pck_sgx_type)v.data[0];
	return true;
}

static bool read_flag(struct view value, enum pck_flag *out)
{
	struct view v;

	if (!der_only(value, DER_BOOLEAN, &v) || v.len != 1 || (v.data[0] && v.data[0] != 0xff))
		return false;
	*out = v.data[0] ? PCK_FLAG_TRUE : PCK_FLAG_FALSE;
	return true;
}

static bool read_configuration(struct pck *out, struct view prefix, struct view value)
{
	enum pck_flag *const flags[] = {
		[DYNAMIC_PLATFORM] = &out->dynamic_platform,
		[CACHED_KEYS] = &out->cached_keys,
		[SMT_ENABLED] = &out->smt_enabled,
	};
	unsigned int seen = 0;
	struct view list, part;
	uint8_t n;

	if (!der_only(value, DER_SEQUENCE, &list))
		return false;
	while (list.len)
		if (!take_pair(&list, prefix, CONFIGURATION_END, &seen, &n, &part) ||
			!read_flag(part, flags[n]))
			return false;
	return true;
}

static int read_part(struct pck *out, uint8_t n, struct view value, struct error *err)
{
	uint8_t oid[sizeof(arc) + 1];
	const struct view prefix = {oid, sizeof(oid)};

	memcpy(oid, arc, sizeof(arc));
	oid[sizeof(arc)] = n;
	switch ((enum part)n) {
	case PPID:
		return octets(value, out->ppid, 16) ? 0 : bad(err, "pck.ppid", N_("16 bytes"));
	case TCB:
		return read_tcb(out, prefix, value)
			       ? 0
			       : bad(err, "pck.tcb", N_("16 SVNs, PCESVN and CPUSVN, each once"));
	case PCEID:
		return octets(value, out->pceid, 2) ? 0 : bad(err, "pck.pceid", N_("2 bytes"));
	case FMSPC:
		return octets(value, out->fmspc, 6) ? 0 : bad(err, "pck.fmspc", N_("6 bytes"));
	case SGX_TYPE:
		return read_sgx_type(out, value) ? 0 : bad(err, "pck.sgx_type", N_("0, 1 or 2"));
	case PIID:
		out->has_piid = true;
		return octets(value, out->piid, 16) ? 0 : bad(err, "pck.piid", N_("16 bytes"));
	case CONFIGURATION:
		return read_configuration(out, prefix, value)
			       ? 0
			       : bad(err, "pck.configuration", N_("three BOOLEANs at most"));
	case PARTS_END:
		break;
	}
	return HC_EINTERNAL;
}

/* Which parts there have to be, and which there may be. */
static int check_parts(unsigned int seen, enum pck_ca ca, struct error *err)
{
	static const char *const names[] = {[PPID] = "PPID",
		[TCB] = "TCB",
		[PCEID] = "PCEID",
		[FMSPC] = "FMSPC",
		[SGX_TYPE] = "SGX type",
		[PIID] = "platform instance id",
		[CONFIGURATION] = "configuration"};
	unsigned int need = ca == PCK_CA_PLATFORM ? ALL(PARTS_END) : ALL(PIID);

	for (unsigned int n = PPID; n < PARTS_END; n++) {
		if (need & ~seen & BIT(n)) {
			error_fail(err, HC_EMISSING, "pck", "no %s", names[n]);
			error_section(err, "Intel PCK profile 1.5");
			return HC_EMISSING;
		}
		if (seen & ~need & BIT(n))
			return bad(
				err, "pck", N_("no platform data in a Processor CA's certificate"));
	}
	return 0;
}

int pck_extension_parse(struct pck *out, struct view value, enum pck_ca ca, struct error *err)
{
	const struct view prefix = {arc, sizeof(arc)};
	unsigned int seen = 0;
	struct view list, part;
	uint8_t n;
	int rc;

	memset(out, 0, sizeof(*out));
	out->ca = ca;
	if (!der_only(value, DER_SEQUENCE, &list))
		return bad(err, "pck", N_("a SEQUENCE"));
	while (list.len) {
		if (!take_pair(&list, prefix, PARTS_END, &seen, &n, &part))
			return bad(err, "pck", N_("parts of 1.2.840.113741.1.13.1, each once"));
		rc = read_part(out, n, part, err);
		if (rc)
			return rc;
	}
	return check_parts(seen, ca, err);
}

bool pck_recognise(const struct x509_cert *cert)
{
	struct x509_extension ext;

	return cert->profile == X509_PROFILE_INTEL &&
	       x509_extension_find(cert, arc, sizeof(arc), &ext);
}

static int read_names(enum pck_ca *ca, const struct x509_cert *cert, struct error *err)
{
	char subject[64], issuer[64];

	x509_common_name(cert->subject, subject, sizeof(subject));
	x509_common_name(cert->issuer, issuer, sizeof(issuer));
	*ca = strcmp(issuer, PCK_PLATFORM_CA_NAME) ? PCK_CA_PROCESSOR : PCK_CA_PLATFORM;
	if (!strcmp(subject, PCK_COMMON_NAME) &&
		(*ca == PCK_CA_PLATFORM || !strcmp(issuer, PCK_PROCESSOR_CA_NAME)))
		return 0;
	error_fail(err, HC_EFORMAT, "pck", "\"%s\" of \"%s\"", subject, issuer);
	error_expected(err, "a PCK certificate of the Platform or Processor CA");
	error_section(err, "Intel PCK profile 1.5");
	return HC_EFORMAT;
}

int pck_parse(struct pck *out, const struct x509_cert *cert, struct error *err)
{
	struct x509_extension ext;
	enum pck_ca ca;
	int rc;

	memset(out, 0, sizeof(*out));
	if (cert->profile != X509_PROFILE_INTEL || cert->ca || !cert->has_key_usage ||
		!(cert->key_usage & X509_USAGE_DIGITAL_SIGNATURE))
		return bad(err, "pck", N_("a P-256 key for signatures, and no CA"));
	rc = read_names(&ca, cert, err);
	if (rc)
		return rc;
	if (!x509_extension_find(cert, arc, sizeof(arc), &ext)) {
		error_fail(err, HC_EMISSING, "pck", "no extension 1.2.840.113741.1.13.1");
		error_section(err, "Intel PCK profile 1.5");
		return HC_EMISSING;
	}
	rc = pck_extension_parse(out, ext.value, ca, err);
	out->cert = cert;
	return rc;
}
