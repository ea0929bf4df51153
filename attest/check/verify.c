/* SPDX-License-Identifier: Apache-2.0 */
/* hc-check verify: what evidence, endorsements, roots and a policy amount to. */
#include <stdio.h>
#include <string.h>

#include "attest/check/command.h"
#include "attest/check/event_log.h"
#include "attest/check/inputs.h"
#include "common/file.h"

/* Text or page, made whole before the first byte of it is written. */
static int print(const struct bytes *text, struct error *err)
{
	if (fwrite(text->data, 1, text->len, stdout) != text->len)
		return error_fail(err, HC_EIO, "output", N_("cannot write"));
	return 0;
}

static int make_page(const struct verdict *v, const struct inputs *in, struct error *err)
{
	struct bytes page = {0};
	int rc = verdict_to_html(v, &in->style, &page);

	if (rc)
		error_fail(err, rc, "--html", N_("no page"));
	else if (!strcmp(in->html, "-"))
		rc = print(&page, err);
	else
		rc = file_write(in->html, page.data, page.len, 0666, err);
	bytes_free(&page);
	return rc;
}

static bool shows_log(const struct verdict *v, const struct inputs *in)
{
	return in->has_event_log && v->claims.tee == CLAIMS_TDX;
}

static int print_text(const struct verdict *v, const struct inputs *in, struct error *err)
{
	struct bytes text = {0};
	int rc = verdict_to_text(v, &in->style, &text);

	rc = rc ? error_fail(err, rc, "output", N_("no memory")) : print(&text, err);
	bytes_free(&text);
	if (!rc && shows_log(v, in))
		event_log_print(bytes_view(&in->event_log), &v->claims.tdx.quote.body,
			in->style.lang, stdout);
	return rc;
}

/* The page first: what stands on the terminal is then the whole of what was asked for. */
static int show_verdict(const struct verdict *v, const struct inputs *in, struct error *err)
{
	json_t *obj;
	int rc = in->html ? make_page(v, in, err) : 0;

	if (rc || (in->html && !strcmp(in->html, "-")))
		return rc;
	if (!in->json)
		return print_text(v, in, err);
	rc = verdict_to_json(v, &obj, err);
	if (rc)
		return rc;
	if (shows_log(v, in))
		rc = event_log_add(obj, bytes_view(&in->event_log), &v->claims.tdx.quote.body, err);
	if (!rc)
		return command_print_json(obj, err);
	json_decref(obj);
	return rc;
}

static int judge(struct inputs *in, struct verdict *out, struct error *err)
{
	struct appraise_event_log log = {0};
	const struct appraise_input job = {
		.evidence = bytes_view(&in->evidence),
		.endorsements = in->endorsements,
		.roots = &in->roots,
		.policy = in->has_policy ? &in->policy : NULL,
		.at = in->at,
		.report_data = in->has_report_data ? in->report_data : NULL,
		.event_log = in->has_event_log ? &log : NULL,
		.lang = in->style.lang,
		.seen = in->state ? &in->seen : NULL,
	};

	if (in->has_event_log)
		event_log_replay(&log, bytes_view(&in->event_log));

	return appraise(&job, out, err);
}

static int exit_status(enum verdict_value value)
{
	switch (value) {
	case VERDICT_TRUSTED:
		return COMMAND_TRUSTED;
	case VERDICT_REJECTED:
		return COMMAND_REJECTED;
	default:
		return COMMAND_UNDECIDED;
	}
}

static int run(char **argv, enum messages_lang lang)
{
	static struct inputs in;
	static struct verdict verdict;
	struct error err = {0};
	int rc = inputs_read(&in, "verify", argv, lang, &err);

	if (!rc)
		rc = judge(&in, &verdict, &err);
	if (!rc)
		rc = inputs_keep_state(&in, &err);
	if (!rc)
		rc = show_verdict(&verdict, &in, &err);
	inputs_free(&in);
	return rc ? command_fail(&err, lang) : command_flush(exit_status(verdict.value), lang);
}

const struct command command_verify = {
	.name = "verify",
	.summary = N_("judge evidence by vendors' certificates and a policy"),
	.usage = N_(
		"usage: hc-check verify EVIDENCE [--endorsements FILE|DIR]... [--root FILE]...\n"
		"                [--policy FILE] [--report-data HEX] [--event-log FILE]\n"
		"                [--at RFC3339] [--state FILE] [--json] [--html FILE]\n"
		"                [--lang fr|en]\n"
		"\n"
		"  EVIDENCE        a report or quote as the hardware gave it; \"-\" is standard "
		"input\n"
		"  --endorsements  certificates and revocation lists: DER, PEM, a certificate "
		"table, or\n"
		"                  a folder of them, each recognised by its content; what is\n"
		"                  neither is named on standard error, of a folder in one line\n"
		"  --root          accept chains to this root too (the policy must list it as "
		"well)\n"
		"  --policy        what to accept; without one nothing can be trusted\n"
		"  --report-data   what the report must be bound to: 32, 48 or 64 bytes, zeros "
		"after\n"
		"  --event-log     the log (CCEL) of a TDX guest: shown line by line, replayed, "
		"and\n"
		"                  compared with the quote\n"
		"  --at            judge as of this time (default: now)\n"
		"  --state         refuse TDX collateral older than what this file says was seen "
		"last;\n"
		"                  the file is made, and kept up to date\n"
		"  --json          print the verdict for programs instead of text\n"
		"  --html          write it as one page to file and to print as well; replaces "
		"FILE;\n"
		"                  \"-\": the page instead of text\n"
		"\n"
		"Exit status: 0 trusted, 1 rejected, 2 undecided, 3 wrong usage or unusable "
		"file.\n"),
	.run = run,
};
