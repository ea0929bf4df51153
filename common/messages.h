/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read, in their language. A message is written in English in the code, marked for
 * xgettext, and translated in attest/po/fr.po; the build refuses a catalogue that is not complete,
 * and links it in: no file is looked up at run time, no locale is needed, nothing is global. Codes,
 * ids and the values of JSON members are never translated.
 */
#ifndef HC_COMMON_MESSAGES_H
#define HC_COMMON_MESSAGES_H

enum messages_lang { MESSAGES_EN, MESSAGES_FR };

/* Marks a message that is looked up later than where it stands. */
#define N_(msgid) msgid

/*
 * The message in `lang`; `msgid` itself in English, and where it is in no catalogue. A format stays
 * a format with the same arguments (msgfmt --check-format). Static storage.
 */
const char *messages_text(enum messages_lang lang, const char *msgid)
	__attribute__((format_arg(2)));

/* messages_text for one language, for error_format_with. */
const char *messages_in_english(const char *msgid);
const char *messages_in_french(const char *msgid);

/* The language of an environment: of LC_ALL, LC_MESSAGES, LANG, the first that is not empty. */
enum messages_lang messages_lang_of(const char *lc_all, const char *lc_messages, const char *lang);

#endif
