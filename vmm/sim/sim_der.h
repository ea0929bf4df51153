/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small writer of DER (X.690) for the simulated root: only what AMD's certificates hold. The
 * first failure sticks in `code`, so that a structure is written straight down and checked once.
 */
#ifndef HC_VMM_SIM_SIM_DER_H
#define HC_VMM_SIM_SIM_DER_H

#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define DER_BOOLEAN      0x01
#define DER_INTEGER      0x02
#define DER_BITS         0x03
#define DER_OCTETS       0x04
#define DER_NULL         0x05
#define DER_OID          0x06
#define DER_UTF8         0x0c
#define DER_PRINTABLE    0x13
#define DER_IA5          0x16
#define DER_UTC_TIME     0x17
#define DER_TIME         0x18 /* GeneralizedTime */
#define DER_SEQUENCE     0x30
#define DER_SET          0x31
#define DER_CONTEXT(n)   (0xa0 | (n)) /* constructed */
#define DER_PRIMITIVE(n) (0x80 | (n))

/* Zero-initialise; bytes_free(&der.out) when done. */
struct sim_der {
	struct bytes out;
	int code; /* 0, HC_ENOMEM or HC_ERANGE */
};

/* A constructed (or wrapping) element around what is written until the close with its mark. */
size_t sim_der_open(struct sim_der *der, uint8_t tag);
void sim_der_close(struct sim_der *der, size_t mark);

/* A whole element. */
void sim_der_put(struct sim_der *der, uint8_t tag, const void *data, size_t len);
void sim_der_text(struct sim_der *der, uint8_t tag, const char *text);

/* Bytes that are DER already. */
void sim_der_raw(struct sim_der *der, const void *data, size_t len);

/* INTEGER, not negative, from a number or from big-endian bytes; shortest form. */
void sim_der_uint(struct sim_der *der, uint64_t value);
void sim_der_big(struct sim_der *der, const uint8_t *data, size_t len);

/* OBJECT IDENTIFIER from "1.2.840". */
void sim_der_oid(struct sim_der *der, const char *dotted);

/* UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). Seconds since 1970. */
void sim_der_time(struct sim_der *der, int64_t seconds);

#endif
