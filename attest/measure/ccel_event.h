/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of a TDX guest's event log for a person (TCG PC Client Platform Firmware Profile 1.06,
 * 10.4). A description is made from the event's data, and only the digest was extended: whether the
 * one is what the other says has to be shown beside it. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_CCEL_EVENT_H
#define HC_ATTEST_MEASURE_CCEL_EVENT_H

#include "attest/measure/ccel.h"

/* "EV_SEPARATOR"; "unknown" for a type that is not in the profile. */
const char *ccel_event_type_name(uint32_t type);

/* "rtmr0" to "rtmr3"; "mrtd" for index 0. */
const char *ccel_event_register(uint32_t mr_index);

/*
 * A few words from the event's data: names of variables, paths of images, texts. Printable ASCII
 * whatever the data is; cut at `cap` (at least 1), empty for data that does not say anything.
 */
void ccel_event_describe(const struct ccel_event *event, char *buf, size_t cap);

/* Which part of an event's data its digest was made of. */
enum ccel_digest_of {
	CCEL_DIGEST_OF_OTHER, /* of something that is not in the log: nothing vouches for the data
			       */
	CCEL_DIGEST_OF_DATA,  /* of all of the data */
	CCEL_DIGEST_OF_TEXT,  /* of the text without the NUL at its end, or after its "word: " */
	CCEL_DIGEST_OF_VALUE, /* of a variable's value, without its name */
};

/* HC_EINTERNAL if hashing fails. */
HC_MUST_USE int ccel_event_digest_of(const struct ccel_event *event, enum ccel_digest_of *out);

/* "data", "text", "value"; "" for OTHER. */
const char *ccel_digest_of_name(enum ccel_digest_of of);

#endif
