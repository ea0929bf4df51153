/* SPDX-License-Identifier: Apache-2.0 */
/* Text that others had a hand in (file names, request paths) on its way to a terminal or a log. */
#ifndef HC_COMMON_TEXT_H
#define HC_COMMON_TEXT_H

/*
 * In place: control characters (C0, DEL, and C1 in both of its encodings) and bytes that are not
 * UTF-8 (RFC 3629) become '?'. No terminal finds an escape sequence in what is left, and no line
 * ends early.
 */
void text_clean(char *text);

#endif
