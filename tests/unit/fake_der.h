/* SPDX-License-Identifier: Apache-2.0 */
/* Writing DER for the vendors that tests simulate. Everything is appended to `out`. */
#ifndef HC_TESTS_FAKE_DER_H
#define HC_TESTS_FAKE_DER_H

#include <stdbool.h>

#include "common/bytes.h"

void fake_append(struct bytes *out, const void *data, size_t len);
void fake_der(struct bytes *out, uint8_t tag, const void *content, size_t len);
/* An element that holds what `inner` holds, which is freed. */
void fake_wrap(struct bytes *out, uint8_t tag, struct bytes *inner);
/* INTEGER of a big-endian magnitude without leading zeros. */
void fake_unsigned(struct bytes *out, const uint8_t *data, size_t len);
/* A Name of one common name; UTCTime; a BIT STRING of whole bytes. */
void fake_name(struct bytes *out, const char *cn);
void fake_time(struct bytes *out, int64_t at);
void fake_bits(struct bytes *out, const uint8_t *data, size_t len);
void fake_extension(struct bytes *out, const uint8_t *oid, size_t oid_len, bool critical,
	const void *value, size_t len);

#endif
