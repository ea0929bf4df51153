/* SPDX-License-Identifier: Apache-2.0 */
/* Every TDX vector, at its time, through the library: verdict, levels, dates and advisories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/timefmt.h"
#include "tests/unit/vectors.h"

static struct verdict v;

/* Which of our checks answers to a check of the vectors. */
static const struct {
	const char *theirs, *ours;
} names[] = {
	{"version", "tdx.header"},
	{"tee_type", "tdx.header"},
	{"ak_type", "tdx.header"},
	{"qe_vendor", "tdx.header"},
	{"cert_data_type", "tdx.certification_data"},
	{"quote_signature", "tdx.signature"},
	{"ak_binding", "tdx.qe_report_data"},
	{"qe_signature", "tdx.qe_report_signature"},
	{"pck_chain", "tdx.root"},
	{"pck_crl_signature", "tdx.pck_crl"},
	{"pck_crl_time", "tdx.pck_crl"},
	{"pck_not_revoked", "tdx.pck_revoked"},
	{"tcb_info_signature", "tdx.tcb_info"},
	{"tcb_info_time", "tdx.tcb_info_date"},
	{"qe_identity_signature", "tdx.qe_identity"},
	{"qe_identity_time", "tdx.qe_identity_date"},
	{"fmspc", "tdx.fmspc"},
	{"missing collateral", "tdx.pck_crl"},
};

static const char *string(json_t *obj, const char *name)
{
	return json_string_value(json_object_get(obj, name));
}

static bool level_good(void)
{
	return v.claims.tdx.tcb.status == TDX_TCB_UP_TO_DATE &&
	       !(v.claims.tdx.quote.body.tdattributes & 1);
}

/* What the vectors call "accept", without the policy of the caller. */
static bool held(void)
{
	return v.authentic == AUTHENTIC_YES && v.revocation == REVOCATION_GOOD && level_good();
}

static void assert_failing(const char *id, json_t *failing)
{
	size_t i;
	json_t *name;

	json_array_foreach(failing, i, name)
	{
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			const struct check *check;

			if (strcmp(names[k].theirs, json_string_value(name)))
				continue;
			check = verdict_find(&v, names[k].ours);
			/* A header that is refused leaves nothing to go on with. */
			if (check ? check->outcome == CHECK_PASS : v.authentic != AUTHENTIC_NO)
				fail_msg("%s: %s passed, %s should not", id, names[k].ours,
					names[k].theirs);
		}
	}
}

/* Their "n/a" is a module 1.0, which has no level of its own. */
static void assert_status(
	const char *id, const char *what, enum tdx_tcb_status ours, const char *theirs)
{
	const char *name =
		ours == TDX_TCB_NOT_SUPPORTED ? "NOT_SUPPORTED" : tdx_tcb_status_name(ours);

	if (!theirs || !strcmp(theirs, "n/a"))
		return;
	if (strcmp(name, theirs))
		fail_msg("%s: %s is %s, should be %s", id, what, name, theirs);
}

static void assert_advisories(const char *id, json_t *expected)
{
	const struct tdx_tcb *tcb = &v.claims.tdx.tcb;
	size_t i;
	json_t *item;

	if (tcb->advisory_count != json_array_size(expected))
		fail_msg("%s: %zu advisories", id, tcb->advisory_count);
	json_array_foreach(expected, i, item)
		assert_string_equal(tcb->advisory[i], json_string_value(item));
}

static void assert_level(const char *id, json_t *expect)
{
	const struct tdx_tcb *tcb = &v.claims.tdx.tcb;
	const char *status = string(expect, "tcb_status"), *date = string(expect, "tcb_date");
	json_t *current = json_object_get(expect, "with_tee_tcb_svn2");
	char text[TIMEFMT_SIZE];

	if (!status || !strcmp(status, "FMSPC_MISMATCH") || !strncmp(status, "ERROR", 5)) {
		assert_int_equal(tcb->status, TDX_TCB_UNKNOWN);
		return;
	}
	/* Theirs is of the launch, without Intel's advice to relaunch. */
	assert_status(id, "launch", tcb->launch, status);
	assert_status(id, "platform", tcb->platform, string(expect, "platform_status"));
	assert_status(id, "module", tcb->module, string(expect, "module_status"));
	assert_status(id, "QE", tcb->qe, string(expect, "qe_status"));
	timefmt_rfc3339(text, tcb->platform_date, -1);
	if (date)
		assert_string_equal(text, date);
	else
		assert_true(!tcb->platform_date);
	assert_advisories(id, json_object_get(expect, "advisory_ids"));
	if (current) {
		enum tdx_tcb_status want = tdx_tcb_status_from_name(string(current, "module"));

		assert_true(tcb->has_current);
		assert_string_equal(string(current, "module"), string(current, "platform"));
		assert_int_equal(tcb->current, want);
		assert_int_equal(tcb->status,
			want == TDX_TCB_UP_TO_DATE ? TDX_TCB_TD_RELAUNCH_ADVISED : tcb->launch);
	} else {
		assert_int_equal(tcb->status, tcb->launch);
	}
}

static void assert_expected(const char *id, json_t *expect)
{
	bool accept = !strcmp(string(expect, "verdict"), "accept");

	if (accept && !held()) {
		for (size_t i = 0; i < v.check_count; i++)
			if (v.check[i].outcome != CHECK_PASS)
				printf("# %s: %s: %s; %s\n", v.check[i].def->id,
					check_outcome_name(v.check[i].outcome), v.check[i].found,
					v.check[i].expected);
		fail_msg("%s: should be accepted: %s, %s", id, verdict_authentic_name(v.authentic),
			verdict_revocation_name(v.revocation));
	}
	if (!accept && held())
		fail_msg("%s: should be rejected", id);
	assert_false(v.overflow);
	assert_int_not_equal(v.value, VERDICT_TRUSTED);
	assert_failing(id, json_object_get(expect, "failing_checks"));
}

static void comes_to_the_measured_verdict_in_every_case(void **state)
{
	char **cases;
	size_t n = 0;

	(void)state;
	vectors_needed();
	cases = vectors_cases("tdx");
	for (; cases[n]; n++) {
		struct vectors_case c;
		json_t *expect;

		vectors_case_open_in(&c, "tdx", cases[n], true);
		vectors_appraise(&c, NULL, &v);
		expect = json_object_get(c.json, "expect");
		assert_expected(cases[n], expect);
		assert_level(cases[n], expect);
		vectors_case_close(&c);
		free(cases[n]);
	}
	free(cases);
	assert_true(n >= 33);
}

static void rejects_every_lab_case_under_the_pinned_roots(void **state)
{
	char **cases;
	int labs = 0;

	(void)state;
	vectors_needed();
	cases = vectors_cases("tdx");
	for (size_t i = 0; cases[i]; i++) {
		struct vectors_case c;

		vectors_case_open_in(&c, "tdx", cases[i], false);
		if (json_object_get(c.json, "trust_anchor")) {
			labs++;
			vectors_appraise(&c, NULL, &v);
			assert_int_equal(v.authentic, AUTHENTIC_NO);
			assert_int_equal(v.value, VERDICT_REJECTED);
			assert_false(v.has_root);
			assert_false(v.claims.tdx.platform.known);
			assert_int_equal(v.claims.tdx.tcb.status, TDX_TCB_UNKNOWN);
			assert_int_equal(v.revocation, REVOCATION_UNKNOWN);
		}
		vectors_case_close(&c);
		free(cases[i]);
	}
	free(cases);
	assert_int_equal(labs, 7);
}

static void comes_to_the_measured_verdict_on_every_described_edit(void **state)
{
	json_t *all, *entry;
	size_t i, n = 0;

	(void)state;
	vectors_needed();
	all = vectors_json("synthetic.json");
	json_array_foreach(json_object_get(all, "entries"), i, entry)
	{
		struct vectors_case c;

		if (strncmp(string(entry, "base"), "tdx/", 4))
			continue;
		vectors_entry_open(&c, entry);
		vectors_appraise(&c, NULL, &v);
		assert_expected(string(entry, "id"), json_object_get(entry, "expect"));
		vectors_case_close(&c);
		n++;
	}
	json_decref(all);
	assert_int_equal(n, 35);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_to_the_measured_verdict_in_every_case),
		cmocka_unit_test(rejects_every_lab_case_under_the_pinned_roots),
		cmocka_unit_test(comes_to_the_measured_verdict_on_every_described_edit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
