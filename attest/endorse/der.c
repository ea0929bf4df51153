/* SPDX-License-Identifier: Apache-2.0 */
/* Reading DER: every form that X.690 section 10 does not allow is a refusal. */
#include "attest/endorse/der.h"

#include "common/timefmt.h"

uint8_t der_peek(struct view in)
{
	return in.len ? in.data[0] : 0;
}

/* Length octets at in[1]; the content follows at *head. */
static bool read_length(struct view in, size_t *head, size_t *len)
{
	size_t n;

	if (in.len < 2)
		return false;
	*head = 2;
	*len = in.data[1];
	if (*len < 0x80)
		return true;
	n = *len & 0x7f;
	if (n < 1 || n > 3 || in.len - 2 < n || in.data[2] == 0)
		return false;
	*len = 0;
	for (size_t i = 0; i < n; i++)
		*len = *len << 8 | in.data[2 + i];
	*head += n;
	return *len >= 0x80;
}

bool der_any(struct view *in, uint8_t *tag, struct view *content, struct view *whole)
{
	size_t head, len;

	/* Tag numbers above 30 take more bytes; tag 0 is end-of-contents. Neither is used here. */
	if (!in->len || (in->data[0] & 0x1f) == 0x1f || !in->data[0])
		return false;
	if (!read_length(*in, &head, &len) || len > in->len - head)
		return false;
	*tag = in->data[0];
	*content = (struct view){in->data + head, len};
	if (whole)
		*whole = (struct view){in->data, head + len};
	in->data += head + len;
	in->len -= head + len;
	return true;
}

bool der_take(struct view *in, uint8_t tag, struct view *content)
{
	uint8_t found;

	return der_peek(*in) == tag && der_any(in, &found, content, NULL);
}

bool der_only(struct view in, uint8_t tag, struct view *content)
{
	return der_take(&in, tag, content) && !in.len;
}

bool der_take_unsigned(struct view *in, struct view *magnitude)
{
	struct view rest = *in, v;

	if (!der_take(&rest, DER_INTEGER, &v) || !v.len || v.data[0] & 0x80)
		return false;
	if (v.len > 1 && !v.data[0]) {
		if (!(v.data[1] & 0x80))
			return false;
		v.data++;
		v.len--;
	}
	*magnitude = v;
	*in = rest;
	return true;
}

bool der_take_byte(struct view *in, uint8_t *value)
{
	struct view rest = *in, v;

	if (!der_take_unsigned(&rest, &v) || v.len != 1)
		return false;
	*value = v.data[0];
	*in = rest;
	return true;
}

bool der_take_bits(struct view *in, struct view *content)
{
	struct view rest = *in, v;

	if (!der_take(&rest, DER_BIT_STRING, &v) || !v.len || v.data[0])
		return false;
	*content = (struct view){v.data + 1, v.len - 1};
	*in = rest;
	return true;
}

/* YYYYMMDDHHMMSSZ, or the same without the century, as the text that timefmt_parse reads. */
static void time_text(char out[21], struct view v)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	const uint8_t *digit = v.data;
	size_t at = 0;

	if (v.len == 13) {
		memcpy(out, v.data[0] >= '5' ? "19" : "20", 2);
		at = 2;
	}
	for (; at < sizeof(shape); at++)
		out[at] = shape[at] == '0' ? (char)*digit++ : shape[at];
}

bool der_take_time(struct view *in, int64_t *at)
{
	struct view rest = *in, v;
	char text[21];
	uint8_t tag;

	if (!der_any(&rest, &tag, &v, NULL) || v.len != (tag == DER_UTC_TIME ? 13U : 15U) ||
		(tag != DER_UTC_TIME && tag != DER_GENERALIZED_TIME))
		return false;
	for (size_t i = 0; i + 1 < v.len; i++)
		if (v.data[i] < '0' || v.data[i] > '9')
			return false;
	if (v.data[v.len - 1] != 'Z')
		return false;
	time_text(text, v);
	if (timefmt_parse(at, text, NULL))
		return false;
	*in = rest;
	return true;
}

bool der_equal(struct view a, struct view b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}
