/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust anchors. AMD's three roots, with the ASK and ASVK of each, and Intel's one are built in as
 * SHA-256 fingerprints of their DER (their bytes come with the endorsements or the evidence); every
 * other root has to be named by the caller, with its certificate. The set is a value of the caller,
 * so that no test or simulated root is ever part of a program.
 */
#ifndef HC_ATTEST_ENDORSE_ROOTS_H
#define HC_ATTEST_ENDORSE_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attest/endorse/endorsements.h"
#include "attest/evidence/snp_report.h"
#include "common/bytes.h"
#include "common/error.h"

#define ROOTS_MAX      16
#define ROOTS_BUILTIN  4 /* the first ones of every set */
#define ROOT_NAME_SIZE 80

/* Text in the subject that marks a root as one of --platform sim-*. */
#define ROOT_SIMULATED_MARK "HUIS CLOS SIMULATED ROOT"

struct root {
	char name[ROOT_NAME_SIZE]; /* "amd-milan", ...; "sha256:<64 hex>" for a named root */
	char subject[128];         /* common name, for people; empty for a built-in pin */
	uint8_t sha256[32];
	enum snp_product product; /* the only product it vouches for; UNKNOWN: not stated */
	bool builtin;
	bool simulated;
	/*
	 * AMD's ASK and ASVK under this root, pinned besides it: another intermediate is refused
	 * even if the root signed it. Not so for roots that the caller names, who answers for what
	 * they sign.
	 */
	bool pins_intermediates;
	uint8_t ask_sha256[32], asvk_sha256[32];
};

struct roots {
	size_t count;
	struct root item[ROOTS_MAX];
	struct endorsements *certs; /* of the named roots; owned */
};

/* The built-in pins and nothing else. Pair: roots_fini. */
HC_MUST_USE int roots_init(struct roots *out);
void roots_fini(struct roots *roots);

/*
 * Name every self-issued certificate in `bytes` (any form that endorsements_add takes) as a root.
 * HC_EMISSING if there is none. A certificate that is built in already stays what it was.
 */
HC_MUST_USE int roots_add(struct roots *roots, struct view bytes, struct error *err);

/* May this intermediate stand below the root? True for a root that pins none. */
bool root_allows(const struct root *root, const uint8_t sha256[32]);

/* Is this the fingerprint of an intermediate that one of the roots pins? */
bool roots_pin(const struct roots *roots, const uint8_t sha256[32]);

/* The root with this fingerprint, or NULL. */
const struct root *roots_find(const struct roots *roots, const uint8_t sha256[32]);

#endif
