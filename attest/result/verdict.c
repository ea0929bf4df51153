/* SPDX-License-Identifier: Apache-2.0 */
/* Recording checks, and what they amount to. verdict_decide is the only place that trusts. */
#include "attest/result/verdict.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/text.h"

void verdict_reset(struct verdict *v, enum messages_lang lang)
{
	memset(v, 0, offsetof(struct verdict, check));
	v->lang = lang;
}

void verdict_copy(struct verdict *to, const struct verdict *from)
{
	memcpy(to, from,
		offsetof(struct verdict, check) + from->check_count * sizeof(*from->check));
}

const struct check *verdict_find(const struct verdict *v, const char *id)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (!strcmp(v->check[i].def->id, id))
			return &v->check[i];
	return NULL;
}

static const struct check *find_in_block(
	const struct verdict *v, const struct check_def *def, size_t block)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].def == def && v->check[i].block == block)
			return &v->check[i];
	return NULL;
}

struct check *verdict_add(struct verdict *v, const char *id, enum check_outcome outcome)
{
	/* What has no place is written over the last entry, and the verdict spoilt for good. */
	struct check *check = &v->check[VERDICT_CHECKS_MAX - 1];
	const struct check_def *def = check_def_find(id);
	size_t block = def && def->group == CHECK_GROUP_POLICY ? v->block_count : 0;

	if (!def || find_in_block(v, def, block) || v->check_count >= VERDICT_CHECKS_MAX - 1)
		v->overflow = true;
	else
		check = &v->check[v->check_count++];
	check->def = def;
	check->outcome = outcome;
	check->lang = v->lang;
	check->block = (uint8_t)block;
	check->warning = false;
	check->found[0] = '\0';
	check->expected[0] = '\0';
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

/* What is cut says so: a reader must not take the first half for the whole. */
static void set_text(char *out, size_t cap, const char *fmt, va_list ap) HC_PRINTF(3, 0);
static void set_text(char *out, size_t cap, const char *fmt, va_list ap)
{
	static const char cut[] = "...";
	int len = vsnprintf(out, cap, fmt, ap);

	if (len >= 0 && (size_t)len < cap) {
		text_clean(out);
		return;
	}
	out[len < 0 ? 0 : cap - sizeof(cut)] = '\0';
	trim_utf8(out);
	text_clean(out);
	memcpy(out + strlen(out), cut, sizeof(cut));
}

void check_set_found(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(check->found, sizeof(check->found), messages_text(check->lang, fmt), ap);
	va_end(ap);
}

void check_set_expected(struct check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(check->expected, sizeof(check->expected), messages_text(check->lang, fmt), ap);
	va_end(ap);
}

void check_warn(struct check *check)
{
	check->warning = true;
}

bool check_warned(const struct check *check)
{
	return check->outcome == CHECK_PASS && check->warning;
}

const char *verdict_text(const struct verdict *v, const char *msgid)
{
	return messages_text(v->lang, msgid);
}

struct check *verdict_add_error(struct verdict *v, const char *id, const struct error *err)
{
	struct check *check =
		verdict_add(v, id, err->code == HC_EMISSING ? CHECK_UNDECIDED : CHECK_FAIL);
	const char *(*text)(const char *) =
		v->lang == MESSAGES_FR ? messages_in_french : messages_in_english;
	char part[256];

	error_found_with(err, text, part, sizeof(part));
	if (!err->found[0])
		check_set_found(check, "%s", text(error_sentence(err->code)));
	else if (!err->where[0])
		check_set_found(check, "%s", part);
	else
		check_set_found(check, "%s: %s", err->where, part);
	error_expected_with(err, text, part, sizeof(part));
	check_set_expected(check, "%s", part);
	return check;
}

static bool any(
	const struct verdict *v, enum check_group group, size_t block, enum check_outcome outcome)
{
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].def->group == group && v->check[i].block == block &&
			v->check[i].outcome == outcome)
			return true;
	return false;
}

/*
 * Every mandatory check of the group, for this kind of evidence, was made and passed: in the block,
 * or outside of all blocks.
 */
static bool all_passed(const struct verdict *v, enum check_group group, size_t block)
{
	const struct check_def *def;

	for (size_t i = 0; (def = check_def_at(i)); i++) {
		const struct check *check;

		if (def->group != group || !def->mandatory)
			continue;
		if (def->tee != CLAIMS_NONE && def->tee != v->claims.tee)
			continue;
		check = find_in_block(v, def, block);
		if (!check)
			check = find_in_block(v, def, 0);
		if (!check || check->outcome != CHECK_PASS)
			return false;
	}
	return true;
}

/* Of the policy group; block 0 is a policy without blocks. */
static enum check_outcome block_outcome(const struct verdict *v, size_t block)
{
	if (any(v, CHECK_GROUP_POLICY, block, CHECK_FAIL))
		return CHECK_FAIL;
	if (any(v, CHECK_GROUP_POLICY, block, CHECK_UNDECIDED))
		return CHECK_UNDECIDED;
	return all_passed(v, CHECK_GROUP_POLICY, block) ? CHECK_PASS : CHECK_UNDECIDED;
}

enum check_outcome verdict_block_outcome(const struct verdict *v)
{
	return block_outcome(v, v->block_count);
}

/* A block whose checks were dropped has the outcome it had then. */
static void settle_blocks(struct verdict *v)
{
	for (size_t i = 0; i < v->block_count; i++)
		for (size_t k = 0; k < v->check_count; k++)
			if (v->check[k].block == i + 1) {
				v->block[i].outcome = block_outcome(v, i + 1);
				break;
			}
}

void verdict_block_begin(struct verdict *v, const char *name)
{
	struct verdict_block *block;

	if (v->block_count == VERDICT_BLOCKS_MAX) {
		v->overflow = true;
		return;
	}
	block = &v->block[v->block_count++];
	snprintf(block->name, sizeof(block->name), "%s", name);
	block->outcome = CHECK_UNDECIDED;
}

void verdict_block_keep(struct verdict *v)
{
	size_t kept = 0;

	settle_blocks(v);
	for (size_t i = 0; i < v->check_count; i++) {
		if (v->check[i].block && v->check[i].block != v->block_count)
			continue;
		if (kept != i)
			v->check[kept] = v->check[i];
		kept++;
	}
	v->check_count = kept;
}

enum check_outcome verdict_policy_outcome(const struct verdict *v)
{
	bool all_failed = v->block_count > 0;

	if (!v->block_count)
		return block_outcome(v, 0);
	for (size_t i = 0; i < v->block_count; i++)
		all_failed = all_failed && v->block[i].outcome == CHECK_FAIL;
	if (any(v, CHECK_GROUP_POLICY, 0, CHECK_FAIL) || all_failed)
		return CHECK_FAIL;
	if (any(v, CHECK_GROUP_POLICY, 0, CHECK_UNDECIDED))
		return CHECK_UNDECIDED;
	return v->accepted_by ? CHECK_PASS : CHECK_UNDECIDED;
}

/* Only a block whose checks are all there can accept. */
static enum check_outcome decide_policy(struct verdict *v)
{
	settle_blocks(v);
	for (size_t i = 0; i < v->block_count && !v->accepted_by; i++)
		if (block_outcome(v, i + 1) == CHECK_PASS)
			v->accepted_by = (uint8_t)(i + 1);
	return verdict_policy_outcome(v);
}

static enum authentic_value decide_authentic(const struct verdict *v)
{
	if (any(v, CHECK_GROUP_AUTHENTICITY, 0, CHECK_FAIL))
		return AUTHENTIC_NO;
	if (any(v, CHECK_GROUP_AUTHENTICITY, 0, CHECK_UNDECIDED) || v->overflow || !v->has_root ||
		v->claims.tee == CLAIMS_NONE)
		return AUTHENTIC_UNDECIDED;
	return all_passed(v, CHECK_GROUP_AUTHENTICITY, 0) ? AUTHENTIC_YES : AUTHENTIC_UNDECIDED;
}

/*
 * A revocation state that is not known is the business of policy.revocation, which is mandatory; a
 * failed or a revoked one is final.
 */
void verdict_decide(struct verdict *v)
{
	enum check_outcome policy;

	v->value = VERDICT_UNDECIDED;
	v->accepted_by = 0;
	v->authentic = decide_authentic(v);
	policy = decide_policy(v);
	if (any(v, CHECK_GROUP_AUTHENTICITY, 0, CHECK_FAIL) ||
		any(v, CHECK_GROUP_REVOCATION, 0, CHECK_FAIL) || policy == CHECK_FAIL ||
		v->revocation == REVOCATION_REVOKED) {
		v->value = VERDICT_REJECTED;
		return;
	}
	if (v->authentic == AUTHENTIC_YES && !v->overflow && policy == CHECK_PASS)
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

const char *check_group_name(enum check_group group)
{
	static const char *const names[] = {
		[CHECK_GROUP_AUTHENTICITY] = "authenticity",
		[CHECK_GROUP_REVOCATION] = "revocation",
		[CHECK_GROUP_POLICY] = "policy",
	};

	return names[group];
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

const char *link_signature_name(enum link_signature signs)
{
	static const char *const names[] = {"unknown", "good", "bad"};

	return names[signs];
}

const char *link_anchor_name(enum link_anchor anchor)
{
	static const char *const names[] = {"none", "builtin", "named", "unknown"};

	return names[anchor];
}

const char *verdict_authentic_text(enum authentic_value value, enum messages_lang lang)
{
	static const char *const names[] = {N_("undecided"), N_("yes"), N_("no")};

	return messages_text(lang, names[value]);
}

const char *verdict_revocation_text(enum revocation_value value, enum messages_lang lang)
{
	static const char *const names[] = {
		N_("state unknown"), N_("nothing is revoked"), N_("revoked")};

	return messages_text(lang, names[value]);
}

void check_text(const struct check *check, enum messages_lang lang, char *buf, size_t cap)
{
	const struct check_def *def = check->def;
	const char *text =
		messages_text(lang, check->outcome == CHECK_FAIL ? def->fail : def->pass);

	if (check->outcome == CHECK_UNDECIDED)
		snprintf(buf, cap, messages_text(lang, "Not established: %s"), text);
	else if (check->outcome == CHECK_SKIPPED)
		snprintf(buf, cap, messages_text(lang, "Not looked at: %s"), text);
	else
		snprintf(buf, cap, "%s", text);
	if (cap)
		trim_utf8(buf);
}
