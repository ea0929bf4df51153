/* SPDX-License-Identifier: Apache-2.0 */
/* See sim_der.h. Never writes a length or a number in anything but its shortest form. */
#include "vmm/sim/sim_der.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/timefmt.h"

void sim_der_raw(struct sim_der *der, const void *data, size_t len)
{
	if (der->code == 0)
		der->code = bytes_append(&der->out, data, len);
}

size_t sim_der_open(struct sim_der *der, uint8_t tag)
{
	sim_der_raw(der, &tag, 1);
	return der->out.len;
}

/* X.690 8.1.3 and 10.1 */
static size_t length_bytes(uint8_t out[3], size_t len)
{
	if (len < 0x80) {
		out[0] = (uint8_t)len;
		return 1;
	}
	if (len < 0x100) {
		out[0] = 0x81;
		out[1] = (uint8_t)len;
		return 2;
	}
	out[0] = 0x82;
	out[1] = (uint8_t)(len >> 8);
	out[2] = (uint8_t)len;
	return 3;
}

void sim_der_close(struct sim_der *der, size_t mark)
{
	static const uint8_t room[3];
	uint8_t header[3];
	size_t len, n;

	if (der->code)
		return;
	len = der->out.len - mark;
	if (len > 0xffff) {
		der->code = HC_ERANGE;
		return;
	}
	n = length_bytes(header, len);
	sim_der_raw(der, room, n);
	if (der->code)
		return;
	memmove(der->out.data + mark + n, der->out.data + mark, len);
	memcpy(der->out.data + mark, header, n);
}

void sim_der_put(struct sim_der *der, uint8_t tag, const void *data, size_t len)
{
	size_t mark = sim_der_open(der, tag);

	sim_der_raw(der, data, len);
	sim_der_close(der, mark);
}

void sim_der_text(struct sim_der *der, uint8_t tag, const char *text)
{
	sim_der_put(der, tag, text, strlen(text));
}

void sim_der_big(struct sim_der *der, const uint8_t *data, size_t len)
{
	static const uint8_t zero;
	size_t mark = sim_der_open(der, DER_INTEGER);

	while (len > 0 && data[0] == 0) {
		data++;
		len--;
	}
	if (len == 0 || data[0] & 0x80) /* a leading one bit would be a sign */
		sim_der_raw(der, &zero, 1);
	if (len)
		sim_der_raw(der, data, len);
	sim_der_close(der, mark);
}

void sim_der_uint(struct sim_der *der, uint64_t value)
{
	uint8_t be[8];

	put_be32(be, (uint32_t)(value >> 32));
	put_be32(be + 4, (uint32_t)value);
	sim_der_big(der, be, sizeof(be));
}

/* X.690 8.19.2: seven bits a byte, most significant first, the top bit on all but the last. */
static void oid_arc(struct sim_der *der, unsigned long arc)
{
	uint8_t buf[10], more = 0;
	size_t n = sizeof(buf);

	do {
		buf[--n] = (uint8_t)((arc & 0x7f) | more);
		arc >>= 7;
		more = 0x80;
	} while (arc);
	sim_der_raw(der, buf + n, sizeof(buf) - n);
}

void sim_der_oid(struct sim_der *der, const char *dotted)
{
	size_t mark = sim_der_open(der, DER_OID);
	char *end;
	unsigned long first = strtoul(dotted, &end, 10);

	if (first > 2 || *end != '.') {
		der->code = HC_ERANGE;
		return;
	}
	oid_arc(der, first * 40 + strtoul(end + 1, &end, 10));
	while (*end == '.')
		oid_arc(der, strtoul(end + 1, &end, 10));
	if (*end && der->code == 0)
		der->code = HC_ERANGE;
	sim_der_close(der, mark);
}

void sim_der_time(struct sim_der *der, int64_t seconds)
{
	char rfc3339[TIMEFMT_SIZE], text[16];
	int skip = 0;

	if (seconds < 0 || seconds >= timefmt_civil(10000, 1, 1, 0, 0, 0)) {
		der->code = HC_ERANGE;
		return;
	}
	if (seconds < timefmt_civil(2050, 1, 1, 0, 0, 0))
		skip = 2;                      /* no century in UTCTime */
	timefmt_rfc3339(rfc3339, seconds, -1); /* 2026-11-22T14:05:09Z */
	snprintf(text, sizeof(text), "%.4s%.2s%.2s%.2s%.2s%.2sZ", rfc3339, rfc3339 + 5, rfc3339 + 8,
		rfc3339 + 11, rfc3339 + 14, rfc3339 + 17);
	sim_der_text(der, skip ? DER_UTC_TIME : DER_TIME, text + skip);
}
