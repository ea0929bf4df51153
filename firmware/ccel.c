/* SPDX-License-Identifier: Apache-2.0 */
/* The event log: see ccel.h. TCG PC Client Platform Firmware Profile 1.05, 10.2. */
#include "firmware/ccel.h"

#include <string.h>

#include "common/bytes.h"

#define ALGORITHM_SHA384 0x000c
#define DIGEST_SIZE      48
#define EV_NO_ACTION     3

/* The first event, of the old layout (10.2.1): register 1, nothing extended, and what follows. */
enum {
	FIRST_INDEX = 0,
	FIRST_TYPE = 4,
	FIRST_LENGTH = 28,
	FIRST_SIGNATURE = 32,
	FIRST_VERSION_MAJOR = 32 + 21,
	FIRST_UINTN = 32 + 23, /* in 32 bits */
	FIRST_ALGORITHMS = 32 + 24,
	FIRST_ALGORITHM = 32 + 28,
	FIRST_DIGEST_SIZE = 32 + 30,
};

/* An event (10.2.2) with one digest. */
enum {
	EVENT_INDEX = 0,
	EVENT_TYPE = 4,
	EVENT_DIGESTS = 8,
	EVENT_ALGORITHM = 12,
	EVENT_DIGEST = 14,
	EVENT_LENGTH = EVENT_DIGEST + DIGEST_SIZE,
	EVENT_DATA = EVENT_LENGTH + 4,
};
_Static_assert(EVENT_DATA + sizeof(struct hc_manifest) == HC_CCEL_EVENT_SIZE, "abi/ccel.h");

static void first_event(uint8_t *e)
{
	static const char signature[] = "Spec ID Event03";

	put_le32(e + FIRST_INDEX, 1);
	put_le32(e + FIRST_TYPE, EV_NO_ACTION);
	put_le32(e + FIRST_LENGTH, HC_CCEL_FIRST_SIZE - FIRST_SIGNATURE);
	memcpy(e + FIRST_SIGNATURE, signature, sizeof(signature));
	e[FIRST_VERSION_MAJOR] = 2;
	e[FIRST_UINTN] = 2;
	put_le32(e + FIRST_ALGORITHMS, 1);
	put_le16(e + FIRST_ALGORITHM, ALGORITHM_SHA384);
	put_le16(e + FIRST_DIGEST_SIZE, DIGEST_SIZE);
}

void ccel_log_build(uint8_t log[HC_CCEL_LOG_SIZE], const struct hc_manifest *manifest,
	const uint8_t digest[DIGEST_SIZE])
{
	uint8_t *e = log + HC_CCEL_FIRST_SIZE;

	first_event(log);
	put_le32(e + EVENT_INDEX, HC_CCEL_MR_INDEX);
	put_le32(e + EVENT_TYPE, HC_CCEL_EVENT_TYPE);
	put_le32(e + EVENT_DIGESTS, 1);
	put_le16(e + EVENT_ALGORITHM, ALGORITHM_SHA384);
	memcpy(e + EVENT_DIGEST, digest, DIGEST_SIZE);
	put_le32(e + EVENT_LENGTH, sizeof(*manifest));
	memcpy(e + EVENT_DATA, manifest, sizeof(*manifest));
}
