/* SPDX-License-Identifier: Apache-2.0 */
/* Recording checks, and what they amount to. verdict_decide is the only place that trusts. */
#include "attest/result/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

const struct check *verdict_find(const struct verdict *v, const char *id)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (!strcmp(v->check[i].def->id, id))
			return &v->check[i];
	return NULL;
}

struct check *verdict_add(struct verdict *v, const char *id, enum check_outcome outcome)
{
	/* What has no place is written over the last entry, and the verdict spoilt for good. */
	struct check *check = &v->check[VERDICT_CHECKS_MAX - 1];
	const struct check_def *def = check_def_find(id);

	if (!def || verdict_find(v, id) || v->check_count >= VERDICT_CHECKS_MAX - 1)
		v->overflow = true;
	else
		check = &v->check[v->check_count++];
	memset(check, 0, sizeof(*check));
	check->def = def;
	check->outcome = outcome;
	return check;
}

/* Text that was cut may end inside a character; JSON takes whole ones only (RFC 3629). */
static void trim_utf8(char *text)
{
	size_t len = strlen(text), start = len;

	while (start && len - start < 3 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start && (uint8_t)text[start - 1] >= 0xc0) {
		uint8_t lead = (uint8_t)text[start - 1];
		size_t need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;

		if (len - start < need)
			text[start - 1] = '\0';
	}
}

void check_set_found(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(check->found, sizeof(check->found), fmt, ap);
	va_end(ap);
	trim_utf8(check->found);
	text_clean(check->found);
}

void check_set_expected(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(check->expected, sizeof(check->expected), fmt, ap);
	va_end(ap);
	trim_utf8(check->expected);
	text_clean(check->expected);
}

struct check *verdict_add_error(struct verdict *v, const char *id, const struct error *err)
{
	struct check *check =
		verdict_add(v, id, err->code == HC_EMISSING ? CHECK_UNDECIDED : CHECK_FAIL);

	if (err->where[0] && err->found[0])
		check_set_found(check, "%s: %s", err->where, err->found);
	else
		check_set_found(
			check, "%s", err->found[0] ? err->found : error_sentence(err->code));
	check_set_expected(check, "%s", err->expected);
	return check;
}

static bool any(const struct verdict *v, enum check_group group, enum check_outcome outcome)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].def->group == group && v->check[i].outcome == outcome)
			return true;
	return false;
}

/* Every mandatory check of the group, for this kind of evidence, was made and passed. */
static bool all_passed(const struct verdict *v, enum check_group group)
{
	const struct check_def *def;

	for (size_t i = 0; (def = check_def_at(i)); i++) {
		const struct check *check;

		if (def->group != group || !def->mandatory)
			continue;
		if (def->tee != CLAIMS_NONE && def->tee != v->claims.tee)
			continue;
		check = verdict_find(v, def->id);
		if (!check || check->outcome != CHECK_PASS)
			return false;
	}
	return true;
}

static enum authentic_value decide_authentic(const struct verdict *v)
{
	if (any(v, CHECK_GROUP_AUTHENTICITY, CHECK_FAIL))
		return AUTHENTIC_NO;
	if (any(v, CHECK_GROUP_AUTHENTICITY, CHECK_UNDECIDED) || v->overflow || !v->has_root ||
		v->claims.tee == CLAIMS_NONE)
		return AUTHENTIC_UNDECIDED;
	return all_passed(v, CHECK_GROUP_AUTHENTICITY) ? AUTHENTIC_YES : AUTHENTIC_UNDECIDED;
}

/*
 * A revocation state that is not known is the business of policy.revocation, which is mandatory; a
 * failed or a revoked one is final.
 */
void verdict_decide(struct verdict *v)
{
	v->value = VERDICT_UNDECIDED;
	v->authentic = decide_authentic(v);
	if (any(v, CHECK_GROUP_AUTHENTICITY, CHECK_FAIL) ||
		any(v, CHECK_GROUP_REVOCATION, CHECK_FAIL) ||
		any(v, CHECK_GROUP_POLICY, CHECK_FAIL) || v->revocation == REVOCATION_REVOKED) {
		v->value = VERDICT_REJECTED;
		return;
	}
	if (v->authentic != AUTHENTIC_YES || v->overflow ||
		any(v, CHECK_GROUP_POLICY, CHECK_UNDECIDED))
		return;
	if (all_passed(v, CHECK_GROUP_POLICY))
		v->value = VERDICT_TRUSTED;
}

const char *verdict_name(enum verdict_value value)
{
	switch (value) {
	case VERDICT_TRUSTED:
		return "TRUSTED";
	case VERDICT_REJECTED:
		return "REJECTED";
	default:
		return "UNDECIDED";
	}
}

const char *verdict_authentic_name(enum authentic_value value)
{
	switch (value) {
	case AUTHENTIC_YES:
		return "yes";
	case AUTHENTIC_NO:
		return "no";
	default:
		return "undecided";
	}
}

const char *verdict_revocation_name(enum revocation_value value)
{
	switch (value) {
	case REVOCATION_GOOD:
		return "good";
	case REVOCATION_REVOKED:
		return "revoked";
	default:
		return "unknown";
	}
}

const char *check_outcome_name(enum check_outcome outcome)
{
	switch (outcome) {
	case CHECK_PASS:
		return "pass";
	case CHECK_FAIL:
		return "fail";
	case CHECK_SKIPPED:
		return "skipped";
	default:
		return "undecided";
	}
}

void check_text(const struct check *check, enum verdict_lang lang, char *buf, size_t cap)
{
	const struct check_def *def = check->def;
	bool fr = lang == VERDICT_FR;
	const char *before = "";

	if (check->outcome == CHECK_UNDECIDED)
		before = fr ? "Non établi : " : "Not established: ";
	else if (check->outcome == CHECK_SKIPPED)
		before = fr ? "Non examiné : " : "Not looked at: ";
	if (check->outcome == CHECK_FAIL)
		snprintf(buf, cap, "%s", fr ? def->fail_fr : def->fail_en);
	else
		snprintf(buf, cap, "%s%s", before, fr ? def->pass_fr : def->pass_en);
}
