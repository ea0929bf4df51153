/* SPDX-License-Identifier: Apache-2.0 */
/* Text that others had a hand in (file names, request paths) on its way to a terminal or a log. */
#ifndef HC_COMMON_TEXT_H
#define HC_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at `p`, in NUL-terminated text, and its length in bytes; 0 bytes where none starts
 * (RFC 3629, section 4).
 */
size_t text_take(const uint8_t *p, uint32_t *out);

/*
 * Not to be shown: controls (C0, DEL, C1), line ends by another name, and what changes the
 * direction in which a line is read (UAX 9): "sim" after U+202E reads as something else.
 */
bool text_unwanted(uint32_t c);

/*
 * In place: each byte of an unwanted character, or of none in UTF-8, becomes '?'. No terminal finds
 * an escape sequence in what is left, no line ends early, and it is read as it stands.
 */
void text_clean(char *text);

#endif
