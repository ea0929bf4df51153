/* SPDX-License-Identifier: Apache-2.0 */
/* Judging an SEV-SNP report by the rules of a block. Floors are in policy_check_snp_floors.c. */
#include <stdio.h>

#include "attest/evidence/snp_bits.h"
#include "attest/policy/policy_snp_read.h"
#include "common/hex.h"

static const struct policy_snp no_rules;

/* --- what no block can change --- */

static void judge_tcb_order(struct verdict *v)
{
	const struct claims *c = &v->claims;
	const struct snp_tcb *now = &c->snp.current;
	const char *above = !snp_tcb_at_least(now, &c->snp.reported)
				    ? N_("the reported TCB is above the current one")
			    : !snp_tcb_at_least(now, &c->snp.committed)
				    ? N_("the committed TCB is above the current one")
			    : !snp_tcb_at_least(now, &c->snp.launch)
				    ? N_("the TCB at launch is above the current one")
				    : NULL;
	struct check *check = verdict_add(v, "policy.tcb_order",
		!now->has_layout ? CHECK_UNDECIDED
		: above          ? CHECK_FAIL
				 : CHECK_PASS);

	if (now->has_layout && above)
		check_set_found(check, "%s", verdict_text(v, above));
}

static bool same_version(struct snp_version a, struct snp_version b)
{
	return a.major == b.major && a.minor == b.minor && a.build == b.build;
}

/* The one that is denied. Committed too: the host can go back to it without the guest being told.
 */
static const struct snp_version *denied_build(
	const struct policy_snp_deny *deny, const struct snp_report *r)
{
	for (size_t i = 0; i < deny->build_count; i++)
		if (same_version(deny->build[i], r->current) ||
			same_version(deny->build[i], r->committed))
			return &deny->build[i];
	return NULL;
}

static bool chip_unknown(const struct claims *c)
{
	const struct snp_report *r = &c->snp.report;

	return bytes_all_zero(r->chip_id, sizeof(r->chip_id)) ||
	       (r->key_info & SNP_KEY_INFO_MASK_CHIP_KEY) ||
	       c->snp.signing_key != SNP_SIGNING_KEY_VCEK;
}

static void describe_denied(struct check *check, const struct verdict *v, bool chip, bool product,
	const struct snp_version *build)
{
	const struct claims *c = &v->claims;
	char hex[2 * SNP_CHIP_ID_SIZE + 1], what[3][144] = {"", "", ""};

	if (chip) {
		hex_encode(hex, c->snp.report.chip_id, snp_chip_id_size(c->snp.product));
		snprintf(what[0], sizeof(what[0]), verdict_text(v, N_("chip %s")), hex);
	}
	if (product)
		snprintf(what[1], sizeof(what[1]), verdict_text(v, N_("product %s")),
			snp_product_name(c->snp.product));
	if (build)
		snprintf(what[2], sizeof(what[2]), verdict_text(v, N_("SEV firmware %u.%u.%u")),
			build->major, build->minor, build->build);
	check_set_found(check, "%s%s%s%s%s", what[0], chip && (product || build) ? ", " : "",
		what[1], product && build ? ", " : "", what[2]);
}

static void judge_deny(const struct policy_snp_deny *deny, struct verdict *v)
{
	const struct claims *c = &v->claims;
	const struct snp_version *build = denied_build(deny, &c->snp.report);
	bool chip = policy_snp_denies_chip(deny, c->snp.report.chip_id);
	bool product = deny->product[c->snp.product];
	bool unknown = (deny->chips.count && chip_unknown(c)) ||
		       (deny->has_products && c->snp.product == SNP_PRODUCT_UNKNOWN);
	struct check *check = verdict_add(v, "policy.deny",
		chip || product || build ? CHECK_FAIL
		: unknown                ? CHECK_UNDECIDED
					 : CHECK_PASS);

	if (chip || product || build)
		describe_denied(check, v, chip, product, build);
	else if (unknown)
		check_set_found(check, "the report does not say which chip or product it is");
	check_set_expected(check, "none of the chips, products and firmware builds of \"deny\"");
}

void policy_snp_judge_all(const struct policy *policy, struct verdict *v)
{
	if (policy && policy->deny.snp)
		judge_deny(policy->deny.snp, v);
	else
		verdict_add(v, "policy.deny", CHECK_PASS);
	judge_tcb_order(v);
}

/* --- the rules of a block --- */

/* Milan needs its own loosening besides being listed: its root seed can be extracted in software.
 */
static void judge_product(const struct judge *j, const struct policy_snp *s)
{
	enum snp_product product = j->v->claims.snp.product;
	bool listed = !s->has_products || s->product[product];
	struct check *check;

	if (product == SNP_PRODUCT_UNKNOWN) {
		verdict_add(j->v, "policy.product", CHECK_UNDECIDED);
		return;
	}
	if (listed && product == SNP_PRODUCT_MILAN) {
		policy_judge_broken(j, "policy.product", POLICY_LOOSEN_MILAN, "milan");
		return;
	}
	check = verdict_add(j->v, "policy.product", listed ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s", snp_product_name(product));
	check_set_expected(check, "a product on the policy's list");
}

/* Without a list, 4 is left to the check snp.version, which does not vouch for it. */
static void judge_version(const struct judge *j, const struct policy_snp *s)
{
	uint32_t version = j->v->claims.snp.report.version;
	uint32_t listed = s->report_versions ? s->report_versions : 0x7c;
	bool good = version < 32 && listed >> version & 1;
	struct check *check;
	char found[32];

	snprintf(found, sizeof(found), "version %u", version);
	if (good && (version == 2 || version == 6)) {
		policy_judge_broken(j, "policy.report_version",
			version == 2 ? POLICY_LOOSEN_REPORT_VERSION_2
				     : POLICY_LOOSEN_REPORT_VERSION_6,
			found);
		return;
	}
	check = verdict_add(j->v, "policy.report_version", good ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s", found);
	check_set_expected(check, "a report version on the policy's list, or 3 or 5 without one");
}

static void judge_guest_policy(const struct judge *j, const struct policy_snp *s)
{
	uint64_t policy = j->v->claims.snp.report.policy;
	struct check *check;

	if (policy & SNP_POLICY_RESERVED_ONE) {
		policy_judge_unknown_bits(j, "policy.guest_policy", snp_policy_bits,
			policy & SNP_POLICY_RESERVED_ZERO, s->unknown_bits);
		return;
	}
	check = verdict_add(j->v, "policy.guest_policy", CHECK_FAIL);
	check_set_found(check, "0x%016llx", (unsigned long long)policy);
	check_set_expected(check, "bit 17 set, bits 63 to 26 clear");
}

static void judge_abi(const struct judge *j, const struct policy_snp *s)
{
	uint64_t policy = j->v->claims.snp.report.policy;
	unsigned major = (uint8_t)(policy >> 8), minor = (uint8_t)policy;
	struct check *check;
	bool good;

	if (!s->has_abi)
		return;
	good = major > s->abi[0] || (major == s->abi[0] && minor >= s->abi[1]);
	check = verdict_add(j->v, "policy.abi", good ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "ABI %u.%u", major, minor);
	check_set_expected(check,
		"at least ABI %u.%u: launch the guest with a guest policy that asks for it",
		s->abi[0], s->abi[1]);
}

/* REPORT_ID_MA is all ones where no migration agent is bound to the guest. */
static void judge_migration(const struct judge *j)
{
	const struct snp_report *r = &j->v->claims.snp.report;
	bool agent = false, allowed = r->policy & SNP_POLICY_MIGRATE_MA;

	for (size_t i = 0; i < sizeof(r->report_id_ma); i++)
		agent = agent || r->report_id_ma[i] != 0xff;
	policy_judge_flag(j, "policy.migration", agent || allowed, POLICY_LOOSEN_MIGRATION,
		agent && allowed ? "MIGRATE_MA=1, REPORT_ID_MA"
		: agent          ? "REPORT_ID_MA"
				 : "MIGRATE_MA=1");
}

static void judge_vmpl(const struct judge *j, const struct policy_snp *s)
{
	uint32_t vmpl = j->v->claims.snp.report.vmpl;
	struct check *check;
	char found[32];

	snprintf(found, sizeof(found), "VMPL %u", vmpl);
	if (vmpl > SNP_VMPL_MAX || (s->vmpls && !(s->vmpls >> vmpl & 1))) {
		check = verdict_add(j->v, "policy.vmpl", CHECK_FAIL);
		check_set_found(check, "%s", found);
		check_set_expected(check, "a VMPL on the policy's list, or 0 without one");
		return;
	}
	policy_judge_flag(j, "policy.vmpl", vmpl != 0, POLICY_LOOSEN_VMPL, found);
}

static void judge_signing_key(const struct judge *j, const struct policy_snp *s)
{
	enum snp_signing_key key = j->v->claims.snp.signing_key;
	bool good = (key == SNP_SIGNING_KEY_VCEK && s->vcek) ||
		    (key == SNP_SIGNING_KEY_VLEK && s->vlek);
	struct check *check;

	if (!s->vcek && !s->vlek)
		return;
	check = verdict_add(j->v, "policy.signing_key", good ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "%s",
		key == SNP_SIGNING_KEY_VCEK   ? "VCEK"
		: key == SNP_SIGNING_KEY_VLEK ? "VLEK"
					      : "-");
	check_set_expected(check, "%s",
		s->vcek && s->vlek ? "VCEK, VLEK"
		: s->vcek          ? "VCEK"
				   : "VLEK");
}

/* The author's digest means nothing where no author key was used: it is the host's to fill then. */
static void judge_author_key(const struct judge *j, const struct policy_snp *s)
{
	const struct snp_report *r = &j->v->claims.snp.report;
	struct check *check;

	if (!s->author_keys.count || r->key_info & SNP_KEY_INFO_AUTHOR_KEY_EN) {
		policy_judge_list(j, "policy.author_key", &s->author_keys, r->author_key_digest);
		return;
	}
	check = verdict_add(j->v, "policy.author_key", CHECK_FAIL);
	check_set_found(check, "no author key: AUTHOR_KEY_EN is clear");
	check_set_expected(check, "one of %zu", s->author_keys.count);
}

static void judge_guest_svn(const struct judge *j, const struct policy_snp *s)
{
	uint32_t svn = j->v->claims.snp.report.guest_svn;
	struct check *check;

	if (!s->has_guest_svn)
		return;
	check = verdict_add(
		j->v, "policy.guest_svn", svn >= s->guest_svn ? CHECK_PASS : CHECK_FAIL);
	check_set_found(check, "guest SVN %u, floor %u", svn, s->guest_svn);
	check_set_expected(check, "at least %u: start a newer release of the guest", s->guest_svn);
}

static void judge_pinned_key(const struct judge *j, const struct policy_chip *chip, const char *id)
{
	const struct claims *c = &j->v->claims;
	enum check_outcome outcome = c->snp.has_endorsement_key ? CHECK_FAIL : CHECK_UNDECIDED;
	struct check *check;
	char hex[65];

	for (size_t i = 0; c->snp.has_endorsement_key && i < chip->key_count; i++)
		if (!memcmp(chip->key[i], c->snp.endorsement_key_sha256, 32))
			outcome = CHECK_PASS;
	check = verdict_add(j->v, "policy.chip", outcome);
	hex_encode(hex, c->snp.endorsement_key_sha256, 32);
	if (outcome == CHECK_FAIL)
		check_set_found(check, "endorsement key sha256:%s", hex);
	else
		check_set_found(check, "%s%s%s", id, chip->note[0] ? ", " : "", chip->note);
	check_set_expected(
		check, "one of the %zu endorsement keys pinned for this chip", chip->key_count);
}

static void judge_chip(const struct judge *j, const struct policy_snp *s)
{
	const struct claims *c = &j->v->claims;
	const struct policy_chip *chip;
	struct check *check;
	char id[2 * SNP_CHIP_ID_SIZE + 1];

	if (!s->chip_count)
		return;
	hex_encode(id, c->snp.report.chip_id, snp_chip_id_size(c->snp.product));
	chip = policy_snp_chip(s, c->snp.report.chip_id);
	if (chip && chip->key_count && !chip_unknown(c)) {
		judge_pinned_key(j, chip, id);
		return;
	}
	check = verdict_add(
		j->v, "policy.chip", chip && !chip_unknown(c) ? CHECK_PASS : CHECK_FAIL);
	check_set_found(
		check, "%s%s%s", id, chip && chip->note[0] ? ", " : "", chip ? chip->note : "");
	check_set_expected(check, "one of %zu chips", s->chip_count);
}

static void judge_platform(const struct judge *j, const struct policy_snp *s)
{
	const struct snp_report *r = &j->v->claims.snp.report;

	judge_product(j, s);
	judge_version(j, s);
	policy_judge_unknown_bits(j, "policy.platform_info", snp_platform_bits,
		r->platform_info & SNP_PLATFORM_UNKNOWN, s->unknown_bits);
	policy_judge_bits(j, "policy.platform_info_bits", &s->platform_info, snp_platform_bits,
		r->platform_info);
	policy_judge_flag(j, "policy.chip_identity", chip_unknown(&j->v->claims),
		POLICY_LOOSEN_MASKED_CHIP,
		j->v->claims.snp.signing_key == SNP_SIGNING_KEY_VLEK ? "VLEK" : "CHIP_ID=0");
	judge_signing_key(j, s);
	judge_chip(j, s);
	policy_snp_judge_floors(j, s);
}

static void judge_guest(const struct judge *j, const struct policy_snp *s)
{
	const struct snp_report *r = &j->v->claims.snp.report;

	judge_guest_policy(j, s);
	policy_judge_flag(
		j, "policy.debug", r->policy & SNP_POLICY_DEBUG, POLICY_LOOSEN_DEBUG, "DEBUG=1");
	judge_migration(j);
	policy_judge_bits(
		j, "policy.guest_policy_bits", &s->guest_policy, snp_policy_bits, r->policy);
	judge_abi(j, s);
	judge_vmpl(j, s);
	policy_judge_list(j, "policy.id_key", &s->id_keys, r->id_key_digest);
	judge_author_key(j, s);
	policy_judge_list(j, "policy.host_data", &s->host_data, r->host_data);
	policy_judge_list(j, "policy.family_id", &s->family_ids, r->family_id);
	policy_judge_list(j, "policy.image_id", &s->image_ids, r->image_id);
	judge_guest_svn(j, s);
}

void policy_snp_judge(const struct judge *j)
{
	const struct policy_snp *s = j->block ? j->block->snp : &no_rules;

	policy_judge_root(j, s->root, s->root_count);
	judge_platform(j, s);
	judge_guest(j, s);
	policy_judge_revocation(j);
	policy_judge_measurement(j, &s->measurements);
}
