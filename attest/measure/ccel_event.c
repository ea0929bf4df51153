/* SPDX-License-Identifier: Apache-2.0 */
/* Event types by name, and what their data says. The data is anybody's: every length is checked. */
#include "attest/measure/ccel_event.h"

#include <stdarg.h>
#include <stdio.h>

/* TCG PC Client Platform Firmware Profile 1.06, table 27. */
#define EV_SEPARATOR                     0x00000004U
#define EV_ACTION                        0x00000005U
#define EV_EVENT_TAG                     0x00000006U
#define EV_PLATFORM_CONFIG_FLAGS         0x0000000aU
#define EV_IPL                           0x0000000dU
#define EV_POST_CODE                     0x00000001U
#define EV_EFI_VARIABLE_DRIVER_CONFIG    0x80000001U
#define EV_EFI_VARIABLE_BOOT             0x80000002U
#define EV_EFI_BOOT_SERVICES_APPLICATION 0x80000003U
#define EV_EFI_RUNTIME_SERVICES_DRIVER   0x80000005U
#define EV_EFI_GPT_EVENT                 0x80000006U
#define EV_EFI_ACTION                    0x80000007U
#define EV_EFI_PLATFORM_FIRMWARE_BLOB    0x80000008U
#define EV_EFI_PLATFORM_FIRMWARE_BLOB2   0x8000000aU
#define EV_EFI_HANDOFF_TABLES2           0x8000000bU
#define EV_EFI_VARIABLE_BOOT2            0x8000000cU
#define EV_EFI_VARIABLE_AUTHORITY        0x800000e0U

struct out {
	char *buf;
	size_t used, cap;
};

static void put(struct out *o, const char *fmt, ...) HC_PRINTF(2, 3);
static void put(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->buf + o->used, o->cap - o->used, fmt, ap);
	va_end(ap);
	if (n > 0)
		o->used += (size_t)n < o->cap - o->used ? (size_t)n : o->cap - 1 - o->used;
}

static void put_char(struct out *o, uint32_t c)
{
	bool space = c == '\n' || c == '\r' || c == '\t';

	put(o, "%c", space ? ' ' : c >= 0x20 && c < 0x7f ? (char)c : '?');
}

/* Up to the first NUL. */
static void put_text(struct out *o, struct view text)
{
	for (size_t i = 0; i < text.len && text.data[i]; i++)
		put_char(o, text.data[i]);
}

/* UTF-16, little-endian, up to the first NUL. */
static void put_utf16(struct out *o, struct view text)
{
	for (size_t i = 0; text.len - i >= 2 && get_le16(text.data + i); i += 2)
		put_char(o, get_le16(text.data + i));
}

static void put_hex(struct out *o, struct view bytes)
{
	for (size_t i = 0; i < bytes.len && i < 16; i++)
		put(o, "%02x", bytes.data[i]);
	if (bytes.len > 16)
		put(o, "...");
}

/* As UEFI prints one: the first three parts are little-endian numbers. */
static void put_guid(struct out *o, const uint8_t *p)
{
	put(o, "%08X-%04X-%04X-%02X%02X-", get_le32(p), get_le16(p + 4), get_le16(p + 6), p[8],
		p[9]);
	for (size_t i = 10; i < 16; i++)
		put(o, "%02X", p[i]);
}

/* UEFI_VARIABLE_DATA: GUID, number of characters, bytes of value, name, value. */
#define VARIABLE_HEAD 32
static bool open_variable(struct view data, struct view *name, struct view *value)
{
	uint64_t chars, bytes;

	if (data.len < VARIABLE_HEAD)
		return false;
	chars = get_le64(data.data + 16);
	bytes = get_le64(data.data + 24);
	if (chars > (data.len - VARIABLE_HEAD) / 2)
		return false;
	return view_sub(data, VARIABLE_HEAD, 2 * (size_t)chars, name) && bytes <= data.len &&
	       view_sub(data, VARIABLE_HEAD + name->len, (size_t)bytes, value);
}

static void describe_variable(struct out *o, struct view data)
{
	struct view name, value;

	if (!open_variable(data, &name, &value))
		return;
	put_utf16(o, name);
	put(o, ", %zu bytes", value.len);
	if (value.len && value.len <= 16) {
		put(o, ": ");
		put_hex(o, value);
	}
}

#define DEVICE_PATH_MEDIA 4
#define DEVICE_PATH_FILE  4
#define DEVICE_PATH_END   0x7f

/* The file names of a UEFI device path. */
static void put_device_path(struct out *o, struct view path)
{
	while (path.len >= 4 && path.data[0] != DEVICE_PATH_END) {
		size_t len = get_le16(path.data + 2);

		if (len < 4 || len > path.len)
			return;
		if (path.data[0] == DEVICE_PATH_MEDIA && path.data[1] == DEVICE_PATH_FILE)
			put_utf16(o, (struct view){path.data + 4, len - 4});
		path = (struct view){path.data + len, path.len - len};
	}
}

/* UEFI_IMAGE_LOAD_EVENT: address, length, link-time address, length of path, path. */
static void describe_image(struct out *o, struct view data)
{
	struct view path;

	if (data.len < 32)
		return;
	put(o, "%llu bytes ", (unsigned long long)get_le64(data.data + 8));
	if (get_le64(data.data + 24) <= data.len &&
		view_sub(data, 32, (size_t)get_le64(data.data + 24), &path))
		put_device_path(o, path);
}

/* A length of one byte, and text of that length. */
static void describe_named(struct out *o, struct view data)
{
	struct view text;

	if (data.len && view_sub(data, 1, data.data[0], &text))
		put_text(o, text);
}

static void describe_blob(struct out *o, struct view data)
{
	if (data.len == 16)
		put(o, "0x%llx bytes at 0x%llx", (unsigned long long)get_le64(data.data + 8),
			(unsigned long long)get_le64(data.data));
}

/* The same after a name. */
static void describe_blob2(struct out *o, struct view data)
{
	size_t name = data.len ? data.data[0] : 0;
	struct view blob;

	describe_named(o, data);
	if (data.len != 1 + name + 16 || !view_sub(data, 1 + name, 16, &blob))
		return;
	put(o, ", ");
	describe_blob(o, blob);
}

/* UEFI_GPT_DATA: the header, 92 bytes, with the disk's GUID at 56; the number of partitions. */
static void describe_gpt(struct out *o, struct view data)
{
	if (data.len < 100)
		return;
	put(o, "disk ");
	put_guid(o, data.data + 56);
	put(o, ", %llu partitions", (unsigned long long)get_le64(data.data + 92));
}

/* TCG_PCClientTaggedEvent: id, length, data. Linux puts texts there. */
static void describe_tagged(struct out *o, struct view data)
{
	struct view text;

	if (data.len < 8)
		return;
	put(o, "0x%08x ", get_le32(data.data));
	if (view_sub(data, 8, get_le32(data.data + 4), &text))
		put_text(o, text);
}

static void describe_hex(struct out *o, struct view data)
{
	put_hex(o, data);
}

static const struct {
	uint32_t type;
	const char *name;
	void (*describe)(struct out *o, struct view data); /* NULL: nothing is known of the data */
} types[] = {
	{0x00000000U, "EV_PREBOOT_CERT", NULL},
	{EV_POST_CODE, "EV_POST_CODE", put_text},
	{CCEL_EV_NO_ACTION, "EV_NO_ACTION", put_text},
	{EV_SEPARATOR, "EV_SEPARATOR", describe_hex},
	{EV_ACTION, "EV_ACTION", put_text},
	{EV_EVENT_TAG, "EV_EVENT_TAG", describe_tagged},
	{0x00000007U, "EV_S_CRTM_CONTENTS", put_text},
	{0x00000008U, "EV_S_CRTM_VERSION", put_utf16},
	{0x00000009U, "EV_CPU_MICROCODE", NULL},
	{EV_PLATFORM_CONFIG_FLAGS, "EV_PLATFORM_CONFIG_FLAGS", put_text},
	{0x0000000bU, "EV_TABLE_OF_DEVICES", NULL},
	{0x0000000cU, "EV_COMPACT_HASH", put_text},
	{EV_IPL, "EV_IPL", put_text},
	{0x0000000eU, "EV_IPL_PARTITION_DATA", NULL},
	{0x0000000fU, "EV_NONHOST_CODE", put_text},
	{0x00000010U, "EV_NONHOST_CONFIG", NULL},
	{0x00000011U, "EV_NONHOST_INFO", NULL},
	{0x00000012U, "EV_OMIT_BOOT_DEVICE_EVENTS", put_text},
	{EV_EFI_VARIABLE_DRIVER_CONFIG, "EV_EFI_VARIABLE_DRIVER_CONFIG", describe_variable},
	{EV_EFI_VARIABLE_BOOT, "EV_EFI_VARIABLE_BOOT", describe_variable},
	{EV_EFI_BOOT_SERVICES_APPLICATION, "EV_EFI_BOOT_SERVICES_APPLICATION", describe_image},
	{0x80000004U, "EV_EFI_BOOT_SERVICES_DRIVER", describe_image},
	{EV_EFI_RUNTIME_SERVICES_DRIVER, "EV_EFI_RUNTIME_SERVICES_DRIVER", describe_image},
	{EV_EFI_GPT_EVENT, "EV_EFI_GPT_EVENT", describe_gpt},
	{EV_EFI_ACTION, "EV_EFI_ACTION", put_text},
	{EV_EFI_PLATFORM_FIRMWARE_BLOB, "EV_EFI_PLATFORM_FIRMWARE_BLOB", describe_blob},
	{0x80000009U, "EV_EFI_HANDOFF_TABLES", NULL},
	{EV_EFI_PLATFORM_FIRMWARE_BLOB2, "EV_EFI_PLATFORM_FIRMWARE_BLOB2", describe_blob2},
	{EV_EFI_HANDOFF_TABLES2, "EV_EFI_HANDOFF_TABLES2", describe_named},
	{EV_EFI_VARIABLE_BOOT2, "EV_EFI_VARIABLE_BOOT2", describe_variable},
	{0x8000000dU, "EV_EFI_GPT_EVENT2", describe_gpt},
	{0x80000010U, "EV_EFI_HCRTM_EVENT", put_text},
	{EV_EFI_VARIABLE_AUTHORITY, "EV_EFI_VARIABLE_AUTHORITY", describe_variable},
	{0x800000e1U, "EV_EFI_SPDM_FIRMWARE_BLOB", NULL},
	{0x800000e2U, "EV_EFI_SPDM_FIRMWARE_CONFIG", NULL},
};

const char *ccel_event_type_name(uint32_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return types[i].name;
	return "unknown";
}

const char *ccel_event_register(uint32_t mr_index)
{
	static const char *const names[] = {"mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3"};

	return mr_index < sizeof(names) / sizeof(names[0]) ? names[mr_index] : "unknown";
}

void ccel_event_describe(const struct ccel_event *event, char *buf, size_t cap)
{
	struct out o = {.buf = buf, .cap = cap};

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == event->type && types[i].describe)
			types[i].describe(&o, event->data);
}

static bool is_variable(uint32_t type)
{
	return type == EV_EFI_VARIABLE_DRIVER_CONFIG || type == EV_EFI_VARIABLE_BOOT ||
	       type == EV_EFI_VARIABLE_BOOT2 || type == EV_EFI_VARIABLE_AUTHORITY;
}

/* Text without its NUL; after the word that GRUB puts before what it measures. */
static struct view text_part(struct view data, bool after_word)
{
	struct view text = data;
	const uint8_t *colon;

	if (text.len && !text.data[text.len - 1])
		text.len--;
	colon = after_word && text.len ? memchr(text.data, ':', text.len) : NULL;
	if (colon && (size_t)(colon - text.data) + 1 < text.len && colon[1] == ' ') {
		size_t skip = (size_t)(colon - text.data) + 2;

		text = (struct view){text.data + skip, text.len - skip};
	}
	return text;
}

static int is_digest_of(const struct ccel_event *event, struct view part, bool *same)
{
	uint8_t digest[SHA384_SIZE];
	int ret = crypto_sha384(digest, part.data, part.len);

	*same = !ret && !memcmp(digest, event->digest, sizeof(digest));
	return ret;
}

int ccel_event_digest_of(const struct ccel_event *event, enum ccel_digest_of *out)
{
	struct view name, value = {0};
	const struct {
		struct view part;
		enum ccel_digest_of of;
		bool applies;
	} parts[] = {
		{event->data, CCEL_DIGEST_OF_DATA, true},
		{text_part(event->data, false), CCEL_DIGEST_OF_TEXT, event->type == EV_IPL},
		{text_part(event->data, true), CCEL_DIGEST_OF_TEXT, event->type == EV_IPL},
	};
	bool same = false;
	int ret = 0;

	*out = CCEL_DIGEST_OF_OTHER;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !ret && !same; i++) {
		if (!parts[i].applies)
			continue;
		ret = is_digest_of(event, parts[i].part, &same);
		if (same)
			*out = parts[i].of;
	}
	if (ret || same || !is_variable(event->type) || !open_variable(event->data, &name, &value))
		return ret;
	ret = is_digest_of(event, value, &same);
	if (same)
		*out = CCEL_DIGEST_OF_VALUE;
	return ret;
}

const char *ccel_digest_of_name(enum ccel_digest_of of)
{
	static const char *const names[] = {"", "data", "text", "value"};

	return names[of];
}
