/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared vectors, for tests: read from ../shared/vectors or $HC_VECTORS, never copied. A test
 * that finds none says so and is skipped.
 */
#ifndef HC_TESTS_VECTORS_H
#define HC_TESTS_VECTORS_H

#include <jansson.h>
#include <stdbool.h>

#include "attest/verify/verify.h"
#include "common/bytes.h"

/* The folder, or NULL. */
const char *vectors_dir(void);

/* Skips the running cmocka test, loudly, if there are no vectors. */
void vectors_needed(void);

/* A whole file below the folder; fails the test if it cannot be read. Caller frees. */
struct bytes vectors_read(const char *path);
json_t *vectors_json(const char *path);

/* One case of snp/: its report, and everything else in its folder as endorsements. */
struct vectors_case {
	json_t *json; /* case.json */
	struct bytes report;
	struct endorsements *endorsements;
	struct roots roots; /* built-in, and the case's trust_anchor if `lab_root` */
	int64_t at;
	bool accept;
};
void vectors_case_open(struct vectors_case *out, const char *name, bool lab_root);
void vectors_case_close(struct vectors_case *c);

/* Names of the cases of a folder ("snp", "tdx"), sorted, NULL-terminated. Free each and the list.
 */
char **vectors_cases(const char *folder);
char **vectors_snp_cases(void);

/* Appraise the case as it stands now. */
void vectors_appraise(const struct vectors_case *c, const struct policy *policy, struct verdict *v);

#endif
