/* SPDX-License-Identifier: Apache-2.0 */
/* Floors, with the distance to them and what closes it. */
#include <stdio.h>

#include "attest/policy/policy_snp_read.h"

/* Parts named in the floor that the TCB does not reach, as bits. */
static unsigned below(const struct snp_tcb *tcb, const struct policy_floor *floor)
{
	unsigned out = 0;

	for (int part = 0; part < POLICY_TCB_PARTS; part++)
		if (floor->named >> part & 1 &&
			policy_tcb_part(tcb, (enum policy_tcb_part)part) < floor->value[part])
			out |= 1U << part;
	return out;
}

/*
 * What mends it. Where what runs now is good enough no update is needed: the others of the four lag
 * behind it for reasons of their own (SNP_COMMIT, SNP_CONFIG, the launch of the guest).
 */
static const char *remedy(const struct verdict *v, enum policy_tcb which, unsigned current_low)
{
	static const char *const lags[POLICY_TCBS] = {
		[POLICY_TCB_REPORTED] =
			N_("the host reports less than it runs: raise the reported TCB"),
		[POLICY_TCB_COMMITTED] = N_("the host has not committed what it runs: commit it"),
		[POLICY_TCB_CURRENT] = "",
		[POLICY_TCB_LAUNCH] = N_("the host was updated since: start the guest anew"),
	};
	unsigned microcode = current_low & 1U << POLICY_TCB_MICROCODE;

	if (!current_low)
		return verdict_text(v, lags[which]);
	if (current_low == microcode)
		return verdict_text(v, N_("update the host's microcode"));
	return microcode ? verdict_text(v, N_("update the SEV firmware and the host's microcode"))
			 : verdict_text(v, N_("update the SEV firmware"));
}

static void describe(const struct verdict *v, char *out, size_t cap, unsigned parts,
	const struct snp_tcb *tcb, const struct policy_floor *floor)
{
	size_t len = 0;

	out[0] = '\0';
	for (int part = 0; part < POLICY_TCB_PARTS; part++)
		if (parts >> part & 1 && len < cap)
			len += (size_t)snprintf(out + len, cap - len,
				verdict_text(v, N_("%s%s 0x%02x, floor 0x%02x")), len ? "; " : "",
				policy_tcb_part_names[part],
				policy_tcb_part(tcb, (enum policy_tcb_part)part),
				floor->value[part]);
}

static void judge_tcb(const struct judge *j, const char *id, enum policy_tcb which,
	const struct snp_tcb *tcb, const struct policy_floor *floor)
{
	const struct verdict *v = j->v;
	unsigned low = below(tcb, floor);
	struct check *check = verdict_add(j->v, id, low ? CHECK_FAIL : CHECK_PASS);
	char text[160];

	if (!low)
		return;
	describe(v, text, sizeof(text), low, tcb, floor);
	check_set_found(check, "%s: %s", text,
		remedy(v, which, below(&v->claims.snp.current, floor) & low));
	check_set_expected(check, "the floors of the policy");
}

static void judge_tcbs(const struct judge *j, const struct policy_snp *s)
{
	static const char *const ids[POLICY_TCBS] = {"policy.tcb_reported", "policy.tcb_committed",
		"policy.tcb_current", "policy.tcb_launch"};
	const struct claims *c = &j->v->claims;
	const struct snp_tcb *const tcbs[POLICY_TCBS] = {
		&c->snp.reported, &c->snp.committed, &c->snp.current, &c->snp.launch};
	enum snp_product product = c->snp.product;
	struct check *check;

	for (int i = 0; s->has_tcb && i < POLICY_TCBS; i++) {
		if (s->has_floors[product]) {
			if (s->floor[product][i].named)
				judge_tcb(j, ids[i], (enum policy_tcb)i, tcbs[i],
					&s->floor[product][i]);
			continue;
		}
		check = verdict_add(j->v, ids[i],
			product == SNP_PRODUCT_UNKNOWN ? CHECK_UNDECIDED : CHECK_FAIL);
		if (product == SNP_PRODUCT_UNKNOWN)
			check_set_found(check, "the product is not known");
		else
			check_set_found(check, "no floors for %s", snp_product_name(product));
		check_set_expected(check, "floors for each product that is to be accepted");
	}
}

static unsigned number(struct snp_version v)
{
	return (unsigned)v.major << 16 | (unsigned)v.minor << 8 | v.build;
}

static void judge_version(const struct judge *j, const char *id,
	const struct policy_version_floor *floor, struct snp_version found, bool current_good)
{
	struct snp_version least = floor->at_least;
	struct check *check;

	if (!floor->named)
		return;
	check = verdict_add(j->v, id, number(found) >= number(least) ? CHECK_PASS : CHECK_FAIL);
	if (check->outcome == CHECK_PASS)
		return;
	check_set_found(check, "%u.%u.%u, floor %u.%u.%u: %s", found.major, found.minor,
		found.build, least.major, least.minor, least.build,
		current_good ? verdict_text(j->v,
				       N_("the host has not committed what it runs: commit it"))
			     : verdict_text(j->v, N_("update the SEV firmware")));
	check_set_expected(check, "the floors of the policy");
}

static void judge_mask(const struct judge *j, const char *id, const struct policy_mask *mask,
	uint64_t vector, bool launch)
{
	const struct snp_report *r = &j->v->claims.snp.report;
	uint64_t lacks = mask->set & ~vector;
	struct check *check;

	if (!mask->named)
		return;
	check = verdict_add(j->v, id, r->has_mit_vector && !lacks ? CHECK_PASS : CHECK_FAIL);
	check_set_expected(check, "all bits of 0x%llx", (unsigned long long)mask->set);
	if (!r->has_mit_vector)
		check_set_found(check,
			"version %u reports have no mitigation vectors: update the SEV firmware",
			r->version);
	else if (lacks)
		check_set_found(check, "0x%llx, lacks 0x%llx: %s", (unsigned long long)vector,
			(unsigned long long)lacks,
			launch && !(mask->set & ~r->current_mit_vector)
				? verdict_text(j->v,
					  N_("the host was updated since: start the guest anew"))
				: verdict_text(j->v, N_("update the SEV firmware")));
}

void policy_snp_judge_floors(const struct judge *j, const struct policy_snp *s)
{
	const struct snp_report *r = &j->v->claims.snp.report;
	const struct policy_version_floor *committed = &s->firmware_committed;

	judge_tcbs(j, s);
	judge_version(j, "policy.firmware_current", &s->firmware_current, r->current, false);
	judge_version(j, "policy.firmware_committed", committed, r->committed,
		number(r->current) >= number(committed->at_least));
	judge_mask(
		j, "policy.mitigations_launch", &s->mitigations_launch, r->launch_mit_vector, true);
	judge_mask(j, "policy.mitigations_current", &s->mitigations_current, r->current_mit_vector,
		false);
}
