/* SPDX-License-Identifier: Apache-2.0 */
/* Framing of the quote service's messages. The service's bytes are trusted with nothing. */
#include "vmm/quote/quote_message.h"

#define VERSION_MAJOR 1
#define VERSION_MINOR 1
#define TYPE_REQUEST  0
#define TYPE_ANSWER   1
#define SECTION       "DCAP qgs_msg_lib, GET_QUOTE"

/* Offsets in a message, the first word included. */
#define AT_MAJOR       4
#define AT_MINOR       6
#define AT_TYPE        8
#define AT_SIZE        12
#define AT_ERROR       16
#define AT_REPORT_SIZE 20 /* request */
#define AT_ID_LIST     24
#define AT_REPORT      28
#define AT_ID_SIZE     20 /* answer */
#define AT_QUOTE_SIZE  24

#define FIXED                                                                                      \
	(QUOTE_ANSWER_HEADER - QUOTE_LENGTH_BYTES) /* of a message's length, beside payload        \
						    */

void quote_message_request(
	uint8_t out[QUOTE_REQUEST_BYTES], const uint8_t report[QUOTE_REPORT_BYTES])
{
	const uint32_t length = QUOTE_REQUEST_BYTES - QUOTE_LENGTH_BYTES;

	put_be32(out, length);
	put_le16(out + AT_MAJOR, VERSION_MAJOR);
	put_le16(out + AT_MINOR, VERSION_MINOR);
	put_le32(out + AT_TYPE, TYPE_REQUEST);
	put_le32(out + AT_SIZE, length);
	put_le32(out + AT_ERROR, 0);
	put_le32(out + AT_REPORT_SIZE, QUOTE_REPORT_BYTES);
	put_le32(out + AT_ID_LIST, 0);
	memcpy(out + AT_REPORT, report, QUOTE_REPORT_BYTES);
}

static int bad(struct error *err, int code, const char *where, uint64_t found, uint64_t expected)
{
	error_fail(err, code, where, "%llu", (unsigned long long)found);
	error_expected(err, "%llu", (unsigned long long)expected);
	return error_section(err, SECTION);
}

int quote_message_length(struct view got, size_t quote_max, size_t *total, struct error *err)
{
	uint32_t length;

	if (got.len < QUOTE_LENGTH_BYTES)
		return bad(err, HC_ETRUNCATED, "quote answer", got.len, QUOTE_LENGTH_BYTES);
	length = get_be32(got.data);
	if (length < FIXED) {
		error_fail(err, HC_EFORMAT, "quote answer.length", "%u", length);
		error_expected(err, "%u or more", FIXED);
		return error_section(err, SECTION);
	}
	if (length - FIXED > quote_max) {
		error_fail(err, HC_ERANGE, "quote answer.length", "%u", length);
		error_expected(err, "a quote of at most %zu bytes, the room in the guest's buffer",
			quote_max);
		return error_section(err, SECTION);
	}
	*total = QUOTE_LENGTH_BYTES + (size_t)length;
	return 0;
}

/* DCAP qgs_msg_lib; the rest of its codes are those of its quoting library. */
static const char *refusal(uint32_t code)
{
	static const char *const names[] = {"unexpected error", "out of memory",
		"invalid parameter", "unknown version", "unknown type", "wrong size",
		"unknown error code"};

	if (code > 0x12000 && code - 0x12001 < sizeof(names) / sizeof(names[0]))
		return names[code - 0x12001];
	return "of its quoting library";
}

static int check_header(struct view a, struct error *err)
{
	const uint32_t error = get_le32(a.data + AT_ERROR), type = get_le32(a.data + AT_TYPE);
	const uint16_t major = get_le16(a.data + AT_MAJOR), minor = get_le16(a.data + AT_MINOR);

	if (major != VERSION_MAJOR || minor != VERSION_MINOR) {
		error_fail(err, HC_EUNSUPPORTED, "quote answer.version", "%u.%u", major, minor);
		error_expected(err, "%u.%u", VERSION_MAJOR, VERSION_MINOR);
		return error_section(err, SECTION);
	}
	if (type != TYPE_ANSWER)
		return bad(err, HC_EFORMAT, "quote answer.type", type, TYPE_ANSWER);
	if (get_le32(a.data + AT_SIZE) != a.len - QUOTE_LENGTH_BYTES)
		return bad(err, HC_EMISMATCH, "quote answer.size", get_le32(a.data + AT_SIZE),
			a.len - QUOTE_LENGTH_BYTES);
	if (!error)
		return 0;
	error_fail(err, HC_EDENIED, "quote service", "error 0x%08x, %s", error, refusal(error));
	error_remedy(err, "see the log of the quote service");
	return error_section(err, SECTION);
}

int quote_message_parse(struct view answer, size_t quote_max, struct view *quote, struct error *err)
{
	size_t total, quote_len;
	int rc = quote_message_length(answer, quote_max, &total, err);

	if (rc)
		return rc;
	if (answer.len != total)
		return bad(err, answer.len < total ? HC_ETRUNCATED : HC_EFORMAT, "quote answer",
			answer.len, total);
	rc = check_header(answer, err);
	if (rc)
		return rc;
	quote_len = total - QUOTE_ANSWER_HEADER;
	if (get_le32(answer.data + AT_ID_SIZE) != 0)
		return bad(err, HC_EFORMAT, "quote answer.selected_id_size",
			get_le32(answer.data + AT_ID_SIZE), 0);
	if (get_le32(answer.data + AT_QUOTE_SIZE) != quote_len)
		return bad(err, HC_EMISMATCH, "quote answer.quote_size",
			get_le32(answer.data + AT_QUOTE_SIZE), quote_len);
	if (!quote_len)
		return bad(err, HC_EFORMAT, "quote answer.quote_size", 0, 1);
	*quote = (struct view){answer.data + QUOTE_ANSWER_HEADER, quote_len};
	return 0;
}
