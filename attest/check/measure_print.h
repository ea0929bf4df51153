/* SPDX-License-Identifier: Apache-2.0 */
/* What hc-measure writes: the steps of a launch for a person, and everything as JSON. */
#ifndef HC_ATTEST_CHECK_MEASURE_PRINT_H
#define HC_ATTEST_CHECK_MEASURE_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "attest/measure/measure.h"

/* Steps of one launch: HC_LAUNCH_MAX_PAGES pages and a VMSA per vCPU at most. */
#define MEASURE_STEPS_MAX (HC_LAUNCH_MAX_PAGES + HC_VCPUS_MAX)

struct measure_step {
	enum hc_page_type type;
	uint64_t gpa;
	uint8_t digest[SHA384_SIZE];
};

struct measurement {
	uint8_t digest[SHA384_SIZE];
	struct hc_manifest manifest;
	size_t count;
	struct measure_step step[MEASURE_STEPS_MAX];
};

/* A measure_explain_fn; `ctx` is the measurement. */
void measure_print_note(
	void *ctx, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);

/* "normal", "vmsa", ... */
const char *measure_print_type(enum hc_page_type type);

/* One line of --explain on `out`: type, address, digest after it; the heading for NULL `digest`. */
void measure_print_step(
	FILE *out, enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);

/* The same as a JSON object, and a digest as JSON text. NULL without memory. */
json_t *measure_json_step(enum hc_page_type type, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);
json_t *measure_json_hex(const uint8_t digest[SHA384_SIZE]);

/* The same for TDX: a page added, or (`measured`) its content extended into MRTD. */
void measure_print_tdx_step(
	FILE *out, bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);
json_t *measure_json_tdx_step(bool measured, uint64_t gpa, const uint8_t digest[SHA384_SIZE]);

/* Writes `root` and a newline, and lets go of it; HC_ENOMEM for NULL, HC_EIO. */
HC_MUST_USE int measure_json_write(json_t *root, FILE *out);

void measure_print_steps(const struct measurement *m, FILE *out);

/* One JSON object; its "steps" with `explain` only. HC_ENOMEM or HC_EIO. */
HC_MUST_USE int measure_print_json(const struct measurement *m, bool explain, FILE *out);

#endif
