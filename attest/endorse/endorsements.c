/* SPDX-License-Identifier: Apache-2.0 */
/* A set of certificates and CRLs, recognised by content. Trusts none of them. */
#include "attest/endorse/endorsements.h"

#include <stdlib.h>

#include "attest/endorse/der.h"
#include "attest/endorse/x509.h"
#include "attest/evidence/cert_table.h"
#include "common/base64.h"

struct item {
	uint8_t *bytes; /* owned; the parsed forms point into it */
	struct x509_cert *cert;
	struct x509_crl *crl;
};

struct endorsements {
	size_t count, cert_count, crl_count;
	struct item item[ENDORSEMENTS_MAX];
	const struct x509_cert *cert[ENDORSEMENTS_MAX];
	const struct x509_crl *crl[ENDORSEMENTS_MAX];
};

int endorsements_new(struct endorsements **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : HC_ENOMEM;
}

static void item_free(struct item *item)
{
	free(item->cert);
	free(item->crl);
	free(item->bytes);
	*item = (struct item){0};
}

void endorsements_free(struct endorsements *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		item_free(&set->item[i]);
	free(set);
}

/* Errors that end everything; the others are about one piece among many. */
static bool fatal(int rc)
{
	return rc == HC_ENOMEM || rc == HC_EBUSY || rc == HC_EINTERNAL;
}

/* A DER element holds a certificate or a CRL; which, its parsers tell. */
static int parse_item(struct item *item, struct view der, struct error *err)
{
	struct error crl_err;
	int rc, crl_rc;

	item->bytes = malloc(der.len);
	item->cert = malloc(sizeof(*item->cert));
	item->crl = malloc(sizeof(*item->crl));
	if (!item->bytes || !item->cert || !item->crl)
		return error_fail(err, HC_ENOMEM, "endorsements", "%zu bytes", der.len);
	memcpy(item->bytes, der.data, der.len);
	der.data = item->bytes;
	rc = x509_cert_parse(item->cert, der, err);
	if (!rc) {
		free(item->crl);
		item->crl = NULL;
		return 0;
	}
	free(item->cert);
	item->cert = NULL;
	crl_rc = x509_crl_parse(item->crl, der, &crl_err);
	/* A list that could not be read for want of memory must not count as no list. */
	if (fatal(crl_rc))
		return error_fail(err, crl_rc, "endorsements", "%zu bytes", der.len);
	return crl_rc ? rc : 0;
}

static bool have(const struct endorsements *set, struct view der)
{
	for (size_t i = 0; i < set->cert_count; i++)
		if (der_equal(set->cert[i]->der, der))
			return true;
	for (size_t i = 0; i < set->crl_count; i++)
		if (der_equal(set->crl[i]->der, der))
			return true;
	return false;
}

static int add_der(struct endorsements *set, struct view der, size_t *added, struct error *err)
{
	struct item item = {0};
	int rc;

	if (!der.len)
		return error_fail(err, HC_EFORMAT, "endorsements", "nothing");
	if (have(set, der)) {
		(*added)++;
		return 0;
	}
	if (set->count == ENDORSEMENTS_MAX) {
		error_fail(err, HC_EBUSY, "endorsements", "one more than the set takes");
		error_expected(err, "at most %d", ENDORSEMENTS_MAX);
		error_remedy(err, "leave out the certificates of other machines");
		return HC_EBUSY;
	}
	rc = parse_item(&item, der, err);
	if (rc) {
		item_free(&item);
		return rc;
	}
	set->item[set->count++] = item;
	if (item.cert)
		set->cert[set->cert_count++] = item.cert;
	else
		set->crl[set->crl_count++] = item.crl;
	(*added)++;
	return 0;
}

static struct view find_text(struct view in, const char *text)
{
	size_t n = strlen(text);
	const uint8_t *at = in.len >= n ? memmem(in.data, in.len, text, n) : NULL;

	return at ? (struct view){at, in.len - (size_t)(at - in.data)} : (struct view){0};
}

/* Base64 of a PEM body, line ends and blanks left out (RFC 7468 section 3, lax form). */
static int pem_decode(struct bytes *der, struct view body, struct error *err)
{
	struct bytes text = {0};
	int rc = 0;

	for (size_t i = 0; i < body.len && !rc; i++)
		if (!memchr(" \t\r\n", body.data[i], 4))
			rc = bytes_append(&text, &body.data[i], 1);
	if (!rc)
		rc = base64_decode(
			BASE64_STD, der, text.data ? (const char *)text.data : "", text.len, err);
	bytes_free(&text);
	return rc;
}

/* The body between the label's BEGIN and END lines, which `in` is moved past. */
static bool next_pem(struct view *in, struct view *body)
{
	static const char *const begin[] = {
		"-----BEGIN CERTIFICATE-----", "-----BEGIN X509 CRL-----"};
	static const char *const end[] = {"-----END CERTIFICATE-----", "-----END X509 CRL-----"};
	struct view a = find_text(*in, begin[0]), b = find_text(*in, begin[1]), rest;
	int which = !a.data || (b.data && b.len > a.len);
	struct view start = which ? b : a;

	if (!start.data)
		return false;
	start.data += strlen(begin[which]);
	start.len -= strlen(begin[which]);
	rest = find_text(start, end[which]);
	if (!rest.data)
		return false;
	*body = (struct view){start.data, start.len - rest.len};
	*in = rest;
	return true;
}

static int add_pem(struct endorsements *set, struct view text, size_t *added, struct error *err)
{
	struct view body;

	while (next_pem(&text, &body)) {
		struct bytes der = {0};
		int rc = pem_decode(&der, body, err);

		if (!rc)
			rc = add_der(set, bytes_view(&der), added, err);
		bytes_free(&der);
		if (fatal(rc))
			return rc;
	}
	return 0;
}

static int add_table(struct endorsements *set, struct view bytes, size_t *added, struct error *err)
{
	struct cert_table table;
	int rc = cert_table_parse(&table, bytes, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < table.count; i++) {
		/* The kind is the host's word; what the bytes are, they say themselves. */
		rc = add_der(set, table.entry[i].data, added, err);
		if (fatal(rc))
			return rc;
	}
	return 0;
}

int endorsements_add(struct endorsements *set, struct view bytes, size_t *added, struct error *err)
{
	size_t n = 0;
	int rc;

	if (added)
		*added = 0;
	if (bytes.len > ENDORSEMENTS_BYTES_MAX)
		return error_fail(err, HC_ERANGE, "endorsements", "%zu bytes", bytes.len);
	error_fail(err, HC_EUNSUPPORTED, "endorsements",
		"neither a certificate, nor a CRL, nor a certificate table");
	if (cert_table_recognise(bytes))
		rc = add_table(set, bytes, &n, err);
	else if (der_peek(bytes) == DER_SEQUENCE)
		rc = add_der(set, bytes, &n, err);
	else
		rc = add_pem(set, bytes, &n, err);
	if (added)
		*added = n;
	if (fatal(rc) || n)
		return fatal(rc) ? rc : 0;
	if (err)
		err->code = HC_EUNSUPPORTED;
	return HC_EUNSUPPORTED;
}

size_t endorsements_cert_count(const struct endorsements *set)
{
	return set ? set->cert_count : 0;
}

const struct x509_cert *endorsements_cert(const struct endorsements *set, size_t index)
{
	return set->cert[index];
}

size_t endorsements_crl_count(const struct endorsements *set)
{
	return set ? set->crl_count : 0;
}

const struct x509_crl *endorsements_crl(const struct endorsements *set, size_t index)
{
	return set->crl[index];
}
