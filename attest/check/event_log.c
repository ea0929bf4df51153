/* SPDX-License-Identifier: Apache-2.0 */
/* Event logs for hc-check: each event as it was extended, and what the registers come to. */
#include "attest/check/event_log.h"

#include <string.h>

#include "attest/measure/ccel_event.h"
#include "common/hex.h"

#define DESCRIPTION_SIZE 400

void event_log_replay(struct appraise_event_log *out, struct view log)
{
	memset(out, 0, sizeof(*out));
	out->code = ccel_replay(out->rtmr, log, NULL, NULL, &out->why);
}

struct lines {
	FILE *to;
	json_t *events;
	size_t count;
	bool bad;
};

static const char *digest_of(const struct ccel_event *event)
{
	enum ccel_digest_of of;

	return ccel_event_digest_of(event, &of) ? "" : ccel_digest_of_name(of);
}

static void print_event(void *ctx, const struct ccel_event *event, const uint8_t rtmr[SHA384_SIZE])
{
	char hex[2 * SHA384_SIZE + 1], text[DESCRIPTION_SIZE];
	struct lines *lines = ctx;

	(void)rtmr;
	hex_encode(hex, event->digest, SHA384_SIZE);
	ccel_event_describe(event, text, sizeof(text));
	fprintf(lines->to, "%4zu %s %-32s %s %-5s %s\n", ++lines->count,
		ccel_event_register(event->mr_index), ccel_event_type_name(event->type), hex,
		digest_of(event), text);
}

static void print_registers(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], const struct tdx_body *quote,
	enum messages_lang lang, FILE *to)
{
	char hex[2 * SHA384_SIZE + 1];

	for (uint32_t i = 0; i < CCEL_RTMRS; i++) {
		bool same = !memcmp(rtmr[i], quote->rtmr[i], SHA384_SIZE);

		hex_encode(hex, rtmr[i], SHA384_SIZE);
		fprintf(to, "%s %s %s\n", ccel_event_register(i + 1), hex,
			messages_text(
				lang, same ? N_("as in the quote") : N_("not as in the quote")));
		if (same)
			continue;
		hex_encode(hex, quote->rtmr[i], SHA384_SIZE);
		fprintf(to, "%5s %s %s\n", "", hex, messages_text(lang, "in the quote"));
	}
}

static const char *in_french(const char *msgid)
{
	return messages_text(MESSAGES_FR, msgid);
}

static const char *in_english(const char *msgid)
{
	return msgid;
}

void event_log_print(
	struct view log, const struct tdx_body *quote, enum messages_lang lang, FILE *to)
{
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	struct lines lines = {.to = to};
	struct error err = {0};
	char text[1024];

	fprintf(to, "\n%s\n",
		messages_text(lang,
			"event log: number, register, type, digest, what of the data the "
			"digest is of, description"));
	if (!ccel_replay(rtmr, log, print_event, &lines, &err)) {
		print_registers(rtmr, quote, lang, to);
		return;
	}
	error_format_with(&err, lang == MESSAGES_FR ? in_french : in_english, text, sizeof(text));
	fprintf(to, "%s\n", text);
}

static void add_event(void *ctx, const struct ccel_event *event, const uint8_t rtmr[SHA384_SIZE])
{
	char hex[2 * SHA384_SIZE + 1], text[DESCRIPTION_SIZE];
	struct lines *lines = ctx;

	(void)rtmr;
	hex_encode(hex, event->digest, SHA384_SIZE);
	ccel_event_describe(event, text, sizeof(text));
	if (json_array_append_new(lines->events,
		    json_pack("{s:I, s:I, s:s, s:I, s:s, s:s, s:s, s:I, s:s}", "index",
			    (json_int_t)++lines->count, "offset", (json_int_t)event->offset,
			    "register", ccel_event_register(event->mr_index), "type",
			    (json_int_t)event->type, "type_name", ccel_event_type_name(event->type),
			    "digest", hex, "digest_of", digest_of(event), "data_size",
			    (json_int_t)event->data.len, "description", text)))
		lines->bad = true;
}

static bool add_registers(
	json_t *root, uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], const struct tdx_body *quote)
{
	json_t *registers = json_array();
	char log[2 * SHA384_SIZE + 1], in_quote[2 * SHA384_SIZE + 1];

	if (json_object_set_new(root, "registers", registers))
		return false;
	for (uint32_t i = 0; i < CCEL_RTMRS; i++) {
		hex_encode(log, rtmr[i], SHA384_SIZE);
		hex_encode(in_quote, quote->rtmr[i], SHA384_SIZE);
		if (json_array_append_new(
			    registers, json_pack("{s:s, s:s, s:s, s:b}", "register",
					       ccel_event_register(i + 1), "replayed", log, "quote",
					       in_quote, "match", !strcmp(log, in_quote))))
			return false;
	}
	return true;
}

int event_log_add(json_t *obj, struct view log, const struct tdx_body *quote, struct error *err)
{
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	struct lines lines = {.events = json_array()};
	struct error why = {0};
	json_t *out = json_object();
	char text[1024];
	bool good = !json_object_set_new(obj, "event_log", out) &&
		    !json_object_set_new(out, "events", lines.events);

	if (good && ccel_replay(rtmr, log, add_event, &lines, &why)) {
		error_format(&why, text, sizeof(text));
		good = !json_object_set_new(out, "error", json_string(text));
	} else if (good) {
		good = add_registers(out, rtmr, quote);
	}
	if (good && !lines.bad)
		return 0;
	return error_fail(err, HC_ENOMEM, "event log", "no memory for JSON");
}
