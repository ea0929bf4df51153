/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch digests into a policy's text: as a new block to be pasted, or into a block that is there.
 * A new block is a new way to be accepted, free of the rules of the others, so that nothing here
 * adds one to a policy; of a block that is there nothing but its lists of measurements changes. No
 * I/O.
 */
#ifndef HC_ATTEST_POLICY_POLICY_IMPORT_H
#define HC_ATTEST_POLICY_POLICY_IMPORT_H

#include <stdbool.h>

#include "attest/policy/policy.h"

#define POLICY_DIGEST_SIZE 48

struct policy_import {
	const char *block; /* name of the block */
	bool tdx;          /* rules for TDX, with mrtd and rtmr1; else SEV-SNP's measurements */
	size_t count;      /* launch digests, or MRTDs: 1 to POLICY_MEASUREMENTS_MAX */
	const uint8_t (*measurement)[POLICY_DIGEST_SIZE];
	size_t rtmr1_count; /* TDX only, 1 to POLICY_TDX_LIST_MAX */
	const uint8_t (*rtmr1)[POLICY_DIGEST_SIZE];
	/* SEV-SNP only, and only in a new block; 0: no rule. */
	size_t id_key_count, author_key_count;
	const uint8_t (*id_key)[POLICY_DIGEST_SIZE];
	const uint8_t (*author_key)[POLICY_DIGEST_SIZE];
};

/*
 * Append a block as JSON with a newline: the measurements, each once, in their order, and the keys.
 * Of RTMR0, 2 and 3 it says nothing. HC_EFORMAT for a name that no block may have.
 */
HC_MUST_USE int policy_import_new(
	struct bytes *out, const struct policy_import *import, struct error *err);

/* What policy_import_into did, in digests; for TDX in both lists together. */
struct policy_import_done {
	size_t added, kept, dropped;
};

/*
 * Append `policy` with the measurements added to the block's, or, with `replace`, in their place.
 * The text is laid out anew; apart from those lists it means what it meant, which is checked. The
 * policy has to be a good one before and after. HC_EMISSING without such a block (the names there
 * are, in the error), HC_EUNSUPPORTED for one that is not of this TEE, or that lists MRTDs and no
 * RTMR1 (a first one would refuse its guests; not with `replace`), HC_ERANGE for more measurements
 * than a block may have.
 */
HC_MUST_USE int policy_import_into(struct bytes *out, struct view policy,
	const struct policy_import *import, bool replace, struct policy_import_done *done,
	struct error *err);

#endif
