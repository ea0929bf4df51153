/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for a person: the verdicts, then what is missing, not known and limited, each with
 * what to do, then all the rest a line each. A consequence is told under its cause.
 */
#include <string.h>
#include <sys/ioctl.h>

#include "vmm/check/report.h"

#define WIDTH  100
#define INDENT "      "

/* Words in lines of WIDTH characters at most; the first is `label`. */
static void wrapped(FILE *out, const char *label, const char *words)
{
	size_t column = (size_t)fprintf(out, INDENT "%-7s", label);

	while (*words) {
		const size_t len = strcspn(words, " ");

		if (column + 1 + len > WIDTH) {
			fputc('\n', out);
			column = (size_t)fprintf(out, INDENT "%-7s", "");
		}
		column += (size_t)fprintf(out, " %.*s", (int)len, words);
		words += len;
		words += strspn(words, " ");
	}
	fputc('\n', out);
}

static void platforms_of(FILE *out, unsigned int platforms)
{
	const char *before = "  [";

	for (int p = 0; p < CHECK_PLATFORMS; p++)
		if (platforms >> p & 1) {
			fprintf(out, "%s%s", before, report_platform_name((enum check_platform)p));
			before = ", ";
		}
	fputs("]\n", out);
}

static size_t worse_than_note(const struct check_report *r, enum check_platform p)
{
	size_t n = 0;

	for (size_t i = 0; i < r->count; i++)
		n += (r->finding[i].platforms >> p & 1) && r->finding[i].outcome > CHECK_NOTE;
	return n;
}

/* The findings that a verdict rests on: the worst ones, and those that have no cause before others.
 */
static void reasons(FILE *out, const struct check_report *r, enum check_platform p)
{
	const char *before = "  ";
	const struct check_finding *f;
	enum check_outcome worst = CHECK_OK;

	for (f = r->finding; f < r->finding + r->count; f++)
		if ((f->platforms >> p & 1) && f->outcome > worst)
			worst = f->outcome;
	for (f = r->finding; f < r->finding + r->count; f++)
		if ((f->platforms >> p & 1) && f->outcome == worst && !f->follows) {
			fprintf(out, "%s%s", before, f->id);
			before = ", ";
		}
}

static void verdicts(FILE *out, const struct check_report *r)
{
	for (int p = 0; p < CHECK_PLATFORMS; p++) {
		const enum check_platform platform = (enum check_platform)p;
		const char *verdict = report_verdict_name(report_verdict(r, platform));

		if (!(r->platforms >> p & 1))
			continue;
		fprintf(out, "%-9s ", report_platform_name(platform));
		if (worse_than_note(r, platform)) {
			fprintf(out, "%-18s", verdict);
			reasons(out, r, platform);
		} else {
			fputs(verdict, out);
		}
		fputc('\n', out);
	}
}

static void consequences(FILE *out, const struct check_report *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct check_finding *f = &r->finding[i];
		char words[512];

		if (!f->follows || strcmp(f->follows, id))
			continue;
		snprintf(words, sizeof(words), "%s (%s: %s)", f->id, f->looked, f->found);
		wrapped(out, "so also", words);
	}
}

static void in_full(FILE *out, const struct check_report *r, const struct check_finding *f)
{
	fprintf(out, "  %s", f->id);
	platforms_of(out, f->platforms);
	wrapped(out, "looked", f->looked);
	wrapped(out, "found", f->found);
	if (*f->needed)
		wrapped(out, "needed", f->needed);
	if (*f->remedy)
		wrapped(out, "do", f->remedy);
	consequences(out, r, f->id);
}

static void section(FILE *out, const struct check_report *r, const char *title,
	enum check_outcome from, enum check_outcome to)
{
	bool titled = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct check_finding *f = &r->finding[i];

		if (f->outcome < from || f->outcome > to || f->follows)
			continue;
		if (!titled)
			fprintf(out, "\n%s\n", title);
		titled = true;
		in_full(out, r, f);
	}
}

static void the_rest(FILE *out, const struct check_report *r)
{
	bool titled = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct check_finding *f = &r->finding[i];

		if (f->outcome > CHECK_NOTE)
			continue;
		if (!titled)
			fputs("\nThe rest\n", out);
		titled = true;
		fprintf(out, "  %-22s %s\n", f->id, f->found);
		if (f->outcome == CHECK_NOTE && *f->remedy)
			wrapped(out, "note", f->remedy);
	}
}

int report_print_text(const struct check_report *r, FILE *out)
{
	verdicts(out, r);
	section(out, r, "Missing", CHECK_MISSING, CHECK_MISSING);
	section(out, r, "Not known", CHECK_UNSURE, CHECK_UNKNOWN);
	section(out, r, "Limits", CHECK_LIMIT, CHECK_LIMIT);
	the_rest(out, r);
	return fflush(out) || ferror(out) ? -1 : 0;
}
