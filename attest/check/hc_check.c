/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check: the tenant's tool. Reads evidence, endorsements, roots and a policy from files, and
 * says what they amount to. Opens no connection, and decides nothing that the library has not
 * decided.
 *
 * Exit status: 0 trusted, 1 rejected, 2 undecided, 3 wrong usage, or a file cannot be used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attest/check/inputs.h"
#include "attest/check/show.h"

enum { EXIT_TRUSTED = 0, EXIT_REJECTED = 1, EXIT_UNDECIDED = 2, EXIT_UNUSABLE = 3 };

static const char usage[] = N_(
	"usage: hc-check verify EVIDENCE [--endorsements FILE|DIR]... [--root FILE]...\n"
	"                [--policy FILE] [--report-data HEX] [--at RFC3339] [--json]\n"
	"                [--lang fr|en]\n"
	"       hc-check show EVIDENCE [--json] [--lang fr|en]\n"
	"\n"
	"  EVIDENCE        a report as the hardware gave it; \"-\" is standard input\n"
	"  --endorsements  certificates and revocation lists: DER, PEM, a certificate table, or\n"
	"                  a folder of them, each recognised by its content; what is\n"
	"                  neither is named on standard error, of a folder in one line\n"
	"  --root          accept chains to this root too (the policy must list it as well)\n"
	"  --policy        what to accept; without one nothing can be trusted\n"
	"  --report-data   what the report must be bound to: 32, 48 or 64 bytes, zeros after\n"
	"  --at            judge as of this time (default: now)\n"
	"\n"
	"Exit status: 0 trusted, 1 rejected, 2 undecided, 3 wrong usage or unusable file.\n");

static struct inputs in;

static const char *translated(const char *msgid)
{
	return messages_text(in.lang, msgid);
}

static int fail(const struct error *err)
{
	char text[1024];

	error_format_with(err, translated, text, sizeof(text));
	fprintf(stderr, "hc-check: %s\n", text);
	return EXIT_UNUSABLE;
}

static int exit_status(enum verdict_value value)
{
	switch (value) {
	case VERDICT_TRUSTED:
		return EXIT_TRUSTED;
	case VERDICT_REJECTED:
		return EXIT_REJECTED;
	default:
		return EXIT_UNDECIDED;
	}
}

/* A verdict that did not reach its reader is none. */
static int flush(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "hc-check: cannot write the result\n");
	return EXIT_UNUSABLE;
}

static int verify(void)
{
	static struct verdict verdict;
	struct appraise_input job = {
		.evidence = bytes_view(&in.evidence),
		.endorsements = in.endorsements,
		.roots = &in.roots,
		.policy = in.has_policy ? &in.policy : NULL,
		.at = in.at,
		.report_data = in.has_report_data ? in.report_data : NULL,
		.lang = in.lang,
	};
	struct error err = {0};

	if (appraise(&job, &verdict, &err) || show_verdict(&verdict, &in, stdout, &err))
		return fail(&err);
	return flush(exit_status(verdict.value));
}

static int show(void)
{
	static struct verdict verdict;
	struct error err = {0};

	if (show_evidence(bytes_view(&in.evidence), &verdict, &in, stdout, &err))
		return fail(&err);
	return flush(EXIT_TRUSTED);
}

int main(int argc, char **argv)
{
	struct error err = {0};
	int status;

	in.lang = messages_lang_of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"));
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(translated(usage), stdout);
		return flush(EXIT_TRUSTED);
	}
	if (argc < 3 || (strcmp(argv[1], "verify") && strcmp(argv[1], "show"))) {
		fputs(translated(usage), stderr);
		return EXIT_UNUSABLE;
	}
	if (inputs_read(&in, argv[1], argv + 2, &err))
		status = fail(&err);
	else
		status = !strcmp(argv[1], "verify") ? verify() : show();
	inputs_free(&in);
	return status;
}
