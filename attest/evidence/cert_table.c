/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate table of an extended guest request. Every sum of host-supplied numbers is
 * avoided: a range is checked by subtraction from the size at hand.
 */
#include "attest/evidence/cert_table.h"
#include "common/messages.h"

/* GUIDs as printed, RFC 4122 byte order. */
static const struct {
	uint8_t guid[16];
	enum cert_table_kind kind;
} kinds[] = {
	/* 63da758d-e664-4564-adc5-f4b93be8accd */
	{{0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac,
		 0xcd},
		CERT_TABLE_VCEK},
	/* a8074bc2-a25a-483e-aae6-39c045a0b8a1 */
	{{0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8,
		 0xa1},
		CERT_TABLE_VLEK},
	/* 4ab7b379-bbac-4fe4-a02f-05aef327c782 */
	{{0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7,
		 0x82},
		CERT_TABLE_ASK},
	/* c0b406a4-a803-4952-9743-3fb6014cd0ae */
	{{0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0,
		 0xae},
		CERT_TABLE_ARK},
	/* 92f81bc3-5811-4d3d-97ff-d19f88dc67ea */
	{{0x92, 0xf8, 0x1b, 0xc3, 0x58, 0x11, 0x4d, 0x3d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67,
		 0xea},
		CERT_TABLE_CRL},
};

static enum cert_table_kind kind_of(const uint8_t guid[16])
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!memcmp(kinds[i].guid, guid, 16))
			return kinds[i].kind;
	return CERT_TABLE_OTHER;
}

static int bad(struct error *err, int code, size_t at, const char *found, const char *expected)
{
	error_fail(err, code, "certificate table", "%s", found);
	error_expected(err, "%s", expected);
	error_section(err, "GHCB 4.1.8.1");
	error_at(err, at);
	return code;
}

/* The number of entries before the all-zero one. */
static int count_entries(struct view bytes, size_t *count, struct error *err)
{
	struct view entry;

	for (*count = 0;; (*count)++) {
		size_t at = *count * CERT_TABLE_ENTRY_SIZE;

		if (!view_sub(bytes, at, CERT_TABLE_ENTRY_SIZE, &entry))
			return bad(err, HC_ETRUNCATED, at, "the end of the data",
				"an all-zero entry after the last one");
		if (bytes_all_zero(entry.data, entry.len))
			return 0;
		if (*count == CERT_TABLE_ENTRIES_MAX)
			return bad(err, HC_ERANGE, at, "more than 16 entries", "at most 16");
	}
}

int cert_table_parse(struct cert_table *out, struct view bytes, struct error *err)
{
	size_t count, list_len;
	int rc;

	memset(out, 0, sizeof(*out));
	if (bytes.len > CERT_TABLE_SIZE_MAX)
		return bad(err, HC_ERANGE, 0, "a table of more than 1 MiB", "at most 1 MiB");
	rc = count_entries(bytes, &count, err);
	if (rc)
		return rc;
	list_len = (count + 1) * CERT_TABLE_ENTRY_SIZE;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *p = bytes.data + i * CERT_TABLE_ENTRY_SIZE;
		struct cert_table_entry *entry = &out->entry[i];
		uint32_t off = get_le32(p + 16), len = get_le32(p + 20);
		size_t at = i * CERT_TABLE_ENTRY_SIZE + 16;

		memcpy(entry->guid, p, 16);
		entry->kind = kind_of(p);
		if (off < list_len)
			return bad(err, HC_EFORMAT, at, "data inside the list of entries",
				"data after it");
		if (!len)
			return bad(err, HC_EFORMAT, at + 4, "a length of 0", "a certificate");
		if (!view_sub(bytes, off, len, &entry->data))
			return bad(err, HC_ETRUNCATED, at, "data that reaches past the end",
				"data inside the table");
	}
	out->count = count;
	return 0;
}

bool cert_table_recognise(struct view bytes)
{
	return bytes.len >= CERT_TABLE_ENTRY_SIZE && kind_of(bytes.data) != CERT_TABLE_OTHER;
}

bool cert_table_follows(struct view file, size_t head, struct view *table)
{
	struct cert_table parsed;

	*table = (struct view){0};
	return file.len > head && view_sub(file, head, file.len - head, table) &&
	       cert_table_recognise(*table) && !cert_table_parse(&parsed, *table, NULL);
}
