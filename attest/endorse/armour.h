/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and lists as text, in the ways in which services and bundles write them: url-encoded
 * PEM in headers, hex or base64 of DER in JSON. Only told apart and decoded here; endorsements.h
 * reads what comes out. Text may be anything.
 */
#ifndef HC_ATTEST_ENDORSE_ARMOUR_H
#define HC_ATTEST_ENDORSE_ARMOUR_H

#include <stdbool.h>

#include "common/bytes.h"
#include "common/error.h"

/* Without the blanks and line ends around it. */
struct view armour_trim(struct view text);

bool armour_is_pem(struct view text); /* somewhere in it */
bool armour_is_url(struct view text); /* PEM, url-encoded, somewhere in it */
bool armour_is_hex(struct view text); /* of DER: "30" first, an even number of digits, no more */

/*
 * Appended to `out`. %XX is RFC 3986 2.1; '+' is a blank only in text that writes it for the blanks
 * of PEM lines. HC_ENOMEM; HC_EFORMAT for what is not of the form.
 */
HC_MUST_USE int armour_url_decode(struct bytes *out, struct view text);
HC_MUST_USE int armour_hex_decode(struct bytes *out, struct view text);
/* Of DER of more than 127 bytes, which starts with "MI". */
HC_MUST_USE int armour_base64_decode(struct bytes *out, struct view text);

#endif
