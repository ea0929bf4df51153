/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hc-check policy lint: all that the reader refuses, and what it takes but was perhaps not meant.
 * Nothing here has a part in judging evidence.
 */
#include <stdarg.h>

#include "attest/check/policy_command.h"
#include "common/file.h"
#include "common/text.h"
#include "common/timefmt.h"

void lint_warn(struct lint *l, const char *path, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), messages_text(l->job->lang, fmt), ap);
	va_end(ap);
	text_clean(text);
	printf(messages_text(l->job->lang, N_("%s: warning: %s: %s\n")), l->job->file, path, text);
	l->warnings++;
}

static const char *in_english(const char *msgid)
{
	return msgid;
}

static const char *in_french(const char *msgid)
{
	return messages_text(MESSAGES_FR, msgid);
}

static void print_problem(void *ctx, const struct error *err)
{
	struct lint *l = ctx;
	char text[1024];

	error_format_with(
		err, l->job->lang == MESSAGES_FR ? in_french : in_english, text, sizeof(text));
	printf(messages_text(l->job->lang, N_("%s: error: %s\n")), l->job->file, text);
	l->errors++;
}

static void lint_loosening(struct lint *l, const struct policy_block *block,
	enum policy_loosening what, const char *path)
{
	const struct policy_loosened *entry = &block->loosen[what];
	char until[TIMEFMT_SIZE];

	if (!entry->present)
		return;
	timefmt_rfc3339(until, entry->until, -1);
	if (l->job->at >= entry->until)
		lint_warn(l, path, "the loosening \"%s\" lapsed at %s: the default holds again",
			policy_loosening_name(what), until);
	else if (entry->until - l->job->at <= POLICY_SOON_S)
		lint_warn(l, path, "the loosening \"%s\" lapses soon, at %s; its owner is %s",
			policy_loosening_name(what), until, entry->owner);
}

static void lint_block(struct lint *l, size_t i)
{
	const struct policy_block *block = &l->policy->block[i];
	char path[96], loosen[112];

	snprintf(path, sizeof(path), "policy.accept[%zu] \"%s\"", i, block->name);
	snprintf(loosen, sizeof(loosen), "%s loosen", path);
	for (int k = 0; k < POLICY_LOOSEN_COUNT; k++)
		lint_loosening(l, block, (enum policy_loosening)k, loosen);
	if (block->tee == CLAIMS_SEV_SNP)
		lint_snp(l, block, path);
	else if (block->tee == CLAIMS_TDX)
		lint_tdx(l, block, path);
}

static int finish(const struct lint *l)
{
	if (l->errors)
		printf(messages_text(l->job->lang, N_("%s: not a policy, errors: %u\n")),
			l->job->file, l->errors);
	else if (l->warnings)
		printf(messages_text(l->job->lang, N_("%s: a policy, warnings: %u\n")),
			l->job->file, l->warnings);
	else
		printf(messages_text(l->job->lang, N_("%s: a policy, nothing to say\n")),
			l->job->file);
	return command_flush(l->errors                       ? COMMAND_REJECTED
			     : l->warnings && l->job->strict ? COMMAND_UNDECIDED
							     : COMMAND_TRUSTED,
		l->job->lang);
}

int policy_lint(const struct policy_job *job)
{
	struct policy policy;
	struct lint l = {.job = job, .policy = &policy};
	struct bytes text = {0};
	struct error err;
	int rc = file_read(&text, job->file, POLICY_SIZE_MAX, &err), status;

	if (rc)
		return command_fail(&err, job->lang);
	rc = policy_read(&policy, bytes_view(&text), print_problem, &l, &err);
	if (rc && !l.errors) {
		status = command_fail(&err, job->lang);
	} else {
		for (size_t i = 0; !rc && i < policy.block_count; i++)
			lint_block(&l, i);
		status = finish(&l);
	}
	policy_free(&policy);
	bytes_free(&text);
	return status;
}
