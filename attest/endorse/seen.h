/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen last of a vendor's lists and statements, so that nobody can go back to older ones
 * while they are still in date. A value of the caller's: given to an appraisal, changed by it, kept
 * by whoever can keep something. No I/O here.
 */
#ifndef HC_ATTEST_ENDORSE_SEEN_H
#define HC_ATTEST_ENDORSE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/error.h"

#define SEEN_MAX         256 /* things that are kept apart */
#define SEEN_NAME_SIZE   112
#define SEEN_NUMBER_SIZE 20          /* of a CRL number at most (RFC 5280 5.2.3) */
#define SEEN_TEXT_MAX    (64U << 10) /* of the JSON text */

struct seen_item {
	char name[SEEN_NAME_SIZE];        /* what it is, and under which root */
	uint8_t number[SEEN_NUMBER_SIZE]; /* big-endian: CRL number, evaluation data number */
	int64_t date;                     /* thisUpdate, issueDate */
};

/* Zeroed: nothing was seen yet. */
struct seen {
	size_t count;
	bool changed; /* since it was read */
	struct seen_item item[SEEN_MAX];
};

/* Is `now` of a lower number or of an earlier date than what was seen of this name? */
bool seen_is_older(const struct seen *seen, const struct seen_item *now);

/*
 * Remember `now`, unless it is older. Where no place is left, the one with the earliest date goes:
 * it is the nearest to running out of its own accord.
 */
void seen_note(struct seen *seen, const struct seen_item *now);

/*
 * As JSON text: {"version":1,"seen":[{"name":..,"number":"hex","date":"RFC 3339"}]}. Reading is
 * strict: HC_EFORMAT, HC_EMISSING, HC_ERANGE. `text` is appended.
 */
HC_MUST_USE int seen_parse(struct seen *out, struct view text, struct error *err);
HC_MUST_USE int seen_write(const struct seen *seen, struct bytes *text, struct error *err);

#endif
