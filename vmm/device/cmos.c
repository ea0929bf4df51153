/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read-only MC146818 clock. The time is the host's word and so is untrusted in a confidential
 * guest; nothing the guest writes changes it.
 */
#include "vmm/device/cmos.h"

#include "common/timefmt.h"
#include "firmware/abi/layout.h"

enum {
	REG_SECONDS = 0x00,
	REG_MINUTES = 0x02,
	REG_HOURS = 0x04,
	REG_WEEKDAY = 0x06,
	REG_DAY = 0x07,
	REG_MONTH = 0x08,
	REG_YEAR = 0x09,
	REG_A = 0x0a,
	REG_B = 0x0b,
	REG_D = 0x0d,
	REG_CENTURY = 0x32,
};

#define A_DIVIDER  0x26 /* 32.768 kHz, 1024 Hz, no update in progress */
#define B_24H      0x02
#define B_BINARY   0x04
#define D_VALID    0x80
#define HOUR_PM    0x80
#define INDEX_MASK 0x7f /* bit 7 masks NMI */

static uint8_t number(const struct cmos *c, int value)
{
	if (c->format & B_BINARY)
		return (uint8_t)value;
	return (uint8_t)(value / 10 << 4 | value % 10);
}

static uint8_t hours(const struct cmos *c, int hour)
{
	uint8_t pm = hour >= 12 ? HOUR_PM : 0;

	if (c->format & B_24H)
		return number(c, hour);
	return number(c, hour % 12 ? hour % 12 : 12) | pm;
}

/* The two digits at `at` of "YYYY-MM-DDTHH:MM:SSZ". */
static int digits(const char *text, int at)
{
	return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

static uint8_t weekday(int64_t now)
{
	int64_t days = now / 86400 - (now % 86400 < 0); /* 1970-01-01 was a Thursday */

	return (uint8_t)(((days + 4) % 7 + 7) % 7 + 1);
}

/* Not gmtime_r: the C library opens /etc/localtime for it, which the sandbox forbids. */
static uint8_t clock_register(const struct cmos *c)
{
	int64_t now = c->now(c->ctx);
	char text[TIMEFMT_SIZE];

	timefmt_rfc3339(text, now, -1);
	if (text[4] != '-')
		return 0; /* no year of four digits */
	switch (c->index) {
	case REG_SECONDS:
		return number(c, digits(text, 17));
	case REG_MINUTES:
		return number(c, digits(text, 14));
	case REG_HOURS:
		return hours(c, digits(text, 11));
	case REG_WEEKDAY:
		return weekday(now);
	case REG_DAY:
		return number(c, digits(text, 8));
	case REG_MONTH:
		return number(c, digits(text, 5));
	case REG_YEAR:
		return number(c, digits(text, 2));
	case REG_CENTURY:
		return number(c, digits(text, 0));
	}
	return 0;
}

static uint64_t cmos_read(void *dev, uint64_t offset, unsigned int size)
{
	const struct cmos *c = dev;

	if (offset != 1 || size != 1)
		return 0;
	switch (c->index) {
	case REG_A:
		return A_DIVIDER;
	case REG_B:
		return c->format;
	case REG_D:
		return D_VALID;
	}
	return clock_register(c);
}

static void cmos_write(void *dev, uint64_t offset, unsigned int size, uint64_t value)
{
	struct cmos *c = dev;

	if (size != 1)
		return;
	if (offset == 0)
		c->index = value & INDEX_MASK;
	else if (c->index == REG_B)
		c->format = value & (B_24H | B_BINARY);
}

static const struct bus_ops cmos_ops = {.read = cmos_read, .write = cmos_write};

int cmos_init(struct cmos *c, struct bus *ports, int64_t (*now)(void *ctx), void *ctx)
{
	*c = (struct cmos){.now = now, .ctx = ctx, .format = B_24H};
	return bus_add(ports, HC_PORT_CMOS_INDEX, 2, &cmos_ops, c);
}
