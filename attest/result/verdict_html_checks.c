/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the page: every check, and every claim. */
#include "attest/result/verdict_html.h"

void verdict_html_icons(struct html *h)
{
	html_markup(h,
		"<svg class=\"defs\" aria-hidden=\"true\"><defs>\n"
		"<symbol id=\"i0\" viewBox=\"0 0 20 20\"><circle cx=\"10\" cy=\"10\" r=\"8.6\" "
		"fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.8\"/><path d=\"M7.3 "
		"7.8a2.7 2.7 0 1 1 3.9 2.4c-.8.4-1.2.9-1.2 1.8M10 14.6v.1\" fill=\"none\" "
		"stroke=\"currentColor\" stroke-width=\"1.8\" "
		"stroke-linecap=\"round\"/></symbol>\n");
	html_markup(h, "<symbol id=\"i1\" viewBox=\"0 0 20 20\"><circle cx=\"10\" cy=\"10\" "
		       "r=\"9.4\" fill=\"currentColor\"/><path d=\"M5.6 10.4l3 3 5.8-6.4\" "
		       "fill=\"none\" stroke=\"var(--paper)\" stroke-width=\"2.2\" "
		       "stroke-linecap=\"round\" stroke-linejoin=\"round\"/></symbol>\n");
	html_markup(h, "<symbol id=\"i2\" viewBox=\"0 0 20 20\"><path d=\"M6.2 1h7.6L19 "
		       "6.2v7.6L13.8 19H6.2L1 13.8V6.2z\" fill=\"currentColor\"/><path d=\"M6.6 "
		       "6.6l6.8 6.8M13.4 6.6l-6.8 6.8\" stroke=\"var(--paper)\" "
		       "stroke-width=\"2.2\" stroke-linecap=\"round\"/></symbol>\n");
	html_markup(h,
		"<symbol id=\"i3\" viewBox=\"0 0 20 20\"><circle cx=\"10\" cy=\"10\" r=\"8.6\" "
		"fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.4\" "
		"stroke-dasharray=\"3 2.4\"/><path d=\"M6.4 10h7.2\" stroke=\"currentColor\" "
		"stroke-width=\"1.8\" stroke-linecap=\"round\"/></symbol>\n");
	html_markup(h, "<symbol id=\"i4\" viewBox=\"0 0 20 20\"><path d=\"M10 1.4L19.4 18.2H.6z\" "
		       "fill=\"currentColor\" stroke=\"currentColor\" stroke-width=\"1.2\" "
		       "stroke-linejoin=\"round\"/><path d=\"M10 7.2v5M10 15.2v.1\" "
		       "stroke=\"var(--paper)\" stroke-width=\"2.2\" "
		       "stroke-linecap=\"round\"/></symbol>\n"
		       "</defs></svg>\n");
}

void verdict_html_icon(struct html *h, enum check_outcome outcome)
{
	html_markup(h,
		"<svg class=\"icon %s\" aria-hidden=\"true\"><use "
		"href=\"#i%d\"/></svg>",
		check_outcome_name(outcome), (int)outcome);
}

void verdict_html_warning_icon(struct html *h)
{
	html_markup(h, "<svg class=\"icon warning\" aria-hidden=\"true\"><use "
		       "href=\"#i4\"/></svg>");
}

void verdict_html_check_icon(struct html *h, const struct check *check)
{
	if (check_warned(check))
		verdict_html_warning_icon(h);
	else
		verdict_html_icon(h, check->outcome);
}

void verdict_html_anchor(struct html *h, const struct verdict *v, const struct check *check)
{
	html_markup(h, "c%u", (unsigned int)(check - v->check));
}

static void put_pair(struct html *h, const char *name, const char *value)
{
	if (!value[0])
		return;
	html_markup(h, "<dt>");
	html_say(h, name);
	html_markup(h, "</dt><dd><bdi>");
	html_text(h, value);
	html_markup(h, "</bdi></dd>");
}

static void put_pairs(struct html *h, const struct check *check)
{
	if (!check->found[0] && !check->expected[0])
		return;
	html_markup(h, "<dl>");
	put_pair(h, N_("found"), check->found);
	put_pair(h, N_("expected"), check->expected);
	html_markup(h, "</dl>");
}

static void put_outcome(struct html *h, const struct check *check)
{
	bool warned = check_warned(check);

	html_markup(h, "<td class=\"outcome %s\">",
		warned ? "warning" : check_outcome_name(check->outcome));
	verdict_html_check_icon(h, check);
	html_markup(h, " ");
	if (warned)
		html_say(h, N_("passed, with a warning"));
	else
		html_text(h, check_outcome_text(check->outcome, h->lang));
	html_markup(h, "</td>");
}

static void put_check(struct html *h, const struct verdict *v, const struct check *check)
{
	char text[256];

	check_text(check, h->lang, text, sizeof(text));
	html_markup(h, "<tr id=\"");
	verdict_html_anchor(h, v, check);
	html_markup(h, "\">");
	put_outcome(h, check);
	html_markup(h, "<th class=\"what\" scope=\"row\">");
	html_text(h, text);
	html_markup(h, " <code>");
	html_text(h, check->def->id);
	html_markup(h, "</code></th><td>");
	put_pairs(h, check);
	html_markup(h, "</td><td class=\"section\">");
	html_text(h, check->def->section);
	html_markup(h, "</td></tr>\n");
}

static size_t count(const struct verdict *v, enum check_group group, size_t block)
{
	size_t n = 0;

	for (size_t i = 0; i < v->check_count; i++)
		n += v->check[i].def->group == group && v->check[i].block == block;
	return n;
}

static void put_caption(struct html *h, const struct verdict *v, size_t block)
{
	const struct verdict_block *b = &v->block[block - 1];

	html_markup(h, "<caption class=\"%s\">", check_outcome_name(b->outcome));
	verdict_html_icon(h, b->outcome);
	html_markup(h, " ");
	html_sayf(h, "Block \"%s\" of the policy: %s", verdict_block_text(v, block, h->lang),
		check_outcome_text(b->outcome, h->lang));
	html_markup(h, "</caption>");
}

static void put_table(struct html *h, const struct verdict *v, enum check_group group, size_t block)
{
	static const char *const heads[] = {
		N_("Outcome"), N_("Check"), N_("Found and expected"), N_("Source")};

	if (!count(v, group, block))
		return;
	html_markup(h, "<table class=\"checks\">");
	if (block)
		put_caption(h, v, block);
	html_markup(h, "<thead><tr>");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		html_markup(h, "<th scope=\"col\">");
		html_say(h, heads[i]);
		html_markup(h, "</th>");
	}
	html_markup(h, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < v->check_count; i++)
		if (v->check[i].def->group == group && v->check[i].block == block)
			put_check(h, v, &v->check[i]);
	html_markup(h, "</tbody></table>\n");
}

void verdict_html_checks(struct html *h, const struct verdict *v)
{
	static const struct {
		enum check_group group;
		const char *title, *question;
	} groups[] = {
		{CHECK_GROUP_AUTHENTICITY, N_("Authenticity"), N_("Is this evidence genuine?")},
		{CHECK_GROUP_REVOCATION, N_("Revocation"),
			N_("Has the manufacturer taken its word back?")},
		{CHECK_GROUP_POLICY, N_("Policy"), N_("Is what the evidence says acceptable?")},
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		html_markup(h, "<h3>");
		html_say(h, groups[i].title);
		html_markup(h, "</h3><p class=\"soft\">");
		html_say(h, groups[i].question);
		html_markup(h, "</p>\n");
		for (size_t block = 0; block <= v->block_count; block++)
			put_table(h, v, groups[i].group, block);
	}
}

static void put_value(struct html *h, const json_t *value)
{
	if (json_is_string(value)) {
		html_markup(h, "<bdi class=\"hex\">");
		html_text(h, json_string_value(value));
		html_markup(h, "</bdi>");
	} else if (json_is_integer(value)) {
		html_markup(
			h, "<span class=\"hex\">%lld</span>", (long long)json_integer_value(value));
	} else if (json_is_boolean(value)) {
		html_text(h, verdict_authentic_text(
				     json_is_true(value) ? AUTHENTIC_YES : AUTHENTIC_NO, h->lang));
	}
}

/* Members that are objects or arrays themselves have a line of their own. */
static void put_nested(struct html *h, json_t *value, unsigned int depth);

static void put_member(struct html *h, const char *name, json_t *value, unsigned int depth)
{
	bool nested = json_is_object(value) || json_is_array(value);

	html_markup(h, nested ? "<li class=\"wide\">" : "<li>");
	if (name) {
		html_markup(h, "<code>");
		html_text(h, name);
		html_markup(h, "</code> ");
	}
	if (nested && depth)
		put_nested(h, value, depth - 1);
	else
		put_value(h, value);
	html_markup(h, "</li>");
}

static void put_nested(struct html *h, json_t *value, unsigned int depth)
{
	const char *name;
	json_t *member;
	size_t i;

	if (!json_object_size(value) && !json_array_size(value))
		return;
	html_markup(h, "<ul>");
	json_object_foreach(value, name, member) put_member(h, name, member, depth);
	json_array_foreach(value, i, member) put_member(h, NULL, member, depth);
	html_markup(h, "</ul>");
}

static void put_claims(struct html *h, json_t *claims)
{
	const char *name;
	json_t *value;

	html_markup(h, "<table class=\"claims\"><thead><tr><th scope=\"col\">");
	html_say(h, N_("Field"));
	html_markup(h, "</th><th scope=\"col\">");
	html_say(h, N_("Value"));
	html_markup(h, "</th></tr></thead><tbody>\n");
	json_object_foreach(claims, name, value)
	{
		html_markup(h, "<tr><th scope=\"row\"><code>");
		html_text(h, name);
		html_markup(h, "</code></th><td>");
		if (json_is_object(value) || json_is_array(value))
			put_nested(h, value, 4);
		else
			put_value(h, value);
		html_markup(h, "</td></tr>\n");
	}
	html_markup(h, "</tbody></table>\n");
}

void verdict_html_claims(struct html *h, const struct verdict *v)
{
	json_t *claims;

	html_markup(h, "<p class=\"%s\">", v->authentic == AUTHENTIC_YES ? "soft" : "fail");
	if (v->authentic == AUTHENTIC_YES)
		html_say(
			h, N_("Every field of the evidence, decoded and raw, in the names that the "
			      "manufacturer gives them."));
	else
		html_say(h, N_("The evidence is not shown to be genuine: anybody may have written "
			       "these fields."));
	html_markup(h, "</p>\n");
	if (claims_to_json(&v->claims, &claims, NULL)) {
		h->rc = HC_ENOMEM;
		return;
	}
	if (json_object_size(claims))
		put_claims(h, claims);
	json_decref(claims);
}
