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

/* One case of a folder ("snp", "tdx"): its report or quote, and everything else in its folder as
 * endorsements. */
struct vectors_case {
	json_t *json; /* case.json */
	struct bytes report;
	struct endorsements *endorsements;
	struct roots roots; /* built-in, and the case's trust_anchor if `lab_root` */
	int64_t at;
	bool accept;
	struct memo *memo; /* borrowed; NULL after _open */
};
void vectors_case_open_in(
	struct vectors_case *out, const char *folder, const char *name, bool lab_root);
void vectors_case_open(struct vectors_case *out, const char *name, bool lab_root); /* of snp */
void vectors_case_close(struct vectors_case *c);

/* Names of the cases of a folder ("snp", "tdx"), sorted, NULL-terminated. Free each and the list.
 */
char **vectors_cases(const char *folder);
char **vectors_snp_cases(void);

/* "report.bin", "quote.bin". */
bool vectors_is_evidence(const char *file);

/*
 * A file of the folder `base` with the edits of an entry of synthetic.json done to it. Empty, with
 * *removed set, if one takes it away.
 */
struct bytes vectors_edited(const char *base, const char *file, json_t *edits, bool *removed);

/* An entry of synthetic.json as a case, under the built-in roots. Pair: vectors_case_close. */
void vectors_entry_open(struct vectors_case *out, json_t *entry);

/* Appraise the case as it stands now. */
void vectors_appraise(const struct vectors_case *c, const struct policy *policy, struct verdict *v);

#endif
