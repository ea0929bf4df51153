/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judging claims by a policy. The claims may be forged: nothing here makes evidence genuine, and no
 * function of this file sees a signature or writes a verdict.
 */
#include <stdio.h>

#include "attest/policy/policy.h"
#include "common/hex.h"
#include "common/timefmt.h"

struct judge {
	const struct policy *policy; /* NULL: safe defaults */
	struct verdict *v;
};

/* A rule that was broken: a pass if the policy loosens it for now, else a failure. */
static struct check *broken(const struct judge *j, const char *id, enum policy_loosening what)
{
	char until[TIMEFMT_SIZE];
	struct check *check;

	if (policy_loosened(j->policy, what, j->v->at)) {
		check = verdict_add(j->v, id, CHECK_PASS);
		timefmt_rfc3339(until, j->policy->loosen[what].until, -1);
		check_set_found(check, "loosened until %s by %s: %s", until,
			j->policy->loosen[what].owner, j->policy->loosen[what].reason);
		return check;
	}
	check = verdict_add(j->v, id, CHECK_FAIL);
	if (j->policy && j->policy->loosen[what].present) {
		timefmt_rfc3339(until, j->policy->loosen[what].until, -1);
		check_set_expected(check, "the loosening \"%s\" lapsed at %s",
			policy_loosening_name(what), until);
	} else {
		check_set_expected(check, "no such thing, or a loosening \"%s\" in the policy",
			policy_loosening_name(what));
	}
	return check;
}

/* Bits that must not be set, unless loosened. */
static void judge_flag(const struct judge *j, const char *id, bool set, enum policy_loosening what,
	const char *found)
{
	struct check *check;

	if (!set) {
		verdict_add(j->v, id, CHECK_PASS);
		return;
	}
	check = broken(j, id, what);
	if (check->outcome == CHECK_FAIL)
		check_set_found(check, "%s", found);
}

static bool root_accepted(const struct judge *j)
{
	const struct root *root = &j->v->root;

	if (!j->policy || !j->policy->has_roots)
		return root->builtin;
	for (size_t i = 0; i < j->policy->root_count; i++)
		if (!strcmp(j->policy->root[i], root->name))
			return true;
	return false;
}

static void judge_root(const struct judge *j)
{
	const struct verdict *v = j->v;
	struct check *check;

	if (!v->has_root) {
		verdict_add(j->v, "policy.root", CHECK_UNDECIDED);
		return;
	}
	check = verdict_add(j->v, "policy.root", root_accepted(j) ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s%s%s%s", v->root.name, v->root.simulated ? ", SIMULATED" : "",
		v->root.subject[0] ? ", " : "", v->root.subject);
	check_set_expected(check, "%s",
		j->policy && j->policy->has_roots ? "a root on the policy's list"
						  : "a built-in vendor root");
}

/* Milan needs its own loosening besides being listed: its root seed can be extracted in software.
 */
static void judge_product(const struct judge *j)
{
	enum snp_product product = j->v->claims.snp.product;
	bool listed = !j->policy || !j->policy->has_products || j->policy->product[product];
	struct check *check;

	if (product == SNP_PRODUCT_UNKNOWN) {
		verdict_add(j->v, "policy.product", CHECK_UNDECIDED);
		return;
	}
	if (listed && product == SNP_PRODUCT_MILAN) {
		judge_flag(j, "policy.product", true, POLICY_LOOSEN_MILAN, "milan");
		return;
	}
	check = verdict_add(j->v, "policy.product", listed ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s", snp_product_name(product));
	check_set_expected(check, "a product on the policy's list");
}

static void judge_guest_policy(const struct judge *j)
{
	uint64_t policy = j->v->claims.snp.report.policy;
	bool good = (policy & SNP_POLICY_RESERVED_ONE) && !(policy & SNP_POLICY_RESERVED_ZERO);
	struct check *check =
		verdict_add(j->v, "policy.guest_policy", good ? CHECK_PASS : CHECK_FAIL);

	check_set_found(check, "0x%016llx", (unsigned long long)policy);
	check_set_expected(check, "bit 17 set, bits 63 to 26 clear");
}

static void judge_tcb_order(const struct judge *j)
{
	const struct claims *c = &j->v->claims;
	const char *above = !snp_tcb_at_least(&c->snp.current, &c->snp.reported)    ? "reported"
			    : !snp_tcb_at_least(&c->snp.current, &c->snp.committed) ? "committed"
			    : !snp_tcb_at_least(&c->snp.current, &c->snp.launch)    ? "launch"
										    : NULL;
	bool known = c->snp.current.has_layout;
	struct check *check = verdict_add(j->v, "policy.tcb_order",
		!known  ? CHECK_UNDECIDED
		: above ? CHECK_FAIL
			: CHECK_PASS);

	if (known && above)
		check_set_found(check, "the %s TCB is above the current one", above);
}

/* REPORT_ID_MA is all ones where no migration agent is bound to the guest. */
static bool may_migrate(const struct snp_report *r)
{
	for (size_t i = 0; i < sizeof(r->report_id_ma); i++)
		if (r->report_id_ma[i] != 0xff)
			return true;
	return r->policy & SNP_POLICY_MIGRATE_MA;
}

/* Version 2 does not sign the product; version 6 is for products whose TCB is not understood here.
 */
static void judge_report_version(const struct judge *j)
{
	uint32_t version = j->v->claims.snp.report.version;
	struct check *check;

	if (version <= 5) {
		judge_flag(j, "policy.report_version", version < 3, POLICY_LOOSEN_REPORT_VERSION,
			"version 2");
		return;
	}
	check = verdict_add(j->v, "policy.report_version", CHECK_FAIL);
	check_set_found(check, "version %u", version);
	check_set_expected(check, "3 to 5");
}

/* Defaults of DESIGN.md section 8, each of which a policy can loosen. */
static void judge_guest(const struct judge *j)
{
	const struct snp_report *r = &j->v->claims.snp.report;
	char found[64];

	judge_report_version(j);
	judge_guest_policy(j);
	judge_flag(j, "policy.debug", r->policy & SNP_POLICY_DEBUG, POLICY_LOOSEN_DEBUG,
		"DEBUG is set");
	judge_flag(j, "policy.migration", may_migrate(r), POLICY_LOOSEN_MIGRATION,
		"MIGRATE_MA is set, or a migration agent is bound");
	snprintf(found, sizeof(found), "VMPL %u", r->vmpl);
	judge_flag(j, "policy.vmpl", r->vmpl != 0, POLICY_LOOSEN_VMPL, found);
	judge_flag(j, "policy.chip_identity",
		bytes_all_zero(r->chip_id, sizeof(r->chip_id)) ||
			(r->key_info & SNP_KEY_INFO_MASK_CHIP_KEY) ||
			j->v->claims.snp.signing_key != SNP_SIGNING_KEY_VCEK,
		POLICY_LOOSEN_MASKED_CHIP, "a VLEK, or a masked chip");
	snprintf(found, sizeof(found), "0x%016llx", (unsigned long long)r->platform_info);
	judge_flag(j, "policy.platform_info", r->platform_info & SNP_PLATFORM_UNKNOWN,
		POLICY_LOOSEN_UNKNOWN_BITS, found);
	judge_tcb_order(j);
}

static void judge_revocation(const struct judge *j)
{
	enum revocation_value state = j->v->revocation;
	struct check *check;

	if (state == REVOCATION_UNKNOWN &&
		policy_loosened(j->policy, POLICY_LOOSEN_REVOCATION, j->v->at)) {
		broken(j, "policy.revocation", POLICY_LOOSEN_REVOCATION);
		return;
	}
	check = verdict_add(j->v, "policy.revocation",
		state == REVOCATION_GOOD      ? CHECK_PASS
		: state == REVOCATION_REVOKED ? CHECK_FAIL
					      : CHECK_UNDECIDED);
	check_set_found(check, "%s", verdict_revocation_name(state));
	check_set_expected(check, "good, by a list in date");
}

static void judge_report_data(const struct judge *j, const uint8_t *expected)
{
	const struct claims *c = &j->v->claims;
	struct check *check;
	char hex[129];
	bool equal;

	if (!expected) {
		verdict_add(j->v, "policy.report_data", CHECK_SKIPPED);
		return;
	}
	equal = bytes_equal_ct(c->report_data, expected, sizeof(c->report_data));
	check = verdict_add(j->v, "policy.report_data", equal ? CHECK_PASS : CHECK_FAIL);
	hex_encode(hex, c->report_data, sizeof(c->report_data));
	check_set_found(check, "%s", hex);
	hex_encode(hex, expected, sizeof(c->report_data));
	check_set_expected(check, "%s", hex);
}

static void judge_measurement(const struct judge *j)
{
	const struct claims *c = &j->v->claims;
	bool known = j->policy && j->policy->measurement_count;
	enum check_outcome outcome = known ? CHECK_FAIL : CHECK_UNDECIDED;
	struct check *check;
	char hex[129];

	for (size_t i = 0; known && i < j->policy->measurement_count; i++)
		if (c->measurement_len == sizeof(j->policy->measurement[i]) &&
			!memcmp(c->measurement, j->policy->measurement[i], c->measurement_len))
			outcome = CHECK_PASS;
	check = verdict_add(j->v, "policy.measurement", outcome);
	hex_encode(hex, c->measurement, c->measurement_len);
	check_set_found(check, "%s", hex);
	if (known)
		check_set_expected(check, "one of %zu", j->policy->measurement_count);
	else
		check_set_expected(check, "a policy that lists measurements");
}

void policy_check(const struct policy *policy, const uint8_t *report_data, struct verdict *v)
{
	const struct judge j = {policy, v};

	snprintf(v->policy_name, sizeof(v->policy_name), "%s",
		policy ? policy->name : "built-in defaults");
	if (policy)
		memcpy(v->policy_sha384, policy->sha384, sizeof(v->policy_sha384));
	if (v->claims.tee != CLAIMS_SEV_SNP)
		return;
	judge_root(&j);
	judge_product(&j);
	judge_guest(&j);
	judge_revocation(&j);
	judge_report_data(&j, report_data);
	judge_measurement(&j);
}
