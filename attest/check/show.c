/* SPDX-License-Identifier: Apache-2.0 */
/* Printing for hc-check. */
#include "attest/check/show.h"

#include <string.h>

static int print_json(json_t *obj, FILE *to, struct error *err)
{
	int rc = json_dumpf(obj, to, JSON_INDENT(2));

	json_decref(obj);
	fputc('\n', to);
	return rc ? error_fail(err, HC_EIO, "output", "cannot write JSON") : 0;
}

int show_verdict(const struct verdict *v, const struct inputs *in, FILE *to, struct error *err)
{
	struct bytes text = {0};
	json_t *obj;
	int rc;

	if (in->json) {
		rc = verdict_to_json(v, &obj, err);
		return rc ? rc : print_json(obj, to, err);
	}
	rc = verdict_to_text(v, in->lang, in->colour, &text);
	if (rc)
		error_fail(err, rc, "output", "no memory");
	else if (fwrite(text.data, 1, text.len, to) != text.len)
		rc = error_fail(err, HC_EIO, "output", "cannot write");
	bytes_free(&text);
	return rc;
}

/* One line a member; the members of an object are indented below it. */
static void print_fields(json_t *obj, int depth, FILE *to)
{
	const char *key;
	json_t *value;

	json_object_foreach(obj, key, value)
	{
		fprintf(to, "%*s%-*s", 2 * depth, "", 24 - 2 * depth, key);
		if (json_is_object(value)) {
			fputc('\n', to);
			print_fields(value, depth + 1, to);
		} else if (json_is_string(value)) {
			fprintf(to, " %s\n", json_string_value(value));
		} else if (json_is_integer(value)) {
			fprintf(to, " %lld\n", (long long)json_integer_value(value));
		} else {
			fprintf(to, " %s\n", json_is_true(value) ? "yes" : "no");
		}
	}
}

static void print_notes(const struct verdict *v, enum messages_lang lang, FILE *to)
{
	char text[256];

	for (size_t i = 0; i < v->check_count; i++) {
		if (v->check[i].outcome == CHECK_PASS)
			continue;
		check_text(&v->check[i], lang, text, sizeof(text));
		fprintf(to, "%-24s %s %s\n", v->check[i].def->id, text, v->check[i].found);
	}
	fprintf(to, "\n%s\n", messages_text(lang, "Nothing was verified: see hc-check verify."));
}

/* The claims as a program reads them: it must not take them for verified either. */
static int print_claims(
	const char *tee, const struct verdict *v, json_t *claims, FILE *to, struct error *err)
{
	json_t *notes = json_array();
	char text[256];
	int bad = !notes || json_object_set_new(claims, "tee", json_string(tee)) ||
		  json_object_set_new(claims, "verified", json_false());

	for (size_t i = 0; !bad && i < v->check_count; i++) {
		if (v->check[i].outcome == CHECK_PASS)
			continue;
		check_text(&v->check[i], MESSAGES_EN, text, sizeof(text));
		bad = json_array_append_new(
			notes, json_pack("{s:s, s:s, s:s}", "id", v->check[i].def->id, "text", text,
				       "found", v->check[i].found));
	}
	if (json_object_set_new(claims, "notes", notes) || bad) {
		json_decref(claims);
		return error_fail(err, HC_ENOMEM, "output", "no memory for JSON");
	}
	return print_json(claims, to, err);
}

int show_evidence(struct view evidence, struct verdict *scratch, const struct inputs *in, FILE *to,
	struct error *err)
{
	const struct evidence_ops *ops = evidence_recognise(evidence);
	json_t *obj;
	int rc;

	memset(scratch, 0, sizeof(*scratch));
	if (!ops || ops->parse(evidence, scratch)) {
		error_fail(err, HC_EFORMAT, "evidence", "%zu bytes", evidence.len);
		error_expected(err, "an SEV-SNP report of 1184 bytes");
		return HC_EFORMAT;
	}
	rc = claims_to_json(&scratch->claims, &obj, err);
	if (rc)
		return rc;
	if (in->json)
		return print_claims(ops->tee, scratch, obj, to, err);
	fprintf(to, "%-24s %s\n", "tee", ops->tee);
	print_fields(obj, 0, to);
	json_decref(obj);
	print_notes(scratch, in->lang, to);
	return 0;
}
