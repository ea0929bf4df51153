/* SPDX-License-Identifier: Apache-2.0 */
/* Times as RFC 3339 text in UTC. Seconds since 1970-01-01T00:00:00Z are int64_t everywhere. */
#ifndef HC_COMMON_TIMEFMT_H
#define HC_COMMON_TIMEFMT_H

#include <stdint.h>

#include "common/error.h"

#define TIMEFMT_SIZE 40

/* "2026-11-22T14:05:09Z", or with ".123" for `ms` 0..999 (pass -1 for none). Years 0 to 9999. */
void timefmt_rfc3339(char out[TIMEFMT_SIZE], int64_t seconds, int ms);

/* Accepts "YYYY-MM-DDTHH:MM:SS[.fraction](Z|+HH:MM|-HH:MM)" and "YYYY-MM-DD" (midnight UTC). */
HC_MUST_USE int timefmt_parse(int64_t *out, const char *text, struct error *err);

/* Seconds of a civil date and time in UTC, proleptic Gregorian; month 1..12, day 1..31. */
int64_t timefmt_civil(int year, int month, int day, int hour, int minute, int second);

#endif
