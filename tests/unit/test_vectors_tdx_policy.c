/* SPDX-License-Identifier: Apache-2.0 */
/* Every TDX vector under a policy that wants its guest: what is trusted, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "attest/policy/policy.h"
#include "tests/unit/vectors.h"

static struct verdict v;

#define LOOSEN(what)                                                                               \
	"{\"what\":\"" what "\",\"reason\":\"r\",\"owner\":\"o\",\"until\":\"2030-01-01\"}"

static const char *string(const struct vectors_case *c, const char *object, const char *name)
{
	const char *text =
		json_string_value(json_object_get(json_object_get(c->json, object), name));

	return text ? text : "";
}

/* Guests with a service TD, which no default accepts; this one policy names it. */
static bool has_service_td(const struct vectors_case *c)
{
	const char *hash = string(c, "fields", "mrservicetd");

	return hash[0] && hash[strspn(hash, "0")];
}

/* The case's MRTD, its root, and what its guest needs loosened, if `loosened`. */
static void judge(const struct vectors_case *c, const char *mrtd, bool loosened)
{
	struct policy policy;
	struct error err = {0};
	char text[2048], service[256] = "";
	int len;

	vectors_appraise(c, NULL, &v);
	if (loosened && has_service_td(c))
		snprintf(service, sizeof(service), ",\"mrservicetd\":[\"%s\"]",
			string(c, "fields", "mrservicetd"));
	len = snprintf(text, sizeof(text),
		"{\"version\":1,\"name\":\"vectors\",\"accept\":[{\"name\":\"b\",\"tdx\":{"
		"\"mrtd\":[\"%s\"],\"roots\":[\"%s\"]%s}%s}]}",
		mrtd, v.has_root ? v.root.name : "intel-sgx-root", service,
		loosened ? ",\"loosen\":[" LOOSEN("service-td") "," LOOSEN("migration") "]" : "");
	if (policy_parse(&policy, (struct view){(const uint8_t *)text, (size_t)len}, &err))
		fail_msg("%s: %s, %s", err.where, err.found, err.expected);
	vectors_appraise(c, &policy, &v);
	assert_false(v.overflow);
	policy_free(&policy);
}

static bool failed(const char *id)
{
	const struct check *check = verdict_find(&v, id);

	return check && check->outcome == CHECK_FAIL;
}

static void assert_rejected_by(const char *name, const char *id)
{
	if (v.value != VERDICT_REJECTED || !failed(id))
		fail_msg("%s: %s, %s did not fail", name, verdict_name(v.value), id);
}

/* Why a case is rejected although it is authentic; NULL: it is not. */
static const char *expected_failure(const struct vectors_case *c)
{
	const char *status = string(c, "expect", "tcb_status");
	size_t i;
	json_t *item;

	json_array_foreach(
		json_object_get(json_object_get(c->json, "expect"), "failing_checks"), i, item)
	{
		if (!strcmp(json_string_value(item), "td_not_debug"))
			return "policy.debug";
	}
	if (v.authentic == AUTHENTIC_YES && strcmp(status, "UpToDate") &&
		v.claims.tdx.tcb.status != TDX_TCB_UNKNOWN)
		return "policy.tcb_status";
	return NULL;
}

static void check_case(const char *name, const struct vectors_case *c)
{
	const char *mrtd = string(c, "fields", "mrtd"), *why;
	static const char other[97] = "ff0102030405060708090a0b0c0d0e0f10111213141516171819"
				      "1a1b1c1d1e1f202122232425262728292a2b2c2d2e2f";

	if (!mrtd[0]) /* an SGX quote */
		mrtd = other;
	judge(c, mrtd, true);
	if (!c->accept) {
		assert_int_not_equal(v.value, VERDICT_TRUSTED);
		why = expected_failure(c);
		if (why)
			assert_rejected_by(name, why);
		return;
	}
	if (v.value != VERDICT_TRUSTED)
		fail_msg("%s: %s", name, verdict_name(v.value));
	assert_int_equal(v.accepted_by, 1);
	judge(c, other, true);
	assert_rejected_by(name, "policy.measurement");
	judge(c, mrtd, false);
	if (has_service_td(c))
		assert_rejected_by(name, "policy.service_td");
	else
		assert_int_equal(v.value, VERDICT_TRUSTED);
}

static void trusts_what_is_genuine_wanted_and_up_to_date_alone(void **state)
{
	char **cases;
	size_t n = 0, accepted = 0;

	(void)state;
	vectors_needed();
	cases = vectors_cases("tdx");
	for (; cases[n]; n++) {
		struct vectors_case c;

		vectors_case_open_in(&c, "tdx", cases[n], true);
		check_case(cases[n], &c);
		accepted += c.accept;
		vectors_case_close(&c);
		free(cases[n]);
	}
	free(cases);
	assert_true(n >= 33 && accepted >= 14);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusts_what_is_genuine_wanted_and_up_to_date_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
