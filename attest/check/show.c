/* SPDX-License-Identifier: Apache-2.0 */
/* hc-check show: the fields of evidence that nobody has verified. */
#include <stdio.h>
#include <string.h>

#include "attest/check/command.h"
#include "attest/check/event_log.h"
#include "attest/check/inputs.h"
#include "attest/evidence/tdx_bits.h"

static void print_list(json_t *array, FILE *to)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		fprintf(to, "%s%s", i ? ", " : " ", json_string_value(item));
	}
	fputc('\n', to);
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
		} else if (json_is_array(value)) {
			print_list(value, to);
		} else if (json_is_string(value)) {
			fprintf(to, " %s\n", json_string_value(value));
		} else if (json_is_integer(value)) {
			fprintf(to, " %lld\n", (long long)json_integer_value(value));
		} else {
			fprintf(to, " %s\n", json_is_true(value) ? "yes" : "no");
		}
	}
}

/* What the TD's attributes expose it to. */
static void print_attributes(const struct claims *claims, enum messages_lang lang, FILE *to)
{
	uint64_t value = claims->tdx.quote.body.tdattributes;

	for (const struct evidence_bit *bit = tdx_td_attributes; bit->mask; bit++) {
		bool set = value & bit->mask;

		if (bit->kind == EVIDENCE_BIT_WEAKENS && set)
			fprintf(to, "%-24s %s\n", bit->name, messages_text(lang, bit->meaning));
		else if (bit->kind == EVIDENCE_BIT_PROTECTS && !set)
			fprintf(to, messages_text(lang, N_("%-24s not so: %s\n")), bit->name,
				messages_text(lang, bit->meaning));
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
	if (v->claims.tee == CLAIMS_TDX)
		print_attributes(&v->claims, lang, to);
	fprintf(to, "\n%s\n", messages_text(lang, "Nothing was verified: see hc-check verify."));
}

/* The claims as a program reads them: it must not take them for verified either. */
static int print_claims(const char *tee, const struct verdict *v, json_t *claims, struct error *err)
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
		return error_fail(err, HC_ENOMEM, "output", N_("no memory for JSON"));
	}
	return command_print_json(claims, err);
}

/* No fields to show: by what the parser says, if it is evidence at all. */
static int refuse(struct view evidence, const struct verdict *v, struct error *err)
{
	for (size_t i = 0; i < v->check_count; i++) {
		if (v->check[i].outcome != CHECK_FAIL)
			continue;
		error_fail(err, HC_EFORMAT, v->check[i].def->id, "%s", v->check[i].found);
		snprintf(err->expected, sizeof(err->expected), "%s", v->check[i].expected);
		return error_section(err, v->check[i].def->section);
	}
	error_fail(err, HC_EFORMAT, "evidence", N_("%zu bytes"), evidence.len);
	error_expected(err, "an SEV-SNP report of 1184 bytes, or a TDX quote");
	return HC_EFORMAT;
}

/* A report has no registers that a log could be compared with. */
static int no_event_log(const char *tee, struct error *err)
{
	error_fail(err, HC_EUSAGE, "--event-log", "with %s evidence", tee);
	return error_expected(err, "a TDX quote");
}

static int show_evidence(
	struct view evidence, struct verdict *scratch, const struct inputs *in, struct error *err)
{
	FILE *to = stdout;
	const struct evidence_ops *ops = evidence_recognise(evidence);
	json_t *obj;
	int rc;

	verdict_reset(scratch, in->style.lang);
	if (!ops || ops->parse(evidence, scratch))
		return refuse(evidence, scratch, err);
	if (in->has_event_log && scratch->claims.tee != CLAIMS_TDX)
		return no_event_log(ops->tee, err);
	rc = claims_to_json(&scratch->claims, &obj, err);
	if (!rc && in->json && in->has_event_log)
		rc = event_log_add(
			obj, bytes_view(&in->event_log), &scratch->claims.tdx.quote.body, err);
	if (rc) {
		json_decref(obj);
		return rc;
	}
	if (in->json)
		return print_claims(ops->tee, scratch, obj, err);
	fprintf(to, "%-24s %s\n", "tee", ops->tee);
	print_fields(obj, 0, to);
	json_decref(obj);
	if (in->has_event_log)
		event_log_print(bytes_view(&in->event_log), &scratch->claims.tdx.quote.body,
			in->style.lang, to);
	print_notes(scratch, in->style.lang, to);
	return 0;
}

static int run(char **argv, enum messages_lang lang)
{
	static struct inputs in;
	static struct verdict scratch;
	struct error err = {0};
	int rc = inputs_read(&in, "show", argv, lang, &err);

	if (!rc)
		rc = show_evidence(bytes_view(&in.evidence), &scratch, &in, &err);
	inputs_free(&in);
	return rc ? command_fail(&err, lang) : command_flush(COMMAND_TRUSTED, lang);
}

const struct command command_show = {
	.name = "show",
	.summary = N_("print every field of evidence; verifies nothing"),
	.usage = N_(
		"usage: hc-check show EVIDENCE [--event-log FILE] [--json] [--lang fr|en]\n"
		"\n"
		"  EVIDENCE     a report or quote as the hardware gave it; \"-\" is standard "
		"input\n"
		"  --event-log  the log (CCEL) of a TDX guest: shown line by line and replayed\n"
		"  --json       for programs\n"
		"\n"
		"Prints what the evidence claims, decoded and raw. Nothing is verified: anybody\n"
		"can write such a file. Exit status: 0 printed; 3 wrong usage or no evidence.\n"),
	.run = run,
};
