/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen last: compared, remembered, and as JSON text. */
#include "attest/endorse/seen.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/hex.h"
#include "common/json.h"
#include "common/messages.h"
#include "common/timefmt.h"

static struct seen_item *find(const struct seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++)
		if (!strcmp(seen->item[i].name, name))
			return (struct seen_item *)(uintptr_t)&seen->item[i];
	return NULL;
}

bool seen_is_older(const struct seen *seen, const struct seen_item *now)
{
	const struct seen_item *last = find(seen, now->name);

	return last && (memcmp(now->number, last->number, sizeof(now->number)) < 0 ||
			       now->date < last->date);
}

/* The place of the earliest date. */
static struct seen_item *earliest(struct seen *seen)
{
	struct seen_item *out = &seen->item[0];

	for (size_t i = 1; i < seen->count; i++)
		if (seen->item[i].date < out->date)
			out = &seen->item[i];
	return out;
}

void seen_note(struct seen *seen, const struct seen_item *now)
{
	struct seen_item *item = find(seen, now->name);

	if (seen_is_older(seen, now) ||
		(item && item->date == now->date &&
			!memcmp(item->number, now->number, SEEN_NUMBER_SIZE)))
		return;
	if (!item)
		item = seen->count < SEEN_MAX ? &seen->item[seen->count++] : earliest(seen);
	*item = *now;
	seen->changed = true;
}

static int parse_item(struct seen_item *out, const json_t *obj, struct error *err)
{
	static const char *const members[] = {"name", "number", "date", NULL};
	const char *name, *number, *date;
	int rc = json_is_object(obj) ? json_only(obj, "seen", members, err)
				     : error_fail(err, HC_EFORMAT, "seen", "no object");

	if (!rc)
		rc = json_get_string(obj, "seen", "name", &name, err);
	if (!rc)
		rc = json_get_string(obj, "seen", "number", &number, err);
	if (!rc)
		rc = json_get_string(obj, "seen", "date", &date, err);
	if (rc)
		return rc;
	if (!name[0] || strlen(name) >= sizeof(out->name))
		return error_fail(err, HC_EFORMAT, "seen.name", "empty, or very long");
	snprintf(out->name, sizeof(out->name), "%s", name);
	rc = hex_decode(out->number, sizeof(out->number), number, "seen.number", err);
	return rc ? rc : timefmt_parse(&out->date, date, err);
}

static int parse_items(struct seen *out, const json_t *obj, struct error *err)
{
	static const char *const members[] = {"version", "seen", NULL};
	const json_t *items = NULL;
	uint64_t version = 0;
	int rc = json_only(obj, "state", members, err);

	if (!rc)
		rc = json_get_u64(obj, "state", "version", 1, 1, &version, err);
	if (!rc)
		rc = json_opt_array(obj, "state", "seen", &items, err);
	if (!rc && json_array_size(items) > SEEN_MAX)
		rc = error_fail(err, HC_ERANGE, "state.seen", "more than %d", SEEN_MAX);
	for (size_t i = 0; i < json_array_size(items) && !rc; i++) {
		rc = parse_item(&out->item[i], json_array_get(items, i), err);
		if (!rc && find(out, out->item[i].name))
			rc = error_fail(err, HC_EFORMAT, "state.seen", "a name twice");
		out->count = i + 1;
	}
	return rc;
}

int seen_parse(struct seen *out, struct view text, struct error *err)
{
	json_t *obj;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = json_parse_object(&obj, (const char *)text.data, text.len, "state", err);
	if (rc)
		return rc;
	rc = parse_items(out, obj, err);
	json_decref(obj);
	if (rc)
		memset(out, 0, sizeof(*out));
	return rc;
}

static json_t *item_json(const struct seen_item *item)
{
	char number[2 * SEEN_NUMBER_SIZE + 1], date[TIMEFMT_SIZE];

	hex_encode(number, item->number, sizeof(item->number));
	timefmt_rfc3339(date, item->date, -1);
	return json_pack("{ssssss}", "name", item->name, "number", number, "date", date);
}

int seen_write(const struct seen *seen, struct bytes *text, struct error *err)
{
	json_t *items = json_array(), *obj = json_pack("{siso}", "version", 1, "seen", items);
	bool bad = !obj;
	char *dump = NULL;
	int rc = HC_ENOMEM;

	for (size_t i = 0; i < seen->count && !bad; i++)
		bad = json_array_append_new(items, item_json(&seen->item[i])) != 0;
	if (!bad)
		dump = json_dumps(obj, JSON_INDENT(1));
	if (dump)
		rc = bytes_append(text, dump, strlen(dump));
	if (!rc)
		rc = bytes_append(text, "\n", 1);
	free(dump);
	json_decref(obj);
	return rc ? error_fail(err, rc, "state", "no memory") : 0;
}
