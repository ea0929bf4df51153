/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an event log; what every event points to must be inside the log. */
#include <stdlib.h>

#include "attest/measure/ccel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(void *ctx, const struct ccel_event *e, const uint8_t rtmr[SHA384_SIZE])
{
	const struct view *log = ctx;

	if (e->digest < log->data || e->digest + SHA384_SIZE > log->data + log->len ||
		e->data.data < log->data || e->data.len > log->len)
		abort();
	if (!rtmr && e->mr_index != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t rtmr[CCEL_RTMRS][SHA384_SIZE];
	struct view log = {data, size};
	struct error err;

	if (ccel_replay(rtmr, log, check, &log, &err) && !bytes_all_zero(rtmr[0], sizeof(rtmr)))
		abort();
	return 0;
}
