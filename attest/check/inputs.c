/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what hc-check was given. A file that was named and cannot be used is an error. */
#include "attest/check/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attest/evidence/cert_table.h"
#include "attest/measure/ccel.h"
#include "common/file.h"
#include "common/hex.h"
#include "common/messages.h"
#include "common/text.h"
#include "common/timefmt.h"
#include "common/version.h"

static int add_file(struct inputs *in, const char *path, struct error *err)
{
	struct bytes bytes = {0};
	int rc = file_read(&bytes, path, ENDORSEMENTS_BYTES_MAX, err);

	if (!rc)
		rc = endorsements_add(in->endorsements, bytes_view(&bytes), NULL, err);
	bytes_free(&bytes);
	return rc;
}

/*
 * A line on standard error; the format is a message. Names of files come from whoever filled the
 * folder: no escapes.
 */
static void say(const struct inputs *in, const char *fmt, ...) HC_PRINTF(2, 3);
static void say(const struct inputs *in, const char *fmt, ...)
{
	char line[5120];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), messages_text(in->style.lang, fmt), ap);
	va_end(ap);
	text_clean(line);
	fprintf(stderr, "hc-check: %s\n", line);
}

/* What a folder holds besides endorsements: said in one line, however much it is. */
struct folder {
	size_t files, left_out, unnamed;
	char names[400];
};

static void note_left_out(struct folder *f, const char *name)
{
	size_t used = strlen(f->names), left = sizeof(f->names) - used;

	f->left_out++;
	if (f->unnamed || strlen(name) + 3 > left)
		f->unnamed++;
	else
		snprintf(f->names + used, left, "%s%s", used ? ", " : "", name);
}

static void name_left_out(const struct inputs *in, const struct folder *f, const char *path)
{
	if (!f->files)
		say(in, "%s: a folder without files", path);
	else if (f->unnamed)
		say(in, "%s: %zu of %zu files are no endorsements, left out: %s and %zu more", path,
			f->left_out, f->files, f->names, f->unnamed);
	else if (f->left_out)
		say(in, "%s: %zu of %zu files are no endorsements, left out: %s", path, f->left_out,
			f->files, f->names);
}

/*
 * What holds no endorsement is named and passed over: a chain it is missing from stays undecided.
 * In a `folder` (else NULL) other files are to be expected; a certificate or a list that cannot be
 * used is named with its reason there too.
 */
static int add_or_name(
	struct inputs *in, struct folder *folder, const char *path, struct error *err)
{
	struct error why = {0};
	char text[512];
	int rc = add_file(in, path, &why);

	if (rc != HC_EUNSUPPORTED) {
		if (rc && err)
			*err = why;
		return rc;
	}
	if (folder && !strcmp(why.where, "endorsements")) {
		note_left_out(folder, strrchr(path, '/') + 1);
		return 0;
	}
	error_format_with(&why,
		in->style.lang == MESSAGES_FR ? messages_in_french : messages_in_english, text,
		sizeof(text));
	say(in, "no endorsement, left out: %s: %s", path, text);
	return 0;
}

static int add_entry(struct inputs *in, struct folder *folder, const char *dir, const char *name,
	struct error *err)
{
	struct stat st;
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return error_fail(err, HC_ERANGE, dir, N_("a very long name"));
	if (stat(path, &st))
		return error_errno(err, path, errno);
	if (!S_ISREG(st.st_mode))
		return 0;
	folder->files++;
	if (st.st_size <= (off_t)ENDORSEMENTS_BYTES_MAX)
		return add_or_name(in, folder, path, err);
	note_left_out(folder, name);
	return 0;
}

static int add_folder(struct inputs *in, const char *path, struct error *err)
{
	struct folder folder = {0};
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), rc = 0;

	if (n < 0)
		return error_errno(err, path, errno);
	for (int i = 0; i < n; i++) {
		if (!rc && names[i]->d_name[0] != '.')
			rc = add_entry(in, &folder, path, names[i]->d_name, err);
		free(names[i]);
	}
	free(names);
	name_left_out(in, &folder, path);
	return rc;
}

static int take_endorsements(struct inputs *in, const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st))
		return error_errno(err, path, errno);
	return S_ISDIR(st.st_mode) ? add_folder(in, path, err) : add_or_name(in, NULL, path, err);
}

static int take_root(struct inputs *in, const char *path, struct error *err)
{
	struct bytes bytes = {0};
	int rc = file_read(&bytes, path, ENDORSEMENTS_BYTES_MAX, err);

	if (!rc)
		rc = roots_add(&in->roots, bytes_view(&bytes), err);
	bytes_free(&bytes);
	if (rc)
		error_remedy(err, "give a self-signed root certificate, not %.100s", path);
	return rc;
}

static int take_policy(struct inputs *in, const char *path, struct error *err)
{
	struct bytes bytes = {0};
	int rc;

	if (in->has_policy)
		return error_fail(err, HC_EUSAGE, "--policy", N_("given twice"));
	in->has_policy = true;
	rc = file_read(&bytes, path, POLICY_SIZE_MAX, err);
	if (!rc)
		rc = policy_parse(&in->policy, bytes_view(&bytes), err);
	bytes_free(&bytes);
	return rc;
}

static int take_report_data(struct inputs *in, const char *text, struct error *err)
{
	size_t len = strlen(text);

	in->has_report_data = true;
	if (len != 64 && len != 96 && len != 128) {
		error_fail(err, HC_EUSAGE, "--report-data", N_("%zu characters"), len);
		error_expected(err, "64, 96 or 128 hex digits");
		return HC_EUSAGE;
	}
	memset(in->report_data, 0, sizeof(in->report_data));
	return hex_decode(in->report_data, len / 2, text, "--report-data", err);
}

static int take_at(struct inputs *in, const char *text, struct error *err)
{
	return timefmt_parse(&in->at, text, err);
}

/* A file that is not there yet is a state in which nothing was seen. */
static int take_state(struct inputs *in, const char *path, struct error *err)
{
	struct bytes text = {0};
	int rc;

	if (in->state)
		return error_fail(err, HC_EUSAGE, "--state", "given twice");
	in->state = path;
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	rc = file_read(&text, path, SEEN_TEXT_MAX, err);
	if (!rc)
		rc = seen_parse(&in->seen, bytes_view(&text), err);
	bytes_free(&text);
	if (rc)
		error_remedy(err,
			"a state that is not readable protects nothing: see where it comes from");
	return rc;
}

int inputs_keep_state(const struct inputs *in, struct error *err)
{
	struct bytes text = {0};
	int rc;

	if (!in->state || !in->seen.changed)
		return 0;
	rc = seen_write(&in->seen, &text, err);
	if (!rc)
		rc = file_write(in->state, text.data, text.len, 0600, err);
	bytes_free(&text);
	return rc;
}

static int take_html(struct inputs *in, const char *path, struct error *err)
{
	if (in->html)
		return error_fail(err, HC_EUSAGE, "--html", N_("given twice"));
	in->html = path;
	return 0;
}

static int take_event_log(struct inputs *in, const char *path, struct error *err)
{
	if (in->has_event_log)
		return error_fail(err, HC_EUSAGE, "--event-log", "given twice");
	in->has_event_log = true;
	return file_read(&in->event_log, path, CCEL_LOG_MAX, err);
}

/* All of them belong to verify; show has --json and what says so. */
static const struct option {
	const char *name;
	bool show;
	int (*take)(struct inputs *in, const char *value, struct error *err);
} options[] = {
	{"--endorsements", false, take_endorsements},
	{"--root", false, take_root},
	{"--policy", false, take_policy},
	{"--report-data", false, take_report_data},
	{"--at", false, take_at},
	{"--event-log", true, take_event_log},
	{"--state", false, take_state},
	{"--html", false, take_html},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

/* The option that `word` is, as "--name" or as "--name=value"; NULL for none of this command. */
static const struct option *find_option(const char *command, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < OPTIONS; i++)
		if ((options[i].show || !strcmp(command, "verify")) &&
			strlen(options[i].name) == len && !strncmp(word, options[i].name, len))
			return &options[i];
	return NULL;
}

static int take_option(struct inputs *in, const char *command, char ***argv, struct error *err)
{
	const char *word = **argv, *equals = strchr(word, '=');
	const struct option *option = find_option(command, word);

	if (!option) {
		error_fail(err, HC_EUSAGE, command, "\"%.60s\"", word);
		return error_remedy(err, "hc-check %.20s --help lists the options", command);
	}
	if (equals)
		return option->take(in, equals + 1, err);
	if (!(*argv)[1])
		return error_fail(err, HC_EUSAGE, word, N_("no value"));
	return option->take(in, *++*argv, err);
}

/*
 * What an extended guest request gave, saved in one file: the report, and behind it the certificate
 * table, whose pieces are endorsements like any other. The evidence is the report alone.
 */
static int take_table(struct inputs *in, struct error *err)
{
	struct view table;
	int rc;

	if (!cert_table_follows(bytes_view(&in->evidence), SNP_REPORT_SIZE, &table))
		return 0;
	rc = endorsements_add(in->endorsements, table, NULL, err);
	in->evidence.len = SNP_REPORT_SIZE;
	return rc == HC_EUNSUPPORTED ? 0 : rc;
}

static int take_evidence(struct inputs *in, const char *path, struct error *err)
{
	struct stat st;
	int rc;

	if (in->has_evidence)
		return error_fail(
			err, HC_EUSAGE, "EVIDENCE", N_("\"%.60s\" besides another"), path);
	in->has_evidence = true;
	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		error_fail(err, HC_EUSAGE, path, N_("a folder"));
		error_remedy(err, "name the file with the report in it");
		return HC_EUSAGE;
	}
	rc = file_read(&in->evidence, path, EVIDENCE_SIZE_MAX, err);
	return rc ? rc : take_table(in, err);
}

/* As wide as the terminal, within reason; 0 where it is none, so that a line stays a fact. */
static unsigned int terminal_width(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col < 60 ? 60 : size.ws_col > 120 ? 120 : size.ws_col;
}

static void set_style(struct inputs *out, enum messages_lang lang)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	out->at = (int64_t)time(NULL);
	out->style.lang = lang;
	out->style.made_at = out->at;
	out->style.width = terminal_width();
	out->style.colour = isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) &&
			    !(term && !strcmp(term, "dumb"));
	out->style.program = "hc-check " HC_VERSION;
}

static int complete(const struct inputs *in, const char *command, struct error *err)
{
	if (!in->has_evidence)
		return error_fail(err, HC_EUSAGE, command, N_("no EVIDENCE"));
	if (!in->json || !in->html || strcmp(in->html, "-"))
		return 0;
	error_fail(err, HC_EUSAGE, "--html", N_("standard output, besides --json"));
	return error_expected(err, "a file");
}

int inputs_read(struct inputs *out, const char *command, char **argv, enum messages_lang lang,
	struct error *err)
{
	int rc = endorsements_new(&out->endorsements);

	if (!rc)
		rc = roots_init(&out->roots);
	if (rc)
		return error_fail(err, rc, "hc-check", N_("cannot start"));
	set_style(out, lang);
	for (; *argv && !rc; argv++) {
		if (!strcmp(*argv, "--json"))
			out->json = true;
		else if (!strncmp(*argv, "--", 2))
			rc = take_option(out, command, &argv, err);
		else
			rc = take_evidence(out, *argv, err);
	}
	return rc ? rc : complete(out, command, err);
}

void inputs_free(struct inputs *in)
{
	bytes_free(&in->evidence);
	bytes_free(&in->event_log);
	endorsements_free(in->endorsements);
	roots_fini(&in->roots);
	policy_free(&in->policy);
	in->endorsements = NULL;
}
