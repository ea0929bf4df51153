/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of hc-check, one file each, and what they share. Part of the program, not of the
 * library: commands read files and print. A new one is a struct command here and a line in
 * hc_check.c.
 */
#ifndef HC_ATTEST_CHECK_COMMAND_H
#define HC_ATTEST_CHECK_COMMAND_H

#include <jansson.h>

#include "common/error.h"
#include "common/messages.h"

/* What every command exits with; docs/hc-check.md promises them. */
enum command_exit {
	COMMAND_TRUSTED = 0, /* and for whatever judges nothing: done */
	COMMAND_REJECTED = 1,
	COMMAND_UNDECIDED = 2,
	COMMAND_UNUSABLE = 3, /* wrong usage, or a file that cannot be used; nothing was judged */
};

struct command {
	const char *name;
	const char *summary; /* a message: one line for `hc-check --help`, without newline */
	const char *usage;   /* a message: what `hc-check NAME --help` prints */
	/* `argv` is what follows the name, without --lang; ends in NULL. Returns the exit status.
	 */
	int (*run)(char **argv, enum messages_lang lang);
};

extern const struct command command_verify, command_show, command_policy;

/* Print the error on standard error; returns COMMAND_UNUSABLE. */
int command_fail(const struct error *err, enum messages_lang lang);

/* Print the object on standard output, and give it back to jansson. */
HC_MUST_USE int command_print_json(json_t *obj, struct error *err);

/* `status`, if all of standard output was written: a result that did not arrive is none. */
int command_flush(int status, enum messages_lang lang);

#endif
