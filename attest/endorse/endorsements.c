/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of certificates and CRLs, recognised by content. Trusts none of them. Each piece is one
 * allocation, so that a folder with the certificates of a whole fleet fits.
 */
#include "attest/endorse/endorsements.h"

#include <stdlib.h>

#include "attest/crypto.h"
#include "attest/endorse/der.h"
#include "attest/endorse/tdx_collateral.h"
#include "attest/endorse/x509.h"
#include "attest/evidence/cert_table.h"
#include "common/base64.h"
#include "common/messages.h"

/* A certificate or a list together with its bytes, which the parsed form points into. */
struct item {
	bool is_crl;
	union {
		struct x509_cert cert;
		struct x509_crl crl;
	};
	uint8_t der[];
};

struct endorsements {
	size_t count, cert_count, crl_count;
	size_t capacity; /* of each of the three lists */
	size_t bytes;    /* of all pieces */
	const struct x509_cert **cert;
	const struct x509_crl **crl;
	struct item **by_digest;    /* all of them, sorted by SHA-256; owned */
	struct tdx_collateral *tdx; /* NULL until there is some */
};

int endorsements_new(struct endorsements **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : HC_ENOMEM;
}

void endorsements_free(struct endorsements *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		free(set->by_digest[i]);
	free(set->by_digest);
	free(set->cert);
	free(set->crl);
	tdx_collateral_free(set->tdx);
	free(set);
}

/* Errors that end everything; the others are about one piece among many. */
static bool fatal(int rc)
{
	return rc == HC_ENOMEM || rc == HC_EBUSY || rc == HC_EINTERNAL;
}

static const uint8_t *digest_of(const struct item *item)
{
	return item->is_crl ? item->crl.sha256 : item->cert.sha256;
}

/* Where this digest is, or belongs. A sorted list, since digests can be chosen to collide in a
 * table. */
static size_t find_place(const struct endorsements *set, const uint8_t sha256[32], bool *there)
{
	size_t low = 0, high = set->count;

	*there = false;
	while (low < high && !*there) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(digest_of(set->by_digest[middle]), sha256, 32);

		*there = !order;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return *there ? high : low;
}

/* Room for one more in each list. */
static int make_room(struct endorsements *set, struct error *err)
{
	size_t capacity = set->capacity ? 2 * set->capacity : 16, size = capacity * sizeof(void *);
	const struct x509_cert **cert;
	const struct x509_crl **crl;
	struct item **by_digest;

	if (set->count < set->capacity)
		return 0;
	cert = realloc(set->cert, size);
	if (cert)
		set->cert = cert;
	crl = cert ? realloc(set->crl, size) : NULL;
	if (crl)
		set->crl = crl;
	by_digest = crl ? realloc(set->by_digest, size) : NULL;
	if (!by_digest)
		return error_fail(err, HC_ENOMEM, "endorsements", N_("%zu pieces"), capacity);
	set->by_digest = by_digest;
	set->capacity = capacity;
	return 0;
}

/* A DER element holds a certificate or a CRL; which, its parsers tell. */
static int parse_item(struct item *item, struct view der, struct error *err)
{
	struct error crl_err;
	int rc, crl_rc;

	memcpy(item->der, der.data, der.len);
	der.data = item->der;
	item->is_crl = false;
	rc = x509_cert_parse(&item->cert, der, err);
	if (!rc || fatal(rc))
		return rc;
	item->is_crl = true;
	crl_rc = x509_crl_parse(&item->crl, der, &crl_err);
	/* A list that could not be read for want of memory must not count as no list. */
	if (fatal(crl_rc))
		return error_fail(err, crl_rc, "endorsements", N_("%zu bytes"), der.len);
	return crl_rc ? rc : 0;
}

static void keep(struct endorsements *set, struct item *item, size_t at, size_t len)
{
	memmove(&set->by_digest[at + 1], &set->by_digest[at],
		(set->count - at) * sizeof(set->by_digest[0]));
	set->by_digest[at] = item;
	set->count++;
	set->bytes += len;
	if (item->is_crl)
		set->crl[set->crl_count++] = &item->crl;
	else
		set->cert[set->cert_count++] = &item->cert;
}

static int check_limits(const struct endorsements *set, size_t len, struct error *err)
{
	if (set->count < ENDORSEMENTS_MAX && len <= ENDORSEMENTS_TOTAL_MAX - set->bytes)
		return 0;
	error_fail(err, HC_EBUSY, "endorsements", N_("one more than the set takes"));
	error_expected(err, "at most %d pieces of %u MiB together", ENDORSEMENTS_MAX,
		ENDORSEMENTS_TOTAL_MAX >> 20);
	error_remedy(err, "leave out the certificates of other machines");
	return HC_EBUSY;
}

static int add_der(struct endorsements *set, struct view der, size_t *added, struct error *err)
{
	uint8_t sha256[32];
	struct item *item;
	bool there;
	size_t at;
	int rc;

	if (!der.len)
		return error_fail(err, HC_EFORMAT, "endorsements", N_("nothing"));
	rc = crypto_digest(CRYPTO_SHA256, der, sha256);
	if (rc)
		return error_fail(err, rc, "endorsements", N_("no digest"));
	at = find_place(set, sha256, &there);
	if (there) {
		(*added)++;
		return 0;
	}
	rc = check_limits(set, der.len, err);
	if (!rc)
		rc = make_room(set, err);
	if (rc)
		return rc;
	item = malloc(sizeof(*item) + der.len);
	if (!item)
		return error_fail(err, HC_ENOMEM, "endorsements", N_("%zu bytes"), der.len);
	rc = parse_item(item, der, err);
	if (rc) {
		free(item);
		return rc;
	}
	keep(set, item, at, der.len);
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
	char *text = malloc(body.len + 1);
	size_t len = 0;
	int rc;

	if (!text)
		return error_fail(err, HC_ENOMEM, "endorsements", "%zu bytes", body.len);
	for (size_t i = 0; i < body.len; i++) {
		char c = (char)body.data[i];

		if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			text[len++] = c;
	}
	rc = base64_decode(BASE64_STD, der, text, len, err);
	free(text);
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

/* A certificate or list found inside something else. */
static int take_piece(void *ctx, struct view bytes, size_t *added, struct error *err)
{
	if (der_peek(bytes) == DER_SEQUENCE)
		return add_der(ctx, bytes, added, err);
	return add_pem(ctx, bytes, added, err);
}

static int add_tdx(struct endorsements *set, struct view bytes, size_t *added, struct error *err)
{
	const struct tdx_collateral_sink sink = {take_piece, set};
	int rc = set->tdx ? 0 : tdx_collateral_new(&set->tdx);

	if (rc)
		return error_fail(err, rc, "endorsements", N_("no memory"));
	return tdx_collateral_add(set->tdx, bytes, &sink, added, err);
}

int endorsements_add(struct endorsements *set, struct view bytes, size_t *added, struct error *err)
{
	size_t n = 0;
	int rc;

	if (added)
		*added = 0;
	if (bytes.len > ENDORSEMENTS_BYTES_MAX)
		return error_fail(err, HC_ERANGE, "endorsements", N_("%zu bytes"), bytes.len);
	error_fail(err, HC_EUNSUPPORTED, "endorsements",
		N_("neither a certificate, nor a CRL, nor a certificate table"));
	if (cert_table_recognise(bytes))
		rc = add_table(set, bytes, &n, err);
	else if (tdx_collateral_recognise(bytes))
		rc = add_tdx(set, bytes, &n, err);
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

const struct tdx_collateral *endorsements_tdx(const struct endorsements *set)
{
	return set ? set->tdx : NULL;
}
