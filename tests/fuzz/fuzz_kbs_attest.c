/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the message of an attempt to attest. What is accepted says the same after a way
 * through our own writer: nothing was guessed.
 */
#include <stdlib.h>
#include <string.h>

#include "attest/kbs/binding.h"
#include "attest/kbs/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const struct kbs_attest *a)
{
	struct view report = {a->evidence.report, sizeof(a->evidence.report)};
	uint8_t bound[KBS_REPORT_DATA_SIZE];
	struct bytes text = {0};
	struct kbs_attest back;

	if (kbs_binding(&a->key, a->nonce, "", bound, NULL, NULL))
		abort();
	/* Bytes after S are the one thing that may travel in and is not sent by us. */
	if (bytes_all_zero(report.data + 0x330, report.len - 0x330)) {
		if (kbs_attest_build(&a->key, a->nonce, report, (struct view){0}, &text, NULL) ||
			kbs_attest_parse(bytes_view(&text), &back, NULL) ||
			memcmp(back.evidence.report, a->evidence.report, report.len) != 0)
			abort();
		kbs_attest_fini(&back);
	}
	bytes_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kbs_attest a;
	struct error err = {0};
	int rc = kbs_attest_parse((struct view){data, size}, &a, &err);

	if (rc && !err.code)
		abort();
	if (!rc)
		round_trip(&a);
	kbs_attest_fini(&a);
	return 0;
}
