/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an event log; what every event points to must be inside the log. */
#include <stdlib.h>

#include "attest/measure/ccel_event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the data is, what is said of it can be printed. */
static void show(const struct ccel_event *e)
{
	char text[200];
	enum ccel_digest_of of;

	ccel_event_describe(e, text, sizeof(text));
	for (const char *c = text; *c; c++)
		if (*c < 0x20 || *c > 0x7e)
			abort();
	if (ccel_event_digest_of(e, &of) || !ccel_event_type_name(e->type))
		abort();
}

static void check(void *ctx, const struct ccel_event *e, const uint8_t rtmr[SHA384_SIZE])
{
	const struct view *log = ctx;

	if (e->digest < log->data || e->digest + SHA384_SIZE > log->data + log->len ||
		e->data.data < log->data || e->data.len > log->len)
		abort();
	if (!rtmr && e->mr_index != 0)
		abort();
	show(e);
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
