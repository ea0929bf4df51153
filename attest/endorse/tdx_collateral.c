/* SPDX-License-Identifier: Apache-2.0 */
/* A set of Intel's statements, recognised by content in whatever they come wrapped in. */
#include "attest/endorse/tdx_collateral.h"

#include <stdio.h>
#include <stdlib.h>

#include "attest/crypto.h"
#include "attest/endorse/armour.h"
#include "common/hex.h"
#include "common/json.h"
#include "common/json_span.h"
#include "common/messages.h"

struct tdx_collateral {
	size_t tcb_info_count, qe_identity_count;
	struct tdx_signed_tcb_info *tcb_info[TDX_COLLATERAL_MAX];
	struct tdx_signed_qe_identity *qe_identity[TDX_COLLATERAL_MAX];
};

int tdx_collateral_new(struct tdx_collateral **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : HC_ENOMEM;
}

static void tcb_info_free(struct tdx_signed_tcb_info *item)
{
	free(item->as_received.bytes);
	tdx_tcb_info_fini(&item->info);
	free(item);
}

static void qe_identity_free(struct tdx_signed_qe_identity *item)
{
	free(item->as_received.bytes);
	tdx_qe_identity_fini(&item->identity);
	free(item);
}

void tdx_collateral_free(struct tdx_collateral *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->tcb_info_count; i++)
		tcb_info_free(set->tcb_info[i]);
	for (size_t i = 0; i < set->qe_identity_count; i++)
		qe_identity_free(set->qe_identity[i]);
	free(set);
}

size_t tdx_collateral_tcb_info_count(const struct tdx_collateral *set)
{
	return set ? set->tcb_info_count : 0;
}

const struct tdx_signed_tcb_info *tdx_collateral_tcb_info(
	const struct tdx_collateral *set, size_t index)
{
	return set->tcb_info[index];
}

size_t tdx_collateral_qe_identity_count(const struct tdx_collateral *set)
{
	return set ? set->qe_identity_count : 0;
}

const struct tdx_signed_qe_identity *tdx_collateral_qe_identity(
	const struct tdx_collateral *set, size_t index)
{
	return set->qe_identity[index];
}

/* Reading one input. */
struct reader {
	struct tdx_collateral *set;
	const struct tdx_collateral_sink *sink;
	size_t added;
	struct error *err;
};

static bool fatal(int rc)
{
	return rc == HC_ENOMEM || rc == HC_EBUSY || rc == HC_EINTERNAL;
}

/* --- statements --- */

static int copy_text(struct tdx_signed_text *out, struct view text, const uint8_t *signature)
{
	out->bytes = malloc(text.len + 1);
	if (!out->bytes)
		return HC_ENOMEM;
	memcpy(out->bytes, text.data, text.len);
	out->text = (struct view){out->bytes, text.len};
	memcpy(out->signature, signature, sizeof(out->signature));
	return crypto_hash(CRYPTO_SHA256, text, out->sha256);
}

static bool same_text(const struct tdx_signed_text *a, const struct tdx_signed_text *b)
{
	return !memcmp(a->sha256, b->sha256, sizeof(a->sha256)) &&
	       !memcmp(a->signature, b->signature, sizeof(a->signature));
}

static int full(struct error *err)
{
	error_fail(err, HC_EBUSY, "endorsements", "one more than the set takes");
	error_expected(err, "at most %d statements of Intel's", TDX_COLLATERAL_MAX);
	return HC_EBUSY;
}

static int add_tcb_info(struct reader *r, struct view text, const uint8_t *signature)
{
	struct tdx_collateral *set = r->set;
	struct tdx_signed_tcb_info *item = calloc(1, sizeof(*item));
	int rc = item ? copy_text(&item->as_received, text, signature) : HC_ENOMEM;

	if (!rc)
		rc = tdx_tcb_info_parse(&item->info, item->as_received.text, r->err);
	for (size_t i = 0; i < set->tcb_info_count && !rc; i++)
		if (same_text(&set->tcb_info[i]->as_received, &item->as_received)) {
			tcb_info_free(item);
			return 0;
		}
	if (!rc && set->tcb_info_count == TDX_COLLATERAL_MAX)
		rc = full(r->err);
	if (rc) {
		if (item)
			tcb_info_free(item);
		return rc;
	}
	set->tcb_info[set->tcb_info_count++] = item;
	return 0;
}

static int add_qe_identity(struct reader *r, struct view text, const uint8_t *signature)
{
	struct tdx_collateral *set = r->set;
	struct tdx_signed_qe_identity *item = calloc(1, sizeof(*item));
	int rc = item ? copy_text(&item->as_received, text, signature) : HC_ENOMEM;

	if (!rc)
		rc = tdx_qe_identity_parse(&item->identity, item->as_received.text, r->err);
	for (size_t i = 0; i < set->qe_identity_count && !rc; i++)
		if (same_text(&set->qe_identity[i]->as_received, &item->as_received)) {
			qe_identity_free(item);
			return 0;
		}
	if (!rc && set->qe_identity_count == TDX_COLLATERAL_MAX)
		rc = full(r->err);
	if (rc) {
		if (item)
			qe_identity_free(item);
		return rc;
	}
	set->qe_identity[set->qe_identity_count++] = item;
	return 0;
}

static int add_statement(
	struct reader *r, bool qe_identity, struct view text, const char *signature_hex)
{
	uint8_t signature[TDX_COLLATERAL_SIGNATURE];
	int rc = hex_decode(signature, sizeof(signature), signature_hex, "signature", r->err);

	if (!rc)
		rc = qe_identity ? add_qe_identity(r, text, signature)
				 : add_tcb_info(r, text, signature);
	if (!rc)
		r->added++;
	return rc;
}

/* --- certificates and lists in text --- */

static int sink(struct reader *r, struct view bytes)
{
	size_t n = 0;
	int rc = r->sink->take(r->sink->ctx, bytes, &n, r->err);

	r->added += n;
	return rc;
}

/* Text that `decode` turns into DER or PEM. What it cannot is nothing of ours. */
static int sink_decoded(
	struct reader *r, struct view text, int (*decode)(struct bytes *out, struct view text))
{
	struct bytes out = {0};
	int rc = decode(&out, text);

	if (!rc)
		rc = sink(r, bytes_view(&out));
	else if (!fatal(rc))
		rc = 0;
	bytes_free(&out);
	return rc;
}

/* --- what wraps them --- */

static int take_text(struct reader *r, struct view text, unsigned int depth);

/* Headers to the first empty line, then the body. */
static int take_dump(struct reader *r, struct view text, unsigned int depth)
{
	size_t end = 0, skip = 0;
	int rc;

	for (size_t i = 0; i + 1 < text.len && !skip; i++) {
		end = i;
		if (!memcmp(text.data + i, "\n\n", 2))
			skip = 2;
		else if (text.len - i >= 4 && !memcmp(text.data + i, "\r\n\r\n", 4))
			skip = 4;
	}
	if (!skip)
		end = text.len;
	rc = armour_is_url((struct view){text.data, end})
		     ? sink_decoded(r, (struct view){text.data, end}, armour_url_decode)
		     : 0;
	if (fatal(rc) || !skip)
		return rc;
	return take_text(
		r, (struct view){text.data + end + skip, text.len - end - skip}, depth + 1);
}

/* A statement without its wrapper says what it is all the same. */
static bool is_statement(const json_t *obj)
{
	return json_is_string(json_object_get(obj, "id")) &&
	       json_is_integer(json_object_get(obj, "version")) &&
	       json_is_array(json_object_get(obj, "tcbLevels"));
}

/* The signature beside member `name`: NAME_signature or NAMESignature. */
static const char *sibling_signature(const json_t *obj, const char *name)
{
	static const char *const endings[] = {"_signature", "Signature"};
	char member[96];

	for (size_t i = 0; i < 2; i++) {
		const char *text;

		if ((size_t)snprintf(member, sizeof(member), "%s%s", name, endings[i]) >=
			sizeof(member))
			continue;
		text = json_string_value(json_object_get(obj, member));
		if (text)
			return text;
	}
	return NULL;
}

/* The text of member `name` of `obj`: an object's statement, or something that wraps others. */
static int take_member(
	struct reader *r, const json_t *obj, const char *name, struct view text, unsigned int depth)
{
	const char *signature = sibling_signature(obj, name);
	json_t *inner = NULL;
	bool statement = false, qe = false;

	text = armour_trim(text);
	if (signature && text.len && text.data[0] == '{' &&
		!json_parse_object(&inner, (const char *)text.data, text.len, name, r->err)) {
		statement = is_statement(inner);
		qe = json_object_get(inner, "isvprodid") != NULL;
		json_decref(inner);
	}
	if (statement)
		return add_statement(r, qe, text, signature);
	return take_text(r, text, depth + 1);
}

static int take_items(struct reader *r, const json_t *array, struct view text, unsigned int depth)
{
	int rc = 0;

	for (size_t i = 0; i < json_array_size(array) && !fatal(rc); i++) {
		const json_t *item = json_array_get(array, i);
		struct view span;

		if (json_is_string(item))
			span = (struct view){
				(const uint8_t *)json_string_value(item), json_string_length(item)};
		else if (!json_is_object(item) || !json_span_item(text, i, &span))
			continue;
		rc = take_text(r, span, depth + 1);
	}
	return rc;
}

static int take_members(struct reader *r, const json_t *obj, struct view text, unsigned int depth)
{
	const char *name;
	json_t *value;
	int rc = 0;

	json_object_foreach((json_t *)(uintptr_t)obj, name, value)
	{
		struct view span;

		if (json_is_string(value))
			rc = take_member(r, obj, name,
				(struct view){(const uint8_t *)json_string_value(value),
					json_string_length(value)},
				depth);
		else if (json_is_object(value) && json_span(text, name, &span))
			rc = take_member(r, obj, name, span, depth);
		else if (json_is_array(value) && json_span(text, name, &span))
			rc = take_items(r, value, span, depth);
		if (fatal(rc))
			return rc;
	}
	return rc;
}

static bool named(struct view name, const char *what)
{
	return name.len == strlen(what) && !memcmp(name.data, what, name.len);
}

/*
 * Exactly {"tcbInfo": .., "signature": ".."} or its like, in either order: what is around the
 * signed text is nothing but that, and needs no parser.
 */
static bool is_body(struct view text, bool *qe_identity, struct view *signed_text, char hex[129])
{
	struct json_member member[2];
	size_t count, first;

	if (!json_span_members(text, member, 2, &count) || count != 2)
		return false;
	first = named(member[0].name, "signature");
	*qe_identity = named(member[first].name, "enclaveIdentity");
	if (!*qe_identity && !named(member[first].name, "tcbInfo"))
		return false;
	*signed_text = member[first].value;
	if (!named(member[!first].name, "signature") || member[!first].value.len != 130 ||
		member[!first].value.data[0] != '"')
		return false;
	memcpy(hex, member[!first].value.data + 1, 128);
	hex[128] = '\0';
	return true;
}

/* The same with other members beside them, in an object that was parsed. */
static bool is_wrapper(const json_t *obj, struct view text, bool *qe_identity,
	struct view *signed_text, const char **hex)
{
	static const char *const names[] = {"tcbInfo", "enclaveIdentity"};

	*hex = json_string_value(json_object_get(obj, "signature"));
	for (size_t i = 0; i < 2 && *hex; i++) {
		*qe_identity = i == 1;
		if (json_is_object(json_object_get(obj, names[i])) &&
			json_span(text, names[i], signed_text))
			return true;
	}
	return false;
}

/* A statement in its wrapper, or something that wraps others. */
static int take_object(struct reader *r, struct view text, unsigned int depth)
{
	struct view signed_text;
	const char *signature;
	bool qe_identity;
	char hex[129];
	json_t *obj;
	int rc;

	if (is_body(text, &qe_identity, &signed_text, hex))
		return add_statement(r, qe_identity, signed_text, hex);
	rc = json_parse_object(&obj, (const char *)text.data, text.len, "endorsements", r->err);
	if (rc)
		return rc;
	rc = is_wrapper(obj, text, &qe_identity, &signed_text, &signature)
		     ? add_statement(r, qe_identity, signed_text, signature)
		     : take_members(r, obj, text, depth);
	json_decref(obj);
	return rc;
}

static int take_text(struct reader *r, struct view text, unsigned int depth)
{
	if (depth > TDX_COLLATERAL_DEPTH)
		return error_fail(r->err, HC_EFORMAT, "endorsements", "very deep JSON");
	/* DER as it is: what looks like a blank at its end is a byte of it. */
	if (text.len && text.data[0] == 0x30 && !armour_is_hex(armour_trim(text)))
		return sink(r, text);
	text = armour_trim(text);
	if (!text.len)
		return 0;
	if (text.data[0] == '{')
		return take_object(r, text, depth);
	if (text.len > 5 && !memcmp(text.data, "HTTP/", 5))
		return take_dump(r, text, depth);
	if (armour_is_url(text))
		return sink_decoded(r, text, armour_url_decode);
	if (armour_is_pem(text))
		return sink(r, text);
	return sink_decoded(
		r, text, armour_is_hex(text) ? armour_hex_decode : armour_base64_decode);
}

bool tdx_collateral_recognise(struct view bytes)
{
	struct view text = armour_trim(bytes);

	return text.len && (text.data[0] == '{' || armour_is_hex(text) || armour_is_url(text) ||
				   (text.len > 5 && !memcmp(text.data, "HTTP/", 5)));
}

int tdx_collateral_add(struct tdx_collateral *set, struct view bytes,
	const struct tdx_collateral_sink *sink_to, size_t *added, struct error *err)
{
	struct error scratch = {0};
	struct reader r = {.set = set, .sink = sink_to, .err = err ? err : &scratch};
	int rc = take_text(&r, bytes, 0);

	*added = r.added;
	if (rc == HC_ENOMEM || rc == HC_EINTERNAL)
		return error_fail(err, rc, "endorsements", "no room");
	if (rc == HC_EBUSY)
		return rc;
	if (r.added)
		return 0;
	if (!rc)
		return error_fail(err, HC_EUNSUPPORTED, "endorsements",
			"neither a certificate, nor a CRL, nor a statement of Intel's");
	return rc;
}
