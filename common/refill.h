/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that was made from a format, made again from that format's translation. What went into the
 * format is found in the text itself, so that an error can be filled in one language where it
 * happens, and be read in another where it is shown.
 */
#ifndef HC_COMMON_REFILL_H
#define HC_COMMON_REFILL_H

#include <stddef.h>

/*
 * `filled` was made from `format`; write it as `translation` has it, which takes the same
 * arguments, in the same order or numbered (%2$s). NUL-terminated, cut at `cap`. Where the text
 * does not fit its format (it was cut, say), it is written as it stands.
 */
void refill(char *out, size_t cap, const char *filled, const char *format, const char *translation);

#endif
