/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about bits, whatever the field: reading them, and judging by them. */
#include <stdio.h>

#include "attest/policy/policy_check.h"
#include "attest/policy/policy_read.h"

static void read_bit(struct policy_reader *r, const char *path, uint64_t mask, const char *rule,
	struct policy_bits *out)
{
	static const char *const rules[] = {"any", "required-0", "required-1", NULL};
	int n = policy_read_choice(r, rule, path, rules, "any, required-0 or required-1");

	out->named |= mask;
	if (n == 1)
		out->zero |= mask;
	else if (n == 2)
		out->one |= mask;
}

void policy_read_bits(struct policy_reader *r, const json_t *obj, const char *path,
	const char *name, const struct evidence_bit *table, struct policy_bits *out)
{
	struct policy_place place = policy_place_of(path, name);
	const json_t *bits = policy_read_object(r, obj, path, name);
	/* One for each bit of the 64, and the end; a table that had more would refuse the rest. */
	const char *known[64 + 1] = {NULL};
	size_t count = 0;

	for (const struct evidence_bit *bit = table; bits && bit->mask && count < 64; bit++) {
		const char *rule;

		if (bit->kind == EVIDENCE_BIT_FIXED)
			continue;
		known[count++] = bit->name;
		rule = policy_read_text(r, bits, place.text, bit->name);
		if (rule)
			read_bit(r, policy_place_of(place.text, bit->name).text, bit->mask, rule,
				out);
	}
	if (bits)
		policy_read_only(r, bits, place.text, known);
}

enum policy_unknown_bits policy_read_unknown_bits(
	struct policy_reader *r, const json_t *obj, const char *path)
{
	static const char *const rules[] = {"refuse", "warn", "ignore", NULL};
	const char *text = policy_read_text(r, obj, path, "unknown_bits");
	int n;

	if (!text)
		return POLICY_UNKNOWN_UNSTATED;
	n = policy_read_choice(r, text, policy_place_of(path, "unknown_bits").text, rules,
		"refuse, warn or ignore");
	return n < 0 ? POLICY_UNKNOWN_REFUSE
		     : (enum policy_unknown_bits)(POLICY_UNKNOWN_REFUSE + n);
}

void policy_judge_unknown_bits(const struct judge *j, const char *id,
	const struct evidence_bit *table, uint64_t bits, enum policy_unknown_bits rule)
{
	struct check *check;
	char found[160];

	if (!bits) {
		verdict_add(j->v, id, CHECK_PASS);
		return;
	}
	evidence_bits_format(table, bits, found, sizeof(found));
	if (rule == POLICY_UNKNOWN_REFUSE) {
		check = verdict_add(j->v, id, CHECK_FAIL);
		check_set_found(check, "%s", found);
		check_set_expected(check, "only bits with a known meaning");
		return;
	}
	check = policy_judge_broken(j, id, POLICY_LOOSEN_UNKNOWN_BITS, found);
	if (rule == POLICY_UNKNOWN_IGNORE)
		check->warning = false;
}

static void list_bits(
	char *out, size_t cap, const struct evidence_bit *table, uint64_t which, uint64_t value)
{
	size_t len = 0;

	out[0] = '\0';
	for (; table->mask; table++)
		if (which & table->mask && len < cap)
			len += (size_t)snprintf(out + len, cap - len, "%s%s=%d", len ? ", " : "",
				table->name, (value & table->mask) != 0);
}

void policy_judge_bits(const struct judge *j, const char *id, const struct policy_bits *rule,
	const struct evidence_bit *table, uint64_t value)
{
	uint64_t wrong = (rule->one & ~value) | (rule->zero & value);
	struct check *check;
	char text[200];

	if (!(rule->one | rule->zero))
		return;
	check = verdict_add(j->v, id, wrong ? CHECK_FAIL : CHECK_PASS);
	if (!wrong)
		return;
	list_bits(text, sizeof(text), table, wrong, value);
	check_set_found(check, "%s", text);
	list_bits(text, sizeof(text), table, wrong, rule->one);
	check_set_expected(check, "%s", text);
}
