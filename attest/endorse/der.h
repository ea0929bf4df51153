/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading DER (ITU-T X.690, section 10): definite, minimal lengths, one-byte tags, nothing lenient.
 * A reader is a struct view that shrinks from the front; on a refusal it is left as it was.
 */
#ifndef HC_ATTEST_ENDORSE_DER_H
#define HC_ATTEST_ENDORSE_DER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define DER_BOOLEAN          0x01
#define DER_INTEGER          0x02
#define DER_BIT_STRING       0x03
#define DER_OCTET_STRING     0x04
#define DER_NULL             0x05
#define DER_OID              0x06
#define DER_IA5_STRING       0x16
#define DER_UTC_TIME         0x17
#define DER_GENERALIZED_TIME 0x18
#define DER_SEQUENCE         0x30
#define DER_SET              0x31
#define DER_CONTEXT(n)       (0xa0 | (n)) /* constructed, EXPLICIT */

/* The tag of the next element, or 0 at the end. */
uint8_t der_peek(struct view in);

/* Take one element of any tag. `whole` (may be NULL) includes tag and length. */
HC_MUST_USE bool der_any(struct view *in, uint8_t *tag, struct view *content, struct view *whole);

/* Take one element with this tag. */
HC_MUST_USE bool der_take(struct view *in, uint8_t tag, struct view *content);

/* The only element of `in`, with this tag. */
HC_MUST_USE bool der_only(struct view in, uint8_t tag, struct view *content);

/* Content of a minimal, non-negative INTEGER, without the zero that keeps it so; 0 is one byte. */
HC_MUST_USE bool der_take_unsigned(struct view *in, struct view *magnitude);

/* An INTEGER of 0 to 255. */
HC_MUST_USE bool der_take_byte(struct view *in, uint8_t *value);

/* A BIT STRING of whole bytes. */
HC_MUST_USE bool der_take_bits(struct view *in, struct view *content);

/* UTCTime or GeneralizedTime in the form RFC 5280 4.1.2.5 asks for; seconds since 1970. */
HC_MUST_USE bool der_take_time(struct view *in, int64_t *at);

bool der_equal(struct view a, struct view b);

#endif
