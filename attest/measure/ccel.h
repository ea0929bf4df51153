/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event logs of TDX guests (the CCEL table's log area; TCG PC Client Platform Firmware Profile
 * 10.2, and the UEFI CC_EVENT structure): replaying one gives RTMR0 to RTMR3. A log says what was
 * extended, it proves nothing: only registers that equal those of a verified quote do. Event data
 * is not checked against its digest here. No I/O, no globals.
 */
#ifndef HC_ATTEST_MEASURE_CCEL_H
#define HC_ATTEST_MEASURE_CCEL_H

#include "attest/crypto.h"
#include "common/bytes.h"
#include "common/error.h"

#define CCEL_RTMRS        4
#define CCEL_LOG_MAX      (16U << 20) /* bytes */
#define CCEL_EV_NO_ACTION 3U          /* is in the log, and extends nothing */

struct ccel_event {
	size_t offset;         /* in the log */
	uint32_t mr_index;     /* 1 to 4: RTMR0 to RTMR3; 0 is MRTD, which no event extends */
	uint32_t type;         /* TCG event type */
	const uint8_t *digest; /* SHA-384 */
	struct view data;
};

/* After each event but the first; `rtmr` is the register it names, NULL for none. */
typedef void ccel_event_fn(
	void *ctx, const struct ccel_event *event, const uint8_t rtmr[SHA384_SIZE]);

/*
 * Replay `log` from zeroed registers. After the last event only zero or only 0xff bytes may
 * follow. HC_ETRUNCATED, HC_EFORMAT, HC_EUNSUPPORTED (no SHA-384), HC_ERANGE (register index), with
 * the offset; the registers are zero then. `event` may be NULL.
 */
HC_MUST_USE int ccel_replay(uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE], struct view log,
	ccel_event_fn *event, void *ctx, struct error *err);

#endif
