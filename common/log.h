/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a program: one line an event on a descriptor, time in UTC, level, program, message.
 * Only programs log, libraries return errors. Text from outside is escaped; a line never holds a
 * secret. The logger is a value that the program owns, not a global.
 */
#ifndef HC_COMMON_LOG_H
#define HC_COMMON_LOG_H

#include "common/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

struct log {
	int fd;               /* written with one write(2) a line */
	enum log_level level; /* least important level that is written */
	const char *program;
};

void log_line(const struct log *log, enum log_level level, const char *fmt, ...) HC_PRINTF(3, 4);
void log_error(const struct log *log, const char *doing, const struct error *err);

/* "Error", "Warn", "Info", "Debug" in any case, as Firecracker's configuration spells them. */
HC_MUST_USE int log_level_parse(enum log_level *out, const char *text, struct error *err);

#endif
