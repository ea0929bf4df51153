/* SPDX-License-Identifier: Apache-2.0 */
/* Times as RFC 3339 text in UTC, without the C library's time zones. */
#include "common/timefmt.h"
#include "common/messages.h"

#include <stdio.h>
#include <string.h>

/* Days before 1 March of `year` counted from 1 March of year 0 (leap days come last that way). */
static int64_t days_to_march(int64_t year)
{
	int64_t era = (year >= 0 ? year : year - 399) / 400, in_era = year - era * 400;

	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100;
}

int64_t timefmt_civil(int year, int month, int day, int hour, int minute, int second)
{
	int64_t y = month < 3 ? year - 1 : year;
	int64_t m = month < 3 ? month + 9 : month - 3;
	int64_t days = days_to_march(y) + (153 * m + 2) / 5 + day - 1 - 719468;

	return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

void timefmt_rfc3339(char out[TIMEFMT_SIZE], int64_t seconds, int ms)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int64_t year, day;
	int month = 3;
	char frac[8] = "";

	/* Years 0 to 9999; also what keeps the search below short. */
	if (seconds < -62167219200 || seconds > 253402300799) {
		snprintf(out, TIMEFMT_SIZE, "outside-years-0-9999");
		return;
	}
	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468;
	year = days / 366;
	while (days_to_march(year + 1) <= days)
		year++;
	day = days - days_to_march(year);
	for (int m = 0; m < 11; m++)
		if (day >= (153 * (m + 1) + 2) / 5)
			month = m + 4;
	day -= (153 * (month - 3) + 2) / 5;
	if (month > 12) {
		month -= 12;
		year++;
	}
	if (ms >= 0 && ms < 1000)
		snprintf(frac, sizeof(frac), ".%03d", ms);
	snprintf(out, TIMEFMT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", (int)year, month,
		(int)day + 1, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60), frac);
}

/* `n` digits at *p; -1 if there are none such. */
static int number(const char **p, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return -1;
		v = v * 10 + (**p - '0');
	}
	return v;
}

static int expect(const char **p, const char *set)
{
	return **p && strchr(set, **p) ? *(*p)++ : 0;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static int parse_date(const char **p, int *y, int *m, int *d)
{
	*y = number(p, 4);
	if (*y < 0 || !expect(p, "-"))
		return -1;
	*m = number(p, 2);
	if (*m < 1 || *m > 12 || !expect(p, "-"))
		return -1;
	*d = number(p, 2);
	return *d < 1 || *d > month_days(*y, *m) ? -1 : 0;
}

static int parse_offset(const char **p, int64_t *offset)
{
	int sign = expect(p, "Zz+-"), h, m;

	*offset = 0;
	if (sign == 'Z' || sign == 'z')
		return 0;
	if (!sign)
		return -1;
	h = number(p, 2);
	if (h < 0 || h > 23 || !expect(p, ":"))
		return -1;
	m = number(p, 2);
	if (m < 0 || m > 59)
		return -1;
	*offset = (sign == '+' ? 1 : -1) * (h * 3600 + m * 60);
	return 0;
}

static int parse_time(const char **p, int *h, int *m, int *s)
{
	*h = number(p, 2);
	if (*h < 0 || *h > 23 || !expect(p, ":"))
		return -1;
	*m = number(p, 2);
	if (*m < 0 || *m > 59 || !expect(p, ":"))
		return -1;
	*s = number(p, 2);
	if (*s < 0 || *s > 60)
		return -1;
	if (expect(p, ".")) {
		if (number(p, 1) < 0)
			return -1;
		while (number(p, 1) >= 0)
			;
	}
	return 0;
}

int timefmt_parse(int64_t *out, const char *text, struct error *err)
{
	const char *p = text;
	int y, mo, d, h = 0, mi = 0, s = 0, bad;
	int64_t offset = 0;

	bad = parse_date(&p, &y, &mo, &d);
	if (!bad && *p)
		bad = !expect(&p, "Tt ") || parse_time(&p, &h, &mi, &s) ||
		      parse_offset(&p, &offset);
	if (bad || *p) {
		error_fail(err, HC_EFORMAT, "time", "\"%.40s\"", text);
		error_expected(err, "RFC 3339, such as 2026-11-22T14:05:09Z");
		return HC_EFORMAT;
	}
	*out = timefmt_civil(y, mo, d, h, mi, s) - offset;
	return 0;
}
