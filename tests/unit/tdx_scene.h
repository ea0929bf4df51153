/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TDX quote and all that Intel says about it, by the simulated Intel: good as it is opened, then
 * edited by a test, then put together.
 */
#ifndef HC_TESTS_TDX_SCENE_H
#define HC_TESTS_TDX_SCENE_H

#include "attest/endorse/roots.h"
#include "attest/verify/verify.h"
#include "tests/unit/fake_intel.h"

/* All of Intel's side, and a quote. Edit, then build. */
struct tdx_scene {
	const struct fake_intel *intel;
	struct fake_intel_cert root, ca, pck, tcb;
	struct fake_pck extension;
	struct fake_intel_crl root_crl, pck_crl;
	struct bytes info, qe;                         /* texts of the statements */
	const struct crypto_ec_key *info_key, *qe_key; /* who signs them */
	const char *info_edit[2], *qe_edit[2];         /* old, new: after it was signed */
	bool no_info, no_qe, no_tcb, no_root_crl, no_pck_crl;
	bool no_ca_in_quote, no_root_in_quote, no_pck_in_quote;
	bool give_chain;  /* among the endorsements */
	bool pinned_only; /* nobody names the root */
	struct fake_intel_quote quote;
	void (*edit_bytes)(struct bytes *quote);
	int64_t at;
};

/* Version 4 or 5; the keys outlive the scene. Pair: close. */
void tdx_scene_open(struct tdx_scene *s, const struct fake_intel *intel, uint16_t version);
void tdx_scene_close(struct tdx_scene *s);

/* The pieces as an appraisal takes them. Pair: built_free. */
struct tdx_built {
	struct bytes quote;
	struct endorsements *set;
	struct roots roots;
	struct appraise_input in; /* evidence, endorsements, roots and time filled in */
};
void tdx_scene_build(struct tdx_scene *s, struct tdx_built *out);
void tdx_built_free(struct tdx_built *built);

/* Build, appraise without a policy, free. */
void tdx_scene_judge(struct tdx_scene *s, struct verdict *v);

#endif
