/* SPDX-License-Identifier: Apache-2.0 */
/* The log of a program: one line an event, control characters escaped. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "common/messages.h"
#include "common/text.h"
#include "common/timefmt.h"

static const char *const names[] = {"ERROR", "WARN", "INFO", "DEBUG"};

void log_line(const struct log *log, enum log_level level, const char *fmt, ...)
{
	char line[2048], when[TIMEFMT_SIZE];
	struct timespec now;
	va_list ap;
	int head, body;
	size_t len;

	if (level > log->level || log->fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	timefmt_rfc3339(when, now.tv_sec, (int)(now.tv_nsec / 1000000));
	head = snprintf(line, sizeof(line), "%s %-5s %s: ", when, names[level], log->program);
	va_start(ap, fmt);
	body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, fmt, ap);
	va_end(ap);
	if (head < 0 || body < 0)
		return;
	text_clean(line + head);
	len = strlen(line);
	line[len++] = '\n';
	/* A log that cannot be written has nowhere to say so. */
	if (write(log->fd, line, len) < 0)
		return;
}

void log_error(const struct log *log, const char *doing, const struct error *err)
{
	char text[1024];

	error_format(err, text, sizeof(text));
	log_line(log, LOG_LEVEL_ERROR, "%s: %s", doing, text);
}

int log_level_parse(enum log_level *out, const char *text, struct error *err)
{
	static const char *const spelt[] = {"Error", "Warn", "Info", "Debug"};

	for (int i = 0; i < 4; i++) {
		if (strcasecmp(text, spelt[i]) && !(i == 1 && !strcasecmp(text, "Warning")))
			continue;
		*out = (enum log_level)i;
		return 0;
	}
	error_fail(err, HC_EFORMAT, "log level", "\"%s\"", text);
	error_expected(err, "Error, Warn, Info or Debug");
	return HC_EFORMAT;
}
