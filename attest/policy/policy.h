/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tenant or an authority accepts: named blocks, any of which may accept, and a deny-list
 * that none of them overrides. A policy can tighten anything; it can loosen a default only by
 * naming what, why, who answers for it and until when, and a loosening lapses by itself.
 * docs/POLICY.md describes the file. No cryptography here, and no judgement of genuineness.
 *
 * One file for each technology reads its rules (policy_snp.c) and one judges by them
 * (policy_check_snp.c); policy_tee.h is the table that ties them to the frame.
 */
#ifndef HC_ATTEST_POLICY_POLICY_H
#define HC_ATTEST_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/result/verdict.h"
#include "common/bytes.h"
#include "common/error.h"

#define POLICY_SIZE_MAX       (2U << 20)
#define POLICY_BLOCKS_MAX     16
#define POLICY_NAME_SIZE      80
#define POLICY_BLOCK_SIZE_MAX 48 /* of a block's name, with its NUL */

/* What may be loosened; the names in the file are those of policy_loosen.c's table. */
enum policy_loosening {
	POLICY_LOOSEN_DEBUG,            /* "debug": guests that can be debugged */
	POLICY_LOOSEN_MIGRATION,        /* "migration": guests with a migration agent */
	POLICY_LOOSEN_MILAN,            /* "milan": the product whose root seed can be extracted */
	POLICY_LOOSEN_REVOCATION,       /* "revocation": no fresh revocation list at hand */
	POLICY_LOOSEN_VMPL,             /* "vmpl": VMPL 1 to 3 */
	POLICY_LOOSEN_MASKED_CHIP,      /* "masked-chip": a report that identifies no chip */
	POLICY_LOOSEN_REPORT_VERSION_2, /* "report-version-2": product not in the signed report */
	POLICY_LOOSEN_REPORT_VERSION_6, /* "report-version-6": fields without a rule here */
	POLICY_LOOSEN_UNKNOWN_BITS,     /* "unknown-bits": bits without a meaning today */
	POLICY_LOOSEN_TCB_STATUS,       /* "tcb-status": TDX statuses other than UpToDate */
	POLICY_LOOSEN_TCB_GRACE,        /* "tcb-grace": TDX platforms out of date, for some days */
	POLICY_LOOSEN_PROFILING,        /* "profiling": TDs that the host may profile */
	POLICY_LOOSEN_SEPT_VE,          /* "sept-ve": TDs without SEPT_VE_DISABLE */
	POLICY_LOOSEN_SERVICE_TD,       /* "service-td": TDs bound to a service TD */
	POLICY_LOOSEN_QUOTE_BODY_EX,    /* "quote-body-ex": quotes with a TD 1.5 Ex body */
	POLICY_LOOSEN_COUNT,
};

struct policy_loosened {
	bool present;
	char reason[200], owner[120];
	int64_t until; /* in force while at < until */
};

/* Values of one size, any of which will do. None: no rule. */
struct policy_list {
	size_t count, size; /* size: bytes of one */
	uint8_t *data;      /* owned */
};

/* A rule for each of some bits. */
struct policy_bits {
	uint64_t named, one, zero; /* one, zero: bits that must be so; any of the others */
};

/* What is done with bits that have no meaning today. */
enum policy_unknown_bits {
	POLICY_UNKNOWN_UNSTATED, /* refuse, or warn where they are loosened */
	POLICY_UNKNOWN_REFUSE,
	POLICY_UNKNOWN_WARN,
	POLICY_UNKNOWN_IGNORE,
};

/* A conjunction of rules for one technology: that one's pointer is set, and owned. */
struct policy_block {
	char name[POLICY_BLOCK_SIZE_MAX]; /* letters, digits, '.', '_', '-' */
	enum claims_tee tee;
	struct policy_snp *snp; /* policy_snp.h */
	struct policy_tdx *tdx; /* policy_tdx.h */
	struct policy_loosened loosen[POLICY_LOOSEN_COUNT];
};

struct policy {
	char name[POLICY_NAME_SIZE];
	uint8_t sha384[48]; /* of the file's bytes */
	struct policy_deny {
		struct policy_snp_deny *snp; /* owned; NULL: nothing is denied */
		struct policy_tdx_deny *tdx; /* likewise */
	} deny;
	size_t block_count;
	struct policy_block *block; /* owned */
};

/* Strict: unknown or duplicate members refused. Pair: policy_free, also after an error. */
HC_MUST_USE int policy_parse(struct policy *out, struct view text, struct error *err);

/*
 * The same, and `problem` (may be NULL) is called for everything that is wrong, in the order of the
 * file's members; `err` and the return value are about the first of them. One wrong value does not
 * hide another, but JSON that does not parse is all there is to say.
 */
HC_MUST_USE int policy_read(struct policy *out, struct view text,
	void (*problem)(void *ctx, const struct error *err), void *ctx, struct error *err);
void policy_free(struct policy *policy);

/* The name of a loosening in the file. */
const char *policy_loosening_name(enum policy_loosening what);

/* Is this loosening of the block in force at `at`? False for a NULL block: the built-in defaults.
 */
bool policy_loosened(const struct policy_block *block, enum policy_loosening what, int64_t at);

/* Is it in force in any block? Nobody has to warn of a missing revocation list then. */
bool policy_any_loosened(const struct policy *policy, enum policy_loosening what, int64_t at);

/* Does any block list a measurement? Without one nothing is ever trusted. */
bool policy_lists_measurement(const struct policy *policy);

/*
 * Judge claims, root and revocation state of `v`, adding one check for each rule: first those that
 * hold whatever the block says, then block by block until one accepts. NULL is the safe defaults,
 * which accept no measurement because they know none. `report_data`: the 64 bytes expected, or
 * NULL. Allocates nothing, never looks at a signature and never sets v->value.
 */
void policy_check(const struct policy *policy, const uint8_t *report_data, struct verdict *v);

#endif
