/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type of the project: an int, 0 or a negative code of the table below, and what went
 * wrong in detail in a struct error that the caller owns. Never holds secrets or private keys.
 */
#ifndef HC_COMMON_ERROR_H
#define HC_COMMON_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HC_MUST_USE     __attribute__((warn_unused_result))
#define HC_PRINTF(f, a) __attribute__((format(printf, f, a)))

enum hc_code {
	HC_OK = 0,
	HC_EFORMAT = -1,      /* bytes that are not what they claim to be */
	HC_ETRUNCATED = -2,   /* fewer bytes than the format needs */
	HC_ERANGE = -3,       /* a number outside what is allowed */
	HC_EUNSUPPORTED = -4, /* well formed, and not handled here */
	HC_EMISMATCH = -5,    /* two things that must be equal are not */
	HC_ESIGNATURE = -6,   /* a signature or MAC that does not verify */
	HC_EEXPIRED = -7,     /* outside a validity window, or used once already */
	HC_EREVOKED = -8,     /* on a revocation list */
	HC_EMISSING = -9,     /* something needed was not given or not found */
	HC_EDENIED = -10,     /* refused by a policy, or by the operating system */
	HC_EIO = -11,         /* the operating system reports an error */
	HC_ENOMEM = -12,      /* allocation failed */
	HC_EUSAGE = -13,      /* a call or a command line that makes no sense */
	HC_EBUSY = -14,       /* a limit is reached; the same call may pass later */
	HC_ESTATE = -15,      /* a call out of order */
	HC_EPLATFORM = -16,   /* KVM, the secure processor or the TDX module refused */
	HC_EINTERNAL = -17,   /* a bug in this program */
	HC_CODE_LAST = HC_EINTERNAL,
};

/*
 * Detail of one failure. All strings are NUL-terminated and may be empty; over-long text is cut.
 * A zeroed struct error is "no error".
 */
struct error {
	int code;           /* enum hc_code */
	bool has_offset;    /* offset is meaningful */
	uint64_t offset;    /* byte offset in the input, or guest address where `where` says so */
	char where[96];     /* field, file, ioctl or step */
	char found[192];    /* what was there */
	char expected[192]; /* what should have been there */
	char section[64];   /* specification and section */
	char remedy[192];   /* what the reader can do */
	/* The formats that these three were made from: constants, looked up by error_format_with.
	 */
	const char *found_format, *expected_format, *remedy_format;
};

/* Short stable name of a code ("EFORMAT") and one sentence for it; never NULL. */
const char *error_name(int code);
const char *error_sentence(int code);

/*
 * Fill `err` (may be NULL) anew: code, where, and found as a format. Returns `code`, so that
 * `return error_fail(err, HC_EFORMAT, "manifest.magic", "0x%08x", magic);` is one line.
 */
int error_fail(struct error *err, int code, const char *where, const char *found, ...)
	HC_PRINTF(4, 5);

/* Add to an error just filled; each returns err->code (HC_EINTERNAL for NULL). */
int error_expected(struct error *err, const char *fmt, ...) HC_PRINTF(2, 3);
int error_remedy(struct error *err, const char *fmt, ...) HC_PRINTF(2, 3);
int error_section(struct error *err, const char *section);
int error_at(struct error *err, uint64_t offset);

/*
 * What an errno value means, in English; a message for the usual ones. Unlike strerror, it takes no
 * memory and looks up no translation: hc-vmm's vCPU threads may do neither (seccomp ends the
 * process, with glibc 2.41).
 */
const char *error_errno_text(int errno_value);

/* error_fail for a failed system call: found is error_errno_text(errno_value). */
int error_errno(struct error *err, const char *where, int errno_value);

/*
 * One line for a person, without newline: "where at byte N: sentence; found X, expected Y
 * (section). Do: remedy". Returns the length written, at most cap - 1; control characters come out
 * as '?'.
 */
size_t error_format(const struct error *err, char *buf, size_t cap);

/*
 * The same with every message through `text`, e.g. into another language (common/messages.h). What
 * was made from a format is made again from its translation.
 */
size_t error_format_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap);

/* The same for one part alone, for those who show parts: found, expected. Cut at `cap`. */
void error_found_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap);
void error_expected_with(
	const struct error *err, const char *(*text)(const char *msgid), char *buf, size_t cap);

#endif
