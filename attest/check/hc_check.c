/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check: the tenant's tool. Finds the command and the language; the commands do the rest, each
 * in its own file. Opens no connection, and decides nothing that the library has not decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/check/command.h"
#include "common/version.h"

static const struct command *const commands[] = {
	&command_verify,
	&command_show,
	&command_policy,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *to, enum messages_lang lang)
{
	fputs(messages_text(lang, N_("usage: hc-check COMMAND [ARGUMENT]... [--lang fr|en]\n\n")),
		to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-8s  %s\n", commands[i]->name,
			messages_text(lang, commands[i]->summary));
	fputs(messages_text(
		      lang, N_("\nhc-check COMMAND --help describes one; hc-check --version.\n"
			       "Files are read, no connection is opened. The language is that of "
			       "LC_ALL,\n"
			       "LC_MESSAGES or LANG unless --lang names it.\n"
			       "\n"
			       "Exit status: 0 trusted, or done; 1 rejected; 2 undecided; 3 wrong "
			       "usage or\n"
			       "unusable file.\n")),
		to);
}

static int set_lang(enum messages_lang *lang, const char *value, struct error *err)
{
	if (!value || (strcmp(value, "fr") && strcmp(value, "en"))) {
		error_fail(err, HC_EUSAGE, "--lang", "\"%.20s\"", value ? value : "");
		return error_expected(err, "fr or en");
	}
	*lang = !strcmp(value, "fr") ? MESSAGES_FR : MESSAGES_EN;
	return 0;
}

/* --lang may stand anywhere, and is in force for what is wrong with the words before it too. */
static int take_lang(enum messages_lang *lang, char **argv, struct error *err)
{
	char **kept = argv;
	int rc = 0;

	for (; *argv && !rc; argv++) {
		if (!strncmp(*argv, "--lang=", 7))
			rc = set_lang(lang, *argv + 7, err);
		else if (strcmp(*argv, "--lang"))
			*kept++ = *argv;
		else if (!(rc = set_lang(lang, argv[1], err)))
			argv++;
	}
	*kept = NULL;
	return rc;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run(const struct command *command, char **argv, enum messages_lang lang)
{
	for (char **word = argv; *word; word++) {
		if (!is_help(*word))
			continue;
		fputs(messages_text(lang, command->usage), stdout);
		return command_flush(COMMAND_TRUSTED, lang);
	}
	return command->run(argv, lang);
}

static int no_command(const char *word, enum messages_lang lang)
{
	struct error err;

	if (!word) {
		print_usage(stderr, lang);
		return COMMAND_UNUSABLE;
	}
	error_fail(&err, HC_EUSAGE, "hc-check", "\"%.60s\"", word);
	error_expected(&err, "a command");
	error_remedy(&err, "hc-check --help lists them");
	return command_fail(&err, lang);
}

int main(int argc, char **argv)
{
	enum messages_lang lang =
		messages_lang_of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"));
	struct error err;

	if (argc < 1)
		return COMMAND_UNUSABLE;
	if (take_lang(&lang, argv + 1, &err))
		return command_fail(&err, lang);
	for (size_t i = 0; argv[1] && i < COMMANDS; i++)
		if (!strcmp(argv[1], commands[i]->name))
			return run(commands[i], argv + 2, lang);
	if (argv[1] && is_help(argv[1]))
		print_usage(stdout, lang);
	else if (argv[1] && !strcmp(argv[1], "--version"))
		puts("hc-check " HC_VERSION);
	else
		return no_command(argv[1], lang);
	return command_flush(COMMAND_TRUSTED, lang);
}
