/* SPDX-License-Identifier: Apache-2.0 */
/* Writing DER for the vendors that tests simulate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "common/timefmt.h"
#include "tests/unit/fake_der.h"

void fake_append(struct bytes *out, const void *data, size_t len)
{
	assert_int_equal(bytes_append(out, data, len), 0);
}

void fake_der(struct bytes *out, uint8_t tag, const void *content, size_t len)
{
	const uint8_t size[3] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
	size_t n = len < 128 ? 0 : len < 256 ? 1 : len < 65536 ? 2 : 3;
	const uint8_t head[2] = {tag, n ? (uint8_t)(0x80 | n) : (uint8_t)len};

	assert_true(len < 1U << 24);
	fake_append(out, head, sizeof(head));
	if (n)
		fake_append(out, size + 3 - n, n);
	if (len)
		fake_append(out, content, len);
}

/* Wrap what `inner` holds, and free it. */
void fake_wrap(struct bytes *out, uint8_t tag, struct bytes *inner)
{
	fake_der(out, tag, inner->data, inner->len);
	bytes_free(inner);
}

void fake_unsigned(struct bytes *out, const uint8_t *data, size_t len)
{
	struct bytes v = {0};

	if (data[0] & 0x80)
		fake_append(&v, "", 1);
	fake_append(&v, data, len);
	fake_wrap(out, 0x02, &v);
}

void fake_name(struct bytes *out, const char *cn)
{
	struct bytes attribute = {0}, seq = {0}, set = {0};

	fake_der(&attribute, 0x06, "\x55\x04\x03", 3);
	fake_der(&attribute, 0x0c, cn, strlen(cn));
	fake_wrap(&seq, 0x30, &attribute);
	fake_wrap(&set, 0x31, &seq);
	fake_wrap(out, 0x30, &set);
}

void fake_time(struct bytes *out, int64_t at)
{
	char text[TIMEFMT_SIZE], utc[16];

	timefmt_rfc3339(text, at, -1);
	snprintf(utc, sizeof(utc), "%.2s%.2s%.2s%.2s%.2s%.2sZ", text + 2, text + 5, text + 8,
		text + 11, text + 14, text + 17);
	fake_der(out, 0x17, utc, 13);
}

void fake_bits(struct bytes *out, const uint8_t *data, size_t len)
{
	struct bytes v = {0};

	fake_append(&v, "", 1);
	fake_append(&v, data, len);
	fake_wrap(out, 0x03, &v);
}

void fake_extension(struct bytes *out, const uint8_t *oid, size_t oid_len, bool critical,
	const void *value, size_t len)
{
	struct bytes seq = {0};

	fake_der(&seq, 0x06, oid, oid_len);
	if (critical)
		fake_der(&seq, 0x01, "\xff", 1);
	fake_der(&seq, 0x04, value, len);
	fake_wrap(out, 0x30, &seq);
}
