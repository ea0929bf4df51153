/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tenant or an authority accepts. A policy can tighten anything; it can loosen a default
 * only by naming what, why, who answers for it and until when, and a loosening lapses by itself.
 * docs/POLICY.md describes the file. No cryptography here, and no judgement of genuineness.
 */
#ifndef HC_ATTEST_POLICY_POLICY_H
#define HC_ATTEST_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/result/verdict.h"
#include "common/bytes.h"
#include "common/error.h"

#define POLICY_SIZE_MAX         (256U << 10)
#define POLICY_MEASUREMENTS_MAX 256
#define POLICY_ROOTS_MAX        16

/* What may be loosened; the names in the file are those of policy.c's table. */
enum policy_loosening {
	POLICY_LOOSEN_DEBUG,          /* "debug": guests that can be debugged */
	POLICY_LOOSEN_MIGRATION,      /* "migration": guests with a migration agent */
	POLICY_LOOSEN_MILAN,          /* "milan": the product whose root seed can be extracted */
	POLICY_LOOSEN_REVOCATION,     /* "revocation": no fresh revocation list at hand */
	POLICY_LOOSEN_VMPL,           /* "vmpl": VMPL 1 to 3 */
	POLICY_LOOSEN_MASKED_CHIP,    /* "masked-chip": a report that identifies no chip */
	POLICY_LOOSEN_REPORT_VERSION, /* "report-version-2": product not in the signed report */
	POLICY_LOOSEN_UNKNOWN_BITS,   /* "unknown-bits": PLATFORM_INFO bits without a meaning */
	POLICY_LOOSEN_COUNT,
};

struct policy {
	char name[80];
	uint8_t sha384[48]; /* of the file's bytes */
	size_t measurement_count;
	uint8_t (*measurement)[48];
	bool has_roots; /* else: the built-in ones */
	size_t root_count;
	char root[POLICY_ROOTS_MAX][80]; /* as struct root.name */
	bool has_products;               /* else: all but Milan */
	bool product[4];                 /* by enum snp_product */
	struct {
		bool present;
		char reason[200], owner[120];
		int64_t until; /* in force while at < until */
	} loosen[POLICY_LOOSEN_COUNT];
};

/* Strict: unknown or duplicate members refused. Pair: policy_free, also after an error. */
HC_MUST_USE int policy_parse(struct policy *out, struct view text, struct error *err);
void policy_free(struct policy *policy);

/* The name of a loosening in the file. */
const char *policy_loosening_name(enum policy_loosening what);

/* Is this loosening in force at `at`? False for a NULL policy. */
bool policy_loosened(const struct policy *policy, enum policy_loosening what, int64_t at);

/*
 * Judge claims, root and revocation state of `v`, adding one check for each rule; NULL is the safe
 * defaults, which accept no measurement because they know none. `report_data`: the 64 bytes
 * expected, or NULL. Never looks at a signature and never sets v->value.
 */
void policy_check(const struct policy *policy, const uint8_t *report_data, struct verdict *v);

#endif
