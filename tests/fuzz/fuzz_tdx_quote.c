/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a TDX quote. One that is taken apart keeps every range inside itself, in order and
 * without a gap, and its signed part is what was received.
 */
#include <stdlib.h>

#include "attest/evidence/tdx_quote_abi.h"
#include "attest/verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const struct tdx_quote *q, struct view in)
{
	const struct tdx_range ranges[] = {q->signed_part, q->signature, q->att_key, q->qe_report,
		q->qe_report_signature, q->qe_auth, q->cert_data};
	/* Lengths and types between them. */
	static const size_t gaps[] = {0, 4, 0, 6, 0, 2, 6};
	size_t at = 0;

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (ranges[i].off != at + gaps[i] || ranges[i].len > q->size - ranges[i].off)
			abort();
		at = ranges[i].off + ranges[i].len;
	}
	if (q->size + q->trailing != in.len || memcmp(q->raw, in.data, q->size))
		abort();
	if (!bytes_all_zero(q->raw + at, sizeof(q->raw) - at) || !q->cert_data.len)
		abort();
}

static void appraise_it(struct view in)
{
	static struct verdict v;
	struct roots roots;
	struct appraise_input job = {.evidence = in, .roots = &roots, .at = 1760000000};
	const struct verdict_style style = {.lang = MESSAGES_FR, .colour = true};
	struct bytes text = {0};
	json_t *obj;

	if (roots_init(&roots))
		return;
	if (appraise(&job, &v, NULL))
		abort();
	if (v.authentic == AUTHENTIC_YES || v.value == VERDICT_TRUSTED || v.overflow)
		abort();
	if (verdict_to_json(&v, &obj, NULL) || verdict_to_text(&v, &style, &text))
		abort();
	json_decref(obj);
	bytes_free(&text);
	roots_fini(&roots);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tdx_quote q;
	struct view in = {data, size};
	struct error err = {0};

	if (tdx_quote_parse(&q, in, &err)) {
		if (!err.where[0] || !err.found[0] || q.part == TDX_PART_DONE)
			abort();
	} else {
		check_ranges(&q, in);
	}
	appraise_it(in);
	return 0;
}
