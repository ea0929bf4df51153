/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking a message up in a catalogue that msgfmt wrote: the MO format of GNU gettext (manual,
 * section 10.3), little-endian, its strings sorted. The catalogue is part of this program.
 */
#include "common/messages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/bytes.h"

#define MO_MAGIC 0x950412deU

extern const uint8_t messages_fr_mo[]; /* attest/po/catalogue.c */

/* The string that entry `i` of the table at `table` names. */
static const char *string_at(const uint8_t *mo, uint32_t table, uint32_t i)
{
	return (const char *)mo + get_le32(mo + table + 8 * (size_t)i + 4);
}

static const char *look_up(const uint8_t *mo, const char *msgid)
{
	uint32_t low = 0, high = get_le32(mo + 8);

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = strcmp(msgid, string_at(mo, get_le32(mo + 12), mid));

		if (!order)
			return string_at(mo, get_le32(mo + 16), mid);
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const char *messages_text(enum messages_lang lang, const char *msgid)
{
	const uint8_t *mo = messages_fr_mo;
	const char *found = NULL;

	/* The empty message is the catalogue's own header. */
	if (lang == MESSAGES_FR && msgid[0] && get_le32(mo) == MO_MAGIC)
		found = look_up(mo, msgid);
	return found ? found : msgid;
}

const char *messages_in_english(const char *msgid)
{
	return msgid;
}

const char *messages_in_french(const char *msgid)
{
	return messages_text(MESSAGES_FR, msgid);
}

enum messages_lang messages_lang_of(const char *lc_all, const char *lc_messages, const char *lang)
{
	const char *const names[] = {lc_all, lc_messages, lang};

	for (size_t i = 0; i < 3; i++)
		if (names[i] && names[i][0])
			return !strncmp(names[i], "fr", 2) ? MESSAGES_FR : MESSAGES_EN;
	return MESSAGES_EN;
}
