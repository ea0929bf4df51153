/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a member's value stands in the text of a JSON object: for signatures over exactly those
 * bytes. What the text means is for json.h to say.
 */
#ifndef HC_COMMON_JSON_SPAN_H
#define HC_COMMON_JSON_SPAN_H

#include <stdbool.h>

#include "common/bytes.h"

/*
 * The bytes of the value of member `name` of the object `text`, from its first to its last
 * character. `text` must have been taken by json_parse_object(); on other text the answer means
 * nothing, and no byte outside of it is read. A name that is written with escapes is not found.
 */
bool json_span(struct view text, const char *name, struct view *value);

/*
 * Text that nobody has parsed, split into the members of one object: names as they are written
 * between the quotes, values from first to last character. False unless it is one object of at most
 * `max` members, with all strings and brackets closed and nothing after it. The values are found
 * and not checked: whoever uses one has to parse it.
 */
struct json_member {
	struct view name, value;
};
bool json_span_members(struct view text, struct json_member *out, size_t max, size_t *count);

/* As json_span, for element `index` of an array, which is the value of a member. */
bool json_span_item(struct view array, size_t index, struct view *value);

#endif
