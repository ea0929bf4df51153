/* SPDX-License-Identifier: Apache-2.0 */
/* The TDX half of a policy: what the reader refuses, each rule met and not met, each default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/evidence/tdx_bits.h"
#include "attest/policy/policy_tdx.h"
#include "common/timefmt.h"
#include "tests/unit/policy_sample.h"

#define LEN(a)     (sizeof(a) / sizeof((a)[0]))
#define TDX(rules) POLICY("{\"name\":\"b\",\"tdx\":{" rules "}}")
#define TDX_LOOSE(rules, loosen)                                                                   \
	POLICY("{\"name\":\"b\",\"tdx\":{" rules "},\"loosen\":[" loosen "]}")
#define M     "\"mrtd\":[\"" M96 "\"]"
#define Z32   "00000000000000000000000000000000"
#define OTHER Z32 Z32 Z32
#define ALL_BITS                                                                                   \
	"\"td_attributes\":{\"debug\":\"required-0\",\"perfmon\":\"any\"},"                        \
	"\"xfam\":{\"avx\":\"any\",\"apx\":\"required-0\"}"

static struct verdict v;
static struct tdx_body *const body = &v.claims.tdx.quote.body;
static struct tdx_tcb *const tcb = &v.claims.tdx.tcb;

/* A TD that every default accepts, on an up-to-date platform, at the start of 2026. */
static void sample(void)
{
	struct tdx_platform *p = &v.claims.tdx.platform;

	policy_sample_claims(&v);
	v.claims.tee = CLAIMS_TDX;
	snprintf(v.root.name, sizeof(v.root.name), "intel-sgx-root");
	body->type = TDX_BODY_TD15;
	body->has_td15 = true;
	body->tdattributes = TDX_ATTR_SEPT_VE_DISABLE;
	body->xfam = 0x602e7;
	for (int i = 0; i < POLICY_TDX_REGISTERS; i++) {
		/* The bytes of M96, in a register that the library only shows. */
		uint8_t *at = (uint8_t *)(uintptr_t)policy_tdx_register(
			body, (enum policy_tdx_register)i);

		for (uint8_t k = 0; k < TDX_MR_SIZE && i != POLICY_TDX_MRSERVICETD; k++)
			at[k] = k;
	}
	*p = (struct tdx_platform){.known = true, .fmspc = {0x90, 0xc0, 0x6f}, .has_piid = true};
	memset(p->ppid, 0xa1, sizeof(p->ppid));
	memset(p->piid, 0xb2, sizeof(p->piid));
	*tcb = (struct tdx_tcb){.status = TDX_TCB_UP_TO_DATE,
		.platform = TDX_TCB_UP_TO_DATE,
		.module = TDX_TCB_UP_TO_DATE,
		.qe = TDX_TCB_UP_TO_DATE,
		.tcb_date = timefmt_civil(2025, 5, 14, 0, 0, 0),
		.evaluation_number = 19,
		.advisory_count = 1,
		.advisory = {"INTEL-SA-00837"}};
}

static void judge(const char *text)
{
	struct policy p;

	policy_sample_good(&p, text);
	policy_check(&p, NULL, &v);
	assert_false(v.overflow);
	policy_free(&p);
}

static const struct check *find(const char *id)
{
	const struct check *check = verdict_find(&v, id);

	if (!check)
		fail_msg("no check %s", id);
	return check;
}

static void assert_outcome(const char *id, enum check_outcome expected)
{
	if (find(id)->outcome != expected)
		fail_msg("%s: %s, not %s (found %s, expected %s)", id,
			check_outcome_name(find(id)->outcome), check_outcome_name(expected),
			find(id)->found, find(id)->expected);
}

/* No check but this one (NULL: none) failed or is undecided. */
static void assert_only(const char *only)
{
	for (size_t i = 0; i < v.check_count; i++) {
		const char *id = v.check[i].def->id;
		bool good = v.check[i].outcome == CHECK_PASS || v.check[i].outcome == CHECK_SKIPPED;

		if (good == (only && !strcmp(id, only)))
			fail_msg("%s: %s (found %s)", id, check_outcome_name(v.check[i].outcome),
				v.check[i].found);
	}
}

/* --- reading --- */

static void refused(const char *text, const char *where)
{
	struct policy p;
	struct error err = {0};

	if (!policy_sample_parse(&p, text, &err))
		fail_msg("accepted: %s", text);
	if (!strstr(err.where, where) || !err.found[0])
		fail_msg("%s: %s, not %s", text, err.where, where);
	policy_free(&p);
}

static void refuses_bad_values(void **state)
{
	static const char *const bad[][2] = {
		{"\"measurements\":[\"" M96 "\"]", "tdx"},
		{"\"mrtd\":[]", "mrtd"},
		{"\"mrtd\":[\"" M96 "00\"]", "mrtd"},
		{"\"rtmr4\":[\"" M96 "\"]", "tdx"},
		{"\"roots\":[\"amd-genoa\"]", "roots[0]"},
		{"\"roots\":[\"sha256:A0" Z32 "\"]", "roots[0]"},
		{"\"tcb_statuses\":[\"Revoked\"]", "tcb_statuses[0]"},
		{"\"tcb_statuses\":[\"NotSupported\"]", "tcb_statuses[0]"},
		{"\"tcb_statuses\":[\"Unknown\"]", "tcb_statuses[0]"},
		{"\"tcb_statuses\":[\"UpToDate\",\"uptodate\"]", "tcb_statuses[1]"},
		{"\"tcb_statuses\":\"UpToDate\"", "tcb_statuses"},
		{"\"min_tcb_date\":\"last year\"", "min_tcb_date"},
		{"\"min_tcb_date\":2025", "min_tcb_date"},
		{"\"min_evaluation_number\":-1", "min_evaluation_number"},
		{"\"min_evaluation_number\":4294967296", "min_evaluation_number"},
		{"\"grace_days\":3651", "grace_days"},
		{"\"denied_advisories\":[\"SA-00837\"]", "denied_advisories[0]"},
		{"\"denied_advisories\":[\"INTEL-SA-\"]", "denied_advisories[0]"},
		{"\"denied_advisories\":[\"INTEL-SA-837x\"]", "denied_advisories[0]"},
		{"\"denied_advisories\":[\"INTEL-SA-000000000000000\"]", "denied_advisories[0]"},
		{"\"td_attributes\":{}", "td_attributes"},
		{"\"td_attributes\":{\"debug\":0}", "debug"},
		{"\"td_attributes\":{\"avx\":\"any\"}", "td_attributes"},
		{"\"xfam\":{\"sse\":\"required-1\"}", "xfam"},
		{"\"xfam\":{\"avx\":\"required\"}", "avx"},
		{"\"seamattributes\":\"0x0\"", "seamattributes"},
		{"\"seamattributes\":\"0000000000000000\"", "seamattributes"},
		{"\"unknown_bits\":\"allow\"", "unknown_bits"},
		{"\"bodies\":[\"SGX\"]", "bodies[0]"},
		{"\"fmspcs\":[\"90c06f0000\"]", "fmspcs"},
		{"\"ppids\":[\"90c06f000000\"]", "ppids"},
		{"\"platform_instances\":[1]", "platform_instances"},
		{"\"vmpl\":[0]", "tdx"},
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		snprintf(text, sizeof(text), TDX("%s"), bad[i][0]);
		refused(text, bad[i][1]);
	}
	refused("{\"version\":1,\"name\":\"n\",\"deny\":{\"tdx\":{\"chips\":[\"00\"]}},"
		"\"accept\":[{\"name\":\"b\",\"tdx\":{" M "}}]}",
		"deny.tdx");
	refused(POLICY("{\"name\":\"b\",\"tdx\":{},\"snp\":{}}"), "accept[0]");
}

/* Values below a default, and the loosening that each of them needs. */
static const char *const weaker[][2] = {
	{"\"tcb_statuses\":[\"UpToDate\",\"OutOfDate\"]", "tcb-status"},
	{"\"tcb_statuses\":[\"SWHardeningNeeded\"]", "tcb-status"},
	{"\"grace_days\":30", "tcb-grace"},
	{"\"bodies\":[\"TD 1.5 Ex\"]", "quote-body-ex"},
	{"\"unknown_bits\":\"warn\"", "unknown-bits"},
	{"\"td_attributes\":{\"debug\":\"any\"}", "debug"},
	{"\"td_attributes\":{\"perf_prof\":\"required-1\"}", "profiling"},
	{"\"td_attributes\":{\"migratable\":\"any\"}", "migration"},
	{"\"td_attributes\":{\"sept_ve_disable\":\"any\"}", "sept-ve"},
	{"\"td_attributes\":{\"sept_ve_disable\":\"required-0\"}", "sept-ve"},
	{"\"mrservicetd\":[\"" OTHER "\",\"" M96 "\"]", "service-td"},
};

static void refuses_what_weakens_a_default_without_its_loosening(void **state)
{
	char text[1024], quoted[64];

	(void)state;
	for (size_t i = 0; i < LEN(weaker); i++) {
		struct policy p;
		struct error err = {0};

		snprintf(text, sizeof(text), TDX(M ",%s"), weaker[i][0]);
		snprintf(quoted, sizeof(quoted), "\"%s\"", weaker[i][1]);
		assert_int_not_equal(policy_sample_parse(&p, text, &err), 0);
		if (!strstr(err.expected, quoted))
			fail_msg("%s: expected %s", text, err.expected);
		policy_free(&p);
		snprintf(text, sizeof(text),
			POLICY("{\"name\":\"b\",\"tdx\":{" M ",%s},\"loosen\":[{\"what\":\"%s\","
			       "\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2020-01-01\"}]}"),
			weaker[i][0], weaker[i][1]);
		policy_sample_good(&p, text);
		policy_free(&p);
	}
}

static void takes_values_that_only_tighten(void **state)
{
	struct policy p;

	(void)state;
	policy_sample_good(
		&p, TDX(M "," ALL_BITS ",\"tcb_statuses\":[\"UpToDate\"],\"bodies\":[\"TD 1.5\"],"
			  "\"mrservicetd\":[\"" OTHER "\"],\"unknown_bits\":\"refuse\","
			  "\"seamattributes\":\"0x0000000000000000\""));
	assert_true(policy_lists_measurement(&p));
	policy_free(&p);
	policy_sample_good(&p, TDX("\"rtmr1\":[\"" M96 "\"]"));
	assert_false(policy_lists_measurement(&p));
	policy_free(&p);
}

/* --- rules --- */

static const struct {
	const char *id, *good, *bad, *found;
} rules[] = {
	{"policy.root", "\"roots\":[\"intel-sgx-root\"]", "\"roots\":[\"sha256:" Z32 Z32 "\"]",
		"intel-sgx-root"},
	{"policy.tcb_date", "\"min_tcb_date\":\"2025-05-14\"", "\"min_tcb_date\":\"2025-06-13\"",
		"2025-05-14T00:00:00Z, 30 days before the floor"},
	{"policy.tcb_evaluation", "\"min_evaluation_number\":19", "\"min_evaluation_number\":20",
		"19, floor 20"},
	{"policy.advisories", "\"denied_advisories\":[\"INTEL-SA-00615\"]",
		"\"denied_advisories\":[\"INTEL-SA-00615\",\"INTEL-SA-00837\"]",
		"INTEL-SA-00837: "},
	{"policy.quote_body", "\"bodies\":[\"TD 1.5\"]", "\"bodies\":[\"TD 1.0\"]", "TD 1.5"},
	{"policy.td_attributes_bits",
		"\"td_attributes\":{\"sept_ve_disable\":\"required-1\",\"kl\":\"required-0\"}",
		"\"td_attributes\":{\"perfmon\":\"required-1\",\"pks\":\"required-1\"}",
		"pks=0, perfmon=0"},
	{"policy.xfam_bits", "\"xfam\":{\"avx\":\"required-1\",\"pt\":\"required-0\"}",
		"\"xfam\":{\"pkru\":\"required-0\"}", "pkru=1"},
	{"policy.seamattributes", "\"seamattributes\":\"0x0000000000000000\"",
		"\"seamattributes\":\"0x0000000000000001\"", "0x0000000000000000"},
	{"policy.rtmr0", "\"rtmr0\":[\"" OTHER "\",\"" M96 "\"]", "\"rtmr0\":[\"" OTHER "\"]", M96},
	{"policy.rtmr1", "\"rtmr1\":[\"" M96 "\"]", "\"rtmr1\":[\"" OTHER "\"]", M96},
	{"policy.rtmr2", "\"rtmr2\":[\"" M96 "\"]", "\"rtmr2\":[\"" OTHER "\"]", M96},
	{"policy.rtmr3", "\"rtmr3\":[\"" M96 "\"]", "\"rtmr3\":[\"" OTHER "\"]", M96},
	{"policy.mrseam", "\"mrseam\":[\"" M96 "\"]", "\"mrseam\":[\"" OTHER "\"]", M96},
	{"policy.mrsignerseam", "\"mrsignerseam\":[\"" M96 "\"]",
		"\"mrsignerseam\":[\"" OTHER "\"]", M96},
	{"policy.mrconfigid", "\"mrconfigid\":[\"" M96 "\"]", "\"mrconfigid\":[\"" OTHER "\"]",
		M96},
	{"policy.mrowner", "\"mrowner\":[\"" M96 "\"]", "\"mrowner\":[\"" OTHER "\"]", M96},
	{"policy.mrownerconfig", "\"mrownerconfig\":[\"" M96 "\"]",
		"\"mrownerconfig\":[\"" OTHER "\"]", M96},
	{"policy.fmspc", "\"fmspcs\":[\"00806f050000\",\"90C06F000000\"]",
		"\"fmspcs\":[\"00806f050000\"]", "90c06f000000"},
	{"policy.ppid", "\"ppids\":[\"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\"]",
		"\"ppids\":[\"" Z32 "\"]", "a1a1a1a1"},
	{"policy.platform_instance",
		"\"platform_instances\":[\"b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\"]",
		"\"platform_instances\":[\"" Z32 "\"]", "b2b2b2b2"},
};

static void judges_every_rule_both_ways(void **state)
{
	char text[2048];

	(void)state;
	for (size_t i = 0; i < LEN(rules); i++) {
		sample();
		snprintf(text, sizeof(text), TDX(M ",%s"), rules[i].good);
		judge(text);
		assert_outcome(rules[i].id, CHECK_PASS);
		assert_only(NULL);
		assert_int_equal(verdict_block_outcome(&v), CHECK_PASS);
		sample();
		snprintf(text, sizeof(text), TDX(M ",%s"), rules[i].bad);
		judge(text);
		assert_only(rules[i].id);
		assert_int_equal(verdict_block_outcome(&v), CHECK_FAIL);
		if (!strstr(find(rules[i].id)->found, rules[i].found))
			fail_msg("%s: found \"%s\"", rules[i].id, find(rules[i].id)->found);
		assert_true(find(rules[i].id)->expected[0]);
	}
}

static void wants_an_mrtd_on_the_list(void **state)
{
	(void)state;
	sample();
	v.claims.measurement[0] ^= 1;
	judge(TDX(M));
	assert_only("policy.measurement");
	sample();
	judge(TDX("\"rtmr1\":[\"" M96 "\"]"));
	assert_outcome("policy.measurement", CHECK_UNDECIDED);
	sample();
	policy_check(NULL, NULL, &v);
	assert_only("policy.measurement");
}

static void accepts_no_quote_by_rules_for_reports(void **state)
{
	(void)state;
	sample();
	judge(POLICY(BLOCK("\"measurements\":[\"" M96 "\"]")));
	assert_outcome("policy.technology", CHECK_FAIL);
	policy_sample_claims(&v);
	judge(TDX(M));
	assert_outcome("policy.technology", CHECK_FAIL);
}

static void decides_nothing_while_the_tcb_is_not_known(void **state)
{
	static const char *const ids[] = {"policy.tcb_status", "policy.tcb_date",
		"policy.tcb_evaluation", "policy.advisories"};

	(void)state;
	sample();
	*tcb = (struct tdx_tcb){0};
	judge(TDX(M ",\"min_tcb_date\":\"2020-01-01\",\"min_evaluation_number\":0,"
		    "\"denied_advisories\":[\"INTEL-SA-1\"]"));
	for (size_t i = 0; i < LEN(ids); i++)
		assert_outcome(ids[i], CHECK_UNDECIDED);
}

static void takes_more_advisories_than_are_kept_for_a_denied_one(void **state)
{
	(void)state;
	sample();
	tcb->advisories_cut = true;
	judge(TDX(M ",\"denied_advisories\":[\"INTEL-SA-00615\"]"));
	assert_only("policy.advisories");
	sample();
	tcb->advisories_cut = true;
	judge(TDX(M));
	assert_only(NULL);
}

/* --- TCB status --- */

static void accepts_up_to_date_alone_by_default(void **state)
{
	(void)state;
	for (int i = TDX_TCB_UP_TO_DATE; i < TDX_TCB_STATUS_COUNT; i++) {
		sample();
		tcb->status = (enum tdx_tcb_status)i;
		judge(TDX(M));
		assert_only(i == TDX_TCB_UP_TO_DATE ? NULL : "policy.tcb_status");
		assert_non_null(strstr(find("policy.tcb_status")->found,
			tdx_tcb_status_name((enum tdx_tcb_status)i)));
	}
}

static void accepts_a_listed_status_while_it_is_loosened(void **state)
{
	static const char text[] =
		TDX_LOOSE(M ",\"tcb_statuses\":[\"UpToDate\",\"SWHardeningNeeded\",\"OutOfDate\"]",
			LOOSEN("tcb-status", "2027-01-01"));

	(void)state;
	for (int i = TDX_TCB_UP_TO_DATE; i < TDX_TCB_STATUS_COUNT; i++) {
		bool good = i == TDX_TCB_UP_TO_DATE || i == TDX_TCB_SW_HARDENING_NEEDED ||
			    i == TDX_TCB_OUT_OF_DATE;

		sample();
		tcb->status = (enum tdx_tcb_status)i;
		judge(text);
		assert_only(good ? NULL : "policy.tcb_status");
		assert_int_equal(find("policy.tcb_status")->warning, good && i > 1);
	}
	sample();
	tcb->status = TDX_TCB_OUT_OF_DATE;
	v.at = timefmt_civil(2027, 1, 1, 0, 0, 0);
	judge(text);
	assert_only("policy.tcb_status");
	assert_non_null(strstr(find("policy.tcb_status")->expected, "lapsed"));
}

static void revoked_stays_refused_whatever_is_loosened(void **state)
{
	(void)state;
	for (int i = TDX_TCB_REVOKED; i <= TDX_TCB_NOT_SUPPORTED; i++) {
		sample();
		tcb->status = (enum tdx_tcb_status)i;
		judge(TDX_LOOSE(M ",\"grace_days\":3650,\"tcb_statuses\":[\"UpToDate\","
				  "\"SWHardeningNeeded\",\"ConfigurationNeeded\","
				  "\"ConfigurationAndSWHardeningNeeded\",\"OutOfDate\","
				  "\"OutOfDateConfigurationNeeded\",\"TDRelaunchAdvised\","
				  "\"TDRelaunchAdvisedConfigurationNeeded\"]",
			LOOSEN("tcb-status", "2030-01-01") "," LOOSEN("tcb-grace", "2030-01-01")));
		assert_only("policy.tcb_status");
	}
}

static void grace_ends_with_its_days_and_with_its_loosening(void **state)
{
	static const char text[] =
		TDX_LOOSE(M ",\"grace_days\":240", LOOSEN("tcb-grace", "2026-01-10"));
	/* 240 days after 2025-05-14. */
	const int64_t last = timefmt_civil(2026, 1, 9, 0, 0, 0) - 1;

	(void)state;
	for (int i = TDX_TCB_SW_HARDENING_NEEDED; i < TDX_TCB_STATUS_COUNT; i++) {
		bool old =
			i == TDX_TCB_OUT_OF_DATE || i == TDX_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;

		sample();
		tcb->status = (enum tdx_tcb_status)i;
		v.at = last;
		judge(text);
		assert_only(old ? NULL : "policy.tcb_status");
	}
	sample();
	tcb->status = TDX_TCB_OUT_OF_DATE;
	v.at = last + 1;
	judge(text);
	assert_only("policy.tcb_status");
	sample();
	tcb->status = TDX_TCB_OUT_OF_DATE;
	tcb->tcb_date = timefmt_civil(2025, 12, 1, 0, 0, 0);
	v.at = timefmt_civil(2026, 1, 10, 0, 0, 0);
	judge(text);
	assert_only("policy.tcb_status");
	sample();
	tcb->status = TDX_TCB_OUT_OF_DATE;
	tcb->tcb_date = 0; /* no date: no grace */
	v.at = 1;
	judge(text);
	assert_only("policy.tcb_status");
}

static void says_what_mends_a_status(void **state)
{
	(void)state;
	sample();
	tcb->status = tcb->module = TDX_TCB_OUT_OF_DATE;
	judge(TDX(M));
	assert_non_null(strstr(find("policy.tcb_status")->found, "update the TDX module"));
	sample();
	tcb->status = tcb->qe = TDX_TCB_OUT_OF_DATE;
	judge(TDX(M));
	assert_non_null(strstr(find("policy.tcb_status")->found, "update the quoting enclave"));
	sample();
	tcb->status = TDX_TCB_TD_RELAUNCH_ADVISED;
	judge(TDX(M));
	assert_non_null(strstr(find("policy.tcb_status")->found, "start the guest anew"));
	sample();
	v.lang = MESSAGES_FR;
	tcb->status = tcb->platform = TDX_TCB_OUT_OF_DATE;
	judge(TDX(M));
	assert_non_null(strstr(find("policy.tcb_status")->found,
		"mettre à jour le micrologiciel et le microcode"));
}

/* --- defaults about the TD --- */

static void set_debug(void)
{
	body->tdattributes |= TDX_ATTR_DEBUG;
}

static void set_bit_3(void)
{
	body->tdattributes |= 1 << 3;
}

static void set_profiling(void)
{
	body->tdattributes |= TDX_ATTR_PMT_PROF;
}

static void set_migratable(void)
{
	body->tdattributes |= TDX_ATTR_MIGRATABLE;
}

static void clear_sept_ve(void)
{
	body->tdattributes &= ~TDX_ATTR_SEPT_VE_DISABLE;
}

static void set_unknown(void)
{
	body->tdattributes |= 1ULL << 40;
}

static void set_unknown_xfam(void)
{
	body->xfam |= 1 << 10;
}

static void set_ex(void)
{
	body->type = TDX_BODY_TD15_EX;
}

static void forget_revocation(void)
{
	v.revocation = REVOCATION_UNKNOWN;
}

static const struct {
	void (*spoil)(void);
	const char *id, *what;
} defaults[] = {
	{set_debug, "policy.debug", "debug"},
	{set_bit_3, "policy.debug", "debug"},
	{set_profiling, "policy.profiling", "profiling"},
	{set_migratable, "policy.migration", "migration"},
	{clear_sept_ve, "policy.sept_ve_disable", "sept-ve"},
	{set_unknown, "policy.td_attributes", "unknown-bits"},
	{set_unknown_xfam, "policy.xfam", "unknown-bits"},
	{set_ex, "policy.quote_body", "quote-body-ex"},
	{forget_revocation, "policy.revocation", "revocation"},
};

static void each_default_holds_until_it_is_loosened_and_after(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < LEN(defaults); i++) {
		sample();
		defaults[i].spoil();
		judge(TDX(M));
		assert_only(defaults[i].id);
		snprintf(text, sizeof(text),
			POLICY("{\"name\":\"b\",\"tdx\":{" M "},\"loosen\":[{\"what\":\"%s\","
			       "\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2026-06-01\"}]}"),
			defaults[i].what);
		sample();
		defaults[i].spoil();
		judge(text);
		assert_only(NULL);
		assert_true(find(defaults[i].id)->warning);
		sample();
		defaults[i].spoil();
		v.at = timefmt_civil(2026, 6, 1, 0, 0, 0);
		judge(text);
		assert_only(defaults[i].id);
	}
}

static void ignores_or_refuses_unknown_bits_as_told(void **state)
{
	(void)state;
	sample();
	set_unknown();
	judge(TDX_LOOSE(M ",\"unknown_bits\":\"ignore\"", LOOSEN("unknown-bits", "2027-01-01")));
	assert_only(NULL);
	assert_false(find("policy.td_attributes")->warning);
	sample();
	set_unknown_xfam();
	judge(TDX_LOOSE(M ",\"unknown_bits\":\"refuse\"", LOOSEN("unknown-bits", "2027-01-01")));
	assert_only("policy.xfam");
	assert_string_equal(find("policy.xfam")->found, "bit 10");
	/* No TD is without SSE, and nothing loosens that. */
	sample();
	body->xfam = 1;
	judge(TDX_LOOSE(M ",\"unknown_bits\":\"ignore\"", LOOSEN("unknown-bits", "2027-01-01")));
	assert_only("policy.xfam");
	/* RESERVED_P: either value is legal. */
	sample();
	body->tdattributes |= TDX_ATTR_IGNORED;
	judge(TDX(M));
	assert_only(NULL);
}

static void wants_a_service_td_both_loosened_and_named(void **state)
{
	static const char loosened[] = TDX_LOOSE(M, LOOSEN("service-td", "2027-01-01"));
	static const char named[] =
		TDX_LOOSE(M ",\"mrservicetd\":[\"" M96 "\"]", LOOSEN("service-td", "2027-01-01"));
	static const char lapsed[] =
		TDX_LOOSE(M ",\"mrservicetd\":[\"" M96 "\"]", LOOSEN("service-td", "2025-01-01"));
	static const struct {
		const char *text;
		bool bound, other, good;
	} cases[] = {
		{TDX(M), false, false, true},
		{TDX(M), true, false, false},
		{loosened, false, false, true},
		{loosened, true, false, false},
		{named, true, false, true},
		{named, true, true, false},
		{named, false, false, false},
		{lapsed, true, false, false},
		{TDX(M ",\"mrservicetd\":[\"" OTHER "\"]"), false, false, true},
		{TDX(M ",\"mrservicetd\":[\"" OTHER "\"]"), true, false, false},
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		sample();
		for (uint8_t k = 0; cases[i].bound && k < TDX_MR_SIZE; k++)
			body->mrservicetd[k] = (uint8_t)(k + cases[i].other);
		judge(cases[i].text);
		assert_only(cases[i].good ? NULL : "policy.service_td");
	}
	sample();
	body->type = TDX_BODY_TD10;
	body->has_td15 = false;
	judge(TDX(M));
	assert_only(NULL);
}

/* --- platforms --- */

static void wants_listed_platforms_to_be_known(void **state)
{
	static const char text[] = TDX(M ",\"fmspcs\":[\"90c06f000000\"],"
					 "\"platform_instances\":[\"" Z32 "\"]");

	(void)state;
	sample();
	v.claims.tdx.platform = (struct tdx_platform){0};
	judge(text);
	assert_outcome("policy.fmspc", CHECK_UNDECIDED);
	assert_outcome("policy.platform_instance", CHECK_UNDECIDED);
	/* Zeros are not "none": a PCK without an instance id is on no list. */
	sample();
	v.claims.tdx.platform.has_piid = false;
	memset(v.claims.tdx.platform.piid, 0, 16);
	judge(text);
	assert_only("policy.platform_instance");
}

#define DENY(rules)                                                                                \
	"{\"version\":1,\"name\":\"n\",\"deny\":{\"tdx\":{" rules "}},"                            \
	"\"accept\":[{\"name\":\"b\",\"tdx\":{" M "}}]}"

static void denies_platforms_whatever_a_block_says(void **state)
{
	static const char *const hits[][2] = {
		{DENY("\"fmspcs\":[\"90c06f000000\"]"), "FMSPC 90c06f000000"},
		{DENY("\"ppids\":[\"" Z32 "\",\"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1\"]"), "PPID a1a1"},
		{DENY("\"platform_instances\":[\"b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2\"]"),
			"PIID b2b2"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(hits); i++) {
		sample();
		judge(hits[i][0]);
		assert_only("policy.deny");
		assert_outcome("policy.deny", CHECK_FAIL);
		assert_non_null(strstr(find("policy.deny")->found, hits[i][1]));
		/* It could be one of them. */
		sample();
		v.claims.tdx.platform = (struct tdx_platform){0};
		judge(hits[i][0]);
		assert_outcome("policy.deny", CHECK_UNDECIDED);
	}
	sample();
	judge(DENY("\"fmspcs\":[\"00806f050000\"],\"ppids\":[\"" Z32 "\"]"));
	assert_only(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_bad_values),
		cmocka_unit_test(refuses_what_weakens_a_default_without_its_loosening),
		cmocka_unit_test(takes_values_that_only_tighten),
		cmocka_unit_test(judges_every_rule_both_ways),
		cmocka_unit_test(wants_an_mrtd_on_the_list),
		cmocka_unit_test(accepts_no_quote_by_rules_for_reports),
		cmocka_unit_test(decides_nothing_while_the_tcb_is_not_known),
		cmocka_unit_test(takes_more_advisories_than_are_kept_for_a_denied_one),
		cmocka_unit_test(accepts_up_to_date_alone_by_default),
		cmocka_unit_test(accepts_a_listed_status_while_it_is_loosened),
		cmocka_unit_test(revoked_stays_refused_whatever_is_loosened),
		cmocka_unit_test(grace_ends_with_its_days_and_with_its_loosening),
		cmocka_unit_test(says_what_mends_a_status),
		cmocka_unit_test(each_default_holds_until_it_is_loosened_and_after),
		cmocka_unit_test(ignores_or_refuses_unknown_bits_as_told),
		cmocka_unit_test(wants_a_service_td_both_loosened_and_named),
		cmocka_unit_test(wants_listed_platforms_to_be_known),
		cmocka_unit_test(denies_platforms_whatever_a_block_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
