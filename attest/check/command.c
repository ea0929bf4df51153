/* SPDX-License-Identifier: Apache-2.0 */
/* How every command of hc-check ends. */
#include "attest/check/command.h"

#include <errno.h>
#include <stdio.h>

int command_fail(const struct error *err, enum messages_lang lang)
{
	char text[1024];

	error_format_with(err, lang == MESSAGES_FR ? messages_in_french : messages_in_english, text,
		sizeof(text));
	fprintf(stderr, "hc-check: %s\n", text);
	return COMMAND_UNUSABLE;
}

int command_print_json(json_t *obj, struct error *err)
{
	int rc = json_dumpf(obj, stdout, JSON_INDENT(2));

	json_decref(obj);
	putchar('\n');
	return rc ? error_fail(err, HC_EIO, "output", N_("cannot write JSON")) : 0;
}

int command_flush(int status, enum messages_lang lang)
{
	struct error err;

	if (!fflush(stdout) && !ferror(stdout))
		return status;
	error_fail(&err, HC_EIO, messages_text(lang, N_("standard output")), "%s",
		error_errno_text(errno));
	return command_fail(&err, lang);
}
