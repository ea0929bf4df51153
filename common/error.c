/* SPDX-License-Identifier: Apache-2.0 */
/* The table of error codes, and the filling and printing of struct error. */
#include "common/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/messages.h"
#include "common/refill.h"
#include "common/text.h"

static const struct {
	const char *name, *sentence;
} codes[] = {
	[-HC_OK] = {"OK", N_("no error")},
	[-HC_EFORMAT] = {"EFORMAT", N_("not in the expected format")},
	[-HC_ETRUNCATED] = {"ETRUNCATED", N_("ends too early")},
	[-HC_ERANGE] = {"ERANGE", N_("out of range")},
	[-HC_EUNSUPPORTED] = {"EUNSUPPORTED", N_("not supported")},
	[-HC_EMISMATCH] = {"EMISMATCH", N_("does not match")},
	[-HC_ESIGNATURE] = {"ESIGNATURE", N_("the signature does not verify")},
	[-HC_EEXPIRED] = {"EEXPIRED", N_("not valid at this time")},
	[-HC_EREVOKED] = {"EREVOKED", N_("revoked")},
	[-HC_EMISSING] = {"EMISSING", N_("missing")},
	[-HC_EDENIED] = {"EDENIED", N_("refused")},
	[-HC_EIO] = {"EIO", N_("the system call failed")},
	[-HC_ENOMEM] = {"ENOMEM", N_("out of memory")},
	[-HC_EUSAGE] = {"EUSAGE", N_("wrong usage")},
	[-HC_EBUSY] = {"EBUSY", N_("a limit is reached")},
	[-HC_ESTATE] = {"ESTATE", N_("out of order")},
	[-HC_EPLATFORM] = {"EPLATFORM", N_("the platform refused")},
	[-HC_EINTERNAL] = {"EINTERNAL", N_("internal error; please report it")},
};

static int known(int code)
{
	return code <= 0 && code >= HC_CODE_LAST;
}

const char *error_name(int code)
{
	return known(code) ? codes[-code].name : "EUNKNOWN";
}

const char *error_sentence(int code)
{
	return known(code) ? codes[-code].sentence : "unknown error";
}

int error_fail(struct error *err, int code, const char *where, const char *found, ...)
{
	va_list ap;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	err->code = code;
	err->found_format = found;
	snprintf(err->where, sizeof(err->where), "%s", where);
	va_start(ap, found);
	vsnprintf(err->found, sizeof(err->found), found, ap);
	va_end(ap);
	return code;
}

int error_expected(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return HC_EINTERNAL;
	err->expected_format = fmt;
	va_start(ap, fmt);
	vsnprintf(err->expected, sizeof(err->expected), fmt, ap);
	va_end(ap);
	return err->code;
}

int error_remedy(struct error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return HC_EINTERNAL;
	err->remedy_format = fmt;
	va_start(ap, fmt);
	vsnprintf(err->remedy, sizeof(err->remedy), fmt, ap);
	va_end(ap);
	return err->code;
}

int error_section(struct error *err, const char *section)
{
	if (!err)
		return HC_EINTERNAL;
	snprintf(err->section, sizeof(err->section), "%s", section);
	return err->code;
}

int error_at(struct error *err, uint64_t offset)
{
	if (!err)
		return HC_EINTERNAL;
	err->has_offset = true;
	err->offset = offset;
	return err->code;
}

/* Those that a person meets, in the words of the C library, marked to be translated. */
static const char *usual_errno_text(int errno_value)
{
	switch (errno_value) {
	case ENOENT:
		return N_("No such file or directory");
	case EACCES:
		return N_("Permission denied");
	case EPERM:
		return N_("Operation not permitted");
	case EISDIR:
		return N_("Is a directory");
	case ENOTDIR:
		return N_("Not a directory");
	case EEXIST:
		return N_("File exists");
	case ENOSPC:
		return N_("No space left on device");
	case EROFS:
		return N_("Read-only file system");
	case EIO:
		return N_("Input/output error");
	default:
		return NULL;
	}
}

const char *error_errno_text(int errno_value)
{
	const char *text = usual_errno_text(errno_value);

	if (!text)
		text = strerrordesc_np(errno_value);
	return text ? text : "unknown error number";
}

int error_errno(struct error *err, const char *where, int errno_value)
{
	return error_fail(err, HC_EIO, where, "%s", error_errno_text(errno_value));
}

struct line {
	char *buf;
	size_t cap, len;
};

static void add(struct line *line, const char *prefix, const char *text)
{
	for (int part = 0; part < 2; part++)
		for (const char *s = part ? text : prefix; *s && line->len + 1 < line->cap; s++)
			line->buf[line->len++] = *s;
}

/* A constant is looked up whole, also one that went through "%s"; else its format is. */
static void translate(char *buf, size_t cap, const char *filled, const char *format,
	const char *(*text)(const char *msgid))
{
	const char *translation = format ? text(format) : format;

	if (translation == format || !strcmp(translation, format))
		snprintf(buf, cap, "%s", text(filled));
	else
		refill(buf, cap, filled, format, translation);
}

void error_found_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap)
{
	translate(buf, cap, err->found, err->found_format, text);
}

void error_expected_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap)
{
	translate(buf, cap, err->expected, err->expected_format, text);
}

size_t error_format_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap)
{
	struct line line = {buf, cap, 0};
	char offset[40] = "", part[256];

	if (!cap)
		return 0;
	if (err->has_offset)
		snprintf(offset, sizeof(offset), " at 0x%llx", (unsigned long long)err->offset);
	add(&line, err->where, offset);
	add(&line, err->where[0] ? text(N_(": ")) : "", text(error_sentence(err->code)));
	error_found_with(err, text, part, sizeof(part));
	if (err->found[0])
		add(&line, text(N_("; found ")), part);
	error_expected_with(err, text, part, sizeof(part));
	if (err->expected[0])
		add(&line, err->found[0] ? text(N_(", expected ")) : text(N_("; expected ")), part);
	if (err->section[0]) {
		add(&line, " (", err->section);
		add(&line, ")", "");
	}
	translate(part, sizeof(part), err->remedy, err->remedy_format, text);
	if (err->remedy[0])
		add(&line, text(N_(". Do: ")), part);
	buf[line.len] = '\0';
	text_clean(buf);
	return line.len;
}

static const char *as_is(const char *msgid)
{
	return msgid;
}

size_t error_format(const struct error *err, char *buf, size_t cap)
{
	return error_format_with(err, as_is, buf, cap);
}
