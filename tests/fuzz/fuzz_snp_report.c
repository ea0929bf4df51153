/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as evidence, appraised without a certificate and with the safe defaults: no crash, and
 * neither authentic nor trusted whatever they are.
 */
#include <stdlib.h>

#include "attest/verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct verdict v;
	struct roots roots;
	struct appraise_input in = {.evidence = {data, size}, .roots = &roots, .at = 1760000000};
	struct bytes text = {0};
	const struct verdict_style style = {
		.lang = MESSAGES_FR, .colour = true, .width = 60, .program = "fuzz"};
	json_t *obj;

	if (roots_init(&roots))
		return 0;
	if (appraise(&in, &v, NULL))
		abort();
	if (v.authentic == AUTHENTIC_YES || v.value == VERDICT_TRUSTED || v.overflow)
		abort();
	/* Showing it takes most of the time, and what is shown depends on few of the bits. */
	if (size && data[size - 1] % 8) {
		roots_fini(&roots);
		return 0;
	}
	if (verdict_to_json(&v, &obj, NULL) || verdict_to_text(&v, &style, &text) ||
		verdict_to_html(&v, &style, &text))
		abort();
	json_decref(obj);
	bytes_free(&text);
	roots_fini(&roots);
	return 0;
}
